#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""An append that a standby acknowledges, beside a bare exchange that flushes on both sides; ratios, not seconds.

standby.py [--rounds 5] [--build build/benchmarks/benchmarks] [--write docs/benchmarks.md]

What is compared takes turns in one process (benchmarks/standby.cpp). The table goes to stdout, and between the markers of
the page given with --write.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import processor, write_between  # noqa: E402

BEGIN, END = "<!-- standby: begin -->", "<!-- standby: end -->"
ROOT = Path(__file__).resolve().parent.parent


def run(program, name, scratch):
    done = subprocess.run([program, f"--benchmark_filter=^{name}", "--benchmark_format=json"], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(scratch)})
    found = json.loads(done.stdout)["benchmarks"]
    if len(found) != 1:
        sys.exit(f"{name} is {len(found)} benchmarks")
    return found[0]


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def report(rounds, options, scratch):
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(scratch)], capture_output=True, text=True, check=True).stdout.strip()
    one = [r["one_thread"] for r in rounds]
    many = [r["many_threads"] for r in rounds]
    replay = [r["replay_groups"]["items_per_second"] / 1e6 for r in rounds]
    bars = [
        ("append, one thread, p50 ÷ bare over TLS", [r["standby_p50"] / r["tls_p50"] for r in one], 1.3, False),
        ("append, one thread, p50 ÷ bare over TCP", [r["standby_p50"] / r["tcp_p50"] for r in one], 1.4, False),
        ("64 threads, bare rate over TLS ÷ rate", [r["tls_rate"] / r["standby_rate"] for r in many], 1.3, False),
        ("64 threads, bare rate over TCP ÷ rate", [r["tcp_rate"] / r["standby_rate"] for r in many], 1.4, False),
        ("replay into a state, M groups/s and core", replay, 2, True),
    ]
    out = [f"Machine: {processor()}, kernel {os.uname().release}, disk {'ext4' if kind == 'ext2/ext3' else kind}, "
           f"load average {options.load:.1f} before it began. Both sides are on this machine, and flush to its one disk.",
           f"Made by `benchmarks/standby.py --rounds {options.rounds} --write docs/benchmarks.md`: medians, in brackets the least and "
           "the largest. Groups of one record of 128 bytes.",
           "", "| what | measured | bar | |", "|---|---|---|---|"]
    for what, values, bar, higher in bars:
        met = statistics.median(values) >= bar if higher else statistics.median(values) <= bar
        out.append(f"| {what} | {spread(values)} | {bar:g} | {'met' if met else 'missed'} |")
    out += ["", "| beside them | measured |", "|---|---|"]
    for key, what in (("standby", "append at StandbyDurable"), ("tls", "bare, over TLS"), ("tcp", "bare, over TCP"),
                      ("exchange", "bare, over TLS, the peer's flush alone")):
        out.append(f"| {what}, p50, µs | {spread([r[key + '_p50'] for r in one], 0)} |")
        out.append(f"| {what}, p99, µs | {spread([r[key + '_p99'] for r in one], 0)} |")
    out.append(f"| append at StandbyDurable, 64 threads, thousand groups/s | {spread([r['standby_rate'] / 1e3 for r in many])} |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "benchmarks" / "benchmarks", help="where the program is")
    parser.add_argument("--disk", default=os.environ.get("TMPDIR", "/var/tmp"), help="scratch folder on the disk")
    parser.add_argument("--write", type=Path, help="the page to write the table into, between its markers")
    options = parser.parse_args()
    options.load = os.getloadavg()[0]
    program = options.build / "standby"
    if not program.is_file():
        sys.exit(f"{program} is not there: cmake --preset benchmarks && cmake --build --preset benchmarks")
    with tempfile.TemporaryDirectory(prefix="lifeboat-standby-", dir=options.disk) as disk:
        rounds = []
        for number in range(options.rounds):
            print(f"round {number + 1}", file=sys.stderr, flush=True)
            rounds.append({name: run(program, name, disk) for name in ("one_thread", "many_threads", "replay_groups")})
        text = report(rounds, options, disk)
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)


main()

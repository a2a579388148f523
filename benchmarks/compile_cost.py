#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What including and using Lifeboat costs a compiler, beside `#include <boost/asio.hpp>`; ratios, not seconds.

compile_cost.py [--rounds 3] [--compilers g++,clang++-19] [--write docs/benchmarks.md]

Each unit is compiled with -std=c++20 -O2 -c, in turn, round after round; what counts is user CPU time, which a busy machine
moves least. The table goes to stdout, and between the markers of the page given with --write.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import processor, write_between  # noqa: E402

BEGIN, END = "<!-- compile cost: begin -->", "<!-- compile cost: end -->"
INCLUDE = Path(__file__).resolve().parent.parent / "include"
PIPELINE = ("lifeboat::DisasterRecoveryPipeline<lifeboat::Incremental, lifeboat::Disk, lifeboat::TimestampSync, "
            "lifeboat::Sha256>")
UMBRELLA = "#include <lifeboat/lifeboat.hpp>\n"
INTERFACE = "".join(f"#include <lifeboat/{header}.hpp>\n" for header in (
    "pipeline/interface", "medium/disk", "source/directory", "strategy/incremental", "sync/timestamp_sync", "verifier/sha256"))
USE = f"""using Pipeline = {PIPELINE};
int main() {{
  auto pipeline = Pipeline::open({{.source = {{.root = "ledger"}}, .medium = {{.root = "backup"}}, .sync = {{.replica = "replica"}}}});
  if (!pipeline) return 1;
  const auto taken = pipeline->backup();
  const auto restored = pipeline->restore({{.target = "restored"}});
  const auto status = pipeline->status();
  return taken && restored && status ? 0 : 1;
}}
"""
UNITS = {  # name: (what the table says, text, bar, aim); bars are ratios to the first
    "asio": ("`#include <boost/asio.hpp>`", "#include <boost/asio.hpp>\n", None, None),
    "fwd": ("`lifeboat/fwd.hpp` alone", "#include <lifeboat/fwd.hpp>\n", None, None),
    "umbrella": ("`lifeboat/lifeboat.hpp` alone", UMBRELLA, 0.75, None),
    "extern": ("open, backup, restore, status, by `lifeboat/pipeline/interface.hpp` and `extern template`",
               f"{INTERFACE}extern template class {PIPELINE};\n{USE}", 1.5, 1.25),
    "extern_umbrella": ("the same, by `lifeboat/lifeboat.hpp` and `extern template`",
                        f"{UMBRELLA}extern template class {PIPELINE};\n{USE}", None, None),
    "elsewhere": ("the same, with `LIFEBOAT_CORE_ELSEWHERE`, in each unit but one", "#define LIFEBOAT_CORE_ELSEWHERE\n" + UMBRELLA + USE,
                  None, None),
    "whole": ("the same, all code generated in this unit", UMBRELLA + USE, None, None),
}


def compile_seconds(compiler, folder, name):
    """User CPU seconds of one compilation."""
    words = [compiler, "-std=c++20", "-O2", "-I", INCLUDE, "-c", folder / f"{name}.cpp", "-o", folder / f"{name}.o"]
    child = subprocess.Popen(words)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{compiler} does not compile {name}.cpp")
    return usage.ru_utime


def measure(compiler, rounds):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, (_, text, _, _) in UNITS.items():
            (folder / f"{name}.cpp").write_text(text, encoding="utf-8")
        times = {name: [] for name in UNITS}
        for number in range(rounds):
            for name in UNITS:
                print(f"{compiler}: round {number + 1}, {name}", file=sys.stderr, flush=True)
                times[name].append(compile_seconds(compiler, folder, name))
    return times


def table(compiler, times):
    version = subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    out = ["", f"### {version}", "", "| unit | ÷ asio | seconds | bar | aim | |", "|---|---|---|---|---|---|"]
    for name, (what, _, bar, aim) in UNITS.items():
        ratios = [a / b for a, b in zip(times[name], times["asio"])]
        ratio = statistics.median(ratios)
        verdict = "" if bar is None else "aim met" if aim and ratio <= aim else "met" if ratio <= bar else "missed"
        out.append(f"| {what} | {ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f}) | {statistics.median(times[name]):.2f} "
                   f"| {bar or ''} | {aim or ''} | {verdict} |")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compilers", default="g++,clang++-19", help="those that are not installed are left out, and said")
    parser.add_argument("--write", type=Path, help="the page to write the table into, between its markers")
    options = parser.parse_args()
    wanted = options.compilers.split(",")
    compilers = [compiler for compiler in wanted if shutil.which(compiler)]
    if not compilers:
        sys.exit(f"none of {', '.join(wanted)} is installed")
    probe = subprocess.run([compilers[0], "-E", "-x", "c++", "-include", "boost/asio.hpp", "/dev/null"], capture_output=True)
    if probe.returncode != 0:
        print("boost/asio.hpp is not installed (Debian 12: libboost1.81-dev, 13: libboost-dev): nothing to compare with")
        return
    out = [f"Machine: {processor()}. User CPU seconds of `-std=c++20 -O2 -c`; {options.rounds} rounds, medians, in brackets the "
           "least and the largest."]
    if missing := [compiler for compiler in wanted if compiler not in compilers]:
        out.append(f"Not installed, left out: {', '.join(missing)}.")
    for compiler in compilers:
        out += table(compiler, measure(compiler, options.rounds))
    text = "\n".join(out) + "\n"
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)


main()

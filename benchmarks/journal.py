#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The journal beside the bare system calls, and beside what else makes a small record durable; ratios, not seconds.

journal.py [--rounds 5] [--build build/benchmarks/benchmarks] [--write docs/benchmarks.md]

What is compared within one run takes turns in one process (benchmarks/journal.cpp); the peers take turns round after
round. Peers that are not installed are left out, and said. The table goes to stdout, and between the markers of the page
given with --write.
"""

import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import processor, write_between  # noqa: E402

BEGIN, END = "<!-- journal: begin -->", "<!-- journal: end -->"
ROOT = Path(__file__).resolve().parent.parent


def say(text):
    print(text, file=sys.stderr, flush=True)


def quantile(values, part):
    ordered = sorted(values)
    return ordered[int(part * (len(ordered) - 1))]


class Google:
    """Runs one benchmark of the program `journal`, and gives its counters."""

    def __init__(self, build, scratch):
        self.program, self.scratch = build / "journal", scratch

    def __call__(self, name, scratch=None):
        done = subprocess.run([self.program, f"--benchmark_filter=^{name}/", "--benchmark_format=json"], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={**os.environ, "TMPDIR": str(scratch or self.scratch)})
        found = json.loads(done.stdout)["benchmarks"]
        if len(found) != 1:
            sys.exit(f"{name} is {len(found)} benchmarks")
        return found[0]


class Appender:
    """A program that appends, and prints how long each append took."""

    def __init__(self, name, label, build):
        self.name, self.label, self.program = name, label, build / f"append_{name}"

    def installed(self):
        return self.program.is_file()

    def begin(self, scratch):
        pass

    def end(self):
        pass

    def times(self, scratch, count):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            done = subprocess.run([self.program, folder, str(count)], check=True, text=True, stdout=subprocess.PIPE)
        return [float(line) for line in done.stdout.split()]


class Postgres:
    """A server of its own below the scratch folder, without a network; one prepared insert in each transaction."""

    name, label = "postgresql", "PostgreSQL, synchronous_commit=on"

    def __init__(self):
        self.bin = next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)), "")
        self.folder, self.server = None, None

    def installed(self):
        return os.path.exists(f"{self.bin}/pgbench") and os.path.exists(f"{self.bin}/initdb")

    def as_owner(self, *words):
        # The server refuses to run as root.
        return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else list(words)

    def begin(self, scratch):
        self.folder = Path(tempfile.mkdtemp(prefix="pg", dir=scratch))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            os.chmod(scratch, 0o711)
        data = self.folder / "data"
        subprocess.run(self.as_owner(f"{self.bin}/initdb", "-D", str(data), "-A", "trust", "-U", "bench"), check=True,
                       stdout=subprocess.DEVNULL, cwd="/")
        self.server = subprocess.Popen(
            self.as_owner(f"{self.bin}/postgres", "-D", str(data), "-k", str(self.folder), "-c", "listen_addresses="),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        for _ in range(300):
            made = subprocess.run([f"{self.bin}/psql", "-h", str(self.folder), "-U", "bench", "-qc",
                                   "CREATE TABLE entry(sequence bigserial PRIMARY KEY, bytes bytea NOT NULL)", "postgres"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if made.returncode == 0:
                return
            time.sleep(0.1)
        sys.exit("the PostgreSQL server did not start")

    def end(self):
        if self.server is None:
            return
        subprocess.run(self.as_owner(f"{self.bin}/pg_ctl", "-D", str(self.folder / "data"), "-m", "fast", "stop"),
                       stdout=subprocess.DEVNULL, cwd="/")
        self.server.wait()

    def times(self, scratch, count):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            script = Path(folder) / "insert.sql"
            script.write_text("INSERT INTO entry(bytes) VALUES (decode(repeat('07', 128), 'hex'));\n", encoding="ascii")
            subprocess.run([f"{self.bin}/pgbench", "-h", str(self.folder), "-U", "bench", "-n", "-M", "prepared", "-c", "1",
                            "-t", str(count), "-l", "--log-prefix", f"{folder}/log", "-f", str(script), "postgres"],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            lines = "".join(log.read_text() for log in Path(folder).glob("log*")).splitlines()
        return [float(line.split()[2]) for line in lines]


def middle(values):
    return statistics.median(values)


def spread(values, digits=2):
    return f"{middle(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def measure(google, options, memory):
    rounds = []
    for number in range(options.rounds):
        found = {}
        for name in ("append_one_thread", "append_64_threads", "submit_one_thread", "submit_alone", "read_records", "recover/1",
                     "recover/64"):
            say(f"round {number + 1}: {name}")
            found[name] = google(name)
        found["memory"] = google("append_one_thread", memory)
        rounds.append(found)
    return rounds


def bars(rounds):
    """(what, values, bar, higher is better)"""
    one = [r["append_one_thread"] for r in rounds]
    many = [r["append_64_threads"] for r in rounds]
    submit = [r["submit_one_thread"] for r in rounds]
    return [
        ("append, one thread, p50 ÷ bare pwrite + fdatasync", [r["journal_p50"] / r["bare_p50"] for r in one], 1.2, False),
        ("append, one thread, p99 ÷ bare pwrite + fdatasync", [r["journal_p99"] / r["bare_p99"] for r in one], 1.5, False),
        ("append, 64 threads, rate ÷ bare group commit", [r["journal_rate"] / r["bare_rate"] for r in many], 0.8, True),
        ("submit alone, with room in the queue, M/s", [r["submit_alone"]["items_per_second"] / 1e6 for r in rounds], 2, True),
        ("submit for as long as the disk keeps up, a queue of 2 MiB, M/s", [r["rate"] / 1e6 for r in submit], 2, True),
        ("then to durable, p99, ms", [r["to_durable_p99"] / 1e3 for r in submit], 20, False),
    ]


def report(rounds, peers, left_out, options, scratch):
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(scratch)], capture_output=True, text=True, check=True).stdout.strip()
    bare = [r["append_one_thread"]["bare_p50"] for r in rounds]
    out = [f"Machine: {processor()}, kernel {os.uname().release}, disk {'ext4' if kind == 'ext2/ext3' else kind}, "
           f"load average {options.load:.1f} before it began. A bare pwrite + "
           f"fdatasync of 128 bytes took {spread(bare, 0)} µs (p50).",
           f"Made by `benchmarks/journal.py --rounds {options.rounds} --write docs/benchmarks.md`: medians, in brackets the least and "
           "the largest. Groups of one record of 128 bytes."
           + (f" Not installed, left out: {', '.join(left_out)}." if left_out else ""),
           "", "### Against the bars", "", "| what | measured | bar | |", "|---|---|---|---|"]
    for what, values, bar, higher in bars(rounds):
        met = middle(values) >= bar if higher else middle(values) <= bar
        out.append(f"| {what} | {spread(values)} | {bar:g} | {'met' if met else 'missed'} |")
    memory = [r["memory"] for r in rounds]
    out += ["", "### Beside them", "", "| what | measured |", "|---|---|"]
    out.append(f"| append in memory (tmpfs, where a flush costs nothing), p50, µs | {spread([r['journal_p50'] for r in memory], 1)} |")
    out.append(f"| bare pwrite + fdatasync there, p50, µs | {spread([r['bare_p50'] for r in memory], 1)} |")
    out.append(f"| append, 64 threads, thousand groups/s | {spread([r['append_64_threads']['journal_rate'] / 1e3 for r in rounds], 1)} |")
    submit = [r["submit_one_thread"] for r in rounds]
    out.append(f"| what submit made durable, MiB/s | {spread([r['journal_MiBps'] for r in submit], 0)} |")
    out.append(f"| bare pwrite + fdatasync of 2 MiB each, MiB/s | {spread([r['bare_MiBps'] for r in submit], 0)} |")
    out.append(f"| what submit made durable ÷ that | {spread([r['journal_MiBps'] / r['bare_MiBps'] for r in submit])} |")
    out.append(f"| submit to durable, p50, ms | {spread([r['submit_one_thread']['to_durable_p50'] / 1e3 for r in rounds])} |")
    out.append(f"| records read, checked and chained, M/s | {spread([r['read_records']['items_per_second'] / 1e6 for r in rounds])} |")
    for name in ("recover/1", "recover/64"):
        found = [r[name] for r in rounds]
        segments = f"{found[0]['segments']:.0f} segment{'s' if found[0]['segments'] > 1 else ''}"
        out.append(f"| open after kill -9, {segments}: ms | {spread([r['real_time'] for r in found], 0)} |")
        out.append(f"| and it reads, MiB | {spread([r['read_MiB'] for r in found], 1)} |")
    out += ["", "### Beside its peers: one record, durable, one after the other", "",
            "| peer | p50 ÷ lifeboat | p99 ÷ lifeboat | p50, µs | p99, µs |", "|---|---|---|---|---|"]
    base = peers["lifeboat"]["runs"]
    for peer in peers.values():
        half = [quantile(run, 0.5) / quantile(own, 0.5) for run, own in zip(peer["runs"], base)]
        most = [quantile(run, 0.99) / quantile(own, 0.99) for run, own in zip(peer["runs"], base)]
        out.append(f"| {peer['label']} | {spread(half)} | {spread(most)} | {middle([quantile(r, 0.5) for r in peer['runs']]):.0f} | "
                   f"{middle([quantile(r, 0.99) for r in peer['runs']]):.0f} |")
    return "\n".join(out) + "\n"


def beside_peers(build, scratch, options):
    all_peers = [Appender("lifeboat", "lifeboat, LocalDurable", build),
                 Appender("sqlite", "SQLite, WAL, synchronous=FULL", build),
                 Appender("rocksdb", "RocksDB, WriteOptions::sync", build), Postgres()]
    peers = [peer for peer in all_peers if peer.installed()]
    runs = {peer.name: {"label": peer.label, "runs": []} for peer in peers}
    try:
        for peer in peers:
            peer.begin(scratch)
        for number in range(options.rounds):
            turn = number % len(peers)
            for peer in peers[turn:] + peers[:turn]:
                say(f"round {number + 1}: {peer.label}")
                runs[peer.name]["runs"].append(peer.times(scratch, options.appends))
    finally:
        for peer in peers:
            peer.end()
    return runs, [peer.label for peer in all_peers if peer not in peers]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--appends", type=int, default=500, help="of each peer in each round")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "benchmarks" / "benchmarks", help="where the programs are")
    parser.add_argument("--disk", default=os.environ.get("TMPDIR", "/var/tmp"), help="scratch folder on the disk")
    parser.add_argument("--memory", default="/dev/shm", help="scratch folder in memory")
    parser.add_argument("--write", type=Path, help="the page to write the table into, between its markers")
    options = parser.parse_args()
    options.load = os.getloadavg()[0]
    for name in ("journal", "append_lifeboat"):
        if not (options.build / name).is_file():
            sys.exit(f"{options.build / name} is not there: cmake --preset benchmarks && cmake --build --preset benchmarks")
    with tempfile.TemporaryDirectory(prefix="lifeboat-journal-", dir=options.disk) as disk, \
            tempfile.TemporaryDirectory(prefix="lifeboat-journal-", dir=options.memory) as memory:
        rounds = measure(Google(options.build, disk), options, memory)
        peers, left_out = beside_peers(options.build, disk, options)
        text = report(rounds, peers, left_out, options, disk)
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)


main()

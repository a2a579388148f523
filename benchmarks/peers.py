#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The same jobs of the program `lifeboat` and of its peers, in one run, in turn; ratios, not seconds.

peers.py [--scale 0.1] [--rounds 3] [--jobs full,small,...] [--peers cp,tar,...] [--write docs/benchmarks.md]

Each job ends with syncfs of the target inside the measured time; the source is in the page cache. Peers take turns
(A B C, B C A, ...), so that what the machine does beside hits none of them always. Peers that are not installed are left
out, and said. The table goes to stdout, and between the markers of the page given with --write.
"""

import argparse
import collections
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import cores, processor, write_between  # noqa: E402
from peers_tools import PEERS, Run, lifeboat_program, tree_bytes  # noqa: E402

MIB = 1 << 20
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"

Bar = collections.namedtuple("Bar", "job measured limit aim")
Row = collections.namedtuple("Row", "peer times ratios processor stored memory")


class Bench:
    """Folders, data sets and what was measured."""

    def __init__(self, options):
        self.options = options
        self.disk = Path(options.disk) / f"lifeboat-peers-{os.getpid()}"
        self.memory = Path(options.memory) / f"lifeboat-peers-{os.getpid()}"
        self.tables = []  # (title, note, rows)
        self.bars = []
        self.left_out = []
        for folder in (self.disk, self.memory):
            folder.mkdir(parents=True)

    def close(self):
        for folder in (self.disk, self.memory):
            shutil.rmtree(folder, ignore_errors=True)

    def data(self, name, where):
        """Makes a data set in a process of its own, so that this one stays small: what it starts counts from its size."""
        folder = where / "data" / name
        if not folder.exists():
            folder.parent.mkdir(exist_ok=True)
            generate("make", name, folder, str(self.options.scale))
        return folder

    def peers(self, names):
        chosen = []
        for name in names:
            if self.options.peers and name != "lifeboat" and name not in self.options.peers:
                continue
            if PEERS[name].installed():
                chosen.append(PEERS[name])
            elif name not in self.left_out:
                self.left_out.append(name)
        return chosen

    def rounds(self, title, note, peers, job, base):
        """Runs job(peer, number) of every peer in turn, round after round. `base` names what the ratios are against."""
        runs = {peer.name: [] for peer in peers}
        for number in range(self.options.rounds):
            turn = number % len(peers)
            for peer in peers[turn:] + peers[:turn]:
                say(f"{title}: round {number + 1}, {peer.name}")
                runs[peer.name].append(job(peer, number))
        rows = []
        for peer in peers:
            times = [run.seconds for run in runs[peer.name]]
            ratios = [a / b.seconds for a, b in zip(times, runs[base])]
            stored = [run.stored for run in runs[peer.name] if run.stored is not None]
            processor = statistics.median(run.processor for run in runs[peer.name])
            rows.append(Row(peer.label, times, ratios, processor, statistics.median(stored) if stored else None,
                            max(run.memory for run in runs[peer.name])))
        self.tables.append((title, note, base, rows))
        return {peer.name: row for peer, row in zip(peers, rows)}

    def bar(self, job, value, limit, aim, unit=""):
        self.bars.append(Bar(job, value, limit, aim)._asdict() | {"unit": unit})


def say(text):
    print(text, file=sys.stderr, flush=True)


def generate(*words):
    subprocess.run([sys.executable, str(Path(__file__).with_name("peers_data.py")), *map(str, words)], check=True)


def drop(peer, target):
    """Removes a target, with what the peer keeps beside it."""
    shutil.rmtree(target, ignore_errors=True)
    peer.forget(target)
    os.sync()


def warm(folder):
    """Reads a tree into the page cache."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb", buffering=0) as file:
                while file.read(MIB):
                    pass


def ratio_text(row):
    return f"{statistics.median(row.ratios):.2f} ({min(row.ratios):.2f}–{max(row.ratios):.2f})"


# --- The jobs --------------------------------------------------------------------------------------------------------

FULL_PEERS = ["cp", "tar", "rsync", "restic", "borg", "lifeboat"]


def full(bench, name, where, place, limit, aim):
    """A first full backup into an empty target."""
    source = bench.data(name, where)
    warm(source)
    peers = bench.peers(FULL_PEERS)

    def job(peer, number):
        target = where / f"target-{peer.name}"
        run = peer.full(Run(where, source, target))
        run.stored = tree_bytes(target)
        drop(peer, target)
        return run

    job(PEERS["cp"], 0)  # the first writes also get memory from the host: nobody's time
    rows = bench.rounds(f"full backup, {name}, on {place}", "", peers, job, "cp")
    bench.bar(f"full backup of `{name}` on {place} ÷ `cp -a` + sync", statistics.median(rows["lifeboat"].ratios), limit, aim)
    memory(bench, f"full backup of `{name}`", rows)


def memory(bench, job, rows):
    bench.bar(f"memory, {job}", rows["lifeboat"].memory / MIB, 256, 128, " MiB")


def full_jobs(bench):
    for name in ("ledger", "random"):
        full(bench, name, bench.disk, "disk", 1.5, 1.0)
    shutil.rmtree(bench.disk / "data" / "random")


def small_job(bench):
    full(bench, "mixed", bench.memory, "tmpfs", 1.2, 0.6)
    shutil.rmtree(bench.memory / "data")


def unchanged_job(bench):
    """A second backup of many small files that nobody touched. Targets are in memory, the source is on disk."""
    source = bench.data("mixed", bench.disk)
    time.sleep(3)  # what changed within 2 s before a backup is looked at again by the next one
    peers = bench.peers(["find", "tar", "rsync", "restic", "borg", "lifeboat"])
    warm(source)
    for peer in peers:
        peer.full(Run(bench.memory, source, bench.memory / f"target-{peer.name}"))

    def job(peer, number):
        return peer.again(Run(bench.memory, source, bench.memory / f"target-{peer.name}"), number)

    title = f"nothing changed, {sum(1 for _ in source.rglob('*'))} entries on disk"
    rows = bench.rounds(title, "`find` is `find -printf` of path, size and times to /dev/null", peers, job, "find")
    over = [(a - 0.030) / b for a, b in zip(rows["lifeboat"].times, rows["find"].times)]
    closer = [(a - 0.015) / b for a, b in zip(rows["lifeboat"].times, rows["find"].times)]
    bench.bar("nothing changed: (time − 30 ms) ÷ `find -printf`", statistics.median(over), 2, None)
    bench.bar("nothing changed: (time − 15 ms) ÷ `find -printf`", statistics.median(closer), None, 1.5)
    memory(bench, "nothing changed", rows)
    shutil.rmtree(bench.disk / "data" / "mixed")
    for peer in peers:
        drop(peer, bench.memory / f"target-{peer.name}")


def incremental_job(bench):
    """1 % changes of the ledger, one after the other; every peer stores each of them."""
    source = bench.data("ledger", bench.disk)
    time.sleep(3)
    peers = bench.peers(["cp", "tar", "rsync", "restic", "borg", "lifeboat"])
    for peer in peers:
        peer.full(Run(bench.disk, source, bench.disk / f"target-{peer.name}"))
    pages = []

    def job(peer, number):
        if len(pages) == number:  # the first of the round
            before = bench.disk / "pages"
            generate("pages", source, before)
            generate("change", "ledger", source, number)
            pages.append(int(subprocess.run([sys.executable, str(Path(__file__).with_name("peers_data.py")), "compare",
                                             str(source), str(before)], check=True, capture_output=True, text=True).stdout))
            warm(source)
            os.sync()
            time.sleep(3)
        target = bench.disk / f"target-{peer.name}"
        before = tree_bytes(target)
        run = peer.again(Run(bench.disk, source, target), number)
        run.stored = tree_bytes(target) - before
        return run

    rows = bench.rounds("incremental, 1 % of `ledger`",
                        "`cp` is `cp -au`: it overwrites its only copy; stored: what the repository grew by", peers, job, "cp")
    floor = statistics.median(pages) * 4096 / MIB
    bench.bar("1 % incremental of `ledger`: bytes stored ÷ changed pages of 4 KiB "
              f"({rows['lifeboat'].stored / MIB:.1f} of {floor:.1f} MiB)", rows["lifeboat"].stored / MIB / floor, 46 / 42, 46 / 42)
    memory(bench, "incremental", rows)
    for peer in peers:
        drop(peer, bench.disk / f"target-{peer.name}")


def verify_and_restore(bench, name):
    """Verify and restore of one full archive."""
    source = bench.data(name, bench.disk)
    warm(source)
    stores = bench.peers(["tar", "rsync", "restic", "borg", "lifeboat"])
    for peer in stores:
        peer.full(Run(bench.disk, source, bench.disk / f"target-{peer.name}"))
        warm(bench.disk / f"target-{peer.name}")

    def verify(peer, number):
        return peer.verify(Run(bench.disk, source, bench.disk / f"target-{peer.name}"))

    checkers = [PEERS["openssl"]] + [peer for peer in stores if hasattr(peer, "verify")]
    rows = bench.rounds(f"verify, {name}", f"`openssl` is one pass of SHA-256 over the source in {cores()} processes", checkers,
                        verify, "openssl")
    bench.bar(f"verify of `{name}` ÷ one pass of read + SHA-256 on all cores", statistics.median(rows["lifeboat"].ratios), 1.5, 1.15)
    memory(bench, f"verify of `{name}`", rows)

    def restore(peer, number):
        target = bench.disk / "restored"
        run = peer.restore(Run(bench.disk, source, bench.disk / f"target-{peer.name}", target))
        if number == 0:
            subprocess.run(["diff", "-r", "--no-dereference", str(source), str(peer.restored(target, source))], check=True)
        shutil.rmtree(target)
        os.sync()
        return run

    rows = bench.rounds(f"restore, {name}", "`cp` copies the source; every restored tree was compared once", [PEERS["cp"]] + stores,
                        restore, "cp")
    bench.bar(f"restore of `{name}` ÷ `cp -a` + sync", statistics.median(rows["lifeboat"].ratios), 1.8, 1.3)
    memory(bench, f"restore of `{name}`", rows)
    for peer in stores:
        drop(peer, bench.disk / f"target-{peer.name}")


def restore_jobs(bench):
    for name in ("ledger", "random"):
        verify_and_restore(bench, name)
    shutil.rmtree(bench.disk / "data" / "random")


def chain_job(bench):
    """A chain of 30 beside a full of the same content."""
    source = bench.data("ledger", bench.disk)
    lifeboat = PEERS["lifeboat"]
    chain = Run(bench.disk, source, bench.disk / "target-chain", bench.disk / "restored")
    fresh = Run(bench.disk, source, bench.disk / "target-fresh", bench.disk / "restored")
    lifeboat.full(chain)
    for number in range(29):
        generate("change", "ledger", source, 1000 + number)
        lifeboat.again(chain, number)
    lifeboat.full(fresh)

    class Chain:
        name, label, run = "chain", "lifeboat, chain of 30", chain

    class Fresh:
        name, label, run = "fresh", "lifeboat, one full", fresh

    def restore(peer, number):
        warm(peer.run.target)
        run = lifeboat.restore(peer.run)
        if number == 0:
            subprocess.run(["diff", "-r", str(source), str(peer.run.restored)], check=True)
        shutil.rmtree(peer.run.restored)
        os.sync()
        return run

    rows = bench.rounds("restore of a chain of 30 archives, 1 % of `ledger` each", "", [Fresh, Chain], restore, "fresh")
    bench.bar("restore of a chain of 30 ÷ one full of the same content", statistics.median(rows["chain"].ratios), 1.5, 1.2)
    bench.bar("memory, restore of a chain", rows["chain"].memory / MIB, 256, 128, " MiB")


JOBS = {"full": full_jobs, "small": small_job, "unchanged": unchanged_job, "restore": restore_jobs,
        "incremental": incremental_job, "chain": chain_job}


# --- The report ------------------------------------------------------------------------------------------------------

def machine(bench):
    kernel = os.uname().release

    def file_system(path):
        out = subprocess.run(["stat", "-f", "-c", "%T", str(path)], capture_output=True, text=True, check=True).stdout.strip()
        return {"ext2/ext3": "ext4"}.get(out, out)

    memory_kib = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()).group(1))
    versions = [peer.version() for peer in PEERS.values() if peer.installed()]
    return [f"Machine: {processor()}, {memory_kib >> 20} GiB of memory, kernel {kernel}, "
            f"disk {file_system(bench.disk)}, memory {file_system(bench.memory)}.",
            "Versions: " + ", ".join(version for version in versions if version) + ".",
            f"Made by `benchmarks/peers.py {shlex.join(shown(sys.argv[1:]))}`: scale {bench.options.scale:g}, "
            f"{bench.options.rounds} rounds, medians, in brackets the least and the largest.",
            "restic always encrypts; everything else is plain. No peer compresses."
            + (f" Not installed, left out: {', '.join(bench.left_out)}." if bench.left_out else "")]


def shown(words):
    """The command line without places of this machine."""
    return [word for word in words if not word.startswith("/")]


def report(bench):
    out = machine(bench) + ["", "### Against the bars", "", "| job | measured | bar | aim | |", "|---|---|---|---|---|"]
    for bar in bench.bars:
        unit = bar["unit"]

        def text(value):
            return "" if value is None else f"{value:.0f}{unit}" if unit else f"{value:.2f}"

        verdict = "" if bar["limit"] is None else "met" if bar["measured"] <= bar["limit"] else "missed"
        if bar["aim"] is not None and bar["measured"] <= bar["aim"]:
            verdict = "aim met"
        out.append(f"| {bar['job']} | {text(bar['measured'])} | {text(bar['limit'])} | {text(bar['aim'])} | {verdict} |")
    for title, note, base, rows in bench.tables:
        out += ["", f"### {title[0].upper() + title[1:]}", ""]
        if note:
            out += [note[0].upper() + note[1:] + ".", ""]
        out += [f"| peer | time ÷ {base} | seconds | CPU seconds | stored MiB | peak memory MiB |",
                "|---|---|---|---|---|---|"]
        for row in rows:
            stored = f"{row.stored / MIB:.1f}" if row.stored is not None else ""
            out.append(f"| {row.peer} | {ratio_text(row)} | {statistics.median(row.times):.3f} | {row.processor:.3f} | {stored} "
                       f"| {row.memory / MIB:.0f} |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of the data sets; 0.1 takes about a minute")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", default=",".join(JOBS), help="some of: " + ",".join(JOBS))
    parser.add_argument("--peers", default="", help="some of: " + ",".join(name for name in FULL_PEERS if name != "lifeboat"))
    parser.add_argument("--disk", default=os.environ.get("TMPDIR", "/var/tmp"), help="scratch folder on the disk")
    parser.add_argument("--memory", default="/dev/shm", help="scratch folder in memory")
    parser.add_argument("--write", type=Path, help="the page to write the tables into, between its markers")
    options = parser.parse_args()
    options.peers = [name for name in options.peers.split(",") if name]
    if options.peers:
        options.peers += ["cp", "find"]
    jobs = options.jobs.split(",")
    if unknown := [job for job in jobs if job not in JOBS]:
        parser.error(f"no job is named {unknown[0]}")
    if not os.access(lifeboat_program(), os.X_OK):
        sys.exit(f"{lifeboat_program()} is no program: cmake --preset release && cmake --build --preset release, "
                 "or set LIFEBOAT_PROGRAM")
    bench = Bench(options)
    try:
        for job in jobs:
            JOBS[job](bench)
        text = report(bench)
    finally:
        bench.close()
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What a power cut would find: every object of a backup is durable, name and folders too, before the next is published, the
chain entry last; and a prune's entry before the first object goes. Told from the order of the system calls, for what a
killed process leaves is in the kernel's memory all the same."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import Bench, fail  # noqa: E402


class Disk:
    """What of a repository may not survive: bytes of files, and names in folders."""

    def __init__(self, repo, what):
        self.repo, self.what = repo, what
        self.files, self.folders, self.published = set(), set(), []

    def counts(self, path):
        """What lies in tmp and lock may go, and the repository's own name is not below it."""
        return path.startswith(self.repo + "/") and os.path.relpath(path, self.repo).split("/")[0] not in ("tmp", "lock")

    def lost(self):
        return self.folders | {path for path in self.files if self.counts(path)}

    def see(self, call, path="", old=""):
        if call in ("openat", "write", "pwrite"):
            self.files.add(path)
        elif call in ("fsync", "fdatasync"):
            self.files.discard(path)
            self.folders.discard(path)
        elif call == "mkdirat" and self.counts(path):
            self.folders.add(os.path.dirname(path))
        elif call == "linkat" and os.path.dirname(path) != os.path.join(self.repo, "tmp"):
            name = os.path.relpath(path, self.repo)
            if old in self.files:
                fail(f"{self.what}: {name} is published before its bytes are durable")
            if self.lost():
                fail(f"{self.what}: {name} is published while {self.lost()} may be lost")
            self.published.append(name)
            self.folders.add(os.path.dirname(path))
        elif call == "unlinkat" and path.startswith(os.path.join(self.repo, "archive")) and self.lost():
            fail(f"{self.what}: {path} goes while {self.lost()} may be lost")


def watch(what, command):
    count = os.path.join(bench.top, "count")
    if os.path.exists(count):
        os.remove(count)
    command(count=count)
    disk = Disk(os.path.join(bench.live, "repo"), what)
    for _, *call in bench.lines(count):
        disk.see(*call)
    if disk.lost():
        fail(f"{what}: it ends, and {disk.lost()} may be lost")
    return [os.path.basename(name) for name in disk.published]


bench = Bench()
bench.fresh()
parts = ["data.000000", "manifest", "seal"]
first = watch("a first backup", bench.backup)
if first != ["RECOVER.txt", "repository", *parts, "00000001-0000000001"]:
    fail(f"a first backup published {first}")
bench.write(bench.live, "a", os.urandom(90000))
second = watch("an increment", bench.backup)
if second != [*parts, "00000001-0000000002"]:
    fail(f"an increment published {second}")
bench.backup(strategy="full")
options = ["prune", *bench.options(), "--keep-windows", "1"]
plan = json.loads(bench.run(*options, "--json").stdout)["plan"]
third = watch("a prune", lambda **how: bench.run(*options, "--grace", "0s", "--apply", plan, **how))
if third != ["00000001-0000000004"]:
    fail(f"a prune published {third}")
bench.done()
print("in order: a first backup, an increment, a prune")

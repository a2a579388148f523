#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every system call of a restore that changes something fails once. The restore either gives the tree or fails by name
with no target; what it left can be gone on with, and then the tree is right."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import Bench, fail, tree_of  # noqa: E402

bench = Bench()
os.mkdir(os.path.join(bench.template, "source", "folder"))
bench.write(bench.template, "folder/file", b"content")
bench.prepare(2)
os.mkdir(os.path.join(bench.template, "out"))
METADATA = ("fchown", "fchownat", "fchmod", "utimensat", "futimens", "fsetxattr")


def restore(*more, **how):
    return bench.run("restore", *bench.options()[:4], "--target", os.path.join(bench.live, "out", "target"), *more,
                     root="out", **how)


def check(what, call):
    if tree_of(os.path.join(bench.live, "out", "target")) != bench.trees[-1]:
        fail(f"{what}: restored to something else")
    if os.listdir(os.path.join(bench.live, "out")) != ["target"] and call not in ("unlinkat", "no call"):
        fail(f"{what}: left {os.listdir(os.path.join(bench.live, 'out'))}")


for fault, call, what, done in bench.failures(restore, expect=(0, 3, 4, 5)):
    there = os.listdir(os.path.join(bench.live, "out"))
    if done.returncode == 4:
        if call not in METADATA or "LB-NOT-RESTORED" not in done.stdout:
            fail(f"{what}: gaps, where the call is no metadata's:\n{done.stdout}")
        continue
    if done.returncode != 0:
        if "target" in there:
            fail(f"{what}: failed, and there is a target:\n{done.stdout}")
        if there and there[0] not in done.stdout:
            fail(f"{what}: {there[0]} is left and not named:\n{done.stdout}")
        restore(*(["--resume"] if there else []))
    check(what, call)
bench.done()
print(f"{bench.runs} failing calls of a restore")

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every system call of a sync that changes the replica fails once. The pass either brings the replica into step or fails
by name; the next pass succeeds, and the replica equals the source."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import Bench, fail, tree_of  # noqa: E402

bench = Bench()


def sync(where=None, **how):
    where = where or bench.live
    return bench.run("sync", "--source", os.path.join(where, "source"), *bench.options(where), "--replica",
                     os.path.join(where, "replica"), where=where, root="replica", **how)


def in_step():
    return tree_of(os.path.join(bench.live, "replica")) == wanted


bench.backup(bench.template)
sync(bench.template)
bench.write(bench.template, "a", os.urandom(200))
os.remove(os.path.join(bench.template, "source", "b"))
bench.write(bench.template, "d", os.urandom(9000))
os.rename(os.path.join(bench.template, "source", "c"), os.path.join(bench.template, "source", "e"))
wanted = tree_of(os.path.join(bench.template, "source"))
for fault, call, what, done in bench.failures(sync, expect=(0, 1, 3, 4, 5)):
    if done.returncode == 0 and not in_step():
        fail(f"{what}: in step, it says:\n{done.stdout}")
    sync()
    if not in_step():
        fail(f"{what}: the replica is not in step after the next pass")
bench.done()
print(f"{bench.runs} failing calls of a sync")

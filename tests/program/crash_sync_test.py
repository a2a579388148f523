#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A sync of three files is killed before and after every system call that changes the replica. After each the next
pass succeeds and the replica equals the source."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import KILLED, Bench, fail, tree_of  # noqa: E402

bench = Bench()


def sync(where=None, **how):
    where = where or bench.live
    return bench.run("sync", "--source", os.path.join(where, "source"), *bench.options(where), "--replica",
                     os.path.join(where, "replica"), where=where, root="replica", **how)


bench.backup(bench.template)
sync(bench.template)
bench.write(bench.template, "a", os.urandom(200))
os.remove(os.path.join(bench.template, "source", "b"))
bench.write(bench.template, "d", os.urandom(9000))
os.rename(os.path.join(bench.template, "source", "c"), os.path.join(bench.template, "source", "e"))
calls = bench.calls(lambda **how: sync(**how))
wanted = tree_of(os.path.join(bench.template, "source"))
if tree_of(os.path.join(bench.live, "replica")) != wanted:
    fail("the pass that was counted did not bring the replica into step")
for fault in ("kill-before", "kill-after"):
    for at in range(1, len(calls) + 1):
        bench.fresh()
        sync(fault=fault, at=at, expect=KILLED)
        sync()
        if tree_of(os.path.join(bench.live, "replica")) != wanted:
            fail(f"{fault} call {at}, {calls[at - 1]}: the replica is not in step after the next pass")
bench.done()
print(f"{2 * len(calls)} crash points of a sync, {len(calls)} calls")

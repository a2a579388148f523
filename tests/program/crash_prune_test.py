#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A prune is killed before and after every system call that changes the repository. After each the repository opens
with no repair, what stays restores, and the next backup succeeds."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import KILLED, Bench, fail, tree_of  # noqa: E402

bench = Bench()
for number in range(4):
    bench.write(bench.template, "a", os.urandom(100 + number))
    bench.run("backup", "--source", os.path.join(bench.template, "source"), *bench.options(bench.template), "--strategy",
              "full", where=bench.template)
    bench.trees.append(tree_of(os.path.join(bench.template, "source")))
ids = bench.ids(bench.template)
keep = ["--keep-windows", "2"]
plan = json.loads(bench.run("prune", *bench.options(bench.template), *keep, "--json", where=bench.template).stdout)


def prune(**how):
    return bench.run("prune", *bench.options(), *keep, "--grace", "0s", "--apply", plan["plan"], **how)


calls = bench.calls(lambda **how: prune(**how))
bench.trees = bench.trees[2:]
stays = ids[2:]
if bench.ids() != stays:
    fail("the prune let something else go than the two oldest windows")
for fault in ("kill-before", "kill-after"):
    for at in range(1, len(calls) + 1):
        bench.fresh()
        prune(fault=fault, at=at, expect=KILLED)
        bench.check_whole(stays, f"{fault} call {at}, {calls[at - 1]}")
bench.done()
print(f"{2 * len(calls)} crash points of a prune, {len(calls)} calls")

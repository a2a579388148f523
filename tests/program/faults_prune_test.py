#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every system call of a prune that changes the repository fails once. The prune either lets go exactly what its plan
says, or fails by name; what stays restores, and the same command again ends it."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import Bench, fail, tree_of  # noqa: E402

bench = Bench()
for number in range(4):
    bench.write(bench.template, "a", os.urandom(100 + number))
    bench.backup(bench.template, strategy="full")
    bench.trees.append(tree_of(os.path.join(bench.template, "source")))
ids = bench.ids(bench.template)
trees = bench.trees
keep = ["--keep-windows", "2"]


def prune(**how):
    plan = json.loads(bench.run("prune", *bench.options(), *keep, "--json").stdout)["plan"]
    return bench.run("prune", *bench.options(), *keep, "--grace", "0s", "--apply", plan, **how)


for fault, call, what, done in bench.failures(prune):
    now = bench.ids()
    if now not in (ids, ids[2:]) or (done.returncode == 0 and now == ids):
        fail(f"{what}: exit status {done.returncode}, archives {now}:\n{done.stdout}")
    if now != ids and "Nothing was changed" in done.stdout:
        fail(f"{what}: marked, and denied:\n{done.stdout}")
    bench.trees = trees[len(ids) - len(now):]
    bench.run("verify", *bench.options()[:4])
    bench.check_restores(now, what)
    prune()
    left = {name.split("/")[2] for name in bench.objects() if name.startswith("archive/s/")}
    if left != set(ids[2:]):
        fail(f"{what}: after the same command again there are {left}")
    bench.trees = trees[2:]
    bench.check_whole(ids[2:], what)
bench.done()
print(f"{bench.runs} failing calls of a prune")

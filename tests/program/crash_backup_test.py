#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A backup of three files is killed before and after every system call that changes the repository, one after the
other. After each the repository opens with no repair, all earlier archives restore, and the next backup succeeds."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import KILLED, Bench, fail  # noqa: E402

bench = Bench()
bench.prepare(2)
ids = bench.ids(bench.template)
bench.write(bench.template, "b", os.urandom(60000))
calls = bench.calls(lambda **how: bench.backup(**how))
if len(calls) < 20:
    fail(f"the shim saw {len(calls)} calls only")
for fault in ("kill-before", "kill-after"):
    for at in range(1, len(calls) + 1):
        bench.fresh()
        bench.backup(fault=fault, at=at, expect=KILLED)
        bench.check_whole(ids, f"{fault} call {at}, {calls[at - 1]}")
bench.done()
print(f"{2 * len(calls)} crash points of a backup, {len(calls)} calls")

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every system call of a backup that changes the repository fails once: with ENOSPC, EIO and EINTR, and every write
writes half. The backup either commits or fails by name; earlier archives restore, and the next backup succeeds."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import Bench, fail  # noqa: E402

bench = Bench()
bench.prepare(2)
ids = bench.ids(bench.template)
bench.write(bench.template, "b", os.urandom(60000))
calls = bench.calls(lambda **how: bench.backup(**how))
runs = 0
for fault in ("ENOSPC", "EIO", "EINTR", "short"):
    for at in range(1, len(calls) + 1):
        if fault == "short" and calls[at - 1] not in ("write", "pwrite"):
            continue
        bench.fresh()
        what = f"{fault} at call {at}, {calls[at - 1]}"
        done = bench.backup(fault=fault, at=at, expect=(0, 3, 5))
        runs += 1
        if fault in ("EINTR", "short") and done.returncode != 0 and calls[at - 1] in ("write", "pwrite", "fsync", "fdatasync", "openat"):
            fail(f"{what}: not gone on with:\n{done.stdout}")
        if done.returncode != 0 and "LB-" not in done.stdout:
            fail(f"{what}: no error was named:\n{done.stdout}")
        now = bench.ids()
        if now[:len(ids)] != ids or len(now) - len(ids) not in ((1,) if done.returncode == 0 else (0, 1)):
            fail(f"{what}: exit status {done.returncode}, archives {now}")
        bench.check_whole(ids, what)
bench.done()
print(f"{runs} failing calls of a backup, {len(calls)} calls")

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every system call of a backup that changes the repository, or the state folder, fails once: with ENOSPC, EIO and EINTR,
and every write writes half. The backup either commits or fails by name and leaves the repository as it was; earlier
archives restore, and the next backup succeeds."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import Bench, fail  # noqa: E402

bench = Bench()
bench.prepare(2)
ids = bench.ids(bench.template)
bench.write(bench.template, "b", os.urandom(60000))
before = bench.objects(bench.template)
for root in ("repo", "state"):
    for fault, call, what, done in bench.failures(lambda **how: bench.backup(root=root, **how)):
        now = bench.ids()
        if now[:len(ids)] != ids or len(now) - len(ids) not in ((1,) if done.returncode == 0 else (0, 1)):
            fail(f"{what}: exit status {done.returncode}, archives {now}")
        if now == ids and bench.objects() != before:
            fail(f"{what}: left {sorted(set(bench.objects()) ^ set(before))}")
        if now != ids and "Nothing was changed" in done.stdout:
            fail(f"{what}: committed, and denied:\n{done.stdout}")
        if fault == "ENOSPC" and call == "write" and root == "repo" and "bytes more than are free" not in done.stdout:
            fail(f"{what}: does not say how much was missing:\n{done.stdout}")
        bench.check_whole(ids, what)
bench.done()
print(f"{bench.runs} failing calls of a backup")

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Two backups at once, and a backup and a prune at once: both end well, or one is refused by name; nothing is lost."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faulty import PROGRAM, Bench, fail  # noqa: E402

bench = Bench()
bench.prepare(3)
for number in range(8):
    bench.write(bench.template, f"more-{number}", os.urandom(2_000_000))
ids = bench.ids(bench.template)


def at_once(*commands):
    running = [subprocess.Popen([PROGRAM, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True) for command in commands]
    ended = [(process, process.communicate(timeout=120)[0]) for process in running]
    for process, output in ended:
        if process.returncode not in (0, 3, 5) or (process.returncode != 0 and "LB-" not in output):
            fail(f"{process.args} ended with {process.returncode}:\n{output}")
    if all(process.returncode != 0 for process, _ in ended):
        fail("neither was done: " + " | ".join(output for _, output in ended))


for round_number in range(10):
    bench.fresh()
    source = os.path.join(bench.live, "source")
    backup = ["backup", "--source", source, *bench.options()]
    other_state = [*backup[:-1], os.path.join(bench.live, "state-2")]
    at_once(backup, backup if round_number % 2 == 0 else other_state)
    bench.check_whole(ids, "two backups at once")
    bench.fresh()
    bench.run("backup", "--source", source, *bench.options(), "--strategy", "full")
    plan = json.loads(bench.run("prune", *bench.options(), "--keep-windows", "1", "--json").stdout)
    at_once(backup, ["prune", *bench.options()[:4], "--state", os.path.join(bench.live, "state-2"), "--keep-windows", "1",
                     "--grace", "0s", "--apply", plan["plan"]])
    bench.run("verify", *bench.options()[:4])
    bench.backup()
    bench.run("verify", *bench.options()[:4], "--depth", "restore")
bench.done()
print("10 rounds of two at once")

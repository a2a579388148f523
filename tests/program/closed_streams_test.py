#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A program that is started without standard streams writes its messages nowhere: no file of its own gets the number of
one. What it was told to print and could not is no success."""
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["LIFEBOAT_PROGRAM"]
top = tempfile.mkdtemp(prefix="lifeboat-streams-")
source, medium = os.path.join(top, "source"), os.path.join(top, "medium")
os.mkdir(source)
for number in range(20):
    with open(os.path.join(source, f"file-{number}"), "wb") as out:
        out.write(os.urandom(50_000))
os.symlink("nowhere", os.path.join(source, "link"))
options = ["--medium", "disk:" + medium, "--state", os.path.join(top, "state"), "--id", "s"]


def run(closed, *arguments):
    line = " ".join(["exec", '"$0"', '"$@"', *closed])
    return subprocess.run(["sh", "-c", line, PROGRAM, *arguments, *options], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=120)


for round_number, closed in enumerate((["<&-", ">&-", "2>&-"], [">&-", "2>&-"], ["<&-", "2>&-"], [">&-"], ["<&-"])):
    done = run(closed, "backup", "--source", source)
    if done.returncode != (5 if ">&-" in closed else 0):
        sys.exit(f"FAILED: a backup with {closed} ended with {done.returncode}:\n{done.stderr}")
    if closed == [">&-"] and "stdout can not be written: Bad file descriptor" not in done.stderr:
        sys.exit(f"FAILED: what was printed went somewhere:\n{done.stderr}")
    verified = subprocess.run([PROGRAM, "verify", "--depth", "restore", *options], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
    if verified.returncode != 0 or f"{round_number + 1} of {round_number + 1} archive" not in verified.stdout:
        sys.exit(f"FAILED: after a backup with {closed}:\n{verified.stdout}")
shutil.rmtree(top)
print("5 backups with closed streams")

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""tell.py EXPECTED COMMAND...: tells a story in a new folder; it must succeed, and print what the file EXPECTED holds.

With LIFEBOAT_ACCEPT=1, what it prints becomes what is expected."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["LIFEBOAT_SOURCE_DIR"]) / "tests" / "support"))
from masked import masked  # noqa: E402

expected = Path(sys.argv[1])
command = sys.argv[2:]
with tempfile.TemporaryDirectory() as folder:
    programs = str(Path(os.environ["LIFEBOAT_PROGRAM"]).parent)
    environment = {**os.environ, "PATH": programs + os.pathsep + os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=800)
if done.returncode != 0:
    print(done.stdout)
    sys.exit(f"{command[-1]} ended with {done.returncode}")
found = masked(done.stdout)
if os.environ.get("LIFEBOAT_ACCEPT") == "1":
    expected.write_text("\n".join(found) + "\n")
wanted = expected.read_text().rstrip("\n").split("\n")
if found != wanted:
    print("expected:\n  " + "\n  ".join(wanted) + "\nprinted:\n  " + "\n  ".join(found))
    sys.exit(f"{command[-1]} tells something else than {expected}")

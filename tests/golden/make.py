#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""make.py PROGRAM FOLDER: the golden repositories, written anew to a folder that is not there yet.

Those of v1/ were made once, by root on a host named "host" (unshare --uts), and are never made again: a program of any
later version must read them. FOLDER/NAME/medium has the objects; FOLDER/NAME/N.txt describes the tree at archive N."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reader"))
import trees  # noqa: E402

REPOSITORIES = {
    "sha256": ["--structural", "sha256", "--verifier", "sha256"],
    "sm3": ["--structural", "sm3", "--verifier", "sm3"],
    "blake2b": ["--verifier", "blake2b"],
    "sha512-256": ["--verifier", "sha512-256"],
    "xxh3": ["--verifier", "xxh3"],
}
STRATEGIES = {"xxh3": ["full"], "sha512-256": ["full", "incremental", "differential"]}

program, folder = sys.argv[1], Path(sys.argv[2])
for name, options in REPOSITORIES.items():
    medium = folder / name / "medium"
    medium.parent.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        source = f"{work}/source"
        trees.make_small(source)
        for number, strategy in enumerate(STRATEGIES.get(name, ["full", "incremental", "incremental"])):
            if number:
                trees.change_small(source, number)
            subprocess.run([program, "backup", "--source", source, "--medium", f"disk:{medium}", "--id", "golden",
                            "--state", f"{work}/state", "--strategy", strategy, "--by", "alice", "--quiet", *options],
                           check=True)
            expected = medium.parent / f"{number + 1}.txt"
            expected.write_text("".join(line + "\n" for line in trees.describe(source, owners=True)))
    for rest in ("lock", "tmp"):
        shutil.rmtree(medium / rest, ignore_errors=True)
    for path in medium.rglob("*"):
        os.chmod(path, 0o755 if path.is_dir() else 0o644)  # as Git checks them out

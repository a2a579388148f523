#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Repositories that earlier versions wrote: this one lists, verifies and restores every archive of them as it was, as does
the reader in Python, and goes on with their chains."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "reader"))
import restore  # noqa: E402
import trees  # noqa: E402

PROGRAM = os.environ["LIFEBOAT_PROGRAM"]
if not os.path.exists(PROGRAM):
    print(f"{PROGRAM} is not built")
    sys.exit(77)
OWNERS_LOST = 4  # who is not root can not give files away: the program says so, and restores the rest


def run(*command, expect=(0,)):
    done = subprocess.run([PROGRAM, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in expect:
        sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def keeps_attributes(folder):
    try:
        os.setxattr(folder, "user.probe", b"")
        os.removexattr(folder, "user.probe")
        return True
    except OSError:
        return False


def comparable(lines, attributes):
    """What can be restored here of what a description says."""
    if not attributes:
        lines = [line[: line.rindex(" {")] if line.endswith("}") else line for line in lines]
    return lines if trees.ROOT else trees.without_owners(lines)


def check(what, expected, got):
    if expected != got:
        sys.exit(f"{what}: restored otherwise:\n" + "\n".join(sorted(set(expected) ^ set(got))[:20]))


def checked_out(kept, work):
    """A copy that belongs to who runs this, with the modes of a repository: Git keeps neither."""
    medium = f"{work}/medium"
    shutil.copytree(kept, medium, copy_function=shutil.copyfile)
    for path in [Path(medium), *Path(medium).rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return ["--medium", f"disk:{medium}", "--id", "golden"]


archives = 0
for kept in sorted(HERE.glob("v*/*/medium")):
    name = kept.parent.relative_to(HERE)
    with tempfile.TemporaryDirectory(prefix="lifeboat-golden-") as work:
        attributes = keeps_attributes(work)
        options = checked_out(kept, work)
        descriptions = sorted(kept.parent.glob("*.txt"), key=lambda path: int(path.stem))
        ids = [archive["archive"] for archive in json.loads(run("list", *options, "--json"))["archives"]]
        if not ids or len(ids) != len(descriptions):
            sys.exit(f"{name}: {len(ids)} archives are listed, {len(descriptions)} are described")
        for depth in ("digests", "restore"):
            run("verify", *options, "--depth", depth)
        expect = (0,) if trees.ROOT and attributes else (0, OWNERS_LOST)
        for archive, description in zip(ids, descriptions):
            target = f"{work}/{archive}"
            run("restore", *options, "--archive", archive, "--target", target, "--numeric-owner", expect=expect)
            expected = description.read_text().splitlines()
            check(f"{name}, archive {archive}", comparable(expected, attributes),
                  comparable(trees.describe(target, owners=True), attributes))
            restore.restore(f"{work}/medium", "golden", archive, f"{target}.reader")
            check(f"{name}, archive {archive}, by restore.py", comparable(expected, attributes),
                  comparable(trees.describe(f"{target}.reader", owners=True), attributes))
            archives += 1

        source, target = f"{work}/{ids[-1]}", f"{work}/next"
        trees.write(f"{source}/after", b"by a later version\n")
        taken = trees.describe(source)
        verifier = kept.parent.name
        for strategy in ("full",) if verifier == "xxh3" else ("incremental", "full"):
            run("backup", "--source", source, *options, "--state", f"{work}/state", "--strategy", strategy, "--verifier",
                verifier)
            run("restore", *options, "--target", target)
            check(f"{name}, a next {strategy}", taken, trees.describe(target))
            shutil.rmtree(target)
        run("verify", *options)
if archives < 13:
    sys.exit(f"only {archives} golden archives were found")
print(f"{archives} archives of earlier versions")

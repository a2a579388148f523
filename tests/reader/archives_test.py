#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the program writes, the reader of the page restores: full, incremental, differential, byte for byte."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import read_repository
import trees

PROGRAM = os.environ["LIFEBOAT_PROGRAM"]
if not os.path.exists(PROGRAM):
    print(f"{PROGRAM} is not built")
    sys.exit(77)


def run(*command):
    subprocess.run([PROGRAM, *command, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def compare(what, expected, got):
    if expected != got:
        differences = sorted(set(expected) ^ set(got))
        sys.exit(f"{what}: restored otherwise:\n" + "\n".join(differences[:20]))


def space(path):
    return os.stat(path).st_blocks * 512


with tempfile.TemporaryDirectory(prefix="lifeboat-reader-") as work:
    source, medium = f"{work}/source", f"{work}/medium"
    trees.make_large(source)
    expected = []
    for step, strategy in enumerate(("full", "incremental", "differential", "incremental")):
        if step:
            trees.change_large(source, step)
        run("backup", "--source", source, "--medium", f"disk:{medium}", "--id", "demo", "--state", f"{work}/state",
            "--strategy", strategy)
        expected.append((strategy, trees.describe(source)))

    repository = read_repository.Repository(medium)
    archives = repository.archives("demo")
    strategies = {1: "full", 2: "incremental", 3: "differential"}
    compare("the chain", [s for s, _ in expected], [strategies[entry[33]] for entry in archives.values()])
    pages = 0
    for (archive, entry), (strategy, lines) in zip(archives.items(), expected):
        target = f"{work}/{archive.hex()}"
        opened = read_repository.open_archive(medium, "demo", archive.hex())
        pages = max(pages, len(opened.pages))
        opened.verify()
        read_repository.restore(opened, target)
        compare(f"{strategy} {archive.hex()}", lines, trees.describe(target))
        if space(f"{source}/only a hole") < 1 << 20 and space(f"{target}/only a hole") >= 1 << 20:
            sys.exit(f"{target}: holes are filled")
    if pages < 2:
        sys.exit("the trees of this test no longer fill two pages")

    # As a program: the newest, by name, and a folder that is not empty is refused.
    command = [sys.executable, str(Path(read_repository.__file__)), "restore", medium, "demo", "latest", f"{work}/last"]
    subprocess.run(command, check=True)
    compare("latest", expected[-1][1], trees.describe(f"{work}/last"))
    again = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if again.returncode != 1 or "is not empty" not in again.stderr:
        sys.exit(f"a second restore to the same place: {again.returncode} {again.stderr}")

    # A manifest that is lost is read from the stream.
    os.remove(f"{medium}/archive/demo/{archive.hex()}/manifest")
    read_repository.restore(read_repository.open_archive(medium, "demo", "latest"), f"{work}/no manifest")
    compare("without its manifest", expected[-1][1], trees.describe(f"{work}/no manifest"))
print(f"{len(expected)} archives, {len(expected[-1][1])} entries, {pages} pages")

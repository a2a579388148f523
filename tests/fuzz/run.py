# SPDX-License-Identifier: BSL-1.0
"""run.py PROGRAM PATTERN FUZZER ARGUMENT...: runs FUZZER on what PROGRAM stores in a repository under PATTERN.

A folder in place of PATTERN: on copies of its files."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    program, pattern, *fuzzer = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        source, medium, corpus = (Path(folder) / name for name in ("source", "medium", "corpus"))
        if Path(pattern).is_dir():
            shutil.copytree(pattern, corpus)
            return subprocess.run([*fuzzer, corpus], cwd=folder).returncode
        (source / "inside").mkdir(parents=True)
        corpus.mkdir()
        (source / "ledger").write_bytes(b"1 alice bob 100\n" * 40)
        os.link(source / "ledger", source / "inside" / "linked")
        (source / "inside" / ("a long name " * 12)).write_bytes(b"")
        (source / "pointer").symlink_to("ledger")
        with open(source / "sparse", "wb") as sparse:
            sparse.truncate(200_000)
            sparse.seek(100_000)
            sparse.write(b"in the middle of nothing")
        backup = [program, "backup", "--source", source, "--medium", f"disk:{medium}",
                  "--state", Path(folder) / "state"]
        for round_number in range(2):
            subprocess.run(backup, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(source / "ledger", "ab") as ledger:
                ledger.write(b"2 bob alice %d\n" % round_number)
        for number, stored in enumerate(sorted(medium.glob(pattern))):
            (corpus / str(number)).write_bytes(stored.read_bytes())
        return subprocess.run([*fuzzer, corpus], cwd=folder).returncode


sys.exit(main())

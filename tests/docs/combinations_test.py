#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""docs/combinations.md is what `combinations --markdown` prints, and lists what `combinations --list` does."""
import os
import re
import subprocess
import sys
from pathlib import Path

program = Path(os.environ["LIFEBOAT_BINARY_DIR"]) / "examples" / "combinations" / "combinations"
if not program.is_file():
    sys.exit(77)  # built without the examples
page = (Path(os.environ["LIFEBOAT_SOURCE_DIR"]) / "docs" / "combinations.md").read_text()


def printed(option):
    return subprocess.run([program, option], check=True, stdout=subprocess.PIPE, text=True).stdout


wrong = []
if page != printed("--markdown"):
    wrong.append("docs/combinations.md is out of date. next: combinations --markdown > docs/combinations.md")
names = re.findall(r"\| `([a-z0-9-]+)` \|$", page, re.M)
if not names or names != printed("--list").split():
    wrong.append("docs/combinations.md and combinations --list name other combinations")
for text in wrong:
    print(text)
sys.exit(1 if wrong else 0)

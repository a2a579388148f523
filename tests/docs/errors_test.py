#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""docs/errors.md has every id of core/error_id.hpp once, with the exit status of the header, and no other."""
import os
import re
import sys
from pathlib import Path

root = Path(os.environ["LIFEBOAT_SOURCE_DIR"])
header = (root / "include/lifeboat/core/error_id.hpp").read_text()
page = (root / "docs/errors.md").read_text()

outcomes = re.search(r"enum class Outcome[^{]*\{(.*?)\}", header, re.S)
status_of = {name: int(number) for name, number in re.findall(r"(\w+)\s*=\s*(\d+)", outcomes.group(1))}
ids = dict(re.findall(r"^\s*(\w+) = (\d+),$", header, re.M))
names = re.findall(r"\{ErrorId::(\w+),\s*\"(LB-[A-Z-]+)\",\s*Outcome::(\w+)\}", header)
rows = re.findall(r"^\| `(LB-[A-Z-]+)` \| (\d+) \| (.*?) \| (.*?) \|$", page, re.M)

wrong = []
if not names or len(names) != len(ids):
    wrong.append(f"the header names {len(names)} of {len(ids)} ids")
wanted = {text: status_of[outcome] for _, text, outcome in names}
seen = {}
for text, status, cause, cure in rows:
    if text in seen:
        wrong.append(f"{text} stands twice in docs/errors.md")
    seen[text] = int(status)
    if text not in wanted:
        wrong.append(f"{text} is in docs/errors.md, and in no header")
    elif wanted[text] != int(status):
        wrong.append(f"{text} ends with {wanted[text]}, docs/errors.md says {status}")
    if len(cause) < 10 or not cure:
        wrong.append(f"{text} has no cause or no cure")
wrong += [f"{text} is not in docs/errors.md" for text in wanted if text not in seen]
for line in wrong:
    print(line)
print(f"{len(rows)} ids compared")
sys.exit(1 if wrong else 0)

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Links between the pages lead somewhere, headings included, and no policy, page or command is left out."""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ["LIFEBOAT_SOURCE_DIR"])
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FOREIGN = re.compile(r"^(https?:|mailto:)")
wrong = []


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def anchors(text):
    """The names that headings have: lower case, blanks as dashes, nothing else but letters, digits, _ and -."""
    found = set()
    for heading in re.findall(r"^#{1,6} +(.*?)\s*$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        while (name if number == 0 else f"{name}-{number}") in found:
            number += 1
        found.add(name if number == 0 else f"{name}-{number}")
    return found


links = 0
for page in PAGES:
    # A link's text may be code, its target is none.
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)):
        if FOREIGN.match(target):
            continue
        links += 1
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            wrong.append(f"{page.name}: {target} leads nowhere")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            wrong.append(f"{page.name}: {file.name} has no heading #{anchor}")
if links < 50:
    wrong.append(f"only {links} links were found")

# docs/policies.md has every name of fwd.hpp, with its header.
policies = (ROOT / "docs/policies.md").read_text()
forward = (ROOT / "include/lifeboat/fwd.hpp").read_text()
names = re.findall(r"^using (\w+) =", forward, re.M) + re.findall(r"^struct (\w+);", forward, re.M)
names = [name for name in names if not name.endswith("Algorithm")]
if len(names) < 15:
    wrong.append(f"fwd.hpp gives only {len(names)} policies")
for name in names:
    row = re.search(rf"^\| `{name}` \|.*\| \[[^\]]+\]\(([^)]+)\) \|$", policies, re.M)
    if row is None:
        wrong.append(f"docs/policies.md has no row for {name}")
    elif not re.search(rf"\b{name}\b", (ROOT / "docs" / row.group(1)).read_text()):
        wrong.append(f"docs/policies.md: {row.group(1)} has no {name}")

# Each rule on combinations has a row there, and so have prune and append.
header = (ROOT / "include/lifeboat/compatibility.hpp").read_text()
rules = re.search(r"tuple<([^>]*)> combination_rules", header).group(1).split(",")
rows = re.findall(r"^\| (?!rule \||---)", policies.split("## Rules on combinations", 1)[-1], re.M)
if len(rows) != len(rules) + 2:
    wrong.append(f"docs/policies.md has {len(rows)} rules on combinations, and there are {len(rules) + 2}")

# Ids that a page names exist; commands and options that a page types exist.
ids = set(re.findall(r'"(LB-[A-Z-]+)"', (ROOT / "include/lifeboat/core/error_id.hpp").read_text()))
commands = (ROOT / "include/lifeboat/cli/commands.hpp").read_text()
known = set(re.findall(r'^    \{"(\w+)", help::', commands, re.M))
options = set(re.findall(r'"(--[\w-]+)', commands)) | {"--version"}
for page in PAGES:
    text = page.read_text()
    for name in sorted(set(re.findall(r"\bLB-[A-Z]+(?:-[A-Z]+)*", text)) - ids):
        wrong.append(f"{page.name}: there is no error {name}")
    for line in re.findall(r"^(?:\$ |    |next: )?(?:sudo -u \w+ )?lifeboat ([a-z].*)$", text, re.M):
        words = line.split()
        if words[0] not in known and re.match(r"[a-z]+ .*--", line):
            wrong.append(f"{page.name}: there is no command '{words[0]}'")
        for option in re.findall(r"(?<!\S)(--[a-z][\w-]*)", line.split("|")[0]):
            if words[0] in known and option not in options:
                wrong.append(f"{page.name}: 'lifeboat {words[0]}' has no {option}")

for line in wrong:
    print(line)
print(f"{links} links, {len(names)} policies")
sys.exit(1 if wrong else 0)

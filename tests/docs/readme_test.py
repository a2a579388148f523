#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The README tells the truth: its run is what the program prints, its code is what the examples hold."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(os.environ["LIFEBOAT_SOURCE_DIR"])
sys.path.insert(0, str(ROOT / "tests" / "support"))
from masked import masked  # noqa: E402

PROGRAM = Path(os.environ["LIFEBOAT_PROGRAM"])
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def check_run(block):
    """Runs what stands behind each "$ " in one folder, in order, and compares what follows it."""
    wrong = []
    steps = re.split(r"^\$ ", block, flags=re.M)[1:]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "bin").mkdir()
        (here / "bin" / "lifeboat").symlink_to(PROGRAM)
        (here / "work").mkdir()
        environment = {**os.environ, "PATH": f"{here}/bin:{os.environ['PATH']}", "XDG_STATE_HOME": f"{here}/state",
                       "TZ": "UTC", "LC_ALL": "C"}
        environment.pop("LIFEBOAT_MEDIUM", None)
        for step in steps:
            line, _, shown = step.partition("\n")
            done = subprocess.run(["bash", "-c", line], cwd=here / "work", env=environment, text=True, timeout=300,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if masked(done.stdout) != masked(shown):
                wrong.append(f"$ {line}\n  shown:   " + "\n           ".join(masked(shown)) + "\n  printed: " +
                             "\n           ".join(masked(done.stdout)))
    if not steps:
        wrong.append("the README's run has no command")
    return wrong


def check_quotes():
    """A block of code behind <!-- FILE --> is a stretch of that file, line by line."""
    wrong = []
    quotes = 0
    for page in PAGES:
        for name, block in re.findall(r"<!-- (\S+) -->\n```\w*\n(.*?)^```$", page.read_text(), re.M | re.S):
            quotes += 1
            source = ROOT / name
            if not source.is_file():
                wrong.append(f"{page.name} quotes {name}, which is not there")
            elif "\n" + block not in "\n" + source.read_text():
                wrong.append(f"{page.name} quotes {name}, which reads otherwise")
    if quotes == 0:
        wrong.append("no page quotes an example")
    return wrong


def check_unquoted():
    """No page shows C++ that nobody compiles."""
    wrong = []
    for page in PAGES:
        text = page.read_text()
        for block in re.finditer(r"^```(?:cpp|c\+\+)\n", text, re.M):
            if not re.search(r"<!-- \S+ -->\n\Z", text[:block.start()]):
                line = text.count("\n", 0, block.start()) + 1
                wrong.append(f"{page.name}:{line}: code that quotes no example: <!-- FILE --> stands before it")
    return wrong


readme = PAGES[0].read_text()
found = check_quotes() + check_unquoted()
runs = re.findall(r"^```console\n(.*?)^```$", readme, re.M | re.S)
if len(runs) != 1:
    found.append(f"the README has {len(runs)} runs, and should have one")
if "```cpp" not in "\n".join(readme.split("\n")[:30]):
    found.append("the README has no code within its first 30 lines")
for run in runs:
    found += check_run(run)
for text in found:
    print(text)
sys.exit(1 if found else 0)

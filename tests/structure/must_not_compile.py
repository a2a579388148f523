# SPDX-License-Identifier: BSL-1.0
"""must_not_compile.py COMPILER ARGUMENT... SOURCE: passes where the compiler refuses SOURCE and its messages match
every "// expect: REGEX" line in it."""

import os
import re
import subprocess
import sys


def main() -> int:
    command = sys.argv[1:]
    with open(command[-1], encoding="utf-8") as source:
        expected = re.findall(r"^// expect: (.+)$", source.read(), re.MULTILINE)
    if not expected:
        print("no line \"// expect: REGEX\" in " + command[-1])
        return 1
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                         env=dict(os.environ, LC_ALL="C"))
    if run.returncode == 0:
        print("it compiles")
        return 1
    # Source lines are quoted below an error. Those of the library count, as the sentence of `prove` is quoted from its
    # call; this file's own do not, its expectation among them.
    with open(command[-1], encoding="utf-8") as source:
        own = {line.strip() for line in source}
    messages = [line for line in run.stdout.splitlines() if re.sub(r"^ *\d* \| ", "", line).strip() not in own]
    missing = [regex for regex in expected if not any(re.search(regex, line) for line in messages)]
    if missing:
        print(run.stdout)
        print("no message matches: " + ", ".join(missing))
    return 1 if missing else 0


sys.exit(main())

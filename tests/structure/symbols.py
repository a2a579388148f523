# SPDX-License-Identifier: BSL-1.0
"""symbols.py BINARY VERSION [BINARY VERSION]...: every symbol of the library in BINARY is in the inline namespace of
VERSION (or in that of its units without exceptions) and of no other, so that two versions live in one process."""

import re
import subprocess
import sys


def main() -> int:
    breaches = 0
    for binary, version in zip(sys.argv[1::2], sys.argv[2::2]):
        tag = re.compile(r"\blifeboat::" + version.replace(".", "_") + "(_noexcept)?::")
        names = subprocess.run(["nm", "--demangle", "--defined-only", binary], stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines()
        ours = [name for name in names if "lifeboat::" in name]
        strange = [name for name in ours if len(re.findall(r"\blifeboat::", name)) != len(tag.findall(name))]
        for name in strange[:20]:
            print(f"{binary}: {name} is not in {tag.pattern}")
        if not ours:
            print(f"{binary} holds no symbol of the library")
        breaches += len(strange) + (not ours)
    return 1 if breaches else 0


sys.exit(main())

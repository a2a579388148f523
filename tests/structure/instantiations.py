# SPDX-License-Identifier: BSL-1.0
"""instantiations.py [--record] ROOT BUDGETS CLANG ARGUMENT...: what including a header alone makes clang instantiate, of
those that users include: the headers beside the rooms, and what the umbrella names.

Templates instantiated are what including costs, and they count the same on every machine, as seconds do not. BUDGETS
(JSON) holds functions and classes per header and per libstdc++ release; a header may exceed its own by a tenth and 50.
--record writes the counts of this libstdc++ as its budgets."""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def count(command, folder, number, header):
    unit = Path(folder) / f"{number}.cpp"
    unit.write_text(f"#include <{header}>\n", encoding="utf-8")
    subprocess.run([*command, "-O0", "-c", unit, "-o", unit.with_suffix(".o"), "-ftime-trace",
                    "-ftime-trace-granularity=0"], check=True)
    trace = unit.with_suffix(".json")
    events = trace.read_bytes()  # tens of MiB: counted, not parsed
    trace.unlink()
    return {"functions": events.count(b'"name":"InstantiateFunction"'),
            "classes": events.count(b'"name":"InstantiateClass"')}


def headers_of_users(include):
    beside = [path.relative_to(include).as_posix() for path in (include / "lifeboat").glob("*.hpp")]
    umbrella = re.findall(r"#include <(lifeboat/.*)>", (include / "lifeboat" / "lifeboat.hpp").read_text(encoding="utf-8"))
    return sorted({*beside, *umbrella, "lifeboat/pipeline/interface.hpp"})


def release_of_library(command):
    macros = subprocess.run([*command, "-E", "-dM", "-x", "c++", "-include", "version", "/dev/null"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    return next(line.split()[2] for line in macros.splitlines() if line.startswith("#define _GLIBCXX_RELEASE "))


def main() -> int:
    arguments = sys.argv[1:]
    record = arguments[0] == "--record"
    root, budgets_file, *command = arguments[1:] if record else arguments
    include = Path(root) / "include"
    headers = headers_of_users(include)
    budgets_path = Path(budgets_file)
    budgets = json.loads(budgets_path.read_text(encoding="utf-8")) if budgets_path.exists() else {}
    release = release_of_library(command)
    if not record and release not in budgets:
        print(f"no budgets were recorded for libstdc++ {release}")
        return 77

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = dict(zip(headers, pool.map(lambda item: count(command, folder, *item), enumerate(headers))))
    if record:
        budgets[release] = counts
        budgets_path.write_text(json.dumps(budgets, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return 0

    breaches = 0
    for header, found in counts.items():
        allowed = budgets[release].get(header)
        if allowed is None:
            print(f"{header} has no budget: run with --record and look at what it adds")
            breaches += 1
            continue
        for kind, number in found.items():
            if number > allowed[kind] * 1.1 + 50:
                print(f"{header} instantiates {number} {kind}; its budget is {allowed[kind]}")
                breaches += 1
    print(f"{len(counts)} headers, {breaches} over budget")
    return 1 if breaches else 0


sys.exit(main())

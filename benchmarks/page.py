# SPDX-License-Identifier: BSL-1.0
"""What the scripts say of the machine, and how they write their tables into a page."""

import os
import re
import sys
from pathlib import Path


def cores():
    return len(os.sched_getaffinity(0))


def processor():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{cores()} cores ({model.group(1) if model else 'unknown'})"


def write_between(page, begin, end, text):
    """Puts the text between the two markers of a page."""
    before = page.read_text(encoding="utf-8")
    if begin not in before or end not in before:
        sys.exit(f"{page} has no markers {begin} and {end}")
    head, rest = before.split(begin, 1)
    page.write_text(f"{head}{begin}\n{text}{end}{rest.split(end, 1)[1]}", encoding="utf-8")

# SPDX-License-Identifier: BSL-1.0
"""Output with what differs from run to run, and from machine to machine, masked."""
import re

MASKS = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "TIME"),
    (r"\bdevice \S+ of [\w.-]+", "DEVICE"),
    (r"/[^\s:]*/(?=(?:backup|ledger)\b)", "/HERE/"),
    (r"\b\d+(?:\.\d+)? (?:B|[KMGTPE]iB)\b", "SIZE"),
    (r"\b\d+(?:\.\d+)? (?:s|min|h|d)\b(?: \d+ (?:s|min|h)\b)?", "SPAN"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\b[0-9a-f]{8,32}\b", "ID"),
    (r"\(\d+ cases?\)", "(CASES)"),
]


def masked(text):
    """The lines of `text`."""
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.strip().split("\n")]

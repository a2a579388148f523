#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The worked example of docs/format.md keeps to the page: its bytes are taken apart, its digests computed again."""
import hashlib
import os
import re
import struct
import sys
from pathlib import Path

page = (Path(os.environ["LIFEBOAT_SOURCE_DIR"]) / "docs/format.md").read_text()
example = page.split("\n## 13. ", 1)[1]
wrong = []


def check(what, held):
    if not held:
        wrong.append(what)


def bytes_of(block):
    """What stands before the comment of each line, which two blanks set off."""
    return b"".join(bytes.fromhex(line.split("  ", 1)[0]) for line in block.strip().split("\n"))


def tagged(tag, *parts):
    return hashlib.sha256(tag.encode() + b"\0" + b"".join(parts)).digest()


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def fields(data):
    found, at, last = {}, 0, 0
    while at < len(data):
        tag, at = varint(data, at)
        length, at = varint(data, at)
        check(f"tag {tag} descends", tag >= last)
        found[tag], at, last = data[at:at + length], at + length, tag
    check("a field ends with its object", at == len(data))
    return found


descriptor, entry, manifest = [bytes_of(block) for block in re.findall(r"^```\n(.*?)^```$", example, re.M | re.S)]
for name, small, kind in (("descriptor", descriptor, 1), ("chain entry", entry, 2), ("manifest", manifest, 4)):
    check(f"the {name}'s header", small[:32] == b"LIFEBOAT" + struct.pack("<HHIQQ", kind, 1, 0, 0, 0))
check("the descriptor has 159 bytes", len(descriptor) == 159)
check("the descriptor's digest", tagged("lifeboat object", descriptor[:-32]) == descriptor[-32:])
check("the chain entry's digest", tagged("lifeboat object", entry[:-32]) == entry[-32:])

told = fields(entry[32:-32])
about = fields(descriptor[32:-32])
check("the predecessor", told[5] == descriptor[-32:])
check("the repository", told[1] == about[1])
check("the manifest's length", struct.unpack("<Q", told[37])[0] == len(manifest))
check("no flag", told[48] == b"\0\0\0\0")

index_at, index_length = struct.unpack("<QQ", manifest[-56:-40])
prologue_end = 36 + struct.unpack("<I", manifest[32:36])[0]
prologue = fields(manifest[36:prologue_end])
index_bytes = manifest[index_at:index_at + index_length]
index = fields(index_bytes)
check("the footer", manifest[-8:] == b"LBMFEND1" and index_at + index_length == len(manifest) - 56)
digest = tagged("lifeboat manifest", manifest[:prologue_end], index_bytes)
check("the manifest's digest", digest == manifest[-40:-8] == told[38])
check("the archive", prologue[3] == told[32] and prologue[1] == about[1])

offset, length = struct.unpack("<QI", index[1][:12])
check("one page, from the prologue to the index", offset == prologue_end and offset + length == index_at)
check("the page's length in the text", f"page's {length} bytes" in example)
records = manifest[offset:offset + length]
check("the page's digest", tagged("lifeboat page", prologue[4], bytes(8), records) == index[1][12:44])

content = b"hello\n"
file_digest = tagged("lifeboat file", struct.pack("<QBH", len(content), 0, 1), hashlib.sha256(content).digest(),
                     struct.pack("<QQQ", 0, 1, 1))
content_record = b"\x06\x00" + file_digest + b"\x02\x01\x00\x01\x00\x80\x10"
check("the file's digest stands in its record", records.count(content_record) == 1)
check("the covered length", struct.unpack("<QQ", index[3][:8] + index[8])[1] == 1536)
check("the stream's length", struct.unpack("<Q", told[39])[0] == 3584)

for text in wrong:
    print("does not hold:", text)
sys.exit(1 if wrong else 0)

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the program writes, restore.py restores: full, incremental, differential, byte for byte. What a restore does not
need keeps to docs/format.md as well: every field, order and limit, the volumes' digests, the manifest's copy, the seal."""

import hashlib
import io
import os
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import restore
import trees
from restore import check, number

PROGRAM = os.environ["LIFEBOAT_PROGRAM"]
GOLDEN = Path(__file__).resolve().parent.parent / "golden"
MIB = 1 << 20
# TAG=LENGTH[+|?]: + is repeated or absent, ? optional, * any length, 16n a multiple of 16.
DESCRIPTOR = "1=16 2=1 3=12 4=* 5=8 6=32"
ENTRY = "1=16 2=* 3=8 4=8 5=32 6=2 7=12 8=16 9=8 10=1 11=* 12=* 13=* 14=32 15=*? 16=*? 17=*? 127=*+"
BACKUP = ("32=16 33=1 34=16? 35=16 36=2 37=8 38=32 39=8 40=8 41=1 42=16? 43=8 44=8 45=8 46=8 47=8 48=4 49=8 50=12 51=12 "
          "52=16n 53=32 54=8")
PROLOGUE = "1=16 2=* 3=16 4=32 5=2 6=1 7=1 8=*"
INDEX = "1=*+ 2=32+ 3=40+ 4=32 5=1 6=24 7=16? 8=8 9=8 10=*+ 11=*+"
SEAL = "1=16 2=* 3=16 4=*+"


def check_fields(what, found, rules):
    """Only what is listed, in the order of the tags, as often and as long as it says."""
    rules = dict(rule.split("=") for rule in rules.split())
    check(list(found) == sorted(found) and {str(tag) for tag in found} <= set(rules), f"{what}: tags {list(found)}")
    for tag, rule in rules.items():
        values, length = found.get(int(tag), []), rule.rstrip("+?")
        fits = all(length == "*" or (len(value) % 16 == 0 if length == "16n" else len(value) == int(length))
                   for value in values)
        check(fits and (len(values) == 1 or "+" in rule or "?" in rule and not values), f"{what}: tag {tag}: {values}")


def check_chain(medium, source):
    """The names and fields of all entries, and the text that the descriptor names."""
    descriptor, _, S = restore.read_object(f"{medium}/repository", 1, restore.digest_by("sha256"), restore.digest_by("sm3"))
    check_fields("descriptor", descriptor, DESCRIPTOR)
    text = Path(medium, "RECOVER.txt").read_bytes()
    check(number(descriptor[5]) == len(text) and descriptor[6] == [S(b"lifeboat recover\0" + text)], "RECOVER.txt")
    for path in Path(medium, "chain", source).iterdir():
        entry, _, _ = restore.read_object(path, 2, S)
        check_fields(path, entry, ENTRY + " " + BACKUP if number(entry[6]) == 1 else ENTRY)
        check(path.name == f"{number(entry[3]):08}-{number(entry[4]):010}" and entry[1] == descriptor[1]
              and entry[2] == [source.encode()], f"{path}: its name, repository or source")
    return descriptor


def check_manifest(archive, source, descriptor):
    """What it repeats of the chain entry, where its pages lie, and the table of archives."""
    entry, prologue, index = archive.backups[archive.id], archive.prologue, archive.index
    check_fields("prologue", prologue, PROLOGUE)
    check_fields("index", index, INDEX)
    check([prologue[tag] for tag in (1, 2, 3, 5, 6, 7)] == [descriptor[1], [source.encode()], entry[32], entry[36],
                                                            descriptor[2], entry[33]], "the prologue is another's")
    check([index[4], index[5], index[6], index.get(7), index[9]] == [
        [b"".join(entry[tag][0] for tag in (43, 44, 46, 47))], entry[41], [entry[50][0] + entry[51][0]], entry.get(42),
        entry[40]], "the index disagrees with the chain entry")
    check(index.get(2, []) == [bytes.fromhex(it) + archive.backups[it][39][0] + archive.backups[it][40][0]
                               for it in archive.streams[1:]], "the table of archives disagrees with the chain")
    data, at = archive.data, 36 + number([archive.data[32:36]])
    for value in index[1]:
        offset, length = struct.unpack("<QI", value[:12])
        check(offset == at and 1 <= length <= 65536, "a page does not follow the page before")
        at += length
    footer = struct.unpack("<QQ32s8s", data[-56:])
    check(len(data) == number(entry[37]) and footer == (at, len(data) - 56 - at, entry[38][0], b"LBMFEND1"), "the footer")


def check_entries(archive):
    """Rules, limits and totals; gives the ranges of this archive's leaves in its stream, and of their digests."""
    kinds, content, leaves, digests = {}, 0, [], []
    for entry in archive.entries():
        names, values = list(entry.attributes), entry.attributes.values()
        check(entry.mode <= 0o7777 and max(entry.nanoseconds, entry.ctime_part) < 10**9 and max(entry.owner, entry.group)
              <= len(archive.index.get(10, [])) and len(entry.path) <= 32768, f"{entry.path}: {entry}")
        check(names == sorted(names) and all(len(it) <= 255 for it in names) and all(len(it) <= 65536 for it in values),
              f"{entry.path}: attributes")
        check(not kinds or kinds.get(entry.path.rpartition(b"/")[0]) == restore.FOLDER, f"{entry.path} is in no folder")
        if entry.type == restore.FILE:
            content += entry.rest[0]
            for _, leaf, stream, data, table in archive.content(entry) if not entry.flags & 16 else []:
                if stream == archive.id:
                    leaves.append((data, data + len(leaf)))
                    digests += [(table, table + len(archive.V(b"")))] if entry.rest[1] else []
        elif entry.type == restore.SYMLINK:
            check(len(entry.rest[0]) <= 4096, f"{entry.path}: the length of its text")
        elif entry.type == restore.HARD_LINK:
            check(kinds.get(entry.rest[0]) == restore.FILE, f"{entry.path} links to no file before it")
        kinds[entry.path] = entry.type
    for number_, value in enumerate(archive.index[1]):
        record, shared, suffix = restore.row(io.BytesIO(archive.data[struct.unpack("<Q", value[:8])[0]:]), "vvs")
        check(value[44:] in kinds and (record != 1 or (shared, suffix) == (0, value[44:])), f"page {number_}: its path")
    check(struct.unpack("<QQ", archive.index[4][0][:16]) == (len(kinds), content), "the totals")
    return leaves, digests


def check_stream(archive, leaves, digests):
    """The volumes' digests over what is in no leaf, and behind what they cover the manifest again, and zeros."""
    entry, covered = archive.backups[archive.id], number(archive.index[8])
    length, volume = number(entry[39]), number(entry[40])
    for ranges in leaves, digests:
        check(all(end <= begin for (_, end), (begin, _) in zip(ranges, [*ranges[1:], (covered, 0)])), "ranges overlap")
    check([number([it[:8]]) for it in archive.index.get(3, [])] == [min(volume, covered - at) for at in range(
        0, covered, volume)] and volume % 4096 == 0, "the list of volumes")
    for index, value in enumerate(archive.index.get(3, [])):
        rest = b"lifeboat volume\0" + bytes.fromhex(archive.id) + struct.pack("<Q", index)
        at = begin = index * volume
        stop = begin + number([value[:8]])
        for first, end in [*leaves, (stop, stop)]:
            if begin <= end and first <= stop:
                first, end = max(first, begin), min(end, stop)
                rest += archive.read(archive.id, at, first - at) if first > at else b""
                at = max(at, end)
        check(archive.S(rest) == value[8:], f"the digest of volume {index}")
    tail = archive.read(archive.id, covered, length - covered)
    with tarfile.open(fileobj=io.BytesIO(tail), mode="r:") as tar:
        members = [(it.name, it.size, it.mode, it.isreg()) for it in tar.getmembers()]
    check(members == [(f".lifeboat-{archive.id}/manifest", len(archive.data), 0o600, True)]
          and tail[512:] == archive.data + bytes(-len(archive.data) % 512 + 1024), "the stream does not end as it should")
    folder = Path(archive.folder, archive.id)
    sizes = {f"data.{index:06}": min(volume, length - at) for index, at in enumerate(range(0, length, volume))}
    check({path.name: path.stat().st_size for path in folder.glob("data.*")} == sizes, "the lengths of the volumes")


def check_seal(archive):
    folder, entry = Path(archive.folder, archive.id), archive.backups[archive.id]
    seal, digest, _ = restore.read_object(folder / "seal", 3, archive.S)
    check_fields("seal", seal, SEAL)
    check([[digest], seal[1], seal[2], seal[3]] == [entry[53], entry[1], entry[2], entry[32]], "the seal is another's")
    receipts = {}
    for value in seal[4]:
        stream = io.BytesIO(value[8:])
        (name,) = restore.row(stream, "s")
        receipts[name.decode()] = value[:8], stream.read()
    check(set(receipts) == {path.name for path in folder.iterdir()} - {"seal"}, "the seal lists other objects")
    for name, (length, digests) in receipts.items():
        data = (folder / name).read_bytes()
        pieces = b"".join(hashlib.sha256(data[at:at + MIB]).digest() for at in range(0, len(data), MIB))
        check(number([length]) == len(data) and digests in (b"", pieces), f"the receipt of {name}")


def verify(medium, source):
    """Everything of all archives; gives how many pages the largest manifest has."""
    descriptor, pages = check_chain(medium, source), 0
    for wanted in restore.read_chain(medium, source)[1]:
        archive = restore.Archive(medium, source, wanted)
        try:
            check_manifest(archive, source, descriptor)
            check_stream(archive, *check_entries(archive))
            check_seal(archive)
        except ValueError as error:
            sys.exit(f"{medium}: archive {wanted}: {error}")
        pages = max(pages, len(archive.index[1]))
    return pages


def run(*command):
    subprocess.run([PROGRAM, *command, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def compare(what, expected, got):
    if expected != got:
        differences = sorted(set(expected) ^ set(got))
        sys.exit(f"{what}: restored otherwise:\n" + "\n".join(differences[:20]))


def space(path):
    return os.stat(path).st_blocks * 512


if not os.path.exists(PROGRAM):
    print(f"{PROGRAM} is not built")
    sys.exit(77)
golden = sorted(GOLDEN.glob("v*/*/medium"))  # of all verifiers
for kept in golden:
    verify(kept, "golden")
with tempfile.TemporaryDirectory(prefix="lifeboat-reader-") as work:
    source, medium = f"{work}/source", f"{work}/medium"
    trees.make_large(source)
    expected = []
    for step, strategy in enumerate(("full", "incremental", "differential", "incremental")):
        if step:
            trees.change_large(source, step)
        run("backup", "--source", source, "--medium", f"disk:{medium}", "--id", "demo", "--state", f"{work}/state",
            "--strategy", strategy)
        expected.append((strategy, trees.describe(source)))

    pages, archives = verify(medium, "demo"), restore.read_chain(medium, "demo")[1]
    if pages < 2:
        sys.exit("the trees of this test no longer fill two pages")
    strategies = {1: "full", 2: "incremental", 3: "differential"}
    compare("the chain", [s for s, _ in expected], [strategies[number(entry[33])] for entry in archives.values()])
    for archive, (strategy, lines) in zip(archives, expected):
        target = f"{work}/{archive}"
        restore.restore(medium, "demo", archive, target)
        compare(f"{strategy} {archive}", lines, trees.describe(target))
        if space(f"{source}/only a hole") < MIB and space(f"{target}/only a hole") >= MIB:
            sys.exit(f"{target}: holes are filled")

    # As a program: the newest, by name, and a place that is taken is refused.
    command = [sys.executable, restore.__file__, medium, "demo", "latest", f"{work}/last"]
    subprocess.run(command, check=True)
    compare("latest", expected[-1][1], trees.describe(f"{work}/last"))
    again = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if again.returncode != 1 or "is there already" not in again.stderr:
        sys.exit(f"a second restore to the same place: {again.returncode} {again.stderr}")

    # A manifest that is lost is read from the stream.
    os.remove(f"{medium}/archive/demo/{archive}/manifest")
    restore.restore(medium, "demo", "latest", f"{work}/no manifest")
    compare("without its manifest", expected[-1][1], trees.describe(f"{work}/no manifest"))
print(f"{len(expected)} archives, {len(expected[-1][1])} entries, {pages} pages; {len(golden)} golden repositories")

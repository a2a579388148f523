#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A reader of Lifeboat repositories on a disk, written from docs/format.md alone.

  read_repository.py list REPO
  read_repository.py restore REPO SOURCE ARCHIVE|latest TARGET    to a folder that is new or empty
  read_repository.py verify REPO SOURCE ARCHIVE|latest            every byte of one archive, and its seal

Ends with 0, with 1 and a sentence for damage, or with 2 when called wrongly."""

import ctypes
import ctypes.util
import hashlib
import io
import os
import re
import stat
import sys
import tarfile
import time
from pathlib import Path

FILE, FOLDER, LINK, HARD_LINK, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO = range(1, 8)
NO_CONTENT = 16
MIB = 1 << 20


class Damage(Exception):
    """What breaks a rule of the format; the message names the object."""


def require(condition, sentence):
    if not condition:
        raise Damage(sentence)


# --- Digests (sections 3 and 9) ----------------------------------------------------------------------------------------


class Xxh3Digest(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def open_xxh3():
    """XXH3 with 128 bits by the system's library; None where there is none, and then such leaves are not checked."""
    name = ctypes.util.find_library("xxhash")
    function = getattr(ctypes.CDLL(name), "XXH3_128bits", None) if name else None
    if function is None:
        print("warning: no libxxhash here: the leaves of this archive are not checked", file=sys.stderr)
        return None
    function.restype, function.argtypes = Xxh3Digest, [ctypes.c_char_p, ctypes.c_size_t]

    def digest(data):
        value = function(bytes(data), len(data))
        return value.high.to_bytes(8, "big") + value.low.to_bytes(8, "big")

    return digest


def by_name(name):
    return lambda data: hashlib.new(name, data).digest()


STRUCTURAL = {1: by_name("sha256"), 2: by_name("sm3")}
VERIFIERS = {1: ("sha256", 32), 2: ("sha512_256", 32), 3: ("sm3", 32), 4: ("blake2b", 64), 5: ("xxh3", 16)}


def u64(*numbers):
    return b"".join(n.to_bytes(8, "little") for n in numbers)


# --- Notation (section 1) and fields (section 3) -----------------------------------------------------------------------


class Cursor:
    def __init__(self, data, what):
        self.data, self.at, self.what = data, 0, what

    def left(self):
        return len(self.data) - self.at

    def fail(self, sentence):
        raise Damage(f"{self.what}: {sentence} at byte {self.at}")

    def take(self, count):
        if count > self.left():
            self.fail(f"{count} bytes are needed and {self.left()} are left")
        self.at += count
        return bytes(self.data[self.at - count : self.at])

    def unsigned(self, count):
        return int.from_bytes(self.take(count), "little")

    def varint(self):
        value = 0
        for position in range(10):
            byte = self.unsigned(1)
            value |= (byte & 127) << (7 * position)
            if byte < 128:
                if (byte == 0 and position > 0) or value >= 1 << 64:
                    self.fail("a varint is not in its shortest form or too large")
                return value
        return self.fail("a varint is longer than 10 bytes")

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def str(self, limit=16 * MIB):
        length = self.varint()
        if length > limit:
            self.fail(f"a length of {length} is over the limit of {limit}")
        return self.take(length)

    def time(self):
        seconds, nanoseconds = int.from_bytes(self.take(8), "little", signed=True), self.unsigned(4)
        if nanoseconds >= 10**9:
            self.fail("a time has a second or more of nanoseconds")
        return seconds * 10**9 + nanoseconds

    def fields(self, rules):
        """The fields that are left, by tag. `rules` are TAG=LENGTH[+|?]...: + repeated (a list), ? optional; a length of
        * is any, one of 8n is many of 8. Values of up to 8 bytes are given as numbers."""
        known = {int(tag): rule for tag, rule in (r.split("=") for r in rules.split())}
        found = {tag: [] for tag, rule in known.items() if rule.endswith("+")}
        last = 0
        while self.left():
            tag, value = self.varint(), self.str()
            if tag < last or tag == 0 or (tag in found and not isinstance(found[tag], list)):
                self.fail(f"tag {tag} does not follow tag {last}")
            last = tag
            if tag not in known:
                continue
            length = known[tag].rstrip("+?")
            if not (length == "*" or str(len(value)) == length or (
                    length[-1] == "n" and len(value) % int(length[:-1]) == 0)):
                self.fail(f"tag {tag} has a value of {len(value)} bytes")
            if length.isdigit() and int(length) <= 8:
                value = int.from_bytes(value, "little")
            if tag in found:
                found[tag].append(value)
            else:
                found[tag] = value
        for tag, rule in known.items():
            require(tag in found or rule.endswith("?"), f"{self.what}: required tag {tag} is missing")
        return found


def each(value, size):
    return [value[i : i + size] for i in range(0, len(value), size)]


def read_header(cursor, kind):
    require(cursor.take(8) == b"LIFEBOAT", f"{cursor.what}: is no object of Lifeboat")
    got, version, zero = cursor.unsigned(2), cursor.unsigned(2), cursor.unsigned(4)
    mandatory, _optional = cursor.unsigned(8), cursor.unsigned(8)
    require(got == kind, f"{cursor.what}: is of kind {got}, not {kind}")
    require(version == 1, f"{cursor.what}: has version {version}; this reader knows version 1")
    require(zero == 0, f"{cursor.what}: has {zero} where zero must be")
    bits = [bit for bit in range(64) if mandatory >> bit & 1]
    require(not bits, f"{cursor.what}: needs features that this reader does not know: bits {bits}")


def read_file(path, limit):
    with open(path, "rb") as file:
        require(os.fstat(file.fileno()).st_size <= limit, f"{path}: is larger than {limit} bytes")
        return file.read()


# --- Descriptor and chain (sections 4 and 5) ---------------------------------------------------------------------------

ENTRY = "1=16 2=* 3=8 4=8 5=32 6=2 7=12 8=16 9=8 10=1 11=* 12=* 13=* 14=32 15=*? 16=*? 17=*? 127=*+ "
KINDS = {
    1: "32=16 33=1 34=16? 35=16 36=2 37=8 38=32 39=8 40=8 41=1 42=16? 43=8 44=8 45=8 46=8 47=8 48=4 49=8 50=12 51=12 "
       "52=16n 53=32 54=8",
    2: "64=32 65=16n 66=16n 67=8 68=8n",
    4: "96=1 97=16n 98=24? 99=8 100=8 101=8 102=8 103=*+",
    9: "112=16 113=*+",
    12: "120=16n 121=1",
}


class Entry:
    """An entry of the chain: its fields by tag, and its digest."""

    def __init__(self, name, fields, digest):
        self.name, self.fields, self.digest = name, fields, digest

    def __getitem__(self, tag):
        return self.fields.get(tag)


class Repository:
    def __init__(self, root):
        self.root = Path(root)
        body = self.small_object("repository", 1, None)[0]
        self.descriptor = body.fields("1=16 2=1 3=12 4=* 5=8 6=32")
        recover = read_file(self.root / "RECOVER.txt", 16 * MIB)
        require(len(recover) == self.descriptor[5] and self.structural(b"lifeboat recover\0" + recover)
                == self.descriptor[6], f"{self.root}/RECOVER.txt: is not the text that the descriptor names")

    def small_object(self, name, kind, structural):
        """A cursor over its checked fields, and its digest. The descriptor names its structural digest itself."""
        data = read_file(self.root / name, 16 * MIB)
        cursor = Cursor(data[:-32], f"{self.root}/{name}")
        read_header(cursor, kind)
        if structural is None:
            number = Cursor(data[32:-32], cursor.what).fields("2=1")[2]
            require(number in STRUCTURAL, f"{cursor.what}: structural digest {number} is not known")
            self.structural = structural = STRUCTURAL[number]
            self.digest = data[-32:]
        require(structural(b"lifeboat object\0" + data[:-32]) == data[-32:], f"{cursor.what}: its digest does not fit")
        return cursor, data[-32:]

    def sources(self):
        chain = self.root / "chain"
        names = os.listdir(chain) if chain.is_dir() else []
        return sorted(n for n in names if re.fullmatch(r"(?!\.)[A-Za-z0-9._-]{1,64}", n))

    def chain(self, source):
        """All entries of a source, in order, checked."""
        folder = self.root / "chain" / source
        require(source in self.sources(), f"{self.root}: holds no source {source}")
        names = [n for n in os.listdir(folder) if re.fullmatch(r"[0-9]{8}-[0-9]{10}", n)]
        entries = {}
        for name in sorted(names, key=lambda n: n[9:]):
            cursor, digest = self.small_object(f"chain/{source}/{name}", 2, self.structural)
            body = cursor.data[32:]
            entry = Entry(cursor.what, cursor.fields(ENTRY), digest)
            if entry[6] in KINDS:
                entry = Entry(cursor.what, Cursor(body, cursor.what).fields(ENTRY + KINDS[entry[6]]), digest)
            require(entry[1] == self.descriptor[1], f"{entry.name}: belongs to another repository")
            require(entry[2] == source.encode(), f"{entry.name}: belongs to another source")
            require(entry[3] >= 1 and name == f"{entry[3]:08}-{entry[4]:010}", f"{entry.name}: does not fit its name")
            twin = entries.get(entry[4])
            require(twin is None, f"{entry.name}: is a fork of the chain, with {twin and twin.name}")
            entries[entry[4]] = entry
        # Entries below a prune entry may be missing.
        checkpoint = max((e[4] for e in entries.values() if e[6] == 2), default=1)
        epoch = 0
        for generation in range(1, max(entries, default=0) + 1):
            entry = entries.get(generation)
            if entry is None:
                require(generation < checkpoint, f"{folder}: generation {generation} of the chain is missing")
                continue
            before = self.digest if generation == 1 else entries[generation - 1].digest if (
                generation - 1 in entries) else entry[5]
            require(entry[5] == before, f"{entry.name}: does not follow the entry before")
            require(entry[3] >= epoch, f"{entry.name}: its epoch falls")
            epoch = entry[3]
        return [entries[g] for g in sorted(entries)]

    def archives(self, source):
        """The backup entries of archives that exist, by id, oldest first."""
        found = {}
        for entry in self.chain(source):
            if entry[6] == 1:
                found[entry[32]] = entry
            elif entry[6] == 2:
                for gone in each(entry[65], 16):
                    found.pop(gone, None)
                for stays in each(entry[66], 16):
                    require(stays in found, f"{entry.name}: archive {stays.hex()} stays, but no entry names it")
        return found


# --- Streams and manifests (sections 6 and 8) --------------------------------------------------------------------------


class Stream:
    """The data stream of an archive: bytes by their logical offset, from volumes of the right length."""

    def __init__(self, folder, length, volume):
        require(volume > 0 and volume % 4096 == 0, f"{folder}: a volume length of {volume}")
        self.folder, self.length, self.volume = folder, length, volume

    def read(self, offset, count):
        require(0 <= offset and offset + count <= self.length, f"{self.folder}: the stream has no {offset}+{count}")
        pieces = []
        while count > 0:
            number, within = divmod(offset, self.volume)
            path = self.folder / f"data.{number:06}"
            expected = min(self.volume, self.length - number * self.volume)
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                require(size == expected, f"{path}: has {size} bytes, not {expected}")
                piece = os.pread(file.fileno(), min(count, size - within), within)
            require(piece, f"{path}: no bytes at {within}")
            pieces.append(piece)
            offset, count = offset + len(piece), count - len(piece)
        return b"".join(pieces)


class Node:
    """An entry of the tree, with its extents as (first leaf, leaves, archive, data, table) and its attributes."""

    def __init__(self):
        self.extents, self.attributes, self.size, self.leaf = [], {}, 0, 0

    def leaf_size(self):
        return 1 << self.leaf if self.leaf else max(self.size, 1)


class Archive:
    def __init__(self, repository, source, existing, entry):
        self.repository, self.entry, self.id = repository, entry, entry[32]
        self.folder = repository.root / "archive" / source / self.id.hex()
        self.stream = Stream(self.folder, entry[39], entry[40])
        require(entry[36] in VERIFIERS, f"{entry.name}: verifier {entry[36]} is not known")
        name, self.digest_size = VERIFIERS[entry[36]]
        self.verifier = open_xxh3() if name == "xxh3" else by_name(name)
        self.read_manifest(source)
        self.streams = [self.stream]
        for value in self.index[2]:
            cursor = Cursor(value, f"{self.name}: table of archives")
            other, length, volume = cursor.take(16), cursor.unsigned(8), cursor.unsigned(8)
            require(other in existing, f"{self.name}: refers to archive {other.hex()}, which does not exist")
            require((length, volume) == (existing[other][39], existing[other][40]) and not cursor.left(),
                    f"{self.name}: disagrees with the chain about archive {other.hex()}")
            self.streams.append(Stream(repository.root / "archive" / source / other.hex(), length, volume))
        require(b"".join(v[:16] for v in self.index[2]) == entry[52], f"{self.name}: refers to other archives than"
                " its chain entry")

    def read_manifest(self, source):
        size, structural, entry = self.entry[37], self.repository.structural, self.entry
        path = self.folder / "manifest"
        self.name = str(path)
        if path.exists():
            require(path.stat().st_size == size, f"{path}: does not have the length that the chain says: {size}")
            data = self.manifest = path.read_bytes()
        else:
            print(f"warning: {path} is lost; its copy in the stream is read", file=sys.stderr)
            data = self.manifest = self.stream.read(self.stream.length - 1024 - (size + 511) // 512 * 512, size)
        cursor = Cursor(data, self.name)
        read_header(cursor, 4)
        length = cursor.unsigned(4)
        require(length <= 65536, f"{path}: a prologue of {length} bytes")
        prologue = Cursor(cursor.take(length), f"{path}: prologue")
        footer = Cursor(data[-56:], f"{path}: footer")
        at, length, digest = footer.unsigned(8), footer.unsigned(8), footer.take(32)
        require(footer.take(8) == b"LBMFEND1", f"{path}: has no footer")
        require(at >= cursor.at and at + length == size - 56, f"{path}: the index does not reach to the footer")
        require(digest == entry[38], f"{path}: is not the manifest that the chain names")
        index = data[at : at + length]
        require(structural(b"lifeboat manifest\0" + data[: cursor.at] + index) == digest,
                f"{path}: its digest does not fit")
        self.prologue = prologue.fields("1=16 2=* 3=16 4=32 5=2 6=1 7=1 8=*")
        self.index = Cursor(index, f"{path}: index").fields("1=*+ 2=*+ 3=40+ 4=32 5=1 6=24 7=16? 8=8 9=8 10=*+ 11=*+")
        said = [self.prologue[tag] for tag in (1, 2, 3, 5, 6, 7)]
        descriptor = self.repository.descriptor
        require(said == [descriptor[1], source.encode(), self.id, entry[36], descriptor[2], entry[33]]
                and self.index[4] == u64(entry[43], entry[44], entry[46], entry[47]) and self.index[5] == entry[41]
                and self.index[6] == entry[50] + entry[51] and self.index.get(7) == entry[42]
                and self.index[9] == entry[40], f"{path}: disagrees with its chain entry")
        self.pages = []
        for number, value in enumerate(self.index[1]):
            page = Cursor(value, f"{path}: page {number} of the index")
            offset, length, digest = page.unsigned(8), page.unsigned(4), page.take(32)
            require(offset == cursor.at and 1 <= length <= 65536 and offset + length <= at,
                    f"{path}: page {number} does not follow the page before")
            self.pages.append((cursor.take(length), digest, page.take(page.left())))
        require(cursor.at == at, f"{path}: the pages do not reach to the index")

    def records(self):
        """(page number, record kind, cursor behind the kind) of every record, page digests checked."""
        for number, (page, digest, path) in enumerate(self.pages):
            fits = self.repository.structural(b"lifeboat page\0" + self.prologue[4] + u64(number) + page) == digest
            require(fits, f"{self.name}: the digest of page {number} does not fit (entries from {path!r})")
            cursor = Cursor(page, f"{self.name}: page {number}")
            while cursor.left():
                yield number, cursor.unsigned(1), cursor

    def nodes(self):
        """All entries of the tree, in order, each complete and checked."""
        node, page, kinds, count, content = None, -1, {}, 0, 0
        for number, record, cursor in self.records():
            if record == 1:
                if node:
                    yield self.checked(node)
                before, before_path = node, node.path if node and page == number else b""
                node = self.entry_record(cursor, before_path)
                self.check_order(cursor, before, node, kinds)
                kinds[node.path] = node.type
                count, content = count + 1, content + node.size
            elif record == 2 and node and node.type == FILE:
                self.extents_record(cursor, node)
            elif record == 3 and node:
                self.attribute_record(cursor, node)
            else:
                cursor.fail(f"a record of kind {record} has no place")
            if page != number:
                require(self.pages[number][2] == node.path, f"{cursor.what}: does not begin with the entry that the "
                        f"index names")
                page = number
        require(node, f"{self.name}: has no root")
        yield self.checked(node)
        require((count, content) == (self.entry[43], self.entry[44]), f"{self.name}: {count} entries with {content} "
                f"bytes, but the chain says {self.entry[43]} with {self.entry[44]}")

    def entry_record(self, cursor, before):
        node = Node()
        shared, suffix = cursor.varint(), cursor.str(32768)
        require(shared <= len(before), f"{cursor.what}: an entry shares {shared} bytes with {before!r}")
        node.path = before[:shared] + suffix
        node.type, node.flags, node.mode = cursor.unsigned(1), cursor.varint(), cursor.varint()
        node.uid, node.gid, node.owner, node.group = (cursor.varint() for _ in range(4))
        node.mtime, node.mtime_part = cursor.zigzag(), cursor.varint()
        node.ctime, node.ctime_part = cursor.zigzag(), cursor.varint()
        node.device, node.inode, node.links = cursor.varint(), cursor.varint(), cursor.varint()
        if node.type == FILE:
            node.size, node.leaf, node.digest = cursor.varint(), cursor.unsigned(1), cursor.take(32)
            require(node.leaf < 64, f"{cursor.what}: {node.path!r} has leaves of 2^{node.leaf} bytes")
        elif node.type in (LINK, HARD_LINK):
            node.target = cursor.str(4096 if node.type == LINK else 32768)
        elif node.type in (CHARACTER_DEVICE, BLOCK_DEVICE):
            node.major, node.minor = cursor.varint(), cursor.varint()
        else:
            require(node.type in (FOLDER, FIFO), f"{cursor.what}: {node.path!r} is of unknown type {node.type}")
        require(node.mode <= 0o7777 and max(node.mtime_part, node.ctime_part) < 10**9
                and max(node.owner, node.group) <= len(self.index[10]), f"{cursor.what}: {node.path!r}: bad metadata")
        return node

    def check_order(self, cursor, before, node, kinds):
        parts = node.path.split(b"/") if node.path else []
        bad = any(part in (b"", b".", b"..") or b"\0" in part for part in parts) or len(node.path) > 32768
        require(not bad, f"{cursor.what}: {node.path!r} is no path")
        if before is None:
            require(not parts and node.type == FOLDER, f"{cursor.what}: the first entry is not the root")
            return
        require((before.path.split(b"/") if before.path else []) < parts, f"{cursor.what}: {node.path!r} comes after"
                f" {before.path!r}")
        # Nothing is ever written through a link: what holds an entry is a folder of this tree.
        require(kinds.get(b"/".join(parts[:-1])) == FOLDER, f"{cursor.what}: {node.path!r} lies in no folder")
        if node.type == HARD_LINK:
            require(kinds.get(node.target) == FILE, f"{cursor.what}: {node.path!r} links to no earlier file")

    def extents_record(self, cursor, node):
        count = cursor.varint()
        require(len(node.extents) + count <= MIB, f"{cursor.what}: {node.path!r} has too many extents")
        for _ in range(count):
            last = node.extents[-1] if node.extents else None
            gap, leaves, archive, data = cursor.varint(), cursor.varint(), cursor.varint(), cursor.zigzag()
            table = cursor.zigzag() if node.leaf else 0
            first = gap + (last[0] + last[1] if last else 0)
            require(leaves >= 1 and archive < len(self.streams), f"{cursor.what}: {node.path!r} has an impossible extent")
            if last and last[2] == archive:
                data += last[3] + self.length_of(node, last)
                table += last[4] + last[1] * self.digest_size
            extent = (first, leaves, archive, data, table)
            stream = self.streams[archive]
            inside = (first + leaves - 1) * node.leaf_size() < node.size
            length = self.length_of(node, extent)
            require(inside and data >= 0 and data + length <= stream.length and table >= 0 and (
                not node.leaf or table + leaves * self.digest_size <= stream.length),
                f"{cursor.what}: an extent of {node.path!r} does not end within its file and its stream")
            node.extents.append(extent)

    @staticmethod
    def length_of(node, extent):
        return min((extent[0] + extent[1]) * node.leaf_size(), node.size) - extent[0] * node.leaf_size()

    def attribute_record(self, cursor, node):
        name, total, offset, piece = cursor.str(255), cursor.varint(), cursor.varint(), cursor.str(32768)
        pieces = node.attributes
        newest = max(pieces, default=b"")
        fits = total <= 65536 and offset + len(piece) <= total and (len(piece) == 32768 or offset + len(piece) == total)
        if name in pieces:
            fits = fits and name == newest and pieces[name][0] == total and len(pieces[name][1]) == offset > 0
        else:
            fits = fits and offset == 0 and name > newest and all(len(v) == t for t, v in pieces.values())
        require(fits, f"{cursor.what}: attribute {name!r} of {node.path!r} is out of order")
        pieces[name] = (total, pieces.get(name, (0, b""))[1] + piece)

    def checked(self, node):
        whole = all(len(value) == total for total, value in node.attributes.values())
        size = sum(len(name) + len(value) for name, (_, value) in node.attributes.items())
        require(whole and size <= 16 * MIB, f"{self.name}: the attributes of {node.path!r} are incomplete")
        return node

    def content(self, node):
        """(offset, bytes) of the leaves of a file that are there: first their digests are proved, then each leaf."""
        where = f"archive {self.id.hex()}: {node.path!r}"
        seed = b"lifeboat file\0" + u64(node.size) + bytes([node.leaf]) + self.entry[36].to_bytes(2, "little")
        digests, runs = [], []
        for extent in node.extents:
            first, leaves, archive, data, table = extent
            if node.leaf:
                found = self.streams[archive].read(table, leaves * self.digest_size)
            else:
                found = self.verifier(self.streams[archive].read(data, node.size)) if self.verifier else None
            digests.append(found)
            if runs and sum(runs[-1]) == first:
                runs[-1][1] += leaves
            else:
                runs.append([first, leaves])
        if None not in digests:
            proof = seed + b"".join(digests) + b"".join(u64(*run) for run in runs) + u64(len(runs))
            require(self.repository.structural(proof) == node.digest, f"{where}: the file's digest does not fit")
        for extent, table in zip(node.extents, digests):
            at, source, end = extent[0] * node.leaf_size(), extent[3], self.length_of(node, extent)
            for number in range(extent[1]):
                skip = number * node.leaf_size()
                leaf = self.streams[extent[2]].read(source + skip, min(node.leaf_size(), end - skip))
                expected = table and table[number * self.digest_size : (number + 1) * self.digest_size]
                require(not self.verifier or self.verifier(leaf) == expected,
                        f"{where}: bytes {at + skip} to {at + skip + len(leaf)} do not fit their digest")
                yield at + skip, leaf

    # --- Verifying (section 9) -----------------------------------------------------------------------------------------

    def verify(self):
        own, tables = [], []
        for node in self.nodes():
            if node.type == FILE and not node.flags & NO_CONTENT:
                for _ in self.content(node):
                    pass
            own += [(e[3], e[3] + self.length_of(node, e)) for e in node.extents if e[2] == 0]
            tables += [(e[4], e[4] + e[1] * self.digest_size) for e in node.extents if e[2] == 0 and node.leaf]
        for ranges in (own, tables):
            for (_, end), (begin, _) in zip(ranges, ranges[1:]):
                require(end <= begin, f"{self.name}: extents overlap in the stream at {begin}")
        covered, volume = self.index[8], self.stream.volume
        require(all(end <= covered for _, end in own + tables), f"{self.name}: an extent lies behind {covered}")
        listed = [(int.from_bytes(v[:8], "little"), v[8:]) for v in self.index[3]]
        require([length for length, _ in listed] == [min(volume, covered - at) for at in range(0, covered, volume)],
                f"{self.name}: the list of volumes does not fit the covered length {covered}")
        for number, (length, digest) in enumerate(listed):
            begin, rest = number * volume, []
            at, stop = begin, begin + length
            for first, end in own + [(stop, stop)]:
                first, end = max(first, begin), min(end, stop)
                if first > stop or end < begin:
                    continue
                rest.append(self.stream.read(at, max(first - at, 0)))
                at = max(at, end)
            proof = b"lifeboat volume\0" + self.id + u64(number) + b"".join(rest)
            require(self.repository.structural(proof) == digest,
                    f"{self.folder}/data.{number:06}: its digest does not fit")
        self.verify_tail(covered)
        self.verify_seal()

    def verify_tail(self, covered):
        """Behind the covered length: one member that repeats the manifest, and zeros."""
        tail = self.stream.read(covered, self.stream.length - covered)
        with tarfile.open(fileobj=io.BytesIO(tail), mode="r:") as tar:
            names = [(m.name, m.size, m.mode, m.isreg()) for m in tar.getmembers()]
        expected = (f".lifeboat-{self.id.hex()}/manifest", len(self.manifest), 0o600, True)
        padding = bytes(-len(self.manifest) % 512 + 1024)
        require(names == [expected] and tail.endswith(self.manifest + padding),
                f"{self.folder}: the stream does not end with its manifest and zeros")

    def verify_seal(self):
        name = self.folder.relative_to(self.repository.root) / "seal"
        cursor, digest = self.repository.small_object(name, 3, self.repository.structural)
        seal = cursor.fields("1=16 2=* 3=16 4=*+")
        require(digest == self.entry[53] and seal[3] == self.id and seal[1] == self.prologue[1]
                and seal[2] == self.prologue[2], f"{cursor.what}: is not the seal that the chain names")
        found = []
        for value in seal[4]:
            receipt = Cursor(value, cursor.what)
            length, name = receipt.unsigned(8), receipt.str().decode()
            found.append(name)
            path = self.folder / name
            require(re.fullmatch(r"manifest|data\.[0-9]{6}", name) and path.is_file() and path.stat().st_size == length,
                    f"{path}: is not {length} bytes long, as the seal says")
            digests = receipt.take(receipt.left())
            with open(path, "rb") as file:
                pieces = b"".join(hashlib.sha256(piece).digest() for piece in iter(lambda: file.read(MIB), b""))
            require(digests in (b"", pieces), f"{path}: does not fit its digests in the seal")
        count = -(-self.stream.length // self.stream.volume)
        require(sorted(found) == sorted(["manifest"] + [f"data.{n:06}" for n in range(count)]),
                f"{cursor.what}: does not list every object of the archive")


# --- Restoring (section 11) --------------------------------------------------------------------------------------------


def make(archive, node, target):
    """What the entry stands for, without its metadata. False where only a privileged user could, or nothing is there."""
    if node.path == b"" or node.type == FOLDER:
        os.makedirs(target, mode=0o700, exist_ok=node.path == b"")
    elif node.flags & NO_CONTENT:
        print(f"warning: {node.path!r} could never be read: it is not restored", file=sys.stderr)
        return False
    elif node.type == FILE:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            for offset, data in archive.content(node):
                os.pwrite(descriptor, data, offset)
            os.ftruncate(descriptor, node.size)
        finally:
            os.close(descriptor)
    elif node.type == LINK:
        os.symlink(node.target, target)
    elif node.type == FIFO:
        os.mkfifo(target, 0o600)
    elif os.geteuid() == 0:
        kind = stat.S_IFCHR if node.type == CHARACTER_DEVICE else stat.S_IFBLK
        os.mknod(target, kind | 0o600, os.makedev(node.major, node.minor))
    else:
        print(f"warning: {node.path!r} is a device, which only root restores", file=sys.stderr)
        return False
    return True


def set_metadata(node, target):
    """Owners first, for they take set-id bits and capabilities away; times last."""
    if os.geteuid() == 0:
        os.lchown(target, node.uid, node.gid)
    for name, (_, value) in node.attributes.items():
        try:
            os.setxattr(target, name, value, follow_symlinks=False)
        except OSError as error:
            print(f"warning: attribute {name!r} of {node.path!r}: {error.strerror}", file=sys.stderr)
    if node.type != LINK:
        os.chmod(target, node.mode)
    moment = node.mtime * 10**9 + node.mtime_part
    os.utime(target, ns=(moment, moment), follow_symlinks=False)


def restore(archive, target):
    target = os.fsencode(os.path.abspath(target))
    require(not os.path.lexists(target) or (os.path.isdir(target) and not os.listdir(target)),
            f"{os.fsdecode(target)}: is not empty")
    folders = []
    for node in archive.nodes():
        path = os.path.join(target, node.path) if node.path else target
        if node.type == HARD_LINK:
            earlier = os.path.join(target, node.target)
            if os.path.lexists(earlier):
                os.link(earlier, path, follow_symlinks=False)
        elif make(archive, node, path):
            if node.type == FOLDER:
                folders.append((node, path))
            else:
                set_metadata(node, path)
    for node, path in reversed(folders):
        set_metadata(node, path)


def open_archive(root, source, choice):
    repository = Repository(root)
    archives = repository.archives(source)
    require(archives, f"{root}: source {source} has no archive")
    wanted = list(archives)[-1].hex() if choice == "latest" else choice
    entry = {archive.hex(): entry for archive, entry in archives.items()}.get(wanted)
    require(entry, f"{root}: source {source} has no archive {wanted}")
    return Archive(repository, source, archives, entry)


def show(root):
    repository = Repository(root)
    for source in repository.sources():
        for archive, entry in repository.archives(source).items():
            moment = Cursor(entry[51], entry.name).time() // 10**9
            written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
            strategy = {1: "full", 2: "incremental", 3: "differential"}.get(entry[33], entry[33])
            print(source, archive.hex(), written, strategy, f"{entry[43]} entries", f"{entry[44]} bytes")


def main(arguments):
    match arguments:
        case ["list", root]:
            show(root)
        case ["restore", root, source, choice, target]:
            restore(open_archive(root, source, choice), target)
        case ["verify", root, source, choice]:
            open_archive(root, source, choice).verify()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Damage, OSError, tarfile.TarError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        sys.exit(1)

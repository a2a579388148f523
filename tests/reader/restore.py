#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Restores one archive of a Lifeboat repository on a disk; written from docs/format.md alone, in plain Python.

usage: restore.py MEDIUM SOURCE ARCHIVE|latest TARGET    (an archive's id, or how it begins; a folder that is not there)

The tree is made in TARGET.partial, renamed when it is whole; owners go by number. Exit status: 0 restored; 1 refused,
TARGET does not appear; 2 wrong usage; 3 restored, but for what is listed."""
import contextlib, ctypes, functools, hashlib, io, itertools, os, re, stat, struct, sys  # noqa: E401
from types import SimpleNamespace

FILE, FOLDER, SYMLINK, HARD_LINK, CHARACTER, BLOCK, FIFO = range(1, 8)
DEVICES = {CHARACTER: stat.S_IFCHR, BLOCK: stat.S_IFBLK, FIFO: stat.S_IFIFO}
VERIFIERS = {1: ("sha256", 32), 2: ("sha512_256", 32), 3: ("sm3", 32), 4: ("blake2b", 64), 5: ("xxh3", 16)}

class Damage(Exception):
    """A broken rule of the format, or bytes that can not be had, as a sentence."""

def check(holds, sentence):
    if not holds:
        raise Damage(sentence)

@contextlib.contextmanager
def within(what):
    """Says in what something was found."""
    try:
        yield
    except (Damage, OSError, LookupError, ValueError, OverflowError, struct.error) as error:
        raise Damage(f"{what}: {'not there: ' if isinstance(error, LookupError) else ''}{error}") from None

def digest_by(name):
    if name != "xxh3":
        return lambda *parts: hashlib.new(name, b"".join(parts)).digest()
    with within("leaves can not be checked without the library of XXH3"):
        xxh3 = ctypes.CDLL("libxxhash.so.0").XXH3_128bits
    xxh3.restype = type("Two", (ctypes.Structure,), {"_fields_": [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]})
    return lambda data: (lambda it: struct.pack(">QQ", it.high, it.low))(xxh3(data, ctypes.c_size_t(len(data))))

def take(stream, length):
    data = stream.read(length)
    check(len(data) == length, "it ends too early")
    return data

def varint(stream):
    value, shift, byte = 0, 0, 128
    while byte > 127 and shift < 70:
        byte = take(stream, 1)[0]
        value, shift = value | (byte & 127) << shift, shift + 7
    check(byte < 128 and value < 1 << 64 and (byte or shift == 7), "a wrong varint")
    return value

KINDS = {"b": lambda it: take(it, 1)[0], "d": lambda it: take(it, 32), "s": lambda it: take(it, varint(it)),
         "v": varint, "z": lambda it: (lambda value: value >> 1 ^ -(value & 1))(varint(it))}

def row(stream, form):
    """Values in a row: b is a byte, d a digest, s a string, v a varint, z a zigzag."""
    return [KINDS[kind](stream) for kind in form]

def fields(data):
    """Tags and the lists of their values."""
    stream, result = io.BytesIO(data), []
    while stream.tell() < len(data):
        result.append(row(stream, "vs"))
    check(result == sorted(result, key=lambda it: it[0]), "descending tags")
    return {tag: [value for _, value in group] for tag, group in itertools.groupby(result, lambda it: it[0])}

def one(values, tag, form):
    """The value of a field that is there once, by its form for struct."""
    (value,) = values[tag]
    return struct.unpack("<" + form, value)[0]

def ids(values, tag):
    return [it.hex() for value in values.get(tag, []) for it, in struct.iter_unpack("16s", value)]

def check_header(data, kind):
    check(data[:16] == struct.pack("<8sHHI", b"LIFEBOAT", kind, 1, 0), "bytes 0 to 15: no header of version 1")
    check(data[16:24] == bytes(8), f"bytes 16 to 23: unknown features {int.from_bytes(data[16:24], 'little'):#x}")

def read_object(path, kind, S=None):
    """A small object's fields and digest, and the structural digest, which the descriptor names itself."""
    with within(path), open(path, "rb") as file:
        data = file.read((16 << 20) + 1)
        check_header(data, kind)
        S = S or digest_by({1: "sha256", 2: "sm3"}[one(fields(data[32:-32]), 2, "B")])
        check(S(b"lifeboat object\0", data[:-32]) == data[-32:], "its digest does not fit")
        return fields(data[32:-32]), data[-32:], S

def read_chain(medium, source):
    """The structural digest, and the entries of the archives that no prune took away, oldest first."""
    descriptor, before, S = read_object(f"{medium}/repository", 1)
    folder, epoch, last, backups = f"{medium}/chain/{source}", 1, 0, {}
    names = sorted((it for it in os.listdir(folder) if re.fullmatch("[0-9]{8}-[0-9]{10}", it)), key=lambda it: it[9:])
    chain = {it: read_object(f"{folder}/{it}", 2, S) for it in names}
    pruned = max([int(it[9:]) for it in names if one(chain[it][0], 6, "H") == 2], default=0)
    for name, (entry, digest, _) in chain.items():
        with within(f"{folder}/{name}"):
            number, kind = int(name[9:]), one(entry, 6, "H")
            check(name == "{:08}-{:010}".format(one(entry, 3, "Q"), one(entry, 4, "Q")) and int(name[:8]) >= epoch
                  and (entry[1], entry[2]) == (descriptor[1], [source.encode()]), "it does not belong here")
            check(number != last, f"a fork: epoch {epoch} has a generation {last} too")
            check(number == last + 1 and one(entry, 5, "32s") == before or last + 1 < number <= pruned,
                  "it does not follow the entry before it, or that is missing")
            epoch, last, before = int(name[:8]), number, digest
            if kind == 1:
                backups[one(entry, 32, "16s").hex()] = entry
            elif kind == 2:
                check(last < pruned or set(ids(entry, 66)) <= set(backups), "an entry of what stays is gone")
                backups = {archive: it for archive, it in backups.items() if archive not in ids(entry, 65)}
    return S, backups

class Archive:
    """An archive and its manifest, checked whole."""
    def __init__(self, medium, source, wanted):
        self.folder, (self.S, self.backups) = f"{medium}/archive/{source}", read_chain(medium, source)
        found = [it for it in self.backups if it.startswith(wanted)] if wanted != "latest" else list(self.backups)[-1:]
        check(len(found) == 1, f"source {source} has {len(found) or 'no'} archives {wanted}")
        (self.id,), chain = found, self.backups[found[0]]
        self.streams, self.verifier, size = found + ids(chain, 52), one(chain, 36, "H"), one(chain, 37, "Q")
        with within(f"archive {self.id}: manifest"), open(f"{self.folder}/{self.id}/manifest", "rb") as file:
            (name, self.width), data = VERIFIERS[self.verifier], file.read(size + 1)
            self.V, self.data, start = digest_by(name), data, 36 + int.from_bytes(data[32:36], "little")
            check_header(data, 4)
            at, length, digest, end = struct.unpack("<QQ32s8s", data[-56:])
            check(len(data) == size == at + length + 56 and start <= at and end == b"LBMFEND1", "a wrong length")
            check(digest == one(chain, 38, "32s") == self.S(b"lifeboat manifest\0", data[:start], data[at:-56]),
                  f"bytes 0 to {start - 1} or {at} to {size - 1}: their digest does not fit")
            prologue, index = fields(data[36:start]), fields(data[at:-56])
            check([prologue[it] for it in (1, 2, 3, 5, 7)] == [chain[it] for it in (1, 2, 32, 36, 33)], "another's")
            check([it[:16].hex() for it in index.get(2, [])] == self.streams[1:] and all(
                self.backups[it][tag] == chain[tag] for it in self.streams for tag in (35, 36)), "a wrong reference")
            self.salt = one(prologue, 4, "32s")
            self.pages = [struct.unpack("<QI32s", it[:44]) for it in index.get(1, [])]
            check([it[0] for it in self.pages] + [at] == list(itertools.accumulate(
                (it[1] for it in self.pages), initial=start)), "its pages do not lie in a row")
            for _ in self.entries():  # all of it is known to be good before anything is made
                pass

    def entries(self):
        """Each entry with its attributes and extents, in order."""
        entry = None
        for number, (offset, length, digest) in enumerate(self.pages):
            with within(f"page {number}, bytes {offset} to {offset + length - 1}"):
                data, path = self.data[offset:offset + length], b""
                check(digest == self.S(b"lifeboat page\0", self.salt, struct.pack("<Q", number), data),
                      "their digest does not fit")
                page = io.BytesIO(data)
                while page.tell() < length:
                    (record,) = row(page, "b")
                    if record == 1:
                        if entry:
                            yield entry
                        path, entry = self.read_entry(page, path, entry)
                    elif record == 2 and entry.type == FILE:
                        for _ in range(varint(page)):
                            self.read_extent(page, entry)
                    else:
                        name, total, at, piece = row(page, "svvs")
                        value = entry.attributes[name] = entry.attributes.get(name, b"") + piece
                        check(record == 3 and len(value) == at + len(piece) <= total, f"{path!r}: {name!r} is wrong")
        yield entry

    def read_entry(self, page, before, last):
        shared, suffix, kind, flags, mode, uid, gid, _, _, seconds, nanoseconds, *_ = row(page, "vsbvvvvvvzvzvvvv")
        path, time = before[:shared] + suffix, seconds * 10**9 + nanoseconds
        check(shared <= len(before) and (parts(path) > parts(last.path) if last else kind == FOLDER and not path),
              f"{path!r} is out of order")
        entry = SimpleNamespace(path=path, type=kind, flags=flags, mode=mode, uid=uid, gid=gid, time=time, device=0,
                                size=0, attributes={}, extents=[], end=(0, None, 0, 0))
        if kind == FILE:
            entry.size, entry.leaf, entry.digest = row(page, "vbd")
            entry.step = 1 << entry.leaf if entry.leaf else max(entry.size, 1)
        elif kind in (SYMLINK, HARD_LINK):
            (entry.target,) = row(page, "s")
        elif kind in (CHARACTER, BLOCK):
            entry.device = os.makedev(*row(page, "vv"))
        check(FILE <= kind <= FIFO, f"{path!r} has an unknown type {kind}")
        return path, entry

    def read_extent(self, page, entry):
        (leaf, archive_before, data, table), (gap, leaves, archive) = entry.end, row(page, "vvv")
        if archive != archive_before:
            data = table = 0
        first, data, table = leaf + gap, data + row(page, "z")[0], table + (row(page, "z")[0] if entry.leaf else 0)
        length = min(leaves * entry.step, entry.size - first * entry.step)
        digests = leaves * self.width if entry.leaf else 0
        check(leaves and (first + leaves - 1) * entry.step < entry.size and data >= 0 <= table
              and max(data + length, table + digests) <= one(self.backups[self.streams[archive]], 39, "Q"),
              f"{entry.path!r}: an extent is wrong")
        entry.extents.append((first, leaves, self.streams[archive], data, length, table, digests))
        entry.end = (first + leaves, archive, data + length, table + digests)

    def read(self, archive, offset, length):
        """Bytes of an archive's data stream."""
        data, volume = b"", one(self.backups[archive], 40, "Q")
        while len(data) < length:
            number, at = divmod(offset + len(data), volume)
            with open(f"{self.folder}/{archive}/data.{number:06}", "rb", buffering=0) as file:
                part = os.pread(file.fileno(), min(length - len(data), volume - at), at)
            check(part, f"data.{number:06} of archive {archive} ends before byte {at}")
            data += part
        return data

    def copy_content(self, entry, file):
        """Checks the digest of the file over those of its leaves, then puts each leaf, checked, to its place."""
        tables, runs = [], []
        for first, leaves, archive, data, length, table, digests in entry.extents:
            tables.append(self.read(archive, table, digests) if digests else self.V(self.read(archive, data, length)))
            if runs and sum(runs[-2:]) == first:
                runs[-1] += leaves
            else:
                runs += [first, leaves]
        check(entry.digest == self.S(b"lifeboat file\0", struct.pack("<QBH", entry.size, entry.leaf, self.verifier),
                                     *tables, struct.pack(f"<{len(runs) + 1}Q", *runs, len(runs) // 2)),
              f"bytes 0 to {entry.size - 1}: the digest of the file does not fit those of its leaves")
        for (first, _, archive, data, length, _, _), table in zip(entry.extents, tables):
            for at in range(0, length, entry.step):
                begin, size = first * entry.step + at, min(entry.step, length - at)
                with within(f"bytes {begin} to {begin + size - 1}, at {data + at} in the stream of archive {archive}"):
                    leaf = self.read(archive, data + at, size)
                    digest = table[at // entry.step * self.width:][:self.width]
                    check(self.V(leaf) == digest, "their digest does not fit")
                file.seek(begin)
                file.write(leaf)
        file.truncate(entry.size)

def parts(path):
    names = path.split(b"/") if path else []
    check(not {b"", b".", b".."} & set(names) and b"\0" not in path, f"{path!r} is no path")
    return names

@contextlib.contextmanager
def place(root, path):
    """A name for `path` below the open folder `root`; no link is followed on the way there."""
    *folders, name, folder = *(parts(path) or [b"."]), os.dup(root)
    try:
        for it in folders:
            outer, folder = folder, os.open(it, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(outer)
        yield b"/proc/self/fd/%d/%s" % (folder, name)
    finally:
        os.close(folder)

def make(archive, root, entry, path):
    """What the entry is, but for owner, attributes, mode and times."""
    if entry.type == FILE:
        with open(path, "xb") as file:
            if not entry.flags & 16:  # else it could never be read, and is empty
                archive.copy_content(entry, file)
    elif entry.type == FOLDER and entry.path:
        os.mkdir(path, 0o700)
    elif entry.type == SYMLINK:
        os.symlink(entry.target, path)
    elif entry.type == HARD_LINK:
        with place(root, entry.target) as earlier:
            os.link(earlier, path, follow_symlinks=False)
    elif entry.type in DEVICES:
        os.mknod(path, DEVICES[entry.type] | 0o600, entry.device)

def finish(entry, path):
    """Owner, attributes, mode and times, in an order in which none undoes another; gives what was refused."""
    for step in (lambda: os.chown(path, entry.uid, entry.gid, follow_symlinks=False),
                 *(functools.partial(os.setxattr, path, *it, follow_symlinks=False) for it in entry.attributes.items()),
                 lambda: entry.type == SYMLINK or os.chmod(path, entry.mode),
                 lambda: os.utime(path, ns=(entry.time, entry.time), follow_symlinks=False)):
        try:
            step()
        except (OSError, OverflowError) as error:
            yield f"{entry.path!r}: {error}"

def restore(medium, source, wanted, target):
    """Restores an archive; gives sentences about what could not be restored."""
    archive, missed, folders = Archive(medium, source, wanted), [], []
    check(not os.path.lexists(target), f"{target} is there already")
    os.mkdir(target + ".partial", 0o700)
    root = os.open(target + ".partial", os.O_RDONLY | os.O_DIRECTORY)
    for entry in archive.entries():
        with within(f"archive {archive.id}: {entry.path!r}"), place(root, entry.path) as path:
            try:
                make(archive, root, entry, path)
            except PermissionError as error:
                check(entry.type in DEVICES, str(error))  # which only root may make
                missed.append(f"{entry.path!r}: {error}")
                continue
            missed += [f"{entry.path!r}: its content could never be read"] if entry.flags & 16 else []
            missed += finish(entry, path) if entry.type not in (FOLDER, HARD_LINK) else []
            folders += [entry] if entry.type == FOLDER else []
    for entry in reversed(folders):
        with place(root, entry.path) as path:
            missed += finish(entry, path)
    os.close(root)
    os.rename(target + ".partial", target)
    return missed

if __name__ == "__main__":
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        missed = restore(*sys.argv[1:])
    except (Damage, OSError) as error:
        sys.exit(f"restore.py: refused: {error}")
    print(*(f"restore.py: not restored: {it}\n" for it in missed), sep="", end="", file=sys.stderr)
    sys.exit(3 if missed else 0)

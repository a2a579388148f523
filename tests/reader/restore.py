#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""restore.py MEDIUM SOURCE ARCHIVE|latest TARGET: restores an archive of a repository on a disk, by its id or how that
begins, to a folder that is not there. Written from docs/format.md alone; it checks what the restored tree rests on,
archives_test.py checks the rest of that page. The tree is made in TARGET.partial, and named when all of it is there.
Exit status: 0 restored, 1 refused, 3 restored but for what is listed."""
import contextlib, ctypes, functools, hashlib, io, os, pathlib, stat, struct, sys, types  # noqa: E401

FILE, FOLDER, SYMLINK, HARD_LINK, CHARACTER, BLOCK, FIFO = range(1, 8)
REST = {FILE: "vvd", FOLDER: "", SYMLINK: "s", HARD_LINK: "s", CHARACTER: "vv", BLOCK: "vv", FIFO: ""}
NODE = {CHARACTER: stat.S_IFCHR, BLOCK: stat.S_IFBLK, FIFO: stat.S_IFIFO}
ENTRY = "shared suffix type flags mode uid gid owner group time nanoseconds ctime ctime_part device inode links".split()
VERIFIERS = {1: "sha256", 2: "sha512_256", 3: "sm3", 4: "blake2b", 5: "xxh3"}

def check(holds, sentence):
    if not holds:
        raise ValueError(sentence)

def digest_by(name):
    if name != "xxh3":
        return lambda data: hashlib.new(name, data).digest()
    xxh3 = ctypes.CDLL("libxxhash.so.0").XXH3_128bits
    xxh3.restype = type("Two", (ctypes.Structure,), {"_fields_": [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]})
    return lambda data: bytes(xxh3(data, ctypes.c_size_t(len(data))))[::-1]  # big-endian, the high half first

def row(stream, form):  # v: a varint, or a byte below 128, which looks the same; z: zigzag, s: string, d: digest
    for kind in form:
        value, shift, byte = (32, 0, 0) if kind == "d" else (0, 0, 128)
        while byte > 127:
            byte = stream.read(1)[0]
            value, shift = value | (byte & 127) << shift, shift + 7
        check((byte or shift < 8) and value < 1 << 64, "a number is longer than its shortest form, or than 64 bits")
        yield stream.read(value) if kind in "ds" else value >> 1 ^ -(value & 1) if kind == "z" else value

def fields(data):  # the values of each tag, in a list
    stream, found = io.BytesIO(data), {}
    while stream.tell() < len(data):
        tag, value = row(stream, "vs")
        found.setdefault(tag, []).append(value)
    return found

def number(values):
    return int.from_bytes(values[0], "little")

def ids(values):
    return [it.hex() for value in values for it, in struct.iter_unpack("16s", value)]

def check_header(path, kind, data):
    check(data[:24] == struct.pack("<8sHHIQ", b"LIFEBOAT", kind, 1, 0, 0), f"{path}: unknown header {data[:24].hex()}")

def read_object(path, kind, *digests):  # the fields and the digest of a small object, and by which function it fits
    data = pathlib.Path(path).read_bytes()
    check_header(path, kind, data)
    S = next((it for it in digests if it(b"lifeboat object\0" + data[:-32]) == data[-32:]), None)
    check(S, f"{path}: its digest does not fit")
    return fields(data[32:-32]), data[-32:], S

def read_chain(medium, source):  # the structural digest, and the entries of archives that no prune took, oldest first
    _, begin, S = read_object(f"{medium}/repository", 1, digest_by("sha256"), digest_by("sm3"))
    chain, generation = [(begin, {4: [b""]}, "the descriptor")], lambda link: number(link[1][4])
    for path in sorted(pathlib.Path(f"{medium}/chain/{source}").glob("[0-9]" * 8 + "-" + "[0-9]" * 10)):
        entry, digest, _ = read_object(path, 2, S)
        check(path.name == f"{number(entry[3]):08}-{number(entry[4]):010}", f"{path}: it is another entry's")
        while number(entry[6]) == 3 and generation(chain[-1]) >= number(entry[4]):
            chain.pop()  # an epoch decides a fork: what an older one has from here on is no history
        check(entry[5] == [chain[-1][0]] or number(entry[4]) > generation(chain[-1]) + 1,
              f"{path}: it does not follow {chain[-1][2]}")
        chain.append((digest, entry, path))
    prunes, backups = [it for it in chain[1:] if number(it[1][6]) == 2], [it[1] for it in chain if 32 in it[1]]
    backups = {entry[32][0].hex(): entry for entry in backups}
    for before, link in zip(chain, chain[1:]):  # below the last prune, entries of what went may be missing
        check(generation(link) == generation(before) + 1 or prunes and generation(link) <= generation(prunes[-1]),
              f"{link[2]}: what lies between it and {before[2]} is missing")
    for archive in ids(prunes[-1][1].get(66, [])) if prunes else []:
        check(archive in backups, f"{prunes[-1][2]}: the entry of archive {archive}, which stays, is missing")
    pruned = {archive for _, entry, _ in chain for archive in ids(entry.get(65, []))}
    return S, {archive: entry for archive, entry in backups.items() if archive not in pruned}

class Archive:
    def __init__(self, medium, source, wanted):
        self.folder, (self.S, self.backups) = f"{medium}/archive/{source}", read_chain(medium, source)
        found = list(self.backups)[-1:] if wanted == "latest" else [it for it in self.backups if it.startswith(wanted)]
        check(len(found) == 1, f"source {source} has {len(found) or 'no'} archives {wanted}")
        self.id, entry, path = found[0], self.backups[found[0]], f"{self.folder}/{found[0]}/manifest"
        self.streams, self.verifier, size = found + ids(entry[52]), number(entry[36]), number(entry[37])
        self.V, copy = digest_by(VERIFIERS[self.verifier]), number(entry[39]) - 1024 - (size + 511) // 512 * 512
        self.data = data = pathlib.Path(path).read_bytes() if os.path.exists(path) else self.read(self.id, copy, size)
        start, at = 36 + number([data[32:36]]), number([data[-56:-48]])
        check(self.S(b"lifeboat manifest\0" + data[:start] + data[at:-56]) == entry[38][0],
              f"{path}: bytes 0 to {start - 1} or {at} to {size - 1}: their digest does not fit")
        check_header(path, 4, data)
        self.prologue, self.index = fields(data[36:start]), fields(data[at:-56])

    def read(self, archive, offset, length):  # of an archive's data stream, which is cut into volumes
        volume, at = divmod(offset, number(self.backups[archive][40]))
        with open(f"{self.folder}/{archive}/data.{volume:06}", "rb") as file:
            data = os.pread(file.fileno(), length, at)
        check(data, f"data.{volume:06} of archive {archive} ends before byte {at}")
        return data if len(data) == length else data + self.read(archive, offset + len(data), length - len(data))

    def entries(self):  # each with its attributes and extents, in order
        entry = None
        for page, value in enumerate(self.index[1]):
            (offset, length, digest), path = struct.unpack("<QI32s", value[:44]), b""
            data = self.data[offset:offset + length]
            check(self.S(b"lifeboat page\0" + self.prologue[4][0] + struct.pack("<Q", page) + data) == digest,
                  f"archive {self.id}: manifest: bytes {offset} to {offset + length - 1}: their digest does not fit")
            stream = io.BytesIO(data)
            while stream.tell() < length:
                (record,) = row(stream, "v")
                if record == 1:
                    last, entry = entry, types.SimpleNamespace(
                        attributes={}, extents=[], **dict(zip(ENTRY, row(stream, "vsvvvvvvvzvzvvvv"))))
                    entry.path, entry.rest = path[:entry.shared] + entry.suffix, list(row(stream, REST[entry.type]))
                    path = entry.path
                    check(not last or last.path.split(b"/") < path.split(b"/"), f"{path!r} is out of order")
                    yield from [last] if last else []
                elif record == 2:
                    for _ in range(*row(stream, "v")):
                        entry.extents.append(list(row(stream, "vvvzz" if entry.rest[1] else "vvvz")))
                else:
                    name, total, at, piece = row(stream, "svvs")
                    value = entry.attributes[name] = entry.attributes.get(name, b"") + piece
                    check(record == 3 and len(value) == at + len(piece) <= total, f"{entry.path!r}: {name!r} is wrong")
        yield entry

    def content(self, entry):  # each leaf, and where it is; the digest of the file is checked first, then that of each
        (size, leaf, digest), extents, runs, end, ends = entry.rest, [], [], 0, {}
        step, width, where = 1 << leaf if leaf else size, len(self.V(b"")), f"archive {self.id}: {entry.path!r}"
        for gap, leaves, stream, data, *table in entry.extents:
            archive, begin, predicted = self.streams[stream], end + gap * step, ends.get(stream, (0, 0))
            end, data, table = begin + leaves * step, data + predicted[0], sum(table, predicted[1])
            length = min(end, size) - begin
            check(length > (leaves - 1) * step >= 0 and max(data + length, table + leaves * width) <= number(
                self.backups[archive][39]), f"{where}: an extent does not end within the file and the stream")
            digests = self.read(archive, table, leaves * width) if leaf else self.V(self.read(archive, data, length))
            extents.append((begin, length, archive, data, table, digests))
            runs += [begin // step, 0] if gap or not runs else []
            runs[-1], ends = runs[-1] + leaves, {stream: (data + length, table + leaves * width)}
        proof = [struct.pack("<QBH", size, leaf, self.verifier), *(it[-1] for it in extents),
                 struct.pack(f"<{len(runs) + 1}Q", *runs, len(runs) // 2)]
        check(self.S(b"lifeboat file\0" + b"".join(proof)) == digest,
              f"{where}: bytes 0 to {size - 1}: the digest of the file does not fit those of its leaves")
        for begin, length, archive, data, table, digests in extents:
            for index, at in enumerate(range(0, length, step)):
                piece = self.read(archive, data + at, min(step, length - at))
                check(self.V(piece) == digests[index * width:(index + 1) * width], f"{where}: bytes {begin + at} to"
                      f" {begin + at + len(piece) - 1}, {data + at} in stream {archive}: their digest does not fit")
                yield begin + at, piece, archive, data + at, table + index * width

def finish(entry, name):  # in an order in which none undoes another; gives what the system refused
    do, here, time = functools.partial, {"follow_symlinks": False}, entry.time * 10**9 + entry.nanoseconds
    node = [do(os.mknod, name, NODE[entry.type], os.makedev(*entry.rest or (0, 0)))] if entry.type in NODE else []
    attributes = [do(os.setxattr, name, *it, **here) for it in entry.attributes.items()]
    mode = [do(os.chmod, name, entry.mode)] if entry.type != SYMLINK else []
    owner, times = do(os.chown, name, entry.uid, entry.gid, **here), do(os.utime, name, ns=(time, time), **here)
    for step in [*node, owner, *attributes, *mode, times]:
        try:
            step()
        except (OSError, OverflowError) as error:
            yield f"{entry.path!r}: {error}"

def link(root, path, name):  # step by step: together the names may be more than a call takes
    *folders, base = path.split(b"/")
    at = os.dup(root)
    for folder in folders:
        at, outer = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at), at
        os.close(outer)
    os.link(base, name, src_dir_fd=at, follow_symlinks=False)
    os.close(at)

def restore(medium, source, wanted, target):  # gives sentences about what could not be restored
    archive, missed, around, files = Archive(os.path.abspath(medium), source, wanted), [], [], set()
    check(not os.path.lexists(target), f"{target} is there already")
    outside, top = os.path.split(os.fsencode(os.path.abspath(target)))
    with contextlib.chdir(outside):  # from here on only names without a slash, in folders that were just made
        for entry in archive.entries():
            parent, _, name = entry.path.rpartition(b"/")
            while around and around[-1][0].path != parent:
                os.chdir("..")
                missed += finish(*around.pop())
            check(name not in (b"", b".", b"..") if around else not entry.path and entry.type == FOLDER,
                  f"{entry.path!r} is no path, or lies in no folder")
            name = name or top + b".partial"
            if entry.type == FILE:
                with open(name, "xb") as file:
                    for at, leaf, *_ in archive.content(entry) if not entry.flags & 16 else []:
                        file.seek(at)
                        file.write(leaf)
                    file.truncate(entry.rest[0])
                files.add(entry.path)
            elif entry.type == FOLDER:
                os.mkdir(name, 0o700)
                os.chdir(name)
                root = root if around else os.open(".", os.O_PATH)
                around.append((entry, name))
            elif entry.type == SYMLINK:
                os.symlink(*entry.rest, name)
            elif entry.type == HARD_LINK:
                check(entry.rest[0] in files, f"{entry.path!r} links to no file before it")
                link(root, entry.rest[0], name)
            missed += [f"{entry.path!r}: its content could never be read"] if entry.flags & 16 else []
            missed += finish(entry, name) if entry.type not in (FOLDER, HARD_LINK) else []
        while around:
            os.chdir("..")
            missed += finish(*around.pop())
        os.close(root)
        os.rename(top + b".partial", top)
    return missed

if __name__ == "__main__":
    try:
        missed = restore(*sys.argv[1:]) if len(sys.argv) == 5 else sys.exit(__doc__)
    except Exception as error:
        sys.exit(f"restore.py: refused: {error if isinstance(error, (OSError, ValueError)) else repr(error)}")
    sys.stderr.writelines(f"restore.py: not restored: {it}\n" for it in missed)
    sys.exit(3 if missed else 0)

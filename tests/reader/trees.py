# SPDX-License-Identifier: BSL-1.0
"""Trees for the tests of the reader: made, changed, and described line by line, contents by their SHA-256."""

import hashlib
import json
import os
import random
import stat

DAY = 1767225600  # 2026-01-01T00:00:00Z
ROOT = os.geteuid() == 0


def text(name):
    return json.dumps(os.fsdecode(name))


def attributes_of(path):
    try:
        names = sorted(os.listxattr(path, follow_symlinks=False))
    except OSError:
        return {}
    return {name: os.getxattr(path, name, follow_symlinks=False).hex() for name in names}


def walk(root):
    """All paths below, relative and as bytes, each folder before what it holds, sorted by component."""
    root = os.fsencode(root)
    found = [b""]
    for folder, folders, files in os.walk(root):
        found += [os.path.relpath(os.path.join(folder, name), root) for name in folders + files]
    return sorted(found, key=lambda path: path.split(b"/") if path else [])


def describe(root, owners=ROOT):
    """One line for each entry: everything that a restore must bring back."""
    lines, first = [], {}
    for path in walk(root):
        full = os.path.join(os.fsencode(root), path)
        facts = os.lstat(full)
        kind = stat.S_IFMT(facts.st_mode)
        line = [text(path), stat.filemode(facts.st_mode)]
        if kind != stat.S_IFLNK:
            line.append(f"{stat.S_IMODE(facts.st_mode):04o}")
        if owners:
            line.append(f"{facts.st_uid}:{facts.st_gid}")
        line.append(f"{facts.st_mtime_ns}")
        if kind == stat.S_IFREG:
            with open(full, "rb") as file:
                line.append(f"{facts.st_size} {hashlib.file_digest(file, 'sha256').hexdigest()}")
            if facts.st_nlink > 1:
                line.append("= " + text(first.setdefault(facts.st_ino, path)))
        elif kind == stat.S_IFLNK:
            line.append("-> " + text(os.readlink(full)))
        elif kind in (stat.S_IFCHR, stat.S_IFBLK):
            line.append(f"{os.major(facts.st_rdev)},{os.minor(facts.st_rdev)}")
        attributes = attributes_of(full)
        lines.append(" ".join(line + [json.dumps(attributes, sort_keys=True)] * bool(attributes)))
    return lines


def without_owners(lines):
    """For a reader that is not root, of what root has described."""
    return [" ".join(w for w in line.split(" ") if not (w.replace(":", "", 1).isdigit() and ":" in w)) for line in lines]


def write(path, data, mode=0o644):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)


def write_at(path, offset, data):
    with open(path, "r+b" if os.path.lexists(path) else "w+b") as file:
        file.seek(offset)
        file.write(data)


def settle(root, moment=DAY):
    """Times of all entries, some of them odd, folders last."""
    for number, path in reversed(list(enumerate(walk(root)))):
        full = os.path.join(os.fsencode(root), path)
        nanoseconds = moment * 10**9 + number * 1_000_000_007
        os.utime(full, ns=(nanoseconds, nanoseconds), follow_symlinks=False)


def make_large(root):
    """A tree with every type of entry, several pages of them, and files of every layout."""
    chance = random.Random(7)
    os.makedirs(f"{root}/folder/deep/deeper")
    os.mkdir(f"{root}/empty folder")
    write(f"{root}/empty", b"")
    write(f"{root}/small", b"small\n", 0o4755)
    write(f"{root}/none", b"not readable by mode", 0o000)
    for size in (65535, 65536, 65537, 200_000, 1 << 20):
        write(f"{root}/folder/{size}", chance.randbytes(size))
    for name in (b"line\nfeed", b"not \xff\xfe UTF-8", b"blank ", b"n" * 255, b"-rf", b"folder-", b"folder.d"):
        write(os.fsencode(root) + b"/" + name, name)
    os.mkdir(f"{root}/many")
    for number in range(1500):
        write(f"{root}/many/a name of some length {number:05}", b"%d" % number)
    os.link(f"{root}/small", f"{root}/small, again")
    os.link(f"{root}/folder/65537", f"{root}/folder/deep/deeper/65537")
    os.symlink("small", f"{root}/link")
    os.symlink("/nowhere/at all", f"{root}/folder/dangling")
    os.mkfifo(f"{root}/fifo", 0o640)
    write_at(f"{root}/holes", 5 << 20, chance.randbytes(10_000))
    write_at(f"{root}/holes", 0, chance.randbytes(100))
    os.truncate(f"{root}/holes", (8 << 20) + 17)
    write(f"{root}/only a hole", b"")
    os.truncate(f"{root}/only a hole", 3 << 20)
    try:
        os.setxattr(f"{root}/small", "user.a=b%c", b"\x00\x01")
        os.setxattr(f"{root}/folder", "user.empty", b"")
        os.setxattr(f"{root}/folder/65536", "user.long", chance.randbytes(2000))
    except OSError:
        pass  # a file system without them
    os.chmod(f"{root}/folder", 0o1777)
    if ROOT:
        try:
            os.mknod(f"{root}/zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
            os.mknod(f"{root}/block", stat.S_IFBLK | 0o600, os.makedev(7, 300))
        except PermissionError:
            pass  # in a container
        os.lchown(f"{root}/link", 1234, 70000)
        os.chown(f"{root}/folder/200000", 1, 2)
    else:
        os.chmod(f"{root}/none", 0o400)
    settle(root)


def change_large(root, step):
    """What happens to it between two archives."""
    chance = random.Random(step)
    for leaf in range(step, 256, 3):
        write_at(f"{root}/folder/{1 << 20}", leaf * 4096 + step, chance.randbytes(8))
    write_at(f"{root}/folder/200000", 200_000 + step * 5000, b"longer")
    write_at(f"{root}/holes", (1 << 20) * step, chance.randbytes(5000))
    write(f"{root}/new {step}", chance.randbytes(70_000 * step))
    os.remove(f"{root}/many/a name of some length {step:05}")
    os.rename(f"{root}/many/a name of some length {step + 100:05}", f"{root}/folder/renamed {step}")
    if step == 2:
        os.remove(f"{root}/small")
        os.truncate(f"{root}/folder/65536", 40_000)
        os.remove(f"{root}/fifo")
        write(f"{root}/fifo", b"a file now")
        os.chmod(f"{root}/empty folder", 0o500)


def make_small(root):
    """A tree whose repository has a few KiB, for those that are kept."""
    os.makedirs(f"{root}/folder/deep")
    write(f"{root}/hello", b"hello\n")
    write(f"{root}/folder/script", b"#!/bin/sh\necho hello\n", 0o755)
    write(f"{root}/folder/empty", b"", 0o600)
    write(os.fsencode(root) + b"/folder/deep/not \xff UTF-8, and a\nline feed", b"odd\n")
    os.link(f"{root}/hello", f"{root}/folder/hello, again")
    os.symlink("../hello", f"{root}/folder/link")
    os.mkfifo(f"{root}/fifo", 0o640)
    write_at(f"{root}/holes", 4096 * 3, b"a leaf " * 500)
    write_at(f"{root}/holes", 4096 * 9 + 5, b"another leaf")
    os.truncate(f"{root}/holes", (1 << 20) + 1)
    os.setxattr(f"{root}/hello", "user.a=b", b"an attribute\x00")
    os.chmod(f"{root}/folder", 0o2750)
    os.lchown(f"{root}/folder/script", 12, 100)
    settle(root)


def change_small(root, step):
    write_at(f"{root}/holes", 4096 * (8 + step), b"changed %d" % step)
    write(f"{root}/new {step}", b"new\n" * step)
    if step == 2:
        os.remove(f"{root}/new 1")
        os.rename(f"{root}/folder/script", f"{root}/folder/deep/script")
    settle(root, DAY + 86400 * step)

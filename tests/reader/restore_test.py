#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the program stores, restore.py restores: at every step of a source's life, whatever an entry can be; and from a
repository with a flipped byte it restores what was there, or refuses by name, and never gives anything else; what forks
it refuses, but where an epoch decided.

LIFEBOAT_PROGRAM names the program. An argument is the seed of the flipped bytes, which is printed."""

import hashlib
import os
import random
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import restore  # noqa: E402

PROGRAM = os.environ.get("LIFEBOAT_PROGRAM", "lifeboat")
ACL = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *it) for it in (
    (1, 6, 2**32 - 1), (2, 4, 1234), (4, 4, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1)))


def backup(source, medium, strategy):
    done = subprocess.run([PROGRAM, "backup", "--source", source, "--medium", f"disk:{medium}", "--id", "source",
                           "--quiet", "--state", f"{medium}.state", "--strategy", strategy, "--by", "alice"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def describe(root):
    """Every entry of a tree: what it is, its metadata, its content, what of it is no hole, its first name."""
    entries, names = {}, {}
    for folder, folders, files, opened in os.fwalk(os.fsencode(root)):
        below = os.path.relpath(folder, os.fsencode(root))
        folders.sort()
        for name in [b".", *sorted(files), *folders]:
            it, path = os.stat(name, dir_fd=opened, follow_symlinks=False), b"/proc/self/fd/%d/%s" % (opened, name)
            if name in folders and stat.S_ISDIR(it.st_mode):
                continue  # comes as a folder of its own
            entry = [it.st_mode, it.st_uid, it.st_gid, it.st_mtime_ns, it.st_rdev]
            entry.append({key: os.getxattr(path, key, follow_symlinks=False)
                          for key in os.listxattr(path, follow_symlinks=False)})
            if stat.S_ISLNK(it.st_mode):
                entry.append(os.readlink(path))
            elif stat.S_ISREG(it.st_mode):
                entry += [it.st_size, *content(path, it.st_size)]
                entry.append(names.setdefault(it.st_ino, (below, name)) if it.st_nlink > 1 else None)
            entries[below, name] = entry
    return entries


def content(path, size):
    """The digest of what is not zero and where it is, and the parts that are no hole."""
    digest, parts, at = hashlib.sha256(), [], 0
    with open(path, "rb", buffering=0) as file:
        while at < size:
            try:
                begin = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # a hole up to the end
                break
            at = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
            parts.append((begin, at))
            for block in range(begin // 4096 * 4096, at, 4096):
                data = os.pread(file.fileno(), 4096, block)
                if data.strip(b"\0"):
                    digest.update(struct.pack("<Q", block) + data)
    return digest.hexdigest(), parts


def make_source(source, numbers):
    """A tree of whatever an entry can be, as far as this user and this file system can have it."""
    for name in (b"folder/deep", b"many", b"odd \xff\n\x01\\\"", b"a.b", b"a-b", b"a b/c"):
        os.makedirs(os.path.join(os.fsencode(source), name))
    for name, data in ((b"hello", b"hello\n"), (b"folder/empty", b""), (b"odd \xff\n\x01\\\"/\xc3\x28", b"odd"),
                       (b"small", numbers.randbytes(65535)), (b"least", numbers.randbytes(65536)),
                       (b"more", numbers.randbytes(65537)), (b"large", numbers.randbytes(8 << 20))):
        Path(os.fsdecode(os.path.join(os.fsencode(source), name))).write_bytes(data)
    for number in range(300):  # more than one page of the manifest
        Path(f"{source}/many/{number:03}{'x' * 240}").write_bytes(b"%d" % number)
    for name, size, places in (("sparse", 3 << 30, (0, 4096 * 7, 1 << 30, (2 << 30) + 5000)), ("hole", 1 << 20, ()),
                               ("sparser", 6 << 30, (1 << 32, (6 << 30) - 10)), ("small hole", 20000, (9000,))):
        with open(f"{source}/{name}", "wb") as file:
            file.truncate(size)
            for place in places:
                file.seek(place)
                file.write(b"at %07d" % (place % 9999999))
    os.link(f"{source}/hello", f"{source}/folder/another name")
    os.link(f"{source}/hello", f"{source}/zzz")
    os.symlink("../nowhere", f"{source}/folder/dangling")
    os.symlink("/", f"{source}/folder/root")
    os.mkfifo(f"{source}/fifo", 0o640)
    opened = os.open(source, os.O_RDONLY)
    for number in range(20):  # a path longer than PATH_MAX
        os.mkdir(f"{number:0255}", dir_fd=opened)
        opened, outer = os.open(f"{number:0255}", os.O_RDONLY, dir_fd=opened), opened
        os.close(outer)
    os.close(os.open("deepest", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=opened))
    os.link("deepest", f"{source}/zz deepest", src_dir_fd=opened)
    os.close(opened)
    attributes = [("hello", "user.a=b%", b"\0value\n"), ("hello", "user.long", numbers.randbytes(2000)),
                  ("folder", "user.e", b""), ("small", "system.posix_acl_access", ACL),
                  ("many", "system.posix_acl_default", ACL)]
    if os.geteuid() == 0:
        os.mknod(f"{source}/zero", stat.S_IFCHR | 0o620, os.makedev(1, 5))
        os.mknod(f"{source}/block", stat.S_IFBLK | 0o600, os.makedev(300, 70000))
        os.chown(f"{source}/more", 12345, 54321)
        os.chown(f"{source}/folder/dangling", 7, 8, follow_symlinks=False)
        attributes += [("fifo", "trusted.fifo", b"f"),
                       ("large", "security.capability", bytes.fromhex("01000002" + "00" * 16))]
    for name, key, value in attributes:
        try:
            os.setxattr(f"{source}/{name}", key, value)
        except OSError as error:  # a file system without it
            print(f"{name}: {key}: {error}")
    for name, mode in (("least", 0o6755), ("many", 0o1777), ("folder/deep", 0o2500), ("sparse", 0o000)):
        if os.geteuid() == 0 or mode & 0o400:
            os.chmod(f"{source}/{name}", mode)
    os.utime(f"{source}/small", ns=(0, -1234567890123456789))
    os.utime(f"{source}/more", ns=(0, (1 << 33) * 10**9 + 1))
    os.utime(f"{source}/folder/root", ns=(0, 999999999), follow_symlinks=False)


def change_source(source, step, numbers):
    with open(f"{source}/large", "r+b") as file:
        for _ in range(40):
            file.seek(numbers.randrange(7 << 20))
            file.write(numbers.randbytes(100))
        file.truncate((8 << 20) + numbers.randrange(-50000, 50000))
    with open(f"{source}/sparser", "r+b") as file:
        file.seek(step * 700 << 20)
        file.write(b"step %d" % step)
    Path(f"{source}/new {step}").write_bytes(numbers.randbytes(3000))
    if step == 1:
        os.rename(f"{source}/a b", f"{source}/renamed")
        os.unlink(f"{source}/folder/another name")
        os.truncate(f"{source}/more", 10)
    elif step == 2:
        with open(f"{source}/small", "ab") as file:
            file.write(numbers.randbytes(100000))
        os.link(f"{source}/large", f"{source}/a first name")
        os.utime(f"{source}/folder", ns=(0, 5))
    else:
        os.unlink(f"{source}/hello")
        os.mkdir(f"{source}/hello")
        os.setxattr(f"{source}/folder", "user.e", b"full")


def same(restored, kept, what):
    for path in sorted({*restored, *kept}):
        there, expected = restored.get(path), kept.get(path)
        if there and expected and stat.S_ISREG(there[0]) and there[6] > 1 << 32:
            # The leaves have 16 KiB: one that is a hole only in part is data.
            assert len(there[8]) <= len(expected[8]) and all(
                any(first // 16384 == begin // 16384 and end - begin <= last - first + 32768
                    for first, last in expected[8]) for begin, end in there[8]), f"{what}: {path}: data at {there[8]}"
            there, expected = there[:8] + there[9:], expected[:8] + expected[9:]
        assert there == expected, f"{what}: {path}: {there} instead of {expected}"


def archives_of(medium):
    return list(restore.read_chain(medium, "source")[1])


def life(work):
    """A full and increments of both kinds; each archive comes back as its source was."""
    numbers, source, medium, kept = random.Random(1), f"{work}/source", f"{work}/medium", []
    os.mkdir(source)
    make_source(source, numbers)
    for step, strategy in enumerate(("full", "incremental", "differential", "incremental")):
        if step:
            change_source(source, step, numbers)
        backup(source, medium, strategy)
        kept.append(describe(source))
    assert len(restore.Archive(medium, "source", "latest").index[1]) > 1
    for step, archive in enumerate(archives_of(medium)):
        target = f"{work}/target"
        done = subprocess.run([sys.executable, restore.__file__, medium, "source",
                               archive[:12] if step < 3 else "latest", target], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        same(describe(target), kept[step], f"archive {step + 1}")
        shutil.rmtree(target)
    print(f"{len(kept)} archives of {len(kept[0])} entries and more came back")


def flips(work, seed, count=100):
    """One byte of the data, of a manifest, of the chain or of the descriptor at a time."""
    numbers, source, medium, target = random.Random(seed), f"{work}/flips", f"{work}/flipped", f"{work}/flip"
    os.mkdir(source)
    for name, size in (("a", 30), ("b", 70000), ("c", 200000)):
        Path(f"{source}/{name}").write_bytes(numbers.randbytes(size))
    os.link(f"{source}/a", f"{source}/d")
    os.truncate(f"{source}/b", 500000)
    kept, right, refused = [], 0, 0
    for step, strategy in enumerate(("full", "incremental", "differential", "incremental")):
        with open(f"{source}/c", "r+b") as file:
            file.seek(50000 * step)
            file.write(b"changed")
        backup(source, medium, strategy)
        kept.append(describe(source))
    archives = archives_of(medium)
    objects = sorted(it for it in Path(medium).rglob("*") if re.match("data|manifest|repository|[0-9]{8}-", it.name))
    for number in range(count):
        damaged, step = numbers.choice(objects), numbers.randrange(len(archives))
        if number % 2:
            damaged = Path(medium, "archive", "source", archives[step], "manifest")
        whole = damaged.read_bytes()
        at = numbers.randrange(len(whole))
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << numbers.randrange(8)]) + whole[at + 1:])
        what = f"seed {seed}: byte {at} of {damaged.relative_to(medium)}, archive {step + 1}"
        try:
            restore.restore(medium, "source", archives[step], target)
            same(describe(target), kept[step], what)
            right += 1
        except (ValueError, OSError) as sentence:
            assert str(damaged) in str(sentence) or archives[step] in str(sentence) and re.search(
                "bytes? [0-9]+", str(sentence)), f"{what}: {sentence}"
            assert not os.path.exists(target), what
            refused += 1
        for it in (target, f"{target}.partial"):
            shutil.rmtree(it, ignore_errors=True)
        damaged.write_bytes(whole)
    print(f"seed {seed}: of {count} flipped bytes {refused} were refused, {right} did not matter to what was restored")
    assert refused > count // 10 and right > 0, "flips that hit nothing prove nothing"


def forks(medium):
    """Two entries for one generation are refused, unless one is an epoch's: then the older epoch's are no history."""
    archives, chain = archives_of(medium), Path(medium, "chain/source")
    fork, second = chain / "00000002-0000000002", (chain / "00000001-0000000002").read_bytes()
    for kind, left in ((4, None), (3, archives[:1])):
        values = {tag: value for tag, (value,) in restore.fields(second[32:-32]).items() if tag < 32}
        values |= {3: struct.pack("<Q", 2), 6: struct.pack("<H", kind)}
        fork.write_bytes(sealed(second[:32], values.items()))
        try:
            assert archives_of(medium) == left, f"a fork by an entry of kind {kind}: {archives_of(medium)}"
        except ValueError as sentence:
            assert left is None and fork.name in str(sentence) and "00000001-000000000" in str(sentence), sentence
    fork.unlink()
    assert archives_of(medium) == archives


def sealed(header, values):
    data = header + b"".join(bytes([tag, len(value)]) + value for tag, value in values)
    return data + restore.digest_by("sha256")(b"lifeboat object\0" + data)


def refused(medium, *names):
    try:
        archives_of(medium)
    except ValueError as sentence:
        assert all(it in str(sentence) for it in names), sentence
        return
    raise AssertionError(f"not refused, though {names}")


def gaps(work):
    """Below a prune the entries of what went may be missing; one of what stays, or one above, may not."""
    source, medium = f"{work}/gaps", f"{work}/gap medium"
    os.mkdir(source)
    for step in range(4):
        Path(f"{source}/a").write_bytes(b"step %d" % step)
        backup(source, medium, "full")
    call = [PROGRAM, "prune", "--medium", f"disk:{medium}", "--keep-windows", "2", "--quiet", "--by", "alice"]
    plan = re.search("--apply ([0-9a-f]{64})", subprocess.run(call, capture_output=True, text=True).stdout).group(1)
    subprocess.run([*call, "--apply", plan, "--second", "bob"], check=True, capture_output=True)
    backup(source, medium, "full")
    chain, stays = Path(medium, "chain/source"), archives_of(medium)
    first, second, third, _, prune, above = sorted(chain.iterdir())
    assert len(stays) == 3
    first.unlink()
    assert archives_of(medium) == stays
    first, whole = second, second.read_bytes()
    first.unlink()
    assert archives_of(medium) == stays, "the first entries that there are may begin behind others"
    values = [(tag, value) for tag, (value,) in restore.fields(whole[32:-32]).items()]
    first.write_bytes(sealed(whole[:32], [(11, b"mallory") if tag == 11 else (tag, value) for tag, value in values]))
    refused(medium, third.name, first.name)
    first.unlink()
    restore.restore(medium, "source", stays[0], f"{work}/gap")
    assert Path(f"{work}/gap/a").read_bytes() == b"step 2"
    for missing, names in ((third, (prune.name, stays[0])), (prune, (third.name, "is missing"))):
        kept = missing.read_bytes()
        missing.unlink()
        refused(medium, *names)
        missing.write_bytes(kept)
    kept = prune.read_bytes()
    os.rename(prune, chain / "00000001-0000000009")
    refused(medium, "00000001-0000000009")
    (chain / "00000001-0000000009").unlink()
    prune.write_bytes(kept)
    assert archives_of(medium) == stays


def longer_forms(medium):
    """A number has one form, the shortest."""
    for data in (b"\x80\0", b"\x81\x80\0", b"\xff" * 9 + b"\2", b"\x80" * 10 + b"\1"):
        for form in "vzs":
            try:
                assert not list(restore.row(restore.io.BytesIO(data), form)), f"{data.hex()} was read"
            except ValueError as sentence:
                assert "shortest" in str(sentence)
    for data, value in ((b"\0", 0), (b"\x80\1", 128), (b"\xff" * 9 + b"\1", (1 << 64) - 1)):
        assert list(restore.row(restore.io.BytesIO(data), "v")) == [value]
    last = max(Path(medium, "chain/source").iterdir())
    whole, archives = last.read_bytes(), archives_of(medium)
    last.write_bytes(sealed(whole[:32] + whole[32:33] + b"\x90\0" + whole[34:-32], []))  # of tag 1, 16 bytes
    refused(medium, "shortest")
    last.write_bytes(whole)
    assert archives_of(medium) == archives


if __name__ == "__main__":
    if not shutil.which(PROGRAM):
        print(f"skipped: {PROGRAM} is not built")
        sys.exit(77)
    folder = tempfile.mkdtemp(prefix="lifeboat-restore-")
    try:
        life(folder)
        forks(f"{folder}/medium")
        longer_forms(f"{folder}/medium")
        gaps(folder)
        flips(folder, int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(10**6))
    finally:
        shutil.rmtree(folder, ignore_errors=True)

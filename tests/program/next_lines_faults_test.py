#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What stands behind "next:" is pasted and works where a disk is full, where something belongs to another user, and
where what a journal keeps beside its groups is damaged. What says that nothing was changed has changed nothing."""
import ctypes
import errno
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["LIFEBOAT_SOURCE_DIR"], "tests", "support"))
import pasted  # noqa: E402
from pasted import ENGINE, environment, filled_in, interrupted, run, top, work  # noqa: E402

not_run = 0


def path(name):
    return os.path.join(work, name)


def state_of(*names):
    """What there is: whose, and with which content. A lock that stays behind says nothing, nor what a replica keeps of a
    pass that came to nothing."""
    seen = {}
    for name in names:
        for folder, folders, files in os.walk(path(name)):
            for it in folders + files:
                at = os.path.join(folder, it)
                info = os.lstat(at)
                if not re.search("/(lock|[.]lifeboat-sync)(/|$)", at):
                    seen[at] = (info.st_mode, info.st_uid, info.st_size, info.st_mtime_ns if it in files else 0)
    return seen


def proposed_by(line, refused, says, **how):
    """As pasted.proposed_by, and nothing was changed where the program says so."""
    before = state_of(".", "../state", "../their state")
    output = []
    proposed = pasted.proposed_by(line, refused, says, into=output, **how)
    if "Nothing was changed." in output[0] and state_of(".", "../state", "../their state") != before:
        sys.exit(f"FAILED: {line!r} changed something:\n{output[0]}")
    if refused == 3 and not re.search("Nothing was changed|was made, and is empty", output[0]):
        sys.exit(f"FAILED: {line!r} was refused, and does not say that nothing was changed:\n{output[0]}")
    return proposed


def leads_on(line, refused, says, then, shows="", again=None, meanwhile=None, **words):
    """The line that `line` leads on to ends with `then` and says `shows`, when `meanwhile` was done. With `again` it only
    prepares: what it leads to is `line` once more, which then ends with `again`."""
    how = {name: words.pop(name) for name in ("user", "group", "extra_groups", "env") if name in words}
    next_line = filled_in(proposed_by(line, refused, says, **how), words)
    if meanwhile is not None:
        meanwhile()
    output = run(next_line, then)
    if again is not None:
        output = run(line, again, **how)
    if shows not in output:
        sys.exit(f"FAILED: {next_line!r} does not say {shows!r}:\n{output}")
    return next_line


def damage(name, at):
    with open(path(name), "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x55]))


def fill(name, leave=0):
    """Takes what is free on a disk, but for `leave` bytes."""
    filler = path(f"{name}/filler")
    with open(filler, "wb", buffering=0) as out:
        free = os.statvfs(filler)
        size = max(4096, free.f_bavail * free.f_frsize)
        while True:  # what a process that has just ended held may still be counted
            try:
                os.posix_fallocate(out.fileno(), 0, size)
                break
            except OSError as full:
                if full.errno != errno.ENOSPC or size <= 4096:
                    raise
                size -= 4096
        out.seek(0, os.SEEK_END)
        try:
            while True:
                out.write(b"x" * 4096)
        except OSError:
            pass
    os.truncate(filler, max(0, os.path.getsize(filler) - leave))


def make_room(name):
    return lambda: os.remove(path(f"{name}/filler"))


def write(name, size):
    with open(path(name), "wb") as out:
        out.write(os.urandom(size))


ENGINE_OF = f"{ENGINE} bank"
run(f"mkdir src && {ENGINE_OF} 'the bank' 'the medium' && {ENGINE} standby 'the bank/journal' 'the copy' 9", 0)
run("cp -a 'the medium' 'the first medium'", 0)  # before a copy of a part of it went live
run(f"mkdir certs && {ENGINE} certificates certs", 0)
run("lifeboat restore --medium 'disk:the medium' --target live --position 1:4 --accept-undone 2", 0)
shutil.copytree(path("live"), path("restored"))
shutil.copy(path("live.undone.jsonl"), path("restored.undone.jsonl"))
run("lifeboat adopt live --medium 'disk:the medium'", 0)
TLS = "--listen 127.0.0.1:0 --cert certs/standby.pem --key certs/standby.key --ca certs/authority.pem"
PROMOTE = "--lost host-a --by ann --second bo --reason 'no power' --max-loss 3"


def copy(name, to):
    """A new copy of a folder, in the place of the last one."""
    shutil.rmtree(path(to), ignore_errors=True)
    subprocess.run(["cp", "-a", path(name), path(to)], check=True)


# --- What is damaged -------------------------------------------------------------------------------------------------

promote = f"lifeboat promote --replica 'a copy' {PROMOTE}"
standby = f"lifeboat standby --replica 'a copy' {TLS}"
status = "lifeboat standby --status --replica 'a copy'"
for damaged in (lambda: damage("a copy/standby", 3), lambda: os.truncate(path("a copy/standby"), 100)):
    for line, then, shows in ((status, 0, "never heard of"), (promote, 3, "--max-loss unknown")):
        copy("the copy", "a copy")
        damaged()
        leads_on(line, 1, "a copy/standby is damaged", 0, again=then, shows=shows)
    copy("the copy", "a copy")
    damaged()
    run(proposed_by(standby, 1, "a copy/standby is damaged"), 0)
    interrupted(standby, "listens at")
copy("the copy", "a copy")
interrupted(standby, "listens at")
if "3 groups behind 1:9" not in run(status, 0):  # a process that hears nothing forgets nothing
    sys.exit("FAILED: a standby that was started again does not know any more what it had heard")

# A segment: its header, or a group that was durable. A standby seeds its copy anew, the others say where it is.
for at in (100, 4096 + 400):
    for line in (status, promote, promote + " --dry-run"):
        copy("the copy", "a copy")
        damage("a copy/segment-0000000001", at)
        leads_on(line, 1, "a copy", 1, shows="DAMAGED")
    copy("the copy", "a copy")
    damage("a copy/segment-0000000001", at)
    shutil.rmtree(path("a copy.damaged"), ignore_errors=True)
    run(proposed_by(standby, 1, "a copy"), 0)
    interrupted(standby, "here no group")

# What lies beside the groups.
copy("the copy", "a copy")
write("a copy/ceiling", 52)
leads_on(promote, 1, "a copy/ceiling is damaged", 0, again=0, shows="window 1 is open")


def doubt_of(how):
    """A copy with a window of doubt, and what `how` does to it."""
    copy("the copy", "a copy")
    subprocess.run(["cp", "-a", path("live/journal/doubt"), path("a copy/doubt")], check=True)
    how(path("a copy/doubt"))


for how, says in ((lambda it: damage("a copy/doubt/segment-0000000001", 100), "a copy/doubt/segment-0000000001"),
                  (lambda it: damage("a copy/doubt/segment-0000000001", 4096 + 200), "was durable and is damaged"),
                  (lambda it: os.remove(it + "/segment-0000000001"), "a copy/doubt is not there"),
                  (lambda it: (shutil.rmtree(it), open(it, "wb").close()), "a copy/doubt is not there")):
    doubt_of(how)
    leads_on(promote + " --dry-run", 1, says, 0, again=0, shows="a window opens")
    doubt_of(how)
    leads_on(promote, 1, says, 0, again=0, shows="window 1 is open")
    doubt_of(how)
    run(proposed_by(standby, 1, says), 0)
    interrupted(standby, "listens at")
copy("the copy", "a copy")
os.mkdir(path("a copy/keys"))
write("a copy/keys/set", 100)
run(proposed_by(standby, 1, "a copy/keys/set is damaged"), 0)
interrupted(standby, "listens at")

# A window of doubt in an engine's journal: where it is damaged is told; where it is gone it is made anew.
for line in ("lifeboat doubt --journal 'a copy/journal'",
             "lifeboat doubt --journal 'a copy/journal' --close-key A-5 --paid --by ann --reason called"):
    copy("live", "a copy")
    damage("a copy/journal/doubt/segment-0000000001", 4096 + 200)
    leads_on(line, 1, "was durable and is damaged", 1)
    copy("live", "a copy")
    os.remove(path("a copy/journal/doubt/segment-0000000001"))
    leads_on(line, 3, "does not say which keys", 0, again=0, NAME="ann", TEXT="gone")

# An engine's known keys, its promises, and its window of doubt: it says the same line, and starts once that was typed.
KNOWN = f"{ENGINE} keys 'known keys' A-1"
AGAIN = f"{ENGINE} bank 'one more bank' 'one more medium'"


def keys():
    shutil.rmtree(path("known keys"), ignore_errors=True)
    if "new" not in run(KNOWN, 0) or "known" not in run(KNOWN, 0):
        sys.exit("FAILED: a key that was learned is not known")


for how, says in ((lambda: damage("known keys/run-0000000001", 20), "known keys/run-0000000001"),
                  (lambda: os.truncate(path("known keys/run-0000000001"), 4096), "known keys/run-0000000001"),
                  (lambda: os.remove(path("known keys/run-0000000001")), "known keys/run-0000000001"),
                  (lambda: damage("known keys/set", 30), "known keys/set is damaged"),
                  (lambda: os.remove(path("known keys/set")), "have runs, and no list of them")):
    keys()
    how()
    leads_on(KNOWN, 1, says, 0, again=0, shows="new")
run(AGAIN, 0)
for name in ("promised.standby", "promised.medium", "promised.replica", "keys/set"):
    write("one more bank/journal/" + name, 52)
    leads_on(AGAIN, 1, f"one more bank/journal/{name} is damaged", 0, again=0)

# --- What belongs to another user ------------------------------------------------------------------------------------

STRANGER = {"user": 65534, "group": 65534, "extra_groups": [],
            "env": {**environment, "XDG_STATE_HOME": f"{top}/their state", "HOME": "/nonexistent"}}


def foreign():
    """Of root's things a stranger uses none, and root leaves nothing of its own in a stranger's."""
    with open(f"{top}/bin/sudo", "w", encoding="ascii") as out:  # not every machine has one; it keeps no environment
        out.write("""#!/bin/sh
[ "$1" = -u ] || exec "$@"
user=${2#\\#}; shift 2; id=$(id -u "$user" 2> /dev/null || echo "$user")
exec env -i PATH="$PATH" HOME=/nonexistent XDG_STATE_HOME="%s/$id" setpriv --reuid "$id" --regid "$id" --clear-groups "$@"
""" % (f"{top}/sudo state"))
    os.chmod(f"{top}/bin/sudo", 0o755)
    os.remove(f"{top}/bin/lifeboat")
    shutil.copy(os.environ["LIFEBOAT_PROGRAM"], f"{top}/bin/lifeboat")
    for folder in (top, work, path("src"), path("certs"), f"{top}/bin"):
        os.chmod(folder, 0o755)
    for name in ("their state", "sudo state"):
        os.mkdir(f"{top}/{name}")
        os.chmod(f"{top}/{name}", 0o1777)
    for name in os.listdir(path("certs")):
        os.chmod(path(f"certs/{name}"), 0o644)

    # A repository: closed, with a closed folder above it, closed below its root, or not to be made there.
    write("src/a", 1000)
    os.chmod(path("src/a"), 0o644)
    os.mkdir(path("closed"), 0o700)
    medium = "--medium 'disk:root medium'"
    run(f"lifeboat backup --source src {medium}", 0)
    copy("root medium", "closed/medium")
    by_root = {"then": 0, **STRANGER}
    for mode, says in ((0o700, "root medium belongs to root"), (0o755, "root medium/repository belongs to root")):
        os.chmod(path("root medium"), mode)
        for command in ("backup --source src", "list", "verify", "status", "show", "log", "cat latest a", "history a",
                        "prune --keep-windows 1", "restore --target 'by root'"):
            shutil.rmtree(path("by root"), ignore_errors=True)
            leads_on(f"lifeboat {command} {medium}", 3, says, **by_root)
    leads_on("lifeboat list --medium disk:closed/medium", 3, "closed belongs to root", **by_root)
    leads_on("lifeboat backup --source src --medium disk:closed/new", 3, "closed belongs to root", **by_root)
    leads_on("lifeboat backup --source src --medium 'disk:their medium'", 3, "may not write there", again=0, **by_root)
    leads_on("LIFEBOAT_MEDIUM='disk:root medium' lifeboat list", 3, "may not use it", **by_root)

    # Root, where a stranger's repository, or one of a user without a name, is.
    theirs = "--medium 'disk:their medium'"
    leads_on(f"lifeboat backup --source src {theirs}", 3, "only its owner writes it", 0, shows="committed")
    leads_on("LIFEBOAT_MEDIUM='disk:their medium' lifeboat backup --source src", 3, "only its owner writes it", 0)
    for _ in range(2):
        run(f"lifeboat backup --source src {theirs} --strategy full", 0, **STRANGER)
    pruned = run(f"lifeboat prune {theirs} --keep-windows 1", 0).split("next: ")[1].split("\n")[0]
    leads_on(pruned, 3, "only its owner writes it", 0)
    run("install -d -o 65001 -g 65001 -m 700 number", 0)
    run("setpriv --reuid 65001 --regid 65001 --clear-groups lifeboat backup --source src --medium disk:number/medium "
        "--state number/state", 0)
    leads_on("lifeboat backup --source src --medium disk:number/medium", 3, "belongs to '#65001'", 0)

    # A state folder: another one, or its owner.
    os.mkdir(path("their"))
    os.chown(path("their"), 65534, 65534)
    state = f"lifeboat backup --source src {theirs} --state"
    os.mkdir(path("root state"), 0o700)
    for mode, says in ((0o700, "root state can not be opened"), (0o755, "root state can not be locked")):
        os.chmod(path("root state"), mode)
        run(filled_in(proposed_by(f"{state} 'root state'", 3, says, **STRANGER), {"DIR": "their/state"}), 0, **STRANGER)
    leads_on(f"{state} 'their/new state'", 3, "only its owner writes it", 0)
    run(filled_in(proposed_by(f"{state} closed/state", 3, "can not be opened", **STRANGER), {"DIR": "their/state"}), 0,
        **STRANGER)
    leads_on("lifeboat backup --source src --medium 'disk:root medium' --state their/state", 3,
             "their/state belongs to nobody", 3)
    if state_of("their/state") and any(info[1] != 65534 for info in state_of("their/state").values()):
        sys.exit("FAILED: root left files of its own in a stranger's state folder")

    # A target, what is left in its place, and a replica.
    restore = f"lifeboat restore {theirs} --target"
    for name in ("to 1", "by root 2"):
        leads_on(f"{restore} '{name}' --no-owner", 3, "may not write there", 0, again=0, shows="digests ok", **STRANGER)
    leads_on(f"{restore} closed/x --no-owner", 3, "closed belongs to root", 0, shows="digests ok", **STRANGER)
    os.mkdir(path("empty"))
    leads_on(f"{restore} empty --no-owner", 3, "empty belongs to root", 0, shows="digests ok", **STRANGER)
    os.mkdir(path(".left.lifeboat-staging"))
    leads_on(f"{restore} left --no-owner --discard", 3, ".left.lifeboat-staging belongs to root", 0, **STRANGER)
    run("lifeboat sync --source src --replica 'root replica'", 0)
    line = "lifeboat sync --source src --replica 'root replica'"
    for name, mode in (("root replica", 0o700), ("root replica", 0o755), ("root replica/.lifeboat-sync", 0o755)):
        os.chmod(path(name), mode)
        leads_on(line, 3, "belongs to root", 0, **STRANGER)
    os.chmod(path("root replica/.lifeboat-sync"), 0o700)
    leads_on(line + " --check", 3, "belongs to root", 0, shows="0 differences", **STRANGER)
    leads_on("lifeboat sync --source src --replica 'their replica'", 3, "may not write there", 0, again=0, **STRANGER)
    leads_on("lifeboat sync --source src --replica closed/replica", 3, "closed belongs to root", 0, **STRANGER)
    leads_on("lifeboat sync --source src --replica 'their replica'", 3, "their replica belongs to nobody", 0)

    # A journal, its window, a standby's folder; and root in a stranger's.
    books = "'root bank/journal'"
    copy("the bank", "root bank")
    copy("live", "root live")
    copy("the copy", "root copy")
    for folder in ("root bank", "root live"):
        os.chmod(path(folder), 0o755)
    for mode in (0o700, 0o755):
        for name in ("root bank/journal", "root live/journal", "root copy"):
            os.chmod(path(name), mode)
        for command in ("records", "records --verify", "records --sum"):
            leads_on(f"lifeboat {command} --journal {books}", 3, "belongs to root", **by_root)
        shutil.rmtree(path("by root"), ignore_errors=True)
        leads_on(f"lifeboat extract --journal {books} --where key=A-1 --target 'their/x{mode}'", 3, "belongs to root",
                 **by_root)
        leads_on("lifeboat doubt --journal 'root live/journal'", 3, "belongs to root", **by_root)
        leads_on(f"lifeboat doubt --journal 'root live/journal' --close-key A-{5 + mode % 2} --paid --by ann "
                 "--reason called", 3, "belongs to root", **by_root)
        leads_on("lifeboat standby --status --replica 'root copy'", 3, "belongs to root", **by_root)
        interrupted(proposed_by(f"lifeboat standby --replica 'root copy' {TLS}", 3, "belongs to root", **STRANGER),
                    "listens at")
        leads_on(f"lifeboat promote --replica 'root copy' {PROMOTE} --dry-run", 3, "belongs to root", **by_root)
    leads_on(f"lifeboat promote --replica 'root copy' {PROMOTE}", 3, "belongs to root", **by_root)
    with open(path("rail.csv"), "w", encoding="ascii") as out:
        out.write("key,state\nA-5,paid\n")
    os.chmod(path("rail.csv"), 0o600)
    copy("root live", "their/live")
    copy("the copy", "their/copy")
    copy("restored", "their/restored")
    shutil.copy(path("restored.undone.jsonl"), path("their/restored.undone.jsonl"))
    run("chown -R 65534:65534 their", 0)
    statement = "--statement rail.csv --since 2020-01-01T00:00:00Z --until 2901-01-01T00:00:00Z"
    leads_on(f"lifeboat doubt --journal their/live/journal {statement}", 3, "rail.csv belongs to root", 1, **STRANGER)
    leads_on("lifeboat doubt --journal their/live/journal --close-key A-6 --paid --by ann --reason called", 3,
             "belongs to nobody", 0, shows="closed")
    interrupted(proposed_by(f"lifeboat standby --replica their/copy {TLS}", 3, "belongs to nobody"), "listens at")
    leads_on(f"lifeboat promote --replica their/copy {PROMOTE}", 3, "belongs to nobody", 0, shows="window 1 is open")
    # An adoption and a restore by root leave nothing of root's: the engine opens its journal.
    shutil.copy(shlex.split(ENGINE)[0], f"{top}/bin/engine")
    run("lifeboat adopt their/restored --medium 'disk:the medium'", 0)
    run("sudo -u nobody engine pay their/restored/journal Z-1", 0)
    run("sudo -u nobody engine bank their/bank their/medium", 0)
    run("lifeboat restore --medium disk:their/medium --target their/again", 0)
    run("sudo -u nobody lifeboat adopt their/again --medium disk:their/medium", 0)
    run("sudo -u nobody engine pay their/again/journal Z-1", 0)
    if any(info[1] != 65534 for info in state_of("their").values()):
        sys.exit("FAILED: root left files of its own in a stranger's folders")


if os.geteuid() != 0:
    print("NOT RUN: only root can become somebody else")
    not_run += 1
else:
    foreign()

# --- A disk that is full ---------------------------------------------------------------------------------------------


def own_mounts():
    """Whether this process may mount what nobody else sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    private = libc.unshare(0x00020000) == 0  # CLONE_NEWNS
    return private and subprocess.run(["mount", "--make-rprivate", "/"], stderr=subprocess.DEVNULL).returncode == 0


disks = []


def disk(name, size, more=""):
    os.mkdir(path(name))
    disks.append(path(name))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755{more}", "tmpfs", path(name)], check=True)


def full():
    """What runs out of room says so, leaves nothing behind that takes more of it, and is done when there is room."""
    disk("the disk", "2m")
    medium = "--medium 'disk:the disk/medium'"
    write("src/a", 4 << 20)
    leads_on(f"lifeboat backup --source src {medium}", 3, "more than are free", 0, DIR="roomy-1", shows="committed")
    write("src/a", 100000)
    for _ in range(3):
        run(f"lifeboat backup --source src {medium} --strategy full", 0)
    write("src/b", 2 << 20)
    backup = f"lifeboat backup --source src {medium}"
    leads_on(f"{backup} --strategy full", 3, "more than are free", 0, shows="stays")
    before = state_of("the disk/medium")
    leads_on(backup, 5, "the disk/medium is full", 0, shows="stays")
    if state_of("the disk/medium") != before:
        sys.exit("FAILED: a backup that had no room left something on its medium")
    fill("the disk")
    os.remove(path("src/b"))
    write("src/a", 200000)
    leads_on(backup, 5, "the disk/medium is full", 0, shows="stays")
    if "not recorded" not in run(f"lifeboat verify {medium}", 0):
        sys.exit("FAILED: a verification was recorded where there is no room")
    pruned = run(f"lifeboat prune {medium} --keep-windows 1 --grace 0s", 0).split("next: ")[1].split("\n")[0]
    leads_on(pruned, 5, "the disk/medium is full", 0, meanwhile=make_room("the disk"), shows="swept")
    run(backup, 0)
    disk("no names", "2m", ",nr_inodes=6")
    leads_on("lifeboat backup --source src --medium 'disk:no names/medium'", 5, "lock/src can not be opened", 0,
             DIR="roomy-2", shows="committed")

    # A target, from the beginning and halfway; what is written to stdout.
    disk("a target", "3m")
    fill("a target")
    for what in ("", " --only a"):
        leads_on(f"lifeboat restore {medium} --target 'a target/x'{what}", 3, "are missing", 0,
                 DIR=f"'got {len(what)}'", shows="digests ok")
    os.remove(path("a target/filler"))
    write("src/a", 2 << 20)
    run("lifeboat backup --source src --medium 'disk:roomy 3'", 0)
    slow = "lifeboat restore --medium 'disk:roomy 3' --target 'a target/x' --limit-rate 1MiB"
    with subprocess.Popen(["bash", "-c", slow], cwd=work, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as running:
        while running.poll() is None and not os.path.exists(path("a target/.x.lifeboat-staging/tree/a")):
            pass
        fill("a target")
        output = running.communicate()[0]
    if running.returncode != 5 or "No space left" not in output or os.path.exists(path("a target/x")):
        sys.exit(f"FAILED: a restore that ran out of room ended with {running.returncode}:\n{output}")
    os.remove(path("a target/filler"))
    run(output.split("next: ")[-1].split("\n")[0], 0)
    for command in ("list", "list --json", "verify", "cat latest a"):
        if (output := run(f"lifeboat {command} --medium 'disk:roomy 3' > /dev/full", 5)).count("error LB-") != 1:
            sys.exit(f"FAILED: not one error:\n{output}")

    # A replica, and a state folder.
    disk("a replica", "3m")
    fill("a replica", 1 << 20)
    leads_on("lifeboat sync --source src --replica 'a replica/new'", 3, "the replica was made, and is empty", 3)
    run("lifeboat sync --source src --replica 'a replica/x' --only none", 0)
    leads_on("lifeboat sync --source src --replica 'a replica/x'", 3, "has no room for 'a'", 0,
             meanwhile=make_room("a replica"), shows="0 differences")
    write("src/a", 2 << 20)
    leads_on("lifeboat sync --source src --replica 'a replica/x'", 3, "has no room for 'a'", 3)
    if os.listdir(path("a replica/x/.lifeboat-sync/stage")):
        sys.exit("FAILED: a pass that had no room left something in its stage")
    fill("a replica")
    if "not remembered there" not in run("lifeboat backup --source src --medium 'disk:roomy 3' --state 'a replica/s'", 0):
        sys.exit("FAILED: a full state folder is not told of")

    # A journal: a standby's copy, its promotion, an adoption, an extract, a window of doubt.
    disk("a journal", "200m")
    os.mkdir(path("a journal/empty"))
    copy("the copy", "a journal/copy")
    copy("restored", "a journal/restored")
    copy("live", "a journal/live")
    shutil.copy(path("restored.undone.jsonl"), path("a journal/restored.undone.jsonl"))
    for name in ("copy", "empty"):
        fill("a journal")
        line = proposed_by(f"lifeboat standby --replica 'a journal/{name}' {TLS}", 5, "No space left")
        os.remove(path("a journal/filler"))
        interrupted(line, "listens at")
    shutil.rmtree(path("a journal/copy"))
    copy("the copy", "a journal/copy")
    fill("a journal")
    promote = f"lifeboat promote --replica 'a journal/copy' {PROMOTE}"
    leads_on(promote, 5, "No space left", 0, meanwhile=make_room("a journal"), shows="window 1 is open")
    fill("a journal")
    leads_on("lifeboat adopt 'a journal/restored' --medium 'disk:the medium'", 5, "No space left", 0,
             meanwhile=make_room("a journal"), shows="adopted")
    fill("a journal")
    run("lifeboat doubt --journal 'a journal/live/journal' --close-key A-6 --paid --by ann --reason called", 0)
    for what in ("--journal 'the bank/journal' --where key=A-1", "--medium 'disk:the medium' --where key=A-1",
                 "--medium 'disk:the medium' --only ledger"):
        leads_on(f"lifeboat extract {what} --target 'a journal/x'", *((3, "are missing") if "--only" in what else
                                                                      (5, "No space left")), 0,
                 **({"DIR": "'got e'"} if "--only" in what else {"meanwhile": make_room("a journal")}))
        shutil.rmtree(path("a journal/x"), ignore_errors=True)
        fill("a journal")

    # The medium of a journal.
    disk("its medium", "4m")
    copy("the medium", "its medium/medium")
    copy("the first medium", "its medium/first")
    copy("the copy", "a copy")
    run("lifeboat restore --medium 'disk:its medium/medium' --target restored.2", 0)
    fill("its medium")
    for line, name in (("lifeboat adopt restored.2", "medium"), (f"lifeboat promote --replica 'a copy' {PROMOTE}", "first")):
        leads_on(f"{line} --medium 'disk:its medium/{name}'", 5, f"its medium/{name} is full", 0, shows="stays")
    os.remove(path("its medium/filler"))
    run("lifeboat adopt restored.2 --medium 'disk:its medium/medium'", 0)


if not own_mounts():
    print("NOT RUN: no disk may be mounted here")
    not_run += 1
else:
    full()
    subprocess.run(["umount", *disks], check=True)

print(f"{not_run} of 3 parts NOT RUN")
pasted.done()

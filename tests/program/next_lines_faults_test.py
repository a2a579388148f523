#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What stands behind "next:" is pasted and works where a disk is full, where something belongs to another user, and
where what a journal keeps beside its groups is damaged. What says that nothing was changed has changed nothing."""
import ctypes
import os
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
    """What there is: whose, and with which content. A lock that stays behind says nothing."""
    seen = {}
    for name in names:
        for folder, folders, files in os.walk(path(name)):
            for it in folders + files:
                at = os.path.join(folder, it)
                info = os.lstat(at)
                if it != "lock" and os.sep + "lock" not in at:
                    seen[at] = (info.st_mode, info.st_uid, info.st_size, info.st_mtime_ns if it in files else 0)
    return seen


def proposed_by(line, refused, says, **how):
    """As pasted.proposed_by, and nothing was changed where the program says so."""
    before = state_of(".", "../state", "../their state")
    output = []
    proposed = pasted.proposed_by(line, refused, says, into=output, **how)
    if "Nothing was changed." in output[0] and state_of(".", "../state", "../their state") != before:
        sys.exit(f"FAILED: {line!r} changed something:\n{output[0]}")
    if refused == 3 and "Nothing was changed." not in output[0]:
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
run(f"mkdir certs && {ENGINE} certificates certs", 0)
run("lifeboat restore --medium 'disk:the medium' --target live --position 1:4 --accept-undone 2", 0)
shutil.copytree(path("live"), path("restored"))
shutil.copy(path("live.undone.jsonl"), path("restored.undone.jsonl"))
run("lifeboat adopt live --medium 'disk:the medium'", 0)
TLS = "--listen 127.0.0.1:0 --cert certs/standby.pem --key certs/standby.key --ca certs/authority.pem"
PROMOTE = "--lost host-a --by ann --reason 'no power' --max-loss 3"


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

pasted.done()

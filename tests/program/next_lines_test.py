#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What stands behind "next:" is pasted into a shell and works: for each refusal the line that it leads on to, with DIR
filled in where there is one, for names that a shell would take apart."""
import os
import shutil
import subprocess
import sys
import tempfile

top = tempfile.mkdtemp(prefix="lifeboat-next-")
os.mkdir(os.path.join(top, "bin"))
os.symlink(os.environ["LIFEBOAT_PROGRAM"], os.path.join(top, "bin", "lifeboat"))
work = os.path.join(top, "work dir")
os.mkdir(work)
environment = {**os.environ, "PATH": f"{top}/bin:{os.environ['PATH']}", "XDG_STATE_HOME": f"{top}/state", "TZ": "UTC"}
environment.pop("LIFEBOAT_MEDIUM", None)
SOURCE = b"the 'led\xffger'\n"
SHELL = "$'the \\x27led\\xffger\\x27\\x0a'"
count = 0


def run(line, expect):
    done = subprocess.run(["bash", "-c", line], cwd=work, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    output = done.stdout.decode(errors="replace")
    if done.returncode != expect:
        sys.exit(f"FAILED: {line!r} ended with {done.returncode}, not {expect}:\n{output}")
    return output


def leads_on(line, refused, then, directory=None):
    """`line` ends with `refused`; the last line that it leads on to, pasted as it is printed, ends with `then`."""
    global count
    count += 1
    output = run(line, refused)
    proposed = [text[6:] for text in output.split("\n") if text.startswith("next: ") and "another machine" not in text]
    if not proposed:
        sys.exit(f"FAILED: {line!r} leads on to nothing:\n{output}")
    pasted = proposed[-1] if directory is None else proposed[-1].replace("DIR", directory)
    return run(pasted, then)


folder = os.path.join(os.fsencode(work), SOURCE)
os.mkdir(folder)


def write(text):
    with open(os.path.join(folder, b"accounts"), "w", encoding="ascii") as out:
        out.write(text)


write("alice 100\n")
leads_on(f"lifeboat bakup --source {SHELL} --medium 'disk:my medium'", 2, 0)
leads_on(f"lifeboat backup --sorce {SHELL} --medium 'disk:my medium'", 2, 0)
leads_on(f"lifeboat backup --source {SHELL} --medium 'disk:my medium' --strategy weekly", 2, 0)
leads_on(f"lifeboat backup --source {SHELL} --medium 'my medium'", 2, 0)
leads_on(f"lifeboat backup --source . --medium 'disk:in [side]*'", 3, 0)
leads_on(f"lifeboat backup --source {SHELL} --medium 'disk:my medium' --dry-run", 0, 0)
shutil.rmtree(os.path.join(work, "in [side]*"))
medium = "--medium 'disk:my medium'"
run(f"lifeboat backup --source {SHELL} {medium} --id other", 0)
leads_on(f"lifeboat list {medium}", 3, 0)
shutil.rmtree(os.path.join(work, "my medium"))
shutil.rmtree(os.path.join(top, "state"))
for number in range(3):
    write(f"alice {number}\n")
    run(f"lifeboat backup --source {SHELL} {medium} --strategy full", 0)
leads_on(f"lifeboat verify {medium}", 0, 0, SHELL)
leads_on(f"lifeboat restore {medium} --target 're stored' --dry-run", 0, 0)
leads_on(f"lifeboat restore {medium} --target 're stored/'", 3, 0)
leads_on(f"lifeboat restore {medium} --target old --before 2001-01-01T00:00:00Z", 3, 0)
leads_on(f"lifeboat restore {medium} --target new --before 2901-01-01T00:00:00Z", 3, 0)
leads_on(f"lifeboat restore {medium} --target a/b", 3, 0)
leads_on(f"lifeboat restore {medium} --target one --only /acounts", 3, 0)
leads_on(f"lifeboat restore {medium} --target resumed --resume", 3, 0)
leads_on(f"lifeboat cat latest acounts {medium}", 3, 0)
leads_on(f"lifeboat cat latest {medium} -- -x", 3, 0)
leads_on(f"lifeboat history acounts {medium}", 3, 0)
leads_on(f"lifeboat show zzz {medium}", 3, 0)
leads_on(f"lifeboat verify {medium} --depth deep", 2, 0)
leads_on(f"lifeboat verify {medium} --budget ten", 2, 0)
leads_on(f"lifeboat status {medium} --max-age 26", 2, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 0", 3, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 2 --apply {'0' * 64}", 3, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 2 --apply 12", 2, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 2 --dry-run", 0, 0)
leads_on(f"lifeboat sync --source {SHELL} --replica 'no/re plica'", 3, 0)
os.remove(os.path.join(folder, b"accounts"))
leads_on(f"lifeboat backup --source {SHELL} {medium}", 3, 4)
os.rename(os.path.join(work, "my medium"), os.path.join(work, "away"))
leads_on(f"lifeboat status {medium} --source {SHELL}", 3, 3)
os.rename(os.path.join(work, "away"), os.path.join(work, "my medium"))
shutil.rmtree(os.path.join(work, "my medium", "chain"))
leads_on(f"lifeboat list {medium}", 3, 0, "despite")
shutil.rmtree(top)
print(f"{count} lines pasted")

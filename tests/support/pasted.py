# SPDX-License-Identifier: BSL-1.0
"""What the tests share that paste what stands behind "next:" into a shell: a place for the program to work in, and the
lines that its errors lead on to, with DIR and other words for what only their reader knows filled in."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

ENGINE = shlex.quote(os.environ.get("LIFEBOAT_ENGINE") or
                     os.path.join(os.environ["LIFEBOAT_BINARY_DIR"], "tests", "test_engine"))

top = tempfile.mkdtemp(prefix="lifeboat-next-")
os.mkdir(os.path.join(top, "bin"))
os.symlink(os.environ["LIFEBOAT_PROGRAM"], os.path.join(top, "bin", "lifeboat"))
with open(os.path.join(top, "bin", "fuser"), "w", encoding="ascii") as out:  # not every machine has one
    out.write('#!/bin/sh\n[ "$1" = -v ] && [ -f "$2" ] && echo "held: $2"\n')
os.chmod(os.path.join(top, "bin", "fuser"), 0o755)
work = os.path.join(top, "work dir")
os.mkdir(work)
environment = {**os.environ, "PATH": f"{top}/bin:{os.environ['PATH']}", "XDG_STATE_HOME": f"{top}/state", "TZ": "UTC"}
environment.pop("LIFEBOAT_MEDIUM", None)
count = 0


def run(line, expect, **how):
    done = subprocess.run(["bash", "-c", line], cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, **{"env": environment, **how})
    output = done.stdout.decode(errors="replace")
    if done.returncode != expect:
        sys.exit(f"FAILED: {line!r} ended with {done.returncode}, not {expect}:\n{output}")
    return output


def proposed_by(line, refused, says="", into=None, **how):
    """`line` ends with `refused` and says `says`; the last line that it leads on to. `into` gets what it printed."""
    global count
    count += 1
    output = run(line, refused, **how)
    if into is not None:
        into.append(output)
    if says not in output:
        sys.exit(f"FAILED: {line!r} does not say {says!r}:\n{output}")
    proposed = [text[6:] for text in output.split("\n") if text.startswith("next: ") and "another machine" not in text]
    if not proposed:
        sys.exit(f"FAILED: {line!r} leads on to nothing:\n{output}")
    return proposed[-1]


def filled_in(line, words):
    for word, text in words.items():
        if not re.search(rf"\b{word}\b", line):
            sys.exit(f"FAILED: no {word} to fill in: {line!r}")
        line = re.sub(rf"\b{word}\b", lambda _: text, line)
    return line


def leads_on(line, refused, then, directory=None, shows="", **words):
    """The line that `line` leads on to, pasted as it is printed but for `words`, ends with `then` and says `shows`."""
    if directory is not None:
        words["DIR"] = directory
    pasted = filled_in(proposed_by(line, refused), words)
    output = run(pasted, then)
    if shows not in output:
        sys.exit(f"FAILED: {pasted!r} does not say {shows!r}:\n{output}")
    return output


def leads_far(line, steps, shows="", **how):
    """A line that leads on, step by step: each is a status that the line ends with and the words to fill in behind."""
    for status, words in steps[:-1]:
        line = filled_in(proposed_by(line, status, **how), words)
    output = run(line, steps[-1][0], **how)
    if shows not in output:
        sys.exit(f"FAILED: {line!r} does not say {shows!r}:\n{output}")


def interrupted(line, seen):
    """Stops `line` when it has printed `seen`; what it leads on to."""
    with subprocess.Popen(["bash", "-c", "exec " + line], cwd=work, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        output = ""
        stopped = False
        for text in running.stdout:
            output += text
            if seen in text and not stopped:  # what it says when it ends may hold it again; a second one would kill it
                running.send_signal(signal.SIGINT)
                stopped = True
        if running.wait(timeout=120) != 130 or seen not in output:
            sys.exit(f"FAILED: {line!r} was not stopped behind {seen!r}:\n{output}")
    return [text[6:] for text in output.split("\n") if text.startswith("next: ")][-1]


class Held:
    """A journal that its engine has open meanwhile."""

    def __init__(self, journal):
        self.engine = subprocess.Popen(["bash", "-c", f"exec {ENGINE} hold {journal}"], cwd=work, env=environment,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        if self.engine.stdout.readline() != b"held\n":
            sys.exit("FAILED: the engine does not open its journal")

    def __exit__(self, *_):
        self.engine.communicate()


def done():
    shutil.rmtree(top)
    print(f"{count} lines pasted")

# SPDX-License-Identifier: BSL-1.0
"""What the tests of crashes and of failing system calls share: a repository of three files, kept as a template, and the
program run on copies of it under the shim (tests/faults/shim.cpp)."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

PROGRAM = os.environ["LIFEBOAT_PROGRAM"]
SHIM = os.environ["LIFEBOAT_FAULTS"]


def fail(text):
    print("FAILED:", text)
    sys.exit(1)


def tree_of(folder):
    """Everything that a restore must bring back, as one comparable value."""
    seen = {}
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(top, name)
            relative = os.path.relpath(path, folder)
            if relative.split(os.sep)[0].startswith(".lifeboat"):
                continue
            info = os.lstat(path)
            content = open(path, "rb").read() if os.path.isfile(path) and not os.path.islink(path) else None
            seen[relative] = (oct(info.st_mode), info.st_uid, info.st_gid, info.st_mtime_ns if content is not None else 0, content)
    return seen


class Bench:
    """source/, repo/, state/ and replica/ in one temporary folder, and the trees that the archives must give back."""

    def __init__(self):
        # In memory a test is over in a tenth of the time; what a killed process leaves is the same.
        self.top = tempfile.mkdtemp(prefix="lifeboat-faults-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.template = os.path.join(self.top, "template")
        self.live = os.path.join(self.top, "live")
        self.runs = 0
        self.trees = []  # one for each archive, oldest first
        os.makedirs(os.path.join(self.template, "source"))
        for name, size in (("a", 100), ("b", 70000), ("c", 5000)):
            self.write(self.template, name, os.urandom(size))

    def write(self, where, name, content):
        with open(os.path.join(where, "source", name), "wb") as out:
            out.write(content)

    def run(self, *arguments, where=None, fault=None, at=0, count=None, root="repo", expect=(0,)):
        where = where or self.live
        environment = dict(os.environ)
        if fault or count:
            environment["LD_PRELOAD"] = SHIM
            environment["FAULTS_ROOT"] = os.path.join(where, root)
            if fault:
                environment["FAULTS_MODE"] = fault
                environment["FAULTS_AT"] = str(at)
            if count:
                environment["FAULTS_COUNT"] = count
        done = subprocess.run([PROGRAM, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        if expect is not None and done.returncode not in expect:
            fail(f"{' '.join(arguments)} ended with {done.returncode}, not {expect} "
                 f"(fault {fault} at {at}):\n{done.stdout}")
        return done

    def options(self, where=None):
        where = where or self.live
        return ["--medium", "disk:" + os.path.join(where, "repo"), "--id", "s", "--state", os.path.join(where, "state")]

    def backup(self, where=None, strategy="incremental", **how):
        where = where or self.live
        return self.run("backup", "--source", os.path.join(where, "source"), *self.options(where), "--strategy", strategy,
                        where=where, **how)

    def prepare(self, archives):
        """Takes the archives of the template, a change between each."""
        for number in range(archives):
            self.write(self.template, "a", os.urandom(100 + number))
            self.backup(self.template)
            self.trees.append(tree_of(os.path.join(self.template, "source")))

    def fresh(self):
        shutil.rmtree(self.live, ignore_errors=True)
        subprocess.run(["cp", "-a", self.template, self.live], check=True)

    def ids(self, where=None):
        import json
        done = self.run("list", *self.options(where)[:4], "--json", where=where)
        return [archive["archive"] for archive in json.loads(done.stdout)["archives"]]

    def check_restores(self, ids, what):
        """Every one of those archives restores to the tree that it was taken of."""
        for number, archive in enumerate(ids):
            target = os.path.join(self.live, f"restored-{number}")
            self.run("restore", *self.options()[:4], "--archive", archive, "--target", target)
            if tree_of(target) != self.trees[number]:
                fail(f"{what}: archive {archive} restores to something else than it was taken of")
            shutil.rmtree(target)

    def check_whole(self, ids, what):
        """The repository opens with no repair, earlier archives restore, the next backup succeeds."""
        self.run("verify", *self.options()[:4])
        self.check_restores(ids, what)
        self.write(self.live, "c", os.urandom(3000))
        self.backup()
        self.run("verify", *self.options()[:4])

    def calls(self, command):
        """How many calls that count a command makes."""
        self.fresh()
        count = os.path.join(self.top, "count")
        if os.path.exists(count):
            os.remove(count)
        command(count=count)
        return list(self.called(count).values())

    @staticmethod
    def called(count):
        """The calls that were counted, by number."""
        return {number: words[0] for number, *words in Bench.lines(count)}

    @staticmethod
    def lines(count):
        """What the shim wrote: of each call its number, its name and what it was about."""
        with open(count) as lines:
            return sorted([int(number), *words] for number, *words in (line.split() for line in lines))

    def objects(self, where=None):
        """Every object of the repository with its bytes: all but locks and unfinished writes."""
        top = os.path.join(where or self.live, "repo")
        return {os.path.relpath(os.path.join(folder, name), top): open(os.path.join(folder, name), "rb").read()
                for folder, _, names in os.walk(top) for name in names
                if os.path.relpath(folder, top).split(os.sep)[0] not in ("lock", "tmp")}

    def failures(self, command, expect=(0, 3, 5)):
        """Lets every call that a command counts fail once, with each fault in turn; gives what failed, and how the command
        ended. A signal and a short write are nobody's failure: they are gone on with."""
        calls = self.calls(command)
        if len(calls) < 8:
            fail(f"the shim saw {len(calls)} calls only")
        for fault in ("ENOSPC", "EIO", "EINTR", "short"):
            for at, call in enumerate(calls, 1):
                if fault == "short" and call not in ("write", "pwrite"):
                    continue
                self.fresh()
                count = os.path.join(self.top, "count")
                os.remove(count)
                done = command(fault=fault, at=at, count=count, expect=expect)
                call = self.called(count).get(at, "no call")  # where threads work, the same number is not the same call
                what = f"{fault} at call {at}, {call}"
                if done.returncode != 0 and (fault == "short" or (fault == "EINTR" and call in INTERRUPTIBLE)):
                    fail(f"{what}: not gone on with:\n{done.stdout}")
                if done.returncode != 0 and "LB-" not in done.stdout:
                    fail(f"{what}: no error was named:\n{done.stdout}")
                self.runs += 1
                yield fault, call, what, done

    def done(self):
        shutil.rmtree(self.top, ignore_errors=True)


KILLED = (-signal.SIGKILL,)
INTERRUPTIBLE = ("write", "pwrite", "fsync", "fdatasync", "openat")

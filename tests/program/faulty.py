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
        self.top = tempfile.mkdtemp(prefix="lifeboat-faults-")
        self.template = os.path.join(self.top, "template")
        self.live = os.path.join(self.top, "live")
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

    def backup(self, where=None, **how):
        where = where or self.live
        return self.run("backup", "--source", os.path.join(where, "source"), *self.options(where), where=where, **how)

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
        with open(count) as lines:
            return [line.split()[1] for line in lines]

    def done(self):
        shutil.rmtree(self.top, ignore_errors=True)


KILLED = (-signal.SIGKILL,)

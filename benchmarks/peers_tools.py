# SPDX-License-Identifier: BSL-1.0
"""How each peer is told to do each job, and how a command is measured."""

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from page import cores

ROOT = Path(__file__).resolve().parent.parent
LIBC = ctypes.CDLL(None, use_errno=True)


def lifeboat_program():
    return os.environ.get("LIFEBOAT_PROGRAM", str(ROOT / "build" / "release" / "lifeboat"))


def tree_bytes(folder):
    """The lengths of all files below, those of several names once."""
    seen, total = set(), 0
    for path in Path(folder).rglob("*"):
        stat = path.lstat()
        if path.is_file() and not path.is_symlink() and stat.st_ino not in seen:
            seen.add(stat.st_ino)
            total += stat.st_size
    return total


def sync_file_system(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if LIBC.syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), "syncfs")
    finally:
        os.close(descriptor)


class Measured:
    def __init__(self, seconds, usage):
        self.seconds, self.memory, self.stored = seconds, usage.ru_maxrss * 1024, None
        self.processor = usage.ru_utime + usage.ru_stime


class Run:
    """One job: where it happens, and on what."""

    def __init__(self, scratch, source, target, restored=None):
        self.scratch, self.source, self.target, self.restored = Path(scratch), Path(source), Path(target), restored

    def measure(self, *words, cwd=None, environment=None, sync=None, input_file=None):
        """Runs a command to its end, and syncfs of the target with it; fails loudly where it fails."""
        if sync is not None:
            sync_file_system(Path(sync).parent)  # what others left is not this command's
        with tempfile.TemporaryFile() as output, open(input_file or os.devnull, "rb") as given:
            began = time.monotonic()
            process = subprocess.Popen([str(word) for word in words], stdin=given, stdout=subprocess.DEVNULL, stderr=output,
                                       cwd=cwd, env={**os.environ, **(environment or {})})
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if sync is not None:
                sync_file_system(Path(sync).parent)
            seconds = time.monotonic() - began
            if process.returncode != 0:
                output.seek(0)
                raise SystemExit(f"{' '.join(map(str, words))} ended with {process.returncode}:\n"
                                 + output.read().decode(errors="replace"))
        return Measured(seconds, usage)


def first_line(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.split("\n")[0]


class Peer:
    def __init__(self, name, program=None, label=None):
        self.name, self.program, self.label = name, program or name, label or name

    def installed(self):
        return shutil.which(self.program) is not None

    def version(self):
        return first_line(self.program, "--version")

    def forget(self, target):
        """What a peer keeps beside its target."""

    def restored(self, target, source):
        return target


class Cp(Peer):
    """The yardstick: copies, and checks nothing."""

    def full(self, run):
        return run.measure("cp", "-a", "--reflink=never", run.source, run.target, sync=run.target)

    def again(self, run, number):
        return run.measure("cp", "-au", "--reflink=never", f"{run.source}/.", run.target, sync=run.target)

    def restore(self, run):
        return run.measure("cp", "-a", "--reflink=never", run.source, run.restored, sync=run.restored)


class Find(Peer):
    """What looking at every entry costs."""

    def full(self, run):
        return None

    def again(self, run, number):
        return run.measure("find", run.source, "-printf", r"%p %s %T@ %C@ %i\n")

    def version(self):
        return None


class Openssl(Peer):
    """One pass of SHA-256 over the files, on all cores."""

    def verify(self, run):
        parts = [[] for _ in range(cores())]
        for path in sorted((p for p in run.source.rglob("*") if p.is_file()), key=lambda p: -p.stat().st_size):
            min(parts, key=lambda part: sum(size for size, _ in part)).append((path.stat().st_size, str(path)))
        lists = []
        for number, part in enumerate(parts):
            lists.append(run.scratch / f"openssl-{number}")
            lists[-1].write_text("\0".join(path for _, path in part))
        command = " ".join(f"xargs -0 openssl dgst -sha256 < {path} &" for path in lists) + " wait"
        return run.measure("sh", "-c", command)

    def version(self):
        return first_line("openssl", "version").split(" (")[0]


class Tar(Peer):
    """No digest of contents: its verify would compare with the living source, and is left out."""

    def _create(self, run, file):
        return run.measure("tar", "-C", run.source, "--listed-incremental", f"{run.target}/state", "-cf", run.target / file, ".",
                           sync=run.target)

    def full(self, run):
        run.target.mkdir()
        return self._create(run, "full.tar")

    def again(self, run, number):
        return self._create(run, f"{number}.tar")

    def restore(self, run):
        run.restored.mkdir()
        return run.measure("tar", "-C", run.restored, "-xpf", run.target / "full.tar", sync=run.restored)


class Rsync(Peer):
    def full(self, run):
        run.target.mkdir()
        return run.measure("rsync", "-aHAX", f"{run.source}/", run.target / "0", sync=run.target)

    def again(self, run, number):
        return run.measure("rsync", "-aHAX", "--delete", "--link-dest", run.target / str(number), f"{run.source}/",
                           run.target / str(number + 1), sync=run.target)

    def restore(self, run):
        return run.measure("rsync", "-aHAX", f"{run.target}/0/", run.restored, sync=run.restored)


class Restic(Peer):
    def _words(self, run):
        return ["restic", "-q", "-r", run.target, "--cache-dir", f"{run.target}-cache", "--compression", "off"]

    environment = {"RESTIC_PASSWORD": "benchmark"}

    def full(self, run):
        run.measure(*self._words(run), "init", environment=self.environment)
        return self.again(run, 0)

    def again(self, run, number):
        return run.measure(*self._words(run), "backup", ".", cwd=run.source, environment=self.environment, sync=run.target)

    def verify(self, run):
        return run.measure(*self._words(run), "check", "--read-data", environment=self.environment)

    def restore(self, run):
        return run.measure(*self._words(run), "restore", "latest", "--target", run.restored, environment=self.environment,
                           sync=run.restored)

    def forget(self, target):
        shutil.rmtree(f"{target}-cache", ignore_errors=True)

    def version(self):
        return " ".join(first_line("restic", "version").split()[:2])


class Borg(Peer):
    def _environment(self, run):
        return {"BORG_BASE_DIR": f"{run.target}-base", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
                "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}

    def full(self, run):
        run.measure("borg", "init", "-e", "none", run.target, environment=self._environment(run))
        return self.again(run, -1)

    def again(self, run, number):
        return run.measure("borg", "create", "-C", "none", f"{run.target}::{number + 1}", ".", cwd=run.source,
                           environment=self._environment(run), sync=run.target)

    def verify(self, run):
        return run.measure("borg", "check", "--verify-data", run.target, environment=self._environment(run))

    def restore(self, run):
        run.restored.mkdir()
        return run.measure("borg", "extract", f"{run.target}::0", cwd=run.restored, environment=self._environment(run),
                           sync=run.restored)

    def forget(self, target):
        shutil.rmtree(f"{target}-base", ignore_errors=True)


class Lifeboat(Peer):
    def installed(self):
        return True

    def _words(self, run, verb):
        return [lifeboat_program(), verb, "-q", "--medium", f"disk:{run.target}", "--id", "peers", "--state", f"{run.target}-state"]

    def full(self, run):
        return self.again(run, 0)

    def again(self, run, number):
        return run.measure(*self._words(run, "backup"), "--source", run.source, sync=run.target)

    def verify(self, run):
        return run.measure(*self._words(run, "verify"))

    def restore(self, run):
        return run.measure(*self._words(run, "restore"), "--target", run.restored, sync=run.restored)

    def forget(self, target):
        shutil.rmtree(f"{target}-state", ignore_errors=True)

    def version(self):
        return first_line(lifeboat_program(), "--version") or None


PEERS = {peer.name: peer for peer in [Cp("cp"), Find("find", label="find -printf"), Openssl("openssl", label="openssl dgst"),
                                      Tar("tar"), Rsync("rsync"), Restic("restic", label="restic (encrypts)"), Borg("borg"),
                                      Lifeboat("lifeboat")]}

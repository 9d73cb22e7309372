"""Bubblewrap: namespaces of its own for everything, no capabilities, a private /tmp, a read-only interpreter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from openloop.sandbox import seccomp
from openloop.sandbox.base import INSIDE, OVERHEAD, Limits, Ran, ran, start
from openloop.sandbox.spare import Spare

NOBODY = 65534
PATHS = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32")
"""What holds the interpreter and its libraries; nothing else of the machine is seen."""


@dataclass(frozen=True)
class Bubblewrap:
    """One sandbox a program: about 5 ms, and an interpreter's start, while the program before it runs."""

    name: str = "bubblewrap"

    def missing(self) -> str:
        return _missing()

    def run(self, message: bytes, limits: Limits) -> Ran:
        process, taken = _spare.take(limits, message)
        process = process or _started(limits)
        _spare.prepare(limits)
        return ran(process, message[taken:], limits.seconds + OVERHEAD)


def _started(limits: Limits) -> subprocess.Popen[bytes]:
    """A sandbox that waits for its program."""
    command, files = _command(limits), []
    try:
        if (filter_file := _filter_file()) is not None:
            files.append(os.open(filter_file, os.O_RDONLY))
            command = [*command[:-4], "--seccomp", str(files[0]), *command[-4:]]
        return start(command, pass_fds=files, env={})
    finally:
        for file in files:
            os.close(file)


_spare = Spare(_started)


def _command(limits: Limits) -> list[str]:
    # As root, limits of processes do nothing: become nobody before bubblewrap starts.
    lower = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    size = str(limits.written << 20)
    return [
        *lower,
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
        "--uid",
        str(NOBODY),
        "--gid",
        str(NOBODY),
        "--hostname",
        "sandbox",
        *_binds(),
        "--dev",
        "/dev",
        "--size",
        size,
        "--tmpfs",
        "/tmp",
        "--ro-bind",
        str(_compiled()),
        "/judge",
        "--chdir",
        "/tmp",
        _python(),
        "-I",
        "-S",
        "/judge/start.pyc",
    ]


@cache
def _binds() -> tuple[str, ...]:
    words: list[str] = []
    for path in PATHS:
        if Path(path).is_symlink():
            words += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).is_dir():
            words += ["--ro-bind", path, path]
    return tuple(words)


@cache
def _python() -> str:
    """An interpreter that the user `nobody` may read: this one where it lies in :data:`PATHS`, else the system's."""
    mine = str(Path(sys.executable).resolve())
    return mine if mine.startswith("/usr/") else "/usr/bin/python3"


@cache
def _folder() -> Path:
    """Made once per process, readable by all, gone with it."""
    made = tempfile.TemporaryDirectory(prefix="openloop-sandbox-")
    _kept.append(made)
    Path(made.name).chmod(0o755)
    return Path(made.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


@cache
def _compiled() -> Path:
    """What runs inside, compiled by the interpreter that will run it: one file, so that nothing is searched for."""
    target = _folder() / "inside"
    target.mkdir()
    for file in INSIDE.glob("[!_]*.py"):
        code = "import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], dfile=sys.argv[3], doraise=True)"
        name = "start" if file.stem == "judge" else file.stem
        words = [_python(), "-I", "-c", code, str(file), str(target / f"{name}.pyc"), file.name]
        subprocess.run(words, check=True, capture_output=True)
    for made in (target, *target.iterdir()):
        made.chmod(0o755)
    return target


@cache
def _filter_file() -> Path | None:
    program = seccomp.program()
    if program is None:
        return None
    path = _folder() / "filter.bpf"
    path.write_bytes(program)
    path.chmod(0o644)
    return path


@cache
def _missing() -> str:
    if sys.platform != "linux":
        return "bubblewrap needs Linux; use runner: docker or podman."
    for tool, package in (("bwrap", "bubblewrap"), ("setpriv", "util-linux")):
        if shutil.which(tool) is None and (tool != "setpriv" or os.geteuid() == 0):
            return f"{tool} is not installed: apt-get install {package} (or use runner: docker or podman)."
    if shutil.which(_python()) is None:
        return "there is no Python interpreter under /usr that every user may run: apt-get install python3."
    command = [*_command(Limits())[:-4], "--", _python(), "-I", "-S", "-c", "print(1)"]
    tried = subprocess.run(command, capture_output=True, env={}, check=False)
    if tried.returncode:
        said = tried.stderr.decode("utf-8", "replace").strip()[-200:]
        return f"bubblewrap does not work here ({said}); inside a container use runner: docker or podman, or a service."
    return ""

"""What many tests share: small recipes on the simulated model, and the command line as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openloop.cli import main
from tests.support.recipes import write_recipe

# readline, which pytest imports, adds COLUMNS=80 to what children inherit (workers of xdist too), behind Python's
# back: lines would break where the way tests are run says, and not where openloop does.
os.environ.pop("COLUMNS", None)
os.unsetenv("COLUMNS")

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def openloop_cli() -> Call:
    """``openloop_cli("run", recipe, ...)`` in a process of its own."""

    def call(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "openloop", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=900, **options)

    return call


@dataclass(frozen=True)
class Said:
    """What the command line answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def openloop(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Said]]:
    """``openloop("run", recipe, ...)`` in this process; any exception but an exit is a failure of the test."""
    handler = signal.getsignal(signal.SIGTERM)

    def call(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(prog="openloop", words=[str(word) for word in words])
        out, err = capsys.readouterr()
        return Said(int(end.value.code or 0), out, err)

    yield call
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., Path]:
    """Write a small recipe that runs in a second; keywords replace its keys."""

    def write(name: str = "recipe.yaml", **changes: Any) -> Path:
        return write_recipe(tmp_path, name, **changes)

    return write


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A directory on a disk of 40 MiB."""
    yield from mounted(tmp_path / "disk", "size=40m")


@pytest.fixture
def read_only_mount(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Makes a copy-free read-only view of a directory."""
    views: list[Path] = []

    def make(source: Path) -> Path:
        view = tmp_path / f"view{len(views)}"
        view.mkdir()
        require_mount("--bind", str(source), str(view))
        views.append(view)
        subprocess.run(["mount", "-o", "remount,ro,bind", str(view)], check=True)
        return view

    yield make
    for view in views:
        subprocess.run(["umount", "-l", str(view)], check=True)


def mounted(path: Path, options: str) -> Iterator[Path]:
    """A small memory disk; needs root, as in CI."""
    path.mkdir()
    require_mount("-t", "tmpfs", "-o", options, "none", str(path))
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def require_mount(*words: str) -> None:
    """Mount, or skip with the reason where mounting is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a disk of its own")
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")

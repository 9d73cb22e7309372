"""Python environments that hold one tool each, at a pinned version: made once, beside the project's own environment.

No two of these tools agree on what they depend on, and none is needed to read its logs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("OPENLOOP_TOOLS") or Path(sys.prefix).parent / ".tools")
"""Where environments are kept between runs; beside ``.venv`` in a checkout."""
PIP_TOOLS = {
    "inspect_ai": ("inspect_ai==0.3.285",),
    "verifiers_results": ("verifiers==0.1.14",),
    "verifiers_traces": ("verifiers==0.4.0",),
    "distilabel": ("distilabel==1.5.3", "requests", "pillow"),
    "argilla": ("argilla==2.8.0", "datasets==5.2.0", "requests"),
    "alpaca_eval": ("alpaca_eval==0.6.6",),
}
"""What is installed for a tool. Two of them do not declare what they import."""
SOURCES = ("verl==0.9.1", "rewardbench==0.1.4")
"""Tools whose own dependencies need a GPU's packages: installed without, for their writing functions only."""
PROMPTFOO = "promptfoo@0.121.20"


def tool_python(tool: str) -> Path:
    """The Python of a tool's environment."""
    return _environment(PIP_TOOLS[tool]) / "bin" / "python"


def source_packages() -> Path:
    """The folder that holds the packages of ``SOURCES``."""
    return next((_environment(("--no-deps", *SOURCES)) / "lib").glob("python*/site-packages"))


def promptfoo() -> Path:
    """promptfoo's program; the test is skipped where there is no npm, which installs it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("promptfoo is installed by npm, which is not here")
    folder = CACHE / PROMPTFOO.replace("@", "-")
    if not (folder / "done").exists():
        run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), PROMPTFOO])
        (folder / "done").touch()
    return folder / "node_modules" / ".bin" / "promptfoo"


def write(python: Path | str, script: str, *arguments: Path) -> None:
    """Run one of the scripts in ``writers``; what it prints is shown where it fails."""
    run([str(python), str(Path(__file__).parent / "writers" / script), *map(str, arguments)])


def run(command: Sequence[str]) -> None:
    """Run a program; what it prints is shown where it fails."""
    # A tool must neither see the project's environment nor call home.
    quiet = {"HF_HUB_OFFLINE": "1", "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1"}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    found = subprocess.run(command, env=kept | quiet, capture_output=True, text=True, check=False)
    assert found.returncode == 0, f"{' '.join(command)}\n{found.stdout[-3000:]}\n{found.stderr[-5000:]}"


def _environment(requirements: Sequence[str]) -> Path:
    name = hashlib.sha256(repr((sys.version_info[:2], requirements)).encode()).hexdigest()[:12]
    folder = CACHE / f"{requirements[-1].split('==')[0]}-{name}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(folder)])
        run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements])
        (folder / "done").touch()
    return folder

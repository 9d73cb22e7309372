"""No sandbox at all: for programs that you wrote yourself, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import dataclass

from openloop.sandbox.base import GRACE, INSIDE, Limits, Ran


@dataclass(frozen=True)
class Unprotected:
    """Runs programs with all your rights."""

    name: str = "none"

    def missing(self) -> str:
        warnings.warn(
            "runner: none RUNS EVERY PROGRAM WITH ALL YOUR RIGHTS: it can read your files and keys.",
            stacklevel=2,
        )
        return ""

    def run(self, message: bytes, limits: Limits) -> Ran:
        try:
            command = [sys.executable, "-I", "-S", str(INSIDE / "judge.py")]
            done = subprocess.run(
                command, input=message, capture_output=True, timeout=limits.wall + GRACE, check=False
            )
        except subprocess.TimeoutExpired:
            return Ran(b"", None)
        return Ran(done.stdout, done.returncode, done.stderr[-500:].decode("utf-8", "replace"))

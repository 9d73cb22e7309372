"""No sandbox at all: for programs that you wrote yourself, and nothing else."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass

from openloop.sandbox.base import INSIDE, OVERHEAD, Limits, Ran, ran, start


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
        process = start([sys.executable, "-I", "-S", str(INSIDE / "judge.py")])
        return ran(process, message, limits.seconds + OVERHEAD)

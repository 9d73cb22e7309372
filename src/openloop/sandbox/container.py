"""Docker or podman, where bubblewrap cannot run: slower (a container a program), the same harness inside."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

from openloop.sandbox.base import INSIDE, OVERHEAD, Limits, Ran, ran, start

START = 20.0
"""Seconds that a container may take to start, besides the program's own."""


@dataclass(frozen=True)
class Container:
    """One container a program, thrown away after it."""

    name: str
    image: str

    def missing(self) -> str:
        if shutil.which(self.name) is None:
            return f"{self.name} is not installed; install it, or bubblewrap (apt-get install bubblewrap)."
        asked = [self.name, "run", "--rm", "--network", "none", self.image, "python3", "-c", "print(1)"]
        tried = subprocess.run(asked, capture_output=True, check=False)
        said = tried.stderr.decode("utf-8", "replace").strip()[-200:]
        return f"{self.name} cannot run {self.image} here: {said}" if tried.returncode else ""

    def run(self, message: bytes, limits: Limits) -> Ran:
        size = limits.written
        command = [
            self.name,
            "run",
            "--rm",
            "--interactive",
            "--network",
            "none",
            "--read-only",
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
            "--user",
            "65534:65534",
            "--pids-limit",
            str(limits.processes + 8),
            "--memory",
            f"{limits.memory + 128}m",
            "--tmpfs",
            f"/tmp:rw,size={size}m",
            "--workdir",
            "/tmp",
            "--volume",
            f"{INSIDE}:/judge:ro",
            self.image,
            "python3",
            "-I",
            "-S",
            "/judge/judge.py",
        ]
        return ran(start(command), message, limits.seconds + OVERHEAD + START)

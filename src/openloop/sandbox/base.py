"""What a runner must offer, and what one run may use."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

INSIDE = Path(__file__).parent / "inside"
"""What is put into a sandbox; `judge.py` is what it starts."""
OVERHEAD = 2.0
"""Seconds that a sandbox may take to start and to end, besides the program's own."""


@dataclass(frozen=True)
class Limits:
    """Of one program."""

    seconds: float = 10.0
    """Seconds from its start."""
    cpu: int = 10
    """Seconds."""
    memory: int = 512
    """MiB of address space."""
    processes: int = 64
    files: int = 64
    """Open at once."""
    written: int = 16
    """MiB: the largest file, and all of its private /tmp."""

    def inside(self) -> dict[str, Any]:
        """As the harness sets them."""
        mib = 1 << 20
        return {
            "seconds": float(self.seconds),
            "CPU": self.cpu,
            "AS": self.memory * mib,
            "NPROC": self.processes,
            "NOFILE": self.files,
            "FSIZE": self.written * mib,
        }


@dataclass(frozen=True)
class Ran:
    """What became of one sandbox."""

    said: bytes
    """What the harness wrote: one message, or nothing."""
    status: int | None
    """Exit status, negative for a signal; None when it was killed for time."""
    complaint: str = ""
    """The last of what the sandbox itself wrote to stderr."""


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """A command that waits for its input; ``options`` go to :class:`subprocess.Popen`."""
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def ran(process: subprocess.Popen[bytes], message: bytes, seconds: float) -> Ran:
    """What became of a started command with a message as its input, within so many seconds from now."""
    with process:
        try:
            said, complaint = process.communicate(message, timeout=seconds)
        except subprocess.TimeoutExpired:
            return Ran(b"", None)
        finally:
            process.kill()  # which does nothing to one that has ended
    return Ran(said, process.returncode, complaint[-500:].decode("utf-8", "replace"))


class Runner(Protocol):
    """A way to run the harness where it can do no harm."""

    @property
    def name(self) -> str: ...

    def missing(self) -> str:
        """Why it does not work here and what to do about it; empty where it works."""
        ...

    def run(self, message: bytes, limits: Limits) -> Ran:
        """Run the harness with ``message`` as its input."""
        ...

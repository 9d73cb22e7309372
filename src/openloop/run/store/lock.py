"""One writer per run directory."""

from __future__ import annotations

import fcntl
import os
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from openloop.errors import StoreError

_HOLDER = re.compile(r"process (?P<process>\d+) on (?P<host>\S+) since ")


@dataclass(frozen=True)
class Lock:
    """An advisory lock that the kernel frees when its holder dies, however it dies."""

    descriptor: int

    @classmethod
    def take(cls, path: Path) -> Lock:
        """Take the lock or raise a StoreError that says who holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 4096, 0).decode(errors="replace") or "another process"
            os.close(descriptor)
            raise StoreError(
                f"{path.parent} is in use by {holder}. One process writes to a run at a time: wait for it, stop "
                "it, or choose another directory with --dir. (`openloop show` may look while it runs.)"
            ) from None
        os.ftruncate(descriptor, 0)
        started = time.strftime("%Y-%m-%d %H:%M:%S")
        holder = f"process {os.getpid()} on {socket.gethostname()} since {started}"
        os.pwrite(descriptor, holder.encode(), 0)
        return cls(descriptor)

    @staticmethod
    def holder_is_gone(path: Path) -> bool:
        """Whether the last process that held the lock ran on this machine and is no more; takes no lock to find out."""
        try:
            told = _HOLDER.match(path.read_text(errors="replace"))
        except OSError:
            return False
        if told is None or told["host"] != socket.gethostname():
            return False
        try:
            os.kill(int(told["process"]), 0)
        except ProcessLookupError:
            return True
        except OSError:  # somebody else's
            return False
        return False

    def release(self) -> None:
        """Let another process in."""
        os.close(self.descriptor)

"""One writer per run directory."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from openloop.errors import StoreError


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

    def release(self) -> None:
        """Let another process in."""
        os.close(self.descriptor)

"""Trainings in forked processes that are killed at counted instants: torch and trl are imported once for all of them.

A place is ``step`` (of an optimizer), ``write`` (a file of weights or of a checkpoint is half written) or ``rename``.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Place:
    """Counts the places this process comes to, and ends it at one of them."""

    def __init__(self, place: str, count: int, log: Path) -> None:
        self.place, self.count, self.log = place, count, log
        self.seen: Counter[str] = Counter()

    def reach(self, place: str, written: Any = None) -> None:
        """Note a place, and end there, with half of what was just written, if this is where to end."""
        self.seen[place] += 1
        if (place, self.seen[place]) == (self.place, self.count):
            if written is not None:
                os.truncate(written, Path(written).stat().st_size // 2)
            self.log.write_text(f"{place} {self.count}")
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Count the steps of every optimizer and the files that are written."""
        import safetensors.torch
        import torch
        from torch.optim.optimizer import register_optimizer_step_post_hook

        register_optimizer_step_post_hook(lambda *_: self.reach("step"))
        torch.save = self._writes(torch.save, 1)
        safetensors.torch.save_file = self._writes(safetensors.torch.save_file, 1)
        move = Path.replace

        def replace(path: Path, target: Any) -> Any:
            self.reach("rename")
            return move(path, target)

        Path.replace = replace  # type: ignore[method-assign]

    def _writes(self, save: Callable[..., Any], where: int) -> Callable[..., Any]:
        def wrapped(*given: Any, **options: Any) -> Any:
            done = save(*given, **options)
            self.reach("write", given[where])
            return done

        return wrapped


def forked(work: Callable[[], Any], base: Path, place: str = "", count: int = 0) -> Any:
    """What ``work`` returns or raises in a process of its own; None when it was killed at a place."""
    answer, log = base / "answer", base / "killed"
    answer.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    number = os.fork()
    if number == 0:
        watched = Place(place, count, log)
        try:
            watched.watch()
            done: Any = (work(), dict(watched.seen))
        except BaseException as error:
            done = error
        answer.write_bytes(pickle.dumps(done))
        os._exit(0)
    _, status = os.waitpid(number, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL and log.exists()
        return None
    found = pickle.loads(answer.read_bytes())
    if isinstance(found, BaseException):
        raise found
    return found

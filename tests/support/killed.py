"""A program that counts what happens in its run directory, and kills itself at the n-th time. See ``kills.py``.

    python -m tests.support.killed DIRECTORY LOG PLACE COUNT PROGRAM ...

PROGRAM is ``openloop`` and its words, or a script and its arguments. Every place that it comes to is a line of LOG.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openloop.cli import main
from openloop.run.store import Store

PLACES = {"started", "sent", "replies", "training", "renamed", "committed", "finished"}


class Place:
    """An observer that counts the places this process comes to, and ends it at one of them."""

    def __init__(self, directory: Path, log: Path, place: str, count: int) -> None:
        self.directory, self.place, self.count = directory, place, count
        self.log = log.open("a")
        self.seen: Counter[str] = Counter()
        self.mutex = threading.Lock()

    def __call__(self, event: str, detail: Mapping[str, Any]) -> None:
        if event in PLACES:
            self.reach(f"{event} {self._what(event, detail)}".strip())

    def reach(self, place: str) -> None:
        """Note that a place is reached, and end there if this is where to end."""
        with self.mutex:
            self.seen[place] += 1
            self.log.write(place + "\n")
            self.log.flush()
            if place == self.place and self.seen[place] == self.count:
                os.kill(os.getpid(), signal.SIGKILL)

    def _what(self, event: str, detail: Mapping[str, Any]) -> str:
        """The kind of a stage, or the folder of a file."""
        if event in ("started", "finished"):
            return str(detail["stage"])
        return Path(detail["path"]).relative_to(self.directory).parts[0] if "path" in detail else ""


def count_steps(place: Place) -> None:
    """Count the steps of every optimizer."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    register_optimizer_step_post_hook(lambda *_: place.reach("step"))


if __name__ == "__main__":
    directory, log, where, count, *program = sys.argv[1:]
    place = Place(Path(directory).resolve(), Path(log), where, int(count))
    store = Store.open(directory)  # whoever opens it in this process gets the same one
    store.observers.append(place)
    if where == "step":
        count_steps(place)
    if program[0] == "openloop":
        main(prog="openloop", words=program[1:])
    else:
        sys.argv = program
        runpy.run_path(program[0], run_name="__main__")

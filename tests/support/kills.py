"""Runs that are killed again and again, and taken up until they end; where they are killed is counted, not timed.

A place is what happens and to what: ``committed candidates``, ``started train``, ``sent``, ``replies``, ``training`` (a
step of a trainer; all as the store tells its observers), ``step`` (of an optimizer), or ``asked`` (a question has
reached a server). A kill comes at the n-th time that one process comes to a place, so that a busy machine kills where
a quiet one does.
"""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import HANG, start_python

ASKED = "asked"
STEP = "step"


def most_in_flight(concurrency: int) -> float:
    """Requests that a kill can cost: those the client lets out (a quarter more than asked for, and one), and as many
    whose replies have come and are not committed yet."""
    return concurrency * 1.25 + 1 + concurrency


@dataclass(frozen=True)
class Kill:
    """One kill that happened: at the ``count``-th time that a process came to a place."""

    place: str
    count: int


class Killer:
    """Answers the questions of a server, and kills whoever asks the n-th one: give it as the server's ``answer``."""

    def __init__(self, answer: Callable[[str, int], str] = lambda prompt, seed: f"{prompt}: {seed % 1000}") -> None:
        self.answer = answer
        self.asked = 0
        self._at = 0
        self._process: subprocess.Popen[str] | None = None
        self._named = threading.Event()

    def __call__(self, prompt: str, seed: int) -> str:
        self.asked += 1
        if self.asked == self._at:
            assert self._named.wait(HANG) and self._process is not None
            self._process.kill()
        return self.answer(prompt, seed)

    def aim(self, count: int) -> None:
        """Kill at the ``count``-th question from now; 0 kills nobody."""
        self._named.clear()
        self._at = self.asked + count if count else 0

    def name(self, process: subprocess.Popen[str]) -> None:
        """Whom to kill."""
        self._process = process
        self._named.set()


@dataclass(frozen=True)
class Program:
    """``openloop`` and its words, or a script and its arguments, that works in a run directory."""

    words: Sequence[object]
    directory: Path
    killer: Killer | None = None
    """Of the server that it asks, where it asks one."""

    def run(self, place: str = "", count: int = 0) -> list[str] | None:
        """Every place it came to, when it ended; None when it was killed at one."""
        log = self.directory.with_suffix(".places")
        log.unlink(missing_ok=True)
        if self.killer is not None:
            self.killer.aim(count if place == ASKED else 0)
        process = start_python("-m", "tests.support.killed", self.directory, log, place, count, *self.words)
        if self.killer is not None:
            self.killer.name(process)
        _, err = process.communicate(timeout=10 * HANG)
        assert process.returncode in (0, -signal.SIGKILL), err
        return log.read_text().splitlines() if process.returncode == 0 else None

    def kill_at(self, place: str, count: int) -> Kill:
        """Run up to one place, which must be reached."""
        assert self.run(place, count) is None, f"ended before it came to {place!r} {count} times"
        return Kill(place, count)

    def kill_at_each(self, order: Sequence[str]) -> list[Kill]:
        """One kill at each of the places that an uninterrupted run came to in this order."""
        last = {place: number for number, place in enumerate(order)}
        # By the last time that it comes to each: so each is still to come when its turn is there.
        return [self.kill_at(place, 1) for place in sorted(last, key=last.__getitem__)]

    def finish(self) -> None:
        """Run to the end, which must be reached."""
        assert self.run() is not None

    def count_places(self, *, steps: bool = False) -> Counter[str]:
        """Run to the end; how often it came to each place."""
        asked = self.killer.asked if self.killer else 0
        found = Counter(self.run(STEP if steps else ""))
        if self.killer is not None:
            found[ASKED] = self.killer.asked - asked
        return found

    def run_killed(self, places: Mapping[str, int], kills: int, seed: int) -> list[Kill]:
        """Run, be killed at seeded places and resume, at most so often; then run to the end. What killed it.

        ``places``: those to choose from, and how often an uninterrupted run comes to each. All are equally likely.
        """
        rng, done = random.Random(seed), []
        for _ in range(kills):
            place = rng.choice(sorted(places))
            # On average so far that all the kills fit into one run.
            count = rng.randint(1, max(1, round(2 * places[place] / (kills + 1))))
            if self.run(place, count) is not None:
                return done
            done.append(Kill(place, count))
        self.finish()
        return done

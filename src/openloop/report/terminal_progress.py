"""A live line about a run: what is being done, how far it is, and when it will end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from openloop.measures.estimate_text import significant
from openloop.run.plan import Plan
from openloop.run.stages import KINDS
from openloop.run.store import Store

ENOUGH = 20
"""Replies, and steps of a training, whose pace says how long the others take."""
UNSEEN = 1 / 3
"""Share of the work left that may be of kinds whose pace is not known yet."""
LINE_SECONDS = 15.0
"""Where there is no terminal, a line so often."""


class Remaining(ProgressColumn):
    """Time left, from the work done so far."""

    def render(self, task: Task) -> Text:
        return Text(spoken_remaining(task.fields.get("remaining")), "cyan")


def spoken_remaining(seconds: float | None) -> str:
    """``ETA 1:05``; empty where it is not known."""
    return "" if seconds is None else f"ETA {int(seconds) // 60}:{int(seconds) % 60:02d}"


@dataclass(frozen=True)
class Training:
    """A training that goes on, in seconds."""

    whole: float
    done: float


@dataclass(frozen=True)
class Replies:
    """A stage whose replies come one by one."""

    began: float
    """Monotonic seconds."""
    before: int
    """Replies that were there already."""

    def remaining(self, detail: Mapping[str, Any], now: float) -> float | None:
        """Seconds left at the pace so far; None while too few came to tell."""
        new, left = detail["done"] - self.before, detail["total"] - detail["done"]
        return (now - self.began) * left / new if new >= min(ENOUGH, left) and new else None

    @staticmethod
    def spoken(detail: Mapping[str, Any]) -> str:
        """``1,204 of 5,000 replies, 310,422 tokens, cost 0.42``."""
        said = f"{detail['done']:,} of {detail['total']:,} replies, {detail['tokens']:,} tokens"
        return said + (f", cost {detail['money']:.2f}" if detail["money"] else "")


def training_text(detail: Mapping[str, Any]) -> str:
    """``step 120 of 200, loss 1.234, 4,600 tokens/s``, from what a trainer reports."""
    said = []
    if "step" in detail:
        said.append(f"step {detail['step']:,.0f}" + (f" of {detail['of']:,.0f}" if "of" in detail else ""))
    rest = {name: value for name, value in detail.items() if name not in ("step", "of", "stage", "seconds_left")}
    pace = rest.pop("tokens_per_second", None)
    said += [f"{name.replace('_', ' ')} {significant(4)(value)}" for name, value in rest.items()]
    return ", ".join(said if pace is None else [*said, f"{pace:,.0f} tokens/s"])


class ProgressDisplay:
    """An observer of a store. The work is weighed by the time each kind of stage has taken so far."""

    def __init__(self, plan: Plan, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.left = Counter(stage.kind for stage in plan.todo)
        self.total = sum(self.left.values())
        self.spent: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.replies: dict[str, Replies] = {}
        self.places: dict[str, str] = {}
        self.trainings: dict[str, Training] = {}
        self.clock = clock
        self.began = self.spoke = clock()
        self.console = console
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:.0f} of {task.total:.0f} stages"),
            TimeElapsedColumn(),
            Remaining(),
            console=console,
            transient=True,
            refresh_per_second=4,
        )
        self.task = self.bar.add_task("starting", total=self.total, remaining=None)

    def __enter__(self) -> ProgressDisplay:
        if self.console.is_terminal:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:  # what was not started would still print an empty line
            self.bar.stop()

    def __call__(self, kind: str, detail: Mapping[str, Any]) -> None:
        if kind == "started":
            step = detail["step"]
            where = f"{step.arm} seed {step.seed} round {step.round}" if step.round else f"seed {step.seed} generator"
            purpose = "" if step.purpose == "loop" else f" {step.purpose}"
            self.places[detail["fingerprint"]] = where
            self.bar.update(self.task, description=f"{detail['stage']:<8} {where + purpose:<28}")
        elif kind == "replies":
            replies = self.replies.setdefault(detail["stage"], Replies(self.clock(), detail["done"]))
            said, remaining = replies.spoken(detail), replies.remaining(detail, self.clock())
            self.bar.update(self.task, description=said, remaining=remaining)
            self._line(said, remaining)
        elif kind == "training":
            said = f"{self.places.get(detail['stage'], 'training')}: {training_text(detail)}"
            self._note_training(detail)
            remaining = self._remaining()
            self.bar.update(self.task, description=said, remaining=remaining)
            self._line(said, remaining)
        elif kind == "finished":
            stage = str(detail["stage"])
            self.trainings.pop(detail["fingerprint"], None)
            self.done[stage] += 1
            self.spent[stage] += detail["seconds"]
            if self.left[stage] > 0:
                self.left[stage] -= 1
            else:
                self.total += 1  # a round that draws one more batch
            remaining = self._remaining()
            done = sum(self.done.values())
            self.bar.update(self.task, total=self.total, completed=done, remaining=remaining)
            self._line(f"{done} of {self.total} stages", remaining)

    def _line(self, said: str, remaining: float | None) -> None:
        """Where there is no terminal, say it on a line of its own, now and then."""
        if not self.console.is_terminal and self.clock() - self.spoke > LINE_SECONDS:
            self.spoke = self.clock()
            self.console.print(
                ", ".join(filter(None, [said, f"{self.spoke - self.began:.0f} s", spoken_remaining(remaining)])),
                soft_wrap=True,
            )

    def _note_training(self, detail: Mapping[str, Any]) -> None:
        """How far a training is that says how many steps it has, and how long it has left; not of its first steps."""
        told = detail.keys() >= {"step", "of", "seconds_left"}
        if told and min(ENOUGH, detail["of"] / 2) <= detail["step"] < detail["of"]:
            whole = detail["seconds_left"] * detail["of"] / (detail["of"] - detail["step"])
            self.trainings[detail["stage"]] = Training(whole, whole - detail["seconds_left"])

    def _remaining(self) -> float | None:
        """Seconds left: elapsed time scaled by work left over work done, each kind weighed by its own pace.

        None while most of what is left is of kinds that nothing is known of.
        """
        going_on = self.trainings.values()
        guess = max((training.whole for training in going_on), default=KINDS["train"].weight)

        def weight(kind: str) -> float:
            if self.done[kind]:
                return self.spent[kind] / self.done[kind]
            return guess if kind == "train" else KINDS[kind].weight

        begun = sum(training.done for training in going_on)
        done = sum(self.spent.values()) + begun
        left = sum(count * weight(kind) for kind, count in self.left.items()) - begun
        unseen = sum(
            count * weight(kind)
            for kind, count in self.left.items()
            if not self.done[kind] and not (kind == "train" and going_on)
        )
        if not done or unseen > UNSEEN * left:
            return None
        return (self.clock() - self.began) * max(0.0, left) / done


def watch(plan: Plan, store: Store) -> AbstractContextManager[object]:
    """Show on standard error how a run goes on, for as long as the context lasts."""
    if not plan.todo:
        return nullcontext()
    display = ProgressDisplay(plan, Console(stderr=True, highlight=False))
    store.observers.append(display)
    return display

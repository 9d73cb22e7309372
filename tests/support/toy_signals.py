"""Candidates and signals of few words, for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import openloop
from openloop.records import Candidate, Verdict
from openloop.signals.base import Declaration, Declared
from openloop.signals.function import FunctionSignal


def candidates(*completions: Any, prompts: Sequence[str] = (), prompt: Any = "2+2=", **row: Any) -> list[Candidate]:
    """One candidate for each completion, each of a prompt of its own unless ``prompts`` names them."""
    named = prompts or [f"p{i}" for i in range(len(completions))]
    return [Candidate(f"c{i}", named[i], prompt, text, row=row) for i, text in enumerate(completions)]


def outcome(verdict: Verdict) -> tuple[float | None, str, str]:
    """What a test compares of a verdict."""
    return verdict.value, verdict.outcome.value, verdict.reason


def made(function: Any, **options: Any) -> FunctionSignal:
    """A function as a signal."""
    return openloop.signal(**options)(function)


@dataclass(frozen=True)
class BatchSignal(Declared):
    """A signal whose ``score`` is the given function of the whole batch."""

    batch: Callable[[list[Candidate]], Any]

    @property
    def declared(self) -> Declaration:
        return Declaration("batch", frozenset({"program"}))

    def score(self, candidates: Sequence[Candidate]) -> Any:
        return self.batch(list(candidates))

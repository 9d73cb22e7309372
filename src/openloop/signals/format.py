"""Format: the completion is written as was asked, such as ``<think>…</think>`` and then an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.data.answers import last_text
from openloop.errors import InputError, nearest
from openloop.records import Candidate, Probe, Verdict
from openloop.scoring import score_rows
from openloop.signals.base import Declaration, Declared
from openloop.time_limits import require_seconds

SHAPES: Mapping[str, tuple[str, str, str]] = {
    "think": (
        r"\s*<think>(?:(?!</?think>).)+</think>\s*(?:(?!</?think>).)*\S\s*",
        "<think>2 + 3</think>\n5",
        "5",
    ),
    "think-answer": (
        r"\s*<think>(?:(?!</?think>).)+</think>\s*<answer>(?:(?!</?answer>).)*\S(?:(?!</?answer>).)*</answer>\s*",
        "<think>2 + 3</think>\n<answer>5</answer>",
        "<think>2 + 3</think>\n5",
    ),
    "boxed": (r"(?>.*?\\boxed\{).+\}.*", "It is \\boxed{5}.", "It is 5."),
    "hashes": (r".*####[ \t]*[^\s#][^\n]*\s*", "2 + 3\n#### 5", "2 + 3 = 5"),
}
"""Name → a pattern of the whole completion, one that has the shape, one that has not."""


@dataclass(frozen=True)
class Format(Declared):
    """See :func:`format`."""

    pattern: str
    examples: tuple[Probe, ...]
    """A completion that has the shape, and some that have not."""
    seconds: float | None
    version: ClassVar[str] = "1"

    @cached_property
    def declared(self) -> Declaration:
        return Declaration("format", frozenset({"completion"}), probes=self.examples)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        pattern = re.compile(self.pattern, re.DOTALL)

        def judge(candidate: Candidate) -> Verdict:
            return Verdict(float(bool(pattern.fullmatch(written(candidate)))))

        return score_rows(candidates, judge, self.seconds)  # a user's own pattern may never end


def written(candidate: Candidate) -> str:
    """The completion as the model wrote it: reasoning that was kept apart stands before it again."""
    said = last_text(candidate.completion)
    return said if candidate.reasoning is None else f"<think>{candidate.reasoning}</think>\n{said}"


def format(shape: str = "think", *, pattern: str = "", seconds: float | None = 5.0) -> Format:
    """1 when the completion has the given shape, 0 when not: a name of :data:`SHAPES`, or a regular expression
    (``pattern``) that matches the whole completion.

    It looks at nothing but the text, so it brings no outside information and says nothing about being right. A row that
    takes longer than ``seconds`` is a TIMEOUT. Raises InputError.
    """
    require_seconds(seconds, "format")
    if pattern:
        try:
            re.compile(pattern, re.DOTALL)
        except re.error as error:
            raise InputError(f"format: {pattern!r:.80} is not a regular expression: {error}.") from None
        return Format(pattern, (), seconds)
    if shape not in SHAPES:
        raise InputError(f"format: no shape {shape!r}; {nearest(shape, SHAPES)}")
    matched, good, bad = SHAPES[shape]
    examples = (Probe("2 + 3 =", good, True), Probe("2 + 3 =", bad, False), Probe("2 + 3 =", "", False))
    return Format(matched, examples, seconds)

"""Format: the completion is written as was asked, such as ``<think>…</think>`` and then an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Kind, Scope
from openloop.errors import InputError, nearest
from openloop.records import Candidate, Probe, Verdict
from openloop.signals.checking import within
from openloop.signals.exact import last_text

SECONDS = 5.0
"""What a pattern may take on one completion."""

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
class Format:
    """See :func:`format`."""

    pattern: str
    probes: tuple[Probe, ...]
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "format"
    kind: ClassVar[Kind] = "hard"
    depends_on: ClassVar[frozenset[str]] = frozenset({"generator"})
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    accept_at: ClassVar[float] = 1.0
    scope: ClassVar[Scope] = "candidate"

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        pattern = re.compile(self.pattern, re.DOTALL)
        # A pattern of somebody's own may take for ever.
        return [within(SECONDS, lambda c=candidate: _matched(pattern, c)) for candidate in candidates]  # type: ignore[misc]


def _matched(pattern: re.Pattern[str], candidate: Candidate) -> Verdict:
    return Verdict(float(bool(pattern.fullmatch(written(candidate)))))


def written(candidate: Candidate) -> str:
    """The completion as the model wrote it: reasoning that was kept apart stands before it again."""
    said = last_text(candidate.completion)
    return said if candidate.reasoning is None else f"<think>{candidate.reasoning}</think>\n{said}"


def format(shape: str = "think", *, pattern: str = "") -> Format:
    """1 when the completion has a shape, 0 when not: a name of :data:`SHAPES`, or a regular ``pattern`` of the whole.

    It looks at nothing but the text, so it brings no outside information and says nothing of being right.
    """
    if pattern:
        try:
            re.compile(pattern, re.DOTALL)
        except re.error as error:
            raise InputError(f"format: the pattern {pattern!r:.80} is none: {error}.") from None
        return Format(pattern, ())
    if shape not in SHAPES:
        raise InputError(f"format: no shape {shape!r}; {nearest(shape, SHAPES)}")
    matched, good, bad = SHAPES[shape]
    return Format(matched, (Probe("2 + 3 =", good, True), Probe("2 + 3 =", bad, False), Probe("2 + 3 =", "", False)))

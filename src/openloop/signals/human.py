"""Human: labels that people gave, read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from openloop.contracts import Kind, Scope
from openloop.data import Source
from openloop.data.tables import text_of
from openloop.errors import DataError
from openloop.records import Candidate, Content, Outcome, Probe, Verdict

YES, NO = {"true", "yes", "good", "1", "1.0"}, {"false", "no", "bad", "0", "0.0"}


@dataclass(frozen=True)
class Human:
    """See :func:`human`."""

    source: Source
    column: str
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "human"
    kind: ClassVar[Kind] = "human"
    depends_on: ClassVar[frozenset[str]] = frozenset({"people"})
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    accept_at: ClassVar[float] = 1.0
    scope: ClassVar[Scope] = "candidate"
    probes: ClassVar[tuple[Probe, ...]] = ()

    @cached_property
    def _labels(self) -> dict[tuple[str, str], float | None]:
        """By prompt and completion; None where two people differ."""
        rows = self.source.load()
        found: dict[tuple[str, str], float | None] = {}
        for number, row in enumerate(rows.rows, 1):
            if self.column not in row or row.get("completion") is None:
                raise DataError(f"{self.source.path}: row {number} needs a completion and {self.column!r}.")
            value = _value(row[self.column], f"{self.source.path}: row {number}")
            if value is None:
                continue
            key = _key(row["prompt"], row["completion"])
            found[key] = value if found.get(key, value) == value else None
        return found

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [self._one(candidate) for candidate in candidates]

    def _one(self, candidate: Candidate) -> Verdict:
        key = _key(candidate.prompt, candidate.completion)
        if key not in self._labels:
            return Verdict(None, Outcome.ABSTAINED, "not_labelled")
        label = self._labels[key]
        return Verdict(None, Outcome.ABSTAINED, "labels_differ") if label is None else Verdict(label)


def human(path: str, *, column: str = "gold", base: Path | None = None) -> Human:
    """Labels of the file at ``path`` (seen from ``base``, in a recipe the recipe's folder), as an audit draws them.

    ``column`` holds true or false, good or bad, 1 or 0, or nothing yet. Rows are told by prompt and completion.

    A row without a label abstains, and so does one whose labels differ.
    """
    return Human(Source((base or Path()) / path), column)


def _key(prompt: Content, completion: Content) -> tuple[str, str]:
    return text_of(prompt), text_of(completion)


def _value(held: Any, where: str) -> float | None:
    said = str(held).strip().casefold()
    if held is None or said == "":
        return None
    if said in YES or said in NO:
        return float(said in YES)
    raise DataError(f"{where}: the label {held!r:.40} is none; allowed: true, false, good, bad, 1, 0, or nothing.")

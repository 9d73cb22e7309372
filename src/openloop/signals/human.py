"""Human: labels that people gave, read from a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from openloop.contracts import Kind, Scope
from openloop.data import Source
from openloop.data.content import text_of
from openloop.data.file_rows import file_rows
from openloop.data.recognise import NamedColumns
from openloop.errors import DataError
from openloop.records import Candidate, Content, Outcome, Probe, Verdict


@dataclass(frozen=True)
class Human:
    """See :func:`human`."""

    source: Source
    column: str | None
    version: ClassVar[str] = "2"
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
        self.source.require_unchanged()
        named = NamedColumns(gold=self.column, gold_option="column=")
        roles, rows, _ = file_rows(self.source.path, named, ask=False)
        if roles.gold is None:
            raise DataError(f"{self.source.path}: no column of labels was found. Name it: column='...'.")
        found: dict[tuple[str, str], float | None] = {}
        for row in rows:
            value = row.gold(roles)
            if not math.isnan(value):
                key = _key(row.prompt, row.completion)
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


def human(path: str, *, column: str | None = None, base: Path | None = None) -> Human:
    """Labels that people gave, from the file at ``path`` (relative to ``base``; in a recipe, to the recipe's folder).

    Prompt, completion and label are found as the audit finds them, so the file that it writes with ``--to-label`` fits
    as it is. ``column`` names the label (``gold``), or a comparison (``rating>=4``); it holds true/false, yes/no,
    good/bad, ... or nothing yet. A candidate is matched to a label by its prompt and completion.

    A candidate without a label abstains, and so does one whose labels differ.
    """
    return Human(Source((base or Path()) / path), column)


def _key(prompt: Content, completion: Content) -> tuple[str, str]:
    return text_of(prompt), text_of(completion)

"""What an audit says: one decision, the findings behind it, the estimates behind those. Plain data, no rendering."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal

from openloop.auditing.prompt_influence import PromptInfluence
from openloop.data.recognise import ColumnUse
from openloop.records import Estimate

BLOCKING_CHECKS: Mapping[str, str] = {
    "contamination": "no row that is kept holds a text of the evaluation set",
    "constant-completion-wins": "the verifier is not fooled by one text given to every prompt",
    "stratum-below-target": "no group of the kept rows is surely too bad",
    "torn-labels": "no rows on which people disagree could change the decision",
    "identical-pairs": "the two responses of a pair differ",
}
"""Findings that may block training, and what holds where there is none: the test cases of a JUnit report."""


class Decision(StrEnum):
    """What to do with the file."""

    TRAIN = "TRAIN"
    SELECT_FIRST = "SELECT FIRST"
    DO_NOT_TRAIN = "DO NOT TRAIN"
    LABEL_FIRST = "LABEL FIRST"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a user should know before training."""

    id: str
    """``over-optimised-verifier``, ``length-shortcut``, ...; see docs/reference/audit.md."""
    weight: float
    """0 to 1: how much it should weigh; findings are listed by it."""
    text: str
    rows: tuple[int, ...] = ()
    """Places of rows that show it, from 0."""
    blocking: bool = False
    """Whether it forbids TRAIN as the file stands."""


@dataclass(frozen=True, slots=True)
class NamedEstimate:
    """One named estimate; ``stratum`` is empty for the whole file, else ``column=value``."""

    name: str
    estimate: Estimate
    stratum: str = ""

    def to_json(self) -> dict[str, Any]:
        """Flat, with null where there is no number."""
        return {"name": self.name, "stratum": self.stratum, **_plain(self.estimate)}


Unit = Literal["share", "rows", "change", "number"]
"""``rows``: the estimate is a share of ``n`` rows that were counted; ``change``: of a share, in percentage points."""


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """One of the few numbers that a decision rests on, in plain words."""

    name: str
    """Of the estimate, or ``rows.kept``."""
    label: str
    """For people: ``bad rows among those kept``."""
    estimate: Estimate
    unit: Unit = "share"

    def to_json(self) -> dict[str, Any]:
        """Flat, with null where there is no number."""
        return {"name": self.name, "label": self.label, "unit": self.unit, **_plain(self.estimate)}


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a row stands in a file."""

    file: str
    line: int | None
    """From 1; None where the file has no lines, such as Parquet."""


@dataclass(frozen=True, slots=True)
class ChosenSelection:
    """A selection that would do: how it is named, what it keeps, and the line of a recipe that makes it."""

    name: str
    kept: int
    bad_after: Estimate
    recipe: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Points to draw: a title, what x is, and an estimate at each x."""

    title: str
    x: tuple[str, ...]
    y: tuple[Estimate, ...]


@dataclass(frozen=True)
class Audit:
    """The audit of a file, as plain data. ``to_json()`` is what ``--json`` writes."""

    decision: Decision
    sentence: str
    """The decision with its reason, one sentence."""
    rows: int
    findings: Sequence[Finding]
    estimates: Sequence[NamedEstimate]
    unmeasured: Sequence[str]
    """What could not be measured, and why."""
    worst: Sequence[Mapping[str, Any]]
    """Up to three rows that the verifier passed and that are worst: place, prompt, completion, verdict, gold, why."""
    curves: Sequence[Curve]
    selection: ChosenSelection | None
    to_label: Mapping[str, Any] | None
    """With LABEL FIRST: how many rows to label, and the file they were written to."""
    said: Sequence[str]
    """What was detected in the file, in sentences."""
    max_bad: float
    level: float
    target: str
    """What the intervals are about: ``process`` (behind the file) or ``file``."""
    wrote: Sequence[str] = ()
    """What --keep wrote, or why it wrote nothing, in sentences."""
    wrote_to_generate: Sequence[str] = ()
    """The same of --to-generate."""
    name: str = ""
    """What was audited: a path, or ``rows in memory``."""
    gold_to_name: str = ""
    """Where nobody said which values of gold are good: a comparison that does, such as ``human_score>=4``."""
    numbers: Sequence[KeyNumber] = ()
    """At most five: what the decision rests on first."""
    row_numbers: Sequence[KeyNumber] = ()
    """At most five about the rows themselves, where they were compared with others."""
    compared_with: Sequence[str] = ()
    """What the rows were compared with: real rows, earlier ones."""
    places: Mapping[int, RowPlace] = field(default_factory=dict)
    """Where the rows of findings and the worst rows stand, by their place from 0; only rows that are in files."""
    influences: Mapping[str, PromptInfluence] = field(default_factory=dict, repr=False, compare=False)
    """How far each prompt moves an estimate, by its name: for comparisons with another audit; not in the JSON."""
    unit: str = "rows"
    """What the rows are, for people: ``rows``, or ``pairs`` of responses."""
    columns: Sequence[ColumnUse] = ()
    """What each column of the file was taken for, why, and the option that changes it."""

    def estimate(self, name: str, stratum: str = "") -> Estimate:
        """One estimate by name. Raises KeyError."""
        for line in self.estimates:
            if (line.name, line.stratum) == (name, stratum):
                return line.estimate
        raise KeyError(f"{name} {stratum}".strip())

    def to_json(self) -> dict[str, Any]:
        """Plain values; NaN and missing bounds are null."""
        return {
            "name": self.name,
            "decision": self.decision.value,
            "sentence": self.sentence,
            "numbers": [number.to_json() for number in self.numbers],
            "row_numbers": [number.to_json() for number in self.row_numbers],
            "compared_with": list(self.compared_with),
            "rows": self.rows,
            "unit": self.unit,
            "max_bad": self.max_bad,
            "level": self.level,
            "target": self.target,
            "findings": [asdict(finding) for finding in self.findings],
            "estimates": [line.to_json() for line in self.estimates],
            "unmeasured": list(self.unmeasured),
            "worst": [dict(row) for row in self.worst],
            "curves": [
                {"title": c.title, "points": [{"x": x, **_plain(y)} for x, y in zip(c.x, c.y, strict=True)]}
                for c in self.curves
            ],
            "selection": None
            if self.selection is None
            else {
                "name": self.selection.name,
                "kept": self.selection.kept,
                "bad_after": _plain(self.selection.bad_after),
                "recipe": self.selection.recipe,
            },
            "to_label": None if self.to_label is None else dict(self.to_label),
            "said": list(self.said),
            "wrote": list(self.wrote),
            "wrote_to_generate": list(self.wrote_to_generate),
            "gold_to_name": self.gold_to_name,
            "columns": [asdict(use) for use in self.columns],
        }


def _plain(estimate: Estimate) -> dict[str, Any]:
    values = asdict(estimate)
    return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in values.items()}

"""Two audits or more beside each other: how far apart their numbers are, and what only one of them found.

    compare_audits({"old.jsonl": openloop.audit("old.jsonl"), "new.jsonl": openloop.audit("new.jsonl")})

A difference has bounds by the square-and-add method from the intervals of both. Where both hold rows of the same
prompts, the two shares go together, and the bounds allow for it; else the files count as independent samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from openloop.auditing.key_numbers import BAD_NOW
from openloop.auditing.prompt_influence import LEAST_SHARED
from openloop.auditing.result import Audit, KeyNumber
from openloop.data.gold import short
from openloop.data.html_table import html_table
from openloop.errors import InputError
from openloop.measures.combined_intervals import difference

LARGEST = 6
"""Audits that are compared at once."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a number of one file is from the same number of the first."""

    name: str
    label: str
    value: float | None
    """Of this file less that of the first."""
    low: float | None
    high: float | None
    shared: int
    """Prompts in both, through which the two go together; 0: independent samples."""


@dataclass(frozen=True, slots=True)
class ComparedAudit:
    """One file of a comparison, against the first."""

    name: str
    audit: Audit
    differences: Sequence[Difference]
    """Empty for the first."""
    verdict: str
    """One sentence; empty for the first."""
    only_here: Sequence[str]
    """Findings that the first does not have."""
    not_here: Sequence[str]
    """Findings that only the first has."""
    read_otherwise: Sequence[str]
    """What was said of this file's columns and not of the first's."""


@dataclass(frozen=True, slots=True)
class AuditComparison:
    """Audits beside the first of them."""

    files: Sequence[ComparedAudit]
    level: float
    """At which all differences of one number hold together."""

    def __repr__(self) -> str:
        return "\n".join(" ".join(cells) for cells in self._cells())

    def _repr_html_(self) -> str:
        rows = [(name.rstrip(":"), decision.rstrip(":"), said) for name, decision, said in self._cells()]
        rows = [(name.rstrip(":"), decision.rstrip(":"), said) for name, decision, said in self._cells()]
        return html_table(("data", "decision", "beside the first"), rows)

    def _cells(self) -> list[tuple[str, str, str]]:
        return [
            (f"{file.name}:", f"{file.audit.decision.value}:", file.verdict or f"{file.audit.rows:,} {file.audit.unit}")
            for file in self.files
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain values; the audits in full."""
        return {
            "level": self.level,
            "files": [
                {
                    "name": file.name,
                    "verdict": file.verdict,
                    "differences": [asdict(one) for one in file.differences],
                    "findings_only_here": list(file.only_here),
                    "findings_not_here": list(file.not_here),
                    "read_otherwise": list(file.read_otherwise),
                    "audit": file.audit.to_json(),
                }
                for file in self.files
            ],
        }


def compare_audits(audits: Mapping[str, Audit]) -> AuditComparison:
    """Each audit against the first one, by name. Raises InputError for what is no audit, fewer than two, too many, or
    other levels."""
    given: object = audits
    given_audits: list[Any] = list(given.values()) if isinstance(given, Mapping) else [given]
    wrong = [one for one in given_audits if not isinstance(one, Audit)]
    if wrong:
        raise InputError(
            "compare: audits by name, such as compare_audits({'old': openloop.audit('old.jsonl'), 'new': "
            f"openloop.audit('new.jsonl')}}), got {short(wrong[0])}."
        )
    if not 2 <= len(audits) <= LARGEST:
        raise InputError(f"compare: 2 to {LARGEST} audits, got {len(audits)}.")
    for option in ("level", "target"):
        held = {name: getattr(audit, option) for name, audit in audits.items()}
        if len(set(held.values())) > 1:
            said = ", ".join(f"{name} {value}" for name, value in held.items())
            raise InputError(f"compare: audits made with the same --{option.replace('_', '-')}; got {said}.")
    (first_name, first), *others = audits.items()
    level, pairs = first.level, len(others)
    stretch = _quantile(1 - (1 - level) / pairs) / _quantile(level)  # all pairs together (Bonferroni)
    files = [ComparedAudit(first_name, first, (), "", (), (), ())]
    files += [_against(first_name, first, name, audit, stretch) for name, audit in others]
    return AuditComparison(files, level)


def all_numbers(audit: Audit) -> list[KeyNumber]:
    """Those of the decision, and those about the rows themselves."""
    return [*audit.numbers, *audit.row_numbers]


def _against(first_name: str, first: Audit, name: str, audit: Audit, stretch: float) -> ComparedAudit:
    before = {number.name: number for number in all_numbers(first)}
    found = [
        _difference(before[number.name], number, first, audit, stretch)
        for number in all_numbers(audit)
        if number.name in before and number.unit == "share"
    ]
    mine, its = ({finding.id: None for finding in one.findings} for one in (audit, first))
    return ComparedAudit(
        name,
        audit,
        found,
        _verdict(first_name, name, next((one for one in found if one.name == BAD_NOW), None)),
        [id for id in mine if id not in its],
        [id for id in its if id not in mine],
        [text for text in audit.said if text not in first.said],
    )


def _difference(before: KeyNumber, after: KeyNumber, first: Audit, audit: Audit, stretch: float) -> Difference:
    one, other = before.estimate, after.estimate
    if math.isnan(one.value) or math.isnan(other.value):
        return Difference(after.name, _label(before, after), None, None, None, 0)
    mine, its = first.influences.get(after.name), audit.influences.get(after.name)
    shared, correlation = 0, 0.0
    if mine is not None and its is not None and mine.shared(its) >= LEAST_SHARED:
        shared, correlation = mine.shared(its), mine.correlation(its)
    low, high = difference(one, other, correlation, stretch)
    value = other.value - one.value
    return Difference(after.name, _label(before, after), value, _in_range(low), _in_range(high), shared)


def _label(before: KeyNumber, after: KeyNumber) -> str:
    """One file may have a verifier that accepts some rows, and another none."""
    return after.label if after.label == before.label else f"{before.label} / {after.label}"


def _in_range(bound: float | None) -> float | None:
    return None if bound is None else min(1.0, max(-1.0, bound))


def _verdict(first: str, name: str, bad: Difference | None) -> str:
    """Which file has fewer bad rows, where that can be told."""
    if bad is None or bad.value is None:
        return f"{first} and {name} cannot be told apart: the share of bad rows is not known in both."
    if bad.low is None or bad.high is None:
        return f"{first} and {name} cannot be told apart: too few labels."
    points = f"{100 * bad.value:+.1f} points [{100 * bad.low:+.1f}, {100 * bad.high:+.1f}]"
    if bad.low == bad.high == 0:
        return f"{first} and {name} have the same share of bad rows."
    if bad.low <= 0 <= bad.high:
        return f"{first} and {name} cannot be told apart by their bad rows: {points}."
    return f"{name} has {'fewer' if bad.value < 0 else 'more'} bad rows than {first}: {points}."


def _quantile(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)

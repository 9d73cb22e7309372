"""The first screen of an audit as plain data: what somebody must know, in few words. The rest is under ``--all``."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.auditing.key_numbers import BAD_AFTER, BAD_NOW
from openloop.auditing.result import Audit, Decision, Finding, KeyNumber
from openloop.measures.estimate_text import estimate_text, fixed, percent, points
from openloop.report.next_step import Again, NextStep, next_step

FINDINGS = 5
LABELLED = (BAD_NOW, BAD_AFTER)
"""Numbers that rest on distinct labelled texts."""
COMPARISONS = ("missing cells:", "drift:", "real.auc:", "diversity against", "similarity of responses")
"""How sentences begin that say why the rows are not compared with others."""
_ASIDE = re.compile(r"\s*\([^()]*\)|\s*\[[-+\d.,%? ]+\]")
"""What a finding says in brackets: thresholds, p-values, intervals. The full text is under ``--all``."""
_FLAG = re.compile(r"(?<!\S)\(?--\w")


@dataclass(frozen=True, slots=True)
class BriefFinding:
    """A finding without its asides."""

    text: str
    id: str
    blocking: bool
    alike: int
    """Further findings of the same kind, such as of other groups of rows; they are not shown."""


@dataclass(frozen=True, slots=True)
class BriefNumber:
    """One number in words."""

    label: str
    text: str
    """``28.9% [25.2%, 32.7%]``."""
    of: str
    """What it rests on."""


@dataclass(frozen=True, slots=True)
class BriefRow:
    """A row to look at."""

    where: str
    prompt: str
    completion: str


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """What the first screen says, in its order."""

    decision: Decision
    sentence: str
    step: NextStep
    findings: Sequence[BriefFinding]
    """The weightiest ones; the others are counted in :attr:`n_findings`."""
    n_findings: int
    numbers: Sequence[BriefNumber]
    row_numbers: Sequence[BriefNumber]
    """About the rows themselves, where they were compared with others."""
    compared_with: str
    not_compared: str
    """What could not be compared, and why; empty where everything could."""
    level: float
    worst: Sequence[BriefRow]
    accepted: bool
    """Whether the worst rows are some that the verifier accepted."""
    read: str
    """How the columns were understood; first what an option would change."""
    n_estimates: int
    n_unmeasured: int
    more: str
    """How to see the rest."""


def audit_summary(audit: Audit, again: Again) -> AuditSummary:
    """Of an audit that was made by the call ``again``."""
    return AuditSummary(
        decision=audit.decision,
        sentence=audit.sentence,
        step=next_step(audit, again),
        findings=_findings(audit.findings),
        n_findings=len(audit.findings),
        numbers=[_number(number, audit.unit) for number in audit.numbers],
        row_numbers=[_number(number, audit.unit) for number in audit.row_numbers],
        compared_with=" and ".join(audit.compared_with),
        not_compared=_not_compared(audit),
        level=audit.level,
        worst=[BriefRow(_where(row), row["prompt"], row["completion"]) for row in audit.worst],
        accepted=any(row["verdict"] is not None for row in audit.worst),
        # What names an option can be changed by it: that is what somebody may have to correct.
        read="; ".join(sorted(audit.said, key=lambda text: _FLAG.search(text) is None)),
        n_estimates=len(audit.estimates),
        n_unmeasured=len(audit.unmeasured),
        more=again.more,
    )


def _not_compared(audit: Audit) -> str:
    """Of what was asked for by naming other rows."""
    if not audit.compared_with:
        return ""
    found = [text for text in audit.unmeasured if text.startswith(COMPARISONS)]
    return f"not measured: {'; '.join(found)}" if found else ""


def _findings(findings: Sequence[Finding]) -> list[BriefFinding]:
    """The weightiest one of each kind."""
    kinds = Counter(finding.id for finding in findings)
    first = {finding.id: finding for finding in reversed(findings)}
    shown = [finding for finding in findings if finding is first[finding.id]][:FINDINGS]
    return [BriefFinding(_ASIDE.sub("", f.text), f.id, f.blocking, kinds[f.id] - 1) for f in shown]


def number_text(number: KeyNumber) -> str:
    """``28.9% [25.2%, 32.7%]``, or ``1,670 of 2,400``."""
    e = number.estimate
    if number.unit == "rows":
        return f"{round(e.value * e.n):,} of {e.n:,}"
    if math.isnan(e.value):
        return "not known"
    if number.unit == "number":
        return estimate_text(e, fixed(0))
    if number.unit == "change":
        return f"{estimate_text(e, points(1))} points"
    if e.low is not None and e.low == e.high:
        return f"{e.value:.2%}, counted"
    return estimate_text(e, percent(1))


def _number(number: KeyNumber, unit: str) -> BriefNumber:
    e = number.estimate
    what = "labels" if number.name in LABELLED else unit
    rests = "" if number.unit == "rows" else f"from {e.n:,} {what if e.n != 1 else what.removesuffix('s')}"
    return BriefNumber(number.label, number_text(number), rests)


def _where(row: Mapping[str, Any]) -> str:
    verdict = row["verdict"]
    return f"{row['where']}{f' · verdict {verdict:.3g}' if isinstance(verdict, int | float) else ''} · {row['why']}"

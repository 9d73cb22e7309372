"""A receipt for a signal: what becomes of the rows of a file when it scores them."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.arrays import Values
from openloop.auditing.gold_cells import GoldCells
from openloop.contracts import Signal
from openloop.data import content_id
from openloop.data.collector import collector_paused
from openloop.data.content import text_of
from openloop.data.file_rows import FileRow, file_rows
from openloop.data.gold import Unreadable, reference_hint, unreadable
from openloop.data.messages import left_out_said
from openloop.data.recognise import ColumnRoles, NamedColumns
from openloop.errors import InputError
from openloop.measures.rank_correlation import spearman
from openloop.measures.verifier_quality import quality
from openloop.records import Candidate, Estimate, Outcome, Verdict
from openloop.scoring import checked_verdicts
from openloop.selection.base import VerdictList, accepted, prompts_of
from openloop.signals.probes import require_probes

RANK_CORRELATION = "rank_correlation"
"""Name of the estimate where gold is a number."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """Rows that have no score for one reason, with the first of them as an example."""

    outcome: Outcome
    reason: str
    """In brief: ``no_gold``, ``KeyError``."""
    rows: int
    first: str
    """Where the first one stands: ``rows.jsonl: line 7``."""
    message: str
    """What was said of that one."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a signal did with a file. Unscored rows are counted apart: the accept rate is over scored rows only."""

    signal: str
    probes: str
    """What the signal was tried on before it scored."""
    rows: int
    outcomes: Mapping[Outcome, int]
    accept_rate: float | None
    """None where nothing was scored, or where the signal does not accept."""
    seconds: float
    quality: Mapping[str, Estimate]
    """With gold: ``phi`` = P(accept | good), ``psi`` = P(accept | bad), rows of one prompt being one cluster.
    Where gold is a number: ``rank_correlation``, Spearman's ρ of score and gold."""
    read: str = ""
    """Which columns are the prompt and the completion, and how many completions say nothing."""
    unscored: Sequence[Unscored] = ()
    """Why rows have no score, the most frequent reason first."""

    @property
    def scored(self) -> int:
        """Rows that have a score."""
        return self.outcomes.get(Outcome.SCORED, 0)

    def to_json(self) -> dict[str, Any]:
        """Flat, as ``--json`` prints it."""
        estimates = {name: _plain(estimate) for name, estimate in self.quality.items()}
        return {
            **({"read": self.read} if self.read else {}),
            "signal": self.signal,
            "probes": self.probes,
            "rows": self.rows,
            **{outcome.value: self.outcomes.get(outcome, 0) for outcome in Outcome},
            "accept_rate": self.accept_rate,
            "seconds": round(self.seconds, 3),
            "unscored": [asdict(one) for one in self.unscored],
            **estimates,
        }


def receipt(
    file: Path,
    signal: Signal,
    *,
    gold: str | None = None,
    prompt: str | None = None,
    completion: str | None = None,
    out: Path | None = None,
) -> Receipt:
    """Score every completion of a file.

    ``gold``, ``prompt`` and ``completion`` name columns as in the audit; ``out`` writes the verdicts as JSON lines.
    Raises DataError for a file that cannot be read, ProbeError for a signal that fails its own probes, and InputError
    for gold that says good or bad with a signal that does not accept.
    """
    proof = require_probes(signal)
    roles, rows, calling = file_rows(file, NamedColumns(prompt, completion, gold))
    truth, gold_score = (None, None) if gold is None else _gold(roles, rows)
    if truth is not None and signal.accept_at is None:
        raise InputError(f"--gold: the signal {signal.name!r} has no accept_at, so φ and ψ are undefined.")
    with collector_paused():
        candidates = [_candidate(number, row) for number, row in enumerate(rows)]
    began = time.perf_counter()
    verdicts = checked_verdicts(signal, candidates)
    seconds = time.perf_counter() - began
    if out is not None:
        filesystem.write_text(out, "".join(_line(c, v) for c, v in zip(candidates, verdicts, strict=True)))
    measured: dict[str, Estimate] = {}
    rate = None
    if gold_score is not None:
        values = VerdictList(signal.name, signal.accept_at, verdicts).values
        measured = {RANK_CORRELATION: spearman(values, gold_score, prompts_of(candidates))}
    if signal.accept_at is not None:
        accept = accepted(VerdictList(signal.name, signal.accept_at, verdicts).values, signal.accept_at)
        n_scored = int((~np.isnan(accept)).sum())
        rate = float(np.nansum(accept)) / n_scored if n_scored else None
        found = {} if truth is None else quality(truth, accept, prompts_of(candidates))
        measured |= {name: found[name] for name in ("phi", "psi") if found}
    counts = Counter(verdict.outcome for verdict in verdicts)
    unscored = _unscored(rows, verdicts)
    notes = [] if gold_score is None else [_said_of_score(roles)]
    notes += [left_out_said(calling)] if calling else []
    read = "; ".join([_read(roles, rows), *notes])
    return Receipt(signal.name, proof, len(candidates), counts, rate, seconds, measured, read, unscored)


def _gold(roles: ColumnRoles, rows: Sequence[FileRow]) -> tuple[Values | None, Values | None]:
    """Good or bad, shape [N], or a score [N] where gold is a number: the other is None. Raises DataError."""
    if roles.gold is None or reference_hint(roles.gold.path):  # right answers may be numbers too, and are no labels
        return np.array([row.gold(roles) for row in rows]), None
    cells = GoldCells(roles.gold)
    for row in rows:
        try:
            cells.add(row.whole)
        except Unreadable as error:
            raise unreadable(roles.gold, error.args[0], row.where) from None
    stray = cells.stray()
    if stray is not None:
        raise unreadable(roles.gold, stray[1], rows[stray[0]].where)
    return (None, cells.score()) if cells.is_score else (cells.gold(), None)


def _said_of_score(roles: ColumnRoles) -> str:
    column = roles.gold.path if roles.gold is not None else "gold"
    return (
        f"gold = {column}, a number: the rank correlation with it is Spearman's ρ; for φ and ψ say which values are "
        f"good, as in --gold '{column}>=0.5'"
    )


def _read(roles: ColumnRoles, rows: Sequence[FileRow]) -> str:
    empty = sum(not text_of(row.completion).strip() for row in rows)
    said = [roles.melted.said()] if roles.melted is not None else []
    said.append(replace(roles.texts, title="", note="").said)
    said += [f"{empty:,} of {len(rows):,} completions are empty"] if empty else []
    return "; ".join(said)


def _unscored(rows: Sequence[FileRow], verdicts: Sequence[Verdict]) -> list[Unscored]:
    """By outcome and reason; what an exception said of single rows is no reason of its own."""
    found: dict[tuple[Outcome, str], list[int]] = {}
    for place, verdict in enumerate(verdicts):
        if verdict.outcome is not Outcome.SCORED:
            reason = verdict.reason.partition(":")[0].strip() or "no reason given"
            found.setdefault((verdict.outcome, reason), []).append(place)
    return [
        Unscored(outcome, reason, len(places), rows[places[0]].where, _message(verdicts[places[0]], reason))
        for (outcome, reason), places in sorted(found.items(), key=lambda item: -len(item[1]))
    ]


def _message(verdict: Verdict, reason: str) -> str:
    said = [verdict.reason.removeprefix(reason).lstrip(": "), verdict.detail.strip()]
    return " ".join("; ".join(part for part in said if part).split())[:300]


def _candidate(number: int, row: FileRow) -> Candidate:
    return Candidate(str(number), content_id(row.prompt), row.prompt, row.completion, row=row.others)


def _line(candidate: Candidate, verdict: Verdict) -> str:
    held: dict[str, Any] = {"id": candidate.id, "value": verdict.value, "outcome": verdict.outcome}
    held["reason"] = verdict.reason
    if verdict.parts:
        held["parts"] = dict(verdict.parts)
    return json.dumps(held) + "\n"


def _plain(estimate: Estimate) -> dict[str, Any]:
    names = ("value", "low", "high", "n", "n_unscored")
    held = {name: getattr(estimate, name) for name in names}
    return held | {"value": None if math.isnan(estimate.value) else estimate.value}

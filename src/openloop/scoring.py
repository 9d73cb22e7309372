"""Score a file of rows with one signal."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import openloop.signals as shipped
from openloop import filesystem
from openloop.contracts import Signal
from openloop.data import Source, prompts
from openloop.errors import DataError, InputError
from openloop.records import Candidate, Outcome
from openloop.references import build
from openloop.signals.base import checked, require_probes


def score_file(file: Path, spec: str, out: Path | None = None) -> dict[str, Any]:
    """Score every row that has a completion; counts by outcome, accept rate, seconds.

    Unscored rows are counted apart: the accept rate is over scored rows only.
    """
    signal = build(spec, base=Path(), shipped=shipped)
    if not isinstance(signal, Signal):
        raise InputError(f"--signal {spec!r} is no signal; see openloop.contracts.Signal.")
    proof = require_probes(signal)
    candidates = file_candidates(file)
    began = time.perf_counter()
    verdicts = checked(signal, candidates)
    seconds = time.perf_counter() - began
    counts = Counter(verdict.outcome for verdict in verdicts)
    accepted = None
    if signal.accept_at is not None and counts[Outcome.SCORED]:
        passed = sum(v.value is not None and v.value >= signal.accept_at for v in verdicts)
        accepted = passed / counts[Outcome.SCORED]
    if out is not None:
        lines = [
            json.dumps(
                {"id": c.id, "value": v.value, "outcome": v.outcome, "reason": v.reason, **_parts(v.parts)}
            )
            for c, v in zip(candidates, verdicts, strict=True)
        ]
        filesystem.write_text(out, "\n".join(lines) + "\n")
    return {
        "signal": signal.name,
        "probes": proof,
        "rows": len(candidates),
        **{outcome.value: counts[outcome] for outcome in Outcome},
        "accept_rate": accepted,
        "seconds": round(seconds, 3),
    }


def file_candidates(file: Path) -> list[Candidate]:
    """The rows of a file as candidates: each needs a prompt and a completion."""
    rows = Source(file).load()
    candidates = []
    for number, (row, prompt) in enumerate(zip(rows.rows, prompts(rows), strict=True)):
        completion = row.get("completion")
        if completion is None:
            raise DataError(f"{file}: row {number + 1} has no completion to score; columns: {sorted(row)}.")
        columns = {key: value for key, value in prompt.row.items() if key != "completion"}
        candidates.append(Candidate(f"{number}", prompt.id, prompt.content, completion, row=columns))
    return candidates


def _parts(parts: Any) -> dict[str, Any]:
    return {"parts": dict(parts)} if parts else {}

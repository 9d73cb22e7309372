"""Score a file of rows with one signal."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from yaml import YAMLError

import openloop.signals as shipped
from openloop import filesystem
from openloop.contracts import Signal
from openloop.data import Source, prompts
from openloop.errors import DataError, InputError, nearest
from openloop.measures.quality import quality
from openloop.recipe import load_yaml
from openloop.records import Candidate, Estimate, Outcome, Verdict
from openloop.selection.base import VerdictList, accepted, prompts_of
from openloop.signals.probes import require_probes
from openloop.signals.scoring import checked_verdicts
from openloop.specs import build


def score_file(file: Path, spec: str, out: Path | None = None, gold: str | None = None) -> dict[str, Any]:
    """Score every row that has a completion; counts by outcome, accept rate, seconds.

    Unscored rows are counted apart: the accept rate is over scored rows only. With ``gold``, a column of true and
    false, also φ = P(accept | good) and ψ = P(accept | bad), rows of one prompt as one cluster.
    """
    signal = build(_spec(spec), base=Path(), shipped=shipped)
    if not isinstance(signal, Signal):
        raise InputError(f"--signal {spec!r} is no signal; see openloop.contracts.Signal.")
    proof = require_probes(signal)
    candidates = file_candidates(file)
    truth = None if gold is None else _truth(candidates, gold)
    began = time.perf_counter()
    verdicts = checked_verdicts(signal, candidates)
    seconds = time.perf_counter() - began
    counts = Counter(verdict.outcome for verdict in verdicts)
    accepted = None
    if signal.accept_at is not None and counts[Outcome.SCORED]:
        passed = sum(v.value is not None and v.value >= signal.accept_at for v in verdicts)
        accepted = passed / counts[Outcome.SCORED]
    if out is not None:
        lines = [
            json.dumps({"id": c.id, "value": v.value, "outcome": v.outcome, "reason": v.reason, **_parts(v.parts)})
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
        **({} if truth is None else _receipt(signal, candidates, verdicts, truth)),
    }


def _spec(text: str) -> str | dict[str, Any]:
    """A reference, or options as in a recipe: ``{use: code, seconds: 5}``."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        found = load_yaml(text)
    except YAMLError as error:
        raise InputError(f"--signal {text!r:.80} is no YAML: {error}") from None
    if not isinstance(found, dict):
        raise InputError(f"--signal {text!r:.80}: write {{use: NAME, option: ...}}.")
    return found


def _truth(candidates: Sequence[Candidate], column: str) -> NDArray[np.float64]:
    """Shape [N]: 1 good, 0 bad, NaN unknown."""
    columns = {name for candidate in candidates for name in candidate.row}
    if column not in columns:
        raise InputError(f"--gold {column!r}: {nearest(column, columns)}")
    named: dict[Any, float] = {
        True: 1.0,
        False: 0.0,
        None: np.nan,
        "true": 1.0,
        "false": 0.0,
        "1": 1.0,
        "0": 0.0,
        "": np.nan,
    }
    found = []
    for number, candidate in enumerate(candidates, 1):
        held = candidate.row.get(column)
        held = held.strip().casefold() if isinstance(held, str) else held
        if not isinstance(held, bool | int | float | str | None) or held not in named:
            raise InputError(
                f"--gold {column!r}: row {number} holds {held!r:.60}; allowed: true, false, 1, 0, nothing."
            )
        found.append(named[held])
    return np.array(found)


def _receipt(
    signal: Signal, candidates: Sequence[Candidate], verdicts: Sequence[Verdict], truth: NDArray[np.float64]
) -> dict[str, Any]:
    """φ and ψ with intervals."""
    if signal.accept_at is None:
        raise InputError(f"--gold: signal {signal.name!r} has no accept_at, so it accepts nothing.")
    values = VerdictList(signal.name, signal.accept_at, verdicts).values
    accept = accepted(values, signal.accept_at)
    found = quality(truth, accept, prompts_of(candidates))
    return {name: _spoken(found[name]) for name in ("phi", "psi")}


def _spoken(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "n_unscored": estimate.n_unscored,
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


def spoken_receipt(result: Mapping[str, Any]) -> str:
    """A receipt as lines for people."""
    lines = []
    for name, value in result.items():
        if isinstance(value, Mapping):
            interval = "" if value["low"] is None else f" [{value['low']:.3f}, {value['high']:.3f}]"
            unscored = f", {value['n_unscored']:,} unscored" if value["n_unscored"] else ""
            lines.append(f"{name}: {value['value']:.3f}{interval} ({value['n']:,} rows{unscored})")
        else:
            lines.append(f"{name}: {value:.3f}" if isinstance(value, float) else f"{name}: {value}")
    return "\n".join(lines)

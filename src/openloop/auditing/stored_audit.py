"""Audits that ``--json`` wrote, read back for a comparison."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openloop.auditing.result import Audit, Decision, Finding, KeyNumber, NamedEstimate
from openloop.errors import DataError
from openloop.records import Estimate

KEYS = {"decision", "sentence", "numbers", "findings", "estimates", "said", "level"}
"""An object that has all of these is an audit, and no row of data."""
LONGEST = 64 << 20
"""Bytes; no audit is larger."""


def stored_audit(path: Path) -> Audit | None:
    """The audit in a file, or None for a file of anything else. Raises DataError for one that is damaged.

    Curves, the selection and what was asked to be labelled are left out: a comparison does not need them.
    """
    if path.suffix.lower() != ".json" or not path.is_file() or path.stat().st_size > LONGEST:
        return None
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # reading it as rows says what is wrong with it
    if not isinstance(held, dict) or not held.keys() >= KEYS:
        return None
    try:
        return _audit(held)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: an audit that --json wrote, but damaged: {error}. Write it again.") from None


def _audit(held: Mapping[str, Any]) -> Audit:
    return Audit(
        decision=Decision(held["decision"]),
        sentence=str(held["sentence"]),
        rows=int(held["rows"]),
        findings=[
            Finding(f["id"], f["weight"], f["text"], tuple(f["rows"]), bool(f["blocking"])) for f in held["findings"]
        ],
        estimates=[NamedEstimate(e["name"], _estimate(e), e["stratum"]) for e in held["estimates"]],
        unmeasured=held["unmeasured"],
        worst=held["worst"],
        curves=(),
        selection=None,
        to_label=None,
        said=held["said"],
        max_bad=float(held["max_bad"]),
        level=float(held["level"]),
        target=str(held["target"]),
        name=str(held["name"]),
        unit=str(held.get("unit", "rows")),
        numbers=_numbers(held["numbers"]),
        row_numbers=_numbers(held.get("row_numbers", ())),
        compared_with=held.get("compared_with", ()),
    )


def _numbers(held: Iterable[Mapping[str, Any]]) -> list[KeyNumber]:
    return [KeyNumber(n["name"], n["label"], _estimate(n), n["unit"]) for n in held]


def _estimate(held: Mapping[str, Any]) -> Estimate:
    value = math.nan if held["value"] is None else float(held["value"])
    low, high = (None if held[end] is None else float(held[end]) for end in ("low", "high"))
    return Estimate(value, low, high, float(held["level"]), int(held["n"]), int(held["n_unscored"]), held["method"])

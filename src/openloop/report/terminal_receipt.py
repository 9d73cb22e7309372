"""A signal's receipt as lines for a terminal."""

from __future__ import annotations

from openloop.auditing.receipt import Receipt, Unscored
from openloop.measures.estimate_text import UNDEFINED, estimate_text
from openloop.records import Estimate

SHOWN = 5
"""Reasons that are listed."""


def receipt_text(receipt: Receipt) -> str:
    """One line a number: what became of the rows, the accept rate, φ and ψ with their intervals; why rows failed."""
    held = receipt.to_json()
    lines = [f"{name}: {_value(held[name])}" for name in held if name not in {*receipt.quality, "unscored"}]
    lines += [f"{name}: {_estimate(estimate)}" for name, estimate in receipt.quality.items()]
    shown = receipt.unscored[:SHOWN]
    lines += [unscored_text(one) for one in shown]
    if len(receipt.unscored) > SHOWN:
        rest = sum(one.rows for one in receipt.unscored[SHOWN:])
        lines.append(f"{rest:,} more rows for {len(receipt.unscored) - SHOWN} other reasons: see --json or --out")
    return "\n".join(lines)


def unscored_text(one: Unscored) -> str:
    """``error no_gold: 12 rows, first at rows.jsonl: line 7 (the row has no 'answer')``."""
    example = f" ({one.message})" if one.message else ""
    rows = "1 row, at" if one.rows == 1 else f"{one.rows:,} rows, first at"
    return f"{one.outcome.value} {one.reason}: {rows} {one.first}{example}"


def _value(value: object) -> str:
    if value is None:
        return UNDEFINED
    return f"{value:.3f}" if isinstance(value, float) else f"{value}"


def _estimate(e: Estimate) -> str:
    unscored = f", {e.n_unscored:,} unscored" if e.n_unscored else ""
    return f"{estimate_text(e)} ({e.n:,} rows{unscored})"

"""A signal's receipt as lines for a terminal."""

from __future__ import annotations

from openloop.auditing.receipt import Receipt
from openloop.measures.estimate_text import estimate_text
from openloop.records import Estimate


def receipt_text(receipt: Receipt) -> str:
    """One line a number: what became of the rows, the accept rate, φ and ψ with their intervals."""
    held = receipt.to_json()
    lines = [f"{name}: {_value(held[name])}" for name in held if name not in receipt.quality]
    return "\n".join(lines + [f"{name}: {_estimate(estimate)}" for name, estimate in receipt.quality.items()])


def _value(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else f"{value}"


def _estimate(e: Estimate) -> str:
    unscored = f", {e.n_unscored:,} unscored" if e.n_unscored else ""
    return f"{estimate_text(e)} ({e.n:,} rows{unscored})"

"""How numbers are written in the sentences of an audit."""

from __future__ import annotations

from openloop.records import Estimate


def percent(estimate: Estimate) -> str:
    """``12.5% [10.0%, 15.3%]``, without the bounds where one of them is missing."""
    low, high = estimate.low, estimate.high
    bounds = "" if low is None or high is None else f" [{low:.1%}, {high:.1%}]"
    return f"{estimate.value:.1%}{bounds}"

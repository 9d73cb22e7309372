"""How results of a run show themselves: in a sentence, and as a table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openloop.data.html_table import html_table
from openloop.measures.estimate_text import estimate_text
from openloop.records import Estimate


def spoken_estimate(name: str, e: Estimate, why: str | None = None) -> str:
    """``accuracy .71 [.66, .75] (95% Wilson, n=400)``; where nothing was scored, ``why``."""
    if not e.n:
        return f"{name}: nothing was scored: {why or f'{e.n_unscored:,} answers'}"
    unscored = f", {e.n_unscored} unscored" if e.n_unscored else ""
    says_itself = e.low is None or "%" in e.method
    how = e.method if says_itself else f"{e.level:.0%} {e.method}"
    return f"{name} {estimate_text(e)} ({how}, n={e.n:,}{unscored})"


def spoken(what: str, counts: Mapping[str, Any]) -> str:
    """``Pool: requested 80, generated 78, request_failed 2``."""
    if not counts:
        return f"{what}: not computed yet"
    parts = []
    for key, count in counts.items():
        if isinstance(count, Mapping):
            inside = ", ".join(f"{reason} {n:,}" for reason, n in count.items())
            parts.append(f"{key} {sum(count.values()):,}" + (f" ({inside})" if inside else ""))
        else:
            parts.append(f"{key} {count:,}" if isinstance(count, int) else f"{key} {count}")
    return f"{what}: " + ", ".join(parts)


def html_counts(what: str, counts: Mapping[str, Any]) -> str:
    """A row for each count; a count by reason has a row for each reason, the commonest first."""
    if not counts:
        return html_table(["", "rows"], [], f"{what}: not computed yet")
    rows: list[list[str]] = []
    for key, count in counts.items():
        if isinstance(count, Mapping):
            rows.append([key, f"{sum(count.values()):,}"])
            rows += [[f"\u2003{why}", f"{n:,}"] for why, n in sorted(count.items(), key=lambda one: -one[1])]
        else:
            rows.append([key, f"{count:,}" if isinstance(count, int) else str(count)])
    return html_table(["", "rows"], rows, what)


def html_estimates(what: str, estimates: Mapping[str, Estimate]) -> str:
    """A row for each estimate, with its interval."""
    if not estimates:
        return html_table(["", "estimate"], [], f"{what}: not computed yet")
    rows = [
        [name, estimate_text(e) if e.n else "nothing was scored", f"{e.n:,}", f"{e.n_unscored:,}", e.method]
        for name, e in estimates.items()
    ]
    return html_table(["", "estimate", "n", "unscored", "method"], rows, what)

"""The few numbers about the rows themselves, in plain words: are they different, near, new and complete?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from openloop.auditing.result import KeyNumber, NamedEstimate, Unit

MOST = 5
"""For each file that the rows are compared with."""
NUMBERS: tuple[tuple[str, str, str, Unit], ...] = (
    ("coverage.missing_cells", "", "real rows whose like is missing here", "share"),
    ("diversity.against_real", "", "different things said, of what the real rows say", "share"),
    ("similarity.band", "of=responses inside", "as near to real rows as those are (theirs: 90%)", "share"),
    ("real.auc", "", "told apart from a real row (even odds: 50%)", "share"),
    ("similarity.near_copies", "of=responses", "near-copies of real rows", "share"),
    ("drift.gold", "", "good rows, since the baseline", "change"),
    ("drift.verifier", "", "same answers accepted, since the baseline", "change"),
    ("drift.diversity", "", "different things said, of those in the baseline", "share"),
    ("coverage.unseen", "", "new prompts that would show something unseen", "share"),
    ("diversity.vendi2", "", "effectively different completions", "number"),
)
"""Estimate, stratum, label, unit: those that are known come in this order, while there is room."""


def row_numbers(estimates: Sequence[NamedEstimate], compared_with: Sequence[str]) -> list[KeyNumber]:
    """At most five a file; none where the rows are compared with nothing, neither real rows nor earlier ones."""
    if not compared_with:
        return []
    known = {(line.name, line.stratum): line.estimate for line in estimates if not math.isnan(line.estimate.value)}
    found = [
        KeyNumber(name, label, known[name, stratum], unit)
        for name, stratum, label, unit in NUMBERS
        if (name, stratum) in known
    ]
    return found[: MOST * len(compared_with)]

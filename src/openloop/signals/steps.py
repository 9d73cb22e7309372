"""The verdict of a signal that scores an answer's steps one by one, as a process reward model does."""

from __future__ import annotations

import math
from collections.abc import Sequence

from openloop.measures.step_scores import aggregate_steps
from openloop.records import Verdict
from openloop.verdicts import abstained


def step_verdict(scores: Sequence[float | None], aggregate: str = "min") -> Verdict:
    """One verdict from the scores of an answer's steps, in order; None for a step without one.

    ``aggregate`` is ``min``, ``last``, ``mean`` or ``product``, as the audit's ``--aggregate``. Each step's score is a
    part of the verdict (``step 1``, ...). An answer of which no step has a score (for ``last``: the last one) abstains.
    Raises InputError for another aggregate, and for a product of scores outside 0 to 1.
    """
    numbers = [math.nan if score is None else float(score) for score in scores]
    value = aggregate_steps(numbers, aggregate)
    if math.isnan(value):
        return abstained("no_step_scored")
    parts = {f"step {place}": score for place, score in enumerate(numbers, 1) if not math.isnan(score)}
    return Verdict(value, parts=parts)

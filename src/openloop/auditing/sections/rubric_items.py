"""Does a judge that scored the items of a rubric several times say the same of every item each time?"""

from __future__ import annotations

from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.judge import item_consistency

ALL_ITEMS = "judge.item_consistency"
"""Its strata are the levels of :func:`openloop.measures.judge.item_consistency`."""


def measure(given: SectionInput) -> SectionResult:
    """``judge.item_consistency``: over all items, of two scorings, of the verdict on all items, of one item."""
    result = SectionResult()
    several = len(given.item_scorings) > 1
    for one in given.item_scorings:
        found = item_consistency(one.scorings, one.prompt, given.options.level)
        for name, estimate in found.items():
            result.add(ALL_ITEMS, estimate, f"level={name}" + (f", signal={one.signal}" if several else ""))
    return result

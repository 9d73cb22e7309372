"""Does one text win whatever the prompt?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.constant_answers import constant_answers


def measure(given: SectionInput) -> SectionResult:
    """Texts, given to several prompts, that are accepted more than the other rows; their rows are unfit."""
    arrays, result = given.arrays, SectionResult()
    if arrays.same is None or not arrays.judged:
        return result
    found = constant_answers(arrays.same, arrays.accept, arrays.gold, arrays.prompt, level=given.options.level)
    if not found:
        return result
    result.unfit = np.isin(arrays.same, [constant.code for constant in found])
    first = found[0]
    share = float(result.unfit[arrays.kept].mean()) if arrays.kept.any() else 0.0
    others = f"; {len(found) - 1} other texts do so too" if len(found) > 1 else ""
    against = "other bad rows" if arrays.has_gold else "the other rows"
    text = (
        f"One text wins on {first.prompts:,} prompts: it is accepted {first.accepted.value:.0%} of the time, "
        f"{against} {first.rest:.0%}{others}. Such texts make up {share:.1%} of the kept rows."
    )
    places = arrays.places((arrays.same == first.code) & arrays.kept)
    result.findings.append(Finding("constant-completion-wins", 0.8, text, places, blocking=True))
    return result

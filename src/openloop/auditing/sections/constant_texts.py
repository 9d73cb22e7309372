"""Does one text win whatever the prompt?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.finding_level import finding_level
from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.constant_answers import WORTH, ConstantAnswer, above_median, closed_answers, constant_answers
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.surface import FEATURES

SHOWN = 60
"""Characters of the text that the finding shows."""


def measure(given: SectionInput) -> SectionResult:
    """Texts, given to several prompts, that are accepted more than the other rows; their rows are unfit."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    if arrays.same is None or arrays.surface is None or not (arrays.judged or (~np.isnan(arrays.score)).any()):
        return result
    outcome = arrays.accept if arrays.judged else above_median(arrays.score, arrays.prompt)
    words = arrays.surface[:, FEATURES.index("words")].astype(np.float64)
    closed = closed_answers(arrays.same, words, arrays.prompt)
    unknown = closed & np.isnan(arrays.gold)
    if unknown.any():
        result.unmeasured.append(
            f"constant texts among {unknown.mean():.0%} of the rows: short answers such as these repeat over prompts, "
            "and without gold one that only pleases cannot be told from one that is right"
        )
    found = constant_answers(
        arrays.same,
        outcome,
        arrays.gold,
        arrays.prompt,
        level=options.level,
        closed=closed,
        sure=finding_level(options),
    )
    if not found:
        return result
    result.unfit = np.isin(arrays.same, [constant.code for constant in found])
    first = found[0]
    rows = (arrays.same == first.code) & arrays.kept
    shown = _shown(given, first)
    share = float(result.unfit[arrays.kept].mean()) if arrays.kept.any() else 0.0
    others = f"; {len(found) - 1} other texts do so too" if len(found) > 1 else ""
    wins = "is accepted" if arrays.judged else "scores above the median of its prompt"
    against = "other rows that are not known to be good" if arrays.has_gold else "other rows"
    text = (
        f'One text wins whatever the prompt: "{shown}", given to {first.prompts:,} prompts, {wins} '
        f"{estimate_text(first.accepted, percent(0))} of the time, {against} {first.rest:.0%} (a finding from "
        f"{100 * WORTH:.0f} points more){others}. Such texts make up {share:.1%} of the kept rows: leave them out, and "
        "find out why they pass."
    )
    result.findings.append(
        Finding("constant-completion-wins", 0.8, text, arrays.places(rows), blocking=True),
    )
    return result


def _shown(given: SectionInput, constant: ConstantAnswer) -> str:
    """The beginning of the text, as one of its rows has it."""
    arrays = given.arrays
    place = arrays.place[np.flatnonzero(arrays.same == constant.code)[0]]  # in the order of content, not of the file
    _, completion = given.reader.texts_at(np.array([place]))[int(place)]
    words = " ".join(completion.split())
    return words if len(words) <= SHOWN else words[: SHOWN - 1].rstrip() + "…"

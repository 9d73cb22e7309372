"""How far the kept rows are from real ones, and in what: can a classifier tell them apart, and what gives them away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Codes
from openloop.auditing.compared_texts import ComparedTexts, completions_of, prompts_of
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.mmd import mmd
from openloop.measures.telling_features import TellingFeature, telling
from openloop.measures.text_features import TextFeatures
from openloop.measures.two_sample import TwoSample, area, two_sample

FAR = 0.75
"""AUC from which two sets of texts are far apart: of a kept and a real one, it is told three times in four which is
which. What a model wrote can nearly always be told a little."""
HABIT = 0.1
"""Difference of two shares from which one feature is a finding, however alike the texts are otherwise."""
LONGER = 0.6
"""How often a kept text must be the longer (or the shorter) one for the same; of other sizes alike."""
WORTH_A_WORD = 0.05
TESTS = 3
"""The error of the finding is shared by completions, prompts and single features."""
SHOWN, SHOWN_OF_PROMPTS, ROWS = 5, 3, 20
PERMUTATIONS = 199
"""Of the discrepancy's null."""
SEED = 0xD157A9CE
MOST = 0.4
"""Weight of texts that are told apart completely."""
UNDO = (
    "Train on them as they are only if the student should write like this; otherwise change the prompt that makes the "
    "rows, or drop or rewrite those that show it."
)


@dataclass(frozen=True)
class _Distance:
    """Of kept texts from real ones."""

    texts: ComparedTexts
    told: TwoSample
    far: bool
    features: list[TellingFeature]
    """Those that surely tell them apart."""
    habits: bool
    """Whether one of these is a finding by itself."""

    @property
    def effect(self) -> float:
        """How far the area is beyond ½, or that of the one feature that tells most."""
        return max([self.told.auc.value - 0.5, *(abs(feature.apart.value) / 2 for feature in self.features)])

    def sentence(self, what: str, most: int) -> str:
        """That they are far apart, and in what."""
        words = "; ".join(feature.text("kept", "real") for feature in self.features[:most])
        if not self.far:
            return f"Kept {what} are like the real ones but for habits: {words}."
        if not words:
            return f"Kept {what} are unlike the real ones, but no single word or mark gives them away."
        return f"Kept {what} are unlike the real ones: {words}."

    @property
    def share(self) -> str:
        """How often they are told apart."""
        return estimate_text(self.told.auc, percent(0))


def measure(given: SectionInput) -> SectionResult:
    """Completions are compared with completions, and prompts with prompts where both samples have them."""
    result, kept, real = SectionResult(), given.texts.kept, given.texts.real
    if real is None:
        result.unmeasured.append("distance to real rows: no --real")
        return result
    for sample in (kept, real):
        if not sample.has_completions:
            result.unmeasured.append(f"real.auc: {sample.name} hold no text to compare")
            return result
    texts = completions_of(kept, real)
    answers = _distance(texts, given.options)
    method = f"kept completions against those of {real.name}{kept.partial}{real.partial}"
    _report("real.auc", answers, method, result)
    _discrepancy(texts, f"{method}; vectors {kept.embedder.name}", given.options.level, result)
    for found in answers.features:
        result.add("real.feature", found.apart, f"feature={found.name}")
    questions = None
    if kept.has_prompts and real.has_prompts:
        questions = _distance(prompts_of(kept, real), given.options)
        _report("real.auc_prompts", questions, method.replace("completions", "prompts"), result)
    elif kept.has_prompts != real.has_prompts:
        alone, other = (real, kept) if kept.has_prompts else (kept, real)
        result.said.append(
            f"{alone.name[0].upper()}{alone.name[1:]} have no prompts: their texts are compared with the completions "
            f"of {other.name}, and prompts are not compared."
            if alone is kept
            else f"{alone.name} has no prompts: its texts are compared with the completions of {other.name}, and "
            "prompts are not compared."
        )
    _find(given, answers, questions, result)
    return result


def _distance(texts: ComparedTexts, options: Options) -> _Distance:
    level, sure_level = options.level, 1 - (1 - finding_level(options)) / TESTS
    features = TextFeatures.of(texts.texts)
    blocks = [features.for_classifier(texts.kept), texts.vectors]
    told = two_sample(blocks, texts.kept, texts.group, np.random.default_rng(SEED), level)
    surely = area(told.standing, texts.kept, texts.group, sure_level)
    found = telling(features, texts.kept, texts.group, np.random.default_rng(SEED + 1), level, sure_level)
    return _Distance(
        texts,
        told,
        direction(told.auc, surely, FAR - 0.5, none=0.5) > 0,
        [f for f in found if f.agrees(0.0, "surely") and abs(f.apart.value) >= WORTH_A_WORD],
        any(f.agrees(0.0, "surely") and f.agrees(HABIT if f.size is None else 2 * LONGER - 1) for f in found),
    )


def _report(name: str, distance: _Distance, what: str, result: SectionResult) -> None:
    e = distance.told.auc
    if np.isnan(e.value):
        result.unmeasured.append(f"{name}: {e.method}")
    else:
        result.add(name, replace(e, method=f"cross-fitted classifier, {what}; {e.method}"))


def _discrepancy(texts: ComparedTexts, what: str, level: float, result: SectionResult) -> None:
    """Squared MMD of the vectors, without a finding: it says that sets differ, and neither how much it matters nor in
    what."""
    kept, vectors, group = texts.kept, texts.vectors, texts.group
    rng = np.random.default_rng(SEED + 2)
    e = mmd(
        vectors[kept], vectors[~kept], group[kept], group[~kept], rng=rng, permutations=PERMUTATIONS, level=level
    ).squared
    said = e.method.replace("prompts", "groups of rows")
    if np.isnan(e.value):
        result.unmeasured.append(f"real.mmd: {said.removeprefix('not measured: ')}")
    else:
        result.add("real.mmd", replace(e, method=f"{said}; {what}"))


def _find(given: SectionInput, answers: _Distance, questions: _Distance | None, result: SectionResult) -> None:
    told = [
        (what, distance, most)
        for what, distance, most in (("completions", answers, SHOWN), ("prompts", questions, SHOWN_OF_PROMPTS))
        if distance is not None and (distance.far or distance.habits)
    ]
    if not told:
        return
    (_, first, _), *further = told
    threshold = (
        f"a finding from {FAR:.0%}; by one feature alone from {100 * HABIT:.0f} points, by length from {LONGER:.0%}"
    )
    how = f"Shown one of each, a classifier tells which is which {first.share} of the time ({threshold})"
    how += "".join(f", and of {what} {distance.share}" for what, distance, _ in further)
    text = " ".join(distance.sentence(what, most) for what, distance, most in told) + f" {how}."
    if told[0][0] == "completions":
        kept = given.texts.kept
        assert kept.rows is not None
        rows = _least_real(answers, given.arrays.place[kept.rows])
    else:
        rows = ()
    weight = weight_of(max(distance.effect for _, distance, _ in told), 0.5, MOST)
    result.findings.append(Finding("off-distribution", weight, f"{text} {UNDO}", rows))


def _least_real(answers: _Distance, place: Codes) -> tuple[int, ...]:
    """Places of the kept rows that look least like real ones."""
    standing = answers.told.standing[answers.texts.kept]
    return tuple(np.sort(place[np.argsort(-standing, kind="stable")[:ROWS]]).tolist())

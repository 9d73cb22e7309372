"""The sections of the audit, in the order of the report.

A new one is a file here with ``measure(given: SectionInput) -> SectionResult``, and its line in ``SECTIONS``.
"""

from openloop.auditing.section import Section
from openloop.auditing.sections import (
    annotators,
    collapse,
    constant_texts,
    contamination,
    copies,
    drift,
    coverage,
    diversity,
    gold_copies,
    gold_errors,
    information,
    information_gain,
    judge,
    judges_compared,
    labels,
    length,
    over_optimisation,
    pair_judge,
    pair_length,
    pair_sources,
    pair_texts,
    real_valued_gold,
    reward_hacking,
    rubric_items,
    semantic_entropy,
    shortcut,
    step_scores,
    steps,
    verifier,
)

SECTIONS: tuple[Section, ...] = (
    verifier.measure,
    real_valued_gold.measure,
    step_scores.measure,
    judges_compared.measure,
    over_optimisation.measure,
    reward_hacking.measure,
    steps.measure,
    labels.measure,
    gold_copies.measure,
    gold_errors.measure,
    annotators.measure,
    length.measure,
    shortcut.measure,
    constant_texts.measure,
    judge.measure,
    rubric_items.measure,
    information.measure,
    diversity.measure,
    coverage.measure,
    semantic_entropy.measure,
    information_gain.measure,
    copies.measure,
    drift.measure,
    collapse.measure,
    contamination.measure,
)

PAIR_SECTIONS: tuple[Section, ...] = (
    verifier.measure,
    labels.measure,
    gold_copies.measure,
    pair_judge.measure,
    pair_length.measure,
    pair_sources.measure,
    pair_texts.measure,
    annotators.measure,
    copies.measure,
    contamination.measure,
)
"""Of files whose rows are pairs."""

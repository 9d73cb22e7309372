"""The sections of the audit, in the order of the report.

A new one is a file here with ``measure(given: SectionInput) -> SectionResult``, and its line in ``SECTIONS``.
"""

from openloop.auditing.section import Section
from openloop.auditing.sections import (
    constant_texts,
    contamination,
    copies,
    gold_copies,
    gold_errors,
    information,
    judge,
    labels,
    length,
    over_optimisation,
    reward_hacking,
    rubric_items,
    shortcut,
    verifier,
)

SECTIONS: tuple[Section, ...] = (
    verifier.measure,
    over_optimisation.measure,
    reward_hacking.measure,
    labels.measure,
    gold_copies.measure,
    gold_errors.measure,
    length.measure,
    shortcut.measure,
    constant_texts.measure,
    judge.measure,
    rubric_items.measure,
    information.measure,
    copies.measure,
    contamination.measure,
)

"""The few numbers that a decision rests on, in plain words: for the first screen, CI logs and comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from openloop.auditing.bad_share import labelled_texts
from openloop.auditing.decision import Recommendation
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.prompt_influence import PromptInfluence
from openloop.auditing.result import Decision, KeyNumber, NamedEstimate
from openloop.records import Estimate

MOST = 5
BAD_NOW, BAD_AFTER, ROWS_KEPT = "decision.bad_after", "selection.bad_after", "rows.kept"
FURTHER = {
    "verifier.phi": "good rows accepted",
    "verifier.psi": "bad rows accepted",
    "verifier.auc": "a good row outscores a bad one",
    "judge.consistency": "repeated verdicts that agree",
    "duplicates.near": "near-copies among kept rows",
}
"""Estimates that follow the decision's own numbers while there is room, in this order; one that is not known is left
out."""


def key_numbers(
    decided: Recommendation, estimates: Sequence[NamedEstimate], design: LabelDesign, options: Options
) -> list[KeyNumber]:
    """How many rows are bad now and after the selection, how good the verifier is, and how many rows are kept."""
    arrays, unit = design.arrays, design.arrays.unit
    known = {line.name: line.estimate for line in estimates if not line.stratum and line.estimate.n}
    selects = decided.decision is Decision.SELECT_FIRST and decided.selection is not None
    numbers = []
    if BAD_NOW in known:
        where = "accepted" if arrays.selected is None else "kept"
        label = f"bad {unit} in the file" if arrays.kept.all() else f"bad {unit} among those {where}"
        numbers.append(KeyNumber(BAD_NOW, label, known[BAD_NOW]))
    if selects and BAD_AFTER in known:
        numbers.append(KeyNumber(BAD_AFTER, f"bad {unit} after the selection", known[BAD_AFTER]))
    chosen = decided.selection if decided.selection is not None else decided.now
    kept, n = int(chosen.keep.sum()), len(arrays)
    counted = Estimate(kept / n, None, None, options.level, n, method="counted")
    numbers.append(KeyNumber(ROWS_KEPT, f"{unit} after the selection" if selects else f"{unit} kept", counted, "rows"))
    found = [
        KeyNumber(name, label.replace("rows", unit), known[name]) for name, label in FURTHER.items() if name in known
    ]
    return [*numbers, *found[: MOST - len(numbers)]]


def influences(design: LabelDesign, options: Options) -> Mapping[str, PromptInfluence]:
    """Of each prompt on the share of bad rows and on the shares of good and bad rows that pass.

    About the file itself (``--target file``) rows are drawn and not prompts, so each text is one.
    """
    arrays = design.arrays
    if arrays.prompt_key is None or not arrays.has_gold:
        return {}
    names = arrays.prompt_key if options.target == "process" else arrays.key
    texts = labelled_texts(design, arrays.kept)
    first = np.zeros(int(arrays.prompt.max()) + 1, dtype=np.uint64)
    first[arrays.prompt] = arrays.prompt_key
    found = {BAD_NOW: PromptInfluence.of(texts.bad, first[texts.prompt], texts.weight)}
    for name, gold in (("verifier.phi", 1), ("verifier.psi", 0)):
        rows = (arrays.gold == gold) & ~np.isnan(arrays.accept)
        found[name] = PromptInfluence.of(arrays.accept[rows], names[rows])
    return found

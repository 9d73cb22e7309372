"""How many different things the model says to one prompt, at equal numbers of completions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.auditing.meanings import marks_answers, meanings, meanings_by_vectors
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.semantic_entropy import SemanticEntropy, semantic_entropy
from openloop.measures.weighted_meanings import rao_entropy

NAME = "semantic entropy (how many different answers a prompt gets)"
MODELS = 8
"""Source models that are measured one by one."""
SATURATED = 0.5
"""Share of the prompts whose completions all differ from which on that is worth a sentence."""


def measure(given: SectionInput) -> SectionResult:
    """``entropy.semantic`` and what belongs to it, for prompts with two completions or more."""
    arrays, level, result = given.arrays, given.options.level, SectionResult()
    if arrays.same is None or not arrays.has_completions:
        result.unmeasured.append(f"{NAME}: no completions")
        return result
    meaning = meanings(arrays)
    found = semantic_entropy(meaning, arrays.prompt, level=level)
    if not found.k:
        result.unmeasured.append(f"{NAME}: no prompt has two completions; sample several of some prompts to measure it")
        return result
    alike = _alike(arrays)
    for name, estimate in (("entropy.semantic", found.at_k), ("entropy.semantic_corrected", found.corrected)):
        result.add(name, replace(estimate, method=f"{estimate.method}; {alike}"))
    if found.all_differ >= SATURATED:
        what = "final answers" if marks_answers(arrays) else "texts"
        result.unmeasured.append(
            f"{NAME}: in {found.all_differ:.0%} of the prompts all {what} differ, so that it is only known to be "
            "large; give more completions a prompt, or compare what they mean (openloop.measures.meaning_clusters)"
        )
    if arrays.logprob is not None and arrays.n_tokens is not None and _are_logprobs(arrays):
        weighed = rao_entropy(
            meaning, arrays.logprob, arrays.n_tokens, arrays.prompt, arrays.rng(0x5E), k=found.k, level=level
        )
        result.add("entropy.rao", weighed)
    if not marks_answers(arrays) and arrays.has_gold:
        _by_vectors(given, result)
    every = np.ones(len(arrays), dtype=bool)
    if 0 < int(arrays.kept.sum()) < len(arrays):
        _compared({"rows=kept": arrays.kept, "rows=all": every}, arrays, meaning, level, result)
    if arrays.model is not None and 1 < len(arrays.models) <= MODELS:
        models = {f"{arrays.model_column}={name}": arrays.model == code for code, name in enumerate(arrays.models)}
        _compared(models, arrays, meaning, level, result)
    return result


def _alike(arrays: RowArrays) -> str:
    """What makes two completions mean the same, and which are left out."""
    if arrays.answer is None or not marks_answers(arrays):
        return "equal: whole texts, but for case and blanks"
    without = int((arrays.answer < 0).sum())
    return f"equal: final answers{f'; {without:,} completions mark none' if without else ''}"


def _by_vectors(given: SectionInput, result: SectionResult) -> None:
    """Of kept rows, where gold tells how near the vectors of two answers must be."""
    sample, level = given.texts.kept, given.options.level
    if sample.rows is None:
        return
    found = meanings_by_vectors(sample, given.arrays.gold[sample.rows])
    if found is None:
        return
    at, name = found.threshold, sample.embedder.name
    told = f"{at.joined:.0%} of the pairs of good answers and {at.split:.0%} of good and bad ones"
    if found.codes is None:
        result.unmeasured.append(
            f"semantic entropy by vectors: those of {name} do not tell which answers mean the same (the best threshold "
            f"puts together and keeps apart {told}); another embedder (--embed) may"
        )
        return
    estimate = semantic_entropy(found.codes, sample.prompt, level=level).at_k
    how = f"{name}, cosine distance up to {at.value:.3g}, which tells {told}"
    result.add("entropy.semantic", replace(estimate, method=f"{estimate.method}; {how}{sample.partial}"), "by=vectors")


def _compared(
    parts: Mapping[str, Mask], arrays: RowArrays, meaning: Codes, level: float, result: SectionResult
) -> None:
    """Of some rows and of others, at the number of completions that prompts of every part have."""

    def of(rows: Mask, k: int | None) -> SemanticEntropy:
        prompt = np.unique(arrays.prompt[rows], return_inverse=True)[1].astype(np.int64)
        return semantic_entropy(meaning[rows], prompt, k=k, level=level)

    common = min((of(rows, None).k for rows in parts.values()), default=0)
    for name, rows in parts.items() if common else ():
        found = of(rows, common).at_k
        if found.n:
            result.add("entropy.semantic", found, f"{name}, K={common}")


def _are_logprobs(arrays: RowArrays) -> bool:
    """Whether they can be; where not, that is said with the information gain."""
    assert arrays.logprob is not None and arrays.n_tokens is not None
    return not (arrays.logprob > 0).any() and not (arrays.n_tokens < 1).any() and not np.isinf(arrays.logprob).any()

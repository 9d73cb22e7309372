"""How many different things the model says to one prompt, at equal numbers of completions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.semantic_entropy import SemanticEntropy, semantic_entropy
from openloop.measures.weighted_meanings import rao_entropy

NAME = "semantic entropy (how many different answers a prompt gets)"
MARKED = 0.9
"""Share of the completions that mark a final answer, from which on meanings are answers; else they are whole texts."""
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
    meaning, what = meanings(arrays)
    found = semantic_entropy(meaning, arrays.prompt, level=level)
    if not found.k:
        result.unmeasured.append(f"{NAME}: no prompt has two completions; sample several of some prompts to measure it")
        return result
    result.add("entropy.semantic", found.at_k)
    result.add("entropy.semantic_corrected", found.corrected)
    result.said.append(f"semantic entropy: {_said(found, arrays, what)}")
    if arrays.logprob is not None and arrays.n_tokens is not None and _are_logprobs(arrays):
        weighed = rao_entropy(
            meaning, arrays.logprob, arrays.n_tokens, arrays.prompt, arrays.rng(0x5E), k=found.k, level=level
        )
        result.add("entropy.rao", weighed)
    every = np.ones(len(arrays), dtype=bool)
    if 0 < int(arrays.kept.sum()) < len(arrays):
        _compared({"rows=kept": arrays.kept, "rows=all": every}, arrays, meaning, level, result)
    if arrays.model is not None and 1 < len(arrays.models) <= MODELS:
        models = {f"{arrays.model_column}={name}": arrays.model == code for code, name in enumerate(arrays.models)}
        _compared(models, arrays, meaning, level, result)
    return result


def meanings(arrays: RowArrays) -> tuple[Codes, str]:
    """Codes [N], −1 where a completion has none, and what they are of: the answers that most mark, or whole texts."""
    assert arrays.same is not None
    if arrays.answer is not None and float((arrays.answer >= 0).mean()) >= MARKED:
        return arrays.answer, "answers"
    return arrays.same, "texts"


def _said(found: SemanticEntropy, arrays: RowArrays, what: str) -> str:
    """What a meaning is here, and what that leaves out."""
    if what == "answers":
        assert arrays.answer is not None
        without = int((arrays.answer < 0).sum())
        left = f"; {without:,} completions mark none and are left out" if without else ""
        said = f"two completions mean the same where they mark the same final answer{left}"
    else:
        said = (
            "two completions mean the same only where their whole texts agree but for case and blanks, so that "
            "paraphrases count as different; openloop.measures.meaning_clusters takes vectors or entailment"
        )
    if found.all_differ >= SATURATED:
        said += (
            f". In {found.all_differ:.0%} of the prompts all completions differ: there the entropy is ln K whatever it "
            "truly is, and more completions a prompt are needed to tell"
        )
    return said


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
            result.add("entropy.semantic", found, name)


def _are_logprobs(arrays: RowArrays) -> bool:
    """Whether they can be; where not, that is said with the information gain."""
    assert arrays.logprob is not None and arrays.n_tokens is not None
    return not (arrays.logprob > 0).any() and not (arrays.n_tokens < 1).any() and not np.isinf(arrays.logprob).any()

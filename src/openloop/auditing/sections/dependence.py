"""How much the kept completions depend on their prompts: 0 where any prompt could have had any of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.text_sample import TextSample
from openloop.measures.hsic import hsic

MOST = 4_000
"""Rows that are compared with each other: each pair costs, and more hardly narrow the interval."""
PURPOSE = 0x4E5D
"""Of the random numbers: permutations of prompts."""
CHANCE = 0.05
"""A p-value above this leaves independence possible."""


def measure(given: SectionInput) -> SectionResult:
    """The normalised HSIC of prompts and completions, and in words what it says."""
    result = SectionResult()
    sample = given.texts.kept
    if not (sample.has_prompts and sample.has_completions):
        missing = "prompts" if sample.has_completions else "completions"
        result.unmeasured.append(f"dependence of completions on prompts: the kept rows have no {missing}")
        return result
    rows = _whole_prompts(sample)
    found = hsic(
        sample.prompt_vectors[rows],
        sample.completion_vectors[rows],
        sample.prompt[rows],
        rng=given.arrays.rng(PURPOSE),
        level=given.options.level,
    )
    part = f"; {len(rows):,} of {sample.of:,} rows, whole prompts, drawn by content" if len(rows) < sample.of else ""
    estimate = replace(found.normalised, method=f"{found.normalised.method}; vectors {sample.embedder.name}{part}")
    if np.isnan(estimate.value):
        result.unmeasured.append(f"dependence of completions on prompts: {found.normalised.method}")
        return result
    result.add("dependence.hsic", estimate)
    if found.p_value is not None and found.p_value > CHANCE:
        result.said.append(
            f"Nothing shows that completions depend on their prompts (p = {found.p_value:.2f}): as far as "
            f"{sample.embedder.name} vectors tell, any prompt could have had any of these completions. Look whether "
            "they answer what was asked."
        )
    return result


def _whole_prompts(sample: TextSample) -> np.ndarray:
    """Places of the first prompts, by content, that together have at most MOST rows, or of MOST rows of the first."""
    _, first = np.unique(sample.prompt, return_index=True)
    sizes = np.bincount(sample.prompt)
    order = np.argsort(first, kind="stable")
    taken = np.zeros(len(sizes), dtype=bool)
    taken[order] = np.cumsum(sizes[order]) <= MOST
    taken[order[0]] = True
    return np.flatnonzero(taken[sample.prompt])[:MOST]

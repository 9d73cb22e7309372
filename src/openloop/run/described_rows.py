"""What can be said of the rows that a round kept: how different they are, how near to the real ones, what is missing.

By the names and in the ways of the audit's sections, so far as a run knows what these need: the texts of rows, their
vectors, and how they were drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values
from openloop.data.answers import MARKED, final_answer
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.duplicates import words_of
from openloop.measures.information_gain import information_gain
from openloop.measures.linked_rows import linked
from openloop.measures.normsim import normsim
from openloop.measures.semantic_entropy import semantic_entropy
from openloop.measures.surface import skeleton
from openloop.measures.text_codes import text_codes
from openloop.measures.text_features import TextFeatures
from openloop.measures.two_sample import two_sample
from openloop.measures.unseen_mass import unseen_by_prompts
from openloop.measures.vendi import vendi2
from openloop.records import Estimate
from openloop.run.recorded_sampling import RecordedSampling
from openloop.seeds import derive

MOST = 5000
"""Rows of each side at most that are compared with each other."""
ANSWER = 8
"""Words: shorter completions are answers that prompts share, and different answers are cells."""
SEED = 0xDE5C


@dataclass(frozen=True, eq=False)
class EmbeddedTexts:
    """n rows with the vectors of both sides."""

    prompts: Sequence[str]
    completions: Sequence[str]
    prompt: Codes
    """Shape [n]: rows of one prompt are one cluster."""
    prompt_vectors: NDArray[np.float32] | None
    """Shape [n, D]; None where the rows have no prompts."""
    vectors: NDArray[np.float32]
    """Of completions, shape [n, D]."""

    def __len__(self) -> int:
        return len(self.completions)

    def some(self) -> EmbeddedTexts:
        """At most ``MOST`` rows, drawn by what they say."""
        if len(self) <= MOST:
            return self
        lots = [derive("describe", *pair) for pair in zip(self.prompts, self.completions, strict=True)]
        rows = np.sort(np.argsort(lots, kind="stable")[:MOST])
        vectors = None if self.prompt_vectors is None else self.prompt_vectors[rows]
        prompts, completions = ([side[row] for row in rows] for side in (self.prompts, self.completions))
        return EmbeddedTexts(prompts, completions, self.prompt[rows], vectors, self.vectors[rows])


@dataclass(frozen=True, eq=False)
class Drawn:
    """N candidates that a round drew, kept or not."""

    completions: Sequence[str]
    prompt: Codes
    logprob: Values
    n_tokens: Values
    cut_off: Mask
    samplings: Sequence[RecordedSampling]
    """In how many ways they were drawn."""


@dataclass
class Described:
    """Estimates by their names, and why others could not be made."""

    estimates: dict[str, Estimate]
    unmeasured: dict[str, str]

    def add(self, name: str, estimate: Estimate, note: str = "") -> None:
        """An estimate, or where it has no value the reason."""
        if math.isnan(estimate.value):
            self.unmeasured[name] = estimate.method.removeprefix("not measured: ").removeprefix("undefined: ")
        else:
            self.estimates[name] = replace(estimate, method=estimate.method + note)


def described(kept: EmbeddedTexts, drawn: Drawn, real: EmbeddedTexts | None) -> Described:
    """Everything that can be measured, each with an interval over prompts."""
    found = Described({}, {})
    if not len(kept):
        found.unmeasured["diversity.vendi2"] = "no row was kept"
        return found
    found.add("diversity.vendi2", vendi2(kept.vectors, kept.prompt))
    _unseen(kept, found)
    _entropy(drawn, found)
    _gain(drawn, found)
    if real is None or not len(real):
        for name in ("similarity.prompts", "similarity.responses", "real.auc"):
            found.unmeasured[name] = "no real rows to compare with"
        return found
    some, others = kept.some(), real.some()
    note = "" if len(some) == len(kept) and len(others) == len(real) else f"; {len(some):,} and {len(others):,} rows"
    _similarity(some, others, note, found)
    _auc(some, others, note, found)
    return found


def _unseen(kept: EmbeddedTexts, found: Described) -> None:
    words = float(np.median([len(words_of(text)) for text in kept.completions]))
    if words >= ANSWER:
        found.unmeasured["coverage.unseen"] = "completions are texts, not answers that prompts share"
        return
    cells = text_codes(skeleton(text) for text in kept.completions)
    found.add("coverage.unseen", unseen_by_prompts(cells, kept.prompt), "; different completions")


def _entropy(drawn: Drawn, found: Described) -> None:
    answers = [final_answer(text) for text in drawn.completions]
    marked = sum(answer is not None for answer in answers) >= MARKED * max(1, len(answers))
    if marked:
        meaning = text_codes(answer or "" for answer in answers)
        meaning[[answer is None for answer in answers]] = -1
    else:
        meaning = text_codes(skeleton(text) for text in drawn.completions)
    entropy = semantic_entropy(meaning, drawn.prompt)
    if not entropy.k:
        found.unmeasured["entropy.semantic"] = "no prompt has two completions"
        return
    alike = "final answers" if marked else "whole texts, but for case and blanks"
    found.add("entropy.semantic", entropy.at_k, f"; all candidates; equal: {alike}")


def _gain(drawn: Drawn, found: Described) -> None:
    if np.isnan(drawn.logprob).all():
        found.unmeasured["information.gain"] = "the model gave no log-probabilities"
        return
    if len(drawn.samplings) != 1:
        found.unmeasured["information.gain"] = f"candidates were drawn in {len(drawn.samplings):,} ways"
        return
    (how,) = drawn.samplings
    try:
        gain = information_gain(
            drawn.logprob,
            drawn.prompt,
            n_tokens=None if np.isnan(drawn.n_tokens).all() else drawn.n_tokens,
            cut_off=drawn.cut_off,
            temperature=how.temperature,
            top_p=how.top_p,
            of_model=how.of_model,
        )
    except DataError as error:
        found.unmeasured["information.gain"] = str(error).removeprefix("information_gain: ").rstrip(".")
        return
    found.add("information.gain", gain.completion, "; all candidates")


def _similarity(kept: EmbeddedTexts, real: EmbeddedTexts, note: str, found: Described) -> None:
    """Mean cosine to the nearest real row; a prompt is not compared with itself, which it may have been made of."""
    near = normsim(kept.vectors, real.vectors, where=False).value
    found.add("similarity.responses", _mean(near, kept.prompt), note)
    if kept.prompt_vectors is None or real.prompt_vectors is None:
        found.unmeasured["similarity.prompts"] = "one side has no prompts"
        return
    first = np.unique(kept.prompt, return_index=True)[1]
    codes = text_codes(skeleton(text) for text in [*kept.prompts, *real.prompts])
    own, theirs = codes[: len(kept)][first], codes[len(kept) :]
    near = normsim(kept.prompt_vectors[first], real.prompt_vectors, own, theirs, where=False).value
    found.add("similarity.prompts", _mean(near, kept.prompt[first]), f"; equal prompts left out{note}")


def _mean(near: Values, prompt: Codes) -> Estimate:
    known = ~np.isnan(near)
    if not known.any():
        return Estimate(math.nan, None, None, 0.95, 0, len(near), "nothing is left to compare")
    mean = clustered.mean(near[known], prompt[known])
    return replace(mean, n_unscored=int((~known).sum()), method=f"nearest real row, cosine; {mean.method}")


def _auc(kept: EmbeddedTexts, real: EmbeddedTexts, note: str, found: Described) -> None:
    texts = [*kept.completions, *real.completions]
    ours = np.arange(len(texts)) < len(kept)
    prompts = text_codes(skeleton(text) for text in [*kept.prompts, *real.prompts])
    prompts[[not text.strip() for text in [*kept.prompts, *real.prompts]]] = -1
    long = np.array([len(words_of(text[:1000])) >= ANSWER for text in texts], dtype=bool)
    copies = np.where(long, text_codes(skeleton(text) for text in texts), -1)
    group = linked(np.r_[kept.prompt, real.prompt + kept.prompt.max(initial=-1) + 1], prompts, copies)
    blocks = [TextFeatures.of(texts).for_classifier(ours), np.concatenate([kept.vectors, real.vectors])]
    told = two_sample(blocks, ours, group, np.random.default_rng(SEED))
    found.add("real.auc", told.auc, f"; cross-fitted classifier, completions{note}")

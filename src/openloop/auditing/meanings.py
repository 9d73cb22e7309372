"""Which completions of a prompt mean the same, as far as an audited file tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.text_sample import TextSample
from openloop.data.answers import MARKED
from openloop.measures.meaning_clusters import (
    MOST,
    PAIRS,
    Threshold,
    by_vectors,
    calibrated_threshold,
    cosine_distances,
    pairs_within,
)

TOLD = 0.8
"""Of pairs known to be equal or different, how many vectors must tell (mean of both) before they say what means the
same."""


def marks_answers(arrays: RowArrays) -> bool:
    """Whether most completions mark a final answer."""
    return arrays.answer is not None and float((arrays.answer >= 0).mean()) >= MARKED


def meanings(arrays: RowArrays) -> Codes:
    """Codes [N]: of final answers where most completions mark one (−1 where one does not), else of whole texts."""
    if arrays.answer is not None and marks_answers(arrays):
        return arrays.answer
    assert arrays.same is not None
    return arrays.same


@dataclass(frozen=True)
class VectorMeanings:
    """By vectors, as near as the threshold allows that tells good completions of a prompt from bad ones."""

    threshold: Threshold
    codes: Codes | None
    """Shape [n] of the sample; None where vectors do not tell."""


def meanings_by_vectors(sample: TextSample, gold: Values) -> VectorMeanings | None:
    """Of a sample whose ``gold`` [n] is known for some rows; None where it makes too few pairs to calibrate on, or
    where a prompt has too many completions to compare each with each.

    Two good completions of a prompt count as equal, a good and a bad one as different; of two bad ones nothing is
    known.
    """
    if np.bincount(sample.prompt).max(initial=0) > MOST:
        return None
    label = np.where(np.isnan(gold), -1, gold).astype(np.int64)
    one, other, _ = pairs_within(sample.prompt, label)
    told = label[one] + label[other] > 0
    one, other = one[told], other[told]
    equal = np.asarray(label[one] == label[other])
    if min(int(equal.sum()), int((~equal).sum())) < PAIRS:
        return None
    vectors = sample.completion_vectors
    found = calibrated_threshold(cosine_distances(vectors, one, other), equal)
    return VectorMeanings(found, by_vectors(vectors, sample.prompt, found.value) if found.right >= TOLD else None)

"""Texts as features that a sentence can name: their style, and the words that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.measures.text_style import MARKS, style
from openloop.measures.word_features import WordFeatures

WORDS = 150
"""Words that a classifier is shown."""


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """Of N texts."""

    style: NDArray[np.float64]
    """Shape [N, S]: see :data:`openloop.measures.text_style.MARKS` and ``SIZES``."""
    words: WordFeatures

    @classmethod
    def of(cls, texts: Sequence[str]) -> TextFeatures:
        """Those of some texts."""
        return cls(np.array([style(text) for text in texts]), WordFeatures.of(texts))

    def for_classifier(self, ours: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Shape [N, D], each column of variance 1: style, and the words that vary most, whichever sample has them.

        Words are picked by how often they occur, each sample counting alike, and not by which sample they occur in more
        often: so they may be picked on the rows that test the classifier.
        """
        n = len(self.style)
        shares = [self.words.counts(side) / max(1, side.sum()) for side in (ours, ~ours)]
        share = (shares[0] + shares[1]) / 2
        x = np.hstack([self.style, self.words.matrix(self.words.ordered(share * (1 - share), WORDS))])
        sizes = x[:, len(MARKS) : self.style.shape[1]]
        x[:, len(MARKS) : self.style.shape[1]] = np.log1p(sizes)
        x -= x.mean(0)
        spread = x.std(0)
        x = x[:, spread > 1e-9] / spread[spread > 1e-9] if n else x
        return np.asarray(x, dtype=np.float32)

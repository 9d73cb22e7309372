"""The suite passes what keeps the contract, and names the rule that each broken embedder breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from openloop.embedding import hashed
from openloop.testing import check_embedder


@dataclass(frozen=True)
class Changed:
    """The hashed vectors of some texts, changed."""

    change: Callable[[Sequence[str], Any], Any]
    name: str = "changed"
    revision: str = "1"

    def embed(self, texts: Sequence[str]) -> Any:
        return self.change(texts, hashed(64).embed(texts))


def as_they_are(texts: Sequence[str], vectors: Any) -> Any:
    return vectors


def of_its_neighbour(texts: Sequence[str], vectors: Any) -> Any:
    says = [bool(text.strip()) for text in texts]
    vectors[says] = np.roll(vectors[says], 1, axis=0)
    return vectors


def beside_others(texts: Sequence[str], vectors: Any) -> Any:
    moved = vectors + 0.01 * len(texts) * (vectors != 0)
    return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)


def never_zero(texts: Sequence[str], vectors: Any) -> Any:
    vectors[[not text.strip() for text in texts]] = hashed(64).embed(["nothing"])[0]
    return vectors


def zero_for_japanese(texts: Sequence[str], vectors: Any) -> Any:
    vectors[[text[:1] > "ÿ" and text[0] < "\ud800" for text in texts]] = 0
    return vectors


def longer(texts: Sequence[str], vectors: Any) -> Any:
    return 2 * vectors


def changes_its_input(texts: Any, vectors: Any) -> Any:
    texts and texts.sort()
    return vectors


def test_what_ships_keeps_the_contract() -> None:
    check_embedder(hashed(64))
    check_embedder(Changed(as_they_are))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (of_its_neighbour, "does not keep the order"),
        (beside_others, "depend on what else is in the batch"),
        (never_zero, "zeros for a text that says nothing"),
        (zero_for_japanese, "zeros for a text that says something"),
        (longer, "vector of length 2"),
        (changes_its_input, "changed what it was given"),
    ],
)
def test_each_broken_rule_is_named(change: Any, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_embedder(Changed(change))

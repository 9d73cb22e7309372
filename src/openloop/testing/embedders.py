"""The contract of an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import Embedder, Metered, Priced, StreamsVectors
from openloop.embedding.checks import checked
from openloop.errors import ContractError
from openloop.records import Usage
from openloop.testing.base import Suite

TOLERANCE = 1e-4
"""By which a number of a vector may differ between batches, which change the order of sums in single precision."""
TEXTS = [
    "Add 3 and 4.",
    "What is three plus four?",
    "",
    " \n",
    "数を足してください",
    "a",
    "a longer text, which goes on for some time: " + "and on " * 40,
    "Add 3 and 4.",
    "\ud800 half of a pair",
]


def check_embedder(embedder: Embedder, texts: Sequence[str] | None = None, *, tolerance: float = TOLERANCE) -> None:
    """Shape, lengths of 1, zeros for texts that say nothing, order kept, no text touched by those beside it, same text
    → same vector, inputs untouched, identity; and what a paid one declares.

    ``tolerance``: by how much a number may depend on the batch; half precision needs more, such as 0.02.
    """
    suite = Suite.of("embedder", embedder)
    suite.require(isinstance(embedder, Embedder), "lacks something of openloop.contracts.Embedder")
    suite.require(bool(embedder.name) and bool(embedder.revision), "must have a name and a revision")
    asked = list(texts) if texts is not None else TEXTS
    vectors = _vectors(embedder, asked, suite.unchanged(asked, lambda: embedder.embed(asked)))
    says = np.array([bool(text.strip()) for text in asked], dtype=bool)
    suite.require(not vectors[~says].any(), "must give zeros for a text that says nothing")
    suite.require(bool(vectors[says].any(axis=1).all()), "gives zeros for a text that says something")
    suite.require(_near(embedder.embed(asked), vectors, 1e-6), "gives other vectors for the same texts")
    suite.require(_near(embedder.embed(asked[::-1])[::-1], vectors, tolerance), "does not keep the order of the texts")
    alone = np.concatenate([embedder.embed([text]) for text in asked])
    suite.require(_near(alone, vectors, tolerance), "gives vectors that depend on what else is in the batch")
    suite.require(len(embedder.embed([])) == 0, "returns vectors for no texts")
    suite.check_identity(embedder)
    if isinstance(embedder, StreamsVectors):
        _check_streaming(suite, embedder, asked, vectors, tolerance)


def _vectors(embedder: Embedder, texts: Sequence[str], found: object) -> NDArray[np.float32]:
    try:
        return checked(embedder, texts, found)
    except ContractError as error:
        raise AssertionError(str(error)) from error


def _near(a: NDArray[Any], b: NDArray[Any], tolerance: float) -> bool:
    return a.shape == b.shape and bool((abs(a - b) <= tolerance).all())


def _check_streaming(
    suite: Suite, embedder: StreamsVectors, texts: list[str], vectors: NDArray[np.float32], tolerance: float
) -> None:
    """Parts come whole, each request is noted before it leaves and once it is answered."""
    suite.require(isinstance(embedder, Metered), "streams vectors but is not metered: set `metered = True`")
    suite.require(isinstance(embedder, Priced), "streams vectors but lacks something of openloop.contracts.Priced")
    suite.require(embedder.requests(1) == 1, "must need one request for one text")
    sent: list[int] = []
    used: dict[int, Usage] = {}

    def exchange(done: Sequence[tuple[int, Usage]], sending: Sequence[int]) -> None:
        suite.require(all(number in sent for number, _ in done), "hands on what no request that it noted was asked for")
        sent.extend(sending)
        used.update(done)

    middle = len(texts) // 2
    parts = [(7, texts[:middle]), (9, texts[middle:])]
    found = dict(embedder.stream(iter(parts), exchange, embedder.ledger(Usage(requests=0))))
    suite.require(found.keys() == {7, 9}, "must yield each part once, by its number")
    suite.require(
        _near(np.concatenate([found[7], found[9]]), vectors, tolerance), "gives other vectors part by part than at once"
    )
    suite.require(len(sent) == len(set(sent)), "gives two requests one number")
    suite.require(sorted(sent) == sorted(used), "must note each request when it leaves and when it is answered")

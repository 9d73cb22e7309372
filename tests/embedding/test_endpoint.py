"""Vectors over HTTP from a server that fails on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from openloop import embedding
from openloop.embedding import hashed
from openloop.errors import ContractError, InputError, RunError, SpendingEnded
from openloop.records import Usage
from openloop.testing import FaultyServer, check_embedder
from openloop.testing.faulty_server import ANSWERED, FAULTS
from openloop.testing.faulty_vectors import WIDTH

TEXTS = [f"text number {i}, {'x' * (i % 7)}" for i in range(100)]
PASSING = sorted(FAULTS.keys() - ANSWERED - {"stall"})


def served(server: FaultyServer, **options: Any) -> Any:
    given = {"url": server.url, "model": "faulty", "backoff": 0.01, "timeout": 20, "batch": 8} | options
    return embedding.endpoint(**given)  # type: ignore[arg-type]


def wanted(texts: Sequence[str] = TEXTS) -> Any:
    return hashed(WIDTH).embed(texts)


def test_it_keeps_the_contract() -> None:
    with FaultyServer() as server:
        check_embedder(served(server, batch=3))


@pytest.mark.parametrize("fault", [*PASSING, "shuffled", "no-usage", "drip"])
def test_faults_change_no_vector(fault: str) -> None:
    with FaultyServer([fault], share=0.4) as server:
        np.testing.assert_allclose(served(server).embed(TEXTS), wanted(), atol=1e-6)
        assert fault not in PASSING or max(server.tries.values()) > 1


def test_a_storm_of_429_ends_with_all_vectors() -> None:
    with FaultyServer(storm=10) as server:
        np.testing.assert_allclose(served(server).embed(TEXTS), wanted(), atol=1e-6)
        assert sum(server.tries.values()) == 13 + 10


def test_texts_that_say_nothing_are_zeros_and_no_server_sees_them() -> None:
    with FaultyServer(["refused"], share=0) as server:
        vectors = served(server).embed(["", "one", " \n"])
    assert [bool(vector.any()) for vector in vectors] == [False, True, False]


def test_requests_that_are_too_large_are_halved() -> None:
    with FaultyServer(["batch-refused"], share=1.0) as server:
        np.testing.assert_allclose(served(server, batch=32).embed(TEXTS), wanted(), atol=1e-6)


def test_a_text_that_is_too_long_is_named_and_can_be_cut() -> None:
    long = "start of it " + "y" * 200
    with FaultyServer(["long-refused"], share=1.0) as server:
        with pytest.raises(
            RunError, match=r"no vector for a text of 212 characters, 'start of it y+.*25 tokens.*characters=N"
        ):
            served(server).embed([*TEXTS[:5], long])
        cut = served(server, characters=60)
        np.testing.assert_allclose(cut.embed([long]), wanted([long[:60]]), atol=1e-6)
        assert cut.read_in_part([*TEXTS, long]) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("one-short", "was sent 8 texts and returned 7 vectors"),
        ("nan-vector", "NaN or infinity from 'faulty'"),
        ("other-width", "vectors of 32 and of 33 numbers"),
    ],
)
def test_what_are_no_vectors_of_these_texts_ends_it_at_once(fault: str, said: str) -> None:
    with FaultyServer([fault], share=1.0) as server:
        with pytest.raises(ContractError, match=said):
            served(server).embed(TEXTS[:8])
        assert sum(server.tries.values()) == 1


def test_a_server_that_cannot_shorten_vectors_is_found_out() -> None:
    with (
        FaultyServer() as server,
        pytest.raises(ContractError, match="asked for vectors of 16 numbers and returned 32"),
    ):
        served(server, dims=16).embed(["one"])


def test_a_prefix_stands_before_every_text() -> None:
    with FaultyServer() as server:
        found = served(server, prefix="query: ").embed(["one"])
    np.testing.assert_allclose(found, wanted(["query: one"]), atol=1e-6)


def test_tokens_are_counted_and_a_budget_ends_it() -> None:
    with FaultyServer() as server:
        used: list[Usage] = []
        mine = served(server)
        list(mine.stream([(0, TEXTS)], lambda done, _: used.extend(usage for _, usage in done)))
        assert sum(usage.prompt_tokens for usage in used) == server.tokens > 0
        assert mine.cost(Usage(10)) == 0 and served(server, prices={"input": 2}).cost(Usage(500_000)) == 1.0
        server.answered.clear()
        with pytest.raises(SpendingEnded, match="budget"):
            served(server, budget={"requests": 5}).embed(TEXTS)
        assert 0 < sum(server.answered.values()) <= 5
        server.tokens = 0
        with pytest.raises(SpendingEnded, match="budget"):
            served(server, prices={"input": 1e6}, budget={"money": 200}).embed(TEXTS)
        assert 0 < server.tokens <= 200


def test_a_server_that_counts_no_tokens_is_not_free() -> None:
    with FaultyServer(["no-usage"], share=1.0) as server, pytest.raises(SpendingEnded, match="budget"):
        served(server, budget={"tokens": 500}, concurrency=1).embed(TEXTS)


def test_the_key_goes_with_the_request_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-hidden")
    with FaultyServer(["refused"], share=1.0) as server:
        mine = served(server, key_env="MY_KEY")
        with pytest.raises(RunError) as refused:
            mine.embed(["one"])
        assert server.keys == {"Bearer sk-hidden"} and "sk-hidden" not in str(refused.value) + repr(mine)


def test_a_wrong_path_stops_at_once() -> None:
    with FaultyServer() as server, pytest.raises(RunError, match="404: no such model or path"):
        served(server, url=server.url.replace("/v1", "/v2")).embed(["one"])


def test_identity_is_what_decides_the_vectors() -> None:
    one = embedding.endpoint(url="http://a:1/v1", model="m", concurrency=3, prices={"input": 1}, batch=4)
    assert one.revision == embedding.endpoint(url="http://b:2/v1", model="m").revision
    for change in (
        {"model": "n"},
        {"revision": "2"},
        {"dims": 8},
        {"prefix": "q"},
        {"characters": 9},
        {"extra": {"x": 1}},
    ):
        assert embedding.endpoint(**({"url": "http://a:1/v1", "model": "m"} | change)).revision != one.revision  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        {"url": "localhost:8000"},
        {"model": ""},
        {"dims": 0},
        {"batch": 1.5},
        {"characters": -1},
        {"concurrency": True},
        {"timeout": 0},
        {"prices": {"in": 1}},
        {"budget": {"euros": 3}},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="endpoint: "):
        embedding.endpoint(**({"url": "http://a/v1", "model": "m"} | options))

"""Embedding that is paid for: what is committed is never asked for again, and what was spent is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop import embedding
from openloop.embedding import hashed
from openloop.errors import SpendingEnded
from openloop.run.store import Store
from openloop.testing import FaultyServer, canonical
from openloop.testing.faulty_vectors import WIDTH
from tests.support.kills import Program
from tests.support.runs import possibly_paid
from tests.support.user_files import write_code

TEXTS = [f"text number {i}" for i in range(2500)]


def served(server: FaultyServer, **options: Any) -> Any:
    return embedding.endpoint(**({"url": server.url, "model": "faulty", "backoff": 0.01, "concurrency": 8} | options))  # type: ignore[arg-type]


def test_a_budget_keeps_what_is_whole_and_a_larger_one_asks_for_the_rest_alone(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    with FaultyServer() as server:
        with pytest.raises(SpendingEnded, match="budget"):
            run.embed(TEXTS, served(server, budget={"requests": 50}))
        spent = sum(server.answered.values())
        assert 32 <= spent <= 50 and len(list((tmp_path / "run").rglob("part-*.parquet"))) == 1
        run.close()
        again = openloop.Run(tmp_path / "run")
        with pytest.raises(SpendingEnded, match="budget"):  # what was spent before counts
            again.embed(TEXTS, served(server, budget={"requests": 60}))
        assert sum(server.answered.values()) <= 60
        again.close()
        third = openloop.Run(tmp_path / "run")
        embedded = third.embed(TEXTS, served(server))
    np.testing.assert_allclose(embedded.vectors, hashed(WIDTH).embed(TEXTS), atol=1e-3)
    used = third.store.requests.usage(embedded.stages[0].fingerprint)
    assert (used.requests, used.prompt_tokens) == (sum(server.answered.values()), server.tokens)


def test_the_key_is_in_no_file_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-hidden")
    with FaultyServer() as server:
        run = openloop.Run(tmp_path / "run")
        run.embed(TEXTS[:10], served(server, key_env="MY_KEY"))
        assert server.keys == {"Bearer sk-hidden"}
        run.close()
    for file in (tmp_path / "run").rglob("*"):
        assert not file.is_file() or b"sk-hidden" not in file.read_bytes()


def test_vectors_of_another_server_are_the_same_stage(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    with FaultyServer() as first:
        one = run.embed(TEXTS[:10], served(first))
    with FaultyServer() as second:
        assert run.embed(TEXTS[:10], served(second)).stages[0].fingerprint == one.stages[0].fingerprint
        assert not second.tries


SCRIPT = """
    import sys, openloop
    from openloop import embedding
    run = openloop.Run(sys.argv[1])
    texts = [f"text number {i}" for i in range(6000)]
    run.embed(texts, embedding.endpoint(url=sys.argv[2], model="faulty", backoff=0.01, concurrency=8))
    run.close()
"""


@pytest.mark.integration
def test_killed_again_and_again_it_ends_with_the_same_vectors(tmp_path: Path) -> None:
    script = write_code(tmp_path / "embed.py", SCRIPT)
    with FaultyServer() as server:
        whole = Program([script, tmp_path / "whole", server.url], tmp_path / "whole")
        places = whole.count_places()
        asked = sum(server.answered.values())
    with FaultyServer(["429", "500", "reset"], share=0.2) as server:
        killed = Program([script, tmp_path / "killed", server.url], tmp_path / "killed")
        done = killed.run_killed(
            {place: places[place] for place in ("sent", "replies", "committed vectors")}, 8, seed=3
        )
        answered = sum(server.answered.values())
    assert len(done) >= 4, done
    assert canonical(killed.directory) == canonical(whole.directory)
    # Asked again: parts that were not whole when it was killed. Of all that, the run knows what it used.
    assert answered - asked <= len(done) * 3 * 32
    store = Store.read(killed.directory)
    (stage,) = store.requests.stages()
    assert answered - possibly_paid(killed.directory) <= store.requests.usage(stage).requests <= answered

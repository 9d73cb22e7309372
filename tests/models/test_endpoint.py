"""Sampling over HTTP from a server that fails on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openloop import models
from openloop.errors import InputError, RunError
from openloop.records import Asked, Sampling
from openloop.testing import FaultyServer, check_model
from tests.models.endpoints import PASSING, PROMPTS, SCHEMA, model


def texts(drawn: Any) -> list[Any]:
    return [[completion.content for completion in group] for group in drawn]


@pytest.fixture(scope="module")
def answers() -> list[Any]:
    """What a server without faults answers."""
    with FaultyServer() as server:
        return texts(model(server).sample(PROMPTS, 3, Sampling(seed=4)))


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_it_keeps_the_contract(api: str) -> None:
    with FaultyServer() as server:
        check_model(model(server, api=api, logprobs=True))


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_changes_no_row(fault: str, answers: list[Any]) -> None:
    with FaultyServer([fault], share=0.4) as server:
        assert texts(model(server).sample(PROMPTS, 3, Sampling(seed=4))) == answers
        assert max(server.tries.values()) > 1 and set(server.answered.values()) == {1}


def test_all_faults_together_change_no_row(answers: list[Any]) -> None:
    with FaultyServer(PASSING, share=0.6, clears_after=2) as server:
        assert texts(model(server).sample(PROMPTS, 3, Sampling(seed=4))) == answers


@pytest.mark.parametrize(
    ("fault", "finish", "reason"),
    [
        ("no-choice", "failed", "no choice came back"),
        ("empty", "failed", "empty completion"),
        ("filtered", "failed", "filtered by the server"),
        ("length", "length", None),
        ("refused", "failed", "status 400: not like this"),
    ],
)
def test_what_comes_back_is_checked(fault: str, finish: str, reason: str | None, answers: list[Any]) -> None:
    with FaultyServer([fault], share=0.3) as server:
        drawn = model(server).sample(PROMPTS, 3, Sampling(seed=4))
    odd = [c for group in drawn for c in group if c.finish != "stop"]
    assert odd and {(c.finish, c.failure and c.failure[: len(str(reason))]) for c in odd} == {(finish, reason)}
    for group, other in zip(drawn, answers, strict=True):
        assert all(c.content == text for c, text in zip(group, other, strict=True) if c.finish == "stop")


@pytest.mark.parametrize("fault", ["extra-choices", "same-id", "drip", "no-logprobs"])
def test_odd_but_sound_replies_are_taken(fault: str, answers: list[Any]) -> None:
    with FaultyServer([fault], share=0.5) as server:
        assert texts(model(server).sample(PROMPTS, 3, Sampling(seed=4))) == answers


def test_a_stalled_request_is_given_another_try(answers: list[Any]) -> None:
    with FaultyServer(["stall"], share=0.05) as server:
        assert texts(model(server, timeout=0.5).sample(PROMPTS, 3, Sampling(seed=4))) == answers


def test_a_request_that_always_fails_loses_only_itself() -> None:
    with FaultyServer(["malformed"], share=0.1, clears_after=10_000) as server:
        drawn = model(server, attempts=3, patience=0.5).sample(PROMPTS, 3, Sampling(seed=4))
    failed = [c for group in drawn for c in group if c.finish == "failed"]
    assert 0 < len(failed) < 40 and all("not JSON" in str(c.failure) and "tries" in str(c.failure) for c in failed)


def test_a_server_that_is_gone_ends_the_stage_and_no_row() -> None:
    gone = models.endpoint(url="http://127.0.0.1:9/v1", model="none", backoff=0.01, patience=0.3)
    with pytest.raises(RunError, match="connection refused, for"):
        gone.sample(PROMPTS, 1, Sampling())


def test_a_storm_of_429_ends_with_all_rows(answers: list[Any]) -> None:
    with FaultyServer(storm=30) as server:
        assert texts(model(server).sample(PROMPTS, 3, Sampling(seed=4))) == answers
        assert sum(server.tries.values()) == 120 + 30 and set(server.answered.values()) == {1}


def test_a_server_that_is_down_is_waited_for(answers: list[Any]) -> None:
    with FaultyServer(["500"], share=1.0, clears_after=2) as server:
        assert texts(model(server).sample(PROMPTS, 3, Sampling(seed=4))) == answers


def test_requests_are_in_flight_together_and_never_more_than_allowed() -> None:
    with FaultyServer(latency=0.05) as server:
        model(server, concurrency=4).sample(PROMPTS[:10], 2, Sampling())
        assert 2 <= server.busiest <= 4


def test_a_refusal_stops_at_once() -> None:
    with FaultyServer() as server, pytest.raises(RunError, match="no such model"):
        model(server, url=server.url.replace("/v1", "/v2")).sample(PROMPTS, 1, Sampling())


def test_the_budget_is_never_exceeded() -> None:
    with FaultyServer(latency=0.005) as server:
        capped = model(server, budget={"requests": 25})
        with pytest.raises(RunError, match="budget"):
            capped.sample(PROMPTS, 3, Sampling(max_tokens=5))
        assert 0 < sum(server.answered.values()) <= 25
        paid = model(server, prices={"input": 1e6, "output": 1e6}, budget={"money": 500})
        server.tokens = 0
        with pytest.raises(RunError, match="budget"):
            paid.sample(PROMPTS, 3, Sampling(max_tokens=5))
        assert 450 < server.tokens <= 500


def test_the_deadline_ends_it() -> None:
    with FaultyServer(latency=0.2) as server, pytest.raises(RunError, match="deadline"):
        model(server, deadline=0.5, concurrency=2).sample(PROMPTS, 3, Sampling())


def test_identity_is_what_decides_the_answers() -> None:
    one = models.endpoint(url="http://a:1/v1", model="m", concurrency=3, prices={"input": 1})
    assert one.revision == models.endpoint(url="http://b:2/v1", model="m").revision
    for change in (
        {"model": "n"},
        {"api": "completions"},
        {"revision": "2"},
        {"system": "be kind"},
        {"extra": {"x": 1}},
    ):
        assert models.endpoint(**({"url": "http://a:1/v1", "model": "m"} | change)).revision != one.revision


@pytest.mark.parametrize(
    "options",
    [
        {"url": "localhost:8000"},
        {"api": "responses"},
        {"concurrency": 0},
        {"attempts": 0},
        {"timeout": -1},
        {"backoff": 0},
        {"prices": {"in": 1}},
        {"budget": {"euros": 3}},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="endpoint"):
        models.endpoint(**({"url": "http://a/v1", "model": "m"} | options))


def test_a_schema_is_asked_for_and_what_ignores_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    with FaultyServer(answer=lambda prompt, seed: '{"answer": "x"}' if seed % 2 else "plainly x") as server:
        asking = model(server, schema="schema.json", base=tmp_path)
        sent = asking.body(Asked(0, PROMPTS[0], 0, 5), Sampling())
        assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
        drawn = [c for group in asking.sample(PROMPTS, 2, Sampling()) for c in group]
    assert {c.content: c.remark for c in drawn} == {'{"answer": "x"}': None, "plainly x": "no JSON"}
    assert asking.revision != model(server).revision == model(server, schema=None).revision
    for wrong in ("nothing.json", {}):
        with pytest.raises(InputError, match="endpoint: schema"):
            models.endpoint(url="http://x", model="m", schema=wrong, base=tmp_path)

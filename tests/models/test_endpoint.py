"""Sampling over HTTP from a server that fails on purpose."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import openloop
from openloop import models
from openloop.errors import InputError, RunError
from openloop.models.endpoint.client import retry_after
from openloop.models.endpoint.limiter import Limiter
from openloop.models.endpoint.replies import Malformed, read
from openloop.records import Asked, Prompt, Sampling
from openloop.run.plan import Plan
from openloop.run.planning import Planning
from openloop.run.run import Run
from openloop.run.store import Step, Store
from openloop.testing import FaultyServer, canonical, check_model
from openloop.testing.faulty_server import ANSWERED, FAULTS

ROWS = [{"prompt": f"question {i}", "answer": str(i)} for i in range(40)]
PROMPTS = [Prompt(f"p{i}", row["prompt"], row) for i, row in enumerate(ROWS)]
PASSING = sorted(FAULTS.keys() - ANSWERED - {"stall"})


def model(server: FaultyServer, **options: Any) -> Any:
    return models.endpoint(**({"url": server.url, "model": "faulty", "backoff": 0.01, "timeout": 20} | options))


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
    assert 0 < len(failed) < 40 and all("no JSON" in str(c.failure) and "tries" in str(c.failure) for c in failed)


def test_a_server_that_is_gone_ends_the_stage_and_no_row() -> None:
    gone = models.endpoint(url="http://127.0.0.1:9/v1", model="none", backoff=0.01, patience=0.3)
    with pytest.raises(RunError, match="no answer"):
        gone.sample(PROMPTS, 1, Sampling())


def test_a_storm_of_429_ends_with_all_rows(answers: list[Any]) -> None:
    with FaultyServer(storm=2.0) as server:
        began = time.monotonic()
        assert texts(model(server).sample(PROMPTS, 3, Sampling(seed=4))) == answers
        assert time.monotonic() - began >= 2
        assert sum(server.tries.values()) < 120 + 400  # it waits: it does not hammer


def test_a_server_that_is_down_is_waited_for(answers: list[Any]) -> None:
    with FaultyServer(["500"], share=1.0, clears_after=2) as server:
        assert texts(model(server).sample(PROMPTS, 3, Sampling(seed=4))) == answers


def test_concurrency_finds_what_the_server_can_do() -> None:
    with FaultyServer(latency=0.02, slots=32) as server:
        asked = [Prompt(f"p{i}", f"question {i}") for i in range(600)]
        began = time.monotonic()
        model(server, concurrency=128).sample(asked, 1, Sampling())
        assert server.busiest >= 28 and time.monotonic() - began < 4


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


def test_a_key_reaches_the_server_and_no_file_and_no_log(
    tmp_path: Path, openloop_cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    key = "sk-very-secret-indeed"
    with FaultyServer(["500", "refused", "html", "429"], share=0.6) as server:
        teacher = {"use": "endpoint", "url": server.url, "model": "m", "key_env": "MY_KEY", "backoff": 0.01}
        recipe = {"name": "made", "real": "rows.jsonl", "sampler": teacher}
        (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
        said = openloop_cli("run", tmp_path / "recipe.yaml", env=os.environ | {"MY_KEY": key})
        assert said.returncode == 0 and server.keys == {f"Bearer {key}"}
    assert "not like this" in "".join(row.failure for row in failed(tmp_path / "runs" / "made"))
    for text in (
        said.stdout,
        said.stderr,
        *(f.read_bytes().decode("latin-1") for f in tmp_path.rglob("*") if f.is_file()),
    ):
        assert "very-secret" not in text


def failed(directory: Path) -> list[Any]:
    store = Store.read(directory)
    table = store.table(at.fingerprint for at in store.journal.steps() if at.kind == "sample")
    return [SimpleNamespace(**row) for row in table.to_pylist() if row["failure"]]


def test_a_run_asks_for_nothing_twice(tmp_path: Path) -> None:
    with FaultyServer(PASSING, share=0.3) as server:
        run = openloop.Run(tmp_path / "run")
        first = run.sample(model(server), ROWS, k=3)
        asked = sum(server.tries.values())
        again = run.sample(model(server, concurrency=7, url=server.url + "/"), ROWS, k=3)
        run.close()
        assert first.stages[0].fingerprint == again.stages[0].fingerprint and sum(server.tries.values()) == asked
    with FaultyServer() as server:  # another port, no faults: the same model, and the same rows
        run = openloop.Run(tmp_path / "other")
        run.sample(model(server), ROWS, k=3)
        run.close()
    assert canonical(tmp_path / "run") == canonical(tmp_path / "other")


def test_an_interrupted_run_goes_on_and_pays_nothing_again(tmp_path: Path) -> None:
    with FaultyServer(latency=0.002) as server:
        run = openloop.Run(tmp_path / "run")
        with pytest.raises(RunError, match="budget"):
            run.sample(model(server, budget={"requests": 50}), ROWS, k=3)
        run.close()
        run = openloop.Run(tmp_path / "run")
        run.sample(model(server), ROWS, k=3)
        run.close()
        assert set(server.answered.values()) == {1} and len(server.answered) == 120


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


def test_reasoning_is_kept_apart() -> None:
    def reply(**message: Any) -> dict[str, Any]:
        return {"choices": [{"message": message, "finish_reason": "stop"}]}

    for held in (reply(content="<think>\nhm\n</think>\n\n42"), reply(content="42", reasoning_content="hm")):
        completion, _ = read(held, chat=True, as_messages=False, logprobs=False)
        assert (completion.content, completion.reasoning) == ("42", "hm")


NO_REPLIES = [
    [],
    {},
    {"choices": "x"},
    {"choices": [3]},
    {"choices": [{"message": {"content": 4}}]},
    {"choices": [{}]},
    {"error": {"message": "no"}},
]


@pytest.mark.parametrize("reply", NO_REPLIES)
def test_replies_of_another_shape_are_malformed(reply: Any) -> None:
    with pytest.raises(Malformed):
        read(reply, chat=True, as_messages=False, logprobs=True)


def test_retry_after() -> None:
    assert [retry_after(x) for x in (None, "2", "0.5", "-1", "soon", "99999", "nan")] == [
        None,
        2,
        0.5,
        None,
        None,
        300,
        None,
    ]


@pytest.mark.parametrize(
    ("fault", "remark"),
    [
        ("no-logprobs", "no logprobs"),
        ("length", "cut by length"),
        ("extra-choices", "2 choices came back"),
    ],
)
def test_what_came_otherwise_than_asked_is_counted(fault: str, remark: str, tmp_path: Path) -> None:
    with FaultyServer([fault], share=0.3) as server:
        run = openloop.Run(tmp_path / "run")
        pool = run.sample(model(server, logprobs=True), ROWS, k=3)
    remarks = pool.counts["remarks"]
    assert set(remarks) == {remark} and 15 < remarks[remark] < 60
    assert f"remarks {remarks[remark]} ({remark} {remarks[remark]})" in repr(pool)
    assert sum(row.logprob is None for row in pool) == (remarks[remark] if fault == "no-logprobs" else 0)
    run.close()


def test_failures_are_counted_by_reason(tmp_path: Path) -> None:
    with FaultyServer(["no-choice", "empty", "filtered"], share=0.5) as server:
        run = openloop.Run(tmp_path / "run")
        pool = run.sample(model(server), ROWS, k=3)
    failures = pool.counts["failures"]
    assert set(failures) == {"no choice came back", "empty completion", "filtered by the server"}
    assert sum(failures.values()) == pool.counts["request_failed"] == 120 - len(pool)
    run.close()


SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


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


def test_progress_says_replies_tokens_and_money(tmp_path: Path) -> None:
    said: list[dict[str, Any]] = []
    with FaultyServer() as server:
        run = openloop.Run(tmp_path / "run")
        run.store.observers.append(lambda kind, detail: said.append(dict(detail)) if kind == "replies" else None)
        run.sample(model(server, prices={"input": 1e6, "output": 2e6}), ROWS, k=3)
    assert [s["done"] for s in said] == sorted(s["done"] for s in said)
    first, last = said[0], said[-1]
    assert (first["done"], first["money"], last["done"], last["total"]) == (0, 0.0, 120, 120)
    assert last["tokens"] < last["money"] < 2 * last["tokens"]
    run.close()


@pytest.mark.slow
def test_five_minutes_of_429_end_with_all_rows_once_they_stop(tmp_path: Path) -> None:
    rows = [{"prompt": f"question {i}"} for i in range(500)]
    with FaultyServer(storm=300.0, retry_after=1.0) as server:
        run = openloop.Run(tmp_path / "run")
        began = time.monotonic()
        pool = run.sample(model(server, backoff=0.5), rows, k=2)
        seconds = time.monotonic() - began
        tries = sum(server.tries.values())
    assert pool.counts["generated"] == 1000 and "failures" not in pool.counts
    assert 300 <= seconds < 345 and tries < 1000 + 600  # it looks in now and then, and does not hammer
    run.close()


def test_a_budget_is_of_the_run_and_shared_by_its_stages(tmp_path: Path) -> None:
    with FaultyServer(latency=0.01) as server:
        run = openloop.Run(tmp_path / "run")
        teacher = model(server, budget={"requests": 100}, concurrency=4)
        run.sample(teacher, ROWS[:30], k=2)
        with ThreadPoolExecutor(2) as pool:  # arms sample side by side
            rest = [pool.submit(run.at(arm=f"{i}").sample, teacher, ROWS, k=1, seed=i) for i in (1, 2)]
            assert any(isinstance(f.exception(), RunError) for f in rest)
        assert sum(server.answered.values()) == 100
        run.close()
        run = openloop.Run(tmp_path / "run")  # and it is not forgotten
        with pytest.raises(RunError, match="budget"):
            run.sample(teacher, ROWS, k=1, seed=3)
        assert sum(server.answered.values()) == 100
        run.close()


def test_a_server_that_refuses_a_schema_is_named_in_the_reason(tmp_path: Path) -> None:
    with FaultyServer(["400-schema"], share=1.0) as server:
        run = openloop.Run(tmp_path / "run")
        failures = run.sample(model(server, schema=SCHEMA), ROWS[:3], k=1).counts["failures"]
        run.close()
    (reason,) = failures
    assert reason.startswith("status 400, a JSON schema asked for: ") and "unknown field" in reason


def test_a_storm_of_ten_seconds_costs_few_requests(tmp_path: Path) -> None:
    with FaultyServer(storm=10.0, retry_after=0.5) as server:
        run = openloop.Run(tmp_path / "run")
        began = time.monotonic()
        pool = run.sample(model(server, backoff=0.2), ROWS, k=3)
        assert 10 <= time.monotonic() - began < 20
        assert pool.counts["generated"] == 120 and sum(server.tries.values()) < 120 + 200
        run.close()


SAYS_ALL = """
import logging, sys, openloop
from openloop import models
logging.basicConfig(level=logging.DEBUG, handlers=[logging.FileHandler(sys.argv[3]), logging.StreamHandler()])
run = openloop.Run(sys.argv[1])
run.store.observers.append(lambda kind, detail: print(kind, dict(detail)))
rows = [{"prompt": f"question {i}"} for i in range(40)]
print(run.sample(models.endpoint(url=sys.argv[2], model="faulty", backoff=0.01), rows, k=2))
print(models.endpoint(url=sys.argv[2], model="faulty"))
run.sample(models.endpoint(url=sys.argv[2].replace("/v1", "/v2"), model="other"), rows)
"""


def test_a_key_is_in_no_output_and_no_log(tmp_path: Path) -> None:
    key = "sk-very-secret-indeed"
    with FaultyServer(["500", "429", "html", "reset"], share=0.5) as server:
        words = [sys.executable, "-c", SAYS_ALL, str(tmp_path / "run"), server.url, str(tmp_path / "log")]
        done = subprocess.run(words, capture_output=True, text=True, env=os.environ | {"OPENAI_API_KEY": key})
        assert f"Bearer {key}" in server.keys
    assert "RunError" in done.stderr and "Pool: requested 80" in done.stdout  # it said much, and failed loudly
    assert key not in done.stdout + done.stderr
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or key.encode() not in file.read_bytes(), file


def test_replies_of_another_stage_are_taken_in_whatever_order(tmp_path: Path) -> None:
    rows = [{"prompt": f"question {i}"} for i in range(2500)]
    with FaultyServer() as server:
        run = openloop.Run(tmp_path / "run")
        run.sample(model(server), rows[1100:], k=1)
        pool = run.at(round=1).sample(model(server), rows, k=1)
        again = run.at(round=2).sample(model(server), rows[::-1], k=1)
        assert sum(server.tries.values()) == 2500 and pool.counts == again.counts
        assert len(list(pool)) == 2500
        run.close()


def test_one_stall_halves_the_limit_once() -> None:
    limiter = Limiter(64, limit=64, starting=False, best=0.02)
    for _ in range(300):
        limiter.succeeded(5.0)  # sent long before the halving that the first of them bring
    assert limiter.limit == 32


def test_a_plan_says_money_by_the_length_of_prompts_and_what_a_budget_forbids(tmp_path: Path) -> None:
    priced = models.endpoint(
        url="http://x", model="m", prices={"input": 1.0, "output": 2.0}, budget={"requests": 10, "money": 1.0}
    )
    store = Store.empty(tmp_path / "run")
    for length, money in ((400, 40 * (100 + 2 * 256) / 1e6), (40_000, 40 * (10_000 + 2 * 256) / 1e6)):
        plan = Plan()
        Run.over(Planning(store, plan), Step()).sample(priced, ["x" * length] * 40)
        assert plan.stages[0].money == pytest.approx(money)
        assert plan.over_budget == ["m: up to 40 requests, and its budget is 10."]

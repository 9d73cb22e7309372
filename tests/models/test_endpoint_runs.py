"""Endpoints in a run: nothing is paid for twice, what came otherwise is counted, and the key reaches no file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import openloop
from openloop import models
from openloop.errors import RunError
from openloop.run.plan import Plan
from openloop.run.planning import Planning
from openloop.run.run import Run
from openloop.run.store import Step, Store
from openloop.testing import FaultyServer, canonical
from tests.models.endpoints import PASSING, ROWS, SCHEMA, model
from tests.support.runs import possibly_paid


@pytest.mark.integration
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


@pytest.mark.integration
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


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_key_or_model_stops_what_has_not_left_and_nothing_of_it_is_called_paid(
    tmp_path: Path, status: int
) -> None:
    with FaultyServer(refuses=status) as server:
        with closing(openloop.Run(tmp_path / "run")) as run, pytest.raises(RunError, match=f"answers {status}"):
            run.sample(model(server), ROWS, k=10)
        assert 0 < sum(server.tries.values()) <= 32  # those that left before the first refusal was there
    with FaultyServer() as server, closing(openloop.Run(tmp_path / "run")) as run:
        run.sample(model(server), ROWS, k=10)
        assert len(server.answered) == 400
    assert possibly_paid(tmp_path / "run") == 0


def test_a_request_that_the_server_may_have_answered_is_called_possibly_paid_though_it_was_refused_later(
    tmp_path: Path,
) -> None:
    def answer(prompt: str, seed: int) -> str:
        server.refuses = 401  # the key is withdrawn after the first answer; the connections of the others were cut
        return "yes"

    with (
        FaultyServer(["reset"], share=1.0, answer=answer) as server,
        closing(openloop.Run(tmp_path / "run")) as run,
        pytest.raises(RunError, match="answers 401"),
    ):
        run.sample(model(server), ROWS, k=1)
    with FaultyServer() as server, closing(openloop.Run(tmp_path / "run")) as run:
        run.sample(model(server), ROWS, k=1)
    assert 0 < possibly_paid(tmp_path / "run") < 40


def test_requests_to_a_server_that_is_not_there_are_not_called_possibly_paid(tmp_path: Path) -> None:
    with FaultyServer() as server:
        url = server.url
    with closing(openloop.Run(tmp_path / "run")) as run, pytest.raises(RunError, match="connection refused"):
        run.sample(models.endpoint(url=url, model="faulty", backoff=0.01, patience=0.1), ROWS, k=3)
    with FaultyServer() as server, closing(openloop.Run(tmp_path / "run")) as run:
        run.sample(model(server), ROWS, k=3)
    assert possibly_paid(tmp_path / "run") == 0

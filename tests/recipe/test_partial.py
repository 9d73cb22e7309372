"""A spent budget leaves what was paid for visible, auditable and exportable, marked partial; a preview pays once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import openloop as library
from openloop.testing import FaultyServer, canonical
from tests.support.rows import read_rows, write_rows

Call = Callable[..., Any]
PROMPTS = [{"prompt": f"prompt number {n}", "completion": "an answer"} for n in range(60)]


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as made:
        yield made


@pytest.fixture
def paid(tmp_path: Path, server: FaultyServer) -> Callable[..., Path]:
    """A recipe that only makes rows, by an endpoint with a budget."""
    write_rows(tmp_path / "rows.jsonl", PROMPTS)
    (tmp_path / "mine.py").write_text(
        "import openloop\n\n@openloop.signal\ndef even(candidate) -> bool:\n"
        "    return len(candidate.completion) % 2 == 0 or 'number' in str(candidate.prompt)\n"
    )

    def write(budget: dict[str, Any] | None, **changes: Any) -> Path:
        model = {"use": "endpoint", "url": server.url, "model": "m", "concurrency": 4}
        made = {
            "name": "paid",
            "real": "rows.jsonl",
            "sampler": model if budget is None else model | {"budget": budget},
            "sampling": {"k": 2},
            "signals": {"even": "mine.py:even"},
            "select": {"use": "threshold", "accept": True},
            "workers": 0,
        }
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(made | changes))
        return path

    return write


def test_a_spent_budget_leaves_rows_that_are_shown_audited_and_exported_as_partial(
    openloop: Call, paid: Callable[..., Path], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    failed = openloop("run", paid({"requests": 40}), "--dir", run)
    assert failed.code == 1
    said = " ".join(failed.out.split())
    assert "budget" in said and "40 rows are kept of what was answered, marked partial" in said
    shown = openloop("show", run, "--json").json
    assert [(one["arm"], one["kept"], one["why"]) for one in shown["partial"]] == [
        ("loop", 40, "80 requests were not asked")
    ]
    rows = shown["arms"]["loop"]["rows"][0]
    assert (rows["requested"], rows["generated"], rows["request_failed"], rows["kept"]) == (120, 40, 80, 40)
    made = openloop("export", run, "--to", "trl", "--json").json
    assert made["partial"] and made["rows"] == 40 and "partial" in made["file"]
    assert len(read_rows(made["file"])) == 40
    assert "PARTIAL: 80 requests were not asked" in Path(made["card"]).read_text()
    found = library.audit(run)
    assert found.rows == 40 and any(line.startswith("PARTIAL") for line in found.said)
    assert openloop("show", run, "--rows", "--json").json["partial"]


def test_with_more_money_the_run_goes_on_and_its_rows_are_those_of_one_that_never_stopped(
    openloop: Call, paid: Callable[..., Path], server: FaultyServer, tmp_path: Path
) -> None:
    assert openloop("run", paid({"requests": 40}), "--dir", tmp_path / "run", "--json").code == 1
    assert openloop("run", paid(None), "--dir", tmp_path / "run", "--json").code == 0
    assert sum(server.tries.values()) == 120
    shown = openloop("show", tmp_path / "run", "--json").json
    assert shown["partial"] == [] and shown["unfinished_replies"] is None
    assert not openloop("export", tmp_path / "run", "--to", "trl", "--json").json["partial"]
    assert openloop("run", paid(None), "--dir", tmp_path / "whole", "--json").code == 0
    mine, whole = canonical(tmp_path / "run"), canonical(tmp_path / "whole")
    assert whole.items() <= mine.items()  # the partial stages stay beside them


def test_batches_that_were_finished_and_those_that_were_not_are_both_in_the_partial_rows(
    openloop: Call, paid: Callable[..., Path], tmp_path: Path
) -> None:
    path = paid({"requests": 50}, prompts={"path": "rows.jsonl", "batch": 10}, train_rows=100)
    assert openloop("run", path, "--dir", tmp_path / "run", "--json").code == 1
    (one,) = openloop("show", tmp_path / "run", "--json").json["partial"]
    assert one["kept"] == 50  # two whole batches of twenty, and half of the third
    assert "50 of the 100 rows asked for" in one["why"] and "10 requests were not asked" in one["why"]
    # A batch that was never begun is no part of the round.
    rows = openloop("show", tmp_path / "run", "--json").json["arms"]["loop"]["rows"][0]
    assert (rows["requested"], rows["generated"], rows["request_failed"]) == (60, 50, 10)


def test_requests_that_were_not_asked_tell_nothing_of_the_yield(
    openloop: Call, paid: Callable[..., Path], tmp_path: Path
) -> None:
    path = paid({"requests": 50}, prompts={"path": "rows.jsonl", "batch": 10}, train_rows=100)
    assert openloop("run", path, "--dir", tmp_path / "run", "--json").code == 1
    planned = " ".join(openloop("plan", path, "--dir", tmp_path / "run").out.split())
    assert "over 50 requests" in planned, planned
    assert "upper bounds: every answer is counted at its max_tokens. The 50 answered here so far took" in planned


def test_a_preview_shows_what_comes_and_the_run_pays_for_none_of_it_again(
    openloop: Call, paid: Callable[..., Path], server: FaultyServer, tmp_path: Path
) -> None:
    path, run = paid(None), tmp_path / "run"
    made = openloop("preview", path, "-n", "5", "--dir", run, "--json").json
    assert made["requests"] == 10 == sum(server.tries.values())
    assert made["sent"]["requests"] == 10
    assert {row["fate"] for reply in made["replies"] for row in reply["rows"]} <= {"kept", "dropped"}
    assert made["replies"][0]["rows"][0]["verdicts"]["even"]["outcome"] == "scored"
    again = openloop("preview", path, "-n", "5", "--dir", run).out
    assert "none was paid for now" in again and "prompt number" in again and "yield:" in again
    assert openloop("run", path, "--dir", run, "--json").code == 0
    assert sum(server.tries.values()) == 120


def test_without_requests_a_run_makes_rows_of_the_replies_that_are_there(
    openloop: Call, paid: Callable[..., Path], server: FaultyServer, tmp_path: Path
) -> None:
    path, run = paid(None), tmp_path / "run"
    assert openloop("preview", path, "-n", "5", "--dir", run, "--json").code == 0
    assert openloop("run", path, "--dir", run, "--no-requests", "--json").code == 0
    assert sum(server.tries.values()) == 10
    (one,) = openloop("show", run, "--json").json["partial"]
    assert (one["kept"], one["why"]) == (10, "110 requests were not asked")


def test_a_judge_whose_budget_is_spent_leaves_the_rows_it_judged(
    openloop: Call, paid: Callable[..., Path], server: FaultyServer, tmp_path: Path
) -> None:
    judge = {"use": "endpoint", "url": server.url, "model": "judge", "budget": {"requests": 30}, "concurrency": 4}
    signals = {"even": "mine.py:even", "rated": {"use": "rubric", "model": judge, "items": ["Is it good?"]}}
    select = {"use": "threshold", "signal": "even", "accept": True}
    path = paid(None, signals=signals, select=select)
    said = openloop("run", path, "--dir", tmp_path / "run", "--json")
    assert said.code == 1
    (one,) = said.json["partial"]
    assert one["kept"] == 120 and one["why"] == "a judge was not asked about all of the rows"


@pytest.mark.parametrize("words", [["-n", "0"], ["--arms", "nobody"]])
def test_a_preview_of_nothing_is_refused(
    openloop: Call, paid: Callable[..., Path], tmp_path: Path, words: list[str]
) -> None:
    assert openloop("preview", paid(None), "--dir", tmp_path / "run", *words).code == 2


def test_prompts_that_name_only_a_batch_are_the_real_rows(openloop: Call, paid: Callable[..., Path]) -> None:
    path = paid(None, prompts={"batch": 10})
    assert max(stage["requests"] for stage in openloop("plan", path, "--json").json["stages"]) == 20

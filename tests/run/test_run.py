"""`openloop.Run`: a loop of ordinary Python, in which every call is carried out once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, parsing, prompting, selection, signals
from openloop.errors import InputError
from tests.support.rows import doubles


def test_the_same_python_again_computes_nothing(tmp_path: Path) -> None:
    def loop() -> list[str]:
        run = openloop.Run(tmp_path / "run")
        happened: list[str] = []
        run.store.observers.append(lambda kind, detail: happened.append(kind))
        pool = run.sample(models.simulated(), doubles(50), k=4)
        kept = run.select(pool, run.score(pool, signals.exact()), selection.threshold(accept=True))
        run.evaluate(run.train(models.simulated(), kept), doubles(50))
        run.close()
        return happened

    assert "finished" in loop()
    assert set(loop()) == {"reused"}


def test_a_deleted_file_is_made_again(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), [{"prompt": "1+1=", "answer": "2"}], k=4)
    before = list(pool)
    (file,) = (tmp_path / "run" / "candidates").rglob("*.parquet")
    file.unlink()
    assert list(run.sample(models.simulated(), [{"prompt": "1+1=", "answer": "2"}], k=4)) == before


def test_results_say_what_they_hold(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(error=0.5), doubles(40), k=2)
    verdicts = run.score(pool, signals.exact())
    kept = run.select(pool, verdicts, selection.threshold(accept=True))
    assert repr(pool) == "Pool: requested 80, generated 80, request_failed 0"
    assert repr(verdicts).startswith("Verdicts of 'exact': generated 80, scored 80")
    assert len(kept) + kept.counts["dropped"]["rejected"] == 80
    assert all(candidate.completion == candidate.row["answer"] for candidate in kept)
    assert [verdict.value for verdict in verdicts].count(1.0) == len(kept)


def test_real_rows_are_mixed_into_training_and_export(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    rows = [{"prompt": f"{i} + 1 =", "answer": str(i + 1), "completion": str(i + 1)} for i in range(30)]
    pool = run.sample(models.simulated(error=0.5), rows, k=4)
    kept = run.select(pool, run.score(pool, signals.exact()), selection.threshold(accept=True))
    student = run.train(models.simulated(), kept, real=rows, real_share=0.25)
    assert student.counts["real"] == round(len(kept) / 3) == student.counts["rows"] - len(kept)
    path = run.export(kept, "parquet", real=rows, real_share=0.5)
    held = openloop.read(path).rows
    real = Counter(row["prompt"] for row in held if row.get("model") == "real")
    assert real.total() == len(kept) == len(held) / 2 and max(real.values()) - min(real.values()) <= 1
    assert f"{len(kept)} of the rows are real" in path.with_name(path.stem + ".card.md").read_text()
    with pytest.raises(InputError, match="above 0 and below 1"):
        run.train(models.simulated(), kept, real=rows, real_share=1.0)
    with pytest.raises(InputError, match="give real too"):
        run.export(kept, "trl", real_share=0.5)
    run.close()


def test_a_set_that_grows_is_trained_on_as_much_as_one_that_does_not(tmp_path: Path) -> None:
    run, model = openloop.Run(tmp_path / "run"), openloop.models.simulated(error=0.4)
    real = [{"prompt": f"{i} + 1 =", "completion": str(i + 1), "answer": str(i + 1)} for i in range(40)]
    kept = [run.select(run.sample(model, real, seed=seed), None) for seed in range(3)]
    whole = run.train(model, kept, real=real)
    some = run.train(model, kept, real=real, most_rows=50)
    assert (whole.counts["rows"], some.counts["rows"]) == (160, 50)
    assert run.train(model, kept, real=real, most_rows=50).counts == some.counts
    assert run.train(model, kept, real=real, most_rows=160).counts["rows"] == 160
    assert run.train(model, kept[:1], real=real, most_rows=500).counts["rows"] == 80
    with pytest.raises(InputError, match="most_rows: at least 1"):
        run.train(model, kept, real=real, most_rows=0)


def test_python_calls_do_the_same(tmp_path: Path) -> None:
    def write(prompt: Any, seed: int) -> str:
        return (
            f'{{"instruction": "task {seed % 50}"}}\n{{"instruction": "broken' if "JSON" in prompt else f"did {prompt}"
        )

    run = openloop.Run(tmp_path / "run")
    teacher = models.function(write)
    rows = [f"Do {i}." for i in range(10)]
    replies = run.sample(teacher, prompting.make(prompting.in_context(task="Write."), rows, count=30))
    items = run.parse(replies, parsing.items("instruction"))
    assert items.counts == {"replies": 30, "found": 60, "generated": 30, "broken": {"no JSON": 30}}
    fresh = run.select(items, None, selection.duplicates(of="completion"))
    answers = run.sample(teacher, fresh.as_prompts(), k=2)
    assert {row.completion for row in answers} == {f"did {row.completion}" for row in fresh}
    assert len(answers) == 2 * len(fresh) < 60
    with pytest.raises(InputError, match="has been parsed already"):
        run.parse(items, parsing.items())
    run.close()


def test_a_call_that_is_given_the_wrong_thing_says_what_it_needs(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), doubles(3))
    for call, says in (
        (lambda: run.train(models.simulated(), pool), "train: needs what Run.select returns, got Pool: "),
        (lambda: run.score(None, signals.exact()), "score: needs what Run.sample or Run.parse returns, got None"),
        (lambda: run.select([], None, selection.everything()), "select: needs what Run.sample"),
        (lambda: run.evaluate(models.simulated(), doubles(3), {}), "evaluate: needs at least one signal"),
    ):
        with pytest.raises(InputError, match=re.escape(says)):
            call()  # type: ignore[no-untyped-call]
    run.close()

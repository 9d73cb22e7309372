"""Evaluations by signals: several tests of one model, several answers to a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import openloop
from openloop import models, signals
from openloop.errors import InputError
from openloop.measures.pass_at import pass_at
from tests.support.rows import sums
from tests.support.runs import finished

ROWS = sums(12, 10)


def test_one_answer_is_greedy_and_gives_accuracy(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    found = run.evaluate(models.simulated(error=0.4), ROWS)
    assert list(found.estimates) == ["accuracy"] and found.estimate.n == len(ROWS)
    run.close()


def test_k_answers_give_pass_at_k_of_the_stored_answers(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    found = run.evaluate(models.simulated(error=0.4), ROWS, k=8, temperature=1.0)
    assert list(found.estimates) == ["accuracy", "pass@1", "pass@8"]
    items = found.items()
    codes = np.unique(np.asarray(items.prompts), return_inverse=True)[1]
    right = np.asarray(items.values["accuracy"])
    assert len(right) == 8 * len(ROWS)
    assert found.estimates["pass@8"] == pass_at(right, codes, 8)
    assert found.estimates["accuracy"].value == pytest.approx(right.mean())
    assert found.estimates["pass@8"].value > found.estimates["accuracy"].value
    by_prompt = items.by_prompt("pass@8")
    assert sum(by_prompt.values()) / len(by_prompt) == pytest.approx(found.estimates["pass@8"].value)
    run.close()


def test_models_are_compared_in_pass_at_k_too(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    weak, strong = (run.evaluate(models.simulated(error=e), ROWS, k=4, temperature=1.0) for e in (0.8, 0.5))
    gain = strong.less(weak, "pass@4")
    assert gain.value == pytest.approx(strong.estimates["pass@4"].value - weak.estimates["pass@4"].value)
    assert gain.low is not None and gain.low > 0 and gain.n == len(ROWS)
    run.close()


def test_named_signals_name_their_pass_at_k(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    judges = {"right": signals.exact(), "guessed": signals.simulated(phi=0.9, psi=0.3)}
    found = run.evaluate(models.simulated(error=0.4), ROWS, judges, k=2, temperature=1.0)
    assert list(found.estimates) == [
        "right", "right pass@1", "right pass@2", "guessed", "guessed pass@1", "guessed pass@2"
    ]  # fmt: skip
    run.close()


def test_several_greedy_answers_are_refused(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    with pytest.raises(InputError, match="at temperature 0 all 8 answers are the same"):
        run.evaluate(models.simulated(error=0.4), ROWS, k=8)
    run.close()
    assert not finished(tmp_path / "run")


def test_tests_are_told_apart_by_name_and_keep_their_order(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    model = models.simulated(error=0.4)
    for name, rows in (("near", ROWS[:60]), ("far", ROWS[60:]), ("again", ROWS[:60])):
        run.evaluate(model, rows, name=name)
    run.close()
    placed = finished(tmp_path / "run", "evaluate")
    assert [stage.label for stage in placed] == ["near", "far", "again"]
    assert placed[0].fingerprint == placed[2].fingerprint != placed[1].fingerprint  # one test is taken once


def test_another_seed_draws_other_answers(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    one, other = (run.evaluate(models.simulated(error=0.4), ROWS, k=2, temperature=1.0, seed=s) for s in (0, 1))
    assert one.items().values["accuracy"].tolist() != other.items().values["accuracy"].tolist()
    run.close()


def test_where_nothing_was_scored_it_says_so_and_why(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    found = run.evaluate(models.simulated(), ROWS, {"right": signals.exact(), "void": signals.exact("gold")})
    right, void = repr(found).split("; void: ")
    assert void.startswith("nothing was scored: 120 answers, error no_gold (the row has no 'gold'; it has: ")
    assert right.startswith("right 1.000 [") and "nothing" not in right and "nan" not in repr(found)
    assert "nothing" not in repr(run.evaluate(models.simulated(), ROWS))
    run.close()

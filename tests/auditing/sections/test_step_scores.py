"""A verdict that is a list of the scores of an answer's steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from openloop.errors import InputError
from openloop.measures.step_scores import aggregate_steps
from tests.conftest import Said
from tests.support.audited import Rows, ids, write

Cli = Callable[..., Said]


def solved(n: int = 300, seed: int = 0, column: str = "prm_scores") -> Rows:
    """A wrong answer has one bad step somewhere, seldom the last."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        good, k = bool(rng.random() < 0.6), int(rng.integers(2, 9))
        steps = rng.beta(8, 1.5, k)
        if not good:
            steps[rng.integers(0, k)] *= 0.6 * rng.random()
        rows.append({"prompt": f"q{i}", "completion": f"words {i}", "gold": good, column: steps.round(3).tolist()})
    return rows


def auc_of(found: Audit) -> float:
    return found.estimate("verifier.auc").value


@pytest.mark.parametrize("how", ["min", "last", "mean", "product"])
def test_the_score_is_the_named_aggregate(how: str) -> None:
    rows = solved()
    plain = [{**row, "prm_scores": aggregate_steps(row["prm_scores"], how)} for row in rows]
    found = library.audit(rows, aggregate=how)
    assert auc_of(found) == auc_of(library.audit(plain))
    assert found.estimate("steps.auc", f"aggregate={how}") == found.estimate("verifier.auc")


def test_without_a_name_the_worst_step_counts_and_the_others_are_told() -> None:
    found = library.audit(solved(), accept_at=0.4)
    assert auc_of(found) == auc_of(library.audit(solved(), aggregate="min"))
    said = " ".join(found.said)
    assert "an answer counts by its worst step (for another, --aggregate last, mean or product)" in said
    for how in ("min", "last", "mean", "product"):
        assert f"{how} accepts" in said
        for name in ("auc", "accepted", "phi", "psi"):
            assert found.estimate(f"steps.{name}", f"aggregate={how}").low is not None


def test_another_aggregate_that_ranks_better_is_found() -> None:
    text = next(
        f.text for f in library.audit(solved(), aggregate="last").findings if f.id == "other-aggregate-ranks-better"
    )
    assert "min tells good rows from bad ones better than their last" in text and "--aggregate min" in text
    assert "other-aggregate-ranks-better" not in ids(library.audit(solved(), aggregate="min"))


def test_repeats_stay_repeats_unless_an_aggregate_is_named() -> None:
    rng = np.random.default_rng(0)
    rows = [{**row, "prm_scores": rng.random(4).round(2).tolist()} for row in solved()]
    assert library.audit(rows).estimate("judge.within_sd").n == 300
    named = library.audit(rows, aggregate="min")
    assert not [e for e in named.estimates if e.name == "judge.within_sd"]


@pytest.mark.parametrize(
    "cell",
    [
        lambda steps: [{"text": "so", "rating": score} for score in steps],
        lambda steps: ["+" if score > 0.3 else "-" for score in steps],
        lambda steps: [f"{score}" for score in steps],
    ],
    ids=["objects", "marks", "texts"],
)
def test_steps_may_be_objects_marks_or_texts(cell: Callable[[list[float]], list[Any]]) -> None:
    rows = [{**row, "prm_scores": cell(row["prm_scores"])} for row in solved()]
    assert library.audit(rows).estimate("steps.auc", "aggregate=min").value > 0.75


def test_what_is_missing_is_counted() -> None:
    rows = solved()
    rows[0]["prm_scores"], rows[1]["prm_scores"] = [], [None, 0.5]
    found = library.audit(rows)
    said = " ".join(found.said)
    assert "steps without a score: 1 in 1 row (they are left out)" in said
    assert "unscored for lack of steps: 1 row" in said
    assert found.estimate("verifier.auc").n_unscored == 1


def test_losses_count_by_their_highest() -> None:
    losses = [{**row, "prm_scores": [1 - score for score in row["prm_scores"]]} for row in solved()]
    found = library.audit(losses, lower_is_better=True)
    assert auc_of(found) == pytest.approx(auc_of(library.audit(solved())))
    with pytest.raises(InputError, match="lower is better"):
        library.audit(losses, lower_is_better=True, aggregate="product")


def test_what_does_not_fit_is_refused(openloop: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl", solved(20))
    wide = write(
        tmp_path / "wide.jsonl", [{**row, "prm_scores": [2, 3][: 1 + i % 2]} for i, row in enumerate(solved(20))]
    )
    flat = write(tmp_path / "flat.jsonl", [{**row, "prm_scores": 0.5} for row in solved(20)])
    for path, how, says in (
        (file, "maximum", "allowed: last, mean, min, product"),
        (wide, "product", "go from 2 to 3"),
        (flat, "min", "prm_scores does not hold lists"),
    ):
        said = openloop("audit", path, "--aggregate", how)
        assert said.code == 2 and says in said.err, said.err
    assert openloop("audit", file, "--aggregate", "mean").code == 0


def test_lists_of_tests_that_passed_count_by_their_share() -> None:
    passed = [{**row, "prm_scores": [int(score > 0.3) for score in row["prm_scores"]]} for row in solved()]
    tests = [{("tests_passed" if k == "prm_scores" else k): v for k, v in row.items()} for row in passed]
    assert any("counts by the mean" in said for said in library.audit(tests, judge_column="tests_passed").said)
    assert any("counts by its worst step" in said for said in library.audit(passed).said)


def test_several_scorings_of_the_steps_are_refused_with_what_to_give() -> None:
    rows = [{**row, "prm_scores": [row["prm_scores"]] * 3} for row in solved(40)]
    with pytest.raises(InputError, match="holds lists of lists, such as several scorings"):
        library.audit(rows, judge_column="prm_scores")

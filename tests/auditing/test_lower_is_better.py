"""A verdict of which low values are good: measured as if negated, printed in its own numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import openloop as library
from openloop import selection
from openloop.auditing.file_input import MemoryInput
from openloop.auditing.read_arrays import read_arrays
from openloop.auditing.row_arrays import RowArrays
from openloop.data.recognise import NamedColumns
from openloop.errors import InputError
from openloop.recipe import load_yaml
from openloop.records import Candidate, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from tests.conftest import Said
from tests.support.audited import Rows, ids, scored, write
from tests.support.worlds import World


def turned(rows: Rows, name: str = "nll") -> Rows:
    return [{**{k: v for k, v in row.items() if k != "score"}, name: -row["score"]} for row in rows]


def arrays_of(rows: Rows, *, lower_is_better: bool, column: str) -> RowArrays:
    named = NamedColumns(verdicts=(column,))
    return read_arrays(MemoryInput(rows), named, lower_is_better=lower_is_better)[0]


def test_a_score_turned_round_is_audited_alike() -> None:
    rows = scored(n=600)
    high = library.audit(rows, judge_column="score", accept_at=0.5)
    low = library.audit(turned(rows), judge_column="nll", accept_at=-0.5, lower_is_better=True)
    assert high.decision == low.decision and ids(high) == ids(low) and high.sentence == low.sentence
    assert [line.name for line in high.estimates] == [line.name for line in low.estimates]
    for one, other in zip(high.estimates, low.estimates, strict=True):
        assert replace(one.estimate, method="") == replace(other.estimate, method=""), one.name
        if one.stratum.startswith("score>="):
            assert other.stratum == f"score<={-float(one.stratum.removeprefix('score>=')):.6g}"
    # Read the other way round, the same file has a verdict that accepts the bad rows.
    wrong = library.audit(turned(rows), judge_column="nll", accept_at=-0.5)
    assert wrong.estimate("verifier.bad_after").value > 0.5 > low.estimate("verifier.bad_after").value
    assert wrong.estimate("verifier.auc").value == pytest.approx(1 - low.estimate("verifier.auc").value)


def test_what_is_printed_is_in_the_numbers_of_the_file() -> None:
    low = library.audit(turned(scored(n=600)), judge_column="nll", accept_at=-0.5, lower_is_better=True)
    assert "lower is better: low values of nll are good" in low.said
    assert all(x.startswith("≤ -") for curve in low.curves for x in curve.x if "cut" in curve.title)
    assert all(row["verdict"] <= -0.5 for row in low.worst)


def test_a_class_of_which_no_is_good() -> None:
    rows = World(0.3, 0.85, 0.25, 300, 1).rows()
    errors = [{**{k: v for k, v in row.items() if k != "verdict"}, "error": not row["verdict"]} for row in rows]
    one, other = library.audit(rows), library.audit(errors, judge_column="error", lower_is_better=True)
    for name in ("verifier.phi", "verifier.psi", "verifier.bad_after"):
        assert one.estimate(name) == other.estimate(name)


def test_repeats_and_further_judges_are_turned_too() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {"prompt": f"q{i}", "completion": f"c {i}", "a": list(rng.normal(i % 5, 1, 3)), "b": i % 5} for i in range(80)
    ]
    low = arrays_of(rows, lower_is_better=True, column="a")
    high = arrays_of(rows, lower_is_better=False, column="a")
    assert low.repeats is not None and high.repeats is not None
    assert (low.repeats[np.argsort(low.place)] == -high.repeats[np.argsort(high.place)]).all()
    one, other = (library.audit(rows, judge_column=["a", "b"], lower_is_better=lower) for lower in (False, True))
    alphas = [[e.estimate.value for e in found.estimates if e.name == "judge.alpha"] for found in (one, other)]
    assert alphas[0] and alphas[0] == pytest.approx(alphas[1])


@pytest.mark.parametrize("lower", [False, True])
def test_the_line_of_a_cut_selects_the_rows_of_the_cut_to_the_last_digit(lower: bool) -> None:
    """A cut that was rounded to .999999 kept 10.1 % of the rows instead of 6.4 %."""
    rng = np.random.default_rng(0)
    scores = np.r_[1 - rng.random(200) ** 8 * 1e-5, rng.normal(size=100) * 1e-7, rng.normal(size=100) * 1e17]
    rows = [{"prompt": f"q{i}", "completion": f"c {i}", "mark": float(score)} for i, score in enumerate(scores)]
    arrays = arrays_of(rows, lower_is_better=lower, column="mark")
    verdicts = {"mark": VerdictList("mark", None, [Verdict(float(score)) for score in scores])}
    pool = CandidatePool([Candidate(f"{i}", f"{i}", "q", "a") for i in range(len(rows))], verdicts)
    for at in arrays.score[::7]:
        line = load_yaml(arrays.cut_recipe(at))["select"]
        assert line.pop("use") == "threshold"
        kept = selection.threshold(**line).select(pool).kept
        assert sorted(map(int, kept)) == sorted(arrays.place[arrays.score >= at])


def test_a_cut_is_named_in_the_numbers_of_the_file() -> None:
    rows = [{"prompt": f"q{i}", "completion": f"c {i}", "mark": i / 8} for i in range(8)]
    high, low = (arrays_of(rows, lower_is_better=lower, column="mark") for lower in (False, True))
    assert (high.cut_name(0.5), low.cut_name(-0.5)) == ("score>=0.5", "score<=0.5")
    assert low.cut_recipe(-0.0) == "select: {use: threshold, at_most: 0.0}"


@pytest.mark.parametrize("name", ["nll", "mean_loss", "edit-distance", "Perplexity"])
def test_a_column_that_sounds_like_a_loss_is_asked_about(name: str) -> None:
    rows = turned(scored(n=60), name)
    assert any("give --lower-is-better" in line for line in library.audit(rows, judge_column=name).said)
    told = library.audit(rows, judge_column=name, lower_is_better=True)
    assert not any("give --lower-is-better" in line for line in told.said)


def test_a_column_that_does_not_is_not() -> None:
    for column in ("score", "score>=0.5"):
        assert not any("lower" in line for line in library.audit(scored(n=60), judge_column=column).said)
    compared = library.audit(turned(scored(n=60)), judge_column="nll<=-0.5")
    assert not any("lower" in line for line in compared.said)


def test_positions_have_no_direction() -> None:
    rows = [{"prompt": f"q{i}", "completion": "c", "verdict": "A", "other": "B"} for i in range(30)]
    with pytest.raises(InputError, match="--lower-is-better"):
        library.audit(rows, swapped="other", lower_is_better=True)


def test_the_option(openloop: Callable[..., Said], tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl", turned(scored(n=600)))
    words = ("audit", file, "--judge-column", "nll", "--accept-at", "-0.5", "--to-label", tmp_path / "label.jsonl")
    said = openloop(*words, "--lower-is-better", "--json", "-")
    assert said.code == 0, said.err
    same = library.audit(file, judge_column="nll", accept_at=-0.5, lower_is_better=True)
    assert said.json["sentence"] == same.sentence
    assert json.dumps(said.json["curves"]) == json.dumps(same.to_json()["curves"])

"""Pairs that several people labelled: gold is what most of them say, and who of them differs is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.auditing.result import Audit, Decision
from openloop.data.recognise.pair_people import most_say
from openloop.errors import DataError, InputError
from tests.support.pair_files import judged_pairs, preference_data

PEOPLE = [f"annotator_{i}" for i in range(1, 6)]


def labelled(n: int = 600, *, bad: float = 0.03, careless: float = 0.05, turned: bool = False) -> list[dict[str, Any]]:
    """Chosen and rejected; four people err in 5 % of the pairs, the fifth in a share ``careless``."""
    rng = np.random.default_rng(1)
    rows = preference_data(n, bad=bad)
    for row in rows:
        good = row.pop("gold") != turned
        for person, error in zip(PEOPLE, [0.05] * 4 + [careless], strict=True):
            row[person] = "A" if good == (rng.random() >= error) else "B"
    return rows


def majority_bad(rows: list[dict[str, Any]]) -> float:
    return float(np.mean([sum(row[person] == "B" for person in PEOPLE) >= 3 for row in rows]))


def alpha(rows: list[dict[str, Any]]) -> float:
    """Krippendorff (2011), two classes and nobody missing."""
    labels = np.array([[row[person] == "A" for person in PEOPLE] for row in rows], dtype=float)
    ones, n = labels.sum(1), labels.size
    observed = (2 * ones * (5 - ones) / 4).sum() / n
    return float(1 - observed / (2 * labels.sum() * (n - labels.sum()) / (n * (n - 1))))


def share_bad(found: Audit) -> float:
    return found.estimate("verifier.p").value


def test_gold_is_what_most_people_say() -> None:
    rows = labelled()
    found = openloop.audit(rows)
    assert found.decision is Decision.TRAIN
    assert share_bad(found) == pytest.approx(majority_bad(rows))
    assert found.estimate("annotators.alpha").value == pytest.approx(alpha(rows))
    assert openloop.audit(labelled(turned=True)).decision is Decision.DO_NOT_TRAIN
    assert any("gold = what most of these people say" in sentence for sentence in found.said)


def test_who_labels_unlike_the_others_is_said() -> None:
    differing = [f.text for f in openloop.audit(labelled(careless=0.45)).findings if f.id == "annotator-differs"]
    assert len(differing) == 1 and differing[0].startswith("annotator_5 ")
    assert "annotator-differs" not in {f.id for f in openloop.audit(labelled()).findings}


def test_named_columns_a_list_and_an_object_say_the_same() -> None:
    rows = labelled()
    wanted = share_bad(openloop.audit(rows))
    plain = [{key: value for key, value in row.items() if key not in PEOPLE} for row in rows]
    lists = [{**bare, "labels": [row[p] for p in PEOPLE]} for bare, row in zip(plain, rows, strict=True)]
    objects = [{**bare, "votes": {p: row[p] for p in PEOPLE}} for bare, row in zip(plain, rows, strict=True)]
    others = [{**bare, **{f"w{p}": row[p] for p in PEOPLE}} for bare, row in zip(plain, rows, strict=True)]
    assert share_bad(openloop.audit(lists)) == wanted
    assert share_bad(openloop.audit(objects, annotators="votes")) == wanted
    assert share_bad(openloop.audit(others, annotators=[f"w{p}" for p in PEOPLE])) == wanted


def test_a_judge_of_two_responses_is_held_against_the_people() -> None:
    rows = judged_pairs(right=0.8, orders=False)
    for row in rows:
        gold = row.pop("gold")
        row |= {"annotator_1": gold, "annotator_2": gold, "annotator_3": "tie"}
    found = openloop.audit(rows)
    wrong = [row["verdict"] != row["annotator_1"] for row in rows]
    assert share_bad(found) == pytest.approx(float(np.mean(wrong)))
    assert found.estimate("pairs.accuracy").value == pytest.approx(1 - float(np.mean(wrong)))


def test_people_alone_say_what_to_train_on(tmp_path: Path) -> None:
    rows = judged_pairs(80, orders=False)
    for row in rows:
        del row["verdict"]
        row |= dict.fromkeys(PEOPLE, row.pop("gold"))
    found = openloop.audit(rows, to_label=tmp_path / "label.jsonl")
    assert found.decision is Decision.LABEL_FIRST and "no pair has gold" in found.sentence
    assert any("the only preference" in sentence for sentence in found.said)


def test_labels_that_say_nothing_of_two_responses_are_refused() -> None:
    rows = [{**row, "annotator_1": "helpful", "annotator_2": "A"} for row in preference_data(30)]
    with pytest.raises(DataError, match="annotator_1, annotator_2: does not say which of two responses is better"):
        openloop.audit(rows, annotators=["annotator_1", "annotator_2"])
    late = labelled(5001)
    late[-1]["annotator_2"] = "helpful"
    with pytest.raises(DataError, match="row 5,001: .*'helpful', which does not say which of chosen and rejected"):
        openloop.audit(late)


@pytest.mark.parametrize("option", [{"step": "at"}, {"aggregate": "min"}])
def test_options_of_rows_are_not_passed_over(option: dict[str, Any]) -> None:
    rows = [{**row, "at": i} for i, row in enumerate(preference_data(30))]
    with pytest.raises(InputError, match=f"--{next(iter(option))} .*--completion chosen"):
        openloop.audit(rows, **option)


@pytest.mark.parametrize(
    ("wins", "most"), [([1, 1, 0], 1), ([0, 0.5, 0.5], 0.5), ([1, 0], None), ([], None), ([0.5, 1, 0], None)]
)
def test_most_say(wins: list[float], most: float | None) -> None:
    found = most_say(wins)
    assert found == most if most is not None else np.isnan(found)


def test_labels_of_people_are_no_strata(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    openloop.audit(labelled(), json=path)
    assert "annotator_1=" not in json.dumps(json.loads(path.read_text()))


def test_one_row_a_person_is_said_not_to_be_put_together() -> None:
    rows = [
        {**row, "annotator": who, "preference": "A" if who != "cy" else "B"}
        for row in judged_pairs(40, orders=False, gold=False)
        for who in ("ann", "bob", "cy")
        if row.pop("verdict", True)
    ]
    said = " ".join(openloop.audit(rows).said)
    assert "annotator names people, who have a row each for one pair: every row counts as a pair of its own" in said
    with pytest.raises(DataError, match="--annotators annotator: holds one value a row. Of pairs"):
        openloop.audit(rows, annotators="annotator")
    assert "names people" not in " ".join(openloop.audit([row for row in rows if row["annotator"] == "ann"]).said)

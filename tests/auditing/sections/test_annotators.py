"""What is found of the people who labelled."""

from __future__ import annotations

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit, Decision
from tests.support.audited import Rows, ids


def labelled(errors: tuple[float, ...], n: int = 300, good: float = 0.6, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        right = bool(rng.random() < good)
        said = [int(right ^ (rng.random() < error)) for error in errors]
        people = {f"annotator_{j}": label for j, label in enumerate(said, 1)}
        rows.append({"prompt": f"q{i}", "completion": f"words {i}", "verdict": right, **people})
    return rows


def finding(found: Audit, name: str) -> str:
    return next(f.text for f in found.findings if f.id == name)


def test_one_who_differs_is_named() -> None:
    found = library.audit(labelled((0.05, 0.05, 0.3)))
    assert finding(found, "annotator-differs").startswith("annotator_3 labels unlike the others")
    assert len([f for f in found.findings if f.id == "annotator-differs"]) == 1
    turned = library.audit(labelled((0.3, 0.05, 0.05)))
    assert finding(turned, "annotator-differs").startswith("annotator_1")
    assert "annotator-differs" not in ids(library.audit(labelled((0.1, 0.1, 0.1))))


def test_people_who_agree_little() -> None:
    found = library.audit(labelled((0.3, 0.3, 0.3)))
    alpha = found.estimate("annotators.alpha")
    assert "annotators-disagree" in ids(found) and alpha.high is not None and alpha.high < 0.667
    assert "annotators-disagree" not in ids(library.audit(labelled((0.03, 0.03, 0.03))))
    # Nearly all rows are good: α is low, but two labels seldom differ.
    rare = library.audit(labelled((0.03, 0.03, 0.03), good=0.98))
    assert rare.estimate("annotators.alpha").value < 0.5 and "annotators-disagree" not in ids(rare)


def test_the_error_that_disagreement_implies_is_said_and_not_applied() -> None:
    rows = labelled((0.1, 0.1, 0.1), n=1000)
    found = library.audit(rows)
    apart = found.estimate("annotators.disagreement").value
    assert apart == pytest.approx(2 * 0.1 * 0.9, abs=0.02)
    said = next(text for text in found.said if "--label-error" in text)
    assert f"at least {apart / 2:.1%}" in said and "not applied" in said
    gold = [{"gold": sum(row[f"annotator_{j}"] for j in (1, 2, 3)) > 1, **row} for row in rows]
    assert library.audit(gold).sentence == found.sentence


def test_torn_labels_are_bounded() -> None:
    found = library.audit(labelled((0.15, 0.15)))
    assert "torn-labels" in ids(found) and "Have one more person label them" in finding(found, "torn-labels")
    assert "torn-labels" not in ids(library.audit(labelled((0.15, 0.15, 0.15))))


def test_of_two_nobody_is_named() -> None:
    found = library.audit(labelled((0.0, 0.4)))
    assert "annotator-differs" not in ids(found)
    assert any("of two either may err" in text for text in found.unmeasured)


def test_grades_are_ordinal_and_names_nominal() -> None:
    rng = np.random.default_rng(0)
    base = labelled((0.1, 0.1, 0.1), n=60)
    grades = [{**row, **{f"annotator_{j}": int(rng.integers(1, 6)) for j in (1, 2, 3)}} for row in base]
    assert "ordinal" in library.audit(grades).estimate("annotators.alpha").method
    names = [{**row, **{f"annotator_{j}": str(rng.choice(["a x", "b", "c"])) for j in (1, 2, 3)}} for row in base]
    people = ["annotator_1", "annotator_2", "annotator_3"]
    found = library.audit(names, annotators=people)
    assert "nominal" in found.estimate("annotators.alpha").method
    assert "--annotators 'annotator_1==" in found.sentence or "--annotators annotator_1==" in found.sentence


def test_rows_on_which_people_are_torn_are_not_trained_on_unless_they_cannot_matter() -> None:
    rows = labelled((0.07, 0.07), n=800, good=0.99)
    found = library.audit(rows)
    assert next(f for f in found.findings if f.id == "torn-labels").blocking
    assert found.decision is Decision.SELECT_FIRST and found.selection is not None
    torn = sum(row["annotator_1"] != row["annotator_2"] for row in rows)
    assert found.selection.name.startswith("every row") and found.selection.kept == 800 - torn
    few = library.audit(labelled((0.03, 0.03), n=800, good=0.995))
    assert few.decision is Decision.TRAIN and not next(f for f in few.findings if f.id == "torn-labels").blocking
    third = [{**row, "annotator_3": int(row["verdict"])} for row in rows]  # somebody settles what two left open
    assert library.audit(third).decision is Decision.TRAIN

"""Labels of several people: the shapes they come in, and what is not taken for such."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import openloop
import openloop as library
from openloop.data.recognise import NamedColumns, recognise
from openloop.errors import DataError
from tests.conftest import Said
from tests.support.audited import Rows, write

Cli = Callable[..., Said]
LABELS = [[1, 1, 0], [0, 0, 0], [1, 0, 1], [0, 1, 0]]


def rows(make: Callable[[list[int]], dict[str, Any]], n: int = 40) -> Rows:
    return [
        {"prompt": f"q{i}", "completion": f"c{i} words", "verdict": i % 3 > 0, **make(LABELS[i % 4])} for i in range(n)
    ]


SHAPES: dict[str, Callable[[list[int]], dict[str, Any]]] = {
    "annotator_1": lambda said: {f"annotator_{i}": label for i, label in enumerate(said, 1)},
    "human_a": lambda said: dict(zip(("human_a", "human_b", "human_c"), said, strict=True)),
    "rater1_label": lambda said: {f"rater{i}_label": label for i, label in enumerate(said, 1)},
    "label_1": lambda said: {f"label_{i}": ["bad", "good"][label] for i, label in enumerate(said, 1)},
    "a list": lambda said: {"labels": said},
    "an object": lambda said: {"annotations": dict(zip("xyz", said, strict=True))},
    "a list of objects": lambda said: {
        "annotations": [{"annotator": who, "label": label} for who, label in zip("xyz", said, strict=True)]
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_gold(shape: str) -> None:
    """Two of four rows are good by most of three people."""
    found = library.audit(rows(SHAPES[shape]))
    assert found.estimate("verifier.p").value == 0.5
    assert found.estimate("annotators.disagreement").value == pytest.approx((2 / 3 + 0 + 2 / 3 + 2 / 3) / 4)
    assert any("several people's labels" in said for said in found.said)


def test_one_row_a_person_is_one_row_a_completion() -> None:
    wide = rows(SHAPES["an object"])
    long = [
        {"worker_id": who, "label": label, **{k: v for k, v in row.items() if k != "annotations"}}
        for who in "xyz"
        for row in wide
        for label in [row["annotations"][who]]
    ]
    one, other = library.audit(wide), library.audit(long)
    assert other.rows == 40 and other.sentence == one.sentence
    assert other.estimate("annotators.alpha").value == pytest.approx(one.estimate("annotators.alpha").value)
    assert any("120 rows are labels of 40 completions" in said for said in other.said)
    turned = library.audit([{**row, "label": 1 - row["label"]} for row in long])
    assert turned.estimate("verifier.p").value == 1 - other.estimate("verifier.p").value


def test_rows_that_each_had_one_person_are_not_merged() -> None:
    alone = [{**row, "annotator": "xy"[i % 2], "gold": i % 2} for i, row in enumerate(rows(lambda _: {}))]
    found = library.audit(alone)
    assert found.rows == 40 and not any("several people" in said for said in found.said)


@pytest.mark.parametrize(
    ("row", "gold"),
    [
        ({"labels": [1, 0, 1], "completions": ["a", "b", "c"], "completion": "x", "prompt": "p"}, None),
        ({"labels": [0.1] * 40, "completion": "x", "prompt": "p"}, None),
        ({"labels": ["algebra", "hard"], "completion": "x", "prompt": "p"}, None),
        ({"labels": [0.2, 0.3, 0.5], "completion": "x", "prompt": "p"}, None),
        (
            {
                "annotations": [{"start": 0, "label": "PER"}, {"start": 4, "label": "LOC"}],
                "completion": "x",
                "prompt": "p",
            },
            None,
        ),
        ({"gold": True, "annotator_1": 1, "annotator_2": 0, "completion": "x", "prompt": "p"}, "gold"),
        ({"human_a": "x wrote this", "human_b": "and y that", "completion": "x", "prompt": "p"}, None),
    ],
)
def test_what_is_gold_by_itself_or_no_label(row: dict[str, Any], gold: str | None) -> None:
    """Labels of steps, tags, probabilities, spans, texts; a gold of its own stays gold beside the labels."""
    roles = recognise([row] * 5, NamedColumns(), "rows")
    assert (roles.gold.path if roles.gold else None) == gold
    assert (roles.annotators is not None) == ("gold" in row)


def test_ties_are_unknown_and_said() -> None:
    found = library.audit(rows(lambda said: {"human_a": said[0], "human_b": said[2]}))
    torn = next(said for said in found.said if "as many labels good as bad" in said)
    assert torn.startswith("10 rows") and found.estimate("verifier.p").n == 30


def test_named_columns_are_taken(openloop: Cli, tmp_path: Any) -> None:
    data = rows(lambda said: {"ann": said[0], "bob": said[1], "cy": said[2]})
    found = library.audit(data, annotators=["ann", "bob", "cy"])
    assert found.estimate("verifier.p").value == 0.5
    graded = rows(lambda said: {"ann": said[0] + 3, "bob": said[1] + 3})
    assert library.audit(graded, annotators=["ann>=4", "bob>=4"]).estimate("verifier.p").n == 20
    file = write(tmp_path / "rows.jsonl", data)
    for named, says in (
        (("ann",), "name the others too"),
        (("ann", "nobody"), "no column 'nobody' (--annotators)"),
        (("ann>=1", "bob"), "the same comparison"),
        (("ann>=x", "bob"), "compare with a number"),
    ):
        said = openloop("audit", file, *(word for name in named for word in ("--annotators", name)))
        assert said.code == 2 and says in said.err, said.err


def test_a_label_that_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match="neither good nor bad"):
        library.audit(rows(lambda said: {"labels": ["fine", "poor"] if said[0] else [1, 0]}), gold="labels>=1")


def test_score_reads_the_same_gold(openloop: Cli, tmp_path: Any) -> None:
    file = write(tmp_path / "rows.jsonl", rows(SHAPES["a list"]))
    said = openloop("score", file, "--signal", "{use: format, pattern: '.*'}", "--gold", "labels", "--json")
    assert said.code == 0 and (said.json["phi"]["n"], said.json["psi"]["n"]) == (20, 20), said.err


def test_columns_of_two_classes_may_be_several_peoples() -> None:
    rows = [{"prompt": f"q {i}", "completion": f"a {i}", "ann_A": i % 2, "ann_B": i % 3 > 0} for i in range(30)]
    said = " ".join(openloop.audit(rows).said)
    assert "might be gold (--gold): ann_A, ann_B; several people's labels of the row: --annotators, repeated" in said
    assert "--annotators" not in " ".join(openloop.audit([{**row, "ann_B": None} for row in rows]).said)

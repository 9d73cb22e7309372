"""Labels that people gave, as a signal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.errors import DataError
from openloop.identity import identity
from openloop.records import Candidate
from openloop.testing import check_signal


def labelled(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps({"prompt": "q", **row}) + "\n" for row in rows))
    return path


def candidates(*completions: str) -> list[Candidate]:
    return [Candidate(f"{i}", "p", "q", completion) for i, completion in enumerate(completions)]


def test_labels_become_verdicts_and_everything_else_abstains(tmp_path: Path) -> None:
    pairs = [("a", "true"), ("b", "bad"), ("c", None), ("d", "1"), ("d", "0"), ("a", "yes")]
    labelled(tmp_path / "labels.jsonl", *({"completion": c, "gold": gold} for c, gold in pairs))
    found = signals.human("labels.jsonl", base=tmp_path).score(candidates("a", "b", "c", "d", "e"))
    assert [v.value for v in found] == [1.0, 0.0, None, None, None]
    assert [v.reason for v in found[2:]] == ["not_labelled", "labels_differ", "not_labelled"]


def test_it_keeps_the_contract_of_a_signal(tmp_path: Path) -> None:
    check_signal(signals.human(str(labelled(tmp_path / "labels.jsonl", {"completion": "a", "gold": True}))))


def test_a_row_is_known_by_its_prompt_too(tmp_path: Path) -> None:
    path = labelled(tmp_path / "labels.jsonl", {"completion": "a", "gold": True})
    (found,) = signals.human(str(path)).score([Candidate("0", "p", "another question", "a")])
    assert found.value is None and found.reason == "not_labelled"


def test_a_label_may_be_a_comparison(tmp_path: Path) -> None:
    rows = [{"completion": c, "marks": {"mean": mean}} for c, mean in (("a", 4.5), ("b", 3), ("c", None))]
    human = signals.human(str(labelled(tmp_path / "labels.jsonl", *rows)), column="marks.mean>=4")
    assert [v.value for v in human.score(candidates("a", "b", "c"))] == [1.0, 0.0, None]


@pytest.mark.parametrize(
    ("row", "options", "says"),
    [
        ({"completion": "a", "gold": "maybe"}, {}, "line 1: gold is 'maybe', which is neither good nor bad"),
        ({"completion": "a"}, {}, r"no column of labels was found. Name it: column='...'"),
        ({"completion": "a", "rating": 4}, {"column": "ratign>=4"}, r"\(column=\); did you mean 'rating'"),
        ({"completion": "a", "rating": 4}, {"column": "rating>=high"}, "column= 'rating>=high': compare with a number"),
        ({"gold": True}, {}, "no completion"),
    ],
)
def test_labels_that_cannot_be_read(row: dict[str, Any], options: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = labelled(tmp_path / "labels.jsonl", row)
    with pytest.raises(DataError, match=says):
        signals.human(str(path), **options).score(candidates("a"))


def test_labels_that_change_after_planning_are_refused(tmp_path: Path) -> None:
    path = labelled(tmp_path / "labels.jsonl", {"completion": "a", "gold": True})
    human = signals.human(str(path))
    assert identity(human)
    labelled(path, {"completion": "a", "gold": False})
    with pytest.raises(DataError, match="the file changed after the run was planned"):
        human.score(candidates("a"))

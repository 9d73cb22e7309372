"""Two columns that may be meant: asked about where a guess could settle the decision wrongly, and only there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import openloop as library
from openloop.data.recognise import NamedColumns, recognise
from openloop.errors import UnclearColumns

Rows = list[dict[str, object]]


def rows(**columns: object) -> Rows:
    """Forty rows; a function gives the value of a row."""
    made = {"prompt": lambda i: f"question {i}", "response": lambda i: f"answer {i}"} | columns
    return [{name: value(i) if callable(value) else value for name, value in made.items()} for i in range(40)]


UNCLEAR = {
    "two columns of gold": (
        rows(true=lambda i: i % 2, info=lambda i: i % 3 > 0),
        [("--gold", "true"), ("--gold", "info")],
    ),
    "two names of correctness": (
        rows(is_correct=lambda i: i % 2 == 0, is_good=lambda i: i % 3 == 0),
        [("--gold", "is_correct"), ("--gold", "is_good")],
    ),
    "two completions": (
        rows(output=lambda i: f"something else {i}"),
        [("--completion", "response"), ("--completion", "output")],
    ),
    "two verdicts that keep other rows": (
        rows(gold=lambda i: i % 2, judge_a=lambda i: i % 3 == 0, judge_b=lambda i: i % 5 == 0),
        [
            ("--judge-column", "judge_a", "--judge-column", "judge_b"),
            ("--judge-column", "judge_b", "--judge-column", "judge_a"),
        ],
    ),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_is_unclear_is_refused_with_the_ways_to_say_it(name: str) -> None:
    held, words = UNCLEAR[name]
    with pytest.raises(UnclearColumns) as caught:
        library.audit(held)
    assert [choice.words for choice in caught.value.choices] == words
    assert all(choice.sample for choice in caught.value.choices)
    assert all(" ".join(one) in str(caught.value) for one in words)


CLEAR = {
    "gold beside another name": rows(gold=lambda i: i % 2, is_correct=lambda i: i % 3 > 0),
    "a certain name beside a weak one": rows(is_correct=lambda i: i % 2 == 0, label=lambda i: i % 3 > 0),
    "two columns that say the same": rows(is_correct=lambda i: i % 2 == 0, correct=lambda i: ["yes", "no"][i % 2]),
    "annotators of one kind": rows(annotator_1=lambda i: i % 2, annotator_2=lambda i: i % 3 > 0),
    "completion beside another name": rows(completion=lambda i: f"c {i}", output="x"),
    "an extract of the completion": rows(prediction=lambda i: f"{i}"),
    "verdicts without gold": rows(judge_a=lambda i: i % 3 == 0, judge_b=lambda i: i % 5 == 0),
    "scores without a cut": rows(gold=lambda i: i % 2, score_a=lambda i: i / 40, score_b=lambda i: -i),
    "gold and a verdict": rows(correct=lambda i: i % 2 == 0, passed=lambda i: i % 3 > 0),
}


@pytest.mark.parametrize("name", CLEAR)
def test_what_is_certain_is_not_asked(name: str) -> None:
    recognise(CLEAR[name], NamedColumns(), "file", guess=True)


def test_naming_a_column_settles_it_and_the_choice_changes_the_audit() -> None:
    held, _ = UNCLEAR["two columns of gold"]
    shares = [library.audit(held, gold=name).estimate("verifier.p").value for name in ("true", "info")]
    assert shares[0] == 0.5 and shares[1] == pytest.approx(14 / 40)


def test_a_file_that_is_compared_with_is_never_asked_about(tmp_path: Path) -> None:
    held, _ = UNCLEAR["two completions"]
    file = tmp_path / "eval.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in held))
    assert "contamination.rows" in {line.name for line in library.audit(rows(), eval_set=file).estimates}

"""One recogniser of columns and one vocabulary of gold, whichever verb reads the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop as library
from openloop import signals
from openloop.errors import DataError
from openloop.records import Candidate, Outcome
from tests.conftest import Said

Cli = Callable[..., Said]
Rows = list[dict[str, Any]]


def write(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answered(n: int = 40, *, prompt: str = "problem", completion: str = "response", **columns: Any) -> Rows:
    """Sums, every fourth one wrong; ``columns`` are functions of whether the sum is right."""
    rows = []
    for i in range(n):
        right = i % 4 > 0
        row = {prompt: f"{i}+1=", completion: f"{i + 1 if right else i}", "answer": f"{i + 1}"}
        rows.append(row | {name: value(right) for name, value in columns.items()})
    return rows


@pytest.mark.parametrize("prompt", ["prompt", "problem", "question", "query", "instruction"])
@pytest.mark.parametrize("completion", ["completion", "response", "output", "generation", "reply"])
def test_every_verb_reads_the_same_prompt_and_completion(
    prompt: str, completion: str, openloop: Cli, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "rows.jsonl",
        answered(prompt=prompt, completion=completion, is_correct=lambda right: right, verdict=lambda right: True),
    )
    rows = library.read(file)
    assert (rows.rows[5]["prompt"], rows.rows[5]["completion"]) == ("5+1=", "6")
    assert prompt == "prompt" or prompt not in rows.rows[5]

    scored = openloop("score", file, "--signal", "exact:answer", "--gold", "is_correct", "--json")
    assert scored.code == 0, scored.err
    assert (scored.json["rows"], scored.json["phi"]["value"], scored.json["psi"]["value"]) == (40, 1.0, 0.0)

    audited = openloop("audit", file, "--json", "-", "--to-label", tmp_path / "label.jsonl")
    assert audited.code == 0, audited.err
    worst = audited.json["worst"][0]  # a wrong sum says n+1=n
    assert worst["prompt"] == f"{worst['completion']}+1=" and int(worst["completion"]) % 4 == 0

    people = signals.human(str(file))
    found = people.score([Candidate("0", "p", "5+1=", "6"), Candidate("1", "p", "4+1=", "4")])
    assert [verdict.value for verdict in found] == [1.0, 0.0]


CLASSES = {
    "words": ("yes", "no"),
    "capitals": ("Correct", "INCORRECT"),
    "passes": ("pass", "fail"),
    "judgements": (" good ", "bad"),
    "numbers": (1, 0),
    "decimals": (1.0, 0.0),
    "texts of numbers": ("1", "0"),
    "flags": (True, False),
    "verbs": ("accept", "rejected"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_every_verb_reads_the_same_words_for_gold(name: str, openloop: Cli, tmp_path: Path) -> None:
    good, bad = CLASSES[name]
    rows = answered(gold=lambda right: good if right else bad)
    unknown = answered(4, gold=lambda right: None)
    for row in unknown:
        row["problem"] += "?"
    file = write(tmp_path / "rows.jsonl", [*rows, *unknown])

    scored = openloop("score", file, "--signal", "exact:answer", "--gold", "gold", "--json")
    assert scored.code == 0, scored.err
    assert (scored.json["phi"]["n"], scored.json["psi"]["n"]) == (30, 10)
    assert (scored.json["phi"]["value"], scored.json["psi"]["value"]) == (1.0, 0.0)

    p = library.audit(file).estimate("verifier.p")
    assert (p.value, p.n, p.n_unscored) == (0.25, 40, 4)

    candidates = [Candidate("0", "p", row["problem"], row["response"]) for row in (*rows, *unknown)]
    found = signals.human(str(file)).score(candidates)
    assert [verdict.value for verdict in found[:40]] == [float(i % 4 > 0) for i in range(40)]
    assert [verdict.outcome for verdict in found[40:]] == [Outcome.ABSTAINED] * 4

    labelled = library.audit([{**row, "gold": None} for row in rows], labels=file)
    assert labelled.estimate("verifier.p").value == 0.25


def test_classes_may_be_mixed_in_one_column(openloop: Cli, tmp_path: Path) -> None:
    """People who label rows by hand write true in one and "yes" in the next."""
    rows = answered(gold=lambda right: right)
    for i, row in enumerate(rows):
        row["gold"] = [[False, "no", 0], [True, "yes", 1]][row["gold"]][i % 3]
    file = write(tmp_path / "rows.jsonl", rows)
    scored = openloop("score", file, "--signal", "exact:answer", "--gold", "gold", "--json")
    assert scored.code == 0 and scored.json["psi"]["n"] == 10
    assert library.audit(file).estimate("verifier.p").n == 40
    found = signals.human(str(file)).score([Candidate("0", "p", row["problem"], row["response"]) for row in rows])
    assert sum(verdict.value == 0.0 for verdict in found) == 10


@pytest.mark.parametrize("word", ["maybe", "0.5", 7, ["good"]])
def test_every_verb_refuses_another_word_and_names_the_row(word: Any, openloop: Cli, tmp_path: Path) -> None:
    rows = answered(8, gold=lambda right: "good" if right else "bad")
    rows[2]["gold"] = word
    file = write(tmp_path / "rows.jsonl", rows)
    for words in (
        ("score", file, "--signal", "exact:answer", "--gold", "gold"),
        ("audit", file, "--gold", "gold"),
        ("audit", write(tmp_path / "other.jsonl", answered(8)), "--labels", file),
    ):
        said = openloop(*words)
        assert said.code == 2 and "line 3" in said.err and repr(word) in said.err and "yes" in said.err, said.err
    with pytest.raises(DataError, match="line 3: .*yes"):
        signals.human(str(file)).score([Candidate("0", "p", "0+1=", "0")])


@pytest.mark.parametrize("gold", ["marks.quality>=0.5", "marks.quality>0.5", "marks.word==fine"])
def test_gold_may_be_a_comparison_inside_an_object(gold: str, openloop: Cli, tmp_path: Path) -> None:
    rows = answered(marks=lambda right: {"quality": 0.9 if right else 0.2, "word": "fine" if right else "poor"})
    file = write(tmp_path / "rows.jsonl", rows)
    scored = openloop("score", file, "--signal", "exact:answer", "--gold", gold, "--json")
    assert scored.code == 0, scored.err
    assert (scored.json["phi"]["n"], scored.json["psi"]["value"]) == (30, 0.0)
    assert library.audit(file, gold=gold).estimate("verifier.p").value == 0.25
    found = signals.human(str(file), column=gold).score([Candidate("0", "p", "4+1=", "4")])
    assert found[0].value == 0.0


@pytest.mark.parametrize(
    ("gold", "says"),
    [("marks.qualty>=0.5", "did you mean 'marks.quality'"), ("marks.quality>=high", "compare with a number")],
)
def test_gold_that_is_not_there_is_refused_alike(gold: str, says: str, openloop: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl", answered(marks=lambda right: {"quality": 0.9}))
    for words in (("score", file, "--signal", "exact:answer"), ("audit", file)):
        said = openloop(*words, "--gold", gold)
        assert said.code == 2 and says in said.err and "--gold" in said.err
    with pytest.raises(DataError, match=says):
        signals.human(str(file), column=gold).score([Candidate("0", "p", "4+1=", "4")])


CHAT = [{"role": "user", "content": "5+1="}, {"role": "assistant", "content": "6"}]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": CHAT},
        {"conversations": [{"from": "human", "value": "5+1="}, {"from": "gpt", "value": "6"}]},
        {"instruction": "5+1=", "input": "", "output": "6"},
        {"instruction": "5+1=", "input": " ", "output": "6"},
        {"question": "5+1=", "answer": "6", "response": "6"},
        {"prompt": "5+1=", "completion": "6", "question": "q", "answer": "a"},
    ],
    ids=lambda row: "/".join(row),
)
def test_a_layout_is_read_alike(row: dict[str, Any], openloop: Cli, tmp_path: Path) -> None:
    from openloop.data.content import text_of

    file = write(tmp_path / "rows.jsonl", [{**row, "right": "no", "verdict": "ok"}])
    (read,) = library.read(file).rows
    assert (text_of(read["prompt"]), text_of(read["completion"])) == ("5+1=", "6")
    (worst,) = library.audit(file, gold="right").worst
    assert (worst["prompt"], worst["completion"]) == ("5+1=", "6")
    assert signals.human(str(file), column="right").score([Candidate("0", "p", "5+1=", "6")])[0].value == 0.0
    assert openloop("score", file, "--signal", "format:boxed", "--json").json["rows"] == 1


def test_what_may_be_the_reference_answer_is_not_scored_unasked(openloop: Cli, tmp_path: Path) -> None:
    """`solution` may be the model's or the data's own: read leaves it a column, score asks, the audit says."""
    file = write(tmp_path / "rows.jsonl", answered(completion="solution"))
    assert "completion" not in library.read(file).rows[0]
    refused = openloop("score", file, "--signal", "exact:answer")
    assert refused.code == 2 and "--completion solution" in refused.err
    scored = openloop("score", file, "--signal", "exact:answer", "--completion", "solution", "--json")
    assert scored.code == 0 and scored.json["accept_rate"] == 0.75
    assert any("completion = solution" in said for said in library.audit(file).said)


def test_what_repeats_the_verdict_is_not_offered_as_gold() -> None:
    rows = answered(copy=lambda right: right, score=lambda right: right, other=lambda right: not right)
    text = str(library.audit(rows))
    assert "might be gold (--gold): other" in text
    assert "copy" not in text


def test_the_column_that_is_named_as_the_judge_is_not_gold_too() -> None:
    """It was both, and every audit of it said: 0 % bad."""
    rows = answered(label=lambda right: right)
    assert "gold = label; verdict = none" in library.audit(rows).said
    assert "gold = none; verdict = label" in library.audit(rows, judge_column="label").said
    assert "gold = none; verdict = label==True" in library.audit(rows, judge_column="label==True").said
    both = answered(label=lambda right: right, human_mark=lambda right: not right)
    assert "gold = human_mark; verdict = label" in library.audit(both, judge_column="label").said


def test_the_column_that_is_named_as_gold_is_not_the_verdict_too() -> None:
    rows = answered(score=lambda right: 0.8 if right else 0.1)
    assert "gold = none; verdict = score" in library.audit(rows).said
    assert "gold = score>=0.5; verdict = none" in library.audit(rows, gold="score>=0.5").said


@pytest.mark.parametrize("option", ["group", "confidence", "swapped"])
def test_a_column_that_is_named_for_something_else_is_not_gold_too(option: str) -> None:
    rows = answered(label=lambda right: float(right), verdict=lambda right: 1)
    assert "gold = none; verdict = verdict" in library.audit(rows, **{option: "label"}).said


def test_gold_and_verdict_from_one_column_are_refused(openloop: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl", answered(label=lambda right: right))
    said = openloop("audit", file, "--gold", "label", "--judge-column", "label==True")
    assert said.code == 2 and "compared with itself" in said.err and "--judge-column" in said.err

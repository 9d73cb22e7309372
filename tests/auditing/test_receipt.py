"""A receipt for a signal on a file of rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.auditing.receipt import receipt
from openloop.errors import DataError, InputError
from openloop.records import Candidate, Outcome
from openloop.signals.function import signal
from tests.support.audited import Rows, write


def sums(n: int, k: int) -> Rows:
    """n prompts with k equal completions each, every fourth prompt answered wrongly; gold calls two thirds good."""
    return [
        {"problem": f"{i}+0=", "response": f"{i if i % 4 else i + 1}", "answer": f"{i}", "good": bool(i % 3)}
        for i in range(n)
        for _ in range(k)
    ]


def lengths(completions: list[str], **_: Any) -> list[float]:
    return [float(len(text)) for text in completions]


@signal(version="1", range=(0, 1000))
def words(completion: str) -> float:
    return float(len(completion.split()))


def test_rows_of_one_prompt_are_one_cluster(tmp_path: Path) -> None:
    """Copying every row says nothing new, so it must not narrow the interval."""
    one, copied = (
        receipt(write(tmp_path / f"{k}.jsonl", sums(120, k)), signals.exact("answer"), gold="good").quality["phi"]
        for k in (1, 8)
    )
    assert one.value == copied.value == 0.75 and copied.n == 8 * one.n
    assert None not in (one.low, one.high, copied.low, copied.high)
    assert copied.high - copied.low == pytest.approx(one.high - one.low, rel=0.05)  # type: ignore[operator]


def test_a_signal_sees_all_answers_to_a_prompt_at_once(tmp_path: Path) -> None:
    @signal(scope="prompt", accept_at=1.0, version="1")
    def first(candidates: list[Candidate]) -> list[float]:
        return [float(i == 0) for i in range(len(candidates))]

    made = receipt(write(tmp_path / "rows.jsonl", sums(10, 4)), first)
    assert made.accept_rate == 0.25


def test_outcomes_are_counted_and_verdicts_written(tmp_path: Path) -> None:
    rows = [{**row, "answer": None if i == 0 else row["answer"]} for i, row in enumerate(sums(4, 1))]
    out = tmp_path / "verdicts.jsonl"
    made = receipt(write(tmp_path / "rows.jsonl", rows), signals.exact("answer"), out=out)
    assert made.outcomes == {Outcome.ERROR: 1, Outcome.SCORED: 3} and made.accept_rate == 1.0 and not made.quality
    assert [json.loads(line)["value"] for line in out.read_text().splitlines()] == [None, 1.0, 1.0, 1.0]


def test_gold_needs_a_signal_that_accepts(tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl", sums(4, 1))
    length = signals.from_reward(lengths, range=(0.0, 9.0))
    assert receipt(file, length).accept_rate is None and receipt(file, length).outcomes == {Outcome.SCORED: 4}
    with pytest.raises(InputError, match="has no accept_at, so φ and ψ are undefined"):
        receipt(file, length, gold="good")


def test_each_reason_for_a_missing_score_has_its_count_and_an_example(tmp_path: Path) -> None:
    @signal(version="1")
    def fussy(candidate: Candidate) -> bool | None:
        if candidate.completion == "none":
            return None
        return int(candidate.completion) > 0

    said = ["1", "two", "2", "three", "none"]
    file = write(tmp_path / "rows.jsonl", [{"prompt": "q", "completion": text} for text in said])
    most, other = receipt(file, fussy).unscored
    assert (most.outcome, most.reason, most.rows) == (Outcome.ERROR, "ValueError", 2)
    assert most.first.endswith("rows.jsonl: line 2") and "'two'" in most.message
    assert (other.outcome, other.reason, other.rows) == (Outcome.ABSTAINED, "no reason given", 1)


def test_what_is_undefined_is_null_in_json(tmp_path: Path) -> None:
    rows = [{**row, "answer": None} for row in sums(4, 1)]
    made = receipt(write(tmp_path / "rows.jsonl", rows), signals.exact("answer"), gold="good")
    assert made.scored == 0 and "NaN" not in json.dumps(made.to_json())


def test_gold_that_is_a_number_gives_a_rank_correlation_and_says_so(tmp_path: Path) -> None:
    rows = [
        {"prompt": f"q{i}", "completion": "word " * (i % 17 + 1), "human_score": i % 17 + (i * 7 % 5)}
        for i in range(200)
    ]
    turned = [row | {"human_score": -row["human_score"]} for row in rows]  # type: ignore[operator]
    made = receipt(write(tmp_path / "rows.jsonl", rows), words, gold="human_score")
    e = made.quality["rank_correlation"]
    assert e.n == 200 and e.low is not None and 0.8 < e.low < e.value < 1
    assert "rank correlation with it is Spearman's ρ" in made.read and "'human_score>=0.5'" in made.read
    against = receipt(write(tmp_path / "turned.jsonl", turned), words, gold="human_score")
    assert against.quality["rank_correlation"].value == pytest.approx(-e.value)


def test_right_answers_that_are_numbers_are_not_taken_for_a_score(tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl", [row | {"gold": row["answer"]} for row in sums(40, 1)])
    for column in ("answer", "gold"):
        with pytest.raises(DataError, match=f"openloop score FILE --signal exact:{column} "):
            receipt(file, signals.exact("answer"), gold=column)


def test_a_row_that_calls_a_tool_is_left_out_and_said(tmp_path: Path) -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    reply = {"role": "assistant", "content": "x"}
    rows: Rows = [{"messages": [{"role": "user", "content": f"{i}"}, reply]} for i in range(9)]
    rows.append({"messages": [{"role": "user", "content": "?"}, call]})
    made = receipt(write(tmp_path / "rows.jsonl", rows), words)
    assert made.rows == 9 and "1 row calls a tool in a field of its own (tool_calls) and is left out" in made.read
    with pytest.raises(DataError, match="no row is left"):
        receipt(write(tmp_path / "calls.jsonl", rows[9:]), words)

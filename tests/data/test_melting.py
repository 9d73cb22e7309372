"""Rows that hold several completions are read as one row a completion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import openloop as library
from openloop.data.recognise import NamedColumns, column_uses, recognise, sentences
from openloop.errors import DataError

Rows = list[dict[str, Any]]


def melted(rows: Rows, **named: Any) -> Rows:
    return [dict(row) for row in recognise(rows, NamedColumns(**named), "file", guess=True).rows(rows)]


@pytest.mark.parametrize(
    "column",
    ["generations", "responses", "completions", "samples", "outputs", "candidates", "response", "Model Outputs"],
)
def test_a_list_of_completions_is_one_row_each(column: str) -> None:
    rows = [{"prompt": f"q{i}", column: [f"a{i}", f"b{i}"][: 1 + i % 2], "id": i} for i in range(4)]
    found = melted(rows)
    assert [row["completion"] for row in found] == ["a0", "a1", "b1", "a2", "a3", "b3"]
    assert [row["prompt"] for row in found] == ["q0", "q1", "q1", "q2", "q3", "q3"]
    assert column not in found[0] and found[1]["id"] == 1


def test_lists_beside_it_belong_to_the_completions_if_their_names_or_lengths_say_so() -> None:
    rows = [
        {
            "prompt": f"q{i}",
            "generations": [f"t{i}.{k}" for k in range(1 + i % 3)],
            "scores": [k / 10 for k in range(1 + i % 3)],
            "models": ["gpt-4", "llama-2", "phi-2"][: 1 + i % 3],
            "spans": [[k] for k in range(1 + i % 3)],
            "tests": ["x", "y"],
        }
        for i in range(6)
    ]
    found = melted(rows)
    assert [(row["scores"], row["models"], row["spans"]) for row in found[1:3]] == [
        (0.0, "gpt-4", [0]),
        (0.1, "llama-2", [1]),
    ]
    assert found[0]["tests"] == ["x", "y"]


@pytest.mark.parametrize(("column", "found"), [("labels", "gold"), ("corrects", "gold?"), ("models", "model")])
def test_what_stands_beside_a_list_has_a_role_or_is_said(column: str, found: str) -> None:
    cells: list[Any] = ["gpt-4", "llama-2"] if column == "models" else [True, False]
    rows = [{"prompt": f"q{i}", "generations": ["a", f"b{i}"], column: cells} for i in range(8)]
    roles = recognise(rows, NamedColumns(), "file", guess=True)
    (use,) = (use for use in column_uses(roles, rows) if use.column == column)
    if found == "gold?":  # not sure to be gold: said, with the option
        assert roles.gold is None and use.option == "--gold"
        assert any(f"might be gold (--gold): {column}" in sentence for sentence in sentences(roles, rows))
    else:
        assert (roles.gold.path if roles.gold else roles.model) == column


def test_a_list_of_objects_gives_their_keys_and_keeps_what_they_hide() -> None:
    rows = [
        {"instruction": f"q{i}", "model": "row", "completions": [{"model": m, "response": f"{m}{i}"} for m in "ab"]}
        for i in range(3)
    ]
    found = melted(rows)
    assert [(row["model"], row["response"], row["row.model"]) for row in found[:2]] == [
        ("a", "a0", "row"),
        ("b", "b0", "row"),
    ]
    named = melted([{"prompt": "q", "completions": [{"words": "w"}]}], completion="completions.words")
    assert named[0]["words"] == "w"


def test_lists_of_another_length_name_the_row(tmp_path: Path) -> None:
    rows = [{"prompt": f"q{i}", "generations": ["a", "b"], "scores": [1, 0]} for i in range(9)]
    rows[6]["scores"] = [1, 0, 1]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for data in (file, rows):
        with pytest.raises(
            DataError, match=r"(line|row) 7: generations holds 2 completions, but scores holds 3 values"
        ):
            library.audit(data)


def test_what_is_no_list_of_completions_is_left_alone() -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    for row in (
        {"prompt": "q", "response": "a", "samples": ["x", "y"]},
        {"prompt": turns[:1], "completion": turns[1:], "outputs": ["x"]},
        {"prompt": "q", "outputs": [1, 2]},
        {"prompt": "q", "chosen": "a", "rejected": "b", "generations": ["a", "b"]},
        {"messages": turns},
    ):
        assert melted([row]) == [row]
    assert len(melted([{"prompt": "q", "response": "a", "samples": ["x", "y"]}], completion="samples")) == 2


def audited(n: int = 60) -> Rows:
    return [
        {
            "prompt": f"q{i}",
            "generations": [f"text {i} {k}" for k in range(3)],
            "correct": [(i + k) % 4 > 0 for k in range(3)],
            "scores": [((i + k) % 4 + k) / 6 for k in range(3)],
        }
        for i in range(n)
    ]


def test_an_audit_of_lists_is_that_of_the_same_rows_written_out() -> None:
    rows = audited()
    plain = [
        {"prompt": row["prompt"], "completion": text, "correct": good, "scores": score}
        for row in rows
        for text, good, score in zip(row["generations"], row["correct"], row["scores"], strict=True)
    ]
    one, other = library.audit(rows), library.audit(plain)
    assert one.rows == 180 and one.decision is other.decision and one.sentence == other.sentence
    assert [line.to_json() for line in one.estimates] == [line.to_json() for line in other.estimates]
    assert one.worst[0]["where"] == f"row {one.worst[0]['row'] // 3 + 1}, completion {one.worst[0]['row'] % 3 + 1} of 3"


def test_completions_of_one_row_are_one_cluster_even_without_a_prompt() -> None:
    rows = [{"generations": row["generations"], "correct": row["correct"]} for row in audited()]
    alone = [{"completion": t, "correct": c} for row in rows for t, c in zip(*row.values(), strict=True)]
    together = library.audit(rows).estimate("verifier.p")
    apart = library.audit(alone).estimate("verifier.p")
    assert (together.value == apart.value and together.method != apart.method) or together.low != apart.low
    assert any("the row that held them" in said for said in library.audit(rows).said)


def test_rows_with_an_empty_list_are_counted_and_without_any_completion_refused() -> None:
    rows = audited()
    rows[3] |= {"generations": [], "correct": [], "scores": []}
    assert "1 rows hold no completion in their list and are left out" in library.audit(rows).said
    with pytest.raises(DataError, match="nothing to audit|no completions"):
        library.audit([{"generations": []}] * 5)


def test_score_and_read_understand_lists_too(tmp_path: Path) -> None:
    from openloop.data.file_rows import file_rows

    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in audited(4)))
    _, rows, _ = file_rows(file, NamedColumns())
    assert [row.completion for row in rows[:3]] == ["text 0 0", "text 0 1", "text 0 2"]
    read = library.read(file, completion="generations")
    assert [row["completion"] for row in read.rows[:2]] == ["text 0 0", "text 0 1"]
    assert any("one row for each completion in the list generations" in said for said in read.said)
    assert "generations" in library.read(file).rows[0]


def test_lists_beside_the_completions_without_a_role_are_said() -> None:
    rows = [
        {"prompt": f"q {i}", "generations": ["a b", "c d"], "correct": [i % 2 == 0, True]}
        | {"judge_gpt": [4 + i % 5, 9], "judge_claude": [3 + i % 7, 8], "prm_scores": [[0.5, 0.1], [0.9]]}
        for i in range(40)
    ]
    said = " ".join(library.audit(rows).said)
    assert "not the verdict, though it may be one (--judge-column): judge_claude" in said
    assert "ignored: prm_scores (lists)" in said

"""Files as arrays: what cannot be read is refused, and strange rows invent no number."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import openloop as library
from openloop.errors import DataError, InputError
from tests.conftest import Said
from tests.support.audited import GOOD, Rows, many, mixed_rows, write

Cli = Callable[..., Said]


def test_rows_in_memory_are_left_alone() -> None:
    rows = mixed_rows()
    before = json.dumps(rows)
    library.audit(rows)
    assert json.dumps(rows) == before


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{**GOOD, "gold": "maybe"}], "gold is 'maybe', which is neither good nor bad"),
        ([{**GOOD, "gold": gold} for gold in ("yes", 0.5, "no")], "row 2: gold is 0.5, which is neither good nor bad"),
        ([{**GOOD, "verdict": v} for v in ("good", "ok", "great")], "neither a score nor a class"),
        ([{**GOOD, "verdict": v} for v in (1, "abc")], "neither a score nor a class"),
        ([{**GOOD, "gold": 10**400}], "which is neither good nor bad"),
        ([{"a": [1], "b": {"c": 2}}], "nothing to audit"),
        ([], "zero rows"),
    ],
)
def test_what_cannot_be_read_is_refused(rows: Rows, says: str) -> None:
    with pytest.raises(DataError, match=says):
        library.audit(rows)


STRANGE: dict[str, Rows] = {
    "one row": [GOOD],
    "one class": many(verdict=lambda i: i % 2),
    "gold as strings": many(60, gold=lambda i: ["true", "1", "Yes", "correct", "no", "0"][i % 6]),
    "NaN scores": many(verdict=lambda i: math.nan if i % 2 else 0.5),
    "only NaN": many(verdict=lambda i: math.nan),
    "infinite scores": many(gold=lambda i: i % 2, verdict=lambda i: math.inf if i % 4 == 0 else i),
    "constant scores": many(gold=lambda i: i % 2, verdict=lambda i: 0.7),
    "one row many times": [GOOD] * 50,
    "a million characters": many(30, completion=lambda i: "x y " * (250_000 if i == 3 else 1)),
    "mixed types": many(
        50,
        gold=lambda i: [True, 1, "yes", None, 0.0][i % 5],
        verdict=lambda i: [1, "0.5", None, 0.2, True][i % 5],
    ),
    "no verdict": [{"prompt": f"q{i}", "completion": "a", "gold": i % 2} for i in range(40)],
    "no text": [{"gold": i % 2, "verdict": i % 3 == 0} for i in range(40)],
    "null completions": many(completion=lambda i: None),
    "late columns": [*many(20), *({**row, "topic": "x"} for row in many(20))],
    "lone surrogates": many(prompt=lambda i: f"q{i}\ud800", completion=lambda i: "\udfff words"),
    "huge numbers": many(verdict=lambda i: 10.0**300 * i),
    "long lists": many(verdict=lambda i: [0.1 * i] * 500),
    "empty lists": many(verdict=lambda i: [] if i % 2 else [1, 2]),
    "chats": [
        {
            "messages": [{"role": "user", "content": f"q{i}"}, {"role": "assistant", "content": "a"}],
            "gold": i % 2,
        }
        for i in range(40)
    ],
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_files_are_audited_without_inventing_numbers(name: str) -> None:
    rows = STRANGE[name]
    found = library.audit(rows)
    assert repr(found) and json.dumps(found.to_json(), allow_nan=False)
    for line in found.estimates:
        e = line.estimate
        if e.n <= 1 and not line.name.startswith(("duplicates", "labels")):
            assert e.low is None and e.high is None, line
        if not math.isnan(e.value) and e.low is not None and e.high is not None:
            assert e.low - 1e-9 <= e.value <= e.high + 1e-9, line
        assert e.n + e.n_unscored <= max(len(rows), 1), line


def test_rows_that_are_no_rows() -> None:
    with pytest.raises(DataError, match="row 1: a int"):
        library.audit([1, 2])
    with pytest.raises(InputError, match="a path or rows"):
        library.audit(7)  # type: ignore[arg-type]


def test_a_broken_chat_names_its_row() -> None:
    rows = [{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}] * 3
    with pytest.raises(DataError, match=r"row 4: turn 1 .*no text"):
        library.audit([*rows, {"messages": [{"role": "user", "content": 7}]}])


EMPTY = [{"prompt": f"q{i}", "completion": ["", None, "  \n"][i % 3]} for i in range(61)]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (EMPTY, r"all 61 completions \(completion\) are empty or missing"),
        ([{**row, "verdict": i % 2} for i, row in enumerate(EMPTY)], "all 61 completions"),
        ([{"prompt": f"q{i}"} for i in range(61)], "no column holds completions"),
        ([{"prompt": f"q{i}", "verdict": i % 2} for i in range(61)], "no column holds completions"),
        ([{"verdict": i % 2} for i in range(61)], "no column holds completions"),
        ([{"prompt": f"q{i}", "generations": []} for i in range(61)], "no column holds completions"),
    ],
)
def test_without_completions_and_gold_there_is_nothing_to_label(
    rows: Rows, says: str, openloop: Cli, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=says):
        library.audit(rows)
    file = write(tmp_path / "rows.jsonl", rows)
    said = openloop("audit", file)
    assert said.code == 2 and "--completion" in said.err and "openloop read" in said.err
    assert not list(tmp_path.rglob("*to-label*"))


def test_some_empty_completions_are_counted() -> None:
    rows = many(61, gold=lambda i: i % 2, completion=lambda i: "" if i < 3 else f"text {i}")
    assert "3 of 61 completions are empty or missing" in library.audit(rows).said
    assert not any("empty or missing" in said for said in library.audit(rows[3:]).said)


def test_gold_that_settles_nothing_asks_for_no_labels_of_rows_that_say_nothing(tmp_path: Path) -> None:
    rows = [{"gold": 1 if i < 15 else None, "verdict": i % 3 > 0} for i in range(60)]
    file = tmp_path / "label.jsonl"
    found = library.audit(rows, to_label=file)
    assert found.decision == "LABEL FIRST" and found.to_label is None and not file.exists()
    assert "No row holds a completion" in found.sentence
    shown = library.audit([{**row, "completion": f"text {i}"} for i, row in enumerate(rows)], to_label=file)
    assert shown.to_label is not None and file.exists() and "No row holds" not in shown.sentence


def test_how_a_file_was_decoded_is_said(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes("\ufeffprompt;completion;gold\nq;a;yes\nr;b;no\n".encode())
    said = library.audit(file).said
    assert "columns are separated by semicolons" in said
    assert "the file starts with a UTF-8 byte order mark, which was skipped" in said


def test_every_column_is_in_the_json() -> None:
    rows = many(40, completion=lambda i: f"text {i}", rationale=lambda i: "words " * 30 + f"{i}", kind=lambda i: i % 2)
    found = {use["column"]: use for use in library.audit(rows).to_json()["columns"]}
    assert set(found) == set(rows[0])
    assert found["rationale"]["role"] == "ignored" and found["rationale"]["option"] == "--completion"
    assert found["kind"]["role"] == "stratum" and found["gold"]["role"] == "gold"


def test_a_confidence_that_is_low_where_the_model_is_sure_is_turned_round() -> None:
    rows = many(400, completion=lambda i: f"text {i}", gold=lambda i: i % 3 > 0, verdict=lambda i: i % 2)
    falling = [{**row, "nll": 1.0 - row["gold"] + i / 4000} for i, row in enumerate(rows)]
    rising = [{**row, "logprob": -(1.0 - row["gold"] + i / 4000)} for i, row in enumerate(rows)]
    one, other = library.audit(falling), library.audit(rising)
    # Only a log-probability is known to be of the whole completion: an nll may be a mean over its tokens.
    kept = [e.to_json() for e in other.estimates if e.name != "information.gain"]
    assert [e.to_json() for e in one.estimates] == kept and len(kept) < len(other.estimates)
    assert any("nll, turned round" in said for said in one.said)


@pytest.mark.parametrize("more", [{}, {"prompt": "q", "completion": ""}])
def test_labels_of_people_are_offered_where_nothing_else_can_be_decided_by(more: dict[str, str]) -> None:
    rows = [{"human_rating": i % 5 + 1, **more} for i in range(40)]
    found = library.audit(rows)
    assert found.decision.value == "LABEL FIRST" and "--gold 'human_rating>=3'" in found.sentence
    assert library.audit(rows, gold="human_rating>=4").estimate("verifier.p").value == 0.6


def test_the_columns_of_rows_that_are_no_file_are_not_sent_to_read(tmp_path: Path) -> None:
    rows = many(40, completion=lambda i: f"text {i}", rationale=lambda i: "words " * 30 + f"{i}")
    (memory,) = [said for said in library.audit(rows).said if said.startswith("ignored: rationale")]
    file = write(tmp_path / "my rows.jsonl", rows)
    (path,) = [said for said in library.audit(file).said if said.startswith("ignored: rationale")]
    assert "openloop read" not in memory and f"openloop read '{file}'" in path


def test_columns_with_unknown_names_are_refused_with_a_command_that_names_two(tmp_path: Path) -> None:
    rows = [{"Frage": f"Was ist {i}?", "x": {"Antwort": f"Es ist {i}.", "n": i}, "Thema": "a"} for i in range(30)]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="nothing to audit") as error:
        library.audit(path)
    assert str(error.value).endswith(f"openloop audit {path} --prompt Frage --completion x.Antwort")
    assert library.audit(path, prompt="Frage", completion="x.Antwort", to_label=tmp_path / "l.jsonl").rows == 30
    with pytest.raises(DataError, match="--judge-column.$"):
        library.audit([{"n": i} for i in range(30)])


def test_a_row_that_calls_a_tool_is_left_out_and_said_and_places_stay_right(tmp_path: Path) -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    rows: Rows = [
        {
            "messages": [{"role": "user", "content": f"{i}"}, {"role": "assistant", "content": f"say {i}"}],
            "good": i != 30,
        }
        for i in range(40)
    ]
    rows[7]["messages"][1] = call
    found = library.audit(write(tmp_path / "rows.jsonl", rows), gold="good")
    assert found.rows == 39 and any(text.startswith("1 row calls a tool") for text in found.said)
    assert {place.line for place in found.places.values()} == {31}
    with pytest.raises(DataError, match="40 rows call a tool .* no row is left"):
        library.audit([{"messages": [call], "good": True}] * 40, gold="good")


def test_a_completion_that_is_an_object_is_said_with_the_text_in_it() -> None:
    rows: Rows = [{"prompt": f"{i}", "response": {"text": f"say {i}", "tokens": 3}, "good": True} for i in range(20)]
    said = library.audit(rows, gold="good", completion="response").said
    assert any("all of an object as it is written; the text in it: --completion response.text" in text for text in said)
    assert not any("object" in text for text in library.audit(rows, gold="good", completion="response.text").said)


def test_two_words_in_a_label_are_offered_as_gold() -> None:
    rows: Rows = [
        {"prompt": f"{i}", "completion": f"say {i}", "label": "unsafe" if i % 3 else "safe"} for i in range(40)
    ]
    assert "label says safe or unsafe; if that tells good rows from bad: --gold label==safe" in library.audit(rows).said
    topics: Rows = [{**row, "label": f"topic {i % 5}"} for i, row in enumerate(rows)]
    assert not any("tells good rows" in text for text in library.audit(topics).said)


@pytest.mark.parametrize("answers", [[str(i) for i in range(40)], [f"Paris {i}" for i in range(40)]])
def test_right_answers_in_a_column_called_gold_are_sent_to_a_signal(answers: list[str]) -> None:
    rows: Rows = [{"prompt": f"{i}", "completion": f"say {i}", "gold": answer} for i, answer in enumerate(answers)]
    try:
        said = library.audit(rows).sentence
    except DataError as error:
        said = str(error)
    assert "openloop score FILE --signal exact:gold" in said

"""Files as arrays: what cannot be read is refused, and strange rows invent no number."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

import openloop as library
from openloop.errors import DataError, InputError
from tests.conftest import Said
from tests.support.audited import GOOD, Rows, many, mixed_rows

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

from __future__ import annotations

import json
import math
from pathlib import Path

import openloop
from openloop.auditing.result import NamedEstimate
from openloop.auditing.row_numbers import MOST, NUMBERS, row_numbers
from openloop.records import Estimate
from openloop.report.audit_summary import number_text


def known(value: float = 0.5) -> list[NamedEstimate]:
    return [NamedEstimate(name, Estimate(value, 0.4, 0.6, 0.95, 100), stratum) for name, stratum, _, _ in NUMBERS]


def test_at_most_five_are_shown_and_none_where_the_rows_are_compared_with_nothing() -> None:
    assert len(row_numbers(known(), ["real.jsonl"])) == MOST
    assert row_numbers(known(), []) == []


def test_what_is_not_known_gives_its_place_to_the_next() -> None:
    some = [line for line in known() if line.name in ("coverage.unseen", "real.auc")]
    assert [number.name for number in row_numbers(some, ["real.jsonl"])] == ["real.auc", "coverage.unseen"]
    assert row_numbers(known(math.nan), ["real.jsonl"]) == []


def test_each_unit_is_spelled_as_one() -> None:
    spelled = {number.unit: number_text(number) for number in row_numbers(known()[5:], ["old.jsonl"])}
    assert spelled == {
        "change": "50.0 [40.0, 60.0] points",
        "share": "50.0% [40.0%, 60.0%]",
        "number": "0 [0, 1]",
    }


def test_the_first_screen_shows_them_beside_what_they_were_compared_with(tmp_path: Path) -> None:
    rows = [{"prompt": f"Question {i}", "completion": f"The answer is number {i * i} of them all."} for i in range(60)]
    real = tmp_path / "real.jsonl"
    real.write_text(
        "".join(json.dumps(row | {"completion": f"It is {i}, I think."}) + "\n" for i, row in enumerate(rows))
    )
    audit = openloop.audit(rows, real=real)
    assert audit.to_json()["compared_with"] == [str(real)]
    assert audit.row_numbers
    heading = "the rows beside"  # and the file, as much of its name as fits
    assert heading in repr(audit)
    assert heading not in repr(openloop.audit(rows))

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


def test_at_most_five_a_file_are_shown_and_none_where_the_rows_are_compared_with_nothing() -> None:
    assert len(row_numbers(known(), ["real.jsonl"])) == MOST
    both = [number.name for number in row_numbers(known(), ["real.jsonl", "old.jsonl"])]
    assert {"coverage.missing_cells", "drift.gold", "drift.verifier", "drift.diversity"} <= set(both)
    assert row_numbers(known(), []) == []


def test_what_is_not_known_gives_its_place_to_the_next() -> None:
    some = [line for line in known() if line.name in ("coverage.unseen", "real.auc")]
    assert [number.name for number in row_numbers(some, ["real.jsonl"])] == ["real.auc", "coverage.unseen"]
    assert row_numbers(known(math.nan), ["real.jsonl"]) == []


def test_each_unit_is_spelled_as_one() -> None:
    spelled = {number.unit: number_text(number) for number in row_numbers(known()[6:], ["old.jsonl"])}
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


def screen_below(heading: str, shown: str) -> list[str]:
    """The lines of one block of a first screen."""
    lines = shown.split("\n")
    start = next(place for place, line in enumerate(lines) if line.startswith(heading)) + 1
    return lines[start : start + lines[start:].index("")]


def test_what_could_not_be_compared_is_said_on_the_first_screen(tmp_path: Path) -> None:
    rows = [{"prompt": f"Question {i}", "completion": f"The answer is number {i * i} of them."} for i in range(60)]
    others = tmp_path / "others.jsonl"
    others.write_text("".join(json.dumps({**row, "prompt": f"Other {row['prompt']}"}) + "\n" for row in rows))
    block = " ".join(screen_below("the rows beside", repr(openloop.audit(rows, baseline=others))))
    assert "not measured: drift: 0 of at least 20 prompts are in" in block
    few = tmp_path / "few.jsonl"
    few.write_text(json.dumps(rows[0]) + "\n")
    too_few = openloop.audit(rows, real=few)
    assert any("not measured: " in line for line in screen_below("the rows b", repr(too_few)))
    assert "not measured: " in too_few._repr_html_()
    longer = [{**row, "completion": f"{row['completion']} {row['prompt']} was asked. " * 4} for row in rows]
    real = tmp_path / "real.jsonl"
    real.write_text("".join(json.dumps(row) + "\n" for row in longer))
    enough = openloop.audit(longer, real=real)
    assert not any("not measured: " in line for line in screen_below("the rows b", repr(enough)))
    assert "not measured: " not in enough._repr_html_() and "<pre></pre>" not in enough._repr_html_()


def test_one_row_is_no_rows(tmp_path: Path) -> None:
    real = tmp_path / "real.jsonl"
    real.write_text("".join(json.dumps({"prompt": f"q {i}", "completion": f"It is {i}."}) + "\n" for i in range(60)))
    shown = repr(openloop.audit([{"prompt": "q", "completion": "It is so, I think."}], real=real))
    assert "from 1 row\n" in shown and "from 1 rows" not in shown


def test_no_line_of_blanks_where_nothing_is_missing(tmp_path: Path) -> None:
    rows = [{"prompt": f"Question {i}", "completion": f"The answer is number {i * i} of them."} for i in range(60)]
    real = tmp_path / "real.jsonl"
    real.write_text("".join(json.dumps(row) + "\n" for row in rows))
    shown = repr(openloop.audit(rows, real=real))
    assert "\n\n\n" not in shown.replace("  \n", "\n")

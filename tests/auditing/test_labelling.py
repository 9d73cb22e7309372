"""Rows to label: drawn, written, read back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import openloop as library
from openloop.errors import DataError
from tests.conftest import Said
from tests.support.audited import write
from tests.support.worlds import World

Cli = Callable[..., Said]


def test_labels_come_back_and_settle_it(openloop: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    truth = World(0.1, 0.9, 0.1, 500, 1).rows()
    gold = {row["completion"]: row["gold"] for row in truth}
    write(tmp_path / "data.jsonl", [{k: v for k, v in row.items() if k != "gold"} for row in truth])
    said = openloop("audit", "data.jsonl")
    assert said.code == 0 and said.out.startswith("LABEL FIRST") and "data.to-label.jsonl" in said.out
    labels: list[str] = []
    bought = 0
    while said.out.startswith("LABEL FIRST"):  # each look asks for what is still lacking
        name = f"data.to-label{'' if not labels else f'-{len(labels) + 1}'}.jsonl"
        asked = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        assert all(row["gold"] is None and row["verdict"] == 1 and row["drawn"]["probability"] < 1 for row in asked)
        write(tmp_path / name, [{**row, "gold": gold[row["completion"]]} for row in asked])
        labels.append(name)
        bought += len(asked)
        read = [word for name in labels for word in ("--labels", name)]
        said = openloop("audit", "data.jsonl", *read)
        assert said.code == 0 and len(labels) < 6, said.err
    again = openloop("audit", "data.jsonl", *read, "--json", "out.json")
    assert again.code == 0, again.err
    result = json.loads((tmp_path / "out.json").read_text())
    assert result["decision"] == "TRAIN"
    by_name = {(e["name"], e["stratum"]): e for e in result["estimates"]}
    assert by_name["verifier.bad_after", ""]["n"] == bought
    assert by_name["verifier.phi", ""]["value"] is None  # labels on kept rows say nothing of φ


def test_labels_are_never_overwritten(openloop: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path / "d.jsonl",
        [{"prompt": f"q{i}", "completion": f"c{i}", "verdict": True} for i in range(200)],
    )
    openloop("audit", "d.jsonl")
    first = tmp_path / "d.to-label.jsonl"
    rows = [json.loads(line) for line in first.read_text().splitlines()]
    write(first, [{**rows[0], "gold": "yes"}, *rows[1:]])
    before = first.read_text()
    said = openloop("audit", "d.jsonl")
    assert "d.to-label-2.jsonl" in said.out and first.read_text() == before
    refused = openloop("audit", "d.jsonl", "--to-label", first)
    assert refused.code == 2 and "already holds labels" in refused.err


def test_the_rows_drawn_do_not_depend_on_their_order() -> None:
    rows = [{"prompt": f"q{i}", "completion": f"c{i}", "verdict": i % 3 > 0} for i in range(300)]
    one, other = library.audit(rows), library.audit(rows[::-1])
    assert one.to_label is not None and other.to_label is not None
    assert set(one.to_label["rows"]) == {299 - place for place in other.to_label["rows"]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"id": "0123456789abcdef", "gold": true}\n', "none of 1 labels belongs"),
        ('{"id": "0123456789abcdef", "gold": null}\n', "no row has a label"),
        ('{"id": "0123456789abcdef", "gold": "perhaps"}\n', "gold is 'perhaps'"),
        ('{"id": "0123456789abcdef"}\n', "no column `gold`"),
    ],
)
def test_labels_that_do_not_fit(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(content)
    with pytest.raises(DataError, match=says):
        library.audit(World().rows(), labels=path)


def test_labels_on_kept_rows_are_not_taken_for_all() -> None:
    """Nearly every dropped row is bad; only kept rows are labelled: "every row" must not look good."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(600):
        good = bool(rng.random() < 0.5)
        verdict = bool(rng.random() < (0.95 if good else 0.15))
        rows.append({"prompt": f"q{i}", "completion": f"c {i}", "verdict": verdict, "gold": good if verdict else None})
    found = library.audit(rows, max_bad=0.2)
    assert found.selection is None or "every row" not in found.selection.name
    assert math.isnan(found.estimate("verifier.phi").value)
    assert any("labels are not drawn" in text for text in found.unmeasured)


def test_labels_in_the_datas_own_columns(tmp_path: Path) -> None:
    truth = [{"question": f"q{i}", "solution": f"s {i}", "is_correct": i % 20 > 0, "verdict": True} for i in range(300)]
    hidden = [{**row, "is_correct": None if i >= 5 else row["is_correct"]} for i, row in enumerate(truth)]
    labels = write(tmp_path / "mine.jsonl", truth[100:220])
    found = library.audit(hidden, labels=labels)
    assert found.estimate("verifier.bad_after").n == 125

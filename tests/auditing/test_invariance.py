"""What may change in a file without changing what the audit says of it, to the last digit."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from tests.support.audited import Rows, mixed_rows, write
from tests.support.leaks import file_of, instructed, planted
from tests.support.worlds import World

Packed = Callable[[Rows, Path], Any]
"""Rows → what is audited."""


def shuffled(rows: Rows) -> Rows:
    return [rows[i] for i in np.random.default_rng(7).permutation(len(rows))]


def with_column(name: str, value: Callable[[int], Any]) -> Packed:
    return lambda rows, folder: [{**row, name: value(i)} for i, row in enumerate(rows)]


def shards(rows: Rows, folder: Path) -> Path:
    (folder / "shards").mkdir()
    for i, start in enumerate(range(0, len(rows), 101)):
        write(folder / f"shards/part-{i}.jsonl", rows[start : start + 101])
    return folder / "shards"


def files_in_another_order(rows: Rows, folder: Path) -> list[Path]:
    return [write(folder / "b.jsonl", rows[150:]), write(folder / "a.jsonl", rows[:150])]


def gzipped(rows: Rows, folder: Path) -> Path:
    with gzip.open(folder / "rows.jsonl.gz", "wt") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    return folder / "rows.jsonl.gz"


def as_csv(rows: Rows, folder: Path) -> Path:
    with (folder / "rows.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "rows.csv"


noise = np.random.default_rng(3).normal(size=2000).tolist()
CHANGES: dict[str, Packed] = {
    "permuted": lambda rows, folder: shuffled(rows),
    "columns in another order": lambda rows, folder: [dict(reversed(row.items())) for row in rows],
    "a constant column": with_column("licence", lambda i: "MIT"),
    "a column of nothing": with_column("remark", lambda i: None),
    "a row number": with_column("row", lambda i: i),
    "an id": with_column("id", lambda i: f"row-{i:05d}"),
    "a random number": with_column("noise", lambda i: noise[i]),
    "an object": with_column("meta", lambda i: {"made": i, "by": ["x"]}),
    "split over shards": shards,
    "split over files": files_in_another_order,
    "compressed": gzipped,
    "as CSV": as_csv,
}


def worlds() -> dict[str, tuple[Rows, dict[str, Any]]]:
    known = file_of(instructed, 120, 0)
    leaking, _ = planted(file_of(instructed, 300, 1), known, "inside a longer prompt", 0.05, 0)
    return {
        "verdicts of yes and no": (World(0.2, 0.9, 0.2, 80, 5, 0.3).rows(), {}),
        "scores, strata and confidences": (mixed_rows(), {"judge_column": "judge_score", "accept_at": 0.5}),
        "scores without a cut": (mixed_rows(), {"judge_column": "judge_score"}),
        "low scores are good": (mixed_rows(), {"judge_column": "judge_score", "accept_at": 0, "lower_is_better": True}),
        "a leak": (
            [{"prompt": p, "completion": c, "gold": i % 9 > 0} for i, (p, c) in enumerate(leaking)],
            {"known": known},
        ),
    }


WORLDS = worlds()


def said(found: Audit) -> dict[str, Any]:
    """All that an audit says, but for where rows stand and what the file is called."""
    held = found.to_json()
    return {
        "sentence": held["sentence"],
        "findings": [
            (f["id"], f["weight"], f["blocking"], f["text"].split("; for example")[0]) for f in held["findings"]
        ],
        "estimates": held["estimates"],
        "curves": held["curves"],
        "unmeasured": held["unmeasured"],
        "selection": held["selection"],
        "labels": held["to_label"] and {k: v for k, v in held["to_label"].items() if k not in ("rows", "file")},
        "worst": [{k: v for k, v in row.items() if k not in ("row", "where")} for row in held["worst"]],
    }


def audited(data: Any, options: dict[str, Any], folder: Path) -> Audit:
    given = {name: value for name, value in options.items() if name != "known"}
    if "known" in options:
        rows = [{"prompt": prompt, "completion": completion} for prompt, completion in options["known"]]
        given["eval_set"] = write(folder / "known.jsonl", rows)
    return library.audit(data, **given)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("world", WORLDS)
def test_the_audit_says_the_same(world: str, change: str, tmp_path: Path) -> None:
    rows, options = WORLDS[world]
    expected, got = (
        said(audited(rows, options, tmp_path)),
        said(audited(CHANGES[change](rows, tmp_path), options, tmp_path)),
    )
    for part, value in expected.items():
        assert json.dumps(got[part]) == json.dumps(value), part


@pytest.mark.parametrize("world", WORLDS)
def test_other_rows_are_told_apart(world: str, tmp_path: Path) -> None:
    """The comparison above can fail: with gold turned round, it does."""
    rows, options = WORLDS[world]
    turned = [{**row, "gold": not row["gold"]} for row in rows]
    assert said(audited(rows, options, tmp_path)) != said(audited(turned, options, tmp_path))


def test_columns_by_another_name_give_the_same(tmp_path: Path) -> None:
    rows, options = WORLDS["scores, strata and confidences"]
    names = {
        "prompt": "question",
        "completion": "response",
        "gold": "is_correct",
        "judge_score": "mark",
        "topic": "area",
    }
    renamed = [{names.get(key, key): value for key, value in row.items()} for row in rows]
    one, other = (
        said(library.audit(rows, **options)),
        said(library.audit(renamed, **{**options, "judge_column": "mark"})),
    )
    assert json.dumps(other).replace("area", "topic") == json.dumps(one)

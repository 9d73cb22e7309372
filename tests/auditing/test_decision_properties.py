"""What may change a decision and what may not: order, names, files, copies, labels, the scale of a score."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from tests.support.audited import Rows, ids, scored, write
from tests.support.worlds import World


def partly() -> Rows:
    """A file of two topics and a score, gold for some rows only."""
    rng = np.random.default_rng(3)
    rows = World(0.2, 0.9, 0.15, 150, 3, 0.2).rows(3)
    for i, row in enumerate(rows):
        row |= {"topic": "a" if i % 3 else "b", "gold": row["gold"] if rng.random() < 0.2 else None}
    return rows


FILES: dict[str, Callable[[], Rows]] = {
    "partly": partly,
    "scored": lambda: scored(n=600),
    "whole": lambda: World(0.3, 0.9, 0.2, 150, 3, 0.3).rows(),
    "no gold": lambda: [{k: v for k, v in row.items() if k != "gold"} for row in World().rows()],
}


def decided(found: Audit) -> dict[str, Any]:
    """All that a decision says, but for places of rows."""
    held = found.to_json()
    label = held["to_label"]
    return {
        "sentence": held["sentence"],
        "findings": sorted([f["id"], f["text"], f["blocking"]] for f in held["findings"]),
        "selection": held["selection"],
        "labels": label and {k: v for k, v in label.items() if k not in ("rows", "file")},
        "estimates": {f"{e['name']} {e['stratum']}": e for e in held["estimates"]},
    }


@pytest.mark.parametrize("name", FILES)
def test_the_order_of_rows_says_nothing(name: str) -> None:
    rows = FILES[name]()
    mixed = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    assert decided(library.audit(mixed)) == decided(library.audit(rows))


@pytest.mark.parametrize("name", FILES)
def test_splitting_a_file_says_nothing(name: str, tmp_path: Path) -> None:
    rows = FILES[name]()
    whole = write(tmp_path / "whole.jsonl", rows)
    parts = [write(tmp_path / f"part-{i}.jsonl", rows[i::3]) for i in range(3)]
    assert decided(library.audit(parts)) == decided(library.audit(whole))


@pytest.mark.parametrize("name", FILES)
def test_columns_that_say_nothing_of_rows(name: str) -> None:
    rng = np.random.default_rng(0)
    rows = FILES[name]()
    more = [{**row, "uuid": f"{i:08d}-x", "noise": float(rng.random()), "always": "same"} for i, row in enumerate(rows)]
    assert decided(library.audit(more)) == decided(library.audit(rows))


def test_the_name_of_a_column_says_nothing() -> None:
    rows = partly()
    renamed = [{("area" if k == "topic" else k): v for k, v in row.items()} for row in rows]
    one, other = decided(library.audit(rows)), decided(library.audit(renamed))
    assert json.loads(json.dumps(other).replace("area", "topic")) == one


@pytest.mark.parametrize("name", FILES)
def test_copies_of_the_file_say_nothing_new(name: str) -> None:
    """Every row twice: the same share with the same bounds, as many labels to buy, the duplicates named."""
    once, twice = library.audit(FILES[name]()), library.audit(FILES[name]() * 2)
    assert twice.decision == once.decision
    one, two = (
        found.estimate("decision.bad_after") if found.decision != "LABEL FIRST" or name != "no gold" else None
        for found in (once, twice)
    )
    if one is not None and two is not None:
        assert (two.value, two.low, two.high, two.n) == pytest.approx((one.value, one.low, one.high, one.n))
    if once.to_label is not None and twice.to_label is not None:
        assert twice.to_label["n"] == once.to_label["n"]
    assert "duplicates" in ids(twice)


@pytest.mark.parametrize("stretch", [np.exp, lambda x: 40 * x - 7, lambda x: np.cbrt(x)])
def test_only_the_order_of_scores_counts(stretch: Callable[[float], float]) -> None:
    rows = scored(n=900)
    plain, bent = library.audit(rows), library.audit([{**row, "score": float(stretch(row["score"]))} for row in rows])
    assert plain.selection is not None and bent.selection is not None
    assert (bent.decision, bent.selection.kept) == (plain.decision, plain.selection.kept)
    assert bent.selection.bad_after == plain.selection.bad_after
    assert bent.estimate("verifier.auc") == plain.estimate("verifier.auc")


def test_labelling_what_was_asked_weakens_no_finding(tmp_path: Path) -> None:
    """A text that wins everywhere blocks; labels of other rows do not make it harmless."""
    rows = [
        {"prompt": f"q{i}", "completion": f"Answer {chr(97 + i % 26)}{i} here.", "verdict": i % 3 > 0}
        for i in range(500)
    ]
    rows += [{"prompt": f"p{i}", "completion": "Thought process: solve it.", "verdict": True} for i in range(60)]
    before = library.audit(rows, to_label=tmp_path / "l.jsonl")
    asked = [json.loads(line) for line in (tmp_path / "l.jsonl").read_text().splitlines()]
    labels = write(tmp_path / "done.jsonl", [{**row, "gold": "Thought" not in row["completion"]} for row in asked])
    after = library.audit(rows, labels=labels)
    assert "constant-completion-wins" in ids(before) & ids(after)
    assert after.decision != "TRAIN"
    blocking = {f.id for f in before.findings if f.blocking}
    assert blocking <= {f.id for f in after.findings if f.blocking}

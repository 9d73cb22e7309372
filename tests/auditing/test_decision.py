"""The decision table: each decision, and that the data can turn it into another."""

from __future__ import annotations

import math
from collections.abc import Callable

import openloop as library
from tests.conftest import Said
from tests.support.audited import many
from tests.support.worlds import World

Cli = Callable[..., Said]


def test_train() -> None:
    found = library.audit(World(0.2, 0.9, 0.05, 300, 2).rows())
    assert found.decision == "TRAIN" and found.sentence.startswith("TRAIN: ")
    e = found.estimate("verifier.bad_after")
    assert e.high is not None and e.high <= 0.1


def test_do_not_train() -> None:
    found = library.audit(World(0.5, 0.7, 0.6, 300, 2).rows())
    assert found.decision == "DO NOT TRAIN" and found.selection is None
    assert found.estimate("verifier.bad_after").low > 0.1  # type: ignore[operator]


def test_no_gold_is_label_first() -> None:
    rows = [{k: v for k, v in row.items() if k != "gold"} for row in World().rows()]
    found = library.audit(rows)
    assert found.decision == "LABEL FIRST"
    assert found.to_label is not None and found.to_label["n"] >= 20
    assert any("gold" in text for text in found.unmeasured)


def test_not_settled_is_label_first_with_how_many() -> None:
    rows = World(0.3, 0.9, 0.1, 300, 1).rows()  # p′ is .045
    for row in rows[40:]:
        row["gold"] = None
    found = library.audit(rows)
    assert found.decision == "LABEL FIRST" and found.to_label is not None
    assert f"Label {found.to_label['n']:,} more of the kept rows" in found.sentence
    e = found.estimate("verifier.bad_after")
    assert e.low is not None and e.high is not None and e.low < 0.1 < e.high


def test_a_stratum_that_fails_blocks_training() -> None:
    good, bad = (
        World(0.05, 0.95, 0.1, 900, 1).rows(0, source="a"),
        World(0.4, 0.9, 0.8, 120, 1).rows(1, source="b"),
    )
    for row in bad:
        row["prompt"] += " b"
    found = library.audit([*good, *bad])
    assert found.estimate("verifier.bad_after").high <= 0.1  # type: ignore[operator]
    assert found.decision == "SELECT FIRST" and "stratum-below-target" in found.sentence


def test_the_target_is_the_users() -> None:
    rows = World(0.3, 0.9, 0.2, 1500, 1).rows()  # p′ is .087, in every third by length
    assert library.audit(rows, max_bad=0.2).decision == "TRAIN"
    assert library.audit(rows, max_bad=0.03).decision == "DO NOT TRAIN"


def test_gold_without_a_verdict_judges_the_file() -> None:
    rows = [{"prompt": f"q{i}", "completion": "a", "correct": i % 30 > 0} for i in range(600)]
    assert library.audit(rows).decision == "TRAIN"
    assert library.audit([{**row, "correct": i % 2} for i, row in enumerate(rows)]).decision == "DO NOT TRAIN"


def test_nothing_kept_and_gold_on_dropped_rows_only() -> None:
    rows = many(80, gold=lambda i: i % 2, verdict=lambda i: False)
    assert library.audit(rows).decision == "LABEL FIRST"
    rows = many(80, gold=lambda i: None if i % 2 else i % 4 == 0, verdict=lambda i: i % 2)
    found = library.audit(rows)
    assert found.decision == "LABEL FIRST" and math.isnan(found.estimate("verifier.bad_after").value)


def test_where_nothing_is_kept_and_nothing_has_gold_no_row_is_said_to_be_labelled() -> None:
    rows = [{"prompt": f"q{i}", "completion": f"an answer, number {i}", "passed": False} for i in range(40)]
    found = library.audit(rows)
    assert "the verdict keeps no row" in found.sentence and "labelled already" not in found.sentence
    kept = library.audit([{**row, "passed": True} for row in rows])
    assert "no row has gold" in kept.sentence

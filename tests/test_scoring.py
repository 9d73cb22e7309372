"""No verdict is silently wrong, and what is wrong loses its own rows only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from openloop.records import Candidate, Outcome, Verdict
from openloop.scoring import checked_verdicts
from tests.support.toy_signals import BatchSignal, candidates


def test_too_few_verdicts_are_sorted_out_row_by_row() -> None:
    def loses_bad_rows(rows: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(1.0) for row in rows if row.completion != "bad"]

    verdicts = checked_verdicts(BatchSignal(loses_bad_rows), candidates("4", "bad", "4"))
    assert [v.value for v in verdicts] == [1.0, None, 1.0]
    assert verdicts[1].reason == "returned 0 verdicts for 1 candidates"


def test_a_batch_that_exits_is_sorted_out_row_by_row() -> None:
    def exits(rows: Sequence[Candidate]) -> list[Verdict]:
        if any(row.completion == "bad" for row in rows):
            raise SystemExit(0)
        return [Verdict(1.0)] * len(rows)

    verdicts = checked_verdicts(BatchSignal(exits), candidates("bad", "4"))
    assert [v.outcome.value for v in verdicts] == ["error", "scored"]


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict("high"), "'high' is text"),  # type: ignore[arg-type]
        (Verdict("0.5"), "'0.5' is text"),  # type: ignore[arg-type]
        (Verdict([1.0]), "is not a number"),  # type: ignore[arg-type]
        (Verdict(1j), "is not a number"),  # type: ignore[arg-type]
        (Verdict(1.0, "scored"), "is not one of scored"),  # type: ignore[arg-type]
        (Verdict(None, "banana"), "'banana' is not one of"),  # type: ignore[arg-type]
        (Verdict(1.0, parts={"format": "good"}), "'good' is text"),  # type: ignore[dict-item]
        (None, "returned NoneType instead of a Verdict"),
    ],
)
def test_no_verdict_however_broken_stops_the_scoring(verdict: Any, reason: str) -> None:
    def score(rows: Sequence[Candidate]) -> list[Any]:
        return [verdict if row.completion == "bad" else Verdict(1.0) for row in rows]

    first, second = checked_verdicts(BatchSignal(score), candidates("bad", "4"))
    assert first.outcome is Outcome.ERROR and first.value is None and reason in first.reason
    assert second == Verdict(1.0)


def test_numbers_of_other_libraries_become_plain_ones_and_all_else_is_kept() -> None:
    given = Verdict(np.float32(0.5), reason="half", parts={"tone": np.float32(0.25)}, seconds=2.0, cost=0.1)
    (verdict,) = checked_verdicts(BatchSignal(lambda rows: [given]), candidates("4"))
    assert verdict == Verdict(0.5, reason="half", parts={"tone": 0.25}, seconds=2.0, cost=0.1)
    assert type(verdict.value) is float and type(verdict.parts["tone"]) is float


def test_a_signal_that_sorts_its_batch_does_not_sort_ours() -> None:
    def sorts(rows: list[Candidate]) -> list[Verdict]:
        rows.clear()
        return [Verdict(1.0)]

    rows = candidates("4", "5")
    assert len(checked_verdicts(BatchSignal(sorts), rows)) == 2
    assert [row.completion for row in rows] == ["4", "5"]


def test_rows_with_one_id_keep_their_own_verdicts() -> None:
    rows = [Candidate("same", "p", "q", text) for text in ("1", "2", "bad")]

    def fussy(batch: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(float(row.completion == "1")) for row in batch if row.completion != "bad"]

    assert [v.value for v in checked_verdicts(BatchSignal(fussy), rows)] == [1.0, 0.0, None]

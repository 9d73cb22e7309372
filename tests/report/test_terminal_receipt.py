"""A receipt as lines."""

from __future__ import annotations

from openloop.auditing.receipt import Receipt, Unscored
from openloop.records import Estimate, Outcome
from openloop.report.terminal_receipt import receipt_text


def test_a_line_a_number() -> None:
    quality = {
        "phi": Estimate(0.75, 0.6789, 0.81234, 0.95, 160, 3, "Wilson"),
        "psi": Estimate(0.5, None, None, 0.95, 1, 0, "one row"),
    }
    why = [Unscored(Outcome.ERROR, "no_gold", 1, "rows.jsonl: line 2", "'answer' is None")]
    counts = {Outcome.SCORED: 2, Outcome.ERROR: 1}
    made = Receipt("exact", "passes its 4 probes.", 3, counts, 0.5, 1.23456, quality, unscored=why)
    assert receipt_text(made).splitlines() == [
        "signal: exact",
        "probes: passes its 4 probes.",
        "rows: 3",
        "scored: 2",
        "abstained: 0",
        "timeout: 0",
        "error: 1",
        "accept_rate: 0.500",
        "seconds: 1.235",
        "phi: 0.750 [0.679, 0.812] (160 rows, 3 unscored)",
        "psi: 0.500 (1 rows)",
        "error no_gold: 1 row, at rows.jsonl: line 2 ('answer' is None)",
    ]


def test_no_number_is_printed_for_what_is_not_known() -> None:
    none = Estimate(float("nan"), None, None, 0.95, 0, 7, "nothing")
    said = receipt_text(Receipt("exact", "ok", 7, {Outcome.ERROR: 7}, None, 0.1, {"phi": none}))
    assert "accept_rate: undefined" in said and "phi: undefined" in said and "nan" not in said and "None" not in said


def test_many_reasons_are_cut_and_their_rows_counted() -> None:
    why = [Unscored(Outcome.ERROR, f"E{i}", 10 - i, "a: line 1", "") for i in range(8)]
    lines = receipt_text(Receipt("s", "ok", 52, {Outcome.ERROR: 52}, None, 0.1, {}, unscored=why)).splitlines()
    assert lines[-2:] == [
        "error E4: 6 rows, first at a: line 1",
        "12 more rows for 3 other reasons: see --json or --out",
    ]

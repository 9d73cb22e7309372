"""A receipt as lines."""

from __future__ import annotations

from openloop.auditing.receipt import Receipt
from openloop.records import Estimate, Outcome
from openloop.report.terminal_receipt import receipt_text


def test_a_line_a_number() -> None:
    quality = {
        "phi": Estimate(0.75, 0.6789, 0.81234, 0.95, 160, 3, "Wilson"),
        "psi": Estimate(0.5, None, None, 0.95, 1, 0, "one row"),
    }
    made = Receipt("exact", "passes its 4 probes.", 3, {Outcome.SCORED: 2, Outcome.ERROR: 1}, 0.5, 1.23456, quality)
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
    ]

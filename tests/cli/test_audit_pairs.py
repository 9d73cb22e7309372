"""``openloop audit`` of pairs: the words of its first screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Said
from tests.support.audited import scored, write
from tests.support.pair_files import judged_pairs, preference_data

Cli = Callable[..., Said]


def test_pairs_are_called_pairs_and_labelled_a_or_b(openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "pairs.jsonl", [{**row, "gold": None} for row in preference_data(300)])
    asked = " ".join(openloop("audit", path, "--to-label", tmp_path / "label.jsonl").out.split())
    assert "Fill in `gold` (A, B or tie: which response is better)" in asked and "true or false" not in asked
    assert "60 pairs" in asked and "pairs kept 300 of 300" in asked and "rows" not in asked.partition("read as")[0]
    judged = write(tmp_path / "judged.jsonl", judged_pairs(1200, position=0.3))
    shown = openloop("audit", judged).out
    assert "bad pairs after the selection" in shown and "pairs of that selection" in shown
    assert len(shown.splitlines()) <= 40
    rows = write(tmp_path / "rows.jsonl", [{**row, "gold": None} for row in scored()])
    plain = " ".join(openloop("audit", rows, "--to-label", tmp_path / "rows-label.jsonl").out.split())
    assert "(true or false)" in plain and "rows kept" in plain and "pairs kept" not in plain

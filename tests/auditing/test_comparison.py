"""Audits beside each other: known differences, what pairs them, and how often the interval holds the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.auditing import Audit, Difference, audit, compare_audits
from openloop.auditing.key_numbers import BAD_NOW
from openloop.auditing.prompt_influence import PromptInfluence
from openloop.auditing.stored_audit import stored_audit
from openloop.errors import InputError
from openloop.measures.anytime import exact
from openloop.measures.clustered import effective
from openloop.measures.combined_intervals import difference
from tests.support.audited import mixed_rows, write
from tests.support.leaks import file_of, instructed
from tests.support.worlds import World

Rows = list[dict[str, Any]]


def bad(rows: Rows) -> Rows:
    return [{**row, "gold": not row["gold"]} for row in rows]


def change(one: Audit, other: Audit, name: str = BAD_NOW) -> Difference:
    found = compare_audits({"one": one, "other": other})
    return next(d for d in found.files[1].differences if d.name == name)


def test_the_difference_is_that_of_the_shares() -> None:
    one, other = (openloop.audit(World(p, 0.9, 0.2, 200, 3).rows(seed)) for p, seed in ((0.1, 1), (0.5, 2)))
    found = change(one, other)
    shares = [audit.estimate(BAD_NOW).value for audit in (one, other)]
    assert found.value == pytest.approx(shares[1] - shares[0])
    assert found.low is not None and found.high is not None and 0 < found.low < found.value < found.high
    said = compare_audits({"one": one, "other": other}).files[1].verdict
    back = compare_audits({"other": other, "one": one}).files[1]
    assert "other has more bad rows than one" in said and "one has fewer bad rows than other" in back.verdict
    assert back.differences[0].value == pytest.approx(-found.value)
    assert back.differences[0].low == pytest.approx(-found.high)


def test_files_that_are_alike_cannot_be_told_apart() -> None:
    one, other = (openloop.audit(World(0.2, 0.9, 0.2, 100, 2).rows(seed)) for seed in (1, 2))
    other_prompts = [{**row, "prompt": f"new {row['prompt']}"} for row in World(0.2, 0.9, 0.2, 100, 2).rows(2)]
    assert "cannot be told apart" in compare_audits({"a": one, "b": other}).files[1].verdict
    assert change(one, openloop.audit(other_prompts)).shared == 0


def test_rows_of_the_same_prompts_are_compared_in_pairs() -> None:
    rows = World(0.3, 0.9, 0.4, 200, 4, 0.3).rows()
    rng = np.random.default_rng(0)
    repaired = [{**row, "gold": row["gold"] or bool(rng.random() < 0.2)} for row in rows]
    elsewhere = [{**row, "prompt": f"{row['prompt']} elsewhere"} for row in repaired]
    one = openloop.audit(rows)
    paired, apart = change(one, openloop.audit(repaired)), change(one, openloop.audit(elsewhere))
    assert paired.shared > 150 and apart.shared == 0
    assert paired.value == pytest.approx(apart.value)
    assert paired.high < 0 <= apart.high  # type: ignore[operator]
    assert paired.high - paired.low < 0.7 * (apart.high - apart.low)  # type: ignore[operator]


def test_a_file_and_itself_do_not_differ() -> None:
    rows = World(0.3, 0.9, 0.4, 200, 4, 0.3).rows()
    found = change(openloop.audit(rows), openloop.audit(rows[::-1]))
    assert found.value == 0 and found.low is not None and found.low <= 0 <= found.high  # type: ignore[operator]


def test_what_only_one_of_them_has_is_named() -> None:
    rows = World(0.2, 0.9, 0.1, 200, 2).rows()
    copied = [*rows, *rows[:300]]
    renamed = [{("right" if k == "gold" else k): v for k, v in row.items()} for row in rows]
    one, other = openloop.audit(rows), openloop.audit(copied)
    assert compare_audits({"a": one, "b": other}).files[1].only_here == ["duplicates"]
    assert compare_audits({"b": other, "a": one}).files[1].not_here == ["duplicates"]
    again = compare_audits({"a": one, "b": openloop.audit(renamed, gold="right")}).files[1]
    assert any("gold = right" in text for text in again.read_otherwise)
    assert compare_audits({"a": one, "b": openloop.audit(rows)}).files[1].read_otherwise == []


def test_several_files_hold_together() -> None:
    audits = {f"{i}": openloop.audit(World(0.2, 0.9, 0.2, 150, 2).rows(i)) for i in range(4)}
    two, four = compare_audits({k: audits[k] for k in ("0", "1")}), compare_audits(audits)
    widths = [c.files[1].differences[0].high - c.files[1].differences[0].low for c in (two, four)]  # type: ignore[operator]
    assert widths[1] == pytest.approx(widths[0] * 2.394 / 1.96, rel=0.01)  # Bonferroni over three


def test_a_file_without_gold_says_so() -> None:
    rows = World(0.2, 0.9, 0.2, 150, 2).rows()
    found = compare_audits({"a": openloop.audit(rows), "b": openloop.audit([{**r, "gold": None} for r in rows])})
    assert "not known" in found.files[1].verdict


def test_what_cannot_be_compared_is_refused() -> None:
    rows = World(0.2, 0.9, 0.2, 50, 2).rows()
    one = openloop.audit(rows)
    with pytest.raises(InputError, match="2 to 6 audits, got 1"):
        compare_audits({"a": one})
    with pytest.raises(InputError, match=r"the same --level; got a 0\.95, b 0\.9"):
        compare_audits({"a": one, "b": openloop.audit(rows, level=0.9)})


def test_influences_sum_to_nothing_and_their_squares_to_the_variance() -> None:
    rng = np.random.default_rng(0)
    prompts = np.repeat(np.arange(300, dtype=np.uint64), 2)
    hits = (rng.random(600) < 0.3).astype(float)
    found = PromptInfluence.of(hits, prompts)
    assert found.moves.sum() == pytest.approx(0) and (found.moves**2).sum() == pytest.approx(0.21 / 600, rel=0.15)
    assert found.correlation(found) == pytest.approx(1, abs=0.02)
    assert found.correlation(PromptInfluence.of(1 - hits, prompts)) == pytest.approx(-1)
    assert found.correlation(PromptInfluence.of(hits, prompts + np.uint64(1000))) == 0
    few = PromptInfluence.of(hits[:18], prompts[:18])
    assert few.shared(found) == 9 and few.correlation(found) == 0  # too few to say


def covered(prompts: int, rows: int, p: float, ratio: float, icc: float, same: float, draws: int) -> float:
    """How often the interval holds the difference, where a share ``same`` of the rows is in both files."""
    rng = np.random.default_rng([prompts, rows, int(100 * p)])
    names = np.repeat(np.arange(prompts), rows)
    hits = 0
    for _ in range(draws):
        size = 1 / icc - 1 if icc else 0.0
        rate = rng.beta(p * size, (1 - p) * size, prompts) if icc else np.full(prompts, p)
        one, new = (rng.random((2, prompts, rows)) < rate[:, None]).astype(float)
        other = np.where(rng.random(one.shape) < same, one, new) * (rng.random(one.shape) < ratio)
        a, b = one.ravel(), other.ravel()
        estimates = [exact(effective(values, names, 0.95), 0.95) for values in (a, b)]
        moves = [PromptInfluence.of(values, names.astype(np.uint64)) for values in (a, b)]
        low, high = difference(estimates[0], estimates[1], moves[0].correlation(moves[1]))
        hits += low is not None and high is not None and low <= p * ratio - p <= high
    return hits / draws


def test_the_interval_holds_the_difference() -> None:
    assert covered(100, 2, 0.3, 0.7, 0.3, 0.9, 200) >= 0.93
    assert covered(100, 2, 0.3, 1.0, 0.3, 0.0, 200) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("same", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("ratio", [1.0, 0.95, 0.7])
@pytest.mark.parametrize("p", [0.05, 0.3])
@pytest.mark.parametrize(("prompts", "rows"), [(50, 1), (200, 1), (50, 8), (400, 2)])
def test_the_interval_holds_the_difference_in_every_cell(
    prompts: int, rows: int, p: float, ratio: float, same: float
) -> None:
    assert covered(prompts, rows, p, ratio, 0.3, same, 2000) >= 0.93


def test_a_comparison_shows_itself() -> None:
    found = compare_audits({"old": audit(mixed_rows()), "new": audit(mixed_rows())})
    assert repr(found).count("\n") == 1 and "new: " in repr(found) and "cannot be told apart" in repr(found)
    assert found._repr_html_().count("<tr>") == 3


@pytest.mark.parametrize("given", [{"old": "old.jsonl", "new": "new.jsonl"}, ["old.jsonl", "new.jsonl"]])
def test_paths_in_the_place_of_audits_are_refused_with_what_is_allowed(given: Any) -> None:
    with pytest.raises(InputError, match=r"audits by name, such as compare_audits\(.*got .*old.jsonl"):
        compare_audits(given)


def test_how_the_rows_stand_to_real_ones_is_compared_too(tmp_path: Path) -> None:
    real = write(tmp_path / "real.jsonl", file_texts(0))
    plain, sure = file_texts(1), [{**row, "completion": f"Sure! {row['completion']}"} for row in file_texts(1)]
    one, other = (openloop.audit(rows, real=real) for rows in (plain, sure))
    found = change(one, other, "real.auc")
    assert found.value is not None and found.low is not None and found.low > 0.2
    assert change(other, one, "real.auc").value == pytest.approx(-found.value)
    (tmp_path / "audit.json").write_text(json.dumps(other.to_json()))
    stored = stored_audit(tmp_path / "audit.json")
    assert stored is not None and change(one, stored, "real.auc").value == found.value


def file_texts(seed: int) -> Rows:
    """Two hundred rows of one source."""
    return [{"prompt": prompt, "completion": completion} for prompt, completion in file_of(instructed, 200, seed)]

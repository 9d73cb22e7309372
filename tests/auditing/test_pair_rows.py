"""Pairs are audited as pairs: what is bad, what is kept, what is written, what is labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop.auditing.result import Audit, Decision
from openloop.errors import DataError, InputError
from tests.support.pair_files import judged_pairs, preference_data


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def ids(found: Audit) -> set[str]:
    return {finding.id for finding in found.findings}


def test_preference_data_is_bad_where_the_chosen_response_is_not_better(tmp_path: Path) -> None:
    good = openloop.audit(preference_data(bad=0.03), keep=tmp_path / "kept.jsonl")
    assert good.decision is Decision.TRAIN
    assert "of the pairs are bad" in good.sentence
    kept = read(tmp_path / "kept.jsonl")
    assert len(kept) == 600 and set(kept[0]) == {"prompt", "chosen", "rejected"}
    assert openloop.audit(preference_data(bad=0.3)).decision is Decision.DO_NOT_TRAIN


def test_exchanging_chosen_and_rejected_turns_the_decision_round() -> None:
    rows = preference_data(bad=0.03)
    turned = [{**row, "chosen": row["rejected"], "rejected": row["chosen"], "gold": not row["gold"]} for row in rows]
    assert openloop.audit(turned).decision is Decision.DO_NOT_TRAIN


def test_a_tie_by_gold_is_no_pair_to_train_on() -> None:
    rows = preference_data(bad=0.0)
    for row in rows[:200]:
        row["gold"] = "tie"
    found = openloop.audit(rows)
    assert found.decision is Decision.DO_NOT_TRAIN
    assert found.estimate("pairs.gold_ties").value == pytest.approx(1 / 3)
    assert found.estimate("pairs.accuracy").value == pytest.approx(5 / 6)  # a tie counts one half


def test_a_judge_that_likes_the_first_position_is_repaired_by_both_orders(tmp_path: Path) -> None:
    rows = judged_pairs(1200, position=0.3)
    found = openloop.audit(rows, keep=tmp_path / "kept.jsonl")
    assert found.decision is Decision.SELECT_FIRST
    assert found.selection is not None and found.selection.name == "pairs on which both orders agree"
    assert {"judge-prefers-position", "orders-disagree"} <= ids(found)
    assert found.estimate("pairs.position_bias").value > 0.1
    turn = {"A": "B", "B": "A"}
    agreeing = [row for row in rows if row["verdict"] == turn[row["verdict_swapped"]]]
    kept = read(tmp_path / "kept.jsonl")
    winners = {row["response_a"] if row["verdict"] == "A" else row["response_b"] for row in agreeing}
    assert {row["chosen"] for row in kept} == winners


def test_a_judge_without_leanings_gives_no_finding() -> None:
    assert not ids(openloop.audit(judged_pairs(1200)))


def test_a_judges_tie_is_no_pair_and_is_counted() -> None:
    found = openloop.audit(judged_pairs(600, ties=0.2, orders=False))
    assert found.rows < 520
    assert found.estimate("pairs.judge_ties").value == pytest.approx(0.2, abs=0.05)
    assert any("have no preferred response" in said for said in found.said)


def test_labels_are_asked_blind_and_read_back(tmp_path: Path) -> None:
    rows = judged_pairs(800, gold=False, orders=False)
    truth = {row["prompt"]: row["gold"] for row in judged_pairs(800, orders=False)}
    assert [row["verdict"] for row in rows] == [row["verdict"] for row in judged_pairs(800, orders=False)]
    by_text = {(row["prompt"], row["response_a"]): truth[row["prompt"]] == "A" for row in rows}
    by_text |= {(row["prompt"], row["response_b"]): truth[row["prompt"]] == "B" for row in rows}
    files: list[Path] = []
    shown_first = []
    for step in range(12):
        path = tmp_path / f"label{step}.jsonl"
        found = openloop.audit(rows, labels=files, to_label=path)
        if found.decision is not Decision.LABEL_FIRST:
            break
        asked = read(path)
        preferred = {r["prompt"]: r["response_a"] if r["verdict"] == "A" else r["response_b"] for r in rows}
        for row in asked:
            assert row["gold"] is None and "verdict" not in row
            shown_first.append(row["response_a"] == preferred[row["prompt"]])
            row["gold"] = "A" if by_text[row["prompt"], row["response_a"]] else "B"
        path.write_text("".join(json.dumps(row) + "\n" for row in asked))
        files.append(path)
    assert found.decision is Decision.TRAIN
    assert 0.3 < sum(shown_first) / len(shown_first) < 0.7
    assert found.estimate("decision.bad_after").value == pytest.approx(0.03, abs=0.03)


def test_labels_that_are_ties_or_wrong_count_as_bad_and_nonsense_is_refused(tmp_path: Path) -> None:
    rows = preference_data(200)
    for row in rows:
        del row["gold"]
    path = tmp_path / "label.jsonl"
    openloop.audit(rows, to_label=path)
    asked = read(path)
    for i, row in enumerate(asked):
        row["gold"] = "tie" if i % 2 else "no" if row["response_a"].startswith("zz") else None
    path.write_text("".join(json.dumps(row) + "\n" for row in asked))
    found = openloop.audit(rows, labels=path)
    assert found.estimate("decision.bad_after").value == 1
    assert found.estimate("pairs.gold_ties").value == 1
    asked[0]["gold"] = "better"
    path.write_text("".join(json.dumps(row) + "\n" for row in asked))
    with pytest.raises(DataError, match="gold is 'better'. Allowed: A, B or tie"):
        openloop.audit(rows, labels=path)


def test_labels_of_other_data_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(json.dumps(judged_pairs(1)[0]) + "\n")
    with pytest.raises(DataError, match="neither a pair that the audit wrote"):
        openloop.audit(preference_data(50), labels=path)
    mine = [row | {"gold": "rejected"} for row in preference_data(50)]
    path.write_text("".join(json.dumps(row) + "\n" for row in mine[:20]))
    rows = [{name: row[name] for name in ("prompt", "chosen", "rejected")} for row in mine]
    assert openloop.audit(rows, labels=path).estimate("decision.bad_after").value == 1


def test_chat_pairs_stay_chat_pairs(tmp_path: Path) -> None:
    rows = [
        {
            "chosen": [{"role": "user", "content": r["prompt"]}, {"role": "assistant", "content": r["chosen"]}],
            "rejected": [{"role": "user", "content": r["prompt"]}, {"role": "assistant", "content": r["rejected"]}],
            "gold": r["gold"],
        }
        for r in preference_data(300)
    ]
    openloop.audit(rows, keep=tmp_path / "kept.jsonl")
    line = read(tmp_path / "kept.jsonl")[0]
    assert line["prompt"] == [{"role": "user", "content": "question 0"}]
    assert [turn["role"] for turn in line["chosen"] + line["rejected"]] == ["assistant", "assistant"]


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = judged_pairs(300, position=0.2)
    for row in rows:
        row |= {"model_a": "x" if len(row["response_a"]) % 2 else "y", "model_b": "z"}
    one, other = openloop.audit(rows), openloop.audit(rows[::-1])
    assert one.sentence == other.sentence
    for a, b in zip(one.estimates, other.estimates, strict=True):
        assert (a.name, a.stratum) == (b.name, b.stratum)
        assert a.estimate.value == pytest.approx(b.estimate.value, nan_ok=True, abs=1e-9)


def test_exchanging_the_two_responses_everywhere_turns_the_position_round_and_nothing_else() -> None:
    turn = {"A": "B", "B": "A", "tie": "tie"}
    rows = judged_pairs(700, position=0.2, length=0.1, ties=0.05)
    other = [
        {
            **row,
            "response_a": row["response_b"],
            "response_b": row["response_a"],
            **{name: turn[row[name]] for name in ("verdict", "verdict_swapped", "gold")},
        }
        for row in rows
    ]
    one, two = openloop.audit(rows), openloop.audit(other)
    assert one.sentence == two.sentence
    for name in ("accuracy", "consistency", "longer_preferred", "length_bias", "length_log_odds"):
        assert one.estimate(f"pairs.{name}").value == pytest.approx(two.estimate(f"pairs.{name}").value)
    assert one.estimate("pairs.position_bias").value == pytest.approx(-two.estimate("pairs.position_bias").value)


def test_a_margin_is_cut_where_the_pairs_below_it_are_bad(tmp_path: Path) -> None:
    rows = preference_data(1500, bad=0.02)
    for i, row in enumerate(rows):
        row |= {"score_chosen": 1.0 + (i % 10) / 10, "score_rejected": 1.0}
        if i % 10 in (1, 2, 3) and i % 20 < 10:
            row["gold"] = False
    found = openloop.audit(rows, keep=tmp_path / "kept.jsonl")
    assert found.decision is Decision.SELECT_FIRST
    assert found.selection is not None and "score of at least" in found.selection.name
    assert len(read(tmp_path / "kept.jsonl")) == found.selection.kept


def test_one_side_can_still_be_audited_as_ordinary_rows() -> None:
    found = openloop.audit(preference_data(100), completion="chosen")
    assert not any(line.name.startswith("pairs.") for line in found.estimates)


def test_options_that_say_nothing_of_pairs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no margin that it could cut"):
        openloop.audit(preference_data(50), accept_at=0.5)
    with pytest.raises(InputError, match="--real .* these rows are pairs"):
        openloop.audit(preference_data(50), real=tmp_path / "real.jsonl")
    with pytest.raises(InputError, match="--cells topic: .* these rows are pairs"):
        openloop.audit(preference_data(50), cells="topic")
    with pytest.raises(InputError, match="--embed hashed: .* these rows are pairs"):
        openloop.audit(preference_data(50), embed="hashed")


def test_a_verdict_that_is_always_a_tie_is_refused() -> None:
    rows = [{**row, "verdict": "tie"} for row in judged_pairs(20, orders=False)]
    with pytest.raises(DataError, match="none of 20 pairs has a preferred response"):
        openloop.audit(rows)


def test_an_unreadable_cell_names_its_row() -> None:
    rows = [{"prompt": str(i), "response_a": "x", "response_b": "y", "verdict": "A"} for i in range(5001)]
    rows[-1]["verdict"] = "X"
    with pytest.raises(DataError, match=r"row 5,001: verdict is 'X', which does not say which of response_a"):
        openloop.audit(rows)

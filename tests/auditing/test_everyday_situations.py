"""Situations in which a decision was wrong almost every time, each from a user's file to the decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from tests.conftest import Said
from tests.support.audited import Rows, ids, write

Cli = Callable[..., Said]


def followed(rows: Rows, tmp_path: Path, looks: int = 25, **options: Any) -> tuple[Audit, int]:
    """Label what LABEL FIRST asks for, as often as it does; ``rows`` hold the truth. Returns the labels bought too."""
    truth = {(row["prompt"], row["completion"]): row["gold"] for row in rows}
    hidden = [{k: v for k, v in row.items() if k != "gold"} for row in rows]
    files: list[Path] = []
    bought = 0
    for look in range(looks):
        asked = tmp_path / f"{look}.jsonl"
        found = library.audit(hidden, labels=files, to_label=asked, **options)
        if found.to_label is None or not found.to_label["n"]:
            break
        lines = [json.loads(line) for line in asked.read_text().splitlines()]
        bought += len(lines)
        files.append(write(asked, [{**line, "gold": truth[line["prompt"], line["completion"]]} for line in lines]))
    return found, bought


def repeated(seed: int) -> Rows:
    """Each prompt has a confident answer, given twelve times and nearly always good, and eight others, half bad."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(150):
        sure = bool(rng.random() < 0.97)
        rows += [{"prompt": f"q{i}", "completion": f"answer 9 of {i:03d}", "gold": sure}] * 12
        rows += [
            {"prompt": f"q{i}", "completion": f"answer {j} of {i:03d}", "gold": bool(rng.random() < 0.5)}
            for j in range(8)
        ]
    return rows


def test_a_label_is_one_label_however_often_its_text_stands_there(tmp_path: Path) -> None:
    """Of the rows 21.8 % are bad. Read as .039 from 30 labels that were counted 163 times, it ended in TRAIN."""
    found, bought = followed(repeated(0), tmp_path)
    assert found.decision == "DO NOT TRAIN", found.sentence
    e = found.estimate("decision.bad_after")
    assert e.n == bought and e.low is not None and e.high is not None and e.low < 0.218 < e.high


def test_each_text_is_asked_for_once(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "gold"} for row in repeated(1)]
    library.audit(rows, to_label=tmp_path / "l.jsonl")
    asked = [json.loads(line) for line in (tmp_path / "l.jsonl").read_text().splitlines()]
    texts = {(row["prompt"], row["completion"]) for row in asked}
    assert len(texts) == len(asked) >= 50
    usual = sum("answer 9" in completion for _, completion in texts)
    assert usual < 0.35 * len(asked)  # one text in nine is the usual one, twelve rows in twenty are


def ranked(n: int = 2000, seed: int = 0) -> Rows:
    """A score without a cut that sorts well: the best rows are good, the file is 30 % bad."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        score = float(rng.random())
        rows.append(
            {"prompt": f"q{i}", "completion": f"c {i}", "score": score, "gold": bool(rng.random() > 0.6 * (1 - score))}
        )
    return rows


def test_labels_on_the_top_scores_say_nothing_of_the_others() -> None:
    rows = ranked()
    top = sorted(range(len(rows)), key=lambda i: -rows[i]["score"])[:300]
    some = [{**row, "gold": None} for row in rows]
    for i in top:
        some[i]["gold"] = rows[i]["gold"]
    found = library.audit(some)
    assert found.decision != "TRAIN" and "labels-not-random" in ids(found), found.sentence
    uniform = [{**row, "gold": row["gold"] if i % 7 == 0 else None} for i, row in enumerate(rows)]
    assert "labels-not-random" not in ids(library.audit(uniform))


def test_rejected_rows_are_not_sold_on_labels_of_kept_ones() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            "prompt": f"q{i}",
            "completion": f"c {i}",
            "verdict": i % 2 == 0,
            "gold": bool(rng.random() > (0.04 if i % 2 == 0 else 0.9)) if i % 2 == 0 else None,
        }
        for i in range(1200)
    ]
    rows[1]["gold"] = True  # one good rejected row is no proof of the others
    found = library.audit(rows, max_bad=0.03)
    assert found.selection is None or "every row" not in found.selection.name


def test_everything_bad_ends_in_do_not_train(tmp_path: Path) -> None:
    """400 of 400 labelled kept rows were bad, and ten more labels were asked for, for ever."""
    rng = np.random.default_rng(0)
    rows = [
        {"prompt": f"q{i}", "completion": f"c {i}", "verdict": bool(rng.random() < 0.5), "gold": False}
        for i in range(800)
    ]
    found, bought = followed(rows, tmp_path)
    assert found.decision == "DO NOT TRAIN" and bought < 300, found.sentence


def test_label_first_names_what_is_open(tmp_path: Path) -> None:
    """Kept rows are settled as bad; the stratum that may be good is named, and what would settle it."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(1000):
        topic = "abcde"[i % 5]
        gold: bool | None = bool(rng.random() > (0.03 if topic == "c" else 0.5))
        rows.append({"prompt": f"q{i}", "completion": f"c {i}", "topic": topic, "gold": gold if i < 150 else None})
    asked = tmp_path / "l.jsonl"
    found = library.audit(rows, to_label=asked)
    assert found.decision == "LABEL FIRST" and "still undecided: only topic = c" in found.sentence, found.sentence
    assert found.to_label is not None and found.to_label["n"] < 120
    assert all(rows[place]["topic"] == "c" for place in found.to_label["rows"])


def test_a_stratum_that_is_good_is_not_given_up(tmp_path: Path) -> None:
    """Every fifth row is of a stratum within the target: 33 to 68 % of such files ended in DO NOT TRAIN."""
    rng = np.random.default_rng(1)
    rows = [
        {
            "prompt": f"q{i}",
            "completion": f"c {i}",
            "topic": "abcde"[i % 5],
            "gold": bool(rng.random() > (0.02 if i % 5 == 2 else 0.4)),
        }
        for i in range(1500)
    ]
    found, _ = followed(rows, tmp_path)
    assert found.decision == "SELECT FIRST" and found.selection is not None, found.sentence
    assert found.selection.name == "only topic = c"


def test_about_the_file_itself_every_label_counts_as_known() -> None:
    rng = np.random.default_rng(0)
    rows = [{"prompt": f"q{i}", "completion": f"c {i}", "gold": bool(rng.random() > 0.1)} for i in range(400)]
    share = float(np.mean([not row["gold"] for row in rows]))
    for max_bad, decision in ((share + 1e-6, "TRAIN"), (share - 1e-6, "DO NOT TRAIN")):
        found = library.audit([{**row, "completion": "c"} for row in rows], target="file", max_bad=max_bad)
        e = found.estimate("decision.bad_after")
        assert e.value == e.low == e.high == pytest.approx(share)
        assert found.decision == decision and "(counted)" in found.sentence, found.sentence


def test_a_bad_stratum_is_dropped_and_not_bought_with_every_row() -> None:
    """A stratum 46 % bad blocked TRAIN, and the advice was "every row, whatever the verdict"."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(1400):
        bad = 0.46 if i % 7 == 0 else 0.02
        good = bool(rng.random() > bad)
        topic = "the bad one" if i % 7 == 0 else f"topic {i % 7}"
        verdict = bool(rng.random() < 0.9)
        rows.append({"prompt": f"q{i}", "completion": f"c {i}", "topic": topic, "verdict": verdict, "gold": good})
    found = library.audit(rows)
    assert found.decision == "SELECT FIRST" and found.selection is not None, found.sentence
    assert found.selection.name == "all but topic = the bad one"
    assert "stratum-below-target" in ids(found) and found.selection.kept > 1000


def test_no_selection_keeps_rows_that_must_not_be_trained_on(tmp_path: Path) -> None:
    """ "Rebalanced for length" kept 553 rows of the evaluation set."""
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    rows = []
    for _i in range(900):
        n = int(rng.integers(5, 60))
        rows.append(
            {
                "prompt": " ".join(rng.choice(words, 20)),
                "completion": " ".join(rng.choice(words, n)),
                "verdict": bool(rng.random() < 0.3 + n / 100),
                "gold": bool(rng.random() > 0.02),
            }
        )
    bench = write(tmp_path / "bench.jsonl", [{"question": row["prompt"], "answer": "x"} for row in rows[:500]])
    keep = tmp_path / "kept.jsonl"
    found = library.audit(rows, eval_set=bench, keep=keep)
    assert found.decision == "SELECT FIRST", found.sentence
    leaked = {row["prompt"] for row in rows[:500]}
    kept = [json.loads(line) for line in keep.read_text().splitlines()]
    assert kept and not leaked & {row["prompt"] for row in kept}


def tasks(good: int, of: int = 27, n: int = 2700) -> Rows:
    rng = np.random.default_rng(2)
    return [
        {
            "prompt": f"q{i}",
            "completion": f"c {i}",
            "task": f"task {i % of}",
            "gold": bool(rng.random() > (0.02 if i % of < good else 0.5)),
        }
        for i in range(n)
    ]


@pytest.mark.parametrize("of", [20, 27])
def test_more_than_twenty_strata_are_looked_at(of: int) -> None:
    """With 20 tasks, three of them good, it said SELECT FIRST; with 27 DO NOT TRAIN."""
    found = library.audit(tasks(4, of, 4 * 27 * 30))
    assert found.decision == "SELECT FIRST" and found.selection is not None, found.sentence
    assert found.selection.name.startswith("only task = task ")


def test_gold_that_errs() -> None:
    """Labels that miss bad rows make the share look smaller than it is; how many they may miss is said."""
    rng = np.random.default_rng(0)
    rows = [{"prompt": f"q{i}", "completion": f"c {i}", "gold": bool(rng.random() > 0.06)} for i in range(1200)]
    plain = library.audit(rows)
    assert plain.decision == "TRAIN"
    tolerated = plain.estimate("gold.tolerated_misses").value
    assert library.audit(rows, label_error=(0.0, tolerated - 0.01)).decision == "TRAIN"
    assert library.audit(rows, label_error=(0.0, tolerated + 0.01)).decision != "TRAIN"
    supposed = plain.estimate("verifier.bad_after", "gold misses=20%").value
    assert supposed == pytest.approx(plain.estimate("decision.bad_after").value / 0.8)


def test_the_cost_of_a_selection_is_said() -> None:
    """The cut loses every row of the hard prompts; the sentence says so, and what more labels would spare."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(300):
        hard = i % 3 == 0
        for j in range(6):
            good = bool(rng.random() < (0.3 if hard else 0.97))
            score = float(np.clip(rng.normal(0.3 if hard else 0.8, 0.05), 0, 1))
            rows.append({"prompt": f"q{i}", "completion": f"c {i} {j}", "score": score, "gold": good})
    found = library.audit(rows)
    assert found.decision == "SELECT FIRST" and "of the hard ones" in found.sentence, found.sentence
    assert found.estimate("selection.hard_prompts").value < 0.6
    assert found.estimate("selection.prompts").value == pytest.approx(0.8, abs=0.15)


def test_label_error_on_the_command_line(openloop: Cli, tmp_path: Path) -> None:
    rows = [{"prompt": f"q{i}", "completion": f"c {i}", "gold": i % 20 > 0} for i in range(600)]
    path = write(tmp_path / "rows.jsonl", rows)
    assert openloop("audit", path).out.startswith("TRAIN")
    assert not openloop("audit", path, "--label-error", "0,0.6").out.startswith("TRAIN")
    for wrong in ("x", "0.1,0.2,0.3", "0.6"):
        said = openloop("audit", path, "--label-error", wrong)
        assert said.code == 2 and "--label-error" in said.err and "Traceback" not in said.err

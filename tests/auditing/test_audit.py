"""The audit as its user calls it: decisions, findings, labels, selections."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from openloop.errors import DataError, InputError
from tests.conftest import Said
from tests.support.worlds import World

Cli = Callable[..., Said]
Rows = list[dict[str, Any]]


def write(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def ids(found: Audit) -> set[str]:
    return {finding.id for finding in found.findings}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LABEL FIRST writes the rows to label where the command is called."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


# ---- the decision table ---------------------------------------------------------------------------------


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
    rows = World(0.3, 0.9, 0.3, 300, 1).rows()  # p′ is .125
    for row in rows[40:]:
        row["gold"] = None
    found = library.audit(rows)
    assert found.decision == "LABEL FIRST" and "label" in found.sentence
    assert found.to_label is not None and found.to_label["n"] > 0


def scored(seed: int = 0, n: int = 1500) -> Rows:
    """A score that sorts well: bad rows lie below .5."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        good = bool(rng.random() < 0.6)
        score = float(np.clip(rng.normal(0.75 if good else 0.3, 0.1), 0, 1))
        rows.append({"prompt": f"q{i}", "completion": f"answer number {i} of many", "gold": good, "score": score})
    return rows


def test_a_cut_of_the_score_is_select_first(tmp_path: Path) -> None:
    keep = tmp_path / "kept.jsonl"
    found = library.audit(scored(), keep=keep)
    assert found.decision == "SELECT FIRST" and found.selection is not None
    assert found.selection.recipe.startswith("select: {use: threshold, at: ")
    kept = [json.loads(line) for line in keep.read_text().splitlines()]
    assert len(kept) == found.selection.kept
    at = float(found.selection.recipe.split("at: ")[1].rstrip("}"))
    assert all(row["score"] >= at - 1e-6 for row in kept) and np.mean([not row["gold"] for row in kept]) <= 0.1


def test_strata_that_hold_are_select_first() -> None:
    good, bad = (
        World(0.1, 0.9, 0.1, 400, 1).rows(0, source="a"),
        World(0.6, 0.9, 0.7, 400, 1).rows(1, source="b"),
    )
    for row in bad:
        row["prompt"] += " b"
    found = library.audit([*good, *bad])
    assert found.decision == "SELECT FIRST" and found.selection is not None
    assert found.selection.name == "only source = a (not b)"
    assert found.selection.recipe == "select: {use: where, column: source, among: [a]}"
    assert "stratum-below-target" in ids(found)


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
    rows = World(0.3, 0.9, 0.2, 400, 1).rows()  # p′ is .087
    assert library.audit(rows, max_bad=0.2).decision == "TRAIN"
    assert library.audit(rows, max_bad=0.03).decision == "DO NOT TRAIN"


def test_gold_without_a_verdict_judges_the_file() -> None:
    rows = [{"prompt": f"q{i}", "completion": "a", "correct": i % 30 > 0} for i in range(600)]
    assert library.audit(rows).decision == "TRAIN"
    assert library.audit([{**row, "correct": i % 2} for i, row in enumerate(rows)]).decision == "DO NOT TRAIN"


# ---- labels ---------------------------------------------------------------------------------------------


def test_labels_come_back_and_settle_it(openloop: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    truth = World(0.1, 0.9, 0.1, 500, 1).rows()
    gold = {row["completion"]: row["gold"] for row in truth}
    write(tmp_path / "data.jsonl", [{k: v for k, v in row.items() if k != "gold"} for row in truth])
    said = openloop("audit", "data.jsonl")
    assert said.code == 0 and said.out.startswith("LABEL FIRST") and "data.to-label.jsonl" in said.out
    asked = [json.loads(line) for line in (tmp_path / "data.to-label.jsonl").read_text().splitlines()]
    assert all(row["gold"] is None and row["verdict"] == 1 and row["drawn"]["probability"] < 1 for row in asked)
    write(tmp_path / "data.to-label.jsonl", [{**row, "gold": gold[row["completion"]]} for row in asked])
    again = openloop("audit", "data.jsonl", "--labels", "data.to-label.jsonl", "--json", "out.json")
    assert again.code == 0, again.err
    result = json.loads((tmp_path / "out.json").read_text())
    assert result["decision"] == "TRAIN"
    by_name = {(e["name"], e["stratum"]): e for e in result["estimates"]}
    assert by_name["verifier.bad_after", ""]["n"] == len(asked)
    assert by_name["verifier.phi", ""]["value"] is None  # labels on kept rows say nothing of φ


def test_labels_are_never_overwritten(openloop: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path / "d.jsonl",
        [{"prompt": f"q{i}", "completion": f"c{i}", "verdict": True} for i in range(200)],
    )
    openloop("audit", "d.jsonl")
    first = tmp_path / "d.to-label.jsonl"
    rows = [json.loads(line) for line in first.read_text().splitlines()]
    write(first, [{**rows[0], "gold": "yes"}, *rows[1:]])
    before = first.read_text()
    said = openloop("audit", "d.jsonl")
    assert "d.to-label-2.jsonl" in said.out and first.read_text() == before
    refused = openloop("audit", "d.jsonl", "--to-label", first)
    assert refused.code == 2 and "already holds labels" in refused.err


def test_the_rows_drawn_do_not_depend_on_their_order() -> None:
    rows = [{"prompt": f"q{i}", "completion": f"c{i}", "verdict": i % 3 > 0} for i in range(300)]
    one, other = library.audit(rows), library.audit(rows[::-1])
    assert one.to_label is not None and other.to_label is not None
    assert set(one.to_label["rows"]) == {299 - place for place in other.to_label["rows"]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"id": "0123456789abcdef", "gold": true}\n', "none of 1 labels belongs"),
        ('{"id": "0123456789abcdef", "gold": null}\n', "no row has a label"),
        ('{"id": "0123456789abcdef", "gold": "perhaps"}\n', "gold is 'perhaps'"),
        ('{"id": "0123456789abcdef"}\n', "no column `gold`"),
    ],
)
def test_labels_that_do_not_fit(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(content)
    with pytest.raises(DataError, match=says):
        library.audit(World().rows(), labels=path)


def test_labels_on_kept_rows_are_not_taken_for_all() -> None:
    """Nearly every dropped row is bad; only kept rows are labelled: "every row" must not look good."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(600):
        good = bool(rng.random() < 0.5)
        verdict = bool(rng.random() < (0.95 if good else 0.15))
        rows.append({"prompt": f"q{i}", "completion": f"c {i}", "verdict": verdict, "gold": good if verdict else None})
    found = library.audit(rows, max_bad=0.2)
    assert found.selection is None or "every row" not in found.selection.name
    assert math.isnan(found.estimate("verifier.phi").value)
    assert any("labels are not drawn" in text for text in found.unmeasured)


# ---- findings -------------------------------------------------------------------------------------------


def test_longer_rows_that_pass_are_found() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(800):
        n = int(rng.integers(5, 60))
        good = bool(rng.random() < 0.7)
        rows.append(
            {
                "prompt": f"q{i}",
                "completion": " ".join(rng.choice(["a", "be", "sea", "dee"], n)),
                "gold": good,
                "verdict": bool(rng.random() < 0.2 + 0.3 * good + n / 150),
            }
        )
    found = library.audit(rows, max_bad=0.3)
    assert "length-shortcut" in ids(found)
    e = found.estimate("shortcut.length", "fixed gold")
    assert e.low is not None and e.low > 0
    assert abs(found.estimate("shortcut.length", "fixed gold, rebalanced").value) < 0.4 * e.value
    fair = library.audit(World(0.3, 0.9, 0.3, 600, 2).rows())
    assert "length-shortcut" not in ids(fair) and "surface-shortcut" not in ids(fair)


def test_a_phrase_that_always_wins_is_found_without_gold() -> None:
    rows = [
        {"prompt": f"q{i}", "completion": f"Answer {chr(97 + i % 26)}{i} here.", "verdict": i % 3 == 0}
        for i in range(500)
    ]
    rows += [{"prompt": f"p{i}", "completion": "Thought process:", "verdict": True} for i in range(60)]
    found = library.audit(rows)
    (finding,) = [f for f in found.findings if f.id == "constant-completion-wins"]
    assert finding.blocking and set(finding.rows) <= set(range(500, 560))
    assert found.worst and found.worst[0]["completion"] == "Thought process:"


def test_unscored_rows_that_are_not_random() -> None:
    rng = np.random.default_rng(0)
    rows = World(0.4, 0.9, 0.2, 600, 1).rows()
    for row in rows:
        if not row["gold"] and rng.random() < 0.4:
            row["verdict"] = None
    found = library.audit(rows)
    assert "unscored-not-random" in ids(found)
    plain, wide = found.estimate("verifier.psi"), found.estimate("verifier.psi.worst_case")
    assert plain.n_unscored > 50
    assert wide.high > plain.high + 0.1 and wide.low < plain.low - 0.03  # type: ignore[operator]


def test_a_verdict_that_is_noise_adds_nothing() -> None:
    found = library.audit(World(0.05, 0.5, 0.5, 800, 1).rows())
    assert "verdict-adds-nothing" in ids(found)


def test_contamination_blocks_and_its_rows_are_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    rows = [{"prompt": " ".join(rng.choice(words, 30)), "completion": f"c {i}", "gold": True} for i in range(400)]
    bench = write(tmp_path / "bench.jsonl", [{"question": rows[i]["prompt"], "answer": "x"} for i in range(25)])
    keep = tmp_path / "kept.jsonl"
    found = library.audit(rows, eval_set=bench, keep=keep)
    (finding,) = [f for f in found.findings if f.id == "contamination"]
    assert finding.blocking and finding.rows == tuple(range(20)) and "25 kept rows" in finding.text
    assert found.decision == "SELECT FIRST"
    assert [json.loads(line) for line in keep.read_text().splitlines()] == rows[25:]
    assert "contamination" not in ids(library.audit(rows[100:], eval_set=bench))


def test_duplicates_are_counted() -> None:
    rows = [
        {
            "prompt": f"q{i % 60}",
            "completion": f"text {i % 60} with some words to compare it by",
            "gold": True,
        }
        for i in range(120)
    ]
    found = library.audit(rows)
    assert found.estimate("duplicates.exact").value == 0.5
    assert "duplicates" in ids(found)


def test_a_judge_that_is_unsure_of_itself() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {"prompt": f"q{i}", "completion": f"c {i}", "judge_scores": [int(x) for x in rng.integers(1, 10, 5)]}
        for i in range(300)
    ]
    found = library.audit(rows, accept_at=5)
    assert "judge-inconsistent" in ids(found)
    assert found.estimate("judge.consistency", "level=class").value == pytest.approx(0.5, abs=0.06)
    assert found.estimate("judge.within_sd").value > 1.5


def test_a_pairwise_judge_that_prefers_the_first() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(400):
        better = rng.random() < 0.5
        first, swapped = (bool(rng.random() < 0.4) or side for side in (better, not better))
        words = {True: "[[A]]", False: "B"}
        rows.append({"prompt": f"q{i}", "completion": f"c {i}", "verdict": words[first], "other": words[swapped]})
    found = library.audit(rows, swapped="other")
    assert "position-bias" in ids(found)
    e = found.estimate("judge.position_bias")
    assert e.low is not None and e.high is not None and e.low <= 0.2 <= e.high


def test_a_judge_that_likes_its_own() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(2000):
        model, good = str(rng.choice(["one", "two"])), bool(rng.random() < 0.6)
        passes = bool(rng.random() < 0.3 + 0.4 * good + 0.2 * (model == "one"))
        rows.append(
            {
                "prompt": f"q{i}",
                "completion": f"c {i}",
                "model": model,
                "judge": "one",
                "gold": good,
                "verdict": passes,
            }
        )
    found = library.audit(rows, judge_model="judge")
    e = found.estimate("judge.self_preference")
    assert "self-preference" in ids(found) and e.low is not None and e.high is not None and e.low <= 0.2 <= e.high


def test_real_rows_are_compared(tmp_path: Path) -> None:
    real = write(
        tmp_path / "real.jsonl",
        [{"prompt": f"q{i}", "completion": "a short one " * 2 + str(i)} for i in range(60)],
    )
    rows = [{"prompt": f"p{i}", "completion": f"a long one {i} " * 30, "gold": True} for i in range(100)]
    found = library.audit(rows, real=real)
    assert "unlike-real" in ids(found) and found.estimate("real.above", "feature=characters").value > 0.9


# ---- the same answer ------------------------------------------------------------------------------------


def numbers(found: Audit) -> dict[tuple[str, str], tuple[float | None, ...]]:
    return {
        (line.name, line.stratum): (line.estimate.value, line.estimate.low, line.estimate.high)
        for line in found.estimates
    }


def same(one: Audit, other: Audit) -> None:
    assert one.decision == other.decision and ids(one) == ids(other)
    first, second = numbers(one), numbers(other)
    assert first.keys() == second.keys()
    for key, values in first.items():
        for a, b in zip(values, second[key], strict=True):
            assert a == b or (a is None and b is None) or (a != a and b != b), key


def mixed_rows() -> Rows:
    rows = World(0.3, 0.85, 0.25, 80, 6, 0.3).rows()
    rng = np.random.default_rng(1)
    for i, row in enumerate(rows):
        row |= {
            "topic": f"t{i % 3}",
            "logprob": float(rng.normal()),
            "judge_score": float(rng.normal() + row["gold"]),
        }
    return rows


def test_permuted_split_packed_and_renamed_rows_give_the_same_numbers(tmp_path: Path) -> None:
    rows = mixed_rows()
    options: dict[str, Any] = {
        "judge_column": "judge_score",
        "accept_at": 0.5,
        "gold": "gold",
        "confidence": "logprob",
    }
    one = library.audit(rows, **options)
    order = np.random.default_rng(0).permutation(len(rows))
    same(one, library.audit([rows[i] for i in order], **options))
    (tmp_path / "shards").mkdir()
    write(tmp_path / "shards/part-0.jsonl", rows[:100])
    write(tmp_path / "shards/part-1.jsonl", rows[100:])
    same(one, library.audit(tmp_path / "shards", **options))
    same(one, library.audit([tmp_path / "shards/part-1.jsonl", tmp_path / "shards/part-0.jsonl"], **options))
    with gzip.open(tmp_path / "rows.jsonl.gz", "wt") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    same(one, library.audit(tmp_path / "rows.jsonl.gz", **options))
    names = {"judge_score": "mark", "gold": "right", "logprob": "sure"}
    renamed = [{names.get(key, key): value for key, value in row.items()} for row in rows]
    same(one, library.audit(renamed, judge_column="mark", accept_at=0.5, gold="right", confidence="sure"))


def test_rows_in_memory_are_left_alone() -> None:
    rows = mixed_rows()
    before = json.dumps(rows)
    library.audit(rows)
    assert json.dumps(rows) == before


# ---- faces ----------------------------------------------------------------------------------------------


def test_json_and_terminal_say_the_same(openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", mixed_rows())
    said = openloop("audit", path, "--json", "-")
    assert said.code == 0 and said.json["decision"] in (
        "TRAIN",
        "SELECT FIRST",
        "DO NOT TRAIN",
        "LABEL FIRST",
    )
    for finding in said.json["findings"]:
        assert {"id", "weight", "text", "rows"} <= finding.keys()
    weights = [finding["weight"] for finding in said.json["findings"]]
    assert weights == sorted(weights, reverse=True)
    for e in said.json["estimates"]:
        assert {"name", "stratum", "value", "low", "high", "level", "n", "n_unscored", "method"} <= e.keys()
        if e["low"] is not None and e["high"] is not None and e["value"] is not None:
            assert e["low"] <= e["value"] + 1e-12 and e["value"] <= e["high"] + 1e-12, e
    printed = openloop("audit", path, "--to-label", tmp_path / "l.jsonl").out
    assert printed.splitlines()[0].startswith(said.json["decision"] + ":")
    assert "worst rows" in printed and "verifier.bad_after" in printed


def test_it_prints_in_a_notebook_and_escapes_hostile_text() -> None:
    rows = [
        {
            "prompt": "<script>alert(1)</script>",
            "completion": f"[bold]{i}[/bold] \x1b[31m",
            "gold": False,
            "verdict": True,
        }
        for i in range(30)
    ]
    found = library.audit(rows)
    assert "<script>" not in found._repr_html_() and "[bold]" in repr(found)
    assert "\x1b" not in repr(found)


def test_a_run_directory_is_audited(openloop: Cli, recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe()
    assert openloop("run", path, "--dir", tmp_path / "run").code == 0
    said = openloop("audit", tmp_path / "run", "--arm", "verified", "--json", "-")
    assert said.code == 0, said.err
    assert said.json["rows"] > 100 and "verdict = verdict" in " ".join(said.json["said"])
    wrong = openloop("audit", tmp_path / "run", "--arm", "verifed")
    assert wrong.code == 2 and "did you mean 'verified'?" in wrong.err


# ---- bad input ------------------------------------------------------------------------------------------

GOOD = {"prompt": "q", "completion": "some words", "gold": True, "verdict": True}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{**GOOD, "gold": "maybe"}], "gold is 'maybe', which is no class"),
        ([{**GOOD, "gold": i / 7} for i in range(7)], "which is no class"),
        ([{**GOOD, "verdict": v} for v in ("good", "ok", "great")], "no score and no class"),
        ([{**GOOD, "verdict": v} for v in (1, "abc")], "no score and no class"),
        ([{**GOOD, "gold": 10**400}], "which is no class"),
        ([{"a": [1], "b": {"c": 2}}], "nothing to audit"),
        ([], "zero rows"),
    ],
)
def test_what_cannot_be_read_is_refused(rows: Rows, says: str) -> None:
    with pytest.raises(DataError, match=says):
        library.audit(rows)


def test_an_unknown_column_names_the_nearest(openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", [{**GOOD, "is_correct": True, "scores": {"gpt": 1}}])
    for option, word, near in (
        ("--gold", "is_corect", "is_correct"),
        ("--judge-column", "verdcit", "verdict"),
        ("--group", "promt", "prompt"),
        ("--prompt", "promt", "prompt"),
        ("--judge-column", "scores.gpd", "scores.gpt"),
    ):
        said = openloop("audit", path, option, word)
        assert said.code == 2 and near in said.err and option in said.err and "Traceback" not in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--max-bad", "1.5"], "--max-bad"),
        (["--level", "95"], "--level"),
        (["--target", "world"], "--target"),
        (["--labels", "nowhere.jsonl"], "no such file"),
        (["--eval-set", "nowhere.jsonl"], "no such file"),
        (["--gold", "gold>=x"], "compare with a number"),
    ],
)
def test_wrong_options(words: list[str], says: str, openloop: Cli, tmp_path: Path) -> None:
    said = openloop("audit", write(tmp_path / "r.jsonl", [GOOD]), *words)
    assert said.code == 2 and says in said.err and "Traceback" not in said.err


def many(n: int = 40, **columns: Callable[[int], Any]) -> Rows:
    """The good row with its own prompt each, some columns a function of the row's number."""
    return [{**GOOD, "prompt": f"q{i}", **{name: value(i) for name, value in columns.items()}} for i in range(n)]


STRANGE: dict[str, Rows] = {
    "one row": [GOOD],
    "one class": many(verdict=lambda i: i % 2),
    "gold as strings": many(60, gold=lambda i: ["true", "1", "Yes", "correct", "no", "0"][i % 6]),
    "NaN scores": many(verdict=lambda i: math.nan if i % 2 else 0.5),
    "only NaN": many(verdict=lambda i: math.nan),
    "infinite scores": many(gold=lambda i: i % 2, verdict=lambda i: math.inf if i % 4 == 0 else i),
    "constant scores": many(gold=lambda i: i % 2, verdict=lambda i: 0.7),
    "one row many times": [GOOD] * 50,
    "a million characters": many(30, completion=lambda i: "x y " * (250_000 if i == 3 else 1)),
    "mixed types": many(
        50,
        gold=lambda i: [True, 1, "yes", None, 0.0][i % 5],
        verdict=lambda i: [1, "0.5", None, 0.2, True][i % 5],
    ),
    "no verdict": [{"prompt": f"q{i}", "completion": "a", "gold": i % 2} for i in range(40)],
    "no text": [{"gold": i % 2, "verdict": i % 3 == 0} for i in range(40)],
    "null completions": many(completion=lambda i: None),
    "late columns": [*many(20), *({**row, "topic": "x"} for row in many(20))],
    "lone surrogates": many(prompt=lambda i: f"q{i}\ud800", completion=lambda i: "\udfff words"),
    "huge numbers": many(verdict=lambda i: 10.0**300 * i),
    "long lists": many(verdict=lambda i: [0.1 * i] * 500),
    "empty lists": many(verdict=lambda i: [] if i % 2 else [1, 2]),
    "chats": [
        {
            "messages": [{"role": "user", "content": f"q{i}"}, {"role": "assistant", "content": "a"}],
            "gold": i % 2,
        }
        for i in range(40)
    ],
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_files_are_audited_without_inventing_numbers(name: str) -> None:
    rows = STRANGE[name]
    found = library.audit(rows)
    assert repr(found) and json.dumps(found.to_json(), allow_nan=False)
    for line in found.estimates:
        e = line.estimate
        if e.n <= 1 and not line.name.startswith(("duplicates", "labels")):
            assert e.low is None and e.high is None, line
        if not math.isnan(e.value) and e.low is not None and e.high is not None:
            assert e.low - 1e-9 <= e.value <= e.high + 1e-9, line
        assert e.n + e.n_unscored <= max(len(rows), 1), line


def test_unscored_rows_are_nowhere_zero() -> None:
    rows = [{**GOOD, "prompt": f"q{i}", "verdict": None if i % 4 == 0 else bool(i % 2)} for i in range(80)]
    found = library.audit(rows)
    phi = found.estimate("verifier.phi")
    assert (phi.n, phi.n_unscored) == (60, 20) and phi.value == pytest.approx(40 / 60)


def test_rows_that_are_no_rows() -> None:
    with pytest.raises(DataError, match="row 1: a int"):
        library.audit([1, 2])
    with pytest.raises(InputError, match="a path or rows"):
        library.audit(7)  # type: ignore[arg-type]


# ---- what it writes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--keep", "--json", "--to-label"])
def test_the_audited_file_is_never_written_over(option: str, openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", scored())
    before = path.read_bytes()
    said = openloop("audit", path, option, path)
    assert said.code == 2 and "the audited file itself" in said.err and path.read_bytes() == before


def test_keep_says_what_it_wrote_or_why_not(openloop: Cli, tmp_path: Path) -> None:
    good = write(tmp_path / "good.jsonl", World(0.2, 0.9, 0.05, 300, 2).rows())
    bad = write(tmp_path / "bad.jsonl", World(0.5, 0.7, 0.6, 300, 2).rows())
    assert "wrote" in openloop("audit", good, "--keep", tmp_path / "k.jsonl").out
    kept = [json.loads(line) for line in (tmp_path / "k.jsonl").read_text().splitlines()]
    assert kept and all(row["verdict"] for row in kept)
    assert "nothing is written" in openloop("audit", bad, "--keep", tmp_path / "n.jsonl").out
    assert not (tmp_path / "n.jsonl").exists()


def test_a_full_disk_is_said(openloop: Cli, tmp_path: Path, full_disk: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{**row, "note": "x" * 200} for row in scored()])
    (full_disk / "filler").write_bytes(bytes((40 << 20) - (64 << 10)))
    said = openloop("audit", path, "--keep", full_disk / "kept.jsonl")
    assert said.code == 1 and "full" in said.err and "Traceback" not in said.err


def test_nothing_kept_and_gold_on_dropped_rows_only() -> None:
    rows = many(80, gold=lambda i: i % 2, verdict=lambda i: False)
    assert library.audit(rows).decision in ("LABEL FIRST", "DO NOT TRAIN", "SELECT FIRST")
    rows = many(80, gold=lambda i: None if i % 2 else i % 4 == 0, verdict=lambda i: i % 2)
    found = library.audit(rows)
    assert found.decision == "LABEL FIRST" and math.isnan(found.estimate("verifier.bad_after").value)


def test_a_broken_chat_names_its_row() -> None:
    rows = [{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}] * 3
    with pytest.raises(DataError, match=r"row 4: turn 1 .*no text"):
        library.audit([*rows, {"messages": [{"role": "user", "content": 7}]}])


def test_labels_in_the_datas_own_columns(tmp_path: Path) -> None:
    truth = [{"question": f"q{i}", "solution": f"s {i}", "is_correct": i % 20 > 0, "verdict": True} for i in range(300)]
    hidden = [{**row, "is_correct": None if i >= 5 else row["is_correct"]} for i, row in enumerate(truth)]
    labels = write(tmp_path / "mine.jsonl", truth[100:220])
    found = library.audit(hidden, labels=labels)
    assert found.estimate("verifier.bad_after").n == 125


def test_json_from_python(tmp_path: Path) -> None:
    library.audit(scored(), json=tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["decision"] == "SELECT FIRST"

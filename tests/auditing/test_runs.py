"""The rows of a run as they are audited: of one arm, what that arm sampled, read, judged and kept."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, parsing, signals
from openloop.auditing.read_arrays import read_arrays
from openloop.auditing.runs import RunRows
from openloop.data.recognise import NamedColumns
from openloop.errors import InputError
from openloop.recipe import read_recipe
from tests.support.rows import write_rows
from tests.support.runs import audited, exported, finished, run_quietly, summary
from tests.support.user_files import signal_text, write_signals

PROMPTS = [{"prompt": f"{n}+{n}=", "answer": f"{2 * n}"} for n in range(10)]
LIST = json.dumps([{"prompt": f"{n}+{n}=", "completion": f"{2 * n}"} for n in (1, 2, 3)])
model = models.function(lambda _prompt, _seed: LIST, name="lister")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[openloop.Run]:
    made = openloop.Run(tmp_path / "run")
    yield made
    made.close()


def test_an_arm_that_does_not_parse_is_audited_by_its_replies(run: openloop.Run, tmp_path: Path) -> None:
    plain, reads = run.at(arm="plain"), run.at(arm="reads")
    plain.select(plain.sample(model, PROMPTS), None, limit=7)
    reads.parse(reads.sample(model, PROMPTS), parsing.items())  # the same pool, read
    assert len(audited(tmp_path / "run", "plain")) == 7
    assert len(audited(tmp_path / "run", "reads")) == 3 * len(PROMPTS)


def test_each_arm_is_audited_by_what_it_kept_of_a_pool_that_both_share(run: openloop.Run, tmp_path: Path) -> None:
    for arm, limit in (("few", 2), ("many", 9)):
        at = run.at(arm=arm)
        at.select(at.sample(model, PROMPTS), None, limit=limit)
    assert len(audited(tmp_path / "run", "few")) == 2
    assert len(audited(tmp_path / "run", "many")) == 9


def test_each_arm_is_audited_by_the_signals_it_heard(run: openloop.Run, tmp_path: Path) -> None:
    for arm, name in (("one", "mine"), ("other", "theirs")):
        at = run.at(arm=arm)
        at.score(at.sample(model, PROMPTS), signals.exact("answer"), name=name)
    assert "signal.mine" in audited(tmp_path / "run", "one")[0]
    assert "signal.mine" not in audited(tmp_path / "run", "other")[0]


def test_an_arm_that_the_recipe_no_longer_has_is_not_audited(recipe: Callable[..., Path], tmp_path: Path) -> None:
    for arms in ({"one": {}, "more": {"sampling": {"k": 3}}}, {"one": {}}):
        run_quietly(read_recipe(recipe(rounds=1, seeds=[0], arms=arms)), tmp_path / "run")
    assert {row["arm"] for row in audited(tmp_path / "run")} == set(summary(tmp_path / "run")["arms"]) == {"one"}


@pytest.mark.parametrize("chosen", ["right", "size"])
def test_the_verdict_is_that_of_the_signal_that_the_arm_selects_by_and_is_named(
    recipe: Callable[..., Path], tmp_path: Path, chosen: str
) -> None:
    write_signals(tmp_path / "mine.py", signal_text("size", "return 2 + len(candidate.completion)", range=(0, 99)))
    select = ["incomplete", {"use": "threshold", "at": 1.0, "signal": chosen}]
    arm = {"signals": {"right": "exact:answer", "size": "mine.py:size"}, "select": select}
    run_quietly(read_recipe(recipe(rounds=1, seeds=[0], train_rows=None, arms={"one": arm})), tmp_path / "run")
    rows = audited(tmp_path / "run", "one")
    assert rows and all(row["verdict"] == row[f"signal.{chosen}"] for row in rows)
    found = openloop.audit(tmp_path / "run", arm="one", gold="signal.right" if chosen == "size" else None)
    assert f"verdict = the run's signal '{chosen}'" in found.said


SIGNAL = {"check": {"use": "simulated", "phi": 0.9, "psi": 0.3}}
FILTERED = {"signals": SIGNAL, "select": [{"use": "threshold", "accept": True}, "duplicates"]}


def rows_to_train_on(path: Path, **which: Any) -> set[tuple[str, str]]:
    """Prompts and completions of the rows that an audit decides about."""
    source = RunRows(path, **which)
    arrays, reader = read_arrays(source, NamedColumns())
    places = arrays.place[arrays.kept]
    return set(reader.texts_at(places).values())


@pytest.mark.parametrize("train_rows", [None, 7])
@pytest.mark.parametrize("select", [FILTERED["select"], ["duplicates"], [{"use": "random", "rate": 0.5}]])
def test_an_audit_decides_about_exactly_the_rows_that_export_writes(
    request: pytest.FixtureRequest, recipe: Callable[..., Path], tmp_path: Path, select: Any, train_rows: int | None
) -> None:
    cli = request.getfixturevalue("openloop")  # whose name the library has here
    arms = {"filtered": {"signals": SIGNAL, "select": select}}
    run_quietly(read_recipe(recipe(seeds=[0, 1], train_rows=train_rows, arms=arms)), tmp_path / "run")
    for seed, number in ((0, 1), (1, 2), (None, None)):
        which = {"seed": seed, "round": number}
        words = [f"--{key}={value}" for key, value in which.items() if value is not None]
        rows = exported(cli, tmp_path / "run", *words)
        assert {(row["prompt"], row["completion"]) for row in rows} == rows_to_train_on(tmp_path / "run", **which)


def test_the_candidates_around_the_rows_tell_how_good_the_verifier_is(
    recipe: Callable[..., Path], tmp_path: Path
) -> None:
    write_signals(tmp_path / "mine.py", signal_text("truth", "return candidate.completion == candidate.row['answer']"))
    arm = FILTERED | {"signals": SIGNAL | {"truth": "mine.py:truth"}}
    arm["select"] = [{"use": "threshold", "accept": True, "signal": "check"}, "duplicates"]
    changes = {"arms": {"one": arm}, "seeds": [0], "rounds": 1, "train_rows": 20}
    run_quietly(read_recipe(recipe(**changes)), tmp_path / "run")
    (select,) = finished(tmp_path / "run", "select")
    found = openloop.audit(tmp_path / "run", gold="signal.truth")
    assert found.rows == select.result["generated"] > select.result["kept"] == 20
    assert found.estimate("decision.bad_after").n == 20
    table = RunRows(tmp_path / "run").blocks()
    rows = [row for block in table for row in block]
    passed = [row["verdict"] >= 0.5 for row in rows if row["signal.truth"]]
    # All that the signal accepted, what was dropped later or not needed included.
    assert found.estimate("verifier.phi").value == pytest.approx(sum(passed) / len(passed))


def test_an_audit_says_which_rows_it_took_and_counts_as_the_ledger_does(
    recipe: Callable[..., Path], tmp_path: Path
) -> None:
    arms = {"filtered": FILTERED}
    run_quietly(read_recipe(recipe(seeds=[0, 1], train_rows=None, arms=arms)), tmp_path / "run")
    select = next(s for s in finished(tmp_path / "run", "select") if (s.step.seed, s.step.round) == (0, 2))
    said = "; ".join(openloop.audit(tmp_path / "run").said)
    counts = select.result
    assert f"the {counts['kept']} rows that `openloop export` writes" in said
    assert "arm filtered, seed 0, round 2" in said
    lost = sum(counts["dropped"].values())
    assert f"{counts['generated']} candidates, {counts['kept']} kept, {lost} dropped" in said
    assert counts["generated"] == counts["kept"] + lost
    assert all(f"{n} {why}" in said for why, n in counts["dropped"].items())
    assert "unscored" not in said


def test_an_audit_compares_with_the_rows_that_the_run_recorded_and_not_with_todays_file(
    recipe: Callable[..., Path], tmp_path: Path
) -> None:
    words = random.Random(0).sample([f"{a}{b}{c}" for a in "bdfg" for b in "aeiou" for c in "klmnprst"], 150)
    held = [{"prompt": " ".join(words[15 * n : 15 * n + 15]), "completion": f"{n} is it"} for n in range(10)]
    write_rows(tmp_path / "test.jsonl", [row | {"answer": "1"} for row in held])
    arms = {"one": {"prompts": {"path": "test.jsonl"}}}
    changes = {"arms": arms, "test": "test.jsonl", "seeds": [0], "rounds": 1, "train_rows": None}
    run_quietly(read_recipe(recipe(**changes)), tmp_path / "run")
    (tmp_path / "test.jsonl").unlink()
    found = openloop.audit(tmp_path / "run")
    assert found.estimate("contamination.rows").value == 1
    assert any("test.jsonl (as the run recorded it)" in finding.text for finding in found.findings)
    other = {"arms": {"one": {}}, "real": "other.jsonl"}
    write_rows(tmp_path / "other.jsonl", held)
    write_rows(tmp_path / "test.jsonl", [{"prompt": "name the first king of Rome, please", "answer": "Romulus"}])
    run_quietly(read_recipe(recipe(**changes | other)), tmp_path / "clean")
    clean = openloop.audit(tmp_path / "clean")
    assert clean.estimate("contamination.rows").value == 0
    assert clean.estimate("real.copied").n > 0


def test_arms_between_which_nothing_tells_are_to_be_named_as_export_asks_for(run: openloop.Run, tmp_path: Path) -> None:
    for arm in ("few", "many"):
        at = run.at(arm=arm)
        at.select(at.sample(model, PROMPTS), None, limit=2)
    with pytest.raises(InputError, match="name one of few, many"):
        openloop.audit(tmp_path / "run")


def test_a_run_without_a_selection_is_audited_by_all_its_candidates(run: openloop.Run, tmp_path: Path) -> None:
    run.score(run.sample(model, PROMPTS), signals.exact("answer"))
    found = openloop.audit(tmp_path / "run")
    assert found.rows == len(PROMPTS)
    assert "nothing is selected yet: all candidates are audited" in found.said

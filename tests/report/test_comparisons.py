"""What `openloop show` ends with: arms compared in pairs, and a decision that agrees."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from openloop.evaluation import Comparison
from openloop.measures.needed_size import NeededSize
from openloop.recipe import read_recipe
from openloop.report.decision import decide
from openloop.report.run_sections import comparisons
from openloop.report.run_sections.comparisons import difference_text, needed_text
from openloop.report.run_summary import RunSummary, run_summary
from openloop.report.terminal import draw
from openloop.run.comparisons import against_start, compared
from openloop.run.store import Store
from tests.support.recipes import verified_by
from tests.support.runs import run_quietly

GOOD = verified_by({"use": "simulated", "phi": 0.95, "psi": 0.02})
HARMFUL = verified_by({"use": "simulated", "phi": 0.02, "psi": 0.95})
MODEL = {"use": "simulated", "error": 0.5, "systematic": 0.7, "spread": 0.2}


@pytest.fixture
def ran(recipe: Callable[..., Path], tmp_path: Path) -> Callable[..., RunSummary]:
    """Run arms of the small recipe under four seeds."""

    def run(arms: dict[str, Any], **changes: Any) -> RunSummary:
        parsed = read_recipe(recipe(arms=arms, **{"seeds": [0, 1, 2, 3], "model": MODEL, **changes}))
        run_quietly(parsed, tmp_path / "run")
        found = run_summary(Store.read(tmp_path / "run"))
        assert found is not None
        return found

    return run


def drawn(summary: RunSummary, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(draw(comparisons.blocks(summary)))
    return console.file.getvalue()  # type: ignore[attr-defined]


def names(summary: RunSummary, shown: list[Comparison]) -> list[str]:
    """The first column of the table."""
    table: Any = list(comparisons.blocks(replace(summary, comparisons=shown)))[1]
    return [row[0] for row in table.rows if row]


def verdicts(summary: RunSummary) -> dict[tuple[str, str], str]:
    return {(c.a, c.b): c.verdict for c in summary.comparisons}


def test_every_arm_is_compared_with_the_start_and_with_every_arm_before_it(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    assert list(verdicts(summary)) == [("closed", "start"), ("good", "start"), ("good", "closed")]
    assert verdicts(summary)["good", "start"] == "better"
    assert summary.decision.startswith("TRAIN on `good`: it improved by +")
    (good,) = (c for c in summary.comparisons if (c.a, c.b) == ("good", "start"))
    assert (good.n_seeds, good.round, good.n_unpaired) == (4, 2, 0)
    arm = next(arm for arm in summary.arms if arm.name == "good")
    assert arm.gain is not None and good.difference == pytest.approx(arm.gain.value)


def test_arms_that_do_harm_turn_the_verdict_and_the_decision(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"harmful": HARMFUL})
    assert verdicts(summary) == {("harmful", "start"): "worse"}
    assert summary.decision == "DO NOT TRAIN: every arm got worse."
    assert summary.arms[0].improved is False


def test_two_arms_that_are_one_are_said_to_be(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"one": GOOD, "two": GOOD})
    (same,) = (c for c in summary.comparisons if c.b == "one")
    assert (same.a, same.difference, same.low, same.why) == ("two", 0.0, None, "the same model")
    assert "two, one: the same model" in drawn(summary)


def test_the_decision_says_which_arms_do_as_well_or_better(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    for said, end in (
        ("cannot tell", " It cannot be told from `closed`."),
        ("worse", " `closed` did better still under the seeds of both."),
        ("better", "items."),
    ):
        pairs = [replace(c, verdict=said) if c.b == "closed" else c for c in summary.comparisons]
        assert replace(summary, comparisons=pairs).decision.endswith(end)


def test_one_seed_gives_a_verdict_on_two_models_and_no_decision(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"good": GOOD}, seeds=[0])
    (found,) = summary.comparisons
    assert found.verdict == "better" and found.n_seeds == 1
    assert summary.decision.startswith("UNDECIDED: one seed says nothing of another training")
    assert "one seed: the interval covers other items, and says nothing of another training" in " ".join(
        drawn(summary).split()
    )


def test_the_decision_never_names_an_arm_that_cannot_be_told_from_the_start(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    for verdict in ("better", "worse", "cannot tell"):
        arms = [
            replace(arm, change=None if arm.change is None else replace(arm.change, verdict=verdict))
            for arm in summary.arms
        ]
        assert decide(arms).startswith("TRAIN") == (verdict == "better")
    assert decide([replace(arm, change=None) for arm in summary.arms]) == "UNDECIDED: no arm has finished its rounds."


def test_tests_are_told_apart_by_name_and_each_is_judged_by_itself(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    steps = summary.store.journal.steps()
    second = [replace(entry, label="other") for entry in steps if entry.kind == "evaluate"]
    found = compared(summary.store, summary.record, [*steps, *second])
    assert [c.test for c in found] == ["test"] * 3 + ["other"] * 3
    once = {(c.a, c.b): c for c in summary.comparisons}
    for c in found:
        alone = once[c.a, c.b]
        assert (c.difference, c.low, c.p, c.p_adjusted) == (alone.difference, alone.low, alone.p, alone.p_adjusted)
    main = against_start(found, "good", summary.record)
    assert main is not None and main.test == "test"


def test_an_unfinished_round_is_compared_and_not_decided_on(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    steps = [e for e in summary.store.journal.steps() if not (e.step.arm == "good" and e.step.round == 2)]
    found = {(c.a, c.b): c for c in compared(summary.store, summary.record, steps)}
    assert {pair: c.round for pair, c in found.items()} == {
        ("closed", "start"): 2,
        ("good", "start"): 1,
        ("good", "closed"): 1,
    }
    assert against_start(list(found.values()), "good", summary.record) is None
    assert "good, start: after round 1" in drawn(replace(summary, comparisons=list(found.values())))


def test_seeds_that_only_one_arm_finished_are_left_out(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    steps = [e for e in summary.store.journal.steps() if (e.step.arm, e.step.seed) != ("good", 3)]
    left = compared(summary.store, summary.record, steps)
    assert "good, closed: 3 seeds" in drawn(replace(summary, comparisons=left))
    found = {(c.a, c.b): c.n_seeds for c in left}
    assert found == {("closed", "start"): 4, ("good", "start"): 3, ("good", "closed"): 3}


def test_an_arm_may_be_called_start(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"start": {}, "good": GOOD})
    assert list(verdicts(summary)) == [("start", "start of all"), ("good", "start of all"), ("good", "start")]
    assert summary.decision.startswith("TRAIN on `good`")


def test_the_table_fits_eighty_columns(ran: Callable[..., RunSummary]) -> None:
    said = drawn(ran({"closed": {}, "good": GOOD}))
    assert max(map(len, said.splitlines())) <= 80
    title = next(line for line in said.splitlines() if line.strip())
    assert title.split("  ")[0] == "test" and "difference [95 %]" in title and title.rstrip().endswith("would tell")


def test_long_names_fold_and_no_verdict_is_cut(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    long = [replace(c, a=f"{c.a}_with_a_name_that_goes_on", test="out_of_distribution") for c in summary.comparisons]
    said = drawn(replace(summary, comparisons=[*summary.comparisons, *long]))
    assert max(map(len, said.splitlines())) <= 80
    assert said.count("cannot tell") + said.count("better") + said.count("worse") >= len(summary.comparisons) * 2
    assert "…" not in said and "".join(said.split()).count("out_of_dis") == 1


def test_tests_and_estimates_are_named_where_there_are_several(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"good": GOOD})
    (one,) = summary.comparisons
    other = replace(one, test="ood"), replace(one, estimate="length")
    assert names(summary, [one]) == ["accuracy"]
    assert names(summary, [one, other[0]]) == ["test", "ood"]
    assert names(summary, [one, other[1]]) == ["accuracy", "length"]
    assert names(summary, [one, *other]) == ["test: accuracy", "ood: accuracy", "test: length"]


def test_of_many_pairs_those_with_the_start_and_between_the_best_are_shown(ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    (example, *_) = summary.comparisons
    names = ["start", *"abcdef"]
    record = replace(summary.record, arms=dict.fromkeys("abcdef", summary.record.arms["good"]))
    many = [
        replace(example, a=a, b=b, difference=i - j) for i, a in enumerate(names) for j, b in enumerate(names) if j < i
    ]
    table: Any = list(comparisons.blocks(replace(summary, record=record, comparisons=many)))[1]
    assert [row[1:3] for row in table.rows] == [*([a, "start"] for a in "abcdef"), ["f", "e"]]
    assert "14 more pairs" in drawn(replace(summary, record=record, comparisons=many))


def test_json_holds_every_pair(openloop: Callable[..., Any], ran: Callable[..., RunSummary]) -> None:
    summary = ran({"closed": {}, "good": GOOD})
    shown = openloop("show", summary.store.root, "--json").json
    keys = {"a", "b", "test", "difference", "low", "high", "verdict", "needed"}
    assert len(shown["comparisons"]) == 3 and all(keys <= comparison.keys() for comparison in shown["comparisons"])
    assert json.dumps(shown) and shown["arms"]["good"]["gain"]["value"] > 0


def test_rows_that_are_only_made_are_not_compared(recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe(model=None, sampler=MODEL, test=None, arms={"good": GOOD})
    run_quietly(read_recipe(path), tmp_path / "made")
    summary = run_summary(Store.read(tmp_path / "made"))
    assert summary is not None and not summary.record.trains
    assert list(summary.comparisons) == [] and drawn(summary) == ""


def test_rows_of_arms_are_named_one_by_one_and_fit_80_columns(
    openloop: Callable[..., Any], recipe: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    arms = {"good": GOOD, "the_good_ones_again": GOOD}
    run_quietly(read_recipe(recipe(model=None, sampler=MODEL, test=None, arms=arms)), tmp_path / "made")
    shown = openloop("show", tmp_path / "made").out
    assert max(map(len, shown.splitlines())) <= 80
    assert "unscored  dropped  kept\n" in shown and "left out for lack of room: " in shown
    held = openloop("show", tmp_path / "made", "--json").json["arms"].values()
    kept = [sum(rows["kept"] for rows in arm["rows"]) for arm in held]
    said = " ".join(shown.split())
    assert f"MADE rows: {kept[0]:,} in arm good, {kept[1]:,} in arm the_good_ones_again." in said
    assert "(--arm good)" in said


@pytest.mark.parametrize(
    ("needed", "seeds", "said"),
    [
        (NeededSize(1361, 7), 3, "1,400 items or 7 seeds"),
        (NeededSize(None, 7), 3, "7 seeds"),
        (NeededSize(87, None), 1, "87 items"),
        (NeededSize(None, None), 3, "more of both"),
    ],
)
def test_what_would_tell_is_said_in_round_numbers(needed: NeededSize, seeds: int, said: str) -> None:
    assert needed_text(needed, seeds) == said


def test_differences_are_written_with_their_sign() -> None:
    blank = Comparison("a", "b", "", "v", 0.2744, 0.2, 12.5, 0.95, 0.01, 0.01, "better", "", None, 20, 3, 0)
    assert difference_text(blank) == "+.274 [+.200, +12.500]"
    assert difference_text(replace(blank, difference=-0.5, low=None, high=None)) == "-.500"
    assert difference_text(replace(blank, difference=None, low=None, high=None)) == "–"

"""The first screen: forty lines of eighty columns, whatever was audited, and everything else under --all."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

import openloop
from openloop.auditing import Audit, KeyNumber
from openloop.auditing.key_numbers import FURTHER
from openloop.auditing.result import ChosenSelection, Decision, Finding
from openloop.records import Estimate
from openloop.report.audit_report import AuditReport
from openloop.report.audit_summary import audit_summary
from openloop.report.first_screen import FirstScreen
from openloop.report.python_call import PythonCall
from openloop.testing.decision_worlds import WORLDS
from tests.support.audited import scored
from tests.support.simulated_rows import HOSTILE, simulated_rows
from tests.support.worlds import World

FEW = [
    "independent rows, half the target",
    "all bad but one stratum of six",
    "a score that helps",
    "12 strata a little above",
    "unscored rows are the bad ones",
    "copies, at the target",
    "asked, half the target",
    "asked, all bad",
    "labels in one source",
    "the file, all labelled",
]
"""Worlds with every decision but one among them."""


def drawn(audit: Audit, width: int = 80, **call: Any) -> list[str]:
    """The screen as a terminal of this width shows it, a line each."""
    console = Console(width=width, file=io.StringIO(), highlight=False, color_system=None)
    console.print(FirstScreen(audit_summary(audit, PythonCall({"data": "rows.jsonl", **call}))), crop=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().removesuffix("\n").split("\n")


def fits(audit: Audit, width: int = 80, **call: Any) -> list[str]:
    """The lines; those that are no command are no wider than the screen, and at 80 columns there are forty at most."""
    lines = drawn(audit, width, **call)
    for line in lines:
        assert cell_len(line) <= width or "openloop" in line or "recipe: " in line, line
        assert line.isprintable(), repr(line)
    if width >= 80:
        assert sum(max(1, -(-cell_len(line) // width)) for line in lines) <= 40, "\n".join(lines)
    return lines


def audited(world: str, **texts: Any) -> AuditReport:
    file = WORLDS[world].draw(np.random.default_rng(1))
    return openloop.audit(simulated_rows(file, **texts), target=file.target)


def test_every_decision_is_shown_on_forty_lines() -> None:
    seen = set()
    for world in FEW:
        found = audited(world)
        assert fits(found)[0].startswith(f"{found.decision}: ")
        seen.add(found.decision)
    hopeless = openloop.audit(World(0.7, 0.6, 0.6, 200, 2).rows())
    assert fits(hopeless)[0].startswith("DO NOT TRAIN: ")
    seen.add(hopeless.decision)
    assert seen == set(Decision)


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_every_world_is_shown_on_forty_lines(world: str) -> None:
    fits(audited(world))
    fits(audited(world, text=lambda i: HOSTILE[i % len(HOSTILE)][:2000]))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_texts_that_are_hard_to_print_do_no_harm(width: int) -> None:
    rows = World(0.4, 0.8, 0.3, 60, 3, 0.3).rows()
    for i, row in enumerate(rows):
        row["completion"] = f"{HOSTILE[i % len(HOSTILE)]} {i}"
        row["prompt"] += HOSTILE[i // 3 % len(HOSTILE)]
        row["sort of 数学\x1b[31m"] = ["平凡な値" * 30, "\x1b[2J", "c"][i % 3]
    lines = fits(openloop.audit(rows), width)
    assert any("worst rows" in line for line in lines)


def hard(findings: int = 12) -> Audit:
    """More of everything than there is room for."""
    long = "Something is wrong (an aside), 数学 and it takes many words to say what it is. " * 9
    e = Estimate(0.123, 0.1, 0.15, 0.95, 123_456_789)
    return Audit(
        decision=Decision.SELECT_FIRST,
        sentence=f"SELECT FIRST: {long}",
        rows=10**9,
        findings=[Finding(f"finding-{i}", 1 - i / 20, long, blocking=i == 0) for i in range(findings)],
        estimates=[],
        unmeasured=["x"] * 9,
        worst=[
            {"row": i, "where": "shards/" * 30, "why": long, "verdict": 1.0, "prompt": long, "completion": long}
            for i in range(3)
        ],
        curves=(),
        selection=ChosenSelection("the best", 10**8, e, "select: {use: threshold, at: 0.123456789}"),
        to_label=None,
        said=[long, "the verdict has no cut (--accept-at)"],
        max_bad=0.1,
        level=0.95,
        target="process",
        numbers=[KeyNumber(f"n{i}", "the share of something that has a long name", e) for i in range(5)],
    )


def test_more_of_everything_than_there_is_room_for() -> None:
    lines = fits(hard())
    shown = [line for line in lines if line.startswith("  - ")]
    assert 1 <= len(shown) <= 5 and "blocks training" in "".join(lines)
    assert any(f"{len(shown)} of 12" in line for line in lines) and f"{12 - len(shown)} more findings" in " ".join(
        lines[-2:]
    )
    assert "(an aside)" not in "".join(shown)


def test_findings_of_one_kind_take_one_place() -> None:
    rows = scored(n=900)
    for i, row in enumerate(rows):
        row |= {f"column{n}": "abc"[(i if row["gold"] else 2) % 3] for n in range(7)}
    found = openloop.audit([{k: v for k, v in row.items() if k != "score"} for row in rows])
    kinds = [finding.id for finding in found.findings]
    text = "\n".join(fits(found))
    assert kinds.count("stratum-below-target") > 3
    assert text.count("stratum-below-target") == 1
    assert f"stratum-below-target (and {kinds.count('stratum-below-target') - 1} more)" in text
    assert all(kind in text for kind in list(dict.fromkeys(kinds))[:5])


def test_a_command_is_never_cut() -> None:
    gold = "a column with a very long name " * 20
    lines = drawn(hard(), gold=gold, judge_column=[f"judge {i} of this file" for i in range(19)])
    text = "\n".join(lines)
    assert gold in text and "judge 18 of this file" in text and "keep='kept.jsonl'" in text
    assert sum(max(1, -(-cell_len(line) // 80)) for line in lines) <= 40


def test_what_an_option_would_change_is_read_first() -> None:
    text = " ".join(fits(hard(2)))
    assert "read as: the verdict has no cut (--accept-at)" in text


def test_the_numbers_change_with_the_data() -> None:
    rows = World(0.2, 0.9, 0.05, 300, 2).rows()
    turned = [{**row, "verdict": not row["verdict"]} for row in rows]
    one, other = openloop.audit(rows), openloop.audit(turned)
    passing = [next(n for n in found.numbers if n.name == "verifier.phi").estimate.value for found in (one, other)]
    assert passing[0] > 0.8 > 0.2 > passing[1] and passing[0] == pytest.approx(1 - passing[1])
    assert [number.name for number in one.numbers] == [
        "decision.bad_after",
        "rows.kept",
        "verifier.phi",
        "verifier.psi",
        "duplicates.near",
    ]


def test_there_are_at_most_five_numbers_and_their_names_are_those_of_estimates() -> None:
    seen = set()
    kinds = [
        World(0.2, 0.9, 0.05, 100, 2).rows(),
        [{**row, "score": 2 * row["gold"] + i % 7} for i, row in enumerate(World().rows())],
        [
            {**row, "verdict": [float(row["verdict"] ^ (i % 7 == n)) for n in (1, 3)]}
            for i, row in enumerate(World().rows())
        ],
    ]
    for rows in kinds:
        found = openloop.audit(rows)
        assert len(found.numbers) <= 5
        seen |= {line.name for line in found.estimates}
    assert set(FURTHER) <= seen, "a number that no audit has any more"


def test_everything_is_in_the_full_report() -> None:
    found = openloop.audit(World(0.3, 0.85, 0.25, 80, 6, 0.3).rows())
    for width in (80, 118):
        text = found.full(width)
        assert all(cell_len(line) <= width for line in text.splitlines())
        assert "verifier.bad_after" in text and "not measured" in text and "what was read" in text
        assert ("left out for lack of room" in text) == (width == 80)
    assert "verifier.bad_after" not in repr(found)

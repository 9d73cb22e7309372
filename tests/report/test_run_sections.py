"""Sections of `openloop show`: plain blocks, which any renderer draws."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import openloop.report.run_sections as sections
from openloop.recipe import read_recipe
from openloop.recipe.execute import execute
from openloop.report.blocks import Block, Column, EmptyLine, Lines, Table
from openloop.report.run_sections import SECTIONS, measured, run_blocks
from openloop.report.run_sections.accuracy import narrow
from openloop.report.run_summary import RunSummary, run_summary
from openloop.report.terminal import draw
from openloop.run.store import Store


@pytest.fixture
def summary(recipe: Callable[..., Path], tmp_path: Path) -> RunSummary:
    execute(read_recipe(recipe()), tmp_path / "run")
    found = run_summary(Store.read(tmp_path / "run"))
    assert found is not None
    return found


def drawn(blocks: Iterable[Block], width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(draw(blocks))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_every_section_in_the_folder_is_registered() -> None:
    folder = Path(sections.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {section.__module__.rpartition(".")[2] for section in SECTIONS} == files


def test_a_section_is_data_and_every_one_has_its_turn(summary: RunSummary) -> None:
    blocks = run_blocks(summary)
    assert all(isinstance(block, Table | Lines | EmptyLine) for block in blocks)
    assert isinstance(blocks[0], Table) and blocks[0].columns[0].title == "arm"
    assert blocks[-1] == Lines([summary.decision], "bold")


def test_the_accuracy_table_holds_every_arm_and_round(summary: RunSummary) -> None:
    table: Any = run_blocks(summary)[0]
    assert [row[1] for row in table.rows if row] == ["start", "1", "2"] * 2
    assert [row[0] for row in table.rows if row] == ["closed", "", "", "verified", "", ""]


def test_an_arm_with_outside_information_says_so_and_one_without_does_not(summary: RunSummary) -> None:
    said = drawn(run_blocks(summary), width=200)
    assert "closed: " in said and "Outside information: no; student answers" in said
    assert "Outside information: yes (declared); student answers → signal check (hard) [outside: row.answer]" in said


def test_text_of_a_user_is_text_and_no_markup() -> None:
    said = drawn([Lines(["[bold]not bold[/bold] [outside: x]"]), Table([Column("a", right=False)], [["[red]b"]])])
    assert "[bold]not bold[/bold] [outside: x]" in said and "[red]b" in said


def test_what_may_fold_folds_and_numbers_do_not() -> None:
    table = Table([Column("n"), Column("why", right=False, folds=True)], [["1,234,567", "a long reason " * 20]])
    lines = drawn([table], width=60).splitlines()
    assert "1,234,567" in lines[1] and len(lines) > 4 and max(map(len, lines)) <= 60


def test_where_there_is_no_room_optional_columns_go_and_that_is_said(summary: RunSummary) -> None:
    wide, narrow = (drawn(run_blocks(summary)[:1], width) for width in (200, 80))
    assert "log-lik." in wide.splitlines()[0] and "left out" not in wide
    assert "by seed" in narrow.splitlines()[0] and "log-lik." not in narrow.splitlines()[0]
    assert "left out for lack of room: " in narrow and "log-lik." in narrow
    assert max(map(len, narrow.splitlines())) <= 80


def test_a_signal_that_scored_nothing_has_no_line_and_breaks_none(summary: RunSummary) -> None:
    empty = replace(summary, arms=[replace(arm, solved={"passes": {}}) for arm in summary.arms])
    assert "passes" not in drawn(measured.blocks(empty))


def test_a_chain_whose_process_was_killed_is_not_said_to_run(recipe: Callable[..., Path], tmp_path: Path) -> None:
    execute(read_recipe(recipe()), tmp_path / "run")
    store = Store.open(tmp_path / "run")
    store.journal.begin_chain("closed", 0)
    running = run_summary(store)
    assert running is not None and running.arms[0].status[0][0] == "running"
    store.close()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "run" / "lock").write_text(f"process {ended.pid} on {socket.gethostname()} since 2026-01-01 00:00:00")
    killed = run_summary(Store.read(tmp_path / "run"))
    assert killed is not None and killed.arms[0].status[0][0] == "interrupted"
    assert "closed, seed 0: interrupted: its process is gone" in drawn(run_blocks(killed), width=200)


@pytest.mark.parametrize(("value", "text"), [(1.0, "1.00"), (0.9999, "1.00"), (0.675, ".675"), (0.0, ".000")])
def test_an_accuracy_of_one_is_as_wide_as_any_other(value: float, text: str) -> None:
    assert narrow(value) == text

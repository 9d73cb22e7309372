"""Simulate and reproduce from the command line: numbers, files, verdicts, wrong input."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from openloop.reproduce import FIGURES
from openloop.reproduce.base import Verdict
from openloop.reproduce.make import load

pytest.importorskip("matplotlib")


def test_breakdown_says_the_point_the_share_and_the_side(openloop: Callable[..., Any]) -> None:
    words = ("simulate", "breakdown", "--phi", ".9", "--psi", ".2", "--json")
    assert openloop(*words).json == {"p_star": pytest.approx(0.9 / 1.1), "filtering_helps": True}
    found = openloop(*words, "--p", ".3", "--t", ".1").json
    assert found["bad_after"] == pytest.approx(0.06 / 0.69) and found["side"] == "below"
    assert found["p_minus"] < found["p_star"] < found["p_plus"]


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        ("plurality --p .6 --phi 1 --psi 1 --answers 1 --k 1", "correct", 0.4),
        ("pruning --gen 90 --prune 90 --between 0", "accuracy", 0.5),
        ("recursion --n 10 --rounds 0 --h0 .5", "replace", 0.5),
        ("mixing --real 5 --synthetic 5", "weight", 0.618034),
        ("mixing --real 4 --synthetic 5 --reused", "variance", 0.25),
        ("drift --rate .6 --rounds 0 --runs 3", "mean", 0.6),
        ("channel --phi 1 --psi 0", "bits_once", 1.0),
        ("hacking --time 0", "accuracy_in_use", 0.5),
    ],
)
def test_every_simulation_prints_json(words: str, key: str, value: float, openloop: Callable[..., Any]) -> None:
    assert openloop("simulate", *words.split(), "--json").json[key] == pytest.approx(value, abs=1e-5)
    assert f"{key}: " in openloop("simulate", *words.split()).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("breakdown --phi 1.2 --psi 0", "phi: must lie in [0, 1]"),
        ("breakdown --phi 0 --psi 0", "keeps nothing"),
        ("breakdown --phi .9 --psi .1 --t 1", "t: must lie in (0, 1)"),
        ("plurality --p 2 --phi 1 --psi 1", "p: must"),
        ("plurality --p .5 --phi 1 --psi 1 --answers 0", "at least 1"),
        ("plurality --p .5 --phi 1 --psi 1 --k 9999", "k must"),
        ("pruning --gen 10 --prune 10 --between 90", "no three directions"),
        ("pruning --gen 200 --prune 0", "angles"),
        ("pruning --gen 10 --prune 10 --rows 100000000", "GiB"),
        ("recursion --n 0", "n >= 1"),
        ("mixing --real 0 --synthetic 5", "needs real rows"),
        ("drift --runs 1000000000 --rounds 1000", "GiB"),
        ("pruning --gen 10 --prune 10 --rows -5", "rows: must be at least 1"),
        ("mixing --real 5 --synthetic -1", "synthetic"),
        ("channel --phi .5 --psi .5 --repeats 0", "repeats"),
        ("hacking --correlation 2", "correlation"),
    ],
)
def test_what_cannot_be_is_one_clear_line(words: str, says: str, openloop: Callable[..., Any]) -> None:
    said = openloop("simulate", *words.split())
    assert said.code == 2 and says in said.err and said.err.count("\n") == 1


def test_figures_are_listed_and_unknown_ones_refused(openloop: Callable[..., Any]) -> None:
    listed = openloop("reproduce", "--list", "--json").json
    assert [row["name"] for row in listed] == list(FIGURES) and all(row["title"] and row["paper"] for row in listed)
    assert "kl-gap" in openloop("reproduce", "--list").out
    said = openloop("reproduce", "kl-gpa")
    assert said.code == 2 and "did you mean 'kl-gap'" in said.err
    assert openloop("reproduce").code == 2


def test_a_folder_that_is_none_and_workers_that_are_none_are_refused(
    tmp_path: Path, openloop: Callable[..., Any]
) -> None:
    (tmp_path / "file").write_text("")
    said = openloop("reproduce", "hacking", "--quick", "--out", tmp_path / "file")
    assert said.code == 2 and "give another --out" in said.err
    assert openloop("reproduce", "hacking", "--quick", "--workers", "-1", "--out", tmp_path).code == 2


@pytest.mark.parametrize("name", ["hacking", "supervision", "inequalities"])
def test_a_figure_is_a_picture_its_data_and_its_verdicts(
    name: str, tmp_path: Path, openloop: Callable[..., Any]
) -> None:
    said = openloop("reproduce", name, "--quick", "--out", tmp_path, "--workers", "0")
    assert said.code == 0 and f"wrote {tmp_path / name}" in said.out
    found = json.loads((tmp_path / name / "claims.json").read_text())
    assert found["figure"] == name and found["quick"] is True and found["caption"]
    for claim in found["claims"]:
        assert claim["verdict"] in get_args(Verdict) and claim["says"] and claim["measured"] and claim["paper"]
    with (tmp_path / name / "data.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 10 and all(None not in row.values() for row in rows)
    assert ElementTree.parse(tmp_path / name / "figure.svg").getroot().tag.endswith("svg")
    assert (tmp_path / name / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_is_made_the_same_twice(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    for folder in ("a", "b"):
        assert openloop("reproduce", "recursion", "--quick", "--out", tmp_path / folder).code == 0
    for file in ("data.csv", "claims.json", "figure.svg"):
        assert (tmp_path / "a" / "recursion" / file).read_bytes() == (tmp_path / "b" / "recursion" / file).read_bytes()


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_title_and_a_paper(name: str) -> None:
    module = load(name)
    assert module.TITLE and module.PAPER and callable(module.run)

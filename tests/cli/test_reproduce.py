"""The verb `reproduce`: figures listed, made and refused."""

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

pytest.importorskip("matplotlib")


def test_figures_are_listed_and_unknown_ones_refused(openloop: Callable[..., Any]) -> None:
    listed = openloop("reproduce", "--list", "--json").json
    assert [row["name"] for row in listed] == list(FIGURES) and all(row["title"] and row["paper"] for row in listed)
    shown = openloop("reproduce", "--list").out.splitlines()
    assert any(line.startswith("kl-gap ") for line in shown) and max(map(len, shown)) <= 80
    said = openloop("reproduce", "kl-gpa")
    assert said.code == 2 and "did you mean 'kl-gap'" in said.err
    assert openloop("reproduce").code == 2


def test_a_file_as_folder_and_a_negative_number_of_workers_are_refused(
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

"""``openloop audit A B``: files, audits on disk, runs and arms, compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

import openloop as library
from tests.conftest import Said
from tests.support.audited import scored, write
from tests.support.worlds import World

Cli = Callable[..., Said]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("old.jsonl"), World(0.4, 0.9, 0.5, 200, 2).rows())
    write(Path("new.jsonl"), World(0.1, 0.9, 0.05, 200, 2).rows(3))


def test_two_files_stand_beside_each_other(openloop: Cli) -> None:
    said = openloop("audit", "old.jsonl", "new.jsonl")
    assert said.code == 0, said.err
    assert "A: old.jsonl" in said.out and "new.jsonl has fewer bad rows than old.jsonl" in said.out
    assert "DO NOT TRAIN" in said.out and "TRAIN" in said.out and "--together" in said.out
    assert all(cell_len(line) <= 80 for line in said.out.splitlines())
    assert not list(Path().glob("*.to-label*"))
    turned = openloop("audit", "new.jsonl", "old.jsonl").out
    assert "old.jsonl has more bad rows than new.jsonl" in turned


def test_as_data(openloop: Cli) -> None:
    said = openloop("audit", "old.jsonl", "new.jsonl", "--json", "-")
    first, second = said.json["files"]
    assert first["audit"]["decision"] == "DO NOT TRAIN" and second["audit"]["decision"] == "TRAIN"
    (bad,) = [one for one in second["differences"] if one["name"] == "decision.bad_after"]
    assert bad["low"] < bad["value"] < bad["high"] < 0 and bad["shared"] > 100
    openloop("audit", "old.jsonl", "new.jsonl", "--json", "both.json")
    assert json.loads(Path("both.json").read_text()) == said.json


def test_together_they_are_one_data_set(openloop: Cli) -> None:
    said = openloop("audit", "old.jsonl", "new.jsonl", "--together", "--json", "-")
    assert said.json["rows"] == 800
    in_python = library.audit(["old.jsonl", "new.jsonl"])
    assert in_python.rows == 800 and in_python.sentence == said.json["sentence"]


def test_audits_on_disk_are_compared_with_each_other_and_with_files(openloop: Cli) -> None:
    for name in ("old", "new"):
        openloop("audit", f"{name}.jsonl", "--json", f"{name}.json", "--to-label", "x.jsonl")
    stored = openloop("audit", "old.json", "new.json", "--json", "-").json["files"][1]
    fresh = openloop("audit", "old.jsonl", "new.jsonl", "--json", "-").json["files"][1]
    assert [d["value"] for d in stored["differences"]] == [d["value"] for d in fresh["differences"]]
    assert all(d["shared"] == 0 for d in stored["differences"])
    assert stored["audit"]["findings"] == fresh["audit"]["findings"]
    mixed = openloop("audit", "old.json", "new.jsonl")
    assert mixed.code == 0 and "new.jsonl has fewer bad rows than old.json" in mixed.out
    alone = openloop("audit", "old.json")
    assert alone.code == 2 and "is an audit that --json wrote" in alone.err


def test_rows_in_a_json_file_are_rows(openloop: Cli) -> None:
    Path("rows.json").write_text(json.dumps(scored(n=60)))
    assert openloop("audit", "rows.json", "new.jsonl").code == 0


def test_a_damaged_audit_is_named(openloop: Cli) -> None:
    openloop("audit", "old.jsonl", "--json", "old.json")
    held = json.loads(Path("old.json").read_text())
    Path("old.json").write_text(json.dumps({**held, "decision": "PERHAPS"}))
    said = openloop("audit", "old.json", "new.jsonl")
    assert said.code == 2 and "old.json" in said.err and "damaged" in said.err


def test_arms_of_a_run_and_runs_are_compared(openloop: Cli, recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe()
    assert openloop("run", path, "--dir", tmp_path / "run").code == 0
    arms = openloop("audit", "run", "--arm", "closed", "--arm", "verified")
    assert arms.code == 0, arms.err
    assert "A: closed" in arms.out and "B: verified" in arms.out
    assert "is not known in both." in " ".join(arms.out.split()) and "independent" not in arms.out
    runs = openloop("audit", "run", "new.jsonl", "--arm", "verified")
    assert runs.code == 0 or "--arm" in runs.err
    wrong = openloop("audit", "new.jsonl", "--arm", "closed", "--arm", "verified")
    assert wrong.code == 2 and "within one run directory" in wrong.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("old.jsonl", "old.jsonl"), "is given twice"),
        (("old.jsonl", "new.jsonl", "--keep", "k.jsonl"), "--keep k.jsonl: of one file at a time"),
        (("old.jsonl", "new.jsonl", "--to-label", "l.jsonl"), "--to-label l.jsonl: of one file at a time"),
        (("old.jsonl", "missing.jsonl"), "missing.jsonl: no such file"),
        (tuple(f"{i}.jsonl" for i in range(7)), "7 files: up to 6 are compared"),
    ],
)
def test_what_cannot_be_is_one_sentence(openloop: Cli, words: tuple[str, ...], said: str) -> None:
    found = openloop("audit", *words)
    assert found.code == 2 and said in found.err and "Traceback" not in found.err


def test_three_files_get_a_table_for_as_many_as_fit(openloop: Cli) -> None:
    write(Path("third.jsonl"), World(0.2, 0.9, 0.3, 100, 2).rows(5))
    said = openloop("audit", "old.jsonl", "new.jsonl", "third.jsonl")
    assert said.code == 0 and all(cell_len(line) <= 80 for line in said.out.splitlines())
    assert "intervals together" in said.out and said.out.count("decision") >= 1


def test_help_is_readable_and_names_the_exit_codes(openloop: Cli) -> None:
    said = openloop("audit", "--help")
    headings = [line for line in said.out.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Arguments:", "Decide:", "Write:", "Print:", "Compare with:", "Columns and intervals:"]
    assert "3 SELECT FIRST or DO NOT TRAIN" in " ".join(said.out.split())

"""The audit as it is called: options, JSON, run directories, files that it must not touch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import openloop as library
from openloop.errors import InputError
from tests.conftest import Said
from tests.support.audited import GOOD, mixed_rows, scored, write

Cli = Callable[..., Said]


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
    assert "worst rows" in printed and "verifier.bad_after" not in printed
    assert "verifier.bad_after" in openloop("audit", path, "--to-label", tmp_path / "l.jsonl", "--all").out


def test_a_run_directory_is_audited(openloop: Cli, recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe()
    assert openloop("run", path, "--dir", tmp_path / "run").code == 0
    said = openloop("audit", tmp_path / "run", "--arm", "verified", "--json", "-")
    assert said.code == 0, said.err
    assert said.json["rows"] > 100 and "verdict = verdict" in " ".join(said.json["said"])
    wrong = openloop("audit", tmp_path / "run", "--arm", "verifed")
    assert wrong.code == 2 and "did you mean 'verified'?" in wrong.err


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


@pytest.mark.parametrize("option", ["--keep", "--json", "--to-label"])
def test_the_audited_file_is_never_written_over(option: str, openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", scored())
    before = path.read_bytes()
    said = openloop("audit", path, option, path)
    assert said.code == 2 and "the audited file itself" in said.err and path.read_bytes() == before


def test_json_from_python(tmp_path: Path) -> None:
    library.audit(scored(), json=tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["decision"] == "SELECT FIRST"


def test_splits_and_columns_are_refused_with_what_to_give_instead() -> None:
    rows = [{"prompt": "p", "completion": "c", "gold": True}]
    with pytest.raises(InputError, match=r"keys 'train', 'test'\. Give one of its splits: data\['train'\]"):
        library.audit({"train": rows, "test": rows})
    with pytest.raises(InputError, match="Give a list of rows"):
        library.audit({"prompt": ["p"], "gold": [True]})

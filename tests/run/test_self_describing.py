"""A run directory describes itself: whoever reads it needs neither the recipe, nor its code, nor any extra."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import openloop as library
from tests.support.processes import end, run_recipe, start_python
from tests.support.recipes import SMALL, THRESHOLD
from tests.support.rows import read_rows, sums, write_rows
from tests.support.runs import audited, exported
from tests.support.user_files import signal_text, write_signals

OpenLoop = Callable[..., Any]
FORMATS = ["trl", "messages", "sharegpt", "alpaca", "parquet", "dpo"]
RIGHT_HALF = [THRESHOLD | {"signal": "right"}, {"use": "random", "rate": 0.5}]
"""Right rows, and of these a half: no signal rejects the other half."""
SIGNALS = (
    signal_text("size", "return 2 + len(candidate.completion)", range=(0, 100), accept_at=2),  # rejects nothing
    signal_text("long", "return len(candidate.completion)", range=(0, 100), accept_at=4),
    signal_text(
        "checked", "return candidate.completion.strip(' .') == candidate.row['answer']", depends_on=["row.answer"]
    ),
)


@dataclass
class Home:
    """A folder with a recipe, its rows and its signals, and beside it the directory that the recipe ran in."""

    folder: Path
    run: Path

    def write(self, arms: dict[str, Any]) -> Path:
        """The recipe, with these arms."""
        self.folder.mkdir(exist_ok=True)
        write_rows(self.folder / "rows.jsonl", sums(12, 10))
        write_rows(self.folder / "real.jsonl", [row | {"completion": f"= {row['answer']}"} for row in sums(9, 3)])
        write_signals(self.folder / "signals.py", *SIGNALS)
        model = {"use": "simulated", "error": 0.4, "styles": 8}  # right answers that are not the same text
        values = SMALL | {
            "model": model,
            "real": "real.jsonl",
            "seeds": [0],
            "rounds": 1,
            "sampling": {"k": 6},
            "arms": arms,
        }
        path = self.folder / "recipe.yaml"
        path.write_text(yaml.safe_dump(values, sort_keys=False))
        return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", tmp_path / "run")


CHECKED: dict[str, Any] = {"signals": {"right": "exact:answer", "size": "signals.py:size"}, "select": RIGHT_HALF}
ARMS: dict[str, Any] = {
    "checked": CHECKED,
    "own": {"signals": {"mine": "signals.py:checked", "math": "math:answer"}, "select": THRESHOLD | {"signal": "mine"}},
    "mixed": CHECKED | {"mix": {"real": 0.2}},
}


@pytest.fixture
def finished(home: Home) -> Home:
    """A run by another process, so that none of its code is in memory here."""
    run_recipe(home.write(ARMS), home.run)
    return home


def commands(run: Path, out: Path) -> dict[str, Sequence[str]]:
    """Everything that reads a run."""
    write = ["--to-label", f"{out / 'labels.jsonl'}"]
    found: dict[str, Sequence[str]] = {"show": ["show", f"{run}"], "show --json": ["show", f"{run}", "--json"]}
    found["audit"] = ["audit", f"{run}", *write]
    for arm in ARMS:
        found[f"audit {arm}"] = ["audit", f"{run}", "--arm", arm, "--json", "-", *write]
        for to in FORMATS:
            file = out / f"{arm}-{to}{'.parquet' if to == 'parquet' else '.jsonl'}"
            words = ["--to", to, "--arm", arm, "--out", f"{file}", "--overwrite", "--json"]
            found[f"export {arm} {to}"] = ["export", f"{run}", *words]
    return found


def written(out: Path) -> dict[str, Any]:
    """What the exports wrote: rows and cards."""
    rows = {path.name: list(library.read(path).rows) for path in out.iterdir() if path.suffix != ".md"}
    return rows | {path.name: path.read_text() for path in out.glob("*.md")}


def read_all(openloop: OpenLoop, run: Path, out: Path) -> dict[str, Any]:
    """All that readers say and write; everything must succeed."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    said = {name: openloop(*words) for name, words in commands(run, out).items()}
    assert {name: answer.err for name, answer in said.items() if answer.code} == {}
    return {name: answer.out for name, answer in said.items()} | written(out)


# ---- signals are matched by name --------------------------------------------------------------------------------


def pairs(openloop: OpenLoop, run: Path, arm: str) -> list[dict[str, Any]]:
    said = openloop("export", run, "--to", "dpo", "--plain", "--arm", arm, "--overwrite", "--json")
    assert said.code == 0, said.err
    found = read_rows(said.json["file"])
    assert found, "no pairs would prove nothing"
    return found


def is_right(row: dict[str, Any], column: str) -> bool:
    left, right = row["prompt"].removesuffix("=").split("+")
    return bool(row[column].strip(" .") == str(int(left) + int(right)))


def test_signals_in_another_order_are_the_same_signals(openloop: OpenLoop, home: Home) -> None:
    path = home.write({"checked": CHECKED})
    assert openloop("run", path, "--dir", home.run).code == 0
    before = pairs(openloop, home.run, "checked")
    path = home.write({"checked": CHECKED | {"signals": dict(reversed(CHECKED["signals"].items()))}})
    plan = openloop("plan", path, "--dir", home.run, "--json").json
    assert {stage["status"] for stage in plan["stages"]} == {"reused"}
    assert openloop("run", path, "--dir", home.run).code == 0
    after = pairs(openloop, home.run, "checked")
    assert all(is_right(pair, "chosen") for pair in after)
    assert not any(is_right(pair, "rejected") for pair in after)
    assert after == before
    for row in audited(home.run, "checked"):
        assert row["signal.right"] == is_right(row, "completion") and row["signal.size"] == 2 + len(row["completion"])


def test_a_name_means_what_it_means_in_its_arm(openloop: OpenLoop, home: Home) -> None:
    arms = {
        "exact": {"signals": {"check": "exact:answer"}, "select": THRESHOLD},
        "long": {"signals": {"check": "signals.py:long"}, "select": THRESHOLD},
        "other": {"signals": {"result": "exact:answer"}, "select": THRESHOLD},
        "twice": {"signals": {"a": "exact:answer", "b": "exact:answer"}, "select": THRESHOLD | {"signal": "b"}},
    }
    assert openloop("run", home.write(arms), "--dir", home.run).code == 0
    found = {arm: pairs(openloop, home.run, arm) for arm in arms}
    for pair in found["exact"]:
        assert is_right(pair, "chosen") and not is_right(pair, "rejected")
    for pair in found["long"]:
        assert len(pair["chosen"]) >= 4 > len(pair["rejected"])
    assert found["exact"] == found["other"] == found["twice"]
    for arm, recipe in arms.items():
        rows = audited(home.run, arm)
        names = {name.removeprefix("signal.") for name in rows[0] if name.startswith("signal.")}
        assert names == set(recipe["signals"])
        for row in rows:
            expected = len(row["completion"]) if arm == "long" else is_right(row, "completion")
            assert {row[f"signal.{name}"] for name in names} == {expected}
        card = Path(openloop("export", home.run, "--to", "trl", "--arm", arm, "--json").json["card"]).read_text()
        assert {name for name in ("check", "result", "a", "b") if f"| {name} |" in card} == names


# ---- readers need the directory alone ---------------------------------------------------------------------------


def test_what_was_recorded_is_shown_though_a_signal_now_says_otherwise(
    openloop: OpenLoop, openloop_cli: Any, finished: Home
) -> None:
    words = {"text": ["show", finished.run], "json": ["show", finished.run, "--json"]}
    before = {name: openloop_cli(*said).stdout for name, said in words.items()}  # which leaves no code in memory here
    assert "Outside information: yes" in before["text"]
    assert json.loads(before["json"])["arms"]["own"]["outside_information"] is True
    others = (text.replace("row.answer", "generator").replace("accept_at=2", "accept_at=90") for text in SIGNALS)
    write_signals(finished.folder / "signals.py", *others)
    assert {name: openloop(*said).out for name, said in words.items()} == before
    assert not any(is_right(pair, "rejected") for pair in pairs(openloop, finished.run, "checked"))


def test_readers_need_no_file_of_the_recipe(openloop: OpenLoop, finished: Home, tmp_path: Path) -> None:
    finished.folder.rename(tmp_path / "moved away")
    without = read_all(openloop, finished.run, tmp_path / "out")
    (tmp_path / "moved away").rename(finished.folder)
    assert read_all(openloop, finished.run, tmp_path / "out") == without
    assert json.loads(without["show --json"])["arms"]["own"]["outside_information"] is True


def test_the_copy_of_the_recipe_is_for_people(openloop: OpenLoop, finished: Home, tmp_path: Path) -> None:
    before = read_all(openloop, finished.run, tmp_path / "out")
    (finished.run / "recipe.yaml").write_text("a: [")
    assert read_all(openloop, finished.run, tmp_path / "out") == before


def test_a_mix_is_exported_with_the_real_rows_of_the_run(openloop: OpenLoop, finished: Home) -> None:
    shutil.rmtree(finished.folder)
    rows = exported(openloop, finished.run, "--arm", "mixed")
    real = [row for row in rows if row["completion"].startswith("= ")]
    kept = len(exported(openloop, finished.run, "--arm", "checked"))
    assert len(real) == round(kept / 4) == len(rows) - kept > 0


def test_another_machine_with_the_core_alone_shows_audits_and_exports(
    openloop: OpenLoop, finished: Home, tmp_path: Path
) -> None:
    here = read_all(openloop, finished.run, tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    copy, out = tmp_path / "cpy", tmp_path / "set"  # as long as the old names, so that lines break where they did
    shutil.copytree(finished.run, copy)
    shutil.rmtree(finished.folder)
    shutil.rmtree(finished.run)
    out.mkdir()
    asked = commands(copy, out)
    process = start_python("-m", "tests.support.bare_reader", *(json.dumps(list(words)) for words in asked.values()))
    said = dict(zip(asked, json.loads(end(process)), strict=True))
    assert {name: answer["err"] for name, answer in said.items() if answer["code"]} == {}
    there = {name: answer["out"] for name, answer in said.items()} | written(out)

    def anonymous(found: dict[str, Any]) -> str:
        text = json.dumps(found, sort_keys=True)
        for path, name in {copy: "RUN", out: "OUT", finished.run: "RUN", tmp_path / "out": "OUT"}.items():
            text = text.replace(str(path), name)
        return text

    assert anonymous(there) == anonymous(here)


# ---- older stores -----------------------------------------------------------------------------------------------

SCHEMA_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE stages (
  fingerprint TEXT PRIMARY KEY, kind TEXT NOT NULL, identity TEXT NOT NULL, upstream TEXT NOT NULL,
  counts TEXT NOT NULL, seconds REAL NOT NULL, finished REAL NOT NULL);
CREATE TABLE parts (
  fingerprint TEXT NOT NULL, part INTEGER NOT NULL, path TEXT NOT NULL, rows INTEGER NOT NULL,
  counts TEXT NOT NULL, seconds REAL NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (fingerprint, part)) WITHOUT ROWID;
CREATE TABLE steps (
  arm TEXT NOT NULL, seed INTEGER NOT NULL, round INTEGER NOT NULL, purpose TEXT NOT NULL,
  kind TEXT NOT NULL, ordinal INTEGER NOT NULL, fingerprint TEXT NOT NULL,
  PRIMARY KEY (arm, seed, round, purpose, kind, ordinal)) WITHOUT ROWID;
CREATE TABLE chains (
  arm TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (arm, seed)) WITHOUT ROWID;
CREATE TABLE requests (key BLOB PRIMARY KEY, fingerprint TEXT NOT NULL, sent REAL NOT NULL, reply TEXT);
CREATE INDEX unanswered ON requests (fingerprint) WHERE reply IS NULL;
CREATE TABLE spenders (fingerprint TEXT PRIMARY KEY, model TEXT NOT NULL);
CREATE TABLE events (time REAL NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
INSERT INTO meta VALUES ('schema', '1');
INSERT INTO stages VALUES ('ab', 'sample', '{}', '[]', '{"requested": 1, "generated": 1, "request_failed": 0}', 1, 1);
INSERT INTO steps VALUES ('checked', 0, 1, 'loop', 'sample', 0, 'ab');
INSERT INTO chains VALUES ('checked', 0, 'done', '');
"""
"""What the first version of openloop wrote, which recorded nothing of its signals and models."""


@pytest.mark.parametrize("verb", ["show", "show --json", "export", "audit", "plan", "run"])
def test_an_older_store_is_refused_by_name_with_the_next_step(openloop: OpenLoop, home: Home, verb: str) -> None:
    path = home.write({"checked": CHECKED})
    home.run.mkdir()
    with sqlite3.connect(home.run / "store.sqlite") as old:
        old.executescript(SCHEMA_1)
    old.close()
    (home.run / "recipe.yaml").write_text(yaml.safe_dump({"base": str(home.folder), "recipe": {"model": "simulated"}}))
    before = (home.run / "store.sqlite").read_bytes()
    words: dict[str, Sequence[object]] = {
        "show": ["show", home.run],
        "show --json": ["show", home.run, "--json"],
        "export": ["export", home.run, "--to", "trl"],
        "audit": ["audit", home.run],
        "plan": ["plan", path, "--dir", home.run],
        "run": ["run", path, "--dir", home.run],
    }
    said = openloop(*words[verb])
    assert (said.code, said.out) == (2, "") and "Traceback" not in said.err
    assert str(home.run) in said.err and "older openloop" in said.err and "schema 1" in said.err
    assert "--dir" in said.err, "the next step"
    assert (home.run / "store.sqlite").read_bytes() == before

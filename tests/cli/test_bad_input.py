"""Whatever is given, the answer is one message that says what is wrong, an exit code, and nothing spent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop import filesystem
from openloop.errors import StoreError
from openloop.run.store import Store

Call = Callable[..., Any]
ROW = '{"prompt": "1+1=", "answer": "2"}\n'


def refused(said: Any, *texts: str) -> None:
    """One message on stderr, nothing on stdout, exit code 2."""
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("openloop: ")
    for text in texts:
        assert text in said.err


def signals(folder: Path, body: str, **options: Any) -> dict[str, Any]:
    """Arms with a signal whose body is this, beside one that has none."""
    words = ", ".join(f"{key}={value!r}" for key, value in options.items())
    (folder / "mine.py").write_text(
        f"from openloop import signal\n\n@signal({words})\ndef mine(candidate):\n    {body}\n"
    )
    arm = {"signals": {"mine": "mine.py:mine"}, "select": {"use": "threshold", "accept": True}}
    return {"arms": {"closed": {}, "mine": arm}, "train_rows": None, "rounds": 1}


# ---- recipes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["validate", "plan", "run"])
def test_a_recipe_that_is_not_there(openloop: Call, tmp_path: Path, verb: str) -> None:
    (tmp_path / "recipe.yaml").write_text("a: 1\n")
    refused(openloop(verb, tmp_path / "recpe.yaml"), "does not exist", "did you mean 'recipe.yaml'")
    refused(openloop(verb, tmp_path), "is a folder", "recipe.yaml")
    refused(openloop(verb, tmp_path / "no" / "recipe.yaml"), "does not exist")
    refused(openloop(verb, tmp_path / "recipe.yaml" / "x"), "cannot be read: Not a directory")


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x00\x01", b"a: &a [*a]\n", b"a: !!python/object:os.system {}\n"])
def test_a_recipe_that_is_no_text(openloop: Call, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "recipe.yaml").write_bytes(raw)
    refused(openloop("run", tmp_path / "recipe.yaml"), "recipe.yaml")


def test_an_unknown_arm(openloop: Call, recipe: Call) -> None:
    refused(openloop("run", recipe(), "--arms", "closd"), "did you mean 'closed'")
    refused(openloop("plan", recipe(), "--arms", "closed,"), "arm ''")


def test_a_negative_number_of_workers(openloop: Call, recipe: Call) -> None:
    refused(openloop("run", recipe(), "--workers", "-1"), "workers")


# ---- signals ------------------------------------------------------------------------------------------------


def test_failing_probes_stop_a_run_before_anything_is_spent(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    path = recipe(**signals(tmp_path, "return True", rejects=[("1+1=", "3")]))
    for verb in ("validate", "run"):
        refused(openloop(verb, path), "'mine' fails 1 of its probes: must reject '3'", "Nothing was spent.")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 1 / (candidate.prompt != '3+4=')", "ZeroDivisionError: division by zero"),
        ("return True if candidate.prompt != '3+4=' else float('nan')", "nan"),
        ("return 1 if candidate.prompt != '3+4=' else 7", "out_of_range"),
        ("return True if candidate.prompt != '3+4=' else 'yes'", "returned str, not a number"),
        ("return True if candidate.prompt != '3+4=' else exit(3)", "SystemExit: 3"),
    ],
)
def test_a_signal_that_breaks_on_one_row_loses_that_row_only(
    openloop: Call, recipe: Call, tmp_path: Path, body: str, reason: str
) -> None:
    path, directory = recipe(**signals(tmp_path, body), seeds=[0]), tmp_path / "run"
    said = openloop("run", path, "--dir", directory, "--json", "--set", "prompts={path: rows.jsonl, batch: 120}")
    assert said.code == 0
    rows = said.json["arms"]["mine"]["rows"][0]
    assert (rows["error"], rows["scored"], rows["kept"]) == (2, 238, 238)
    assert rows["dropped"] == {"unscored:error": 2}
    store = Store.read(directory)
    scored = [at.fingerprint for at in store.journal.steps() if (at.step.arm, at.kind) == ("mine", "score")]
    reasons = [row["reason"] for fp in scored for row in store.table([fp]).to_pylist() if row["outcome"] == "error"]
    assert reasons == [reason] * 2


def test_a_signal_that_returns_too_few_verdicts_scores_nothing_it_cannot_place(
    openloop: Call, recipe: Call, tmp_path: Path
) -> None:
    changes = signals(tmp_path, "return [1.0]", scope="prompt")
    said = openloop("run", recipe(**changes), "--json")
    assert said.code == 0
    arms = said.json["arms"]
    assert arms["mine"]["seeds"]["0"]["status"] == "ended"
    assert "120 of 120 rows unscored" in arms["mine"]["seeds"]["0"]["reason"]
    assert arms["closed"]["seeds"]["0"]["status"] == "done"


def test_an_arm_whose_rows_lack_a_column_stops_the_run(openloop: Call, recipe: Call) -> None:
    broken = {"sampler": {"use": "oracle", "column": "gold"}}
    refused(openloop("run", recipe(arms={"closed": {}, "broken": broken}), "--json"), "a row has no 'gold'")


def test_an_arm_that_keeps_nothing_ends_and_the_others_go_on(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    path, directory = recipe(**signals(tmp_path, "return False")), tmp_path / "run"
    said = openloop("run", path, "--dir", directory)
    assert said.code == 0
    assert "mine, seed 0: ended: round 1: no candidate was kept" in " ".join(said.out.split())
    shown = openloop("show", directory, "--json").json["arms"]
    assert [shown[arm]["seeds"]["1"]["status"] for arm in ("closed", "mine")] == ["done", "ended"]
    assert len(shown["mine"]["seeds"]["1"]["accuracy"]) == 1
    assert shown["mine"]["gain"] is None


def test_when_all_arms_end_nothing_is_decided(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    changes = signals(tmp_path, "return False")
    del changes["arms"]["closed"]
    said = openloop("run", recipe(**changes), "--dir", tmp_path / "run", "--json")
    assert said.code == 0
    assert said.json["decision"] == "UNDECIDED: no arm has finished its rounds."
    refused(openloop("export", tmp_path / "run", "--to", "trl"), "--arm", "mine")
    assert openloop("export", tmp_path / "run", "--to", "trl", "--arm", "mine").code == 2


def test_too_few_kept_rows_end_the_arm_with_the_numbers(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    changes = signals(tmp_path, "return candidate.prompt == '3+4='") | {"train_rows": 50, "max_batches": 2}
    said = openloop("run", recipe(**changes), "--json")
    assert said.code == 0
    reason = said.json["arms"]["mine"]["seeds"]["0"]["reason"]
    assert "of the 50 rows asked for were kept in 2 batches" in reason


# ---- data ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file holds no rows"),
        ('{"answer": "2"}\n', "prompt"),
        (ROW + '{"prompt": "1+2=", "answer": "3"\n' + ROW, "line 2"),
        (ROW + "[1]\n", "line 2"),
        (ROW + '{"prompt": 3, "answer": "3"}\n', "prompt"),
        (ROW + '{"answer": "3"}\n', "prompt"),
        (ROW + '{"prompt": "1+2=", "answer": {"a": 1}}\n', "answer"),
        (ROW + '{"prompt": "1+2=", "answer": NaN}\n', "line 2"),
        (ROW + '{"prompt": [{"role": "user", "content": "1+2="}], "answer": "3"}\n', "prompt"),
    ],
)
@pytest.mark.parametrize("verb", ["validate", "run"])
def test_rows_that_are_wrong_are_refused_before_anything_is_spent(
    openloop: Call, recipe: Call, tmp_path: Path, verb: str, text: str, said: str
) -> None:
    (tmp_path / "bad.jsonl").write_text(text)
    refused(openloop(verb, recipe(test="bad.jsonl")), "bad.jsonl", said)
    assert not (tmp_path / "runs").exists()


def test_rows_without_the_column_that_a_part_needs(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"prompt": "1+1=", "result": "2"}\n')
    refused(openloop("run", recipe(test="bad.jsonl")), "'answer'", "result")


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + ROW.encode(),
        ROW.replace("\n", "\r\n").encode() * 2,
        ROW.encode() * 3,
        ROW.strip().encode(),
    ],
    ids=["byte order mark", "CRLF", "duplicate prompts", "no last newline"],
)
def test_harmless_oddities_of_files_are_read(openloop: Call, recipe: Call, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "odd.jsonl").write_bytes(raw)
    said = openloop("validate", recipe(test="odd.jsonl"))
    assert (said.code, said.err) == (0, "")


def test_a_csv_with_a_byte_order_mark_and_crlf_scores(openloop: Call, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"\xef\xbb\xbfprompt,completion,answer\r\n1+1=,2,2\r\n1+2=,4,3\r\n")
    assert openloop("score", file, "--signal", "exact:answer", "--json").json["accept_rate"] == 0.5


# ---- score --------------------------------------------------------------------------------------------------


def test_scoring_what_cannot_be_scored(openloop: Call, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(ROW)
    refused(openloop("score", file, "--signal", "exact:answer"), "no completion", "--completion answer")
    refused(openloop("score", tmp_path / "no.jsonl", "--signal", "exact:answer"), "no.jsonl")
    file.write_text('{"prompt": "1+1=", "completion": "2", "answer": "2"}\n')
    refused(openloop("score", file, "--signal", "exakt"), "is not a name that openloop ships", "exact")
    for unfit in ("signal", "FunctionSignal", "json:loads", "exact:", "x.py:f", ""):
        refused(openloop("score", file, "--signal", unfit))
    refused(openloop("score", file, "--signal", "exact:answer", "--out", tmp_path), str(tmp_path))


# ---- run directories ----------------------------------------------------------------------------------------


@pytest.fixture
def directory(openloop: Call, recipe: Call, tmp_path: Path) -> Path:
    """A finished run."""
    assert openloop("run", recipe(), "--dir", tmp_path / "run", "--json").code == 0
    return tmp_path / "run"


def every_verb(openloop: Call, recipe: Path, directory: Path) -> list[Any]:
    return [
        openloop("show", directory),
        openloop("show", directory, "--json"),
        openloop("export", directory, "--to", "trl", "--arm", "verified"),
        openloop("plan", recipe, "--dir", directory),
        openloop("run", recipe, "--dir", directory),
    ]


def test_a_directory_that_is_no_run(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    for place in (full, tmp_path / "nothing", full / "thesis.txt"):
        refused(openloop("show", place), "not a run directory")
        refused(openloop("export", place, "--to", "trl"), "not a run directory")
    refused(openloop("run", recipe(), "--dir", full), "not empty", "thesis.txt", "--dir")
    refused(openloop("run", recipe(), "--dir", full / "thesis.txt"), "thesis.txt")
    for nowhere in (full / "thesis.txt" / "run", Path("/proc/openloop")):
        refused(openloop("run", recipe(), "--dir", nowhere), "cannot be written")
        refused(openloop("init", nowhere), "cannot be written")
    assert [file.name for file in full.iterdir()] == ["thesis.txt"]


def test_a_store_of_a_newer_openloop(openloop: Call, recipe: Call, directory: Path) -> None:
    with sqlite3.connect(directory / "store.sqlite") as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    db.close()
    for said in every_verb(openloop, recipe(), directory):
        refused(said, "newer openloop (store schema 99")


@pytest.mark.parametrize("damage", ["garbage", "cut", "holes", "empty"])
def test_a_damaged_store(openloop: Call, recipe: Call, directory: Path, damage: str) -> None:
    file = directory / "store.sqlite"
    raw = file.read_bytes()
    for beside in directory.glob("store.sqlite-*"):
        beside.unlink()
    kinds = {
        "garbage": b"not a database " * 100,
        "cut": raw[: len(raw) // 2],
        "empty": b"",
        "holes": raw[:4096] + b"\xff" * (len(raw) - 4096),
    }
    file.write_bytes(kinds[damage])
    said = every_verb(openloop, recipe(), directory)
    for answer in said[:4] if damage == "empty" else said:  # an empty one is a directory to start in
        refused(answer, "store.sqlite")


DAMAGED = [
    "",
    "a: [",
    "base: /x\n",
    "base: /x\nrecipe: 3\n",
    "recipe: {}\n",
    "base: 3\nrecipe: {a: 1}\n",
    "\x00",
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_recipe_in_a_run_directory(openloop: Call, directory: Path, text: str) -> None:
    (directory / "recipe.yaml").write_text(text)
    for words in (["show", directory], ["show", directory, "--json"], ["export", directory, "--to", "trl"]):
        assert openloop(*words).code == 0  # the recipe in it is for people: readers use what was recorded


def test_a_run_whose_task_is_gone_is_read_all_the_same(
    openloop: Call, recipe: Call, tmp_path: Path, openloop_cli: Call
) -> None:
    path = recipe(**signals(tmp_path, "return True"))
    assert openloop_cli("run", path, "--dir", tmp_path / "run", "--json").returncode == 0
    (tmp_path / "mine.py").unlink()
    assert openloop("show", tmp_path / "run").code == 0


def test_a_missing_file_of_rows_in_a_run_directory(openloop: Call, directory: Path) -> None:
    for file in (directory / "candidates").rglob("*.parquet"):
        file.unlink()
    for words in (["show", directory], ["export", directory, "--to", "trl", "--arm", "verified"]):
        refused(openloop(*words), "openloop run")


def test_a_read_only_directory(
    openloop: Call, recipe: Call, directory: Path, read_only_mount: Callable[[Path], Path]
) -> None:
    view = read_only_mount(directory)
    assert openloop("show", view, "--json").code == 0
    refused(openloop("run", recipe(rounds=3), "--dir", view), "--dir")
    refused(openloop("export", view, "--to", "trl", "--arm", "verified"), "cannot be written")


def test_a_directory_on_a_network_file_system(tmp_path: Path) -> None:
    for kind in ("nfs4", "cifs", "fuse.sshfs"):
        mounts = tmp_path / "mounts"
        point = tmp_path.resolve() / "far away"
        mounts.write_text(f"none / ext4 rw 0 0\nhost:/x {str(point).replace(' ', chr(92) + '040')} {kind} rw 0 0\n")
        with pytest.raises(StoreError, match=f"network file system \\({kind}, mounted at {point}\\)"):
            filesystem.require_local(point / "run", mounts)
        filesystem.require_local(tmp_path / "near", mounts)
        filesystem.require_local(tmp_path / "near", tmp_path / "no such file")


def test_a_second_process_in_the_same_directory(openloop_cli: Call, recipe: Call, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "run")
    said = openloop_cli("run", recipe(), "--dir", tmp_path / "run", "--json")
    store.close()
    assert (said.returncode, said.stdout) == (2, "")
    assert "is in use by process" in said.stderr
    assert json.loads(openloop_cli("run", recipe(), "--dir", tmp_path / "run", "--json").stdout)["arms"]

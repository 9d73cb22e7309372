"""Wrong input: each case has a message that says what to do, and its exit code. Never a traceback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from openloop import filesystem
from openloop.errors import StoreError
from openloop.store import Store
from tests.conftest import Call

Recipe = Callable[..., Path]
GOOD = '{"prompt": "1+1=", "answer": "2"}\n'


def refused(done: subprocess.CompletedProcess[str], *parts: str, code: int = 2) -> None:
    assert done.returncode == code, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


def test_a_recipe_that_does_not_exist(openloop_cli: Call, recipe: Recipe, tmp_path: Path) -> None:
    recipe()
    refused(openloop_cli("run", tmp_path / "recipes.yaml"), "does not exist", "did you mean 'recipe.yaml'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n\n", "rows"),
        ('{"question": "1+1", "answer": "2"', "line 1"),
        (GOOD + '{"prompt": "1+2=" "answer": "3"}\n' + GOOD, "line 2"),
        (GOOD + '["no object"]\n', "line 2"),
        ('{"text": "1+1", "answer": "2"}\n', "prompt="),
        (GOOD + '{"prompt": "1+2=", "answer": 3}\n', "answer"),
        (
            GOOD + '{"prompt": [{"role": "user", "content": "1+2="}], "answer": "3"}\n',
            "all text or all chat messages",
        ),
        (GOOD + '{"prompt": "", "answer": "3"}\n', "2"),
        (GOOD + '{"prompt": null, "answer": "3"}\n', "2"),
    ],
)
def test_real_data_that_cannot_be_used(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path, text: str, message: str
) -> None:
    path = recipe()
    (tmp_path / "rows.jsonl").write_text(text)
    for verb in ("validate", "run"):
        refused(openloop_cli(verb, path), "rows.jsonl", message)


def test_real_data_that_is_missing(openloop_cli: Call, recipe: Recipe) -> None:
    refused(openloop_cli("run", recipe(real="row.jsonl")), "row.jsonl", "rows.jsonl")


def test_real_data_lacks_the_column_that_is_asked_for(openloop_cli: Call, recipe: Recipe) -> None:
    path = recipe(real={"path": "rows.jsonl", "completion": "anser"}, mix="accumulate")
    refused(openloop_cli("run", path), "anser", "answer")


def test_bom_carriage_returns_and_repeated_prompts_are_taken_and_said(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path
) -> None:
    path = recipe(arms={"closed": {}}, train_rows=None)
    (tmp_path / "rows.jsonl").write_bytes(b"\xef\xbb\xbf" + (GOOD * 3).replace("\n", "\r\n").encode())
    done = openloop_cli("validate", path)
    assert done.returncode == 0, done.stderr
    assert "byte order mark" in done.stdout.lower() or "bom" in done.stdout.lower()
    assert "repeat" in done.stdout
    assert openloop_cli("run", path, "--json").returncode == 0


def signal_file(folder: Path, body: str, **options: Any) -> dict[str, Any]:
    given = ", ".join(f"{key}={value!r}" for key, value in options.items())
    text = f"from openloop import signal\n\n@signal({given})\ndef check(candidate):\n    {body}\n"
    (folder / "mine.py").write_text(text)
    verified = {"signals": {"check": "mine.py:check"}, "select": {"use": "threshold", "accept": True}}
    return {"closed": {}, "verified": verified}


def test_a_signal_that_fails_its_probes_is_refused_before_anything_is_spent(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path
) -> None:
    arms = signal_file(tmp_path, "return True", rejects=[("1+1=", "3")])
    path = recipe(arms=arms)
    refused(openloop_cli("validate", path), "'check' fails 1 of its probes", "must reject '3'")
    refused(
        openloop_cli("run", path, "--dir", tmp_path / "run"), "fails 1 of its probes", "Nothing was spent"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 1 / (candidate.prompt != '3+4=')", "ZeroDivisionError"),
        ("return float('nan') if candidate.prompt == '3+4=' else 1", "nan"),
        ("return 7 if candidate.prompt == '3+4=' else 1", "out_of_range"),
        ("return 'yes' if candidate.prompt == '3+4=' else 1", "not a number"),
    ],
)
def test_one_bad_row_of_a_signal_costs_itself_only(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path, body: str, reason: str
) -> None:
    path = recipe(arms=signal_file(tmp_path, body), seeds=[0], rounds=1, train_rows=None,
                  prompts={"path": "rows.jsonl", "batch": 120})  # fmt: skip
    shown = json.loads(openloop_cli("run", path, "--dir", tmp_path / "run", "--json").stdout)
    rows = shown["arms"]["verified"]["rows"][0]
    assert (rows["scored"], rows["error"], rows["dropped"]) == (238, 2, {"unscored:error": 2})
    store = Store.read(tmp_path / "run")
    (scored,) = [
        fp for step, kind, fp, _ in store.journal.steps() if (kind, step.purpose) == ("score", "loop")
    ]
    reasons = {reason for reason in store.table([scored]).column("reason").to_pylist() if reason}
    assert len(reasons) == 1 and reason in reasons.pop()


TOO_FEW = """
    from openloop import signals
    from openloop.records import Verdict

    class TooFew:
        name, kind, depends_on, range, accept_at = "few", "hard", frozenset({"program"}), (0.0, 1.0), 1.0
        scope, probes, version = "candidate", (), "1"

        def score(self, candidates):
            return [Verdict(1.0) for c in candidates if c.prompt != "3+4="]

    few = TooFew
"""


def test_a_signal_that_returns_too_few_verdicts(openloop_cli: Call, recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "few.py").write_text(dedent(TOO_FEW))
    arm = {"signals": {"few": "few.py:few"}, "select": {"use": "threshold", "accept": True}}
    path = recipe(arms={"verified": arm}, seeds=[0], rounds=1, train_rows=None,
                  prompts={"path": "rows.jsonl", "batch": 120})  # fmt: skip
    rows = json.loads(openloop_cli("run", path, "--json").stdout)["arms"]["verified"]["rows"][0]
    assert (rows["scored"], rows["error"]) == (238, 2)


def test_an_arm_that_keeps_nothing_ends_with_the_reason_and_the_others_go_on(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path
) -> None:
    arms = signal_file(tmp_path, "return False")
    for changes in ({}, {"train_rows": None}):
        done = openloop_cli(
            "run", recipe(arms=arms, max_batches=2, **changes), "--dir", tmp_path / str(changes)
        )
        assert done.returncode == 0 and "Traceback" not in done.stderr
        assert "round 1: no candidate was kept" in done.stdout
        shown = json.loads(openloop_cli("show", tmp_path / str(changes), "--json").stdout)
        verified, closed = shown["arms"]["verified"]["seeds"]["0"], shown["arms"]["closed"]["seeds"]["0"]
        assert (verified["status"], len(verified["accuracy"])) == ("ended", 1)
        assert (closed["status"], len(closed["accuracy"])) == ("done", 3)


def test_too_many_unscored_rows_end_the_arm(openloop_cli: Call, recipe: Recipe, tmp_path: Path) -> None:
    done = openloop_cli("run", recipe(arms=signal_file(tmp_path, "return None")), "--json")
    seed = json.loads(done.stdout)["arms"]["verified"]["seeds"]["0"]
    assert seed["status"] == "ended" and "abstained 120" in seed["reason"] and "max_share" in seed["reason"]


def test_an_arm_whose_input_cannot_fit_stops_the_run(openloop_cli: Call, recipe: Recipe) -> None:
    broken = {"sampler": {"use": "oracle", "column": "gold"}}
    done = openloop_cli("run", recipe(arms={"closed": {}, "broken": broken}), "--json")
    refused(done, "a row has no 'gold'")


BROKEN = """
    class Broken:
        name, revision, version = "broken", "1", "1"

        def sample(self, prompts, k, sampling):
            raise RuntimeError("out of luck")
"""


@pytest.mark.parametrize("workers", [0, 1])
def test_a_chain_that_breaks_is_recorded_the_others_go_on_and_the_run_has_failed(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path, workers: int
) -> None:
    (tmp_path / "broken.py").write_text(dedent(BROKEN))
    path = recipe(arms={"closed": {}, "broken": {"sampler": "broken.py:Broken"}}, workers=workers)
    done = openloop_cli("run", path, "--json")
    assert done.returncode == 1
    arms = json.loads(done.stdout)["arms"]
    assert arms["broken"]["seeds"]["0"]["status"] == "failed"
    assert arms["broken"]["seeds"]["0"]["reason"] == "RuntimeError: out of luck"
    assert arms["closed"]["seeds"]["0"]["status"] == "done"


def test_a_directory_that_is_no_run(openloop_cli: Call, recipe: Recipe, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("important")
    refused(openloop_cli("show", other), "is no run directory")
    refused(openloop_cli("export", other, "--to", "trl"), "is no run directory")
    refused(openloop_cli("run", recipe(), "--dir", other), "is not empty ('thesis.txt'", "--dir")
    refused(openloop_cli("run", recipe(), "--dir", other / "thesis.txt"), "is a file")
    refused(openloop_cli("run", recipe(), "--dir", other / "thesis.txt" / "run"), "cannot be written")
    refused(openloop_cli("run", recipe(), "--dir", "/proc/nowhere"), "cannot be written")
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


def test_a_read_only_directory(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path, read_only_mount: Callable[[Path], Path]
) -> None:
    path = recipe()
    assert openloop_cli("run", path, "--dir", tmp_path / "run", "--json").returncode == 0
    view = read_only_mount(tmp_path / "run")
    refused(openloop_cli("run", path, "--dir", view), "cannot be written", "--dir")
    assert "verified" in openloop_cli("show", view).stdout
    (tmp_path / "empty").mkdir()
    refused(
        openloop_cli("run", path, "--dir", read_only_mount(tmp_path / "empty") / "new"), "cannot be written"
    )


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "lustre", "9p"])
def test_a_network_file_system_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    point = str(tmp_path / "my data").replace(" ", "\\040")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {point} {kind} rw 0 0\n")
    with pytest.raises(StoreError, match=f"network file system \\({kind}, mounted at .*my data\\)"):
        filesystem.require_local(tmp_path / "my data" / "run", mounts)
    filesystem.require_local(tmp_path / "elsewhere", mounts)


def test_a_store_of_a_newer_schema_or_no_store_at_all(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path
) -> None:
    path, run = recipe(), tmp_path / "run"
    assert openloop_cli("run", path, "--dir", run, "--json").returncode == 0
    store = Store.open(run)
    with store.database.write() as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    store.close()
    for words in (["run", path, "--dir", run], ["show", run], ["plan", path, "--dir", run]):
        refused(openloop_cli(*words), "newer openloop (store schema 99", "Upgrade")
    (run / "store.sqlite").write_bytes(b"this is no database, and long enough to be looked at" * 100)
    refused(openloop_cli("show", run), "is no run database")


def test_a_recipe_in_the_run_that_somebody_edited(openloop_cli: Call, recipe: Recipe, tmp_path: Path) -> None:
    assert openloop_cli("run", recipe(), "--dir", tmp_path / "run", "--json").returncode == 0
    (tmp_path / "run" / "recipe.yaml").write_text("hello: [")
    refused(openloop_cli("show", tmp_path / "run"), "recipe.yaml")


@pytest.mark.parametrize(
    ("text", "signal", "message"),
    [
        (GOOD, "exact:answer", "no completion to score"),
        ('{"prompt": "1", "completion": "2"}\n', "exakt", "did you mean 'exact'"),
        ('{"prompt": "1", "completion": "2"}\n', "nowhere.py:check", "does not exist"),
        ("", "exact", "empty"),
    ],
)
def test_a_file_that_cannot_be_scored(
    openloop_cli: Call, tmp_path: Path, text: str, signal: str, message: str
) -> None:
    (tmp_path / "rows.jsonl").write_text(text)
    refused(openloop_cli("score", tmp_path / "rows.jsonl", "--signal", signal), message)


def test_words_that_the_command_line_does_not_know(openloop_cli: Call) -> None:
    assert openloop_cli("rnu").returncode == 2
    assert openloop_cli("run").returncode == 2
    assert openloop_cli("show", "nowhere").returncode == 2

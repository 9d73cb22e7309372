"""What is recorded with each stage: enough for readers, nothing that is secret, nothing rebuilt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection, signals
from openloop.recipe import read_recipe
from openloop.recipe.execute import execute
from openloop.run.record import SignalRecord, options_of, versions
from openloop.run.store import Store
from tests.support.rows import sums, write_rows
from tests.support.user_files import write_code

ROWS = [{"prompt": f"{a}+{a}=", "answer": str(2 * a)} for a in range(30)]


def stage_of(store: Store, kind: str) -> Any:
    (placed,) = {at.fingerprint: at for at in store.journal.steps() if at.kind == kind}.values()
    return store.finished_stage(placed.fingerprint)


def test_every_stage_records_what_made_it(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(error=0.3), ROWS, k=2)
    verdicts = run.score(pool, signals.exact("answer"), name="right")
    kept = run.select(pool, {"right": verdicts}, selection.threshold(accept=True), limit=20)
    run.train(models.simulated(error=0.3), kept, real=[{"prompt": "1+1=", "completion": "2", "answer": "2"}], seed=4)
    store = run.store
    sampled = stage_of(store, "sample").record
    assert (sampled["model"]["name"], sampled["model"]["options"]["error"], sampled["k"]) == ("simulated", 0.3, 2)
    signal = SignalRecord.read(stage_of(store, "score").record["signal"])
    assert (signal.name, signal.kind, signal.range, signal.accept_at) == ("exact", "hard", (0.0, 1.0), 1.0)
    assert (signal.depends_on, signal.scope, signal.options["column"]) == (("row.answer",), "candidate", "answer")
    selected = stage_of(store, "select").record
    assert selected["selector"]["name"] == "Threshold" and selected["limit"] == 20
    assert selected["verdicts"] == {"right": [stage_of(store, "score").fingerprint]}
    trained = stage_of(store, "train").record
    assert trained["trainer"]["name"] == "fit" and trained["real"] == stage_of(store, "real").fingerprint
    assert trained["seed"] == 4
    assert stage_of(store, "train").versions == versions() and versions()["openloop"]


def test_a_stage_carries_the_name_that_its_user_gave_it(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), ROWS)
    run.score(pool, signals.exact("answer"), name="right")
    run.score(pool, signals.simulated(phi=0.8))
    assert [at.label for at in run.store.journal.steps() if at.kind == "score"] == ["right", "simulated"]


def test_options_hold_no_keys_and_no_credentials() -> None:
    model = models.endpoint(
        url="https://user:hunter2@host/v1", model="m", key_env="MY_KEY", extra={"api_key": "s3cret", "top_k": 5}
    )
    said = options_of(model)
    assert said["url"] == "https://***@host/v1" and said["extra"] == {"api_key": "***", "top_k": 5}
    assert said["key_env"] == "MY_KEY"
    assert "hunter2" not in str(said) and "s3cret" not in str(said)


@dataclass(frozen=True)
class WithKey:
    api_key: str = "s3cret"
    max_tokens: int = 5


def test_a_field_that_holds_a_key_is_left_out_like_an_option() -> None:
    assert options_of(WithKey()) == {"api_key": "***", "max_tokens": 5}


def test_no_key_from_the_environment_reaches_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "s3cret")
    write_rows(tmp_path / "rows.jsonl", sums(4, 3))
    write_code(
        tmp_path / "guarded.py",
        """
        from dataclasses import dataclass
        from openloop.records import Selection

        @dataclass(frozen=True)
        class Guarded:
            api_key: str
            version = "1"

            def select(self, pool):
                return Selection(pool.ids, {})
        """,
    )
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "real: rows.jsonl\nsampler: simulated\nselect: [{use: 'guarded.py:Guarded', api_key: '${MY_KEY}'}]\n"
    )
    assert not execute(read_recipe(path), tmp_path / "run")
    files = [file for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert files and not [file.name for file in files if b"s3cret" in file.read_bytes()]


def test_the_last_record_of_a_run_counts_and_none_is_overwritten(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "run")
    assert store.journal.run() is None
    store.journal.begin_run({"name": "first"})
    store.journal.begin_run({"name": "second"})
    assert store.journal.run() == {"name": "second"}
    assert store.database.all("SELECT count(*) FROM runs") == [(2,)]
    store.close()

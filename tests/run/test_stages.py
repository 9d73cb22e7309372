"""Kinds of stages: one registry, from which everything else is derived."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import openloop
from openloop import models, parsing, selection, signals
from openloop.run.stages import KINDS, STAGES
from openloop.run.store import Store
from openloop.testing import canonical
from tests.support.policies import FakePolicy

ROWS = [{"prompt": f"Write {a} items", "answer": "one"} for a in range(1, 6)]


def answers(prompt: Any, seed: int) -> str:
    return "1. one\n2. two\n3. three"


def every_kind(directory: Path) -> Store:
    """A run in which a stage of every kind has finished."""
    run = openloop.Run(directory)
    run.keep_reference([{"prompt": "1+1=", "completion": "2"}], "real", "rows.jsonl")
    replies = run.sample(models.function(answers), ROWS, k=2)
    items = run.parse(replies, parsing.items("list"))
    run.embed(items, "hashed-32")
    kept = run.select(items, run.score(items, signals.exact("answer")), selection.threshold(accept=True))
    student = run.train(models.simulated(), kept, real=[{"prompt": "1+1=", "completion": "2", "answer": "2"}])
    policy = FakePolicy((0.2, 0.9), (0.2, 0.9), steps=8, held_out=2)
    run.train(student, ROWS, using=policy)  # type: ignore[arg-type]
    run.evaluate(student, [{"prompt": "2+2=", "answer": "4"}])
    return run.store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = every_kind(tmp_path_factory.mktemp("kinds") / "run")
    yield made
    made.close()


def test_the_registry_is_whole() -> None:
    assert list(KINDS) == [stage.kind.name for stage in STAGES]
    assert {"real", "reference", "sample", "parse", "score", "embed", "select", "train", "rollouts", "evaluate"} == set(
        KINDS
    )


def test_what_a_stage_reports_is_what_its_kind_says(store: Store) -> None:
    seen = set()
    for fingerprint in store.finished():
        stage = store.finished_stage(fingerprint)
        hints = get_type_hints(KINDS[stage.kind].result, include_extras=True)
        needed = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
        assert needed <= stage.result.keys() <= hints.keys(), stage.kind
        seen.add(stage.kind)
    assert seen == set(KINDS)


def test_files_lie_where_the_kind_says(store: Store) -> None:
    for fingerprint in store.finished():
        kind = KINDS[store.finished_stage(fingerprint).kind]
        folder = store.root / kind.folder / fingerprint
        assert folder.is_dir()
        assert bool(list(folder.glob("part-*.parquet"))) == (kind.holds == "rows")


def test_columns_that_may_vary_are_not_canonical(tmp_path: Path) -> None:
    store = every_kind(tmp_path / "run")
    before = canonical(store.root)
    scored = next(f for f in store.finished() if store.finished_stage(f).kind == "score")
    path = store.storage.path(store.part_names(scored)[0].path)
    table = pq.read_table(path)
    place = table.column_names.index("seconds")
    pq.write_table(table.set_column(place, "seconds", pa.array([9.0] * table.num_rows)), path)
    assert canonical(store.root) == before
    store.close()


def test_a_changed_revision_or_record_is_seen(tmp_path: Path) -> None:
    store = every_kind(tmp_path / "run")
    before = canonical(store.root)
    trained = next(f for f in store.finished() if store.finished_stage(f).kind == "train")
    row = store.finished_stage(trained)
    store.finish(replace(row, result=row.result | {"revision": "other"}))
    assert canonical(store.root)[f"train {trained}"] != before[f"train {trained}"]
    store.finish(replace(row, record=row.record | {"seed": 99}))
    assert canonical(store.root)[f"train {trained}"] != before[f"train {trained}"]
    assert json.loads((store.root / "metrics.jsonl").read_text().splitlines()[-1])["stage"] == "train"
    store.close()

"""What two runs are compared by holds the rows of every kind of stage."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import openloop
from openloop.errors import StoreError
from openloop.run.stages import KINDS
from openloop.testing import canonical
from tests.support.every_kind import loop

WITH_ROWS = sorted(name for name, kind in KINDS.items() if kind.holds == "rows")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("loop") / "run"
    run = openloop.Run(directory)
    loop(run)
    run.close()
    return directory


def test_two_runs_of_one_loop_are_equal(directory: Path, tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    loop(run)
    run.close()
    assert canonical(tmp_path / "run") == canonical(directory)
    assert {stage.split()[0] for stage in canonical(directory)} == KINDS.keys()


@pytest.mark.parametrize("kind", WITH_ROWS)
def test_a_row_that_differs_makes_its_stage_differ(directory: Path, kind: str) -> None:
    before = canonical(directory)
    name = next(stage.split()[1] for stage in before if stage.startswith(f"{kind} "))
    file = sorted(directory.glob(f"*/{name}/part-*.parquet"))[-1]
    raw, table = file.read_bytes(), pq.read_table(file)
    swapped = pa.concat_tables([table.slice(1, 1), table.slice(0, 1), table.slice(2)])
    pq.write_table(swapped, file)
    try:
        assert {stage for stage, digest in canonical(directory).items() if digest != before[stage]} == {
            f"{kind} {name}"
        }
    except StoreError as error:  # or the part is not what was committed
        assert name in str(error)
    finally:
        file.write_bytes(raw)

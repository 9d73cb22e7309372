"""Parts as they are read: whole, or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import openloop
from openloop import models
from openloop.errors import StoreError
from tests.support.rows import doubles


def cut(raw: bytes) -> bytes:
    return raw[:200]


def flipped(raw: bytes) -> bytes:
    return raw[:60] + bytes(byte ^ 1 for byte in raw[60:64]) + raw[64:]


@pytest.mark.parametrize("damage", [cut, flipped])
def test_a_damaged_part_is_named_and_made_again_once_it_is_deleted(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    run = openloop.Run(tmp_path / "run")
    before = list(run.sample(models.simulated(), doubles(40)))
    (file,) = (tmp_path / "run" / "candidates").rglob("*.parquet")
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(StoreError, match=r"part-00000\.parquet is damaged \(.*Delete it: `openloop run`"):
        list(run.sample(models.simulated(), doubles(40)))
    file.unlink()
    assert list(run.sample(models.simulated(), doubles(40))) == before

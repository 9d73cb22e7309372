"""The collector of cycles while rows are made."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from openloop.data.collector import collector_paused
from openloop.data.file_rows import file_rows
from openloop.data.recognise import NamedColumns
from openloop.errors import DataError


def test_it_is_paused_inside_and_runs_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), collector_paused():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_file_that_cannot_be_read_leaves_it_on(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"prompt": "a", "completion": "b"}\n{"prompt": "", "completion": "b"}\n')
    with pytest.raises(DataError, match=r"rows.jsonl: line 2: the prompt is empty"):
        file_rows(tmp_path / "rows.jsonl", NamedColumns())
    assert gc.isenabled()

"""Files that users write are imported by their path, and what a worker cannot import does not travel."""

from __future__ import annotations

import pickle
import re
import sys
import types
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, signals
from openloop.errors import RecipeError
from openloop.user_code import can_travel, import_user_file, resolve

SCRIPT = """
from dataclasses import dataclass
import openloop

@dataclass
class Held:
    value: int = 1
    def method(self): return 1

def function(candidate): return True

@openloop.signal
def judge(candidate): return True
"""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """What a script or a notebook defines, while it runs: the module ``__main__``."""
    module = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    exec(SCRIPT, vars(module))
    return module


@pytest.mark.parametrize(
    "value",
    [
        signals.format(pattern="if __name__ == '__main__':.*"),
        {"__main__": ["__main__", b"__main__"]},
        re.compile("__main__"),
        signals.exact(),
        signals.combine(signals.exact(), signals.format()),
        models.simulated(),
        Path("__main__.py"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_text_that_says_main_travels(value: Any) -> None:
    assert can_travel(value)


def test_what_a_user_file_defines_travels(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    mine = import_user_file(tmp_path / "mine.py")
    for value in (mine.judge, mine.function, mine.Held(), mine.Held().method):
        assert can_travel(value)


def test_what_a_script_defines_stays(script: Any) -> None:
    for value in (
        script.function,
        script.Held,
        script.Held(),
        script.Held().method,
        script.judge,
        [1, {"deep": (script.Held(),)}],
        partial(script.function, 1),
        signals.combine(signals.exact(), script.judge),
        models.function(script.function),
    ):
        assert not can_travel(value), value


def test_a_signal_of_a_script_still_pickles_where_it_is_defined(script: Any) -> None:
    assert pickle.loads(pickle.dumps(script.judge)) is script.judge


class Raises:
    def __reduce__(self) -> Any:
        raise RuntimeError("not today")


@pytest.mark.parametrize("value", [lambda c: 1, Raises(), (x for x in "a")], ids=["lambda", "raises", "generator"])
def test_what_does_not_pickle_stays(value: Any) -> None:
    assert not can_travel(value)


def test_a_file_is_imported_once_and_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("loaded = []\n")  # the name of a package says nothing
    first = import_user_file(tmp_path / "json.py")
    assert import_user_file(str(tmp_path / "json.py")) is first and first.loaded == []


def test_two_folders_may_have_helpers_of_one_name(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper_of_both.py").write_text(f"NAME = {name!r}\n")
        (tmp_path / name / "main_file.py").write_text("import helper_of_both\nNAME = helper_of_both.NAME\n")
    found = [import_user_file(tmp_path / name / "main_file.py").NAME for name in ("one", "two")]
    assert found == ["one", "two"]


def test_references_that_name_nothing_are_refused_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("judge = 1\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    for reference, says in (
        ("missing.py:judge", "does not exist"),
        ("mine.py:juge", "did you mean 'judge'"),
        ("broken.py:judge", "ZeroDivisionError"),
        ("json:nothing", "has no 'nothing'"),
        ("exat", "did you mean 'exact'"),
    ):
        with pytest.raises(RecipeError, match=says):
            resolve(reference, base=tmp_path, shipped=signals)
    assert resolve("mine.py:judge", base=tmp_path) == 1
    assert resolve("json:loads", base=tmp_path)("[1]") == [1]
    assert resolve("openloop:signal", base=tmp_path) is openloop.signal


def test_a_file_that_leaves_while_it_is_imported_does_not_end_the_process(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import sys\nsys.exit(0)\n")
    with pytest.raises(RecipeError, match=r"script\.py cannot be imported: SystemExit: 0"):
        import_user_file(tmp_path / "script.py")

"""What changes a fingerprint, and what does not."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import signals
from openloop.errors import IdentityError
from openloop.identity import fingerprint, identity
from openloop.records import Sampling
from openloop.seeds import derive, uniforms
from openloop.user_code import import_user_file


def test_plain_values_are_named_by_their_content() -> None:
    assert fingerprint({"a": 1, "b": [1.5, None]}) == fingerprint({"b": (1.5, None), "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"}) != fingerprint({"a": True})
    assert fingerprint({1, 2, 3}) == fingerprint({3, 2, 1})
    assert fingerprint(float("nan")) == fingerprint(float("nan")) != fingerprint("nan ")


@dataclass(frozen=True)
class Versioned:
    rate: float
    version = "1"


def test_a_dataclass_is_named_by_its_version_and_fields() -> None:
    assert fingerprint(Versioned(0.5)) == fingerprint(Versioned(0.5)) != fingerprint(Versioned(0.6))


def test_a_class_of_openloop_is_named_by_its_room_and_not_by_its_file() -> None:
    assert identity(signals.exact())["class"][0] == "openloop.signals:Exact"  # type: ignore[index,call-overload]
    assert identity(Sampling())["class"][0] == "openloop.records:Sampling"  # type: ignore[index,call-overload]


def test_no_two_classes_of_a_room_share_a_name() -> None:
    """Or two things would have one identity."""
    found: dict[str, list[str]] = {}
    for module in pkgutil.walk_packages(openloop.__path__, "openloop."):
        if module.name.startswith("openloop.sandbox.inside.") or module.name.endswith("__main__"):
            continue  # what runs in a sandbox is imported there only
        for value in vars(importlib.import_module(module.name)).values():
            own = isinstance(value, type) and value.__module__ == module.name
            if own and (is_dataclass(value) or any(hasattr(value, name) for name in ("version", "revision"))):
                room = ".".join(module.name.split(".")[:2])
                found.setdefault(f"{room}:{value.__qualname__}", []).append(module.name)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}
    assert len(found) > 100


class Stateful:
    def __init__(self) -> None:
        self.cache: dict[str, int] = {}


@pytest.mark.parametrize("value", [Stateful(), open, iter([])])
def test_what_has_no_stable_identity_is_an_error_that_names_it(value: Any) -> None:
    with pytest.raises(IdentityError, match=r"options\.thing"):
        identity({"thing": value}, "options")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "helper.py").write_text("LIMIT = 3\n")
    (tmp_path / "mine.py").write_text("import helper\n\ndef check(c):\n    return len(c) < helper.LIMIT\n")
    yield tmp_path
    sys.modules.pop("helper", None)


def named(folder: Path) -> str:
    for name in [n for n in sys.modules if n.startswith("openloop_user_") or n == "helper"]:
        del sys.modules[name]
    return fingerprint(import_user_file(folder / "mine.py").check)


def test_a_function_is_named_by_its_file_and_the_files_beside_it(folder: Path) -> None:
    before = named(folder)
    assert named(folder) == before
    (folder / "helper.py").write_text("LIMIT = 4\n")
    assert named(folder) != before


def test_the_folder_is_no_part_of_the_name(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("elsewhere")
    for file in folder.glob("*.py"):
        (other / file.name).write_text(file.read_text())
    assert named(folder) == named(other)


def test_an_edit_counts_when_the_module_is_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules_of_mine.py").write_text("def check(c): return True\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("rules_of_mine")
    before = fingerprint(module.check)
    (tmp_path / "rules_of_mine.py").write_text("def check(c): return False  # edited\n")
    assert fingerprint(module.check) == before
    assert fingerprint(importlib.reload(module).check) != before


def test_a_closure_is_part_of_its_function() -> None:
    def make(limit: int) -> Any:
        return lambda c: len(c) < limit

    assert fingerprint(make(3)) == fingerprint(make(3)) != fingerprint(make(4))


def test_seeds_and_fingerprints_are_fixed_for_ever() -> None:
    # A stored run is only found again while these stay as they are.
    assert derive("train", 0, 1) == 1961638460501518565
    assert fingerprint({"a": [1, 2.5, None, "é"]}) == "d10f86951f0443079a60cb4cfeaf7a5e"
    first_of_splitmix64 = [0x910A2DEC89025CC1, 0x975835DE1C9756CE]  # of the seeds 1 and 2
    assert uniforms([1, 2], 2)[:, 0].tolist() == [(x >> 11) * 2.0**-53 for x in first_of_splitmix64]


def test_a_comment_a_docstring_or_a_moved_function_renames_nothing(folder: Path) -> None:
    before = named(folder)
    (folder / "mine.py").write_text(
        '"""Mine."""\nimport helper  # beside this file\n\n\ndef check(c):\n'
        '    """Short enough?"""\n    return len(c) < helper.LIMIT\n'
    )
    (folder / "helper.py").write_text("# In characters.\nLIMIT = 3\n")
    assert named(folder) == before
    (folder / "mine.py").write_text("import helper\n\ndef check(c):\n    return len(c) <= helper.LIMIT\n")
    assert named(folder) != before

"""The shape of the package: what imports what, what starts fast, and what is public."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "openloop"
MODULES = sorted(SOURCE.rglob("*.py"))

# From the ground up. A module imports from its own layer and those before it, never from one after it.
LAYERS = [
    {"errors"},
    {"records", "seeds", "identity", "contracts", "filesystem", "references"},
    {"measures", "theory", "data", "layers"},
    {"models", "signals", "selection", "tables", "prompts", "recipe", "export"},
    {"workers", "store", "kept"},
    {"engine"},
    {"stages", "plan"},
    {"handles", "run", "parts", "openness", "loop", "validation", "scoring", "starter", "testing"},
    {"report", "canonical"},
    {"release", "carry_out"},
    {"cli", "__main__", "openloop"},
]
LATE = {("run", "openloop.release")}
"""``Run.export`` reaches for its writer when it is called."""

SHARED = {("models", "openloop.signals.exact")}
"""A simulated model tells a right answer by the same normal form as the exact signal."""


def name_of(path: Path) -> str:
    parts = ["openloop", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def concept_of(module: str) -> str:
    """The top-level piece of the package that a module belongs to."""
    return module.split(".")[1] if "." in module else module


def imports(path: Path) -> Iterator[str]:
    """Every openloop module that a file imports when it is run; what only type checkers see is left out."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("openloop"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("openloop"):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                is_module = (SOURCE.parent / (full.replace(".", "/") + ".py")).exists()
                yield full if is_module or node.module == "openloop" else str(node.module)


def loaded_by(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sorted({{m.partition('.')[0] for m in sys.modules}}))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(shown.stdout.splitlines()[-1].split())


HELP = "from openloop.cli import main\ntry:\n    main(words=['--help'])\nexcept SystemExit:\n    pass"


@pytest.mark.parametrize("code", ["import openloop", HELP])
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    heavy = {"torch", "pandas", "sklearn", "scipy", "pyarrow", "numpy", "transformers", "datasets"}
    assert not loaded_by(code) & heavy


def test_a_run_on_simulated_parts_needs_no_torch() -> None:
    code = "from openloop import models, selection, signals, loop, carry_out, release, validation"
    assert not loaded_by(code) & {"torch", "pandas", "sklearn"}


def test_every_module_has_a_layer() -> None:
    assert {concept_of(name_of(path)) for path in MODULES} == set().union(*LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    level = {concept: i for i, layer in enumerate(LAYERS) for concept in layer}
    mine = concept_of(name_of(path))
    upward = {(mine, used) for used in imports(path) if level.get(concept_of(used), 0) > level[mine]}
    assert upward <= LATE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_models_signals_and_selectors_do_not_import_each_other(path: Path) -> None:
    siblings = {"models", "signals", "selection"}
    mine = concept_of(name_of(path))
    if mine not in siblings:
        return
    others = {(mine, used) for used in imports(path) if concept_of(used) in siblings - {mine}}
    assert others <= SHARED


PACKAGES = [path for path in MODULES if "\n__all__" in path.read_text()]


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_what_a_package_calls_public_exists(path: Path) -> None:
    package = importlib.import_module(name_of(path))
    assert len(package.__all__) == len(set(package.__all__))
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_nothing_but_the_command_line_prints() -> None:
    printing = {
        name_of(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    assert printing <= {"openloop.cli"}


def test_no_module_is_long() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}

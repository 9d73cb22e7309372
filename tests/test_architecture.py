"""The house: what imports what, what is public, what starts in a blink."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest

import openloop

SOURCE = Path(openloop.__file__).parent
HEAVY = {"torch", "pandas", "sklearn", "scipy", "transformers", "datasets"}

# Lower layers first; a module may import its own layer and those below it.
LAYERS = [
    {
        "records",
        "contracts",
        "errors",
        "arrays",
        "seeds",
        "identity",
        "code_form",
        "filesystem",
        "time_limits",
        "verdicts",
        "scoring",
    },
    {"measures", "theory", "data", "user_code", "specs", "model_folder"},
    {"sandbox", "export", "remote"},
    {"models", "signals", "selection", "parsing", "prompting", "training", "evaluation", "embedding"},
    {"run"},
    {"recipe", "auditing"},
    {"report", "testing"},
    {"reproduce"},
    {"cli", "__main__", "__init__"},
]


def layer(module: str) -> int:
    (number,) = [number for number, names in enumerate(LAYERS) if module in names]
    return number


def imports(path: Path) -> set[str]:
    """Names directly under ``openloop`` that a file imports at any level."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "openloop":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("openloop.")}
    return found


FILES = sorted(SOURCE.rglob("*.py"))


def concept(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts
    return parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_run_one_way(path: Path) -> None:
    mine = concept(path)
    for other in imports(path) - {mine}:
        if mine != "__init__":
            assert layer(other) <= layer(mine), f"{mine} may not import {other}"


def test_no_piece_imports_a_siblings_implementation() -> None:
    (concepts,) = [layer for layer in LAYERS if "signals" in layer]
    for folder in concepts:
        for path in (SOURCE / folder).rglob("*.py"):
            assert not imports(path) & (concepts - {folder}), path.name


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_modules_stay_small_and_silent(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300, "look for the concept that is missing"
    calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"]
    assert not calls


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".data",
        ".export",
        ".models",
        ".signals",
        ".selection",
        ".run.store",
        ".testing",
        ".recipe",
        ".auditing",
    ],
)
def test_public_names_exist(name: str) -> None:
    module = importlib.import_module("openloop" + name)
    for public in module.__all__:
        value = getattr(module, public)
        assert not isinstance(value, type | FunctionType) or value.__doc__, f"{public} has no docstring"


@pytest.mark.parametrize(
    "code",
    [
        "import openloop",
        "from openloop.cli import main; main()",
        "import openloop; openloop.Run; openloop.signal",
    ],
)
def test_starting_imports_nothing_heavy(code: str) -> None:
    probe = f"import sys; sys.argv = ['openloop', '--help']\ntry:\n    {code.replace('; ', chr(10) + '    ')}\n"
    probe += "except SystemExit: pass\nprint(sorted(m for m in sys.modules if '.' not in m), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(done.stderr.strip().splitlines()[-1]))
    assert not loaded & HEAVY


def test_the_core_brings_no_torch_and_every_version_is_pinned() -> None:
    import re
    import tomllib

    root = SOURCE.parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    lines = (root / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    for requirement in project["dependencies"] + extras:
        name = re.split(r"[<>=\[ ]", requirement)[0].lower()
        assert name in pinned, f"{name} is not in constraints.txt"
    assert not {"torch", "transformers", "trl"} & {re.split(r"[<>=]", name)[0] for name in project["dependencies"]}


def test_without_torch_the_tiny_model_says_what_to_install() -> None:
    code = "import sys; sys.modules['torch'] = None\nfrom openloop import models\nmodels.tiny()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "InputError" in done.stderr and "[train]'" in done.stderr


def test_a_worker_sets_its_threads_before_anything_counts_them() -> None:
    """Two workers of two threads each stall on two cores: numpy must not be there before `serve` has said one."""
    code = (
        "import sys, openloop.run.engine.workers; print([name for name in ('numpy', 'scipy') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"

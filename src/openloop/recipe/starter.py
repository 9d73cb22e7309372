"""The folders that `openloop init` creates: recipes that run as they are, offline and without torch."""

from __future__ import annotations

import json
from pathlib import Path

from openloop import filesystem
from openloop.errors import InputError, nearest

_RECIPE = """\
# Three rounds of training a model on its own answers: as they come (closed), or only those that a verifier accepts
# (verified). The model is simulated, so this runs in seconds and needs no torch. Then make it yours.
#
#   openloop validate recipe.yaml     check it, without spending anything
#   openloop plan recipe.yaml         what it would compute, and what that costs
#   openloop run recipe.yaml          run it; after an interruption the same command resumes
name: {name}
model: {{use: simulated, error: 0.4, systematic: 0.6, spread: 0.4}}
real: questions.jsonl
test: test.jsonl
rounds: 3
seeds: [0, 1, 2, 3]
sampling: {{k: 4}}
evaluate: exact:answer
workers: 0

arms:
  closed: {{}}
  verified:
    signals: {{plausible: signals.py:plausible}}
    select: {{use: threshold, accept: true}}
"""

_SIGNALS = '''\
"""Your verifiers. Return True or False, a number, or None to abstain."""

from openloop import signal


@signal(
    kind="hard",
    depends_on={"a program that adds"},
    accepts=[("2 + 3 =", "5")],
    rejects=[("2 + 3 =", "6"), ("2 + 3 =", "")],
)
def plausible(candidate):
    """The completion is the sum of the two numbers in the prompt."""
    a, _, b, _ = candidate.prompt.split()
    return candidate.completion.strip(" .") == str(int(a) + int(b))
'''


TEMPLATES = {
    "loop": "three rounds of training, with a verifier of your own",
    "instructions": "new instructions and answers from forty real rows",
    "reasoning": "several answers per question, an exact check, a pass-rate filter",
    "code": "programs that must pass their tests, and pass@k",
    "judge": "a language model as judge, and how good it is",
    "finetune": "three ways to train a small Hugging Face model, compared",
}
"""Name → what it shows. All but the first are the examples of these names."""


def make_starter(folder: Path, template: str = "loop") -> list[Path]:
    """Write the starter files into a new folder; returns them."""
    if template not in TEMPLATES:
        raise InputError(f"--template {template!r}: {nearest(template, TEMPLATES)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not empty. Name a new folder.")
    name = folder.resolve().name
    files = _loop(name) if template == "loop" else _example(template, name)
    for name, text in files.items():
        filesystem.write_text(folder / name, text)
    return [folder / name for name in files]


def _loop(name: str) -> dict[str, str]:
    return {
        "recipe.yaml": _RECIPE.format(name=name),
        "signals.py": _SIGNALS,
        "questions.jsonl": _questions(range(15)),
        "test.jsonl": _questions(range(15, 30)),
    }


def _example(template: str, name: str) -> dict[str, str]:
    """The files of an example, its recipe renamed. They are in the package, or next to it in a working copy."""
    package = Path(__file__).parents[1]
    places = (package / "templates" / template, package.parents[1] / "examples" / template)
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        raise InputError(f"--template {template!r}: its files are missing from this installation. Reinstall openloop.")
    files = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"runs", "__pycache__"} & set(path.relative_to(folder).parts)
    }
    recipe = files["recipe.yaml"].replace(f"\nname: {template}\n", f"\nname: {json.dumps(name)}\n")
    return files | {"recipe.yaml": recipe.replace(f"runs/{template}", f"runs/{name}")}


def _questions(numbers: range) -> str:
    return "".join(f'{{"prompt": "{a} + {b} =", "answer": "{a + b}"}}\n' for a in numbers for b in numbers)

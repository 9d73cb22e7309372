"""The folder that `openloop init` makes: a loop that runs at once, without torch, and a signal to edit."""

from __future__ import annotations

from pathlib import Path

from openloop import filesystem
from openloop.errors import InputError

_RECIPE = """\
# A loop on a simulated model: it runs in a second and needs nothing installed. Then make it yours:
#   openloop validate recipe.yaml     what is wrong, before anything is spent
#   openloop plan recipe.yaml         what would be computed
#   openloop run recipe.yaml          do it; the same command goes on after an interruption
name: {name}
model: {{use: simulated, error: 0.4, systematic: 0.5, spread: 0.3}}
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
"""Your signals: what judges candidates. Return True or False, a number, or None to abstain."""

from openloop import signal


@signal(
    kind="hard",
    depends_on={"a program that adds"},
    accepts=[("2 + 3 =", "5")],
    rejects=[("2 + 3 =", "6"), ("2 + 3 =", "")],
)
def plausible(candidate):
    """The completion is the sum of the two numbers of its prompt."""
    a, _, b, _ = candidate.prompt.split()
    return candidate.completion.strip(" .") == str(int(a) + int(b))
'''


def make_starter(folder: Path) -> list[Path]:
    """Write the starter files into a new folder; returns them."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not empty; name a new folder.")
    files = {
        "recipe.yaml": _RECIPE.format(name=folder.resolve().name),
        "signals.py": _SIGNALS,
        "questions.jsonl": _questions(range(15)),
        "test.jsonl": _questions(range(15, 30)),
    }
    for name, text in files.items():
        filesystem.write_text(folder / name, text)
    return [folder / name for name in files]


def _questions(numbers: range) -> str:
    return "".join(f'{{"prompt": "{a} + {b} =", "answer": "{a + b}"}}\n' for a in numbers for b in numbers)

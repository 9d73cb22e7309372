"""Prompts that show real rows and ask for new ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from openloop import prompting
from openloop.contracts import Maker
from openloop.data import from_rows, prompts
from openloop.errors import InputError
from openloop.testing import check_maker

ROWS = [{"prompt": f"Do {i}: {{{{ x }}}} {{% raw %}}", "completion": f'say "{i}"', "kind": "k"} for i in range(10)]
IDS = [prompt.id for prompt in prompts(from_rows(ROWS))]


@pytest.mark.parametrize(
    "maker",
    [prompting.in_context(task="Write tasks."), prompting.in_context(task="x", demos=5, new=1, condition="short")],
)
def test_it_keeps_the_contract(maker: Maker) -> None:
    check_maker(maker)


def test_a_prompt_shows_its_rows_and_says_which() -> None:
    maker = prompting.in_context(
        task="Write tasks.",
        condition="In French.",
        demos=3,
        new=20,
        fields={"instruction": "prompt", "response": "completion"},
    )
    made = prompting.make(maker, ROWS, count=10, seed=5).load()
    for prompt in made:
        text = str(prompt.content)
        shown = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        rows = [ROWS[IDS.index(name)] for name in prompt.row["demos"]]
        assert shown == [{"instruction": row["prompt"], "response": row["completion"]} for row in rows]
        assert text.startswith("Write tasks.\n\nIn French.\n\n") and "Write 20 new ones" in text
        assert '"instruction", "response"' in text
    used = Counter(name for prompt in made for name in prompt.row["demos"])
    assert set(used.values()) == {3} and len(used) == 10


def test_another_seed_shows_other_rows() -> None:
    maker = prompting.in_context(task="Write tasks.")
    one, other = (prompting.make(maker, ROWS, seed=seed) for seed in (0, 1))
    assert one.fingerprint != other.fingerprint
    assert [p.row for p in one.load()] != [p.row for p in other.load()]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: prompting.in_context(task=" "), "task must say"),
        (lambda: prompting.in_context(task="x", demos=0), "at least 1"),
        (lambda: prompting.in_context(task="x", fields={}), "at least one column"),
        (
            lambda: prompting.make(prompting.in_context(task="x", demos=11), ROWS, count=1).load(),
            "needs at least as many real rows",
        ),
        (
            lambda: prompting.make(prompting.in_context(task="x", fields={"a": "promt"}), ROWS).load(),
            "mean 'prompt'",
        ),
    ],
)
def test_wrong_options_are_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()

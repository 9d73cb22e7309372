"""Prompts made of a task and real rows, from templates, or of nothing but a prefix."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop import prompting
from openloop.data import from_rows, prompts
from openloop.errors import InputError
from openloop.seeds import even_draws
from openloop.testing import check_maker

ROWS = [{"prompt": f"Do {i}: {{{{ x }}}} {{% raw %}}", "completion": f'say "{i}"', "kind": "k"} for i in range(10)]
IDS = [prompt.id for prompt in prompts(from_rows(ROWS))]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**40), st.integers(0, 30), st.integers(0, 30))
def test_rows_are_drawn_evenly_and_without_repeats(n: int, each: int, seed: int, start: int, count: int) -> None:
    each = min(n, each)
    drawn = even_draws(n, each, seed, 0, start + count)
    assert all(len(set(row)) == each for row in drawn.tolist())
    used = np.bincount(drawn.ravel(), minlength=n)
    assert used.max(initial=0) - used.min() <= 1 or not drawn.size
    assert np.array_equal(even_draws(n, each, seed, start, count), drawn[start:])


@pytest.mark.parametrize(
    "maker",
    [
        prompting.in_context(task="Write tasks."),
        prompting.in_context(task="x", demos=5, new=1, condition="short"),
        prompting.template("Q: {{ prompt }}"),
        prompting.template(messages=[{"role": "user", "content": "{{ prompt }}!"}]),
        prompting.prefix(),
    ],
)
def test_every_maker_keeps_the_contract(maker: object) -> None:
    check_maker(maker)  # type: ignore[arg-type]


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


def test_braces_in_data_are_data() -> None:
    made = prompting.make(prompting.template("{{ prompt }} | {{ kind }}"), ROWS[:1]).load()
    assert made[0].content == "Do 0: {{ x }} {% raw %} | k"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% for %}", "template's line 1"),
        ("{{ prompt.__class__.__mro__ }}", "access to attribute '__class__'|unsafe"),
        ("{{ [].append(1) }}{{ cycler.__init__.__globals__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ range(1000000000) | list }}", "Range too big"),
    ],
)
def test_a_wrong_or_hostile_template_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        prompting.make(prompting.template(text), ROWS).load()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: prompting.in_context(task=" "), "task must say"),
        (lambda: prompting.in_context(task="x", demos=0), "at least 1"),
        (lambda: prompting.in_context(task="x", fields={}), "at least one column"),
        (
            lambda: prompting.make(prompting.in_context(task="x", demos=11), ROWS, count=1).load(),
            "needs as many real rows",
        ),
        (
            lambda: prompting.make(prompting.in_context(task="x", fields={"a": "promt"}), ROWS).load(),
            "mean 'prompt'",
        ),
        (lambda: prompting.template(""), "either a text or messages"),
        (lambda: prompting.template(messages=[{"role": "user"}]), "needs a role and a content"),
        (lambda: prompting.prefix(" "), "how a conversation begins"),
        (lambda: prompting.prefix(system="x"), "give tokenizer too"),
    ],
)
def test_wrong_options_are_refused(make: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()  # type: ignore[operator]


def test_bare_prefixes_are_told_apart() -> None:
    made = prompting.make(prompting.prefix(), count=5, start=3).load()
    assert {prompt.content for prompt in made} == {"User: "} and len({prompt.id for prompt in made}) == 5

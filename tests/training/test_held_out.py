"""Prompts that are held out: which, how many, and that nothing is asked on both sides."""

from __future__ import annotations

import pytest

from openloop.errors import InputError
from openloop.records import Prompt
from openloop.training.held_out import set_aside


def asked(*texts: str) -> list[Prompt]:
    return [Prompt(f"p{i}", text) for i, text in enumerate(texts)]


def test_the_seed_decides_and_all_prompts_are_on_one_side() -> None:
    prompts = asked(*(f"say {i}" for i in range(50)))
    train, aside = set_aside(prompts, 10, 8, seed=1)
    assert len(aside) == 10 and {p.id for p in train} | {p.id for p in aside} == {p.id for p in prompts}
    assert not {p.id for p in train} & {p.id for p in aside}
    assert set_aside(prompts, 10, 8, seed=1) == (train, aside)
    assert set_aside(prompts, 10, 8, seed=2)[1] != aside
    assert set_aside(prompts, 0, 8, seed=1) == (prompts, [])


def test_a_prompt_that_comes_twice_is_held_out_with_its_copies() -> None:
    prompts = asked(*["same"] * 30, *(f"say {i}" for i in range(10)))
    for seed in range(20):
        train, aside = set_aside(prompts, 5, 2, seed)
        assert not {p.content for p in train} & {p.content for p in aside}
        assert len({p.content for p in aside}) == len(aside) == 5


def test_too_few_different_prompts_are_refused_with_their_number() -> None:
    with pytest.raises(InputError, match="1 different prompts are too few: 2 are held out, and a step asks 3 others"):
        set_aside(asked(*["same"] * 30), 2, 3, seed=0)
    with pytest.raises(InputError, match="0 different prompts"):
        set_aside([], 0, 1, seed=0)

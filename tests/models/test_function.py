"""A Python function as a model."""

from __future__ import annotations

import pytest

from openloop import models
from openloop.errors import ContractError, InputError
from openloop.records import Completion, Content, Prompt, Sampling
from openloop.testing import check_model

CHAT = [Prompt("c", [{"role": "user", "content": "hello"}])]


def echo(prompt: Content, seed: int) -> str:
    return f"{prompt} {seed % 7}"


def test_it_keeps_the_contract() -> None:
    check_model(models.function(echo))


def test_a_chat_is_answered_by_a_turn_and_a_completion_is_taken_as_it_is() -> None:
    ((answer,),) = models.function(lambda prompt, seed: "hi").sample(CHAT, 1, Sampling())
    assert answer.content == [{"role": "assistant", "content": "hi"}]
    whole = Completion("hi", finish="length")
    ((answer,),) = models.function(lambda prompt, seed: whole).sample(CHAT, 1, Sampling())
    assert answer == whole


def test_greedy_sampling_asks_with_seed_0() -> None:
    assert models.function(echo).sample([Prompt("p", "x")], 2, Sampling(temperature=0))[0] == [Completion("x 0")] * 2


def test_what_is_not_a_function_or_not_an_answer_is_refused() -> None:
    with pytest.raises(InputError, match="needs a function of a prompt and a seed"):
        models.function("answer")  # type: ignore[arg-type]
    with pytest.raises(ContractError, match="must return text or a Completion, got 4"):
        models.function(lambda prompt, seed: 4, name="four").sample(CHAT, 1, Sampling())  # type: ignore[arg-type,return-value]

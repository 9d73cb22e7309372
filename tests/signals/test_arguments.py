"""What a function that judges is called with, by the names of its parameters."""

from __future__ import annotations

from typing import Any

import pytest

from openloop.errors import InputError
from openloop.records import Candidate, Outcome
from tests.support.toy_signals import candidates, made, outcome

CHAT = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "4"}]


def value(function: Any, completion: Any = "4", **row: Any) -> float | None:
    return made(function).score(candidates(completion, **row))[0].value


def test_parameters_name_fields_and_columns() -> None:
    def right(completion: str, answer: str) -> bool:
        return completion == answer

    assert value(right, answer="4") == 1.0 and value(right, answer="5") == 0.0


def test_one_argument_is_the_candidate_unless_it_is_called_completion_or_prompt() -> None:
    assert value(lambda c: c.completion == "4") == 1.0
    assert value(lambda completion: completion == "4") == 1.0
    assert value(lambda prompt: prompt == "2+2=") == 1.0
    assert value(lambda row: row["answer"] == "4", answer="4") == 1.0
    assert value(lambda candidate, most=3: len(candidate.completion) < most) == 1.0


def test_completion_and_prompt_are_text_of_messages_too() -> None:
    (verdict,) = made(lambda completion, prompt: completion == "4" and "2+2=" in prompt).score(
        candidates(CHAT, prompt=[{"role": "user", "content": "2+2="}])
    )
    assert verdict.value == 1.0


def test_a_default_stands_in_for_a_column_that_a_row_lacks() -> None:
    def short(completion: str, most: int = 3) -> bool:
        return len(completion) <= most

    assert value(short) == 1.0 and value(short, most=0) == 0.0


def test_all_other_columns_come_by_double_star() -> None:
    assert value(lambda completion, **columns: sorted(columns) == ["a", "b"], a=1, b=2) == 1.0


def test_positional_only_and_whole_candidates() -> None:
    def mixed(completion: str, /, candidate: Candidate, *, answer: str) -> bool:
        return completion == candidate.completion == answer

    assert value(mixed, answer="4") == 1.0


def test_a_wrong_column_is_an_error_that_names_those_there_are() -> None:
    (verdict,) = made(lambda completion, anwser: True).score(candidates("4", answer="4", level=2))
    assert outcome(verdict) == (None, "error", "no_column") and verdict.outcome is Outcome.ERROR
    assert verdict.detail == "the row has no 'anwser', did you mean 'answer'? It has: answer, level"


def test_several_arguments_do_not_fit_a_whole_prompt() -> None:
    with pytest.raises(InputError, match="takes several arguments"):
        made(lambda completion, answer: True, scope="prompt")

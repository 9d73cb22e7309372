"""The gold answer of each row as a model."""

from __future__ import annotations

import pytest

from openloop import models
from openloop.contracts import Sourced
from openloop.errors import InputError
from openloop.records import Prompt, Sampling


def test_it_answers_with_a_column_and_says_that_it_depends_on_it() -> None:
    oracle = models.oracle("gold")
    drawn = oracle.sample([Prompt("p", "q", {"gold": 4}), Prompt("r", "q", {"gold": "5"})], 2, Sampling())
    assert [[c.content for c in group] for group in drawn] == [["4", "4"], ["5", "5"]]
    assert isinstance(oracle, Sourced) and oracle.depends_on == {"row.gold"}


def test_a_row_without_gold_is_refused() -> None:
    with pytest.raises(InputError, match="oracle: a row has no 'answer'; it has: gold"):
        models.oracle().sample([Prompt("p", "q", {"gold": 4})], 1, Sampling())

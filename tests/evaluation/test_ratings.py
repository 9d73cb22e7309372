"""A frozen judge's ratings of several models, from a run to shares."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop import models, signals
from openloop.errors import InputError
from openloop.evaluation import ItemResults, rating_shares

ROWS = [{"prompt": f"what is {i}?", "answer": f"it is {i}"} for i in range(40)]


def judge(prompt: Any, seed: int) -> str:
    """Rates an answer by how long it is, and by the row a little."""
    text = str(prompt)
    return f"[[{min(10, 3 + text.count('!') + len(text) % 2)}]]"


def answering(marks: int) -> Any:
    def answer(prompt: Any, seed: int) -> str:
        return f"{prompt}{'!' * marks}"

    return models.function(answer, name=f"answers with {marks}")


def test_mean_ratings_by_a_rubric_become_shares(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    rates = signals.rubric(models.function(judge, name="judge"), reference="answer")
    found = {name: run.evaluate(answering(marks), ROWS, rates) for name, marks in (("short", 1), ("long", 2))}
    means = {name: mine.estimates["mean value"] for name, mine in found.items()}
    assert all(mine.low is not None for mine in means.values())
    shares = rating_shares({name: mine.items() for name, mine in found.items()})
    odds = math.exp(means["long"].value - means["short"].value)
    assert shares["long"].value == pytest.approx(odds / (1 + odds)) and shares["long"].value > 0.5
    run.close()


def items(prompts: str, *values: float) -> ItemResults:
    return ItemResults(list(prompts), {"mean value": np.array(values)})


def test_prompts_are_matched_by_name_and_several_answers_are_one_item() -> None:
    one, other = items("aabc", 4.0, 6.0, 3.0, 1.0), items("cba", 1.0, 3.0, 5.0)
    shares = rating_shares({"one": one, "other": other})
    assert shares["one"].value == pytest.approx(0.5) and shares["one"].n == 3


def test_prompts_that_one_model_lacks_are_counted() -> None:
    shares = rating_shares({"one": items("abc", 1, 2, 3), "other": items("abd", 1, 2, 3)})
    assert (shares["one"].n, shares["one"].n_unscored) == (2, 2)


def test_what_cannot_be_compared_says_so() -> None:
    with pytest.raises(InputError, match="at least two"):
        rating_shares({"one": items("a", 1)})
    with pytest.raises(InputError, match="no prompt is rated for every model"):
        rating_shares({"one": items("a", 1), "other": items("b", 1)})
    with pytest.raises(InputError, match="did you mean 'mean value'"):
        rating_shares({"one": items("a", 1), "other": items("a", 1)}, "mean vlaue")

"""A table of probabilities as a model: the laws of recursion hold for it as they stand."""

from __future__ import annotations

from collections import Counter

import pytest

from openloop import models
from openloop.errors import InputError
from openloop.records import Example, Prompt, Sampling

PROMPTS = [Prompt(f"p{i}", f"question {i}") for i in range(3000)]


def test_it_samples_its_table_and_forgets_what_it_does_not_see() -> None:
    model = models.categorical(table={"a": 0.7, "b": 0.2, "c": 0.1})
    drawn = Counter(c.content for g in model.sample(PROMPTS, 10, Sampling()) for c in g)
    assert drawn["a"] / 30_000 == pytest.approx(0.7, abs=0.012)
    cold = Counter(c.content for g in model.sample(PROMPTS, 10, Sampling(temperature=0.5)) for c in g)
    assert cold["a"] / 30_000 == pytest.approx(0.49 / 0.54, abs=0.012)
    nucleus = {c.content for g in model.sample(PROMPTS, 1, Sampling(top_p=0.85)) for c in g}
    assert nucleus == {"a", "b"}
    assert dict(model.fit([Example("q", "a"), Example("q", "c")]).table) == {"a": 0.5, "c": 0.5}


@pytest.mark.parametrize("table", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}])
def test_what_is_not_a_distribution_is_refused(table: dict[str, float]) -> None:
    with pytest.raises(InputError, match="at least 0 and sum to 1"):
        models.categorical(table=table)

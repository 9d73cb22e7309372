"""Models compared by a frozen judge's ratings of their answers: each one's mean rating, and its share of a softmax."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from openloop.errors import InputError
from openloop.evaluation.answers import MEAN
from openloop.evaluation.items import ItemResults
from openloop.measures.rating_shares import softmax_shares
from openloop.records import Estimate


def rating_shares(
    models: Mapping[str, ItemResults], name: str = MEAN, *, temperature: float = 1.0, level: float = 0.95
) -> dict[str, Estimate]:
    """Each model's share of the softmax over the models' mean ratings, with its interval (see ``softmax_shares``).

    ``models``: per-item results by the model's name (``run.evaluate(...).items()``), of one judge on one test.
    ``name``: of the estimate that holds the ratings. Several answers to a prompt count as their mean. Prompts that
    are not rated for every model are left out, and counted in ``n_unscored``. Raises InputError.
    """
    if len(models) < 2:
        raise InputError(f"rating_shares: needs at least two models to compare, got {len(models)}.")
    held = {model: items.by_prompt(name) for model, items in models.items()}
    prompts = sorted(set().union(*held.values()))
    shared = [prompt for prompt in prompts if all(prompt in mine for mine in held.values())]
    if not shared:
        raise InputError(f"rating_shares: no prompt is rated for every model in {name!r}; evaluate all on one test.")
    ratings = {
        model: np.array([mine.get(prompt, np.nan) for prompt in prompts], dtype=np.float64)
        for model, mine in held.items()
    }
    return softmax_shares(ratings, temperature, level)

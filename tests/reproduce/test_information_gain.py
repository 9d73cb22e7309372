"""Information gain: what is said of it follows the numbers."""

from __future__ import annotations

import pytest

from openloop.reproduce.base import Claim
from openloop.reproduce.information_gain import WAYS, claims, heard, measured, noisy

FOUND = {way: [measured(way, seed) for seed in range(40)] for way in WAYS}
ONLY = [heard(seed, only_by_hearing=True) for seed in range(30)]
MORE = [heard(seed, only_by_hearing=False) for seed in range(30)]
NOISE = [noisy(seed) for seed in range(5)]


def made(change: dict[str, float] | None = None, **given: object) -> list[Claim]:
    """The claims; ``change`` adds to numbers of every model."""
    found = {way: [{name: e[name] + (change or {}).get(name, 0) for name in e} for e in FOUND[way]] for way in WAYS}
    return claims(found, **{"only": ONLY, "more": MORE, "noise": NOISE} | given)  # type: ignore[arg-type]


def verdicts(change: dict[str, float] | None = None, **given: object) -> list[str]:
    return [one.verdict for one in made(change, **given)]


def test_verdicts_as_measured() -> None:
    assert verdicts() == ["true under a stated condition", "false", *["reproduced"] * 4, "false"]


def test_it_is_the_lower_bound_unless_completions_depend_on_more_than_is_heard() -> None:
    assert all(abs(h - p) < 1e-9 for h, p in ONLY) and all(p < h for h, p in MORE)
    assert verdicts(more=ONLY)[0] == "reproduced"
    assert verdicts(only=MORE)[0] == "false"
    assert "lies above it" in made(more=[(p, h) for h, p in MORE])[0].reason


@pytest.mark.parametrize(
    ("change", "place", "becomes"),
    [
        ({"low": 9.0, "high": 9.0}, 1, "reproduced"),  # intervals that miss: hard to estimate indeed
        ({"exact_of_model": -9.0}, 2, "false"),
        ({"bound": 9.0}, 3, "false"),
        ({"exact_of_model": -9.0}, 4, "false"),
        ({"cut_entropy": 99.0}, 5, "false"),
    ],
)
def test_other_numbers_give_other_verdicts(change: dict[str, float], place: int, becomes: str) -> None:
    assert verdicts(change)[place] == becomes


def test_rows_that_get_better_as_the_gain_grows_would_bear_the_paper_out() -> None:
    better = [[(gain, 1 - right) for gain, right in path] for path in NOISE]
    assert verdicts(noise=better)[6] == "reproduced"

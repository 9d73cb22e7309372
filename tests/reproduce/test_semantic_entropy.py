"""Semantic entropy of listed tasks: what is said of it follows the numbers."""

from __future__ import annotations

import math

import numpy as np

from openloop.records import Estimate
from openloop.reproduce.semantic_entropy import MODELS, SHOWN, THRESHOLDS, by_threshold, claims, counted, entropies

FOUND = {(name, shown): entropies(name, shown, 60) for name in MODELS for shown in SHOWN}
FALLING = {(name, shown): entropies(next(iter(MODELS)), shown, 60) for name in MODELS for shown in SHOWN}
RISING = {(name, shown): FOUND["copies topics", shown] for name in MODELS for shown in SHOWN}
BY_THRESHOLD = by_threshold(12)
ERRORS = [counted(seed, 60) for seed in range(12)]


def verdicts(found: object = FOUND, thresholds: object = BY_THRESHOLD, errors: object = ERRORS) -> list[str]:
    return [one.verdict for one in claims(found, thresholds, errors)]  # type: ignore[arg-type]


def test_verdicts_as_measured() -> None:
    condition = "true under a stated condition"
    assert verdicts() == ["reproduced", condition, "undecided", "false", "false", "reproduced", "false"]


def test_demonstrations_that_always_lower_it_would_reproduce_the_table_and_such_that_raise_it_refute_it() -> None:
    assert verdicts(FALLING)[1] == "reproduced" and verdicts(RISING)[1] == "false"


def test_replies_that_hardly_differ_would_show_the_published_fall() -> None:
    steady = {key: values.mean() + 0.1 * (values - values.mean()) for key, values in FOUND.items()}
    assert verdicts(steady)[2] == "reproduced"


def test_a_threshold_that_changes_nothing_would_make_it_one_number() -> None:
    assert BY_THRESHOLD[0].value > 2.9 and min(e.value for e in BY_THRESHOLD) < 1.3
    assert verdicts(thresholds=[Estimate(1.0, None, None, 0.95, 9)] * len(THRESHOLDS))[3] == "reproduced"


def test_errors_decide_what_is_said_of_counting() -> None:
    none = [dict.fromkeys(ERRORS[0], 0.01 * math.cos(i)) for i in range(12)]
    assert verdicts(errors=none)[4:6] == ["reproduced"] * 2
    far = [{**each, "corrected": each["counted"]} for each in ERRORS]
    assert verdicts(errors=far)[5] == "false"
    alike = [{**each, "unequal": each["equal"]} for each in ERRORS]
    assert verdicts(errors=alike)[6] == "reproduced"


def test_entropies_lie_between_one_meaning_and_twenty() -> None:
    values = np.concatenate(list(FOUND.values()))
    assert values.min() > 0 and values.max() <= math.log(20)

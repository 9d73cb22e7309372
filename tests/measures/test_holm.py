"""Several p-values judged together."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.measures.holm import holm


def test_each_is_multiplied_by_what_is_left() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})


def test_names_may_be_anything_that_names_and_their_order_stays() -> None:
    assert list(holm({2: 0.5, 1: 0.1})) == [2, 1] and holm({}) == {}


def test_no_family_has_more_false_alarms_than_one_test() -> None:
    p = np.random.default_rng(0).random((4000, 10))
    alone = float((p.min(axis=1) < 0.05).mean())
    together = float(np.mean([min(holm(dict(enumerate(row))).values()) < 0.05 for row in p.tolist()]))
    assert alone > 0.35 and 0.035 < together < 0.06

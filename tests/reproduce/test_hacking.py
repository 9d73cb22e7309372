"""Reward hacking: the order of learning and what mends it follow the worlds that are looked at."""

from __future__ import annotations

import numpy as np

from openloop.reproduce.hacking import SETTINGS, of_accuracy, of_order
from openloop.theory.reward_hacking import learning

CONDITION = "true under a stated condition"
HACKED_FOR_EVER, MENDED_LATER, NEVER_HACKED = (0.9, 2.0, 0.7), (0.6, 2.0, 1.5), (0.3, 0.1, 1.5)


def test_the_order_and_the_end_depend_on_the_worlds() -> None:
    assert [one.verdict for one in of_order(SETTINGS)] == [CONDITION, CONDITION]
    assert [one.verdict for one in of_order([HACKED_FOR_EVER])] == ["reproduced", "reproduced"]
    assert [one.verdict for one in of_order([MENDED_LATER])] == ["reproduced", "false"]
    assert [one.verdict for one in of_order([NEVER_HACKED])] == [CONDITION, "undecided"]


def test_accuracies_swapped_refute_both() -> None:
    times = np.array([0.0, 50.0])
    hacked, mended = learning(0.9, 2.0, 0.7, times), learning(0.0, 2.0, 0.7, times)
    assert [one.verdict for one in of_accuracy(hacked, mended)] == ["reproduced", "reproduced"]
    assert [one.verdict for one in of_accuracy(mended, hacked)] == ["false", "false"]

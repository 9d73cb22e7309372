"""Random keeps its share, whatever the verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import selection
from openloop.errors import InputError
from tests.selection.pools import CHECKED


def test_random_keeps_its_share_whatever_the_verdicts() -> None:
    assert len(selection.random(n=3).select(CHECKED).kept) == 3
    assert set(selection.random(rate=0.0).select(CHECKED).dropped.values()) == {"not_drawn"}


@pytest.mark.parametrize("options", [{}, {"rate": 0.5, "n": 3}, {"rate": 1.5}, {"n": -1}])
def test_a_share_or_a_number_but_not_both(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"random: (give either|rate must|n must)"):
        selection.random(**options)

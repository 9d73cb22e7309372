"""Limit keeps the first rows and calls the others surplus."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import selection
from openloop.errors import InputError
from tests.selection.pools import CHECKED


def test_a_limit_keeps_the_first_and_calls_the_others_surplus() -> None:
    chosen = selection.limit(2).select(CHECKED)
    assert chosen.kept == ("c0", "c1") and set(chosen.dropped.values()) == {"surplus"}
    assert len(selection.limit(99).select(CHECKED).kept) == 6 and selection.limit(0).select(CHECKED).kept == ()
    both = selection.chain(selection.threshold(at=0.5), selection.limit(1)).select(CHECKED)
    assert both.kept == ("c0",) and both.dropped["c3"] == "surplus" and len(both.dropped) == 5


@pytest.mark.parametrize("n", [-1, 1.5])
def test_a_limit_is_a_whole_number(n: Any) -> None:
    with pytest.raises(InputError, match="limit: n must be a whole number"):
        selection.limit(n)

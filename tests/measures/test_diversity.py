"""How different texts are."""

from __future__ import annotations

import pytest

from openloop.errors import DataError
from openloop.measures.diversity import distinct_share


def test_different_texts_over_all() -> None:
    assert distinct_share(["a", "a", "b", "c"]) == 0.75
    assert distinct_share(["a"] * 5) == 0.2 and distinct_share(iter("abcde")) == 1.0
    with pytest.raises(DataError, match="at least one text"):
        distinct_share([])

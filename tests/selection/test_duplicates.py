"""The first of the rows that say the same is kept."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.testing import check_selector
from tests.selection.pools import pool_of

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"


def test_it_keeps_the_contract() -> None:
    check_selector(selection.duplicates())


def test_duplicates_keep_the_first() -> None:
    pool = pool_of("Yes.", "Yes.", "Yes. ", LONG, f"{LONG} end", prompts=["p", "q", "p", "r", "s"])
    assert selection.duplicates().select(pool).dropped == {"c2": "duplicate", "c4": "near_duplicate"}
    assert selection.duplicates(near=False).select(pool).dropped == {"c2": "duplicate"}
    assert selection.duplicates(near=False, of="completion").select(pool).dropped == {
        "c1": "duplicate",
        "c2": "duplicate",
    }


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="of must be 'row' or 'completion'"):
        selection.duplicates(of="prompt")  # type: ignore[arg-type]

"""Rows about programming are dropped, by keywords."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.selection.coding import Coding
from openloop.testing import check_selector
from tests.selection.pools import pool_of


def test_it_keeps_the_contract() -> None:
    check_selector(selection.coding())


@pytest.mark.parametrize(
    ("selector", "text", "reason"),
    [
        (selection.coding(), "Use a Python loop", "coding:python"),
        (selection.coding(keywords=["loop"]), "Use a Python loop", "coding:loop"),
        (selection.coding(), "Bread needs flour", None),
    ],
)
def test_a_reason_for_every_drop(selector: Coding, text: str, reason: str | None) -> None:
    assert selector.select(pool_of(text)).dropped.get("c0") == reason


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="keywords must be a list of texts"):
        selection.coding(keywords=[])

"""The items that a reply lists."""

from __future__ import annotations

import pytest

from openloop.data.listed_items import listed_items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Here are two:\n1. red\n2) blue\nThat is all.", ["red", "blue"]),
        ("- red\n  and dark\n- blue", ["red and dark", "blue"]),
        ("1. 赤い花\n2、青い花\n・白い花", ["赤い花", "青い花", "白い花"]),
        ("red\n\nblue\n", ["red", "blue"]),
        ('Sure:\n["red", "blue", ""]', ["red", "blue"]),
        ('[{"instruction": "red", "output": "r"}, {"n": 1, "instruction": "blue"}]', ["red", "blue"]),
        ("[not json]\n* a", ["a"]),
        ("2024 was good\n3.5 is a number", ["2024 was good", "3.5 is a number"]),
        ("", []),
    ],
)
def test_items_are_read_as_lists_are_written(text: str, items: list[str]) -> None:
    assert listed_items(text) == items

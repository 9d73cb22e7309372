"""How a row is written when it is hashed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openloop.data import content_id
from openloop.data.canonical import canonical, canonical_text


@given(st.text(st.characters(codec=None), max_size=20))  # lone surrogates included
def test_a_row_of_one_text_is_written_as_any_row(text: str) -> None:
    assert canonical_text("prompt", text) == canonical({"prompt": text})


def test_prompts_that_say_the_same_have_one_id() -> None:
    assert content_id("1 + 1 =") == "9207879b7ef71946"
    assert content_id("1 + 1 =") != content_id("1 + 2 =")

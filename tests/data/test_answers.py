"""The answer that a completion gives."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openloop.data.answers import after_mark, final_answer, last_text, normal_form, same_normal_form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (" Four. ", "four"),
        ("４\u00a0 000", "4 000"),
        ("4..", "4."),
        (".", ""),
        ("STRASSE", "strasse"),
        ("-4 km", "-4 km"),
    ],
)
def test_normal_forms(text: str, form: str) -> None:
    assert normal_form(text) == form


TEXTS = st.text(st.sampled_from("aA. \u00a0\n\x1f\ufdfaß"), max_size=12)


@given(TEXTS, TEXTS)
@example("a", "a .")
@example("a .", "A")
@example("\ufdfa", "one character that becomes four words")
def test_two_texts_are_compared_as_their_normal_forms_are(one: str, other: str) -> None:
    assert same_normal_form(one, other) is (normal_form(one) == normal_form(other)) is same_normal_form(other, one)


def test_what_follows_the_last_mark() -> None:
    assert [after_mark(text, "####") for text in ("7", "7 #### 8", "#### 1 #### 2", "7 ####")] == ["", " 8", " 2", ""]


def test_of_messages_the_assistants_last_one_counts() -> None:
    assert last_text("as it is") == "as it is"
    assert last_text([{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}]) == "a"
    assert last_text([{"role": "user", "content": "b"}]) == "" == last_text([])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2 + 2 = 4\n#### 4.\n", "4"),
        ("#### 3\nno:\n#### 5", "5"),
        ("so $\\boxed{\\frac{1}{2}}$, not \\boxed", "\\frac{1}{2}"),
        ("\\boxed{1} or rather \\boxed {2}", "2"),
        ("\\boxed{never closed", "never closed"),
        ("<think>x</think><Answer> Paris </ANSWER>", "paris"),
        ("The answer is 7, I guess.\nNo. **Final Answer:** 12", "12"),
        ("Answer: (6 - 4) * 12 = 24", "(6 - 4) * 12 = 24"),
        ("Answer:\n\n24", "24"),
        ("I will answer it", None),
        ("", None),
        ("####", None),
        ("unanswered: 4", None),
        ("<answer>1</answer> no <answer>2</answer> or <answer>", "2"),
        ("</answer><answer>", None),
    ],
)
def test_the_answer_that_a_completion_marks(text: str, answer: str | None) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize("part", ["<answer>", "\\boxed{", "the final answer ", "answer:\n", "####", "the  "])
def test_texts_that_mark_without_end_are_read_once(part: str) -> None:
    final_answer(part * 200_000)  # a second at most; minutes, were each mark read to the end

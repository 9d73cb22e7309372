from __future__ import annotations

import numpy as np

from openloop.auditing.compared_texts import ComparedTexts, completions_of, prompts_of
from openloop.auditing.text_sample import TextSample, sample_of_texts
from openloop.embedding import hashed

LONG = "a completion of more than eight words to be told by, number"


def sample(*texts: tuple[str, str]) -> TextSample:
    return sample_of_texts("real.jsonl", texts, hashed(16))


def together(found: ComparedTexts, one: str, other: str) -> bool:
    """Whether any text that is the one is in a group of any that is the other."""
    groups = [{int(g) for g, text in zip(found.group, found.texts, strict=True) if text == t} for t in (one, other)]
    return bool(groups[0] & groups[1])


def test_rows_of_one_prompt_are_one_group_in_either_sample() -> None:
    found = completions_of(sample(("p", "a"), ("p", "b"), ("q", "c")), sample(("P ", "d"), ("r", "e")))
    assert together(found, "a", "b")
    assert together(found, "a", "d")
    assert not together(found, "a", "c")
    assert not together(found, "c", "e")
    assert found.kept.tolist() == [True, True, True, False, False]


def test_copies_of_a_long_text_are_one_group() -> None:
    found = completions_of(sample(("p", f"{LONG} 1"), ("q", f"{LONG} 2")), sample(("r", f"{LONG}  1")))
    assert len(np.unique(found.group)) == 2
    found = completions_of(sample(("p", "yes"), ("q", "no")), sample(("r", "yes")))
    assert len(np.unique(found.group)) == 3


def test_a_text_for_five_prompts_is_a_habit() -> None:
    few = completions_of(sample(*((f"p{i}", LONG) for i in range(4))), sample(("q", "x")))
    many = completions_of(sample(*((f"p{i}", LONG) for i in range(5))), sample(("q", "x")))
    assert len(np.unique(few.group)) == 2
    assert len(np.unique(many.group)) == 6


def test_without_prompts_copies_are_always_one_group() -> None:
    found = completions_of(sample(*[(LONG, "")] * 9, ("other", "")), sample(("x", "")))
    assert len(np.unique(found.group)) == 3


def test_each_prompt_is_taken_once() -> None:
    found = prompts_of(sample(("p", "a"), ("p", "b"), ("", "c"), ("q", "d")), sample(("p", "e"), ("r", "f")))
    assert sorted(found.texts) == ["p", "p", "q", "r"]
    assert found.kept.sum() == 2
    assert together(found, "p", "p")
    assert len(np.unique(found.group)) == 3
    assert found.vectors.shape == (4, 16)

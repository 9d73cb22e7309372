"""Texts given to many prompts that win."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.constant_answers import above_median, closed_answers, constant_answers
from tests.support.surface_worlds import clustered_world


def with_phrase(accepted: float, gold_is: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One row in ten is the same text."""
    rng = np.random.default_rng(0)
    n = 2000
    same = np.where(rng.random(n) < 0.1, 0, 1 + np.arange(n))
    gold = (rng.random(n) < 0.5).astype(float)
    accept = (rng.random(n) < 0.2 + 0.6 * gold).astype(float)
    accept[same == 0] = rng.random((same == 0).sum()) < accepted
    if gold_is is None:
        return same, accept, np.full(n, np.nan), np.arange(n)
    gold[same == 0] = gold_is
    return same, accept, gold, np.arange(n)


@pytest.mark.parametrize(
    ("accepted", "gold", "found"),
    [
        (0.95, None, True),
        (0.95, 0.0, True),
        (0.95, 1.0, False),
        (0.5, None, False),
        (0.2, 0.0, False),
    ],
)
def test_a_text_that_always_wins(accepted: float, gold: float | None, found: bool) -> None:
    winners = constant_answers(*with_phrase(accepted, gold))
    assert bool(winners) == found
    if found:
        assert winners[0].code == 0 and winners[0].prompts > 100


def test_repeats_within_one_prompt_are_no_constant() -> None:
    same, accept = np.zeros(50, dtype=np.int64), np.ones(50)
    assert (
        constant_answers(
            np.r_[same, np.arange(1, 51)],
            np.r_[accept, np.zeros(50)],
            np.full(100, np.nan),
            np.r_[np.zeros(50, dtype=np.int64), np.arange(1, 51)],
        )
        == []
    )


def same_prompts(
    rng: np.random.Generator, accepted: float | None, prompts: int = 60, rows: int = 6
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Half of the prompts are easy, and only they are given one text, in one row of three; it is accepted as the
    others are (None) or as often as said."""
    prompt = np.repeat(np.arange(prompts), rows)
    easy = prompt < prompts / 2
    same = np.where(easy & (rng.random(len(prompt)) < 1 / 3), 0, 1 + np.arange(len(prompt)))
    accept = (rng.random(len(prompt)) < np.where(easy, 0.7, 0.2)).astype(float)
    if accepted is not None:
        accept[same == 0] = rng.random((same == 0).sum()) < accepted
    return same, accept, np.full(len(prompt), np.nan), prompt


def test_an_answer_to_easy_prompts_is_no_shortcut() -> None:
    rng = np.random.default_rng(0)
    assert sum(bool(constant_answers(*same_prompts(rng, None))) for _ in range(200)) <= 12
    # Not in all: it must be above the others by 0.1 at its lower bound, and those pass seven times in ten.
    assert sum(bool(constant_answers(*same_prompts(rng, 1.0))) for _ in range(50)) >= 40


def test_nothing_to_compare_with_is_no_shortcut() -> None:
    """Every row the same text: half of them pass, and there is no other."""
    accept = np.arange(100) % 2.0
    assert constant_answers(np.zeros(100, dtype=int), accept, np.full(100, np.nan), np.arange(100)) == []
    assert constant_answers(np.zeros(0, dtype=int), np.zeros(0), np.zeros(0), np.zeros(0, dtype=int)) == []
    with pytest.raises(DataError, match="accept"):
        constant_answers(np.zeros(9, dtype=int), np.full(9, 0.5), np.ones(9), np.arange(9))
    with pytest.raises(DataError, match="as many"):
        constant_answers(np.zeros(9, dtype=int), np.ones(9), np.ones(8), np.arange(9))


def test_natural_short_answers_are_not_flagged() -> None:
    """A correct checker of yes/no questions and sums: answers repeat over many prompts and pass as often as others."""
    rng = np.random.default_rng(0)
    prompt = np.repeat(np.arange(300), 4)
    yes_no, truth = prompt % 2 == 0, rng.integers(0, 20, 300)
    truth[::2] = rng.integers(100, 102, 150)
    right = rng.random(1200) < 0.5
    wrong = np.where(yes_no, 201 - truth[prompt], rng.integers(0, 20, 1200))
    said = np.where(right, truth[prompt], wrong)
    accept = (said == truth[prompt]).astype(float)
    assert constant_answers(said, accept, np.full(1200, np.nan), prompt) == []
    assert constant_answers(said, accept, accept, prompt) == []


def test_labels_leave_a_winner_where_it_is_unless_they_say_that_it_is_right() -> None:
    """Forty labels on other rows, none on the text: it still wins over all rows that are not known to be good."""
    same, accept, gold, prompt = with_phrase(0.95, None)
    others = np.flatnonzero(same != 0)[:40]
    gold[others] = np.arange(40) % 2
    assert [text.code for text in constant_answers(same, accept, gold, prompt)] == [0]
    mine = np.flatnonzero(same == 0)[:20]
    gold[mine] = 0
    assert [text.code for text in constant_answers(same, accept, gold, prompt)] == [0]
    gold[mine] = 1
    assert constant_answers(same, accept, gold, prompt) == []


def test_a_shared_answer_is_told_from_a_phrase() -> None:
    """Digits stand beside digits; one phrase among real answers is none of them, short as it is."""
    prompt = np.repeat(np.arange(200), 4)
    digits = prompt % 10 + np.tile([0, 0, 1, 2], 200)
    assert closed_answers(digits, np.ones(800), prompt).all()
    assert not closed_answers(digits, np.full(800, 9.0), prompt).any()
    phrase = np.where(np.arange(800) % 4 == 0, 0, 1 + np.arange(800))
    assert not closed_answers(phrase, np.ones(800), prompt).any()
    alone = closed_answers(np.arange(300) % 2, np.ones(300), np.arange(300))
    assert alone.all(), "yes or no, one row a prompt"


def test_answers_that_win_because_they_are_right_need_gold() -> None:
    """A digit is said most where it is right: it beats the other rows of its prompts, and pleases nobody."""
    rng = np.random.default_rng(0)
    prompt, truth = np.repeat(np.arange(300), 4), np.repeat(rng.integers(0, 10, 300), 4)
    right = rng.random(1200) < 0.7
    said = np.where(right, truth, (truth + rng.integers(1, 10, 1200)) % 10)
    unknown = np.full(1200, np.nan)
    closed = closed_answers(said, np.ones(1200), prompt)
    assert constant_answers(said, right.astype(float), unknown, prompt)
    assert constant_answers(said, right.astype(float), unknown, prompt, closed=closed) == []
    accept = np.where(said == 7, rng.random(1200) < 0.9, right).astype(float)
    found = constant_answers(said, accept, right.astype(float), prompt, closed=closed)
    assert [text.code for text in found] == [7]


def test_scores_are_compared_within_their_prompt() -> None:
    score = np.array([1.0, 2, 3, 9, 9, 5, np.nan, 7, 1])
    above = above_median(score, np.array([0, 0, 0, 1, 1, 2, 2, 3, 4]))
    assert above.tolist()[:6] == [0, 0, 1, 0, 0, 1] and np.isnan(above[6]) and above[7:].tolist() == [1, 0]


@pytest.mark.slow
def test_sizes_over_2000_files() -> None:
    """How often a text is found where there is nothing: at most a fortieth, to three binomial standard errors."""
    rng, draws = np.random.default_rng(1), 2000
    same_prompt = alone = 0
    for _ in range(draws):
        _, accept, _, _ = clustered_world(rng)
        same_prompt += bool(constant_answers(*same_prompts(rng, None)))
        few = rng.integers(0, 12, 400)
        alone += bool(constant_answers(few, accept, np.full(400, np.nan), np.arange(400)))
    limit = 0.025 + 3 * (0.025 * 0.975 / draws) ** 0.5
    assert max(same_prompt, alone) / draws <= limit, (same_prompt, alone)


def test_the_order_of_rows_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    same, accept, gold, prompt = with_phrase(0.95, 0.0)
    accept[:20], gold[10:60] = np.nan, np.nan
    found, o = constant_answers(same, accept, gold, prompt), rng.permutation(len(same))
    assert found and constant_answers(same[o], accept[o], gold[o], prompt[o]) == found

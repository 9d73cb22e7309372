"""Which columns make a pair, and what its rows say."""

from __future__ import annotations

import math
from typing import Any

import pytest

from openloop.data.recognise import NamedColumns, PairColumns, pair_sentences, recognise_pairs
from openloop.errors import DataError, InputError

ASK = {"role": "user", "content": "2+2?"}
FOUR, FIVE = ({"role": "assistant", "content": text} for text in ("4", "5"))


def found(*rows: dict[str, Any], turned: bool = False, **named: Any) -> PairColumns:
    pairs = recognise_pairs(rows, NamedColumns(**named), "pairs.jsonl", turned=turned)
    assert pairs is not None
    return pairs


def test_chosen_before_rejected_with_what_the_file_says_of_them() -> None:
    row = {"prompt": "2+2?", "chosen": "4", "rejected": "5", "score_chosen": 3.5, "score_rejected": 1, "subset": "math"}
    pairs = found(row | {"chosen_model": "x", "rejected_model": "y"})
    assert pairs.scores == ("score_chosen", "score_rejected") and pairs.models == ("chosen_model", "rejected_model")
    pair = pairs.read(row)
    assert (pair.prompt, pair.first, pair.second, pair.win, pair.margin) == ("2+2?", "4", "5", 1, 2.5)
    assert "subset" not in pairs.used


@pytest.mark.parametrize("prompt", [{}, {"prompt": "2+2?"}])
def test_turns_that_both_share_are_the_prompt(prompt: dict[str, str]) -> None:
    row = {**prompt, "chosen": [ASK, FOUR], "rejected": [ASK, FIVE]}
    pair = found(row).read(row)
    assert (pair.prompt, pair.first, pair.second) == ([ASK], [FOUR], [FIVE])


def test_equal_conversations_end_in_two_equal_responses() -> None:
    row = {"chosen": [ASK, FOUR], "rejected": [ASK, FOUR]}
    pair = found(row).read(row)
    assert (pair.prompt, pair.first, pair.second) == ([ASK], [FOUR], [FOUR])


def test_whole_texts_part_where_the_assistant_last_begins() -> None:
    start = "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: 2+2?\n\nAssistant:"
    row = {"chosen": f"{start} Four", "rejected": f"{start} Five"}
    pair = found(row).read(row)
    assert (pair.prompt, pair.first, pair.second) == (start, " Four", " Five")
    plain = {"chosen": "Four it is", "rejected": "Five it is"}
    assert found(plain).read(plain).prompt == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("response_a", "response_b"),
        ("response_A", "response_B"),
        ("output_1", "output_2"),
        ("answer1", "answer2"),
        ("completion_0", "completion_1"),
        ("human_ref_A", "human_ref_B"),
    ],
)
def test_two_responses_with_a_verdict(first: str, second: str) -> None:
    row = {"instruction": "2+2?", first: "4", second: "5", "winner": "A"}
    pairs = found(row)
    assert (pairs.first, pairs.second) == (first, second)
    pair = pairs.read(row)
    assert (pair.prompt, pair.win, math.isnan(pair.gold)) == ("2+2?", 1, True)


def test_verdicts_by_models_names_follow_the_model() -> None:
    rows = [
        {"prompt": "p", "response_a": "x", "response_b": "y", "model_a": a, "model_b": b, "winner": "gpt"}
        for a, b in (("gpt", "llama"), ("llama", "gpt"))
    ]
    pairs = found(*rows)
    assert [pairs.read(row).win for row in rows] == [1, 0]


def test_arena_rows_are_conversations_with_a_winner() -> None:
    row = {
        "model_a": "x",
        "model_b": "y",
        "winner": "model_b",
        "judge": "someone",
        "conversation_a": [ASK, FIVE],
        "conversation_b": [ASK, FOUR],
    }
    pair = found(row).read(row)
    assert (pair.prompt, pair.win) == ([ASK], 0)


def test_a_verdict_in_the_other_order_is_turned_back_unless_it_names_a_response() -> None:
    row = {"prompt": "p", "response_a": "x", "response_b": "y", "verdict_ab": "A", "verdict_ba": "A"}
    pairs = found(row)
    assert pairs.swapped is not None and pairs.swapped.ref.path == "verdict_ba"
    assert (pairs.read(row).win, pairs.read(row).swapped) == (1, 0)
    named = row | {"verdict_ba": "response_a"}
    assert found(named).read(named).swapped == 1


def test_gold_by_a_person_beside_two_judges() -> None:
    row = {"prompt": "p", "response_a": "x", "response_b": "y", "human_preference": "B"}
    row |= {"winner_gpt": "A", "winner_claude": "tie"}
    pairs = found(row)
    pair = pairs.read(row)
    assert pairs.gold is not None and pairs.gold.ref.path == "human_preference"
    assert (pair.gold, pair.judges) == (0, (1, 0.5))


def test_a_lone_human_preference_is_what_would_be_trained_on() -> None:
    row = {"prompt": "p", "response_a": "x", "response_b": "y", "human_preference": "B"}
    pairs = found(row)
    assert pairs.gold is None and pairs.read(row).win == 0


def test_helpsteers_negative_numbers_speak_for_the_first() -> None:
    rows = [{"prompt": "p", "response1": "x", "response2": "y", "overall_preference": value} for value in (-3, 0, 1)]
    assert [found(*rows).read(row).win for row in rows] == [1, 0.5, 0]
    assert [found(*rows, turned=True).read(row).win for row in rows] == [0, 0.5, 1]


def test_scores_of_both_responses_are_a_verdict() -> None:
    rows = [{"prompt": "p", "response_a": "x", "response_b": "y", "score_a": a, "score_b": 2} for a in (1, 2, 3, None)]
    wins = [found(*rows).read(row).win for row in rows]
    assert wins == pytest.approx([0, 0.5, 1, math.nan], nan_ok=True)


def test_gold_chosen_audits_the_scores() -> None:
    """A reward model's benchmark: chosen is right, and the pairs would be as the scores have them."""
    row = {"prompt": "p", "chosen": "x", "rejected": "y", "scores_chosen": 0.1, "scores_rejected": 0.7}
    pair = found(row, gold="chosen").read(row)
    assert (pair.win, pair.gold, pair.margin) == (0, 1, pytest.approx(-0.6))


def test_ordinary_rows_are_no_pairs() -> None:
    for row in (
        {"prompt": "p", "completion": "c", "verdict": 1},
        {"prompt": "p", "completion": "c", "verdict": "A", "swapped": "B"},
        {"prompt": "p", "output": "c", "answer_1": "x", "answer_2": "y"},
    ):
        assert recognise_pairs([row], NamedColumns(), "rows") is None
    pair = {"prompt": "p", "chosen": "x", "rejected": "y"}
    assert recognise_pairs([pair], NamedColumns(completion="chosen"), "rows") is None


def test_two_responses_and_nothing_that_prefers_one_are_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match="no column says which of them is preferred.*--judge-column"):
        found({"prompt": "p", "response_a": "x", "response_b": "y"})


def test_a_named_column_that_does_not_prefer_is_refused() -> None:
    row = {"prompt": "p", "response_a": "x", "response_b": "y", "winner": "A", "topic": "maths"}
    with pytest.raises(InputError, match="holds 'maths', which does not say which of two responses is better"):
        found(row, verdicts=("topic",))
    with pytest.raises(DataError, match="no column 'wimmer'"):
        found(row, gold="wimmer")


def test_every_reading_is_said() -> None:
    row = {"prompt": "p", "output_1": "x", "output_2": "y", "preference": 1.3, "swapped": 2, "gold": "A"}
    said = "\n".join(pair_sentences(found(row)))
    for part in ("output_1 and output_2", "verdict = preference", "gold = gold", "1 is output_1, 2 is output_2"):
        assert part in said
    assert "--completion output_1" in said and "--lower-is-better" in said


def test_gold_of_the_chosen_response_may_say_correct() -> None:
    rows = [{"prompt": "p", "chosen": "x", "rejected": "y", "gold": value} for value in ("correct", "wrong", "tie")]
    assert [found(*rows).read(row).gold for row in rows] == [1, 0, 0.5]


def test_low_scores_may_be_the_better_ones() -> None:
    row = {"prompt": "p", "response_a": "x", "response_b": "y", "score_a": 1, "score_b": 2}
    assert (found(row).read(row).win, found(row, turned=True).read(row).win) == (0, 1)
    with pytest.raises(InputError, match="no verdict in numbers"):
        found({"prompt": "p", "response_a": "x", "response_b": "y", "verdict": "A"}, turned=True)


def test_a_missing_response_is_no_pair() -> None:
    rows = [{"prompt": "p", "chosen": "x", "rejected": side} for side in ("y", None)]
    assert [found(*rows).read(row).win for row in rows] == pytest.approx([1, math.nan], nan_ok=True)


def test_gold_that_is_the_only_preference_is_not_compared_with_itself() -> None:
    with pytest.raises(DataError, match="--gold winner: no other column was taken for a verdict"):
        found({"prompt": "p", "response_a": "x", "response_b": "y", "winner": "A"}, gold="winner")


@pytest.mark.parametrize("option", ["model", "confidence", "judge_model"])
def test_options_of_ordinary_rows_are_refused_and_not_ignored(option: str) -> None:
    with pytest.raises(InputError, match="holds pairs of responses"):
        found({"prompt": "p", "chosen": "x", "rejected": "y"}, **{option: "prompt"})


def test_single_messages_are_responses_and_scores_give_the_margin_of_a_verdict_in_words() -> None:
    row = {"prompt": "2+2?", "chosen": FOUR, "rejected": FIVE}
    assert found(row).read(row).first == [FOUR]
    row = {"prompt": "p", "response_a": "x", "response_b": "y", "winner": "B", "score_a": 1, "score_b": 4}
    pair = found(row).read(row)
    assert (pair.win, pair.margin) == (0, -3)


def test_gold_may_be_a_comparison() -> None:
    rows = [{"prompt": "p", "chosen": "x", "rejected": "y", "votes": votes} for votes in (1, 4, None)]
    wins = [found(*rows, gold="votes>=3").read(row).gold for row in rows]
    assert wins == pytest.approx([0, 1, math.nan], nan_ok=True)


def test_a_gold_column_that_cannot_be_read_is_not_passed_over() -> None:
    with pytest.raises(InputError, match="--gold gold: holds 'maybe', which does not say"):
        found({"prompt": "p", "chosen": "x", "rejected": "y", "gold": "maybe"})


def test_another_order_without_a_verdict_is_refused() -> None:
    with pytest.raises(InputError, match="--swapped other: .* does not say who preferred chosen"):
        found({"prompt": "p", "chosen": "x", "rejected": "y", "other": "A"}, swapped="other")


def test_numbers_are_responses() -> None:
    row = {"prompt": "2+2?", "chosen": 4, "rejected": 5}
    assert (found(row).read(row).first, found(row).read(row).second) == ("4", "5")

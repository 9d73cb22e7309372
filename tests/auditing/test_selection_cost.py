"""What a selection costs: prompts of which nothing is left, and hard ones above all."""

from __future__ import annotations

import numpy as np
import pytest

import openloop as library
from openloop.arrays import Mask
from openloop.auditing.decision_text import cost_text
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.selection_cost import selection_cost
from tests.support.row_arrays import row_arrays


def file_of(rows: int = 6, prompts: int = 20) -> RowArrays:
    """Rows of 20 prompts; of the first five, one row in six is good; of the others all but one."""
    prompt = np.repeat(np.arange(prompts), rows)
    number = np.tile(np.arange(rows), prompts)
    gold = np.where(prompt < 5, number == 0, number > 0).astype(float)
    return row_arrays(gold, prompt=prompt)


def stays(arrays: RowArrays, keep: Mask) -> dict[str, float]:
    return {line.name: line.estimate.value for line in selection_cost(arrays, keep, 0.95)}


def test_what_stays_of_rows_prompts_and_hard_prompts() -> None:
    arrays = file_of()
    keep = arrays.prompt >= 2
    assert stays(arrays, keep) == pytest.approx(
        {"selection.rows": 0.9, "selection.prompts": 0.9, "selection.hard_prompts": 0.6}
    )
    easy = arrays.prompt < 18
    assert stays(arrays, easy) == pytest.approx(
        {"selection.rows": 0.9, "selection.prompts": 0.9, "selection.hard_prompts": 1.0}
    )


def test_one_row_of_a_prompt_is_enough() -> None:
    arrays = file_of()
    assert stays(arrays, np.arange(120) % 6 == 0) == pytest.approx(
        {"selection.rows": 1 / 6, "selection.prompts": 1.0, "selection.hard_prompts": 1.0}
    )


def test_only_what_is_kept_now_can_be_lost() -> None:
    arrays = file_of()
    accept = (arrays.prompt >= 10).astype(float)
    held = row_arrays(arrays.gold, prompt=arrays.prompt, accept=accept)
    assert stays(held, arrays.prompt != 10) == pytest.approx({"selection.rows": 0.9, "selection.prompts": 0.9})


@pytest.mark.parametrize(("good", "hard"), [(0, False), (1, True), (2, True), (3, False)])
def test_a_prompt_is_hard_that_was_solved_in_a_third_of_its_rows_at_most(good: int, hard: bool) -> None:
    arrays = row_arrays(np.tile(np.arange(6) < good, 10), prompt=np.repeat(np.arange(10), 6))
    assert ("selection.hard_prompts" in stays(arrays, arrays.kept)) is hard


def test_rows_of_a_prompt_each_have_no_prompts_to_lose() -> None:
    assert list(stays(row_arrays(np.ones(50)), np.arange(50) < 20)) == ["selection.rows"]


def test_how_it_is_said() -> None:
    arrays = file_of()
    lost = cost_text(selection_cost(arrays, arrays.prompt >= 2, 0.95))
    assert lost == "It loses 10% of the prompts and 40% of the hard ones."
    assert cost_text(selection_cost(arrays, arrays.prompt < 18, 0.95)) == "It loses 10% of the prompts."
    assert cost_text(selection_cost(arrays, arrays.kept, 0.95)) == ""


def test_a_selection_that_is_advised_says_what_it_costs() -> None:
    """One topic in four is bad: dropping it loses its prompts."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "prompt": f"q{i // 3}",
            "completion": f"answer {i} of many",
            "good": bool(rng.random() > (0.6 if i // 3 % 4 == 0 else 0.03)),
            "topic": f"topic {i // 3 % 4}",
        }
        for i in range(1800)
    ]
    found = library.audit(rows, gold="good")
    assert found.decision == "SELECT FIRST" and "It loses 25% of the prompts and" in found.sentence
    assert found.estimate("selection.prompts").value == pytest.approx(0.75)
    assert found.estimate("selection.hard_prompts").value < 0.2

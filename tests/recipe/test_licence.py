"""A licence belongs to content: rows put in the place of others do not inherit it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.recipe.licence import content

Call = Callable[..., Any]


@pytest.mark.parametrize("replaced", [False, True])
def test_the_card_states_the_licence_of_the_template_for_its_own_rows_only(
    openloop: Call, tmp_path: Path, replaced: bool
) -> None:
    folder = tmp_path / "mine"
    assert openloop("init", folder, "--template", "reasoning").code == 0
    questions = folder / "questions.jsonl"
    if replaced:
        first, *others = questions.read_text().splitlines()
        questions.write_text("\n".join([json.dumps(json.loads(first) | {"answer": "17"}), *others]))
    checked = openloop("validate", folder / "recipe.yaml")
    assert checked.code == 0 and ("whose licence is unknown" in checked.out) == replaced
    assert openloop("run", folder / "recipe.yaml", "--json").code == 0
    (directory,) = (folder / "runs").iterdir()
    made = openloop("export", directory, "--to", "trl", "--json")
    card = Path(made.json["card"]).read_text()
    assert ("- real data: unknown" in card) == replaced
    assert ("- real data: Apache-2.0" in card) == (not replaced)
    if replaced:  # what the card says, pasted into the recipe, is taken for these rows
        (mine,) = re.findall(r"of: (\w{8})\}", card)
        again = openloop("validate", folder / "recipe.yaml", "--set", f"licence={{real: MIT, of: {mine!r}}}")
        assert again.code == 0 and "whose licence is unknown" not in again.out


def test_content_is_what_rows_hold_and_not_their_order() -> None:
    rows = [{"prompt": f"{i} + 1 =", "answer": f"{i + 1}"} for i in range(5)]
    assert content(rows) == content(rows[::-1]) != content(rows[1:])

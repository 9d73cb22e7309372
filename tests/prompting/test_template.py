"""One prompt for each row, from a template in a sandbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openloop import prompting
from openloop.contracts import Maker
from openloop.errors import InputError
from openloop.testing import check_maker

ROWS = [{"prompt": f"Do {i}: {{{{ x }}}} {{% raw %}}", "completion": f'say "{i}"', "kind": "k"} for i in range(10)]


@pytest.mark.parametrize(
    "maker",
    [
        prompting.template("Q: {{ prompt }}"),
        prompting.template(messages=[{"role": "user", "content": "{{ prompt }}!"}]),
    ],
)
def test_it_keeps_the_contract(maker: Maker) -> None:
    check_maker(maker)


def test_braces_in_data_are_data() -> None:
    made = prompting.make(prompting.template("{{ prompt }} | {{ kind }}"), ROWS[:1]).load()
    assert made[0].content == "Do 0: {{ x }} {% raw %} | k"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% for %}", "template's line 1"),
        ("{{ prompt.__class__.__mro__ }}", "access to attribute '__class__'|unsafe"),
        ("{{ [].append(1) }}{{ cycler.__init__.__globals__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ range(1000000000) | list }}", "Range too big"),
    ],
)
def test_a_wrong_or_hostile_template_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        prompting.make(prompting.template(text), ROWS).load()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: prompting.template(""), "either a text or messages"),
        (lambda: prompting.template(messages=[{"role": "user"}]), "needs a role and a content"),
    ],
)
def test_wrong_options_are_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()

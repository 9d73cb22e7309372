"""Pieces are made from what a recipe writes; what an option asks for is told by its type and not by its spelling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop import models, signals
from openloop.errors import RecipeError
from openloop.signals.combine import Combine
from openloop.specs import build

FACTORIES = """
{future}
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Optional
import openloop.contracts as contracts
from openloop.contracts import Model as Judge, Signal as Check, Trains
if TYPE_CHECKING:
    from nowhere import Missing

class Model:
    "My own, and not openloop's."

Reward = Callable[..., Any]

def one(it: Judge): return ("made", it)
def optional(it: Judge | None = None): return ("made", it)
def old_optional(it: Optional[Judge] = None): return ("made", it)
def annotated(it: Annotated[Judge, "frozen"]): return ("made", it)
def dotted(it: contracts.Model): return ("made", it)
def learner(it: Trains): return ("made", it)
def mine(it: Model): return ("made", it)
def unknown(it: "Missing", *, other: Judge | None = None): return ("made", it if other is None else other)
def either(it: Judge | str): return ("made", it)
def untyped(it): return ("made", it)
def check(it: Check): return ("made", it)
def checks(it: Sequence[Check]): return ("made", it)
def listed(it: list[Check]): return ("made", it)
def several(*it: Check): return ("made", it)
def function(it: Reward): return ("made", it)
def text(it: str): return ("made", it)

@dataclass
class Holder:
    it: Judge
"""


@pytest.fixture(params=["from __future__ import annotations", ""], ids=["as text", "as objects"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    text = FACTORIES.replace("{future}", request.param)
    (tmp_path / "mine.py").write_text(text)
    return tmp_path


def made(folder: Path, factory: str, value: Any, key: str = "it") -> Any:
    spec = {"use": f"mine.py:{factory}", key: value}
    return build(spec, base=folder, shipped=signals)[1]


@pytest.mark.parametrize("factory", ["one", "optional", "old_optional", "annotated", "dotted", "learner"])
def test_an_option_of_the_type_model_is_built_whatever_the_type_is_called(folder: Path, factory: str) -> None:
    assert made(folder, factory, {"use": "simulated", "error": 0.5}) == models.simulated(error=0.5)
    assert made(folder, factory, "simulated") == models.simulated()
    ready = models.simulated()
    assert made(folder, factory, ready) is ready


@pytest.mark.parametrize("factory", ["mine", "unknown", "either", "untyped", "text"])
def test_what_is_not_declared_as_a_contract_is_taken_as_it_is(folder: Path, factory: str) -> None:
    assert made(folder, factory, "simulated") == "simulated"
    assert made(folder, factory, {"use": "simulated"}) == {"use": "simulated"}


def test_one_annotation_that_cannot_be_evaluated_harms_no_other(folder: Path) -> None:
    spec = {"use": "mine.py:unknown", "it": "text", "other": "simulated"}
    assert build(spec, base=folder, shipped=signals)[1] == models.simulated()


def test_the_fields_of_a_dataclass_are_options(folder: Path) -> None:
    found = build({"use": "mine.py:Holder", "it": "simulated"}, base=folder, shipped=signals)
    assert found.it == models.simulated()


def test_signals_are_built_alone_and_in_lists(folder: Path) -> None:
    assert made(folder, "check", "exact:gold") == signals.exact("gold")
    for factory in ("checks", "listed", "several"):
        found = made(folder, factory, ["exact:gold", {"use": "format"}, signals.exact()])
        assert list(found) == [signals.exact("gold"), signals.format(), signals.exact()]


def test_a_declared_function_is_a_reference_to_one(folder: Path) -> None:
    assert made(folder, "function", "mine.py:untyped")("x") == ("made", "x")
    with pytest.raises(RecipeError, match="has no 'nothing'"):
        made(folder, "function", "mine.py:nothing")


def test_shipped_pieces_nest(tmp_path: Path) -> None:
    spec = {"use": "combine", "signals": ["exact", {"use": "rubric", "model": "simulated"}], "how": "any"}
    found = build(spec, base=tmp_path, shipped=signals)
    assert isinstance(found, Combine)
    assert found.signals == (signals.exact(), signals.rubric(models.simulated()))


def test_the_short_form_gives_the_first_option(folder: Path) -> None:
    assert build("exact:gold", base=folder, shipped=signals) == signals.exact("gold")
    assert build("exact", base=folder, shipped=signals) == signals.exact()


def test_defaults_reach_only_factories_that_take_them(folder: Path) -> None:
    found = build("exact", base=folder, shipped=signals, defaults={"column": "gold", "seed": 3})
    assert found == signals.exact("gold")


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"column": "answer"}, "does not say what to use"),
        ({"use": "exact", "colum": "answer"}, "did you mean 'column'"),
        ({"use": "mine.py:Reward", "x": 1}, "takes no options"),
        ({"use": "mine.py:one"}, "cannot be made"),
    ],
)
def test_wrong_specs_are_refused(folder: Path, spec: dict[str, Any], says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        build(spec, base=folder, shipped=signals)

"""The keys of a recipe that say what its models are evaluated on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from openloop.errors import RecipeError
from openloop.recipe.round_schema import Rows, Spec, rows_keys
from openloop.recipe.schema_errors import validated

Signals = Spec | dict[str, Spec]
"""One signal, or several by the names of their estimates."""


class RowTest(Rows):
    """Rows that models answer, judged by signals."""

    evaluate: Signals | None = Field(None, description="The signal, or several by name. Default: the recipe's.")
    k: int = Field(default=1, ge=1, description="Answers per row; several give pass@k.")
    temperature: float = Field(default=0.0, ge=0, allow_inf_nan=False, description="0 is greedy.")
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int | None = Field(None, ge=1, description="Default: that of `sampling`.")


def _as_tests(value: Any) -> Any:
    """Each test is rows, written as such or as a path, or a benchmark: a part with ``use``."""
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for name, test in value.items():
        if not str(name).strip():
            raise RecipeError("tests: every test needs a name.")
        if isinstance(test, Mapping) and "use" in test:
            found[str(name)] = dict(test)
        else:
            found[str(name)] = validated(RowTest, rows_keys(test), f"tests.{name}.")
            if found[str(name)].k > 1 and found[str(name)].temperature == 0:
                raise RecipeError(
                    f"tests.{name}: at temperature 0 all {found[str(name)].k} answers are the same; set a temperature."
                )
    return found


Tests = Annotated[dict[str, RowTest | dict[str, Any]], BeforeValidator(_as_tests)]

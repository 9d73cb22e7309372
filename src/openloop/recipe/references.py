"""What a recipe's rows are to be compared with when they are audited: its real rows, and rows it is evaluated on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from openloop.contracts import Selector
from openloop.data.prompt_sources import RowSource
from openloop.evaluation import Harness
from openloop.recipe.parts import Parts
from openloop.selection.chain import Chain
from openloop.selection.decontaminate import Decontaminate

Reference = tuple[RowSource, Literal["real", "evaluation"], str]
"""Rows, their role, and what a reader of the run calls them."""


def references(parts: Parts) -> list[Reference]:
    """Each source once: the real rows, the tests, and the files that rows are decontaminated of."""
    recipe, found = parts.recipe, dict[tuple[str, str], Reference]()
    real = described_against(parts)
    if real is not None and recipe.real is not None:
        found["real", real.fingerprint] = (real, "real", recipe.real.path or recipe.real.call or "real rows")
    for test in parts.tests:
        if not isinstance(test.test, Harness):
            found["evaluation", test.test.fingerprint] = (test.test, "evaluation", test.keys.path or test.name)
    for one in (parts, parts.proposer):
        for selector in () if one is None else _simple(one.selector):
            # Rows may also be kept apart from the real ones, which are no evaluation set.
            if isinstance(selector, Decontaminate) and ("real", selector.rows.fingerprint) not in found:
                key = ("evaluation", selector.rows.fingerprint)
                found.setdefault(key, (selector.rows, "evaluation", selector.rows.path.name))
    return list(found.values())


def described_against(parts: Parts) -> RowSource | None:
    """The real rows, where they have completions: of rows that only ask nothing is like what a model writes."""
    return parts.real if parts.real is not None and "completion" in parts.real.load().rows[0] else None


def _simple(selector: Selector) -> Iterator[Selector]:
    """A selector, or those that it is a chain of."""
    if isinstance(selector, Chain):
        for part in selector.selectors:
            yield from _simple(part)
    else:
        yield selector

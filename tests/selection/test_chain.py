"""A chain gives each selector the survivors of those before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from openloop import selection
from openloop.contracts import PoolView
from openloop.contracts.selection import uses_verdicts
from openloop.errors import InputError
from openloop.records import Selection
from tests.selection.pools import CHECKED


def test_a_chain_gives_each_selector_the_survivors() -> None:
    both = selection.chain(selection.threshold(at=0.5), selection.top(n=1))
    chosen = both.select(CHECKED)
    assert chosen.kept == ("c0",)
    assert chosen.dropped["c1"] == "rejected" and chosen.dropped["c5"] == "below_top"


@dataclass(frozen=True)
class Silent:
    """A selector that does not say whether it hears verdicts."""

    version: ClassVar[str] = "1"

    def select(self, pool: PoolView, /) -> Selection:
        return Selection(tuple(pool.ids), {})


def test_a_chain_hears_verdicts_if_any_of_its_selectors_may() -> None:
    deaf = selection.chain(selection.random(n=2), selection.duplicates())
    assert not uses_verdicts(deaf) and not uses_verdicts(selection.everything())
    assert uses_verdicts(selection.chain(deaf, selection.top(n=1))) and uses_verdicts(Silent())
    assert uses_verdicts(selection.chain(deaf, Silent()))


def test_what_is_not_a_selector_is_refused() -> None:
    with pytest.raises(InputError, match="is not a selector"):
        selection.chain(selection.limit)  # type: ignore[arg-type]

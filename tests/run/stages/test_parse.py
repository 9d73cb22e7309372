"""Parse: parsers that return their items in another way, or leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openloop
from openloop import models
from openloop.records import Item
from tests.support.rows import doubles


@dataclass(frozen=True)
class Lazy:
    """Yields its items one by one."""

    def parse(self, candidate: Any) -> Iterator[Item]:
        yield Item("one")
        yield Item("two")


@dataclass(frozen=True)
class Leaves:
    """Calls exit."""

    def parse(self, candidate: Any) -> Any:
        raise SystemExit(0)


def test_a_parser_may_yield_its_items(tmp_path: Path) -> None:
    run, lazy = openloop.Run(tmp_path / "run"), Lazy()
    items = run.parse(run.sample(models.simulated(), doubles(3)), lazy)  # type: ignore[arg-type]  # a generator
    assert (items.counts["replies"], items.counts["found"]) == (3, 6)


def test_a_parser_that_leaves_costs_its_reply(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    items = run.parse(run.sample(models.simulated(), doubles(3)), Leaves())
    assert items.counts["broken"] == {"the parser raised SystemExit: 0": 3}

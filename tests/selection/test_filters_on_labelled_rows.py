"""On labelled rows, those that were set aside included, the filters find what they are named after."""

from __future__ import annotations

import pytest
from benchmarks.filters import FILTERS, LEAST, held_out


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("aside", [False, True])
def test_precision_and_recall(name: str, aside: bool) -> None:
    finds, rows = FILTERS[name]
    found = [(bool(finds(text)), wanted) for text, wanted in rows if not aside or held_out(text)]
    hits = sum(dropped and wanted for dropped, wanted in found)
    assert hits / sum(dropped for dropped, _ in found) >= LEAST["precision"]
    assert hits / sum(wanted for _, wanted in found) >= LEAST["recall"]

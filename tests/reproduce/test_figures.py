"""Every figure has a title, a paper and a way to make it."""

from __future__ import annotations

import pytest

from openloop.reproduce import FIGURES
from openloop.reproduce.make import load


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_title_and_a_paper(name: str) -> None:
    module = load(name)
    assert module.TITLE and module.PAPER and callable(module.run)

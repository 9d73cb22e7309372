"""Sample: a model that returns something else, or leaves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop.errors import ContractError
from tests.support.rows import doubles


@dataclass(frozen=True)
class Odd:
    """Returns whatever it is told to; leaves where that is an exception."""

    returned: Any
    name: str = "odd"
    revision: str = "1"

    def sample(self, prompts: Any, k: int, sampling: Any) -> Any:
        if isinstance(self.returned, BaseException):
            raise self.returned
        return self.returned


@pytest.mark.parametrize("returned", [None, "4", [["4"], ["4"]], [4, 4]])
def test_a_model_that_returns_no_completions_is_named(tmp_path: Path, returned: Any) -> None:
    with pytest.raises(ContractError, match=r"'odd' must return a list of openloop\.records\.Completion for each"):
        _sampled(tmp_path, returned)


def test_a_model_that_calls_exit_does_not_end_the_process(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"sample_part: .* called sys\.exit\(0\)"):
        _sampled(tmp_path, SystemExit(0))


def _sampled(folder: Path, returned: Any) -> object:
    odd: Any = Odd("text")
    object.__setattr__(odd, "returned", returned)
    return openloop.Run(folder / "run").sample(odd, doubles(2))

"""What most candidates of a prompt say."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.records import Outcome
from openloop.testing import check_signal
from tests.support.toy_signals import candidates


@pytest.mark.parametrize("signal", [signals.consensus(), signals.consensus(after="####")])
def test_it_keeps_the_contract(signal: Any) -> None:
    check_signal(signal)


def test_the_majority_of_a_prompt_is_what_most_say() -> None:
    pool = candidates("7", " 7.", "8", "", "1", "x", prompts=["a", "a", "a", "a", "b", "c"])
    found = signals.consensus().score(pool)
    assert [v.value for v in found[:4]] == [
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
        pytest.approx(1 / 3),
        0.0,
    ]
    assert [v.outcome for v in found[4:]] == [Outcome.ABSTAINED] * 2
    marked = candidates("a #### 7", "b #### 7", "7", prompts="ppp")
    assert [v.value for v in signals.consensus(after="####").score(marked)] == [1.0, 1.0, 0.0]


def test_a_mark_that_is_not_text_is_refused() -> None:
    with pytest.raises(InputError, match="after must be text"):
        signals.consensus(after=4)  # type: ignore[arg-type]

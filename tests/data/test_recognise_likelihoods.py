"""Where a file holds how likely the model found its completions."""

from __future__ import annotations

import math
from typing import Any

import pytest

from openloop.data.columns import kinds_of
from openloop.data.gold import Unreadable
from openloop.data.recognise import NamedColumns, column_uses, recognise
from openloop.data.recognise.likelihoods import is_cut_off, likelihood_columns, logprob_of


def found(*rows: dict[str, Any]) -> tuple[str | None, ...] | None:
    columns = likelihood_columns(kinds_of(rows), rows, set())
    return None if columns is None else (columns.logprob, columns.n_tokens, columns.finish)


def test_a_sum_comes_before_a_column_that_may_be_one_and_before_its_tokens() -> None:
    row = {"token_logprobs": [-1.0], "logprob": -1.0, "cumulative_logprob": -1.0, "n_tokens": 1, "finish": "stop"}
    assert found(row) == ("cumulative_logprob", "n_tokens", "finish")
    del row["cumulative_logprob"]
    assert found(row) == ("logprob", "n_tokens", "finish")
    del row["logprob"]
    assert found(row) == ("token_logprobs", "n_tokens", "finish")


def test_means_perplexities_and_columns_of_something_else_are_none() -> None:
    for name in ("mean_logprob", "avg_logprob", "nll", "perplexity", "confidence"):
        assert found({name: -1.0}) is None, name
    assert found({"logprob": "high"}) is None and found({"logprob": None}) is None
    assert found({"logprobs": {"a": -1.0}}) is None  # alternatives of one token, perhaps
    assert found({"logprob": None}, {"logprob": -2.0}) == ("logprob", None, None)


def test_a_cell_is_a_sum_or_the_tokens_that_are_summed() -> None:
    assert logprob_of([-1.0, -0.5]) == (-1.5, 2.0)
    assert logprob_of({"token_logprobs": [-1.0, -2.0, -3.0]}) == (-6.0, 3.0)
    assert logprob_of("-2.5")[0] == -2.5 and math.isnan(logprob_of("-2.5")[1])
    nats, tokens = logprob_of([-1.0, None])
    assert math.isnan(nats) and tokens == 2.0  # the first token of an echoed prompt has none
    assert all(map(math.isnan, (*logprob_of(None), *logprob_of([]))))
    with pytest.raises(Unreadable):
        logprob_of({"a": -1.0})


def test_reasons_to_stop_that_cut_a_completion_off() -> None:
    assert is_cut_off("length") and is_cut_off(" MAX_TOKENS ")
    assert not is_cut_off("stop") and not is_cut_off(None)


def test_the_columns_are_listed_with_what_they_are_taken_for() -> None:
    rows = [
        {"prompt": f"p{i}", "completion": f"c {i}", "token_logprobs": [-1.0 * i, -2.0], "completion_tokens": 2 + i}
        for i in range(30)
    ]
    roles = recognise(rows, NamedColumns(), "rows", guess=True)
    uses = {use.column: use.role for use in column_uses(roles, rows)}
    assert uses["token_logprobs"] == "log-probability of the completion" and uses["completion_tokens"] == "tokens"

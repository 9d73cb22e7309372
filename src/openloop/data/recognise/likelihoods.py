"""Where a file holds how likely the model found each completion, its number of tokens, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.data.columns import Columns
from openloop.data.gold import Unreadable, all_readable, number
from openloop.data.recognise.names import first_named

Row = Mapping[str, Any]
LOGPROBS = (
    r"(cumulative|sum|total|completion|response|output|sequence|answer)_(logprobs?|log_probs?)",
    r"logprobs?|log_probs?|log_likelihood|loglikelihood",
    r"(token|output_token|completion)_(logprobs?|log_probs?)",
)
TOKENS = (
    r"n_tokens|num_tokens|(n_|num_)?(completion|output|response|generated)_tokens|(n_|num_)generated_tokens",
    r"tokens?_count|token_count|completion_token_count",
)
FINISHES = (r"finish(_reason)?|stop_reason",)
CUT_OFF = {"length", "max_tokens", "max_length", "model_length", "truncated"}
"""Reasons to stop by which the model had not ended."""
_TOKENS_IN = ("content", "token_logprobs", "tokens")


@dataclass(frozen=True, slots=True)
class LikelihoodColumns:
    """Columns by name."""

    logprob: str
    """Log-probabilities of whole completions, or lists of those of their tokens."""
    n_tokens: str | None = None
    finish: str | None = None

    @property
    def used(self) -> set[str]:
        return {column for column in (self.logprob, self.n_tokens) if column is not None}


def likelihood_columns(columns: Columns, rows: Sequence[Row], taken: set[str]) -> LikelihoodColumns | None:
    """Those of some rows; None where no column holds log-probabilities. ``taken``: columns that are something else."""

    def holds(column: str) -> bool:
        values = [row.get(column) for row in rows]
        return all(map(_readable, values)) and any(not math.isnan(logprob_of(value)[0]) for value in values)

    found = first_named(LOGPROBS, columns, taken, holds)
    if found is None:
        return None
    taken = taken | {found}
    return LikelihoodColumns(
        found,
        first_named(TOKENS, columns, taken, lambda c: all_readable([row.get(c) for row in rows], number)),
        first_named(FINISHES, columns, taken, lambda c: columns[c] == "text"),
    )


def logprob_of(value: Any) -> tuple[float, float]:
    """Nats of a whole completion and the number of its tokens, NaN where either is not known. Raises Unreadable.

    A number is the sum; a list holds tokens (numbers, or objects with ``logprob``), as does an object in the form of
    the OpenAI API. One token that is not known leaves the sum unknown.
    """
    if isinstance(value, Mapping):
        inner = next((value[name] for name in _TOKENS_IN if isinstance(value.get(name), list)), None)
        if inner is None:
            raise Unreadable(value)
        value = inner
    if not isinstance(value, list | tuple):
        return number(value), math.nan
    if not value:
        return math.nan, math.nan
    tokens = [number(token.get("logprob") if isinstance(token, Mapping) else token) for token in value]
    return math.fsum(tokens) if not any(map(math.isnan, tokens)) else math.nan, float(len(tokens))


def is_cut_off(value: Any) -> bool:
    """Whether a reason to stop says that the model had not ended."""
    return isinstance(value, str) and value.strip().lower() in CUT_OFF


def _readable(value: Any) -> bool:
    try:
        logprob_of(value)
    except Unreadable:
        return False
    return True

"""Pairs in tokens: a prompt, and the better and the worse completion of it as the model itself writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openloop.contracts import Pretrained
from openloop.errors import ContractError, InputError, RowsRefused
from openloop.records import Content, Pair
from openloop.training.settings import Settings


@dataclass(frozen=True)
class TokenPair:
    """One pair: shapes [T]."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]

    @property
    def longest(self) -> int:
        """Tokens of the longer of its two rows."""
        return len(self.prompt) + max(len(self.chosen), len(self.rejected))

    def cut(self, limit: int) -> TokenPair:
        """Each row up to so many tokens."""
        most = max(0, limit - len(self.prompt))
        return TokenPair(self.prompt, self.chosen[:most], self.rejected[:most])


@dataclass(frozen=True)
class TokenPairs:
    """All pairs of a training, and what became of those that did not fit."""

    pairs: list[TokenPair]
    too_long: int = 0
    """Pairs of which a row is longer than the limit, which were truncated or dropped."""

    @property
    def tokens(self) -> int:
        """In all rows, prompts included and counted twice, as they are computed."""
        return sum(2 * len(pair.prompt) + len(pair.chosen) + len(pair.rejected) for pair in self.pairs)


def token_pairs(model: Pretrained, pairs: Sequence[Pair], settings: Settings) -> TokenPairs:
    """Pairs as the model reads them. Raises InputError for what cannot be trained on, with how many."""
    limit = settings.longest(model.context)
    made = [_token_pair(model, pair) for pair in pairs]
    longer = sum(pair.longest > limit for pair in made)
    if longer and settings.too_long == "refuse":
        raise RowsRefused(
            f"{longer:,} of {len(pairs):,} pairs have a row longer than {limit:,} tokens (the longest has "
            f"{max(pair.longest for pair in made):,}). Say too_long='truncate' or 'drop', or raise max_length (the "
            f"model's context: {model.context:,})."
        )
    kept = [pair.cut(limit) for pair in made if pair.longest <= limit or settings.too_long == "truncate"]
    kept = [pair for pair in kept if pair.chosen != pair.rejected and pair.chosen and pair.rejected]
    if not kept:
        raise RowsRefused(
            f"no pair to train on is left of {len(pairs):,}: {longer:,} have a row longer than {limit:,} tokens, the "
            "others do not differ."
        )
    return TokenPairs(kept, longer)


def _token_pair(model: Pretrained, pair: Pair) -> TokenPair:
    prompt, chosen = _split(model, pair.prompt, pair.chosen)
    again, rejected = _split(model, pair.prompt, pair.rejected)
    if prompt != again:
        raise InputError(
            "dpo: the model's chat template writes the prompt otherwise before the chosen than before the rejected "
            "completion, so their likelihoods cannot be compared. Use chat='plain', or another template."
        )
    return TokenPair(prompt, chosen, rejected)


def _split(model: Pretrained, prompt: Content, completion: Content) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Tokens of the prompt, and of what the model is to say; what a template writes after that belongs to neither."""
    segments = model.segments(prompt, completion)
    said = [place for place, segment in enumerate(segments) if segment.by == "completion"]
    if len(said) > 1:
        raise InputError(
            "dpo: a completion of several turns of the assistant's cannot be one of a pair. Give the last."
        )
    if not said:
        return tuple(token for segment in segments for token in segment.tokens), ()
    before = (token for segment in segments[: said[0]] for token in segment.tokens)
    return tuple(before), segments[said[0]].tokens


def read_pairs(batch: Any, asked: Sequence[TokenPair], tokenizer: Any) -> dict[str, Any]:
    """Compare a real collated batch, chosen rows before rejected ones, with the pairs that it was made of.

    ``batch`` has ``input_ids``, ``attention_mask`` and ``completion_mask`` [2B, T]. Raises ContractError where the
    library would compare other tokens.
    """
    rows = []
    columns = (batch[name].tolist() for name in ("input_ids", "attention_mask", "completion_mask"))
    for ids, there, said in zip(*columns, strict=True):
        mine = [(token, by) for token, on, by in zip(ids, there, said, strict=True) if on]
        before = tuple(token for token, by in mine if not by)
        rows.append((before, tuple(token for token, by in mine if by)))
    wanted = [(pair.prompt, pair.chosen) for pair in asked] + [(pair.prompt, pair.rejected) for pair in asked]
    if rows != wanted:
        raise ContractError(
            "dpo: the library's batch does not hold the tokens that were asked for. Nothing was trained; leave out "
            "options under `trl`, or report this with the version of trl."
        )
    prompt, chosen, rejected = (
        tokenizer.decode(tokens) for tokens in (asked[0].prompt, asked[0].chosen, asked[0].rejected)
    )
    return {
        "batch_tokens": sum(len(before) + len(said) for before, said in rows),
        "batch_tokens_in_loss": sum(len(said) for _, said in rows),
        "example": f"{prompt[-300:]}«{chosen[:150]}» rather than «{rejected[:150]}»",
    }

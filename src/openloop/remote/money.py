"""What requests cost, what they may cost, and what is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from openloop.errors import InputError
from openloop.records import Usage

CHARACTERS = 3
"""A token is at least about so many characters: used to bound a request's cost before it is sent."""


@dataclass(frozen=True)
class Prices:
    """Money per million tokens, in one currency."""

    input: float = 0.0
    output: float = 0.0

    def cost(self, usage: Usage) -> float:
        """Of one request."""
        return (usage.prompt_tokens * self.input + usage.completion_tokens * self.output) / 1e6


@dataclass(frozen=True)
class Budget:
    """What a model may spend in one run (None: no limit). Checked before each request, with the most it could cost."""

    requests: int | None = None
    tokens: int | None = None
    money: float | None = None

    def allows(self, requests: int, tokens: float, money: float) -> bool:
        """Whether so much in all is within it."""
        pairs = ((self.requests, requests), (self.tokens, tokens), (self.money, money))
        return all(most is None or value <= most for most, value in pairs)


def most_tokens(text: str) -> int:
    """At most so many tokens, as far as can be told without the model's tokenizer."""
    return len(text) // CHARACTERS + 16


def spending(who: str, prices: Mapping[str, float] | None, budget: Mapping[str, float] | None) -> tuple[Prices, Budget]:
    """Prices and budget as a user writes them. Raises InputError for other keys."""
    try:
        return Prices(**dict(prices or {})), Budget(**dict(budget or {}))  # type: ignore[arg-type]
    except TypeError as error:
        raise InputError(
            f"{who}: prices takes input and output; budget takes requests, tokens and money ({error})."
        ) from None


@dataclass
class Ledger:
    """What a model has spent and what is reserved for requests in flight; its stages share it, from any thread."""

    prices: Prices
    budget: Budget
    before: Usage
    requests: int = field(init=False)
    tokens: float = field(init=False)
    money: float = field(init=False)
    _turn: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.requests = self.before.requests
        self.tokens = self.before.prompt_tokens + self.before.completion_tokens
        self.money = self.prices.cost(self.before)

    def reserve(self, most: Usage) -> bool:
        """Set aside the most that a request could use; False where the budget does not allow it."""
        with self._turn:
            tokens = self.tokens + most.prompt_tokens + most.completion_tokens
            money = self.money + self.prices.cost(most)
            if not self.budget.allows(self.requests + 1, tokens, money):
                return False
            self.requests, self.tokens, self.money = self.requests + 1, tokens, money
        return True

    def settle(self, reserved: Usage, used: Usage) -> None:
        """Replace what was set aside with what was used."""
        with self._turn:
            self.tokens += used.prompt_tokens + used.completion_tokens
            self.tokens -= reserved.prompt_tokens + reserved.completion_tokens
            self.money += self.prices.cost(used) - self.prices.cost(reserved)

    def __str__(self) -> str:
        return f"{self.requests:,} requests, {self.tokens:,.0f} tokens, {self.money:.4f} in money"

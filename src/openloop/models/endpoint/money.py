"""What requests cost, what they may cost, and what is spent."""

from __future__ import annotations

from dataclasses import dataclass, field

from openloop.models.endpoint.client import Done
from openloop.records import Asked, Completion, Usage

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
    """What one run may spend; None is no limit. Checked before each request with the most that it could cost."""

    requests: int | None = None
    tokens: int | None = None
    money: float | None = None

    def allows(self, requests: int, tokens: float, money: float) -> bool:
        """Whether so much in all is within it."""
        pairs = ((self.requests, requests), (self.tokens, tokens), (self.money, money))
        return all(most is None or value <= most for most, value in pairs)


@dataclass
class Ledger:
    """What is spent and what is reserved for requests in flight."""

    prices: Prices
    budget: Budget
    max_tokens: int
    """Of one completion."""
    before: Usage
    requests: int = 0
    tokens: float = 0.0
    money: float = 0.0
    _reserved: dict[tuple[int, int], Usage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.requests = self.before.requests
        self.tokens = self.before.prompt_tokens + self.before.completion_tokens
        self.money = self.prices.cost(self.before)

    def reserve(self, one: Asked) -> bool:
        """Set aside the most that a request could cost; False where the budget does not allow it."""
        most = Usage(len(str(one.prompt.content)) // CHARACTERS + 16, self.max_tokens)
        tokens = self.tokens + most.prompt_tokens + most.completion_tokens
        money = self.money + self.prices.cost(most)
        if not self.budget.allows(self.requests + 1, tokens, money):
            return False
        self.requests, self.tokens, self.money = self.requests + 1, tokens, money
        self._reserved[one.tag, one.index] = most
        return True

    def settle(self, one: Asked, done: Done) -> tuple[Asked, Completion, Usage]:
        """Put what was used in the place of what was set aside."""
        most = self._reserved.pop((one.tag, one.index))
        self.tokens -= most.prompt_tokens + most.completion_tokens
        self.tokens += done.usage.prompt_tokens + done.usage.completion_tokens
        self.money += self.prices.cost(done.usage) - self.prices.cost(most)
        return one, done.completion, done.usage

    def __str__(self) -> str:
        return f"{self.requests:,} requests, {self.tokens:,.0f} tokens, {self.money:.4f} in money"

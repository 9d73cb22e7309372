"""What requests cost, what they may cost, and what is spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from openloop.data.content import text_of
from openloop.records import Completion, Content, Usage

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


def counted(usage: Usage, prompt: Content, completion: Completion) -> Usage:
    """What a server counted; where it counted nothing for a text, at most what that is by its length.

    Without this, what such a server sends would count as free, and no budget would ever end.
    """
    if usage.prompt_tokens or usage.completion_tokens or completion.failure is not None:
        return usage
    said = completion.reasoning or ""
    written = len(text_of(completion.content)) + len(said)
    return Usage(len(text_of(prompt)) // CHARACTERS + 16, written // CHARACTERS + 1, usage.requests)


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

    def reserve(self, content: Content, max_tokens: int) -> Usage | None:
        """Set aside the most that a request could cost, and return it; None where the budget does not allow it."""
        most = Usage(len(str(content)) // CHARACTERS + 16, max_tokens)
        with self._turn:
            tokens = self.tokens + most.prompt_tokens + most.completion_tokens
            money = self.money + self.prices.cost(most)
            if not self.budget.allows(self.requests + 1, tokens, money):
                return None
            self.requests, self.tokens, self.money = self.requests + 1, tokens, money
        return most

    def settle(self, reserved: Usage, used: Usage) -> None:
        """Replace what was set aside with what was used."""
        with self._turn:
            self.tokens += used.prompt_tokens + used.completion_tokens
            self.tokens -= reserved.prompt_tokens + reserved.completion_tokens
            self.money += self.prices.cost(used) - self.prices.cost(reserved)

    def __str__(self) -> str:
        return f"{self.requests:,} requests, {self.tokens:,.0f} tokens, {self.money:.4f} in money"

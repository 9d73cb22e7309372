"""Short news articles and their headlines: real pairs, more articles, test pairs, and a second model.

An article states who did what to what, where and when, in one of three orders, with an irrelevant sentence. The
headline a person would write is "storm shuts port in lund". All of it is generated here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from openloop import models
from openloop.records import Completion, Content, Example, Prompt, Sampling

WHO = ["storm", "mayor", "union", "court", "bank", "fire", "crowd", "army", "flood", "judge", "actor", "team"]
DID = ["shuts", "opens", "sells", "buys", "hits", "saves", "blames", "moves", "bans", "fixes"]
WHAT = [
    "port",
    "school",
    "bridge",
    "hotel",
    "farm",
    "tower",
    "museum",
    "road",
    "mine",
    "ship",
    "market",
    "dam",
]
WHERE = ["lund", "oslo", "bath", "cork", "nice", "turin", "gent", "porto", "york", "brno", "riga", "pisa"]
WHEN = ["monday", "tuesday", "friday", "sunday", "today"]
ASIDES = [
    "{n} people wait",
    "it cost {n} coins",
    "the {noun} was empty",
    "{n} days late",
    "a {noun} stood near",
]
FORMS = [
    "{when} {where}: {who} {did} {what}. {aside}.",
    "{where}: {aside}. {who} {did} {what} {when}.",
    "{who} {did} {what}. {where} {when}. {aside}.",
]
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789 .:"
REAL, TEST, MORE, SECOND = 0, 1, 2, 3
"""Streams of articles; no article is in two of them."""


def stories(stream: int, n: int, start: int = 0) -> list[dict[str, str]]:
    """Articles ``start`` to ``start + n`` of a stream."""
    return [story(stream, i) for i in range(start, start + n)]


def story(stream: int, number: int) -> dict[str, str]:
    """One article as a prompt, with its headline."""
    luck = np.random.default_rng([stream, number])
    who, did, what, where, when, aside, form, noun = (
        str(luck.choice(words)) for words in (WHO, DID, WHAT, WHERE, WHEN, ASIDES, FORMS, WHAT)
    )
    said = form.format(
        who=who,
        did=did,
        what=what,
        where=where,
        when=when,
        aside=aside.format(n=luck.integers(2, 99), noun=noun),
    )
    return {"prompt": said, "reference": f"{who} {did} {what} in {where}"}


def real() -> list[dict[str, str]]:
    """500 pairs that a person wrote."""
    return [row | {"completion": row["reference"]} for row in stories(REAL, 500)]


def test() -> list[dict[str, str]]:
    """1,000 pairs that nothing is trained on."""
    return stories(TEST, 1000)


def articles(seed: int, start: int, n: int) -> list[dict[str, str]]:
    """Fresh articles; the person's headline comes along for the oracle only."""
    return stories(MORE + 10 + seed % 1_000_003, n, start)


class Weak:
    """A second model, better than the generator, trained on other pairs when it is first asked."""

    name = "weak"
    one_process = True
    """Trained once, in the process that asks it."""

    def __init__(self, pairs: int = 900, steps: int = 700) -> None:
        self.pairs, self.steps = pairs, steps

    @property
    def revision(self) -> str:
        """Hash of what it is trained on and how."""
        return hashlib.sha256(f"weak 1 {self.pairs} {self.steps}".encode()).hexdigest()[:32]

    @cached_property
    def model(self):
        """The model itself."""
        rows = [Example(row["prompt"], row["reference"]) for row in stories(SECOND, self.pairs)]
        untrained = models.tiny(alphabet=ALPHABET, context=96, seed=99)
        return untrained.fit(rows, seed=99, steps=self.steps, lr=0.003, batch=32)

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """Headlines of its own."""
        return self.model.sample(prompts, k, sampling)

    def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
        """How probable it finds a headline (nats)."""
        return self.model.logprobs(prompts, completions)

    def token_counts(self, completions: Sequence[Content]) -> list[int]:
        """Characters and the end."""
        return self.model.token_counts(completions)


weak = Weak()

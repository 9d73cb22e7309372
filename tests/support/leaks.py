"""Files of questions that have nothing to do with each other, and ways in which a question leaks into another file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Pair = tuple[str, str]
"""Prompt and completion."""
INSTRUCTION = (
    "You are a careful assistant. Read the question below, think step by step, and give the final answer on the last "
    "line, after the word Answer. Question:"
)


def words(rng: np.random.Generator, n: int) -> str:
    return " ".join(f"w{i}" for i in rng.integers(0, 3000, n))


def question(rng: np.random.Generator) -> str:
    return words(rng, int(rng.integers(10, 40)))


def multiple_choice(rng: np.random.Generator) -> Pair:
    return question(rng), "ABCD"[rng.integers(4)]


def integers(rng: np.random.Generator) -> Pair:
    return question(rng), str(rng.integers(0, 1000))


def instructed(rng: np.random.Generator) -> Pair:
    return f"{INSTRUCTION} {question(rng)}", words(rng, 30)


def sums(rng: np.random.Generator) -> Pair:
    a, b = rng.integers(0, 100, 2)
    return f"{a} + {b} =", str(a + b)


def instructed_sums(rng: np.random.Generator) -> Pair:
    prompt, completion = sums(rng)
    return (
        f"{INSTRUCTION} {prompt}",
        f"Both numbers together are what is asked for here, and so the answer is {completion}.",
    )


def word_problems(rng: np.random.Generator) -> Pair:
    name, thing = rng.choice(["Ann", "Ben", "Cid", "Dan", "Eve"]), rng.choice(["apples", "pears", "nuts", "eggs"])
    a, b = rng.integers(0, 100, 2)
    asked = f"How many {thing} does {name} have if she buys {a} and then eats {b} of them on the next day?"
    return asked, f"She buys {a} and eats {b} of them, and {a} minus {b} is {a - b}, so the answer is {a - b}."


UNRELATED: Mapping[str, Callable[[np.random.Generator], Pair]] = {
    made.__name__: made for made in (multiple_choice, integers, instructed, sums, instructed_sums, word_problems)
}


def one_word_changed(rng: np.random.Generator, text: str) -> str:
    held = text.split()
    held[rng.integers(len(held))] = "other"
    return " ".join(held)


WAYS: Mapping[str, Callable[[Pair, np.random.Generator], Pair]] = {
    "the prompt": lambda pair, rng: (pair[0], "B"),
    "in other case and blanks": lambda pair, rng: (pair[0].upper().replace(" ", " \n"), "B"),
    "inside a longer prompt": lambda pair, rng: (
        f"Solve this, please: {pair[0].removeprefix(INSTRUCTION)} Many thanks, number {rng.integers(10**9)}!",
        "B",
    ),
    "in the completion": lambda pair, rng: (
        f"Write question {rng.integers(10**9)}.",
        f'Sure: "{pair[0].removeprefix(INSTRUCTION).strip()}" is one.',
    ),
    "the long answer": lambda pair, rng: (words(rng, 20), pair[1]),
    "one word changed": lambda pair, rng: (one_word_changed(rng, pair[0]), "B"),
}


def file_of(made: Callable[[np.random.Generator], Pair], n: int, seed: int) -> list[Pair]:
    rng = np.random.default_rng(seed)
    return [made(rng) for _ in range(n)]


def planted(rows: list[Pair], known: list[Pair], way: str, share: float, seed: int) -> tuple[list[Pair], set[int]]:
    """The rows with a share of them replaced by leaks, and which."""
    rng = np.random.default_rng(seed)
    places = rng.choice(len(rows), round(share * len(rows)), replace=False).tolist()
    sources = rng.choice(len(known), len(places), replace=False)
    found = list(rows)
    for place, source in zip(places, sources, strict=True):
        found[place] = WAYS[way](known[source], rng)
    return found, set(places)

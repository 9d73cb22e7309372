"""A small world of three kinds of questions, each with exactly one right answer that a program can check.

add:      What is 34 plus 25?              59
reverse:  What is tiger backwards?         regit
larger:   Which is larger, 471 or 417?     471
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from openloop import signal

Row = dict[str, Any]
LETTERS = "abdegiklmnoprstu"
FAMILIES = ("add", "reverse", "larger")
REAL, TEST = 300, 300


def question(family: str, dice: random.Random) -> tuple[str, str, str]:
    """A question, its answer, and the statement that says both."""
    if family == "add":
        a, b = dice.randrange(10, 50), dice.randrange(10, 50)
        return f"What is {a} plus {b}?", str(a + b), f"{a} plus {b}: {a + b}"
    if family == "reverse":
        word = "".join(dice.choice(LETTERS) for _ in range(dice.randrange(3, 7)))
        return f"What is {word} backwards?", word[::-1], f"{word} backwards: {word[::-1]}"
    a, b = dice.sample(range(10, 100), 2)
    return f"Which is larger, {a} or {b}?", str(max(a, b)), f"larger, {a} or {b}: {max(a, b)}"


def rows(name: str, start: int, n: int) -> Iterator[Row]:
    """Rows ``start`` to ``start + n`` of an endless list of dialogues; lists of other names share no seed."""
    for i in range(start, start + n):
        family = FAMILIES[i % len(FAMILIES)]
        asked, answer, _ = question(family, random.Random(f"{name} {i}"))
        yield {"prompt": asked, "completion": answer, "answer": answer, "family": family}


def texts(n: int = 6000) -> list[Row]:
    """What the base model reads before it is ever asked anything: statements, no dialogues."""
    dice = random.Random("texts")
    return [{"text": question(dice.choice(FAMILIES), dice)[2]} for _ in range(n)]


def test() -> list[Row]:
    """Questions that accuracy is measured on."""
    return list(rows("test", 0, TEST))


def real() -> list[Row]:
    """Three hundred dialogues; none asks a question of the test."""
    asked = {row["prompt"] for row in test()}
    return [row for row in rows("real", 0, REAL * 2) if row["prompt"] not in asked][:REAL]


def questions(seed: int, start: int, n: int) -> list[Row]:
    """New questions, without their answers; none of the test."""
    asked = {row["prompt"] for row in test()}
    drawn = [row for row in rows(f"questions {seed}", 2 * start, 2 * n) if row["prompt"] not in asked][:n]
    return [{"prompt": row["prompt"], "family": row["family"]} for row in drawn]


def solve(asked: str) -> str:
    """The answer, worked out from the question alone."""
    words = asked.rstrip("?").replace(",", "").split()
    match words:
        case ["What", "is", a, "plus", b]:
            return str(int(a) + int(b))
        case ["What", "is", word, "backwards"]:
            return word[::-1]
        case ["Which", "is", "larger", a, "or", b]:
            return str(max(int(a), int(b)))
    raise ValueError(f"no question of this world: {asked!r}")


@signal(
    kind="hard",
    depends_on={"a program that knows the answer"},
    accepts=[("What is 12 plus 30?", "42"), ("What is tub backwards?", "but"), ("Which is larger, 417 or 471?", "471")],
    rejects=[("What is 12 plus 30?", "43"), ("What is tub backwards?", "tub"), ("Which is larger, 417 or 471?", "")],
)
def correct(candidate: Any) -> bool:
    """Whether the answer is the one that a program works out from the question."""
    return bool(candidate.completion.strip() == solve(candidate.prompt))

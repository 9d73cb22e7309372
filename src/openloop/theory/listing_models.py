"""Models that list twenty tasks in a reply, given some demonstrations: three ways in which these may act on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

LISTED = 20
TOPICS = 400
"""Topics of the rows that demonstrations are drawn from, all alike."""
OWN = 6
"""Topics that a model writes of by itself."""
FORMS = (
    "Explain the concept of {} in simple terms.",
    "Write a short story about {}.",
    "List five facts about {} that few people know.",
    "Translate a sentence about {} into French and back.",
    "Summarise what is known about {} for a newspaper.",
)
FORM_SHARES = (0.5, 0.2, 0.15, 0.1, 0.05)
_SYLLABLES = ("ba", "ko", "ri", "mu", "te", "sa", "no", "li", "fu", "ge")


def topic(number: int) -> str:
    """A name for a topic."""
    return "".join(_SYLLABLES[number // 10**place % 10] for place in range(3))


def copies(demonstrations: int, rng: np.random.Generator) -> list[str]:
    """Half of the items take up the topic of a demonstration, the others one of the model's own: more topics to take
    up make more different items."""
    shown = rng.integers(0, TOPICS, demonstrations)
    taken = np.where(rng.random(LISTED) < 0.5, rng.choice(shown, LISTED), TOPICS + rng.integers(0, OWN, LISTED))
    return [f"Write about {topic(int(t))}." for t in taken]


def settles(demonstrations: int, rng: np.random.Generator) -> list[str]:
    """Demonstrations show what is wanted; the fewer there are, the more items are about anything at all."""
    strays = rng.random(LISTED) < 3 / (3 + demonstrations)
    taken = np.where(strays, rng.integers(0, TOPICS, LISTED), TOPICS + rng.integers(0, OWN, LISTED))
    return [f"Write about {topic(int(t))}." for t in taken]


def ignores(demonstrations: int, rng: np.random.Generator) -> list[str]:  # noqa: ARG001
    """Topics of the model's own, whatever is shown."""
    return [f"Write about {topic(int(t))}." for t in TOPICS + rng.integers(0, OWN, LISTED)]


MODELS: Mapping[str, Callable[[int, np.random.Generator], list[str]]] = {
    "settles on what is wanted": settles,
    "copies topics": copies,
    "ignores them": ignores,
}


def in_few_forms(rng: np.random.Generator) -> list[str]:
    """Items that are all about different topics, in five forms."""
    forms = rng.choice(len(FORMS), LISTED, p=FORM_SHARES)
    topics = rng.choice(TOPICS, LISTED, replace=False)
    return [FORMS[form].format(topic(int(t))) for form, t in zip(forms, topics, strict=True)]


def written(items: list[str]) -> str:
    """A reply that lists them."""
    return "Here are the tasks:\n" + "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))

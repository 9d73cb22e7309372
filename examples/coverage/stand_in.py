"""A stand-in for a language model and for whoever asks it, so that the recipe runs offline in seconds.

Like many collections of prompts, what it is asked is uneven: most of it is about two topics, and two are forgotten.
"""

import random

from openloop import models

SUBJECTS = {
    "bread": ["a dense loaf", "a sticky dough", "a pale crust", "a sour starter", "a burnt base", "a flat roll"],
    "bicycles": ["a loose chain", "a soft tyre", "a bent rim", "a squeaking brake", "a slipping gear", "a dry bearing"],
    "tomatoes": ["yellow leaves", "split fruit", "green shoulders", "wilting stems", "sparse flowers", "curled tips"],
    "letters": [
        "a late reply",
        "a cold opening",
        "a long first line",
        "a vague request",
        "a rude close",
        "a lost page",
    ],
    "knots": [
        "a slipping bowline",
        "a jammed hitch",
        "a frayed end",
        "a twisted loop",
        "a bulky splice",
        "a weak bend",
    ],
    "maps": ["a missing scale", "a faded legend", "a wrong contour", "an old road", "a tilted north", "a torn fold"],
}
WEIGHTS = {"bread": 45, "bicycles": 40, "tomatoes": 10, "letters": 5}
"""How often each topic is asked about; of knots and maps nobody thought."""
QUESTIONS = [
    "What causes {subject} when working with {topic}?",
    "How would you explain {subject} to a beginner in {topic}?",
    "Name one way to deal with {subject}. The topic is {topic}.",
    "Is {subject} a serious problem in {topic}, and why?",
]
ANSWERS = [
    "Most often {subject} comes from haste. Work on {topic} more slowly and check each step before the next.",
    "Begin with {subject} itself: look at it in good light beside a sound example of {topic}, then change one thing.",
    "It depends. With {topic}, {subject} is harmless at first, but it grows worse when nobody attends to it.",
    "Three things help against {subject}: patience, a clean workplace, and advice from someone who knows {topic} well.",
]


def prompts(seed: int, start: int, n: int) -> list[dict]:
    """Rows ``start`` to ``start + n`` of an endless uneven list of questions."""
    rows = []
    for number in range(start, start + n):
        rng = random.Random(f"{seed} {number}")
        (topic,) = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
        text = rng.choice(QUESTIONS).format(subject=rng.choice(SUBJECTS[topic]), topic=topic)
        rows.append({"prompt": f"{text} ({number})", "topic": topic})
    return rows


def answer(prompt: str, seed: int) -> str:
    """One of a few patterns, about the subject of the question."""
    rng = random.Random(f"{prompt} {seed}")
    topic = next((name for name in SUBJECTS if name in prompt), "it")
    subject = next((one for one in SUBJECTS.get(topic, []) if one in prompt), "this")
    return rng.choice(ANSWERS).format(subject=subject, topic=topic)


teacher = models.function(answer)

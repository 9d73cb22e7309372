"""A stand-in for a language model, so that the recipe runs offline. It writes tasks and answers by filling patterns.

Like a real model it repeats itself, copies what it was shown, and now and then breaks a line of its list.
"""

import json
import random
import re

from openloop import models

TASKS = [
    "Explain in two sentences how {a} works, to someone who has only ever seen {b}.",
    "Write a short note that asks a neighbour to lend you {a} for {c}.",
    "List three things to check before buying {a} second-hand.",
    "Compare {a} with {b}: name one thing that each does better.",
    "Suggest a name for a shop that repairs {a} and sells {b}.",
    "Rewrite this so that it sounds friendly: Do not leave {a} beside {b} again.",
    "What would you pack for {c} if you could take only {a} and two other things?",
    "Give one reason for and one against sharing {a} among several families.",
    "Describe {a} in one sentence without naming its colour or its size.",
    "How would you store {a} through a damp winter?",
    "Draft a message that turns down {c} because {a} is broken.",
    "Turn these notes into one sentence: {a}, {b}, {c}, before Friday.",
]
THINGS = [
    "a rowing boat",
    "a sewing machine",
    "a telescope",
    "a beehive",
    "a wood stove",
    "a bicycle pump",
    "a kite",
    "a music box",
    "a greenhouse",
    "a typewriter",
    "a canoe",
    "a pair of skis",
    "a loom",
    "a compass",
    "a wind chime",
    "a toolbox",
    "a sundial",
    "a hammock",
    "a water filter",
    "a chess clock",
    "an accordion",
    "a rain barrel",
]
ADVICE = [
    "Look first at the part of {x} that wears out, and ask who used it last.",
    "For {c} the lighter choice is usually the better one.",
    "Keep {x} dry, off the ground and out of the sun.",
    "There are two sides to it: what it costs today and what it saves in ten years.",
    "Write down what you would miss most, then leave the rest at home.",
    "Somebody who has repaired {x} before will see in a minute what takes you an afternoon.",
    "A short and friendly word does more here than a long explanation.",
    "If it creaks, tighten it; if it still creaks, oil it; if that fails, ask.",
    "Start with the smallest step that can be undone.",
    "With {x} the first mistake is to be in a hurry.",
    "Say plainly what you need it for, and when you will bring it back.",
    "Measure twice, since {x} forgives less than one thinks.",
    "During {c} nobody has the patience for it, so do it the day before.",
    "Most people choose by the colour and regret it by the weight.",
]
OCCASIONS = [
    "a week by the sea",
    "a school fair",
    "a night in the mountains",
    "a street party",
    "a long train journey",
]


def answer(prompt, seed):
    """A list of new tasks if the prompt asks for one, else one answer."""
    luck = random.Random(seed)
    asked = re.search(r"Write (\d+) new ones", prompt)
    return "\n".join(item(luck, prompt) for _ in range(int(asked[1]))) if asked else reply(luck, prompt)


def item(luck, prompt):
    """One line of a list."""
    kind = luck.random()
    if kind < 0.03:
        return luck.choice([line for line in prompt.splitlines() if line.startswith("{")])  # copied from what was shown
    a, b = luck.sample(THINGS, 2)
    line = json.dumps({"instruction": luck.choice(TASKS).format(a=a, b=b, c=luck.choice(OCCASIONS))})
    return line[:-9] if kind < 0.06 else line  # broken off


def reply(luck, prompt):
    """An answer that at least mentions what was asked about."""
    things = [thing for thing in THINGS if thing in prompt] or ["it"]
    if luck.random() < 0.05:
        return f"Think of {things[0]}" + f" and {things[0]}" * 6
    advice = luck.sample(ADVICE, 3)
    return " ".join(sentence.format(x=luck.choice(things), c=luck.choice(OCCASIONS)) for sentence in advice)


teacher = models.function(answer, name="stand-in")

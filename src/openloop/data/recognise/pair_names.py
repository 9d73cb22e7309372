"""What the columns of pairs are called: two responses, their scores and models, verdicts, gold."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

SIDES = (("chosen", "rejected"), ("preferred", "rejected"), ("preferred", "dispreferred"))
"""The better one first, as the file says."""
RESPONSES = (
    r"response|output|answer|completion|generation|reply|model_output|model_response|human_ref|conversation|text"
)
CONTEXTS = ("history", "context", "user_prompt", "post", "dialogue")
"""Prompts of files of pairs, beside the usual ones."""
SUFFIXES = (("a", "b"), ("1", "2"), ("0", "1"), ("left", "right"), ("one", "two"))
SCORES = r".*(?:score|reward|rating|logit|grade|quality).*|rm"
MODELS = r"model|model_name|generator|source|source_model|system|policy"
MARGIN = r"(.*_)?margin(_.*)?"
GOLD = (r"gold", r"gold_.*|.*_gold", r"human.*|.*_human", r"expert.*", r"truth")
RIGHT, WRONG = ("correct", "right", "good"), ("incorrect", "wrong", "bad")
"""What cells of such a file may say of the chosen response."""
GOLD_OF_CHOSEN = (r"is_correct|correct|is_right|chosen_is_better|label_is_correct",)
"""With chosen and rejected these say whether the chosen one is the better."""
VERDICTS = (
    r"verdict|winner|preference|overall_preference|preference_strength",
    r"(winner|verdict).*|.*_(winner|verdict)",
    r"judge.*|.*_judge",
    r"preference.*|.*_preference|preferred",
    r"choice|labels?|pick(ed)?|better|best|vote",
)
SECOND_FIRST = {"overall_preference", "preference_strength"}
"""HelpSteer's columns, in which negative numbers speak for the first response."""
SWAPPED = r"swapped|swapped_.*|.*_(swapped|swap|reversed|ba)"


def sides(columns: Collection[str], base: str, usable: Callable[[str], bool]) -> Iterator[tuple[str, str, str]]:
    """Pairs of columns called ``base`` with a suffix each (``response_a``, ``response1``, ...), and that base."""
    spelled = {column.lower(): column for column in columns if usable(column)}
    for low, column in spelled.items():
        for first, second in SUFFIXES:
            found = re.fullmatch(rf"({base})([ _.-]?){first}", low)
            if found is None:
                continue
            partner = spelled.get(f"{found[1]}{found[2]}{second}")
            if partner:
                yield column, partner, found[1]


def worded(columns: Sequence[str], words: tuple[str, str], base: str) -> tuple[str, str] | None:
    """Two columns that differ by a word, the rest being ``base``: ``chosen_score`` and ``rejected_score``."""
    for column in columns:
        low = column.lower()
        rest = re.sub(rf"(^|_){words[0]}(_|$)", "_", low).strip("_")
        if words[0] not in low or not re.fullmatch(base, rest):
            continue
        wanted = low.replace(words[0], words[1])
        partner = next((other for other in columns if other.lower() == wanted), None)
        if partner is not None:
            return column, partner
    return None

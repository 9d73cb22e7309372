"""What columns are usually called. Names are regular expressions, in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

PROMPTS = (
    "prompt",
    "instruction",
    "question",
    "problem",
    "query",
    "puzzle",
    "input",
    "task",
    "article",
    "document",
)
CERTAIN = 6
"""The first of them are always prompts; the others are only where none of these is there."""
COMPLETIONS = (
    "completion",
    "response",
    "output",
    "generation",
    "generated",
    "generated_text",
    "prediction",
    "reply",
    "model_output",
)
"""What a model wrote."""
ANSWERS = ("solution", "summary", "text", "content", "answer")
"""What a model wrote, or the data's own reference answer: the name does not tell."""
GOLD = (
    "gold",
    r"is_correct|correct|is_good|is_right",
    r"gold_.*|.*_gold",
    r"human.*",
    r"factual.*",
    r"label|truth|correctness|is_valid",
)
VERDICTS = (
    r"verdict.*|.*_verdict",
    r"judge.*|.*_judge",
    r"score.*|.*_scores?",
    r"reward.*|.*_reward",
    r"verif.*|.*_verifier",
    r"accept.*",
    r".*passed|pass",
    r"preference.*|rating.*|grade|signal|approved",
)
GROUPS = (
    r"(prompt|question|task|problem|puzzle|group|item|instance|example)_?(id|idx|index|key|hash)",
    r"group|key|qid|idx|id|hash",
)
MODELS = ("model", "model_name", "source_model", "generator", "source")
STEPS = (r"((global|train|training|rl|optimizer|policy)_?)?step", r"iteration|iter|update", r"epoch")
"""When in a training a row was written, as a number."""
CONFIDENCES = ("logprob", "mean_logprob", "avg_logprob", "confidence", "cumulative_logprob")


def first_named(
    names: Iterable[str], columns: Mapping[str, str], taken: Iterable[str], fits: Callable[[str], bool]
) -> str | None:
    """The first column with such a name (names before columns) that is not taken, holds something, and fits."""
    for name in names:
        for column, kind in columns.items():
            if kind != "null" and column not in taken and re.fullmatch(name, column.lower()) and fits(column):
                return column
    return None

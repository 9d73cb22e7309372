"""What columns are usually called. Names are regular expressions of plain names, in the order in which they are tried.

The plain name of ``isCorrect``, ``Is Correct`` and ``is-correct`` is ``is_correct``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

PROMPTS = (
    "prompt",
    "instruction",
    "question",
    "problem",
    "query",
    "user_input",
    "puzzle",
    "input",
    "task",
    "article",
    "document",
    "inputs",
)
CERTAIN = 7
"""The first of them are always prompts; the others are only where none of these is there."""
COMPLETIONS = (
    "completion",
    "response",
    "output",
    "generation",
    "generated",
    "generated_text",
    "predict(ion)?",
    "reply",
    "model_output",
    "actual_output",
    "model_response",
    "model_answer",
    "generated_(response|solution|answer|output|code|completion)",
)
"""What a model wrote."""
ANSWERS = ("solution", "summary", "text", "content", "answer", "targets")
"""What a model wrote, or the data's own reference answer: the name does not tell."""
LISTS = (
    "generations",
    "responses",
    "completions",
    "samples",
    "outputs",
    "candidates",
    "rollouts",
    "predictions",
    "replies",
    "generated_texts?",
    "(model|generated)_(outputs|responses|answers|solutions|completions)",
    *COMPLETIONS,
)
"""Columns whose lists hold several completions of one prompt."""
GOLD = (
    "gold",
    r"is_correct|correct|is_good|is_right",
    r"gold_.*|.*_gold",
    r"human.*|.*_human|annotator.*|annotation|(rater|expert|crowd|worker|labell?er)_.*",
    r"factual.*",
    r"labels?|truth|correctness|is_valid|true|truthful|info|informative|resolved",
)
FAULTS = (
    r"(is_|has_)?(bad|wrong|incorrect|invalid|errors?|fail(ed|ures?)?|unsafe|broken|flagged|rejected|refus(al|ed)|spam)",
    r"(is_|has_)?(hallucinat\w*|toxic(ity)?|harmful|offensive|duplicate|low_quality|noisy|mistakes?)",
)
"""Columns whose 1, true and yes say that a row is bad: turned round where they are suggested as gold."""
GOLD_SCORES = (r"gold_.*|.*_gold", r"human.*", r"factual.*|correctness")
"""Of those, the ones that may be a number rather than good or bad."""
PEOPLE = r"(.*_)?(human|annotator|annotators|rater|raters|expert|experts|labell?er|crowd|worker)(_.*)?"
"""Columns that people filled in: gold, once a threshold says from which score on a row is good."""
LABELS = r".*(label|rating|score|prefer|judg|verdict|choice|winner|annotation|grade|vote|quality|evaluation|correct).*"
"""Names of what people filled in that say it is a label, whatever words it holds."""
WHO_RATED = r"(annotator|rater|worker|labell?er)(_?(id|name))?|annotated_by|rated_by|labell?ed_by"
"""Columns that say which person gave the scores beside them."""
RATED = r"rating|score|grade|label|quality|overall(_(score|rating|quality))?"
"""Scores that are people's where such a column stands beside them."""
VERDICTS = (
    r"verdict.*|.*_verdict",
    r"judge.*|.*_judge",
    r"score.*|.*_scores?",
    r"rewards?(_.*)?|.*_rewards?",
    r"rm_.*|.*_rm|(.*_)?logits?",
    r"verif.*|.*_verifier",
    r"accept.*",
    r"(.*_)?pass(ed)?",
    r"preference.*|ratings?(_.*)?|.*_ratings?|grade|signal|approved",
)
GROUPS = (
    r"(prompt|question|task|problem|puzzle|group|item|instance|example)_?(id|idx|index|key|hash)",
    r"group|key|qid|idx|id|hash",
)
MODELS = (r"models?", r"model_names?", "source_model", "generator", "generation_model", "model_id", "source")
STEPS = (r"((global|train|training|rl|optimizer|policy)_?)?step", r"iteration|iter|update", r"epoch")
"""When in a training a row was written, as a number."""
CONFIDENCES = (
    r"logprobs?",
    r"(mean|avg|average)_logprobs?",
    "confidence",
    r"(cumulative|sum|total)_logprobs?",
    r"(mean_|avg_)?(nll|perplexity|ppl|surprisal|entropy)",
)
UNSURE_MODEL = r"nll|perplexity|ppl|surprisal|entropy"
"""Words in the name of a confidence that is low where the model is sure."""
_MODEL_LIKE = re.compile(
    r"gpt|llama|qwen|mi[sx]tral|claude|gemini|gemma|deepseek|falcon|vicuna|alpaca|wizard|olmo|pythia|bard|palm|"
    r"command-?r|starcoder|code(gen|llama)|davinci|bloom|mpt-|phi-|yi-|tulu|zephyr|bert|bart|t5|\bgrok|nemotron|"
    r"\b\d+(\.\d+)?[bm]\b|[\w.-]+/[\w.-]+|\b(model|student|teacher|sft|dpo|rlhf|checkpoint|instruct)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def plain_name(column: str) -> str:
    """A column's name without case, blanks and hyphens: ``is_correct`` for ``isCorrect`` and ``Is Correct``."""
    spelled = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", unicodedata.normalize("NFKC", column).strip())
    return re.sub(r"[\s\-_]+", "_", spelled).lower()


def is_named(column: str, *names: str) -> bool:
    """Whether the column has one of these names."""
    return any(re.fullmatch(name, plain_name(column)) for name in names)


def by_name(columns: Iterable[str]) -> dict[str, str]:
    """Plain name → column; a column that is spelled so comes before others."""
    held = list(columns)
    return {plain_name(column): column for column in reversed(held)} | {
        column: column for column in held if column == plain_name(column)
    }


def looks_like_models(values: Iterable[object]) -> bool:
    """Whether at least half of the distinct values look like names of models."""
    distinct = {str(value) for value in values if value is not None}
    return bool(distinct) and 2 * sum(bool(_MODEL_LIKE.search(value)) for value in distinct) >= len(distinct)


def named_alike(
    names: Iterable[str], columns: Mapping[str, str], taken: Iterable[str], fits: Callable[[str], bool]
) -> Iterator[tuple[int, str]]:
    """Every column with such a name that is not taken, holds something and fits; the place of its name comes first."""
    seen = set(taken)
    for place, name in enumerate(names):
        for column, kind in columns.items():
            if kind != "null" and column not in seen and re.fullmatch(name, plain_name(column)) and fits(column):
                seen.add(column)
                yield place, column


def first_named(
    names: Iterable[str], columns: Mapping[str, str], taken: Iterable[str], fits: Callable[[str], bool]
) -> str | None:
    """The first column with such a name (names before columns) that is not taken, holds something, and fits."""
    return next((column for _, column in named_alike(names, columns, taken, fits)), None)

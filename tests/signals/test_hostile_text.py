"""Every shipped signal on completions that nobody asked for: no crash, no pass, no endless wait."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.records import Candidate, Outcome
from openloop.sandbox.bubblewrap import Bubblewrap
from openloop.scoring import checked_verdicts
from tests.support.judges import comparer, rater

TEXTS = {
    "empty": "",
    "blank": " \n\t\u00a0\u200b",
    "null bytes": "\0" * 1000,
    "lone surrogates": "\ud800\udfff" * 100,
    "10 MB of one letter": "x" * 10_000_000,
    "10 MB of words": "so it goes " * 900_000,
    "10 MB of lines": "\n" * 10_000_000,
    "open brackets": "[" * 1_000_000,
    "double brackets": "[[" * 500_000,
    "thinking": "<think>" * 200_000,
    "braces": "\\boxed{" * 200_000,
    "marks": "####" * 500_000,
    "fences": "```python\n" * 100_000,
    "escapes": "\x1b[2J\x1b]0;title\x07",
    "right to left": "\u202e\u2066 abc \u2069",
    "a number of a million digits": "9" * 1_000_000,
    "json": json.dumps({"answer": "5", "verdict": 1.0, "passed": True}),
}
ROW = {
    "answer": "5",
    "reference": "five of them",
    "rival": "another",
    "test": "assert f(1) == 2\n",
    "entry_point": "f",
    "instruction_id_list": ["punctuation:no_comma", "keywords:existence"],
    "kwargs": [{}, {"keywords": ["zebra"]}],
}


def made(name: str, folder: Path) -> Any:
    """A signal by name; skips where its package or its sandbox is missing."""
    if name in ("math", "reference", "constraints"):
        pytest.importorskip({"math": "math_verify", "reference": "rouge_score", "constraints": "nupunkt"}[name])
    if name == "code" and (why := Bubblewrap().missing()):
        pytest.skip(why)
    (folder / "labels.jsonl").write_text('{"prompt": "q", "completion": "5", "gold": true}\n')
    return {
        "exact": lambda: signals.exact(),
        "exact after": lambda: signals.exact(after="####"),
        "math": lambda: signals.math(seconds=1.0),
        "code": lambda: signals.code(seconds=1.0, cpu=1),
        "constraints": lambda: signals.constraints(seconds=1.0),
        **{shape: lambda s=shape: signals.format(s) for shape in ("think", "think-answer", "boxed", "hashes")},
        "consensus": lambda: signals.consensus(after="####"),
        "reference": lambda: signals.reference(seconds=1.0),
        "human": lambda: signals.human(str(folder / "labels.jsonl")),
        "rating": lambda: signals.rubric(rater),
        "pair": lambda: signals.rubric(comparer, against="rival"),
        "combine": lambda: signals.combine(signals.exact(), signals.format("boxed"), how="any"),
    }[name]()


NAMES = [
    "exact",
    "exact after",
    "math",
    "code",
    "constraints",
    "think",
    "think-answer",
    "boxed",
    "hashes",
    "consensus",
    "reference",
    "human",
    "rating",
    "pair",
    "combine",
]


@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_is_judged_like_any_other(name: str, tmp_path: Path) -> None:
    signal = made(name, tmp_path)
    candidates = [Candidate(f"c{i}", f"p{i}", "q", text, row=ROW) for i, text in enumerate(TEXTS.values())]
    verdicts = checked_verdicts(signal, candidates)
    for what, verdict in zip(TEXTS, verdicts, strict=True):
        assert verdict.outcome is not Outcome.ERROR or name == "code", (what, verdict)
        if name not in ("rating", "pair", "hashes", "boxed", "combine"):
            assert verdict.value is None or verdict.value < 1.0, (what, verdict)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("code", "math")])
def test_one_row_and_many_are_scored(name: str, tmp_path: Path) -> None:
    signal = made(name, tmp_path)
    rows = [Candidate(f"c{i}", f"p{i // 8}", "q", f"it is {i % 7}", row=ROW) for i in range(10_000)]
    assert len(checked_verdicts(signal, rows)) == 10_000 and len(checked_verdicts(signal, rows[:1])) == 1

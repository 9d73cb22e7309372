"""Which columns become the prompt and the completion, and what is said about it."""

from __future__ import annotations

import pytest

from openloop import data
from openloop.errors import DataError

ASK = {"role": "user", "content": "2+2?"}
REPLY = {"role": "assistant", "content": "4"}
SYSTEM = {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize(
    ("row", "layout", "expected"),
    [
        ({"prompt": "p", "completion": "c", "n": 1}, "trl", {"prompt": "p", "completion": "c", "n": 1}),
        ({"prompt": [ASK], "completion": [REPLY]}, "trl", {"prompt": [ASK], "completion": [REPLY]}),
        ({"prompt": [ASK], "completion": "4"}, "trl", {"prompt": [ASK], "completion": [REPLY]}),
        ({"prompt": "p", "completion": 4}, "trl", {"prompt": "p", "completion": "4"}),
        ({"prompt": "p", "n": [1]}, "prompt", {"prompt": "p", "n": [1]}),
        (
            {"instruction": "Add.", "input": "2 2", "output": "4"},
            "alpaca",
            {"prompt": "Add.\n\n2 2", "completion": "4"},
        ),
        (
            {"instruction": "Add.", "input": "", "output": "4"},
            "alpaca",
            {"prompt": "Add.", "completion": "4"},
        ),
        ({"instruction": "Add.", "output": "4"}, "alpaca", {"prompt": "Add.", "completion": "4"}),
        ({"messages": [SYSTEM, ASK, REPLY]}, "messages", {"prompt": [SYSTEM, ASK], "completion": [REPLY]}),
        (
            {"messages": [ASK, REPLY, ASK, REPLY]},
            "messages",
            {"prompt": [ASK, REPLY, ASK], "completion": [REPLY]},
        ),
        ({"messages": [SYSTEM, ASK]}, "messages", {"prompt": [SYSTEM, ASK]}),
        (
            {"conversations": [{"from": "human", "value": "2+2?"}, {"from": "gpt", "value": "4"}], "id": "a"},
            "sharegpt",
            {"prompt": [ASK], "completion": [REPLY], "id": "a"},
        ),
        ({"question": "q", "answer": "#### 4"}, "question/answer", {"prompt": "q", "answer": "#### 4"}),
        (
            {"prompt": "p", "chosen": "c", "rejected": "r"},
            "preference",
            {"prompt": "p", "chosen": "c", "rejected": "r"},
        ),
        (
            {"chosen": [ASK, REPLY], "rejected": [ASK, {"role": "assistant", "content": "5"}]},
            "preference",
            {
                "prompt": [ASK],
                "chosen": [ASK, REPLY],
                "rejected": [ASK, {"role": "assistant", "content": "5"}],
            },
        ),
    ],
)
def test_recognised(row: dict, layout: str, expected: dict) -> None:
    rows = data.from_rows([row])
    assert rows.layout == layout
    assert list(rows.rows) == [expected]


def test_the_sentences() -> None:
    rows = data.from_rows([{"instruction": "i", "input": "", "output": o} for o in ("a", "b", "")])
    assert rows.said == (
        "read 3 rows from rows in memory",
        "Alpaca layout: prompt = instruction + input, completion = output",
        "1 rows have an empty completion",
        "2 rows repeat an earlier prompt",
    )
    assert (
        "no completion column: training on these rows uses `answer`"
        in data.from_rows([{"prompt": "p", "answer": 4}]).said
    )
    mixed = data.from_rows([{"messages": [ASK, REPLY]}, {"messages": [ASK]}])
    assert "1 rows have no completion" in mixed.said
    assert "1 rows repeat an earlier prompt" in mixed.said
    preference = data.from_rows([{"prompt": "p", "chosen": "c", "rejected": "r"}])
    assert "completion='chosen'" in preference.said[1]
    weighted = data.from_rows([{"messages": [{**ASK, "name": "Ann", "tool_calls": None}, REPLY]}])
    assert "message keys left out: name" in weighted.said


def test_named_columns() -> None:
    row = {"input": "i", "text": "t", "n": 1}
    rows = data.from_rows([row], prompt="input", completion="text")
    assert (rows.layout, list(rows.rows)) == ("named", [{"prompt": "i", "completion": "t", "n": 1}])
    rows = data.from_rows([row], prompt="text")
    assert list(rows.rows) == [{"prompt": "t", "input": "i", "n": 1}]
    rows = data.from_rows([{"question": "q", "answer": "a"}], completion="answer")
    assert list(rows.rows) == [{"prompt": "q", "completion": "a"}]
    rows = data.from_rows([{"instruction": "i", "output": "o", "gold": "g"}], completion="gold")
    assert list(rows.rows) == [{"prompt": "i", "completion": "g", "output": "o"}]
    rows = data.from_rows([{"prompt": "p", "completion": "c", "gold": "g"}], completion="gold")
    assert list(rows.rows) == [{"prompt": "p", "completion": "g", "file.completion": "c"}]
    rows = data.from_rows([{"dialog": [ASK, REPLY]}], prompt="dialog")
    assert list(rows.rows) == [{"prompt": [ASK], "completion": [REPLY]}]
    chosen = [{"chosen": [ASK, REPLY], "rejected": [ASK, ASK]}]
    assert data.from_rows(chosen, completion="chosen").rows[0]["completion"] == [REPLY]
    pair = [{"prompt": "p", "chosen": "c", "rejected": "r"}]
    assert data.from_rows(pair, completion="chosen").rows[0]["completion"] == "c"


def test_a_displaced_column_is_kept_under_another_name() -> None:
    rows = data.from_rows([{"question": "q", "prompt": "old"}], prompt="question")
    assert list(rows.rows) == [{"prompt": "q", "file.prompt": "old"}]
    assert "the file's own column `prompt` is kept as `file.prompt`" in rows.said


def test_prompt_with_completion_wins_over_other_layouts() -> None:
    assert data.from_rows([{"prompt": "p", "completion": "c", "question": "q", "answer": "a"}]).layout == "trl"


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        (
            {"prompt": "p", "messages": [ASK]},
            {},
            r"several layouts fit: .*Choose with prompt= and completion=",
        ),
        ({"prompt": "p", "question": "q", "answer": "a"}, {}, "several layouts fit"),
        ({"words": "t", "n": 1}, {}, r"no layout fits the columns words, n.*prompt= and completion=.*in words"),
        ({"n": 1}, {}, "none holds text or messages"),
        (
            {"question": "q"},
            {"prompt": "questoin"},
            r"no column 'questoin' \(prompt=.*did you mean 'question'",
        ),
        ({"prompt": "q"}, {"completion": "x"}, r"no column 'x' \(completion='x'\); allowed: prompt"),
        ({"prompt": "q"}, {"prompt": "prompt", "completion": "prompt"}, "both name 'prompt'"),
        ({"chosen": "a b", "rejected": "a c"}, {}, "preference data without a prompt"),
        (
            {"prompt": "p", "completion": [REPLY]},
            {},
            "the prompt is text, but the completion is chat messages",
        ),
        ({"prompt": 5}, {}, "the prompt is a int"),
        ({"prompt": "p", "completion": {"a": 1}}, {}, "the completion is a dict"),
        ({"messages": [{"role": "assistant", "content": "x", "tool_calls": [1]}]}, {}, "turn 1 calls a tool"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, {}, "role 'wizard'. Allowed: system, developer"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, {}, "turn 1 has a content that is no text"),
        ({"messages": [{"who": "user"}]}, {}, r"turn 1 has the keys who\. Allowed"),
        ({"messages": ["hi"]}, {}, "turn 1 is a str, not a message"),
        ({"conversations": [{"from": "alien", "value": "x"}]}, {}, "role 'alien'. Allowed: human"),
    ],
)
def test_refused(row: dict, options: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        data.from_rows([row], **options)


def test_what_a_tool_answers_is_a_turn_like_others() -> None:
    said = [ASK, REPLY, {"role": "tool", "content": "5", "tool_call_id": "a"}, REPLY]
    read = data.from_rows([{"messages": said}])
    assert [turn["role"] for turn in read.rows[0]["prompt"]] == ["user", "assistant", "tool"]
    assert "message keys left out: tool_call_id" in read.said


def test_text_alone_is_trained_on_and_never_asked() -> None:
    rows = data.from_rows([{"text": "one"}, {"text": "two", "source": "web"}])
    assert rows.layout == "text" and [(e.prompt, e.completion) for e in data.examples(rows)] == [
        ("", "one"),
        ("", "two"),
    ]
    with pytest.raises(DataError, match="trained on, not asked"):
        data.prompts(rows)
    assert data.from_rows([{"text": "an answer", "question": "a question"}]).layout != "text"


def test_what_deepeval_calls_an_output_is_the_completion() -> None:
    (row,) = data.from_rows([{"input": "1+1", "actualOutput": "2", "expectedOutput": "2"}]).rows
    assert (row["prompt"], row["completion"]) == ("1+1", "2")

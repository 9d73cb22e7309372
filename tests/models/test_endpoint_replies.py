"""What came back is checked: a completion, or the reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import models
from openloop.errors import SpendingEnded
from openloop.models.endpoint.replies import NO_COUNTS, Malformed, counted, read
from openloop.records import Asked, Completion, Prompt, Sampling, Usage
from openloop.testing import FaultyServer


def test_reasoning_is_kept_apart() -> None:
    def reply(**message: Any) -> dict[str, Any]:
        return {"choices": [{"message": message, "finish_reason": "stop"}]}

    for held in (reply(content="<think>\nhm\n</think>\n\n42"), reply(content="42", reasoning_content="hm")):
        completion, _ = read(held, chat=True, as_messages=False, logprobs=False)
        assert (completion.content, completion.reasoning) == ("42", "hm")


NO_REPLIES = [
    [],
    {},
    {"choices": "x"},
    {"choices": [3]},
    {"choices": [{"message": {"content": 4}}]},
    {"choices": [{}]},
    {"error": {"message": "no"}},
]


@pytest.mark.parametrize("reply", NO_REPLIES)
def test_replies_of_another_shape_are_malformed(reply: Any) -> None:
    with pytest.raises(Malformed):
        read(reply, chat=True, as_messages=False, logprobs=True)


COUNTS = {"prompt_tokens": 9, "completion_tokens": 4}


def whole_reply(message: dict[str, Any], finish: str = "stop", **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": COUNTS} | more


def read_chat(reply: dict[str, Any], model: str = "") -> Completion:
    return read(reply, chat=True, as_messages=False, logprobs=False, model=model)[0]


def test_blocks_of_text_are_one_text() -> None:
    blocks = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    assert read_chat(whole_reply({"content": blocks})).content == "one\ntwo"
    with pytest.raises(Malformed):
        read_chat(whole_reply({"content": [{"type": "image_url", "image_url": {}}]}))


def test_a_call_of_a_tool_and_a_refusal_are_named() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert (
        read_chat(whole_reply({"content": None, "tool_calls": [call]})).failure == "a call of a tool instead of a text"
    )
    assert read_chat(whole_reply({"content": None, "refusal": "I cannot"})).failure == "refused by the model"
    assert read_chat(whole_reply({"content": None})).failure == "empty completion"


@pytest.mark.parametrize(
    "asked, answered, remark",
    [
        ("gpt-4o", "gpt-4o-2024-08-06", None),
        ("meta-llama/Llama-3", "llama-3", None),
        ("/models/mine", "mine.gguf", None),
        ("m", None, None),
        ("gpt-4o", "cheaper-v0", "answered by another model: cheaper-v0"),
    ],
)
def test_another_model_in_a_reply_is_a_remark(asked: str, answered: str | None, remark: str | None) -> None:
    assert read_chat(whole_reply({"content": "yes"}, model=answered), asked).remark == remark


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None, "completion_tokens": None}])
def test_tokens_that_were_not_counted_are_a_remark_and_never_free(usage: Any) -> None:
    completion, held = read(
        {"choices": [{"message": {"content": "x" * 300}}], "usage": usage}, chat=True, as_messages=False, logprobs=False
    )
    assert completion.remark == NO_COUNTS
    assert counted(held, "y" * 30, completion) == Usage(26, 101)
    assert counted(Usage(5, 6), "y" * 30, completion) == Usage(5, 6)
    assert counted(held, "y" * 30, Completion("", failure="filtered by the server")) == held


class _CountsNothing(FaultyServer):
    def _answer(self, body: dict[str, Any], name: str, fault: str) -> dict[str, Any]:
        return super()._answer(body, name, fault) | {"usage": None}


@pytest.mark.parametrize("server", [FaultyServer, _CountsNothing])
def test_a_budget_ends_also_where_the_server_counts_no_tokens(server: type[FaultyServer]) -> None:
    with server(answer=lambda *_: "word " * 60) as running:
        model = models.endpoint(
            url=running.url, model="m", prices={"input": 0, "output": 1e6}, budget={"money": 1_000}, concurrency=2
        )
        asked = [Asked(n, Prompt(str(n), f"question {n}"), 0, n) for n in range(200)]
        with pytest.raises(SpendingEnded, match="budget"):
            for _ in model.stream(asked, Sampling(max_tokens=100), lambda *_: None):
                pass
        assert running.answered.total() < 30

"""What came back is checked: a completion, or the reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from openloop.models.endpoint.replies import Malformed, read


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

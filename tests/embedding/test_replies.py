from __future__ import annotations

from typing import Any

import pytest

from openloop.embedding.replies import read
from openloop.errors import ContractError
from openloop.remote.sender import Malformed


def test_vectors_come_in_the_order_of_their_index() -> None:
    vectors, usage = read(
        {
            "data": [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1.5, 2]}],
            "usage": {"prompt_tokens": 7, "total_tokens": 7},
        }
    )
    assert vectors.tolist() == [[1.5, 2], [3, 4]] and usage.prompt_tokens == 7


def test_without_an_index_they_come_as_they_stand() -> None:
    assert read({"data": [{"embedding": [1]}, {"embedding": [2]}]})[0].tolist() == [[1], [2]]


@pytest.mark.parametrize(
    "reply", [[], {}, {"data": []}, {"data": {}}, {"data": [1]}, {"error": {"message": "busy"}}, {"choices": []}]
)
def test_replies_of_another_shape_are_worth_another_try(reply: Any) -> None:
    with pytest.raises(Malformed):
        read(reply)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [2]}], r"numbered 2 vectors \[0, 0\], not 0 to 1"),
        ([{"index": "0", "embedding": [1]}], "numbered 1 vectors"),
        ([{"embedding": "AACAPw=="}], "'AACAPw==' where a list of numbers was asked for"),
        ([{"embedding": []}], "a list of numbers"),
        ([{}], "returned None"),
        ([{"embedding": [1]}, {"embedding": [1, 2]}], "of 1 and of 2 numbers"),
        ([{"embedding": ["1.5"]}], "something else than numbers"),
        ([{"embedding": [1.5, None]}], "something else than numbers"),
        ([{"embedding": [[1], [2]]}], "something else than numbers"),
    ],
)
def test_what_are_no_vectors_is_said(data: Any, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        read({"data": data})

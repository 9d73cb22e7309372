"""Replies that were paid for are never lost."""

from __future__ import annotations

from pathlib import Path

from openloop.run.store import Store


def test_a_reply_that_is_there_survives_another_stage_sending_the_same_request(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "run")
    requests, key, text = store.requests, b"key", '{"usage": [1, 2]}'
    requests.exchange([], [key], "one")
    assert requests.unanswered("one") == 1
    requests.exchange([(key, text)], [], "one")
    requests.exchange([], [key], "two")  # which had looked before the reply came
    assert requests.replies([key]) == {key: text}
    assert (requests.unanswered("one"), requests.unanswered("two")) == (0, 0)
    store.close()


def test_a_request_that_was_never_answered_belongs_to_who_sends_it_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "run")
    store.requests.exchange([], [b"key"], "one")
    store.requests.exchange([], [b"key"], "two")
    assert (store.requests.unanswered("one"), store.requests.unanswered("two")) == (0, 1)
    store.close()

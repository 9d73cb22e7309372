"""The contract of a parser."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.contracts import Parser
from openloop.records import Candidate, Item
from openloop.testing.base import Suite

REPLIES = (
    "",
    " ",
    "nothing to read",
    "{",
    "}",
    "[]",
    "{}",
    "null",
    "1. one\n2. two",
    '{"a": 1}\n{"b"',
    "[" * 5000,
    "{" * 5000,
    '{"a":' * 3000,
    "\x00\ud800",
    "User: a\nAssistant: b\nUser:",
    "é" * 10_000,
)


def check_parser(parser: Parser, replies: Sequence[str] = ()) -> None:
    """Items for anything, cut or not, broken ones with a reason and good ones with a text; same reply → same items.

    ``replies`` that hold items are tried as well as a collection of hostile ones.
    """
    suite = Suite.of("parser", parser)
    suite.require(isinstance(parser, Parser), "has no `parse`")
    for number, text in enumerate((*replies, *REPLIES)):
        for finish in ("stop", "length"):
            reply = Candidate(f"c{number}", "p", "prompt", text, finish=finish)
            items = suite.unchanged([reply], lambda reply=reply: list(parser.parse(reply)))  # type: ignore[misc]
            suite.require(
                all(isinstance(item, Item) for item in items),
                "must return openloop.records.Item objects",
            )
            said = [
                item.completion if isinstance(item.completion, str) else "chat" for item in items if not item.broken
            ]
            suite.require(all(text.strip() for text in said), "read an empty item without saying that it is broken")
            suite.require(list(parser.parse(reply)) == items, "reads something else the second time")
    suite.check_identity(parser)

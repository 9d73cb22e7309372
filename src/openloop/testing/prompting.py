"""The contracts of what makes prompts and of what reads replies."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.contracts import Maker, Parser
from openloop.records import Candidate, Item
from openloop.testing.base import check_identity, require, unchanged

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

    ``replies`` that hold items are tried beside a collection of hostile ones.
    """
    name = f"parser {parser!r}"
    require(isinstance(parser, Parser), f"{name} has no `parse`.")
    for number, text in enumerate((*replies, *REPLIES)):
        for finish in ("stop", "length"):
            reply = Candidate(f"c{number}", "p", "prompt", text, finish=finish)
            items = unchanged(name, [reply], lambda reply=reply: list(parser.parse(reply)))  # type: ignore[misc]
            require(
                all(isinstance(item, Item) for item in items),
                f"{name} must return openloop.records.Item objects.",
            )
            said = [
                item.completion if isinstance(item.completion, str) else "chat" for item in items if not item.broken
            ]
            require(all(text.strip() for text in said), f"{name} read an empty item; say that it is broken.")
            require(list(parser.parse(reply)) == items, f"{name} reads otherwise the second time.")
    check_identity(name, parser)


def check_maker(maker: Maker, rows: int = 7) -> None:
    """So many prompts as asked, ids that differ, a sequence that can be taken up anywhere, seeds that matter not to
    the number; inputs untouched."""
    name = f"maker {maker!r}"
    require(isinstance(maker, Maker), f"{name} lacks `count` or `make`.")
    given = [{"prompt": f"Say {i}.", "completion": f"{i}"} for i in range(rows)]
    ids = [f"row{i}" for i in range(rows)]
    require(maker.count(rows) >= 1, f"{name}: count must be at least 1.")
    for seed in (0, 1):
        whole = unchanged(name, given, lambda seed=seed: maker.make(given, ids, seed, 0, 20))  # type: ignore[misc]
        require(len(whole) == 20, f"{name} was asked for 20 prompts and made {len(whole)}.")
        require(all(prompt.content for prompt in whole), f"{name} made an empty prompt.")
        later = maker.make(given, ids, seed, 8, 12)
        same = [(p.content, p.row) for p in later] == [(p.content, p.row) for p in whole[8:]]
        require(same, f"{name}: prompts 8 to 20 differ when they are made apart.")
        require(len({prompt.id for prompt in whole}) == 20, f"{name}: two prompts have one id.")
    check_identity(name, maker)

"""A list in a reply is read item by item; a broken item loses itself only."""

from __future__ import annotations

import json
import sys
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openloop import parsing
from openloop.contracts import Parser
from openloop.errors import InputError
from openloop.records import Candidate, Item
from openloop.testing import check_parser


def reply(text: str, finish: str = "stop") -> Candidate:
    return Candidate("c", "p", "asked", text, finish=finish)


def read(text: str, finish: str = "stop", **options: object) -> list[tuple[object, str]]:
    parser = parsing.items("instruction", **options)  # type: ignore[arg-type]
    return [(item.completion, item.broken) for item in parser.parse(reply(text, finish))]


LIST = ["write a", "write b", "write c"]
GOOD = [(text, "") for text in LIST]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps({"instruction": text}) for text in LIST),
        json.dumps([{"instruction": text} for text in LIST]),
        json.dumps({"tasks": [{"instruction": text} for text in LIST]}, indent=1),
        json.dumps({str(i): {"instruction": text} for i, text in enumerate(LIST)}),
        "Here you are:\n```json\n"
        + json.dumps([{"id": 1, "Instruction": f" {text}\n"} for text in LIST])
        + "\n```\nDone.",
        "1. write a\n2. write b\n3) write c",
        "- write a\n* write b\n• write c\n",
        "1. Instruction: write a\n2. **instruction**: write b\n3. INSTRUCTION: write c",
    ],
)
def test_a_list_is_read_in_any_wrapping(text: str) -> None:
    assert read(text) == GOOD


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ('{"instruction": "a"}\n{"instruction": "b}\n{"instruction": "c"}', ["", "no JSON", ""]),
        (
            '[{"instruction": "a"}, {"id": 2, "instruction": "b" "x"}, {"instruction": "c"}]',
            ["", "no JSON", ""],
        ),
        (
            '{"instruction": "a"}\n{"title": "b"}\n{"instruction": ""}',
            ["", "no instruction", "no instruction"],
        ),
        ('{"instruction": ["a"]}\n{"instruction": 7}', ["instruction is no text", ""]),
        ('{"tasks": [{"instruction": "a"}, {"instruction": "b"', ["", "no JSON"]),
        ("I am sorry, I cannot help with that.", ["no list"]),
        ("", ["no list"]),
        ("{" * 50_000, ["no list"]),
    ],
)
def test_a_broken_item_loses_itself_only(text: str, reasons: list[str]) -> None:
    assert [broken for _, broken in read(text)] == reasons


def test_what_is_cut_by_length_says_so() -> None:
    assert read('{"instruction": "a"}\n{"instruc', "length") == [("a", ""), ('{"instruc', "cut by length")]
    assert read("1. a\n2. wri", "length") == [("a", ""), ("wri", "cut by length")]
    assert read('{"instruction": "a"}\n{"instruction": "b', "length")[1][1] == "cut by length"


def test_a_new_prompt_may_come_with_its_answer() -> None:
    text = json.dumps({"instruction": "Sort these.", "context": "b, a", "response": "a, b", "level": "easy"})
    parser = parsing.items("response", prompt=["instruction", "context"], columns=["level"])
    assert parser.parse(reply(text)) == [Item("a, b", "Sort these.\n\nb, a", {"level": "easy"})]
    without = parser.parse(reply(json.dumps({"instruction": "", "response": "x"})))
    assert [(item.broken, item.prompt) for item in without] == [("no instruction", "")]


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=8), st.booleans())
def test_every_text_survives_the_list(texts: list[str], ascii_only: bool) -> None:
    lines = "\n".join(json.dumps({"instruction": text}, ensure_ascii=ascii_only) for text in texts)
    assert read(lines) == [(text.strip(), "") for text in texts]


@given(st.text(alphabet='{}[]":,\\ \na1'))
@settings(max_examples=300)
def test_any_text_is_read_without_an_exception(text: str) -> None:
    assert all(broken or said for said, broken in read(text))


def work(text: str) -> int:
    """Calls of functions that reading a reply takes."""
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        del frame, arg
        calls += event in ("call", "c_call")

    parser, given, before = parsing.items("instruction"), reply(text), sys.getprofile()
    sys.setprofile(count)
    try:
        parser.parse(given)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("piece", ['{"a":', "{", '{"instruction": "', "[", "1. "])
def test_a_hostile_reply_is_given_up_after_so_much_work_however_long_it_is(piece: str) -> None:
    longest = 900_000 // len(piece)
    quarter, whole = work(piece * (longest // 4)), work(piece * longest)
    assert whole < 30_000 and whole <= 1.1 * quarter + 1000


@pytest.mark.parametrize("piece", ["1. x\n", '{"instruction": "a"}\n', '{"instruction": "a" "b"}\n'])
def test_work_grows_with_the_length_of_a_list_and_no_faster(piece: str) -> None:
    once, twice = work(piece * 500), work(piece * 1000)
    assert twice <= 2.01 * once


def test_a_reply_beyond_all_measure_is_broken_as_a_whole() -> None:
    assert [broken for _, broken in read("1. a\n" * 300_000)] == ["too long"]


@pytest.mark.parametrize(
    "parser",
    [parsing.items("instruction"), parsing.items("response", prompt="instruction", columns=["kind"])],
)
def test_it_keeps_the_contract(parser: Parser) -> None:
    check_parser(parser, ['{"instruction": "a", "response": "b"}', "what?\nAssistant: that"])


def test_names_must_differ() -> None:
    with pytest.raises(InputError, match="different names"):
        parsing.items("a", prompt="a")

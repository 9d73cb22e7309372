"""Items: a list in a completion, read item by item; a broken item loses itself only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any, ClassVar

from openloop.data.content import text_of
from openloop.errors import InputError
from openloop.records import Candidate, Item

LONGEST = 1_000_000
"""Characters of a completion; a longer one is broken as a whole."""
MOST_FAILED = 2000
"""Braces that do not open an object, after which the rest of a completion counts as one broken item: not a list."""
EXCERPT = 500
"""Characters kept of what stood where an item is broken."""
_DECODER = JSONDecoder(strict=False)  # raw line breaks inside a string are let through
_ITEM = re.compile(r'\{\s*["\'“”]?[^"\'“”:{}\[\]\n]{1,80}["\'“”]?\s*:(?!\s*[\[{])')
"""What begins here was meant as an item: a key, and a value that holds no further ones."""
_NEXT = re.compile(r"(?<![:\s])\s*\{")
"""The next object that is not the value of a key."""
_MARK = re.compile(r"^[ \t]*(?:\d{1,4}[.):]|[-*•])[ \t]+", re.MULTILINE)


@dataclass(frozen=True)
class Items:
    """See :func:`items`."""

    completion: str
    prompt: tuple[str, ...]
    columns: tuple[str, ...]
    version: ClassVar[str] = "1"

    def parse(self, candidate: Candidate) -> Sequence[Item]:
        text = text_of(candidate.completion)
        cut = candidate.finish == "length"
        if len(text) > LONGEST:
            return [self._broken(text, "too long")]
        found = list(self._objects(text, cut)) if "{" in text else []
        return found or list(self._lines(text, cut)) or [self._broken(text, "cut by length" if cut else "no list")]

    # ---- JSON: an array, an object that holds one, or one object after the other -------------------------

    def _objects(self, text: str, cut: bool) -> Iterator[Item]:
        at, behind, failed = text.find("{"), 0, 0
        while at >= 0 and failed <= MOST_FAILED:
            try:
                value, end = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                failed += 1
                if not _ITEM.match(text, at):  # a wrapper whose end is missing, or no object at all
                    at = text.find("{", at + 1)
                    continue
                following = _NEXT.search(text, at + 1)
                end = following.end() - 1 if following else len(text)
                yield self._broken(text[at:end], "cut by length" if cut and not following else "no JSON")
            else:
                yield from self._within(value, depth=0)
            behind = end
            at = text.find("{", end)
        if failed > MOST_FAILED:
            yield self._broken(text[at:], "no list")
        elif cut and (rest := text.find("{", behind)) >= 0:
            yield self._broken(text[rest:], "cut by length")

    @property
    def _asked(self) -> set[str]:
        return {name.casefold() for name in (self.completion, *self.prompt, *self.columns)}

    def _within(self, value: Any, depth: int) -> Iterator[Item]:
        """The items of a decoded value: itself, or those that it wraps."""
        if isinstance(value, Mapping):
            named = {str(key).strip().casefold(): held for key, held in value.items()}
            if self._asked & named.keys():
                yield self._item(named)
                return
        inner = list(value.values()) if isinstance(value, Mapping) else value
        if isinstance(inner, list) and depth < 3:
            wraps = [held for held in inner if isinstance(held, Mapping | list)]
            for held in wraps:
                yield from self._within(held, depth + 1)
            if wraps or not isinstance(value, Mapping):
                return
        yield self._broken(str(value), f"no {self.completion}")

    def _item(self, named: Mapping[str, Any]) -> Item:
        values = {}
        for name in dict.fromkeys((self.completion, *self.prompt, *self.columns)):
            held = named.get(name.casefold())
            if isinstance(held, bool | int | float):
                held = str(held)
            if held is not None and not isinstance(held, str):
                return self._broken(str(named), f"{name} is no text")
            values[name] = (held or "").strip()
        prompt = "\n\n".join(values[name] for name in self.prompt if values[name])
        for name in (self.completion, *self.prompt[:1]):
            if not values[name]:
                return self._broken(str(named), f"no {name}")
        columns = {name: values[name] for name in self.columns}
        return Item(values[self.completion], prompt if self.prompt else None, columns)

    # ---- numbered or bulleted lines ----------------------------------------------------------------------

    def _lines(self, text: str, cut: bool) -> Iterator[Item]:
        marks = list(_MARK.finditer(text))
        ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
        for mark, end in zip(marks, ends, strict=True):
            said = text[mark.end() : end].strip()
            if cut and end == len(text):
                yield self._broken(said, "cut by length")
            elif labelled := self._labelled(said):
                yield self._item(labelled)
            elif self.prompt or self.columns:
                yield self._broken(said, f"no {(self.prompt + self.columns)[0]}")
            elif said:
                yield Item(said)
            else:
                yield self._broken(said, f"no {self.completion}")

    def _labelled(self, said: str) -> dict[str, str]:
        """``Instruction: ... Response: ...`` by label, where the labels are the names that are asked for."""
        names = "|".join(re.escape(name) for name in self._asked)
        parts = re.split(rf"(?:^|\n)[ \t]*\**({names})\**[ \t]*:\**", said, flags=re.IGNORECASE)
        return {name.casefold(): held.strip() for name, held in zip(parts[1::2], parts[2::2], strict=True)}

    def _broken(self, said: str, why: str) -> Item:
        return Item(said[:EXCERPT], "" if self.prompt else None, dict.fromkeys(self.columns, ""), why)


def items(
    completion: str = "completion", *, prompt: str | Sequence[str] | None = None, columns: Sequence[str] = ()
) -> Items:
    """Read the items of a list: JSON objects in any wrapping, or numbered lines.

    ``completion`` names the field that an item is about; ``prompt`` the field, or fields joined by a blank line, that
    hold a prompt which the model wrote as well (a new task with its answer); ``columns`` further fields to keep. Names
    are compared without case. Broken items become rows with a reason: not JSON, an empty field, one that is not text.
    """
    prompts = (prompt,) if isinstance(prompt, str) else tuple(prompt or ())
    names = (completion, *prompts, *columns)
    if not all(isinstance(name, str) and name.strip() for name in names) or len(set(names)) != len(names):
        raise InputError(f"items: completion, prompt and columns must be different names, got {names}.")
    return Items(completion, prompts, tuple(columns))

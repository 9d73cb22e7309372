"""How prompts and what follows them are written for a model: as raw text, by its chat template, or as plain turns.

The same tokens are read when a model is sampled, when its likelihood is asked for, and when it is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from openloop.errors import InputError
from openloop.records import Content, Message, Segment

Chat = bool | Literal["plain"]
"""How text is asked: as it stands, as a user turn of the chat template, or as a plain ``User: … Assistant:`` turn."""
_SPEAKERS = {"system": "System", "developer": "System", "user": "User", "assistant": "Assistant", "tool": "Tool"}


@dataclass(frozen=True)
class Conversation:
    """What writes rows for one model."""

    tokenizer: Any
    end_tokens: tuple[int, ...]
    chat: Chat
    system: str

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids of a text, with the beginning of a sequence before them where ``special``."""
        if not special:
            return self._tokens(text, special=False) if text else []
        found = self._tokens(text, special=True)
        return found[: len(found) - self._closing]

    @cached_property
    def _closing(self) -> int:
        """Tokens that the tokenizer appends to a sequence: they would end a prompt before it is answered."""
        alone, full = self._tokens("a", special=False), self._tokens("a", special=True)
        for more in range(len(full) - len(alone), -1, -1):
            if full[more : more + len(alone)] == alone:
                return len(full) - len(alone) - more
        return 0

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=special)["input_ids"])

    def prompt_tokens(self, prompt: Content) -> list[int]:
        """A prompt up to where the model answers. Raises InputError for an empty one."""
        if isinstance(prompt, str) and not self.chat:
            tokens = self.encode(prompt, special=True)
        elif self.chat == "plain":
            tokens = [token for segment in self._plain(self.turns(prompt), []) for token in segment.tokens]
        else:
            tokens = self.encode(self.templated(self.turns(prompt), asks=True))
        if not tokens:
            raise InputError("transformers: the prompt is empty; it needs at least one token.")
        return tokens

    def segments(self, prompt: Content, completion: Content, turns: bool) -> list[Segment]:
        """See :class:`openloop.contracts.Pretrained`."""
        if not prompt and not isinstance(completion, str):
            return self._templated([], list(completion), turns)
        if isinstance(prompt, str) and (not self.chat or not prompt):  # a text that answers nothing is no dialogue
            before = self.encode(prompt, special=True)
            said = completion if isinstance(completion, str) else "".join(turn["content"] for turn in completion)
            return _joined([Segment(tuple(before), "prompt"), self._said(self.encode(said), "completion")])
        answer = [Message(role="assistant", content=completion)] if isinstance(completion, str) else list(completion)
        if self.chat == "plain":
            return _joined(self._plain(self.turns(prompt), answer))
        return self._templated(self.turns(prompt), answer, turns)

    def turns(self, prompt: Content) -> list[Message]:
        """A prompt as chat messages, the system turn first."""
        listed = [Message(role="user", content=prompt)] if isinstance(prompt, str) else list(prompt)
        return [Message(role="system", content=self.system), *listed] if self.system else listed

    def templated(self, turns: Sequence[Message], *, asks: bool) -> str:
        """Chat messages as the model's template writes them, up to where it answers if it ``asks``."""
        if not self.tokenizer.chat_template:
            raise InputError(
                "transformers: this model has no chat template; ask it with plain text and chat=False, or with "
                "chat='plain', which writes turns as `User: ... Assistant: ...`."
            )
        from jinja2 import TemplateError

        try:
            return str(self.tokenizer.apply_chat_template(list(turns), tokenize=False, add_generation_prompt=asks))
        except (TemplateError, TypeError) as error:  # a template adds up strings, and may raise on roles it has not
            roles = ", ".join(turn["role"] for turn in turns[:6]) + (", ..." if len(turns) > 6 else "")
            raise InputError(
                f"transformers: the model's chat template refuses turns of {roles}: {error}. Change the rows or "
                "`system`, or write turns with chat='plain'."
            ) from error

    def _templated(self, prompt: list[Message], answer: list[Message], turns: bool) -> list[Segment]:
        found: list[Segment] = []
        written, every = "", prompt + answer
        for place, turn in enumerate(every):
            mine = place >= len(prompt)
            if turn["role"] != "assistant" or not (mine or turns):
                continue
            before = self.templated(every[:place], asks=True) if place else ""
            after = self.templated(every[: place + 1], asks=False)
            if not before.startswith(written) or not after.startswith(before):
                raise InputError(
                    "transformers: the chat template writes earlier turns otherwise once more turns follow (it may "
                    "drop reasoning), so what the assistant said cannot be found in a whole conversation. Train with "
                    "loss='completion' on the last turn, or make a row of each turn."
                )
            found.append(Segment(tuple(self.encode(before[len(written) :])), "prompt"))
            said = self.encode(after[len(before) :])
            end = max((i for i, token in enumerate(said) if token in self.end_tokens), default=len(said) - 1)
            found.append(self._said(said[: end + 1], "completion" if mine else "assistant", place + 1 == len(every)))
            found.append(Segment(tuple(said[end + 1 :]), "prompt"))
            written = after
        if every and every[-1]["role"] != "assistant":
            rest = self.templated(every, asks=False)
            found.append(Segment(tuple(self.encode(rest[len(written) :])), "prompt"))
        return _joined(found)

    def _plain(self, prompt: list[Message], answer: list[Message]) -> list[Segment]:
        """``System: ... User: ... Assistant: ...``; each turn of the assistant's closes with the end token."""
        every = prompt + answer
        found = [Segment(tuple(self.encode("", special=True)), "prompt")]
        gap = ""
        for place, turn in enumerate(every):
            speaker = _SPEAKERS.get(turn["role"], turn["role"].capitalize())
            if turn["role"] != "assistant":
                found.append(Segment(tuple(self.encode(f"{gap}{speaker}: {turn['content']}")), "prompt"))
                gap = " "
                continue
            found.append(Segment(tuple(self.encode(f"{gap}{speaker}:")), "prompt"))
            by: Literal["completion", "assistant"] = "completion" if place >= len(prompt) else "assistant"
            found.append(self._said(self.encode(f" {turn['content']}"), by))
            gap = ""
        if not answer:
            found.append(Segment(tuple(self.encode(f"{gap}Assistant:")), "prompt"))
        return found

    def _said(self, tokens: list[int], by: Literal["completion", "assistant"], ends: bool = True) -> Segment:
        """What the assistant said, closed by the end token unless something else follows that does not have it."""
        closed = bool(tokens) and tokens[-1] in self.end_tokens
        return Segment((*tokens, self.end_tokens[0]) if ends and not closed else tuple(tokens), by)


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Neighbours by one author as one, and none that are empty."""
    found: list[Segment] = []
    for segment in segments:
        if found and found[-1].by == segment.by and segment.by == "prompt":
            found[-1] = Segment(found[-1].tokens + segment.tokens, segment.by)
        elif segment.tokens:
            found.append(segment)
    return found

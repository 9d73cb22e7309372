"""How rows are written for a model, counted by hand: one character is one token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from openloop import models
from openloop.errors import InputError
from openloop.models.transformers.conversation import Chat
from openloop.records import Content, Message, Segment
from tests.support.small_models import CHAT, CHATML, FORGETS_REASONING, WITHOUT_END, make_model

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {"chat": CHAT, "chatml": CHATML, "without end": WITHOUT_END, "forgets reasoning": FORGETS_REASONING}
    base = tmp_path_factory.mktemp("written")
    found = {name: make_model(base / name.replace(" ", "-"), template=template) for name, template in made.items()}
    return found | {"none": make_model(base / "none", chat=False)}


def written(folder: Path, chat: Chat = False, **options: Any) -> Any:
    return models.transformers(str(folder), device="cpu", chat=chat, **options)


def turn(role: str, content: str) -> Message:
    return Message(role=role, content=content)


def texts(model: Any, segments: Sequence[Segment]) -> list[tuple[str, str]]:
    """Who said what, as text."""
    return [(segment.by, model.tokenizer().decode(list(segment.tokens))) for segment in segments]


TWO_TURNS = [turn("user", "ab"), turn("assistant", "cd"), turn("user", "e")]
ANSWER = [turn("assistant", "fg")]


def test_raw_text_ends_with_the_end_token(folders: dict[str, Path]) -> None:
    model = written(folders["chat"])
    assert texts(model, model.segments("ab", "cd")) == [("prompt", "ab"), ("completion", "cd<end>")]
    assert texts(model, model.segments("", "cd")) == [("completion", "cd<end>")]


def test_an_end_token_that_is_there_is_not_written_twice(folders: dict[str, Path]) -> None:
    model = written(folders["chat"])
    assert texts(model, model.segments("ab", "cd<end>")) == [("prompt", "ab"), ("completion", "cd<end>")]


def test_text_as_a_turn_of_the_template(folders: dict[str, Path]) -> None:
    model = written(folders["chat"], chat=True, system="s")
    assert texts(model, model.segments("ab", "cd")) == [
        ("prompt", "<system>s<end><user>ab<end><assistant>"),
        ("completion", "cd<end>"),
    ]


def test_several_turns_by_a_template(folders: dict[str, Path]) -> None:
    model = written(folders["chat"])
    assert texts(model, model.segments(TWO_TURNS, ANSWER, turns=True)) == [
        ("prompt", "<user>ab<end><assistant>"),
        ("assistant", "cd<end>"),
        ("prompt", "<user>e<end><assistant>"),
        ("completion", "fg<end>"),
    ]
    assert texts(model, model.segments(TWO_TURNS, ANSWER)) == [
        ("prompt", "<user>ab<end><assistant>cd<end><user>e<end><assistant>"),
        ("completion", "fg<end>"),
    ]


def test_what_a_template_writes_after_the_end_is_not_the_assistants(folders: dict[str, Path]) -> None:
    model = written(folders["chatml"])
    assert texts(model, model.segments(TWO_TURNS[:1], ANSWER)) == [
        ("prompt", "<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n"),
        ("completion", "fg<|im_end|>"),
        ("prompt", "\n"),
    ]


def test_a_template_without_an_end_gets_one_at_the_end(folders: dict[str, Path]) -> None:
    model = written(folders["without end"])
    assert texts(model, model.segments(TWO_TURNS, ANSWER, turns=True)) == [
        ("prompt", "user: ab\nassistant: "),
        ("assistant", "cd\n"),
        ("prompt", "user: e\nassistant: "),
        ("completion", "fg\n<end>"),
    ]


def test_tool_turns_are_read_and_never_said(folders: dict[str, Path]) -> None:
    model = written(folders["chat"])
    asked = [*TWO_TURNS[:2], turn("tool", "5")]
    assert texts(model, model.segments(asked, ANSWER, turns=True))[2:] == [
        ("prompt", "<tool>5<end><assistant>"),
        ("completion", "fg<end>"),
    ]


def test_reasoning_that_a_template_forgets_cannot_be_learned_in_earlier_turns(folders: dict[str, Path]) -> None:
    model = written(folders["forgets reasoning"])
    asked = [turn("user", "ab"), turn("assistant", "<think>r</think>cd"), turn("user", "e")]
    answer = [turn("assistant", "<think>s</think>fg")]
    with pytest.raises(InputError, match="drop reasoning"):
        model.segments(asked, answer, turns=True)
    assert texts(model, model.segments(asked, answer)) == [
        ("prompt", "<user>ab<end><assistant>cd<end><user>e<end><assistant>"),
        ("completion", "<think>s</think>fg<end>"),
    ]
    remembers = written(folders["chat"])
    assert ("assistant", "<think>r</think>cd<end>") in texts(remembers, remembers.segments(asked, answer, turns=True))


def test_plain_turns_need_no_template(folders: dict[str, Path]) -> None:
    model = written(folders["none"], chat="plain", system="s")
    assert texts(model, model.segments(TWO_TURNS, ANSWER, turns=True)) == [
        ("prompt", "System: s User: ab Assistant:"),
        ("assistant", " cd<end>"),
        ("prompt", "User: e Assistant:"),
        ("completion", " fg<end>"),
    ]


def test_messages_without_a_template_say_what_to_do(folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="chat='plain'"):
        written(folders["none"]).segments(TWO_TURNS, ANSWER)


@pytest.mark.parametrize("name", ["chat", "chatml", "without end", "forgets reasoning", "none"])
@pytest.mark.parametrize("chat", [False, True, "plain"])
@pytest.mark.parametrize("prompt", ["ab", TWO_TURNS, [*TWO_TURNS[:2], turn("tool", "5")]])
def test_a_model_is_trained_on_the_prompt_that_it_is_asked(
    folders: dict[str, Path], name: str, chat: Chat, prompt: Content
) -> None:
    model = written(folders[name], chat)
    if name == "none" and (chat is True or (chat is False and prompt != "ab")):
        return  # no template
    completion: Content = "fg" if prompt == "ab" else ANSWER
    segments = model.segments(prompt, completion)
    place = next(i for i, segment in enumerate(segments) if segment.by == "completion")
    before = [token for segment in segments[:place] for token in segment.tokens]
    assert before == model._conversation.prompt_tokens(prompt)


GEMMA_LIKE = (
    "{% for turn in messages %}"
    "{% if turn.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "<{{ turn.role }}>{{ turn.content }}<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.mark.parametrize(("template", "said"), [(GEMMA_LIKE, "System role not supported"), ("{% for %}", "Expected")])
def test_a_template_that_refuses_a_turn_is_refused_in_a_sentence(tmp_path: Path, template: str, said: str) -> None:
    model = written(make_model(tmp_path / "model", template=template), chat=True, system="s")
    with pytest.raises(InputError, match=f"refuses turns of system, user: {said}.*chat='plain'"):
        model.prompt_tokens("ab")
    with pytest.raises(InputError, match=said):
        model.segments("ab", "cd")


def test_a_tokenizer_that_closes_every_sequence_does_not_close_the_prompt(tmp_path: Path) -> None:
    from tokenizers.processors import TemplateProcessing
    from transformers import AutoTokenizer

    folder = make_model(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    numbers = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("<begin>", "<end>")]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="<begin> $A <end>", special_tokens=numbers)
    tokenizer.save_pretrained(folder)
    model = written(folder)
    assert tokenizer.decode(tokenizer("ab")["input_ids"]) == "<begin>ab<end>"  # as it would be on its own
    assert texts(model, model.segments("ab", "cd")) == [("prompt", "<begin>ab"), ("completion", "cd<end>")]
    assert model.tokenizer().decode(model.prompt_tokens("ab")) == "<begin>ab"
    assert texts(model, model.segments("", "cd")) == [("prompt", "<begin>"), ("completion", "cd<end>")]
    plain = written(folder, chat="plain")
    assert model.tokenizer().decode(plain.prompt_tokens("ab")) == "<begin>User: ab Assistant:"

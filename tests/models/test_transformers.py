"""A transformers model in this process, beside what the library itself computes."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

import openloop
from openloop import models, prompting
from openloop.errors import InputError
from openloop.models.transformers.network import HELD, fresh_network
from openloop.records import Prompt, Sampling
from openloop.testing import check_model
from tests.support.small_models import make_model

torch = pytest.importorskip("torch")
PROMPTS = [Prompt(f"p{i}", f"number {i}" + "!" * (i % 4)) for i in range(10)]
CHATS = [Prompt(f"c{i}", [{"role": "user", "content": f"say {i}"}]) for i in range(4)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("small"))


def small(folder: Path, **options: Any) -> Any:
    return models.transformers(str(folder), threads=1, device="cpu", **options)


def network(model: Any) -> Any:
    return model._network


def texts(drawn: Any) -> list[Any]:
    return [[completion.content for completion in group] for group in drawn]


def test_it_keeps_the_contract(folder: Path) -> None:
    check_model(small(folder), PROMPTS)
    check_model(small(folder, chat=True, system="be brief"), PROMPTS)
    check_model(small(folder), CHATS)


def test_greedy_is_what_the_library_itself_decodes(folder: Path) -> None:
    model = small(folder)
    mine = model.sample(PROMPTS, 1, Sampling(temperature=0, max_tokens=12))
    net = network(model)
    for prompt, (completion,) in zip(PROMPTS, mine, strict=True):
        asked = torch.tensor([model._conversation.encode(str(prompt.content), special=True)])
        out = net.model.generate(
            asked, attention_mask=torch.ones_like(asked), max_new_tokens=12, do_sample=False, **net.ends
        )[0, asked.shape[1] :]
        assert completion.content == net.tokenizer.decode(out, skip_special_tokens=True)


def first_probabilities(model: Any, prompt: Prompt) -> np.ndarray[Any, Any]:
    net = network(model)
    with torch.inference_mode():
        logits = net.model(torch.tensor([model._conversation.encode(str(prompt.content), special=True)])).logits[0, -1]
    return np.asarray(torch.softmax(logits.double(), -1))


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.5, 1.0), (1.0, 0.6)])
def test_samples_follow_the_distribution_that_was_asked_for(folder: Path, temperature: float, top_p: float) -> None:
    model, n = small(folder, batch=500), 4000
    drawn = model.sample(PROMPTS[:1], n, Sampling(temperature, top_p, max_tokens=1, seed=3))[0]
    p = first_probabilities(model, PROMPTS[0]) ** (1 / temperature)
    p /= p.sum()
    order = np.argsort(-p)
    beyond = order[np.cumsum(p[order]) - p[order] >= top_p]
    p[beyond] = 0
    p /= p.sum()
    # Tokens are told by their log-probabilities, which are all different.
    names, counts = np.unique(np.round([c.logprob for c in drawn], 9), return_counts=True)
    seen = {round(float(np.log(value)), 9): value for value in p[p > 0]}
    assert set(names.tolist()) <= seen.keys()
    found = dict(zip(names.tolist(), counts.tolist(), strict=True))
    rows = sorted((value * n, found.get(name, 0)) for name, value in seen.items())
    common = [row for row in rows if row[0] >= 5]
    rare = [row for row in rows if row[0] < 5]
    table = np.array([*common, *([(sum(r[0] for r in rare), sum(r[1] for r in rare))] if rare else [])])
    assert len(common) > 1 and chisquare(table[:, 1], table[:, 0]).pvalue > 1e-4


def test_log_probabilities_are_those_of_the_text(folder: Path) -> None:
    model = small(folder)
    drawn = model.sample(PROMPTS, 3, Sampling(max_tokens=200, seed=1))
    ended = [(p.content, c) for p, group in zip(PROMPTS, drawn, strict=True) for c in group if c.finish == "stop"]
    # Special tokens in the middle are left out of the text, so such a text has other tokens.
    told = [(prompt, c) for prompt, c in ended if len(model._conversation.encode(c.content)) + 1 == c.n_tokens]
    assert len(told) >= 3
    again = model.logprobs([prompt for prompt, _ in told], [c.content for _, c in told])
    assert again == pytest.approx([c.logprob for _, c in told], abs=1e-3)


def test_beams_are_the_librarys_and_repeats_are_said(folder: Path) -> None:
    model = small(folder, beams=6)
    drawn = model.sample(PROMPTS[:4], 4, Sampling(temperature=0, max_tokens=6))
    net = network(model)
    for prompt, mine in zip(PROMPTS[:4], drawn, strict=True):
        asked = torch.tensor([model._conversation.encode(str(prompt.content), special=True)])
        out = net.model.generate(
            asked,
            attention_mask=torch.ones_like(asked),
            max_new_tokens=6,
            do_sample=False,
            num_beams=6,
            num_return_sequences=4,
            **net.ends,
        )
        theirs = [net.tokenizer.decode(row[asked.shape[1] :], skip_special_tokens=True) for row in out]
        seen: set[str] = set()
        for text, completion in zip(theirs, mine, strict=True):
            if text in seen:
                assert completion.failure == "the same text as a better beam"
            else:
                assert completion.content == text and completion.logprob < 0
            seen.add(text)
    shares = [c.logprob / c.n_tokens for c in drawn[0] if not c.failure]
    assert shares == sorted(shares, reverse=True)
    for sampling, k in ((Sampling(temperature=1.0), 2), (Sampling(temperature=0), 7)):
        with pytest.raises(InputError, match="temperature 0 and k at most 6"):
            model.sample(PROMPTS[:1], k, sampling)


def test_the_revision_is_of_the_content(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    (copy / "README.md").write_text("anything")
    assert small(copy).revision == small(folder).revision
    others = [
        small(folder, **options) for options in ({"batch": 8}, {"dtype": "bfloat16"}, {"beams": 2}, {"chat": True})
    ]
    assert len({model.revision for model in (small(folder), *others)}) == 5
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert small(copy).revision != small(folder).revision


def test_chat_templates_and_reasoning(folder: Path) -> None:
    model = small(folder, system="be brief")
    assert network(model).tokenizer.decode(model._conversation.prompt_tokens(CHATS[0].content)) == (
        "<system>be brief<end><user>say 0<end><assistant>"
    )
    drawn = model.sample(CHATS, 1, Sampling(max_tokens=5))
    assert all(c.content[0]["role"] == "assistant" for (c,) in drawn)
    plain = small(folder, chat=True)
    assert plain._conversation.prompt_tokens("say 0") == small(folder)._conversation.prompt_tokens(CHATS[0].content)


def test_a_prefix_is_what_the_template_puts_before_the_user(folder: Path, tmp_path: Path) -> None:
    maker = prompting.prefix(tokenizer=str(folder), system="be brief")
    assert [p.content for p in prompting.make(maker, count=1).load()] == ["<system>be brief<end><user>"]
    with pytest.raises(InputError, match="prefix: tokenizer"):
        prompting.prefix(tokenizer=str(tmp_path / "nothing"))


def test_other_weights_keep_everything_else(folder: Path, tmp_path: Path) -> None:
    model = small(folder, batch=7, system="be brief", chat=True, dtype="bfloat16")
    other = model.load(make_model(tmp_path / "trained", seed=1))
    kept = ("name", "batch", "device", "dtype", "beams", "system", "chat", "threads")
    assert [getattr(other, name) for name in kept] == [getattr(model, name) for name in kept]
    assert other.revision != model.revision and model.load(folder).revision == model.revision
    short = Sampling(max_tokens=8)
    assert texts(other.sample(PROMPTS, 1, short)) != texts(model.sample(PROMPTS, 1, short))
    with pytest.raises(InputError, match=r"holds no config\.json"):
        model.load(tmp_path / "nothing")


def test_a_prompt_that_is_too_long_loses_itself_only(folder: Path) -> None:
    rows = [Prompt("long", "x" * 250), Prompt("short", "x")]
    long, short = small(folder).sample(rows, 2, Sampling(max_tokens=10))
    assert {c.finish for c in long} == {"failed"} and "exceed the model's 256 tokens" in str(long[0].failure)
    assert all(c.finish != "failed" for c in short)


def test_a_run_computes_it_once_in_the_main_process(folder: Path, tmp_path: Path) -> None:
    rows = [{"prompt": f"number {i}"} for i in range(30)]
    found = []
    for _ in range(2):
        run = openloop.Run(tmp_path / "run", workers=2)
        pool = run.sample(small(folder), rows, k=2, max_tokens=6)
        found.append([(row.completion, row.logprob) for row in pool])
        run.close()
    assert found[0] == found[1] and len(found[0]) == 60
    alone = small(folder).sample([Prompt(row["prompt"], row["prompt"]) for row in rows[:1]], 1, Sampling())
    assert alone and HELD.count == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"batch": 0}, "batch and threads at least 1"),
        ({"beams": 1}, "beams 0 or at least 2"),
        ({"dtype": "int8"}, "dtype must be"),
        ({"device": "tpu"}, "device must be"),
    ],
)
def test_wrong_options_are_refused(folder: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        models.transformers(str(folder), **options)


def test_what_is_no_model_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openloop: Callable[..., Any]
) -> None:
    with pytest.raises(InputError, match=r"holds no config\.json"):
        models.transformers(str(tmp_path))
    bare = make_model(tmp_path / "bare", chat=False)
    with pytest.raises(InputError, match="no chat template"):
        small(bare).sample(CHATS, 1, Sampling())
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be loaded"):
        small(tmp_path / "broken").sample(PROMPTS, 1, Sampling())


def test_a_model_that_lacks_weights_is_refused_and_not_made_up(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(folder, tmp_path / "cut")
    kept = {name: w for name, w in load_file(copy / "model.safetensors").items() if ".1.mlp" not in name}
    save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"lacks 3 of the weights that its config.json names, such as model.layers.1"):
        models.transformers(str(copy), device="cpu").logprobs(["ab"], ["c"])


def test_weights_that_are_cut_short_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "cut")
    (copy / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:4])
    with pytest.raises(InputError, match="cannot be loaded"):
        models.transformers(str(copy), device="cpu").logprobs(["ab"], ["c"])


def test_weights_that_cannot_be_unpickled_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "pickled")
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(b"not a pickle")
    with pytest.raises(InputError, match="cannot be loaded"):
        models.transformers(str(copy), device="cpu").logprobs(["ab"], ["c"])


def test_threads_that_need_a_network_at_once_read_it_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    all_wait = threading.Barrier(4)

    def slowly(folder: Path, *rest: Any) -> Any:
        read.append(folder)
        time.sleep(0.2)  # while the others come
        return fresh_network(folder, *rest)

    def ask(_: int) -> list[float]:
        all_wait.wait()
        return model.logprobs(["ab"], ["c"])

    monkeypatch.setattr(sys.modules[fresh_network.__module__], "fresh_network", slowly)
    model = models.transformers(str(folder), device="cpu", threads=1)
    model.release()
    with ThreadPoolExecutor(4) as pool:
        assert len({said[0] for said in pool.map(ask, range(4))}) == 1
    assert len(read) == 1

"""A Hugging Face transformers model in this process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from openloop.data.tables import FAILED
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.model_folder import content_hash
from openloop.models.reasoning import split_reasoning
from openloop.models.transformers.conversation import Chat, Conversation
from openloop.models.transformers.network import (
    HELD,
    Dtype,
    Loaded,
    Written,
    fresh_network,
    has_weights,
    written,
)
from openloop.records import Completion, Content, Message, Prompt, Sampling, Segment
from openloop.seeds import sample_seed, uniforms

if TYPE_CHECKING:
    import torch

ADAPTER = "adapter_config.json"
_turn = threading.Lock()
"""Held while a network works: chains sample from threads, and share it."""


@dataclass(frozen=True)
class TransformersModel:
    """See :func:`transformers`."""

    folder: Path
    name: str
    batch: int
    device: str
    dtype: Dtype
    beams: int
    system: str
    chat: Chat
    threads: int | None
    adapter: Path | None = None
    init: int = 0
    version: ClassVar[str] = "1"
    one_process: ClassVar[bool] = True

    @cached_property
    def revision(self) -> str:
        """Of the files' content and of all that decides the tokens: batch size, kind of device and precision too."""
        kind = self.device.partition(":")[0]
        return fingerprint([self._content, self.batch, kind, self.dtype, self.beams, self.system, self.chat])

    @cached_property
    def _content(self) -> str:
        """Names the files as they were when this model was first used."""
        mine = content_hash(self.folder)
        if not self.has_weights:
            return fingerprint([mine, "untrained", self.init])
        return mine if self.adapter is None else fingerprint([mine, content_hash(self.adapter, ADAPTER)])

    @property
    def weight_names(self) -> tuple[str, ...]:
        """See :class:`openloop.contracts.models.NamesWeights`. A server calls them by their folder; LoRA weights build
        on those of the folder."""
        under = () if self.adapter is None else (content_hash(self.folder),)
        return self._content, *under, f"served {self.folder}", f"served {self.folder.name}"

    # ---- sampling ---------------------------------------------------------------------------------------

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """See :class:`openloop.contracts.Model`. P·K rows in order of their length, ``batch`` at a time.

        ``logprob`` and ``n_tokens`` include the end token. ``logprob`` is the sampler's, after temperature and top_p;
        of greedy and beam answers the model's at T=1. A prompt too long for the model is a completion that failed.
        """
        if self.beams and (sampling.temperature > 0 or k > self.beams):
            raise InputError(
                f"transformers: beams={self.beams} needs temperature 0 and k at most {self.beams}, "
                f"got {sampling.temperature} and {k}."
            )
        tokens = [self._conversation.prompt_tokens(prompt.content) for prompt in prompts]
        most = self.context - sampling.max_tokens
        each = 1 if self.beams else k
        rows = [(p, i) for p, mine in enumerate(tokens) if len(mine) <= most for i in range(each)]
        rows.sort(key=lambda row: len(tokens[row[0]]))
        too_long = f"the prompt and max_tokens={sampling.max_tokens} exceed the model's {self.context} tokens"
        drawn = [[Completion("", finish=FAILED, failure=too_long)] * k for _ in prompts]
        for start in range(0, len(rows), self.batch):
            mine = rows[start : start + self.batch]
            asked = [tokens[p] for p, _ in mine]
            if self.beams:
                for (p, _), found in zip(mine, self._search(asked, k, sampling), strict=True):
                    drawn[p] = self._distinct(found, prompts[p])
                continue
            seeds = [sample_seed(sampling.seed, prompts[p].id, i) for p, i in mine]
            for (p, i), found_one in zip(mine, self._draw(asked, seeds, sampling), strict=True):
                drawn[p][i] = self._completion(*found_one, prompts[p])
        return drawn

    def _draw(self, asked: list[list[int]], seeds: list[int], sampling: Sampling) -> list[tuple[list[int], float]]:
        """Tokens (the end token included) and log-probability of one row each."""
        import torch
        from transformers import GenerationConfig, LogitsProcessorList

        from openloop.models.next_token import draw

        net = self._network
        luck = torch.from_numpy(uniforms(seeds, sampling.max_tokens)).to(net.device)
        nats = torch.zeros(luck.shape, dtype=torch.float64, device=net.device)
        longest = max(map(len, asked))

        def choose(tokens: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
            """Draws the next token, and leaves no other to choose from."""
            step = tokens.shape[1] - longest
            token, nats[:, step] = draw(logits, luck[:, step], sampling.temperature, sampling.top_p)
            return torch.full_like(logits, -torch.inf).scatter(-1, token[:, None], 0.0)

        config = GenerationConfig(max_new_tokens=sampling.max_tokens, do_sample=False, **net.ends)
        with _turn, self._working():
            out = net.model.generate(
                **net.padded(asked), generation_config=config, logits_processor=LogitsProcessorList([choose])
            )
        return net.answers(out[:, longest:], nats)

    def _search(self, asked: list[list[int]], k: int, sampling: Sampling) -> list[list[tuple[list[int], float]]]:
        """The k best beams of each row, best first: tokens and log-probability."""
        from transformers import GenerationConfig

        net = self._network
        config = GenerationConfig(
            max_new_tokens=sampling.max_tokens,
            do_sample=False,
            num_beams=self.beams,
            num_return_sequences=k,
            output_scores=True,
            return_dict_in_generate=True,
            **net.ends,
        )
        with _turn, self._working():
            out = net.model.generate(**net.padded(asked), generation_config=config)
            steps = net.model.compute_transition_scores(out.sequences, out.scores, out.beam_indices)
        longest = max(map(len, asked))
        found = net.answers(out.sequences[:, longest:], steps.double())
        return [found[i : i + k] for i in range(0, len(found), k)]

    def _distinct(self, beams: list[tuple[list[int], float]], prompt: Prompt) -> list[Completion]:
        """Beams as completions; of those that decode to one text only the first is one."""
        seen: set[str] = set()
        made = []
        for tokens, nats in beams:
            text = self._text(tokens)
            again = Completion("", finish=FAILED, failure="the same text as a better beam")
            made.append(again if text in seen else self._completion(tokens, nats, prompt))
            seen.add(text)
        return made

    def _text(self, tokens: Sequence[int]) -> str:
        text = str(self.tokenizer().decode(list(tokens), skip_special_tokens=True))
        return text.removeprefix(" ") if self.chat == "plain" else text

    def _completion(self, tokens: list[int], nats: float, prompt: Prompt) -> Completion:
        return replace(self.answer(prompt.content, tokens), logprob=min(0.0, nats))

    def answer(self, prompt: Content, tokens: Sequence[int]) -> Completion:
        """See :class:`openloop.contracts.Pretrained`."""
        ended = bool(tokens) and tokens[-1] in self.end_tokens
        text, reasoning = split_reasoning(self._text(tokens))
        content: Content = text if isinstance(prompt, str) else [Message(role="assistant", content=text)]
        return Completion(content, None, len(tokens), "stop" if ended else "length", reasoning)

    # ---- likelihood -------------------------------------------------------------------------------------

    def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
        """Log-probability of each completion and its end token given its prompt, at T=1 (nats).

        The completion's text is tokenised anew: where a model sampled other tokens for the same text, this is not their
        probability.
        """
        import torch

        net, written = self._network, self._conversation
        pairs = [
            (written.prompt_tokens(prompt), [*written.encode(_said(completion)), net.end_tokens[0]])
            for prompt, completion in zip(prompts, completions, strict=True)
        ]
        for before, after in pairs:
            if len(before) + len(after) > self.context:
                raise InputError(
                    f"transformers: a row of {len(before) + len(after)} tokens exceeds the model's {self.context}."
                )
        order = sorted(range(len(pairs)), key=lambda i: sum(map(len, pairs[i])))
        found = [0.0] * len(pairs)
        for start in range(0, len(order), self.batch):
            mine = order[start : start + self.batch]
            inputs = net.padded([[*pairs[i][0], *pairs[i][1]] for i in mine])
            with _turn, self._working():
                positions = (inputs["attention_mask"].cumsum(-1) - 1).clamp(min=0)
                logits = net.model(**inputs, position_ids=positions).logits
            for row, i in enumerate(mine):
                said = torch.tensor(pairs[i][1], device=net.device)
                steps = torch.log_softmax(logits[row, -len(said) - 1 : -1].double(), -1)
                found[i] = float(steps.gather(-1, said[:, None]).sum())
        return found

    def token_counts(self, completions: Sequence[Content]) -> list[int]:
        """Tokens of each completion as :meth:`logprobs` counts them, the end token included."""
        return [len(self._conversation.encode(_said(completion))) + 1 for completion in completions]

    # ---- training ---------------------------------------------------------------------------------------

    @property
    def context(self) -> int:
        """Most tokens of a prompt and its completion."""
        return self._written.context

    def tokenizer(self) -> Any:
        """See :class:`openloop.contracts.Pretrained`."""
        return self._written.tokenizer

    @property
    def end_tokens(self) -> tuple[int, ...]:
        """See :class:`openloop.contracts.Pretrained`."""
        return self._written.end_tokens

    def prompt_tokens(self, prompt: Content) -> list[int]:
        """See :class:`openloop.contracts.Pretrained`."""
        return self._conversation.prompt_tokens(prompt)

    def network(self, dtype: Dtype | None = None) -> Any:
        """See :class:`openloop.contracts.Pretrained`."""
        return fresh_network(self.folder, self.init, dtype or self.dtype)

    @property
    def has_weights(self) -> bool:
        """False for a folder that holds a configuration and a tokenizer only; its weights are random."""
        return has_weights(self.folder)

    def segments(self, prompt: Content, completion: Content, *, turns: bool = False) -> list[Segment]:
        """See :class:`openloop.contracts.Pretrained`."""
        return self._conversation.segments(prompt, completion, turns)

    def asked(self, prompt: Content) -> Content:
        """See :class:`openloop.contracts.Pretrained`."""
        written = self._conversation
        if isinstance(prompt, str) and not self.chat:
            return prompt
        if self.chat != "plain":
            return written.turns(prompt)
        return str(self.tokenizer().decode(written.prompt_tokens(prompt), skip_special_tokens=True))

    # ---- other weights ----------------------------------------------------------------------------------

    def load(self, folder: Path) -> TransformersModel:
        """A model like this one (its name, device, precision and all options) with what is in ``folder``.

        The folder must hold network and tokenizer, as ``save_pretrained`` writes them, or an adapter over this model's
        network. Raises InputError.
        """
        folder = folder.resolve()
        if (folder / ADAPTER).exists() and not (folder / "config.json").exists():
            return replace(self, adapter=folder)
        content_hash(folder)
        return replace(self, folder=folder, adapter=None)

    def release(self) -> None:
        """Let go of the networks in memory, of this and of other folders."""
        HELD.release()

    @property
    def _network(self) -> Loaded:
        return HELD.get(self.folder, self.adapter, self.init, self._content, self.device, self.dtype)

    @property
    def _written(self) -> Written:
        return written(self.folder, self._content)

    @cached_property
    def _conversation(self) -> Conversation:
        here = self._written
        return Conversation(here.tokenizer, here.end_tokens, self.chat, self.system)

    def _working(self) -> Any:
        from openloop.models.torch_threads import inference

        return inference(self.threads)


def _said(content: Content) -> str:
    return content if isinstance(content, str) else "".join(turn["content"] for turn in content)

"""A decoder-only character transformer small enough to train on one CPU core in seconds."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from openloop.data.tables import text_of
from openloop.errors import ContractError, InputError, require_installed
from openloop.identity import fingerprint
from openloop.records import Completion, Content, Example, Prompt, Sampling
from openloop.seeds import sample_seed, uniforms

if TYPE_CHECKING:
    import torch

    from openloop.models.network import Network

WARM_UP = 20
"""Steps over which the learning rate rises to its value."""
COOL_DOWN = 0.2
"""Share of the steps, the last ones, over which it falls to zero."""


@dataclass(frozen=True)
class Shape:
    """What the network looks like; ``seed`` decides its untrained weights."""

    alphabet: str
    d_model: int
    layers: int
    heads: int
    context: int
    seed: int


@dataclass(frozen=True)
class TinyTransformer:
    """See :func:`tiny`."""

    shape: Shape
    weights: bytes | None = None
    """All parameters in order as little-endian float32; None is the untrained network."""
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "tiny"

    @cached_property
    def revision(self) -> str:
        """Content hash of the weights; the untrained ones are named by what they are made from."""
        weights = "untrained" if self.weights is None else hashlib.sha256(self.weights).hexdigest()
        return fingerprint([asdict(self.shape), weights])

    # ---- sampling ---------------------------------------------------------------------------------------

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """See :class:`openloop.contracts.Model`. Prompts of one length are one batch; P·K rows in a batch.

        ``logprob`` is that of the sampler, after temperature and top-p; of greedy answers, the model's at T=1.
        """
        from openloop.models.next_token import torch_threads

        batches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        tokens = [self._prompt_tokens(prompt.content) for prompt in prompts]
        for p, mine in enumerate(tokens):
            batches[len(mine)] += [(p, i) for i in range(k)]
        completions: list[list[Completion]] = [[Completion("")] * k for _ in prompts]
        with torch_threads(1):
            network = self._network()
            for rows in batches.values():
                seeds = [sample_seed(sampling.seed, prompts[p].id, i) for p, i in rows]
                answers = self._batch(network, [tokens[p] for p, _ in rows], seeds, sampling)
                for (p, i), completion in zip(rows, answers, strict=True):
                    completions[p][i] = completion
        return completions

    def _batch(
        self, network: Network, prompts: list[list[int]], seeds: list[int], sampling: Sampling
    ) -> list[Completion]:
        import torch

        from openloop.models.next_token import draw

        end = len(self.shape.alphabet)
        steps = min(sampling.max_tokens, self.shape.context - len(prompts[0]))
        luck = torch.from_numpy(uniforms(seeds, steps))
        drawn = torch.full((len(prompts), steps), end)
        logprob = torch.zeros(len(prompts), dtype=torch.float64)
        going = torch.ones(len(prompts), dtype=torch.bool)
        with torch.inference_mode():
            logits, cache = network(torch.tensor(prompts))
            for step in range(steps):
                token, nats = draw(logits[:, -1], luck[:, step], sampling.temperature, sampling.top_p)
                drawn[:, step] = torch.where(going, token, end)
                logprob += torch.where(going, nats, 0.0)
                going &= drawn[:, step] != end
                if not going.any() or step == steps - 1:
                    break
                logits, cache = network(drawn[:, step : step + 1], cache)
        return [
            Completion(self._text(row), logprob=lp, n_tokens=self._length(row), finish="length" if cut else "stop")
            for row, lp, cut in zip(drawn.tolist(), logprob.tolist(), going.tolist(), strict=True)
        ]

    def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
        """Log-probability of each completion and its end token given its prompt, at T=1 (nats)."""
        import torch

        from openloop.models.next_token import torch_threads

        with torch_threads(1), torch.inference_mode():
            examples = [Example(p, c) for p, c in zip(prompts, completions, strict=True)]
            inputs, targets = self._tensors(examples)
            logits, _ = self._network()(inputs)
            loss = torch.nn.functional.cross_entropy(logits.double().transpose(1, 2), targets, reduction="none")
            return [float(value) for value in -loss.sum(-1)]

    def token_counts(self, completions: Sequence[Content]) -> list[int]:
        """Tokens of each completion as :meth:`logprobs` counts them: its characters and the end token."""
        return [len(text_of(completion)) + 1 for completion in completions]

    # ---- training ---------------------------------------------------------------------------------------

    def fit(
        self,
        examples: Sequence[Example],
        *,
        seed: int,
        steps: int,
        lr: float,
        batch: int = 128,
        weight_decay: float = 0.01,
        fresh: bool = False,
    ) -> TinyTransformer:
        """Train with AdamW on the completions (and the end token), never on the prompts.

        ``steps`` batches drawn without replacement, epoch after epoch. ``fresh=True`` starts from the
        untrained weights. Equal arguments give equal bits on one machine.
        """
        import torch
        from torch.nn import functional as F

        from openloop.models.next_token import torch_threads

        if not examples:
            raise InputError("fit: needs at least one example, got none.")
        if steps < 1 or batch < 1 or lr <= 0:
            raise InputError(f"fit: steps and batch at least 1, lr above 0; got {steps}, {batch}, {lr}.")
        with torch_threads(1):
            network = (replace(self, weights=None) if fresh else self)._network()
            inputs, targets = self._tensors(examples)
            generator = torch.Generator().manual_seed(seed)
            epochs = math.ceil(steps * batch / len(examples))
            order = torch.cat([torch.randperm(len(examples), generator=generator) for _ in range(epochs)])
            optimizer = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
            loss = torch.zeros(())
            for step in range(steps):
                optimizer.param_groups[0]["lr"] = lr * min(
                    1.0, (step + 1) / WARM_UP, (steps - step) / (COOL_DOWN * steps)
                )
                rows = order[step * batch : (step + 1) * batch]
                logits, _ = network(inputs[rows])
                loss = F.cross_entropy(logits.flatten(0, 1), targets[rows].flatten())
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            if not torch.isfinite(loss):
                raise ContractError(
                    f"fit: the loss became {float(loss.detach())} within {steps} steps; lower lr ({lr})."
                )
            vector = torch.nn.utils.parameters_to_vector(network.parameters()).detach()
        return replace(self, weights=vector.numpy().astype("<f4").tobytes())

    # ---- storage ----------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write shape and weights."""
        (folder / "shape.json").write_text(json.dumps(asdict(self.shape)))
        if self.weights is not None:
            (folder / "weights.f32").write_bytes(self.weights)

    @classmethod
    def load(cls, folder: Path) -> TinyTransformer:
        """Read what ``save`` wrote."""
        shape = Shape(**json.loads((folder / "shape.json").read_text()))
        weights = folder / "weights.f32"
        return cls(shape, weights.read_bytes() if weights.exists() else None)

    def _network(self) -> Network:
        import torch

        from openloop.models.network import Network

        s = self.shape
        network = Network(len(s.alphabet) + 1, s.d_model, s.layers, s.heads, s.context, s.seed)
        if self.weights is not None:
            vector = torch.from_numpy(np.frombuffer(self.weights, "<f4").copy())
            torch.nn.utils.vector_to_parameters(vector, network.parameters())
        return network

    # ---- text -------------------------------------------------------------------------------------------

    def _tensors(self, examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and targets [N, T]; targets are -100 everywhere but on completions and their end."""
        import torch

        end = len(self.shape.alphabet)
        pairs = [(self._prompt_tokens(e.prompt), self._tokens(e.completion)) for e in examples]
        longest = max(len(prompt) + len(answer) for prompt, answer in pairs)
        if longest > self.shape.context:
            raise InputError(f"tiny: a row needs {longest} tokens, more than context={self.shape.context}; raise it.")
        inputs = np.full((len(pairs), longest), end)
        targets = np.full((len(pairs), longest), -100)
        for row, (prompt, answer) in enumerate(pairs):
            start, stop = len(prompt), len(prompt) + len(answer)
            inputs[row, :stop] = prompt + answer
            targets[row, start - 1 : stop] = [*answer, end]
        return torch.from_numpy(inputs), torch.from_numpy(targets)

    def _prompt_tokens(self, content: Content) -> list[int]:
        tokens = self._tokens(content)
        if not 0 < len(tokens) < self.shape.context:
            raise InputError(f"tiny: a prompt needs 1 to {self.shape.context - 1} characters, got {len(tokens)}.")
        return tokens

    def _tokens(self, content: Content) -> list[int]:
        if not isinstance(content, str):
            raise InputError("tiny: prompts and completions are plain text, got chat messages.")
        try:
            return [self._numbers[character] for character in content]
        except KeyError as error:
            raise InputError(
                f"tiny: character {error.args[0]!r} of {content!r:.60} is not in its alphabet {self.shape.alphabet!r}."
            ) from None

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {character: number for number, character in enumerate(self.shape.alphabet)}

    def _length(self, row: list[int]) -> int:
        """Tokens drawn, the end token included."""
        end = len(self.shape.alphabet)
        return row.index(end) + 1 if end in row else len(row)

    def _text(self, row: list[int]) -> str:
        end = len(self.shape.alphabet)
        return "".join(self.shape.alphabet[t] for t in (row[: row.index(end)] if end in row else row))


def tiny(
    *,
    alphabet: str = "0123456789+=",
    d_model: int = 64,
    layers: int = 2,
    heads: int = 4,
    context: int = 16,
    seed: int = 0,
) -> TinyTransformer:
    """An untrained transformer over the characters of ``alphabet`` (about 102,000 parameters as it stands)."""
    require_installed("tiny:", "torch", "train")
    if len(set(alphabet)) != len(alphabet) or not alphabet:
        raise InputError(f"tiny: alphabet needs distinct characters, got {alphabet!r}.")
    if d_model % heads or min(d_model, layers, heads, context - 1) < 1:
        raise InputError(f"tiny: d_model ({d_model}) must be a multiple of heads ({heads}), all at least 1.")
    return TinyTransformer(Shape(alphabet, d_model, layers, heads, context, seed))

"""The tiny transformer as a model: sampling, likelihood, training and storage."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from openloop.data.content import text_of
from openloop.errors import InputError, require_installed
from openloop.identity import fingerprint
from openloop.models.tiny.characters import IGNORED, Characters
from openloop.records import Completion, Content, Example, Prompt, Sampling
from openloop.seeds import sample_seed, uniforms

if TYPE_CHECKING:
    from openloop.models.tiny.network import Network

__openloop_name__ = "openloop.models.tiny"
"""Where the classes below are found: what identity sees, whatever the files of this folder are called."""


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
        from openloop.models.torch_threads import torch_threads

        batches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        tokens = [self._characters.of_prompt(prompt.content) for prompt in prompts]
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

        characters = self._characters
        steps = min(sampling.max_tokens, self.shape.context - len(prompts[0]))
        luck = torch.from_numpy(uniforms(seeds, steps))
        drawn = torch.full((len(prompts), steps), characters.end)
        logprob = torch.zeros(len(prompts), dtype=torch.float64)
        going = torch.ones(len(prompts), dtype=torch.bool)
        with torch.inference_mode():
            logits, cache = network(torch.tensor(prompts))
            for step in range(steps):
                token, nats = draw(logits[:, -1], luck[:, step], sampling.temperature, sampling.top_p)
                drawn[:, step] = torch.where(going, token, characters.end)
                logprob += torch.where(going, nats, 0.0)
                going &= drawn[:, step] != characters.end
                if not going.any() or step == steps - 1:
                    break
                logits, cache = network(drawn[:, step : step + 1], cache)
        rows = zip(drawn.tolist(), logprob.tolist(), going.tolist(), strict=True)
        return [
            Completion(characters.text(row), nats, characters.length(row), "length" if cut else "stop")
            for row, nats, cut in rows
        ]

    # ---- likelihood -------------------------------------------------------------------------------------

    def logprobs(self, prompts: Sequence[Content], completions: Sequence[Content]) -> list[float]:
        """Log-probability of each completion and its end token given its prompt, at T=1 (nats)."""
        import torch

        from openloop.models.torch_threads import inference

        if not prompts and not completions:
            return []
        with inference(1):
            examples = [Example(p, c) for p, c in zip(prompts, completions, strict=True)]
            inputs, targets = self._characters.tensors(examples)
            logits, _ = self._network()(inputs)
            loss = torch.nn.functional.cross_entropy(
                logits.double().transpose(1, 2), targets, reduction="none", ignore_index=IGNORED
            )
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

        from openloop.models.tiny.optimize import optimize
        from openloop.models.torch_threads import torch_threads

        if not examples:
            raise InputError("fit: needs at least one example, got none.")
        if steps < 1 or batch < 1 or lr <= 0:
            raise InputError(f"fit: steps and batch at least 1, lr above 0; got {steps}, {batch}, {lr}.")
        with torch_threads(1):
            network = (replace(self, weights=None) if fresh else self)._network()
            inputs, targets = self._characters.tensors(examples)
            optimize(network, inputs, targets, seed=seed, steps=steps, lr=lr, batch=batch, weight_decay=weight_decay)
            vector = torch.nn.utils.parameters_to_vector(network.parameters()).detach()
        return replace(self, weights=vector.numpy().astype("<f4").tobytes())

    # ---- storage ----------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write shape and weights."""
        (folder / "shape.json").write_text(json.dumps(asdict(self.shape)))
        if self.weights is not None:
            (folder / "weights.f32").write_bytes(self.weights)

    def load(self, folder: Path) -> TinyTransformer:
        """Read what ``save`` wrote; shape and weights are all there is to this model."""
        shape = Shape(**json.loads((folder / "shape.json").read_text()))
        weights = folder / "weights.f32"
        return replace(self, shape=shape, weights=weights.read_bytes() if weights.exists() else None)

    @property
    def _characters(self) -> Characters:
        return Characters(self.shape.alphabet, self.shape.context)

    def _network(self) -> Network:
        import torch

        from openloop.models.tiny.network import Network

        s = self.shape
        network = Network(self._characters.end + 1, s.d_model, s.layers, s.heads, s.context, s.seed)
        if self.weights is not None:
            vector = torch.from_numpy(np.frombuffer(self.weights, "<f4").copy())
            torch.nn.utils.vector_to_parameters(vector, network.parameters())
        return network


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

"""A model with dials: its error rate, the structure of its errors, its diversity and drift are known.

No torch and no weights: the double for every test, and the quickest way to see what a loop would do.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from openloop.data.answers import last_text, normal_form
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Completion, Content, Example, Prompt, Sampling, Usage
from openloop.seeds import derive, sample_seed, uniforms

# Different ways to write one answer that all count as the answer itself; see `signals.exact`.
_STYLES = ("{}", "{}.", " {}", "{} ", " {}.", "{}. ", "  {}", "  {}.")
# One full stop at the end counts for nothing, two do: an answer that has its own is given space only.
_STYLES_AFTER_STOP = ("{}", " {}", "{} ", " {} ", "  {}", "{}  ", "  {} ", " {}  ")


@dataclass(frozen=True)
class SimulatedModel:
    """See :func:`simulated`."""

    error: float
    wrong: int
    systematic: float
    spread: float
    styles: int
    drift: float
    column: str
    metered: bool
    price: float
    seconds_per_prompt: float
    seed: int
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "simulated"

    @cached_property
    def revision(self) -> str:
        """Hash of the parameters that decide what is sampled."""
        quiet = {"metered", "price", "seconds_per_prompt"}
        return fingerprint({key: value for key, value in asdict(self).items() if key not in quiet})

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """See :class:`openloop.contracts.Model`. Temperatures other than 0 all sample at T=1."""
        if not prompts:
            return []
        if self.seconds_per_prompt:
            time.sleep(self.seconds_per_prompt * len(prompts))
        seeds = [sample_seed(sampling.seed, prompt.id, i) for prompt in prompts for i in range(k)]
        draws = uniforms(seeds, 3).reshape(len(prompts), k, 3).tolist()
        greedy = sampling.temperature == 0
        return [
            [self._answer(prompt, p, *draw, greedy=greedy) for draw in mine]
            for prompt, p, mine in zip(prompts, map(self.error_at, prompts), draws, strict=True)
        ]

    def _answer(self, prompt: Prompt, p: float, luck: float, which: float, style: float, *, greedy: bool) -> Completion:
        truth = self._truth(prompt)
        # Mass of the prompt's favourite wrong answer, and of each of the others.
        favourite = p * (self.systematic + (1 - self.systematic) / self.wrong)
        other = p * (1 - self.systematic) / self.wrong
        if greedy:
            number = None if 1 - p >= favourite else 0
            mass = max(1 - p, favourite)
        elif luck >= p:
            number, mass = None, 1 - p
        elif which < self.systematic:
            number, mass = 0, favourite
        else:
            number = int((which - self.systematic) / (1 - self.systematic) * self.wrong)
            mass = other if number else favourite
        answer = truth if number is None else self.wrong_answer(truth, number)
        styles = _STYLES_AFTER_STOP if answer.rstrip().endswith(".") else _STYLES
        styled = styles[0 if greedy else int(style * self.styles)].format(answer)
        share = mass / self.styles  # of greedy answers too: as for `tiny`, what the model gives them at T=1
        content: Content = styled if isinstance(prompt.content, str) else [{"role": "assistant", "content": styled}]
        return Completion(content, logprob=math.log(share) if share > 0 else None, n_tokens=max(1, len(answer)))

    def error_at(self, prompt: Prompt) -> float:
        """Probability of a wrong answer to one prompt: ``error`` on average, spread out between prompts."""
        if self.spread == 0 or self.error in (0.0, 1.0):
            return self.error
        from scipy.special import betaincinv

        size = 1 / self.spread - 1  # a Beta(mp, m(1−p)) has intra-class correlation 1 / (m + 1)
        rank = float(uniforms([derive(self.seed, "difficulty", str(prompt.content))], 1)[0, 0])
        return float(betaincinv(self.error * size, (1 - self.error) * size, rank))

    def wrong_answer(self, truth: str, number: int) -> str:
        """The ``number``-th wrong answer to a prompt: near the truth when that is a whole number."""
        step = number // 2 + 1
        try:
            return str(int(truth) + (step if number % 2 == 0 else -step))
        except ValueError:  # no whole number, or one too long for Python to read
            return f"{truth} not {number}"

    def _truth(self, source: Prompt | Example) -> str:
        truth = source.row.get(self.column)
        if truth is None:
            raise InputError(
                f"the simulated model answers from the rows' {self.column!r} column, which this row lacks; it has: "
                f"{', '.join(sorted(source.row)) or 'no columns'}."
            )
        return str(truth)

    def fit(self, examples: Sequence[Example], *, seed: int = 0) -> SimulatedModel:
        """A student whose error is the share of wrong rows it was trained on, plus the drift.

        Maximum likelihood sampled at T=1 answers as its training rows do: accuracy 1 − p′ (beyond-collapse, §4).
        """
        del seed  # the limit of many rows is not random
        if not examples:
            raise InputError("fit: needs at least one example, got none.")
        wrong = sum(normal_form(last_text(e.completion)) != normal_form(self._truth(e)) for e in examples)
        return replace(self, error=min(1.0, max(0.0, wrong / len(examples) + self.drift)))

    def save(self, folder: Path) -> None:
        """Write the dials."""
        (folder / "model.json").write_text(json.dumps(asdict(self)))

    def load(self, folder: Path) -> SimulatedModel:
        """Read what ``save`` wrote; the dials are all there is to this model."""
        return replace(self, **json.loads((folder / "model.json").read_text()))

    # ---- what it would cost -----------------------------------------------------------------------------

    def request_price(self, max_tokens: int, prompt_tokens: float) -> float:
        """The same for every request."""
        del max_tokens, prompt_tokens
        return self.price

    def cost(self, usage: Usage) -> float:
        """Of so many requests."""
        return self.price * usage.requests

    @property
    def limits(self) -> Mapping[str, float | None]:
        """None: nothing is really spent."""
        return {}


def simulated(
    *,
    error: float = 0.3,
    wrong: int = 9,
    systematic: float = 0.0,
    spread: float = 0.0,
    styles: int = 1,
    drift: float = 0.0,
    column: str = "answer",
    metered: bool = False,
    price: float = 0.0,
    seconds_per_prompt: float = 0.0,
    seed: int = 0,
) -> SimulatedModel:
    """A model that knows the truth (``row[column]``) and makes errors as its dials say.

    ``error``: share of wrong answers. ``wrong``: number of different wrong answers (V). ``systematic``: share of
    errors that go to each prompt's favourite wrong answer. ``spread``: intra-class correlation of errors within a
    prompt. ``styles``: number of ways to write one answer. ``drift``: added to the error by each training.
    ``metered``: each reply is committed before it is used, like a paid endpoint's, at ``price`` per request.
    """
    for name, value in {"error": error, "systematic": systematic}.items():
        if not 0 <= value <= 1:
            raise InputError(f"{name}: a probability in [0, 1], got {value}.")
    if not 0 <= spread < 1:
        raise InputError(f"spread: an intra-class correlation in [0, 1), got {spread}.")
    if wrong < 1 or not 1 <= styles <= len(_STYLES):
        raise InputError(f"wrong: at least 1, styles: 1 to {len(_STYLES)}; got {wrong} and {styles}.")
    return SimulatedModel(
        error, wrong, systematic, spread, styles, drift, column, metered, price, seconds_per_prompt, seed
    )

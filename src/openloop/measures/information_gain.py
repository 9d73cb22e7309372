"""What the model adds to its prompts, in nats: ΔI (reverse-bottleneck, Definition 4.2), from its own log-likelihoods.

ΔI = H(M | h(p)), M being what the model says and h(p) what it hears of the prompt p. It is H(M | p) where M depends on
p through h(p) only, and more otherwise: H(M | p) is a lower bound. That is the mean over prompts of −ln P(completion |
prompt), where P is what completions were drawn from, the end of the completion included. What makes it differ:

* Log-probabilities of the model at temperature 1 under which other completions were drawn (at another temperature, or
  with top-p): the mean is then a cross-entropy, too large. Under top-p at temperature 1 each token's kept mass is at
  least top_p, so that adding ln(top_p) a token makes it a lower bound again; under another temperature nothing does.
* Completions that were cut off have likelihoods of a beginning only: too small, still a lower bound.
* Different tokens for one text count as different: the entropy of tokens is at least that of the text.

It says how much is new, not whether any of it is good: random characters have the most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.intervals import require_level
from openloop.records import Estimate

ROUNDING = 1e-6
"""A log-probability above 0 by no more is 0."""


@dataclass(frozen=True)
class InformationGain:
    """Of N completions."""

    completion: Estimate
    """Nats a completion, mean over prompts: at least so much comes from the model and not from the prompt."""
    token: Estimate | None
    """Nats a token: of all completions together over their tokens; None where tokens are not known."""
    cut_off: int
    """Completions that were cut off, of which only the beginning counts."""
    corrected: float
    """Nats a completion that were taken off because log-probabilities are of the model before top-p."""


def information_gain(
    logprob: Values,
    prompt: Codes,
    *,
    n_tokens: Values | None = None,
    cut_off: Mask | None = None,
    temperature: float = 1.0,
    top_p: float = 1.0,
    of_model: bool = False,
    level: float = 0.95,
) -> InformationGain:
    """Shapes [N]: ``logprob`` (nats, at most 0) of whole completions, NaN not known; ``prompt`` codes; ``n_tokens``.

    ``of_model``: log-probabilities are of the model at temperature 1 before top-p, as most servers report them; else
    of the sampler, after ``temperature`` and ``top_p``. Each prompt counts alike however many completions it has;
    intervals are over prompts. Raises DataError for positive log-probabilities, and for those ``of_model`` that say
    nothing of the sampler: drawn at another temperature, or with top-p and without ``n_tokens``.
    """
    require_level(level)
    _require(logprob, prompt, n_tokens, cut_off)
    _require_sampler(temperature, top_p, of_model=of_model, has_tokens=n_tokens is not None)
    nats = np.where(np.isnan(logprob), np.nan, np.maximum(0.0, -logprob))
    taken = nats
    if of_model and top_p < 1 and n_tokens is not None:
        # A completion whose own bound is below 0 adds nothing, and its tokens' kept mass was larger.
        taken = np.maximum(0.0, nats + n_tokens * math.log(top_p))
    known = ~np.isnan(taken)
    size = np.bincount(prompt[known], minlength=int(prompt.max(initial=-1)) + 1)
    weight = np.where(known, 1 / np.maximum(size[prompt], 1), 1.0)
    found = clustered.mean(taken, prompt, level, weight)
    cut = 0 if cut_off is None else int((cut_off & known).sum())
    off = float(np.average((nats - taken)[known], weights=weight[known])) if known.any() else 0.0
    found = _possible(found)
    method = f"lower bound, nats a completion, mean over prompts; {found.method}{_cautions(cut, found.n, off, top_p)}"
    per_token = None if n_tokens is None else _per_token(taken, n_tokens, prompt, level)
    return InformationGain(replace(found, method=method), per_token, cut, off)


def kept_mass_bound(top_p: float, n_tokens: float) -> float:
    """Nats by which −ln P of the model before top-p may exceed that of the sampler, for ``n_tokens`` at T=1."""
    return -n_tokens * math.log(top_p)


def _per_token(nats: Values, n_tokens: Values, prompt: Codes, level: float) -> Estimate:
    """Ratio of sums, linearised, clustered by prompt."""
    usable = ~np.isnan(nats) & ~np.isnan(n_tokens) & (n_tokens > 0)
    if not usable.any():
        return Estimate(math.nan, None, None, level, 0, len(nats), "undefined: no row has tokens")
    x, t, of = nats[usable], n_tokens[usable], prompt[usable]
    ratio = float(x.sum() / t.sum())
    found = _possible(clustered.mean(ratio + (x - ratio * t) / t.mean(), of, level))
    out = int((~usable).sum())
    method = f"nats a token, all completions over all tokens; linearised; {found.method}"
    return replace(found, value=ratio, n_unscored=out, method=method)


def _possible(found: Estimate) -> Estimate:
    return found if found.low is None else replace(found, low=max(0.0, found.low))


def _cautions(cut: int, n: int, off: float, top_p: float) -> str:
    said = ""
    if cut:
        said += f"; {cut:,} of {n:,} completions were cut off and count with their beginning only"
    if off:
        said += f"; {off:.3g} nats were taken off: top-p kept {top_p:g} or more of each token's mass"
    return said


def _require(logprob: Values, prompt: Codes, n_tokens: Values | None, cut_off: Mask | None) -> None:
    others = [values for values in (prompt, n_tokens, cut_off) if values is not None]
    if logprob.ndim != 1 or any(values.shape != logprob.shape for values in others):
        shapes = ", ".join(str(values.shape) for values in (logprob, *others))
        raise DataError(
            f"information_gain: needs one log-probability, prompt and number of tokens a row, got {shapes}."
        )
    require_logprobs(logprob, "information_gain")


def require_logprobs(logprob: Values, what: str) -> None:
    """Raise DataError for values that no log-probability has; NaN is one that is not known."""
    known = logprob[~np.isnan(logprob)]
    wrong = (known > ROUNDING) | np.isneginf(known)
    if wrong.any():
        first = float(known[wrong][0])
        raise DataError(
            f"{what}: log-probabilities are finite and at most 0, got {first:.6g} ({int(wrong.sum()):,} of "
            f"{len(known):,} are not). Probabilities need their logarithm, and negative log-likelihoods their sign."
        )


def _require_sampler(temperature: float, top_p: float, *, of_model: bool, has_tokens: bool) -> None:
    if temperature <= 0:
        raise DataError(
            f"information_gain: temperature is above 0, got {temperature:g}: greedy completions are not drawn, and the "
            "model adds no information to the prompt but its weights."
        )
    if not 0 < top_p <= 1:
        raise DataError(f"information_gain: top_p is above 0 and at most 1, got {top_p:g}.")
    if of_model and temperature != 1:
        raise DataError(
            f"information_gain: log-probabilities at temperature 1 do not say how probable completions were at "
            f"{temperature:g}. Record the sampler's (vLLM: --logprobs-mode processed_logprobs), or sample at "
            "temperature 1."
        )
    if of_model and top_p < 1 and not has_tokens:
        raise DataError(
            f"information_gain: under top-p {top_p:g} log-probabilities of the model may be too low by "
            f"{kept_mass_bound(top_p, 1):.3f} nats a token. Give n_tokens, or record the sampler's."
        )

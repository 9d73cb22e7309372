"""A verifier with dials: φ and ψ known, for tests, demonstrations and what-if runs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

from openloop.data.answers import last_text, normal_form
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Verdict
from openloop.seeds import derive, uniforms
from openloop.signals.base import Declaration, Declared, row_columns
from openloop.signals.gold import golds_of


@dataclass(frozen=True)
class SimulatedSignal(Declared):
    """See :func:`simulated`."""

    column: str
    phi: float
    psi: float
    noise: Literal["fresh", "fixed"]
    abstain: float
    timeout: float
    error: float
    strata: Mapping[str, Mapping[Any, tuple[float, float]]] = field(default_factory=dict)
    seed: int = 0
    version: ClassVar[str] = "1"

    @cached_property
    def declared(self) -> Declaration:
        return Declaration("simulated", row_columns(self.column))

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        if not candidates:
            return []
        draws = uniforms([derive(self.seed, *self._named(candidate)) for candidate in candidates], 2)
        return [self._one(candidate, *draw) for candidate, draw in zip(candidates, draws.tolist(), strict=True)]

    def _named(self, candidate: Candidate) -> tuple[str, ...]:
        if self.noise == "fresh":
            return (candidate.id,)
        return (candidate.prompt_id, last_text(candidate.completion))

    def _one(self, candidate: Candidate, luck: float, fate: float) -> Verdict:
        golds = golds_of(candidate.row, self.column)
        if isinstance(golds, Verdict):
            return golds
        for outcome, share in (("abstained", self.abstain), ("timeout", self.timeout), ("error", self.error)):
            if fate < share:
                return Verdict(None, Outcome(outcome), "simulated")
            fate -= share
        phi, psi = self.phi, self.psi
        for column, rates in self.strata.items():
            stratum = candidate.row.get(column)
            if isinstance(stratum, Hashable):
                phi, psi = rates.get(stratum, (phi, psi))
        good = normal_form(last_text(candidate.completion)) in map(normal_form, golds)
        return Verdict(float(luck < (phi if good else psi)))


def simulated(
    column: str = "answer",
    *,
    phi: float = 0.9,
    psi: float = 0.2,
    noise: Literal["fresh", "fixed"] = "fresh",
    abstain: float = 0.0,
    timeout: float = 0.0,
    error: float = 0.0,
    strata: Mapping[str, Mapping[Any, tuple[float, float]]] | None = None,
    seed: int = 0,
) -> SimulatedSignal:
    """Accepts a good row with probability φ and a bad one with ψ (beyond-collapse, §4).

    ``noise="fresh"`` draws per candidate; ``"fixed"`` per answer, so that the same wrong answer to a prompt
    always passes or never does. ``strata={"level": {"hard": (.9, .8)}}`` sets (φ, ψ) by a row's column.
    ``abstain``, ``timeout`` and ``error`` are shares of rows without a score.
    """
    shares: dict[str, float] = {
        "phi": phi,
        "psi": psi,
        "abstain": abstain,
        "timeout": timeout,
        "error": error,
    }
    for of, rates in (strata or {}).items():
        for stratum, pair in rates.items():
            if len(pair) != 2:
                raise InputError(f"strata.{of}.{stratum}: a pair (phi, psi), got {pair}.")
            shares[f"strata.{of}.{stratum}.phi"], shares[f"strata.{of}.{stratum}.psi"] = pair
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise InputError(f"{name}: a probability in [0, 1], got {value}.")
    unscored = abstain + timeout + error
    if unscored > 1 + 1e-9:
        raise InputError(f"abstain, timeout and error: shares that sum to at most 1, got {unscored}.")
    if noise not in ("fresh", "fixed"):
        raise InputError(f"noise: 'fresh' or 'fixed', got {noise!r}.")
    return SimulatedSignal(column, phi, psi, noise, abstain, timeout, error, strata or {}, seed)

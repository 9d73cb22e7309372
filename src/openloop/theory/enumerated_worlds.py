"""reverse-bottleneck's inequalities in small worlds that can be counted out: which hold always, and which do not.

A world: real data S_a, a prompt factor e_p (a function of S_a, or random given it), a model factor e_M, the output M =
h(e_p) + g(e_M), synthetic data S = M + ε, a model W trained on S and one W′ trained on S_a. All are small whole
numbers, so every entropy is exact (bits).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import InputError
from openloop.theory.bottleneck import (
    always_bound,
    compression_bottleneck,
    flow_bound,
    gain_bound,
    generalisation_gain,
    information_gain,
)
from openloop.theory.channel import entropy

CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Setting:
    """What kind of worlds."""

    noise: bool = False
    """Whether ε is more than 0."""
    random_prompt: bool = False
    """Whether e_p has luck of its own beside S_a."""
    independent: bool = True
    """Whether e_M is independent of e_p."""


class World:
    """Atoms with chances, and each variable's value on each."""

    def __init__(self, chances: Values, values: Mapping[str, Codes]) -> None:
        self.chances, self.values = chances, dict(values)
        self._entropies: dict[frozenset[str], float] = {}

    def h(self, *names: str) -> float:
        """Joint entropy (bits)."""
        key = frozenset(names)
        if key not in self._entropies:
            code = np.zeros(len(self.chances), dtype=np.int64)
            for name in sorted(key):
                column = self.values[name]
                code = code * (int(column.max()) + 1) + column
            self._entropies[key] = entropy(np.bincount(np.unique(code, return_inverse=True)[1], weights=self.chances))
        return self._entropies[key]

    def i(self, a: str, b: str, given: str = "") -> float:
        """I(a; b | given) (bits)."""
        rest = (given,) if given else ()
        return self.h(a, *rest) + self.h(b, *rest) - self.h(a, b, *rest) - (self.h(given) if given else 0.0)

    @cached_property
    def gain(self) -> float:
        """ΔI (Def. 4.2)."""
        return information_gain(self.h("M"), self.i("hp", "M"))

    @cached_property
    def bottleneck(self) -> float:
        """B_syn (Def. 4.3)."""
        return compression_bottleneck(self.i("g", "W"), self.i("p", "W"))

    @cached_property
    def delta(self) -> float:
        """δ of Lemma 4.5 with the smallest λ ≥ 1 of Lemma E.1 (there is one where I(e_p; M) > 0)."""
        shared = self.i("p", "M")
        stretch = max(1.0, self.h("p") / shared) if shared > CLOSE else 1.0
        return (stretch - 1) * shared - (self.i("M", "W") - self.i("S", "W"))

    @cached_property
    def alpha(self) -> float:
        """H(S_a | W′) / H(S_a | W); 1 where W leaves nothing open."""
        open_ = self.h("A", "W") - self.h("W")
        return (self.h("A", "V") - self.h("V")) / open_ if open_ > CLOSE else 1.0

    @cached_property
    def slack(self) -> float:
        """ΔI + I(S_a; M) − H(S_gen): what separates GGMI from the bound of Thm 4.10, whatever W, W′ and α."""
        return self.gain + self.i("A", "M") - self.h("S")


def _gain_bound(w: World) -> tuple[float, float]:
    """Thm 4.10."""
    h_a, h_a_w = w.h("A"), w.h("A", "W") - w.h("W")
    epsilon = h_a_w - (w.h("A", "M") - w.h("M"))
    right = gain_bound(w.gain, w.alpha, h_a_w, h_a - w.h("S"), w.h("S", "W") - w.h("W"), epsilon)
    return generalisation_gain(w.i("A", "V"), w.i("S", "W")), right


STEPS: Mapping[str, Callable[[World], tuple[float, float]]] = {
    "(17), (30) H(S) ≤ H(M)": lambda w: (w.h("S"), w.h("M")),
    "(18) I(S;W) ≤ I(M;W)": lambda w: (w.i("S", "W"), w.i("M", "W")),
    "(20) H(h(e_p)) ≤ H(e_p)": lambda w: (w.h("hp"), w.h("p")),
    "(21) I(h(e_p);W) ≤ I(e_p;W)": lambda w: (w.i("hp", "W"), w.i("p", "W")),
    "(22) I(g(e_M);W) ≤ I(e_M;W)": lambda w: (w.i("gm", "W"), w.i("g", "W")),
    "(23) I(M;W) ≤ I(h;W) + I(g;W)": lambda w: (w.i("M", "W"), w.i("hp", "W") + w.i("gm", "W")),
    "(25) −H(M) + I(e_p;M) ≤ −ΔI": lambda w: (-w.h("M") + w.i("p", "M"), -w.gain),
    "(26) H(M) − H(e_p) ≤ H(e_M)": lambda w: (w.h("M") - w.h("p"), w.h("g")),
    "(31) I(h(e_p);M) ≤ I(S_a;M)": lambda w: (w.i("hp", "M"), w.i("A", "M")),
    "Lemma 4.5": lambda w: (w.i("S", "W"), flow_bound(w.gain, w.bottleneck, w.h("g"), w.delta)),
    "Thm 4.10": _gain_bound,
    "instead: I(S;W) ≤ I(e_p;W) + I(e_M;W|e_p) + H(ε)": lambda w: (
        w.i("S", "W"),
        always_bound(w.i("p", "W"), w.i("g", "W", "p"), w.h("e")),
    ),
}
"""Each step of the proofs as (left, right): it claims left ≤ right."""


def random_world(setting: Setting, rng: np.random.Generator, size: int = 3) -> World:
    """One world: chances from flat Dirichlet laws, functions h, g drawn at random, W and W′ noisy functions of their
    data.
    """

    def channel(rows: int, columns: int) -> Values:
        return rng.dirichlet(np.full(columns, 0.5), size=rows)

    h, g = rng.integers(0, size, size), rng.integers(0, size, size)
    if setting.random_prompt:
        prompt = channel(size, size)
    else:
        prompt = np.eye(size)[rng.integers(0, size, size)]
    model = np.tile(channel(1, size), (size, 1)) if setting.independent else channel(size, size)
    noise = channel(1, 2)[0] if setting.noise else np.array([1.0, 0.0])
    most = 2 * size
    return _world(rng.dirichlet(np.ones(size)), prompt, model, h, g, noise, channel(most, size), channel(size, size))


def _world(
    anchor: Values,
    prompt: Values,
    model: Values,
    h: Codes,
    g: Codes,
    noise: Values,
    w: Values,
    v: Values,
) -> World:
    """Every atom (S_a, e_p, e_M, ε, W, W′): W given S, W′ given S_a."""
    sizes = (len(anchor), prompt.shape[1], model.shape[1], len(noise), w.shape[1], v.shape[1])
    a, p, m, e, x, y = (axis.ravel() for axis in np.indices(sizes))
    out = h[p] + g[m]
    s = out + e
    chances = anchor[a] * prompt[a, p] * model[p, m] * noise[e] * w[s, x] * v[a, y]
    kept = chances > 0
    values = {"A": a, "p": p, "g": m, "hp": h[p], "gm": g[m], "M": out, "e": e, "S": s, "W": x, "V": y}
    return World(chances[kept], {name: codes[kept] for name, codes in values.items()})


@dataclass(frozen=True, slots=True)
class Failures:
    """How one step fared."""

    step: str
    worlds: int
    failed: int
    worst: float
    """Largest left − right (bits)."""


def failures(setting: Setting, worlds: int, rng: np.random.Generator) -> list[Failures]:
    """Each step of :data:`STEPS` in so many random worlds."""
    if worlds < 1:
        raise InputError(f"worlds: must be at least 1, got {worlds}.")
    over = np.array(
        [
            [left - right for left, right in (step(world) for step in STEPS.values())]
            for world in (random_world(setting, rng) for _ in range(worlds))
        ]
    )
    return [
        Failures(name, worlds, int((over[:, i] > CLOSE).sum()), float(over[:, i].max())) for i, name in enumerate(STEPS)
    ]


def smallest_counterexample(step: str) -> tuple[str, float, float] | None:
    """A step's first failure among worlds of fair bits, as (what it is, left, right); None where all of them keep it.

    S_a = e_p and e_M are fair bits, h and g leave them as they are, no noise; W is any function of S ∈ {0, 1, 2}.
    """
    if step not in STEPS:
        raise InputError(f"no step {step!r}; there are {', '.join(STEPS)}.")
    for outputs, world in _bit_worlds():
        left, right = STEPS[step](world)
        if left > right + CLOSE:
            said = ", ".join(f"{s} → {w}" for s, w in enumerate(outputs))
            return f"fair bits e_p, e_M; S = e_p + e_M; W: {said}", left, right
    return None


def _bit_worlds() -> Iterator[tuple[tuple[int, ...], World]]:
    bits, same = np.full(2, 0.5), np.arange(2)
    for outputs in product(range(2), repeat=3):
        w = np.eye(2)[list(outputs)]
        yield (
            outputs,
            _world(bits, np.eye(2), np.tile(bits, (2, 1)), same, same, np.array([1.0]), w, np.eye(2)),
        )

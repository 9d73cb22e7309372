"""The command line's theory: `openloop simulate WHAT` prints numbers, `openloop reproduce` makes figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from openloop.errors import InputError

simulate = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="What the papers' theory says of given numbers: closed forms and simulations.",
)

Phi = Annotated[float, typer.Option(help="P(keep | good), in [0, 1].")]
Psi = Annotated[float, typer.Option(help="P(keep | bad), in [0, 1].")]
Bad = Annotated[float, typer.Option("--p", help="P(bad), in [0, 1].")]
Rows = Annotated[int, typer.Option("--n", help="Rows a round.")]
Rounds = Annotated[int, typer.Option(help="Rounds.")]
Seed = Annotated[int, typer.Option(help="Of what is simulated.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _say(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for name, value in found.items():
        typer.echo(f"{name}: {value:.6g}" if isinstance(value, float) else f"{name}: {value}")


@simulate.command()
def breakdown(
    phi: Phi,
    psi: Psi,
    p: Annotated[float | None, typer.Option("--p", help="P(bad).")] = None,
    t: Annotated[float | None, typer.Option(help="Also p★⁻(t) and p★⁺(t).")] = None,
    as_json: Json = False,
) -> None:
    """The breakdown point p★ = φ/(φ + ψ); with --p the bad share after filtering, and the side of p★.

    Holds for flips and verdicts that do not depend on the row, and rows as many as wanted. Filtering lowers the bad
    share exactly when ψ < φ, whatever p★ says.
    """
    from openloop.theory import breakdown as theory

    found: dict[str, Any] = {"p_star": float(theory.breakdown_point(phi, psi)), "filtering_helps": psi < phi}
    if t is not None:
        found["p_minus"], found["p_plus"] = theory.proxy_points(phi, psi, t)
    if p is not None:
        after = float(theory.bad_after(p, phi, psi))
        found |= {"bad_after": None if after != after else after, "side": theory.side(p, phi, psi)}
    _say(found, as_json)


@simulate.command()
def plurality(
    p: Bad,
    phi: Phi,
    psi: Psi,
    answers: Annotated[int, typer.Option(help="Wrong answers, alike.")] = 9,
    k: Annotated[int, typer.Option(help="Candidates that vote, 1 to 600.")] = 16,
    as_json: Json = False,
) -> None:
    """A vote among K candidates, several wrong answers: where it breaks, and the exact chance that it is right."""
    import numpy as np

    from openloop.theory.plurality import plurality_point, vote

    if answers < 1:
        raise InputError(f"answers: must be at least 1, got {answers}.")
    wrong = np.full(answers, 1 / answers)
    found = vote(p, phi, psi, wrong, k)
    _say(
        {
            "p_plurality": plurality_point(phi, psi, wrong),
            "correct": found.correct,
            "nothing_kept": found.nothing,
        },
        as_json,
    )


@simulate.command()
def pruning(
    gen: Annotated[float, typer.Option(help="θ_gen, degrees: generator from truth.")],
    prune: Annotated[float, typer.Option(help="θ_prune, degrees: verifier from truth.")],
    between: Annotated[
        float | None, typer.Option(help="θ, degrees: verifier from generator [default: independent errors].")
    ] = None,
    rows: Annotated[int, typer.Option(help="Also train on so many rows; 0: closed form only.")] = 0,
    dims: Annotated[int, typer.Option(help="Dimensions of those rows.")] = 100,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """A linear verifier of a linear generator, from three angles: p, φ, ψ, and the accuracy of what is trained on."""
    import math

    import numpy as np

    from openloop.theory.breakdown import breakdown_point
    from openloop.theory.mixture import Mixture, linear_generator
    from openloop.theory.pruning import Angles, accuracy, directions, independent, rates

    angles = (
        independent(math.radians(gen), math.radians(prune))
        if between is None
        else Angles(math.radians(gen), math.radians(prune), math.radians(between))
    )
    r = rates(angles)
    found: dict[str, Any] = {"p": r.p, "phi": r.phi, "psi": r.psi}
    if not (math.isnan(r.phi) or math.isnan(r.psi)) and r.phi + r.psi > 0:
        found["p_star"] = float(breakdown_point(r.phi, r.psi))
    found["accuracy"] = accuracy(angles)
    if rows:
        _, generator, verifier = directions(angles)
        made = linear_generator(
            Mixture(dims, 0.0), rows, generator[None], verifier[None], 1e-2, np.random.default_rng(seed)
        )
        found[f"accuracy_of_{rows}_rows"] = float(made[0])
    _say({k: None if isinstance(v, float) and math.isnan(v) else v for k, v in found.items()}, as_json)


@simulate.command()
def recursion(
    n: Rows = 50,
    rounds: Rounds = 20,
    h0: Annotated[float, typer.Option(help="H = 1 − Σp² at the start.")] = 0.9,
    fresh: Annotated[float, typer.Option(help="Share of fresh real rows each round.")] = 0.1,
    as_json: Json = False,
) -> None:
    """What is left of diversity after some rounds: replacing, accumulating, subsampling, or with fresh real rows."""
    from openloop.theory import recursion as theory

    _say(
        {
            "replace": float(theory.closed_diversity(h0, n, rounds)[-1]),
            "accumulate": float(theory.accumulating_diversity(h0, n, n, rounds)[-1]),
            "subsample": float(theory.subsampling_diversity(h0, n, n, rounds)[-1]),
            "fresh_at_rest": h0 * theory.immigration_diversity(n, fresh),
        },
        as_json,
    )


@simulate.command()
def mixing(
    real: Annotated[float, typer.Option(help="Real rows a round.")],
    synthetic: Annotated[float, typer.Option(help="Synthetic rows a round.")],
    reused: Annotated[bool, typer.Option(help="The same real rows every round.")] = False,
    as_json: Json = False,
) -> None:
    """The weight that real rows deserve beside synthetic ones, and the variance that is left (of one row: 1)."""
    from openloop.theory.mixing import loop_variance, real_weight

    weight = real_weight(real, synthetic, fresh=not reused)
    _say(
        {"weight": weight, "variance": 1 / real if reused else loop_variance(weight, real, synthetic)},
        as_json,
    )


@simulate.command()
def drift(
    rate: Annotated[float, typer.Option(help="Acceptance at the start.")] = 0.6,
    n: Rows = 100,
    rounds: Rounds = 40,
    bias: Annotated[
        float, typer.Option(help="Logits a round by which each refit is stricter (below 0) or milder.")
    ] = 0.0,
    runs: Annotated[int, typer.Option(help="Judges simulated.")] = 2000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """A judge trained on its own verdicts, beside its law: mean, spread, and how many accept nearly all or nothing."""
    import numpy as np

    from openloop.theory.drift import drift_variance, judge_drift

    end = judge_drift(rate, n, rounds, runs, np.random.default_rng(seed), bias=bias)[:, -1]
    found: dict[str, Any] = {
        "frozen": rate,
        "mean": float(end.mean()),
        "std": float(end.std()),
        "at_an_end": float(((end < 0.01) | (end > 0.99)).mean()),
    }
    if bias == 0:
        found["std_by_law"] = float(drift_variance(rate, n, rounds)[-1] ** 0.5)
    _say(found, as_json)


@simulate.command()
def channel(
    phi: Phi,
    psi: Psi,
    good: Annotated[float, typer.Option(help="P(good).")] = 0.5,
    repeats: Annotated[int, typer.Option(help="Scorings of one row.")] = 1,
    acceptable: Annotated[int, typer.Option(help="Equally good answers, for the fine signal.")] = 10,
    as_json: Json = False,
) -> None:
    """Bits that a verdict tells of a row's class, once and repeated; and a coarse signal beside a fine one."""
    from openloop.theory.channel import accept_or_reject, repeated_bits

    coarse, fine = accept_or_reject(good, acceptable)
    _say(
        {
            "bits_once": repeated_bits(good, phi, psi, 1),
            "bits_repeated": repeated_bits(good, phi, psi, repeats),
            "bits_of_a_perfect_coarse_signal": coarse,
            "bits_of_a_perfect_fine_signal": fine,
        },
        as_json,
    )


@simulate.command()
def hacking(
    correlation: Annotated[float, typer.Option(help="Of the spurious feature with the label, -1 to 1.")] = 0.9,
    coarse: Annotated[float, typer.Option(help="Size of the spurious feature.")] = 2.0,
    fine: Annotated[float, typer.Option(help="Size of the true one; its noise is 1.")] = 0.7,
    time: Annotated[float, typer.Option(help="Of training by gradient flow.")] = 50.0,
    as_json: Json = False,
) -> None:
    """A verifier that may learn a spurious feature: weights, accuracy at home, in use, and when decorrelated."""
    import numpy as np

    from openloop.theory.hacking import learning

    hacked, mended = (learning(rho, coarse, fine, np.array([time])) for rho in (correlation, 0.0))
    _say(
        {
            "spurious_weight": float(hacked.spurious[0]),
            "true_weight": float(hacked.true[0]),
            "accuracy_at_home": float(hacked.at_home[0]),
            "accuracy_in_use": float(hacked.accuracy[0]),
            "accuracy_decorrelated": float(mended.accuracy[0]),
        },
        as_json,
    )


def reproduce(
    names: Annotated[list[str] | None, typer.Argument(help="Figures; see --list.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every figure.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Name the figures and stop.")] = False,
    quick: Annotated[bool, typer.Option(help="Smaller: all of them in three minutes.")] = False,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("figures"),
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
    as_json: Json = False,
) -> None:
    """Make the papers' figures again: an SVG, a PNG, the data (CSV), and a verdict on every claim (claims.json)."""
    from dataclasses import asdict

    from openloop.reproduce import FIGURES
    from openloop.reproduce.make import load
    from openloop.reproduce.make import reproduce as make

    if listed:
        rows = [{"name": name, "title": load(name).TITLE, "paper": load(name).PAPER} for name in FIGURES]
        text = "\n".join(f"{row['name']:<17} {row['paper']}: {row['title']}" for row in rows)
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False) if as_json else text)
        return
    chosen = list(FIGURES) if everything else list(names or [])
    if not chosen:
        raise InputError("reproduce: name a figure, or give --all; --list names them.")
    for name in chosen:
        load(name)
    made: dict[str, Any] = {}
    for name in chosen:
        result = make(name, out, quick=quick, workers=workers)
        made[name] = [asdict(claim) for claim in result.claims]
        if not as_json:
            typer.echo(f"{name}: wrote {out / name}")
            for claim in result.claims:
                typer.echo(f"  {claim.verdict}: {claim.says}")
    if as_json:
        typer.echo(json.dumps(made, indent=1, ensure_ascii=False))

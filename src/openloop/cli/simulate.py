"""The verb `simulate WHAT`: what the papers' theory predicts for given numbers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from openloop.cli.options import JsonOption
from openloop.cli.simulation_text import print_simulation
from openloop.errors import InputError

simulate = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Predict outcomes from theory, for numbers you give.",
)

Phi = Annotated[float, typer.Option(metavar="P", help="φ, the probability that a good row is kept.")]
Psi = Annotated[float, typer.Option(metavar="P", help="ψ, the probability that a bad row is kept.")]
Bad = Annotated[float, typer.Option("--p", metavar="P", help="Share of bad rows before filtering.")]
Rows = Annotated[int, typer.Option("--n", metavar="N", help="Training rows per round.")]
Rounds = Annotated[int, typer.Option(metavar="N", help="Number of rounds.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Random seed.")]


@simulate.command()
def breakdown(
    phi: Phi,
    psi: Psi,
    p: Annotated[float | None, typer.Option("--p", metavar="P", help="Share of bad rows before filtering.")] = None,
    t: Annotated[float | None, typer.Option(metavar="T", help="Also print the bounds p★⁻(t) and p★⁺(t).")] = None,
    as_json: JsonOption = False,
) -> None:
    """How many bad rows a verifier can cope with.

    Prints the breakdown point p★ = φ/(φ + ψ). With --p, also the share of bad rows after filtering and whether --p is
    below p★. Assumes errors and verdicts that do not depend on the row, and unlimited rows. Filtering lowers the share
    of bad rows exactly when ψ < φ, whatever p★ is.
    """
    from openloop.theory import breakdown as theory

    found: dict[str, Any] = {"p_star": float(theory.breakdown_point(phi, psi)), "filtering_helps": psi < phi}
    if t is not None:
        found["p_minus"], found["p_plus"] = theory.proxy_points(phi, psi, t)
    if p is not None:
        after = float(theory.bad_after(p, phi, psi))
        found |= {"bad_after": None if after != after else after, "side": theory.side(p, phi, psi)}
    print_simulation(found, as_json)


@simulate.command()
def plurality(
    p: Bad,
    phi: Phi,
    psi: Psi,
    answers: Annotated[int, typer.Option(metavar="N", help="Number of wrong answers, all equally likely.")] = 9,
    k: Annotated[int, typer.Option(metavar="K", help="Candidates that vote, 1 to 600.")] = 16,
    as_json: JsonOption = False,
) -> None:
    """How often a majority vote is right.

    K filtered candidates vote, and there are several wrong answers. Prints the share of bad rows at which voting
    breaks down, and the exact probability that the vote is right.
    """
    import numpy as np

    from openloop.theory.plurality import plurality_point, vote

    if answers < 1:
        raise InputError(f"answers: must be at least 1, got {answers}.")
    wrong = np.full(answers, 1 / answers)
    found = vote(p, phi, psi, wrong, k)
    print_simulation(
        {
            "p_plurality": plurality_point(phi, psi, wrong),
            "correct": found.correct,
            "nothing_kept": found.nothing,
        },
        as_json,
    )


@simulate.command()
def pruning(
    gen: Annotated[float, typer.Option(metavar="DEGREES", help="Angle between generator and truth (θ_gen).")],
    prune: Annotated[float, typer.Option(metavar="DEGREES", help="Angle between verifier and truth (θ_prune).")],
    between: Annotated[
        float | None,
        typer.Option(metavar="DEGREES", help="Angle between verifier and generator [default: independent errors]."),
    ] = None,
    rows: Annotated[int, typer.Option(metavar="N", help="Also train on this many rows; 0: closed form only.")] = 0,
    dims: Annotated[int, typer.Option(metavar="D", help="Dimensions of those rows.")] = 100,
    seed: Seed = 0,
    as_json: JsonOption = False,
) -> None:
    """What a linear verifier does for a linear generator.

    From three angles: the share of bad rows p, φ, ψ, and the accuracy of a model trained on the rows that are kept.
    """
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
    print_simulation({k: None if isinstance(v, float) and math.isnan(v) else v for k, v in found.items()}, as_json)


@simulate.command()
def recursion(
    n: Rows = 50,
    rounds: Rounds = 20,
    h0: Annotated[float, typer.Option(metavar="H", help="Diversity at the start, H = 1 − Σp².")] = 0.9,
    fresh: Annotated[float, typer.Option(metavar="SHARE", help="Share of fresh real rows in each round.")] = 0.1,
    as_json: JsonOption = False,
) -> None:
    """How much diversity survives a closed loop.

    Compares training on the last round only, on all rounds, on a sample of all rounds, and with fresh real rows.
    """
    from openloop.theory import recursion as theory

    print_simulation(
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
    real: Annotated[float, typer.Option(metavar="N", help="Real rows per round.")],
    synthetic: Annotated[float, typer.Option(metavar="N", help="Synthetic rows per round.")],
    reused: Annotated[bool, typer.Option("--reused", help="Use the same real rows in every round.")] = False,
    as_json: JsonOption = False,
) -> None:
    """How much weight real rows deserve next to synthetic ones.

    Also prints the variance that remains, in units of the variance of one row.
    """
    from openloop.theory.mixing import loop_variance, real_weight

    weight = real_weight(real, synthetic, fresh=not reused)
    print_simulation(
        {"weight": weight, "variance": 1 / real if reused else loop_variance(weight, real, synthetic)},
        as_json,
    )


@simulate.command()
def drift(
    rate: Annotated[float, typer.Option(metavar="P", help="Share of rows accepted at the start.")] = 0.6,
    n: Rows = 100,
    rounds: Rounds = 40,
    bias: Annotated[
        float, typer.Option(metavar="LOGITS", help="Shift per refit: below 0 stricter, above 0 more lenient.")
    ] = 0.0,
    runs: Annotated[int, typer.Option(metavar="N", help="Number of simulated judges.")] = 2000,
    seed: Seed = 0,
    as_json: JsonOption = False,
) -> None:
    """How a judge drifts when it is retrained on its own verdicts.

    Prints the mean acceptance, its spread (simulated and by the closed form), and the share of judges that end up
    accepting nearly everything or nearly nothing.
    """
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
    print_simulation(found, as_json)


@simulate.command()
def channel(
    phi: Phi,
    psi: Psi,
    good: Annotated[float, typer.Option(metavar="P", help="Share of good rows.")] = 0.5,
    repeats: Annotated[int, typer.Option(metavar="N", help="Independent scorings of each row.")] = 1,
    acceptable: Annotated[
        int, typer.Option(metavar="N", help="Number of equally good answers, for the fine signal.")
    ] = 10,
    as_json: JsonOption = False,
) -> None:
    """How many bits a verdict carries.

    Information about whether the row is good, from one scoring and from repeated ones; and a perfect accept/reject
    signal compared with one that names the answer.
    """
    from openloop.theory.channel import accept_or_reject, repeated_bits

    coarse, fine = accept_or_reject(good, acceptable)
    print_simulation(
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
    correlation: Annotated[
        float, typer.Option(metavar="RHO", help="Correlation of the spurious feature with the label.")
    ] = 0.9,
    coarse: Annotated[float, typer.Option(metavar="SIZE", help="Size of the spurious feature.")] = 2.0,
    fine: Annotated[float, typer.Option(metavar="SIZE", help="Size of the true feature, whose noise is 1.")] = 0.7,
    time: Annotated[float, typer.Option(metavar="TIME", help="Training time (gradient flow).")] = 50.0,
    as_json: JsonOption = False,
) -> None:
    """How a verifier learns a spurious feature.

    Prints the weights it learns, its accuracy on data like its training data, its accuracy in use, and its accuracy
    when the spurious feature is decorrelated from the label.
    """
    import numpy as np

    from openloop.theory.reward_hacking import learning

    hacked, mended = (learning(rho, coarse, fine, np.array([time])) for rho in (correlation, 0.0))
    print_simulation(
        {
            "spurious_weight": float(hacked.spurious[0]),
            "true_weight": float(hacked.true[0]),
            "accuracy_at_home": float(hacked.at_home[0]),
            "accuracy_in_use": float(hacked.accuracy[0]),
            "accuracy_decorrelated": float(mended.accuracy[0]),
        },
        as_json,
    )

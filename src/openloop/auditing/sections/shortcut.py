"""Is the verifier looking at the surface of a text: its length, its layout, a phrase that always wins?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.facts import Facts, Values
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding, Part
from openloop.auditing.selections import Rule
from openloop.measures import matching, shortcuts
from openloop.measures.constant_answers import ConstantAnswer, constant_answers
from openloop.measures.surface import COUNTS, FEATURES

ROWS = 50_000
"""The cross-validated prediction looks at no more rows than this (whole prompts)."""
WORTH = 0.05
"""Acceptance that the surface must move, from its tenth to its ninetieth percentile, to be a finding."""
OPENINGS = 10


def measure(facts: Facts, options: Options) -> Part:
    """``shortcut.gap``, ``shortcut.bits``, the slope of acceptance on each feature, and texts that always win."""
    part = Part()
    outcome = outcome_of(facts)
    if facts.surface is None or outcome is None:
        why = "no verdict" if outcome is None else "no completion column"
        part.unmeasured.append(f"shortcuts (length, layout, constant texts): {why}")
        return part
    _length(facts, outcome, options, part)
    _features(facts, outcome, options, part)
    if facts.judged:
        _prediction(facts, options, part)
        _constant(facts, options, part)
    return part


def outcome_of(facts: Facts) -> Values | None:
    """The verdict in [0, 1]: accepted or not, or the rank of a score that has no cut."""
    if facts.judged:
        return facts.accept
    known = ~np.isnan(facts.score)
    if not known.any():
        return None
    ordered = np.sort(facts.score[known])
    low, high = (np.searchsorted(ordered, facts.score, side=side) for side in ("left", "right"))
    return np.where(known, (low + high) / (2 * len(ordered)), np.nan)


def scaled(facts: Facts) -> Values:
    """Features [N, D]: counts as log2(1 + count), so that one unit is a doubling."""
    assert facts.surface is not None
    x = facts.surface.astype(np.float64)
    x[:, :COUNTS] = np.log2(1 + x[:, :COUNTS])
    return x


def _length(facts: Facts, outcome: Values, options: Options, part: Part) -> None:
    length = scaled(facts)[:, 0]
    kind = np.nan_to_num(facts.gold, nan=2.0).astype(np.int64)
    with_gold = _with_gold(facts, outcome)
    at_gold = shortcuts.slope(length, with_gold, facts.prompt, [kind], options.level)
    groups = [facts.prompt, kind] + ([] if facts.model is None else [facts.model])
    inside = shortcuts.slope(length, outcome, facts.prompt, groups, options.level)
    fixed_gold = facts.has_gold and facts.representative
    if fixed_gold:
        part.add("shortcut.length", at_gold, "fixed gold")
    fixed = (
        "prompt" + (" and source model" if facts.model is not None else "") + (" and gold" if facts.has_gold else "")
    )
    part.add("shortcut.length", inside, f"fixed {fixed}")
    for side, name in ((1.0, "good rows"), (0.0, "bad rows"), (np.nan, "rows without gold")):
        rows = np.isnan(facts.gold) if np.isnan(side) else facts.gold == side
        if rows.sum() < 50:
            continue
        bins = shortcuts.by_bin(np.round(2 ** length[rows] - 1), outcome[rows], facts.prompt[rows], level=options.level)
        if len(bins) > 2:
            what = "acceptance" if facts.judged else "rank of the score"
            part.curves.append(
                Curve(
                    f"{what} by length, {name}",
                    tuple(f"{a:,.0f} to {b:,.0f} characters" for a, b, _ in bins),
                    tuple(e for *_, e in bins),
                )
            )
    keep = rebalanced(facts)
    if keep is not None:
        after = np.where(np.isnan(facts.accept), np.nan, keep.astype(float))
        e = shortcuts.slope(length, _with_gold(facts, after), facts.prompt, [kind], options.level)
        part.add("shortcut.length", e, "fixed gold, rebalanced" if fixed_gold else "rebalanced")
    reach = float(np.quantile(length, 0.9) - np.quantile(length, 0.1))
    shown = [e for e in ((at_gold if fixed_gold else inside), inside) if e.low is not None and e.low > 0]
    if shown and shown[0].value * reach >= WORTH:
        e = shown[0]
        fixed = "at fixed gold" if fixed_gold and e is at_gold else f"at fixed {fixed}"
        what = "passes" if facts.judged else "ranks"
        text = (
            (
                f"Longer completions pass more often {fixed}: each doubling of the length raises acceptance by "
                f"{100 * e.value:.1f} points [{100 * (e.low or 0):.1f}, {100 * (e.high or 0):.1f}]."
            )
            if facts.judged
            else (
                f"Longer completions rank higher {fixed}: each doubling of the length raises the score's rank by "
                f"{100 * e.value:.1f} percentiles [{100 * (e.low or 0):.1f}, {100 * (e.high or 0):.1f}]."
            )
        )
        if not facts.has_gold:
            text += f" No row has gold, so it cannot be told whether what {what} is better or only longer."
        part.findings.append(Finding("length-shortcut", round(min(0.7, 0.3 + e.value * reach), 2), text))


def _with_gold(facts: Facts, outcome: Values) -> Values:
    """The outcome of rows with gold, NaN elsewhere; of all rows where gold is not known or not for all alike."""
    return np.where(np.isnan(facts.gold), np.nan, outcome) if facts.has_gold and facts.representative else outcome


def _features(facts: Facts, outcome: Values, options: Options, part: Part) -> None:
    """Acceptance per standard deviation of each feature at fixed gold, bounds simultaneous over the features."""
    x = scaled(facts)
    kind = np.nan_to_num(facts.gold, nan=2.0).astype(np.int64)
    spread = x.std(0)
    varying = [d for d in range(x.shape[1]) if spread[d] > 1e-9]
    level = 1 - (1 - options.level) / max(1, len(varying))
    for d in varying:
        e = shortcuts.slope(x[:, d] / spread[d], _with_gold(facts, outcome), facts.prompt, [kind], level)
        part.add("shortcut.slope", e, f"feature={FEATURES[d]}")


def _prediction(facts: Facts, options: Options, part: Part) -> None:
    rows = np.arange(len(facts))
    if len(facts) > ROWS:
        rows = np.flatnonzero(facts.prompt < np.quantile(facts.prompt, ROWS / len(facts)))
    some = facts.take(rows)
    found = shortcuts.gap(_design(some), some.accept, some.gold, some.prompt, options.level)
    if found is None:
        part.unmeasured.append("shortcut.gap: fewer than ten prompts, or one verdict only")
        return
    part.add("shortcut.gap", found.accuracy)
    part.add("shortcut.bits", found.bits)
    low = found.accuracy.low
    if low is not None and low > 0 and found.accuracy.value >= 0.02:
        what = "beyond what gold explains" if facts.has_gold else "(no gold to compare with)"
        text = (
            f"The surface alone predicts the verdict {what}: {100 * found.accuracy.value:.1f} points "
            f"[{100 * low:.1f}, {100 * (found.accuracy.high or 0):.1f}] more rows right than the majority verdict, on "
            "prompts not seen."
        )
        part.findings.append(Finding("surface-shortcut", round(min(0.65, 0.3 + 2 * found.accuracy.value), 2), text))


def _design(facts: Facts) -> Values:
    """Surface features, the commonest opening words, and the source model."""
    columns = [scaled(facts)]
    for codes in (facts.opening, facts.model):
        if codes is not None:
            count = np.bincount(codes)
            common = np.argsort(-count, kind="stable")[:OPENINGS]
            columns.append((codes[:, None] == common[count[common] > 1]).astype(float))
    return np.column_stack(columns)


def _winning(facts: Facts, options: Options) -> list[ConstantAnswer]:
    if facts.same is None or not facts.judged:
        return []
    return constant_answers(facts.same, facts.accept, facts.gold, facts.prompt, level=options.level)


def _constant(facts: Facts, options: Options, part: Part) -> None:
    found = _winning(facts, options)
    if not found:
        return
    assert facts.same is not None
    first = found[0]
    mine = (facts.same == first.code) & facts.kept
    share = float(np.isin(facts.same[facts.kept], [c.code for c in found]).mean()) if facts.kept.any() else 0.0
    others = f"; {len(found) - 1} other such texts" if len(found) > 1 else ""
    against = "other bad rows" if facts.has_gold else "the other rows"
    text = (
        f"One text wins over {first.prompts:,} prompts: it is accepted {first.accepted.value:.0%} of the time, "
        f"{against} {first.rest:.0%}{others}. They are {share:.1%} of the kept rows."
    )
    places = tuple(int(p) for p in np.sort(facts.place[mine])[:20])
    part.findings.append(Finding("constant-completion-wins", 0.8, text, places, blocking=True))


def constant_rows(facts: Facts, options: Options) -> np.ndarray:
    """Rows whose text is such a one."""
    found = _winning(facts, options)
    none = np.zeros(len(facts), dtype=bool)
    return np.isin(facts.same, [c.code for c in found]) if found and facts.same is not None else none


def rebalanced(facts: Facts) -> np.ndarray | None:
    """Accepted rows [N] thinned so that acceptance no longer goes with length; None where nothing has to go.

    Made without gold, which a selection may not look at: thinning each gold class would be selecting by gold.
    """
    if facts.surface is None or not facts.judged:
        return None
    keep = matching.rebalance(scaled(facts)[:, 0], facts.accept, np.full(len(facts), np.nan))
    return None if keep.sum() == facts.kept.sum() or not keep.any() else keep


def rules(facts: Facts) -> list[Rule]:
    """The selection that no longer goes with length."""
    keep = rebalanced(facts)
    recipe = "select: {use: balance, feature: characters}"
    return [] if keep is None else [Rule("what the verdict accepts, rebalanced for length", keep, recipe)]

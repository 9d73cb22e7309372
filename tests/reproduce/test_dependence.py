"""Table 2 of reverse-bottleneck: verdicts follow the numbers, and given rows are drawn too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.reproduce.dependence import LLAMA, MEANT, PUBLISHED, WIDTHS, claims, curve, p_values, run, sound
from openloop.run.engine import local

SMALL, LARGE = WIDTHS[4], WIDTHS[-5]


def verdicts(width: float, shown: dict[int, list[float]], p: np.ndarray) -> list[str]:
    at = WIDTHS.index(width)
    values = {kind: np.array([curve(kind, 128, seed)[at] for seed in (0, 1, 2)]) for kind in ("independent", "equal")}
    return [one.verdict for one in claims(values, shown, p)]


def test_values_of_a_bandwidth_that_is_too_small_tell_nothing_and_others_do() -> None:
    shown = {k: [sound(k, seed, 100) for seed in range(4)] for k in (3, 10, 20)}
    p = np.array([p_values(seed, 60) for seed in range(30)])
    small = verdicts(SMALL, shown, p)
    assert small == ["reproduced", "false", "false", "reproduced", "reproduced", "false"]
    large = verdicts(LARGE, {k: values[::-1] for k, values in zip(shown, [*shown.values()][::-1], strict=True)}, 1 - p)
    assert (large[2], large[3], large[5]) == ("reproduced", "false", "reproduced")


def test_a_number_of_rows_is_told_only_where_one_is_near_enough() -> None:
    """Table 4's value is as far from any 1/(m − 1) as a value there can be: a threshold that passes it passes all."""
    distances = [abs(LLAMA * (m - 1) - 1) for m in range(2, 200)]
    assert min(distances) == pytest.approx(0.00554, abs=1e-5)
    assert MEANT < min(distances) < 1 / 2 / 87
    assert max(abs(value * 127 - 1) for value in PUBLISHED.values()) < MEANT


def test_given_rows_are_drawn_and_judged(tmp_path: Path) -> None:
    rows = [{"prompt": f"tell me of {w} and {w}s", "completion": f"the {w} is what {w}s are"} for w in
            ("".join(np.random.default_rng(n).choice(list("abcdefgh"), 6)) for n in range(60))]  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    executor = local(1)
    try:
        found = run(True, executor, [path])
        turned = [{**row, "completion": rows[i - 7]["completion"]} for i, row in enumerate(rows)]
        path.write_text("".join(json.dumps(row) + "\n" for row in turned))
        other = run(True, executor, [path])
    finally:
        executor.close()
    assert [found.claims[-1].verdict, other.claims[-1].verdict] == ["reproduced", "false"]
    assert set(found.data["rows"]) > {"rows.jsonl", "rows.jsonl, completions shuffled"}
    path.write_text(json.dumps(rows[0]) + "\n")
    with pytest.raises(InputError, match="1 different prompts with a completion"):
        run(True, local(1), [path])

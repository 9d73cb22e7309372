"""Run by AlpacaEval's own Python: annotations.json by an annotator that always prefers the second place."""

import sys
from pathlib import Path

import yaml
from alpaca_eval import main

PROMPT = "Which is better? Output (a): {output_1} Output (b): {output_2}\n"


folder = Path(sys.argv[1])
(folder / "judge").mkdir()
(folder / "judge" / "prompt.txt").write_text(PROMPT)
config = {
    "prompt_template": str(folder / "judge" / "prompt.txt"),
    "fn_completions": "test_completions",
    "completions_kwargs": {"model_name": "says-b", "value": "Output (b)"},
    "completion_parser_kwargs": {"outputs_to_match": {1: r"Output \(a\)", 2: r"Output \(b\)"}},
    "batch_size": 1,
}
(folder / "judge" / "configs.yaml").write_text(yaml.safe_dump({"judge": config}))


def outputs(model, right):
    rows = [(i, str(2 * i) if right else "99") for i in range(6)]
    return [{"instruction": f"What is {i} + {i}?", "output": o, "generator": model, "dataset": "sums"} for i, o in rows]


main.evaluate(
    model_outputs=outputs("model-b", False),
    reference_outputs=outputs("model-a", True),
    annotators_config=str(folder / "judge"),
    output_path=str(folder / "results"),
    caching_path=None,
    precomputed_leaderboard=None,
    is_overwrite_leaderboard=True,
    metric_kwargs=None,
    fn_metric="get_winrate",
    sort_by="win_rate",
)

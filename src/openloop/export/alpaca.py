"""``{"instruction", "input", "output"}``: one question, one answer, text only; ``input`` stays empty."""

from __future__ import annotations

from collections.abc import Iterator

from openloop.errors import InputError
from openloop.export.base import Rows, conversation, require_completion
from openloop.export.containers import Line
from openloop.export.line_format import LineFormat


def _lines(rows: Rows) -> Iterator[Line]:
    for candidate in map(require_completion, rows.candidates):
        turns = conversation(candidate)
        roles = [turn["role"] for turn in turns]
        if roles != ["user", "assistant"]:
            raise InputError(
                f"candidate {candidate.id}: Alpaca holds one question and one answer, but the turns are "
                f"{', '.join(roles)}. Export to trl, messages or sharegpt instead."
            )
        yield {"instruction": turns[0]["content"], "input": "", "output": turns[1]["content"]}


ALPACA = LineFormat("alpaca", "instruction, input, output; text only", _lines)

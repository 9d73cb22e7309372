"""Columns of logs that other tools wrote, named as the tools name them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openloop.data.logs import ToolLog, tool_log
from openloop.data.recognise.column_roles import NamedColumns

Row = Mapping[str, Any]


def log_of(sample: Sequence[Row], named: NamedColumns, name: str) -> ToolLog | None:
    """The tool's log that the rows are, unless a column is named that only the rows as they stand have."""
    log = tool_log(sample, name)
    if log is None:
        return None
    made = {column for row in log.rows(sample[:50]) for column in row}
    texts = [path.partition(".")[0] for path in (named.prompt, named.completion) if path is not None]
    return None if any(path in sample[0] and path not in made for path in texts) else log


def named_in(named: NamedColumns, log: ToolLog) -> NamedColumns:
    """Gold and verdicts that are named as the tool does."""

    def here(text: str) -> str:
        column = next((c for c in log.aliases if text == c or re.match(rf"{re.escape(c)}\s*[<>=!]", text)), None)
        return text if column is None else log.aliases[column] + text.removeprefix(column)

    return replace(
        named, gold=None if named.gold is None else here(named.gold), verdicts=tuple(map(here, named.verdicts))
    )

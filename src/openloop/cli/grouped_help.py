"""A command whose ``--help`` lists its options under headings, in plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand


def grouped(groups: Mapping[str, Sequence[str]]) -> type[TyperCommand]:
    """A command class with these headings, each with its parameters in order; what none names is under the last."""
    heading = {name: title for title, names in groups.items() for name in names}
    order = {name: place for place, name in enumerate(heading)}
    last = list(groups)[-1]

    class GroupedCommand(TyperCommand):
        def format_options(self, ctx: Any, formatter: Any) -> None:
            sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], **{title: [] for title in groups}}
            for parameter in sorted(self.get_params(ctx), key=lambda one: order.get(one.name or "", len(order))):
                record = parameter.get_help_record(ctx)
                if record is not None:
                    is_argument = parameter.param_type_name == "argument"
                    title = "Arguments" if is_argument else heading.get(parameter.name or "", last)
                    sections[title].append(record)
            for title, records in sections.items():
                if records:
                    with formatter.section(title):
                        formatter.write_dl(records)

    return GroupedCommand

"""In context: a task, a condition and real rows as examples; the model is to write a list of new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from openloop.data import content_id
from openloop.data.content import text_of
from openloop.data.templates import compiled
from openloop.errors import InputError, nearest
from openloop.records import Prompt, Row
from openloop.seeds import even_draws

TEMPLATE = """\
{{ task }}
{% if condition %}

{{ condition }}
{% endif %}

{{ "An example" if demos|length == 1 else "Examples" }}, one JSON object a line:

{% for demo in demos %}
{{ demo|json }}
{% endfor %}

Write {{ new }} new {{ "one" if new == 1 else "ones" }}, different from \
{{ "it" if demos|length == 1 else "these" }} and from each other. One JSON object a line, with the \
{{ "key" if keys|length == 1 else "keys" }} {{ keys|map("json")|join(", ") }}, and nothing else."""


@dataclass(frozen=True)
class InContext:
    """See :func:`in_context`."""

    task: str
    condition: str
    demos: int
    new: int
    fields: Mapping[str, str]
    template: str
    version: ClassVar[str] = "1"

    def count(self, rows: int) -> int:
        """As many as show each row once."""
        return ceil(rows / self.demos)

    def make(self, rows: Sequence[Row], ids: Sequence[str], seed: int, start: int, count: int) -> list[Prompt]:
        if len(rows) < self.demos:
            raise InputError(f"in_context: demos={self.demos} needs at least as many real rows, got {len(rows)}.")
        render = compiled(self.template, "in_context")
        made = []
        for number, drawn in enumerate(even_draws(len(rows), self.demos, seed, start, count).tolist(), start):
            shown = [{key: self._field(rows[i], column) for key, column in self.fields.items()} for i in drawn]
            text = render(task=self.task, condition=self.condition, demos=shown, new=self.new, keys=list(self.fields))
            made.append(Prompt(f"{content_id(text)}-{number}", text, {"demos": [ids[i] for i in drawn]}))
        return made

    def _field(self, row: Row, column: str) -> str:
        if column not in row:
            raise InputError(f"in_context: fields: the real rows have no {column!r}; {nearest(column, row)}")
        value = row[column]
        if value is None:
            return ""
        return text_of(value) if isinstance(value, str | list) else str(value)


def in_context(
    *,
    task: str,
    condition: str = "",
    demos: int = 3,
    new: int = 20,
    fields: Mapping[str, str] | None = None,
    template: str = TEMPLATE,
) -> InContext:
    """Prompts that show ``demos`` real rows and ask for ``new`` new ones as JSON objects (reverse-bottleneck, App. G).

    ``fields``: key of an object → column of the real rows, ``{"instruction": "prompt"}`` unless given; add
    ``"response": "completion"`` to have answers written with the tasks. ``template`` is jinja2 over ``task``,
    ``condition``, ``demos`` (objects), ``new`` and ``keys``. All rows are used equally often; a prompt's column
    ``demos`` lists the rows it shows (ids of :func:`openloop.data.prompts`). Read replies with ``parsing.items``.
    """
    if demos < 1 or new < 1:
        raise InputError(f"in_context: demos and new must be at least 1, got {demos} and {new}.")
    if not task.strip():
        raise InputError("in_context: task must say what to write, got nothing.")
    shown = dict(fields) if fields is not None else {"instruction": "prompt"}
    if not shown:
        raise InputError("in_context: fields must name at least one column, got none.")
    compiled(template, "in_context")
    return InContext(task.strip(), condition.strip(), demos, new, shown, template)

"""A data-set card: a README.md with YAML front matter that a data-set hub understands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openloop.errors import InputError, nearest

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LICENSES = """
unknown other apache-2.0 mit bsd bsd-2-clause bsd-3-clause cc cc0-1.0 cc-by-2.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0
cc-by-sa-4.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-nc-nd-4.0 gpl gpl-2.0 gpl-3.0 lgpl lgpl-3.0
agpl-3.0 mpl-2.0 odc-by odbl pddl openrail unlicense wtfpl artistic-2.0 isc llama2 llama3 gemma
""".split()  # noqa: SIM905  # a list of words reads better than one a line
"""Identifiers that the front matter of a data-set card may hold."""
_MARKUP = re.compile(r"([\\`*_\[\]<>|#&])")

_NOT = (
    "Not written by people: every completion was sampled from a model, with that model's errors and habits.",
    "Not proven right: a kept row passed the signals below, and a signal can accept a wrong answer.",
    "Not a random sample of what the model writes: selection changed the distribution.",
    "Not a test set: the prompts were used to generate training data. Check overlap with your own test sets.",
)


Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known about an exported data set. Plain data, so that a card can be written from JSON."""

    name: str
    rows: int
    """Rows in the exported file or files."""
    to: str = "trl"
    """Export format: a name of :data:`openloop.export.FORMATS`."""
    task: str = "text-generation"
    """A task category of the Hugging Face hub."""
    license: str = "unknown"
    """Of the data set as a whole."""
    license_sources: str = "unknown"
    """Of the real data that the prompts came from."""
    license_outputs: str = "unknown"
    """What the models' terms say about their outputs."""
    sources: Sequence[Facts] = ()
    """Real data: ``name``, ``rows``, ``fingerprint``, ``license``."""
    models: Sequence[Facts] = ()
    """``name``, ``revision``, ``license``."""
    signals: Sequence[Facts] = ()
    """``name``, ``kind``, ``range`` (low, high), ``accept_at``."""
    generated: int | None = None
    """Candidates before selection."""
    kept: int | None = None
    """Candidates kept; fewer or more than ``rows`` where rows are pairs."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Reason → how many candidates were dropped for it."""
    arms: Sequence[str] = ()
    rounds: int | None = None
    splits: Mapping[str, int] = field(default_factory=dict)
    """Rows by split, where the card lies in a hub's folder, with the files in ``data``."""
    notes: Sequence[str] = ()
    """Further sentences for the section on what the data is not."""


def card(facts: CardFacts | Mapping[str, Any]) -> str:
    """The text of README.md. ``facts``: a :class:`CardFacts`, or a mapping with its field names.

    Raises InputError for an unknown field, or when kept and dropped do not add up to generated.
    """
    facts = _facts(facts)
    _check_sum(facts)
    sections = [
        _front_matter(facts),
        f"# {_plain(facts.name)}\n\n{facts.rows:,} rows in the format `{facts.to}`, made by sampling a model "
        "and selecting by signals.",
        _section("Sources", _table(facts.sources, ("name", "rows", "fingerprint", "license"))),
        _section("Models", _table(facts.models, ("name", "revision", "license"))),
        _section("Signals", _table(facts.signals, ("name", "kind", "range", "accept_at"))),
        _section("Selection", _selection(facts)),
        _section("Arms and rounds", _arms(facts)),
        _section("What this data is not", _list((*_NOT, *map(_plain, facts.notes)))),
        _section("Licences", _licences(facts)),
    ]
    return "\n\n".join(sections) + "\n"


def _facts(facts: CardFacts | Mapping[str, Any]) -> CardFacts:
    if isinstance(facts, CardFacts):
        return facts
    fields = CardFacts.__dataclass_fields__
    for name in facts:
        if name not in fields:
            raise InputError(f"card: no field {name!r}; {nearest(str(name), fields)}")
    for name in ("name", "rows"):
        if name not in facts:
            raise InputError(f"card: the field {name!r} is missing. Allowed: name and rows, at least. Give it.")
    return CardFacts(**facts)


def _check_sum(facts: CardFacts) -> None:
    if facts.generated is None or facts.kept is None:
        return
    dropped = sum(facts.dropped.values())
    if facts.kept + dropped != facts.generated:
        raise InputError(
            f"card: kept {facts.kept:,} + dropped {dropped:,} is not generated {facts.generated:,}. "
            "Give a reason for every dropped candidate."
        )


def _front_matter(facts: CardFacts) -> str:
    import yaml

    size = next((name for below, name in _SIZES if facts.rows < below), "n>1M")
    head: dict[str, Any] = {
        "pretty_name": facts.name,
        **_hub_license(facts.license),
        "task_categories": [facts.task],
        "size_categories": [size],
        "tags": ["synthetic"],
    }
    if facts.splits:
        files = [{"split": split, "path": f"data/{split}-*.parquet"} for split in facts.splits]
        head["configs"] = [{"config_name": "default", "data_files": files}]
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---"


def _hub_license(name: str) -> dict[str, str]:
    """As a hub knows it: by its identifier, or as another licence with its name."""
    known = name.strip().casefold().replace(" ", "-")
    return {"license": known} if known in _LICENSES else {"license": "other", "license_name": name}


def _selection(facts: CardFacts) -> str:
    counts = [("generated", facts.generated), ("kept", facts.kept)]
    lines = [f"{name}: {'unknown' if n is None else format(n, ',')}" for name, n in counts]
    lines += [f"dropped, {_plain(reason)}: {n:,}" for reason, n in facts.dropped.items()]
    return _list(lines)


def _arms(facts: CardFacts) -> str:
    arms = ", ".join(map(_plain, facts.arms)) or "unknown"
    return _list([f"arms: {arms}", f"rounds: {'unknown' if facts.rounds is None else facts.rounds}"])


def _licences(facts: CardFacts) -> str:
    return _list(
        [
            f"real data: {_plain(facts.license_sources)}",
            f"model outputs: {_plain(facts.license_outputs)}",
            f"this data set: {_plain(facts.license)}",
        ]
    )


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(rows: Sequence[Facts], columns: Sequence[str]) -> str:
    if not rows:
        return "unknown"
    head = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    body = [f"| {' | '.join(_cell(row.get(column)) for column in columns)} |" for row in rows]
    return "\n".join(head + body)


def _cell(value: object) -> str:
    match value:
        case None | "":
            return "unknown"
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case list() | tuple():
            return " to ".join(_plain(item) for item in value)
    return _plain(value)


def _plain(value: object) -> str:
    """Text that Markdown shows as it is, on one line: names and reasons may come from anywhere."""
    return _MARKUP.sub(r"\\\1", " ".join(str(value).split()))

"""Runners by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openloop.errors import InputError, nearest
from openloop.sandbox.base import Runner
from openloop.sandbox.bubblewrap import Bubblewrap
from openloop.sandbox.container import Container
from openloop.sandbox.service import Service
from openloop.sandbox.unprotected import Unprotected

RUNNERS: Mapping[str, Callable[[str], Runner]] = {
    "bubblewrap": lambda image: Bubblewrap(),  # noqa: ARG005
    "docker": lambda image: Container("docker", image),
    "podman": lambda image: Container("podman", image),
    "none": lambda image: Unprotected(),  # noqa: ARG005
}


def runner_named(name: str, image: str, who: str) -> Runner:
    """A runner that works here: a name of :data:`RUNNERS`, or the address of a service. Raises InputError."""
    if name.startswith(("http://", "https://")):
        made: Runner = Service(name)
    elif name in RUNNERS:
        made = RUNNERS[name](image)
    else:
        raise InputError(
            f"{who}: unknown runner {name!r}; {nearest(name, RUNNERS)} The http address of a service works too."
        )
    if why := made.missing():
        raise InputError(f"{who}: {why}")
    return made

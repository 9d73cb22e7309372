"""Trainable rows leave a run here, with a data-set card that says where they come from."""

from __future__ import annotations

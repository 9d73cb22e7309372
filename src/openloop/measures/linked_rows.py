"""Rows that are not independent of each other: of one prompt, copies of one text."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes
from openloop.errors import DataError


def linked(*codings: Codes) -> Codes:
    """Groups [N], from 0 in the order of their first rows: rows that any of the codings [N] gives one code, directly or
    through others. A negative code links a row to none. Raises DataError for codings of different lengths.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(codings[0]) if codings else 0
    if any(codes.shape != (n,) for codes in codings):
        raise DataError(f"linked: needs codings of one length, got {[codes.shape for codes in codings]}.")
    rows, nodes, first = [], [], n
    for codes in codings:
        mine = np.flatnonzero(codes >= 0)
        _, node = np.unique(codes[mine], return_inverse=True)
        rows.append(mine)
        nodes.append(first + node.ravel())
        first += int(node.max(initial=-1)) + 1
    at = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    graph = coo_matrix((np.ones(len(at)), (at, np.concatenate(nodes) if nodes else at)), shape=(first, first))
    labels = connected_components(graph, directed=False)[1][:n]
    _, place, group = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(place))[group.ravel()], dtype=np.int64)

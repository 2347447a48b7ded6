"""Which network of streets another was made of, and what they have in common.

What was prepared for a network, such as the graphs of its travellers, holds for most of a network
that differs in ten edges. An edited network therefore knows two others: the one it was made of, for
as long as that is in use elsewhere, and the first of the line, which it keeps. It keeps no others:
a thousand edits one after the other hold two networks, not a thousand.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

MOST_CHANGED: Final = 0.2
"""Which part of the edges may differ before a network counts as one of its own."""


@dataclass(frozen=True, eq=False)
class Descent:
    """What a network has in common with one that it was made of.

    Parameters
    ----------
    ancestor
        That network. Its nodes are the first nodes of the descendant, in the same order.
    edge_before : (m,) int64 or None
        Row of each edge among the edges of the ancestor, -1 for one that is new; rows that are
        there ascend. None where both have the same edges in the same order.
    changed : (c,) int64
        Edges of which some value differs, and new ones; ascending.
    """

    ancestor: StreetNetwork
    edge_before: NDArray[np.int64] | None
    changed: NDArray[np.int64]

    def after(self, earlier: Descent) -> Descent:
        """Return the descent from the ancestor of the ancestor."""
        changed_before = np.zeros(len(self.ancestor.edges) + 1, dtype=bool)
        changed_before[earlier.changed] = True
        before = self.edge_before
        if before is None:
            changed_before[self.changed] = True
            changed = np.flatnonzero(changed_before[:-1])
            return Descent(earlier.ancestor, earlier.edge_before, changed)
        # Row -1, of an edge that is new, is the spare one at the end.
        differs = changed_before[before]
        differs[self.changed] = True
        if earlier.edge_before is not None:
            before = np.append(earlier.edge_before, -1)[before]
        return Descent(earlier.ancestor, before, np.flatnonzero(differs))


@dataclass(frozen=True, eq=False)
class _Line:
    """The network one was made of, held weakly, and the first of the line."""

    parent: weakref.ref[StreetNetwork]
    edge_before: NDArray[np.int64] | None
    changed: NDArray[np.int64]
    first: Descent


_lines: weakref.WeakKeyDictionary[StreetNetwork, _Line] = weakref.WeakKeyDictionary()


def derive(
    streets: StreetNetwork,
    parent: StreetNetwork,
    *,
    edge_before: NDArray[np.int64] | None = None,
    changed: NDArray[np.int64],
) -> None:
    """Note that a network was made of another; see :class:`Descent` for the parameters."""
    near = Descent(parent, edge_before, changed)
    line = _lines.get(parent)
    first = near if line is None else near.after(line.first)
    if max(len(near.changed), len(first.changed)) <= MOST_CHANGED * len(streets.edges):
        _lines[streets] = _Line(weakref.ref(parent), edge_before, changed, first)


def descents(streets: StreetNetwork) -> list[Descent]:
    """Return what a network has in common with those it was made of.

    Parameters
    ----------
    streets
        The network.

    Returns
    -------
    list of Descent
        The nearest first; none for a network that was not made of another.
    """
    line = _lines.get(streets)
    if line is None:
        return []
    parent = line.parent()
    if parent is None or parent is line.first.ancestor:
        return [line.first]
    return [Descent(parent, line.edge_before, line.changed), line.first]

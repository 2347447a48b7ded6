"""Which network of streets another was made of, and what they have in common.

What was prepared for a network, such as the graphs of its travellers, holds for most of a network
that differs in ten edges. An edited network therefore keeps the first of its line, and how it
differs from that one. It keeps no other: a thousand edits one after the other hold two networks.
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
"""Which part of the edges may differ before a network counts as the first of a line."""


@dataclass(frozen=True, eq=False)
class Descent:
    """What a network has in common with the first of its line.

    Parameters
    ----------
    ancestor
        That network. Its nodes are the first nodes of the descendant, in the same order.
    edge_before : (m,) int64 or None
        Row of each edge among the edges of the ancestor, -1 for one that is new; the others
        ascend, and have the same ends and shape. None where all edges are the same.
    changed : (c,) int64
        Edges of which some value may differ, and new ones; ascending.
    """

    ancestor: StreetNetwork
    edge_before: NDArray[np.int64] | None
    changed: NDArray[np.int64]

    def after(self, earlier: Descent) -> Descent:
        """Return the descent from the ancestor of the ancestor."""
        # Row -1, of an edge that is new, is the spare one at the end.
        differs = np.zeros(len(self.ancestor.edges) + 1, dtype=bool)
        differs[earlier.changed] = True
        before, earliest = self.edge_before, earlier.edge_before
        if before is None:
            differs, before = differs[:-1], earliest
        else:
            differs = differs[before]
            before = before if earliest is None else np.append(earliest, -1)[before]
        differs[self.changed] = True
        return Descent(earlier.ancestor, before, np.flatnonzero(differs))


_descents: weakref.WeakKeyDictionary[StreetNetwork, Descent] = weakref.WeakKeyDictionary()


def derive(
    streets: StreetNetwork,
    parent: StreetNetwork,
    *,
    edge_before: NDArray[np.int64] | None = None,
    changed: NDArray[np.int64],
) -> None:
    """Note that a network was made of another; see :class:`Descent` for the parameters."""
    descent, earlier = Descent(parent, edge_before, changed), descent_of(parent)
    if earlier is not None:
        descent = descent.after(earlier)
    if len(descent.changed) <= MOST_CHANGED * len(streets.edges):
        _descents[streets] = descent


def descent_of(streets: StreetNetwork) -> Descent | None:
    """Return what a network has in common with the first of its line; None for that one."""
    return _descents.get(streets)

"""Addresses put together into small groups of neighbours, so that people can be counted on a page.

A page that lets its reader move a house must count people where they live, and may not tell how
many live at an address. So the addresses of an area are divided into groups that hold at least the
smallest count of everybody who is counted, and are otherwise as compact as they can be: an area is
cut in two along the straight line that brings neighbours closest together (the least sum of
squared distances to the two centres, weighted by people, as in Ward 1963, Journal of the American
Statistical Association 58:236-244), both halves again, and so on, as long as both sides hold
enough. The same addresses always give the same groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.publish.disclosure import NEARLY_NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIRECTIONS: Final = 12
"""Directions of the lines along which a group may be cut: every 15 degrees."""


def address_groups(
    xy: NDArray[np.float64],
    counts: NDArray[np.float64],
    area: NDArray[np.integer],
    *,
    smallest_count: float,
) -> NDArray[np.int64]:
    """Divide the addresses of areas into groups that hold enough people to be told.

    Parameters
    ----------
    xy : (p, 2) float64
        Coordinates in metres.
    counts : (p, g) float64
        How many people of each group of people live there.
    area : (p,) int
        In which area each address lies; no group holds addresses of two areas.
    smallest_count
        How many of each group of people a group of addresses holds at least. Where a whole area
        holds fewer of some, but not nobody, it is divided as if they were not asked for: their
        count of each part is then a small one, and may not be told.

    Returns
    -------
    numpy.ndarray
        The number of each address's group; those of an area follow each other.

    Examples
    --------
    >>> xy = np.array([[0.0, 0.0], [1.0, 0.0], [50.0, 0.0], [51.0, 0.0]])
    >>> people = np.array([[6.0], [6.0], [7.0], [8.0]])
    >>> address_groups(xy, people, np.zeros(4, dtype=int), smallest_count=10).tolist()
    [0, 0, 1, 1]
    """
    group = np.empty(len(xy), dtype=np.int64)
    found = 0
    angle = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    directions = np.stack([np.cos(angle), np.sin(angle)])
    order = np.argsort(area, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(area[order])) + 1):
        if not len(members):
            continue
        enough = counts[members].sum(axis=0) >= smallest_count - NEARLY_NOBODY
        waiting = [members]
        while waiting:
            part = waiting.pop()
            halves = _halves(xy[part], counts[part], enough, directions, smallest_count)
            if halves is None:
                group[part] = found
                found += 1
            else:
                waiting += [part[halves[1]], part[halves[0]]]
    return group


def _halves(
    xy: NDArray[np.float64],
    counts: NDArray[np.float64],
    enough: NDArray[np.bool_],
    directions: NDArray[np.float64],
    smallest_count: float,
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Cut some addresses in two, so that both sides are compact; None where neither cut may be."""
    asked = counts[:, enough]
    if not enough.any() or (asked.sum(axis=0) < 2 * smallest_count - NEARLY_NOBODY).any():
        return None
    order = np.argsort(xy @ directions, axis=0, kind="stable")
    # By direction, then address: who lives on this side of the cut behind each address.
    before = np.cumsum(asked[order], axis=0)[:-1]
    least = np.minimum(before, asked.sum(axis=0) - before).min(axis=2)
    may = least >= smallest_count - NEARLY_NOBODY
    # Neighbours at one place stay together.
    here = xy[order]
    may &= (here[1:] != here[:-1]).any(axis=2)
    if not may.any():
        return None
    weight = counts.sum(axis=1) + NEARLY_NOBODY
    centred = xy - np.average(xy, axis=0, weights=weight)
    mass = np.cumsum(weight[order], axis=0)[:-1]
    moment = np.cumsum((weight[:, None] * centred)[order], axis=0)[:-1]
    # What the two centres explain of the spread; about the common centre both moments agree.
    explained = (moment**2).sum(axis=2) * (1 / mass + 1 / (weight.sum() - mass))
    best = np.argmax(np.where(may, np.round(explained, 3), -1.0).T)
    direction, cut = np.unravel_index(best, may.T.shape)
    along = order[:, direction]
    return along[: cut + 1], along[cut + 1 :]

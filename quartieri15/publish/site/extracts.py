"""The streets of one page: those of its area, and far enough around it that journeys are right.

A page knows the streets to 1,500 m beyond its area. A journey that leaves them is not lost: where
it crosses their border, the page is told how far each place is from there (its *entries*), by a
search in the whole city. Up to a limit, so that a page says 'beyond' where it does not know, and
never a wrong minute.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from quartieri15.reach import snapping
from quartieri15.reach.contraction import contracted
from quartieri15.reach.kernels import reach_within
from quartieri15.reach.trips import Trips, ids_of, point_coordinates

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page
    from quartieri15.reach.contraction import ContractedStreets, Positions
    from quartieri15.reach.weightings import Weighting

MARGIN_M: Final = 1500.0
"""How far beyond its area a page knows the streets, in metres: 20 minutes of an adult's walk."""

KNOWN_MINUTES: Final = {"walk": 60.0, "bike": 30.0}
"""Times to a place beyond the streets of a page are known to so many minutes of the quickest of
those who travel alike."""

_SAME_MM: Final = 1.0
"""Half a millimetre at either end of a way is rounding."""


@dataclass(frozen=True, eq=False)
class StreetExtract:
    """The streets of a page, numbered anew.

    Parameters
    ----------
    streets
        The streets of the whole city.
    edge, node : ascending positions
        Those of them that the page has.
    edge_number, node_number
        The number of each of the city's on the page, -1 for none.
    u, v
        Ends of the page's edges, as positions among its junctions.
    border
        Of each of its junctions, whether a way leads on that the page does not have.
    """

    streets: ContractedStreets
    edge: NDArray[np.int64]
    node: NDArray[np.int64]
    edge_number: NDArray[np.int64]
    node_number: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    border: NDArray[np.bool_]

    @property
    def corner(self) -> NDArray[np.float64]:
        """The south-western corner, in whole metres: coordinates on the page count from it."""
        corner: NDArray[np.float64] = np.floor(self.streets.node_xy[self.node].min(axis=0))
        return corner

    def centimetres(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return coordinates as they travel: in whole centimetres, as the edition has them."""
        whole: NDArray[np.int64] = np.rint((xy - self.corner) * 100).astype(np.int64)
        return whole

    def on_page(self, positions: Positions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return positions by the page's edges: -1, and 0 mm, for those the page has not."""
        number = np.append(self.edge_number, -1)
        edge = number[positions.edge]
        return edge, np.where(edge >= 0, positions.at_mm, 0)


class _CityStreets(NamedTuple):
    """The streets of a city, and a tree of their lines."""

    streets: ContractedStreets
    lines: shapely.STRtree


_of_city: weakref.WeakKeyDictionary[Material, _CityStreets] = weakref.WeakKeyDictionary()
_trips_of: weakref.WeakKeyDictionary[Material, dict[str, Trips]] = weakref.WeakKeyDictionary()
_of_pages: weakref.WeakKeyDictionary[Material, dict[str, StreetExtract]] = (
    weakref.WeakKeyDictionary()
)


def street_extract(material: Material, page: Page) -> StreetExtract:
    """Return the streets of a page."""
    known = _of_pages.setdefault(material, {})
    if page.slug not in known:
        if material not in _of_city:
            material.progress("streets of all travellers")
            streets = contracted(material.city.streets, material.travellers)
            of = np.repeat(np.arange(len(streets.u)), np.diff(streets.line_start))
            lines = np.asarray(shapely.linestrings(streets.line_xy, indices=of), dtype=object)
            _of_city[material] = _CityStreets(streets, shapely.STRtree(lines))
        # Several sections of a page ask, and then those of the next.
        known.clear()
        known[page.slug] = _extract(*_of_city[material], None if page.kind == "city" else page.area)
    return known[page.slug]


def _extract(
    streets: ContractedStreets, lines: shapely.STRtree, area: shapely.Geometry | None
) -> StreetExtract:
    kept = np.ones(len(streets.u), dtype=bool)
    if area is not None:
        kept[:] = False
        kept[lines.query(shapely.buffer(area, MARGIN_M), predicate="intersects")] = True
    travelled = np.any(
        [np.isfinite(way) for each in streets.weightings for way in (each.forward, each.backward)],
        axis=0,
    )
    leads_on = np.zeros(len(streets.node_ids), dtype=bool)
    not_here = ~kept & travelled[streets.use]
    leads_on[streets.u[not_here]] = leads_on[streets.v[not_here]] = True
    edge = np.flatnonzero(kept)
    node = np.unique(np.concatenate([streets.u[edge], streets.v[edge]]))
    edge_number, node_number = _numbered(edge, len(kept)), _numbered(node, len(leads_on))
    return StreetExtract(
        streets=streets,
        edge=edge,
        node=node,
        edge_number=edge_number,
        node_number=node_number,
        u=node_number[streets.u[edge]],
        v=node_number[streets.v[edge]],
        border=leads_on[node],
    )


def _numbered(chosen: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    number = np.full(size, -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    return number


class Spots(NamedTuple):
    """Where points stand on the streets of a page, for those who travel alike.

    Parameters
    ----------
    edge
        The page's edge, -1 where it has none.
    at_mm
        From its beginning.
    leg_mm
        Between the street and the point.
    """

    edge: NDArray[np.int64]
    at_mm: NDArray[np.int64]
    leg_mm: NDArray[np.int64]


class Entries(NamedTuple):
    """Where journeys leave the streets of a page towards a place, sorted by place and junction.

    Parameters
    ----------
    place
        Which place.
    node
        The page's junction.
    cost_mm
        From there to the place, in millimetres at the traveller's own speed.
    """

    place: NDArray[np.int64]
    node: NDArray[np.int64]
    cost_mm: NDArray[np.int64]


def placed(material: Material) -> tuple[pd.Index, NDArray[np.float64]]:
    """Return the ids and the coordinates of the places that have a position."""
    table = material.city.places_named(material.places)
    xy = point_coordinates(table, material.city, where="places")
    has_position = np.flatnonzero(np.isfinite(xy).all(axis=1))
    return ids_of(table, where="places")[has_position], xy[has_position]


def place_trips(material: Material, weighting: Weighting) -> Trips:
    """Put the places on the streets of those who weigh them alike."""
    known = _trips_of.setdefault(material, {})
    if weighting.name not in known:
        known[weighting.name] = Trips.plan(
            material.city,
            material.places,
            profile=weighting.travellers[0],
            direction="to",
            where="places",
        )
    return known[weighting.name]


def spots(extract: StreetExtract, trips: Trips, standing: snapping.Snapped) -> Spots:
    """Tell where points stand on the streets of a page.

    Parameters
    ----------
    extract
        The streets of the page.
    trips
        Who travels, as :func:`place_trips` gives them.
    standing
        Where the points stand on the streets of that traveller.
    """
    rows = np.where(standing.edge >= 0, trips.graph.edge_ids[standing.edge], -1)
    edge, at_mm = extract.on_page(extract.streets.positions(rows, standing.fraction))
    leg_m = np.where(edge >= 0, standing.distance_m, 0.0)
    return Spots(edge, at_mm, np.rint(leg_m * 1000).astype(np.int64))


def known_mm(extract: StreetExtract, weighting: Weighting) -> float:
    """Return up to which cost the page knows every way; infinite where it has all streets."""
    if not extract.border.any():
        return np.inf
    quickest = max(each.speed_m_s for each in weighting.travellers)
    return quickest * KNOWN_MINUTES[weighting.travellers[0].mode] * 60 * 1000


def entries(extract: StreetExtract, weighting: Weighting, trips: Trips) -> Entries:
    """Tell where journeys to the places leave the streets of a page, and how far it is from there.

    Of the junctions on the border only those are told from which the quickest way to a place leads
    on beyond the page. A search in the page that begins at the places in it and at these finds the
    times that a search in the whole city finds.

    Parameters
    ----------
    extract
        The streets of the page.
    weighting
        Who travels.
    trips
        Their places, as :func:`place_trips` gives them. In the result they have their positions
        among these.
    """
    limit_mm = known_mm(extract, weighting)
    if np.isinf(limit_mm):
        nothing = np.empty(0, dtype=np.int64)
        return Entries(nothing, nothing, nothing)
    speed = weighting.travellers[0].speed_m_s * 1000
    found = reach_within(
        trips.arcs, *snapping.seeds(trips.graph, trips.places), limit_s=limit_mm / speed
    )
    node_ids = extract.streets.node_ids[extract.node]
    order = np.argsort(trips.graph.node_ids, kind="stable")
    at = np.searchsorted(trips.graph.node_ids, node_ids, sorter=order).clip(max=len(order) - 1)
    in_graph = order[at]
    missing = trips.graph.node_ids[in_graph] != node_ids
    tail, head, cost = _arcs(extract, weighting)
    whole = np.full(len(trips.graph.node_ids), np.inf)
    parts = []
    for place in range(len(found)):
        nodes, seconds = found[place]
        whole[nodes] = seconds * speed
        there = np.where(missing, np.inf, whole[in_graph])
        whole[nodes] = np.inf
        onwards = np.full(len(there), np.inf)
        np.minimum.at(onwards, tail, cost + there[head])
        leaves = np.isfinite(there) & extract.border & (onwards > there + _SAME_MM)
        node = np.flatnonzero(leaves)
        parts.append((np.full(len(node), place), node, np.rint(there[node]).astype(np.int64)))
    return Entries(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _arcs(
    extract: StreetExtract, weighting: Weighting
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return tail, head and cost of every way between two junctions of the page."""
    use = extract.streets.use[extract.edge]
    length = extract.streets.length_mm[extract.edge]
    forward, backward = weighting.forward[use], weighting.backward[use]
    there, back = np.isfinite(forward), np.isfinite(backward)
    return (
        np.concatenate([extract.u[there], extract.v[back]]),
        np.concatenate([extract.v[there], extract.u[back]]),
        np.concatenate([(length * forward)[there], (length * backward)[back]]),
    )

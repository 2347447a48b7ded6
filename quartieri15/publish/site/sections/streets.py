"""The streets of a page, from which they are drawn and searched.

Their lines, names and classes, what each traveller makes of them, and where the places stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from quartieri15.publish.site.extracts import (
    Spots,
    entries,
    known_mm,
    place_trips,
    placed,
    spots,
    street_extract,
)
from quartieri15.publish.site.packing import pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.site.extracts import StreetExtract
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page
    from quartieri15.reach.weightings import Weighting


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return the streets of a page.

    Returns
    -------
    dict
        ``corner``
            The south-western corner, from which coordinates count, in whole centimetres.
        ``ground_scale``
            Metres on the ground per metre on the map.
        ``lines``
            Packed: ``x, y`` of the junctions; ``u, v`` (from u), ``longer_mm`` (than the drawn
            line), ``use, kind, name`` and ``bends`` of the edges; and the steps ``bend_x, bend_y``
            from corner to corner, added up.
        ``kinds, names``
            Class of road and whether in a tunnel; names of streets.
        ``frontage``
            Of each use, whether points may be put on it.
        ``weightings``
            What those who travel alike make of each use, where the places stand for them
            (``spots``), and how far places are from the border (``entries``).
        ``travellers``
            By name: which weighting, the pace, and whether all times scale with it.
        ``places``
            Ids and positions.
        ``border``
            Junctions from which streets lead on that the page does not have.
        ``barriers``
            Lines that nobody crosses but by a street.
    """
    extract = street_extract(material, page)
    lines, told = _lines(extract)
    return {
        "corner": (extract.corner * 100).astype(int).tolist(),
        **told,
        "lines": pack(lines),
        "frontage": extract.streets.frontage.astype(int).tolist(),
        "weightings": [
            _weighting(material, extract, weighting) for weighting in extract.streets.weightings
        ],
        "travellers": {
            traveller.name: _traveller(traveller, number)
            for number, weighting in enumerate(extract.streets.weightings)
            for traveller in weighting.travellers
        },
        "places": _places(material),
        "border": np.flatnonzero(extract.border).tolist(),
        "barriers": pack(_barriers(extract)),
    }


def _lines(
    extract: StreetExtract,
) -> tuple[dict[str, NDArray[np.int64]], dict[str, Any]]:
    streets, edge = extract.streets, extract.edge
    corners = np.diff(streets.line_start)[edge]
    begin = np.cumsum(corners) - corners
    which = np.repeat(streets.line_start[edge] - begin, corners) + np.arange(corners.sum())
    xy = extract.centimetres(streets.line_xy[which])
    step = np.diff(xy, axis=0, prepend=xy[:1])
    is_first = np.zeros(len(xy), dtype=bool)
    is_first[begin] = True
    step[is_first] = 0
    scale = _ground_scale(extract)
    drawn_mm = np.add.reduceat(_drawn_mm(step, scale), begin)
    is_last = np.append(is_first[1:], True)
    bends = step[~is_first & ~is_last]
    kinds, kind = np.unique(streets.kind[edge], return_inverse=True)
    names, name = np.unique(streets.name[edge], return_inverse=True)
    unnamed = int(len(names) > 0 and names[0] < 0)
    node_xy = extract.centimetres(streets.node_xy[extract.node])
    return {
        "x": node_xy[:, 0],
        "y": node_xy[:, 1],
        "u": extract.u,
        "v": extract.v - extract.u,
        "longer_mm": streets.length_mm[edge] - drawn_mm,
        "use": streets.use[edge],
        "kind": kind,
        "name": name - unnamed,
        "bends": corners - 2,
        "bend_x": np.cumsum(bends[:, 0]),
        "bend_y": np.cumsum(bends[:, 1]),
    }, {
        "ground_scale": scale,
        "kinds": [list(streets.kinds[number]) for number in kinds],
        "names": [streets.names[number] for number in names[unnamed:]],
    }


def _ground_scale(extract: StreetExtract) -> float:
    """Return how much longer streets are on the ground than on the map, as a rule."""
    streets = extract.streets
    edges = streets.streets.edges
    drawn_m = edges.geometry.length.sum()
    return round(float(edges["length_m"].sum() / drawn_m), 6) if drawn_m > 0 else 1.0


def _drawn_mm(step: NDArray[np.int64], scale: float) -> NDArray[np.int64]:
    """Return the length of steps on the ground, rounded as the page does it to the last bit."""
    x, y = step.astype(float).T
    whole: NDArray[np.int64] = np.floor(np.sqrt(x * x + y * y) * (10 * scale) + 0.5).astype(
        np.int64
    )
    return whole


def _weighting(material: Material, extract: StreetExtract, weighting: Weighting) -> dict[str, Any]:
    trips = place_trips(material, weighting)
    ids = placed(material)[0]
    at = ids.get_indexer(trips.place_ids)
    standing = Spots(*(np.full(len(ids), none) for none in (-1, 0, 0)))
    for column, values in zip(standing, spots(extract, trips, trips.places), strict=True):
        column[at] = values
    ways = entries(extract, weighting, trips)
    known = known_mm(extract, weighting)
    return {
        "name": weighting.name,
        "forward": _or_null(weighting.forward),
        "backward": _or_null(weighting.backward),
        "leaves_main": weighting.leaves_main.astype(int).tolist(),
        "enters_main": weighting.enters_main.astype(int).tolist(),
        "leg_factor": weighting.leg_factor,
        "known_mm": None if np.isinf(known) else round(known),
        "spots": pack(standing._asdict()),
        "entries": pack({**ways._asdict(), "place": at[ways.place]}),
        "left_out": {str(place): why for place, why in trips.left_out.items()},
    }


def _or_null(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _traveller(traveller: TravelProfile, weighting: int) -> dict[str, Any]:
    return {
        "weighting": weighting,
        "speed_kmh": traveller.speed_kmh,
        "scales_with_pace": traveller.scales_with_pace,
    }


def _places(material: Material) -> dict[str, Any]:
    ids, xy = placed(material)
    return {
        "id": [str(name) for name in ids],
        "x": np.round(xy[:, 0], 2).tolist(),
        "y": np.round(xy[:, 1], 2).tolist(),
    }


def _barriers(extract: StreetExtract) -> dict[str, NDArray[np.int64]]:
    west, south = extract.streets.node_xy[extract.node].min(axis=0)
    east, north = extract.streets.node_xy[extract.node].max(axis=0)
    table = extract.streets.streets.barriers
    found = table.sindex.query(shapely.box(west, south, east, north), predicate="intersects")
    near = table.geometry.to_numpy()[np.sort(found)]
    xy, line = shapely.get_coordinates(near, return_index=True)
    whole = extract.centimetres(xy)
    return {
        "corners": np.bincount(line, minlength=len(near)),
        "x": whole[:, 0],
        "y": whole[:, 1],
    }

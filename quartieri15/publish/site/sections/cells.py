"""The people of a page: counted in groups of neighbouring addresses, never at one address.

A group stands at the address nearest to the middle of its people, and is reached as that address
is, with the leg from the street. What is counted there differs a little from what is counted at
the addresses, and the page says by how much.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.counting import counts_of, zone_of_each_point
from quartieri15.plain_json import plain_json
from quartieri15.publish.address_groups import address_groups
from quartieri15.publish.disclosure import rounded
from quartieri15.publish.site.extracts import place_trips, spots, street_extract
from quartieri15.publish.site.packing import pack
from quartieri15.publish.words import zone_text
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import in_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page
    from quartieri15.reach.snapping import Snapped
    from quartieri15.reach.weightings import Weighting

BORDERS = ("municipi", "nil")
"""Sets of zones across whose borders no group of addresses reaches."""

_SUM_DECIMALS = 6
"""Sums that agree to so many decimals are the same."""

HIDDEN = -1
"""A count that is not told."""


class People(NamedTuple):
    """The people of a city, in groups of addresses.

    Parameters
    ----------
    points
        Where each group stands; its index numbers them.
    counts
        How many of each group of people, as they may be told: NaN for too few.
    zone
        By set of zones, the position of the zone each lies in, -1 for none.
    """

    points: gpd.GeoDataFrame
    counts: pd.DataFrame
    zone: pd.DataFrame


_people: weakref.WeakKeyDictionary[Material, People] = weakref.WeakKeyDictionary()


def people_of(material: Material) -> People:
    """Return the people of a city in groups of addresses that hold enough of all who are counted.

    Parameters
    ----------
    material
        What the pages are made from; its ``groups`` are counted, and its ``smallest_count`` is
        what a group of addresses holds at least of each.
    """
    if material not in _people:
        material.progress("groups of addresses")
        _people[material] = _grouped(material)
    return _people[material]


def _grouped(material: Material) -> People:
    city = material.city
    residents = city.residents
    counts = counts_of(city, material.groups)
    lived_in = np.flatnonzero(counts.sum(axis=1) > 0)
    xy = shapely.get_coordinates(residents.geometry.to_numpy())[lived_in]
    counts = counts[lived_in]
    zone = pd.DataFrame(
        {name: zone_of_each_point(city, name)[lived_in] for name in BORDERS if name in city.zones},
        index=range(len(lived_in)),
    )
    area = np.zeros(len(xy), dtype=np.intp)
    for name in zone:
        area = area * (len(city.zones_named(str(name))) + 1) + zone[name].to_numpy() + 1
    group = address_groups(xy, counts, area, smallest_count=material.smallest_count)
    stands = _middle(xy, counts.sum(axis=1), group)
    total = pd.DataFrame(counts, columns=list(material.groups)).groupby(group).sum()
    return People(
        gpd.GeoDataFrame(
            {"id": np.arange(len(stands))},
            geometry=residents.geometry.to_numpy()[lived_in[stands]],
            crs=city.crs,
        ),
        rounded_in_turn(total, area[stands], smallest_count=material.smallest_count),
        zone.iloc[stands].reset_index(drop=True),
    )


def rounded_in_turn(
    counts: pd.DataFrame, area: NDArray[np.integer], *, smallest_count: float
) -> pd.DataFrame:
    """Round the counts of groups of addresses so that their sums stay right.

    Groups hold little more than the smallest count, so that each rounded on its own would be
    rounded down. Here the sum over the groups of an area, one after the other, is rounded, and a
    count is the difference of two of them: a multiple of the smallest count, less than that away
    from what it was, and never nobody for somebody.

    Parameters
    ----------
    counts
        One row per group of addresses, one column per group of people.
    area
        In which area each lies.
    smallest_count
        The smallest count that may be told; 0 rounds nothing.

    Returns
    -------
    pandas.DataFrame
        NaN for more than nobody and fewer than the smallest count.

    Examples
    --------
    >>> four = pd.DataFrame({"over75": [13.0, 14.0, 13.0, 4.0]})
    >>> rounded_in_turn(four, np.zeros(4, dtype=int), smallest_count=10)["over75"].tolist()
    [10.0, 20.0, 10.0, nan]
    """
    if not smallest_count:
        return counts
    few = pd.DataFrame(np.isnan(rounded(counts, smallest_count)), counts.index, counts.columns)
    sums = counts.mask(few, 0.0).groupby(area).cumsum()
    told = (sums.round(_SUM_DECIMALS) / smallest_count + 0.5).floordiv(1) * smallest_count
    return told.groupby(area).diff().fillna(told).mask(few)


def _middle(
    xy: NDArray[np.float64], people: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Return the address of each group that is nearest to the middle of its people."""
    whole = np.bincount(group, weights=people)
    centre = np.stack(
        [np.bincount(group, weights=people * along) / whole for along in xy.T], axis=1
    )
    away = np.hypot(*(xy - centre[group]).T).round(3)
    order = np.lexsort([np.arange(len(away)), away, group])
    return order[np.flatnonzero(np.diff(group[order], prepend=-1))]


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return the people of a page, as far as its streets reach.

    Returns
    -------
    dict
        ``base``
            What counts are multiples of.
        ``groups``
            Who is counted.
        ``cells``
            Packed: ``x, y`` in whole centimetres from the corner of the streets; per group of
            people the multiple of ``base``, or -1 for too few to be told; ``here``, whether they
            live in the area of the page; ``nil``, the position of their NIL, where there are some.
        ``spots``
            Packed, by weighting: where they stand on the streets, as places do.
        ``zones``
            ``nil``: id and name of each that is named in ``cells``.
        ``within``
            By traveller and group of people, how many of those who live here reach a place in
            time: counted by ``cells``, and by ``addresses`` as it is published elsewhere (null
            where it is not).
    """
    extract, people = street_extract(material, page), people_of(material)
    weightings = extract.streets.weightings
    standing = [
        spots(extract, place_trips(material, each), _on_streets(material, people, each))
        for each in weightings
    ]
    known = np.flatnonzero(np.any([each.edge >= 0 for each in standing], axis=0))
    here = _lives_here(material, page, people)
    xy = extract.centimetres(shapely.get_coordinates(people.points.geometry.to_numpy())[known])
    base = material.smallest_count or 1.0
    zones = {}
    columns: dict[str, NDArray[Any]] = {
        "x": xy[:, 0],
        "y": xy[:, 1],
        "here": here[known].astype(int),
    }
    for name in people.zone.columns.intersection(["nil"]):
        numbers, of = np.unique(people.zone[name].to_numpy()[known], return_inverse=True)
        table = material.city.zones_named(name).iloc[numbers]
        zones[name] = {
            "id": plain_json(table["id"].tolist()),
            "name": [zone_text(one) for one in table["name"]],
        }
        columns[name] = of
    counts = {
        f"count_{group}": np.nan_to_num(people.counts[group] / base, nan=HIDDEN)
        .round()
        .astype(int)[known]
        for group in material.groups
    }
    return {
        "base": base,
        "groups": list(material.groups),
        "cells": pack(columns | counts),
        "spots": [
            pack({name: values[known] for name, values in each._asdict().items()})
            for each in standing
        ],
        "zones": zones,
        "within": _within(material, page, people, here),
    }


_snapped: weakref.WeakKeyDictionary[Material, dict[str, Snapped]] = weakref.WeakKeyDictionary()


def _on_streets(material: Material, people: People, weighting: Weighting) -> Snapped:
    """Put all groups of addresses on the streets of those who weigh them alike."""
    known = _snapped.setdefault(material, {})
    if weighting.name not in known:
        trips = place_trips(material, weighting)
        known[weighting.name] = trips.origins(people.points).on_streets
    return known[weighting.name]


def _lives_here(material: Material, page: Page, people: People) -> NDArray[np.bool_]:
    if page.kind == "municipio" and "municipi" in people.zone:
        ids = material.city.zones_named("municipi")["id"].to_numpy()
        here: NDArray[np.bool_] = ids[people.zone["municipi"]] == page.zone_id
        return here
    return np.asarray(people.points.intersects(page.area)) | (page.kind == "city")


_BY = {"city": "city", "municipio": "municipi", "area": "target_areas"}
"""Where the people of a page are counted at their addresses."""


def _within(
    material: Material, page: Page, people: People, here: NDArray[np.bool_]
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Count who reaches a place in time, by groups of addresses and by addresses."""
    told: dict[str, dict[str, dict[str, float | None]]] = {}
    for who in material.travellers:
        minutes = _minutes(material, people)[who.name]
        counted = people.counts[in_time(minutes, material.minutes) & here].sum()
        addresses: dict[str, float] = {}
        if page.kind in _BY:
            table = material.coverage(who, _BY[page.kind])
            if page.zone_id is not None:
                table = table[table["zone_id"] == page.zone_id]
            known = table.dropna(subset="covered")
            addresses = dict(zip(known["group"], known["covered"], strict=True))
        told[who.name] = {
            group: {"cells": float(counted[group]), "addresses": addresses.get(group)}
            for group in material.groups
        }
    return told


_minutes_of: weakref.WeakKeyDictionary[Material, dict[str, NDArray[np.float64]]] = (
    weakref.WeakKeyDictionary()
)


def _minutes(material: Material, people: People) -> dict[str, NDArray[np.float64]]:
    """Return the minutes from every group of addresses to the nearest place, by traveller."""
    if material not in _minutes_of:
        _minutes_of[material] = {
            who.name: travel_times(
                material.city, to=material.places, profile=who, origins=people.points
            )["minutes"]
            .fillna(np.inf)
            .to_numpy()
            for who in material.travellers
        }
    return _minutes_of[material]

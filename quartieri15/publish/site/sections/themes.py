"""What the map can show of each area: shares, counts, densities, gaps and their reasons."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.flags import flag_gaps
from quartieri15.analysis.gaps import REASONS, find_gaps
from quartieri15.publish import words
from quartieri15.publish.disclosure import publishable_gaps
from quartieri15.publish.site.class_limits import class_limits
from quartieri15.publish.site.drawn_shapes import outlines
from quartieri15.publish.site.gap_outlines import Words, gaps_of, packed_gaps
from quartieri15.publish.site.packing import pack
from quartieri15.publish.site.zones_shown import also_in, zones_of, zones_on

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

TWO_GROUPS: Final = ("over65", "foreign")
"""The groups of the theme of two: where the one, the other or both live densely."""

TOLD, UNCOVERED_AT_LEAST, COVERED_AT_LEAST, NOT_TOLD, NOBODY = range(5)
"""What ``uncovered`` of an area is: the count; what it is at least; what it is at most; not told;
nobody of the group lives there."""

MISSING: Final = -1


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return what the themes of a page are drawn and told from.

    Returns
    -------
    dict
        ``zones``
            ``id``, ``name`` and ``municipi`` (ids) of each area of the page, in one order that all
            figures keep.
        ``shapes``
            Their outlines in decimetres, see
            :func:`~quartieri15.publish.site.drawn_shapes.outlines`.
        ``people``
            ``population`` of each group and zone (-1: not published), ``ares`` of each zone, and
            ``classes``: two digits of :func:`~quartieri15.analysis.flags.flag_gaps` (-1: not
            published), where the city knows both groups.
        ``figures``
            Per traveller, see :func:`figures_of`; ``reasons`` has the codes whose bits are there.
        ``wholes``
            What is more than a zone, in the same figures: the area of the page, the city, and on
            the page of the city its Municipi.
        ``limits``
            See :func:`~quartieri15.publish.site.class_limits.class_limits`.
        ``gaps``
            Per traveller, see :func:`~quartieri15.publish.site.gap_outlines.packed_gaps`;
            ``words`` has the names they speak of.
        ``year``
            From when the residents are; None where that is not stated.
    """
    shown = zones_on(material, page)
    zones = zones_of(material).iloc[shown]
    names = Words()
    gaps = {
        name: pack(
            packed_gaps(table, zone_ids=zones["id"].to_numpy(), groups=material.groups, words=names)
        )
        for name, table in gaps_of(material).items()
    }
    return {
        "zones": {
            "id": zones["id"].tolist(),
            "name": [words.zone_text(name) for name in zones["name"]],
            "municipi": also_in(material, shown),
        },
        "shapes": pack(outlines(zones.geometry.to_numpy(), unit_m=0.1)),
        "people": pack(_people(material, shown)),
        "figures": {
            who.name: pack(figures_of(material, who, zones["id"].to_numpy()))
            for who in material.travellers
        },
        "reasons": [*REASONS],
        "wholes": [_whole_figures(material, by, ids) for by, ids in _wholes(material, page)],
        "limits": class_limits(material),
        "gaps": gaps,
        "words": names.names,
        "year": _year(material),
    }


def figures_of(
    material: Material, who: TravelProfile, zone_ids: NDArray[Any], by: str | None = None
) -> dict[str, NDArray[np.int64]]:
    """Return the published figures of some zones for a traveller, group by group.

    Parameters
    ----------
    material
        What the pages are made from.
    who
        The traveller.
    zone_ids
        The zones.
    by
        The set they are of; that of the pages by default.

    Returns
    -------
    dict
        ``uncovered`` and ``kind`` (what it is: :data:`TOLD` and so on), ``minutes`` (the median,
        -1 where it is not told), and for zones of the pages ``reasons`` (bits in the order of
        :data:`~quartieri15.analysis.gaps.REASONS`).
    """
    known = _known_figures(material)
    if (who.name, by) not in known:
        known[who.name, by] = _figures(material, who, by)
    figures = known[who.name, by]
    rows = figures.rows.loc[zone_ids].to_numpy()
    return {name: values[:, rows].ravel() for name, values in figures.of_groups.items()}


class _Figures(NamedTuple):
    """The figures of all zones of a set: the row of each by its id, and values by group and row."""

    rows: pd.Series[Any]
    of_groups: dict[str, NDArray[np.int64]]


@functools.lru_cache(maxsize=1)
def _known_figures(material: Material) -> dict[tuple[str, str | None], _Figures]:
    """Return where figures are kept: pages share their zones."""
    del material
    return {}


def _figures(material: Material, who: TravelProfile, by: str | None) -> _Figures:
    table = material.coverage(who, by or _by(material))
    zone_ids = table["zone_id"].unique()
    cover = _of_groups(table, material.groups, zone_ids)
    population = cover["population"]
    bounds = {
        UNCOVERED_AT_LEAST: cover["uncovered_at_least"],
        COVERED_AT_LEAST: population - cover["covered_at_least"],
    }
    kind = np.select(
        [population == 0, cover["uncovered"].notna(), *(b.notna() for b in bounds.values())],
        [NOBODY, TOLD, *bounds],
        NOT_TOLD,
    )
    uncovered = np.select(
        [kind == NOBODY, kind == TOLD, *(kind == bound for bound in bounds)],
        [0, cover["uncovered"], *bounds.values()],
        MISSING,
    )
    figures = {
        "uncovered": np.round(uncovered).astype(np.int64),
        "kind": kind.astype(np.int64),
        "minutes": _whole(cover["median_minutes"]),
    }
    if by is None:
        gaps = _of_groups(_zone_gaps(material)[who.name], material.groups, zone_ids)
        codes = gaps["reason_codes"]
        figures["reasons"] = np.array([_bits(own) for own in codes], dtype=np.int64)
    shape = (len(material.groups), len(zone_ids))
    return _Figures(
        pd.Series(range(len(zone_ids)), index=zone_ids),
        {name: values.reshape(shape) for name, values in figures.items()},
    )


def _wholes(material: Material, page: Page) -> list[tuple[str, list[Any]]]:
    """Return what is told beside the zones: sets of zones, and which of them."""
    city = ("city", [0])
    if page.kind == "city":
        municipi = material.city.zones.get("municipi")
        return [city] if municipi is None else [city, ("municipi", municipi["id"].tolist())]
    return [city, ("municipi" if page.kind == "municipio" else "target_areas", [page.zone_id])]


def _whole_figures(material: Material, by: str, zone_ids: list[Any]) -> dict[str, Any]:
    cover = material.coverage(material.travellers[0], by)
    ids = np.array(zone_ids)
    rows = _of_groups(cover, material.groups, ids)
    of_first = rows.loc[material.groups[0]]
    name = str if by != "city" else str.capitalize
    return {
        "by": by,
        "id": zone_ids,
        "name": [name(zone) for zone in of_first["zone"]],
        "places": of_first["places_inside"].tolist(),
        "people": pack({"population": _whole(rows["population"])}),
        "figures": {
            who.name: pack(figures_of(material, who, ids, by)) for who in material.travellers
        },
    }


def _year(material: Material) -> str | None:
    """Return the first year in what is said of the residents: that of their level."""
    told = re.search(
        r"\d{4}", str(material.city.provenance.get("vintages", {}).get("residents", ""))
    )
    return told[0] if told else None


def _people(material: Material, shown: NDArray[np.intp]) -> dict[str, NDArray[np.int64]]:
    """Return who lives in each zone, whoever travels."""
    zones = zones_of(material).iloc[shown]
    first = material.travellers[0]
    ids = zones["id"].to_numpy()
    cover = _of_groups(material.coverage(first, _by(material)), material.groups, ids)
    people = {
        "population": _whole(cover["population"]),
        # An are is 100 square metres.
        "ares": np.round(zones["area_km2"].to_numpy() * 1e4).astype(np.int64),
    }
    if {*TWO_GROUPS} <= {*material.groups}:
        people["classes"] = _classes(material)[shown]
    return people


@functools.lru_cache(maxsize=1)
def _classes(material: Material) -> NDArray[np.int64]:
    """Return in which third of each of two groups a zone is, as two digits; 0 for nobody."""
    exact = _exact(material, material.travellers[0])
    flags = flag_gaps(material.city, exact, groups=TWO_GROUPS)
    classes = flags.drop_duplicates("zone_id").set_index("zone_id")["density_classes"]
    ids = zones_of(material)["id"].to_numpy()
    told = material.coverage(material.travellers[0], _by(material))
    hidden = told[told["group"].isin(TWO_GROUPS) & told["population"].isna()]["zone_id"]
    digits = classes.loc[ids].str.replace("-", "").astype(np.int64).to_numpy()
    return np.where(np.isin(ids, hidden), MISSING, digits)


@functools.lru_cache(maxsize=1)
def _zone_gaps(material: Material) -> dict[str, gpd.GeoDataFrame]:
    """Return the reasons of every zone and group as they are published, by traveller."""
    return {
        who.name: publishable_gaps(
            find_gaps(material.city, _exact(material, who), groups=material.groups),
            material.coverage(who, _by(material)),
            smallest_count=material.smallest_count,
        )
        for who in material.travellers
    }


def _exact(material: Material, who: TravelProfile) -> pd.DataFrame:
    return coverage(
        material.city,
        to=material.places,
        profile=who,
        minutes=material.minutes,
        by=_by(material),
        groups=material.groups,
        times=material.times(who),
    )


def _by(material: Material) -> str:
    by: str = zones_of(material).attrs["by"]
    return by


def _of_groups(
    table: pd.DataFrame, groups: tuple[str, ...], zone_ids: NDArray[Any]
) -> pd.DataFrame:
    """Return the rows of some zones, group by group, zones in the order asked."""
    keys = pd.MultiIndex.from_product([groups, zone_ids])
    return pd.DataFrame(table).set_index(["group", "zone_id"]).loc[keys]


def _bits(codes: str) -> int:
    known = [*REASONS]
    return sum(1 << known.index(code) for code in codes.split() if code in known)


def _whole(values: pd.Series[Any]) -> NDArray[np.int64]:
    whole: NDArray[np.int64] = values.fillna(MISSING).round().to_numpy(dtype=np.int64)
    return whole

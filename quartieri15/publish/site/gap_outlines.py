"""Where people live beyond the threshold, side by side: areas and reasons as pages tell them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.analysis.gap_areas import gap_areas
from quartieri15.publish.basemap import simplified_zones
from quartieri15.publish.disclosure import rounded
from quartieri15.publish.site.drawn_shapes import outlines
from quartieri15.publish.site.zones_shown import zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.site.material import Material

TOLERANCE_M: Final = 30.0
"""How much an outline is simplified, in metres: it is drawn half a step of neighbours (100 m) from
its addresses, and says where they are, not where a border is."""

TENTHS: Final = 10

FIFTHS: Final = 5


@functools.lru_cache(maxsize=1)
def gaps_of(material: Material) -> dict[str, gpd.GeoDataFrame]:
    """Return the areas of people beyond the threshold, for every traveller, as they are published.

    Returns
    -------
    dict of str to geopandas.GeoDataFrame
        By name of the traveller: one row per group and area, see
        :func:`~quartieri15.analysis.gap_areas.gap_areas`, with ``uncovered`` rounded as in
        :mod:`~quartieri15.publish.disclosure`, ``fifth`` (1 to 5: in which fifth of the group, by
        density, the area is) and ``tenths`` (for how many in ten the place is the nearest, at least
        1), both in the place of numbers from which counts could be read; outlines simplified,
        common borders kept. Areas with fewer people of a group than are published are not listed.
    """
    return {who.name: _gaps(material, who) for who in material.travellers}


def _gaps(material: Material, who: TravelProfile) -> gpd.GeoDataFrame:
    by = zones_of(material).attrs["by"]
    material.progress(f"gap areas, {who.label_en}")
    found = gap_areas(
        material.city,
        to=material.places,
        profile=who,
        minutes=material.minutes,
        groups=material.groups,
        within=by,
        fewest=max(material.smallest_count, 1.0),
        times=material.times(who),
    )
    # What is said of a table is copied at every step, and this is taken apart in many.
    found.attrs = {}
    gaps = found.rename(columns={by: "zone_id"})
    gaps["uncovered"] = rounded(found["uncovered"], material.smallest_count)
    fifth = found["density_percentile"] * FIFTHS // 100 + 1
    gaps["fifth"] = fifth.clip(upper=FIFTHS).astype("int64")
    gaps["tenths"] = (found["place_share"] * TENTHS).round().clip(lower=1)
    gaps["median_minutes"] = found["median_minutes"].round()
    columns = ("gap_id", "group", "rank", "zone_id", "uncovered", "streets", "fifth")
    told = gaps[[*columns, "place", "tenths", "median_minutes", "geometry"]]
    drawn = told.drop_duplicates("gap_id").set_index("gap_id").geometry
    if len(drawn):
        simple = simplified_zones(drawn, tolerance_m=TOLERANCE_M)
        told = told.set_geometry(
            gpd.GeoSeries(simple, index=drawn.index, crs=found.crs)
            .loc[told["gap_id"]]
            .set_axis(told.index)
        )
    return told


def packed_gaps(
    gaps: gpd.GeoDataFrame, *, zone_ids: NDArray[Any], groups: tuple[str, ...], words: Words
) -> dict[str, NDArray[np.int64]]:
    """Return the areas of one traveller that lie in some zones, as whole numbers.

    Parameters
    ----------
    gaps
        The areas, of :func:`gaps_of`.
    zone_ids
        The zones of the page.
    groups
        The groups, in the order in which they are packed.
    words
        Where names of streets and places are kept once; those that are new are added.

    Returns
    -------
    dict
        Of every area: ``zone`` (position in ``zone_ids``), the number of its ``streets`` (three at
        most, -1 for none) among the words, and its outline in metres, see
        :func:`~quartieri15.publish.site.drawn_shapes.outlines`. Of every group and area, group by
        group: ``uncovered`` (-1 where the area is not listed for the group), ``fifth``,
        ``minutes`` (-1 where half have no way), ``place`` (among the words; -1 likewise) and
        ``tenths``.
    """
    here = gaps[gaps["zone_id"].isin(zone_ids)]
    areas = here.drop_duplicates("gap_id")
    per_group = {
        group: here[here["group"] == group].set_index("gap_id").reindex(areas["gap_id"])
        for group in groups
    }

    def numbers(name: str) -> NDArray[np.int64]:
        parts = [rows[name].fillna(-1).to_numpy(dtype=np.int64) for rows in per_group.values()]
        return np.concatenate(parts)

    streets = [[*names.split(", "), "", "", ""][:3] for names in areas["streets"]]
    places = pd.concat([rows["place"] for rows in per_group.values()])
    return {
        "zone": pd.Index(zone_ids).get_indexer(areas["zone_id"]).astype(np.int64),
        "streets": np.array(
            [words.number(name) for own in streets for name in own], dtype=np.int64
        ),
        **{name: numbers(name) for name in ("uncovered", "fifth", "tenths")},
        "minutes": numbers("median_minutes"),
        "place": np.array([words.number(name) for name in places], dtype=np.int64),
        **outlines(areas.geometry.to_numpy(), unit_m=1.0),
    }


class Words:
    """Names that a page says more than once, each kept once and spoken of by its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: object) -> int:
        """Return the number of a name; -1 for none."""
        if not isinstance(name, str) or not name:
            return -1
        return self._numbers.setdefault(name, len(self._numbers))

    @property
    def names(self) -> list[str]:
        """The names, by number."""
        return list(self._numbers)

"""Whether zones cover the city once: overlaps, holes, outlines, names, and who has no residents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.editions.checking.findings import Finding, listed, told_at
from quartieri15.model.ids import SPELLING_MEND, spelt_otherwise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import geopandas as gpd

    from quartieri15.editions.checking.findings import Severity

SLIVER_M: Final = 5.0
"""What is nowhere wider than this is two drawings of one border, not a piece of the city."""


def check_zones(zones: gpd.GeoDataFrame, *, file: str, whole: bool = True) -> Iterator[Finding]:
    """Find zones that overlap or leave holes, and names that stand for two zones.

    Parameters
    ----------
    zones : geopandas.GeoDataFrame
        ``id``, ``name``, ``geometry`` in a metric CRS.
    file
        The file they are of.
    whole
        Whether these are all zones of the file; without those that were refused there are holes
        that mean nothing.

    Yields
    ------
    Finding
        ``zones.outline`` (error), ``zones.overlap``, ``zones.hole`` and ``zones.name``
        (warnings). Slivers narrower than :data:`SLIVER_M` are none.
    """
    shapes = zones.geometry.to_numpy()
    for at in np.flatnonzero(~shapely.is_valid(shapes)):
        yield Finding(
            file=file,
            row=f"zone {zones['id'].iloc[at]}",
            column="geometry",
            problem=f"the polygon is not valid: {shapely.is_valid_reason(shapes[at])}",
            mend="untangle its outline",
            severity="error",
            rule="zones.outline",
        )
    shapes = shapely.make_valid(shapes)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    common = shapely.intersection(shapes[first], shapes[second])
    wide = _wide(common)
    for one, other, shape in zip(first[wide], second[wide], common[wide], strict=True):
        ids = zones["id"].iloc[[one, other]].tolist()
        yield Finding(
            file=file,
            row=f"zone {ids[0]}",
            column="geometry",
            problem=f"zones {ids[0]} and {ids[1]} overlap by {_area(shape)}, "
            f"at {told_at(shape, zones.crs)}",
            mend="draw their border once: who lives in both would be counted in one of them only",
            severity="warning",
            rule="zones.overlap",
        )
    ground = shapely.union_all(shapes if whole else [])
    rings = [ring for part in shapely.get_parts(ground) for ring in getattr(part, "interiors", ())]
    holes = shapely.polygons(rings) if rings else np.empty(0, dtype=object)
    for hole in holes[_wide(holes)]:
        yield Finding(
            file=file,
            column="geometry",
            problem=f"the zones leave a hole of {_area(hole)}, at {told_at(hole, zones.crs)}",
            mend="give the hole to a zone, or add the zone that is missing",
            severity="warning",
            rule="zones.hole",
        )
    yield from _names(zones, file)


def check_same_ground(
    zones: gpd.GeoDataFrame, others: gpd.GeoDataFrame, *, files: tuple[str, str]
) -> Iterator[Finding]:
    """Find what one set of zones of a city covers and the other does not (``zones.other_ground``).

    Parameters
    ----------
    zones, others : geopandas.GeoDataFrame
        Two sets of zones of one city, in one CRS.
    files
        The files they are of.
    """
    grounds = [
        shapely.union_all(shapely.make_valid(one.geometry.to_numpy())) for one in (zones, others)
    ]
    for (one, other), (file, beside) in (
        (grounds, files),
        (grounds[::-1], files[::-1]),
    ):
        parts = shapely.get_parts(shapely.difference(one, other))
        parts = parts[_wide(parts)]
        if len(parts):
            largest = parts[np.argmax(shapely.area(parts))]
            yield Finding(
                file=file,
                column="geometry",
                problem=f"{len(parts)} pieces, in all {_area(shapely.union_all(parts))}, are not "
                f"in {beside}; the largest at {told_at(largest, zones.crs)}",
                mend="give both sets of zones of the same year, or see whose border is right",
                severity="warning",
                rule="zones.other_ground",
            )


def check_zone_ids(
    zones: gpd.GeoDataFrame,
    counted: Collection[Any],
    *,
    file: str,
    counts_file: str,
    column: str | None = None,
    lacking: Severity = "warning",
    unknown: Severity = "error",
) -> Iterator[Finding]:
    """Find zones that no row of counts names, and counts of zones that are not there.

    Parameters
    ----------
    zones
        The zones.
    counted
        The ids that a table of counts has a row for.
    file, counts_file
        The files of both.
    column
        The column of the ids in the file of counts.
    lacking, unknown
        How severe it is that a zone has no row, and that a row has no zone.

    Yields
    ------
    Finding
        ``zones.written_otherwise`` (error): ids of both files that differ only in what programs
        change, such as leading zeros; ``zones.without_residents``, ``zones.unknown``.
    """
    known = set(zones["id"])
    pairs = spelt_otherwise(sorted(known - set(counted)), sorted(set(counted) - known))
    if pairs:
        yield Finding(
            file=counts_file,
            column=column,
            problem=f"{len(pairs)} of {len(zones)} zones of {file} are written otherwise here: "
            + listed(f"{one!r} is {other!r} ({what})" for one, other, what in pairs),
            mend=SPELLING_MEND,
            severity="error",
            rule="zones.written_otherwise",
        )
    paired = {name for pair in pairs for name in pair[:2]}
    for zone in sorted(known - set(counted)):
        if str(zone) in paired:
            continue
        name = zones.loc[zones["id"] == zone, "name"].iloc[0]
        yield Finding(
            file=counts_file,
            column=column,
            problem=f"no row counts the people of zone {zone} ({name}), in {file}",
            mend="add its row, with 0 if nobody lives there",
            severity=lacking,
            rule="zones.without_residents",
        )
    others = [zone for zone in sorted(set(counted) - known) if str(zone) not in paired]
    if others:
        yield Finding(
            file=counts_file,
            column=column,
            problem=f"there are counts for zones that are not in {file}: {listed(others)}",
            mend="correct the ids, or give zones and counts of the same year",
            severity=unknown,
            rule="zones.unknown",
        )


def _names(zones: gpd.GeoDataFrame, file: str) -> Iterator[Finding]:
    if without := zones.attrs.get("without_name"):
        yield Finding(
            file=file,
            column="name",
            problem=f"{len(without)} zones have no name, and are called by their ids: "
            + listed(without),
            mend="write the names that people know them by",
            severity="warning",
            rule="zones.name",
        )
    folded = zones["name"].astype(str).str.casefold().str.split().str.join(" ")
    for _, same in zones.groupby(folded, sort=True):
        if len(same) > 1:
            names = sorted(set(same["name"].astype(str)))
            how = "differ only in capitals or blanks" if len(names) > 1 else "are the same"
            yield Finding(
                file=file,
                row=f"zone {same['id'].iloc[0]}",
                column="name",
                problem=f"the names of zones {listed(same['id'])} {how}: {', '.join(names)}",
                mend="give each its own name, or merge them if they are one",
                severity="warning",
                rule="zones.name",
            )


def _wide(shapes: Any) -> Any:
    """Tell which areas are more than slivers."""
    return ~shapely.is_empty(shapely.buffer(shapes, -SLIVER_M / 2))


def _area(shape: Any) -> str:
    area = shapely.area(shape)
    return f"{area:,.0f} m²" if area < 1e5 else f"{area / 1e6:,.2f} km²"  # noqa: PLR2004

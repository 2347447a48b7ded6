"""The streets of Milano in August 2021, to see what a year of mapping changes.

They are those of the extract of 2021 alone, with the bike lanes of the Comune as in the streets of
the edition. About 900 km of pavements that were drawn by mid 2022 are not in them, so the two
vintages differ by what was mapped more than by what was built. The barriers are those of the
edition.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.editions import milano_published as published
from quartieri15.editions import milano_streets, stored_streets
from quartieri15.editions.milano_streets import CRS, LANES, STREETS_BEYOND
from quartieri15.sources.conflation import conflate_bike_lanes
from quartieri15.sources.osm import read_pbf

if TYPE_CHECKING:
    import geopandas as gpd

    from quartieri15.model.streets import StreetNetwork

VINTAGE: Final = "2021-08"
"""What the streets are called in ``city.earlier``."""

FILE: Final = "streets_2021.parquet"


def build_earlier_streets(sources: str | Path) -> tuple[StreetNetwork, dict[str, Any]]:
    """Make the streets of August 2021 from the raw files.

    Parameters
    ----------
    sources
        Folder of the raw files, with ``osm`` and ``comune`` in it.

    Returns
    -------
    streets : StreetNetwork
        As :func:`read_earlier_streets` will read them, without barriers.
    report : dict
        The account of reading them, and of matching the bike lanes (``bike_lanes``).

    Raises
    ------
    MissingFileError, InputError
        As for :func:`quartieri15.editions.milano_streets.build_streets`.
    """
    sources = Path(sources)
    lanes = milano_streets.read_bike_lanes(sources / LANES)
    streets, report = read_pbf(sources / STREETS_BEYOND, crs=CRS)
    published.check_ways(report["ways_read"], name=STREETS_BEYOND)
    streets, lanes_report = conflate_bike_lanes(streets, lanes)
    return stored_streets.as_stored(streets), report | {"bike_lanes": lanes_report}


def read_earlier_streets(path: str | Path, *, barriers: gpd.GeoDataFrame) -> StreetNetwork:
    """Read the streets of August 2021, with the barriers of the edition."""
    return dataclasses.replace(stored_streets.read_streets(path), barriers=barriers)

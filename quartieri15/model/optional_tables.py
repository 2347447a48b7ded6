"""Tables that a city may have or lack: addresses, buildings, services, sections, open spaces.

Each is checked at the door as the others are. What an edition holds of them is read when someone
first asks for it, and was checked when it was written.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quartieri15.crs import require_same_crs
from quartieri15.model import schemas, zones

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    import pandas as pd

    from quartieri15.model.streets import StreetNetwork


class DeferredTable:
    """A table that is read when someone first asks for it, and then kept.

    Parameters
    ----------
    read
        What reads it.
    crs
        The CRS it will have, where that is known before.
    """

    # What tells a table from other things; see City.
    active_geometry_name = "geometry"

    def __init__(self, read: Callable[[], gpd.GeoDataFrame], *, crs: object = None) -> None:
        self._read = read
        self.crs = crs

    @cached_property
    def table(self) -> gpd.GeoDataFrame:
        """The table."""
        return self._read()


class OptionalTable(NamedTuple):
    """What is asked of a table that a city may lack.

    Parameters
    ----------
    name
        The attribute of the city.
    columns
        The columns it must have, told of the table.
    texts, numbers
        Columns of the table of nothing, by what they hold.
    counted
        Whether rows outside the streets are counted, since somebody may ask how to get there.
        Of what is not counted nobody minds a row that lies elsewhere.
    homes
        A column of the residents that names rows of this table.
    """

    name: str
    columns: Callable[[pd.DataFrame], dict[str, schemas.Column]]
    texts: tuple[str, ...] = ()
    numbers: Mapping[str, type] = {}
    counted: bool = False
    homes: str | None = None

    def none(self, crs: object) -> gpd.GeoDataFrame:
        """Return a table of nothing."""
        return table_of_nothing(self.texts, self.numbers, crs)

    def checked(
        self, given: object, streets: StreetNetwork, residents: gpd.GeoDataFrame
    ) -> tuple[gpd.GeoDataFrame | DeferredTable, int]:
        """Check a table; return it with the number of its rows outside the streets.

        Raises
        ------
        InputError
            If it is no table, a column is missing or wrong, it is in another CRS than the
            streets or lies elsewhere altogether, an outline crosses itself, or a resident
            belongs to a row that is not there.
        """
        if isinstance(given, DeferredTable):
            if not self.counted and given.crs is not None and given.crs == streets.crs:
                return given, 0
            given = given.table
        if given is None:
            return self.none(streets.crs), 0
        table = schemas.with_geometry(given, where=self.name)
        if not len(table):
            return self.none(streets.crs), 0
        require_same_crs(table, streets.crs, where=self.name)
        table = schemas.check(table, self.columns(table), where=self.name)
        outside = streets.require_near(table, where=self.name, may_be_elsewhere=not self.counted)
        if self.homes is not None:
            zones.require_outlines(table, where=self.name)
            if self.homes in residents.columns:
                zones.homes_in(residents, self.homes, table, where=self.name)
        return table, outside if self.counted else 0


def table_of_nothing(
    texts: tuple[str, ...], numbers: Mapping[str, type], crs: object
) -> gpd.GeoDataFrame:
    """Return a table without rows, with some columns of text and of numbers."""
    return _nothing(texts, tuple(numbers.items()), crs).copy(deep=False)


@lru_cache(maxsize=32)
def _nothing(
    texts: tuple[str, ...], numbers: tuple[tuple[str, type], ...], crs: object
) -> gpd.GeoDataFrame:
    """Return the same, kept: to make a table takes longer than to look at a small city."""
    import geopandas as gpd

    columns = {name: np.empty(0, dtype=object) for name in texts}
    columns |= {name: np.empty(0, dtype=kind) for name, kind in numbers}
    return gpd.GeoDataFrame(columns, geometry=[], crs=crs)


PLACE_TEXTS: Final = ("id", "name", "kind", "network")


def _address_columns(table: pd.DataFrame) -> dict[str, schemas.Column]:
    known = dict(schemas.ADDRESS_COLUMNS)
    if "register_street" not in table.columns:
        known.pop("register_street")
    return known


OPTIONAL_TABLES: Final = (
    OptionalTable("addresses", _address_columns, texts=("id", "street", "number"), counted=True),
    OptionalTable("buildings", lambda _: schemas.BUILDING_COLUMNS, numbers={"area_m2": np.float64}),
    OptionalTable("services", schemas.service_columns, texts=PLACE_TEXTS, counted=True),
    OptionalTable(
        "sections", lambda _: schemas.SECTION_COLUMNS, numbers={"id": np.int64}, homes="section"
    ),
    OptionalTable(
        "open_spaces", lambda _: schemas.OPEN_SPACE_COLUMNS, texts=("kind", "name", "extent")
    ),
)
"""In the order in which they are checked."""

"""Every figure that is known by zone, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quartieri15.analysis.counting import counts_of, members, sums_by_zone
from quartieri15.arguments import shown
from quartieri15.errors import InputError
from quartieri15.model import schemas

if TYPE_CHECKING:
    from quartieri15.model.city import City


def zone_figures(city: City, by: str, *, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return every figure that is known by zone: groups, columns of the zones, a table's.

    Parameters
    ----------
    city
        The city.
    by
        The set of zones.
    table
        More figures, as for :func:`~quartieri15.analysis.need.need_index`.

    Returns
    -------
    pandas.DataFrame
        One row per zone, in the order of the city, with its id as index. Groups are the sums of
        the people who live in the zone.

    Raises
    ------
    InputError
        If the table has no zone ids, other ones than the city, or names that are taken.
    """
    zones = city.zones_named(by, argument="by")
    ids, _, point, zone = members(city, by)
    sums = sums_by_zone(zone, counts_of(city, city.groups)[point], len(ids))
    figures = pd.DataFrame(sums, columns=list(city.groups), index=pd.Index(ids, name="zone_id"))
    own = [
        name
        for name in zones.columns
        if name not in (*city.groups, "id", "name", zones.active_geometry_name)
        and pd.api.types.is_numeric_dtype(zones[name].dtype)
        and not pd.api.types.is_complex_dtype(zones[name].dtype)
    ]
    for name in own:
        figures[name] = zones[name].to_numpy(dtype=float)
    return figures if table is None else figures.join(_own(table, figures))


def _own(table: object, figures: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of numbers of a table of one's own, by zone id."""
    mend = "give a table with the column zone_id, of ids of the zones, and columns of numbers"
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"{shown(table)} is no table", where="table", mend=mend)
    own = pd.DataFrame(table)
    if "zone_id" in own.columns:
        own = own.set_index("zone_id")
    taken = [str(name) for name in own.columns if name in figures.columns]
    if taken or not own.columns.is_unique or not own.index.is_unique:
        raise InputError(
            f"{', '.join(taken)} is known of the city already"
            if taken
            else "a column or a zone stands twice",
            where="table",
            mend="give another name, and every zone once",
        )
    lost = ~own.index.isin(figures.index)
    if lost.any() or not len(own):
        what = f"zone {own.index[lost][0]} is not among the zones" if len(own) else "it is empty"
        raise InputError(what, where="table, zone_id", mend=mend)
    contract = {name: schemas.Column(kind="number", nullable=True) for name in own.columns}
    checked: pd.DataFrame = schemas.check(own, contract, where="table").reindex(figures.index)
    return checked

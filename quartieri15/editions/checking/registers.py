"""The tables that people edit, each asked by itself for everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import milano
from quartieri15.editions.checking.places import check_stated_zones
from quartieri15.editions.milano_streets import CRS, EXTENT
from quartieri15.errors import Quartieri15Error
from quartieri15.model.places import places_table
from quartieri15.sources import registry, tabular

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from quartieri15.editions.checking.asking import Asked


@dataclass(frozen=True, kw_only=True)
class Read:
    """What could be read of the registers; None where nothing could."""

    written: pd.DataFrame | None
    places: gpd.GeoDataFrame | None


def read_registers(
    asked: Asked,
    files: Mapping[str, str],
    *,
    nil: gpd.GeoDataFrame | None,
    municipi: gpd.GeoDataFrame | None,
    cool_spaces: pd.DataFrame | None,
    gone: Collection[str] = (),
) -> Read:
    """Read registry, interventions and quarters; keep everything wrong in them.

    Parameters
    ----------
    asked
        Where findings are kept.
    files
        Where the files of ``milano.EDITABLE`` are, relative to the folder.
    nil, municipi
        The zones, as far as they could be read.
    cool_spaces
        What the list of cool spaces says, if it could be read.
    gone
        Places that interventions may still name.
    """
    numbers = None if municipi is None else municipi["id"].tolist()
    names = None if nil is None else dict(zip(nil["id"].tolist(), nil["name"], strict=True))
    registry_file, interventions_file, quarters_file = (files[name] for name in milano.EDITABLE)
    written = asked.read(
        registry_file,
        lambda path: registry.read_registry(path, extent=EXTENT, municipi=numbers, nil=names),
    )
    ids = {*_ids(asked, registry_file), *gone}
    planned = asked.read(
        interventions_file,
        lambda path: registry.read_interventions(
            path, extent=EXTENT, places=ids or None, municipi=numbers, nil=names
        ),
    )
    quarters = asked.read(
        quarters_file, lambda path: registry.read_erp_quarters(path, extent=EXTENT, nil=names)
    )
    places = None
    if written is not None:
        places = places_table(
            written,
            crs=CRS,
            cool_spaces=cool_spaces,
            assumed_uncertainty_m=milano.ASSUMED_UNCERTAINTY_M,
        )
        places["nil_id"] = written["nil_id"].to_numpy()
    for table, file, column, zones, zones_file in (
        (places, registry_file, "municipio", municipi, "the Municipi"),
        (places, registry_file, "nil_id", nil, "the NIL"),
        (_points(planned, "place"), interventions_file, "municipio", municipi, "the Municipi"),
        (_points(quarters, "quarter"), quarters_file, "nil_id", nil, "the NIL"),
    ):
        if table is not None and zones is not None:
            asked.add(
                check_stated_zones(table, zones, column=column, file=file, zones_file=zones_file)
            )
    return Read(written=written, places=places)


def _points(table: pd.DataFrame | None, name_column: str) -> gpd.GeoDataFrame | None:
    if table is None:
        return None
    points = gpd.points_from_xy(table["lon"], table["lat"], crs=GEOGRAPHIC).to_crs(CRS)
    named = table.assign(name=table[name_column])
    return gpd.GeoDataFrame(named, geometry=points)[table["lat"].notna().to_numpy()]


def _ids(asked: Asked, file: str) -> list[str]:
    """Return every id of a registry, of refused rows too: what names them is not wrong for it."""
    try:
        return list(tabular.read_csv(asked.folder / file, columns=["id"])["id"])
    except Quartieri15Error:
        return []

"""Files in which every row has a place: a list with coordinates, a layer of a GIS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, MissingFileError
from quartieri15.model import schemas
from quartieri15.sources import tabular, whole_files

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTS: Final = (".csv", ".txt", ".tsv")
GEOJSON: Final = (".geojson", ".json")
PARQUET: Final = (".parquet", ".geoparquet")
LAYERS: Final = (".gpkg", ".shp", ".fgb", ".zip")
SHAPES: Final = (*GEOJSON, *PARQUET, *LAYERS)
"""Endings of files that have their own geometry."""
MEND: Final = "open it in QGIS: it may be damaged; correct it, or export it again"


def read_list(
    path: Path, wanted: Sequence[str], position: tuple[str, str], *, crs: Any
) -> gpd.GeoDataFrame:
    """Read a CSV of points, with whatever stands between its fields: all but numbers as text."""
    columns = [*wanted, *position]
    table = tabular.read_csv(path, columns=columns, separator=tabular.separator_of(path, columns))
    tabular.require_rows(table)
    x, y = (tabular.numbers(table, name, decimal=",") for name in position)
    shapes = gpd.GeoDataFrame(
        table.drop(columns=list(position)), geometry=gpd.points_from_xy(x, y), crs=crs
    )
    shapes.attrs = {**table.attrs, "position": ", ".join(position)}
    return shapes


def read_shapes(path: Path, wanted: Sequence[str], *, layer: str | None) -> gpd.GeoDataFrame:
    """Read a file that has its own geometry and states its own CRS."""
    ending = path.suffix.lower()
    word = "row"
    if ending in GEOJSON:
        word = "feature"
        table = tabular.read_geojson(path, columns=wanted, crs=GEOGRAPHIC, mend=MEND)
    elif ending in PARQUET:
        table = tabular.read_geoparquet(path, columns=wanted, mend=MEND)
    elif ending in LAYERS:
        inside = _only_shapefile(path) if ending == ".zip" else None
        if layer is None:
            layer = _only_layer(path) if inside is None else Path(inside).stem
        table = tabular.read_layer(path, columns=wanted, layer=layer, inside=inside, mend=MEND)
    else:
        known = ", ".join(SHAPES)
        raise InputError(
            f"{kind_of_file(ending)} is not read here",
            where=path.name,
            mend=f"save shapes as one of {known}; a list of points or of counts as .csv",
        )
    told = table.attrs.get("dropped_columns", [])
    # Rows are counted as they stand: a label of another program may stand twice.
    table = schemas.with_geometry(table, where=path.name).reset_index(drop=True)
    table = table.rename_axis(index=word)
    personal = [str(name) for name in table.columns if is_personal(name)]
    table = table.drop(columns=personal)
    table.attrs = {"file": path.name, "dropped_columns": [*told, *personal]}
    return table


def kind_of_file(ending: str) -> str:
    """Return what a file is called by its ending."""
    return f"a file that ends in {ending}" if ending else "a file whose name has no ending"


def _only_layer(path: Path) -> str | None:
    """Return the layer of a file; say which there are where there are several."""
    import pyogrio
    from pyogrio.errors import DataSourceError

    whole_files.require_file(path)
    tabular.require_layers(path, mend=MEND)
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    except DataSourceError:
        # Reading it says what is wrong.
        return None
    if len(names) > 1:
        raise InputError(
            f"there are {len(names)} layers in it: {', '.join(names)}",
            where=path.name,
            mend="say which one with layer=",
        )
    return names[0] if names else None


def _only_shapefile(path: Path) -> str:
    """Return the name of the one shapefile in an archive."""
    names = [name for name in whole_files.names_in(path) if name.lower().endswith(".shp")]
    if len(names) == 1:
        return names[0]
    if not names:
        raise MissingFileError(
            "there is no shapefile (.shp) in the archive", where=path.name, mend=MEND
        )
    raise InputError(
        f"there are {len(names)} shapefiles in the archive: {', '.join(names)}",
        where=path.name,
        mend="put each into an archive of its own",
    )


def texts_of(values: pd.Series) -> pd.Series:
    """Return values as text; whole numbers without a point, what is missing empty."""
    known = values.dropna()
    whole = pd.api.types.is_float_dtype(values.dtype) and bool(
        # Beyond these a float is no exact whole number.
        ((known % 1 == 0) & (known.abs() < 2.0**53)).all()
    )
    texts = (values.astype("Int64") if whole else values).astype(object)
    return texts.where(texts.notna(), "").astype(str).str.strip()


def refuse_ids(ids: pd.Series, *, file: str, mend: str) -> None:
    """Refuse an id that is missing or stands twice."""
    word = word_of(ids.index)
    for bad, said in ((ids == "", "the id is missing"), (ids.duplicated(), "{!r} stands twice")):
        if bad.any():
            row = ids.index[bad][0]
            first = ids.index[ids == ids[row]][0]
            also = "" if first == row else f", first in {word} {first}"
            raise InputError(
                said.format(ids[row]) + also,
                where=f"{file}, {word} {row}, column {ids.name}",
                mend=mend,
            )


def word_of(index: pd.Index[Any]) -> str:
    """Return what a row of a file is called in it."""
    return "row" if index.name is None else str(index.name)


def is_personal(column: object) -> bool:
    """Tell whether a column holds personal data, by its name."""
    return tabular.PERSONAL_COLUMN.search(str(column)) is not None

"""One layer as one file: GeoJSON for the web, GeoParquet for analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quartieri15.crs import GEOGRAPHIC
from quartieri15.publish import words
from quartieri15.publish.layers.gdal_trouble import trouble_told
from quartieri15.publish.tables import licence_line, with_visible_texts
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

DECIMALS: Final = 6
"""Of a degree: a tenth of a metre."""


def write_geojson(
    table: gpd.GeoDataFrame, path: str | Path, *, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write a table as GeoJSON (RFC 7946): degrees, longitude first, outer rings against the clock.

    Parameters
    ----------
    table
        A layer, as it is published.
    path
        Where the file shall stand.
    provenance
        Of the city: its ``licence_line`` stands in the member ``description``.

    Raises
    ------
    OutputError
        If it cannot be written; a file that stood there is untouched.
    """
    import pyogrio

    told = with_visible_texts(table).to_crs(GEOGRAPHIC)
    licence = words.visible(licence_line(provenance or {}))
    with trouble_told(path), replacing_file(path) as unfinished:
        pyogrio.write_dataframe(
            told,
            unfinished,
            driver="GeoJSON",
            layer_options={
                "RFC7946": "YES",
                "COORDINATE_PRECISION": str(DECIMALS),
                "WRITE_NAME": "NO",
                **({"DESCRIPTION": licence} if licence else {}),
            },
        )


def write_geoparquet(
    table: gpd.GeoDataFrame, path: str | Path, *, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write a table as GeoParquet 1.1, in its own CRS, with the box of every row.

    Parameters
    ----------
    table
        A layer, as it is published.
    path
        Where the file shall stand.
    provenance
        Of the city: ``licence_line`` and ``vintages`` stand in the metadata, and are the ``attrs``
        of the table that pandas reads.

    Raises
    ------
    OutputError
        If it cannot be written; a file that stood there is untouched.
    """
    told = with_visible_texts(table)
    said = provenance or {}
    told.attrs = {name: said[name] for name in ("licence_line", "vintages") if name in said}
    with replacing_file(path) as unfinished:
        told.to_parquet(unfinished, index=False, schema_version="1.1.0", write_covering_bbox=True)

"""A GeoPackage that opens in its colours: layers, their styles, and where the data come from.

QGIS looks for styles in the table ``layer_styles`` of the same file and applies the one that is
marked as default when it opens the layer. The table has the columns that QGIS itself writes, and is
registered among the contents as OGC 12-128 asks of every table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.arguments import require_moment, require_path, several, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.city import require_provenance
from quartieri15.publish import words
from quartieri15.publish.layers.gdal_trouble import trouble_told
from quartieri15.publish.layers.qgis_style import qgis_style
from quartieri15.publish.legends import Legend, legend_of
from quartieri15.publish.tables import (
    licence_line,
    require_tables,
    vintages_line,
    with_visible_texts,
)
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd

VERSION: Final = "1.3"
"""Of GeoPackage: GDAL 3.6, which QGIS has on Debian 12, warns that it knows 1.4 in part only."""

STYLES: Final = "layer_styles"
_GEOMETRY: Final = "geom"


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame],
    path: str | Path,
    *,
    when: dt.datetime,
    legends: Mapping[str, Sequence[Legend]] | None = None,
    provenance: Mapping[str, Any] | None = None,
    language: str = "it",
) -> None:
    """Write tables as the layers of one GeoPackage, each with its style for QGIS.

    Parameters
    ----------
    layers
        Tables by the name of their layer, as they are published. Control characters, at which a
        GeoPackage would end a text, become signs one can see.
    path
        Where the file shall stand.
    when
        The date of last change that the file states, so that the same data give the same
        file.
    legends
        What the colours of a layer mean, by its name: one or several, the first of which QGIS
        applies; as :func:`~quartieri15.publish.legends.legend_of` its table where there is none.
    provenance
        Of the city: ``vintages`` and ``licence_line`` stand in the metadata of the file.
    language
        ``"it"`` or ``"en"``: of the style that QGIS applies; the other one can be chosen there.

    Raises
    ------
    ParameterError
        If time, legends or provenance are none, or no layer is given.
    InputError
        If a layer is no table with a geometry, or its geometry has no CRS.
    UnknownNameError
        If the language is not spoken.
    OutputError
        If it cannot be written; a file that stood there is untouched.

    Examples
    --------
    >>> import datetime as dt
    >>> import tempfile
    >>> from pathlib import Path
    >>> import geopandas as gpd
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> file = Path(tempfile.mkdtemp(), "houses.gpkg")
    >>> houses = milano.houses[["id", "name", "network", "geometry"]]
    >>> when = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    >>> write_layers({"houses": houses}, file, when=when, provenance=milano.provenance)
    >>> len(gpd.read_file(file, layer="houses"))
    62
    """
    import geopandas as gpd
    import pyogrio

    words.require_language(language)
    path = require_path(path, where="path")
    require_moment(when, where="when")
    provenance = require_provenance(provenance)
    given = require_tables(layers, where="layers", of=gpd.GeoDataFrame)
    _require_shapes(given)
    layers = {name: with_visible_texts(table) for name, table in given.items()}
    named = _require_legends(legends)
    legend = {name: named.get(name) or [legend_of(table)] for name, table in layers.items()}
    about = _about(provenance)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": when.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    try:
        with trouble_told(path), replacing_file(path) as unfinished:
            for name, table in layers.items():
                pyogrio.write_dataframe(
                    table,
                    unfinished,
                    layer=name,
                    driver="GPKG",
                    dataset_options={"VERSION": VERSION},
                    dataset_metadata=about,
                    layer_options={
                        "GEOMETRY_NAME": _GEOMETRY,
                        "IDENTIFIER": name,
                        "DESCRIPTION": _description(legend[name][0], about, language),
                    },
                )
            styles = [
                _style(name, table, one, when, language=own, default=own == language and not place)
                for name, table in layers.items()
                for own in words.LANGUAGES
                for place, one in enumerate(legend[name])
            ]
            if styles:
                pyogrio.write_dataframe(
                    pd.DataFrame(styles),
                    unfinished,
                    layer=STYLES,
                    driver="GPKG",
                    layer_options={"FID": "id"},
                )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _require_shapes(layers: Mapping[str, Any]) -> None:
    """Refuse what no program could draw: no layer, no geometry, or one that lies nowhere."""
    if not layers:
        raise ParameterError("there is no layer", where="layers", mend="give at least one table")
    for name, table in layers.items():
        where = f"layers, {name}"
        if not name.strip() or not name.isprintable():
            raise ParameterError(
                f"{shown(name)} is no name of a layer", where="layers", mend="name it by a word"
            )
        if table.active_geometry_name is None:
            raise InputError(
                "the table has no geometry", where=where, mend="give it one with set_geometry"
            )
        if table.crs is None:
            raise InputError(
                "its geometry has no CRS", where=where, mend="give it one with set_crs"
            )


def _require_legends(legends: object) -> dict[str, list[Legend]]:
    """Return legends by the name of their layer, or say what is none."""
    if legends is None:
        return {}
    if not isinstance(legends, Mapping):
        raise ParameterError(
            f"legends is {shown(legends)}", where="legends", mend="give legends by layer"
        )
    named = {name: several(given) for name, given in legends.items()}
    for given in named.values():
        for one in given:
            if not isinstance(one, Legend):
                raise ParameterError(
                    f"{shown(one)} is no legend", where="legends", mend="make it with legend_of"
                )
    return named


def _about(provenance: Mapping[str, Any]) -> dict[str, str] | None:
    told = {"LICENCE": licence_line(provenance), "VINTAGES": vintages_line(provenance)}
    return {name: words.visible(text) for name, text in told.items() if text} or None


def _description(legend: Legend, about: Mapping[str, str] | None, language: str) -> str:
    told = [legend.title[language], *(about or {}).values()]
    return ". ".join(words.visible(text).rstrip(".") for text in told) + "."


def _style(
    layer: str,
    table: gpd.GeoDataFrame,
    legend: Legend,
    when: dt.datetime,
    *,
    language: str,
    default: bool,
) -> dict[str, Any]:
    """Return a row of the table of styles, with the columns that QGIS writes."""
    return {
        # Empty, not missing: QGIS asks for rows that are equal to nothing.
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": layer,
        "f_geometry_column": _GEOMETRY,
        "styleName": words.visible(legend.title[language]),
        "styleQML": qgis_style(table, legend, language=language),
        "styleSLD": "",
        "useAsDefault": default,
        "description": f"{layer} ({language})",
        "owner": "",
        "ui": "",
        "update_time": pd.Timestamp(when),
    }

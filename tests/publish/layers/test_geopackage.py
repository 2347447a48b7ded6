"""A GeoPackage opens in QGIS in the colours of its legend, and any program reads it.

What QGIS does with a style is not asked here: its expressions are read by a small evaluator, so
that every row is drawn by just one rule, that of its class.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from quartieri15.publish.layers.geopackage import write_layers
from quartieri15.publish.layers.qgis_style import qgis_style
from quartieri15.publish.legends import legend_of

if TYPE_CHECKING:
    from pathlib import Path

WHEN = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
BOX = shapely.box(0, 0, 100, 100)
# The columns that QGIS writes (QgsOgrProviderUtils::saveStyle in its source).
COLUMNS_OF_QGIS = [
    *("id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column"),
    *("styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui"),
    "update_time",
]


def layer(**columns: Any) -> gpd.GeoDataFrame:
    rows = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[BOX] * rows, crs=32632)


def zones() -> gpd.GeoDataFrame:
    return layer(
        zone=["LORETO", "Parco d'Abruzzo", "BRERA", "QT 8", "DUOMO"],
        population=[0.0, 40, 900, 300, 500],
        covered=[0.0, None, 200, 300, 100],
        uncovered=[0.0, None, 700, 0.0, 400],
        share=[None, None, 0.2, 1.0, 0.2],
        suppressed=[False, True, False, False, False],
    )


TABLES = {
    "zones": (zones(), None),
    "shares": (zones(), "share"),
    "changes": (layer(difference=[-120.0, -20, 0, 30, 4000, None]), None),
    "classes": (layer(**{"class": ["hot", "it's", None, "not", 'a"b']}), None),
    "flags": (layer(hosts=[True, False, True]), "hosts"),
    "numbers": (layer(need=[-1.5, 0.2, 0.3, 2.0]), None),
    "minutes": (layer(minutes=[5.0, 10, 15]), None),
    "plain": (layer(a=[1, 2]), None),
}


def parsed(style: str) -> ET.Element:
    return ET.fromstring(style.partition("\n")[2])  # noqa: S314  (ours)


def holds(condition: str, row: dict[str, Any]) -> bool:
    """Evaluate an expression of QGIS by SQLite, which reads the same comparisons."""
    condition = condition.replace("to_string(", "(")
    with sqlite3.connect(":memory:") as base:
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in row)
        base.execute(f"CREATE TABLE t ({names})")
        marks = ", ".join("?" for _ in row)
        values = [str(one).lower() if isinstance(one, bool) else one for one in row.values()]
        base.execute(f"INSERT INTO t VALUES ({marks})", values)  # noqa: S608  (ours)
        asked = f"SELECT 1 FROM t WHERE {condition or '1'}"  # noqa: S608
        return bool(base.execute(asked).fetchall())


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_drawn_by_the_rule_of_its_class(name: str) -> None:
    table, column = TABLES[name]
    legend = legend_of(table, column=column)
    rules = parsed(qgis_style(table, legend)).iter("rule")
    conditions = [rule.get("filter", "") for rule in rules]
    plain = pd.DataFrame(table.drop(columns="geometry")).astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    for row, number in zip(rows, legend.class_numbers(table), strict=True):
        drawn = [place for place, one in enumerate(conditions) if holds(one, row)]
        assert drawn == [number], (row, conditions)


def test_a_style_speaks_the_language_of_its_reader() -> None:
    table, legend = zones(), legend_of(zones())
    texts = {name: qgis_style(table, legend, language=name) for name in ("it", "en")}
    labels = {
        name: [rule.get("label") for rule in parsed(text).iter("rule")]
        for name, text in texts.items()
    }
    assert labels["it"][0] == "nessun residente"
    assert labels["en"][-1] == "not published (too few people)"
    aliases = {alias.get("field"): alias.get("name") for alias in parsed(texts["it"]).iter("alias")}
    assert aliases["uncovered"] == "persone oltre la soglia"


def tip_of(table, *, column=None, language="it") -> str:
    return parsed(qgis_style(table, legend_of(table, column=column), language=language)).findtext(
        "mapTip", ""
    )


def test_a_map_tip_tells_the_value_in_words() -> None:
    share = tip_of(layer(zone=["LODI"], share=[0.445]))
    assert share == (
        "Zona: <b>[% coalesce(map_get(map('LODI', 'Lodi'), \"zone\"), \"zone\") %]</b><br>"
        "Quota entro la soglia: "
        "<b>[% if(\"share\" IS NULL, '–', round(100 * \"share\") || '%') %]</b>"
    )
    kinds = tip_of(layer(name=["Lodi", "Calvi"], kind=["ex_cam", "wemi_central"]))
    assert "map('ex_cam', 'Casa di Quartiere (ex CAM)', 'wemi_central'" in kinds
    assert 'format_number("uncovered", 0)' in tip_of(layer(zone=["a"], uncovered=[120.0]))


def test_a_map_tip_has_no_more_expressions_than_it_means() -> None:
    hostile = "a%] <script> [% b"
    table = layer(**{"zone": [hostile, "LODI"], "class": [hostile, "hot"], hostile: [1.0, 2.0]})
    tip = tip_of(table)
    shown = re.sub(r"\[%.*?%\]", "", tip, flags=re.DOTALL)
    assert shown == "Zona: <b></b><br>Classe: <b></b>"
    assert tip_of(table, column=hostile).count("[%") == tip_of(table, column=hostile).count("%]")


@pytest.mark.parametrize(
    ("profile", "title"),
    [
        ("bike_adult", "Minuti di viaggio, in bicicletta"),
        ("walk_75", "Minuti di viaggio, a piedi, passo di una persona di 75 anni"),
    ],
)
def test_bands_say_who_travels(profile: str, title: str) -> None:
    table = layer(profile=[profile] * 2, minutes_from=[0.0, 5.0], minutes_to=[5.0, 10.0])
    assert legend_of(table).title["it"].startswith(title)


def test_names_in_capitals_are_labelled_as_pages_write_them() -> None:
    names = ["Q.RE DEGLI OLMI", "CITTA' STUDI", "Lodi"]
    table = layer(name=names, share=[0.1, 0.2, 0.3])
    (style,) = parsed(qgis_style(table, legend_of(table))).iter("text-style")
    assert style.get("fieldName") == (
        "coalesce(map_get(map('Q.RE DEGLI OLMI', 'Q.re degli Olmi', "
        "'CITTA'' STUDI', 'Città Studi'), \"name\"), \"name\")"
    )


def test_styles_stand_where_qgis_looks_for_them(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    told = {"licence_line": "© OSM", "vintages": {"streets": "2022-06"}}
    legends = {"nil": [legend_of(zones(), column="share"), legend_of(zones())]}
    write_layers(
        {"nil": zones(), "streets": TABLES["plain"][0]},
        path,
        when=WHEN,
        legends=legends,
        provenance=told,
    )
    with sqlite3.connect(path) as base:
        columns = [row[1] for row in base.execute("PRAGMA table_info(layer_styles)")]
        contents = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
        geometry = dict(base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        styles = base.execute(
            "SELECT f_table_name, f_geometry_column, f_table_schema, useAsDefault, styleName "
            "FROM layer_styles"
        ).fetchall()
        version = base.execute("PRAGMA user_version").fetchone()
        intact = base.execute("PRAGMA integrity_check").fetchone()
        about = base.execute(
            "SELECT description FROM gpkg_contents WHERE table_name = 'nil'"
        ).fetchone()[0]
    assert columns == COLUMNS_OF_QGIS
    assert contents == {"nil": "features", "streets": "features", "layer_styles": "attributes"}
    assert {(name, column) for name, column, *_ in styles} == set(geometry.items())
    assert all(schema == "" for _, _, schema, _, _ in styles)
    defaults = [row[0] for row in styles if row[3]]
    assert sorted(defaults) == ["nil", "streets"]
    assert sum(row[0] == "nil" for row in styles) == 2 * 2
    assert intact == ("ok",)
    # GeoPackage 1.3, which GDAL 3.6 knows in full.
    assert version == (10300,)
    assert about.startswith("Quota entro la soglia")
    assert "© OSM" in about
    assert pyogrio.read_info(path, layer="nil")["dataset_metadata"]["VINTAGES"] == (
        "streets: 2022-06"
    )


def test_texts_of_the_data_break_no_style() -> None:
    hostile = "]]> <rule filter='1'/> & \" ' {{ 1 }} \\"
    table = layer(**{"zone": [hostile, "b"], "class": [hostile, "hot"], f'a"{hostile}': [1, 2]})
    root = parsed(qgis_style(table, legend_of(table)))
    rules = list(root.iter("rule"))
    assert len(rules) == 2
    assert {rule.get("label") for rule in rules} == {hostile, "alto, tra valori alti"}
    assert not re.search("[\x00-\x08]", ET.tostring(root, encoding="unicode"))

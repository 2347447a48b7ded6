"""A legend as a style of QGIS (QML), so that a layer opens in its colours and its words.

Rules are used for every kind of legend: a graduated renderer does not draw rows without a value,
and those that are not published must be seen. The elements are those that QGIS 3.22 to 3.40 write
(``src/core/symbology`` and ``src/core/labeling`` of its source).
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import pandas as pd

from quartieri15.publish import words
from quartieri15.publish.dictionary import column_label, is_share
from quartieri15.publish.texts import capital

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from quartieri15.publish.legends import Legend, LegendClass

WRITTEN_FOR: Final = "3.28.0"
"""The version of QGIS that the style states."""

_DARKEST_LIGHT: Final = 150
_OUTLINE, _INK = "#8c877d", "#1c1f24"
_KINDS: Final = {"Polygon": "fill", "LineString": "line", "Point": "marker"}
_LABELLED: Final = ("zone", "name", "place")
_LABELS_FROM: Final = 60_000
"""The scale from which names of areas are written: those of all NIL at once hide the map."""


def qgis_style(table: gpd.GeoDataFrame, legend: Legend, *, language: str = "it") -> str:
    """Return the style of a layer as QML.

    Parameters
    ----------
    table
        The layer.
    legend
        What its colours mean.
    language
        ``"it"`` or ``"en"``: of the legend and of the names of columns.

    Returns
    -------
    str
        The text of a ``.qml`` file.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from quartieri15.publish.legends import legend_of
    >>> table = gpd.GeoDataFrame({"share": [0.1]}, geometry=[shapely.box(0, 0, 1, 1)], crs=32632)
    >>> style = qgis_style(table, legend_of(table), language="en")
    >>> style.count("<rule "), 'label="up to 20%"' in style
    (5, True)
    """
    kind = _kind_of(table)
    root = ET.Element(
        "qgis",
        version=WRITTEN_FOR,
        styleCategories="AllStyleCategories",
        labelsEnabled="1" if _label_of(table) and kind == "fill" else "0",
        hasScaleBasedVisibilityFlag="0",
    )
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="RuleRenderer",
        symbollevels="0",
        forceraster="0",
        enableorderby="1" if "minutes" in table.columns else "0",
    )
    rules = ET.SubElement(renderer, "rules", key="{all}")
    symbols = ET.SubElement(renderer, "symbols")
    for number, one in enumerate(legend.classes):
        rule = ET.SubElement(
            rules, "rule", key=f"{{{number}}}", symbol=str(number), label=one.text[language]
        )
        condition = _condition(legend, one)
        if condition:
            rule.set("filter", condition)
        _symbol(symbols, str(number), kind, one)
    if "minutes" in table.columns:
        # The far bands lie below the near ones, which they hold.
        order = ET.SubElement(renderer, "orderby")
        ET.SubElement(order, "orderByClause", asc="0", nullsFirst="0").text = '"minutes"'
    if kind == "fill":
        _labels(root, table)
    aliases = ET.SubElement(root, "aliases")
    for number, column in enumerate(_columns(table)):
        ET.SubElement(
            aliases,
            "alias",
            index=str(number),
            field=column,
            name=column_label(column)[language],
        )
    ET.SubElement(root, "mapTip").text = _map_tip(table, legend, language)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(
        root, encoding="unicode"
    )


def _kind_of(table: gpd.GeoDataFrame) -> str:
    found = table.geometry.geom_type.dropna().str.removeprefix("Multi")
    return _KINDS.get(found.iloc[0] if len(found) else "Polygon", "fill")


def _columns(table: gpd.GeoDataFrame) -> list[str]:
    return [str(name) for name in table.columns if name != table.geometry.name]


def _label_of(table: gpd.GeoDataFrame) -> str | None:
    return next((name for name in _LABELLED if name in table.columns), None)


def _condition(legend: Legend, one: LegendClass) -> str:
    """Return the expression of QGIS that the rows of a class meet, and no others."""
    if legend.column is None:
        return ""
    column = _quoted(legend.column)
    if one.empty:
        return '"population" = 0'
    parts = []
    if any(other.empty for other in legend.classes):
        parts.append('coalesce("population", 1) <> 0')
    if one.missing:
        parts.append(f"{column} IS NULL")
    elif isinstance(one.value, str):
        parts.append(f"to_string({column}) = {_text(one.value)}")
    elif one.value is not None:
        parts.append(f"{column} = {one.value:g}")
    else:
        value = f"-{column}" if one.falling else column
        parts += [f"{value} > {one.above!r}"] if one.above is not None else []
        parts += [f"{value} <= {one.up_to!r}"] if one.up_to is not None else []
        told = [_text(other.value) for other in legend.classes if isinstance(other.value, str)]
        if told:
            parts.append(f"to_string({column}) NOT IN ({', '.join(told)})")
        elif one.above is None and one.up_to is None:
            parts.append(f"{column} IS NOT NULL")
    return " AND ".join(parts)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _symbol(parent: ET.Element, name: str, kind: str, one: LegendClass) -> None:
    symbol = ET.SubElement(
        parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    if kind == "fill":
        _layer(
            symbol,
            "SimpleFill",
            {
                "color": _rgba(one.colour, 255),
                "style": "solid",
                "outline_color": _rgba(_OUTLINE, 255),
                "outline_style": "solid",
                "outline_width": "0.16",
                "outline_width_unit": "MM",
                "joinstyle": "round",
            },
        )
        if one.hatched:
            _layer(
                symbol,
                "SimpleFill",
                {
                    "color": _rgba("#6d737a", 255),
                    "style": "f_diagonal" if one.empty else "b_diagonal",
                    "outline_style": "no",
                },
            )
    elif kind == "line":
        _layer(
            symbol,
            "SimpleLine",
            {
                "line_color": _rgba(one.colour, 255),
                "line_style": "dot" if one.hatched else "solid",
                "line_width": "0.7",
                "line_width_unit": "MM",
                "capstyle": "round",
                "joinstyle": "round",
            },
        )
    else:
        _layer(
            symbol,
            "SimpleMarker",
            {
                "name": one.form,
                "color": _rgba(one.colour, 255),
                "size": "3.4",
                "size_unit": "MM",
                "outline_color": _rgba(_INK if _is_light(one.colour) else "#ffffff", 255),
                "outline_style": "solid",
                "outline_width": "0.4",
                "outline_width_unit": "MM",
            },
        )


def _layer(symbol: ET.Element, kind: str, options: Mapping[str, str]) -> None:
    layer = ET.SubElement(
        symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}
    )
    chosen = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(chosen, "Option", name=name, value=value, type="QString")


def _labels(root: ET.Element, table: gpd.GeoDataFrame) -> None:
    column = _label_of(table)
    if column is None:
        return
    labelling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labelling, "settings", calloutType="simple")
    style = ET.SubElement(
        settings,
        "text-style",
        fieldName=_written(column, table[column]),
        isExpression="1",
        fontFamily="Titillium Web",
        fontSize="8",
        fontSizeUnit="Point",
        fontWeight="50",
        textColor=_rgba(_INK, 255),
        textOpacity="1",
        namedStyle="Regular",
        multilineHeight="1",
    )
    ET.SubElement(
        style,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=_rgba("#ffffff", 255),
        bufferOpacity="0.85",
        bufferNoFill="1",
        bufferJoinStyle="128",
    )
    ET.SubElement(settings, "text-format", wrapChar="", autoWrapLength="18", multilineAlign="1")
    ET.SubElement(settings, "placement", placement="1", priority="5", centroidInside="1")
    ET.SubElement(
        settings,
        "rendering",
        drawLabels="1",
        scaleVisibility="1",
        scaleMin="1",
        scaleMax=str(_LABELS_FROM),
        obstacle="1",
        displayAll="0",
    )


def _written(column: str, names: pd.Series[Any]) -> str:
    """Return the expression that writes names as :func:`words.zone_text` does."""
    told = names.dropna().astype(str).unique()
    other = {name: text for name in told if (text := words.zone_text(name)) != name}
    if not other:
        return _quoted(column)
    pairs = ", ".join(f"{_text(name)}, {_text(text)}" for name, text in other.items())
    return f"coalesce(map_get(map({pairs}), {_quoted(column)}), {_quoted(column)})"


def _map_tip(table: gpd.GeoDataFrame, legend: Legend, language: str) -> str:
    """Return what QGIS shows where the pointer rests: the name, and the value in words.

    QGIS ends an expression at the first ``%]``, wherever it stands.
    """
    shown = [name for name in (_label_of(table), legend.column) if name and "%]" not in name]
    values = [
        _value_text(table, legend, language)
        if name == legend.column
        else _written(name, table[name])
        for name in shown
    ]
    return "<br>".join(
        f"{_plain(capital(column_label(name))[language])}: "
        f"<b>[% {value.replace('%]', f'%{_SPLIT}]')} %]</b>"
        for name, value in zip(shown, values, strict=True)
    )


_SPLIT: Final = "' || '"


def _plain(text: str) -> str:
    """Write a text within HTML, where it begins no expression either."""
    return html.escape(text).replace("%", "&#37;")


def _value_text(table: gpd.GeoDataFrame, legend: Legend, language: str) -> str:
    """Return the expression that writes the value which colours a layer, as its legend does."""
    name = str(legend.column)
    column, values = _quoted(name), table[name]
    missing = next((one.text[language] for one in legend.classes if one.missing), "–")
    named = {one.value: one.text[language] for one in legend.classes if isinstance(one.value, str)}
    if named:
        pairs = ", ".join(f"{_text(code)}, {_text(text)}" for code, text in named.items())
        text = f"coalesce(map_get(map({pairs}), to_string({column})), to_string({column}))"
    elif is_share(name):
        text = f"round(100 * {column}) || '%'"
    elif pd.api.types.is_numeric_dtype(values):
        known = values.dropna()
        text = f"format_number({column}, {0 if (known == known.round()).all() else 1})"
    else:
        text = f"to_string({column})"
    return f"if({column} IS NULL, {_text(missing)}, {text})"


def _is_light(colour: str) -> bool:
    """Tell whether a sign of a colour needs a dark outline, by the mean of its three lights."""
    return sum(int(colour[start : start + 2], 16) for start in (1, 3, 5)) / 3 > _DARKEST_LIGHT


def _rgba(colour: str, alpha: int) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"

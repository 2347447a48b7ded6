"""Looking at any result on a live map, in a notebook: the same legends and words as elsewhere."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import require_text
from quartieri15.crs import require_crs
from quartieri15.errors import UnknownNameError
from quartieri15.model.city import City, require_city
from quartieri15.planning.comparing.comparison import Comparison
from quartieri15.planning.scenario import Scenario
from quartieri15.publish import words
from quartieri15.publish.disclosure import SMALLEST_COUNT, publishable, publishable_counts
from quartieri15.publish.explored_shapes import (
    is_by_zone,
    main_table,
    nothing_to_draw,
    one_question,
    with_shapes,
    zones_told,
)
from quartieri15.publish.legends import legend_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import folium
    import geopandas as gpd

    from quartieri15.publish.drawing import MapLayer
    from quartieri15.publish.legends import Legend

MOST_CARDS: Final = 5000
"""Of more rows than these the shapes of a class are drawn as one, without cards: a page of 50,000
cards takes a browser half a minute."""

FINEST_M: Final = 5.0
"""How far a shape may stray where shapes are drawn as one."""

_COVERAGE: Final = frozenset(("zone_id", "group", "uncovered", "covered", "population", "share"))
_COUNTS: Final = (
    *("alone", "marginal", "shapley", "in_reach", "demand", "both", "only_first", "only_second"),
    *("neither", "doubled", "count", "people_low", "people_expected", "people_high"),
)
"""Columns of people beside those of the groups."""

MANY: Final = 500
"""Of more areas than these the borders are thin: they would hide the colours."""


def explore(
    city: City, *layers: Any, column: str | None = None, language: str = "it"
) -> folium.Map:
    """Look at results on a live map, in a notebook.

    Parameters
    ----------
    city
        The city; its places are always on the map.
    *layers
        Results of this library, or any GeoDataFrame in any CRS:

        - tables by zone or by place (``coverage``, ``find_gaps``, ``supply``, ``trends``,
          ``contributions``, ...), joined to the city's own shapes. Of several questions in one
          table the first is drawn, of several years the last; the legend says which;
        - tables by address (``travel_times``, ``travel_time_matrix``, ``local_density``), as
          hexagons of at least ten people;
        - catchments, merged into bands; streets, hot spots, gap areas and other shapes;
        - a :class:`~quartieri15.planning.comparing.comparison.Comparison`,
          :class:`~quartieri15.planning.siting.result.Sites`,
          :class:`~quartieri15.planning.links.missing.Links`,
          :class:`~quartieri15.planning.scenario.Scenario`, ``Fairness``, ``NeedIndex``,
          ``FloatingCatchments``, ``Sensitivity``, ``ServiceTimes``, a
          :class:`~quartieri15.reach.surfaces.TravelTimeSurface`, a
          :class:`~quartieri15.model.streets.StreetNetwork`.

        Counts of people are told as in a publication, see
        :func:`~quartieri15.publish.disclosure.publishable`.
    column
        The column that colours the layers that have it; what the result is about when left out
        (see :func:`~quartieri15.publish.legends.legend_of`).
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    folium.Map
        A map one can go on with: whatever folium can add, can be added. What folium itself is
        given passes through its templates, which run ``{{ ... }}``: give it texts you trust,
        and tables of strangers to this function.

    Raises
    ------
    InputError
        If a layer has nothing that can be drawn.
    ParameterError
        If the column is no text.
    UnknownNameError
        If no layer has the column.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> cover = q15.coverage(milano, to="houses", profile="walk_75", by="nil", groups="over65")
    >>> page = explore(milano, cover, column="share")
    >>> "Quota entro la soglia, persone di 65 anni e più" in page.get_root().render()
    True
    """
    from quartieri15.publish import drawing, maps

    require_city(city)
    words.require_language(language)
    if column is not None:
        require_text(column, where="column")
    chosen = _Chosen(city=city, column=column)
    drawn: list[MapLayer] = list(drawing.ground(city))
    for position, result in enumerate(layers, start=1):
        drawn += chosen.layers(result, position)
    chosen.require_found()
    drawn += maps.municipio_borders(city, None)
    day = maps.today()
    # Signs would cover what is told of the places themselves.
    drawn += [
        dataclasses.replace(layer, shown=not chosen.on_places)
        for layer in drawing.place_layers(city.places, reached={}, minutes=0, date=day)
    ]
    content = {
        "title": words.in_all_languages("explore_title", city=maps.city_title(city)),
        "lead": None,
        "assumptions": maps.asked_text([table for table in layers if _is_table(table)]),
        "table": "",
        "notes": "",
    }
    return maps.assemble(city, drawn, content, language=language, date=day, closed=False)


@dataclasses.dataclass(kw_only=True)
class _Chosen:
    """What is looked at: of which city, coloured by what."""

    city: City
    column: str | None
    seen: list[str] = dataclasses.field(default_factory=list)
    on_places: bool = False

    def require_found(self) -> None:
        if self.column is not None and self.column not in self.seen:
            raise UnknownNameError.among(
                self.column, dict.fromkeys(self.seen), kind="column of the layers", where="column"
            )

    def layers(self, result: Any, position: int) -> list[MapLayer]:
        from quartieri15.publish import drawing

        where = f"layer {position}"
        if isinstance(result, Comparison):
            return _compared(self.city, result, position)
        if isinstance(result, Scenario):
            return _edited(self.city, result, position)
        table = main_table(result, where=where)
        self.seen += [str(name) for name in table.columns]
        own_column = self.column if self.column in table.columns else None
        if {*table.columns} >= _COVERAGE and own_column is None and is_by_zone(self.city, table):
            return [_coverage_layer(self.city, table, position, where=where)]
        shapes = with_shapes(self.city, table, where=where)
        require_crs(shapes, where=where)
        areas = shapes.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all()
        if areas and {"minutes", "profile", "street_km"} <= {*table.columns} and not own_column:
            bands = drawing.band_layers(
                shapes.to_crs(self.city.crs),
                minutes=None,
                places=_asked_places(shapes),
                role="layer",
            )
            return [dataclasses.replace(band, id=f"{band.id}{position}") for band in bands]
        told = publishable_counts(one_question(shapes), (*self.city.groups, *_COUNTS))
        self.on_places |= _stand_on(shapes, self.city.places)
        legend = legend_of(told, column=own_column)
        return [_drawn(told, legend, layer=f"table{position}")]


def _is_table(value: object) -> bool:
    return isinstance(value, pd.DataFrame)


def _coverage_layer(city: City, table: pd.DataFrame, position: int, *, where: str) -> MapLayer:
    from quartieri15.publish import drawing, maps, popups

    if "by" in table.columns:
        table = table[table["by"].astype(str) == zones_told(table)]
    by = maps.zones_of(city, table, where=where)
    group = str(table["group"].iloc[0])
    told = publishable(_one_question_of_groups(table))
    zones = city.zones_named(by)
    areas = popups.counts_by_area(told, list(dict.fromkeys(told["group"])))
    return drawing.zone_layer(
        zones[zones["id"].isin(areas)],
        areas,
        group=group,
        minutes=float(told["minutes"].iloc[0]) if "minutes" in told.columns else 15.0,
        ranks=maps.ranks_of(told, group) if "rank" in told.columns else {},
        places=_asked_places(told),
        by=by,
        layer=f"zones{position}",
        role="layer",
    )


def _one_question_of_groups(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of the first question, of every group."""
    parts = [one_question(part, key="zone_id") for _, part in table.groupby("group", sort=False)]
    kept = table.loc[np.concatenate([part.index.to_numpy() for part in parts])]
    return kept if len(kept) < len(table) else table


def _stand_on(shapes: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> bool:
    """Tell whether all shapes are the points of places."""
    known = shapes.geometry.dropna()
    return bool(len(known)) and set(known.to_wkb()) <= set(places.geometry.dropna().to_wkb())


def _asked_places(table: pd.DataFrame) -> str:
    """Return the name of the set of places a table is about; any places if it tells none."""
    names = list(table["places"].unique()) if "places" in table.columns else []
    return str(names[0]) if len(names) == 1 else "places"


def _compared(city: City, comparison: Comparison, position: int) -> list[MapLayer]:
    """Draw who gains and loses, as on the page of a comparison."""
    from quartieri15.publish.comparing.layers import map_layers
    from quartieri15.publish.comparing.view import View
    from quartieri15.publish.comparison import published_comparison
    from quartieri15.publish.maps import today

    view = View.of(published_comparison(comparison), None)
    drawn, _ = map_layers(
        city, view, comparison.addresses, {}, smallest_count=SMALLEST_COUNT, date=today()
    )
    return [
        dataclasses.replace(layer, id=f"{layer.id}x{position}", role="layer")
        for layer in drawn
        if layer.role == "theme"
    ]


def _edited(city: City, scenario: Scenario, position: int) -> list[MapLayer]:
    """Draw what a scenario edits, each kind of sign a layer of its own."""
    from quartieri15.publish.plan_layers import edit_layers

    drawn, signs = edit_layers(scenario.preview(city), layer=f"edits{position}")
    name = dict.fromkeys(words.LANGUAGES, words.isolated(scenario.name))
    if not drawn:
        raise nothing_to_draw(f"layer {position}")
    layer = f"edits{position}"
    first = dataclasses.replace(drawn[0], role="layer", text=name, signs=signs, id=layer)
    return [first, *drawn[1:]]


def _drawn(table: gpd.GeoDataFrame, legend: Legend, *, layer: str) -> MapLayer:
    """Draw a table in the colours of its legend, each row with a card."""
    from quartieri15.publish import basemap, drawing
    from quartieri15.publish.page import quoted
    from quartieri15.publish.popups import row_popup

    numbers = legend.class_numbers(table)
    if len(table) > MOST_CARDS:
        used = np.unique(numbers)
        merged = [shapely.union_all(table.geometry[numbers == number]) for number in used]
        shapes: Sequence[Any] = [shapely.simplify(shape, FINEST_M) for shape in merged]
        properties = [
            _look(legend, number, shape) for shape, number in zip(shapes, used, strict=True)
        ]
    else:
        shapes = list(table.geometry)
        plain = pd.DataFrame(table.drop(columns=table.geometry.name)).rename(columns=str)
        rows: Sequence[Any] = plain.to_dict("records")
        properties = [
            {
                "popup": row_popup(_name(row, index), row),
                "label": quoted(_name(row, index)),
                **_look(legend, number, shape, many=len(table) > MANY),
            }
            for index, row, shape, number in zip(table.index, rows, shapes, numbers, strict=True)
        ]
    kinds = {str(kind).removeprefix("Multi") for kind in table.geometry.geom_type.unique()}
    lines = kinds == {"LineString"}
    return drawing.MapLayer(
        id=layer,
        text=legend.title,
        features=basemap.small_geojson(shapes, properties, crs=table.crs),
        pane="lines" if lines and len(table) > MOST_CARDS else None,
        point="dot",
        signs=[
            {**drawing.line_sign(one.colour, 4), "text": one.text}
            if lines
            else drawing.area_sign(one.colour, one.text)
            for one in legend.classes
        ],
    )


def _name(row: Mapping[str, Any], index: object) -> str:
    for name in ("name", "zone", "place", "unit", "address", "id"):
        value = row.get(name)
        if isinstance(value, str) and value:
            return words.zone_text(value)
    return str(index)


def _look(legend: Legend, number: int, shape: Any, *, many: bool = False) -> dict[str, Any]:
    """Return how a row looks: its line, its area or its sign."""
    colour = legend.classes[number].colour
    kind = "" if shape is None else shape.geom_type
    if kind.endswith("Polygon"):
        style = {
            "color": "#ffffff" if many else "#77706a",
            "weight": 0.3 if many else 0.8,
            "fill": True,
            "fillColor": colour,
            "fillOpacity": 0.75,
        }
    elif kind.endswith("Point"):
        style = {
            "radius": 9,
            "color": "#1c1f24",
            "weight": 1.5,
            "fill": True,
            "fillColor": colour,
            "fillOpacity": 1,
        }
    else:
        style = {"color": colour, "weight": 3, "opacity": 0.95, "fill": False}
    return {"style": style}

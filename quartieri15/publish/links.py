"""The folder that answers *which street is missing*: a page, tables and a layer of links."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import shapely
from markupsafe import Markup

from quartieri15.arguments import shown
from quartieri15.errors import InputError
from quartieri15.model import profiles
from quartieri15.planning.links.missing import Links
from quartieri15.progress import quiet
from quartieri15.publish import basemap, words
from quartieri15.publish.answers import Answer, Drawing, Writing, write_answer
from quartieri15.publish.asked import asked_blanks, asked_places, not_known_of, notes, title_of
from quartieri15.publish.disclosure import SMALLEST_COUNT, require_smallest_count, rounded
from quartieri15.publish.drawing import MapLayer, line_sign
from quartieri15.publish.maps import assumptions_text
from quartieri15.publish.page import quoted
from quartieri15.publish.plan_layers import CASING, EDIT, ground_layers, numbered_layer
from quartieri15.publish.popups import popup
from quartieri15.publish.sheet import Figure, Row, Sheet, Table, columns_of, view_of
from quartieri15.publish.texts import count_text, missing, signed_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say
    from quartieri15.publish.tables import Decimal
    from quartieri15.publish.texts import Texts

OWN_FILES: Final = ("links.csv", "sets.csv", "pairs.csv")

MOST_SHOWN: Final = 12
"""So many links are on the page; all are in the tables beside it."""

_COUNTS: Final = ("gained", "quicker", "gained_in_all", "gained_apart")
_MINUTES: Final = "minutes_saved_people"


def write_links(
    city: City,
    links: Links,
    out: str | Path,
    *,
    profile: str | TravelProfile | None = None,
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    decimal: Decimal = ".",
    progress: Say = quiet,
) -> dict[str, Any]:
    """Write missing links as a folder: a page of one sheet, tables, a layer.

    Parameters
    ----------
    city
        The city.
    links
        The result of :func:`~quartieri15.planning.links.missing.missing_links`.
    out
        The folder to write, as for :func:`~quartieri15.publish.comparison.write_comparison`.
    profile
        Who travelled, where that is no profile of the library.
    smallest_count
        Smaller counts of people are hidden and the others rounded to multiples of it.
    language
        ``"it"`` or ``"en"``: the language in which the page opens.
    decimal
        ``"."`` for programs, ``","`` for Excel in Italian; see
        :func:`~quartieri15.publish.tables.write_csv`.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    dict
        The summary, as written: ``city``, ``generated``, ``data``, ``asked``, ``links``.

    Raises
    ------
    InputError
        If ``links`` are none.
    OutputError
        If the folder cannot be written; what stood there is untouched.
    """
    wanted = Writing.of(
        city,
        out,
        smallest_count=smallest_count,
        language=language,
        decimal=decimal,
        progress=progress,
    )
    smallest_count = wanted.smallest_count
    if not isinstance(links, Links):
        raise InputError(
            f"{shown(links)} are no links",
            where="links",
            mend="give the result of missing_links(city, ...)",
        )
    who = profiles.get(links.provenance["profile"] if profile is None else profile)
    wanted.require_place("links")
    table = publishable_links(links.links, smallest_count=smallest_count)
    sets = publishable_links(links.sets, smallest_count=smallest_count)
    pairs = publishable_links(links.pairs, smallest_count=smallest_count)
    asked = {
        name: value
        for name, value in links.provenance.items()
        if name not in ("population", "covered_before")
    }

    def draw(files: Sequence[tuple[str, Texts]], date: dt.date) -> Drawing:
        return _page(
            city,
            links.provenance,
            table,
            sets,
            who,
            files=files,
            smallest_count=smallest_count,
            date=date,
        )

    answer = Answer(
        kind="links",
        own_files=OWN_FILES,
        title=_title(city, links.provenance, table),
        tables={"links": table, "sets": sets, "pairs": pairs},
        layers={"links": gpd.GeoDataFrame(table)} if len(table) else {},
        layers_file="links.gpkg",
        draw=draw,
        rows=table,
        asked=asked,
    )
    return write_answer(answer, wanted)


def publishable_links(table: pd.DataFrame, *, smallest_count: float = SMALLEST_COUNT) -> Any:
    """Round who gains by links.

    Parameters
    ----------
    table
        A table of :class:`~quartieri15.planning.links.missing.Links`.
    smallest_count
        As in :func:`~quartieri15.publish.disclosure.publishable`.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        Counts rounded one by one. Minutes summed over people are rounded likewise, and left out
        where those whose way gets shorter are few.
    """
    smallest = require_smallest_count(smallest_count)
    told = table.copy()
    told.attrs = {}
    if not smallest:
        return told
    for name in told.columns.intersection(list(_COUNTS)):
        told[name] = rounded(table[name].to_numpy(dtype=float), smallest)
    people = told["quicker"] if "quicker" in told.columns else told.get("gained")
    for name in told.columns:
        if str(name).startswith(_MINUTES):
            saved = (table[name].astype(float) / smallest).round() * smallest
            told[name] = saved if people is None else saved.where(people.notna())
    return told


def _title(city: City, asked: Any, table: pd.DataFrame) -> Texts:
    listed = _listed(asked, table)
    count = min(listed, MOST_SHOWN)
    key = "links_title_none" if not count else "links_title_one" if count == 1 else "links_title"
    if count < listed:
        key = "links_title_first"
    return title_of(city, key, asked, count=count, listed=listed)


def _listed(asked: Any, table: pd.DataFrame) -> int:
    """Count the links in order; those after them are there for a set or a pair alone."""
    return int(asked.get("listed", len(table)))


def _page(
    city: City,
    asked: Any,
    table: Any,
    sets: pd.DataFrame,
    profile: TravelProfile,
    *,
    files: Sequence[tuple[str, Texts]],
    smallest_count: float,
    date: dt.date,
) -> Drawing:
    shown_links = table.iloc[: min(_listed(asked, table), MOST_SHOWN)]
    minutes = float(asked["minutes"])
    records = shown_links.to_dict("records")
    under, places = ground_layers(city, to=asked_places(city, asked), minutes=minutes, date=date)
    layers = [*under, *places]
    if records:
        layers += [
            _lines(shown_links),
            numbered_layer(
                gpd.GeoSeries(
                    shapely.line_interpolate_point(
                        shown_links.geometry.to_numpy(), 0.5, normalized=True
                    ),
                    crs=shown_links.crs,
                ),
                [_name(row) for row in records],
                [_popup(row) for row in records],
                layer="links",
                text=words.in_all_languages("layer_links"),
            ),
        ]
    sheet = Sheet(
        kicker=words.in_all_languages("kicker_links"),
        title=_title(city, asked, table),
        figures=_figures(asked, shown_links, sets),
        sentences=_sentences(asked),
        assumptions=assumptions_text(city, profile, minutes),
        tables=_tables(records, sets, table),
        notes=notes("note_links", profile, smallest_count),
        unknown=[
            words.in_all_languages(
                "links_not_known_beside_buildings" if asked.get("obstacles") else "links_not_known"
            ),
            *not_known_of(city, asked),
        ],
        files=files,
    )
    return Drawing(sheet=sheet, layers=layers, view=view_of(city, list(shown_links.geometry)))


def _lines(table: gpd.GeoDataFrame) -> MapLayer:
    white = {"color": CASING, "weight": 8, "opacity": 0.95, "fill": False}
    ink = {"color": EDIT, "weight": 5, "opacity": 1, "fill": False}
    shapes = list(table.geometry)
    styles = [{"style": white}] * len(shapes) + [{"style": ink}] * len(shapes)
    return MapLayer(
        id="lines",
        text=words.in_all_languages("table_links"),
        features=basemap.small_geojson([*shapes, *shapes], styles, crs=table.crs),
        pane="lines",
        sign=line_sign(EDIT, 4),
    )


def _name(row: dict[str, Any]) -> Markup:
    ends = [row.get("from_street"), row.get("to_street")]
    known = [words.zone_text(end) for end in ends if not missing(end)]
    if not known:
        return quoted(row["link_id"])
    return Markup(" – ").join(quoted(end) for end in dict.fromkeys(known))


def _crossed(row: dict[str, Any]) -> Texts:
    kinds = [part.strip() for part in str(row.get("crosses") or "").split(",") if part.strip()]
    if not kinds or missing(row.get("crosses")):
        return words.in_all_languages("crosses_nothing")
    keys = {kind: f"crosses_{kind.replace(' ', '_')}" for kind in kinds}
    return {
        language: ", ".join(
            words.say(key, language) if words.is_phrase(key) else words.isolated(kind)
            for kind, key in keys.items()
        )
        for language in words.LANGUAGES
    }


def _kind(row: dict[str, Any]) -> Texts:
    key = f"kind_{row['kind']}"
    if words.is_phrase(key):
        return words.in_all_languages(key)
    return dict.fromkeys(words.LANGUAGES, words.isolated(str(row["kind"])))


def _popup(row: dict[str, Any]) -> Markup:
    return popup(
        _name(row),
        kind=_kind(row),
        facts=[
            (words.in_all_languages("column_crosses"), _crossed(row)),
            (words.in_all_languages("column_length"), _people(row["length_m"])),
            (words.in_all_languages("column_detour"), _people(row["detour_before_m"])),
            (words.in_all_languages("column_site_gain"), _people(row["gained"])),
        ],
    )


def _figures(asked: Any, table: pd.DataFrame, sets: pd.DataFrame) -> list[Figure]:
    blanks = asked_blanks(asked)
    figures = []
    if len(table):
        first = table.iloc[0]
        figures.append(
            Figure(
                value=signed_text(first["gained"], "+"),
                caption=words.in_all_languages("figure_link_gained", **blanks),
                tone="gain",
            )
        )
        if "quicker" in table.columns:
            figures.append(
                Figure(
                    value=_people(first["quicker"]),
                    caption=words.in_all_languages("figure_link_quicker", **blanks),
                )
            )
    if len(sets) > 1:
        figures.append(
            Figure(
                value=signed_text(sets["gained_in_all"].iloc[-1], "+"),
                caption=words.in_all_languages("figure_link_set", count=len(sets)),
                tone="gain",
            )
        )
    figures.append(
        Figure(
            value=_people(asked["candidates"]),
            caption=words.in_all_languages("figure_link_candidates"),
        )
    )
    return figures


def _sentences(asked: Any) -> list[Texts]:
    # The gaps of the calm network are sought for those alone who refuse stress.
    rules = [
        f"links_rule_{kind}"
        for kind in asked["kinds"]
        if kind != "cycle_gap" or asked["cycle_gaps_asked"]
    ]
    return [
        words.in_all_languages(
            "links_sought",
            rules={
                language: ", ".join(words.say(rule, language) for rule in rules)
                for language in words.LANGUAGES
            },
            **asked_blanks(asked),
        ),
        words.in_all_languages("links_exact"),
    ]


def _tables(records: list[dict[str, Any]], sets: pd.DataFrame, table: Any) -> list[Table]:
    rows = [
        Row(
            name=_name(row),
            number=number,
            cells=[
                _kind(row),
                _crossed(row),
                _people(row["length_m"]),
                _people(row["detour_before_m"]),
                _people(row["gained"]),
                _people(row.get("quicker", math.nan)),
            ],
        )
        for number, row in enumerate(records, start=1)
    ]
    tables = [
        Table(
            name="links",
            title=words.in_all_languages("table_links"),
            columns=columns_of("link", "work", "crosses", "length", "detour", "gained", "quicker"),
            rows=rows,
            left=2,
            most_printed=MOST_SHOWN,
        )
    ]
    if len(sets):
        named = {row["link_id"]: _name(row) for row in table.to_dict("records")}
        tables.append(
            Table(
                name="sets",
                title=words.in_all_languages("table_sets"),
                columns=columns_of("step", "link_short", "gained", "in_all"),
                rows=[
                    Row(
                        name=f"{row['step']:g}",
                        cells=[
                            named.get(row["link_id"], quoted(row["link_id"])),
                            _people(row["gained"]),
                            _people(row["gained_in_all"]),
                        ],
                    )
                    for row in sets.to_dict("records")
                ],
                help=words.in_all_languages("help_sets"),
                left=1,
            )
        )
    return [one for one in tables if one.rows]


def _people(value: Any) -> Texts:
    return count_text(math.nan if missing(value) else float(value))

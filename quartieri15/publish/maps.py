"""Interactive maps: one file, no third party, two languages, readable without seeing the map."""

from __future__ import annotations

import datetime as dt
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
from markupsafe import Markup

from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import require_city
from quartieri15.model.places import contradicted, position_certainty
from quartieri15.publish import words
from quartieri15.publish.catalogue import of_zones
from quartieri15.publish.disclosure import (
    SMALLEST_COUNT,
    publishable,
    require_smallest_count,
)
from quartieri15.publish.tables import licence_line
from quartieri15.publish.texts import count_text, in_each, minutes_text, place_blanks
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import folium
    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.drawing import MapLayer
    from quartieri15.publish.popups import Counts
    from quartieri15.publish.texts import Texts

SECOND_GROUP = "foreign"
"""Told beside the group that colours the map, where the coverage has it."""


def city_map(
    city: City,
    *,
    coverage: pd.DataFrame,
    catchments: gpd.GeoDataFrame,
    gaps: gpd.GeoDataFrame | None = None,
    house_coverage: pd.DataFrame | None = None,
    city_coverage: pd.DataFrame | None = None,
    certainty: pd.DataFrame | None = None,
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    date: dt.date | None = None,
) -> folium.Map:
    """Draw who reaches a house in time, for publication.

    The page opens from disk, without network, and asks no third party for anything. It speaks
    Italian and English, can be used by keyboard alone, and repeats in a table what the
    colours of the map say. Counts that could point at somebody are hidden, see
    :func:`~quartieri15.publish.disclosure.publishable`.

    Parameters
    ----------
    city
        The city.
    coverage
        The result of ``coverage(city, ..., by="nil")`` for this profile and threshold, as it
        is or already made publishable.
    catchments
        The reached areas, of each place or of all places together. They are merged into
        bands that do not overlap, for example 0-5, 5-10 and 10-15 minutes.
    gaps
        The result of ``find_gaps``: rank and reasons are told in the popups of the zones.
    house_coverage
        The result of ``coverage(city, ..., by="place")``: the people within reach of each
        house are told in its popup.
    city_coverage
        The result of ``coverage(city, ..., by="city")``: the totals. Without it the zones
        are added up, which takes figures of all of them.
    certainty
        The ``headlines`` of :func:`~quartieri15.analysis.sensitivity.sensitivity` for the same
        question: the page then says between which shares its headline lies.
    profile
        Who travels.
    minutes
        The threshold.
    group
        Whose numbers colour the map.
    smallest_count
        Smaller counts of people are hidden, the others rounded to multiples of it. Tables that
        have been made publishable must have been so with the same.
    language
        ``"it"`` or ``"en"``: the language the page opens in.
    date
        The date on the page; today by default.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; write it with :func:`write_map`.

    Raises
    ------
    InputError
        If a table answers another question (zones, profile, threshold) than the one named,
        or the city has no residents or no zones.
    UnknownNameError
        If the profile, the group or the language is not known.
    """
    from quartieri15.publish import drawing, popups

    require_city(city)
    smallest = require_smallest_count(smallest_count)
    door = partial(publishable, smallest_count=smallest)
    profile = profiles.get(profile)
    words.require_language(language)
    city.require_residents()
    by = _require_zones(city, coverage)
    groups = _require_group(coverage, group)
    told = {"coverage": coverage, "house_coverage": house_coverage, "city_coverage": city_coverage}
    for where, table in told.items():
        if table is not None:
            _require_same_question(table, profile, minutes, where=where)
    places = _asked_places(coverage)
    zones = city.zones_named(by)
    areas = popups.counts_by_area(door(coverage), groups)
    reached = {} if house_coverage is None else popups.counts_by_area(door(house_coverage), groups)
    whole = (
        popups.summed(areas)
        if city_coverage is None
        else next(iter(popups.counts_by_area(door(city_coverage), groups).values()))
    )
    day = date or today()
    layers = [
        *drawing.ground(city),
        drawing.zone_layer(
            zones,
            areas,
            group=group,
            minutes=minutes,
            ranks={} if gaps is None else ranks_of(door(gaps), group),
            places=places,
            by=by,
        ),
        *drawing.band_layers(catchments, minutes=float(minutes), places=places),
        *municipio_borders(city, by),
        *drawing.place_layers(
            city.places, reached=reached, minutes=minutes, asked=places, date=day
        ),
    ]
    content = {
        "title": words.in_all_languages(
            "map_title",
            city=city_title(city),
            minutes=minutes_text(minutes),
            **place_blanks(places),
        ),
        "lead": _lead(whole[group], group, minutes, places, _between(certainty, group)),
        "assumptions": assumptions_text(city, profile, minutes),
        "table": popups.area_table(
            dict(zip(zones["id"], zones["name"].map(words.zone_text), strict=True)),
            areas,
            whole={name: whole[name] for name in groups},
            minutes=minutes,
            by=by,
        ),
        "notes": _notes(city, profile, groups, places, smallest),
    }
    return assemble(city, layers, content, language=language, date=day, closed=True)


def write_map(page: folium.Map, path: str | Path) -> None:
    """Write a map as one HTML file; a file that stands there is replaced when all is well.

    Parameters
    ----------
    page
        A map of :func:`city_map` or of :func:`~quartieri15.publish.exploring.explore`.
    path
        Where the file shall stand.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with replacing_file(path) as unfinished:
        text = page.get_root().render()
        unfinished.write_text(text, encoding="utf-8", newline="\n")


def assemble(
    city: City,
    layers: Sequence[MapLayer],
    content: Mapping[str, Any],
    *,
    language: str,
    date: dt.date,
    closed: bool,
    template: str = "page",
    view: list[list[float]] | None = None,
) -> folium.Map:
    """Put layers on a map and the map on a page, under names that do not change.

    Parameters
    ----------
    city
        The city.
    layers
        The layers, from the ground up.
    content
        What the template asks for, without the panel, the date and the licences.
    language
        In which the page opens.
    date
        The date on the page.
    closed
        Whether the browser shall refuse every request of the page.
    template
        As for :class:`~quartieri15.publish.page.Page`.
    view
        South-west and north-east corner of what the map shows at first, in degrees; the whole
        city if None.
    """
    from folium.map import CustomPane

    from quartieri15.publish import drawing
    from quartieri15.publish.page import Page, PageLayer, PageMap, Start, fill

    bounds = city_bounds(city)
    page = PageMap(
        location=[(bounds[0][i] + bounds[1][i]) / 2 for i in (0, 1)],
        tiles=None,
        zoom_start=12,
        min_zoom=9,
        max_zoom=18,
        control_scale=True,
        prefer_canvas=True,
        zoom_snap=0.5,
    )
    page._id = "city"  # noqa: SLF001  (folium draws lots otherwise, and no two files would agree)
    for name, height in drawing.PANES.items():
        pane = CustomPane(name, z_index=height, pointer_events=False)
        pane._id = name  # noqa: SLF001
        page.add_child(pane)
    for number, layer in enumerate(layers):
        name = layer.text.get(language, "")
        page.add_child(PageLayer(number, name=name, control=layer.role in ("layer", "theme")))
    page.add_child(Start(bounds, view))
    themes = [layer for layer in layers if layer.role == "theme"]
    nothing = {"id": "none", "text": words.in_all_languages("theme_none"), "signs": ()}
    parts = [layer.id for layer in layers if layer.role == "part"]
    panel = fill(
        "panel",
        themes=[*themes, nothing] if themes else [],
        layers=[
            {
                "id": " ".join([layer.id, *(p for p in parts if p.startswith(f"{layer.id}-"))]),
                "text": layer.text,
                "sign": layer.sign,
                "signs": layer.signs,
                "shown": layer.shown,
            }
            for layer in reversed(layers)
            if layer.role == "layer"
        ],
        approximate=_some_approximate(city),
    )
    notes = content["notes"]
    if template == "page" and notes:
        notes = fill("notes", notes=notes)
    line = words.isolated(licence_line(city.provenance))
    Page(
        {
            **content,
            "notes": notes,
            "panel": panel,
            "language": language,
            "city": city_title(city),
            "licence": words.in_all_languages("licences", line=line),
            "date": in_each(words.date_text, date),
        },
        layers=[
            {
                "id": layer.id,
                "features": layer.features,
                "point": layer.point,
                "options": {"pane": layer.pane, "interactive": False} if layer.pane else {},
            }
            for layer in layers
        ],
        shapes=drawing.SHAPES,
        closed=closed,
        template=template,
    ).add_child(page)
    return page


def municipio_borders(city: City, by: str | None) -> list[MapLayer]:
    """Draw the borders of the Municipi, unless the zones of the map are just those."""
    from quartieri15.publish import drawing

    if "municipi" not in city.zones or by == "municipi":
        return []
    return drawing.municipio_layers(city.zones["municipi"])


def _require_zones(city: City, coverage: pd.DataFrame) -> str:
    by = zones_of(city, coverage, where="coverage")
    lost = ~city.zones_named(by)["id"].isin(coverage["zone_id"])
    if lost.any():
        raise InputError(
            f"zone {city.zones_named(by)['id'][lost].iloc[0]} is missing",
            where="coverage, column zone_id",
            mend=f"give the whole result of coverage(city, ..., by={by!r})",
        )
    return by


def zones_of(city: City, table: pd.DataFrame, *, where: str) -> str:
    """Return by which set of zones of the city a table is.

    Raises
    ------
    InputError
        If it is by none of them.
    """
    by = str(table["by"].iloc[0]) if "by" in table.columns and len(table) else None
    if by is None:
        by = str(table.attrs.get("provenance", {}).get("by", next(iter(city.require_zones()))))
    if by not in city.require_zones():
        raise InputError(
            f"it is by {by}, which is no set of zones of the city",
            where=where,
            mend=f"use coverage(city, ..., by={next(iter(city.zones))!r})",
        )
    return by


def _require_same_question(
    table: pd.DataFrame, profile: TravelProfile, minutes: float, *, where: str
) -> None:
    for column, wanted in (("profile", profile.name), ("minutes", float(minutes))):
        if column not in table.columns:
            continue
        other = table[column][table[column] != wanted]
        if len(other):
            raise InputError(
                f"it is for {other.iloc[0]}, the map is for {wanted}",
                where=f"{where}, column {column}",
                mend="compute both with the same profile and minutes",
            )


def _require_group(coverage: pd.DataFrame, group: str) -> list[str]:
    known = list(dict.fromkeys(coverage["group"]))
    if group not in known:
        raise UnknownNameError.among(group, known, kind="group of this coverage")
    return list(dict.fromkeys([group, *({SECOND_GROUP} & set(known))]))


def ranks_of(gaps: pd.DataFrame, group: str) -> dict[Any, dict[str, Any]]:
    """Return rank and reasons of the zones that are gaps of a group, by zone id."""
    ranked = gaps[(gaps["group"] == group) & gaps["rank"].notna()]
    return {
        row["zone_id"]: {
            "rank": int(row["rank"]),
            "count": len(ranked),
            "group": group,
            "reason_codes": row.get("reason_codes", ""),
        }
        for row in ranked.drop(columns="geometry", errors="ignore").to_dict("records")
    }


def today() -> dt.date:
    """Return the day where the page is made."""
    return dt.date.today()  # noqa: DTZ011  (the day where the map is made)


def _between(certainty: pd.DataFrame | None, group: str) -> tuple[float, float] | None:
    """Return between which shares of a group live farther; None where nothing is uncertain."""
    if certainty is None:
        return None
    row = certainty[(certainty["by"] == "city") & (certainty["group"] == group)].iloc[0]
    least, most = round(1 - row["share_high"], 2), round(1 - row["share_low"], 2)
    return (least, most) if least < most else None


def _lead(
    counts: Counts, group: str, minutes: float, places: str, between: tuple[float, float] | None
) -> Texts | None:
    if math.isnan(counts.share):
        return None
    least, most = between or (math.nan, math.nan)
    return {
        language: words.say(
            "lead" if between is None else "lead_between",
            language,
            least=words.the_percent(least, language),
            most=words.the_percent(most, language),
            group=words.say(group, language),
            uncovered=words.number(counts.uncovered, language),
            population=words.number(counts.population, language),
            share=words.percent(counts.uncovered / counts.population, language),
            minutes=words.as_given(minutes, language),
            **words.place_words(places, language),
        )
        for language in words.LANGUAGES
    }


def assumptions_text(city: City, profile: TravelProfile, minutes: float) -> Texts:
    """Say who travels, how far, and from when the data are."""
    return {
        language: words.say(
            "assumptions",
            language,
            traveller=words.traveller_text(profile, language),
            minutes=words.as_given(minutes, language),
            vintages=vintages_text(city, language),
        )
        for language in words.LANGUAGES
    }


def vintages_text(city: City, language: str) -> str:
    """Say from when the data are."""
    vintages: Mapping[str, object] = city.provenance.get("vintages", {})
    said = [
        words.say(
            key,
            language,
            value=words.isolated(words.known(value, language, column="vintages")),
        )
        for name, value in vintages.items()
        if words.is_phrase(key := f"vintage_{name}")
    ]
    return "; ".join(said) or words.say("vintages_unknown", language)


def asked_text(layers: Sequence[pd.DataFrame]) -> Texts:
    """Say whose travel is on the map, as far as its layers tell."""
    asked = [
        (str(table["profile"].iloc[0]), float(table["speed_kmh"].iloc[0]))
        for table in layers
        if {"profile", "speed_kmh"} <= set(table.columns) and len(table)
    ]
    return {
        language: "; ".join(
            f"{words.isolated(name)}, {words.as_given(speed, language)} km/h"
            for name, speed in dict.fromkeys(asked)
        )
        for language in words.LANGUAGES
    }


def _asked_places(coverage: pd.DataFrame) -> str:
    """Return the name of the set of places a table is about; any places if it tells none."""
    names = list(coverage["places"].unique()) if "places" in coverage.columns else []
    return str(names[0]) if len(names) == 1 else "places"


def speed_note(profile: TravelProfile) -> Texts:
    """Say where the speed comes from."""
    from quartieri15.publish.page import quoted

    if profile.source == words.CHOSEN_SPEED:
        return words.in_all_languages("note_own_speed")
    # A citation stays in its own language, and says so to whoever reads the page aloud.
    source = Markup('<cite lang="en">{}</cite>').format(quoted(profile.source))
    return {
        language: Markup(text).format(source=source)  # noqa: S704  (ours)
        for language, text in words.in_all_languages("note_speed", source="{source}").items()
    }


def _notes(
    city: City, profile: TravelProfile, groups: Sequence[str], asked: str, smallest: float
) -> list[Texts]:

    notes: list[Texts] = [
        words.in_all_languages(
            of_zones("note_counts", nil="nil" in city.zones), **place_blanks(asked)
        ),
        words.in_all_languages("note_areas"),
    ]
    if smallest:
        least = count_text(smallest)
        notes.append(words.in_all_languages("note_hidden", smallest=least))
    if SECOND_GROUP in groups:
        notes.append(words.in_all_languages("note_foreign"))
    notes.append(speed_note(profile))
    edited = city.provenance.get("edited")
    if edited:
        notes.insert(0, {name: words.edits_text(edited, name) for name in words.LANGUAGES})
    counted = asked if asked in city.place_sets else "places"
    certainty = position_certainty(city.places_named(counted))
    if certainty["in_doubt"]:
        notes.append(in_each(words.certainty_text, certainty, counted))
    places = city.places
    nowhere = places[schemas.unplaced(places.geometry)]
    if len(nowhere):
        notes.append(
            {
                language: words.say(
                    "no_position",
                    language,
                    names=", ".join(
                        words.isolated(words.known(name, language, column="name"))
                        for name in nowhere["name"]
                    ),
                )
                for language in words.LANGUAGES
            }
        )
    return notes


def _some_approximate(city: City) -> bool:
    precision = city.places.get("location_precision")
    rough = precision is not None and bool((precision.astype(object) != "civic").any())
    return rough or any(map(contradicted, city.places.to_dict("records")))


def city_bounds(city: City) -> list[list[float]]:
    """South-west and north-east corner of the city, in degrees."""
    from quartieri15.publish import basemap

    box = gpd.GeoSeries([basemap.city_area(city)], crs=city.crs).to_crs(GEOGRAPHIC).total_bounds
    west, south, east, north = (round(float(value), basemap.DECIMALS) for value in box)
    return [[south, west], [north, east]]


def city_title(city: City) -> str:
    """Return the name of a city, as a title begins."""
    return words.isolated(city.name[:1].upper() + city.name[1:])

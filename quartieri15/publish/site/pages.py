"""Which pages the site of a city has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.publish import catalogue, words
from quartieri15.publish.basemap import city_area
from quartieri15.publish.file_names import scenario_slug, slug_of
from quartieri15.publish.site.page import Page
from quartieri15.publish.site.scenarios import area_of, edited

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.publish.site.material import Material


def pages_of(material: Material) -> list[Page]:
    """Return the pages of a site, first the one of the whole city."""
    city = material.city
    name = words.isolated(city.name[:1].upper() + city.name[1:])
    pages = [
        Page(
            slug="index",
            kind="city",
            title=catalogue.in_all_languages("frame.title_city", city=name),
            area=city_area(city),
        )
    ]
    pages += _of_zones(city, "municipi", "municipio", "frame.title_municipio")
    pages += _of_zones(city, "target_areas", "area", "frame.title_area")
    pages += [
        Page(
            slug=scenario_slug(name),
            kind="scenario",
            title=catalogue.in_all_languages("scenario.title", name=words.isolated(name)),
            area=area_of(city, plan),
            scenario=name,
        )
        for name, plan in edited(material).items()
    ]
    pages += [
        Page(slug="metodo", kind="method", title=catalogue.in_all_languages("frame.title_method")),
        Page(
            slug="informazioni",
            kind="statement",
            title=catalogue.in_all_languages("frame.title_statement"),
        ),
    ]
    return pages


def _of_zones(city: City, zones: str, kind: str, title: str) -> list[Page]:
    if zones not in city.zones:
        return []
    return [
        Page(
            slug=f"{kind}-{slug_of(zone.id if kind == 'municipio' else zone.name)}",
            kind=kind,  # type: ignore[arg-type]
            title=catalogue.in_all_languages(
                title, name=words.isolated(words.zone_text(zone.name))
            ),
            area=zone.geometry,
            zone_id=zone.id,
        )
        for zone in city.zones[zones].itertuples()
    ]

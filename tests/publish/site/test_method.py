"""Law: the method page names every source of an edition, with its date and licence, or a dash."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from quartieri15.publish.site.material import Material
from quartieri15.publish.site.page import Page
from quartieri15.publish.site.publisher import Publisher
from quartieri15.publish.site.sections import method
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

PAGE = Page(slug="metodo", kind="method", title={"it": "Metodo", "en": "Method"})
TOY = draw_city("A--B", places={"house": (2.0, 0.0)}, people={(1.0, 0.0): 2000.0})


def said_of(city: City) -> dict[str, object]:
    material = Material(
        city=city, publisher=Publisher(), when=dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    )
    return method.texts(material, PAGE)


def test_every_source_of_milano_is_told_in_both_languages(milano: City) -> None:
    said = said_of(milano)
    told = [one for _, sources in said["sources"] for one in sources]
    assert len(told) == len(milano.provenance["sources"])
    english = {one["name"] for one in milano.provenance["sources"]}
    assert {one["name"]["en"] for one in told} == english
    # In Italian too: no source is told in English for want of a phrase.
    assert not {one["name"]["it"] for one in told} & english
    shares = milano.provenance["residents_error"]["misplaced_share"]
    assert f"{shares['over65']:.0%}" in said["misplaced"]["it"]


def test_what_an_edition_does_not_say_is_a_dash() -> None:
    provenance = {**TOY.provenance, "sources": [{"name": "own counts"}, {}]}
    ((publisher, sources),) = said_of(dataclasses.replace(TOY, provenance=provenance))["sources"]
    assert publisher["it"] == "–"
    assert [one["name"]["it"] for one in sources] == ["own counts", "–"]
    assert said_of(TOY)["misplaced"] is None

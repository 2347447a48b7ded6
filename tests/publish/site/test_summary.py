"""Law: a sentence says no number that is not published, and no difference that rounding makes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.publish.disclosure import publishable
from quartieri15.publish.shares import share_text
from quartieri15.publish.site.material import Material
from quartieri15.publish.site.page import Page
from quartieri15.publish.site.publisher import Publisher
from quartieri15.publish.site.summary import summary
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from quartieri15.model.profiles import TravelProfile

TOWN = """
A--------B
"""
CITY = draw_city(TOWN, places={"house": (2.0, 0.0)}, people={(1.0, 0.0): 2000.0})
WHEN = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
ZONE = CITY.zones["municipi"]["id"].iloc[0]
MUNICIPIO = Page(slug="m", kind="municipio", title={"it": "M", "en": "M"}, zone_id=ZONE)
COUNT = re.compile(r"(?<![\d.,])\d[\d.]*(?![\d.]*[,%\d])")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Given(Material):
    """Material whose coverage is given, not computed."""

    table: pd.DataFrame

    def coverage(self, who: TravelProfile, by: str) -> pd.DataFrame:
        return self.table[(self.table["profile"] == who.name) & (self.table["by"] == by)]


def told(*counts: tuple[float, float]) -> Given:
    """Publish counts (people, covered): of the zone by two profiles and a group, of the city."""
    asked = [
        ("municipi", ZONE, "walk_75", "over65"),
        ("municipi", ZONE, "walk_adult", "over65"),
        ("municipi", ZONE, "walk_75", "foreign"),
        ("city", 0, "walk_75", "over65"),
    ]
    table = pd.DataFrame(asked, columns=["by", "zone_id", "profile", "group"])
    table[["population", "covered"]] = counts
    table["uncovered"] = table["population"] - table["covered"]
    return Given(city=CITY, publisher=Publisher(), when=WHEN, table=publishable(table))


def said(material: Material, language: str = "it") -> list[str]:
    return [texts[language] for texts in summary(material, MUNICIPIO)]


def test_the_sentences_in_both_languages() -> None:
    material = told((35_720, 16_820), (35_720, 24_850), (32_240, 15_680), (311_780, 138_670))
    name = CITY.zones["municipi"]["name"].iloc[0]
    first, *others = said(material)
    assert first == (
        f"A piedi, passo di una persona di 75 anni, 3,2 km/h: nel {name}, entro 15 minuti dalla "
        "Casa di Quartiere più vicina, abitano 16.820 persone di 65 anni e più su 35.720 (47%)."
    )
    *others, last = others
    assert others == [
        "È una quota più alta che in tutta Toy (44%).",
        "Oltre 15 minuti, o senza una strada per arrivarci, ne abitano 18.900.",
        "A piedi, passo di un adulto, 4,5 km/h: sarebbero 24.850 su 35.720 (70%).",
    ]
    assert last == (
        "Lo stesso conto per residenti con cittadinanza straniera, al passo della prima frase: "
        "15.680 su 32.240 (49%)."
    )
    assert said(material, "en")[0] == (
        f"On foot, pace of a person of 75, 3.2 km/h: in {name}, 16,820 of 35,720 people aged 65 "
        "and over (47%) live within 15 minutes from the nearest Casa di Quartiere."
    )


counts = st.tuples(st.floats(0, 3000), st.floats(0, 1)).map(lambda two: (two[0], two[0] * two[1]))


@settings(max_examples=40)
@given(st.tuples(counts, counts, counts, counts))
def test_every_count_in_a_sentence_is_published(given: tuple[Any, ...]) -> None:
    material = told(*given)
    columns = material.table[["population", "covered", "uncovered"]]
    published = {0.0, 10.0, *columns.to_numpy().ravel().tolist()}
    # Paces, ages and minutes are no counts of people.
    asked = {65.0, 75.0, 15.0, *(float(number) for number in re.findall(r"\d+", MUNICIPIO_NAME))}
    for language in ("it", "en"):
        for sentence in said(material, language):
            assert not re.search(r"\bnan\b", sentence)
            plain = sentence.replace(",", ".") if language == "en" else sentence
            for number in COUNT.findall(re.sub(r"\d[.,]\d km/h|\d+%", "", plain)):
                assert float(number.strip(".").replace(".", "")) in published | asked, sentence


MUNICIPIO_NAME = str(CITY.zones["municipi"]["name"].iloc[0])


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_is_all_or_nobody_only_where_it_is(given: tuple[int, int]) -> None:
    covered, population = given
    text = share_text(covered, population, "en")
    assert (text == "100%") == (covered == population)
    assert (text == "0%") == (covered == 0)


@pytest.mark.parametrize(
    ("here", "there", "word"),
    [(440, 450, "stessa"), (449, 430, "più alta"), (430, 449, "più bassa"), (450, 450, "stessa")],
)
def test_shares_differ_where_they_still_do_after_rounding(
    here: float, there: float, word: str
) -> None:
    sentences = said(told((1000, here), (1000, 500), (1000, 500), (1000, there)))
    assert word in sentences[1]


def test_what_is_hidden_is_said_to_be() -> None:
    others = ((1000, 500), (1000, 500), (1000, 500))
    (hidden,) = said(told((300, 296), *others))
    assert "non si pubblica" in hidden
    assert "296" not in hidden
    (few,) = said(told((6, 3), *others))
    assert few.endswith("abitano meno di 10 persone di 65 anni e più: di così pochi non si "
                        "pubblica altro.")  # fmt: skip
    (nobody,) = said(told((0, 0), *others))
    assert "non risultano persone di 65 anni" in nobody
    hidden_elsewhere = said(told((1000, 500), (300, 296), (6, 3), (9, 9)))
    assert len(hidden_elsewhere) == 2
    assert all(not math.isnan(len(text)) for text in hidden_elsewhere)


def test_a_page_that_is_not_about_people_has_no_summary() -> None:
    material = told(*[(1000, 500)] * 4)
    page = Page(slug="metodo", kind="method", title={"it": "M", "en": "M"})
    assert summary(material, page) == []
    assert profiles.get("walk_75") == material.travellers[0]

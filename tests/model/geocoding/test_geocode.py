"""Law: what may be taken unseen is right, what is wrong never may be, and what is asked is found.

A score of SAFE and more is given to a civic number of the register alone, where every word of the
address was understood. Any text has an answer, in the order of the questions, and neither the
order of the register nor what was asked before moves it.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import box

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.geocoding.geocode import LEAST, SAFE, geocode
from tests.ascii_city import draw_city
from tests.model.geocoding.rewriting import Rewriter, Wrong
from tests.planning.named_town import named_town

BY_HAND = Path(__file__).with_name("written_by_hand.csv")
SEED = 20261126


def one(city, text, **asked):
    """The answer to one address, as a row."""
    return next(geocode(city, text, **asked).itertuples())


@pytest.fixture(scope="module")
def town():
    drawn = named_town(
        "A---B---C---D",
        {"Via Carlo Parea": "AB", "Viale Parma": "BC", "Via Vasto": "CD"},
        addresses={
            "Via Carlo Parea 7": (1, 0),
            "Via Carlo Parea 13": (2, 0),
            "Via Carlo Parea 15A": (3, 0),
            "Via Carlo Parea 71": (3.5, 0),
            "Via Carlo Parea 2": (0.5, 0),
            "Via Carlo Parea 6": (2.5, 0),
            "Viale Parma 12": (6, 0),
            "Corso Giuseppe Garibaldi 10": (0, 2),
            "Largo Anita Garibaldi 10": (4, 2),
            "Via Damiano Chiesa 2": (3, 1),
            "Via Eugenio Chiesa 2": (1, 1),
            "Via Eugenio Chiesa 4": (2, 1),
            "Via San Dionigi 3": (5, 2),
            "Piazza Venticinque Aprile 1": (6, 2),
            "Via dell'Aprica 5": (7, 2),
            "Via Fratelli Zoia 9": (8, 2),
            "Via della Chiesa Rossa 8": (9, 2),
            "Via Enrico Fermi 4": (9, 3),
        },
        cell=200.0,
    )
    return dataclasses.replace(drawn, name="milano")


# On the register of Milano.


@pytest.fixture(scope="module")
def drawn(milano):
    """Two thousand addresses of the register in other words, and the answers."""
    some = milano.addresses.sample(2000, random_state=SEED)
    rewriter = Rewriter(milano.addresses, SEED)
    pairs = zip(some["street"].astype(str), some["number"], strict=True)
    texts = [rewriter.rewritten(street, number)[0] for street, number in pairs]
    geocode(milano, "via Boifava 10")  # the indexes are made once
    began = time.process_time()
    found = geocode(milano, texts)
    return found, some["id"].to_numpy(), time.process_time() - began


def test_what_people_would_write_leads_to_the_number(drawn):
    found, ids, _ = drawn
    right = found["address_id"].to_numpy() == ids
    assert right.mean() >= 0.98, found[~right][["query", "street", "number"]].to_string()


def test_a_wrong_answer_is_never_safe(drawn):
    found, ids, _ = drawn
    wrong = found[(found["address_id"].to_numpy() != ids) & (found["score"] >= SAFE)]
    assert wrong.empty, wrong[["query", "street", "number", "score"]].to_string()


def test_most_of_what_is_right_is_safe(drawn):
    found, ids, _ = drawn
    plain = found["reason"].str.contains("is read as") == False  # noqa: E712 - of a column
    right = found["address_id"].to_numpy() == ids
    assert (found["score"] >= SAFE)[plain & right].mean() > 0.85


def test_two_thousand_addresses_take_seconds(drawn):
    assert drawn[2] < 8  # two, on a machine that has nothing else to do


def test_what_is_not_in_the_register_is_never_safe(milano):
    texts = list(Wrong(milano.addresses, SEED).some(2000))
    found = geocode(milano, [text for text, _ in texts]).assign(how=[how for _, how in texts])
    safe = found[found["score"] >= SAFE]
    assert safe.empty, safe[["query", "street", "number", "score", "how"]].to_string()


def test_the_spelling_of_the_register_is_1(milano):
    some = milano.addresses.sample(400, random_state=SEED)
    found = geocode(milano, some["register_street"].astype(str) + " " + some["number"])
    assert (found["address_id"] == some["id"]).all()
    assert (found["score"] == 1).all()


def test_addresses_written_by_hand_lead_to_the_number_expected(milano):
    asked = pd.read_csv(BY_HAND, sep=";", dtype=str, keep_default_na=False)
    found = geocode(milano, asked["text"])
    got = found[["street", "number", "precision"]].fillna("")
    got["safe"] = np.where(found["score"] >= SAFE, "yes", "no")
    apart = (got != asked[got.columns]).any(axis=1)
    told = asked[apart].join(got[apart].add_suffix("_found")).join(found["reason"])
    assert not apart.any(), told.to_string()


def test_the_page_shows_what_is_answered(milano):
    page = (Path(__file__).parents[3] / "docs" / "geocoding.md").read_text(encoding="utf-8")
    asked = ["V. C. Parea n. 13, 20138 Milano", "via Paera 13", "Via Boifava 12/A"]
    assert f'["{asked[0]}", "{asked[1]}", "{asked[2]}"]' in page
    shown = ["street", "number", "address_id", "score", "precision", "reason"]
    for row in geocode(milano, asked)[shown].fillna("").astype(str).to_numpy():
        assert f"| {' | '.join(row)} |".replace("|  |", "| |") in page
    assert f"all of its {milano.addresses['register_street'].nunique():,} streets" in page


def test_the_answer_does_not_depend_on_the_order_of_the_register(milano):
    table = milano.addresses
    some = table[
        table["street"].astype(str).str.contains("Garibaldi|Chiesa|Verdi|Rossi|De Filippi")
    ]
    here = milano.with_(addresses=some.reset_index(drop=True))
    there = milano.with_(addresses=some.sample(frac=1, random_state=1).reset_index(drop=True))
    texts = ["Garibaldi 10", "via chiesa 2", "rossi 4", "Verdi", "via De Filippi 3", "vai verdi 1"]
    for asked in (texts, [text.upper() for text in texts]):
        one_way, other_way = (geocode(city, asked, alternatives=5) for city in (here, there))
        assert one_way.drop(columns="geometry").equals(other_way.drop(columns="geometry"))
        assert one_way.geometry.to_wkb().equals(other_way.geometry.to_wkb())


# On a small town.


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Via Carlo Parea 13", "Via Carlo Parea 13"),
        ("v. Parea,13", "Via Carlo Parea 13"),
        ("V. C. Parea n° 13", "Via Carlo Parea 13"),
        ("PAREA CARLO 15/A", "Via Carlo Parea 15A"),
        ("PAREA (CARLO) 15-a", "Via Carlo Parea 15A"),
        ("via parea 15 A, 20139 Milano MI", "Via Carlo Parea 15A"),
        ("Milano - v. Parea 13 int. 4 sc. B", "Via Carlo Parea 13"),
        ("I-20139 Milano, Via Carlo Parea 13", "Via Carlo Parea 13"),
        ("13, via Parea", "Via Carlo Parea 13"),
        ("n. 13 Via Parea", "Via Carlo Parea 13"),
        ("Parea 13", "Via Carlo Parea 13"),
        ("ViaCarloParea 13", "Via Carlo Parea 13"),
        ("v.le Parma 12 (piano terra)", "Viale Parma 12"),
        ("V.S.Dionigi 3", "Via San Dionigi 3"),
        ("P.zza XXV Aprile 1", "Piazza Venticinque Aprile 1"),
        ("p.za 25 aprile, 1", "Piazza Venticinque Aprile 1"),
        ("via dell’Aprica 5", "Via dell'Aprica 5"),
        ("via dell Aprica 5", "Via dell'Aprica 5"),
        ("via F.lli Zoia 9", "Via Fratelli Zoia 9"),
        ("via Chiesarossa 8", "Via della Chiesa Rossa 8"),
        ("via E. Fermi 4", "Via Enrico Fermi 4"),
    ],
)
def test_what_is_understood_is_safe(town, text, address):
    found = one(town, text)
    assert f"{found.street} {found.number}" == address
    assert found.score >= SAFE, found.reason
    row = town.addresses.set_index("id").loc[found.address_id]
    assert found.geometry.equals(row.geometry)
    assert f"{row.street} {row.number}" == address


@pytest.mark.parametrize(
    ("text", "address", "precision", "said"),
    [
        ("via Paera 13", "Via Carlo Parea 13", "civic", "'paera' is read as 'parea'"),
        ("Via Carlo Paera 13", "Via Carlo Parea 13", "civic", "'paera' is read as 'parea'"),
        ("Viale Carlo Parea 13", "Via Carlo Parea 13", "civic", "'viale' was written for 'via'"),
        ("Via Don Carlo Parea 13", "Via Carlo Parea 13", "civic", "'don' was not understood"),
        ("Via Dionigi 3", "Via San Dionigi 3", "civic", "'san' was not written"),
        ("Via Rossa 8", "Via della Chiesa Rossa 8", "civic", "'chiesa' was not written"),
        ("vai Carlo Parea 13", "Via Carlo Parea 13", "civic", "is read as"),
        ("viale Parea 13", "Via Carlo Parea 13", "civic", "'viale' was written for 'via'"),
        ("via Parea 13 Torino", "Via Carlo Parea 13", "civic", "'Torino' was not understood"),
        ("via Parea 13, 10121 Torino", "Via Carlo Parea 13", "civic", "postal code elsewhere"),
        ("via Parea 13 (TO)", "Via Carlo Parea 13", "civic", "TO is another province"),
        ("via Parea 15 bis", "Via Carlo Parea 15A", "civic", "15/BIS is not"),
        ("via Parea 71/73", "Via Carlo Parea 71", "civic", "71/73 is not"),
        ("Via Carlo Parea 13/B", "Via Carlo Parea 13/B", "number", "13 is"),
        ("Via Carlo Parea", "Via Carlo Parea", "street", "no number is said"),
        ("via Parea 13/B", "Via Carlo Parea 13/B", "number", "13/B is not in the register; 13 is"),
        ("via Parea 4", "Via Carlo Parea 4", "number", "not in the register; 2 and 6 are"),
        ("via Parea 9", "Via Carlo Parea 9", "number", "not in the register; 7 and 13 are"),
        ("via Parea 8", "Via Carlo Parea 8", "number", "the nearest is 6"),
        ("via Parea 500", "Via Carlo Parea", "street", "they go from 2 to 71"),
        ("via Parea snc", "Via Carlo Parea", "street", "it is said that there is no number"),
        ("via Parea", "Via Carlo Parea", "street", "no number is said"),
        ("via Parea ang. v.le Parma", "Via Carlo Parea", "street", "at the corner of Viale Parma"),
        ("via Parea ang. via Vasto", "Via Carlo Parea", "street", "no corner of it"),
        ("via Vasto 3", "Via Vasto", "street", "the street has no addresses"),
        ("via Chiesa 4", "Via Eugenio Chiesa 4", "civic", "Via Damiano Chiesa may be meant too"),
        ("via Chiesa 2", "Via Damiano Chiesa 2", "civic", "as good as Via Eugenio Chiesa 2"),
        ("Garibaldi 10", "Corso Giuseppe Garibaldi 10", "civic", "as good as Largo Anita"),
        ("via Garibaldi 10", "Corso Giuseppe Garibaldi 10", "civic", "'via' was written for"),
    ],
)
def test_what_is_guessed_is_not_safe_and_is_said(town, text, address, precision, said):
    found = one(town, text)
    number = "" if pd.isna(found.number) else found.number
    assert f"{found.street} {number}".strip() == address
    assert found.precision == precision
    assert said in found.reason
    assert LEAST <= found.score < SAFE
    assert pd.isna(found.address_id) == (precision != "civic")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        None,
        "via Pinco 3",
        "Via Ugo Parea 13",
        "13",
        "()",
        "snc",
        "20139 Milano",
        "Milano",
        "Pallino 20139 MI",
    ],
)
def test_what_is_no_address_of_the_town_has_no_answer(town, text):
    found = one(town, [text])
    assert (found.score, found.precision, found.rank) == (0, "none", 1)
    assert found.geometry is None
    assert found.reason


def test_a_number_between_two_lies_between_them(town):
    x = {n: one(town, f"via Parea {n}").geometry.x for n in (2, 4, 6, 7, 9, 13)}
    assert x[4] == pytest.approx((x[2] + x[6]) / 2)
    assert x[9] == pytest.approx(x[7] + (x[13] - x[7]) / 3)


def test_a_corner_is_the_crossing(town):
    corner = one(town, "via Carlo Parea angolo viale Parma")
    crossing = town.streets.nodes.geometry.loc[2]
    assert corner.geometry.equals(crossing)
    assert "v.le Parma" in one(town, "via Carlo Parea 13 ang. v.le Parma").query
    assert one(town, "via Carlo Parea 13 ang. v.le Parma").precision == "civic"


def test_alternatives_follow_with_their_scores(town):
    found = geocode(town, pd.Series(["via Chiesa 2", "via Parea 13"], index=[7, 9]), alternatives=3)
    assert found.index.tolist() == [7, 7, 9] or found.index.tolist()[:2] == [7, 7]
    first = found[found["rank"] == 1]
    assert first.index.tolist() == [7, 9]
    equal = found.loc[7]
    assert equal["street"].tolist()[:2] == ["Via Damiano Chiesa", "Via Eugenio Chiesa"]
    assert equal["score"].tolist() == sorted(equal["score"], reverse=True)
    assert equal["score"].max() <= 0.5


def test_the_municipio_decides_between_streets_of_one_name(town):
    zones = next(iter(town.zones.values()))
    west, south, east, north = town.addresses.total_bounds
    middle = town.addresses.geometry.loc[town.addresses["street"] == "Via Damiano Chiesa"].x.iloc[0]
    halves = [
        box(west - 999, south - 999, middle - 1, north + 999),
        box(middle - 1, south - 999, east + 999, north + 999),
    ]
    table = gpd.GeoDataFrame(
        {
            "id": [1, 2],
            "name": ["Municipio 1", "Municipio 2"],
            "area_km2": [half.area / 1e6 for half in halves],
        },
        geometry=halves,
        crs=zones.crs,
    )
    city = dataclasses.replace(town, zones={"municipi": table})
    assert one(city, "Garibaldi 10", municipio=2).street == "Largo Anita Garibaldi"
    assert one(city, "Garibaldi 10", municipio="Municipio 1").street == "Corso Giuseppe Garibaldi"
    assert one(city, "Garibaldi 10, Municipio 2").street == "Largo Anita Garibaldi"
    asked = geocode(city, ["Garibaldi 10", "Garibaldi 10", "Garibaldi 10"], municipio=[1, 2, None])
    assert asked["street"].tolist()[:2] == ["Corso Giuseppe Garibaldi", "Largo Anita Garibaldi"]
    assert asked["score"].iloc[0] > asked["score"].iloc[2]
    elsewhere = one(city, "Largo Anita Garibaldi 10", municipio=1)
    assert (elsewhere.street, elsewhere.score) == ("Largo Anita Garibaldi", 0.85)
    assert elsewhere.reason.endswith("it is not in the Municipio that is said")
    # A street that goes through both: the number tells.
    for number, own in (("2", 1), ("71", 2)):
        x = one(city, f"Via Carlo Parea {number}").geometry.x
        assert (x < middle) == (own == 1), "the town is drawn otherwise"
        assert one(city, f"Via Carlo Parea {number}", municipio=own).score == 1
        other = one(city, f"Via Carlo Parea {number}", municipio=3 - own)
        assert other.score == 0.85
        assert "it is not in the Municipio that is said" in other.reason
    with pytest.raises(UnknownNameError, match="unknown Municipio '12'"):
        geocode(city, "Garibaldi 10", municipio=12)


def test_a_postal_code_that_is_not_known_to_be_right_is_said_to_be_unchecked(town):
    for text in ("via Carlo Parea 13, 20121 MI", "20199 Milano, via Carlo Parea 13"):
        found = one(town, text)
        code = "20121" if "20121" in text else "20199"
        assert (found.score, found.reason) == (
            1,
            f"number 13 is in the register; the postal code {code} was not checked",
        )
    assert "checked" not in one(town, "via Carlo Parea 13, 10121 Torino").reason


def test_a_text_without_end_is_no_address(town):
    began = time.process_time()
    for text in ("via Parea 1 " + "scala " * 99_999, "via Parea 1 " + "int. 3 " * 40, "1 " * 150):
        assert one(town, text).precision in ("none", "civic", "number")
    assert time.process_time() - began < 5


def test_what_cannot_be_asked_is_said(town):
    with pytest.raises(InputError, match="toy has no addresses"):
        geocode(draw_city("A---B"), "via Parea 13")
    with pytest.raises(ParameterError, match="address 2 is 13"):
        geocode(town, ["via Parea 13", 13])
    with pytest.raises(ParameterError, match="2 Municipi are given for 1 addresses"):
        geocode(town, "via Parea 13", municipio=[1, 2])
    without = dataclasses.replace(town, zones={"nil": town.zones["nil"]})
    with pytest.raises(InputError, match="milano has no Municipi"):
        geocode(without, "via Parea 13", municipio=1)
    with pytest.raises(ParameterError, match="alternatives is -1"):
        geocode(town, "via Parea 13", alternatives=-1)


def test_nothing_is_asked_and_nothing_is_answered(town):
    found = geocode(town, [])
    assert len(found) == 0
    assert found.columns.tolist() == geocode(town, "via Parea 13").columns.tolist()
    assert found.crs == town.streets.crs


PARTS = (
    "via v. viale piazza Parea Carlo C. Chiesa Garibaldi 13 15/A 15bis n. n° , ( ) snc ang. "
    "20139 Milano MI int. scala Municipio 1 / - ' Torino 25 XXV Aprile è 71/73 c/o . .. angolo"
)
words = st.sampled_from(PARTS.split(" "))


@given(st.one_of(st.text(max_size=60), st.lists(words, max_size=9).map(" ".join)))
@example("via Parea ang. ")
@example("via Parea ang. via Parea")
@example("v. 13 () [TO] (TO)")
@example("\x00\ud800")
@example("٣ via Parea ٣")
@settings(max_examples=150, deadline=None)
def test_any_text_has_an_answer(town, text):
    found = geocode(town, text, alternatives=3)
    assert found["score"].between(0, 1).all()
    assert (found["rank"].to_numpy() == np.arange(1, len(found) + 1)).all()
    assert found["precision"].isin(["civic", "number", "street", "none"]).all()
    assert (found["score"] < SAFE)[found["precision"] != "civic"].all()
    assert found["score"].is_monotonic_decreasing
    again = geocode(town, [text, "via Parea 13"], alternatives=3).loc[[0]]
    assert again.drop(columns="geometry").equals(found.drop(columns="geometry"))

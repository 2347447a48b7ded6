"""Law: an address is read in every way it may be meant, and nothing of it is lost in silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.model.geocoding.written_addresses import readings


def first(text, city="milano"):
    return readings(text, city=city)[0]


@pytest.mark.parametrize(
    ("text", "street", "number"),
    [
        ("Via Boifava 10", "Via Boifava", "10"),
        ("Via Boifava,10", "Via Boifava", "10"),
        ("Via Boifava n°10", "Via Boifava", "10"),
        ("Via Boifava N. 010", "Via Boifava", "10"),
        ("via Boifava al civico 10", "via Boifava", "10"),
        ("via Boifava 15 a", "via Boifava", "15/A"),
        ("via Boifava 15-A", "via Boifava", "15/A"),
        ("via Boifava 15bis", "via Boifava", "15/BIS"),
        ("via Boifava 71 - 73", "via Boifava", "71/73"),
        ("via Boifava 4/2/B", "via Boifava", "4/2/B"),
        ("via Boifava 209C01", "via Boifava", "209/C01"),
        ("10/A, via Boifava", "via Boifava", "10/A"),
        ("Via 25 Aprile 10", "Via 25 Aprile", "10"),
        ("Via 8 Ottobre 2001 5", "Via 8 Ottobre 2001", "5"),
        ("Piazza 25 Aprile", "Piazza 25 Aprile", None),
        ("Piazza della Scala 5", "Piazza della Scala", "5"),
        ("via Milano 5", "via Milano", "5"),
        ("Milano via Boifava 5", "via Boifava", "5"),
        ("VIA ETRUSCHI (DEGLI) 4", "VIA ETRUSCHI DEGLI", "4"),
        ("via boifava10", "via boifava", "10"),
        ("via boifava10b", "via boifava", "10/B"),
        ("via boifava n10", "via boifava", "10"),
        ("via boifava N.ro 10", "via boifava", "10"),
        ("via boifava numero civico 10", "via boifava", "10"),
        ("via boifava 10 e 12", "via boifava", "10/12"),
        ("via boifava 10 & 12", "via boifava", "10/12"),
        ("«via boifava» 10", "via boifava", "10"),
        ("via_boifava_10", "via boifava", "10"),
        ("via Candiani 72 P01", "via Candiani", "72/P01"),
        ("V1a Boifava 10", "via Boifava", "10"),
        ("via B0ifava 10", "via B0ifava", "10"),
    ],
)
def test_street_and_number_are_told_apart(text, street, number):
    read = first(text)
    assert read.street == street
    assert (read.number.said if read.number else None) == number
    assert read.unread == ""


@pytest.mark.parametrize(
    "tail",
    [
        ", 20142 Milano",
        " 20142 MILANO MI",
        " - Milano (MI)",
        ", I-20142 Milano, Italia",
        " int. 3",
        " scala B int. 12",
        ", piano terra",
        " (piano terra)",
        ", Municipio 5",
        " c/o Bar Sport",
        ", Comune di Milano",
        ", 20142 MI",
        " 20142 mi",
        " MI",
        " - MI",
        " sc. B p. 3",
        " II piano",
    ],
)
def test_what_follows_the_number_is_understood(tail):
    read = first(f"via Boifava 10{tail}")
    assert (read.street, read.number.said, read.unread) == ("via Boifava", "10", "")
    assert read.elsewhere == ""


@pytest.mark.parametrize(
    ("tail", "unread", "elsewhere"),
    [
        (" Torino", "Torino", ""),
        (", 10121 Torino", "Torino", "10121 is a postal code elsewhere"),
        (" (TO)", "", "TO is another province"),
        (", 00184", "", "00184 is a postal code elsewhere"),
        (" (chiedere di Ada)", "chiedere di Ada", ""),
    ],
)
def test_what_is_not_understood_is_told(tail, unread, elsewhere):
    read = first(f"via Boifava 10{tail}")
    assert (read.unread, read.elsewhere) == (unread, elsewhere)


@pytest.mark.parametrize("said", ["snc", "s.n.c.", "S.N.", "senza numero", "(civic unknown)"])
def test_that_there_is_no_number_is_understood(said):
    read = first(f"via Boifava {said}")
    assert (read.street, read.number, read.without_number) == ("via Boifava", None, True)


@pytest.mark.parametrize(
    "text",
    [
        "via Padova ang. via Predabissi",
        "via Padova, angolo via Predabissi",
        "via Padova all'angolo con via Predabissi, 20131 Milano",
        "via Padova (ang. via Predabissi)",
    ],
)
def test_a_corner_has_two_streets(text):
    read = first(text)
    assert (read.street, read.corner) == ("via Padova", "via Predabissi")


def test_all_ways_to_read_a_number_are_given():
    ways = [
        (one.street, one.number and one.number.said)
        for one in readings("Viale Papa Giovanni 23 10", city="milano")
    ]
    assert ways == [
        ("Viale Papa Giovanni 23", "10"),
        ("Viale Papa Giovanni", "23"),
        ("Viale Papa Giovanni 23 10", None),
    ]


@pytest.mark.parametrize(
    ("text", "code", "elsewhere"),
    [
        ("20142 Milano (MI), via Boifava 10", "20142", ""),
        ("20142 MI via Boifava 10", "20142", ""),
        ("Milano, 20142, via Boifava 10", "20142", ""),
        ("CAP 20142 via Boifava 10", "20142", ""),
        ("MI via Boifava 10", "", ""),
        ("10121 via Boifava 10", "", "10121 is a postal code elsewhere"),
        ("via Boifava 10, 20142 Milano", "20142", ""),
    ],
)
def test_city_and_code_may_stand_first(text, code, elsewhere):
    read = first(text)
    assert (read.street, read.number.said, read.unread) == ("via Boifava", "10", "")
    assert (read.postal_code, read.elsewhere) == (code, elsewhere)


def test_of_a_city_without_a_known_code_none_is_elsewhere():
    read = first("via Roma 3, 20900 Monza (MB)", city="Monza")
    assert (read.street, read.number.said, read.elsewhere, read.unread) == ("via Roma", "3", "", "")


@given(st.text(max_size=80))
def test_any_text_is_read(text):
    for read in readings(text, city="milano"):
        assert read.street.strip()

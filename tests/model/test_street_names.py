"""Law: spellings of one street are alike, names of two are not, and what was guessed lowers it.

A name compared with itself is 1. Abbreviations, capitals, accents, numerals, saints and order cost
next to nothing; a missing given name less than a misprint; a word that is not there too much.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.model.street_names import ACCEPTED, likeness, read_name, words_of


def alike(one, other, register=None):
    return likeness(read_name(one), read_name(other, register=register))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("v.le famagosta", "Viale Famagosta"),
        ("VIALE  FAMAGOSTA", "Viale Famagosta"),
        ("p.zza S. Agostino", "Piazza Sant'Agostino"),
        ("P.za S.Agostino", "Piazza Sant’Agostino"),
        ("corso 22 marzo", "Corso Ventidue Marzo"),
        ("C.so XXII Marzo", "Corso Ventidue Marzo"),
        ("piazza Giovanni XXIII", "Piazza Giovanni Ventitreesimo"),
        ("via niccolo' paganini", "Via Niccolò Paganini"),
        ("via F.lli Zoia", "Via Fratelli Zoia"),
        ("via della Chiesa Rossa", "Via Chiesa Rossa"),
        ("via Chiesarossa", "Via della Chiesa Rossa"),
        ("DUOMO (DEL)", "Piazza del Duomo"),
        ("PAREA CARLO", "Via Carlo Parea"),
        ("ERASMO (SANT')", "Piazza Sant'Erasmo"),
        ("v. privata Longhena Baldassarre", "Via Privata Baldassarre Longhena"),
        ("via card. mezzofanti", "Via Cardinale Mezzofanti"),
    ],
)
def test_spellings_of_one_street_are_alike(one, other):
    assert alike(one, other) >= 0.97


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("via Salomone", "Via Oreste Salomone"),
        ("piazzale Ovidio", "Piazza Ovidio"),
        ("piazza Chiesa", "Piazzale Damiano Chiesa"),
        ("via S. Spaventa", "Via Silvio Spaventa"),
        ("via Zanti", "Via Zante"),
        ("viale Famagoste", "Viale Famagosta"),
        ("via Salomoni", "Via Oreste Salomone"),
    ],
)
def test_what_is_missing_or_misprinted_is_accepted_at_a_lower_score(one, other):
    assert ACCEPTED <= alike(one, other) < 0.99


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("via Dante", "Via Zante Nuova"),
        ("via Carlo", "Via Carlo Parea"),
        ("via Pinco Pallino", "Via Pallino Secondo"),
        ("via Ada", "Via Ara"),
        ("via 24 maggio", "Via 25 Maggio"),
        ("via Garibaldi Anita Ribeiro", "Via Giuseppe Garibaldi"),
    ],
)
def test_names_of_two_streets_are_not(one, other):
    assert alike(one, other) < ACCEPTED


def test_the_better_spelling_is_more_alike():
    ranked = [
        alike("Via Carlo Parea", "Via Carlo Parea"),
        alike("via Parea", "Via Carlo Parea"),
        alike("via Paria", "Via Carlo Parea"),
        alike("via Carlo", "Via Carlo Parea"),
    ]
    assert ranked == sorted(ranked, reverse=True)
    assert len(set(ranked)) == 4


def test_a_register_tells_which_words_are_the_surname():
    whole = "Via Pietro Calderon de la Barca"
    listed = "VIA CALDERON DE LA BARCA PIETRO"
    assert read_name(whole, register=listed).surname == {"calderon", "barca"}
    assert read_name(whole).surname == {"barca"}
    assert read_name("Via della Chiesa Rossa").surname == {"chiesa", "rossa"}


def test_a_number_is_a_number_however_it_is_written():
    assert words_of("XXIV Maggio") == words_of("Ventiquattro Maggio") == words_of("24 maggio")
    # One letter is an initial, and no numeral.
    assert words_of("V. Monti") == ["v", "monti"]


@given(st.text(max_size=40))
def test_any_text_is_read_and_is_itself(text):
    name = read_name(text)
    assert likeness(name, name) == 1.0
    assert 0 <= likeness(name, read_name("Via Carlo Parea")) <= 1


@given(st.permutations(["carlo", "alberto", "dalla", "chiesa"]))
def test_the_order_of_words_hardly_matters(words):
    assert alike("largo " + " ".join(words), "Largo Carlo Alberto dalla Chiesa") >= 0.98

"""Law: a sentence says the same as the fields of a file, or the part not understood is named.

Nothing in a sentence is passed over: a word that no form knows is an error.
"""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, Quartieri15Error
from quartieri15.planning.phrases import forms, parse_edit
from tests.planning.named_town import named_town


def words_in(text):
    return text.split()


TOWN = named_town(
    "A---B---C\n\n\nD---E---F",
    {
        "Via Giovanni da Procida": "AB BC",
        "Via Pietro e Giuseppe Pestagalli": "DE",
        "Via Zante": "EF",
    },
)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (
            "pista ciclabile in viale Monza tra piazzale Loreto e via Pasteur",
            {
                "cycle_track": {
                    "along": "viale Monza",
                    "from": "piazzale Loreto",
                    "to": "via Pasteur",
                }
            },
        ),
        (
            "Corsia ciclabile lungo viale Monza, nel tratto compreso fra Loreto e via Pasteur.",
            {
                "cycle_track": {
                    "along": "viale Monza",
                    "from": "Loreto",
                    "to": "via Pasteur",
                    "facility": "lane",
                }
            },
        ),
        (
            "in via Zante una pista ciclabile da via Mecenate a via Dalmazia",
            {"cycle_track": {"along": "via Zante", "from": "via Mecenate", "to": "via Dalmazia"}},
        ),
        (
            "pista ciclabile tra via Mecenate e via Dalmazia in via Zante",
            {"cycle_track": {"along": "via Zante", "from": "via Mecenate", "to": "via Dalmazia"}},
        ),
        ("via Zante: zona trenta", {"calm_traffic": {"along": "via Zante", "maxspeed_kmh": 30}}),
        (
            "limitare a 30 km/h la velocità in via Zante",
            {"calm_traffic": {"along": "via Zante", "maxspeed_kmh": 30}},
        ),
        ("zona 30 in via Zante", {"calm_traffic": {"along": "via Zante", "maxspeed_kmh": 30}}),
        (
            "limite di 50 km/h in via Zante",
            {"change_streets": {"along": "via Zante", "maxspeed_kmh": 50}},
        ),
        (
            "chiudere via X al traffico da via Aosta a via Bari",
            {
                "change_streets": {
                    "along": "via X",
                    "from": "via Aosta",
                    "to": "via Bari",
                    "highway": "pedestrian",
                }
            },
        ),
        ("chiusura di via X", {"close_street": {"along": "via X"}}),
        (
            "senso unico in via X da via Aosta verso via Bari",
            {
                "change_streets": {
                    "along": "via X",
                    "from": "via Aosta",
                    "to": "via Bari",
                    "oneway": "along",
                }
            },
        ),
        (
            "doppio senso ciclabile in via X",
            {"change_streets": {"along": "via X", "bicycle": True}},
        ),
        ("chiudere la casa di quartiere Zante", {"close_place": {"place": "Zante"}}),
        (
            "spostare la casa di quartiere Zante in via Mecenate 25",
            {"move_place": {"place": "Zante", "address": "via Mecenate 25"}},
        ),
        (
            "spostare Zante al civico 25 di via Mecenate",
            {"move_place": {"place": "Zante", "address": "via Mecenate 25"}},
        ),
        (
            "aprire una casa in via Boifava 10, Milano",
            {
                "open_place": {
                    "name": "Casa di Quartiere via Boifava 10",
                    "address": "via Boifava 10",
                }
            },
        ),
        (
            "accorpare Zante e Mondolfo in Zante",
            {"merge_places": {"from": ["Zante", "Mondolfo"], "into": "Zante"}},
        ),
        (
            "Zante aperta dal lunedì al sabato dalle 9.30 alle 19",
            {"change_place": {"place": "Zante", "opening_hours": "Mo-Sa 09:30-19:00"}},
        ),
        ("capienza di Zante 120 persone", {"change_place": {"place": "Zante", "capacity": 120}}),
        (
            "eliminare la barriera della ferrovia presso via Dalmazia 4",
            {"remove_barrier": {"near": "via Dalmazia 4", "kind": "railway"}},
        ),
        (
            "500 nuovi residenti in via Salomone 32",
            {"add_residents": {"residents": 500, "address": "via Salomone 32"}},
        ),
        (
            "cycle lane along via X between via A and via B",
            {"cycle_track": {"along": "via X", "from": "via A", "to": "via B", "facility": "lane"}},
        ),
        ("close Zante", {"close_place": {"place": "Zante"}}),
    ],
)
def test_a_sentence_says_the_same_as_its_fields(words, fields):
    assert parse_edit(words) == fields


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "fare qualcosa di bello in via Zante",
            "says no edit that is known.*write for example: zona",
        ),
        ("una splendida pista ciclabile in via Zante", "'splendida' in .* is not understood"),
        ("pista ciclabile molto larga in via Zante", "'molto larga' in .* is not understood"),
        ("senso unico in via Zante", "does not say from where to where"),
        ("passerella in via Zante", "does not say between which two streets"),
        ("passerella tra via A e via B", "is not known without a city"),
        ("pista ciclabile", "names no street"),
    ],
)
def test_what_is_not_understood_is_named(words, said):
    with pytest.raises(InputError, match=said):
        parse_edit(words)


def test_small_words_within_names_are_told_by_the_streets_there_are():
    words = "zona 30 in via Giovanni da Procida"
    assert parse_edit(words, TOWN)["calm_traffic"]["along"] == "via Giovanni da Procida"
    words = "zona 30 in via Zante tra via Pietro e Giuseppe Pestagalli e via Giovanni da Procida"
    found = parse_edit(words, TOWN)["calm_traffic"]
    assert found["from"] == "via Pietro e Giuseppe Pestagalli"
    assert found["to"] == "via Giovanni da Procida"


def test_a_bridge_is_the_shortest_line_between_two_streets():
    found = parse_edit("passerella tra via Procida e via Zante", TOWN)["add_street"]
    assert found["kind"] == "bridge"
    line = shapely.LineString(found["line"])
    assert 8.9 < line.centroid.x < 9.4
    assert 45.3 < line.centroid.y < 45.65
    with pytest.raises(InputError, match="meet already"):
        parse_edit("passerella tra via Zante e via Pestagalli", TOWN)


@pytest.mark.parametrize("shown", forms())
def test_every_form_is_understood_as_it_is_shown(milano, shown):
    assert len(parse_edit(shown, milano)) == 1


@pytest.mark.parametrize("wrong", [None, 3, "", "  ", ["zona 30"]])
def test_what_is_no_text_is_refused(wrong):
    with pytest.raises(ParameterError):
        parse_edit(wrong)


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            words_in(
                "pista ciclabile zona 30 in via Zante da a tra e verso chiudere aprire "
                "spostare casa 10 senso unico ponte al traffico dalle 9 , civico di"
            )
        ),
        max_size=12,
    )
)
def test_no_other_error_comes_of_any_words(words):
    try:
        mapping = parse_edit(" ".join(words), TOWN)
    except Quartieri15Error:
        return
    assert len(mapping) == 1

"""Law: a sentence says what its row says, and no count of people that a reader could use."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.analysis.gap_areas import gap_areas
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.planning.speaking import GROUPS
from quartieri15.publish.gap_sentences import gap_sentences
from tests.analysis.blocks import draw_blocks

ROW = {
    "group": "over65",
    "uncovered": 412.3,
    "streets": "Via Zante, Via Salomone",
    "nil_name": "FORLANINI",
    "municipi_name": "Municipio 4",
    "density_percentile": 86.0,
    "places": "houses",
    "place": "Calvi",
    "place_share": 1.0,
    "median_minutes": 19.2,
    "speed_kmh": 3.6,
}


def said(language: str = "en", **changes: object) -> str:
    (sentence,) = gap_sentences(pd.DataFrame([ROW | changes]), language=language)
    return sentence


def test_the_sentence_in_both_languages() -> None:
    assert said() == (
        "Via Zante, Via Salomone (FORLANINI, Municipio 4): 410 people aged 65 and over, in the "
        "densest fifth of the city; in the median they are 19 minutes at 3.6 km/h from the "
        "nearest Casa di Quartiere, Calvi."
    )
    assert said("it", place_share=0.62, group="foreign", uncovered=1234) == (
        "Via Zante, Via Salomone (FORLANINI, Municipio 4): 1.230 residenti con cittadinanza "
        "straniera, nel quinto più denso della città; in mediana sono a 19 minuti, a 3,6 km/h, "
        "dalla Casa di Quartiere più vicina, che per circa 6 su 10 è Calvi."
    )
    assert said(place_share=0.62, places="3 places").endswith(
        "from the nearest place, which for about 6 in 10 is Calvi."
    )
    assert said(streets="").startswith("FORLANINI, Municipio 4: 410")
    assert "no way to a place" in said(median_minutes=float("nan"), place=None)


@given(st.floats(0.01, 5000), st.floats(0, 100), st.floats(0.01, 1), st.sampled_from([*GROUPS]))
def test_only_tens_of_people_and_tenths_of_them_are_told(
    people: float, percentile: float, share: float, group: str
) -> None:
    changes = {"uncovered": people, "density_percentile": percentile, "place_share": share}
    for language in ("it", "en"):
        sentence = said(language, **changes, group=group)
        (count,) = re.findall(rf": (.+) {re.escape(GROUPS[group][language])}", sentence)
        if people < 10:
            assert count == {"it": "meno di 10", "en": "fewer than 10"}[language]
        else:
            assert int(re.sub(r"\D", "", count)) % 10 == 0
        tenths = re.findall(r"circa (\d+) su|about (\d+) in", sentence)
        assert all(1 <= int("".join(pair)) <= 9 for pair in tenths)


@pytest.mark.parametrize(
    ("percentile", "words"),
    [
        (0, "least dense fifth"),
        (45, "middle fifth"),
        (79.9, "second densest"),
        (100, "the densest"),
    ],
)
def test_fifths_have_their_words(percentile: float, words: str) -> None:
    assert words in said(density_percentile=percentile)


def test_every_row_of_gap_areas_has_its_sentence() -> None:
    city, times = draw_blocks("###..??..+++")
    gaps = gap_areas(city, to="houses", profile="walk_75", times=times, groups="over65", fewest=0)
    for language in ("it", "en"):
        sentences = gap_sentences(gaps, language=language)
        assert len(sentences) == len(gaps)
        assert not any("nan" in sentence or "None" in sentence for sentence in sentences)


def test_other_tables_and_languages_are_refused() -> None:
    with pytest.raises(InputError, match="column group"):
        gap_sentences(pd.DataFrame({"uncovered": [1.0]}))
    with pytest.raises(InputError, match="a list is no table"):
        gap_sentences([])
    for change in ({"group": "dogs"}, {"density_percentile": float("nan")}):
        with pytest.raises(InputError, match="row 0: its group is not known"):
            gap_sentences(pd.DataFrame([ROW | change]))
    with pytest.raises(InputError, match="column uncovered: it holds no numbers"):
        gap_sentences(pd.DataFrame([ROW | {"uncovered": "many"}]))
    with pytest.raises(InputError, match="row 0, column uncovered: nan is not a number"):
        gap_sentences(pd.DataFrame([ROW | {"uncovered": float("nan")}]))
    with pytest.raises(UnknownNameError, match="language"):
        gap_sentences(pd.DataFrame([ROW]), language="fr")

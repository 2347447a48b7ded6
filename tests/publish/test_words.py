"""Law: numbers, places and travellers are said as people write them, in both languages."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.model.profiles.costs import OF_ONE_MODE
from quartieri15.publish import words
from quartieri15.publish.catalogue import phrases
from tests.publish.phrase_use import blanks


@pytest.mark.parametrize("places", [*words.PLACE_NOUNS, "fontanelle"])
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_kind_of_place_fills_the_phrases(places: str, language: str) -> None:
    said = words.place_words(places, language)
    for key in ("map_title", "lead", "theme_bands", "note_counts", "reach_of_house_foot"):
        filled = dict.fromkeys(blanks(phrases(language)[key]), "1") | said
        assert "{" not in words.say(key, language, **filled)
    assert ("Casa" in said["a_place"]) == (places in ("houses", "ex_csrc", "ex_cam"))


@given(st.floats(min_value=-1e9, max_value=1e9), st.integers(min_value=0, max_value=3))
def test_a_number_reads_back_in_both_languages(value: float, decimals: int) -> None:
    italian = words.number(value, "it", decimals=decimals)
    english = words.number(value, "en", decimals=decimals)
    assert italian.replace(".", "").replace(",", ".") == english.replace(",", "")
    told = float(english.replace(",", "").replace("−", "-"))
    assert told == pytest.approx(value, abs=0.5000001 * 10**-decimals)
    assert not english.startswith("−") or told != 0


def test_a_missing_number_is_a_dash() -> None:
    assert words.number(float("nan")) == words.percent(float("nan"), "en") == "–"


def test_dates_and_travellers_in_words() -> None:
    day = dt.date(2026, 3, 1)
    assert words.date_text(day) == "1º marzo 2026"
    assert words.date_text(day, "en") == "1 March 2026"
    assert words.profile_text(profiles.BIKE_65).startswith("In bicicletta")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_a_traveller_refuses_is_published(language: str) -> None:
    for profile in profiles.PROFILES.values():
        label = words.profile_text(profile, language)
        speed = words.as_given(profile.speed_kmh, language)
        assert words.traveller_text(profile, language) == f"{label}, {speed} km/h"
    for mode, base in (("walk", profiles.WALK_75), ("bike", profiles.BIKE_65)):
        for rule in profiles.REFUSALS:
            if OF_ONE_MODE.get(rule, mode) == mode:
                said = words.traveller_text(base.with_(refusals=[rule]), language)
                assert said.endswith(words.say(f"refuses_{rule}", language))
    own = profiles.WALK_75.with_(
        speed_kmh=2.5, slope="tobler", steps_factor=2, crossing_wide_road_s=23.5, max_grade=0.06
    )
    said = words.traveller_text(own, language)
    for number in ("2,5 km/h 23,5" if language == "it" else "2.5 km/h 23.5").split():
        assert number in said
    assert "6%" in said
    assert "75" not in said
    # At another speed the label is not used, so what it said must be said otherwise.
    wheels = words.traveller_text(profiles.STEP_FREE.with_(speed_kmh=2), language)
    assert words.say("refuses_steps", language) in wheels


ANY_TEXT = st.text(st.characters(codec=None))


@given(ANY_TEXT)
def test_what_no_page_can_hold_becomes_a_sign_and_the_rest_stays(text: str) -> None:
    seen = words.visible(text)
    assert words.visible(seen) == seen
    seen.encode("utf-8")
    for before, after in zip(text, seen, strict=True):
        if before != after:
            assert unicodedata.category(before) in {"Cc", "Cs", "Cn"}
            assert after == "\ufffd" or "\u2400" <= after <= "\u2421"


@given(st.text(st.sampled_from("ab \u05d0\u202e\u202c\u2066\u2067\u2068\u2069")))
def test_a_text_neither_leaves_its_isolate_nor_keeps_others_in_it(text: str) -> None:
    whole = words.isolated(text)
    assert text in whole
    if whole == text:
        return
    depth = 0
    for position, character in enumerate(whole):
        depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
        assert depth > 0 or position == len(whole) - 1
    assert depth == 0

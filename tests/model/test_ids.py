"""Law: an id keeps its type, and where two tables are joined both hold the same kind."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quartieri15 as q15
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import ids
from quartieri15.model.city import City
from tests.ascii_city import draw_city

ASK: dict[str, Any] = {"to": "houses", "profile": "walk_75"}
PLACES = {"west": (0.0, 0.0), "east": (6.0, 0.0)}


def town(*, zone: Any = 1, home: Any = None, places: Any = ("west", "east")) -> City:
    """A street with two houses and people of one zone, under ids of choice."""
    toy = draw_city("A------B", cell=60, places=PLACES, people={(1, 0): 20.0, (5, 0): 30.0})
    nil = toy.zones["nil"].assign(id=pd.Series([zone]))
    residents = toy.residents.drop(columns="municipi")
    residents["nil"] = pd.Series([zone if home is None else home] * 2)
    return City.from_tables(
        "town",
        streets=toy.streets,
        places=toy.places.assign(id=list(places)),
        zones={"nil": nil},
        residents=residents,
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "whole numbers"),
        ([1.0, np.nan], "whole numbers"),
        (pd.array([1, None], dtype="Int64"), "whole numbers"),
        (pd.Categorical(["a", "b"]), "text"),
        (pd.Series(["1"], dtype="string"), "text"),
        ([1.5], "fractions"),
        ([1, "1"], "numbers and text"),
        ([None], ""),
    ],
)
def test_the_kind_of_ids(values: Any, kind: str) -> None:
    assert ids.kind_of(values) == kind


@pytest.mark.parametrize(
    ("zone", "home"), [("001", "001"), (1, 1), (1, 1.0), (1.0, 1), ("A", "A"), (np.int32(4), 4)]
)
def test_codes_keep_their_leading_zeros_from_end_to_end(zone: Any, home: Any) -> None:
    city = town(zone=zone, home=home)
    cover = q15.coverage(city, minutes=15, **ASK)
    gaps = q15.find_gaps(city, cover, groups="residents")
    known = zone if isinstance(zone, str) else int(zone)
    assert set(cover["zone_id"]) == {known} == set(gaps["zone_id"])
    assert cover.set_index("group").loc["residents", "population"] == 50
    assert q15.explore(city, cover, gaps) is not None


@pytest.mark.parametrize(("zone", "home"), [("001", 1), (1, "1"), (1, "001")])
def test_residents_of_another_type_are_refused_by_both_columns(zone: Any, home: Any) -> None:
    with pytest.raises(InputError, match=r"residents, column nil: .*and zones nil, column id"):
        town(zone=zone, home=home)


@pytest.mark.parametrize("zone", [1.5, pd.Timestamp(2026, 1, 1)])
def test_a_code_is_a_whole_number_or_text(zone: Any) -> None:
    with pytest.raises(InputError, match="zones nil, column id: it holds"):
        town(zone=zone)


def test_a_zone_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="zone 2 is not among the zones") as error:
        town(zone=1, home=2)
    assert error.value.where == "residents, row 0, column nil"
    with pytest.raises(InputError, match="the value is missing"):
        town(zone=1, home=np.nan)


def test_what_a_csv_makes_of_ids_is_said(tmp_path: Any) -> None:
    city = town(places=["001", "002"])
    path = tmp_path / "times.csv"
    q15.travel_times(city, **ASK).to_csv(path, index=False)
    text = pd.read_csv(path, dtype={"place_id": str})
    assert len(q15.coverage(city, times=text, **ASK))
    with pytest.raises(InputError, match=r"column place_id: it holds whole numbers \(1\).*'001'"):
        q15.coverage(city, times=pd.read_csv(path), **ASK)
    numbered = town(places=[1, 2])
    q15.travel_times(numbered, **ASK).to_csv(path, index=False)
    assert len(q15.coverage(numbered, times=pd.read_csv(path), **ASK))


def test_a_coverage_read_from_a_file_is_joined_or_refused(tmp_path: Any) -> None:
    city = town(zone="01")
    path = tmp_path / "cover.csv"
    q15.coverage(city, **ASK).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"cover, column zone_id: it holds whole numbers \(1\)"):
        q15.find_gaps(city, pd.read_csv(path), groups="residents")
    text = pd.read_csv(path, dtype={"zone_id": str})
    assert len(q15.find_gaps(city, text, groups="residents")) == 1
    with pytest.raises(InputError, match="zone 09 is not among the zones nil"):
        q15.find_gaps(city, text.assign(zone_id="09"), groups="residents")


def test_closed_places_are_named_by_the_type_of_their_id() -> None:
    city = town(places=["1", "2"])
    assert set(q15.travel_times(city, closed=["1"], **ASK)["place_id"]) == {"2"}
    with pytest.raises(InputError, match=r"closed: it holds whole numbers \(1\), and the places"):
        q15.travel_times(city, closed=[1], **ASK)
    with pytest.raises(UnknownNameError, match="unknown place '3'"):
        q15.travel_times(city, closed=["3"], **ASK)


def test_an_id_of_a_list_names_nothing() -> None:
    toy = draw_city("A--B")
    places = gpd.GeoDataFrame(toy.places.assign(id=[["a"]]))
    with pytest.raises(InputError, match="places, row 0: the id is a list"):
        q15.city_of_streets(toy.streets, places=places)


# --- ids that a program wrote otherwise

WORD = st.text("abcXYZ019", min_size=1, max_size=6).filter(lambda text: text.strip("0"))
CHANGES = st.lists(
    st.sampled_from(
        [
            ("leading zeros", lambda text: f"00{text}"),
            ("capitals", str.swapcase),
            ("blanks", lambda text: f"{text[:1]} {text[1:]}"),
        ]
    ),
    unique_by=lambda change: change[0],
)


@given(words=st.lists(WORD, min_size=1, max_size=5), changes=CHANGES)
def test_ids_find_what_a_program_made_of_them(words: list[str], changes: list[Any]) -> None:
    words = list({word.casefold().lstrip("0"): word for word in words}.values())
    there = []
    for word in words:
        changed = word
        for _, change in changes:
            changed = change(changed)
        there.append(changed)
    pairs = ids.spelt_otherwise(words, there)
    expected = [(one, other) for one, other in zip(words, there, strict=True) if one != other]
    assert [pair[:2] for pair in pairs] == expected
    for pair in pairs:
        assert set(pair.differs_in.split(", ")) <= {what for what, _ in changes}


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        (["0101"], ["101"], "leading zeros"),
        (["42"], ["42.0"], "a decimal point"),
        (["42"], ["42,00"], "a decimal point"),
        (["Nord 1"], ["NORD1"], "blanks, capitals"),
        # What may be two zones is told as neither.
        (["101", "0101"], ["00101"], None),
        (["101"], ["0101", "00101"], None),
        (["101"], ["102"], None),
        (["0"], ["00"], "leading zeros"),
        ([101], [102], None),
    ],
)
def test_what_two_spellings_differ_in(here: list[Any], there: list[Any], said: str | None) -> None:
    pairs = ids.spelt_otherwise(here, there)
    assert [pair.differs_in for pair in pairs] == ([] if said is None else [said])

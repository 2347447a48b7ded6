"""Law: no pair within the minutes is missed, nor one that may be, wherever its places stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.co_location import co_located
from quartieri15.errors import InputError, ParameterError
from tests.analysis.line_town import WALK, at, line_town, minutes_between, place_lists
from tests.ascii_city import CRS

if TYPE_CHECKING:
    from quartieri15.model.city import City

SOMEONE = [(1000.0, 0, 10)]


@settings(max_examples=30)
@given(place_lists, st.lists(st.sampled_from([0.0, 90.0, 700.0, None]), min_size=5))
def test_it_agrees_with_a_plain_count(places: list[float], metres: list[float | None]) -> None:
    vague = metres[: len(places)]
    town = line_town(places, SOMEONE, location_uncertainty_m=vague)
    found = co_located(town, minutes=5, **WALK)
    expected = {}
    for i in range(len(places)):
        for j in range(i + 1, len(places)):
            minutes = minutes_between(places[i], places[j])
            least = minutes_between(
                0, max(0, abs(places[i] - places[j]) - (vague[i] or 0) - (vague[j] or 0))
            )
            if least <= 5 + 1e-9:
                expected[f"h{i}", f"h{j}"] = (minutes, least)
    told = found.set_index(["place_id", "other_id"])
    assert set(told.index) == set(expected)
    for pair, (minutes, least) in expected.items():
        assert told.loc[pair, "minutes"] == pytest.approx(minutes)
        assert told.loc[pair, "minutes_least"] == pytest.approx(least)
        assert told.loc[pair, "within"] == (minutes <= 5 + 1e-9)
    assert found["minutes"].is_monotonic_increasing


def test_one_address_and_one_building_are_told_where_they_are_known() -> None:
    outline = gpd.GeoDataFrame(
        {"area_m2": [100.0, 100.0]}, geometry=[at(1000).buffer(9), at(1100).buffer(9)], crs=CRS
    )
    town = line_town(
        [1000, 1005, 1100, 1060],
        SOMEONE,
        address=["Via Zante 36", "Via Zante 36", "Via Zante 40", "Via Zante"],
        location_precision=["civic", "civic", "civic", "street"],
    )
    town = type(town)(
        town.name, town.streets, town.places, town.zones, town.residents, {}, buildings=outline
    )
    found = co_located(town, **WALK).set_index(["place_id", "other_id"])
    assert found.loc[("h0", "h1"), "same_address"]
    assert not found.loc[("h0", "h2"), "same_address"]
    assert found.loc[("h0", "h3"), "same_address"] is pd.NA
    assert found.loc[("h0", "h1"), "same_building"]
    assert not found.loc[("h1", "h2"), "same_building"]
    assert found.loc[("h0", "h3"), "same_building"] is pd.NA


def test_one_address_stays_a_pair_however_far_the_positions_are() -> None:
    town = line_town([0, 3000], SOMEONE, address=["Via Zante 36"] * 2)
    found = co_located(town, **WALK)
    assert found[["within", "same_address"]].to_numpy().tolist() == [[False, True]]
    assert found["same_building"].isna().all()


def test_a_place_without_a_position_is_told_and_not_paired() -> None:
    found = co_located(line_town([0, None, 100], SOMEONE), **WALK)
    assert found[["place_id", "other_id"]].to_numpy().tolist() == [["h0", "h2"]]
    assert found.attrs["provenance"]["places_left_out"] == {"h1": "no_position"}
    assert co_located(line_town([0, None], SOMEONE, address="Via Zante 36"), **WALK).empty


def test_what_makes_no_sense_is_refused() -> None:
    town = line_town([0, 100], SOMEONE, location_uncertainty_m=[5.0, -5.0])
    with pytest.raises(InputError, match=r"row 1, column location_uncertainty_m: -5\.0 is below 0"):
        co_located(town, **WALK)
    with pytest.raises(ParameterError, match="minutes is 0"):
        co_located(town, minutes=0, **WALK)


def test_the_four_names_of_both_networks_are_pairs_in_milano(milano: City) -> None:
    """The deck lists Porta Vigentina, Sant'Uguzzone, Saponaro and Cassina Anna in both networks."""
    found = co_located(milano, **WALK)
    twins = found[found["place"] == found["other"]]
    assert set(twins["place"]) == {"Porta Vigentina", "Sant'Uguzzone", "Saponaro", "Cassina Anna"}
    assert twins.set_index("place")["within"].to_dict() == {
        "Porta Vigentina": True,
        "Cassina Anna": True,
        "Sant'Uguzzone": True,
        # Nobody knows its number; via Saponaro is long enough for both.
        "Saponaro": False,
    }
    assert found["within"].sum() == 5

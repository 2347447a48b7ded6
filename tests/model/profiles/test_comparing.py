"""Profiles side by side say where they differ, and what no tag tells is counted, not hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from tests.ascii_city import draw_streets

if TYPE_CHECKING:
    from quartieri15.model.city import City


def test_a_comparison_holds_every_parameter_and_its_source() -> None:
    mine = profiles.WALK_75.with_(speed_kmh=2.5, slope="tobler")
    table = profiles.compare("walk_75", mine, "step_free")
    assert list(table.columns) == ["walk_75", mine.name, "step_free", "differs", "method"]
    assert table.loc["speed_kmh"].tolist()[:4] == [3.2, 2.5, 2.8, True]
    assert table.loc["mode", "differs"] is False or not table.loc["mode", "differs"]
    assert table.loc["source", mine.name] == "speed chosen by the user"
    assert "Tobler 1993" in table.loc["slope", "method"]
    for parameter in ("refusals", "steps_factor", "crossing_wide_road_s", "max_grade"):
        assert table.loc[parameter, "method"]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ParameterError, match="nothing to compare"):
        profiles.compare("walk_75")
    with pytest.raises(ParameterError, match="two profiles are called 'walk_75'"):
        profiles.compare("walk_75", profiles.WALK_75.with_(label_en="another"))
    with pytest.raises(UnknownNameError, match="did you mean walk_75"):
        profiles.compare("walk_75", "wolk_75")
    with pytest.raises(ParameterError, match=r"\['walk_75'\] is neither a name nor a profile"):
        profiles.compare("walk_75", ["walk_75"])
    with pytest.raises(ParameterError, match=r"a list is no network.*give city\.streets"):
        profiles.unknown_km([], "walk_75")


def test_unknown_kilometres_are_those_that_no_tag_tells() -> None:
    """10 m each: stairs, asphalt, setts, a slope of 10 %, nothing known; and one not walked."""
    streets = draw_streets("A==B--C--D--E--F--G", cell=10 / 3)
    streets.edges["length_m"] = 10.0
    streets.edges["surface"] = [None, "asphalt", "sett", None, None, None]
    streets.edges["grade"] = [None, None, None, 0.1, None, None]
    streets.edges["foot"] = [True] * 5 + [False]
    table = profiles.unknown_km(streets, "step_free").set_index("attribute")
    metres = (table[["refused_km", "unknown_km"]] * 1000).round(9)
    assert metres.loc["steps"].tolist() == [10, 0]
    assert metres.loc["rough_surfaces"].tolist() == [10, 30]
    assert metres.loc["raised_kerbs"].tolist() == [0, 50]
    assert metres.loc["grade"].tolist() == [10, 40]
    assert table.loc["grade", "unknown_edges"] == 4
    assert table.loc["grade", "unknown_share"] == pytest.approx(0.8)
    assert profiles.unknown_km(streets, "walk_75").empty


def test_stress_is_known_where_the_way_is_apart_or_the_table_tells() -> None:
    streets = draw_streets("A--B--C--D", cell=5)
    streets.edges["stress"] = [3.0, None, None]
    streets.edges["cycle_facility"] = ["none", "track", "none"]
    row = profiles.unknown_km(streets, "bike_low_stress").iloc[0]
    assert (row["refused_km"] * 1000, row["unknown_km"] * 1000) == pytest.approx((15, 15))


def test_milano_says_that_it_knows_of_stairs_alone(milano: City) -> None:
    table = profiles.unknown_km(milano.streets, "step_free").set_index("attribute")
    assert table.loc["steps", "refused_km"] == pytest.approx(21.6, abs=0.1)
    untold = ["raised_kerbs", "rough_surfaces", "wheelchair", "grade"]
    assert table.loc[untold, "unknown_share"].tolist() == pytest.approx([1] * 4)

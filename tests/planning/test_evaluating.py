"""What is told of many scenarios is what coverage tells of each changed city, to the last bit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.planning.edits import ClosePlace
from quartieri15.planning.evaluating import evaluate
from quartieri15.planning.scenario import Scenario
from tests.planning.toy_town import town
from tests.reach.test_derived_cities import TRAVELLERS, edited
from tests.reach.towns import towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

TOWN = town()


def assert_told(told: pd.DataFrame, before: City, after: dict[str, City], **asked: Any) -> None:
    """Compare every figure with coverage of the city before, and of each one after."""
    old = coverage(before, to="houses", **asked)
    assert told["scenario"].drop_duplicates().tolist() == list(after)
    for name, city in after.items():
        rows = told[told["scenario"] == name].reset_index(drop=True)
        new = coverage(city, to="houses", **asked)
        for column in ("zone_id", "zone", "group"):
            assert rows[column].tolist() == new[column].tolist()
        for when, table in (("before", old), ("after", new)):
            for column in ("population", "covered", "share"):
                assert np.array_equal(rows[f"{column}_{when}"], table[column], equal_nan=True)
        assert np.array_equal(rows["difference"], new["covered"] - old["covered"])


@settings(max_examples=40)
@given(data=st.data(), before=towns(), profile=st.sampled_from(TRAVELLERS))
def test_figures_are_those_of_coverage(data: Any, before: City, profile: Any) -> None:
    after = {
        f"change {number}": edited(data.draw, before)
        for number in range(data.draw(st.integers(1, 5)))
    }
    asked = {"profile": profile, "minutes": data.draw(st.sampled_from([1, 3, 10])), "by": "city"}
    if all(can_be_told(city, asked) for city in (before, *after.values())):
        assert_told(evaluate(before, after, **asked), before, after, **asked)
    else:
        with pytest.raises(InputError):
            evaluate(before, after, **asked)


def can_be_told(city: City, asked: dict[str, Any]) -> bool:
    """Tell whether coverage has an answer: a traveller may find no street, or no place."""
    try:
        coverage(city, to="houses", **asked)
    except InputError:
        return False
    return True


def changed(city: City, number: int) -> City:
    """Open or close a house, or calm or close ten edges, by chance."""
    chance = np.random.default_rng(number)
    if number % 2:
        edges = chance.choice(len(city.streets.edges), 10, replace=False)
        calm = {"maxspeed_kmh": 30.0, "stress": 1.0, "cycle_facility": "track"}
        values = {"foot": False} if number % 3 else calm
        return city.with_(streets=city.streets.with_edge_values(pd.DataFrame(values, index=edges)))
    if chance.integers(2):
        return city.with_(places=city.places.drop(index=chance.choice(city.houses.index)))
    at = city.residents.geometry.iloc[int(chance.integers(len(city.residents)))]
    new = city.houses.iloc[[0]].assign(
        id="new", geometry=gpd.GeoSeries([at], city.houses.index[:1])
    )
    return city.with_(places=pd.concat([city.places, new.set_crs(city.crs)], ignore_index=True))


def test_figures_of_thirty_chance_changes_of_milano_are_those_of_coverage(milano: City) -> None:
    after = {f"change {number}": changed(milano, number) for number in range(30)}
    told = evaluate(milano, after, profile="walk_75", by="nil")
    assert_told(told, milano, after, profile="walk_75", by="nil")
    assert (told.groupby("scenario")["difference"].sum() != 0).sum() > 10


def test_each_scenario_is_applied_to_the_city_as_it_is() -> None:
    near = Scenario("without alfa", (ClosePlace("alfa"),))
    far = Scenario("without beta", (ClosePlace("beta"),))
    both = evaluate(TOWN, [near, far], profile="walk_75", minutes=3)
    for one in (near, far):
        alone = evaluate(TOWN, one, profile="walk_75", minutes=3)
        rows = both[both["scenario"] == one.name].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, alone)
    assert both.attrs["provenance"]["scenarios"] == 2


def test_it_is_told_which_scenario_is_asked() -> None:
    said: list[str] = []
    evaluate(TOWN, {"same": TOWN}, profile="walk_75", progress=said.append)
    assert said == ["scenario 1 of 1, same"]


def test_a_scenario_that_cannot_be_applied_is_named() -> None:
    lost = Scenario("close what is not there", (ClosePlace("Omega"),))
    with pytest.raises(InputError, match="scenario 'close what is not there'"):
        evaluate(TOWN, [lost], profile="walk_75")


def test_a_city_with_other_zones_is_refused() -> None:
    other = SimpleNamespace(name="other", apply=_with_other_zones)
    with pytest.raises(InputError, match="not that of the city"):
        evaluate(TOWN, [other], profile="walk_75", by="nil")


def _with_other_zones(city: City) -> City:
    zones = city.zones["nil"].assign(id=city.zones["nil"]["id"] + 1)
    people = city.residents.assign(nil=city.residents["nil"] + 1)
    return city.with_(zones={**city.zones, "nil": zones}, residents=people)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"scenarios": []}, ParameterError),
        ({"scenarios": TOWN}, ParameterError),
        ({"by": "place"}, ParameterError),
        ({"by": "parish"}, UnknownNameError),
        ({"to": "schools"}, UnknownNameError),
        ({"minutes": 0}, ParameterError),
        ({"groups": "cats"}, UnknownNameError),
        ({"progress": 3}, ParameterError),
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(TOWN, **({"scenarios": {"same": TOWN}, "profile": "walk_75"} | asked))

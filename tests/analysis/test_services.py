"""Law: every service within the minutes of a house is told, and the nearest is the nearest."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.services import REASONS, service_times
from quartieri15.errors import InputError, ParameterError, Quartieri15Error, UnknownNameError
from quartieri15.reach.times import travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city

CELL = 50
TOWN = draw_city(
    """
    A--->B----C
    |    |    ^
    |    |    |
    D----E----F
    """,
    cell=CELL,
    places={"first": (4, 1), "second": (14, 1), "third": (9, 4)},
)
KINDS = ["library", "pharmacy", "school"]


def services_at(spots, kinds, **columns):
    x, y = ORIGIN
    return gpd.GeoDataFrame(
        {
            "id": [f"s{i}" for i in range(len(spots))],
            "name": [f"Service {i}" for i in range(len(spots))],
            "kind": kinds,
            "network": "city",
        }
        | columns,
        geometry=gpd.points_from_xy(
            [x + column * CELL for column, _ in spots], [y - row * CELL for _, row in spots]
        ),
        crs=CRS,
    )


spots = st.lists(st.tuples(st.integers(4, 14), st.integers(0, 5)), min_size=1, max_size=5)


@settings(max_examples=30)
@given(data=st.data(), spots=spots, minutes=st.floats(1, 20))
@pytest.mark.parametrize("profile", ["walk_75", "bike_adult"])
def test_times_are_those_of_one_house_and_one_service_at_a_time(data, spots, minutes, profile):
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=len(spots), max_size=len(spots)))
    services = services_at(spots, kinds)
    found = service_times(TOWN, services=services, profile=profile, minutes=minutes)
    one_by_one = {
        service: travel_times(TOWN, to=services.iloc[[i]], profile=profile, origins=TOWN.houses)[
            "minutes"
        ].tolist()
        for i, service in enumerate(services["id"])
    }
    houses = TOWN.houses["id"].tolist()
    expected = {
        (house, service): times[h]
        for h, house in enumerate(houses)
        for service, times in one_by_one.items()
        if times[h] * 60 <= minutes * 60 + 1e-6
    }
    told = {(row.place_id, row.service_id): row.minutes for row in found.pairs.itertuples()}
    assert told == pytest.approx(expected, abs=1e-6)
    assert (found.pairs["minutes"] <= minutes).all()
    assert len(found.by_kind) == len(houses) * len(set(kinds))
    for row in found.by_kind.itertuples():
        own = {
            service: one_by_one[service][houses.index(row.place_id)]
            for service, kind in zip(services["id"], kinds, strict=True)
            if kind == row.kind and not math.isnan(one_by_one[service][houses.index(row.place_id)])
        }
        assert row.within == sum(
            (row.place_id, service) in told
            for service in services["id"][services["kind"] == row.kind]
        )
        if own:
            assert row.nearest_minutes == pytest.approx(min(own.values()), abs=1e-6)
            assert own[row.nearest_id] == pytest.approx(row.nearest_minutes, abs=1e-6)
            assert row.reason == ""
        else:
            assert row.nearest_id is None
            assert row.reason == "unreachable"


def test_people_go_from_the_house_to_the_service():
    # By bicycle B is two cells past A, and the way back is around the block.
    services = services_at([(9, 0)], ["library"])
    house = services_at([(4, 0)], ["house"])
    there = service_times(TOWN, places=house, services=services, profile="bike_adult", minutes=60)
    back = service_times(TOWN, places=services, services=house, profile="bike_adult", minutes=60)
    assert there.pairs["minutes"][0] < back.pairs["minutes"][0]


def test_what_cannot_be_used_is_told_with_the_reason():
    houses = TOWN.houses.copy()
    houses.loc[houses.index[0], "geometry"] = None
    services = services_at(
        [(4, 0), (9, 0), (14, 0)],
        ["library", "library", "school"],
        entrance_steps=[True, None, True],
    )
    found = service_times(
        TOWN.with_(places=houses, services=services), profile="step_free", minutes=30
    )
    told = found.by_kind.set_index(["place_id", "kind"])
    assert told.loc[("first", "library"), "reason"] == "no_position"
    assert pd.isna(told.loc[("first", "library"), "within"])
    assert told.loc[("second", "school"), "reason"] == "unreachable"
    assert told.loc[("second", "library"), "nearest_id"] == "s1"
    provenance = found.pairs.attrs["provenance"]
    assert provenance["places_left_out"] == {"first": "no_position"}
    assert provenance["services_left_out"] == dict.fromkeys(["s0", "s2"], "steps_at_entrance")
    assert set(found.by_kind["reason"]) <= {"", *REASONS}
    missing = found.by_kind["nearest_minutes"].isna()
    assert (missing == (found.by_kind["reason"] != "")).all()


@pytest.mark.parametrize(
    "kinds", [["library", None], ["library", math.nan], pd.Categorical(["library", None])]
)
@pytest.mark.parametrize("column", ["name", "kind", "network"])
def test_a_missing_kind_is_refused_with_its_row(column, kinds):
    services = services_at([(4, 0), (9, 0)], KINDS[:2]).assign(**{column: kinds})
    services.index = ["here", "there"]
    with pytest.raises(
        InputError, match=f"services, row there, column {column}: the value is missing"
    ):
        service_times(TOWN, services=services, profile="walk_75")
    places = services.set_axis([5, 5])
    with pytest.raises(InputError, match=f"places, row 1, column {column}: the value is missing"):
        service_times(TOWN, places=places, services="houses", profile="walk_75")


def test_services_are_named_one_by_one_or_together():
    services = services_at([(4, 0), (9, 0), (14, 0)], KINDS)
    town = TOWN.with_(services=services)
    every = service_times(town, profile="walk_75").by_kind
    assert sorted(every["kind"].unique()) == KINDS
    some = service_times(town, services=["library", "school", "houses"], profile="walk_75").by_kind
    assert sorted(some["kind"].unique()) == ["ex_csrc", "library", "school"]
    bare = services[["id", "geometry"]]
    assert set(service_times(TOWN, services=bare, profile="walk_75").pairs["kind"]) == {"service"}


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"services": []}, ParameterError, "names no services"),
        ({"services": None}, Quartieri15Error, "services"),
        ({"services": 3}, Quartieri15Error, "services"),
        ({"services": "library"}, UnknownNameError, "unknown set of places 'library'"),
        ({"services": TOWN.residents.to_crs(4326)}, InputError, "services"),
        ({"services": TOWN.zones["nil"]}, InputError, "Polygon"),
        (
            {"services": services_at([(4, 0)], ["x"]).drop(columns="geometry")},
            InputError,
            "DataFrame",
        ),
        ({"services": services_at([(4, 0)] * 2, ["x"] * 2, id=["a", "a"])}, InputError, "twice"),
        ({"services": services_at([], [])}, InputError, "there is no place"),
        ({"places": "schools"}, UnknownNameError, "schools"),
        ({"places": None}, InputError, "places"),
        ({"minutes": 0}, ParameterError, "minutes is 0"),
        ({"minutes": None}, ParameterError, "minutes is None"),
        ({"profile": "wolk"}, UnknownNameError, "wolk"),
    ],
)
def test_what_makes_no_sense_is_refused(options, error, said):
    given_ = {"services": services_at([(4, 0)], ["library"]), "profile": "walk_75"} | options
    with pytest.raises(error, match=said):
        service_times(TOWN, **given_)

"""Law: no choice of addresses breaks the bounds of a quarter, and some choice reaches each."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.quarters import REASONS, quarters_reached
from quartieri15.editions.loading import load_quarters
from quartieri15.errors import InputError, ParameterError, Quartieri15Error, UnknownNameError
from tests.ascii_city import CRS, ORIGIN, draw_city

CELL = 100
STREET = "A---------------------B"


def town(people, apart=2.0):
    """A house at the west end of a street, and homes of some people every few cells along it."""
    return draw_city(
        STREET,
        cell=CELL,
        places={"house": (0, 0)},
        people={(apart * i, 0.0): float(count) for i, count in enumerate(people)},
    )


def quarter(people, shape=None, **columns):
    x, y = ORIGIN
    point = shapely.Point(x + 10 * CELL, y)
    return gpd.GeoDataFrame(
        {"id": ["Q"], "name": ["Quarter"], "residents": [people]} | columns,
        geometry=[point if shape is None else shape],
        crs=CRS,
    )


def along(first, last):
    x, y = ORIGIN
    return shapely.box(x + first * CELL, y - 50, x + last * CELL, y + 50)


def asked(city, quarters, **options):
    given_ = {"to": "houses", "profile": "walk_75", "groups": "residents"} | options
    return quarters_reached(city, quarters, **given_)


@settings(max_examples=40)
@given(people=st.lists(st.integers(0, 2), min_size=1, max_size=6), data=st.data())
def test_bounds_are_those_of_every_choice_of_addresses(people, data):
    total = sum(people)
    if not total:
        return
    tenants = data.draw(st.integers(0, total))
    city = town(people, apart=4.0)
    row = asked(city, quarter(tenants)).iloc[0]
    # 15 minutes at 3.2 km/h are 800 m: three homes.
    within = [i <= 2 for i in range(len(people))]
    # Who of each address is of the quarter, in all ways that make up its number.
    counts = {
        sum(n for n, near in zip(choice, within, strict=True) if near)
        for choice in itertools.product(*(range(count + 1) for count in people))
        if sum(choice) == tenants
    }
    assert row["people_low"] == pytest.approx(min(counts))
    assert row["people_high"] == pytest.approx(max(counts))
    assert min(counts) - 1e-9 <= row["people_expected"] <= max(counts) + 1e-9
    nearby = sum(n for n, near in zip(people, within, strict=True) if near)
    assert row["within"] == (
        "all" if nearby == total else "nobody" if not nearby else "not_decided"
    )
    assert row["reason"] == ""


def test_the_area_is_the_outline_or_the_circle_or_the_zone():
    city = town([10] * 8)
    zone = asked(city, quarter(20)).iloc[0]
    assert (zone["area"], zone["zone_id"], zone["zone"]) == ("zone", 1, "Centro")
    assert zone["population"] == 80
    circle = asked(city, quarter(20), within_m=250).iloc[0]
    assert (circle["area"], circle["population"], circle["covered"]) == ("circle", 30, 10)
    assert (circle["people_low"], circle["people_high"]) == (0, 10)
    outline = asked(city, quarter(20, along(3, 9)), within_m=250).iloc[0]
    assert (outline["area"], outline["population"], outline["covered"]) == ("outline", 30, 30)
    assert (outline["people_low"], outline["people_high"], outline["within"]) == (20, 20, "all")
    # From the point itself: 1 km and 600 m at 3.2 km/h.
    assert zone["point_minutes"] == circle["point_minutes"] == pytest.approx(18.75)
    assert not zone["point_within"]
    assert outline["point_minutes"] == pytest.approx(11.25)
    assert outline["point_within"]


def test_a_zone_is_stated_or_found_and_counted_as_coverage_counts_it():
    city = town([10, 20, 30, 40, 50, 60, 70, 80])
    found = asked(city, quarter(20), groups=None)
    stated = asked(city, quarter(20, nil=1), groups=["residents"])
    assert found["group"].tolist() == ["residents"]
    assert stated.drop(columns="reason").equals(found.drop(columns="reason"))
    counted = coverage(city, to="houses", profile="walk_75", groups="residents").iloc[0]
    for column in ("population", "covered", "uncovered", "share", "median_minutes"):
        assert found[column].iloc[0] == counted[column]


def test_what_is_not_known_has_its_reason():
    city = town([10] * 4)
    cases = {
        "people_not_known": quarter(np.nan),
        "more_people_than_in_the_area": quarter(41),
        "no_population": quarter(5, along(0.5, 1.5)),
    }
    for reason, quarters in cases.items():
        row = asked(city, quarters).iloc[0]
        assert row["reason"] == reason
        assert np.isnan(row[["people_low", "people_expected", "people_high"]].astype(float)).all()
    assert set(cases) <= set(REASONS)


@pytest.mark.parametrize(
    ("quarters", "options", "error", "said"),
    [
        (quarter(5).drop(columns="geometry"), {}, InputError, "without geometry"),
        (quarter(5).to_crs(4326), {}, InputError, "quarters: coordinates are in EPSG:4326"),
        (quarter(5).iloc[:0], {}, InputError, "there is no quarter"),
        (quarter(-5), {}, InputError, r"quarters, row 0, column residents: -5.0 is below 0"),
        (quarter("many"), {}, InputError, "'many' is not a number"),
        (quarter(5), {"groups": "over65"}, InputError, "column over65 is missing"),
        (quarter(5), {"groups": "tenants"}, UnknownNameError, "unknown group 'tenants'"),
        (quarter(5), {"groups": []}, ParameterError, "names no group"),
        (
            quarter(5).drop(columns="residents"),
            {"groups": None},
            InputError,
            "no column of a group",
        ),
        (quarter(5, nil=9), {}, UnknownNameError, "quarters, Q, column nil: unknown zone '9'"),
        (quarter(5, shapely.Point(ORIGIN[0], ORIGIN[1] + 400)), {}, InputError, "no zone of nil"),
        (quarter(5, shapely.Point(0, 0)), {}, InputError, "quarters, row 0"),
        (quarter(5, shapely.LineString([(0, 0), (1, 1)])), {}, InputError, "not a Point"),
        (quarter(5), {"within_m": 0}, ParameterError, "within_m is 0"),
        (quarter(5), {"within_m": "far"}, ParameterError, "within_m is 'far'"),
        (quarter(5), {"by": "city"}, UnknownNameError, "unknown set of zones 'city'"),
        (quarter(5), {"minutes": -1}, ParameterError, "minutes is -1"),
        (quarter(5), {"to": "schools"}, UnknownNameError, "schools"),
        ("erp", {}, Quartieri15Error, "quarters"),
    ],
)
def test_what_makes_no_sense_is_refused(quarters, options, error, said):
    with pytest.raises(error, match=said):
        asked(town([10] * 4), quarters, **options)


def test_two_quarters_of_one_id_are_refused():
    two = quarter(5).loc[[0, 0]].reset_index(drop=True)
    with pytest.raises(InputError, match="'Q' stands twice"):
        asked(town([10]), two)


def test_the_quarters_of_milano_are_as_aler_states_them():
    quarters = load_quarters()
    # Progetto C.A.S.A.: tenants, and the share of people over 65 in percent.
    assert quarters.set_index("name")["residents"].to_dict() == {
        "Molise Calvairate": 2531,
        "Mazzini": 3347,
        "Gratosoglio": 7386,
        "San Siro": 5189,
    }
    assert (quarters["over65"] / quarters["residents"]).round(2).tolist() == [
        0.35,
        0.28,
        0.33,
        0.34,
    ]

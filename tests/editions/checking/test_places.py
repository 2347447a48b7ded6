"""Law: a place that may stand twice, or not where it says, is told; one beside others is not."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions.checking.addresses import check_addresses
from quartieri15.editions.checking.places import check_inside, check_places, check_stated_zones
from tests.ascii_city import CRS, ORIGIN
from tests.planning.named_town import named_town

X, Y = ORIGIN
TOWN = "A---B---C"


def places(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    told = [
        {"id": f"P{n}", "name": f"Casa {'ABCDEF'[n]}{'xyzwvu'[n] * 4}", "kind": "ex_cam"} | row
        for n, row in enumerate(rows)
    ]
    at = [row.pop("at", (1000.0 * n, 0.0)) for n, row in enumerate(told)]
    shapes = [
        None if xy is None else shapely.Point(X + xy[0] + 0.37, Y + xy[1] + 0.41) for xy in at
    ]
    return gpd.GeoDataFrame(pd.DataFrame(told), geometry=shapes, crs=CRS)


def told(*rows: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one.rule, one.severity, one.row) for one in check_places(places(*rows), file="places")]


def test_places_of_their_own_are_well() -> None:
    assert told({}, {}, {"at": (60, 0)}) == []


def test_names_alike_and_near() -> None:
    one = {"name": "Sant'Uguzzone"}
    twice = {"name": "SANT UGUZZONE", "at": (100, 0)}
    assert told(one, twice) == [("places.near_duplicate", "warning", "P1")]
    assert told(one, twice | {"at": (200, 0)}) == []
    assert told(one, twice | {"kind": "ex_csrc"}) == [("places.near_duplicate", "note", "P1")]
    assert told({"name": "Scuola 1"}, {"name": "Scuola 2", "at": (100, 0)}) == []


def test_of_many_alike_each_is_told_once_with_the_nearest() -> None:
    (first, second) = check_places(
        places(
            {"name": "Crociera", "at": (0, 0)},
            {"name": "Crociera", "at": (100, 0)},
            {"name": "Crociera", "at": (120, 0)},
        ),
        file="places",
    )
    assert (first.row, second.row) == ("P1", "P2")
    assert "is 20 m from 'Crociera' (ex_cam, P1)" in second.problem


def test_one_address_twice() -> None:
    one, two = {"address": "Via Zante, 36"}, {"address": "via Zante 36"}
    assert told(one, two) == [("places.same_address", "warning", "P1")]
    assert told(one, two | {"kind": "wemi"}) == [("places.same_address", "note", "P1")]
    assert told(one, {"address": "Via Zante 38"}) == []
    assert told({"address": "Via Zante"}, {"address": "Via Zante"}) == []


def test_one_point_for_several_addresses() -> None:
    one, two = {"address": "Via A 1", "at": (0, 0)}, {"address": "Via B 2", "at": (0, 0)}
    assert told(one, two) == [("places.same_point", "warning", "P1")]
    assert told(one, two | {"at": (2, 0)}) == []


def test_no_position() -> None:
    assert told({"at": None}) == [("places.without_position", "warning", "P0")]


def test_a_precision_that_cannot_be() -> None:
    civic = {"location_precision": "civic", "address": "Via Zante 36"}
    assert told(civic) == []
    assert told(civic | {"address": "Via Zante"}) == [("places.precision", "warning", "P0")]
    coarse = gpd.GeoSeries([shapely.Point(9.19, 45.464)], crs=GEOGRAPHIC).to_crs(CRS).iloc[0]
    table = places(civic).set_geometry([coarse], crs=CRS)
    (found,) = check_places(table, file="places")
    assert (found.rule, found.column) == ("places.precision", "location_precision")
    assert list(check_places(table.assign(location_precision="street"), file="places")) == []


def test_a_second_source_far_off() -> None:
    assert told({"location_contradiction_m": 244.0}) == [("places.contradicted", "warning", "P0")]
    assert told({"location_contradiction_m": 99.0}) == []


def test_what_no_source_confirms_is_told_in_one_line() -> None:
    table = places(
        {"confidence": "unverified"}, {"confidence": "one source"}, {"confidence": "unverified"}
    )
    (found,) = check_places(table, file="places")
    assert (found.rule, found.severity) == ("places.unverified", "warning")
    assert "2 of 3 places: P0, P2" in found.problem


def test_hours_that_cannot_be_read() -> None:
    assert told({"opening_hours": "lunedì 9-12"}) == [("places.hours", "error", "P0")]
    assert told({"opening_hours": "Mo 09:00-12:00"}, {"opening_hours": None}) == []


def zones() -> gpd.GeoDataFrame:
    shapes = [
        shapely.box(X, Y - 500, X + 500, Y + 500),
        shapely.box(X + 500, Y - 500, X + 1000, Y + 500),
    ]
    return gpd.GeoDataFrame({"id": [1, 2], "name": ["A", "B"]}, geometry=shapes, crs=CRS)


def test_a_place_in_another_zone_than_it_states() -> None:
    table = places({"at": (600, 0), "zone": 1}, {"at": (700, 0), "zone": 2})
    asked = {"column": "zone", "file": "places", "zones_file": "zones"}
    (found,) = check_stated_zones(table, zones(), **asked)
    assert (found.rule, found.severity, found.row) == ("places.other_zone", "error", "P0")
    assert "lies 100 m from it, in zone 2" in found.problem
    (found,) = check_stated_zones(table.assign(location_uncertainty_m=150.0), zones(), **asked)
    assert found.severity == "warning"


def test_a_place_outside_the_city() -> None:
    (found,) = check_inside(
        places({"at": (1300, 0)}, {"at": (10, 0)}, {"at": None}), zones(), file="p"
    )
    assert (found.rule, found.row) == ("places.outside", "P0")
    assert "300 m outside" in found.problem


def test_addresses_are_found_where_their_places_stand() -> None:
    town = named_town(
        TOWN,
        {"Via Zante": "AB BC"},
        cell=50,
        addresses={"Via Zante 1": (1, 0), "Via Zante 9": (7, 0)},
    )
    table = places(
        {"at": (60, 0), "address": "via Zante 1"},
        {"at": (60, 0), "address": "via Zante 9"},
        {"at": (60, 0), "address": "via Zante 5"},
        {"at": (60, 0), "address": "via Corfù 5"},
        {"at": (60, 0), "address": "via Corfù (civic unknown)", "location_precision": "street"},
    )
    table["location_precision"] = table["location_precision"].fillna("civic")
    found = list(check_addresses(table, town, file="places"))
    assert [(one.rule, one.row) for one in found] == [
        ("addresses.far", "P1"),
        ("addresses.not_found", "P2"),
        ("addresses.not_found", "P3"),
    ]
    assert "it stands 290 m from Via Zante 9" in found[0].problem
    assert list(check_addresses(table.drop(columns="address"), town, file="places")) == []
    # A position that a list states is held against an address that is known, and only then.
    found = list(check_addresses(table.assign(location_precision="point"), town, file="places"))
    assert [(one.rule, one.row) for one in found] == [("addresses.far", "P1")]

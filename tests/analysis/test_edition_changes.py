"""Every difference between two editions is told, and nothing where there is none."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.edition_changes import edition_changes
from quartieri15.errors import ParameterError
from quartieri15.model.city import City
from tests.ascii_city import draw_city

DRAWING = "A" + "-" * 15 + "B"


@pytest.fixture
def before() -> City:
    return with_addresses(town())


def town(*, drawing: str = DRAWING, **places: tuple[float, float]) -> City:
    return draw_city(
        drawing,
        cell=100,
        places=places or {"west": (0, 0), "east": (16, 0)},
        people={(1, 0): 200.0, (8, 0): 400.0, (16, 0): 600.0},
    )


def with_addresses(city: City, *rows: tuple[int, float, bool]) -> City:
    rows = rows or ((1, 0.0, True), (2, 10.0, True), (3, 20.0, False))
    ids, xs, residential = zip(*rows, strict=True)
    east, north = city.residents.geometry.iloc[0].coords[0]
    addresses = gpd.GeoDataFrame(
        {
            "id": list(ids),
            "street": "Via Uno",
            "number": [str(number) for number in ids],
            "residential": list(residential),
            "register_street": "UNO",
        },
        geometry=[shapely.Point(east + x, north) for x in xs],
        crs=city.streets.crs,
    )
    return city.with_(addresses=addresses)


def test_the_same_edition_has_no_changes(before) -> None:
    changes = edition_changes(before, before)
    assert not len(changes.places)
    assert not len(changes.zones)
    assert not changes.people["change"].any()
    assert not changes.streets["change_km"].any()
    counts = changes.addresses.set_index("what")["count"]
    assert counts[["before", "after", "added", "gone", "moved"]].tolist() == [3, 3, 0, 0, 0]
    assert json.loads(json.dumps(changes.to_dict())) == changes.to_dict()


def test_people_are_those_of_the_two_tables(before) -> None:
    more = before.residents.assign(over65=before.residents["over65"] * 1.5)
    changes = edition_changes(before, before.with_(residents=more))
    row = changes.people.set_index("group").loc["over65"]
    assert row[["before", "after", "change"]].tolist() == [120, 180, 60]
    assert row["share"] == pytest.approx(0.5)
    assert not changes.people.set_index("group").loc["residents", "change"]


def test_places_that_came_went_moved_or_were_renamed(before) -> None:
    after = with_addresses(town(west=(0, 0), north=(4, 0)))
    changes = edition_changes(before, after).places.set_index("id")
    names = before.places.set_index("id")["name"]
    gone = names.index.difference(after.places["id"])
    assert changes.loc[gone, "what"].tolist() == ["gone"]
    assert sorted(changes["what"]) == ["added", "gone"]
    places = before.places.copy()
    places.loc[0, "name"] = "Another"
    places.loc[1, "geometry"] = shapely.affinity.translate(places.geometry[1], 3, 4)
    changed = edition_changes(before, before.with_(places=places)).places
    assert changed["what"].tolist() == ["changed"] * 2
    assert changed["moved_m"].tolist() == [0.0, 5.0]
    assert changed["columns"].iloc[0] == "name"
    assert changed["name"].iloc[0] == "Another"


def test_addresses_are_counted_by_their_id(before) -> None:
    after = with_addresses(before, (1, 0.0, False), (2, 12.0, True), (4, 20.0, True))
    changes = edition_changes(before, after)
    assert changes.addresses.set_index("what")["count"].to_dict() == {
        "before": 3,
        "after": 3,
        "added": 1,
        "gone": 1,
        "moved": 1,
        "residential before": 2,
        "residential after": 2,
        "residential now": 0,
        "no longer residential": 1,
    }


def test_addresses_that_do_not_tell_who_lives_there_are_counted_all_the_same(before) -> None:
    plain = before.with_(addresses=before.addresses.drop(columns="residential"))
    for one, other in ((plain, before), (before, plain)):
        counts = edition_changes(one, other).addresses
        assert counts["what"].tolist() == ["before", "after", "added", "gone", "moved"]


def test_zones_that_came_went_or_changed(before) -> None:
    nil = before.zones["nil"]
    renamed = nil.assign(name="Nuovo")
    changes = edition_changes(before, before.with_(zones={**before.zones, "nil": renamed}))
    assert changes.zones[["zones", "name", "what"]].to_numpy().tolist() == [
        ["nil", "Nuovo", f"renamed, was {nil['name'].iloc[0]}"]
    ]
    larger = nil.assign(area_km2=nil["area_km2"] + 0.5)
    changes = edition_changes(before, before.with_(zones={**before.zones, "nil": larger}))
    assert changes.zones["what"].tolist() == ["of another area"]
    without = {name: table for name, table in before.zones.items() if name != "municipi"}
    changes = edition_changes(before, before.with_(zones=without))
    assert changes.zones[["zones", "what"]].to_numpy().tolist() == [["municipi", "gone"]]


def test_streets_and_coverage_are_those_of_each_edition(before) -> None:
    after = with_addresses(town(drawing="A" + "-" * 7 + "B", west=(0, 0)))
    changes = edition_changes(before, after)
    by_class = changes.streets[changes.streets["by"] == "highway"]
    assert by_class[["km_before", "km_after"]].sum().tolist() == [
        pytest.approx(city.streets.length_km, abs=1e-3) for city in (before, after)
    ]
    asked = {"to": "houses", "profile": "walk_75", "minutes": 15, "by": "city"}
    for side, city in (("before", before), ("after", after)):
        expected = coverage(city, **asked).set_index("group")
        found = changes.coverage.set_index("group")
        for name in ("covered", "population", "share"):
            pd.testing.assert_series_equal(
                found[f"{name}_{side}"], expected[name], check_names=False
            )


def test_a_lane_that_is_new_is_told(before) -> None:
    edges = before.streets.edges
    kinds = edges["cycle_facility"].cat.add_categories(
        [kind for kind in ("lane",) if kind not in edges["cycle_facility"].cat.categories]
    )
    lanes = edges.assign(cycle_facility=kinds)
    lanes["cycle_facility"] = "lane"
    lanes["cycle_facility"] = lanes["cycle_facility"].astype(kinds.dtype)
    after = before.with_(streets=dataclasses.replace(before.streets, edges=lanes))
    streets = edition_changes(before, after).streets
    row = streets[(streets["by"] == "cycle_facility") & (streets["class"] == "lane")]
    assert row["change_km"].item() == pytest.approx(before.streets.length_km, abs=1e-3)


def test_two_cities_are_not_compared(before) -> None:
    other = City(
        **{
            **{f: getattr(before, f) for f in ("streets", "places", "zones")},
            "residents": before.residents,
            "name": "other",
        }
    )
    with pytest.raises(ParameterError, match="are two cities"):
        edition_changes(before, other)
    for wrong in (None, "milano", before.places):
        with pytest.raises(ParameterError):
            edition_changes(before, wrong)

"""Who gains and who loses is counted address by address, and the parts add up in every row."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import pickle
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.planning.compare import compare
from quartieri15.reach.times import travel_times
from tests.planning.towns import (
    Scenario,
    at,
    changed_house,
    moved_house,
    street,
    with_house,
    without_house,
)
from tests.reach.towns import point, table, towns

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City
    from quartieri15.planning.comparison import Comparison

# Houses in the west and in the east; people at 10 (in reach of the west), 30 (of none), 60 (of
# the east) and 79 cells (of the east: 15 cells, 375 m, exactly on time).
TOWN = street({"west": 4, "east": 64}, {10: 100.0, 30: 40.0, 60: 30.0, 79: 20.0})
ASKED: dict[str, Any] = {"profile": "walk_adult", "minutes": 5, "groups": "residents", "draws": 0}


def asked(city: City, scenarios: Any, **changes: Any) -> Comparison:
    return compare(city, scenarios, **(ASKED | changes))


def one(found: Comparison, **where: Any) -> pd.Series:
    rows = found.summary if "area" in where else found.table
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_house_that_moves_takes_from_some_and_gives_to_others() -> None:
    """From 64 to 40 cells: those at 30 come in (250 m), those at 60 and 79 fall out."""
    found = asked(TOWN, Scenario("move", lambda c: moved_house(c, "east", 40)), by=["nil", "city"])
    west, east, whole = (
        one(found, by=by, zone=zone)
        for by, zone in (("nil", "West"), ("nil", "East"), ("city", "toy"))
    )
    assert (west["gained"], west["lost"], west["difference"]) == (40, 0, 40)
    assert (east["gained"], east["lost"], east["difference"]) == (0, 50, -50)
    assert (whole["gained"], whole["lost"], whole["difference"]) == (40, 50, -10)
    assert (whole["covered_before"], whole["covered_after"]) == (150, 140)
    assert (whole["share_before"], whole["share_after"]) == (150 / 190, 140 / 190)
    addresses = found.addresses.set_index("id")
    assert addresses["change"].to_dict() == {
        "r1": "newly_covered",
        "r2": "no_longer_covered",
        "r3": "no_longer_covered",
    }
    assert addresses["place_before"].tolist() == ["west", "east", "east"]
    assert addresses.loc["r1", "place_after"] == "east"
    # 26 cells to the west house before, 10 to the moved one after: 16 cells at 75 m a minute.
    assert addresses.loc["r1", "minutes_saved"] == pytest.approx(16 * 25 / 75)
    assert addresses.geometry.iloc[0].equals(at(30))
    assert found.addresses.crs == TOWN.crs


def test_minutes_saved_are_told_as_a_distribution_of_people() -> None:
    found = asked(TOWN, Scenario("move", lambda c: moved_house(c, "east", 40)), areas="nil")
    row = one(found, area="toy")
    saved = np.array([0, 16, 4 - 20, 15 - 39]) * 25 / 75
    people = np.array([100, 40, 30, 20])
    assert row["minutes_saved_mean"] == pytest.approx((saved * people).sum() / 190)
    assert (row["people_same"], row["people_quicker"], row["people_slower"]) == (100, 40, 50)
    # Of the 90 whose time changes 20 lose 8 minutes, 30 lose 5.33, 40 save 5.33.
    assert [row[f"minutes_saved_p{p}"] for p in (10, 50, 90)] == pytest.approx(
        [saved[3], saved[2], saved[1]]
    )
    classes = found.minutes_saved[found.minutes_saved["area"] == "toy"].set_index(
        ["from_minutes", "to_minutes"]
    )["people"]
    assert classes[classes > 0].to_dict() == {
        (-10.0, -5.0): 50.0,
        (0.0, 0.0): 100.0,
        (5.0, 10.0): 40.0,
    }
    assert found.minutes_saved.groupby("area")["people"].sum().to_dict() == {
        "toy": 190.0,
        "West": 140.0,
        "East": 50.0,
    }
    assert one(found, area="West")["gained"] == 40


def test_places_are_compared_too() -> None:
    def change(city: City) -> City:
        city = changed_house(
            with_house(city, "new", 30), "west", capacity=50.0, entrance_steps=False
        )
        return without_house(city, "east")

    found = asked(TOWN, Scenario("much", change), minutes=[5, 10])
    places = found.places[found.places["minutes"] == 5].set_index("place_id")
    assert places["change"].to_dict() == {"west": "changed", "east": "closed", "new": "opened"}
    assert places.loc["west", "facts"] == "capacity, entrance_steps"
    assert places["covered_before"].to_dict() == {"west": 100, "east": 50, "new": 0}
    assert places["covered_after"].to_dict() == {"west": 100, "east": 0, "new": 40}
    assert places["exclusive_after"].to_dict() == {"west": 100, "east": 0, "new": 40}
    assert places["nearest_after"].to_dict() == {"west": 100, "east": 0, "new": 90}
    assert places.loc["west", "nearest_per_capacity_after"] == 2
    assert math.isnan(places.loc["west", "nearest_per_capacity_before"])
    told = coverage(change(TOWN), to="houses", profile="walk_adult", minutes=10, by="place")
    told = told[told["group"] == "residents"].set_index("zone_id")
    ten = found.places[found.places["minutes"] == 10].set_index("place_id")
    for column in ("covered", "nearest", "exclusive"):
        for place in ("west", "new"):
            assert ten.loc[place, f"{column}_after"] == told.loc[place, column]
    assert found.place_changes["place_id"].tolist() == ["west", "east", "new"]


def test_those_who_come_and_leave_are_counted_apart() -> None:
    """50 more at 10 cells, 10 fewer at 60; 7 new ones at 5 cells, all of 79 gone."""

    def change(city: City) -> City:
        people = city.residents.copy()
        counts = [group for group in city.groups if group != "residents"]
        people.loc[0, "residents"], people.loc[2, "residents"] = 150.0, 20.0
        new = people.iloc[[0]].assign(id="new", residents=7.0, **dict.fromkeys(counts, 0.0))
        new.geometry = [at(5)]
        return moved_house(city, "east", 40).with_(
            residents=pd.concat([people.iloc[:3], new], ignore_index=True)
        )

    found = asked(TOWN, Scenario("estate", change), by="city")
    row = found.table.iloc[0]
    assert (row["population_before"], row["population_after"]) == (190, 217)
    # Of the 30 at 60 cells 20 stay, and lose their house.
    assert (row["gained"], row["lost"], row["difference"]) == (40, 20, 20)
    assert (row["covered_before"], row["covered_after"]) == (150, 197)
    # 50 and 7 come where they are covered, 10 and 20 leave from where they were.
    assert row["covered_by_population_change"] == 57 - 30
    assert row["population_change"] == 27


def test_several_scenarios_are_ranked_and_the_best_bargains_told() -> None:
    found = asked(
        TOWN,
        [
            Scenario("30", lambda c: with_house(c, "new", 30), cost_eur=400.0),
            Scenario("dear", lambda c: with_house(c, "new", 31), cost_eur=500.0),
            Scenario("none", lambda c: with_house(c, "new", 10), cost_eur=1.0),
            Scenario("unpriced", lambda c: moved_house(c, "east", 40), date=dt.date(2026, 12, 31)),
        ],
    )
    table = found.summary.set_index("scenario")
    assert found.scenarios == ("30", "dear", "none", "unpriced")
    assert table["rank"].to_dict() == {"30": 1, "dear": 2, "none": 3, "unpriced": 4}
    assert table["on_pareto_front"].dtype == "boolean"
    assert table["on_pareto_front"].astype(object).tolist() == [True, False, False, pd.NA]
    assert table.loc["30", "cost_per_newly_covered_eur"] == 10
    assert table.loc[["none", "unpriced"], "cost_per_newly_covered_eur"].isna().all()
    assert table.loc["unpriced", "date"] == dt.date(2026, 12, 31)
    assert found.effects.columns.tolist() == ["scenario", "edit"]


def test_hours_not_known_are_counted_once_as_closed_and_once_as_open() -> None:
    town = changed_house(TOWN, "west", opening_hours="Mo-Fr 09:00-19:00")
    change = Scenario(
        "saturdays", lambda c: changed_house(c, "west", opening_hours="Mo-Sa 09:00-19:00")
    )
    found = asked(town, change, at=["Sat 16:00", "Mon 10:00"])
    table = found.summary.set_index(["at", "unknown_hours"])
    assert table["covered_before"].tolist() == [0, 50, 100, 150]
    assert table["covered_after"].tolist() == [100, 150, 100, 150]
    assert table["gained"].tolist() == [100, 100, 0, 0]
    assert found.hours.set_index("at").loc["Sat 16:00"].drop("scenario").to_dict() == {
        "known_open_before": 0,
        "known_closed_before": 1,
        "unknown_before": 1,
        "known_open_after": 1,
        "known_closed_after": 0,
        "unknown_after": 1,
    }
    assert found.summary.loc[0, "people_newly_reaching"] == 190


def test_several_travellers_and_thresholds_stand_in_one_table() -> None:
    found = asked(
        TOWN,
        Scenario("move", lambda c: moved_house(c, "east", 40)),
        profile=["walk_adult", profiles.BIKE_ADULT],
        minutes=(5, 10),
        groups=["over65", "residents"],
        by=["nil", "municipi"],
    )
    question = ["by", "zone_id", "group", "profile", "minutes"]
    assert not found.table.duplicated(question).any()
    assert len(found.table) == 3 * 2 * 2 * 2
    rows = found.table[found.table["profile"] == "walk_adult"]
    told = coverage(TOWN, to="houses", profile="walk_adult", minutes=10, by="nil")
    told = told[told["group"].isin(["over65", "residents"])].set_index(["zone_id", "group"])
    ten = rows[(rows["minutes"] == 10) & (rows["by"] == "nil")].set_index(["zone_id", "group"])
    np.testing.assert_array_equal(ten["covered_before"], told.loc[ten.index, "covered"])
    np.testing.assert_array_equal(
        ten["median_minutes_before"], told.loc[ten.index, "median_minutes"]
    )


def test_the_last_house_may_close_and_the_first_may_open() -> None:
    alone = without_house(TOWN, "west")
    closed = asked(alone, Scenario("end", lambda c: without_house(c, "east")))
    assert one(closed, area="toy")["lost"] == 50
    assert one(closed, area="toy")["people_no_longer_reaching"] == 190
    assert closed.addresses["minutes_after"].isna().all()
    empty = without_house(alone, "east")
    opened = asked(empty, Scenario("first", lambda c: with_house(c, "new", 30)))
    assert one(opened, area="toy")["gained"] == 40
    assert opened.addresses["change"].value_counts().to_dict() == {"quicker": 3, "newly_covered": 1}


def test_steps_at_the_entrance_keep_out_whoever_takes_none() -> None:
    """At 2.8 km/h one gets 233 m in five minutes: nine cells, and those at 60 are four away."""
    steps = TOWN.with_(places=TOWN.places.assign(entrance_steps=[True, True]))
    ramp = Scenario("ramp", lambda c: changed_house(c, "east", entrance_steps=False))
    found = asked(steps, ramp, profile=["step_free", "walk_adult"])
    gained = found.summary.set_index("profile")["gained"]
    assert gained.to_dict() == {"step_free": 30, "walk_adult": 0}
    unknown = changed_house(steps, "east", entrance_steps=None)
    assert not len(asked(unknown, ramp, profile="step_free").addresses)


def test_a_table_of_places_is_the_same_before_and_after() -> None:
    there = TOWN.houses.iloc[:1]
    found = asked(TOWN, {"same": TOWN}, to=there)
    assert one(found, area="toy")["covered_after"] == 100
    with pytest.raises(InputError, match=r"it changes place 'east'.*to='houses'"):
        asked(TOWN, Scenario("move", lambda c: moved_house(c, "east", 40)), to=there)


def oracle(city: City, after: City, limit: float) -> dict[str, float]:
    """Count with nothing but Python: minutes by address, then one address after the other."""
    was, then = (
        dict(
            zip(
                side.residents["id"],
                travel_times(side, to="houses", profile="walk_adult")["minutes"],
                strict=True,
            )
        )
        for side in (city, after)
    )
    found = dict.fromkeys(("gained", "lost", "covered_before", "covered_after"), 0.0)
    for name, people in zip(city.residents["id"], city.residents["residents"], strict=True):
        before = not math.isnan(was[name]) and was[name] * 60 <= limit * 60 + 1e-6
        now = not math.isnan(then[name]) and then[name] * 60 <= limit * 60 + 1e-6
        found["covered_before"] += people * before
        found["covered_after"] += people * now
        found["gained"] += people * (now and not before)
        found["lost"] += people * (before and not now)
    return found


@st.composite
def changes(draw: Any) -> tuple[City, City]:
    """Draw a town, and the same with its houses elsewhere."""
    town = draw(towns())
    houses = draw(st.lists(point(town.streets.edges), min_size=1, max_size=5))
    places = table(houses, "h").assign(network="houses", kind="ex_csrc", hosts_wemi=False)
    names = {"name": places["id"].to_numpy()}
    before = town.with_(places=town.places.assign(name=town.places["id"]))
    return before, before.with_(places=places.assign(**names))


@settings(max_examples=20)
@given(changes(), st.sampled_from([0.5, 1.0, 5.0]))
def test_it_agrees_with_a_plain_count_and_its_inverse_turns_it_round(
    change: tuple[City, City], limit: float
) -> None:
    before, after = change
    question = {"minutes": limit, "by": "city"}
    row = asked(before, {"there": after}, **question).table.iloc[0]
    back = asked(after, {"back": before}, **question).table.iloc[0]
    expected = oracle(before, after, limit)
    for column, value in expected.items():
        assert row[column] == pytest.approx(value, abs=1e-9)
    assert (row["gained"], row["lost"]) == (back["lost"], back["gained"])
    assert row["difference"] == row["gained"] - row["lost"]
    assert row["covered_after"] - row["covered_before"] == pytest.approx(row["difference"])


@settings(max_examples=20)
@given(changes())
def test_opening_never_harms_and_closing_never_helps(change: tuple[City, City]) -> None:
    before, other = change
    both = pd.concat([before.places, other.places.assign(id="n" + other.places["id"])])
    more = before.with_(places=both.reset_index(drop=True))
    question = {"minutes": 1, "by": "city", "draws": 4}
    opened = asked(before, {"open": more}, **question)
    assert opened.table["lost"].tolist() == [0]
    assert opened.table["low"].ge(0).all()
    assert not opened.addresses["change"].isin(["slower", "no_longer_covered"]).any()
    closed = asked(more, {"close": before}, **question)
    assert closed.table["gained"].tolist() == [0]
    assert closed.table["high"].le(0).all()
    assert closed.table["probability_of_gain"].tolist() == [0]


def test_an_empty_scenario_changes_nothing_at_all() -> None:
    found = asked(
        TOWN,
        {"same": TOWN, "copied": TOWN.with_(places=TOWN.places.copy())},
        draws=20,
        by=["nil", "city"],
    )
    assert (found.table[["gained", "lost", "difference", "low", "high"]] == 0).all(axis=None)
    assert (found.table["probability_of_gain"] == 0).all()
    assert not len(found.addresses)
    assert not len(found.place_changes)
    assert (found.street_changes["difference_m"] == 0).all()
    assert (found.summary["minutes_saved_mean"] == 0).all()


def test_streets_are_compared_by_their_metres() -> None:
    edges = TOWN.streets.edges
    after = TOWN.with_(
        streets=TOWN.streets.with_edge_values(
            pd.DataFrame({"cycle_facility": "track", "foot": False}, index=edges.index)
        )
    )
    metres = asked(TOWN, {"track": TOWN}).street_changes.set_index("measure")
    assert metres.loc["walkable", "before_m"] == 2000
    changed = asked(after, {"back": TOWN}, profile="bike_adult").street_changes
    changed = changed.set_index("measure")["difference_m"]
    assert changed[["walkable", "cycle_track", "rideable"]].tolist() == [2000, -2000, 0]


def test_zones_that_the_residents_do_not_name_and_drawn_areas_take_the_points_inside() -> None:
    area = gpd.GeoDataFrame(
        {"id": ["x"], "name": ["Middle"]}, geometry=[at(45).buffer(20 * 25)], crs=TOWN.crs
    )
    found = asked(TOWN, Scenario("move", lambda c: moved_house(c, "east", 40)), areas=area)
    row = one(found, area="Middle")
    assert (row["population_before"], row["gained"], row["lost"]) == (70, 40, 30)


def test_every_table_tells_where_it_comes_from() -> None:
    found = asked(TOWN, Scenario("move", lambda c: moved_house(c, "east", 40)), draws=4, seed=3)
    for name in ("table", "summary", "addresses", "places", "minutes_saved"):
        told = getattr(found, name).attrs["provenance"]
        assert told["scenarios"] == ["move"]
        assert (told["draws"], told["seed"]) == (4, 3)
        assert told["vintages"] == {"streets": "drawn"}
    assert told["drawn"]["residents"] is None
    assert "Comparison(1 scenarios: move" in repr(found)
    assert "<table" in found._repr_html_()


def test_every_table_can_be_written_and_read_again(tmp_path: Path) -> None:
    def change(city: City) -> City:
        city = changed_house(with_house(city, "new", 30), "west", capacity=9.0, entrance_steps=True)
        return moved_house(city, "east", 40)

    area = gpd.GeoDataFrame({"id": ["x"], "name": ["X"]}, geometry=[at(45).buffer(9)], crs=TOWN.crs)
    plan = Scenario("Plan", change, date=dt.date(2026, 12, 31), cost_eur=5.0)
    found = asked(TOWN, [plan, Scenario("none", lambda c: c)], at="Sat 10:00", areas=area, draws=3)
    for field in dataclasses.fields(found):
        written = getattr(found, field.name)
        if field.name == "provenance":
            assert json.loads(json.dumps(written, allow_nan=False)) == written
            continue
        path = tmp_path / f"{field.name}.parquet"
        written.to_parquet(path)
        read = gpd.read_parquet if isinstance(written, gpd.GeoDataFrame) else pd.read_parquet
        assert len(read(path)) == len(written)
        assert list(read(path).columns) == list(written.columns)
        assert written.to_csv()
        pickle.loads(pickle.dumps(written))  # noqa: S301


def test_a_place_without_a_position_may_go_and_the_others_keep_their_names() -> None:
    lost = with_house(TOWN, "lost", 30)
    places = pd.concat([lost.places.iloc[2:], lost.places.iloc[:2]], ignore_index=True)
    places.loc[0, "geometry"] = None
    lost = lost.with_(places=places)
    found = asked(lost, {"gone": TOWN})
    assert not len(found.addresses)
    told = found.places.set_index("place_id")
    assert told["change"].to_dict() == {
        "lost": "closed",
        "west": "unchanged",
        "east": "unchanged",
    }
    assert told["nearest_after"].to_dict() == {"lost": 0, "west": 140, "east": 50}


class Wrong:
    name = "wrong"

    def __init__(self, **told: Any) -> None:
        self.__dict__.update(told)

    def apply(self, city: City) -> City:
        return city


@pytest.mark.parametrize(
    ("scenarios", "error", "said"),
    [
        ([], ParameterError, "there is no scenario"),
        ({}, ParameterError, "there is no scenario"),
        (TOWN, ParameterError, "give it one: {'what is changed': city}"),
        (None, ParameterError, "None is no scenario"),
        ("plan.yaml", ParameterError, "'plan.yaml' is no scenario"),
        (pd.Series([1.0], name="a"), ParameterError, "is no scenario"),
        ([Wrong(), Wrong()], ParameterError, "two scenarios are called 'wrong'"),
        (Wrong(name=" "), ParameterError, "name of a scenario"),
        ({3: TOWN}, ParameterError, "name of a scenario"),
        (Wrong(cost_eur=-1), ParameterError, "scenario 'wrong': cost_eur is -1"),
        (Wrong(cost_eur=math.nan), ParameterError, "cost_eur is nan"),
        (Wrong(cost_eur="1000"), ParameterError, "cost_eur is '1000'"),
        (Wrong(date="2026"), ParameterError, "date is '2026'"),
        (Wrong(apply=lambda _: None), InputError, "scenario 'wrong': it makes None of the city"),
        (Wrong(effects=lambda _: 3), InputError, "its effects are 3"),
    ],
)
def test_what_is_no_scenario_is_refused(scenarios: Any, error: type, said: str) -> None:
    with pytest.raises(error) as raised:
        asked(TOWN, scenarios)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"minutes": 0}, ParameterError, "minutes is 0"),
        ({"minutes": [5, None]}, ParameterError, "minutes is None"),
        ({"minutes": []}, ParameterError, "minutes is empty"),
        ({"profile": "wolk_adult"}, UnknownNameError, "walk_adult"),
        (
            {"profile": ["walk_75", profiles.WALK_65.with_(name="walk_75x"), "walk_75x"]},
            UnknownNameError,
            "walk_75",
        ),
        ({"groups": "over_65"}, UnknownNameError, "over65"),
        ({"by": "nils"}, UnknownNameError, "nil"),
        ({"by": "place"}, ParameterError, "read .places"),
        ({"to": "house"}, UnknownNameError, "houses"),
        ({"at": "saturday"}, ParameterError, "at: 'saturday' is no time"),
        ({"draws": -1}, ParameterError, "draws is -1"),
        ({"draws": 2.5}, ParameterError, "draws is 2.5"),
        ({"seed": -1}, ParameterError, "seed is -1"),
        ({"uncertain": "place"}, UnknownNameError, "pace"),
        ({"paces": "paces_65"}, UnknownNameError, "paces_65plus"),
        ({"paces": "paces_65plus", "profile": "bike_adult"}, ParameterError, "goes by bike"),
        ({"areas": "nils"}, UnknownNameError, "nil"),
        ({"areas": TOWN.places}, InputError, "areas"),
        ({"progress": 3}, ParameterError, "progress is 3"),
    ],
)
def test_senseless_questions_are_refused(changed: dict[str, Any], error: type, said: str) -> None:
    with pytest.raises(error) as raised:
        asked(TOWN, {"same": TOWN}, **changed)
    assert said in str(raised.value)


def test_cities_that_cannot_be_compared_are_refused() -> None:
    other = TOWN.zones | {"nil": TOWN.zones["nil"].iloc[:1]}
    people = TOWN.residents[TOWN.residents["nil"] == 1]
    fewer = TOWN.with_(zones=other, residents=people)
    with pytest.raises(InputError, match="scenario 'less': its zones 'nil' are not those"):
        asked(TOWN, {"less": fewer})
    with pytest.raises(InputError, match="scenario 'less': it has no zones 'nil' any more"):
        asked(TOWN, {"less": TOWN.with_(zones={"municipi": TOWN.zones["municipi"]})})
    with pytest.raises(InputError, match="its residents have no column over65"):
        asked(
            TOWN,
            {"less": TOWN.with_(residents=TOWN.residents.drop(columns=["over65", "over65_alone"]))},
            groups=["residents", "over65"],
        )
    moved = TOWN.with_(
        streets=type(TOWN.streets).from_tables(
            TOWN.streets.nodes.set_crs(32633, allow_override=True),
            TOWN.streets.edges.set_crs(32633, allow_override=True),
        ),
        places=TOWN.places.set_crs(32633, allow_override=True),
        residents=TOWN.residents.set_crs(32633, allow_override=True),
        zones={k: z.set_crs(32633, allow_override=True) for k, z in TOWN.zones.items()},
    )
    with pytest.raises(InputError, match="scenario 'away': its city is in"):
        asked(TOWN, {"away": moved})
    with pytest.raises(ParameterError, match="no city"):
        asked(3, {"same": TOWN})


def test_what_a_scenario_raises_comes_through_and_progress_is_told() -> None:
    def refuse(city: City) -> City:
        raise InputError("no such street", where=city.name)

    with pytest.raises(InputError, match="no such street"):
        asked(TOWN, Scenario("broken", refuse))
    steps: list[str] = []
    asked(TOWN, Scenario("move", lambda c: moved_house(c, "east", 40)), progress=steps.append)
    assert steps == [
        "applying move",
        "walk_adult: whatever the hours",
        "walk_adult: place by place",
    ]


@pytest.fixture(scope="module")
def milanese(milano: City) -> Comparison:
    """Close Zante, move it 600 m east, and open a house 2.5 km south of it."""
    places = milano.places
    zante = places[places["id"] == "CSRC-10"]
    moved = places.copy()
    moved.loc[zante.index, "geometry"] = zante.translate(600, 0)
    new = zante.assign(id="NEW", name="New", location_uncertainty_m=math.nan)
    new = new.set_geometry(new.translate(0, -2500))
    rested = changed_house(milano, "CSRC-10", opening_hours="Mo-Fr 09:00-19:00", capacity=120.0)
    return compare(
        milano,
        [
            Scenario("close", lambda c: c.with_(places=places[places["id"] != "CSRC-10"])),
            Scenario("move", lambda c: c.with_(places=moved)),
            Scenario("open", lambda c: c.with_(places=pd.concat([places, new], ignore_index=True))),
            Scenario("hours", lambda _: rested),
        ],
        profile="walk_75",
        groups=["residents", "over65"],
        by=["nil", "municipi", "city"],
        areas="target_areas",
        draws=16,
    )


def test_milano_adds_up_at_every_level(milanese: Comparison) -> None:
    table = milanese.table
    columns = ["population_before", "covered_before", "covered_after", "gained", "lost"]
    whole, *parts = (
        table[table["by"] == by].groupby(["scenario", "group"])[columns].sum()
        for by in ("city", "nil", "municipi")
    )
    for part in parts:
        np.testing.assert_allclose(part, whole, rtol=0, atol=1e-6)
    change = table["covered_after"] - table["covered_before"]
    np.testing.assert_allclose(change, table["gained"] - table["lost"], rtol=0, atol=1e-6)
    counts = milanese.addresses.groupby(["scenario", "change"])["over65"].sum()
    told = milanese.summary[milanese.summary["area"] == "milano"].set_index(["scenario", "group"])
    assert counts["close", "no_longer_covered"] == pytest.approx(
        told.loc[("close", "over65"), "lost"]
    )
    assert counts["open", "newly_covered"] == pytest.approx(told.loc[("open", "over65"), "gained"])


def test_milano_without_zante(milanese: Comparison) -> None:
    """1,619 people over 65 have no other house in time at 3.2 km/h; nearly all in the one area."""
    told = milanese.summary.set_index(["scenario", "area", "group"])
    city = told.loc[("close", "milano", "over65")]
    area = told.loc[("close", "Forlanini-Salomone", "over65")]
    assert city["lost"] == pytest.approx(1618.96, abs=0.01)
    assert area["lost"] == pytest.approx(city["lost"], rel=0.01)
    assert city["gained"] == 0
    assert city["low"] < -1619 < city["high"] < 0
    moved = told.loc[("move", "milano", "over65")]
    assert 0 < moved["gained"] < moved["lost"]
    assert told.loc[("open", "milano", "over65"), "probability_of_gain"] == 1
    hours = told.loc["hours"]
    assert (hours[["gained", "lost", "low", "high", "probability_of_gain"]] == 0).all(axis=None)
    assert milanese.place_changes["change"].tolist() == ["closed", "moved", "opened", "changed"]

"""Laws: edits are made in their order, all or none, and nothing that was given is changed; a
scenario and its inverse give back the same bytes; independent edits commute; no edit changes
nothing in silence; what is told of a scenario is what it did."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import quartieri15 as q15
from quartieri15.errors import (
    AmbiguousNameError,
    InputError,
    ParameterError,
    Quartieri15Error,
    UnknownNameError,
)
from quartieri15.planning.edits import (
    AddResidents,
    AddStreet,
    CalmTraffic,
    ChangePlace,
    ChangeStreets,
    ClosePlace,
    CloseStreet,
    CycleTrack,
    Edit,
    MergePlaces,
    MovePlace,
    OpenPlace,
    ProjectResidents,
    RemoveBarrier,
)
from quartieri15.planning.scenario import Assumption, Scenario, combined
from tests.planning.toy_town import assert_same_tables, at, line, town

if TYPE_CHECKING:
    from quartieri15.model.city import City

CITY = town(oneway=True)
NOTHING = {"may_change_nothing": True}

# Edits that touch different rows or columns, so that each pair of them is independent.
APART: tuple[Edit, ...] = (
    OpenPlace("Delta", at=at(4, 1)),
    ClosePlace("alfa"),
    MovePlace("beta", at=at(5, 3)),
    ChangePlace("gamma", capacity=80, opening_hours="Mo-Fr 09:00-19:00", entrance_steps=True),
    CycleTrack("via media"),
    CalmTraffic("via alta", maxspeed_kmh=30),
    CloseStreet("via ponente", start="via alta", end="via media"),
    AddStreet("path", line=line((4.5, 2), (4.5, 4)), name="Passaggio"),
    AddStreet("bridge", line=line((1, 4), (1, 0)), frontage=False),
    RemoveBarrier(at=at(3, 5), within_m=60),
    AddResidents(40, at=at(1, 1), over65=10),
)
ANY = (
    *APART,
    CycleTrack("via bassa", facility="lane", **NOTHING),
    CycleTrack("via media", facility="lane", **NOTHING),
    CalmTraffic("via media", maxspeed_kmh=20, **NOTHING),
    ChangeStreets("via alta", highway="pedestrian", **NOTHING),
    ChangeStreets("via media", oneway="no", **NOTHING),
    CloseStreet("via centrale", mode="bicycle", **NOTHING),
    AddResidents(10, zone="Centro"),
    ProjectResidents(2030, totals={"residents": 200, "over65": 25}, **NOTHING),
    AddStreet("street", line=line((-0.1, 1), (6.1, 1)), name="Via Nuova"),
    MergePlaces(["gamma"], into="beta", **NOTHING),
)


def minutes(city: City, profile: str = "walk_75") -> pd.Series:
    times = q15.travel_times(city, to="houses", profile=profile)
    return times["minutes"].fillna(np.inf)


def copied(city: City) -> City:
    """The same tables, none of them shared."""
    streets = city.streets
    return dataclasses.replace(
        city,
        streets=dataclasses.replace(
            streets,
            nodes=streets.nodes.copy(),
            edges=streets.edges.copy(),
            barriers=streets.barriers.copy(),
        ),
        places=city.places.copy(),
        zones={key: table.copy() for key, table in city.zones.items()},
        residents=city.residents.copy(),
        provenance=dict(city.provenance),
    )


def test_an_empty_scenario_is_the_same_city() -> None:
    assert Scenario("nothing").apply(CITY) is CITY
    assert Scenario("nothing").effects(CITY).empty
    assert Scenario("nothing").preview(CITY).empty


@given(st.lists(st.sampled_from(ANY), max_size=5, unique_by=id))
@settings(max_examples=20)
def test_a_scenario_and_its_inverse_give_the_same_bytes_and_change_nothing(
    edits: list[Edit],
) -> None:
    before = copied(CITY)
    scenario = Scenario("some", edits)
    try:
        after = scenario.apply(CITY)
    except Quartieri15Error:
        assert_same_tables(CITY, before)
        return
    back = scenario.inverse(CITY).apply(after)
    assert_same_tables(CITY, before)
    assert_same_tables(back, before)
    assert minutes(back).equals(minutes(before))


@pytest.mark.parametrize("edit", ANY, ids=repr)
def test_each_kind_of_edit_is_taken_back_also_in_a_copy_of_the_city(edit: Edit) -> None:
    scenario = Scenario("one", [dataclasses.replace(edit, may_change_nothing=True)])
    done = scenario.resolve(CITY)
    assert_same_tables(scenario.inverse(CITY).apply(copied(done.city)), CITY)


@given(st.lists(st.sampled_from(ANY), min_size=1, max_size=3, unique_by=id))
@settings(max_examples=16)
def test_an_edited_city_answers_as_one_made_anew_of_its_tables(edits: list[Edit]) -> None:
    minutes(CITY)  # what is prepared for a city is handed on to one that is made of it
    try:
        after = Scenario("some", edits).apply(CITY)
    except Quartieri15Error:
        return
    anew = copied(after)
    for profile in ("walk_75", "bike_adult", "step_free"):
        assert minutes(after, profile).equals(minutes(anew, profile))


def test_what_is_not_as_it_was_left_is_not_taken_back() -> None:
    capacity = Scenario("room", [ChangePlace("gamma", capacity=80)])
    after = capacity.apply(CITY)
    other = Scenario("more", [ChangePlace("gamma", capacity=90)]).apply(after)
    with pytest.raises(InputError, match=r"90\.0 stands where 70\.0 is expected"):
        Scenario("less", [ChangePlace("gamma", capacity=70)]).inverse(after).apply(other)


def canonical(city: City) -> dict[str, Any]:
    """Tables without the numbers that edges and nodes happen to have, sorted by what they hold."""
    streets = city.streets
    edges = pd.DataFrame(streets.edges.drop(columns=["u", "v", "geometry"])).astype(object)
    edges["wkt"] = shapely.to_wkt(streets.edges.geometry.to_numpy(), rounding_precision=9)
    tables = {"edges": edges.reset_index(drop=True)}
    for name in ("places", "residents"):
        table = pd.DataFrame(getattr(city, name)).astype(object)
        table["geometry"] = [shapely.to_wkt(one) for one in getattr(city, name).geometry]
        tables[name] = table.reset_index(drop=True)[sorted(table.columns)]
    return {
        name: sorted(map(repr, table.where(table.notna(), None).to_dict("records")))
        for name, table in tables.items()
    }


@given(st.permutations(range(len(APART))), st.integers(1, 4))
@settings(max_examples=10)
def test_independent_edits_commute(order: list[int], number: int) -> None:
    chosen = order[:number]
    one = Scenario("so", [APART[i] for i in chosen]).apply(CITY)
    other = Scenario("so", [APART[i] for i in reversed(chosen)]).apply(CITY)
    assert canonical(one) == canonical(other)
    for profile in ("walk_75", "bike_adult"):
        a, b = (minutes(city, profile).set_axis(city.residents["id"]) for city in (one, other))
        assert a.equals(b.reindex(a.index))
    total = one.zones["nil"]["residents"].sum()
    assert total == other.zones["nil"]["residents"].sum() == one.residents["residents"].sum()


@given(st.floats(0, 6), st.floats(0, 4), st.sampled_from(["walk_75", "bike_adult", "step_free"]))
@settings(max_examples=10)
def test_opening_never_harms_and_closing_never_helps(column: float, row: float, who: str) -> None:
    opened = Scenario("open", [OpenPlace("New", at=at(column, row))]).apply(CITY)
    assert (minutes(opened, who) <= minutes(CITY, who)).all()
    for place in ("alfa", "beta", "gamma"):
        closed = Scenario("close", [ClosePlace(place)]).apply(CITY)
        assert (minutes(closed, who) >= minutes(CITY, who)).all()


@given(st.tuples(st.floats(0, 6), st.floats(0, 4)), st.tuples(st.floats(0, 6), st.floats(0, 4)))
@settings(max_examples=16)
def test_a_new_path_never_harms_who_walks(one: Any, other: Any) -> None:
    try:
        new = AddStreet("path", line=line(one, other), tolerance_m=150)
        after = Scenario("new", [new]).apply(CITY)
    except (InputError, ParameterError):
        return
    # Whoever now stands nearer to the new path goes by it: compared are people on their street.
    points = CITY.streets.nodes.reset_index()[["node_id", "geometry"]].rename(
        columns={"node_id": "id"}
    )
    before, now = (
        q15.travel_times(city, to="houses", profile="walk_75", origins=points)["minutes"]
        for city in (CITY, after)
    )
    assert (now <= before + 1e-9).all()


def test_edits_are_made_in_the_order_written_and_never_by_kind() -> None:
    slow, fast = CalmTraffic("via alta"), ChangeStreets("via alta", maxspeed_kmh=50)
    for edits, speed in (((slow, fast), 50), ((fast, slow), 30)):
        streets = Scenario("speeds", edits).apply(CITY).streets.edges
        assert set(streets.loc[streets["name"] == "Via Alta", "maxspeed_kmh"]) == {speed}
    told = Scenario("speeds", [slow, CalmTraffic("via media"), fast]).effects(CITY)["said"]
    assert told.str.contains("changes again what edit 1 changed").tolist() == [False, False, True]
    path = AddStreet("street", line=line((0, 1), (3, 1)), name="Via Nuova")
    track = CycleTrack("via nuova")
    assert len(Scenario("right", [path, track]).apply(CITY).streets.edges) == 12 + 3
    with pytest.raises(UnknownNameError, match=r"edit 1 \(cycle_track\).*unknown street"):
        Scenario("wrong", [track, path]).apply(CITY)


def test_all_or_nothing_and_the_place_of_the_wrong_edit_is_told() -> None:
    before = copied(CITY)
    scenario = Scenario("half", [ClosePlace("alfa"), ClosePlace("alfa")])
    with pytest.raises(
        UnknownNameError,
        match=r"^half, edit 2 \(close_place\): unknown place 'alfa' since edit 1",
    ):
        scenario.apply(CITY)
    assert_same_tables(CITY, before)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ((ClosePlace("beta"), ClosePlace("alfa"), MovePlace("alfa", at=at(1, 1))), "edit 2"),
        ((CalmTraffic("via alta"), ClosePlace("beta"), CalmTraffic("via alta")), "edit 1"),
        ((CloseStreet("via alta"), CloseStreet("via alta")), "edit 1"),
    ],
    ids=repr,
)
def test_an_earlier_edit_that_leaves_nothing_to_a_later_one_is_named(edits, message) -> None:
    with pytest.raises(Quartieri15Error, match=rf"since {message} \(.*change their order"):
        Scenario("late", edits).apply(CITY)


def test_no_edit_is_named_where_none_is_to_blame() -> None:
    with pytest.raises(UnknownNameError) as told:
        Scenario("never", [ClosePlace("alfa"), ClosePlace("nowhere")]).apply(CITY)
    assert "since" not in str(told.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (ChangePlace("alfa", hosts_wemi=False), r"changes nothing \(Alfa \(alfa\): it is as"),
        (MovePlace("alfa", at=at(0, 0)), "changes nothing|stands there"),
        (CalmTraffic("via alta", maxspeed_kmh=60), "changes nothing"),
        (ChangeStreets("via alta", highway="residential"), "changes nothing"),
        (RemoveBarrier(at=at(3, 0), within_m=10), "no barrier within 10 m; the nearest is 300 m"),
        (AddResidents(0, zone="Centro"), "changes nothing"),
        (MergePlaces(["alfa"], into="alfa"), "there is no other to merge"),
    ],
    ids=repr,
)
def test_what_changes_nothing_is_an_error_unless_it_may(edit: Edit, message: str) -> None:
    ready = [CalmTraffic("via alta", maxspeed_kmh=40), MovePlace("alfa", at=at(0, 0))]
    city = Scenario("ready", ready).apply(CITY)
    with pytest.raises(InputError, match=message):
        Scenario("again", [edit]).apply(city)
    allowed = dataclasses.replace(edit, may_change_nothing=True)
    told = Scenario("again", [allowed]).effects(city)
    assert Scenario("again", [allowed]).apply(city).streets is city.streets
    assert told[["edges", "length_m", "places", "people"]].to_numpy().sum() == 0


@given(st.lists(st.sampled_from(ANY), min_size=1, max_size=3, unique_by=id))
@settings(max_examples=16)
def test_effects_are_what_differs(edits: list[Edit]) -> None:
    try:
        done = Scenario("some", edits).resolve(CITY)
    except Quartieri15Error:
        return
    for i, step in enumerate(done.steps):
        told = done.effects.iloc[i]
        old, new = step.before.streets.edges, step.city.streets.edges
        # Counted anew, by plain Python, from the lines of both networks.
        before, after = (
            {one.wkb: row for one, row in zip(t.geometry, plain(t), strict=True)}
            for t in (old, new)
        )
        gone, came = before.keys() - after.keys(), after.keys() - before.keys()
        changed = [key for key in before.keys() & after.keys() if before[key] != after[key]]
        if not came:
            assert told["edges"] == len(changed)
            assert told["length_m"] == pytest.approx(
                sum(before[key]["length_m"] for key in changed)
            )
        else:
            more = sum(after[k]["length_m"] for k in came) - sum(
                before[k]["length_m"] for k in gone
            )
            assert told["length_m"] == pytest.approx(more)
            assert not changed
        ids = set(step.before.places["id"]) ^ set(step.city.places["id"])
        assert told["places"] >= len(ids)
        people = step.city.residents["residents"].sum() - step.before.residents["residents"].sum()
        assert told["people"] == pytest.approx(people)
        drawn = done.preview[done.preview["edit"] == i + 1]
        assert len(drawn) > 0 or step.patch.is_empty
        if told["edges"]:
            assert (drawn["table"] == "edges").sum() == told["edges"]
            lengths = drawn[drawn["table"] == "edges"].length.sum()
            assert lengths == pytest.approx(told["length_m"], rel=2e-3)


def plain(edges: Any) -> list[dict[str, Any]]:
    rows = pd.DataFrame(edges.drop(columns=["u", "v", "geometry"])).astype(object)
    return rows.where(rows.notna(), None).to_dict("records")


def test_what_does_not_change_is_shared() -> None:
    after = Scenario("close", [ClosePlace("alfa")]).apply(CITY)
    assert after.streets is CITY.streets
    assert after.residents is CITY.residents
    more = Scenario("more", [AddResidents(5, zone="Centro")]).apply(CITY)
    assert more.streets is CITY.streets
    assert more.places is CITY.places


def test_a_city_tells_which_scenarios_it_went_through() -> None:
    one = Scenario("one", [ClosePlace("alfa")], date=dt.date(2026, 12, 31))
    two = Scenario("two", [ClosePlace("beta")])
    both = two.apply(one.apply(CITY))
    assert both.provenance["scenarios"] == [
        {"name": "one", "date": "2026-12-31"},
        {"name": "two", "date": None},
    ]
    assert one.effects(CITY).attrs["provenance"]["scenario"] == "one"


def test_a_scenario_waits_for_what_it_requires_and_refuses_what_it_conflicts_with() -> None:
    one = Scenario("one", [ClosePlace("alfa")])
    two = Scenario("two", [ClosePlace("beta")], requires=["one"], conflicts=["three"])
    with pytest.raises(InputError, match="two requires one, which toy has not been through"):
        two.apply(CITY)
    assert len(two.apply(one.apply(CITY)).places) == 1
    both = one.then(two)
    after = both.apply(CITY)
    assert after.provenance["scenarios"][0]["made_of"] == ["one", "two"]
    with pytest.raises(InputError, match="three conflicts with two, which toy has been through"):
        Scenario("three", conflicts=["two"]).apply(after)
    assert "scenarios" not in both.inverse(CITY).apply(after).provenance


# What a scenario may be.


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cost_eur": -1}, "cost_eur: cost_eur is -1"),
        ({"cost_eur": float("nan")}, "cost_eur"),
        ({"date": "tomorrow"}, "date: 'tomorrow' is no day"),
        ({"date": pd.NaT}, "date"),
        ({"date": "2026-12-31", "until": "2026-01-01"}, "before it begins"),
        ({"requires": ["it"]}, "it requires itself"),
        ({"requires": ["a"], "conflicts": ["a"]}, "a is required, and conflicts"),
        ({"assumptions": [3]}, "3 is no assumption"),
        ({"assumptions": [{"text": "a", "sorce": "b"}]}, "did you mean source"),
        ({"parameters": {"a": [1]}}, "parameters, a"),
        (
            {"edits": [{"close_place": "a"}, {"clos_place": "a"}]},
            "edit 2.*did you mean close_place",
        ),
        ({"edits": [3]}, "3 is no edit"),
    ],
)
def test_a_scenario_that_contradicts_itself_is_refused(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises((ParameterError, UnknownNameError), match=message):
        Scenario("it", **fields)


def test_a_scenario_is_shown_and_its_page_escapes() -> None:
    scenario = Scenario(
        "<b>", [CycleTrack("via Alta")], date="2026-12-31", cost_eur=3, assumptions=["a <i>"]
    )
    assert repr(scenario) == "Scenario('<b>', 2026-12-31: 1 edits)"
    page = scenario._repr_html_()
    assert "<b>" not in page
    assert "<i>" not in page
    assert "cycle track: via Alta" in page
    assert repr(scenario.edits[0]) == "CycleTrack('via Alta')"
    assert hash(scenario) == hash(dataclasses.replace(scenario))
    assert scenario == dataclasses.replace(scenario)
    assert scenario.assumptions == (Assumption("a <i>", "ours"),)


def test_a_notebook_shows_english_and_says_where_it_has_none() -> None:
    told = {"it": "Chiude <i>", "en": "It closes <i>"}
    source = {"en": "a deed"}
    page = Scenario(
        "it",
        description=told,
        cost_source="un atto",
        assumptions=[{"text": told, "source": source}],
    )._repr_html_()
    assert '<td><span lang="en">It closes &lt;i&gt;</span></td>' in page
    assert '<td><span lang="it">un atto</span></td>' in page
    assert 'assumption (<span lang="en">a deed</span>)' in page
    assert "Chiude" not in page
    assert '(<span lang="en">ours</span>)' in Scenario("it", assumptions=["a"])._repr_html_()


def test_together_they_say_what_both_say_in_both_languages() -> None:
    both = {"it": "Una casa.", "en": "A house."}
    one = Scenario("one", description=both, cost_source=both, assumptions=[{"text": both}])
    two = Scenario("two", description={"it": "Una pista.", "en": "A track."}, cost_source=both)
    whole = one.then(two)
    assert whole.description == {"it": "Una casa. Una pista.", "en": "A house. A track."}
    assert whole.cost_source == both
    assert hash(one.assumptions[0]) == hash(Assumption(both))
    assert one == dataclasses.replace(one)
    assert one != dataclasses.replace(one, description=both["it"])
    assert one.then(Scenario("three")).description == both


def test_then_puts_two_together() -> None:
    one = Scenario("one", [ClosePlace("alfa")], date="2026-01-01", cost_eur=5, cost_source="a")
    two = Scenario("two", [ClosePlace("beta")], date="2029-01-01", cost_eur=7, requires=["one"])
    both = one.then(two)
    assert both.name == "one, then two"
    assert (both.date, both.cost_eur, both.requires) == (dt.date(2029, 1, 1), 12, ())
    assert both.apply(CITY).places["id"].tolist() == ["gamma"]
    with pytest.raises(InputError, match="two requires one, which comes after"):
        two.then(one)
    with pytest.raises(InputError, match="three conflicts with one"):
        one.then(Scenario("three", conflicts=["one"]))


def test_combined_orders_by_requirements_then_dates() -> None:
    a = Scenario("a", [ClosePlace("alfa")], date="2029-01-01")
    b = Scenario("b", [ClosePlace("beta")], date="2026-01-01")
    c = Scenario("c", requires=["a"])
    assert combined([c, a, b]).name == "b, then a, then c"
    assert combined([c, a, b], name="all").name == "all"


@pytest.mark.parametrize(
    ("scenarios", "message"),
    [
        ([Scenario("a", conflicts=["b"]), Scenario("b")], "a conflicts with b"),
        ([Scenario("a"), Scenario("a")], "two scenarios are called a"),
        ([Scenario("a", requires=["c"]), Scenario("b")], "a requires c, which is not there"),
        (
            [
                Scenario("a", requires=["b"]),
                Scenario("b", requires=["c"]),
                Scenario("c", requires=["a"]),
            ],
            "a requires b requires c requires a",
        ),
        (
            [
                Scenario("a", requires=["b"], date="2026-01-01"),
                Scenario("b", date="2029-01-01"),
            ],
            r"a \(2026-01-01\) requires b, which comes later \(2029-01-01\)",
        ),
        ([], "there is no scenario"),
        ([3], "a int is no scenario"),
    ],
)
def test_combined_refuses_what_cannot_be_together(scenarios: list[Any], message: str) -> None:
    with pytest.raises((InputError, ParameterError), match=message):
        combined(scenarios)


def test_combined_finds_what_two_scenarios_change_differently_in_a_city() -> None:
    slow = Scenario("slow", [CalmTraffic("via alta", maxspeed_kmh=30)])
    slower = Scenario("slower", [CalmTraffic("via alta", maxspeed_kmh=20)])
    same = Scenario("same", [CalmTraffic("via alta", maxspeed_kmh=30)])
    with pytest.raises(InputError, match="slow and slower change maxspeed_kmh of Via Alta"):
        combined([slow, slower], city=CITY)
    assert combined([slow, same], city=CITY).name == "slow, then same"
    after = dataclasses.replace(slower, requires=["slow"])
    assert combined([after, slow], city=CITY).name == "slow, then slower"
    with pytest.raises(InputError, match=r"change existence of Alfa|change geometry of Alfa"):
        combined(
            [
                Scenario("a", [OpenPlace("Delta", at=at(1, 1)), MovePlace("alfa", at=at(2, 2))]),
                Scenario("b", [MovePlace("alfa", at=at(3, 2))]),
            ],
            city=CITY,
        )


def test_a_place_is_found_by_the_words_people_use(milano: City) -> None:
    def found(words: str) -> str:
        return Scenario("x", [ClosePlace(words)]).effects(milano)["matched"].iloc[0]

    for words in ("Zante", "zante", "CSRC-10", "csrc-10", "CSRC via Zante", "Via Zante 36"):
        assert found(words) == "Zante (CSRC-10)"
    for words in ("casa di Boifava", "la Casa di Quartiere BOIFAVA", "CAM Boifava", "cam-18"):
        assert found(words) == "Boifava (CAM-18)"
    assert found("de andre") == "De André (CSRC-13)"
    assert found("CAM Saponaro") == "Saponaro (CAM-15)"
    assert found("Gabelle") == "San Marco - Gabelle (CAM-01)"
    with pytest.raises(AmbiguousNameError, match=r"CSRC-12\) or Saponaro \(CAM-15"):
        found("Saponaro")
    with pytest.raises(UnknownNameError, match=r"did you mean Boifava \(CAM-18\)"):
        found("Boiffava")


def test_a_street_without_frontage_is_a_connection_and_nothing_else() -> None:
    city = town()
    path = {"kind": "path", "line": line((1, 0), (1, 2))}
    places = [
        Scenario("a", [AddStreet(path["kind"], line=path["line"], frontage=one)])
        for one in (True, False)
    ]
    fronting, bare = (one.apply(city) for one in places)
    assert "frontage" not in fronting.streets.edges.columns
    edges = bare.streets.edges
    # Of the pieces of what it joins, each is a street as before.
    assert (~edges["frontage"]).sum() == 1
    assert edges["geometry"][~edges["frontage"]].iloc[0].length == pytest.approx(120)
    assert_same_tables(places[1].inverse(city).apply(bare), city)
    # One more, after it, has a frontage again.
    both = Scenario("b", [*places[1].edits, AddStreet("path", line=line((5, 0), (5, 2)))])
    assert (~both.apply(city).streets.edges["frontage"]).sum() == 1


def test_a_plan_of_another_city_is_asked_about_and_a_slip_is_not() -> None:
    elsewhere = [CalmTraffic("via roma"), CloseStreet("corso umberto"), CalmTraffic("via alta")]
    with pytest.raises(UnknownNameError) as told:
        Scenario("other", elsewhere).apply(CITY)
    assert f"2 of its 3 edits name what {CITY.name} does not have" in str(told.value)
    assert "--city" in str(told.value)
    for slip in ([CalmTraffic("via roma")], [CalmTraffic("via roma"), CalmTraffic("via alta")]):
        with pytest.raises(UnknownNameError) as told:
            Scenario("slip", slip).apply(CITY)
        assert "--city" not in str(told.value)

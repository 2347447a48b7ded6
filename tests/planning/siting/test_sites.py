"""Law: a site is where it is said to be, and opening it changes what it is said to change."""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.profiles import WALK_75
from quartieri15.planning.siting.sites import (
    best_sites,
    best_to_keep,
    fairness_price,
    fewest_places,
    relocation_bound,
    site_curve,
)
from quartieri15.reach.times import travel_time_matrix, travel_times
from quartieri15.reach.trips import in_time
from tests.ascii_city import CRS, draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

# Ten cells of ten metres are 1.875 minutes at 3.2 km/h. The house stands in the west.
PICTURE = """
A---------B---------C---------D
|                             |
|                             |
E---------F---------G---------H
"""
PEOPLE = {
    (0, 0): 50.0,
    (5, 0): 30.0,
    (14, 0): 40.0,
    (20, 0): 20.0,
    (26, 0): 70.0,
    (30, 1): 10.0,
    (8, 3): 60.0,
    (15, 3): 25.0,
    (22, 3): 90.0,
    (30, 3): 5.0,
}
TOWN = draw_city(PICTURE, places={"house": (0.0, 0.0), "club": (5.0, 0.0)}, people=PEOPLE)
ASK = {"profile": "walk_75", "minutes": 1.5, "group": "residents"}


def covered(city, minutes=1.5) -> float:
    table = coverage(
        city, to="houses", profile="walk_75", minutes=minutes, by="city", groups="residents"
    )
    return float(table["covered"].iloc[0])


def minutes_with(names: tuple[str, ...]) -> np.ndarray:
    """Minutes of everyone to the nearest place, once some of the addresses are places."""
    return np.fmin(BEFORE, TO_ADDRESSES[list(names)].min(axis=1).to_numpy())


def reached_with(names: tuple[str, ...], minutes: float = 1.5) -> float:
    return float(PEOPLE_AT[in_time(minutes_with(names), minutes)].sum())


BEFORE = travel_times(TOWN, to="houses", profile="walk_75")["minutes"].to_numpy()
TO_ADDRESSES = travel_time_matrix(
    TOWN, to=TOWN.residents[["id", "geometry"]], profile="walk_75", dense=True
)
PEOPLE_AT = TOWN.residents["residents"].to_numpy()
ADDRESSES = TOWN.residents["id"].tolist()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_no_other_sites_cover_more(n) -> None:
    found = best_sites(TOWN, n, **ASK)
    best = max(
        reached_with(names) - covered(TOWN) for names in itertools.combinations(ADDRESSES, n)
    )
    assert found.value == pytest.approx(best)
    assert found.proven
    assert found.gap == 0
    assert found.greedy <= found.swap <= found.value
    assert covered(found.opened(TOWN)) == pytest.approx(covered(TOWN) + found.value)
    assert found.sites["gain"].sum() == pytest.approx(found.value)
    assert found.sites["gain"].is_monotonic_decreasing
    assert found.covered_before == pytest.approx(covered(TOWN))


@pytest.mark.parametrize("n", [1, 2])
def test_no_other_sites_are_nearer_or_bring_everyone_sooner(n) -> None:
    all_of = list(itertools.combinations(ADDRESSES, n))
    median = best_sites(TOWN, n, objective="median", **ASK)
    assert median.figures["mean_minutes"] == pytest.approx(
        min((minutes_with(one) * PEOPLE_AT).sum() for one in all_of) / PEOPLE_AT.sum()
    )
    assert median.proven
    assert median.sites["minutes_saved"].sum() == pytest.approx(median.value)
    center = best_sites(TOWN, n, objective="center", **ASK)
    assert center.value == pytest.approx(min(minutes_with(one).max() for one in all_of))
    assert center.proven


def test_the_fewest_places_are_the_fewest() -> None:
    found = fewest_places(TOWN, 0.9, **ASK)
    need = 0.9 * TOWN.residents["residents"].sum()
    least = next(
        n
        for n in range(10)
        for names in itertools.combinations(ADDRESSES, n)
        if n and reached_with(names) >= need - 1e-9
    )
    assert len(found) == found.figures["least"] == least
    assert f"{least} are needed, and fewer cannot do." in found.statement("en")
    assert f"Il minimo è {least}: con meno non si può." in found.statement()
    everyone = fewest_places(TOWN, 1, **ASK)
    assert covered(everyone.opened(TOWN)) == pytest.approx(TOWN.residents["residents"].sum())
    assert len(everyone) >= len(found)


def test_which_to_keep_and_what_a_move_of_all_would_do() -> None:
    town = draw_city(
        PICTURE,
        places={"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (22.0, 3.0), "d": (26.0, 0.0)},
        people=PEOPLE,
    )
    kept = best_to_keep(town, 2, **ASK)
    assert set(kept.sites["candidate_id"]) == {"c", "d"}
    assert set(kept.figures["closed"]) == {"a", "b"}
    assert kept.figures["lost"] == pytest.approx(covered(town) - kept.value)
    free = relocation_bound(town, **ASK)
    assert free.bound >= free.value >= covered(town) - 1e-9
    assert free.figures["covered_now"] == pytest.approx(covered(town))
    all_of_them = best_to_keep(town, 4, **ASK)
    assert all_of_them.figures["lost"] == pytest.approx(0)
    assert all_of_them.figures["closed"] == []


def test_more_sites_are_never_worse_and_the_bound_is_above() -> None:
    curve = site_curve(TOWN, range(1, 7), **ASK)
    assert (np.diff(curve["value"]) >= 0).all()
    assert (curve["bound"] >= curve["value"]).all()
    assert (curve["value"] >= curve["swap"]).all()
    assert (curve["swap"] >= curve["greedy"]).all()
    assert (np.diff(np.diff(curve["greedy"], prepend=0)) <= 1e-9).all()
    assert curve["proven"].all()
    assert json.dumps(curve.attrs["provenance"])


def two_halves() -> City:
    """Return the town twenty times as large, in two zones: more live alone in the east."""
    people = TOWN.residents.assign(**{name: 20 * TOWN.residents[name] for name in TOWN.groups})
    middle = people.geometry.x.median()
    east = people.geometry.x > middle
    people["nil"] = np.where(east, 2, 1)
    people.loc[~east, "over65_alone"] /= 2
    whole = TOWN.zones["nil"]
    west, south, end, north = whole.total_bounds
    halves = pd.concat([whole, whole], ignore_index=True).assign(
        id=[1, 2],
        name=["west", "east"],
        geometry=[shapely.box(west, south, middle, north), shapely.box(middle, south, end, north)],
    )
    of_halves = people.groupby("nil")[list(TOWN.groups)].sum()
    halves[list(TOWN.groups)] = of_halves.to_numpy()
    return TOWN.with_(residents=people, zones={**TOWN.zones, "nil": halves})


def test_fairness_costs_nothing_or_something_never_less() -> None:
    town = two_halves()
    price = fairness_price(town, 2, **ASK, need=("over65_alone", "over65"), time_limit_s=None)
    assert price.attrs["neediest_zones"] == ["east"]
    assert price["objective"].tolist() == ["coverage", "worst_zone", "neediest"]
    assert (price["price"] >= 0).all()
    assert (price["price_at_most"] >= price["price"] - 1e-9).all()
    assert price["price"].iloc[0] == pytest.approx(0)
    assert price["worst_share"].iloc[1] >= price["worst_share"].iloc[0] - 1e-9
    assert price["neediest_gained"].iloc[2] > price["neediest_gained"].iloc[0]
    with pytest.raises(InputError, match="1 of 1 zones can be ranked, and two are needed"):
        fairness_price(TOWN, 2, **ASK)


def test_a_site_is_mandatory_forbidden_or_too_dear() -> None:
    free = best_sites(TOWN, 2, **ASK)
    first = free.sites["candidate_id"].iloc[0]
    without = best_sites(TOWN, 2, forbidden=[first], **ASK)
    assert first not in set(without.sites["candidate_id"])
    assert without.value <= free.value
    fenced = best_sites(TOWN, 2, forbidden=free.sites.geometry.iloc[0].buffer(1), **ASK)
    assert fenced.value == pytest.approx(without.value)
    for objective in ("coverage", "median", "center", "worst_zone"):
        forced = best_sites(TOWN, 2, mandatory=["r0"], objective=objective, **ASK)
        assert "r0" in set(forced.sites["candidate_id"])
        assert forced.sites["mandatory"].sum() == 1
    layer = TOWN.residents[["id", "geometry"]].assign(
        euro=np.where(TOWN.residents["id"] == first, 100.0, 10.0)
    )
    for objective in ("coverage", "median"):
        cheap = best_sites(
            TOWN, None, candidates=layer, costs="euro", budget=25, objective=objective, **ASK
        )
        assert cheap.sites["cost_eur"].sum() <= 25
        assert len(cheap) == 2
        assert cheap.proven


def test_of_a_polygon_a_point_inside_stands_for_it() -> None:
    plots = gpd.GeoDataFrame(
        {"id": ["p1", "p2"]},
        geometry=[p.buffer(8) for p in TOWN.residents.geometry.iloc[[4, 8]]],
        crs=CRS,
    )
    found = best_sites(TOWN, 1, candidates=plots, **ASK)
    assert set(found.sites["candidate_id"]) <= {"p1", "p2"}
    assert "2 of 2 are no points" in found.provenance["candidates_made_points"]
    assert plots.geometry.contains(found.sites.geometry.iloc[0]).any()
    in_zone = best_sites(TOWN, 1, candidates="nil 1", **ASK)
    assert in_zone.value == pytest.approx(best_sites(TOWN, 1, **ASK).value)


def test_sites_are_a_scenario() -> None:
    costs = dict.fromkeys(TOWN.residents["id"], 10.0)
    found = best_sites(TOWN, 2, costs=costs, budget=100, **ASK)
    scenario = found.scenario("two houses")
    assert (scenario.name, scenario.cost_eur, len(scenario.edits)) == ("two houses", 20.0, 2)
    after, opened = scenario.apply(TOWN), found.opened(TOWN)
    assert after.houses["id"].tolist() == opened.houses["id"].tolist()
    # A file holds degrees, to a tenth of a millimetre.
    assert after.houses.distance(opened.houses).max() < 0.001
    assert covered(after) == pytest.approx(covered(opened))
    assert found.scenario().cost_eur == 20.0
    assert best_sites(TOWN, 2, **ASK).scenario().cost_eur is None


def test_people_are_told_to_tens_in_both_languages() -> None:
    found = best_sites(TOWN, 1, **ASK)
    italian, english = found.statement(), found.statement("en")
    assert len(italian) == len(english)
    assert italian[-1] == (
        "Dimostrato: su questi dati nessun’altra scelta di altrettanti luoghi fa meglio."
    )
    assert italian[0].startswith("Un luogo tra 10 candidati, residenti, walk_75")
    assert english[0].startswith("1 site of 10 candidates, residents, walk_75")
    with pytest.raises(UnknownNameError, match="language"):
        found.statement("de")


def test_ties_and_near_ties_are_told() -> None:
    found = best_sites(TOWN, 1, **ASK)
    two = pd.concat(
        [TOWN.residents, TOWN.residents.assign(id=[f"{i} b" for i in TOWN.residents["id"]])]
    )
    again = best_sites(TOWN, 1, candidates=two[["id", "geometry"]], **ASK)
    assert again.value == pytest.approx(found.value)
    ties = again.alternatives[again.alternatives["tie"]]
    assert len(ties) >= 1
    assert ties["distance_m"].min() == 0


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"n": 11}, ParameterError, "11 sites are asked for, and there are 10"),
        ({"n": 0}, ParameterError, "n is 0"),
        ({"n": None}, ParameterError, "neither n nor budget"),
        ({"mandatory": ["r1"], "forbidden": ["r1"]}, ParameterError, "mandatory and forbidden"),
        ({"mandatory": ["r1", "r2", "r3"]}, ParameterError, "3 sites are mandatory and 2"),
        ({"mandatory": ["r77"]}, UnknownNameError, "unknown candidate"),
        ({"forbidden": "r1"}, ParameterError, "not a collection"),
        ({"budget": 3}, ParameterError, "no costs"),
        ({"costs": {"r0": 1}, "budget": 3}, ParameterError, "9 candidates have no cost"),
        ({"candidates": "Nowhere"}, UnknownNameError, "unknown zone"),
        ({"objective": "best"}, ParameterError, "objective is 'best'"),
        ({"share": 0}, ParameterError, "share is 0"),
        ({"to": "schools"}, UnknownNameError, "set of places"),
        ({"forbidden": shapely.box(0, 0, 1e7, 1e7)}, ParameterError, "all 10 candidates"),
        ({"mandatory": shapely.box(0, 0, 1e7, 1e7)}, ParameterError, "lie in the polygon"),
        ({"time_limit_s": 0}, ParameterError, "time_limit_s is 0"),
    ],
)
def test_what_cannot_be_sited_is_named(wrong, error, said) -> None:
    with pytest.raises(error, match=said):
        best_sites(TOWN, **(ASK | {"n": 2} | wrong))


def test_costs_that_are_none_and_budgets_too_small_are_named() -> None:
    layer = TOWN.residents[["id", "geometry"]].assign(euro=10.0)
    for budget, costs, said in (
        (5, "euro", "below the cheapest site"),
        (-1, "euro", "budget is -1"),
        (5, "eur", "unknown column"),
        (5, dict.fromkeys(TOWN.residents["id"], -1.0), "cost of 'r0' is -1"),
    ):
        with pytest.raises((ParameterError, UnknownNameError), match=said):
            best_sites(TOWN, 2, candidates=layer, costs=costs, budget=budget, **ASK)
    with pytest.raises(InputError, match=r"bring .*% of residents within 1.5 minutes"):
        fewest_places(TOWN, 0.99, candidates=layer.iloc[:1], **ASK)
    with pytest.raises(InputError, match="no 1 sites were found that bring"):
        best_sites(TOWN, 1, objective="center", keep=False, cap_minutes=0.2, **ASK)


def test_in_milano_a_site_is_on_the_street_and_in_the_nil_it_is_said_to_be(milano) -> None:
    found = best_sites(milano, 3, profile="walk_75", candidates=milano.residents.iloc[::40])
    names = milano.streets.edges["name"]
    outlines = milano.zones["nil"].set_index("name").geometry
    wards = milano.zones["municipi"].set_index("id").geometry
    for site in found.sites.itertuples():
        assert outlines[site.nil].contains(site.geometry)
        assert wards[site.municipio].contains(site.geometry)
        line = milano.streets.edges.geometry[site.edge_id]
        if names[site.edge_id] == site.street:
            assert line.distance(site.geometry) == pytest.approx(site.street_m, abs=1e-3)
        else:
            # It stands on a way without a name, and the nearest that has one is told.
            assert pd.isna(names[site.edge_id]) or names[site.edge_id] == ""
            ways = milano.streets.edges.geometry[names == site.street]
            assert ways.distance(site.geometry).min() == pytest.approx(site.street_m, abs=1e-3)
        assert site.street_m < 100
        assert site.address_m == 0
        assert milano.addresses.set_index("id").geometry[site.candidate_id].distance(
            site.geometry
        ) == pytest.approx(0, abs=0.01)
    before = coverage(
        milano, to="houses", profile="walk_75", by="city", groups=["over65", "over75", "foreign"]
    ).set_index("group")["covered"]
    opened = found.opened(milano)
    after = coverage(
        opened, to="houses", profile="walk_75", by="city", groups=["over65", "over75", "foreign"]
    ).set_index("group")["covered"]
    assert after["over65"] - before["over65"] == pytest.approx(found.value, abs=1e-6)
    for group in after.index:
        assert after[group] - before[group] == pytest.approx(
            found.sites[f"gain_{group}"].sum(), abs=1e-6
        )
    assert found.proven
    assert math.isclose(found.value, found.sites["gain"].sum(), rel_tol=1e-9)
    edit = found.edits()[0]["open_place"]
    assert edit["network"] == "houses"
    point = gpd.GeoSeries.from_xy([edit["at"][0]], [edit["at"][1]], crs=4326).to_crs(milano.crs)
    assert point.iloc[0].distance(found.sites.geometry.iloc[0]) < 0.01
    assert json.dumps(found.provenance)


def test_a_profile_of_ones_own_may_ask_which_places_to_keep() -> None:
    own = WALK_75.with_(speed_kmh=2.0)
    asked = ASK | {"profile": own}
    minutes = travel_times(TOWN, to="houses", profile=own)["minutes"].to_numpy()
    now = float(PEOPLE_AT[in_time(minutes, 1.5)].sum())
    assert best_to_keep(TOWN, 1, **asked).figures["covered_now"] == pytest.approx(now)
    assert relocation_bound(TOWN, **asked).figures["covered_now"] == pytest.approx(now)

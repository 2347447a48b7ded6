"""On the real city too, a changed one answers as one made anew of its tables, to the last byte."""

from __future__ import annotations

import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.ops import substring

from quartieri15.analysis.coverage import coverage
from quartieri15.model import profiles
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.times import travel_times
from tests.reach.town_edits import rebuilt

if TYPE_CHECKING:
    from quartieri15.model.city import City

OPEN = dict.fromkeys(("foot", "bicycle_forward", "bicycle_backward"), True)
CLOSED = dict.fromkeys(OPEN, False)


def answer(city: City, profile: str) -> bytes:
    """Return travel times and coverage with every value, type and remark."""
    times = travel_times(city, to="houses", profile=profile)
    table = coverage(city, to="houses", profile=profile, by="nil", times=times)
    return pickle.dumps(
        [
            [one.to_dict("list"), one.index.tolist(), one.dtypes.astype(str).to_dict(), one.attrs]
            for one in (times, table)
        ]
    )


def place_opened(city: City, chance: np.random.Generator) -> City:
    at = city.residents.geometry.iloc[int(chance.integers(len(city.residents)))]
    new = city.houses.iloc[[0]].assign(
        id="new", geometry=gpd.GeoSeries([at], city.houses.index[:1])
    )
    return city.with_(places=pd.concat([new.set_crs(city.crs), city.places], ignore_index=True))


def place_closed(city: City, chance: np.random.Generator) -> City:
    return city.with_(places=city.places.drop(index=chance.choice(city.houses.index)))


def calmed(city: City, chance: np.random.Generator) -> City:
    edges = chance.choice(len(city.streets.edges), 10, replace=False)
    values = pd.DataFrame({"stress": 1.0, "cycle_facility": "track"} | OPEN, index=edges)
    return city.with_(streets=city.streets.with_edge_values(values))


def closed(city: City, chance: np.random.Generator) -> City:
    edges = chance.choice(len(city.streets.edges), 10, replace=False)
    return city.with_(streets=city.streets.with_edge_values(pd.DataFrame(CLOSED, index=edges)))


def street_added(city: City, chance: np.random.Generator) -> City:
    """Split a street in its middle, and join that to a junction 300 m around."""
    streets = city.streets
    edge = int(chance.integers(len(streets.edges)))
    old = streets.edges.iloc[[edge]]
    line = old.geometry.iloc[0]
    middle = line.interpolate(0.5, normalized=True)
    node = int(streets.nodes.index.max()) + 1
    near = streets.nodes.index[streets.nodes.sindex.query(middle.buffer(300.0))]
    aim = int(chance.choice(np.append(near, old["v"])))
    halves = [substring(line, a, b, normalized=True) for a, b in ((0, 0.5), (0.5, 1))]
    way = shapely.LineString([middle, streets.nodes.geometry.loc[aim]])
    added = pd.concat([old.assign(v=node), old.assign(u=node), old.assign(u=node, v=aim)])
    added = gpd.GeoDataFrame(added.assign(**OPEN, geometry=[*halves, way]), crs=city.crs)
    return city.with_(
        streets=streets.with_edges(
            removed=[edge],
            added=added.assign(length_m=added.length.to_numpy()),
            nodes=gpd.GeoDataFrame(geometry=[middle], index=[node], crs=city.crs),
        )
    )


EDITS = (place_opened, calmed, street_added, closed, place_closed)


@pytest.mark.parametrize("profile", ["walk_75", "bike_low_stress"])
def test_the_same_bytes_as_made_anew(milano: City, profile: str) -> None:
    chance = np.random.default_rng(15)
    before = answer(milano, profile)
    city = milano
    for edit in EDITS:
        city = edit(city, chance)
        found = answer(city, profile)
        if edit in (calmed, street_added, place_closed):
            assert found == answer(rebuilt(city), profile), edit.__name__
    assert answer(milano, profile) == before


def test_a_change_and_its_inverse_give_back_the_answer(milano: City) -> None:
    before = answer(milano, "bike_65")
    edges = [7, 1_000, 20_000]
    values = pd.DataFrame({"stress": 1.0, "maxspeed_kmh": 30.0} | CLOSED, index=edges)
    there = milano.with_(streets=milano.streets.with_edge_values(values))
    assert answer(there, "bike_65") != b""
    back = milano.streets.edges[values.columns].iloc[edges]
    again = there.with_(streets=there.streets.with_edge_values(pd.DataFrame(back)))
    assert answer(again, "bike_65") == before


def test_many_may_ask_at_once(milano: City) -> None:
    cities = [calmed(milano, np.random.default_rng(seed)) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda city: answer(city, "bike_adult"), [*cities, *cities]))
    alone = [answer(city, "bike_adult") for city in cities]
    assert together == [*alone, *alone]


def test_nothing_is_kept_of_a_city_that_is_no_longer_used(milano: City) -> None:
    answer(milano, "walk_75")
    gone = []
    for seed in range(3):
        city = street_added(milano, np.random.default_rng(seed))
        answer(city, "walk_75")
        graph = travel_graph(city.streets, profiles.WALK_75)
        gone += [weakref.ref(one) for one in (city.streets, graph, graph.lines, graph.outward)]
        del city, graph
    gc.collect()
    assert [one() for one in gone] == [None] * len(gone)

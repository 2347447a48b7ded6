"""A page that knows some of the streets knows the times of the whole city, up to its limit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.publish.site import extracts
from quartieri15.publish.site.material import Material
from quartieri15.publish.site.page import Page
from quartieri15.publish.site.publisher import Publisher
from quartieri15.reach.times import travel_times
from tests.publish.site.travelling import ways
from tests.reach.towns import towns

TRAVELLERS = ("walk_75", "step_free", "bike_adult")


def material_of(city: Any, **more: Any) -> Material:
    return Material(
        city=city,
        publisher=Publisher(),
        when=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        travellers=tuple(map(profiles.get, TRAVELLERS)),
        groups=("residents",),
        **more,
    )


def seconds_on_page(material: Material, page: Page, who: str) -> tuple[np.ndarray, float]:
    """Seconds from every resident who stands on a street of the page, NaN for the others."""
    extract = extracts.street_extract(material, page)
    weighting = extract.streets.weighting(who)
    trips = extracts.place_trips(material, weighting)
    people = extracts.spots(extract, trips, trips.origins(None).on_streets)
    places = extracts.spots(extract, trips, trips.places)
    entries = extracts.entries(extract, weighting, trips)
    graph = ways(extract, weighting, {"person": people, "place": places})
    for place, node, cost in zip(*entries, strict=True):
        graph.add_edge(int(node), ("place", int(place)), cost=float(cost))
    graph.add_node("anywhere")
    for place in range(len(trips.place_ids)):
        graph.add_edge(("place", place), "anywhere", cost=0.0)
    found = nx.single_source_dijkstra_path_length(graph.reverse(), "anywhere", weight="cost")
    speed = profiles.get(who).speed_m_s * 1000
    seconds = np.array([found.get(("person", i), np.inf) / speed for i in range(len(people.edge))])
    return np.where(people.edge < 0, np.nan, seconds), extracts.known_mm(extract, weighting) / speed


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the towns of the tests be larger than what a page knows."""
    monkeypatch.setattr(extracts, "MARGIN_M", 10.0)


@given(towns(shortest_m=1.0), st.integers(0, 4), st.integers(0, 4), st.sampled_from([2.0, 60.0]))
@settings(max_examples=40)
def test_times_are_those_of_the_whole_city(town, column, row, minutes):
    xy = shapely.get_coordinates(town.streets.nodes.geometry.to_numpy())
    west, north = xy[:, 0].min(), xy[:, 1].max()
    area = shapely.box(
        west + 40 * column, north - 40 * row - 60, west + 40 * column + 60, north - 40 * row
    )
    assume(all(np.any(profiles.get(name).allowed(town.streets.edges)) for name in TRAVELLERS))
    material = material_of(town)
    page = Page(slug="part", kind="municipio", title={}, area=area, zone_id=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extracts, "KNOWN_MINUTES", {"walk": minutes, "bike": minutes})
        for who in TRAVELLERS:
            if not len(extracts.street_extract(material, page).edge):
                return
            seconds, known = seconds_on_page(material, page, who)
            told = travel_times(town, to="houses", profile=who)["minutes"].to_numpy() * 60
            on_page = ~np.isnan(seconds)
            told = np.where(np.isnan(told), np.inf, told)[on_page]
            here = seconds[on_page]
            within = (told <= known - 0.1) | (here <= known - 0.1)
            np.testing.assert_allclose(here[within], told[within], atol=0.1)

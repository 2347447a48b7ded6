"""Every cell of the ground belongs to the street that an address at its middle is put on."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.reach import cells
from quartieri15.reach.cutting import TimeField
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.snapping import snap
from tests.ascii_city import ORIGIN, draw_streets
from tests.reach.towns import towns

WALKER = profiles.WALK_75
X, Y = (int(bound // cells.CELL_M) for bound in ORIGIN)


def middles(x: int, y: int, wide: int, tall: int) -> np.ndarray:
    columns, rows = np.meshgrid(np.arange(wide) + x, np.arange(tall) + y)
    return (np.column_stack([columns.ravel(), rows.ravel()]) + 0.5) * cells.CELL_M


@settings(max_examples=25)
@given(towns(), st.integers(-90, 20), st.integers(-90, 20), st.integers(1, 90), st.integers(1, 90))
def test_labels_are_those_of_snapping(town, left, low, wide, tall) -> None:
    graph = travel_graph(town.streets, profiles.BIKE_ADULT)
    for role in ("start", "end"):
        ground = cells.ground_of(graph, role)
        window = (X + left, Y + low, wide, tall)
        ground.prepare(graph, np.array([window]))
        labels = ground.window(*window)
        found = snap(graph, middles(*window), role=role)
        near = found.distance_m <= cells.FARTHEST_M
        assert np.array_equal(labels.edge.ravel(), np.where(near, found.edge, -1))
        for told, exact in (
            (labels.fraction, found.fraction),
            (labels.distance_m, found.distance_m),
        ):
            assert np.allclose(told.ravel()[near], exact[near], rtol=1e-6, atol=1e-6)


def test_a_cell_takes_the_way_to_its_street_and_along_it() -> None:
    streets = draw_streets("A--------------------B")
    graph = travel_graph(streets, WALKER)
    ground = cells.ground_of(graph, "start")
    window = (X, Y + 3, 20, 1)
    ground.prepare(graph, np.array([window]))
    node_s = np.where(graph.node_ids == 1, 0.0, np.inf)
    nowhere = np.empty(0)
    times = TimeField(graph, "to", node_s, nowhere.astype(np.int32), nowhere, nowhere)
    seconds = cells.cell_seconds(times, ground.window(*window))[0]
    along, off = np.arange(20) * 10.0 + 5.0, 35.0
    assert np.allclose(seconds, (along + off) / WALKER.speed_m_s, rtol=1e-6)


def test_the_ground_is_labelled_once_for_all_paces_and_both_ways_of_walking() -> None:
    streets = draw_streets("A----B>>>>C")
    walk = cells.ground_of(travel_graph(streets, WALKER), "start")
    assert cells.ground_of(travel_graph(streets, profiles.WALK_ADULT), "end") is walk
    ride = travel_graph(streets, profiles.BIKE_ADULT.with_(push_speed_kmh=None))
    assert cells.ground_of(ride, "start") is not walk
    # Nobody comes back from C by bicycle, so the main part is another one for who starts there.
    assert cells.ground_of(ride, "end") is not cells.ground_of(ride, "start")


def test_ground_that_is_forgotten_is_labelled_anew_and_alike() -> None:
    graph = travel_graph(draw_streets("A--B--C"), WALKER)
    window = (X - 2, Y - 2, 12, 12)

    def labelled() -> tuple[cells.Ground, cells.Labels]:
        ground = cells.ground_of(graph, "start")
        ground.prepare(graph, np.array([window]))
        return ground, ground.window(*window)

    first, labels = labelled()
    bounds = cells.bounds_of(graph)
    cells.forget_ground()
    again, same = labelled()
    assert again is not first
    assert all(map(partial(np.array_equal, equal_nan=True), labels, same))
    assert all(map(np.array_equal, bounds, cells.bounds_of(graph)))


def test_the_bounds_of_streets_are_those_of_all_who_see_them() -> None:
    streets = draw_streets("A--B--C")
    walk = cells.bounds_of(travel_graph(streets, WALKER))
    assert cells.bounds_of(travel_graph(streets, profiles.WALK_ADULT)) is walk


def test_whoever_keeps_to_calm_streets_and_never_pushes_comes_from_farther() -> None:
    calm = profiles.BIKE_LOW_STRESS.with_(push_speed_kmh=None)
    streets = draw_streets("A----B")
    near, far = (
        cells.farthest_m(travel_graph(streets, profile))
        for profile in (profiles.BIKE_LOW_STRESS, calm)
    )
    assert (near, far) == (cells.FARTHEST_M, cells.FARTHEST_CALM_M)
    graph = travel_graph(streets, calm)
    window = (X, Y + 20, 1, 40)
    ground = cells.ground_of(graph, "start")
    ground.prepare(graph, np.array([window]))
    known = ground.window(*window).edge[:, 0] >= 0
    assert known[:29].all()
    assert not known[30:].any()


@given(towns())
def test_windows_hold_the_streets_and_the_ground_beyond(town) -> None:
    graph = travel_graph(town.streets, WALKER)
    nodes = np.arange(0, len(graph.node_ids), 2, dtype=np.int32)
    edges = np.array([0], dtype=np.int32)
    (window,) = cells.windows_around(graph, [nodes], edges)
    left, low, wide, tall = window * cells.CELL_M
    held = shapely.box(left, low, left + wide, low + tall)
    at_nodes = np.isin(graph.edge_u, nodes) | np.isin(graph.edge_v, nodes)
    at_nodes[0] = True
    ground = shapely.box(*shapely.total_bounds(graph.lines.lines[at_nodes])).buffer(
        cells.FARTHEST_M
    )
    assert held.covers(ground)


@pytest.mark.parametrize("away", [400, 1200, 3000])
def test_an_island_keeps_its_ground_only_if_its_addresses_are_put_there(away) -> None:
    x, y = ORIGIN
    far = {"u": "C", "v": "C", "through": [(x + away, y + 40), (x + away + 40, y + 40)]}
    main = {"u": "A", "v": "B", "length_m": 9000.0}
    streets = draw_streets(f"A---------B{' ' * (away // 10)}C", extra=[main, far])
    graph = travel_graph(streets, WALKER)
    ground = cells.ground_of(graph, "start")
    window = (X + away // 10, Y - 5, 40, 30)
    ground.prepare(graph, np.array([window]))
    found = snap(graph, middles(*window), role="start")
    near = found.distance_m <= cells.FARTHEST_M
    labels = ground.window(*window)
    assert np.array_equal(labels.edge.ravel(), np.where(near, found.edge, -1))
    assert near.any() == (away > 1000)

"""What is drawn around reached streets holds them all, and grows with the time there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.reach import areas
from quartieri15.reach.catchments import catchments, reached_streets
from quartieri15.reach.cells import CELL_M
from quartieri15.reach.cutting import cut_lines, straight_parts, vertices_of
from quartieri15.reach.searches import Search
from tests.ascii_city import draw_city
from tests.reach.test_catchments import cities, lies_in

WALKER = profiles.WALK_ADULT.with_(speed_kmh=3.6)


@given(cities(), st.floats(0.5, 10))
def test_straight_parts_are_the_pieces(city, minutes) -> None:
    search = Search.of(city, "houses", profile=WALKER, direction="to")
    for times in search.each_place(minutes * 60):
        pieces = times.reached(minutes * 60)
        parts = straight_parts(vertices_of(search.graph.lines), pieces)
        drawn = shapely.linestrings(parts.reshape(-1, 2, 2))
        lines = cut_lines(search.graph, pieces)
        assert shapely.length(drawn).sum() == pytest.approx(shapely.length(lines).sum(), abs=1e-6)
        whole = shapely.union_all(lines)
        assert (shapely.distance(shapely.points(parts[:, :2]), whole) < 1e-6).all()
        assert (shapely.distance(shapely.points(parts[:, 2:]), whole) < 1e-6).all()


@given(
    st.lists(st.tuples(*[st.integers(0, 40)] * 4), max_size=12),
    st.lists(st.tuples(*[st.integers(0, 40)] * 2), max_size=3, unique=True),
)
@example(ribbons=[], corners=[(0, 0), (5, 20)])
@example(ribbons=[(3, 3, 60, 2)], corners=[(0, 0), (5, 20)])
def test_areas_and_ribbons_are_joined_whole(ribbons, corners) -> None:
    drawn = np.array([shapely.box(x, y, x + w + 1, y + h + 1) for x, y, w, h in ribbons])
    # Areas are apart from each other, as contours are.
    apart = np.array(
        [shapely.box(60 * i + x, y, 60 * i + x + 9, y + 9) for i, (x, y) in enumerate(corners)]
    )
    joined = areas._joined(apart.astype(object), drawn.astype(object))
    assert shapely.is_valid(joined)
    assert joined.equals(shapely.union_all(np.concatenate([apart, drawn])))


@given(
    st.lists(st.lists(st.integers(0, 300), min_size=6, max_size=6), min_size=6, max_size=6),
    st.integers(1, 299),
    st.integers(1, 299),
)
def test_contours_of_any_times_nest(seconds, one, other) -> None:
    """Square by square, whatever the times: saddles, plateaus, cliffs."""
    grid = np.array(seconds, dtype=float)
    drawn = []
    for limit in sorted((one, other)):
        level, corner = areas._level(grid, (0, 0), float(limit), 8.0)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(areas, "HOLE_M2", 0.0)
            drawn.append(shapely.union_all(areas._contours(level, corner)))
    assert lies_in(*drawn)
    # Where all four corners of a square are reached, all of it is.
    level, corner = areas._level(grid, (0, 0), float(max(one, other)), 8.0)
    for row, column in itertools.product(*(range(n - 1) for n in level.shape)):
        if (level[row : row + 2, column : column + 2] <= 0).all():
            x, y = (corner[0] + column + 0.5) * CELL_M, (corner[1] + row + 0.5) * CELL_M
            assert lies_in(shapely.box(x, y, x + CELL_M, y + CELL_M), drawn[1])


def test_a_street_among_others_reached_later_lies_in_a_ribbon() -> None:
    """A bridge of no length crosses a street that takes an hour: only the bridge is reached."""
    city = draw_city(
        "A         B\n.\n.\n.\n.\n.\n.\n.\nC         D",
        places={"house": (0.0, 0.0)},
        extra=[
            {"u": "A", "v": "D", "length_m": 10.0},
            {"u": "B", "v": "C", "length_m": 4000.0},
            {"u": "A", "v": "B", "length_m": 4000.0},
            {"u": "C", "v": "D", "length_m": 4000.0},
        ],
    )
    area = catchments(city, "houses", profile=WALKER, minutes=1).geometry.item()
    bridge = reached_streets(city, "houses", profile=WALKER, minutes=1)
    assert lies_in(shapely.union_all(bridge.geometry.array), area)
    assert area.geom_type == "Polygon"
    middle = city.streets.edges.geometry.iloc[0].interpolate(0.5, normalized=True)
    across = shapely.intersection(area, city.streets.edges.geometry.iloc[1])
    assert across.length < 60
    assert area.covers(middle)


def test_small_holes_are_filled_and_large_ones_kept() -> None:
    shell, yard, park = (
        shapely.box(0, 0, 500, 500).exterior,
        shapely.box(10, 10, 50, 50).exterior,
        shapely.box(100, 100, 200, 200).exterior,
    )
    (kept,) = areas._without_small_holes(np.array([shapely.Polygon(shell, [yard, park])]))
    assert kept.equals(shapely.Polygon(shell, [park]))

"""A catchment is the reached part of the streets, to the metre, and its area agrees with it."""

from __future__ import annotations

import heapq
import itertools
import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach import areas, cells, kernels
from quartieri15.reach import catchments as module
from quartieri15.reach.catchments import _Drawing, catchments, reached_area, reached_streets
from quartieri15.reach.times import travel_time_matrix, travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

METRE_A_SECOND = profiles.BIKE_ADULT.with_(
    name="one m/s",
    speed_kmh=3.6,
    access_speed_kmh=3.6,
    push_speed_kmh=None,
    source="round numbers",
)
WALKER = profiles.WALK_ADULT.with_(speed_kmh=3.6)
STEPS = 60


def letters(number: int) -> str:
    """A drawing of isolated junctions, ten cells apart."""
    return "         ".join("ABCDEFGHIJ"[:number])


def lies_in(inner: shapely.Geometry, outer: shapely.Geometry) -> bool:
    """Whether nothing of one shape is a micrometre outside the other.

    A buffer by a micrometre would not do: it need not even hold the shape it is drawn around.
    """
    outside = shapely.get_coordinates(shapely.difference(inner, outer))
    return bool((shapely.distance(shapely.points(outside), outer) <= 1e-6).all())


@st.composite
def cities(draw: st.DrawFn) -> City:
    """Junctions on a line, joined by bent streets of any length: loops, twins, one-way."""
    number = draw(st.integers(2, 5))
    pick = st.sampled_from("ABCDEFGHIJ"[:number])
    extra = []
    for _ in range(draw(st.integers(1, 8))):
        u, v = draw(pick), draw(pick)
        bend = (
            ORIGIN[0] + draw(st.integers(-200, 600)),
            ORIGIN[1] + draw(st.integers(-300, 300)) + 0.5,
        )
        extra.append(
            {
                "u": u,
                "v": v,
                "through": [bend],
                "oneway": draw(st.sampled_from(["no", "forward", "backward"])),
                "length_m": draw(st.sampled_from([None, 0.0, 37.0, 250.0, 700.0])),
            }
        )
    at = st.tuples(st.integers(-5, 10 * number).map(float), st.integers(-20, 20).map(float))
    places = {f"p{i}": draw(at) for i in range(draw(st.integers(1, 3)))}
    return draw_city(letters(number), extra=extra, places=places)


def fine_graph(
    city: City, edge: int, fraction: float, direction: str
) -> dict[Any, list[tuple[Any, float]]]:
    """Arcs as one searches them from the place, with STEPS + 1 nodes along every edge.

    A place that stands on one of these nodes is that node: behind it on a one-way street,
    whoever is there would have to ride all the way round to where they are.
    """
    arcs: dict[Any, list[tuple[Any, float]]] = {}

    def join(tail: Any, head: Any, seconds: float) -> None:
        one, other = (tail, head) if direction == "from" else (head, tail)
        arcs.setdefault(one, []).append((other, seconds))

    for e, row in enumerate(city.streets.edges.itertuples()):
        stops: list[tuple[float, Any]] = [(i / STEPS, (e, i)) for i in range(STEPS + 1)]
        if e == edge:
            nearest = round(fraction * STEPS)
            if abs(nearest / STEPS - fraction) < 1e-9:
                join((e, nearest), "place", 0.0)
                join("place", (e, nearest), 0.0)
            else:
                stops = sorted([*stops, (fraction, "place")], key=lambda stop: stop[0])
        for (x, a), (y, b) in itertools.pairwise(stops):
            if row.bicycle_forward:
                join(a, b, (y - x) * row.length_m)
            if row.bicycle_backward:
                join(b, a, (y - x) * row.length_m)
        for i, node in ((0, row.u), (STEPS, row.v)):
            join((e, i), ("node", node), 0.0)
            join(("node", node), (e, i), 0.0)
    return arcs


def plain_dijkstra(arcs: dict[Any, list[tuple[Any, float]]], access: float) -> dict[Any, float]:
    """Seconds from the place, at one metre a second."""
    best = {"place": access}
    queue = [(access, 0, "place")]
    count = itertools.count(1)
    while queue:
        seconds, _, here = heapq.heappop(queue)
        for there, step in arcs.get(here, []):
            if seconds + step < best.get(there, math.inf):
                best[there] = seconds + step
                heapq.heappush(queue, (seconds + step, next(count), there))
    return best


@settings(max_examples=60)
@given(cities(), st.floats(0.2, 25), st.sampled_from(["to", "from"]))
def test_streets_are_cut_where_a_fine_graph_says(
    city: City, minutes: float, direction: str
) -> None:
    agrees_with_a_fine_graph(city, minutes, direction)


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("oneway", ["no", "forward", "backward"])
@pytest.mark.parametrize(
    ("bends", "length_m", "place"),
    [
        # Out to a dead end and back along itself; the place is beyond its end.
        ([(0.0, -3.5)], 7.0, (4.0, 4.0)),
        # Round a block; the place is at its first corner, then at the far one.
        ([(40.0, 0.0), (40.0, 40.0), (0.0, 40.0)], None, (4.0, 0.0)),
        ([(40.0, 0.0), (40.0, 40.0), (0.0, 40.0)], 250.0, (4.0, -4.0)),
        # Round a triangle and between two of the fine graph's nodes.
        ([(30.0, 40.0), (60.0, 0.0)], 100.0, (1.0, -4.0)),
    ],
)
def test_a_loop_is_cut_where_a_fine_graph_says(
    bends: list[tuple[float, float]],
    length_m: float | None,
    place: tuple[float, float],
    oneway: str,
    direction: str,
) -> None:
    loop = {
        "u": "A",
        "v": "A",
        "through": [(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in bends],
        "length_m": length_m,
        "oneway": oneway,
    }
    city = draw_city("A         B", extra=[loop], places={"house": place})
    assert agrees_with_a_fine_graph(city, 1.0, direction)


def agrees_with_a_fine_graph(city: City, minutes: float, direction: Any) -> bool:
    """Check the reached streets against a fine graph, or return that a tie forbids it."""
    place = city.places.iloc[:1]
    found = reached_streets(
        city, place, profile=METRE_A_SECOND, minutes=minutes, direction=direction
    )
    if place["id"].iloc[0] in found.attrs["left_out"] or found.attrs["place_status"]:
        return False
    point = place.geometry.iloc[0]
    streets = city.streets.edges.geometry
    on = streets.distance(point).idxmin()
    line = streets[on]
    if (streets.distance(point) - line.distance(point) < 1e-6).sum() > 1:
        return False  # a tie: either street may be taken
    fraction = line.project(point, normalized=True)
    if abs(shapely.reverse(line).project(point, normalized=True) + fraction - 1) > 1e-9:
        return False  # a tie on one street, which goes back on itself: either spot may be taken
    expected = plain_dijkstra(fine_graph(city, on, fraction, direction), line.distance(point))
    rows = dict(iter(found.groupby("edge_id")))
    for e, i in itertools.product(range(len(streets)), range(1, STEPS)):
        x, table = i / STEPS, rows.get(e)
        seconds = expected.get((e, i), math.inf)
        inside = table is not None and bool(
            ((table["from_fraction"] - 1e-9 <= x) & (x <= table["to_fraction"] + 1e-9)).any()
        )
        if abs(seconds - minutes * 60) > 1e-6:
            assert inside == (seconds < minutes * 60), (e, x, seconds / 60)
    for row in found.itertuples():
        for x, told in ((row.from_fraction, row.minutes_from), (row.to_fraction, row.minutes_to)):
            # At its ends a piece tells the time just inside it: from there a junction may be
            # a one-way street away.
            if 0 < x < 1 and abs(x - fraction) > 1e-9 and (x * STEPS).is_integer():
                assert told * 60 == pytest.approx(expected[row.edge_id, int(x * STEPS)], abs=1e-6)
        middle = (row.from_fraction + row.to_fraction) / 2 * STEPS
        if middle.is_integer():
            even = (row.minutes_from + row.minutes_to) / 2 * 60
            assert even == pytest.approx(expected[row.edge_id, int(middle)], abs=1e-6)
    return True


@settings(max_examples=40)
@given(cities(), st.lists(st.floats(0.2, 20), min_size=2, max_size=3, unique=True))
def test_areas_nest_hold_their_streets_and_stand_alone(city: City, minutes: list[float]) -> None:
    areas = catchments(city, "houses", profile=WALKER, minutes=minutes)
    whole = reached_area(city, "houses", profile=WALKER, minutes=minutes)
    assert areas.geometry.is_valid.all()
    assert set(areas.geom_type) <= {"Polygon", "MultiPolygon"}
    assert list(areas["place_id"].unique()) == [
        place for place in city.places["id"] if place not in areas.attrs["left_out"]
    ]
    for limit, table in areas.groupby("minutes"):
        alone = catchments(city, "houses", profile=WALKER, minutes=limit)
        assert list(alone.geometry) == list(table.geometry)
        everything = whole.set_index("minutes").geometry[limit]
        assert all(lies_in(shape, everything) for shape in table.geometry)
        streets = reached_streets(city, "houses", profile=WALKER, minutes=limit)
        for row in table.itertuples():
            own = streets[streets["place_id"] == row.place_id]
            assert row.street_km == pytest.approx(own["length_m"].sum() / 1000)
            assert row.geometry.is_empty == own.empty
            assert lies_in(shapely.union_all(own.geometry.array), row.geometry)
            assert row.geometry.area == pytest.approx(row.area_km2 * 1e6)
    for _, table in areas.groupby("place_id"):
        for smaller, larger in itertools.pairwise(table.geometry):
            assert lies_in(smaller, larger)
        assert (table["street_km"].diff().dropna() >= -1e-12).all()


@settings(max_examples=25)
@given(cities(), st.floats(1, 12), st.randoms(use_true_random=False))
def test_an_area_and_the_time_at_its_points_differ_by_a_cell_at_most(
    city: City, minutes: float, random: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(areas, "HOLE_M2", 0.0)
        area = reached_area(city, "houses", profile=WALKER, minutes=minutes).geometry.iloc[0]
    west, south, east, north = city.streets.edges.total_bounds
    xy = [
        (random.uniform(west - 150, east + 150), random.uniform(south - 150, north + 150))
        for _ in range(40)
    ]
    around = [
        (x + dx, y + dy)
        for x, y in xy
        for dx in np.linspace(-30, 30, 7)
        for dy in np.linspace(-30, 30, 7)
    ]
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*around, strict=True)), crs=CRS)
    times = travel_times(city, to="houses", profile=WALKER, origins=points)
    near = times["snap_distance_m"] <= cells.FARTHEST_M
    reached = ((times["minutes"] <= minutes) & near).to_numpy().reshape(40, 49)
    inside = shapely.contains_xy(area, xy)
    assert not (inside & ~reached.any(axis=1)).any()
    assert not (~inside & reached.all(axis=1)).any()


def test_a_street_reached_from_both_ends_stands_in_two_pieces() -> None:
    city = draw_city(
        "A--------------------B",
        places={"house": (0.0, 0.0)},
        extra=[
            {"u": "A", "v": "B", "length_m": 30.0, "through": [(ORIGIN[0] + 100, ORIGIN[1] + 90)]}
        ],
    )
    found = reached_streets(city, "houses", profile=WALKER, minutes=1)
    long = found[found["edge_id"] == 0]
    assert long["length_m"].tolist() == pytest.approx([60.0, 30.0])
    assert long["minutes_to"].tolist() == pytest.approx([1.0, 0.5])
    assert long["minutes_from"].tolist() == pytest.approx([0.0, 1.0])
    assert long.geometry.length.tolist() == pytest.approx([60.0, 30.0])


def test_from_the_middle_of_a_street_both_ways() -> None:
    city = draw_city("A--------------------B", places={"house": (10.0, 1.0)})
    found = reached_streets(city, "houses", profile=WALKER, minutes=1)
    assert found[["from_fraction", "to_fraction"]].to_numpy().ravel().tolist() == pytest.approx(
        [50 / 210, 100 / 210, 100 / 210, 150 / 210]
    )
    assert found["minutes_from"].tolist() == pytest.approx([1.0, 1 / 6])
    assert found["minutes_to"].tolist() == pytest.approx([1 / 6, 1.0])


def test_one_way_streets_are_ridden_one_way() -> None:
    city = draw_city("A---->----B---->----C", places={"house": (10.0, 0.0)})
    to = reached_streets(city, "houses", profile=METRE_A_SECOND, minutes=1)
    from_ = reached_streets(city, "houses", profile=METRE_A_SECOND, minutes=1, direction="from")
    assert to["edge_id"].tolist() == [0]
    assert (to["from_fraction"].item(), to["to_fraction"].item()) == (pytest.approx(0.4), 1.0)
    assert from_["edge_id"].tolist() == [1]
    assert (from_["from_fraction"].item(), from_["to_fraction"].item()) == (0.0, pytest.approx(0.6))


def test_a_loop_is_walked_from_both_ends_and_parallel_streets_each() -> None:
    x, y = ORIGIN
    loop = {"u": "B", "v": "B", "through": [(x + 80, y + 60), (x + 20, y + 60)], "length_m": 200.0}
    twin = {"u": "A", "v": "B", "through": [(x + 25, y - 60)], "length_m": 150.0}
    city = draw_city("A----B", places={"house": (0.0, 0.0)}, extra=[loop, twin])
    found = reached_streets(city, "houses", profile=WALKER, minutes=2)
    assert found.groupby("edge_id")["length_m"].sum().to_dict() == pytest.approx(
        {0: 50.0, 1: 140.0, 2: 150.0}
    )
    assert reached_streets(city, "houses", profile=WALKER, minutes=5)[
        "length_m"
    ].sum() == pytest.approx(400.0)


def test_time_that_does_not_suffice_to_reach_the_street_gives_an_empty_polygon() -> None:
    city = draw_city("A---B", places={"far": (2.0, 12.0), "near": (2.0, 0.0)})
    areas = catchments(city, "houses", profile=WALKER, minutes=1)
    assert areas.geom_type.tolist() == ["Polygon", "Polygon"]
    assert areas.geometry.is_empty.tolist() == [True, False]
    assert areas["street_km"].tolist() == pytest.approx([0.0, 0.04])
    only = reached_streets(city, city.places[:1], profile=WALKER, minutes=1)
    assert only.empty
    assert only.crs == city.crs


def test_what_cannot_be_drawn_is_named() -> None:
    city = draw_city("A---B", places={"house": (1.0, 0.0), "away": (95.0, 95.0)})
    places = city.places
    table = gpd.GeoDataFrame(
        {"id": [*places["id"], "lost"]}, geometry=[*places.geometry, None], crs=CRS
    )
    areas = catchments(city, table, profile=WALKER, minutes=(5, 10))
    assert areas["place_id"].tolist() == ["house", "house"]
    assert areas.attrs["left_out"] == {"lost": "no_position", "away": "no_street"}
    alone = city.places[1:]
    assert catchments(city, alone, profile=WALKER).empty
    assert reached_area(city, alone, profile=WALKER, minutes=5).geometry.is_empty.tolist() == [True]
    assert reached_streets(city, alone, profile=WALKER).attrs["left_out"] == {"away": "no_street"}
    assert areas.attrs["provenance"]["profile"] == WALKER.name
    assert areas.attrs["provenance"]["licence_line"] == "drawn for a test"


@pytest.fixture(scope="module")
def row_of_places() -> City:
    """Seven places on a street, one of them away from it."""
    places = {f"place{i}": (2.0 * i + 0.5, 0.0) for i in range(6)}
    return draw_city("A------B------C", places=places | {"away": (900.0, 0.0)})


def test_many_places_are_searched_and_drawn_a_few_at_a_time(
    row_of_places: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So memory does not grow with what all of them reach; each place is drawn once."""
    at_once = catchments(row_of_places, "houses", profile=WALKER, minutes=(1, 2))
    drawn, said = [], []
    some = _Drawing.draw_at_once

    def counted(search: _Drawing, limits: list[float], limit_s: float) -> Any:
        drawn.append(search.place_ids.tolist())
        return some(search, limits, limit_s)

    monkeypatch.setattr(_Drawing, "draw_at_once", counted)
    monkeypatch.setattr(module, "TOGETHER", 4)
    few = catchments(row_of_places, "houses", profile=WALKER, minutes=(1, 2), progress=said.append)
    assert drawn == [[f"place{i}" for i in range(4)], ["place4", "place5"]]
    assert said == ["areas of 6 places, 0 are drawn", "areas of 6 places, 4 are drawn"]
    assert few.attrs == at_once.attrs
    assert few["place_id"].tolist() == at_once["place_id"].tolist()
    assert few.geometry.to_wkb().tolist() == at_once.geometry.to_wkb().tolist()
    assert few["street_km"].tolist() == at_once["street_km"].tolist()


def test_an_interruption_ends_the_drawing_on_every_thread(
    row_of_places: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C reaches one thread only: the others do not draw on until nothing is left."""
    drawn = []

    def draw(_: _Drawing, times: Any, *__: object) -> Any:
        drawn.append(times)
        raise KeyboardInterrupt

    monkeypatch.setattr(_Drawing, "_draw", draw)
    monkeypatch.setattr(kernels, "available_cores", lambda: 2)
    with pytest.raises(KeyboardInterrupt):
        catchments(row_of_places, "houses", profile=WALKER, minutes=1)
    assert len(drawn) <= 2


@pytest.mark.parametrize("minutes", [0.5, 1, 2])
def test_the_area_of_all_places_is_that_of_each_together(
    row_of_places: City, minutes: float
) -> None:
    each = catchments(row_of_places, "houses", profile=WALKER, minutes=minutes)
    together = reached_area(row_of_places, "houses", profile=WALKER, minutes=minutes)
    apart = shapely.union_all(each.geometry.to_numpy())
    assert lies_in(apart, together.geometry.item())
    assert together["area_km2"].item() == pytest.approx(apart.area / 1e6, rel=0.01)


@pytest.mark.parametrize("minutes", [0, -5, 1441, math.nan, "15", None, (), (5, 0)])
def test_minutes_that_make_no_sense_are_refused(minutes: Any) -> None:
    with pytest.raises(ParameterError, match="minutes"):
        catchments(draw_city("A--B"), "houses", profile=WALKER, minutes=minutes)


def test_bad_places_and_names_are_refused() -> None:
    city = draw_city("A--B")
    with pytest.raises(InputError, match="there is no place"):
        catchments(city, city.places.iloc[:0], profile=WALKER)
    nowhere = city.places.set_geometry(gpd.GeoSeries([None], crs=CRS))
    with pytest.raises(InputError, match="no place has a position"):
        catchments(city, nowhere, profile=WALKER)
    twice = gpd.GeoDataFrame(
        {"id": ["a", "a"]}, geometry=[city.places.geometry.iloc[0]] * 2, crs=CRS
    )
    with pytest.raises(InputError, match="stands twice"):
        catchments(city, twice, profile=WALKER)
    with pytest.raises(InputError, match="EPSG:4326"):
        catchments(city, city.places.to_crs(4326), profile=WALKER)
    with pytest.raises(UnknownNameError, match="houses"):
        catchments(city, "house", profile=WALKER)
    with pytest.raises(ParameterError, match="direction"):
        catchments(city, "houses", profile=WALKER, direction="there")  # type: ignore[arg-type]


@pytest.mark.parametrize("profile", ["walk_75", "walk_adult"])
def test_in_milano_the_areas_agree_with_the_addresses(milano: City, profile: str) -> None:
    areas = catchments(milano, "houses", profile=profile, minutes=15).set_index("place_id")
    pairs = travel_time_matrix(milano, to="houses", profile=profile, minutes=15)
    homes = milano.residents.set_index("id").geometry
    reached = left_out = let_in = 0
    for place, area in areas.geometry.items():
        shapely.prepare(area)
        inside = shapely.contains_xy(area, homes.x, homes.y)
        there = homes.index.isin(pairs["origin_id"][pairs["place_id"] == place])
        reached += there.sum()
        left_out += (there & ~inside).sum()
        let_in += (inside & ~there).sum()
    assert areas.geometry.is_valid.all()
    assert (areas.geom_type == "Polygon").all()
    assert left_out / reached < 0.005
    assert let_in / reached < 0.010


def test_a_limit_that_is_no_number_is_told_as_it_was_given() -> None:
    city = draw_city("A----B")
    for verb in (catchments, reached_area, reached_streets):
        for minutes, said in (("15", "minutes is '15'"), (None, "minutes is None")):
            with pytest.raises(ParameterError, match=said):
                verb(city, "houses", profile="walk_75", minutes=minutes)
        with pytest.raises(ParameterError, match=r"minutes is \{5: 10\}"):
            verb(city, "houses", profile="walk_75", minutes={5: 10})

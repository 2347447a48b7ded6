"""Whatever graph osmnx makes is read by the arc, or refused by the arc: never guessed at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import osmnx as ox
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.model import tag_rules
from quartieri15.model.interchange import city_of_streets
from quartieri15.model.streets import StreetNetwork
from tests.model.osmnx_town import osmnx_town, write_town

if TYPE_CHECKING:
    from pathlib import Path

METRIC = "EPSG:32632"


def graph_of(*arcs: tuple[Any, Any, dict[str, Any]], crs: Any = METRIC) -> nx.MultiDiGraph:
    """Junctions stand 100 m apart on a diagonal, in the order they are met."""
    graph = nx.MultiDiGraph(crs=crs)
    for tail, head, data in arcs:
        for node in (tail, head):
            if node not in graph:
                at = 100.0 * len(graph)
                graph.add_node(node, x=512_000 + at, y=5_034_000 + at)
        graph.add_edge(tail, head, **({"osmid": 7, "highway": "residential", "length": 50} | data))
    return graph


def both_ways(data: dict[str, Any], back: dict[str, Any]) -> nx.MultiDiGraph:
    return graph_of((1, 2, data | {"reversed": False}), (2, 1, data | back | {"reversed": True}))


def one_edge(graph: nx.MultiDiGraph) -> Any:
    edges = StreetNetwork.from_networkx(graph).edges
    assert len(edges) == 1
    return edges.iloc[0]


@pytest.mark.parametrize("simplify", [True, False])
@pytest.mark.parametrize("projected", [True, False])
def test_a_street_of_osmnx_is_one_edge(tmp_path: Path, simplify: bool, projected: bool) -> None:  # noqa: FBT001
    graph = osmnx_town(tmp_path, simplify=simplify)
    graph = ox.project_graph(graph) if projected else graph
    streets = StreetNetwork.from_networkx(graph)
    # osmnx itself: a two-way street has two arcs, a one-way street one.
    two_way = sum(not data["oneway"] for *_, data in graph.edges(data=True)) / 2
    one_way = sum(data["oneway"] for *_, data in graph.edges(data=True))
    assert (streets.edges["oneway"] == "no").sum() == two_way
    assert (streets.edges["oneway"] == "forward").sum() == one_way
    metres = {True: 0.0, False: 0.0}
    for *_, data in graph.edges(data=True):
        metres[data["oneway"]] += data["length"]
    assert streets.edges["length_m"].sum() == pytest.approx(metres[True] + metres[False] / 2)
    assert set(streets.nodes.index) == set(graph.nodes)
    assert streets.crs.to_epsg() == 32632


def test_the_sums_of_osmnx_differ_in_their_last_digit(tmp_path: Path) -> None:
    """Were they equal, the tolerance of joining would be tested by nothing."""
    graph = osmnx_town(tmp_path)
    there, back = (graph.edges[ends]["length"] for ends in ((1, 5, 0), (5, 1, 0)))
    assert there != back
    assert there == pytest.approx(back, rel=1e-12)


def test_lists_of_tags_become_text(tmp_path: Path) -> None:
    edges = StreetNetwork.from_networkx(osmnx_town(tmp_path)).edges
    merged = edges[edges["name"].notna()].iloc[0]
    assert set(merged["name"].split(";")) == {"Via Prima", "Via Seconda"}
    assert set(merged["highway"].split(";")) == {"residential", "tertiary"}
    assert merged["osm_way_id"] in (101, 102)
    assert edges["bridge"].sum() == 2
    assert edges["steps"].sum() == 1
    assert not edges["bicycle_forward"][edges["steps"]].any()


def test_ways_merged_in_another_order_are_one_street() -> None:
    edge = one_edge(both_ways({"osmid": [1, 2]}, {"osmid": [2, 1]}))
    assert edge["oneway"] == "no"


def test_parallel_streets_and_loops_stay_apart(tmp_path: Path) -> None:
    graph = osmnx_town(tmp_path)
    edges = StreetNetwork.from_networkx(graph).edges
    ends = edges[["u", "v"]].apply(frozenset, axis=1)
    assert (ends == frozenset({1, 5})).sum() == 2
    (loop,) = edges.index[edges["u"] == edges["v"]]
    assert edges["oneway"][loop] == "no"


@pytest.mark.parametrize("first", [1, 2])
def test_a_grade_is_that_of_the_way_whichever_arc_comes_first(first: int) -> None:
    up = (1, 2, {"grade": 0.05, "grade_abs": 0.05, "reversed": False})
    down = (2, 1, {"grade": -0.05, "grade_abs": 0.05, "reversed": True})
    edge = one_edge(graph_of(*((up, down) if first == 1 else (down, up))))
    network = StreetNetwork.from_networkx(graph_of(*((up, down) if first == 1 else (down, up))))
    assert edge["grade"] == 0.05
    assert edge.geometry.coords[0] == network.nodes.geometry[1].coords[0]
    assert (edge["u"], edge["v"]) == (1, 2)


def test_the_grade_of_a_lone_arc_against_its_way_is_turned() -> None:
    edge = one_edge(graph_of((1, 2, {"grade": 0.05, "reversed": True})))
    assert (edge["u"], edge["v"], edge["oneway"], edge["grade"]) == (2, 1, "backward", -0.05)


def test_a_grade_told_of_one_arc_alone_is_that_of_both() -> None:
    assert one_edge(both_ways({}, {"grade": 0.02}))["grade"] == -0.02
    assert math.isnan(one_edge(both_ways({}, {}))["grade"])


def test_grades_of_osmnx_rise_where_the_ground_rises(tmp_path: Path) -> None:
    graph = osmnx_town(tmp_path)
    nx.set_node_attributes(graph, {node: (node * 37) % 11 for node in graph}, "elevation")
    graph = ox.elevation.add_edge_grades(graph)
    streets = StreetNetwork.from_networkx(graph)
    high = {node: data["elevation"] for node, data in graph.nodes(data=True)}
    rise = streets.edges["v"].map(high) - streets.edges["u"].map(high)
    assert rise.nunique() > 3
    np.testing.assert_allclose(
        streets.edges["grade"], rise / streets.edges["length_m"], rtol=0, atol=1e-12
    )
    # and out again, arc by arc
    for tail, head, data in streets.to_networkx().edges(data=True):
        assert data["grade"] == pytest.approx((high[head] - high[tail]) / data["length"], abs=1e-12)


def test_a_street_without_length_has_no_grade() -> None:
    assert math.isnan(one_edge(graph_of((1, 2, {"length": 0, "grade": math.inf})))["grade"])


def test_an_absolute_grade_is_refused() -> None:
    graph = both_ways({"grade": 0.05}, {})
    with pytest.raises(InputError, match=r"arc 1 -> 2: grade is 0.05 and 0.05 the other way.*sign"):
        StreetNetwork.from_networkx(graph)


def test_speeds_of_the_graph_are_not_read() -> None:
    plain = one_edge(graph_of((1, 2, {})))
    fast = one_edge(graph_of((1, 2, {"speed_kph": 130, "travel_time": 1})))
    assert fast.drop("geometry").equals(plain.drop("geometry"))


def test_a_speed_limit_is_read_as_of_a_file() -> None:
    """It says how stressful a street is to ride, and makes nobody faster."""
    limited = one_edge(graph_of((1, 2, {"maxspeed": ["50", "30"]})))
    assert limited["maxspeed_kmh"] == 50
    named = one_edge(graph_of((1, 2, {"maxspeed:type": "IT:urban"})))
    assert named["maxspeed_kmh"] == 50


@pytest.mark.parametrize(
    ("data", "column", "value"),
    [
        ({"foot": "no"}, "foot", False),
        ({"foot": "designated"}, "foot", True),
        ({"bicycle": "no"}, "bicycle_forward", False),
        ({"bridge": math.nan}, "bridge", False),
        ({"bridge": ["yes", "viaduct"]}, "bridge", True),
        ({"tunnel": "no"}, "tunnel", False),
        # Street level, as in a file.
        ({"tunnel": "building_passage"}, "tunnel", False),
        ({"tunnel": ["building_passage", "yes"]}, "tunnel", True),
        ({"foot": ["no", "yes"]}, "foot", False),
        ({"foot": "private"}, "foot", False),
        ({"access": ["permissive", "private"]}, "bicycle_forward", False),
        ({"highway": ["cycleway", "footway"]}, "bicycle_forward", False),
        ({"oneway:bicycle": "no"}, "bicycle_backward", True),
        ({"cycleway": "opposite_lane"}, "bicycle_backward", True),
        ({"cycleway": "opposite_lane"}, "cycle_facility", "lane"),
        # Columns of this library, also as GraphML and osmnx hand them on.
        ({"foot": "False"}, "foot", False),
        ({"foot": [True, False]}, "foot", False),
        ({"bicycle_backward": "True"}, "bicycle_backward", True),
        ({"incline": "10%"}, "grade", 0.1),
        ({"layer": "-1"}, "layer", -1),
        ({"layer": ["1", "2"]}, "layer", 1),
        ({"surface": ["asphalt", "sett"]}, "surface", "asphalt;sett"),
        ({"name": math.nan}, "name", None),
        ({"highway": ["steps", "footway"]}, "steps", True),
        ({"highway": "motorway_link"}, "foot", False),
        ({"osmid": "way/12"}, "osm_way_id", 0),
        ({"osmid": "12"}, "osm_way_id", 12),
        ({"reversed": "False"}, "oneway", "forward"),
        ({"reversed": "True"}, "oneway", "backward"),
        ({"reversed": [True, False]}, "oneway", "forward"),
    ],
)
def test_a_tag_is_read_however_it_is_written(data: dict[str, Any], column: str, value: Any) -> None:
    read = one_edge(graph_of((1, 2, data)))[column]
    assert read is value or read == value


def test_ids_that_are_texts_keep_their_numbers_or_their_text() -> None:
    numbered = StreetNetwork.from_networkx(graph_of(("31", "27", {})))
    assert numbered.nodes.index.tolist() == [31, 27]
    named = StreetNetwork.from_networkx(graph_of(("south gate", (3, 4), {})))
    assert named.nodes["graph_id"].to_dict() == {0: "south gate", 1: "(3, 4)"}
    assert named.edges[["u", "v"]].to_numpy().tolist() == [[0, 1]]


def test_ids_that_would_fall_together_are_numbered_anew() -> None:
    streets = StreetNetwork.from_networkx(graph_of(("1", "01", {})))
    assert streets.nodes["graph_id"].tolist() == ["1", "01"]


def test_heights_of_a_line_are_no_part_of_it() -> None:
    line = shapely.LineString([(512_000, 5_034_000, 100), (512_100, 5_034_100, 140)])
    edge = one_edge(graph_of((1, 2, {"geometry": line})))
    assert not edge.geometry.has_z
    assert edge["length_m"] == 50


FAR = shapely.LineString([(9.19, 45.46), (9.191, 45.46)])
BACK = shapely.LineString([(512_100, 5_034_100), (512_000, 5_034_000)])
ENDLESS = shapely.LineString([(512_000, 5_034_000), (math.inf, 0), (512_100, 5_034_100)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"length": None}, "length is None"),
        ({"length": math.nan}, "length is nan"),
        ({"length": -1}, "length is -1"),
        ({"length": math.inf}, "length is inf"),
        ({"length": "50"}, "length is '50'"),
        ({"length": [20, 30]}, r"length is \[20, 30\]"),
        ({"length": True}, "length is True"),
        ({"grade": "steep"}, "grade is 'steep'"),
        ({"grade": math.inf}, "grade is inf"),
        ({"maxspeed_kmh": "fast"}, "maxspeed_kmh is 'fast'"),
        ({"geometry": "LINESTRING (0 0, 1 1)"}, "its geometry is a str"),
        ({"geometry": shapely.Point(0, 0)}, "its geometry is a Point"),
        ({"geometry": shapely.LineString()}, "its geometry is an empty LineString"),
        ({"geometry": ENDLESS}, "a coordinate that is not a number"),
        ({"geometry": BACK}, "drawn from its head to its tail.*Mend: .*reverse"),
        ({"geometry": FAR}, "ends 5,0.* km from its node.*Mend: .*one CRS"),
    ],
)
def test_an_arc_that_cannot_be_read_is_named(data: dict[str, Any], message: str) -> None:
    graph = graph_of((1, 2, {}), (2, 3, {}))
    graph.add_edge(1, 2, osmid=8, highway="residential", **({"length": 50} | data))
    with pytest.raises(InputError, match=rf"graph, arc 1 -> 2: .*{message}"):
        StreetNetwork.from_networkx(graph)


def without_places() -> nx.MultiDiGraph:
    graph = graph_of((1, 2, {}))
    del graph.nodes[2]["x"]
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (None, "a NoneType is no graph"),
        (nx.MultiDiGraph(crs=METRIC), "has no edge"),
        (graph_of((1, 2, {}), crs=None), "has no coordinate reference system.*EPSG:4326"),
        (graph_of((1, 2, {}), crs="Milano"), "'Milano' is no coordinate reference system"),
        (nx.Graph(graph_of((1, 2, {}))), "a Graph has no directions.*to_undirected"),
        (nx.MultiGraph(graph_of((1, 2, {}))), "a MultiGraph has no directions.*to_undirected"),
        (nx.DiGraph(graph_of((1, 2, {}))), "a DiGraph holds one of.*to_digraph"),
        (without_places(), "graph, node 2: x is None"),
    ],
)
def test_another_kind_of_graph_is_refused(graph: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        StreetNetwork.from_networkx(graph)


def test_a_graph_made_directed_again_says_which_line_is_wrong(tmp_path: Path) -> None:
    """networkx gives both arcs one line, so that one of them is drawn the wrong way."""
    graph = nx.MultiDiGraph(ox.convert.to_undirected(osmnx_town(tmp_path)))
    with pytest.raises(InputError, match=r"arc \d+ -> \d+: its geometry is drawn from its head"):
        StreetNetwork.from_networkx(graph)


@given(st.permutations(range(6)))
def test_the_order_of_the_arcs_changes_nothing(order: list[int]) -> None:
    bend = shapely.LineString([(512_000, 5_034_000), (512_050, 5_034_000), (512_100, 5_034_100)])
    arcs = [
        (1, 2, {"grade": 0.1, "reversed": False}),
        (2, 1, {"grade": -0.1, "reversed": True}),
        (1, 2, {"length": 80, "geometry": bend, "reversed": True}),
        (2, 1, {"length": 80, "geometry": bend.reverse(), "reversed": False}),
        (1, 2, {"length": 90, "reversed": True}),
        (2, 1, {"length": 70, "reversed": False}),
    ]
    graph = graph_of((1, 2, {"osmid": 9}))
    for position in order:
        tail, head, data = arcs[position]
        graph.add_edge(tail, head, **({"osmid": 7, "highway": "residential", "length": 50} | data))
    edges = StreetNetwork.from_networkx(graph).edges.sort_values("length_m", kind="stable")
    told = edges[edges["osm_way_id"] == 7][["u", "v", "length_m", "oneway"]]
    assert told.to_numpy().tolist() == [
        [1, 2, 50, "no"],
        [2, 1, 70, "forward"],
        [2, 1, 80, "no"],
        [2, 1, 90, "backward"],
    ]
    assert edges["grade"].dropna().tolist() == [0.1]


KEYS = st.sampled_from(
    sorted(tag_rules.WALKING_KEYS | tag_rules.CYCLING_KEYS - {"highway", "oneway", "junction"})
)
VALUES = st.sampled_from(
    [
        *("yes", "no", "private", "designated", "dismount", "use_sidepath", "destination"),
        *("lane", "opposite_lane", "-1", "both", "forward", "customers;no"),
    ]
)
HIGHWAYS = st.sampled_from(
    sorted(tag_rules.WALKED | tag_rules.FAST_ROADS | tag_rules.CLOSED_UNLESS_SAID | {"proposed"})
)


@settings(max_examples=40)
@given(highway=HIGHWAYS, others=st.dictionaries(KEYS, VALUES, max_size=4), oneway=st.booleans())
def test_both_doors_say_the_same_of_the_same_tags(
    highway: str,
    others: dict[str, str],
    oneway: bool,  # noqa: FBT001 (drawn)
) -> None:
    tags = {"highway": highway, **{key: value for key, value in others.items() if key != "highway"}}
    file = tag_rules.way(tags | {"oneway": "yes" if oneway else "no"})
    # As osmnx writes it: the truth of oneway, and a reversed copy where there is none.
    arc = tags | {"oneway": oneway}
    graph = graph_of((1, 2, arc | {"reversed": False}), (3, 4, {}))
    if not oneway:
        graph.add_edge(2, 1, **({"osmid": 7, "length": 50, "reversed": True} | arc))
    read = StreetNetwork.from_networkx(graph)
    edges = read.edges[read.edges["u"].isin([1, 2])]
    if file.left_out:
        assert edges.empty
        assert read.edges.attrs["report"]["left_out"][file.left_out]["edges"] == 1
        return
    edge = edges.iloc[0]
    assert len(edges) == 1
    assert edge["foot"] == (file.foot_forward or file.foot_backward)
    assert edge["cycle_facility"] == file.cycle_facility
    assert (edge["bicycle_forward"], edge["bicycle_backward"]) == (
        file.bicycle_forward,
        file.bicycle_backward,
    )


def test_what_has_no_highway_is_no_street() -> None:
    """osmnx makes arcs of every line of an XML file."""
    river = {"osmid": 8, "highway": None, "waterway": "river", "length": 200}
    house = {"osmid": 9, "highway": math.nan, "building": "yes", "length": 40}
    graph = graph_of((1, 2, {}), (2, 3, river), (3, 4, house), (4, 3, house), (4, 5, {"osmid": 10}))
    graph.add_edge(5, 6, osmid=11, highway="proposed", length=300)
    graph.add_node(6, x=0.0, y=0.0)
    graph.nodes[6].update(graph.nodes[5])
    streets = StreetNetwork.from_networkx(graph)
    assert streets.edges["osm_way_id"].tolist() == [7, 10]
    assert streets.edges.attrs["report"] == {
        "arcs": 6,
        "left_out": {
            "no highway tag": {"edges": 2, "km": 0.24},
            "not built": {"edges": 1, "km": 0.3},
        },
        "remarks": {},
    }
    with pytest.raises(InputError, match=r"none of its 1 edges is a street \(1 no highway tag\)"):
        StreetNetwork.from_networkx(graph_of((1, 2, house)))


def test_a_building_of_an_xml_file_is_no_street(tmp_path: Path) -> None:
    """The very call of the documentation, on a file with more than streets in it."""
    path = write_town(tmp_path / "town.osm")
    streets = StreetNetwork.from_networkx(ox.graph_from_xml(path, retain_all=True))
    town = path.read_text(encoding="utf-8")
    refs = "".join(f'<nd ref="{ref}"/>' for ref in (1, 2, 4, 1))
    closed = '<tag k="highway" v="service"/><tag k="access" v="private"/>'
    other = (
        f'<way id="901">{refs}<tag k="building" v="yes"/></way>'
        f'<way id="902"><nd ref="1"/><nd ref="9"/><tag k="waterway" v="river"/></way>'
        f'<way id="903"><nd ref="2"/><nd ref="9"/>{closed}</way>'
    )
    path.write_text(town.replace("</osm>", f"{other}</osm>"), encoding="utf-8")
    graph = ox.graph_from_xml(path, retain_all=True, simplify=False)
    read = StreetNetwork.from_networkx(graph)
    assert not read.edges["osm_way_id"].isin([901, 902]).any()
    open_km = read.edges.loc[read.edges["foot"], "length_m"].sum()
    walked = streets.edges.loc[streets.edges["foot"], "length_m"].sum()
    assert open_km == pytest.approx(walked)
    assert read.edges.attrs["report"]["left_out"]["no highway tag"]["edges"] == 4
    assert city_of_streets(graph).provenance["streets"]["left_out"]["no highway tag"]["edges"] == 4


def test_a_graph_simplified_after_us_is_closed_where_a_part_is() -> None:
    """osmnx makes lists of our columns too."""
    arc = {"foot": [True, False], "bicycle_forward": True, "bicycle_backward": [True, False]}
    there = arc | {"edge_id": [4, 5], "reversed": [False, True]}
    edge = one_edge(graph_of((1, 2, there)))
    assert not edge[["foot", "bicycle_forward", "bicycle_backward"]].any()


def test_metres_said_to_be_degrees_are_refused() -> None:
    graph = graph_of((1, 2, {}), crs="EPSG:4326")
    with pytest.raises(InputError, match=r"crs'\]: .* nowhere on earth in EPSG:4326.*set the CRS"):
        StreetNetwork.from_networkx(graph)


def test_node_ids_too_large_are_numbered_anew() -> None:
    streets = StreetNetwork.from_networkx(graph_of((10**25, 2, {}), (2, 3, {})))
    assert streets.nodes.index.tolist() == [0, 1, 2]
    assert streets.nodes["graph_id"].tolist() == [str(10**25), "2", "3"]
    assert streets.edges[["u", "v"]].to_numpy().tolist() == [[0, 1], [1, 2]]

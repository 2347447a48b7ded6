"""What is derived from a network or a city is the same tables as are made from scratch."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from quartieri15.errors import InputError
from quartieri15.model.lineage import descent_of
from quartieri15.model.prepared import Prepared
from quartieri15.model.streets import StreetNetwork
from tests.reach.town_edits import VALUES, edited_streets
from tests.reach.towns import street, towns

if TYPE_CHECKING:
    from quartieri15.model.city import City


def plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table as someone would have written it: text in place of categories."""
    return table.astype({name: object for name in table if table[name].dtype == "category"})


def assert_same_tables(one: StreetNetwork, other: StreetNetwork) -> None:
    for table in ("nodes", "edges", "barriers"):
        assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True)
        assert getattr(one, table).attrs == getattr(other, table).attrs
    for name in other.edges:
        if other.edges[name].dtype == "category":
            mine, theirs = (network.edges[name].cat.categories for network in (one, other))
            assert mine.dtype == theirs.dtype
            assert mine.equals(theirs)
    assert one.edges.index.equals(other.edges.index)
    assert (one.extent == other.extent).all()


@settings(max_examples=25)
@given(data=st.data(), town=towns(), known=st.booleans())
def test_other_values_make_the_tables_that_from_tables_makes(
    data: Any, town: City, known: Any
) -> None:
    streets = town.streets
    if known:
        # What is known of the network is handed on where it holds.
        assert streets.extent.shape == (4,)
    m = len(streets.edges)
    at = data.draw(st.lists(st.integers(0, m - 1), min_size=1, max_size=4, unique=True))
    columns = data.draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, unique=True))
    values = pd.DataFrame({c: [data.draw(VALUES[c]) for _ in at] for c in columns}, index=at)
    written = streets.edges.copy()
    for column in columns:
        if column not in written.columns:
            # Without the column, all streets have a frontage.
            written[column] = True
        if written[column].dtype == "category":
            written[column] = written[column].astype(object)
        written.loc[at, column] = values[column].to_numpy()
    before = streets.edges.copy()
    found = streets.with_edge_values(values)
    assert_same_tables(found, StreetNetwork.from_tables(streets.nodes, written))
    assert_frame_equal(streets.edges, before)


@settings(max_examples=25)
@given(data=st.data(), town=towns(), known=st.booleans())
def test_edges_that_come_and_go_make_the_tables_that_from_tables_makes(
    data: Any, town: City, known: Any
) -> None:
    streets = town.streets
    if known:
        assert streets.extent.shape == (4,)
    m = len(streets.edges)
    removed = data.draw(st.lists(st.integers(0, m - 1), max_size=3))
    where = dict(
        zip(streets.nodes.index, shapely.get_coordinates(streets.nodes.geometry), strict=True)
    )
    new_xy = data.draw(
        st.sampled_from([[], [(512_020.0, 5_034_020.0)], [(600_000.0, 5_034_000.0)]])
    )
    first = int(streets.nodes.index.max()) + 1
    nodes = gpd.GeoDataFrame(
        {"kerb": ["lowered"] * len(new_xy)},
        geometry=[shapely.Point(xy) for xy in new_xy],
        index=range(first, first + len(new_xy)),
        crs=streets.crs,
    )
    where |= dict(zip(nodes.index, shapely.get_coordinates(nodes.geometry), strict=True))
    ends = st.tuples(st.sampled_from(list(where)), st.sampled_from(list(where)))
    rows = [street(data.draw, where, u, v) for u, v in data.draw(st.lists(ends, max_size=3))]
    added = gpd.GeoDataFrame(rows, geometry="geometry", crs=streets.crs) if rows else None
    if len(set(removed)) == m and not rows:
        with pytest.raises(InputError, match="no edge is left"):
            streets.with_edges(removed=removed, added=added, nodes=nodes)
        return
    all_nodes = pd.concat([plain(streets.nodes), nodes]) if len(nodes) else streets.nodes
    tables = [plain(streets.edges).drop(index=set(removed))]
    if added is not None:
        # With the columns that nothing is said of.
        tables.append(plain(StreetNetwork.from_tables(all_nodes, added).edges))
    found = streets.with_edges(removed=removed, added=added, nodes=nodes)
    assert_same_tables(found, StreetNetwork.from_tables(all_nodes, pd.concat(tables)))


@settings(max_examples=25)
@given(data=st.data(), town=towns())
def test_a_network_knows_what_it_has_of_the_first_of_its_line(data: Any, town: City) -> None:
    first = streets = town.streets
    for _ in range(data.draw(st.integers(1, 4))):
        streets = edited_streets(data.draw, streets)
    descent = descent_of(streets)
    if descent is None:
        return
    base = descent.ancestor
    before = np.arange(len(streets.edges)) if descent.edge_before is None else descent.edge_before
    same = np.ones(len(streets.edges), dtype=bool)
    same[descent.changed] = False
    assert (before[same] >= 0).all()
    assert (np.diff(before[before >= 0]) > 0).all()
    columns = [name for name in first.edges if name != "geometry"]
    mine = plain(streets.edges)[columns].iloc[same].reset_index(drop=True)
    theirs = plain(base.edges)[columns].iloc[before[same]].reset_index(drop=True)
    assert_frame_equal(mine, theirs)
    kept = before >= 0
    assert (
        streets.edges.geometry.to_numpy()[kept] == base.edges.geometry.to_numpy()[before[kept]]
    ).all()
    assert streets.nodes.index[: len(base.nodes)].equals(base.nodes.index)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"removed": [99]}, "edge 99 is not among the edges"),
        ({"removed": ["a"]}, "'a' is no edge"),
        ({"removed": [-1]}, "edge -1 is not among"),
        ({"removed": "abc"}, "is no edge"),
        ({"added": pd.DataFrame({"u": [0]})}, "without geometry"),
    ],
)
@settings(max_examples=5)
@given(town=towns())
def test_what_cannot_be_edited_is_named(town: City, edit: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        town.streets.with_edges(**edit)


@settings(max_examples=5)
@given(town=towns())
def test_a_node_that_is_there_already_is_refused(town: City) -> None:
    with pytest.raises(InputError, match="is there already"):
        town.streets.with_edges(nodes=town.streets.nodes.iloc[:1])


def test_an_edited_network_keeps_the_first_of_its_line_and_no_other() -> None:
    nodes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 100], [0, 0]), crs=32632)
    street = {"u": 0, "v": 1, "osm_way_id": 0, "length_m": 100.0, "highway": "residential"}
    street |= {"oneway": "no", "foot": True, "bicycle_forward": True, "bicycle_backward": True}
    line = shapely.LineString([(0, 0), (100, 0)])
    edges = gpd.GeoDataFrame([street] * 9, geometry=[line] * 9, crs=32632)
    streets = StreetNetwork.from_tables(nodes, edges)
    between = streets.with_edge_values(pd.DataFrame({"length_m": [50.0]}, index=[3]))
    last = between.with_edge_values(pd.DataFrame({"length_m": [60.0]}, index=[3]))
    gone = weakref.ref(between)
    del between
    gc.collect()
    assert gone() is None
    descent = descent_of(last)
    assert descent is not None
    assert descent.ancestor is streets
    assert descent.changed.tolist() == [3]
    many = streets.with_edge_values(pd.DataFrame({"length_m": [1.0] * 4}, index=range(4)))
    assert descent_of(many) is None


def test_what_was_prepared_goes_with_its_table_and_with_a_change_of_it() -> None:
    prepared: Prepared[float] = Prepared()
    asked = []

    def total(table: pd.DataFrame) -> float:
        asked.append(1)
        return float(table["a"].sum())

    def told(table: pd.DataFrame) -> float:
        return prepared.of(table, ["a"], lambda: total(table))

    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    assert [told(table), told(table), len(asked)] == [3.0, 3.0, 1]
    table["b"] = "z"
    assert [told(table), len(asked)] == [3.0, 1]
    table.loc[0, "a"] = 5.0
    assert told(table) == 7.0
    table["a"] = 1.0
    assert told(table) == 2.0
    copy = table.copy(deep=False)
    copy["a"] += 1.0
    assert [told(copy), told(table)] == [4.0, 2.0]
    del table, copy
    gc.collect()
    assert not prepared._known

"""Of each object the latest version is read, once, and what is no map is refused in words."""

from __future__ import annotations

import bz2
import contextlib
import gzip
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, MissingFileError, Quartieri15Error
from quartieri15.sources.osm import read_pbf
from quartieri15.sources.osm.barriers import read_barriers
from quartieri15.sources.osm.raw import read_raw
from quartieri15.sources.osm.reading import STREETS
from tests.ascii_city import CRS

if TYPE_CHECKING:
    from quartieri15.model.streets import StreetNetwork

DATA = Path(__file__).parents[1] / "data" / "osm"
GATE = {"barrier": "gate", "access": "private"}
ROAD = {"highway": "service"}
RAIL = {"railway": "rail"}


def element(kind: str, thing: int, inside: str = "", tags: dict | None = None, **told) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in {"id": thing, **told}.items())
    tagged = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in (tags or {}).items())
    return f"<{kind}{attributes}>{inside}{tagged}</{kind}>"


def node(thing: int, lon: float, tags: dict | None = None, **told) -> str:
    return element("node", thing, tags=tags, **{"lat": 45.46, "lon": lon, **told})


def way(thing: int, nodes: list[int], tags: dict, **told) -> str:
    return element("way", thing, "".join(f'<nd ref="{ref}"/>' for ref in nodes), tags, **told)


def area(thing: int, outer: list[int], tags: dict, *, inner: tuple = (), **told) -> str:
    ways = [(ref, "outer") for ref in outer] + [(ref, "inner") for ref in inner]
    members = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in ways)
    return element("relation", thing, members, {"type": "multipolygon", **tags}, **told)


ROW = "".join(node(i, 9.19 + i / 1000) for i in range(1, 8))
GATED = node(1, 9.19) + node(2, 9.20, GATE) + node(3, 9.21)
THROUGH = way(9, [1, 2, 3], ROAD)


@pytest.fixture
def write(tmp_path):
    def written(*elements: str, name: str = "map.osm") -> Path:
        path = tmp_path / name
        path.write_text(f'<osm version="0.6">{"".join(elements)}</osm>')
        return path

    return written


@pytest.fixture
def read(write):
    def streets(*elements: str) -> tuple[StreetNetwork, dict]:
        return read_pbf(write(*elements), crs=CRS)

    return streets


def ways_of(streets: StreetNetwork) -> list[int]:
    return streets.edges["osm_way_id"].tolist()


def test_what_is_newly_drawn_has_a_negative_id_and_is_read(write):
    """The twin of a gate counts on below the lowest id, whatever that is."""
    drawn = write(
        node(-1, 9.19),
        node(-2, 9.20, GATE),
        node(3, 9.21),
        way(-5, [-1, -2, 3], ROAD),
        way(-6, [-1, 3], RAIL),
    )
    streets, report = read_pbf(drawn, crs=CRS)
    assert ways_of(streets) == [-5, -5]
    assert sorted(streets.nodes.index) == [-3, -2, -1, 3]
    assert report["barriers"]["cut"] == 1
    barriers, _ = read_barriers(drawn, crs=CRS)
    assert barriers["osm_way_id"].tolist() == [-6]


def test_a_way_that_stands_twice_is_one_street(read):
    once, _ = read(GATED, THROUGH)
    twice, report = read(GATED, THROUGH, GATED, THROUGH)
    assert twice.edges.equals(once.edges)
    assert report["barriers"]["cut"] == 1, "a doubled way would leave the gate at a junction"
    assert report["versions"]["ways"] == {"superseded": 1, "deleted": 0}
    assert report["versions"]["nodes"] == {"superseded": 3, "deleted": 0}


def test_a_gate_that_a_later_version_lacks_is_gone(read):
    ends = node(1, 9.19) + node(3, 9.21)
    _, gone = read(ends, node(2, 9.20, version=2), node(2, 9.20, GATE, version=1), THROUGH)
    assert gone["barriers"]["cut"] == 0
    _, built = read(ends, node(2, 9.20, GATE, version=2), node(2, 9.20, version=1), THROUGH)
    assert built["barriers"]["cut"] == 1


def test_of_one_version_the_later_timestamp_stands_then_the_last(read):
    old, new = ({"version": 3, "timestamp": f"20{year}-05-01T00:00:00Z"} for year in (19, 22))
    moved = way(9, [1, 4], ROAD, **new)
    streets, _ = read(ROW, moved, way(9, [1, 2], ROAD, **old))
    assert streets.edges[["u", "v"]].to_numpy().tolist() == [[1, 4]]
    streets, _ = read(ROW, moved, way(9, [1, 3], ROAD, **new))
    assert streets.edges[["u", "v"]].to_numpy().tolist() == [[1, 3]]


def test_what_is_deleted_is_neither_street_nor_barrier(write):
    """A version without the tag, a hidden one, and a deletion in JOSM end a way alike."""
    path = write(
        ROW,
        way(10, [1, 2], ROAD),
        way(11, [2, 3], ROAD, version=2, visible="false"),
        way(12, [3, 4], ROAD, version=1),
        way(12, [3, 4], {}, version=2, visible="false"),
        way(13, [4, 5], ROAD, version=4, action="delete"),
        way(13, [4, 5], ROAD, version=4),
        way(14, [5, 6], ROAD, version=1),
        way(14, [5, 6], {"building": "yes"}, version=2),
        way(20, [1, 2], RAIL, version=2, visible="false"),
        way(21, [2, 3], RAIL, action="delete"),
        way(22, [3, 4], {"waterway": "canal"}),
    )
    streets, report = read_pbf(path, crs=CRS)
    assert ways_of(streets) == [10]
    assert report["versions"]["ways"] == {"superseded": 3, "deleted": 3}
    barriers, told = read_barriers(path, crs=CRS)
    assert barriers["osm_way_id"].tolist() == [22]
    assert told["versions"]["ways"] == {"superseded": 0, "deleted": 2}


def test_what_was_drawn_again_after_its_deletion_is_read(read):
    again = way(9, [1, 2], ROAD, version=5)
    for deletion in ({"action": "delete"}, {"visible": "false"}):
        streets, report = read(ROW, again, way(9, [1, 2], ROAD, version=4, **deletion))
        assert ways_of(streets) == [9]
        assert report["versions"]["ways"] == {"superseded": 1, "deleted": 0}


def test_a_deletion_in_josm_takes_only_its_own_way_with_it(read):
    """A way that is newly drawn has no version, and is not older than the deletion."""
    streets, report = read(
        ROW,
        way(9, [1, 2], ROAD, version=1, action="delete"),
        way(-1, [2, 3], ROAD),
        way(7, [3, 4], ROAD, version=1),
    )
    assert ways_of(streets) == [-1, 7]
    assert report["versions"]["ways"]["deleted"] == 1


def test_what_josm_modified_or_will_not_upload_is_kept(write):
    path = write(ROW, way(9, [1, 2], ROAD, action="modify", visible="true", version=3))
    path.write_text(path.read_text().replace("<osm ", '<osm upload="never" '))
    assert ways_of(read_pbf(path, crs=CRS)[0]) == [9]


def test_a_file_of_nothing_but_deleted_ways_says_so(read):
    with pytest.raises(InputError, match="no way with a highway tag but 1 that are deleted"):
        read(ROW, way(9, [1, 2], ROAD, visible="false"))


def test_a_deleted_node_leaves_a_hole(read):
    streets, report = read(
        ROW, node(2, 9.192, version=2, visible="false"), way(9, [1, 2, 3, 4], ROAD)
    )
    assert streets.edges[["u", "v"]].to_numpy().tolist() == [[3, 4]]
    assert report["versions"]["nodes"] == {"superseded": 1, "deleted": 1}
    assert report["holes"]["vertices_missing"] == 1


def test_squares_and_platforms_of_relations_are_walked_along_their_edge(read):
    square = {"highway": "pedestrian", "name": "Piazza"}
    platform = {"railway": "platform"}
    streets, report = read(
        ROW,
        way(1, [1, 2, 3], {}),
        way(2, [3, 1], {"highway": "residential"}),
        way(3, [4, 5, 4], {"barrier": "fence"}),
        way(4, [5, 6], platform),
        way(5, [6, 7], {}),
        way(6, [2, 7], {"highway": "construction"}),
        area(1, [1, 2, 99], square, inner=(3,)),
        area(2, [5, 6], platform),
        area(3, [3], {"building": "yes"}),
        area(4, [3], square, visible="false"),
        element("relation", 5, tags={"type": "street", **square}),
    )
    edges = streets.edges.drop_duplicates("osm_way_id").set_index("osm_way_id")
    assert edges["highway"].astype(str).to_dict() == {
        1: "pedestrian",
        2: "residential",
        4: "platform",
        5: "platform",
    }
    assert edges["foot"].all()
    assert edges.loc[1, "name"] == "Piazza"
    assert report["left_out"]["not built"]["ways"] == 1
    assert report["areas"] == {
        "relations_read": 2,
        "outer_ways_missing": 1,
        "inner_ways_not_read": 1,
        "relations_of_another_type_not_read": 1,
    }
    assert report["versions"]["relations"] == {"superseded": 0, "deleted": 1}


def test_of_a_relation_too_the_latest_version_stands(read):
    square = {"highway": "pedestrian"}
    drawn = [ROW, way(1, [1, 2], {}), way(2, [2, 3], {}), way(3, [3, 4], ROAD)]
    streets, report = read(*drawn, area(8, [2], square, version=2), area(8, [1], square, version=1))
    assert ways_of(streets) == [2, 3]
    assert report["versions"]["relations"] == {"superseded": 1, "deleted": 0}
    streets, _ = read(*drawn, area(8, [1], square, version=1), area(8, [1], {}, version=2))
    assert ways_of(streets) == [3]


def test_what_holds_at_certain_hours_is_counted_for_ways_and_gates_alike(read):
    """The tags without a condition hold: a closed gate stays closed, an open way open."""
    at_night, by_day = {"access:conditional": "no @ (22:00-06:00)"}, {"foot:conditional": "yes @ d"}
    streets, report = read(
        node(1, 9.19),
        node(2, 9.20, GATE | by_day),
        node(3, 9.21),
        node(4, 9.22, {"barrier": "gate"} | at_night),
        node(5, 9.23, {"highway": "crossing"} | at_night),
        way(9, [1, 2, 3, 4, 5], ROAD | at_night),
        way(8, [1, 5], {"highway": "footway", "foot": "no"} | by_day),
        way(7, [1, 5], ROAD | {"motor_vehicle:conditional": "no @ (Su)"}),
    )
    assert report["conditional_tags_not_read"] == {"ways": 3, "barriers": 2}
    assert report["barriers"]["cut"] == 1
    foot = streets.edges.groupby("osm_way_id")["foot"].all()
    assert foot.to_dict() == {7: True, 8: False, 9: True}


def test_ways_that_are_no_line_are_counted_and_harm_no_other(read):
    """Wherever among the ways they stand."""
    lines = [way(1, [1, 2, 2, 3], ROAD), way(2, [3, 4], ROAD)]
    alone, _ = read(ROW, *lines)
    odd = [way(i, nodes, ROAD) for i, nodes in ((5, []), (6, [5]), (7, [6, 6]))]
    for elements in ([*odd, *lines], [*lines, *odd], [lines[0], *odd, lines[1]]):
        streets, report = read(ROW, *elements)
        assert streets.edges.equals(alone.edges)
        assert report["km_read"] == report["km"]
        assert (report["holes"]["ways_without_nodes"], report["holes"]["ways_with_one_node"]) == (
            1,
            1,
        )
        assert report["holes"]["vertices_repeated"] == 2
    with pytest.raises(InputError, match="not the nodes"):
        read(way(1, [], ROAD), way(2, [], ROAD))


@pytest.mark.parametrize(
    "nowhere",
    [{"lat": 91}, {"lon": 181}, {"lat": -95.5, "lon": 9}, {"lat": 0, "lon": 0}],
    ids=["beyond the pole", "beyond the date line", "south of the pole", "not known"],
)
def test_nodes_that_are_nowhere_are_holes(read, nowhere):
    streets, report = read(ROW, node(8, **{"lon": 9.2, **nowhere}), way(9, [1, 2, 8, 3, 4], ROAD))
    assert streets.edges[["u", "v"]].to_numpy().tolist() == [[1, 2], [3, 4]]
    assert report["holes"]["nodes_without_a_place"] == 1
    assert report["holes"]["vertices_missing"] == 1
    # The way past the node, of a thousandth of a degree, is the least that is lost.
    whole, _ = read(ROW, way(9, [2, 3], ROAD))
    lost = {"ways": 1, "km": pytest.approx(whole.length_km, abs=5e-4)}
    assert report["left_out"] == {"through nodes without a place": lost}


def test_a_file_of_nothing_but_nowhere_is_refused(read):
    with pytest.raises(InputError, match="not the nodes"):
        read(node(1, 181), node(2, 200), way(9, [1, 2], ROAD))
    with pytest.raises(InputError, match=r"coordinate: 'NaN'.*correct the coordinate"):
        read(node(1, 9.1), element("node", 2, lat="NaN", lon="9.2"), way(9, [1, 2], ROAD))


def test_a_step_that_no_street_takes_is_counted(read):
    """Latitude and longitude were swapped in one node."""
    _, report = read(ROW, node(8, 45.46, lat=9.19), way(9, [1, 2, 8], ROAD))
    assert report["holes"]["steps_over_50_km"] == 1


def test_a_place_that_the_crs_cannot_hold_is_refused(write):
    path = write(ROW, node(8, 99, lat=0.1), way(9, [1, 8], ROAD), way(7, [1, 8], RAIL))
    for reader in (read_pbf, read_barriers):
        with pytest.raises(InputError, match=r"map\.osm: 1 points have no coordinates in EPSG"):
            reader(path, crs=CRS)


def test_a_barrier_is_parted_where_nodes_are_missing(write):
    """A straight line across the hole would bar streets where nothing is."""
    barriers, report = read_barriers(write(ROW, way(9, [1, 2, 77, 4, 5], RAIL)), crs=CRS)
    assert barriers["osm_way_id"].tolist() == [9, 9]
    assert report["km"]["railway"] == pytest.approx(2 * 0.0782, abs=0.001)
    assert report["holes"]["vertices_missing"] == 1


def test_barriers_stand_once_wherever_their_nodes_are(write):
    path = write(way(9, [1, 2], RAIL), way(9, [1, 2], RAIL), ROW, ROW)
    barriers, report = read_barriers(path, crs=CRS)
    assert barriers["osm_way_id"].tolist() == [9]
    assert report["versions"]["ways"]["superseded"] == 1


def test_water_drawn_as_an_area_is_counted_as_left_out(write):
    path = write(
        ROW,
        way(1, [1, 2, 3, 1], {"natural": "water"}),
        way(2, [1, 2, 3, 1], {"natural": "wood"}),
        way(3, [1, 2, 3, 1], {}),
        area(1, [3], {"natural": "water", "water": "river"}),
        area(2, [3], {"waterway": "canal"}),
        way(4, [1, 2], RAIL),
    )
    barriers, report = read_barriers(path, crs=CRS)
    assert barriers["osm_way_id"].tolist() == [4]
    assert report["left_out"] == {
        "natural=water": 1,
        "natural=water, drawn as a relation": 1,
        "canal, drawn as a relation": 1,
    }


@pytest.mark.parametrize("name", ["day.osc", "day.osc.gz", "day.osm"])
def test_changes_to_a_map_are_refused(tmp_path, name):
    path = tmp_path / name
    text = f'<osmChange version="0.6"><create>{ROW}{THROUGH}</create></osmChange>'.encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    for reader in (read_pbf, read_barriers):
        with pytest.raises(InputError, match=r"day\.os.*changes to a map.*apply-changes"):
            reader(path)


@pytest.mark.parametrize("name", ["h.osh.pbf", "h.osm.gz", "h.osm.bz2", "h.osh"])
def test_every_format_says_the_same(write, tmp_path, name):
    import osmium

    text = write(
        ROW,
        way(9, [1, 2], ROAD, version=1),
        way(10, [2, 3], ROAD, version=1),
        way(10, [2, 3], {}, version=2, visible="false"),
        way(11, [3, 4], ROAD, version=1, action="delete" if "pbf" not in name else "modify"),
    )
    path = tmp_path / name
    if name.endswith(".pbf"):
        with osmium.SimpleWriter(path) as writer:
            for thing in osmium.FileProcessor(text):
                writer.add(thing)
    else:
        squeeze = {".gz": gzip.compress, ".bz2": bz2.compress}.get(path.suffix, bytes)
        path.write_bytes(squeeze(text.read_bytes()))
    streets, report = read_pbf(path, crs=CRS)
    assert streets.edges.equals(read_pbf(text, crs=CRS)[0].edges)
    assert report["versions"]["ways"]["superseded"] == 1


@pytest.mark.parametrize("name", ["none.osm", "none.osm.pbf", "none.osm.gz", "none.osm.bz2"])
def test_an_empty_file_is_named(tmp_path, name):
    (tmp_path / name).touch()
    for reader in (read_pbf, read_barriers):
        with pytest.raises(InputError, match=r"none\.osm.*the file is empty.*download it again"):
            reader(tmp_path / name)


def test_a_folder_and_a_name_that_tells_no_format_are_refused(tmp_path):
    with pytest.raises(MissingFileError, match="is a folder"):
        read_pbf(tmp_path)
    (tmp_path / "map.txt").write_text("<osm/>")
    with pytest.raises(InputError, match=r"map\.txt.*end its name in \.osm"):
        read_pbf(tmp_path / "map.txt")


def test_a_file_that_would_grow_without_end_is_refused(tmp_path):
    """Each entity is ten times the one before: a few lines would fill the memory."""
    entities = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(12))
    path = tmp_path / "bomb.osm"
    path.write_text(
        f'<!DOCTYPE osm [<!ENTITY e0 "ha">{entities}]>'
        f'<osm version="0.6">{ROW}{way(9, [1, 2], {**ROAD, "name": "&e12;"})}</osm>'
    )
    for reader in (read_pbf, read_barriers):
        with pytest.raises(InputError, match=r"bomb\.osm.*XML entities.*remove its DOCTYPE"):
            reader(path)


def standing(text: str) -> dict[str, dict[int, ET.Element]]:
    """Say which objects of a file stand, one by one."""
    found: dict[str, dict[int, tuple]] = {"node": {}, "way": {}, "relation": {}}
    erased: dict[tuple[str, str], int] = {}
    for place, thing in enumerate(ET.fromstring(text)):  # noqa: S314  (written by this test)
        version = int(thing.get("version", 0))
        rank = (version, thing.get("timestamp", ""), place)
        known = found[thing.tag].get(thing.get("id"))
        if known is None or rank > known[0]:
            found[thing.tag][thing.get("id")] = (rank, thing)
        if thing.get("action") == "delete":
            key = thing.tag, thing.get("id")
            erased[key] = max(version, erased.get(key, version))
    return {
        kind: {
            int(i): thing
            for i, (rank, thing) in things.items()
            if thing.get("visible") != "false" and rank[0] > erased.get((kind, i), -1)
        }
        for kind, things in found.items()
    }


def streets_standing(text: str) -> tuple[dict, dict]:
    """Say which ways are streets, through which nodes, and which of the nodes are gates."""
    things = standing(text)

    def tags(thing: ET.Element) -> dict[str, str]:
        return {tag.get("k"): tag.get("v") for tag in thing.iter("tag")}

    outline = {}
    for _, relation in sorted(things["relation"].items(), reverse=True):
        if "highway" in tags(relation):
            outline |= dict.fromkeys(
                [int(m.get("ref")) for m in relation.iter("member") if m.get("role") == "outer"],
                tags(relation)["highway"],
            )
    streets = {}
    for i, found in things["way"].items():
        highway = tags(found).get("highway", outline.get(i))
        if highway is not None:
            refs = [int(nd.get("ref")) for nd in found.iter("nd")]
            places = [
                things["node"][ref].get("lon") if ref in things["node"] else None for ref in refs
            ]
            streets[i] = highway, [None if lon is None else float(lon) for lon in places]
    through = {int(nd.get("ref")) for i in streets for nd in things["way"][i].iter("nd")}
    gates = {
        i: tags(found).get("access")
        for i, found in things["node"].items()
        if i in through and "barrier" in tags(found)
    }
    return streets, gates


ids = st.sampled_from([-2, -1, 1, 2, 3])
told = st.fixed_dictionaries(
    {"version": st.integers(0, 2)},
    optional={
        "timestamp": st.sampled_from(["2019-01-01T00:00:00Z", "2022-01-01T00:00:00Z"]),
        "deletion": st.sampled_from(["visible", "action", "none", "none"]),
    },
).map(
    lambda said: (
        {key: value for key, value in said.items() if key != "deletion"}
        | {"visible": {"visible": "false"}, "action": {"action": "delete"}}.get(
            said.get("deletion"), {}
        )
    )
)
soups = st.lists(
    st.one_of(
        st.builds(
            lambda i, lon, tags, said: node(i, lon, tags, **said),
            ids,
            st.sampled_from([9.19, 9.2, 9.21]),
            st.sampled_from([{}, {}, GATE, {"barrier": "gate"}]),
            told,
        ),
        st.builds(
            lambda i, nodes, tags, said: way(i, nodes, tags, **said),
            ids,
            st.lists(ids, max_size=3),
            st.sampled_from([ROAD, {"highway": "footway"}, {}, RAIL]),
            told,
        ),
        st.builds(
            lambda i, ways, tags, said: area(i, ways, tags, **said),
            ids,
            st.lists(ids, max_size=2),
            st.sampled_from([{"highway": "pedestrian"}, {"building": "yes"}]),
            told,
        ),
    ),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("soups")


@given(first=soups, second=soups)
@settings(max_examples=80)
def test_a_soup_of_versions_is_read_as_one_object_at_a_time_says(folder, first, second):
    """Two files put together, in any order, are one soup."""
    text = f'<osm version="0.6">{"".join(first + second)}</osm>'
    path = folder / "soup.osm"
    path.write_text(text)
    raw = read_raw(path, STREETS)
    found = {}
    for i, (thing, combination) in enumerate(
        zip(raw.way_ids.tolist(), raw.combination_of_way.tolist(), strict=True)
    ):
        vertices = raw.vertices[raw.first_vertex[i] : raw.first_vertex[i + 1]].tolist()
        lons = [None if vertex < 0 else float(raw.lon[vertex]) for vertex in vertices]
        assert thing not in found, "a way stands once"
        found[thing] = raw.combinations[combination]["highway"], lons
    gates = {int(raw.node_ids[i]): tags.get("access") for i, tags in raw.node_tags.items()}
    assert (found, gates) == streets_standing(text)


def packed() -> bytes:
    """Return the bytes of a small valid pbf file."""
    import tempfile

    import osmium

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gates.osm.pbf"
        with osmium.SimpleWriter(path) as writer:
            for thing in osmium.FileProcessor(DATA / "gates.osm"):
                writer.add(thing)
        return path.read_bytes()


VALID = {
    ".osm": (DATA / "gates.osm").read_bytes(),
    ".osm.gz": gzip.compress((DATA / "shapes.osm").read_bytes()),
    ".osm.pbf": packed(),
}
WORDS = [b'"', b"<", b">", b"&amp;", b"-1", b"9" * 30, b"NaN", b"1e300", b"\x00", b"\xff", b"<way>"]
splices = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(WORDS) | st.binary(max_size=8)),
    min_size=1,
    max_size=4,
)


@given(suffix=st.sampled_from(sorted(VALID)), edits=splices, whole=st.none() | st.binary())
@example(suffix=".osm", edits=[], whole=b'<osm version="0.6"><way id="1"><nd ref="1"/></way></osm>')
@settings(max_examples=100)
def test_whatever_a_file_holds_only_our_own_errors_come_out(folder, suffix, edits, whole):
    data = VALID[suffix] if whole is None else whole
    for share, removed, put in edits:
        at = int(share * len(data))
        data = data[:at] + put + data[at + removed :]
    path = folder / f"broken{suffix}"
    path.write_bytes(data)
    for reader in (read_pbf, read_barriers):
        with contextlib.suppress(Quartieri15Error):
            reader(path, crs=CRS)

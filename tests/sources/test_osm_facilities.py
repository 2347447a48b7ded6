"""Law: a facility of the map is read once, be it node, way or relation, and all else is counted."""

from __future__ import annotations

import pytest

from quartieri15.errors import InputError, Quartieri15Error
from quartieri15.sources.osm.facilities import facilities_from_osm
from tests.ascii_city import draw_city

TOWN = draw_city(
    """
    A-----B
    |     |
    C-----D
    """,
    cell=50,
)
# Degrees of metres in the town: a hundred metres are about 0.0013 by 0.0009.
LON, LAT = 9.1530, 45.4600


def node(number, east, north, **tags):
    return (
        f'<node id="{number}" version="1" lon="{LON + east * 1.28e-5:.7f}" '
        f'lat="{LAT - north * 9e-6:.7f}">{written(tags)}</node>'
    )


def way(number, nodes, attributes="", **tags):
    refs = "".join(f'<nd ref="{ref}"/>' for ref in nodes)
    return f'<way id="{number}" version="1" {attributes}>{refs}{written(tags)}</way>'


def written(tags):
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def square(first, east, north, side=20):
    corners = [(0, 0), (side, 0), (side, side), (0, side)]
    return [node(first + i, east + x, north + y) for i, (x, y) in enumerate(corners)], [
        *range(first, first + 4),
        first,
    ]


YARD, YARD_REFS = square(100, 20, 20)
HALL, HALL_REFS = square(200, 100, 20, side=30)
BOW, BOW_REFS = square(300, 60, 60)
OBJECTS = [
    node(1, 10, 50, amenity="pharmacy", name="Farmacia", opening_hours="Mo-Sa 09:00-19:00"),
    node(2, 60, 50, amenity="pharmacy"),
    node(3, 30, 30, amenity="library", name="Biblioteca"),  # in way 10
    node(4, 110, 30, amenity="library", name="Sala"),  # in relation 20, of another name
    node(5, 61, 50, shop="books", name="Libreria"),
    node(6, 90_000, 50, amenity="pharmacy", name="Lontana"),
    *YARD,
    *HALL,
    *BOW,
    way(10, YARD_REFS, amenity="library", name="Biblioteca"),
    way(11, HALL_REFS),
    way(12, [1, 2], amenity="library", name="A line"),
    way(13, [300, 302, 301, 303, 300], amenity="library", name="A bow tie"),
    way(14, BOW_REFS, 'action="delete"', amenity="library", name="Gone"),
    '<relation id="20" version="1"><member type="way" ref="11" role="outer"/>'
    + written({"type": "multipolygon", "amenity": "library", "name": "Centrale"})
    + "</relation>",
    '<relation id="21" version="1"><member type="node" ref="1" role=""/>'
    + written({"type": "site", "amenity": "library"})
    + "</relation>",
]


@pytest.fixture
def drawn(tmp_path):
    def draw(objects=OBJECTS, name="town.osm"):
        path = tmp_path / name
        path.write_text(
            f'<osm version="0.6" generator="test">{"".join(objects)}</osm>', encoding="utf-8"
        )
        return path

    return draw


def test_nodes_ways_and_relations_are_facilities(drawn):
    tags = {"amenity": ["pharmacy", "library"]}
    found = facilities_from_osm(drawn(), city=TOWN, tags=tags).set_index("id")
    assert found["kind"].to_dict() == {
        "osm-node-1": "pharmacy",
        "osm-node-2": "pharmacy",
        "osm-node-4": "library",
        "osm-way-10": "library",
        "osm-relation-20": "library",
    }
    assert found.loc["osm-node-2", "name"] == "pharmacy"
    assert found.loc["osm-node-1", "opening_hours"] == "Mo-Sa 09:00-19:00"
    assert found.loc["osm-node-2", "opening_hours"] is None
    told = found.attrs["facilities"]
    assert {name: count for name, count in told.items() if name != "file" and count} == {
        "without_name": 1,
        "outside": 1,
        "made_points": 2,
        "mapped_twice": 1,
        "open_ways": 1,
        "broken_areas": 1,
        "other_relations": 1,
    }


def test_hours_that_are_mapped_in_another_way_are_unknown_and_counted(drawn):
    hours = ("lun-ven 9-12", "lun-ven 9-12", "  ", "&quot;by appointment&quot;")
    path = drawn(
        [node(i, 10 * i, 50, shop="books", opening_hours=text) for i, text in enumerate(hours, 1)]
    )
    found = facilities_from_osm(path, city=TOWN, tags={"shop": "books"})
    assert found["opening_hours"].tolist() == [None, None, None, '"by appointment"']
    assert found.attrs["facilities"]["hours_not_read"] == 2


def test_a_star_stands_for_all_values_and_the_first_tag_counts(drawn):
    both = [node(1, 10, 50, shop="books", amenity="library"), node(2, 60, 50, shop="shoes")]
    path = drawn(both)
    of = {"shop": "*", "amenity": "library"}
    assert facilities_from_osm(path, city=TOWN, tags=of)["kind"].tolist() == ["books", "shoes"]
    of = {"amenity": "library", "shop": "*"}
    assert facilities_from_osm(path, city=TOWN, tags=of, network="n")["kind"].tolist() == [
        "library",
        "shoes",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tags": {}}, "tags is {}"),
        ({"tags": "amenity=pharmacy"}, "tags is 'amenity=pharmacy'"),
        ({"tags": {"amenity": []}}, "no value of amenity is asked for"),
        ({"tags": {"amenity": 3}}, "tags is 3"),
        ({"tags": {"amenity": "zoo"}}, r"town\.osm: nothing has amenity=zoo"),
        ({"outside": "refuse"}, "outside toy"),
        ({"outside": "drop"}, "outside is 'drop'"),
        ({"network": ""}, "network is ''"),
        ({"city": None}, "no city"),
    ],
)
def test_what_cannot_be_is_refused(drawn, options, said):
    given = {"city": TOWN, "tags": {"amenity": "pharmacy"}} | options
    with pytest.raises(Quartieri15Error, match=said):
        facilities_from_osm(drawn(), **given)


def test_a_file_of_history_or_of_changes_or_cut_off_is_refused(drawn, tmp_path):
    given = {"city": TOWN, "tags": {"amenity": "pharmacy"}}
    with pytest.raises(InputError, match="holds the history"):
        facilities_from_osm(drawn(name="town.osh"), **given)
    (tmp_path / "town.osc").write_text("<osmChange/>", encoding="utf-8")
    with pytest.raises(InputError, match="changes to a map"):
        facilities_from_osm(tmp_path / "town.osc", **given)
    cut = drawn(name="cut.osm")
    cut.write_bytes(cut.read_bytes()[:-50])
    with pytest.raises(InputError, match=r"cut\.osm: the file cannot be read"):
        facilities_from_osm(cut, **given)


def test_the_middle_of_milano_holds_what_mappers_drew(milano, sources):
    found = facilities_from_osm(
        sources / "osm/centro-2019.osm.gz",
        city=milano,
        tags={"amenity": ["library", "hospital", "school", "place_of_worship"]},
    )
    assert found["kind"].value_counts().to_dict() == {
        "library": 8,
        "place_of_worship": 8,
        "hospital": 1,
        "school": 1,
    }
    # Another hospital reaches beyond the extract, which cuts its outline.
    assert found.attrs["facilities"]["broken_areas"] == 1

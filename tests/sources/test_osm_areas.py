"""Areas of OpenStreetMap: closed ways and multipolygons with a tag, each once, with its holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources.osm.areas import read_areas

if TYPE_CHECKING:
    from pathlib import Path

NODES = {
    1: (0, 0),
    2: (0, 4),
    3: (4, 4),
    4: (4, 0),
    5: (1, 1),
    6: (1, 2),
    7: (2, 2),
    8: (2, 1),
    9: (6, 0),
    10: (6, 2),
    11: (8, 2),
}


def written(folder: Path, *things: str) -> Path:
    nodes = [
        f'<node id="{n}" version="1" lat="{45 + y / 1000}" lon="{9 + x / 1000}"/>'
        for n, (x, y) in NODES.items()
    ]
    file = folder / "areas.osm"
    file.write_text("\n".join(['<osm version="0.6">', *nodes, *things, "</osm>"]))
    return file


def way(number: int, refs: list[int], **tags: str) -> str:
    nodes = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    told = "".join(f'<tag k="{key.replace("__", ":")}" v="{v}"/>' for key, v in tags.items())
    return f'<way id="{number}" version="1">{nodes}{told}</way>'


RELATION = (
    '<relation id="9" version="1"><member type="way" ref="1" role="outer"/>'
    '<member type="way" ref="2" role="inner"/>'
    '<tag k="type" v="multipolygon"/><tag k="building" v="apartments"/></relation>'
)


def test_a_way_and_a_relation_with_a_hole(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        way(1, [1, 2, 3, 4, 1]),
        way(2, [5, 6, 7, 8, 5]),
        way(3, [9, 10, 11, 9], building="yes", building__levels="3"),
        RELATION,
    )
    areas, report = read_areas(file, "building", also=("building:levels",))
    assert areas["id"].tolist() == ["osm-relation-9", "osm-way-3"]
    assert areas["building"].tolist() == ["apartments", "yes"]
    assert areas["building:levels"].tolist() == ["", "3"]
    assert (areas.geometry.iloc[0].area * 1e6) == pytest.approx(16 - 1)
    assert report == {"areas": 2, "not_drawn": 0}


def test_no_and_open_ways_and_broken_ones_are_no_areas(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        way(1, [1, 2, 3, 4, 1], building="no"),
        way(2, [5, 6, 7], building="yes"),
        way(3, [9, 10, 99, 9], building="yes"),
        way(4, [9, 10, 11, 9], building="yes"),
    )
    areas, report = read_areas(file, "building")
    assert areas["id"].tolist() == ["osm-way-4"]
    assert report["not_drawn"] == 2


def test_a_file_without_any_gives_a_table_of_none(tmp_path: Path) -> None:
    areas, report = read_areas(written(tmp_path, way(1, [1, 2], highway="path")), "landuse")
    assert areas.empty
    assert list(areas.columns) == ["id", "landuse", "geometry"]
    assert report == {"areas": 0, "not_drawn": 0}


def test_what_is_no_file_of_openstreetmap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_areas(tmp_path / "none.osm", "building")
    (tmp_path / "text.osm").write_text("hello")
    with pytest.raises(InputError, match="cannot be read as OpenStreetMap"):
        read_areas(tmp_path / "text.osm", "building")

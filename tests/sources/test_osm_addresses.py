"""Law: every civic number that is mapped and stands is read once per object, with its street."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shapely

from quartieri15.errors import MissingFileError
from quartieri15.sources.osm.addresses import read_addresses

if TYPE_CHECKING:
    from pathlib import Path

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="1" version="1" lat="45.0" lon="9.0">
  <tag k="addr:street" v="Via Larga"/><tag k="addr:housenumber" v="12; 14,16"/></node>
<node id="2" version="1" lat="45.0" lon="9.1"><tag k="addr:housenumber" v="3"/></node>
<node id="3" version="1" lat="45.0" lon="9.2">
  <tag k="addr:place" v="Cascina Nuova"/><tag k="addr:housenumber" v="5/A"/></node>
<node id="4" version="2" lat="45.0" lon="9.2" visible="false"/>
<node id="11" version="1" lat="45.0" lon="9.0"/><node id="12" version="1" lat="45.0" lon="9.001"/>
<node id="13" version="1" lat="45.001" lon="9.0005"/>
<way id="7" version="1"><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="11"/>
  <tag k="building" v="yes"/><tag k="addr:street" v="Via Larga"/>
  <tag k="addr:housenumber" v="12"/></way>
<way id="8" version="1"><nd ref="11"/><nd ref="12"/>
  <tag k="addr:street" v="Via Larga"/><tag k="addr:housenumber" v="99"/></way>
</osm>
"""


def test_numbers_of_doors_and_buildings_are_read_with_their_streets(tmp_path: Path) -> None:
    (tmp_path / "town.osm").write_text(OSM, encoding="utf-8")
    table, report = read_addresses(tmp_path / "town.osm")
    assert table[["id", "street", "number"]].to_numpy().tolist() == [
        ["osm-node-1-12", "Via Larga", "12"],
        ["osm-node-1-14", "Via Larga", "14"],
        ["osm-node-1-16", "Via Larga", "16"],
        ["osm-node-3", "Cascina Nuova", "5/A"],
        ["osm-way-7", "Via Larga", "12"],
    ]
    assert (table.geom_type == "Point").all()
    house = shapely.Polygon([(9, 45), (9.001, 45), (9.0005, 45.001)])
    assert house.contains(table.geometry.iloc[-1])
    assert report == {"addresses": 5, "without_street": 1, "without_a_place": 0}
    (tmp_path / "town.osm").write_text(OSM.replace('"45.0" lon="9.2">', '"95.0" lon="9.2">'))
    table, report = read_addresses(tmp_path / "town.osm")
    assert report == {"addresses": 4, "without_street": 1, "without_a_place": 1}


def test_a_town_without_numbers_has_no_addresses() -> None:
    table, report = read_addresses("tests/data/osm/crossing.osm")
    assert table.empty
    assert report["addresses"] == 0
    with pytest.raises(MissingFileError):
        read_addresses("tests/data/osm/none.osm")

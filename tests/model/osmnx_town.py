"""A small town as osmnx reads it from a file: what makes real graphs hard, in thirty nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import osmnx as ox

if TYPE_CHECKING:
    from pathlib import Path

    import networkx as nx

LON, LAT = 9.19, 45.46
STEP = 0.001
WIDE = 5
# Ways by their nodes (row, column; halves are bends) and tags. Simplified, the first two become
# streets of several ways: osmnx gives lists.
WAYS: list[tuple[list[tuple[float, float]], dict[str, str]]] = [
    ([(0, 0), (0, 0.5), (0.1, 1)], {"highway": "residential", "name": "Via Prima"}),
    ([(0.1, 1), (0.2, 1.5), (0, 2)], {"highway": "tertiary", "name": "Via Seconda"}),
    ([(0, 4), (0, 3), (0, 2)], {"highway": "residential"}),
    ([(2, 0), (2, 1), (2, 2), (2, 3), (2, 4)], {"highway": "secondary", "oneway": "yes"}),
    ([(4, 0), (4, 1), (4, 2), (4, 3), (4, 4)], {"highway": "primary", "oneway": "-1"}),
    ([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)], {"highway": "residential", "bridge": "viaduct"}),
    ([(0, 2), (1, 2), (2, 2)], {"highway": "residential"}),
    ([(2, 2), (3, 2)], {"highway": "steps"}),
    ([(3, 2), (4, 2)], {"highway": "footway"}),
    ([(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)], {"highway": "residential", "layer": "1"}),
    # Parallel to Via Prima and Via Seconda, round a bend.
    ([(0, 0), (0.7, 1), (0, 2)], {"highway": "living_street"}),
    # A loop at a dead end, a loop of its own, and a piece that nothing leads to.
    ([(3, 2), (3, 2.6), (3.4, 2.8), (3.4, 2.2), (3, 2)], {"highway": "service"}),
    ([(6, 0), (6, 1)], {"highway": "residential"}),
    ([(4, 4), (5, 4)], {"highway": "motorway", "oneway": "yes"}),
]


def write_town(path: Path) -> Path:
    """Write the town as OpenStreetMap XML."""
    root = ET.Element("osm", version="0.6", generator="a test")
    ids: dict[tuple[float, float], str] = {}
    for nodes, _ in WAYS:
        for row, column in nodes:
            if (row, column) not in ids:
                ids[row, column] = str(len(ids) + 1)
                lat, lon = LAT - STEP * row, LON + STEP * column
                place = {"id": ids[row, column], "lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}
                ET.SubElement(root, "node", place)
    for number, (nodes, tags) in enumerate(WAYS, start=101):
        way = ET.SubElement(root, "way", id=str(number))
        for place in nodes:
            ET.SubElement(way, "nd", ref=ids[place])
        for key, value in tags.items():
            ET.SubElement(way, "tag", k=key, v=value)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path


def osmnx_town(folder: Path, *, simplify: bool = True, **options: Any) -> nx.MultiDiGraph:
    """Let osmnx read it."""
    path = write_town(folder / "town.osm")
    return ox.graph_from_xml(path, simplify=simplify, retain_all=True, **options)

"""A small city in which every text of every table tries to be more than a text."""

from __future__ import annotations

import geopandas as gpd

from quartieri15.model.city import City
from tests.ascii_city import CRS, draw_city

HOSTILE = {
    "expressions": "{{ 6 * 7 }} {{ this.__init__.__globals__ }} {{ nobody.at.all }} "
    "{0} {} {name} %s %(a)s ${1} #{2} `${hit()}` '-hit()-' \"-hit()-\" \\u003cb\\u003e \\",
    "statements": "{% raw %} {% for a in this %} {% endfor %} {% if",
    "comments": "{# gone? #} {# never closed",
    "tags": "</script></style><script>hit()</script><!-- <script> --> ]]> "
    "<img src=x onerror=hit()> &lt;b&gt; &amp;amp; & &#123;",
    "characters": "a\u2028b\u2029c\nd\te \u202ef\u2066\u2069\u2069 \u05d0\u05d1 "
    "\x00b\x07c\x1b[2Jd\x7fe\x9ff\ufffeg",
    "long": "very long, " * 909 + "x" * 10_000,
    "phrase": "close",
}
TOWN = """
A--------B
|        |
C--------D
"""


def in_quotes(text: str) -> str:
    """Return a text as it may stand in a comment of opening hours."""
    return text.replace('"', "")


def hostile_city(text: str) -> City:
    """A town in which every text of every table, and all that is said of it, is hostile."""
    plain = draw_city(
        TOWN,
        cell=40.0,
        places={"house": (2.0, 0.0), "other": (9.0, 3.0), "nowhere": (0.0, 0.0)},
        people={(1.0, 0.0): 2000.0, (8.0, 3.0): 900.0},
    )
    count = len(plain.places)
    own = {
        column: [f"{column.title()} {i} {text}" for i in range(count)]
        for column in (
            *("id", "name", "address", "wemi_desk", "confidence", "location_precision"),
            *("summer_2026_hours", "summer_2026_closures", "source", "remark"),
        )
    }
    # Hours are checked at the door, and what anybody may say in them is a comment.
    own["opening_hours"] = [
        f'Mo-Fr 09:00-18:00 "Opening_Hours {i} {in_quotes(text)}"' for i in range(count)
    ]
    places = plain.places.assign(
        **own,
        kind=["ex_csrc", f"Kind {text}", "ex_csrc"],
        network=["houses", f"Network {text}", "houses"],
        hosts_wemi=[True, False, True],
    )
    points = places.geometry.to_numpy(copy=True)
    points[2] = None
    zones = {
        name: table.assign(name=f"{name.title()} {text}") for name, table in plain.zones.items()
    }
    return City.from_tables(
        f"Town {text}",
        streets=plain.streets,
        places=places.set_geometry(gpd.GeoSeries(points, crs=CRS)),
        zones=zones,
        residents=plain.residents.assign(
            id=[f"Resident {i} {text}" for i in range(len(plain.residents))]
        ),
        provenance={
            "vintages": {"streets": f"Since {text}", f"About {text}": f"When {text}"},
            "licence_line": f"Licence {text}",
        },
    )

"""Law: words lead to the edges of their street, and a stretch lies between its two ends.

Every name of the network leads to its own edges. What is between two cross streets is all of the
street that lies between them, both carriageways of it, and nothing beyond. A name that fits
nothing, several things, or a street that does not meet the other is an error that names what is
there.
"""

from __future__ import annotations

import collections
import re

import numpy as np
import pytest
import shapely

from quartieri15.errors import AmbiguousNameError, InputError, ParameterError, UnknownNameError
from quartieri15.model.street_index import street_index
from quartieri15.planning import naming
from quartieri15.planning.naming import streets_named, stretch
from quartieri15.sources import comune
from tests.planning.named_town import letters, named_town, with_outline

# Via Carlo Parea runs from A to E, and four streets cross it.
TOWN = """
   F   G   H   I
   |   |   |   |
A--B---C---D---E--J
   |   |   |   |
   K   L   M   N
"""
NAMES = {
    "Via Carlo Parea": "AB BC CD DE",
    "Via Zante": "FB BK",
    "Via Mecenate": "GC CL",
    "Viale Ungheria": "HD DM",
    "Piazza Ovidio": "IE EN",
    "Via Dalmazia": "EJ",
}


@pytest.fixture(scope="module")
def town():
    return named_town(
        TOWN,
        NAMES,
        places={"zante": (4, 3)},
        addresses={"Via Carlo Parea 2": (8, 1), "Via Zante 36": (3, 0), "Via Lontana 1": (18, 4)},
    )


def test_a_street_is_found_with_all_its_edges(town):
    found = streets_named(town, "v. parea")
    assert found.name == "Via Carlo Parea"
    assert letters(town, found.edge_ids) == {"AB", "BC", "CD", "DE"}
    assert found.length_m == pytest.approx(found.edges_m) == pytest.approx(15 * 20)
    assert "4 edges along 300 m" in found.said


@pytest.mark.parametrize(
    ("start", "end", "edges"),
    [
        ("via Zante", "via Mecenate", {"BC"}),
        ("via Mecenate", "via Zante", {"BC"}),
        ("VIA ZANTE", "v.le Ungheria", {"BC", "CD"}),
        ("Zante", "Ovidio", {"BC", "CD", "DE"}),
        ("via Zante", None, {"BC", "CD", "DE"}),
        (None, "piazza Ovidio", {"AB", "BC", "CD", "DE"}),
        (None, None, {"AB", "BC", "CD", "DE"}),
    ],
)
def test_a_stretch_is_what_lies_between(town, start, end, edges):
    if start == "via Zante" and end is None:
        # 60 m of the street lie behind via Zante: which end is meant is not known.
        with pytest.raises(AmbiguousNameError, match=r"goes on 240 m to .* and 60 m to"):
            stretch(town, "via Parea", start=start)
        return
    found = stretch(town, "via Parea", start=start, end=end)
    assert letters(town, found.edge_ids) == edges
    assert found.length_m == pytest.approx(found.edges_m)
    assert found.geometry.length == pytest.approx(found.edges_m)


def test_the_axis_runs_from_start_to_end(town):
    there = stretch(town, "via Parea", start="via Zante", end="viale Ungheria")
    back = stretch(town, "via Parea", start="viale Ungheria", end="via Zante")
    assert there.axis.equals(shapely.reverse(back.axis))
    assert (there.start, there.end) == ("Via Zante", "Viale Ungheria")
    assert there.axis.coords[0] == pytest.approx((512_060, 5_033_960))


def test_an_address_or_a_place_ends_a_stretch(town):
    # Number 2 stands in the middle between C and D, a little nearer to D.
    to_address = stretch(town, "via Parea", start="via Zante", end="civico 2")
    assert to_address.end == "Via Carlo Parea 2"
    assert letters(town, to_address.edge_ids) == {"BC"}
    assert to_address.length_m == pytest.approx(100)
    from_address = stretch(town, "via Parea", start="via Zante 36", end="viale Ungheria")
    assert letters(town, from_address.edge_ids) == {"BC", "CD"}


def test_a_street_that_does_not_meet_is_named_with_those_that_do():
    far = named_town(
        "A---B---C---D---E---F---G---H---I---J",
        {"Via Carlo Parea": "AB BC", "Via Zante": "CD", "Via Lontana": "IJ"},
    )
    with pytest.raises(InputError) as caught:
        stretch(far, "via Parea", start="via Zante", end="via Lontana")
    said = str(caught.value)
    assert said.startswith("to: Via Lontana does not meet Via Carlo Parea: it is 480 m from it")
    assert "Centro" in said
    assert "name a street that meets it (Via Zante)" in said


def test_a_cross_street_that_ends_short_is_taken_and_told():
    city = named_town(
        "A---B---C--D\n        |\n        E\n         \n\n         \n",
        {"Via Carlo Parea": "AB", "Via Zante": "CE"},
    )
    found = stretch(city, "via Parea", end="via Zante")
    assert letters(city, found.edge_ids) == {"AB"}
    assert "which ends 80 m away" in found.said
    assert found.score < 0.95


def test_both_carriageways_and_nothing_beyond():
    picture = """
A>>>B>>>C>>>D>>>E
|   |   |   |   |
F<<<G<<<H<<<I<<<J
    |       |
    K       L
"""
    city = named_town(
        picture,
        {
            "Viale Monza": "AB BC CD DE FG GH HI IJ",
            "Via Zante": "KG",
            "Via Mecenate": "IL",
        },
    )
    found = stretch(city, "viale Monza", start="via Zante", end="via Mecenate")
    assert letters(city, found.edge_ids) == {"BC", "CD", "GH", "HI"}
    assert found.length_m == pytest.approx(160)
    assert found.edges_m == pytest.approx(320)


def test_a_gap_is_bridged_and_told():
    city = named_town(
        "A---B----------C---D\n|                  |\nE                  F",
        {"Via Carlo Parea": "AB CD", "Via Zante": "AE", "Via Mecenate": "DF"},
    )
    found = stretch(city, "via Parea", start="via Zante", end="via Mecenate")
    assert letters(city, found.edge_ids) == {"AB", "CD"}
    assert found.length_m == pytest.approx(160)
    assert "220 m of gaps" in found.said


def test_two_streets_of_one_name_far_apart_are_asked_about():
    city = named_town(
        "A---B" + "-" * 60 + "C---D\n|" + " " * 67 + "|\nE" + " " * 67 + "F",
        {"Via Roma": "AB CD", "Via Zante": "AE", "Via Mecenate": "DF"},
    )
    with pytest.raises(
        AmbiguousNameError, match=r"may be Via Roma \(Centro\) or Via Roma"
    ) as caught:
        streets_named(city, "via Roma")
    assert len(caught.value.candidates) == 2
    # What it meets, or where it is, tells which.
    assert letters(city, stretch(city, "via Roma", start="via Zante").edge_ids) == {"AB"}
    near = shapely.Point(city.streets.edges.total_bounds[2:])
    assert letters(city, streets_named(city, "via Roma", near=near).edge_ids) == {"CD"}


def test_a_street_of_the_city_goes_before_one_of_the_ring():
    city = named_town(
        "A---B" + "-" * 60 + "C---D",
        {"Via Giacomo Leopardi": "AB", "Via Leopardi": "CD"},
    )
    west = shapely.box(*city.streets.edges.total_bounds).buffer(10)
    west = shapely.intersection(west, shapely.box(0, 0, 512_300, 10**7))
    city = with_outline(city, west, "Ovest")
    assert streets_named(city, "via Leopardi").name == "Via Giacomo Leopardi"
    east = shapely.Point(city.streets.edges.total_bounds[2:])
    found = streets_named(city, "via Leopardi", near=east)
    assert found.name == "Via Leopardi"
    assert "outside the city" in found.said


@pytest.mark.parametrize("words", ["via Pinco Pallino", "xyz", "via"])
def test_an_unknown_name_brings_the_nearest(town, words):
    with pytest.raises(UnknownNameError, match=r"did you mean .*V"):
        streets_named(town, words)


def test_a_misprint_is_told(town):
    found = streets_named(town, "via Mecenata")
    assert found.name == "Via Mecenate"
    assert "for 'via Mecenata', likeness 0.90" in found.said


def test_ends_that_are_no_stretch_are_refused(town):
    with pytest.raises(InputError, match="begins and ends at Via Zante"):
        stretch(town, "via Parea", start="via Zante", end="v. Zante")
    for wrong in ({"along": ""}, {"along": 3}, {"along": "via Parea", "start": 7}):
        with pytest.raises(ParameterError):
            stretch(town, **wrong)
    with pytest.raises(UnknownNameError, match=r"unknown zone 'Nowhere'\. Mend: .*Centro"):
        streets_named(town, "via Parea", near="Nowhere")


def test_the_index_is_shared_by_networks_of_the_same_names(town):
    import pandas as pd

    calmed = town.streets.with_edge_values(pd.DataFrame({"maxspeed_kmh": 30.0}, index=[0]))
    assert street_index(town.with_(streets=calmed)) is street_index(town)
    renamed = town.streets.with_edge_values(pd.DataFrame({"name": ["Via Nuova"]}, index=[0]))
    assert street_index(town.with_(streets=renamed)) is not street_index(town)


# Milano.


def own_edges(milano):
    edges = milano.streets.edges
    return edges.index.to_series().groupby(edges["name"]).agg(set)


def test_every_name_leads_to_its_own_edges(milano):
    """A seventh of the 6,893 names; one of the ring is asked for near where it is."""
    index = street_index(milano)
    own = own_edges(milano)
    edges = milano.streets.edges
    for name in index.names[::7]:
        mine, within = index.edges_of(name)
        near = None if within else edges.geometry.iloc[int(mine[0])]
        found = naming._one_street(milano, name, near=near, where="street") if near else None
        if within:
            (found,) = naming._possible(milano, name, where="street")
            assert set(found.edge_ids) >= {i for i in own[name] if index.within[i]}, name
        written = index.written(name)
        assert found.name in written, name
        assert set(found.edge_ids) <= set().union(*(own[one] for one in written)), name


def crossings(milano, count):
    """Streets of the city with two others that share a junction with them, 30 m or more apart."""
    index, edges = street_index(milano), milano.streets.edges
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    nodes = milano.streets.nodes.geometry
    xy = dict(zip(nodes.index, zip(nodes.x, nodes.y, strict=True), strict=True))
    inside = sorted({index.written(name)[0] for name in index.names if index.edges_of(name)[1]})
    at = collections.defaultdict(set)
    for name in inside:
        rows = index.edges_of(name)[0]
        for junction in {*u[rows], *v[rows]}:
            at[junction].add(name)
    random = np.random.default_rng(15)
    while count:
        street = inside[random.integers(len(inside))]
        rows = index.edges_of(street)[0]
        meets = collections.defaultdict(list)
        for junction in {*u[rows], *v[rows]}:
            for other in at[junction] - {street}:
                meets[other].append(shapely.Point(xy[junction]))
        if len(meets) < 2:
            continue
        first = sorted(meets)[random.integers(len(meets))]
        start = shapely.MultiPoint(meets[first])
        apart = {
            other: shapely.distance(start, shapely.MultiPoint(p)) for other, p in meets.items()
        }
        others = [(metres, other) for other, metres in apart.items() if metres >= 30]
        if others:
            count -= 1
            yield street, first, min(others)[1], start, shapely.MultiPoint(meets[min(others)[1]])


def test_three_hundred_stretches_between_neighbouring_crossings_touch_both(milano):
    index = street_index(milano)
    nothing_between = []
    for street, first, second, start, end in crossings(milano, 300):
        try:
            found = stretch(milano, street, start=first, end=second)
        except InputError as error:
            if "no edge of" not in str(error):
                raise
            nothing_between.append(street)
            continue
        assert (found.name, found.start, found.end) == (street, first, second)
        assert set(found.edge_ids) <= set(index.edges_of(street)[0])
        for point in (start, end):
            assert shapely.distance(found.geometry, point) <= 30, found.said
        gaps = re.search(r"([\d,]+) m of gaps", found.said)
        whole = found.length_m + (float(gaps[1].replace(",", "")) if gaps else 0)
        apart = shapely.distance(start, end)
        assert apart - 1 <= whole <= 2.5 * apart + 200, found.said
    # Where the map names neither carriageway between two crossings.
    assert len(nothing_between) <= 2, nothing_between


def test_the_register_leads_to_the_map(milano, sources):
    """Every seventh street of the register that the map has, in the register's own spelling."""
    register = comune.read_street_register(sources / "comune/ds634_civici_20200302.zip")
    index = street_index(milano)
    known = {name.casefold(): name for name in index.names if index.edges_of(name)[1]}
    asked, wrong = 0, []
    for row in register.iloc[::7].itertuples():
        name = known.get(f"{row.kind} {row.written}".casefold())
        if name is None:
            continue
        asked += 1
        found = naming._possible(milano, f"{row.kind} {row.listed}", where="street")
        if len(found) != 1 or found[0].name not in index.written(name):
            wrong.append((row.listed, [one.name for one in found]))
    assert asked > 450
    assert len(wrong) <= 0.01 * asked, wrong


def test_the_streets_of_mi_over_net(milano):
    """Lengths beside those measured by hand between the junctions."""
    for along, start, end, metres in [
        ("via Salomone", "piazza Ovidio", "viale Ungheria", 1260),
        # 267 m east, 100 m south, 42 m west, 82 m south.
        ("via Boifava", "via dei Missaglia", "via S. Abbondio", 491),
        ("via Mecenate", "via Zante", "viale Ungheria", 1047),
    ]:
        found = stretch(milano, along, start=start, end=end)
        assert found.length_m == pytest.approx(metres, rel=0.05)
    with pytest.raises(InputError, match=r"Via Boffalora does not meet Viale Famagosta.*BARONA"):
        stretch(milano, "viale Famagosta", start="via Boffalora", end="via San Paolino")

"""What tags mean is said by the OpenStreetMap wiki and the Codice della Strada, never guessed.

Each row of a table below is one sentence of those pages. A tag that is missing says nothing,
and no combination of tags makes the rules fail.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.model import schemas, tag_rules

BOTH, NOBODY, FORWARD, BACKWARD = (True, True), (False, False), (True, False), (False, True)


def tags(text: str) -> dict[str, str]:
    """Tags written as ``highway=path foot=no``; the first word alone is the highway."""
    pairs = [word.split("=", 1) for word in text.split()]
    return dict(pair if len(pair) > 1 else ("highway", pair[0]) for pair in pairs)


WALKING = [
    # Defaults by class: wiki, OSM tags for routing/Access restrictions.
    ("footway", BOTH),
    ("path", BOTH),
    ("pedestrian", BOTH),
    ("steps", BOTH),
    ("corridor", BOTH),
    ("elevator", BOTH),
    ("platform", BOTH),
    ("bridleway", BOTH),
    ("residential", BOTH),
    ("service service=driveway", BOTH),
    ("track", BOTH),
    ("road", BOTH),
    # People walk on cycleways unless they are told not to.
    ("cycleway", BOTH),
    ("cycleway foot=no", NOBODY),
    ("cycleway foot=use_sidepath", NOBODY),
    # CdS art. 175 c. 1, 2 and 6; the pavement of a fast road is for walking.
    ("motorway", NOBODY),
    ("motorway_link", NOBODY),
    ("trunk", NOBODY),
    ("trunk foot=yes", BOTH),
    ("trunk sidewalk=right", BOTH),
    ("trunk sidewalk:left=yes", BOTH),
    ("trunk sidewalk=separate", NOBODY),
    ("primary motorroad=yes", NOBODY),
    ("primary motorroad=yes foot=designated", BOTH),
    ("busway", NOBODY),
    ("busway sidewalk=both", BOTH),
    # Key:access: the most specific tag that decides wins.
    ("service access=private", NOBODY),
    ("service access=no foot=yes", BOTH),
    ("service access=yes foot=private", NOBODY),
    ("footway access=permissive", BOTH),
    ("footway access=permit", NOBODY),
    ("footway access=military", NOBODY),
    ("service access=destination", BOTH),
    ("service access=customers", BOTH),
    ("service access=private;customers", BOTH),
    ("service vehicle=no", BOTH),
    ("residential bicycle=no motor_vehicle=no", BOTH),
    ("path access=unknown", BOTH),
    ("path foot=unknown access=no", NOBODY),
    ("footway foot=discouraged", BOTH),
    ("primary foot=use_sidepath", NOBODY),
    # Key:oneway binds vehicles; Key:oneway:foot, Key:foot:backward, Key:conveying bind walkers.
    ("residential oneway=yes", BOTH),
    ("footway oneway=yes", BOTH),
    ("primary junction=roundabout", BOTH),
    ("footway oneway:foot=yes", FORWARD),
    ("footway oneway:foot=-1", BACKWARD),
    ("footway foot:backward=no", FORWARD),
    ("footway foot:forward=no", BACKWARD),
    ("steps conveying=forward", FORWARD),
    ("steps conveying=backward", BACKWARD),
    ("steps conveying=yes", BOTH),
    ("footway access=no oneway:foot=yes", NOBODY),
]
CYCLING = [
    ("cycleway", BOTH),
    ("path", BOTH),
    ("residential", BOTH),
    ("track", BOTH),
    ("living_street", BOTH),
    # CdS art. 3 c. 1 n. 2: velocipedi are admitted to pedestrian areas.
    ("pedestrian", BOTH),
    ("pedestrian bicycle=no", NOBODY),
    ("footway", NOBODY),
    ("footway bicycle=yes", BOTH),
    ("bridleway", NOBODY),
    ("steps", NOBODY),
    ("steps ramp:bicycle=yes", NOBODY),
    ("steps bicycle=yes", BOTH),
    ("corridor", NOBODY),
    ("elevator", NOBODY),
    ("platform", NOBODY),
    ("motorway", NOBODY),
    ("trunk", NOBODY),
    ("trunk bicycle=yes", BOTH),
    ("primary motorroad=yes", NOBODY),
    ("busway", NOBODY),
    ("busway bicycle=yes", BOTH),
    # Tag:bicycle=dismount and Tag:bicycle=use_sidepath: not ridden here.
    ("footway bicycle=dismount", NOBODY),
    ("path bicycle=dismount", NOBODY),
    ("primary bicycle=use_sidepath", NOBODY),
    ("service access=private", NOBODY),
    ("service access=no bicycle=yes", BOTH),
    ("residential vehicle=no", NOBODY),
    ("residential vehicle=no bicycle=yes", BOTH),
    ("residential vehicle=destination", BOTH),
    ("residential motor_vehicle=no", BOTH),
    ("service access=yes vehicle=private", NOBODY),
    # Key:oneway, Tag:oneway=-1, Tag:junction=roundabout, Tag:oneway=alternating.
    ("residential oneway=yes", FORWARD),
    ("residential oneway=1", FORWARD),
    ("residential oneway=true", FORWARD),
    ("residential oneway=-1", BACKWARD),
    ("residential oneway=reverse", BACKWARD),
    ("residential oneway=no", BOTH),
    ("residential oneway=alternating", BOTH),
    ("residential oneway=reversible", NOBODY),
    ("residential oneway=reversible oneway:bicycle=no", BOTH),
    ("residential junction=roundabout", FORWARD),
    ("residential junction=circular", FORWARD),
    ("residential junction=roundabout oneway=no", BOTH),
    ("motorway bicycle=yes", FORWARD),
    # Key:oneway:bicycle.
    ("residential oneway=yes oneway:bicycle=no", BOTH),
    ("residential oneway:bicycle=yes", FORWARD),
    ("residential oneway=yes oneway:bicycle=-1", BACKWARD),
    ("cycleway oneway=yes", FORWARD),
    # Key:cycleway: contraflow.
    ("residential oneway=yes cycleway=opposite", BOTH),
    ("residential oneway=yes cycleway=opposite_lane", BOTH),
    ("residential oneway=yes cycleway:left=opposite_track", BOTH),
    ("residential oneway=-1 cycleway=opposite_lane", BOTH),
    ("residential oneway=yes cycleway=opposite_share_busway", BOTH),
    # Key:cycleway:right:oneway: a lane on a one-way street runs with it unless it says otherwise.
    ("residential oneway=yes cycleway=lane", FORWARD),
    ("residential oneway=yes cycleway:left=lane", FORWARD),
    ("residential oneway=yes cycleway:both=lane", FORWARD),
    ("residential oneway=yes cycleway:left=lane cycleway:left:oneway=-1", BOTH),
    ("residential oneway=yes cycleway:left=track cycleway:left:oneway=no", BOTH),
    ("residential oneway=yes cycleway:left=no cycleway:left:oneway=no", FORWARD),
    ("residential oneway=yes cycleway:left=separate cycleway:left:oneway=no", FORWARD),
    ("residential oneway=-1 cycleway:right=lane cycleway:right:oneway=yes", BOTH),
    ("residential cycleway:right=lane cycleway:right:oneway=yes", BOTH),
    # What is said of both sides, or of the street, is said of a side that is silent: the lane
    # and its direction may stand under keys of different reach.
    ("residential oneway=yes cycleway:both=lane cycleway:left:oneway=-1", BOTH),
    ("residential oneway=yes cycleway=track cycleway:left:oneway=-1", BOTH),
    ("residential oneway=yes cycleway:both=lane cycleway:right:oneway=no", BOTH),
    ("residential oneway=yes cycleway:left=lane cycleway:oneway=-1", BOTH),
    ("residential oneway=yes cycleway:right=track cycleway:both:oneway=no", BOTH),
    ("residential oneway=-1 cycleway=lane cycleway:both:oneway=yes", BOTH),
    # A side that speaks for itself is not overruled by what is said of both.
    ("residential oneway=yes cycleway:both=lane cycleway:left=no cycleway:left:oneway=-1", FORWARD),
    (
        "residential oneway=yes cycleway:left=lane cycleway:left:oneway=yes cycleway:oneway=1",
        FORWARD,
    ),
    (
        "residential oneway=yes cycleway:both=lane cycleway:both:oneway=yes cycleway:oneway=no",
        FORWARD,
    ),
    ("residential oneway=yes cycleway=separate cycleway:left:oneway=-1", FORWARD),
    # Key:bicycle:backward and the like overrule the whole way.
    ("residential bicycle:backward=no", FORWARD),
    ("residential oneway=yes bicycle:backward=yes", BOTH),
    ("residential vehicle:backward=no", FORWARD),
    ("residential vehicle:backward=no bicycle:backward=yes", BOTH),
    # Key:bicycle_road, Key:cyclestreet.
    ("residential bicycle_road=yes vehicle=no", NOBODY),
    ("footway bicycle_road=yes", BOTH),
    ("residential cyclestreet=yes oneway=yes", FORWARD),
]
FACILITY = [
    ("residential", "none"),
    ("path", "none"),
    ("pedestrian", "none"),
    ("pedestrian bicycle=designated", "shared_path"),
    ("cycleway", "track"),
    ("cycleway foot=designated segregated=no", "shared_path"),
    ("cycleway foot=designated", "shared_path"),
    ("cycleway foot=designated segregated=yes", "track"),
    ("cycleway cycleway=crossing", "crossing"),
    ("footway bicycle=yes", "shared_path"),
    ("footway bicycle=no", "none"),
    ("footway bicycle=yes footway=crossing", "crossing"),
    ("footway footway=crossing", "none"),
    ("path bicycle=designated foot=designated segregated=yes", "track"),
    ("primary cycleway=track", "track"),
    ("primary cycleway:right=lane", "lane"),
    ("primary cycleway:both=lane cycleway:right=track", "track"),
    ("primary cycleway=opposite_lane", "lane"),
    ("primary cycleway:left=share_busway", "shared_road"),
    ("primary cycleway=shared_lane", "shared_road"),
    ("primary cycleway=separate", "none"),
    ("primary cycleway=no", "none"),
    ("residential bicycle_road=yes", "shared_road"),
    ("residential cyclestreet=yes cycleway:left=lane", "lane"),
]
SIDEWALK = [
    ("primary", None),
    ("primary sidewalk=both", "both"),
    ("primary sidewalk=none", "no"),
    ("primary sidewalk=separate", "separate"),
    ("primary sidewalk:both=yes", "both"),
    ("primary sidewalk:left=yes", "left"),
    ("primary sidewalk:right=yes sidewalk:left=no", "right"),
    ("primary sidewalk:both=no", "no"),
    ("primary sidewalk:both=separate", "separate"),
    ("primary sidewalk:left=separate sidewalk:right=no", "separate"),
    ("primary sidewalk:left=no", None),
]
MAXSPEED = [
    ("primary", math.nan),
    ("primary maxspeed=30", 30),
    ("primary maxspeed=30_km/h", 30),
    ("primary maxspeed=10mph", 16.09344),
    ("primary maxspeed=IT:urban", 50),
    ("primary maxspeed=IT:motorway", 130),
    ("primary maxspeed=walk", 6),
    ("primary maxspeed=none", math.nan),
    ("primary maxspeed=signals", math.nan),
    ("primary maxspeed=50;30", math.nan),
    ("primary maxspeed=-30", math.nan),
    ("primary maxspeed:forward=50 maxspeed:backward=30", 50),
    ("primary maxspeed:type=IT:rural", 90),
    ("primary zone:maxspeed=IT:30", 30),
    ("primary source:maxspeed=sign", math.nan),
    ("primary maxspeed=30 maxspeed:type=IT:urban", 30),
]
GRADE = [
    (None, math.nan),
    ("up", math.nan),
    ("10%", 0.1),
    ("-8 %", -0.08),
    ("2,5%", 0.025),
    ("45°", 1.0),
    ("0", 0.0),
    ("7", math.nan),
    ("steep", math.nan),
]
LEFT_OUT = [
    ("construction", "not built"),
    ("proposed", "not built"),
    ("abandoned", "not built"),
    ("rest_area", "not a way for walking or riding"),
    ("via_ferrata", "not a way for walking or riding"),
    ("skyhook", "unknown highway value"),
    ("footway", None),
    ("motorway", None),
    ("busway", None),
]
BARS_WALKERS = [
    ({"barrier": "gate"}, False),
    ({"barrier": "gate", "access": "private"}, True),
    ({"barrier": "gate", "access": "private", "foot": "yes"}, False),
    ({"barrier": "gate", "foot": "no"}, True),
    ({"barrier": "gate", "locked": "yes"}, True),
    ({"barrier": "gate", "locked": "yes", "access": "yes"}, False),
    ({"barrier": "bollard", "vehicle": "no"}, False),
    ({"barrier": "stile", "bicycle": "no"}, False),
    ({"barrier": "kerb", "kerb": "raised"}, False),
    ({"barrier": "wall"}, True),
    ({"barrier": "fence", "foot": "yes"}, False),
    ({"barrier": "nobody_knows"}, True),
    # An access tag on what is no barrier is about something else.
    ({"highway": "crossing", "access": "no"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("text", "expected"), WALKING)
def test_who_may_walk(text, expected):
    assert tag_rules.walking(tags(text)) == expected


@pytest.mark.parametrize(("text", "expected"), CYCLING)
def test_who_may_ride(text, expected):
    assert tag_rules.cycling(tags(text)) == expected


@pytest.mark.parametrize(("text", "expected"), FACILITY)
def test_what_is_offered_to_cycles(text, expected):
    assert tag_rules.cycle_facility(tags(text)) == expected


@pytest.mark.parametrize(("text", "expected"), SIDEWALK)
def test_where_the_pavement_is(text, expected):
    assert tag_rules.sidewalk(tags(text)) == expected


@pytest.mark.parametrize(("text", "expected"), MAXSPEED)
def test_speed_limit(text, expected):
    said = {key: value.replace("_", " ") for key, value in tags(text).items()}
    assert tag_rules.maxspeed_kmh(said) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("incline", "expected"), GRADE)
def test_grade(incline, expected):
    assert tag_rules.grade(incline) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("highway", "expected"), LEFT_OUT)
def test_what_is_no_street(highway, expected):
    assert tag_rules.why_left_out(highway) == expected


@pytest.mark.parametrize(("said", "expected"), BARS_WALKERS)
def test_what_stops_people_on_foot(said, expected):
    assert tag_rules.bars_walkers(said) is expected


@pytest.mark.parametrize(
    ("text", "bridge", "tunnel", "layer"),
    [
        ("path", False, False, 0),
        ("path bridge=yes layer=1", True, False, 1),
        ("path bridge=viaduct", True, False, 0),
        ("path bridge=no", False, False, 0),
        ("path tunnel=yes layer=-1", False, True, -1),
        ("path tunnel=culvert", False, True, 0),
        ("path tunnel=building_passage", False, False, 0),
        ("path layer=ground", False, False, 0),
        ("path layer=1.5", False, False, 0),
        ("path layer=1000", False, False, 0),
    ],
)
def test_levels(text, bridge, tunnel, layer):
    way = tag_rules.way(tags(text))
    assert (way.bridge, way.tunnel, way.layer) == (bridge, tunnel, layer)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps", None),
        ("steps wheelchair=no", "no"),
        ("steps ramp:wheelchair=yes", "yes"),
        ("steps wheelchair=no ramp:wheelchair=yes", "no"),
        ("steps ramp:bicycle=yes ramp:stroller=yes", None),
        ("footway ramp:wheelchair=yes", None),
        ("footway wheelchair=limited", "limited"),
    ],
)
def test_wheelchairs(text, expected):
    assert tag_rules.way(tags(text)).wheelchair == expected


def test_what_is_not_tagged_is_missing():
    way = tag_rules.way(tags("residential"))
    for field in ("surface", "tracktype", "incline", "kerb", "wheelchair", "sidewalk", "lit"):
        assert getattr(way, field) is None
    assert math.isnan(way.grade)
    assert math.isnan(way.maxspeed_kmh)
    assert way.remarks == frozenset()


def test_doubtful_points_are_remarked():
    assert tag_rules.way(tags("trunk")).remarks == {"trunk, closed to walkers by its class"}
    assert tag_rules.way(tags("trunk foot=no")).remarks == {"closed to walkers by access or foot"}
    assert tag_rules.way(tags("service access=customers")).remarks == {
        "open to visitors only, taken as open"
    }
    assert tag_rules.way(tags("footway oneway:foot=yes")).remarks == {
        "one-way for walkers, taken as two-way"
    }


KEYS = st.sampled_from(sorted(tag_rules.WAY_KEYS - {"highway"}))
VALUES = st.sampled_from(
    ["yes", "no", "-1", "1", "both", "left", "lane", "track", "opposite", "private", "10%", "", ";"]
) | st.text(max_size=6)


@given(
    highway=st.sampled_from(sorted(tag_rules.WALKED | tag_rules.FAST_ROADS)),
    others=st.dictionaries(KEYS, VALUES, max_size=6),
)
def test_no_tags_make_the_rules_fail(highway, others):
    way = tag_rules.way({"highway": highway, **others})
    assert way.oneway in schemas.ONEWAY
    assert way.cycle_facility in schemas.CYCLE_FACILITIES
    assert -100 < way.layer < 100


@given(
    highway=st.sampled_from(sorted(tag_rules.WALKED)),
    oneway=st.sampled_from(["yes", "no", "-1", "reversible"]),
)
def test_oneway_never_binds_walkers(highway, oneway):
    assert tag_rules.walking({"highway": highway, "oneway": oneway}) == BOTH


@given(others=st.dictionaries(KEYS, VALUES, max_size=6), value=st.text(max_size=5))
def test_tags_that_no_rule_reads_change_nothing(others, value):
    said = {"highway": "path", **others}
    assert repr(tag_rules.way(said)) == repr(tag_rules.way({**said, "phone": value}))


SINGLE = st.dictionaries(KEYS, VALUES, max_size=6)
CLASSES = st.sampled_from(sorted(tag_rules.WALKED | tag_rules.FAST_ROADS))


@given(highway=CLASSES, others=SINGLE)
def test_a_street_of_one_way_is_that_way(highway, others):
    said = {"highway": highway, **others}
    merged = tag_rules.merged_way({key: (value,) for key, value in said.items()})
    assert repr(merged) == repr(tag_rules.way(said))


@given(ways=st.lists(st.tuples(CLASSES, SINGLE), min_size=2, max_size=3))
def test_nobody_gets_through_a_street_that_is_closed_on_a_part(ways):
    ways = [{"highway": highway, **others} for highway, others in ways]
    # Tags that one of them lacks say nothing of it once they are put together.
    common = frozenset.intersection(*(frozenset(way) for way in ways))
    ways = [{key: way[key] for key in common} for way in ways]
    merged = tag_rules.merged_way(
        {key: tuple(dict.fromkeys(way[key] for way in ways)) for key in sorted(common)}
    )
    for part in map(tag_rules.way, ways):
        for flag in ("foot_forward", "foot_backward", "bicycle_forward", "bicycle_backward"):
            assert getattr(part, flag) or not getattr(merged, flag)
        for told in ("bridge", "tunnel", "steps"):
            assert getattr(merged, told) or not getattr(part, told)
        assert part.remarks <= merged.remarks | {"one-way for walkers, taken as two-way"}


@pytest.mark.parametrize(
    ("merged", "walked", "ridden"),
    [
        ({"highway": ("footway", "service"), "foot": ("no", "yes")}, NOBODY, NOBODY),
        ({"highway": ("residential",), "bicycle": ("yes", "no")}, BOTH, NOBODY),
        ({"highway": ("cycleway", "footway")}, BOTH, NOBODY),
        ({"highway": ("residential", "motorway")}, NOBODY, NOBODY),
        ({"highway": ("service",), "access": ("private", "yes")}, NOBODY, NOBODY),
        ({"highway": ("path",), "oneway:bicycle": ("yes", "no")}, BOTH, FORWARD),
        ({"highway": ("path",), "oneway:bicycle": ("yes", "-1")}, BOTH, NOBODY),
        ({"highway": ("tertiary", "primary"), "name": ("Via A", "Via B")}, BOTH, BOTH),
    ],
)
def test_a_street_merged_of_ways(merged, walked, ridden):
    way = tag_rules.merged_way(merged)
    assert (way.foot_forward, way.foot_backward) == walked
    assert (way.bicycle_forward, way.bicycle_backward) == ridden
    assert way.highway == ";".join(merged["highway"])


def test_a_part_that_is_not_built_leaves_the_street_out():
    assert tag_rules.merged_way({"highway": ("primary", "proposed")}).left_out == "not built"


def test_a_merged_street_offers_what_its_least_part_offers():
    street = {"highway": ("tertiary",), "cycleway": ("track", "no"), "maxspeed": ("30", "50")}
    way = tag_rules.merged_way(street | {"surface": ("asphalt", "sett")})
    assert (way.cycle_facility, way.maxspeed_kmh, way.surface) == ("none", 50, "asphalt;sett")

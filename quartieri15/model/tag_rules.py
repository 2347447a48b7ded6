"""What the tags of an OpenStreetMap way or node mean for people on foot and on a bicycle.

Plain tables and small functions: tags in, meaning out, no file and no graph in sight, so that
streets mean the same whichever way they come in. References are pages of the OpenStreetMap wiki
("Key:oneway") or articles of the Codice della Strada ("CdS art. 175", decreto legislativo
285/1992). A tag that is not there says nothing: where the meaning needs it, the value stays
missing.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

Tags = Mapping[str, str]
MergedTags = Mapping[str, tuple[str, ...]]
"""Tags of a street that was several ways: all values that a key has on some of them."""

ROADS: Final = frozenset(
    f"{road}{kind}" for road in ("primary", "secondary", "tertiary") for kind in ("", "_link")
) | {"unclassified", "residential", "living_street", "service", "road", "track"}
"""Ways for vehicles where people also walk: CdS art. 190 lets them use the edge of the
carriageway where there is no pavement."""

FAST_ROADS: Final = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
"""Closed to both unless tagged otherwise. Motorways: CdS art. 175 c. 2 (cycles) and c. 6 (people
on foot). Trunks: in Italy the value of superstrade (wiki, Template:It:Map Features:highway),
to which art. 175 extends those bans; the few that people may walk along carry ``sidewalk`` or
``foot``."""

WALKED: Final = (
    frozenset({"footway", "path", "pedestrian", "steps", "cycleway", "bridleway"})
    | {"corridor", "elevator", "platform"}
    | ROADS
)
"""Open to people on foot unless tagged otherwise (wiki, OSM tags for routing/Access
restrictions). Cycleways are among them: there people do walk unless ``foot=no`` says
otherwise, and leaving them out tears parks and bridges off the network (osmnx issue 169)."""

RIDDEN: Final = frozenset({"cycleway", "path", "pedestrian"}) | ROADS
"""Open to cycles unless tagged otherwise (same page). Pedestrian streets: CdS art. 3 c. 1 n. 2
admits velocipedi to the area pedonale."""

CLOSED_UNLESS_SAID: Final = frozenset({"busway", "bus_guideway", "escape", "raceway"})
"""Built for others; open only to whom a tag admits."""

NOT_BUILT: Final = frozenset(
    {"construction", "proposed", "planned", "abandoned", "disused", "razed", "demolished", "no"}
)
"""Nobody passes there today (wiki, Lifecycle prefix; Tag:highway=construction)."""

NOT_A_WAY: Final = frozenset({"services", "rest_area", "via_ferrata", "ladder"})
"""Areas beside a road, and climbs that are no walking."""

OPEN: Final = frozenset({"yes", "designated", "permissive", "official", "public", "discouraged"})
"""Values that admit everyone (Key:access)."""

OPEN_TO_VISITORS: Final = frozenset({"destination", "customers"})
"""Values that admit whoever is bound for something there (Key:access). Taken as open, because a
journey ends somewhere; what they cover is counted, since a through trip may be let in too."""

CLOSED: Final = frozenset(
    {"no", "private", "permit", "residents", "delivery", "agricultural", "forestry", "military"}
    | {"emergency", "restricted", "use_sidepath", "dismount", "employees", "staff"}
)
"""Values that leave the public out (Key:access), send it to the path drawn beside
(Tag:foot=use_sidepath, Tag:bicycle=use_sidepath), or let a cycle be pushed but not ridden
(Tag:bicycle=dismount)."""

FOOT_KEYS: Final = ("foot", "access")
BICYCLE_KEYS: Final = ("bicycle", "vehicle", "access")
"""From the most to the least specific: the first that decides wins (Key:access)."""

PASSABLE_BARRIERS: Final = frozenset(
    {"block", "bollard", "border_control", "bump_gate", "bus_trap", "cattle_grid", "chain"}
    | {"coupure", "cycle_barrier", "entrance", "full-height_turnstile", "gate", "hampshire_gate"}
    | {"height_restrictor", "horse_stile", "jersey_barrier", "kent_carriage_gap", "kerb"}
    | {"kissing_gate", "lift_gate", "log", "motorcycle_barrier", "no", "opening", "planter"}
    | {"rope", "sally_port", "sliding_beam", "sliding_gate", "spikes", "step", "stile"}
    | {"sump_buster", "swing_gate", "tank_trap", "toll_booth", "turnstile", "wedge", "wicket_gate"}
)
"""Things on a way that a person on foot gets past (Key:barrier). Others, and those the page does
not know, are closed: "barriers with undocumented default access imply access=no" (Barriers)."""

NO_TUNNEL: Final = ("no", "building_passage")
"""A passage through a building is at street level, and left where it was entered."""

ONE_WAY_VALUES: Final = MappingProxyType(
    {
        **dict.fromkeys(("yes", "true", "1"), "forward"),
        **dict.fromkeys(("-1", "reverse"), "backward"),
        **dict.fromkeys(("no", "false", "0"), "no"),
        # Key:oneway, Tag:oneway=alternating: traffic lights let both directions through.
        "alternating": "no",
    }
)

LIMITS_KMH: Final = MappingProxyType(
    {
        # CdS art. 142 c. 1.
        "IT:urban": 50.0,
        "IT:rural": 90.0,
        "IT:trunk": 110.0,
        "IT:motorway": 130.0,
        # Key:maxspeed: the pace of a walking person, without a number of its own.
        "walk": 6.0,
    }
)
KMH_PER_UNIT: Final = MappingProxyType({"": 1.0, "km/h": 1.0, "kmh": 1.0, "mph": 1.609344})

_NUMBER = re.compile(r"^\s*([+-]?\d+(?:[.,]\d+)?)\s*(.*?)\s*$")

FACILITIES: Final = ("track", "lane", "shared_path", "shared_road")
"""From the best separated to the least: the best of a street's sides names it."""
_FROM_BEST_TO_LEAST: Final = ("crossing", *FACILITIES, "none")
_WHEELCHAIR_KEYS: Final = ("wheelchair", "ramp:wheelchair")
FACILITY_OF_CYCLEWAY: Final = MappingProxyType(
    {
        "track": "track",
        "opposite_track": "track",
        "lane": "lane",
        "opposite_lane": "lane",
        **dict.fromkeys(
            ("shared_lane", "shared", "share_busway", "opposite_share_busway", "opposite"),
            "shared_road",
        ),
    }
)
"""Key:cycleway. ``separate`` is drawn as a way of its own and names nothing here."""
CONTRAFLOW: Final = frozenset(
    {"opposite", "opposite_lane", "opposite_track", "opposite_share_busway"}
)
SIDES: Final = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
KEYS_OF_A_SIDE: Final = tuple(
    (f"cycleway:{side}", "cycleway:both", "cycleway") for side in ("left", "right")
)
"""What names the lane of each side, the most specific first (Key:cycleway:both): the same keys
with ``:oneway`` name its direction."""

WALKING_KEYS: Final = frozenset(
    {"highway", "foot", "access", "motorroad", "oneway:foot", "conveying"}
    | {"foot:forward", "foot:backward"}
    | {f"sidewalk{side}" for side in ("", ":both", ":left", ":right")}
)
"""The tags that :func:`walking` reads."""
CYCLING_KEYS: Final = frozenset(
    {"highway", "bicycle", "vehicle", "access", "motorroad", "bicycle_road", "cyclestreet"}
    | {"oneway", "junction", "oneway:bicycle"}
    | {f"{key}:{way}" for key in ("bicycle", "vehicle") for way in ("forward", "backward")}
    | {f"{side}{end}" for side in SIDES for end in ("", ":oneway")}
)
"""The tags that :func:`cycling` reads."""
FACILITY_KEYS: Final = frozenset(
    {"highway", "bicycle", "foot", "segregated", "footway", "path", "bicycle_road", "cyclestreet"}
    | set(SIDES)
)
"""The tags that :func:`cycle_facility` reads."""
SPEED_KEYS: Final = frozenset(
    {"maxspeed", "maxspeed:forward", "maxspeed:backward"}
    | {"maxspeed:type", "source:maxspeed", "zone:maxspeed"}
)
"""The tags that :func:`maxspeed_kmh` reads."""
_REMARKED_KEYS: Final = frozenset(
    {"highway", "foot", "bicycle", "vehicle", "access", "area", "oneway", "note"}
)
TEXT_KEYS: Final = ("surface", "tracktype", "incline", "kerb", "lit")
"""Tags whose values are taken over as they are."""

WAY_KEYS: Final = (
    WALKING_KEYS
    | CYCLING_KEYS
    | FACILITY_KEYS
    | SPEED_KEYS
    | _REMARKED_KEYS
    | set(TEXT_KEYS)
    | {"service", "bridge", "tunnel", "layer", "wheelchair", "ramp:wheelchair"}
)
"""The tags of a way that any rule reads, beside ``name``. Nothing else is looked at."""
NODE_KEYS: Final = ("barrier", "kerb", "access", "foot", "locked", "bicycle", "vehicle")
"""The tags of a node that any rule reads."""

LOSSES: Final = MappingProxyType(
    {
        ("access", "foot"): "ways that are private or closed to walkers count as open to them",
        ("bicycle", "vehicle", "access"): (
            "footpaths where cycling is allowed count as closed to cycles, streets where it is "
            "forbidden as open"
        ),
        ("oneway:bicycle", *SIDES): (
            "no contraflow cycling: a one-way street is ridden in its direction only, and cycle "
            "lanes on streets are not known"
        ),
        ("motorroad",): "roads with the rules of a motorway are told by their class alone",
        ("junction",): "a roundabout without oneway=yes counts as two-way",
        ("area",): "the outline of a square cannot be told from a street",
        ("layer",): "every edge is on layer 0; only bridge and tunnel tell levels apart",
        ("surface",): "what the ground is made of is not known",
        ("tracktype",): "how firm a track is is not known",
        ("incline",): "slopes are not known",
        ("kerb",): "kerbs on ways are not known",
        ("wheelchair",): "what a wheelchair can use is not known",
        ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right"): (
            "which streets have a pavement is not known"
        ),
        ("lit",): "lighting is not known",
        ("maxspeed", "maxspeed:type", "source:maxspeed", "zone:maxspeed"): (
            "speed limits are not known"
        ),
    }
)
"""Tags, and what is lost when a file carries none of them on any way."""
NODE_LOSSES: Final = MappingProxyType(
    {
        "barrier": "closed gates and walls across ways are not known; every way goes through",
        "kerb": "kerbs at crossings are not known",
    }
)
"""Tags, and what is lost when a file carries them on no node of a way."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """What the tags of a way say.

    Parameters
    ----------
    left_out
        Why the way is no street, or None for one that is.
    foot_forward, foot_backward
        Whether people may walk it, along and against its drawn direction.
    bicycle_forward, bicycle_backward
        Whether it may be ridden.
    remarks
        What is worth counting: names of rules that decided on a doubtful point.

    The other fields are the columns of the streets of the same name.
    """

    highway: str
    left_out: str | None = None
    oneway: str = "no"
    foot_forward: bool = False
    foot_backward: bool = False
    bicycle_forward: bool = False
    bicycle_backward: bool = False
    bridge: bool = False
    tunnel: bool = False
    steps: bool = False
    layer: int = 0
    cycle_facility: str = "none"
    grade: float = math.nan
    maxspeed_kmh: float = math.nan
    surface: str | None = None
    tracktype: str | None = None
    incline: str | None = None
    kerb: str | None = None
    wheelchair: str | None = None
    sidewalk: str | None = None
    lit: str | None = None
    remarks: frozenset[str] = frozenset()


def way(tags: Tags) -> Way:
    """Say what the tags of a way mean for people on foot and on a bicycle.

    Parameters
    ----------
    tags
        Tags of a way that has ``highway``. Only those in :data:`WAY_KEYS` matter.

    Returns
    -------
    Way

    Examples
    --------
    >>> lane = way({"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"})
    >>> lane.oneway, lane.bicycle_forward, lane.bicycle_backward, lane.foot_backward
    ('forward', True, True, True)
    """
    highway = tags["highway"]
    reason = why_left_out(highway)
    if reason is not None:
        return Way(highway=highway, left_out=reason)
    walked = walking(tags)
    ridden = cycling(tags)
    return Way(
        highway=highway,
        oneway=vehicle_direction(tags),
        foot_forward=walked[0],
        foot_backward=walked[1],
        bicycle_forward=ridden[0],
        bicycle_backward=ridden[1],
        bridge=tags.get("bridge", "no") != "no",
        tunnel=tags.get("tunnel", "no") not in NO_TUNNEL,
        steps=highway == "steps",
        layer=layer(tags),
        cycle_facility=cycle_facility(tags),
        grade=grade(tags.get("incline")),
        maxspeed_kmh=maxspeed_kmh(tags),
        sidewalk=sidewalk(tags),
        wheelchair=wheelchair(tags),
        **{key: tags.get(key) for key in TEXT_KEYS},
        remarks=_remarks(tags, walked),
    )


def merged_way(tags: MergedTags) -> Way:
    """Say what a street means that was several ways, whose tags were put together.

    Which values went together on one way is no longer known, so any may have. Nobody gets
    through a street that is closed on a part: it is open in a direction if every combination of
    its values opens that direction, and left out if one of its classes is. Its cycle facility is
    the least of its parts, its speed limit the highest, and it is a bridge, a tunnel or stairs
    if a part is. Other texts stand side by side, joined by ``;``.

    Parameters
    ----------
    tags
        For each key the values it has, at least one; ``highway`` is there.

    Returns
    -------
    Way

    Examples
    --------
    >>> street = merged_way({"highway": ("footway", "service"), "foot": ("yes", "no")})
    >>> street.foot_forward, street.bicycle_forward, street.highway
    (False, False, 'footway;service')
    """
    first = {key: values[0] for key, values in tags.items()}
    if all(len(values) == 1 for values in tags.values()):
        return way(first)
    highway = ";".join(tags["highway"])
    reasons = [why_left_out(one) for one in tags["highway"]]
    reason = next((reason for reason in reasons if reason is not None), None)
    if reason is not None:
        return Way(highway=highway, left_out=reason)
    walked = [walking(part) for part in _parts(tags, WALKING_KEYS)]
    ridden = [cycling(part) for part in _parts(tags, CYCLING_KEYS)]
    offered = [cycle_facility(part) for part in _parts(tags, FACILITY_KEYS)]
    limits = [maxspeed_kmh(part) for part in _parts(tags, SPEED_KEYS)]
    known = [limit for limit in limits if not math.isnan(limit)]
    remarks = [
        _remarks(part, walking(part)) for part in _parts(tags, _REMARKED_KEYS | WALKING_KEYS)
    ]
    incline = tags.get("incline", ())
    sides = {sidewalk(part) for part in _parts(tags, WALKING_KEYS)}
    wheels = {wheelchair(part) for part in _parts(tags, {"highway", *_WHEELCHAIR_KEYS})}
    return replace(
        way(first),
        highway=highway,
        foot_forward=all(forward for forward, _ in walked),
        foot_backward=all(backward for _, backward in walked),
        bicycle_forward=all(forward for forward, _ in ridden),
        bicycle_backward=all(backward for _, backward in ridden),
        bridge=any(value != "no" for value in tags.get("bridge", ())),
        tunnel=any(value not in NO_TUNNEL for value in tags.get("tunnel", ())),
        steps="steps" in tags["highway"],
        cycle_facility=max(offered, key=_FROM_BEST_TO_LEAST.index),
        grade=grade(";".join(incline)),
        maxspeed_kmh=max(known, default=math.nan),
        sidewalk=_side_by_side(sorted(filter(None, sides))),
        # One part that a wheelchair cannot use is enough.
        wheelchair="no" if "no" in wheels else _side_by_side(sorted(filter(None, wheels))),
        surface=_side_by_side(tags.get("surface", ())),
        tracktype=_side_by_side(tags.get("tracktype", ())),
        incline=_side_by_side(incline),
        kerb=_side_by_side(tags.get("kerb", ())),
        lit=_side_by_side(tags.get("lit", ())),
        remarks=frozenset[str]().union(*remarks),
    )


def _parts(tags: MergedTags, keys: frozenset[str] | set[str]) -> Iterator[Tags]:
    """Return each combination of values of some keys."""
    read = [key for key in tags if key in keys]
    for values in itertools.product(*(tags[key] for key in read)):
        yield dict(zip(read, values, strict=True))


def _side_by_side(values: Sequence[str]) -> str | None:
    return ";".join(values) or None


def as_street(tags: Tags) -> Tags | None:
    """Return the tags of a way as those of a street, or None where it is none.

    A platform beside rails is walked as one beside a road is (Tag:railway=platform).

    Examples
    --------
    >>> as_street({"railway": "platform", "ref": "4"})["highway"], as_street({"railway": "rail"})
    ('platform', None)
    """
    if "highway" in tags:
        return tags
    return {**tags, "highway": "platform"} if tags.get("railway") == "platform" else None


def why_left_out(highway: str) -> str | None:
    """Say why a value of ``highway`` makes no street, or None where it does.

    Examples
    --------
    >>> why_left_out("construction"), why_left_out("footway")
    ('not built', None)
    """
    if highway in NOT_BUILT:
        return "not built"
    if highway in NOT_A_WAY:
        return "not a way for walking or riding"
    if highway in WALKED or highway in FAST_ROADS or highway in CLOSED_UNLESS_SAID:
        return None
    return "unknown highway value"


def permission(tags: Tags, keys: tuple[str, ...]) -> bool | None:
    """Read the access tags of one mode, the most specific first (Key:access).

    Parameters
    ----------
    tags
        Tags of a way or node.
    keys
        :data:`FOOT_KEYS` or :data:`BICYCLE_KEYS`.

    Returns
    -------
    bool or None
        None where no tag decides; values nobody documents decide nothing. Of several values
        (``"customers;yes"``) one that admits is enough.

    Examples
    --------
    >>> permission({"access": "private", "foot": "yes"}, FOOT_KEYS)
    True
    """
    for key in keys:
        values = {value.strip() for value in tags.get(key, "").split(";")}
        if values & (OPEN | OPEN_TO_VISITORS):
            return True
        if values & CLOSED:
            return False
    return None


def walking(tags: Tags) -> tuple[bool, bool]:
    """Tell whether people may walk a way along and against its drawn direction.

    ``oneway`` binds vehicles, never people on foot (Key:oneway); only ``oneway:foot``,
    ``foot:forward``, ``foot:backward`` and moving stairs (Key:conveying) do.

    Examples
    --------
    >>> walking({"highway": "residential", "oneway": "yes"})
    (True, True)
    >>> walking({"highway": "trunk"}), walking({"highway": "trunk", "sidewalk": "right"})
    ((False, False), (True, True))
    """
    allowed = permission(tags, FOOT_KEYS)
    if allowed is None:
        pavement = sidewalk(tags) in ("yes", "both", "left", "right")
        # CdS art. 175 c. 1: its bans extend to other roads that are signed so (Key:motorroad).
        allowed = pavement or (tags["highway"] in WALKED and tags.get("motorroad") != "yes")
    direction = ONE_WAY_VALUES.get(tags.get("oneway:foot", "no"), "no")
    if tags["highway"] == "steps" and tags.get("conveying") in ("forward", "backward"):
        direction = tags["conveying"]
    forward = _one_direction(tags, "foot", "forward", default=direction != "backward")
    backward = _one_direction(tags, "foot", "backward", default=direction != "forward")
    return allowed and forward, allowed and backward


def cycling(tags: Tags) -> tuple[bool, bool]:
    """Tell whether a way may be ridden along and against its drawn direction.

    ``oneway`` binds cycles unless ``oneway:bicycle``, ``bicycle:backward``,
    ``cycleway=opposite*`` or a lane with its own direction (``cycleway:left:oneway``) frees
    them (Key:oneway:bicycle, Key:cycleway:right:oneway). What is said of both sides, or of the
    street, is said of each side that says nothing of its own. A lane without a direction runs
    with the one-way street, on either side.

    Stairs are never ridden. Where ``bicycle`` admits cycles to them, there is a ramp to push them
    up: who may dismount does (``push_speed_kmh``).

    Examples
    --------
    >>> cycling({"highway": "tertiary", "oneway": "yes", "cycleway:left": "lane"})
    (True, False)
    >>> cycling({"highway": "tertiary", "oneway": "yes", "cycleway": "opposite_lane"})
    (True, True)
    >>> both_lanes = {"highway": "tertiary", "oneway": "yes", "cycleway:both": "lane"}
    >>> cycling(both_lanes | {"cycleway:left:oneway": "-1"})
    (True, True)
    >>> cycling({"highway": "footway", "bicycle": "dismount"})
    (False, False)
    """
    allowed = permission(tags, BICYCLE_KEYS)
    if allowed is None:
        bicycle_street = "yes" in (tags.get("bicycle_road"), tags.get("cyclestreet"))
        allowed = bicycle_street or (tags["highway"] in RIDDEN and tags.get("motorroad") != "yes")
    forward, backward = _ridden_directions(tags)
    forward = _one_direction(tags, "bicycle", "forward", default=forward)
    backward = _one_direction(tags, "bicycle", "backward", default=backward)
    return allowed and forward, allowed and backward


def vehicle_direction(tags: Tags) -> str:
    """Return the legal direction of vehicles: ``"no"`` (both), ``"forward"``, ``"backward"``.

    Motorways, roundabouts and circular junctions imply one direction (Key:oneway,
    Tag:junction=roundabout, Tag:junction=circular) unless ``oneway`` says otherwise. A
    reversible lane has no direction that a table could hold and counts as ``"no"``.

    Examples
    --------
    >>> vehicle_direction({"highway": "primary", "junction": "roundabout"})
    'forward'
    >>> vehicle_direction({"highway": "primary", "oneway": "-1"})
    'backward'
    """
    if "oneway" in tags:
        return ONE_WAY_VALUES.get(tags["oneway"], "no")
    implied = tags["highway"] == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return "forward" if implied else "no"


def cycle_facility(tags: Tags) -> str:
    """Name what a way offers to cycles; the best separated of several.

    Examples
    --------
    >>> cycle_facility({"highway": "cycleway"})
    'track'
    >>> cycle_facility({"highway": "cycleway", "foot": "designated", "segregated": "no"})
    'shared_path'
    >>> cycle_facility({"highway": "primary", "cycleway:right": "lane"})
    'lane'
    """
    highway = tags["highway"]
    welcome = permission(tags, ("bicycle",)) is True
    if highway == "cycleway" or (welcome and highway in ("footway", "path", "bridleway")):
        if "crossing" in (tags.get("cycleway"), tags.get("footway"), tags.get("path")):
            return "crossing"
        if highway == "cycleway":
            shared = tags.get("foot") in ("yes", "designated") and tags.get("segregated") != "yes"
            return "shared_path" if shared else "track"
        return "track" if tags.get("segregated") == "yes" else "shared_path"
    if highway == "pedestrian" and tags.get("bicycle") == "designated":
        return "shared_path"
    offered = {FACILITY_OF_CYCLEWAY.get(tags.get(side, "")) for side in SIDES}
    if "yes" in (tags.get("bicycle_road"), tags.get("cyclestreet")):
        offered.add("shared_road")
    return next((facility for facility in FACILITIES if facility in offered), "none")


def sidewalk(tags: Tags) -> str | None:
    """Say on which sides a street has a pavement (Key:sidewalk).

    Returns
    -------
    str or None
        ``both``, ``left``, ``right``, ``separate`` (drawn as its own way), ``no``, the tag's own
        value where it is another, or None where nothing is tagged.

    Examples
    --------
    >>> sidewalk({"sidewalk:left": "yes", "sidewalk:right": "no"})
    'left'
    """
    if "sidewalk" in tags:
        return {"none": "no"}.get(tags["sidewalk"], tags["sidewalk"])
    both = tags.get("sidewalk:both")
    sides = {side: tags.get(f"sidewalk:{side}", both) for side in ("left", "right")}
    paved = [side for side, value in sides.items() if value == "yes"]
    if paved:
        return "both" if len(paved) > 1 else paved[0]
    if "separate" in sides.values():
        return "separate"
    return "no" if set(sides.values()) <= {"no", "none"} else None


def wheelchair(tags: Tags) -> str | None:
    """Say whether a wheelchair can use a way (Key:wheelchair); for steps also by their ramp.

    A ramp for bicycles or prams is no help to either wheels or riders: only
    ``ramp:wheelchair`` counts (Key:ramp).

    Examples
    --------
    >>> wheelchair({"highway": "steps", "ramp:wheelchair": "yes"})
    'yes'
    """
    if tags["highway"] == "steps":
        return tags.get("wheelchair", tags.get("ramp:wheelchair"))
    return tags.get("wheelchair")


def maxspeed_kmh(tags: Tags) -> float:
    """Return the speed limit in km/h, NaN where none is tagged or it has no single number.

    Where the directions differ, the higher one. A named limit (``IT:urban``) stands for the
    number of the law.

    Examples
    --------
    >>> maxspeed_kmh({"maxspeed": "50"}), maxspeed_kmh({"maxspeed": "20 mph"})
    (50.0, 32.18688)
    >>> maxspeed_kmh({"maxspeed:type": "IT:urban"}), maxspeed_kmh({"maxspeed": "signals"})
    (50.0, nan)
    """
    if "maxspeed" in tags:
        return _speed(tags["maxspeed"])
    ways = [_speed(tags.get(f"maxspeed:{way}", "")) for way in ("forward", "backward")]
    known = [speed for speed in ways if not math.isnan(speed)]
    if known:
        return max(known)
    named = [_speed(tags.get(k, "")) for k in ("zone:maxspeed", "maxspeed:type", "source:maxspeed")]
    return next((speed for speed in named if not math.isnan(speed)), math.nan)


def grade(incline: str | None) -> float:
    """Return rise over run along the way, NaN where ``incline`` has no number (Key:incline).

    Examples
    --------
    >>> grade("10%"), grade("-5 %"), grade("up")
    (0.1, -0.05, nan)
    """
    match = _NUMBER.match(incline or "")
    if match is None:
        return math.nan
    number, unit = float(match[1].replace(",", ".")), match[2]
    if unit == "%" or number == 0:
        return number / 100
    return math.tan(math.radians(number)) if unit == "°" else math.nan


def layer(tags: Tags) -> int:
    """Return the layer, 0 where it is not tagged or no number (Key:layer).

    Examples
    --------
    >>> layer({"layer": "-1"}), layer({"bridge": "yes"})
    (-1, 0)
    """
    match = _NUMBER.match(tags.get("layer", ""))
    if match is None or match[2] or "." in match[1] or "," in match[1]:
        return 0
    number = int(match[1])
    return number if abs(number) < 100 else 0  # noqa: PLR2004  (a typing slip, not a level)


def bars_walkers(tags: Tags) -> bool:
    """Tell whether a node stops people on foot.

    ``foot`` and ``access`` on a barrier decide; without them a locked gate is closed, a thing
    that people get past is open, and anything else is closed (:data:`PASSABLE_BARRIERS`).
    Access tags on a node that is no barrier are about something else and stop nobody.

    Examples
    --------
    >>> bars_walkers({"barrier": "gate", "access": "private"}), bars_walkers({"barrier": "gate"})
    (True, False)
    """
    if "barrier" not in tags:
        return False
    allowed = permission(tags, FOOT_KEYS)
    if allowed is not None:
        return not allowed
    return tags.get("locked") == "yes" or tags["barrier"] not in PASSABLE_BARRIERS


def bars_cycles_only(tags: Tags) -> bool:
    """Tell whether a node is a barrier that people on foot pass but nobody may ride through.

    Examples
    --------
    >>> bars_cycles_only({"barrier": "cycle_barrier", "bicycle": "no"})
    True
    """
    return "barrier" in tags and not bars_walkers(tags) and permission(tags, BICYCLE_KEYS) is False


def losses(keys_seen: frozenset[str], node_keys_seen: frozenset[str]) -> dict[str, str]:
    """Say what is lost where a file carries certain tags nowhere.

    Parameters
    ----------
    keys_seen
        The keys met on at least one way.
    node_keys_seen
        The keys met on at least one node of a way.

    Returns
    -------
    dict
        Absent tags, joined by commas, to what that means.

    Examples
    --------
    >>> losses(frozenset(WAY_KEYS) - {"lit"}, frozenset({"barrier"}))
    {'lit': 'lighting is not known', 'kerb (nodes)': 'kerbs at crossings are not known'}
    """
    lost = {", ".join(keys): loss for keys, loss in LOSSES.items() if not keys_seen & set(keys)}
    return lost | {
        f"{key} (nodes)": loss for key, loss in NODE_LOSSES.items() if key not in node_keys_seen
    }


def _ridden_directions(tags: Tags) -> tuple[bool, bool]:
    own = ONE_WAY_VALUES.get(tags.get("oneway:bicycle", ""))
    if own is not None:
        return own != "backward", own != "forward"
    if tags.get("oneway") == "reversible":
        return False, False
    street = vehicle_direction(tags)
    forward, backward = street != "backward", street != "forward"
    if any(tags.get(side) in CONTRAFLOW for side in SIDES):
        return True, True
    for keys in KEYS_OF_A_SIDE:
        lane = _first_told(tags, keys)
        direction = ONE_WAY_VALUES.get(_first_told(tags, [f"{key}:oneway" for key in keys]))
        if direction is not None and lane in FACILITY_OF_CYCLEWAY:
            forward |= direction != "backward"
            backward |= direction != "forward"
    return forward, backward


def _first_told(tags: Tags, keys: Sequence[str]) -> str:
    return next((tags[key] for key in keys if key in tags), "")


def _one_direction(tags: Tags, mode: str, direction: str, *, default: bool) -> bool:
    """Let ``foot:backward`` and the like overrule what holds for the whole way."""
    modes = ("bicycle", "vehicle") if mode == "bicycle" else (mode,)
    keys = tuple(f"{each}:{direction}" for each in modes)
    said = permission(tags, keys)
    return default if said is None else said


def _speed(value: str) -> float:
    if value in LIMITS_KMH:
        return LIMITS_KMH[value]
    # Key:zone:maxspeed writes "IT:30".
    match = _NUMBER.match(value.removeprefix("IT:").removeprefix("zone"))
    if match is None or match[2] not in KMH_PER_UNIT or match[1].startswith("-"):
        return math.nan
    return float(match[1].replace(",", ".")) * KMH_PER_UNIT[match[2]]


def _remarks(tags: Tags, walked: tuple[bool, bool]) -> frozenset[str]:
    visitors = any(
        {value.strip() for value in tags.get(key, "").split(";")} & OPEN_TO_VISITORS
        for key in ("foot", "bicycle", "vehicle", "access")
    )
    found = {
        "one-way for walkers, taken as two-way": walked[0] != walked[1],
        "open to visitors only, taken as open": visitors,
        "closed to walkers by access or foot": permission(tags, FOOT_KEYS) is False,
        "trunk, closed to walkers by its class": tags["highway"].startswith("trunk")
        and not any(walked)
        and permission(tags, FOOT_KEYS) is None,
        "outline of an area, walked along its edge": tags.get("area") == "yes",
        "reversible lane, not ridden": tags.get("oneway") == "reversible",
        "cycleway or track, the file does not say which": "cycleway or track"
        in tags.get("note", ""),
    }
    return frozenset(remark for remark, holds in found.items() if holds)

"""The travellers that come with the library, each with its citation."""

from __future__ import annotations

import dataclasses
import reprlib

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model.profiles import costs
from quartieri15.model.profiles.traveller import TravelProfile

WALK_ADULT = TravelProfile(
    name="walk_adult",
    mode="walk",
    speed_kmh=4.5,
    access_speed_kmh=4.5,
    label_it="a piedi, passo di un adulto",
    label_en="on foot, adult pace",
    source=(
        "4.5 km/h = 1.25 m/s: between the 1.2 m/s of the Highway Capacity Manual 2000 "
        "(pedestrian flows with few elderly people) and the mean free walking speed of "
        "1.34 m/s of Weidmann 1993, Transporttechnik der Fussgaenger, ETH Zuerich"
    ),
)
WALK_65 = TravelProfile(
    name="walk_65",
    mode="walk",
    speed_kmh=3.6,
    access_speed_kmh=3.6,
    label_it="a piedi, passo di una persona di 65 anni",
    label_en="on foot, pace of a person of 65",
    source=(
        "3.6 km/h = 1.0 m/s: Highway Capacity Manual 2000, walking speed where more than "
        "20 % of the pedestrians are 65 or older"
    ),
)
WALK_75 = TravelProfile(
    name="walk_75",
    mode="walk",
    speed_kmh=3.2,
    access_speed_kmh=3.2,
    label_it="a piedi, passo di una persona di 75 anni",
    label_en="on foot, pace of a person of 75",
    source=(
        "3.2 km/h = 0.89 m/s: mean walking speed of men of 65 and older (0.9 m/s; women "
        "0.8 m/s) in Asher, Aresu, Falaschetti, Mindell 2012, Age and Ageing 41(5):690-694"
    ),
)
WALK_80PLUS = TravelProfile(
    name="walk_80plus",
    mode="walk",
    speed_kmh=2.9,
    access_speed_kmh=2.9,
    label_it="a piedi, passo di una persona di 80 anni o più",
    label_en="on foot, pace of a person of 80 or more",
    source=(
        "2.9 km/h = 0.8 m/s: mean walking speed of women of 65 and older in Asher et al. "
        "2012, Age and Ageing 41(5):690-694, and the limit of slow gait in Cruz-Jentoft et "
        "al. 2019, Age and Ageing 48(1):16-31 (EWGSOP2)"
    ),
)
BIKE_ADULT = TravelProfile(
    name="bike_adult",
    mode="bike",
    speed_kmh=15.0,
    access_speed_kmh=4.5,
    label_it="in bicicletta, adulto",
    label_en="by bike, adult",
    source=(
        "15 km/h: mean speed of conventional bicycles (15.3 km/h) in Schleinitz et al. 2017, "
        "Safety Science 92:290-297; the access leg is walked, and the bicycle pushed where only "
        "walking is allowed (Codice della Strada, art. 182 c. 4), at 4.5 km/h, the pace of "
        "walk_adult: an assumption of this project"
    ),
    push_speed_kmh=4.5,
)
BIKE_65 = TravelProfile(
    name="bike_65",
    mode="bike",
    speed_kmh=12.0,
    access_speed_kmh=3.6,
    label_it="in bicicletta, persona di 65 anni",
    label_en="by bike, person of 65",
    source=(
        "12 km/h: four fifths of the adult speed, the ratio of walk_65 to walk_adult; an "
        "assumption of this project in the sense of Schleinitz et al. 2017, Safety Science "
        "92:290-297, where the oldest cyclists ride slowest; the access leg is walked, and the "
        "bicycle pushed where only walking is allowed (Codice della Strada, art. 182 c. 4), at "
        "3.6 km/h, the pace of walk_65: an assumption of this project"
    ),
    push_speed_kmh=3.6,
)

WALK_WITH_CHILD = TravelProfile(
    name="walk_with_child",
    mode="walk",
    speed_kmh=3.2,
    access_speed_kmh=3.2,
    steps_factor=costs.STEPS_FACTOR,
    label_it="a piedi con un bambino piccolo",
    label_en="on foot with a small child",
    source=(
        "3.2 km/h = 0.88 m/s: mean walking speed of pre-school children in Varela-Martinez et "
        "al. 2024, International Journal of Crashworthiness 29(5):880-883, whose pace whoever "
        "walks with them keeps; Gates et al. 2006, Transportation Research Record 1982:38-47, "
        "find children led by adults about as slow as people older than 65. Stairs take twice "
        "as long as the level: Weidmann 1993, Transporttechnik der Fussgaenger, ETH Zuerich"
    ),
)
STEP_FREE = TravelProfile(
    name="step_free",
    mode="walk",
    speed_kmh=2.8,
    access_speed_kmh=2.8,
    refusals=("steps", "raised_kerbs", "rough_surfaces", "wheelchair"),
    max_grade=0.08,
    label_it="senza gradini, anche in carrozzina",
    label_en="step-free, also in a wheelchair",
    source=(
        "2.8 km/h = 0.79 m/s: mean speed of manual wheelchair users in daily life in Tolerico et "
        "al. 2007, Journal of Rehabilitation Research and Development 44(4):561-571. Slopes up "
        "to 8 %, the limit for ramps of DM 14 June 1989 n. 236, 8.1.11. What is not tagged "
        "counts as usable"
    ),
)
BIKE_LOW_STRESS = TravelProfile(
    name="bike_low_stress",
    mode="bike",
    speed_kmh=15.0,
    access_speed_kmh=4.5,
    refusals=("stress_above_2",),
    label_it="in bicicletta per strade tranquille, altrove a mano",
    label_en="by bike on calm streets, pushed elsewhere",
    source=(
        "15 km/h: mean speed of conventional bicycles (15.3 km/h) in Schleinitz et al. 2017, "
        "Safety Science 92:290-297; Level of Traffic Stress 1 and 2 only, what most adults "
        "accept: Mekuria, Furth, Nixon 2012, Mineta Transportation Institute report 11-19. Past "
        "busier streets the bicycle is pushed where walking is allowed (Codice della Strada, art. "
        "182 c. 4), and the access leg walked, at 4.5 km/h, the pace of walk_adult: an assumption "
        "of this project"
    ),
    push_speed_kmh=4.5,
)

PROFILES: dict[str, TravelProfile] = {
    profile.name: profile
    for profile in (
        *(WALK_ADULT, WALK_65, WALK_75, WALK_80PLUS, WALK_WITH_CHILD, STEP_FREE),
        *(BIKE_ADULT, BIKE_65, BIKE_LOW_STRESS),
    )
}
"""The profiles of the library by name."""


def get(profile: str | TravelProfile) -> TravelProfile:
    """Return a profile by its name, or the profile itself.

    Parameters
    ----------
    profile
        A name such as ``"walk_75"``, or a :class:`TravelProfile`.

    Returns
    -------
    TravelProfile

    Raises
    ------
    UnknownNameError
        If no profile has this name; the nearest names are suggested.
    ParameterError
        If it is neither a name nor a profile, or a profile that travels otherwise than the one
        of the library whose name it has.

    Examples
    --------
    >>> get("walk_75").speed_kmh
    3.2
    """
    if isinstance(profile, TravelProfile):
        _require_own_name(profile)
        return profile
    if not isinstance(profile, str):
        raise ParameterError(
            f"{reprlib.repr(profile)} is neither a name nor a profile",
            where="profile",
            mend=f"give one of {', '.join(PROFILES)}, or a TravelProfile",
        )
    if profile not in PROFILES:
        raise UnknownNameError.among(profile, PROFILES, kind="profile")
    return PROFILES[profile]


def _require_own_name(profile: TravelProfile) -> None:
    """Refuse a traveller of one's own under the name of another: tables would mix them up."""
    theirs = PROFILES.get(profile.name, profile)
    # How it is called and cited changes no time.
    texts = {name: getattr(theirs, name) for name in ("label_it", "label_en", "source")}
    if dataclasses.replace(profile, **texts) != theirs:
        raise ParameterError(
            f"this name belongs to a profile of the library at {theirs.speed_kmh:g} km/h, "
            "and this one travels otherwise",
            where=f"profile {profile.name!r}",
            mend="give another name",
        )

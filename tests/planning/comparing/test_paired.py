"""Law: before and after share every draw, so a gain is never less sure than the two figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from quartieri15.analysis import draws as drawing
from quartieri15.analysis.reaching import Reaching
from quartieri15.model import profiles
from quartieri15.planning.comparing.compare import compare
from quartieri15.planning.comparing.gains import People, Zones
from quartieri15.planning.comparing.paired import Alternative, DrawnReaching, paired_differences
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import in_time
from tests.planning.comparing.towns import at, moved_house, street, with_house, without_house

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City

WALK = profiles.WALK_75
NUMBER = 24


def way(
    city: City, *, seed: int = 0, number: int = NUMBER, parts: tuple[str, ...] = drawing.PARTS
) -> DrawnReaching:
    """Everybody's way in every draw, with positions and paces of one seed."""
    told = drawing.positions_of(city.houses) if "positions" in parts else {}
    return DrawnReaching(
        [Reaching.of(city, city.houses, profile=WALK)],
        drawing.drawn_positions(told, city.streets, number=number, seed=seed),
        drawing.drawn_paces(WALK, None, number=number, seed=seed, is_drawn="pace" in parts),
    )


def differences(before: City, after: City, *, minutes: float = 15) -> NDArray[np.float64]:
    """Gained less lost of the whole city in every draw."""
    people = People(before, after, ("over65",))
    zones = (Zones.named(before, after, "city", scenario="s"),)
    residents = drawing.ResidentsDraws.of(before, ("over65",), number=NUMBER, seed=0)
    ((found,),) = paired_differences(
        way(before),
        [Alternative(way(after), people, zones)],
        minutes=[minutes],
        residents=residents,
        number=NUMBER,
    )
    return found.by["city"][:, 0, 0]


def vague(city: City, **metres: float) -> City:
    places = city.places.assign(location_uncertainty_m=np.nan)
    for name, radius in metres.items():
        places.loc[places["id"] == name, "location_uncertainty_m"] = radius
    return city.with_(places=places)


TOWN = vague(street({"west": 10, "east": 60}, dict.fromkeys(range(0, 80, 2), 10.0)), west=200.0)
ASKED: dict[str, Any] = {"profile": "walk_75", "minutes": 5, "groups": "residents", "by": "city"}


def test_a_draw_is_the_city_with_its_houses_there_and_its_people_at_that_pace() -> None:
    """Every draw again, one at a time: another city, another profile, the public function."""
    drawn = way(TOWN)
    xy = drawing.drawn_positions(
        drawing.positions_of(TOWN.houses), TOWN.streets, number=NUMBER, seed=0
    )["west"]
    for n in (0, 7, NUMBER - 1):
        places = TOWN.places.copy()
        x, y = xy[n]
        places.loc[0, "geometry"] = type(at(0))(x, y)
        speed = WALK.speed_kmh * float(drawn.paces.ratio[n])
        told = travel_times(
            TOWN.with_(places=places), to="houses", profile=WALK.with_(speed_kmh=speed)
        )
        np.testing.assert_allclose(drawn.seconds(n) / 60, told["minutes"], rtol=1e-12)


def test_what_is_the_same_before_and_after_is_not_drawn_as_a_gain() -> None:
    """The east house moves, far from where the uncertain one may be: the gain is certain."""
    after = moved_house(TOWN, "east", 62)
    found = compare(TOWN, {"move": after}, **ASKED, uncertain="positions")
    row = found.table.iloc[0]
    assert row["low"] == row["high"] == row["difference"]
    unpaired = np.array(
        [
            in_time(way(after, seed=1).seconds(n) / 60, 5).sum()
            - in_time(way(TOWN, seed=2).seconds(n) / 60, 5).sum()
            for n in range(NUMBER)
        ]
    )
    assert unpaired.std() > 0


def test_a_place_that_is_moved_exactly_is_certain_after() -> None:
    after = moved_house(TOWN, "west", 30)
    found = compare(TOWN, {"move": after}, **ASKED, uncertain="positions", draws=50)
    assert found.table["high"].item() > found.table["low"].item()
    town = vague(TOWN)
    after = moved_house(town, "west", 30)
    certain = compare(town, {"move": after}, **ASKED, uncertain="positions", draws=50)
    assert certain.table["high"].item() == certain.table["low"].item()


def test_opening_has_no_negative_draw_and_closing_no_positive_one() -> None:
    opened = differences(TOWN, with_house(TOWN, "new", 40), minutes=5)
    closed = differences(TOWN, without_house(TOWN, "west"), minutes=5)
    assert opened.min() >= 0
    assert opened.max() > 0
    assert closed.max() <= 0
    assert closed.min() < 0


def test_the_same_seed_gives_the_same_bytes_and_scenarios_do_not_disturb_each_other() -> None:
    moved, opened = moved_house(TOWN, "west", 30), with_house(TOWN, "new", 40)
    one = compare(TOWN, {"moved": moved}, **ASKED, draws=30, seed=4)
    both = compare(TOWN, {"opened": opened, "moved": moved}, **ASKED, draws=30, seed=4)
    others = [compare(TOWN, {"moved": moved}, **ASKED, draws=30, seed=n).table for n in range(4)]
    of_both = both.table[both.table["scenario"] == "moved"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one.table, of_both, check_exact=True)
    assert any(not one.table.equals(other) for other in others)


@pytest.mark.parametrize("part", drawing.PARTS)
def test_every_part_is_drawn_alone(part: str) -> None:
    town = TOWN.with_(
        residents=TOWN.residents.assign(section=range(len(TOWN.residents))),
        provenance={
            "residents_error": {
                "unit": "section",
                "within": "nil",
                "misplaced_share": {"residents": 0.3},
            }
        },
    )
    after = moved_house(town, "west", 32)
    alone = compare(town, {"move": after}, **ASKED, draws=60, uncertain=part)
    row = alone.table.iloc[0]
    assert row["low"] < row["high"]
    drawn = alone.provenance["drawn"]
    assert bool(drawn["positions"]) == (part == "positions")
    assert bool(drawn["pace"]["walk_75"]) == (part == "pace")
    assert bool(drawn["residents"]) == (part == "residents")
    none = compare(town, {"move": after}, **ASKED, uncertain=())
    assert none.table[["low", "high", "probability_of_gain"]].isna().all(axis=None)


def test_where_times_do_not_scale_each_pace_is_searched() -> None:
    after = with_house(TOWN, "new", 40)
    walker = WALK.with_(crossing_wide_road_s=10, name="waits")
    question = ASKED | {"uncertain": "pace", "draws": 60}
    found = compare(TOWN, {"new": after}, **question | {"profile": [walker, "walk_75"]})
    low, high = (found.table.set_index("profile")[end] for end in ("low", "high"))
    # There is no wide road here: ten paces stand for sixty, and tell nearly the same.
    assert low["waits"] == pytest.approx(low["walk_75"], rel=0.15)
    assert high["waits"] == pytest.approx(high["walk_75"], rel=0.15)
    assert found.provenance["drawn"]["pace"]["waits"]["searches"] == 10


def test_a_paired_gain_is_surer_than_the_difference_of_two_draws(milano: City) -> None:
    """Without Zante: of what two independent draws differ by, most is not its doing."""
    after = milano.with_(places=milano.places[milano.places["id"] != "CSRC-10"])
    paired = differences(milano, after)
    counts = milano.residents["over65"].to_numpy()
    was, then = way(milano, seed=1), way(after, seed=2)
    unpaired = np.array(
        [
            counts[in_time(then.seconds(n) / 60, 15)].sum()
            - counts[in_time(was.seconds(n) / 60, 15)].sum()
            for n in range(NUMBER)
        ]
    )
    ends = [np.quantile(one, [0.05, 0.95]) for one in (paired, unpaired)]
    width = [high - low for low, high in ends]
    assert width[0] < width[1] / 5
    assert paired.max() < 0
    assert unpaired.max() > 0

"""Law: a draw is the city with its places there, on those streets, at that pace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from quartieri15.analysis import draws as drawing
from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.sensitivity.draw_by_draw import Draws
from quartieri15.analysis.sensitivity.question import asked_of
from quartieri15.model import profiles
from tests.analysis.sensitivity.towns import LONGER, TOWN

ASKED: dict[str, Any] = {
    "to": "houses",
    "profile": "walk_75",
    "minutes": 5,
    "by": "nil",
    "groups": "residents",
    "draws": 12,
    "seed": 3,
    "speeds": [],
    "thresholds": [],
    "vintages": {"longer": LONGER},
    "uncertain": drawing.PARTS,
    "paces": None,
    "top": 10,
}


@pytest.mark.parametrize("profile", ["walk_75", "with_wait"])
def test_every_draw_again_one_city_at_a_time(profile: str) -> None:
    """The places moved, another profile, the public function: also where times do not scale."""
    traveller = profiles.get("walk_75")
    if profile == "with_wait":
        traveller = traveller.with_(crossing_wide_road_s=20)
    draws = Draws(asked_of(TOWN, **(ASKED | {"profile": traveller})))
    parts = ["positions", "pace", "streets"]
    (found,) = draws.found([parts], print)
    xy = draws.positions["west"]
    on = {None: TOWN, "longer": TOWN.with_(streets=LONGER)}
    for n in range(12):
        places = TOWN.places.copy()
        places.loc[places["id"] == "west", "geometry"] = shapely.Point(*xy[n])
        vintage, speed, ratio = draws._way(n, parts)
        told = coverage(
            on[vintage].with_(places=places),
            to="houses",
            profile=traveller.with_(speed_kmh=speed * ratio),
            minutes=5,
            groups="residents",
        )
        np.testing.assert_allclose(found.covered["nil"][n, :, 0], told["covered"])
        np.testing.assert_allclose(found.uncovered["nil"][n, :, 0], told["uncovered"])


def test_each_network_is_drawn_as_often() -> None:
    draws = Draws(asked_of(TOWN, **ASKED))
    drawn = [draws._way(n, ["streets"])[0] for n in range(12)]
    assert drawn.count(None) == drawn.count("longer") == 6
    assert {draws._way(n, ["pace"])[0] for n in range(12)} == {None}


def test_what_is_not_asked_for_is_not_drawn() -> None:
    draws = Draws(asked_of(TOWN, **(ASKED | {"uncertain": [], "vintages": {}})))
    assert draws.drawn == []
    (found,) = draws.found([[]], print)
    assert (found.covered["nil"] == draws.as_told().covered["nil"]).all()

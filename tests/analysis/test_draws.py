"""Law: a draw belongs to what it is about and to the seed, and is no surer than what is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.analysis import draws as d
from quartieri15.errors import InputError
from quartieri15.model import profiles
from quartieri15.model.city import City
from tests.ascii_city import CRS, ORIGIN, draw_streets

if TYPE_CHECKING:
    from numpy.typing import NDArray

X, Y = ORIGIN
STREETS = draw_streets(
    """
A----------B----------C
|
D
""",
    cell=10,
    extra=(),
)
NAMED = STREETS.with_edge_values(
    pd.DataFrame(
        {
            "name": [
                "Via Lunga" if u != v - 2 else "Via Corta"
                for u, v in zip(STREETS.edges["u"], STREETS.edges["v"], strict=True)
            ]
        },
        index=STREETS.edges.index,
    )
)


def places(**columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["a"]} | {key: [value] for key, value in columns.items()},
        geometry=[shapely.Point(X + 100, Y)],
        crs=CRS,
    )


def drawn(number: int = 4000, seed: int = 0, **columns: Any) -> dict[Any, NDArray[np.float64]]:
    positions = d.positions_of(places(**columns))
    return d.drawn_positions(positions, NAMED, number=number, seed=seed)


def test_a_certain_position_is_not_drawn() -> None:
    assert drawn() == {}
    assert drawn(location_uncertainty_m=0.0) == {}
    assert drawn(location_uncertainty_m=math.nan, location_contradiction_m=40.0) == {}
    lost = places(location_uncertainty_m=50.0)
    lost.loc[0, "geometry"] = None
    assert d.positions_of(lost) == {}


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("location_uncertainty_m", "100 m", "'100 m' is not a number"),
        ("location_uncertainty_m", -50.0, "-50.0 is below 0"),
        ("location_uncertainty_m", math.inf, "inf is not a finite number"),
        ("location_contradiction_m", "far", "'far' is not a number"),
        ("location_second_x_m", "east", "'east' is not a number"),
    ],
)
def test_what_cannot_be_read_is_not_taken_for_certainty(column: str, value: Any, said: str) -> None:
    wrong = places(**{column: value}, name="A", kind="house", network="houses")
    said = f"row 0, column {column}: {said}"
    with pytest.raises(InputError, match=said):
        d.positions_of(wrong)
    with pytest.raises(InputError, match=said):
        City.from_tables("town", streets=STREETS, places=wrong)
    with pytest.raises(InputError, match=said):
        City.from_tables("town", streets=STREETS).with_(places=wrong)


def test_every_square_metre_of_the_disc_is_as_likely() -> None:
    (xy,) = drawn(location_uncertainty_m=50.0, location_precision="civic").values()
    far = np.hypot(*(xy - (X + 100, Y)).T)
    assert far.max() <= 50
    # The inner half of the area ends at 50 / sqrt(2) m.
    assert (far < 50 / math.sqrt(2)).mean() == pytest.approx(0.5, abs=0.03)
    assert np.abs(xy.mean(axis=0) - (X + 100, Y)).max() < 2


def test_a_place_known_to_the_street_stands_on_it() -> None:
    told = {"location_precision": "street", "location_uncertainty_m": 60.0}
    (xy,) = drawn(address="via lunga (civic unknown)", **told).values()
    assert np.abs(xy[:, 1] - Y).max() < 1e-6
    assert (xy[:, 0].min(), xy[:, 0].max()) == pytest.approx((X + 40, X + 160), abs=1)
    assert (xy[:, 0] < X + 100).mean() == pytest.approx(0.5, abs=0.03)
    # Of a street that is not there the disc is all that is known.
    (xy,) = drawn(address="via Larga", **told).values()
    assert np.abs(xy[:, 1] - Y).max() > 30


def test_of_two_sources_either_may_be_right() -> None:
    told = {"location_contradiction_m": 200.0, "location_uncertainty_m": 200.0}
    second = {"location_second_x_m": X + 300, "location_second_y_m": Y}
    (xy,) = drawn(**told, **second).values()
    found, number = np.unique(xy, axis=0, return_counts=True)
    assert found.tolist() == [[X + 100, Y], [X + 300, Y]]
    assert number[0] / 4000 == pytest.approx(0.5, abs=0.03)
    (xy,) = drawn(**told).values()
    far = np.hypot(*(xy - (X + 100, Y)).T)
    assert set(far.round(6)) == {0.0, 200.0}


def test_the_draws_of_a_place_depend_on_it_and_on_the_seed_alone() -> None:
    one = d.positions_of(places(location_uncertainty_m=50.0))
    two = {"b": one["a"], **one}
    alone, together = (d.drawn_positions(told, NAMED, number=9, seed=5)["a"] for told in (one, two))
    np.testing.assert_array_equal(alone, together)
    assert not np.array_equal(alone, d.drawn_positions(one, NAMED, number=9, seed=6)["a"])
    assert not np.array_equal(alone, d.drawn_positions(two, NAMED, number=9, seed=5)["b"])


def test_after_a_move_a_place_stands_where_it_was_put() -> None:
    before = d.positions_of(places(location_uncertainty_m=50.0))
    first = d.drawn_positions(before, NAMED, number=9, seed=0)

    def after(table: gpd.GeoDataFrame) -> dict[Any, NDArray[np.float64]]:
        told = d.positions_of(table)
        return d.positions_after(before, told, first, NAMED, number=9, seed=0)

    same = places(location_uncertainty_m=50.0)
    assert after(same)["a"] is first["a"]
    moved = same.set_geometry(same.translate(10, 0))
    assert after(moved) == {}
    restated = after(moved.assign(location_uncertainty_m=5.0))["a"]
    assert np.hypot(*(restated - (X + 110, Y)).T).max() <= 5
    assert after(same.assign(location_uncertainty_m=0.0)) == {}
    opened = after(same.assign(id="new", location_uncertainty_m=math.nan))
    assert opened == {}
    assert set(after(same.assign(id="new"))) == {"new"}


@pytest.mark.parametrize("profile", ["walk_75", "bike_65"])
def test_paces_are_drawn_around_the_traveller(profile: str) -> None:
    traveller = profiles.get(profile)
    told = {"number": 2000, "seed": 1}
    paces = d.drawn_paces(traveller, None, is_drawn=True, **told)
    speed = np.array(paces.speeds_kmh)[paces.searched] * paces.ratio
    assert np.median(speed) == pytest.approx(traveller.speed_kmh, rel=0.02)
    assert speed.std() / traveller.speed_kmh == pytest.approx(d.PACE_ERROR, rel=0.1)
    assert (np.abs(speed / traveller.speed_kmh - 1) <= d.PACE_CUT).all()
    assert len(paces.speeds_kmh) == (1 if traveller.scales_with_pace else d.PACES_SEARCHED)
    still = d.drawn_paces(traveller, None, is_drawn=False, **told)
    assert still.distribution is None
    assert (still.ratio == 1).all()
    own = d.PaceDistribution.from_quantiles([0.0, 1.0], [2.0, 4.0], name="q")
    other = d.drawn_paces(traveller, own, is_drawn=True, **told)
    speed = np.array(other.speeds_kmh)[other.searched] * other.ratio
    assert 2 <= speed.min() < speed.max() <= 4
    assert speed.mean() == pytest.approx(3, abs=0.01)


def test_people_are_misplaced_as_much_as_was_measured_and_totals_are_kept(milano: City) -> None:
    groups = ("residents", "over65", "foreign", "over75")
    told = d.ResidentsDraws.of(milano, groups, number=20, seed=0)
    assert told is not None
    shares = d.misplaced_shares(milano, groups)
    assert shares == {"residents": 0.234, "over65": 0.282, "foreign": 0.3564, "over75": 0.282}
    misplaced = []
    for draw in range(20):
        factors = told.factors(draw)
        people = told.people * factors
        for group in range(len(groups)):
            kept = np.bincount(told.zone, weights=people[:, group])
            np.testing.assert_allclose(
                kept, np.bincount(told.zone, weights=told.people[:, group]), rtol=1e-9
            )
        misplaced.append(np.abs(people - told.people).sum(axis=0) / 2 / told.people.sum(axis=0))
    # A lognormal factor of mean 1 misplaces the share it is made for, a little less once the
    # totals of small zones are kept.
    found = np.mean(misplaced, axis=0)
    assert found == pytest.approx(list(shares.values()), rel=0.06)


def test_without_a_measured_error_residents_are_not_drawn(milano: City) -> None:
    for error in (None, {}, {"misplaced_share": {"residents": 0.2}}, 3):
        told = milano.with_(provenance={**milano.provenance, "residents_error": error})
        assert d.ResidentsDraws.of(told, ("residents",), number=2, seed=0) is None

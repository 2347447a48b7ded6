"""Law: what the steps take adds up to all that is taken, in any order and by Shapley's shares."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.opening import coverage_by_hour
from quartieri15.analysis.pace_season_hours import STEPS, pace_season_hours
from quartieri15.errors import ParameterError, UnknownNameError
from tests.ascii_city import draw_city

# 100 m a cell: 15 minutes are 11.25 cells at 4.5 km/h, 8 at 3.2 and, a minute per km slower, 7.59.
TOWN = "A---------B---------C---------D"
WHO = {(1.0, 0.0): 100.0, (9.7, 0.0): 7.0, (12.0, 0.0): 200.0, (26.0, 0.0): 50.0}
CITY = draw_city(TOWN, cell=100.0, places={"west": (2.0, 0.0), "east": (29.0, 0.0)}, people=WHO)
AT = "2026-07-11 16:00"
ASKED = {"to": "houses", "at": AT, "groups": "residents"}
BOUNDS = ("unknown_closed", "unknown_open")


def with_hours(*hours: str | None):
    return CITY.with_(places=CITY.places.assign(opening_hours=list(hours)))


def test_a_town_small_enough_to_count_by_hand() -> None:
    steps = pace_season_hours(with_hours("Mo-Fr 09:00-19:00", None), **ASKED).set_index("step")
    # At 4.5 km/h the west house covers 307 and the east one 50; at 3.2 the 200 are too far, and in
    # winter the 7 too. On Saturday the west house is closed, and nobody knows of the east one.
    assert steps["covered_unknown_open"].tolist() == [357, 157, 150, 50]
    assert steps["covered_unknown_closed"].tolist() == [357, 157, 150, 0]
    assert steps["taken_unknown_open"].tolist() == [0, 200, 7, 100]
    assert steps["taken_unknown_closed"].tolist() == [0, 200, 7, 150]
    assert steps["speed_kmh"].round(3).tolist() == [4.5, 3.2, 3.038, 3.038]
    # The 100 are lost to hours alone, the 200 to pace or hours (half each), the 7 to hours or to
    # pace and season together: hours take them in all orders but the two that put hours last.
    assert steps["shapley_unknown_open"].tolist() == pytest.approx(
        [0, 100 + 7 / 6, 7 / 6, 100 + 100 + 7 * 4 / 6]
    )
    assert steps.attrs["provenance"]["season_source"].startswith("Fossum and Ryeng 2021")


hours = st.sampled_from([None, "24/7", "off", "Sa 10:00-18:00", "Mo-Fr 09:00-19:00"])


@settings(max_examples=12)
@given(st.tuples(hours, hours), st.sampled_from([0.0, 1.0, 5.0]), st.permutations(STEPS).map(tuple))
def test_shares_add_up_and_do_not_depend_on_the_order(
    opening: tuple[str | None, str | None], season: float, order: tuple[str, ...]
) -> None:
    city = with_hours(*opening)
    asked = ASKED | {"season_minutes_per_km": season, "by": "nil"}
    found = pace_season_hours(city, order=order, **asked).set_index("step")
    usual = pace_season_hours(city, **asked).set_index("step")
    for bound in BOUNDS:
        covered = found[f"covered_{bound}"]
        lost = covered.iloc[0] - covered.iloc[-1]
        assert covered.iloc[-1] == usual[f"covered_{bound}"].iloc[-1]
        for what in ("taken", "shapley"):
            assert found[f"{what}_{bound}"].sum() == pytest.approx(lost)
            assert (found[f"{what}_{bound}"] >= 0).all()
        same = found[f"shapley_{bound}"][[*STEPS]] - usual[f"shapley_{bound}"][[*STEPS]]
        np.testing.assert_allclose(same, 0, atol=1e-9)
    assert (found["covered_unknown_closed"] <= found["covered_unknown_open"]).all()
    if season == 0:
        assert found.loc["season", "shapley_unknown_open"] == 0


def test_a_share_is_the_mean_over_all_orders() -> None:
    city = with_hours("Sa 10:00-12:00", None)
    orders = list(itertools.permutations(STEPS))
    every = [pace_season_hours(city, order=o, **ASKED).set_index("step") for o in orders]
    for bound in BOUNDS:
        for step in STEPS:
            mean = np.mean([one.loc[step, f"taken_{bound}"] for one in every])
            assert every[0].loc[step, f"shapley_{bound}"] == pytest.approx(mean)


def test_it_begins_with_coverage_and_ends_with_coverage_by_hour() -> None:
    city = with_hours("Sa 10:00-18:00", None)
    steps = pace_season_hours(city, season_minutes_per_km=0, by="nil", **ASKED)
    begin = coverage(city, to="houses", profile="walk_adult", groups="residents")
    end = coverage_by_hour(city, profile="walk_75", by="nil", **ASKED)
    assert steps["covered_unknown_closed"].iloc[0] == begin["covered"].sum()
    assert steps["covered_unknown_closed"].iloc[-1] == end["covered_at_least"].sum()
    assert steps["covered_unknown_open"].iloc[-1] == end["covered_at_most"].sum()


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"order": ("pace", "hours")}, ParameterError, "order"),
        ({"order": "pace"}, ParameterError, "order"),
        ({"order": ("pace", "pace", "hours")}, ParameterError, "order"),
        ({"season_minutes_per_km": -1}, ParameterError, "season_minutes_per_km is -1"),
        ({"season_minutes_per_km": "1"}, ParameterError, "season_minutes_per_km is '1'"),
        ({"at": ["2026-07-11 16:00", "2026-07-11 17:00"]}, ParameterError, "more than one time"),
        ({"at": "noon"}, ParameterError, "no local time"),
        ({"profile": "bike_65"}, ParameterError, "adult, profile"),
        ({"adult": "walk_60"}, UnknownNameError, "walk_60"),
        ({"by": "place"}, UnknownNameError, "place"),
        ({"hours": None}, ParameterError, "hours is None"),
    ],
)
def test_what_makes_no_sense_is_refused(
    wrong: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        pace_season_hours(CITY, **(ASKED | wrong))

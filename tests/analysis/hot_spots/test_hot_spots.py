"""Laws: a hot spot is one that PySAL finds, nothing is missing without its reason, seeds repeat."""

from __future__ import annotations

import dataclasses
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.hot_spots.false_discovery import q_values
from quartieri15.analysis.hot_spots.fields import FIELDS, REASONS
from quartieri15.analysis.hot_spots.global_moran import global_moran
from quartieri15.analysis.hot_spots.hot_spots import CLASSES, _classes, hot_spots
from quartieri15.analysis.hot_spots.local_tests import Findings
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from tests.analysis.toy_zones import row_of_zones
from tests.ascii_city import draw_city

QUESTION = {"to": "houses", "profile": "walk_75"}
QUICK = {**QUESTION, "permutations": 199}
NUMBERS = ["statistic", "z_value", "p_value", "q_value"]


@pytest.fixture(scope="module")
def street():
    """A street of 4 km with a house at its west end; most people live at the east end."""
    people = {(float(x), 0.0): 5.0 + 90 * (x > 60) for x in range(0, 81, 2) if x != 40}
    people[40.0, 8.0] = 7.0
    return draw_city("A" + "-" * 80 + "B", cell=50.0, people=people)


def test_there_is_one_row_for_each_profile_unit_and_group(street):
    found = hot_spots(street, **QUICK | {"profile": ["walk_75", "walk_adult"]})
    assert not found.duplicated(["profile", "unit_id", "group"]).any()
    number = found["unit_id"].nunique()
    assert len(found) == 2 * number * len(street.groups)
    assert found.crs == street.crs
    whole = coverage(street, **QUESTION, by="city").set_index("group")
    own = found[found["profile"] == "walk_75"].groupby("group")[["population", "uncovered"]].sum()
    pd.testing.assert_frame_equal(
        own, whole.loc[own.index, ["population", "uncovered"]], check_names=False
    )


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("statistic", ["getis_ord", "moran"])
def test_nothing_is_missing_without_its_reason(street, field, statistic):
    found = hot_spots(street, **QUICK, groups="residents", field=field, statistic=statistic)
    missing = found.drop(columns="geometry").isna().any(axis=1)
    assert (found["reason"][missing] != "").all()
    assert set(found["reason"]) <= {"", *REASONS}
    assert set(found["class"]) <= set(CLASSES)
    untested = found["class"] == "not_tested"
    assert (found[NUMBERS].isna().all(axis=1) == untested).all()
    assert (found[NUMBERS].notna().all(axis=1) == ~untested).all()
    tested = found[~untested]
    np.testing.assert_allclose(tested["q_value"], q_values(tested["p_value"].to_numpy()))
    called = ~found["class"].isin(["not", "not_tested"])
    assert (found["q_value"][called] <= 0.05).all()


def test_people_far_from_the_house_are_a_hot_spot_and_a_lone_hexagon_is_not_tested(street):
    found = hot_spots(street, **QUICK, groups="residents")
    assert (found["class"] == "hot").sum() >= 5
    hot = found[found["class"] == "hot"]
    assert (hot["uncovered_per_km2"] > found["uncovered_per_km2"].median()).all()
    lone = found[found["reason"] == "no_neighbour"]
    assert lone["population"].tolist() == [7.0]
    assert lone["class"].tolist() == ["not_tested"]
    told = found.attrs["provenance"]["hot_spots"]
    assert told["areas_not_tested"]["no_neighbour"] == 1
    assert told["tests"] == {"least": len(found) - 1, "most": len(found) - 1}


def test_where_all_are_covered_or_nobody_is_there_is_nothing_to_find(street):
    for minutes in (1440, 0.01):
        found = hot_spots(
            street, **QUICK, minutes=minutes, groups="over65", field="uncovered_share"
        )
        tested = found["reason"] == ""
        assert (found["class"][tested] == "not").all()
    found = hot_spots(street, **QUICK, minutes=1440, groups="over65")
    assert set(found["class"]) == {"not_tested"}
    assert set(found["reason"]) == {"no_variation", "no_neighbour"}
    whole = global_moran(street, **QUICK, minutes=1440, groups="over65")
    assert whole["reason"].tolist() == ["no_variation"]
    apart = global_moran(street, **QUICK, groups="over65", side_m=20)
    assert apart["reason"].tolist() == ["no_neighbour"]
    assert apart["islands"].tolist() == apart["areas"].tolist() == [41]
    for table in (whole, apart):
        assert table[["moran_i", "expected", "z_value", "p_value"]].isna().all(axis=None)
    alone = hot_spots(street, **QUICK, groups="over65", side_m=20)
    assert set(alone["reason"]) == {"no_neighbour"}


def test_the_same_seed_gives_the_same_bytes_and_groups_do_not_disturb_each_other(street):
    both = hot_spots(street, **QUICK, groups=("residents", "over65"))
    again = hot_spots(street, **QUICK, groups=("residents", "over65"))
    assert both.to_wkb().to_csv() == again.to_wkb().to_csv()
    alone = hot_spots(street, **QUICK, groups="over65")
    part = both[both["group"] == "over65"].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.DataFrame(part), pd.DataFrame(alone))
    other = hot_spots(street, **QUICK, groups="over65", seed=1)
    assert (other["p_value"] != alone["p_value"]).any()
    assert other["statistic"].equals(alone["statistic"])


def test_gi_star_and_moran_look_at_the_same_surroundings(street):
    gi = hot_spots(street, **QUICK, groups="over65")
    moran = hot_spots(street, **QUICK, groups="over65", statistic="moran")
    for column in ("z_value", "p_value", "q_value"):
        assert gi[column].equals(moran[column])
    assert (gi["class"] == "hot").sum() >= (moran["class"] == "hot").sum()
    # Another field around: the surroundings are no longer those of the field itself.
    both = hot_spots(
        street,
        **QUICK,
        groups="over65",
        statistic="moran",
        field="density_per_km2",
        around="median_minutes",
    )
    assert (both["around"].dropna() >= 0).all()
    assert not both["z_value"].equals(moran["z_value"])
    # Along a street with one house, the neighbours' minutes rise to the east.
    tested = both[both["reason"] == ""]
    assert tested["z_value"].corr(tested["around"]) > 0.9


def test_gi_star_of_milano_is_that_of_esda(milano):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
        import libpysal

        found = hot_spots(milano, **QUICK, units="nil", groups="over65").set_index("unit_id")
        nil = milano.zones["nil"].set_index("id")
        nil = nil[nil["residents"] > 0]
        graph = libpysal.graph.Graph.build_contiguity(nil, rook=False, strict=True)
        cover = coverage(milano, **QUESTION, groups="over65").set_index("zone_id")
        values = (cover["uncovered"] / milano.zones["nil"].set_index("id")["area_km2"])[nil.index]
        theirs = esda.G_Local(values.to_numpy(), graph, "B", permutations=0, star=True)
        whole = global_moran(milano, **QUICK, units="nil", groups="over65")
        moran = esda.Moran(values.to_numpy(), graph, permutations=0)
    np.testing.assert_allclose(found.loc[nil.index, "statistic"], theirs.Zs, rtol=1e-9)
    assert whole["moran_i"][0] == pytest.approx(moran.I)
    assert whole["areas"][0] == len(nil) == 87
    empty = found[found["reason"] == "no_residents"]
    assert empty.index.tolist() == [8]


def test_everything_for_the_city_takes_less_than_a_minute_of_two_cores(milano):
    """All groups, six profiles, 9,999 permutations on the hexagons of addresses."""
    said = []
    start = time.process_time()
    six = list(profiles.PROFILES)[:6]
    found = hot_spots(milano, to="houses", profile=six, permutations=9999, progress=said.append)
    assert time.process_time() - start < 60
    assert found.groupby(["profile", "group"]).ngroups == 54
    assert len(said) >= 8
    assert found["unit_id"].nunique() > 3900
    told = found.attrs["provenance"]
    assert set(told["speed_kmh"]) == set(found["profile"])
    assert told["minutes"] == 15
    missing = found.drop(columns="geometry").isna().any(axis=1)
    assert (found["reason"][missing] != "").all()


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"profile": []}, ParameterError, "no profile is named"),
        ({"profile": ["walk_75", "walk_75"]}, ParameterError, "stands twice"),
        ({"profile": "walk"}, UnknownNameError, "walk"),
        ({"groups": "tourists"}, UnknownNameError, "tourists"),
        ({"units": "nils"}, UnknownNameError, "did you mean nil"),
        ({"statistic": "gi"}, ParameterError, "getis_ord, moran"),
        ({"field": "uncovered"}, UnknownNameError, "uncovered_per_km2"),
        ({"field": None}, UnknownNameError, "unknown field"),
        ({"around": "minutes", "statistic": "moran"}, UnknownNameError, "median_minutes"),
        ({"around": "median_minutes"}, ParameterError, "Gi. looks at one field alone"),
        ({"level": 0}, ParameterError, "level is 0"),
        ({"level": "5 %"}, ParameterError, "level"),
        ({"level": 5e-324}, ParameterError, "permutations"),
        ({"level": 0.05, "permutations": 38}, ParameterError, "a level of 0.05 needs 39"),
        ({"permutations": 10**6}, ParameterError, "999,999"),
        ({"permutations": 99.0}, ParameterError, "permutations"),
        ({"seed": -1}, ParameterError, "seed"),
        ({"seed": None}, ParameterError, "seed"),
        ({"minutes": 0}, ParameterError, "minutes"),
        ({"progress": "yes"}, ParameterError, "progress"),
    ],
)
def test_what_makes_no_sense_is_named(street, changes, error, said):
    with pytest.raises(error, match=said):
        hot_spots(street, **QUICK | changes)
    if set(changes) <= {"profile", "groups", "units", "field", "seed", "progress"}:
        with pytest.raises(error, match=said):
            global_moran(street, **QUICK | changes)


@pytest.mark.parametrize("statistic", ["getis_ord", "moran"])
def test_areas_are_called_by_what_they_are_and_what_surrounds_them(statistic):
    high = np.array([[True], [False], [True], [False], [True], [True]])
    side = np.array([[1], [-1], [-1], [1], [1], [0]])
    q_value = np.array([[0.05], [0.01], [0.01], [0.01], [0.051], [np.nan]])
    none = np.full((6, 1), np.nan)
    found = Findings(none, none, none, q_value, side, np.full((6, 1), "", object), high, side)
    asked = SimpleNamespace(level=0.05, statistic=statistic)
    outliers = ["high_among_low", "low_among_high"] if statistic == "moran" else ["not", "not"]
    assert _classes(found, asked)[:, 0].tolist() == [
        *("hot", "cold"),
        *outliers,
        *("not", "not_tested"),
    ]


def test_a_zone_without_an_area_has_no_density():
    city = row_of_zones([(k, 9.0 + k, k) for k in (1, 2, 3, 4)], zones=5)
    nil = city.zones["nil"].assign(area_km2=[1.0, 0.0, 1.0, 1.0, 1.0])
    city = dataclasses.replace(city, zones={"nil": nil})
    found = hot_spots(city, **QUICK, units="nil", groups="over65").set_index("unit_id")
    # Those far from the drawn street are tested: they have a density, and no time.
    assert found["reason"].tolist() == [
        *("no_neighbour", "no_area", "median_unreachable", "median_unreachable", "no_residents")
    ]
    assert found["class"].tolist() == [*["not_tested"] * 2, *["not"] * 2, "not_tested"]
    assert np.isfinite(found.loc[[1, 3, 4], "uncovered_per_km2"]).all()
    assert found.loc[2, ["uncovered_per_km2", "value", "q_value"]].isna().all()


def test_nothing_given_is_changed(street):
    before = street.residents.copy(), street.places.copy()
    hot_spots(street, **QUICK, groups="over65")
    pd.testing.assert_frame_equal(pd.DataFrame(street.residents), pd.DataFrame(before[0]))
    pd.testing.assert_frame_equal(pd.DataFrame(street.places), pd.DataFrame(before[1]))

"""A profile says of every zone what the city, the coverage and the need index say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.need import need_index
from quartieri15.analysis.zone_profiles import RATIOS, zone_profile
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

TOY = draw_city(
    "A--B--C", cell=60, places={"west": (0, 0), "east": (6, 0)}, people={(1, 0): 20.0, (5, 0): 30.0}
)


def test_by_hand() -> None:
    nil = TOY.zones["nil"].assign(heat_risk=0.4, children_0_14=4.0)
    city = TOY.with_(zones={**TOY.zones, "nil": nil})
    table = pd.DataFrame({"zone_id": [1], "gardens": [3]})
    told = zone_profile(city, to="houses", profile="walk_adult", minutes=2, table=table).iloc[0]
    assert told[["residents", "over65", "gardens", "heat_risk"]].tolist() == [50, 5, 3, 0.4]
    assert told["over65_share"] == pytest.approx(0.1)
    assert told["ageing_index"] == pytest.approx(125)
    assert told["density_per_km2"] == pytest.approx(50 / nil["area_km2"].iloc[0])
    assert told["houses_inside"] == 2
    assert told["houses_over65_share"] == 1
    assert told["reason"] == ""


def test_what_is_missing_says_why() -> None:
    nil = TOY.zones["nil"].assign(heat_risk=np.nan)
    minors = TOY.residents.assign(minors=0.0, over65_alone=0.0, over65=0.0, over75=0.0, over85=0.0)
    city = TOY.with_(zones={**TOY.zones, "nil": nil}, residents=minors)
    told = zone_profile(city, to="houses", groups="over65").iloc[0]
    assert told["reason"] == (
        "not known: heat_risk; no over65: over65_alone_share; no minors: over65_per_100_minors; "
        "no_population: houses_over65_share, houses_over65_median_minutes"
    )


def test_services_may_be_named_or_given() -> None:
    other = zone_profile(TOY, to={"west": TOY.places.iloc[:1]}, groups="residents")
    assert other["west_inside"].tolist() == [1]
    alone = zone_profile(TOY, to=TOY.places.iloc[:1], groups="residents")
    assert alone["places_residents_covered"].tolist() == other["west_residents_covered"].tolist()


def test_what_makes_no_sense_is_refused_in_words() -> None:
    with pytest.raises(UnknownNameError, match="set of places"):
        zone_profile(TOY, to="hauses")
    with pytest.raises(ParameterError, match="name a set of places"):
        zone_profile(TOY, to=["houses", "houses"])
    with pytest.raises(InputError, match="to: toy has no places of the set 'wemi'"):
        zone_profile(TOY)
    with pytest.raises(InputError, match=r"to\['desks'\]: there is no place"):
        zone_profile(TOY, to={"houses": "houses", "desks": TOY.places.iloc[:0]})
    with pytest.raises(ParameterError, match="need is"):
        zone_profile(TOY, to="houses", need=3)
    table = pd.DataFrame({"houses_inside": [1]}, index=[1])
    with pytest.raises(InputError, match="column houses_inside: two columns would have this name"):
        zone_profile(TOY, to="houses", table=table)


def test_milano_is_what_its_parts_say(milano: City) -> None:
    need = need_index(milano, draws=1)
    told = zone_profile(milano, to="houses", groups="over65", need=need)
    cover = coverage(milano, to="houses", profile="walk_75", groups="over65")
    assert told["zone_id"].tolist() == milano.zones["nil"]["id"].tolist()
    for column, name in (("covered", "covered"), ("share", "share"), ("median_minutes",) * 2):
        pd.testing.assert_series_equal(
            told[f"houses_over65_{column}"], cover[name], check_names=False, check_exact=True
        )
    assert told["residents"].sum() == pytest.approx(1_386_285)
    # Piano di Sviluppo del Welfare: about 7,600 residents per km2 in 2020.
    assert told["residents"].sum() / told["area_km2"].sum() == pytest.approx(7_600, rel=0.01)
    ranked = told.dropna(subset="need_rank").set_index("need_rank").sort_index()
    assert ranked["zone_id"].tolist() == need.ranked.index.tolist()
    missing = told.isna().any(axis=1)
    assert (told["reason"] != "").tolist() == missing.tolist()
    # In 2020 the plan found more than 30 % over 65 in Barona, Trenno and Gallaratese.
    old = told.set_index("zone")["over65_share"]
    named = [name for name in old.index if name.startswith(("BARONA", "TRENNO", "Q.RE GALLARAT"))]
    assert old[named].between(0.29, 0.33).all()
    assert {"over65_share", "over65_alone_share", "residents_per_household"} <= set(RATIOS)

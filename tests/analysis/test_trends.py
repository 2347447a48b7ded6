"""Law: the people of a year are those that were counted, zone by zone, and its parts add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.trends import CHANGE_REASONS, coverage_by_year, trends
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.earlier import Earlier
from tests.analysis.toy_zones import row_of_zones

if TYPE_CHECKING:
    from quartieri15.model.city import City

# Zone 1 has the house, zone 2 is a kilometre off, nobody of 65 lives in zone 3 today.
PEOPLE = [(1, 100, 20), (1, 100, 30), (2, 50, 10), (3, 40, 0)]


def counted(*rows: tuple[int, str, int, str, float, str]) -> Earlier:
    return Earlier(
        people=pd.DataFrame(rows, columns=["year", "by", "zone_id", "group", "count", "source"])
    )


@pytest.fixture
def city() -> City:
    """Counts of 2011 by the census, of 2021 and of 2016 by the register."""
    counts = {
        (2011, "census"): (100.0, 5.0, 7.0),
        (2016, "register"): (60.0, 0.0, 0.0),
        (2021, "register"): (50.0, 10.0, 0.0),
    }
    rows = [
        (year, "nil", zone, "over65", count, source)
        for (year, source), by_zone in counts.items()
        for zone, count in enumerate(by_zone, start=1)
    ]
    rows.append((1880, "city", 0, "residents", 12.0, "archive"))
    plain = row_of_zones(PEOPLE, zones=3, municipi={1: 1, 2: 1, 3: 2})
    return plain.with_(earlier=counted(*rows))


ASKED: dict[str, Any] = {"to": "houses", "profile": "walk_75", "minutes": 5, "groups": "over65"}


def test_the_people_of_a_year_are_those_of_the_zone_where_residents_are_today(city: City) -> None:
    told = coverage_by_year(city, **ASKED)
    by_year = told.pivot_table(index="year", columns="zone_id", values="population")
    assert by_year.loc[2011].tolist() == [100, 5, 0]
    assert by_year.loc[2016].tolist() == [60, 0, 0]
    assert by_year.loc[2021].tolist() == [50, 10, 0]
    assert told.attrs["provenance"]["without_pattern"] == {
        "2011 over65": 7.0,
        "2016 over65": 0.0,
        "2021 over65": 0.0,
    }


def test_a_year_with_the_people_of_today_is_the_coverage_of_today(city: City) -> None:
    today = coverage(city, **ASKED)
    told = coverage_by_year(city, **ASKED, years=2021)
    pd.testing.assert_frame_equal(told[today.columns], today)


@pytest.mark.parametrize("by", ["city", "municipi"])
def test_parts_add_up_at_every_level(city: City, by: str) -> None:
    nil = coverage_by_year(city, **ASKED)
    whole = coverage_by_year(city, **ASKED, by=by)
    for name in ("population", "covered", "uncovered"):
        assert nil.groupby("year")[name].sum().tolist() == pytest.approx(
            whole.groupby("year")[name].sum().tolist()
        )
    assert (whole["covered"] + whole["uncovered"]).tolist() == whole["population"].tolist()


def test_changes_are_those_since_the_first_year_and_say_when_the_source_is_another(
    city: City,
) -> None:
    told = coverage_by_year(city, **ASKED).set_index(["zone_id", "year"])
    assert told.loc[(1, 2011), "change_reason"] == "first_year"
    assert np.isnan(told.loc[(1, 2011), "population_change"])
    assert told.loc[(1, 2021), "population_change"] == -50
    assert told.loc[(1, 2021), "since_year"] == 2011
    assert told.loc[(1, 2021), "change_reason"] == "other_source"
    assert told.loc[(3, 2021), "change_reason"] == "none_before"
    assert set(told["change_reason"]) <= CHANGE_REASONS.keys()


def test_trends_compare_with_the_same_source_where_there_is_one(city: City) -> None:
    told = trends(city, groups="over65").set_index(["zone_id", "year"])
    assert told.loc[(1, 2021), ["since_year", "since_source"]].tolist() == [2016, "register"]
    assert told.loc[(1, 2021), "change"] == -10
    assert told.loc[(1, 2021), "change_share"] == pytest.approx(-1 / 6)
    assert told.loc[(1, 2016), ["since_year", "since_source"]].tolist() == [2011, "census"]
    assert told.loc[(1, 2016), "reason"] == "other_source"
    assert told.loc[(2, 2021), "reason"] == "none_before"
    assert np.isnan(told.loc[(2, 2021), "change_share"])
    assert told.loc[(1, 2011), "reason"] == "first_year"


def test_the_city_has_its_own_series_and_the_sums_of_the_zones(city: City) -> None:
    told = trends(city, by="city")
    assert told.loc[told["group"] == "residents", "count"].tolist() == [12]
    over65 = told[told["group"] == "over65"].set_index("year")["count"]
    assert over65.to_dict() == {2011: 112, 2016: 60, 2021: 60}
    assert set(told["zone"]) == {city.name}


@pytest.fixture
def partly(city: City) -> City:
    """The same, where the census of 2011 has no count of zone 2."""
    people = city.earlier.people
    lost = (people["year"] == 2011) & (people["zone_id"] == 2)
    return city.with_(earlier=Earlier(people=people[~lost]))


def test_a_zone_without_a_count_is_not_one_without_people(city: City, partly: City) -> None:
    told = trends(partly, groups="over65").set_index(["zone_id", "year"])
    assert len(told) == len(trends(city, groups="over65"))
    row = told.loc[(2, 2011)]
    assert row[["count", "since_year", "change", "change_share"]].isna().all()
    assert row[["zone", "source", "since_source", "reason"]].tolist() == [
        *("Nil 2", "census", "", "not_counted")
    ]
    # What comes later is compared with the years that were counted.
    assert told.loc[(2, 2016), "reason"] == "first_year"
    assert told.loc[(2, 2021), "since_year"] == 2016
    whole = trends(partly, by="city", groups="over65").set_index("year")
    assert whole["count"].isna().tolist() == [True, False, False]
    assert whole["reason"].tolist() == ["partly_counted", "first_year", ""]
    rows = [tuple(row) for row in partly.earlier.people.itertuples(index=False)]
    stated = partly.with_(earlier=counted(*rows, (2011, "city", 0, "over65", 112.0, "census")))
    whole = trends(stated, by="city", groups="over65").set_index("year")
    assert whole.loc[2011, ["count", "reason"]].tolist() == [112, "first_year"]


@pytest.mark.parametrize(
    ("by", "lost", "reason"),
    [("nil", [2], "not_counted"), ("municipi", [1], "partly_counted"), ("city", [0], None)],
)
def test_nobody_is_covered_for_sure_where_people_were_not_counted(
    city: City, partly: City, by: str, lost: list[int], reason: str | None
) -> None:
    told = coverage_by_year(partly, **ASKED, by=by)
    known = coverage_by_year(city, **ASKED, by=by)
    gone = ((told["year"] == 2011) & told["zone_id"].isin(lost)).to_numpy()
    rows = told[gone]
    figures = ["population", "covered", "uncovered", "share", "median_minutes", "p90_minutes"]
    assert len(rows) == 1
    assert rows[[*figures, "population_change", "since_year"]].isna().all(axis=None)
    assert rows["reason"].item() == (reason or "partly_counted")
    assert rows["change_reason"].item() == rows["reason"].item()
    pd.testing.assert_frame_equal(told.loc[~gone, figures], known.loc[~gone, figures])
    later = told[told["zone_id"].isin(lost) & (told["year"] == 2021)]
    assert later["since_year"].item() == 2016
    first = told[told["zone_id"].isin(lost) & (told["year"] == 2016)]
    assert first["change_reason"].item() == "first_year"


def test_who_would_stand_nowhere_is_not_known_where_nobody_was_counted(city: City) -> None:
    people = city.earlier.people
    lost = (people["year"] == 2011) & (people["zone_id"] == 3)
    told = coverage_by_year(city.with_(earlier=Earlier(people=people[~lost])), **ASKED)
    without = told.attrs["provenance"]["without_pattern"]
    assert without == {"2011 over65": None, "2016 over65": 0.0, "2021 over65": 0.0}
    row = told[(told["year"] == 2011) & (told["zone_id"] == 3)]
    assert row["reason"].item() == "not_counted"


def test_what_was_not_counted_is_refused(city: City) -> None:
    with pytest.raises(InputError, match="no other year"):
        trends(row_of_zones(PEOPLE, zones=3))
    with pytest.raises(UnknownNameError):
        trends(city, by="municipi")
    with pytest.raises(UnknownNameError):
        trends(city, groups="foreign")
    with pytest.raises(ParameterError, match="2012"):
        trends(city, years=2012)
    with pytest.raises(UnknownNameError):
        coverage_by_year(city, **(ASKED | {"groups": "residents"}))
    with pytest.raises(ParameterError):
        coverage_by_year(city, **ASKED, by="place")
    lost = city.with_(earlier=counted((2011, "nil", 9, "over65", 1.0, "census")))
    with pytest.raises(InputError, match="zone 9"):
        coverage_by_year(lost, **ASKED)


def test_groups_that_are_not_named_are_those_that_the_city_knows(city: City) -> None:
    asked = {name: value for name, value in ASKED.items() if name != "groups"}
    assert set(coverage_by_year(city, **asked)["group"]) == {"over65"}
    with pytest.raises(InputError, match="no other year"):
        coverage_by_year(row_of_zones(PEOPLE, zones=3), **asked)
    only = counted((2011, "nil", 1, "residents", 9.0, "census"))
    assert set(coverage_by_year(city.with_(earlier=only), **asked)["group"]) == {"residents"}
    for lost in ((2011, "nil", 1, "minors", 9.0, "census"), (2011, "city", 0, "over65", 9.0, "c")):
        with pytest.raises(InputError, match="by zones in another year"):
            coverage_by_year(city.with_(earlier=counted(lost)), **asked)


def test_milano_counts_what_was_published(milano: City) -> None:
    """Residents of the city: ds1494. By NIL: the census of 2011, the figures of 2021."""
    told = trends(milano, by="city")

    def counts(group: str, year: int) -> list[float]:
        return told.loc[(told["group"] == group) & (told["year"] == year), "count"].tolist()

    assert counts("residents", 1880) == [305_488]
    assert counts("over65", 2011) == [310_064]
    assert counts("over65", 2021) == [311_777]
    assert counts("households", 2007) == [625_885]
    # The census found fewer foreign residents than the register had.
    assert counts("foreign", 2011) == [236_855, 176_282]
    assert counts("foreign", 2021) == [280_819, 280_819]


def test_the_houses_of_milano_reach_about_as_many_of_those_who_were_old_in_2011(
    milano: City,
) -> None:
    """The over 65 moved little between the NIL, those over 85 grew by a third."""
    told = coverage_by_year(
        milano, profile="walk_75", by="city", groups=("over65", "over85")
    ).set_index(["group", "year"])
    today = coverage(milano, to="houses", profile="walk_75", by="city", groups="over65")
    assert told.loc[("over65", 2021), "share"] == pytest.approx(today["share"].item())
    assert abs(told.loc[("over65", 2021), "share_change"]) < 0.02
    assert told.loc[("over85", 2021), "population_change"] == pytest.approx(60_109 - 44_206, abs=1)

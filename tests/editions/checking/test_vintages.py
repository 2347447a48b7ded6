"""Law: every file's year is told, and years that do not fit together are more than a note."""

from __future__ import annotations

from quartieri15.editions.checking.vintages import check_vintages, of_each_file


def told(**vintages: str) -> list[tuple[str, str, str]]:
    return [(one.rule, one.severity, one.file) for one in check_vintages(vintages)]


def test_files_of_one_year_are_well() -> None:
    assert told(streets="mid 2022", zones="2022", ages_2022="January 2022") == []


def test_years_that_are_near_are_a_note() -> None:
    assert told(streets="2022", zones="2020-03") == [("vintages.year", "note", "")] * 2


def test_years_far_apart_are_a_warning() -> None:
    found = told(streets="2022", sections="2011")
    assert ("vintages.apart", "warning", "") in found


def test_a_name_that_says_another_year() -> None:
    assert told(ages_2019="2021", zones="2021") == [("vintages.name", "warning", "ages_2019")]
    assert told(people_2007_2021="2007-2021") == []
    assert told(fountains_20260118="18 January 2026") == []


def test_a_year_that_is_not_stated() -> None:
    assert told(stations="not stated") == [("vintages.not_stated", "note", "stations")]


def test_a_file_that_is_named_often_has_one_age() -> None:
    named = [("a.osm", "2019"), ("a.osm", "not stated"), ("b.csv", "not stated"), ("a.osm", "2019")]
    assert of_each_file(named) == {"a.osm": "2019", "b.csv": "not stated"}
    assert of_each_file([("a.osm", "2019"), ("a.osm", "2020")]) == {"a.osm": "2019; 2020"}

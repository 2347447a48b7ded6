"""A report of a Municipio says what the published tables say, and nothing of few people."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from quartieri15.model import profiles
from quartieri15.publish import words
from quartieri15.publish.report.figures import ReportFigures
from quartieri15.publish.report.method import vintage_rows
from quartieri15.publish.report.municipio import municipio_report
from tests.ascii_city import draw_city

TODAY = dt.date(2026, 11, 26)


def number(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


def tables_of(report):
    return {table.columns[0]: table for section in report.sections for table in section.tables}


def test_its_numbers_are_those_of_the_published_tables(figures) -> None:
    report = municipio_report(figures, 4, language="it", date=TODAY)
    row = figures.row("municipi", 4)
    share, people, minutes = report.figures
    assert share.value == f"{round(100 * row['uncovered'] / row['population'])}%"
    assert number(people.value) == row["uncovered"]
    assert number(minutes.value) == row["median_minutes"]
    zones = tables_of(report)["NIL"]
    told = figures.coverage["nil"]
    told = told[told["group"] == "over65"].set_index("zone")
    written = {words.zone_text(name): name for name in told.index}
    for name, _, *cells in zones.rows[:-2]:
        own = told.loc[written[name]]
        for cell, column in zip(cells[:3], ("population", "covered", "uncovered"), strict=True):
            assert cell == words.number(own[column]) or cell.startswith("almeno ")
    assert number(zones.rows[-2][4]) == row["uncovered"]
    assert number(zones.rows[-1][4]) == figures.row("city")["uncovered"]


def test_shares_beyond_are_rounded_once_in_every_report(figures) -> None:
    """A share that was rounded to a tenth and is rounded again may be off by a per cent."""
    told = figures.coverage["municipi"]
    over65 = told[told["group"] == "over65"].set_index("zone_id")
    whole = figures.row("city")
    for zone_id, row in over65.iterrows():
        report = municipio_report(figures, zone_id, language="it", date=TODAY)
        own = f"{round(100 * row['uncovered'] / row['population'])}%"
        city = f"{round(100 * whole['uncovered'] / whole['population'])}%"
        assert report.figures[0].value == own
        assert f": {city}" in report.figures[0].words
        assert [row[5] for row in tables_of(report)["NIL"].rows[-2:]] == [own, city]


def test_where_a_limit_is_published_the_report_says_it(figures) -> None:
    rows = tables_of(municipio_report(figures, 4, language="it", date=TODAY))["NIL"].rows
    (park,) = (row for row in rows if row[0].startswith("Parco Forlanini"))
    assert park[4:6] == ["almeno 120", "almeno 86%"]


def test_a_nil_that_is_shared_is_whole_and_says_which_part_lives_here(figures, milano) -> None:
    zones = tables_of(municipio_report(figures, 1, language="en", date=TODAY))["NIL"]
    parts = {row[0]: row[1] for row in zones.rows}
    people = milano.residents.groupby(["nil", "municipi"])["residents"].sum()
    nil = milano.zones["nil"].set_index("name")["id"]["PORTA TICINESE - CONCA DEL NAVIGLIO"]
    here = people[nil].get(1, 0) / people[nil].sum()
    assert parts["Porta Ticinese - Conca del Naviglio"] == f"{round(100 * here)}%"
    assert parts["Duomo"] == "100%"


@pytest.mark.parametrize(("zone_id", "language"), [(2, "it"), (4, "en")])
def test_every_house_stands_in_the_table_under_the_number_of_the_map(
    figures, milano, zone_id, language
) -> None:
    report = municipio_report(figures, zone_id, language=language, date=TODAY)
    (houses,) = (table for table in tables_of(report).values() if table.texts == 3)
    numbers = [row[0].partition(".")[0] for row in houses.rows]
    assert numbers == [str(i) for i in range(1, len(numbers) + 1)]
    drawing = report.sections[0].picture.drawing
    assert {*re.findall(r">(\d+)</text>", drawing)} == {*numbers}
    assert len(numbers) == (milano.houses["municipio"] == zone_id).sum()


def test_few_people_are_not_told() -> None:
    town = draw_city("A--------B", people={(0, 0): 50.0, (9, 0): 60.0}, cell=150.0)
    small = ReportFigures.of(
        town, profile=profiles.get("walk_75"), minutes=15.0, group="over65", smallest_count=10
    )
    report = municipio_report(small, 1, language="it", date=TODAY)
    assert [figure.value for figure in report.figures] == ["–"]
    (houses,) = (table for table in tables_of(report).values() if table.texts == 3)
    assert houses.rows[0][-2:] == ["–", "–"]


def test_a_municipio_without_a_house_says_so(figures, milano) -> None:
    from dataclasses import replace

    inside = milano.houses.geometry.within(milano.zones["municipi"].geometry.iloc[0])
    gone = milano.houses.loc[inside, "id"]
    emptier = milano.with_(places=milano.places[~milano.places["id"].isin(gone)])
    report = municipio_report(replace(figures, city=emptier), 1, language="en", date=TODAY)
    said = [text for section in report.sections for text in section.paragraphs]
    assert "There is no Casa di Quartiere in the Municipio." in said


def test_no_vintage_of_milano_is_left_in_english(milano) -> None:
    rows = dict(vintage_rows(milano.provenance, "it"))
    assert len(rows) == len(milano.provenance["vintages"])
    for data, since in rows.items():
        assert data not in milano.provenance["vintages"]
        assert not re.search(r"\b(and|the|level|pattern|stated|share)\b", since), since

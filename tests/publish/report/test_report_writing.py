"""Reports appear as a whole folder or not at all, one per Municipio and scenario asked for."""

from __future__ import annotations

import json

import pytest

from quartieri15.errors import (
    InputError,
    OutputError,
    ParameterError,
    Quartieri15Error,
    UnknownNameError,
)
from quartieri15.planning.edits import OpenPlace
from quartieri15.planning.scenario import Scenario
from quartieri15.publish.report import writing
from quartieri15.publish.report.writing import write_reports
from tests.ascii_city import draw_city

TOWN = "A---------B---------C"


@pytest.fixture(scope="module")
def town():
    people = {(x, 0): 400.0 for x in range(0, 21, 2)}
    return draw_city(TOWN, cell=100.0, people=people)


@pytest.fixture(scope="module")
def plan(town):
    at = town.residents.geometry.to_crs(4326).iloc[-1]
    return Scenario("Nuova <casa>", [OpenPlace("Nuova", at=(at.x, at.y))])


def test_a_folder_holds_what_was_asked_for(town, plan, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795000000")
    out = tmp_path / "reports"
    summary = write_reports(town, out, scenarios=plan, language="en")
    names = [one["name"] for one in summary["reports"]]
    assert names == ["municipio-1", "scenario-nuova-casa"]
    files = {name for one in summary["reports"] for name in one["files"]}
    assert {path.name for path in out.iterdir()} == files | {"summary.json"}
    assert json.loads((out / "summary.json").read_text())["generated"] == "2026-11-18T11:06:40Z"
    page = (out / "scenario-nuova-casa.html").read_text()
    assert "Nuova &lt;casa&gt;" in page
    assert "<casa>" not in page
    assert '<html lang="en">' in page


def test_a_scenario_tells_who_gains(town, plan, tmp_path) -> None:
    write_reports(town, tmp_path / "r", municipi=(), scenarios=[plan], group="residents")
    page = (tmp_path / "r" / "scenario-nuova-casa.html").read_text()
    # Within 15 minutes at 3.2 km/h lie 800 m: five addresses of 400 at the far end.
    assert "<strong>+2.000</strong>" in page
    assert not (tmp_path / "r" / "municipio-1.html").exists()


def test_without_a_pdf_the_pages_are_written_and_the_reason_told(
    town, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(writing, "pdf_trouble", lambda: "no Pango here")
    said: list[str] = []
    summary = write_reports(town, tmp_path / "r", progress=said.append)
    assert summary["no_pdf"] == "no Pango here"
    assert "no PDF: no Pango here" in said
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        "municipio-1.html",
        "summary.json",
    ]


def test_files_of_a_user_stay_whatever_they_are_called(town, plan, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(writing, "pdf_trouble", lambda: "no Pango here")
    out = tmp_path / "r"
    write_reports(town, out, municipi=(), scenarios=plan)
    mine = {"municipio-1-notes.docx", "scenario-nuova-casa.html.orig"}
    for name in mine:
        (out / name).write_text("mine")
    write_reports(town, out)
    files = {path.name for path in out.iterdir()}
    assert files == mine | {"municipio-1.html", "summary.json"}
    (out / "summary.json").write_text('{"city": 1, "generated": 2, "reports": [{"files": 3}, 4]}')
    write_reports(town, out)
    assert mine < {path.name for path in out.iterdir()}


def test_a_strange_folder_is_left_alone(town, tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError):
        write_reports(town, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"municipi": 12}, UnknownNameError),
        ({"municipi": [1, "x"]}, UnknownNameError),
        ({"scenarios": "zante.yaml"}, InputError),
        ({"scenarios": [1]}, InputError),
        ({"language": "fr"}, UnknownNameError),
        ({"group": "cats"}, Quartieri15Error),
        ({"minutes": 0}, ParameterError),
        ({"profile": "horse"}, UnknownNameError),
        ({"smallest_count": -1}, ParameterError),
        ({"progress": 3}, ParameterError),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(town, tmp_path, wrong, error) -> None:
    with pytest.raises(error):
        write_reports(town, tmp_path / "r", **wrong)
    assert not (tmp_path / "r").exists()


def test_two_scenarios_of_one_name_are_refused(town, plan, tmp_path) -> None:
    with pytest.raises(InputError, match="one file"):
        write_reports(town, tmp_path / "r", scenarios=[plan, plan])

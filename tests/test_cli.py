"""The command line speaks to people: plain help, one clear line when something is wrong."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import typer
from typer.testing import CliRunner

import quartieri15
from quartieri15 import cli
from quartieri15.cli.application import plainly
from quartieri15.editions import loading
from quartieri15.model import profiles
from quartieri15.model.residents import GROUPS
from quartieri15.publish import analysis_folder, maps
from quartieri15.writing import replacing_folder
from tests.ascii_city import draw_city
from tests.publish.folder_attack import (
    attack,
    known_about,
    published_tables,
    read_rounded,
    recovered,
)

if TYPE_CHECKING:
    from click.testing import Result

    from quartieri15.model.city import City
    from tests.publish.folder_attack import Known


@pytest.fixture(scope="module")
def city() -> City:
    return draw_city(
        "A" + "-" * 15 + "B",
        cell=100,
        places={"west": (0, 0), "east": (16, 0)},
        people={(1, 0): 200.0, (8, 0): 400.0, (16, 0): 600.0},
    )


@pytest.fixture
def toy(city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """The command line with a toy city for Milano, and no drawing."""
    monkeypatch.setattr(loading, "load", lambda _: city)
    monkeypatch.setattr(maps, "city_map", lambda *_, **__: None)
    monkeypatch.setattr(maps, "write_map", lambda _, path: path.write_text("a map"))
    return city


def run(*words: object, **environment: str) -> Result:
    return CliRunner().invoke(
        cli.app, [str(word) for word in words], env={"COLUMNS": "160"} | environment
    )


def one_line(result: Result) -> str:
    """What was complained about: one line, no traceback, nothing on standard output."""
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], ["analyze", "build", "info", "quartieri15 analyze milano --out maps/milano"]),
        (["analyze"], ["--profile", "walk_75", "--minutes", "--places", "--speed-kmh", "QGIS"]),
        (["build"], ["--sources", "raw files", "city.toml"]),
        (["new"], ["--province", "quartieri15 new torino"]),
        (["info"], ["how old"]),
        (["compare"], ["--by", "--areas", "--draws", "prints on one page", "QGIS"]),
        (["sites"], ["--n", "--objective", "--curve", "prove"]),
        (["links"], ["--kind", "cycle_gap"]),
        (["run"], ["--date", "checksum"]),
        (["runs"], ["what changed", "--other-questions"]),
    ],
)
def test_help_says_what_to_type(command: list[str], words: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    for word in words:
        assert word in result.stdout


@pytest.mark.usefixtures("toy")
def test_analyze_writes_the_folder_and_prints_the_answer(tmp_path: Path) -> None:
    result = run("analyze", "--out", tmp_path / "out", "--minutes", 5, "--minutes", 10)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "out" / "index.html").is_file()
    assert f"Map: {tmp_path / 'out' / 'index.html'}" in result.stdout
    # 5 minutes at 4.5 km/h are 375 m: 80 of the 120 people of 65 and over
    assert "over65 (120)" in result.stdout
    assert "66.7% (80)" in result.stdout
    for word in ("walk_adult", "walk_75", "over65", "foreign", "houses"):
        assert word in result.stdout
    assert result.stderr == ""


@pytest.mark.usefixtures("toy")
def test_every_flag_reaches_the_answer(tmp_path: Path) -> None:
    words = "--profile walk_65 --speed-kmh 2.5 --minutes 7.5 --places ex_csrc --group over75"
    result = run("analyze", "milano", "--out", tmp_path / "out", *words.split())
    assert result.exit_code == 0, result.stderr
    rows = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["coverage"]
    assert [
        (row["profile"], row["speed_kmh"], row["minutes"], row["places"], row["group"])
        for row in rows
    ] == [("walk_65 at 2.5 km/h", 2.5, 7.5, "ex_csrc", "over75")]


@pytest.mark.usefixtures("toy")
def test_a_profile_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("based_on: walk_75\nname: nonna\nspeed_kmh: 2.5\nrefusals: [steps]\n")
    out = tmp_path / "out"
    result = run("analyze", "--out", out, "--profile", own, "--profile", "walk_65")
    assert result.exit_code == 0, result.stderr
    rows = json.loads((out / "summary.json").read_text("utf-8"))["coverage"]
    asked = {(row["profile"], row["speed_kmh"]) for row in rows}
    assert asked == {("nonna", 2.5), ("walk_65", 3.6)}
    own.write_text("based_on: walk_75\nsped_kmh: 2.5\n")
    told = one_line(run("analyze", "--out", tmp_path / "no", "--profile", own))
    assert f"{own}, line 2: unknown key 'sped_kmh'. Mend: did you mean speed_kmh" in told
    own.write_text("based_on: walk_75\nname: walk_75\nspeed_kmh: 2.5\n")
    told = one_line(run("analyze", "--out", tmp_path / "no", "--profile", own))
    assert "this name belongs to a profile of the library" in told
    other = tmp_path / "other.YAML"
    for path, speed in ((own, 2.5), (other, 2.6)):
        path.write_text(f"based_on: walk_75\nname: nonna\nspeed_kmh: {speed}\n")
    told = one_line(run("analyze", "--out", tmp_path / "no", "--profile", own, "--profile", other))
    assert "two different profiles are called 'nonna'" in told
    missing = tmp_path / "none.yml"
    told = one_line(run("analyze", "--out", tmp_path / "no", "--profile", missing))
    assert f"{missing}: there is no such file" in told


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--profile wolk_75", "did you mean walk_75"),
        ("--group over_65", "did you mean over65"),
        ("--places house", "did you mean houses"),
        ("--speed-kmh 0", "give a speed above 0 km/h"),
        ("--speed-kmh -3", "give a speed above 0 km/h"),
        ("--speed-kmh nan", "give a finite number"),
        ("--minutes 0", "give a number above 0"),
        ("--minutes 1441", "give a number above 0"),
        ("--minutes nan", "give a number above 0"),
    ],
)
def test_a_wrong_word_is_told_with_its_mend(tmp_path: Path, words: str, told: str) -> None:
    result = run("analyze", "milano", "--out", tmp_path / "out", *words.split())
    assert told in one_line(result)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_city_is_told_with_the_nearest(tmp_path: Path) -> None:
    for command in (["analyze", "milan", "--out", tmp_path], ["info", "milan"]):
        assert "did you mean milano?" in one_line(run(*command))
    built = run("build", "milan", "--sources", tmp_path, "--out", tmp_path / "out")
    assert "did you mean milano?" in one_line(built)


@pytest.mark.parametrize(
    "words",
    [
        "analyze milano",
        "analyze milano --out x --minutes soon",
        "analyze milano --out x --profile walk_75 --profile walk_65 --speed-kmh 3",
        "analyze milano --out x --nonsense",
        "build milano",
        "nonsense",
    ],
)
def test_words_that_make_no_command_are_a_usage_error(words: str) -> None:
    result = run(*words.split())
    assert result.exit_code == 2
    assert "Usage" in result.stderr


@pytest.mark.usefixtures("toy")
def test_a_file_in_the_way_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    assert "a file of this name is in the way" in one_line(run("analyze", "--out", out))
    assert out.read_text() == "mine"


@pytest.mark.usefixtures("toy")
def test_a_folder_of_somebody_else_is_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine")
    said = one_line(run("analyze", "--out", tmp_path))
    assert "is not empty" in said
    assert said.count("Mend:") == said.count(str(tmp_path)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.usefixtures("toy")
@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no /sys, where nobody may write")
def test_where_nobody_may_write_is_told() -> None:
    assert "nothing was changed" in one_line(run("analyze", "--out", "/sys/kernel/out"))


def test_a_city_of_ones_own_is_begun_built_and_asked_about(tmp_path: Path, root: Path) -> None:
    begun = run("new", "Sankt Moritz", "--out", tmp_path / "moritz")
    assert begun.exit_code == 0, begun.stderr
    assert "Zones and their people are blank" in begun.stdout
    assert f"Project: {tmp_path / 'moritz' / 'city.toml'}" in begun.stdout
    blank = run("build", tmp_path / "moritz", "--out", tmp_path / "city")
    assert blank.exit_code == 1
    assert "streets.file" in blank.stdout
    assert "it is blank" in blank.stdout
    assert len(blank.stderr.strip().splitlines()) == 1
    project = root / "data" / "centro-2019" / "project"
    built = run("build", project, "--out", tmp_path / "city")
    assert built.exit_code == 0, built.stderr
    assert f"City: {tmp_path / 'city'}" in built.stdout
    asked = ("--places", "libraries", "--minutes", 5, "--profile", "walk_75")
    told = run("analyze", tmp_path / "city", "--out", tmp_path / "maps", *asked)
    assert told.exit_code == 0, told.stderr
    page = (tmp_path / "maps" / "index.html").read_text(encoding="utf-8")
    assert "per zona" in page
    assert "NIL" not in page


def test_a_project_says_where_its_edition_shall_stand(root: Path) -> None:
    project = root / "data" / "centro-2019" / "project"
    assert "where the edition shall stand" in one_line(run("build", project))
    assert "quartieri15 new torino" in one_line(run("build", "torino", "--out", "x"))


def test_build_says_what_it_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("build")
    assert told.exit_code == 2
    assert "say what to build: a folder with a city.toml" in " ".join(told.stderr.split())
    assert "--sources" in run("build", "milano").stderr
    monkeypatch.chdir(tmp_path)
    assert "'../evil' is a path, and the name of a city is needed" in one_line(
        run("new", "../evil")
    )
    assert list(tmp_path.iterdir()) == []


def test_missing_sources_are_told(tmp_path: Path) -> None:
    result = run("build", "milano", "--sources", tmp_path / "none", "--out", tmp_path / "out")
    assert "there is no such folder" in one_line(result)
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_is_refused_shows_what_is_refused_alone(tmp_path: Path, root: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(root / "data" / "centro-2019" / "project", project)
    people = (project / "people-2011.csv").read_text()
    (project / "people-2011.csv").write_text(people.replace("\n1;412;", "\n1;-412;"))
    result = run("build", project, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "errors" in result.stdout
    assert "warnings  " not in result.stdout
    assert "notes  " not in result.stdout
    # How many there are stands below.
    assert re.search(r": 1 error, \d+ warnings, \d+ notes", " ".join(result.stdout.split()))
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("toy")
def test_debug_shows_the_trace(tmp_path: Path) -> None:
    result = run("analyze", "--out", tmp_path / "out", "--minutes", 0, "--debug")
    assert result.exit_code == 1
    assert type(result.exception).__name__ == "ParameterError"


@pytest.mark.usefixtures("toy")
def test_ctrl_c_leaves_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    assert run("analyze", "--out", out).exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis_folder, "write_json", interrupted)
    result = run("analyze", "--out", out, "--minutes", 10)
    assert result.exit_code == 130
    assert result.stderr.strip() == "Interrupted; nothing is half-written."
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_info_tells_groups_places_and_speeds(toy: City) -> None:
    result = run("info")
    assert result.exit_code == 0
    for word in ("--group over65", "--places houses", "walk_75", "3.2", "drawn for a test"):
        assert word in result.stdout
    assert f"{toy.residents['residents'].sum():,.0f}" in result.stdout
    # Of what a city has not nothing is told.
    assert "wemi" not in result.stdout


def test_texts_of_the_data_are_told_as_they_stand(
    city: City, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    odd = "[red]x[/red] [/] :house: {{ 6 * 7 }}"
    told = {"vintages": {odd: f"v {odd}"}, "licence_line": f"\x1b[2J {odd}"}
    places = city.places.assign(network=["houses", odd])
    hostile = dataclasses.replace(city, name=f"n {odd}", places=places, provenance=told)
    monkeypatch.setattr(loading, "load", lambda _: hostile)
    monkeypatch.setattr(maps, "city_map", lambda *_, **__: None)
    monkeypatch.setattr(maps, "write_map", lambda _, path: path.write_text("a map"))
    described = run("info")
    assert described.exit_code == 0
    for before in ("n ", "v ", "data of: ", "--places ", "\u241b[2J "):
        assert before + odd in described.stdout, before
    answered = run("analyze", "--out", tmp_path / "out", "--places", odd)
    assert answered.exit_code == 0
    assert answered.stdout.count(odd) == 3
    assert f"'wost {odd}'" in one_line(run("analyze", "--out", tmp_path, "--places", f"wost {odd}"))


def test_the_version_is_told() -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout == f"quartieri15 {quartieri15.__version__}\n"


def test_help_names_every_group_and_what_the_map_is_drawn_for() -> None:
    told = " ".join(run("analyze", "--help", COLUMNS="500").stdout.split())
    for group in GROUPS:
        assert group in told
    assert told.count("the map is drawn for the first") == 2


@pytest.mark.usefixtures("toy")
def test_an_error_of_the_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "layers.gpkg")

    monkeypatch.setattr(analysis_folder, "write_analysis", broken)
    told = one_line(run("analyze", "--out", tmp_path / "out"))
    assert "layers.gpkg: Input/output error" in told
    result = run("analyze", "--out", tmp_path / "out", "--debug")
    assert isinstance(result.exception, OSError)


SCENARIO = """
scenario: {name}
date: 2026-12-31
cost_eur: 600000
cost_source: ours
edits:
  - open_place: {{id: NEW-1, name: Casa nuova, at: [{x}, {y}], kind: ex_csrc}}
"""


@pytest.fixture
def plan(toy: City, tmp_path: Path) -> Path:
    """A scenario for the toy city, as a planner writes it."""
    point = gpd.GeoSeries([toy.residents.geometry.iloc[1]], crs=toy.crs).to_crs(4326).iloc[0]
    path = tmp_path / "casa.yaml"
    path.write_text(SCENARIO.format(name="Casa in mezzo", x=point.x, y=point.y), "utf-8")
    return path


def test_compare_writes_a_folder_of_tables_and_a_sheet(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["compare", plan, "--out", out, "--minutes", 5, "--group", "over65", "--draws", 0]
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert f"Sheet: {out / 'index.html'}" in result.stdout
    # The published figures, with who travels and how far.
    told = " ".join(result.stdout.split()).split("what changes")[1]
    for word in ("Casa in mezzo", "walk_75", "3.2", "any time", "over65", "40", "66.7%", "100.0%"):
        assert word in told, word
    assert result.stderr == ""
    rows = json.loads((out / "summary.json").read_text("utf-8"))["comparison"]
    assert [(row["scenario"], row["group"], row["minutes"]) for row in rows] == [
        ("Casa in mezzo", "over65", 5.0)
    ]
    # 5 minutes at 3.2 km/h are 267 m: the 40 people in the middle had no house that near.
    assert (rows[0]["covered_before"], rows[0]["gained"], rows[0]["lost"]) == (80, 40, 0)
    assert rows[0]["cost_per_newly_covered_eur"] == 15_000
    assert run(*words).exit_code == 0


def test_a_scenario_is_compared_after_what_it_requires(plan: Path, tmp_path: Path) -> None:
    other = tmp_path / "wemi.yaml"
    other.write_text(
        "scenario: Sportello\nrequires: [Casa in mezzo]\nedits:\n"
        "  - change_place: {place: NEW-1, hosts_wemi: true}\n",
        "utf-8",
    )
    words = ["--minutes", 5, "--group", "over65", "--draws", 0, "--out", tmp_path / "out"]
    assert "requires Casa in mezzo" in one_line(run("compare", other, *words))
    result = run("compare", plan, other, "--together", *words)
    assert result.exit_code == 0, result.stderr
    rows = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["comparison"]
    assert [row["gained"] for row in rows] == [40, 40, 40]
    assert [row["scenario"] for row in rows][:2] == ["Casa in mezzo", "Sportello"]


def test_compare_names_the_line_that_is_wrong(plan: Path, tmp_path: Path) -> None:
    good = plan.read_text("utf-8")
    for wrong, told in (
        (good.replace("open_place", "opne_place"), "casa.yaml"),
        (good.replace("600000", "-1"), "casa.yaml"),
        (good.replace("2026-12-31", "2026-13-31"), "casa.yaml"),
        (good + "  - close_place: nowhere\n", "casa.yaml"),
        (good + "  - [", "casa.yaml"),
    ):
        plan.write_text(wrong, "utf-8")
        said = one_line(run("compare", plan, "--out", tmp_path / "out", "--draws", 0))
        assert told in said
        assert re.search(r"line \d+|:\d+", said), said
    missing = tmp_path / "none.yaml"
    assert str(missing) in one_line(run("compare", missing, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("toy")
def test_sites_writes_the_best_ones(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--n", "1", "--minutes", "5", "--profile", "walk_75", "--curve", "2"]
    result = run("sites", "--out", out, *words)
    assert result.exit_code == 0, result.stderr
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert told["asked"]["proven"] is True
    assert [(row["rank"], row["gain"]) for row in told["sites"]] == [(1, 40)]
    assert (out / "curve.csv").is_file()
    assert "toy, over65, walk_75 (3.2 km/h), 5 minutes, by coverage: proven best" in " ".join(
        result.stdout.split()
    )
    assert re.search(r"│ 1 .*│ +40 │ +120 │", result.stdout)


@pytest.mark.usefixtures("toy")
def test_links_writes_what_there_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("links", "--out", out, "--minutes", 5, "--kind", "dead_end")
    assert result.exit_code == 0, result.stderr
    assert json.loads((out / "summary.json").read_text("utf-8"))["links"] == []
    assert "toy, over65, walk_75 (3.2 km/h), 5 minutes: missing links" in " ".join(
        result.stdout.split()
    )
    assert (out / "index.html").is_file()


@pytest.mark.usefixtures("toy")
def test_runs_are_recorded_and_compared(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    for year in (2025, 2026):
        result = run("run", "--out", out, "--date", f"{year}-12-31", "--group", "over65")
        assert result.exit_code == 0, result.stderr
    files = sorted(out.iterdir())
    assert [path.name for path in files] == [
        f"toy_{year}-12-31_houses_walk_75_3.2kmh_15min_city-nil-municipi_over65.json"
        for year in (2025, 2026)
    ]
    compared = run("runs", *files, "--out", tmp_path / "figures.csv")
    assert compared.exit_code == 0, compared.stderr
    assert "All inputs are the same" in compared.stdout
    assert (tmp_path / "figures.csv").is_file()
    assert f"Before: 2025-12-31, {files[0].name}" in visible_only(compared.stdout)
    assert f"After: 2026-12-31, {files[1].name}" in visible_only(compared.stdout)
    assert "dated later" not in compared.stdout
    assert "the first is dated later than the second" in run("runs", *files[::-1]).stdout
    listed = run("runs", files[0])
    assert "2025-12-31" in listed.stdout
    assert run("run", "--out", out, "--minutes", 10, "--group", "over65").exit_code == 0
    (other,) = {*out.iterdir()} - {*files}
    told = one_line(run("runs", files[0], other))
    assert "different questions" in told
    assert told.rstrip().endswith("Mend: compare runs of one question, or pass --other-questions.")
    told = run("runs", files[0], other, "--other-questions")
    assert "the question is another: minutes" in told.stdout


def visible_only(text: str) -> str:
    return "".join(letter for letter in text if letter not in "\u2068\u2069")


@pytest.mark.usefixtures("toy")
def test_a_table_of_runs_is_written_over_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    assert run("run", "--out", out, "--date", "2026-12-31", "--group", "over65").exit_code == 0
    (file,) = out.iterdir()
    foreign = tmp_path / "mine.csv"
    foreign.write_text("a,b\n1,2\n")
    data = file.read_bytes()
    for other, told in (
        (file, "is one of the files that are read"),
        (tmp_path / "other.json", "does not end in .csv"),
        (foreign, "no result of an earlier call, and nothing was changed"),
    ):
        assert told in one_line(run("runs", file, "--out", other))
    # It is looked at before any run is read.
    assert "is one of the files that are read" in one_line(
        run("runs", foreign, file, "--out", file)
    )
    assert file.read_bytes() == data
    assert foreign.read_text() == "a,b\n1,2\n"
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "mine.csv"}
    for _ in range(2):
        assert run("runs", file, "--out", tmp_path / "figures.csv").exit_code == 0


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("sites --profile wolk_75", "did you mean walk_75"),
        ("sites --group over_65", "did you mean over65"),
        ("sites --n 0", "n"),
        ("sites --objective best", "coverage"),
        ("links --kind bridge", "barrier"),
        ("links --minutes 0", "give a number above 0"),
        ("run --date soon", "give a day"),
        ("run --by nill", "did you mean nil"),
        ("run --by zzzzzz", "Mend: give --by 'city' or 'nil' or 'municipi'."),
        ("sites --curve -2", "--curve: -2 sites make no curve. Mend: give how many sites"),
        ("sites --time-limit 0", "--time-limit: nothing is proven in 0 seconds. Mend: give sec"),
        ("sites --minutes 0", "--minutes: "),
        ("links --kind bridge", "--kind: "),
    ],
)
def test_a_wrong_word_about_plans_is_told(tmp_path: Path, words: str, told: str) -> None:
    command, *rest = words.split()
    assert told in one_line(run(command, "--out", tmp_path / "out", *rest))
    assert list(tmp_path.iterdir()) == []


def test_a_city_without_municipi_is_told_in_words_of_the_command(tmp_path: Path) -> None:
    told = one_line(run("report", "centro-2019", "--out", tmp_path / "out"))
    assert "ask for reports of scenarios alone: --scenario plan.yaml" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("toy")
def test_a_file_that_is_no_run_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{\n"kind": ')
    assert f"{bad}:2: it is no JSON" in one_line(run("runs", bad))


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("command", ["sites", "links"])
def test_a_folder_of_another_kind_is_kept(tmp_path: Path, command: str) -> None:
    (tmp_path / "summary.json").write_text('{"city": 1, "generated": 1, "coverage": []}')
    assert "is not empty" in one_line(run(command, "--out", tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


def start(*words: object, python: str = "-B", **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, python, "-m", "quartieri15", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "160"},
        **options,
    )


# All that a run writes, for the least that can be asked.
ONE_QUESTION = ["analyze", "milano", "--profile", "walk_75", "--group", "over65", "--out"]


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Milano, as a planner analyzes it."""
    out = tmp_path_factory.mktemp("milano") / "out"
    process = start("analyze", "milano", "--out", out)
    told, complained = process.communicate()
    assert process.returncode == 0, complained
    assert "over65" in told
    assert complained == ""
    return out


def test_milano_is_answered_in_one_command(analyzed: Path) -> None:
    summary = json.loads((analyzed / "summary.json").read_text("utf-8"))
    assert summary["city"] == "milano"
    assert summary["places"]["houses"] == 62
    assert summary["residents"]["residents"] == 1_386_290
    assert summary["residents"]["over65"] == 311_780
    share = {(row["profile"], row["group"]): row["share"] for row in summary["coverage"]}
    assert 0 < share["walk_75", "over65"] < share["walk_adult", "over65"] < 1


@pytest.mark.parametrize(("inner", "outer"), [("over75", "over65"), ("foreign", "residents")])
def test_no_small_count_comes_back_from_milano(
    analyzed: Path, milano_known: Known, inner: str, outer: str
) -> None:
    """The attack on all files of the folder at once; other pairs of groups are no worse."""
    told = read_rounded(published_tables(analyzed), milano_known, base=10)
    targets = attack(milano_known, told, inner, outer)
    assert len(targets) > 20
    assert recovered(targets) == []


@pytest.fixture(scope="module")
def milano_known(milano: City) -> Known:
    return known_about(milano, [profiles.WALK_ADULT, profiles.WALK_75], [15.0])


def test_a_disk_that_fills_up_leaves_the_former_folder(analyzed: Path) -> None:
    """The process may write 100 KB a file, as on a disk with no more room."""

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    before = {path.name: path.stat().st_mtime_ns for path in analyzed.iterdir()}
    process = start(*ONE_QUESTION, analyzed, preexec_fn=little_room)
    _, complained = process.communicate()
    assert process.returncode == 1
    assert "nothing was changed" in complained
    assert "Traceback" not in complained
    assert {path.name: path.stat().st_mtime_ns for path in analyzed.iterdir()} == before
    assert [path.name for path in analyzed.parent.iterdir()] == ["out"]


def listening_to_signals() -> None:
    """In a child, whatever its parents have been told to ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


BOTH_SIGNALS = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)


def wait_until_imported(module: str, process: subprocess.Popen[str]) -> None:
    """Python says what it has imported: the sign that the program is that far."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.rpartition("|")[2].strip() == module:
            return
    pytest.fail(f"it ended without {module}")


@BOTH_SIGNALS
@pytest.mark.parametrize("imported", ["typer.main", "quartieri15.cli", "pandas"])
def test_a_signal_while_it_starts_ends_it_quietly(
    tmp_path: Path, number: int, code: int, imported: str
) -> None:
    with start(
        *ONE_QUESTION, tmp_path / "out", python="-Ximporttime", preexec_fn=listening_to_signals
    ) as process:
        wait_until_imported(imported, process)
        process.send_signal(number)
        _, said = process.communicate()
    assert process.returncode == code
    told = [line for line in said.splitlines() if not line.startswith("import time:")]
    assert told == ["Interrupted."]
    assert list(tmp_path.iterdir()) == []


@BOTH_SIGNALS
def test_a_signal_ends_it_and_nothing_is_half_written(
    tmp_path: Path, number: int, code: int
) -> None:
    def yielding() -> None:
        """Let the one who watches go first, however busy the machine: writing takes 2 seconds."""
        listening_to_signals()
        os.nice(19)

    with start(*ONE_QUESTION, tmp_path / "out", preexec_fn=yielding) as process:
        # Something unfinished in the folder is the sign that it writes.
        while process.poll() is None and not any(tmp_path.iterdir()):
            time.sleep(0.01)
        process.send_signal(number)
        _, complained = process.communicate()
    assert process.returncode == code, complained
    assert complained == "Interrupted; nothing is half-written.\n"
    assert list(tmp_path.iterdir()) == []


def test_what_is_interrupted_before_its_block_begins_leaves_nothing(tmp_path: Path) -> None:
    """As by a signal that comes after the hidden folder is made, and before anyone holds it."""

    def interrupted() -> None:
        writing = replacing_folder(tmp_path / "out")
        writing.__enter__()
        raise KeyboardInterrupt

    context = typer.Context(typer.main.get_command(cli.app))
    with pytest.raises(typer.Exit) as ended, plainly(context, debug=False):
        interrupted()
    assert ended.value.exit_code == 130
    assert list(tmp_path.iterdir()) == []


def test_what_shall_run_on_is_not_ended(tmp_path: Path) -> None:
    """As under nohup, or in the background of a script."""

    def ignoring() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    with start("info", tmp_path / "none", python="-Ximporttime", preexec_fn=ignoring) as process:
        wait_until_imported("quartieri15.cli", process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert "there is no such folder" in said
    assert process.returncode == 1

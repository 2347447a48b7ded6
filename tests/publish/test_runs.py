"""A run as a file: the same bytes for the same answer, published counts only, errors by line."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from quartieri15.errors import (
    InputError,
    MissingFileError,
    OutputError,
    ParameterError,
    Quartieri15Error,
)
from quartieri15.model import profiles
from quartieri15.model.streets import StreetNetwork
from quartieri15.planning.runs import compare_runs, run_of
from quartieri15.publish.runs import (
    published_run,
    read_run,
    record_run,
    require_table_path,
    run_file_name,
    which_runs,
    why_changed,
    write_run,
    write_runs_csv,
)
from tests.ascii_city import draw_city
from tests.hostile_city import HOSTILE, hostile_city

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.planning.runs import Run

DAY = dt.date(2026, 12, 31)


@pytest.fixture(scope="module")
def city() -> City:
    return draw_city(
        "A" + "-" * 15 + "B",
        cell=100,
        places={"west": (0, 0), "east": (16, 0)},
        people={(1, 0): 212.0, (8, 0): 63.0, (16, 0): 44.0},
    )


@pytest.fixture
def recorded(city: City, tmp_path: Path) -> tuple[Run, Path]:
    return record_run(city, tmp_path / "runs", minutes=5, date=DAY, note="prima del trasloco")


def test_a_run_comes_back_as_it_was_written(recorded: tuple[Run, Path]) -> None:
    run, path = recorded
    again = read_run(path)
    pd.testing.assert_frame_equal(again.answers, run.answers)
    for name in ("date", "question", "inputs", "licence_line", "library", "smallest_count", "note"):
        assert getattr(again, name) == getattr(run, name), name
    assert (
        path.name
        == "toy_2026-12-31_houses_walk_75_3.2kmh_5min_"
        + "_".join("-".join(run.question[name]) for name in ("by", "groups"))
        + ".json"
    )


def test_the_same_answer_gives_the_same_bytes(
    city: City, recorded: tuple[Run, Path], tmp_path: Path
) -> None:
    run, path = recorded
    _, again = record_run(city, tmp_path / "b", minutes=5, date=DAY, note="prima del trasloco")
    data = path.read_bytes()
    assert again.read_bytes() == data
    assert b"\r" not in data
    assert data.endswith(b"}\n")
    write_run(read_run(path), tmp_path / "c.json")
    assert (tmp_path / "c.json").read_bytes() == data
    # One answer a line, so that a difference of two files names the zone.
    assert sum(line.startswith(b"   [") for line in data.splitlines()) == len(run.answers)


@pytest.mark.parametrize(
    "other",
    [
        {"groups": "foreign"},
        {"groups": ["over65", "foreign"]},
        {"by": "municipi"},
        {"by": ["city", "municipi"]},
        {"minutes": 5.5},
        {"minutes": 15.00001},
        {"to": "places"},
        {"profile": "walk_65"},
        {"profile": profiles.get("walk_75").with_(speed_kmh=3)},
        {"date": dt.date(2026, 12, 30)},
    ],
)
def test_another_question_has_a_file_of_its_own(
    city: City, tmp_path: Path, other: dict[str, Any]
) -> None:
    asked = {"by": "city", "groups": "over65", "date": DAY}
    _, one = record_run(city, tmp_path, **asked)
    data = one.read_bytes()
    assert one.name == "toy_2026-12-31_houses_walk_75_3.2kmh_15min_city_over65.json"
    _, two = record_run(city, tmp_path, **asked | other)
    assert one != two
    assert one.read_bytes() == data
    assert read_run(two).question != read_run(one).question or "date" in other


def test_questions_that_a_name_cannot_tell_apart_have_two_names(city: City) -> None:
    run = run_of(city, by="city", groups="over65", date=DAY)
    names = [
        run_file_name(replace(run, question={**run.question, "city": name}))
        for name in ("a b", "a/b", "a_b", "x" * 300, "x" * 301)
    ]
    assert len({*names}) == len(names)
    assert max(map(len, names)) < 255


def test_another_answer_of_the_same_day_is_not_written_over(city: City, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"by": "city", "groups": "over65", "date": DAY}
    _, path = record_run(city, tmp_path, **asked)
    data = path.read_bytes()
    record_run(city, tmp_path, **asked)
    edited = city.with_(places=city.places.iloc[:1])
    with pytest.raises(OutputError, match=r"would be lost.*keep this run in another folder"):
        record_run(edited, tmp_path, **asked)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [data]
    _, other = record_run(edited, tmp_path / "after", **asked)
    assert compare_runs(read_run(path), read_run(other)).changed_inputs == ("places",)


def test_a_run_under_a_former_name_is_read(recorded: tuple[Run, Path]) -> None:
    former = recorded[1].rename(recorded[1].with_name("toy_2026-12-31_houses_walk_75_5min.json"))
    assert read_run(former).question == recorded[0].question


def test_no_small_count_is_in_the_file(city: City, recorded: tuple[Run, Path]) -> None:
    run, path = recorded
    rows = json.loads(path.read_text("utf-8"))["answers"]["rows"]
    counts = [value for row in rows for value in row[4:7] if value is not None]
    assert counts
    assert all(count == 0 or count >= 10 for count in counts)
    assert all(count % 10 == 0 for count in counts)
    assert run.answers["suppressed"].any()
    exact = run_of(city, minutes=5, date=DAY)
    assert (exact.answers["covered"] % 10 != 0).any()
    pd.testing.assert_frame_equal(published_run(exact).answers, run.answers)


def test_the_date_is_that_of_a_reproducible_build(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run, path = record_run(city, tmp_path, by="city", groups="over65")
    assert run.date == dt.date(2023, 11, 14)
    assert "2023-11-14" in path.name


def test_runs_of_many_years_are_one_table(city: City, tmp_path: Path) -> None:
    runs = [
        record_run(city, tmp_path / "runs", by="city", date=dt.date(year, 12, 31))[0]
        for year in range(2022, 2027)
    ]
    assert len(list((tmp_path / "runs").iterdir())) == 5
    write_runs_csv(runs, tmp_path / "figures.csv")
    table = pd.read_csv(tmp_path / "figures.csv")
    assert table.columns[:2].tolist() == ["date", "year"]
    assert sorted(table["year"].unique()) == list(range(2022, 2027))
    assert table["licence"].eq("drawn for a test").all()


def thinned(milano: City) -> City:
    """Milano without its footways: as streets were that nobody had drawn yet."""
    edges = milano.streets.edges
    kept = edges[edges["highway"] != "footway"]
    streets = StreetNetwork.from_tables(
        milano.streets.nodes, kept, barriers=milano.streets.barriers
    )
    told = {**milano.provenance, "vintages": {**milano.provenance["vintages"], "streets": "2021"}}
    return milano.with_(streets=streets, provenance=told)


def test_what_changed_in_milano_since_other_streets(milano: City, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"by": ["city", "municipi"], "groups": "over65"}
    old, _ = record_run(thinned(milano), tmp_path, date=dt.date(2021, 12, 31), **asked)
    new, _ = record_run(milano, tmp_path, date=dt.date(2022, 12, 31), **asked)
    change = compare_runs(*map(read_run, sorted(tmp_path.iterdir())))
    assert change.changed_inputs == ("streets",)
    row = change.table[change.table["by"] == "city"].iloc[0]
    assert row["population_before"] == row["population_after"] == 311_780
    assert row["covered_difference"] == new.answers["covered"][0] - old.answers["covered"][0]
    # Fewer ways never make anybody quicker in the city as a whole.
    assert row["covered_difference"] > 0
    said = why_changed(change)
    assert said[0] == (
        "Non sono gli stessi dati: le strade (prima: 2021; dopo: giugno 2022 (oltre "
        "quell'estratto: agosto 2021))."
    )
    assert "i residenti" in said[1]
    assert why_changed(change, "en")[0].startswith("Not the same: the streets (before: 2021; after")


def test_equal_inputs_and_other_questions_are_said(city: City) -> None:
    one, other = (run_of(city, minutes=minutes, by="city", date=DAY) for minutes in (5, 6))
    change = compare_runs(one, other, other_questions=True)
    said = why_changed(change, "en")
    assert said == [
        "All inputs are the same: whatever differs comes from how it is computed.",
        "Note that the question is another: minutes was 5.0 and is 6.0.",
    ]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda _: "", r"toy.json:1: it is no JSON"),
        (lambda text: text.replace('"note"', "note"), r"toy.json:5: it is no JSON"),
        (lambda _: "[1, 2]", "this is no run"),
        (lambda _: "[" * 100_000, "no run|no JSON"),
        (lambda _: '{"kind": "other"}', "this is no run"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "format 2, and this version"),
        (lambda text: text.replace('"date"', '"day"'), "date is missing"),
        (lambda text: text.replace("2026-12-31", "2026-12-32"), "date is '2026-12-32'"),
        (lambda text: text.replace('"minutes": 5.0', '"minutes": "5"'), "minutes is '5'"),
        (lambda text: text.replace('"minutes": 5.0', '"minutes": NaN'), "minutes is nan"),
        (lambda text: text.replace('"sha256"', '"sha"', 1), "inputs, streets: sha256 is missing"),
        (lambda text: text.replace('"zone_id"', '"zone"'), "the columns are not"),
        (lambda text: text.replace('["city", ', "[7, ", 1), "row 1: it is"),
        (lambda text: text.replace("false]", "false, 1]", 1), "row [12]: it is"),
        (lambda text: text.replace("320,", "1e999,", 1), "row 1: it is"),
        (lambda text: text.replace('"municipi", "1"', '"nil", "1"'), "two answers for nil, 1"),
        (lambda text: text.replace('"smallest_count": 10.0', '"smallest_count": -1'), "is -1"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(
    recorded: tuple[Run, Path], tmp_path: Path, damage: Any, told: str
) -> None:
    whole = recorded[1].read_text("utf-8")
    bad = tmp_path / "toy.json"
    bad.write_text(damage(whole), "utf-8")
    assert bad.read_text("utf-8") != whole
    with pytest.raises(InputError, match=told) as caught:
        read_run(bad)
    assert str(bad) in str(caught.value)


FIRST = '["city", "0", "toy", "residents", '


@pytest.fixture
def with_first(recorded: tuple[Run, Path], tmp_path: Path) -> Any:
    """Write the run with other figures in its first answer, and tell file and line."""

    def write(figures: str, smallest: str = "10.0") -> tuple[Path, int]:
        lines = recorded[1].read_text("utf-8").split("\n")
        number = next(i for i, line in enumerate(lines, 1) if line.startswith("   " + FIRST))
        lines[number - 1] = f"   {FIRST}{figures}],"
        text = "\n".join(lines).replace('"smallest_count": 10.0', f'"smallest_count": {smallest}')
        bad = tmp_path / "bad.json"
        bad.write_text(text, "utf-8")
        return bad, number

    return write


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ("320, -10, 330, 0.656, 5, 9, false", "covered is -10, below 0"),
        ("320, 330, -10, 0.656, 5, 9, false", "uncovered is -10, below 0"),
        ("320, 330, null, 1, 5, 9, false", "covered is 330, above the population, 320"),
        ("-320, null, null, null, 5, 9, true", "population is -320, below 0"),
        ("NaN, 210, 110, 0.656, 5, 9, false", "not one value for each column"),
        ("Infinity, 210, 110, 0.656, 5, 9, false", "not one value for each column"),
        ("320, 210, 110, 1.5, 5, 9, false", "share is 1.5, above 1"),
        ("320, 210, 110, -0.1, 5, 9, false", "share is -0.1, below 0"),
        ("320, 210, 110, 0.655, 5, 9, false", "share is 0.655, and covered / population is 0.656"),
        ("320, 210, 110, null, 5, 9, false", "share is missing, and covered / population is 0.656"),
        ("320, null, null, 0.5, 5, 9, true", "share is 0.5, and the counts are hidden"),
        ("320, 210, 100, 0.656, 5, 9, false", "uncovered is 100, and not 320 - 210"),
        ("320, 213, 107, 0.666, 5, 9, false", "covered is 213, and no multiple of the smallest"),
        ("324, 210, 114, 0.648, 5, 9, false", "population is 324, and no multiple of the smallest"),
        ("320, 210, 110, 0.656, -5, 9, false", "median_minutes is -5, below 0"),
    ],
)
def test_figures_that_do_not_agree_are_named_with_their_line(
    with_first: Any, figures: str, told: str
) -> None:
    bad, number = with_first(figures)
    with pytest.raises(InputError) as caught:
        read_run(bad)
    assert str(caught.value).startswith(f"{bad}:{number}, answers, row 1: ")
    assert told in str(caught.value)
    assert "Mend: give the file as it was written, or record the run again." in str(caught.value)


@pytest.mark.parametrize(
    ("figures", "smallest"),
    [
        ("320, 210, 110, 0.656, 5, 9, false", "10.0"),
        ("0, 0, 0, null, null, null, false", "10.0"),
        ("null, null, null, null, null, null, true", "10.0"),
        ("319.5, 212.3, 107.2, 0.664476, 5, 9, false", "0.0"),
        ("0.3, 0.1, 0.2, 0.333, 5, 9, false", "0.1"),
    ],
)
def test_figures_that_agree_are_read(with_first: Any, figures: str, smallest: str) -> None:
    lines = with_first(figures, smallest)[0].read_text("utf-8").split("\n")
    kept = [line for line in lines if not line.startswith("   [") or line.startswith("   " + FIRST)]
    text = "\n".join(kept).replace("],\n  ]\n }", "]\n  ]\n }")
    told = json.loads(text)
    told["answers"]["count"] = 1
    path = with_first(figures)[0]
    path.write_text(json.dumps(told), "utf-8")
    assert len(read_run(path).answers) == 1


def test_exact_counts_of_milano_agree(milano: City, tmp_path: Path) -> None:
    for smallest in (0, 3, 10):
        run, path = record_run(milano, tmp_path / f"{smallest}", date=DAY, smallest_count=smallest)
        assert len(read_run(path).answers) == len(run.answers)


def test_missing_rows_and_bad_checksums_are_named(
    recorded: tuple[Run, Path], tmp_path: Path
) -> None:
    run, path = recorded
    whole = path.read_text("utf-8")
    lines = whole.split("\n")
    bad = tmp_path / "bad.json"

    def said(text: str) -> str:
        bad.write_text(text, "utf-8")
        with pytest.raises(InputError, match="Mend: ") as caught:
            read_run(bad)
        return str(caught.value)

    count = next(i for i, line in enumerate(lines, 1) if '"count"' in line)
    first = next(line for line in lines if line.startswith("   ["))
    told = said(whole.replace(first + "\n", ""))
    assert told.startswith(f"{bad}:{count}, answers: count is {len(run.answers)}, and there are")
    start, end = whole.index("[\n   ["), whole.rindex("\n }")
    assert f"{bad}:{count + 1}, answers: there are no answers" in said(
        whole[:start] + "[]" + whole[end:]
    )
    own = run.inputs["streets"]["sha256"]
    line = next(i for i, text in enumerate(lines, 1) if own in text)
    for other in (own[:-1], own + "0", "g" + own[1:], ""):
        assert f"{bad}:{line}, inputs, streets: sha256 is" in said(whole.replace(own, other, 1))
    # A run from before rows were counted is read as well.
    bad.write_text(whole.replace(f'  "count": {len(run.answers)},\n', ""), "utf-8")
    assert len(read_run(bad).answers) == len(run.answers)


def test_a_table_replaces_a_table_of_runs_only(recorded: tuple[Run, Path], tmp_path: Path) -> None:
    run, path = recorded
    figures = tmp_path / "figures.csv"
    write_runs_csv([run], figures)
    write_runs_csv([run, run], figures)
    assert len(pd.read_csv(figures)) == 2 * len(run.answers)
    noted = figures.read_bytes().replace(b"2026-12-31", b"31/12/2026", 1)
    figures.write_bytes(noted)
    with pytest.raises(OutputError, match="line 2 of what stands there would be lost, '31/12/2026"):
        write_runs_csv([run, run], figures)
    assert figures.read_bytes() == noted
    foreign, folder = tmp_path / "mine.csv", tmp_path / "folder.csv"
    foreign.write_text("date,year\n2026-12-31,2026\n")
    folder.mkdir()
    for other in (foreign, folder):
        with pytest.raises(
            OutputError, match="no result of an earlier call, and nothing was changed"
        ):
            write_runs_csv([run], other)
    assert foreign.read_text() == "date,year\n2026-12-31,2026\n"
    with pytest.raises(ParameterError, match=r"does not end in \.csv"):
        write_runs_csv([run], tmp_path / "other.json")
    assert not (tmp_path / "other.json").exists()
    twin = tmp_path / "twin.csv"
    twin.hardlink_to(path)
    with pytest.raises(ParameterError, match="one of the files that are read"):
        require_table_path(twin, [path])


def test_which_run_is_before_is_said(city: City) -> None:
    old, new = (run_of(city, by="city", date=dt.date(year, 12, 31)) for year in (2025, 2026))
    said = which_runs((old, "a.json"), (new, "b.json"), "en")
    assert [text.split(",")[0] for text in said] == ["Before: 2025-12-31", "After: 2026-12-31"]
    assert "b.json" in said[1]
    assert len(which_runs((old, "a.json"), (old, "b.json"))) == 2
    turned = which_runs((new, "b.json"), (old, "a.json"), "it")
    assert turned[2].startswith("Attenzione, la prima ha una data successiva")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no such file"):
        read_run(tmp_path / "none.json")
    with pytest.raises(InputError, match="this is a folder"):
        read_run(tmp_path)
    (tmp_path / "latin.json").write_bytes(b'{"kind": "\xe8"}')
    with pytest.raises(InputError, match="no text in UTF-8: byte 10"):
        read_run(tmp_path / "latin.json")
    with pytest.raises(ParameterError):
        read_run(7)  # type: ignore[arg-type]


def test_damage_anywhere_is_an_error_of_the_library_or_a_run(
    recorded: tuple[Run, Path], tmp_path: Path
) -> None:
    whole = recorded[1].read_text("utf-8")
    lots = np.random.default_rng(15)
    bad = tmp_path / "bad.json"
    for _ in range(150):
        start = int(lots.integers(len(whole)))
        end = start + int(lots.integers(1, 40))
        bad.write_text(whole[:start] + lots.choice(["", "0", "null", "[]", '"']) + whole[end:])
        said = "bad.json"
        try:
            read_run(bad)
        except Quartieri15Error as error:
            said = str(error)
        assert "bad.json" in said


def test_texts_of_the_data_stay_texts(tmp_path: Path) -> None:
    text = " ".join(HOSTILE.values())
    run, path = record_run(hostile_city(text), tmp_path / "runs", minutes=5, date=DAY)
    assert path.parent == tmp_path / "runs"
    assert len(path.name) < 255
    zones = read_run(path).answers["zone"]
    assert zones.str.contains("{{ 6 * 7 }}", regex=False).any()
    assert run_file_name(run).isascii()


def test_where_nobody_may_write_is_told(city: City) -> None:
    if not Path("/sys/kernel").is_dir():
        pytest.skip("no /sys, where nobody may write")
    with pytest.raises(OutputError, match="nothing was changed"):
        record_run(city, "/sys/kernel/runs", by="city", groups="over65")


def test_a_file_in_the_way_of_the_folder_is_kept(city: City, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("mine")
    with pytest.raises(OutputError):
        record_run(city, tmp_path / "runs", by="city", groups="over65")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]

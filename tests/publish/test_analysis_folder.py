"""The folder answers the whole question, agrees with itself, and replaces only its own files."""

from __future__ import annotations

import dataclasses
import errno
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, OutputError, ParameterError, UnknownNameError
from quartieri15.publish import analysis_folder, folders, maps, words
from quartieri15.publish.disclosure import LIMITS, publishable
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

FILES = {
    *("index.html", "README.txt", "summary.json", "places.csv", "catchments.gpkg"),
    "tables.xlsx",
    *("coverage_nil.csv", "coverage_municipi.csv", "coverage_places.csv", "gaps_nil.csv"),
}


@pytest.fixture(scope="module")
def city() -> City:
    """Two houses at the ends of a street of 1.6 km, people along it, one far off."""
    return draw_city(
        "A" + "-" * 15 + "B",
        cell=100,
        places={"west": (0, 0), "east": (16, 0)},
        people={(1, 0): 200.0, (8, 0): 400.0, (15.5, 0): 150.0, (16, 0): 600.0},
    )


@pytest.fixture(scope="module")
def written(city: City, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("site") / "deep" / "out"
    summary = analysis_folder.write_analysis(
        city, out, profiles=["walk_adult", "walk_75"], minutes=[5, 10], groups=None
    )
    return out, summary


def test_what_was_edited_by_hand_is_said_wherever_the_results_are(
    city: City, tmp_path: Path
) -> None:
    told = {
        "registry.csv": {
            "had": {"ex_csrc": 29, "ex_cam": 33, "wemi_external": 6},
            "has": {"ex_csrc": 29, "ex_cam": 5},
            "gone": ["CAM-06"],
            "new": [],
        },
        "interventions.csv": {"had": {"budget": 7}, "has": {"budget": 7}, "gone": [], "new": []},
    }
    edited = dataclasses.replace(city, provenance={**city.provenance, "edited": told})
    summary = analysis_folder.write_analysis(
        edited, tmp_path / "out", profiles=["walk_adult"], minutes=[5]
    )
    assert summary["data"]["edited"] == told
    english = (
        "registry.csv (34 houses, the edition had 62; 0 other places, the edition had 6), "
        "interventions.csv (as many rows as before)."
    )
    for name in ("README.txt", "index.html"):
        text = (tmp_path / "out" / name).read_text("utf-8")
        assert english in text, name
        assert "34 case, l'edizione ne aveva 62" in text.replace("&#39;", "'"), name


def test_it_holds_every_file(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    assert {path.name for path in out.iterdir()} == FILES
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_the_summary_says_what_was_asked_and_found(
    city: City, written: tuple[Path, dict[str, Any]]
) -> None:
    out, summary = written
    assert json.loads((out / "summary.json").read_text("utf-8")) == summary
    assert list(summary) == [
        *("city", "generated", "data", "places", "positions", "residents", "coverage", "intervals")
    ]
    assert summary["city"] == "toy"
    assert summary["places"] == {"houses": 2, "wemi": 0}
    assert summary["positions"]["houses"] == {"places": 2, "without_position": 0, "in_doubt": 0}
    assert summary["residents"]["residents"] == 1350
    assert summary["data"]["licence_line"] == "drawn for a test"
    assert len(summary["coverage"]) == 2 * 2 * len(city.groups)
    row = summary["coverage"][0]
    assert list(row) == [
        *("profile", "speed_kmh", "minutes", "places", "group"),
        *("population", "covered", "share", "median_minutes"),
    ]
    assert (row["profile"], row["minutes"], row["group"]) == ("walk_adult", 5.0, "residents")
    # 5 minutes at 4.5 km/h are 375 m: all but the 400 in the middle
    assert row["covered"] == 950
    assert row["share"] == round(950 / 1350, 3)
    for one in summary["intervals"]:
        assert (one["profile"], one["minutes"]) == ("walk_75", 5.0)
        assert one["share_low"] <= one["share_high"]


def test_the_tables_add_up_to_the_summary(written: tuple[Path, dict[str, Any]]) -> None:
    out, summary = written
    asked = ["profile", "minutes", "places", "group"]
    whole = pd.DataFrame(summary["coverage"]).set_index(asked)
    for name in ("nil", "municipi"):
        table = pd.read_csv(out / f"coverage_{name}.csv")
        assert table["licence"].dropna().tolist() == ["drawn for a test"]
        sums = table.groupby(asked)[["population", "covered"]].sum()
        shown = whole["covered"].notna()
        pd.testing.assert_frame_equal(
            sums.loc[whole.index[shown]], whole.loc[shown, ["population", "covered"]]
        )


def test_the_tables_are_those_of_the_library_rounded(
    city: City, written: tuple[Path, dict[str, Any]]
) -> None:
    out, _ = written
    table = pd.read_csv(out / "coverage_nil.csv")
    table = table[(table["profile"] == "walk_75") & (table["minutes"] == 10)]
    own = publishable(coverage(city, to=city.houses, profile="walk_75", minutes=10))
    assert (~own["suppressed"]).any()
    for name in ("population", "covered", "uncovered", "share", "median_minutes", *LIMITS):
        np.testing.assert_allclose(table[name], own[name], atol=1e-9)


def test_gaps_and_coverage_tell_the_same(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    asked = ["by", "zone_id", "profile", "minutes", "places", "group"]
    gaps, cover = (pd.read_csv(out / f"{name}_nil.csv") for name in ("gaps", "coverage"))
    both = gaps.merge(cover, on=asked, suffixes=("", "_of_coverage"))
    assert len(both) == len(gaps)
    for name in ("population", "covered", "uncovered", "share", "suppressed", *LIMITS):
        np.testing.assert_array_equal(both[name], both[f"{name}_of_coverage"])


def test_what_is_derived_is_derived_from_what_is_published(
    written: tuple[Path, dict[str, Any]],
) -> None:
    gaps = pd.read_csv(written[0] / "gaps_nil.csv")
    known = gaps["uncovered"].notna()
    for name, count, of in (
        ("share", "covered", "population"),
        ("incidence", "population", "residents"),
        ("density_per_km2", "population", "area_km2"),
        ("uncovered_per_km2", "uncovered", "area_km2"),
    ):
        told = gaps.loc[known, name]
        assert told.tolist() == pytest.approx((gaps[count] / gaps[of])[known].tolist(), rel=1e-3)


def test_every_count_on_the_page_is_one_of_the_tables(
    written: tuple[Path, dict[str, Any]],
) -> None:
    out, summary = written
    tables = [pd.read_csv(path) for path in out.glob("coverage_*.csv")]
    tables.append(pd.DataFrame(summary["coverage"]))
    told = pd.concat(tables).reindex(columns=["population", "covered", "uncovered", *LIMITS])
    told["rest"] = told["population"] - told["covered"]
    texts = {words.number(count, "en") for count in set(told.melt()["value"].dropna())}
    page = (out / "index.html").read_text("utf-8")
    cells = re.findall(r"<td[^>]*>([^<>]*)</td>", page)
    counts = {text.replace(".", ",") for text in cells if re.fullmatch(r"[\d.]+", text)}
    assert counts
    assert counts <= texts


def test_small_counts_are_left_out_of_every_table(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    for path in out.glob("*.csv"):
        table = pd.read_csv(path)
        for name in ("population", "covered", "uncovered", "nearest", "exclusive"):
            if name in table.columns:
                assert not table[name].between(1e-9, 10, inclusive="left").any(), (path, name)


def test_the_places_are_the_registry(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    table = pd.read_csv(out / "places.csv")
    assert table["id"].tolist() == ["west", "east"]
    assert table["latitude"].between(45, 46).all()


def test_catchments_open_in_a_gis(city: City, written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    assert pyogrio.list_layers(out / "catchments.gpkg")[:, 0].tolist() == [
        "catchments",
        "layer_styles",
    ]
    areas = gpd.read_file(out / "catchments.gpkg", layer="catchments")
    assert areas.crs == city.crs
    assert set(areas.geom_type) <= {"Polygon", "MultiPolygon"}
    assert sorted(areas["minutes"].unique()) == [5, 10]
    assert areas.groupby(["profile", "place_id", "minutes"]).ngroups == 2 * 2 * 2
    about = pyogrio.read_info(out / "catchments.gpkg", layer="catchments")["dataset_metadata"]
    assert about["LICENCE"] == "drawn for a test"
    assert set(zip(areas["place_id"], areas["name"], strict=True)) == {
        ("west", "West"),
        ("east", "East"),
    }


def test_places_are_told_apart_by_their_kind(written: tuple[Path, dict[str, Any]]) -> None:
    table = pd.read_csv(written[0] / "coverage_places.csv")
    assert table["kind"].eq("ex_csrc").all()


def test_one_value_is_a_list_of_one(city: City) -> None:
    asked = analysis_folder.Question.of(
        city, profiles="walk_75", minutes=15, places="houses", groups="over65"
    )
    assert [profile.name for profile in asked.profiles] == ["walk_75"]
    assert (asked.minutes, asked.places, asked.groups) == ((15.0,), ("houses",), ("over65",))


def test_a_folder_that_may_not_be_read_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: Path, **__: object) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", denied)
    with pytest.raises(OutputError, match="Permission denied"):
        folders.require_room(tmp_path / "out", holding=analysis_folder.SUMMARY_HOLDS)


def test_the_readme_names_speeds_with_their_source(written: tuple[Path, dict[str, Any]]) -> None:
    text = (written[0] / "README.txt").read_text("utf-8")
    assert "3.2 km/h" in text
    assert "Asher" in text
    assert "located to the none" not in text
    for expected in (
        "Come leggere le tabelle",
        "In Excel: tables.xlsx",
        "multiple of 10",
        "multiplo di 10",
    ):
        assert expected in text
    assert "drawn for a test" in text


@pytest.fixture
def no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the drawing, which costs most and is tested on its own."""
    monkeypatch.setattr(maps, "city_map", lambda *_, **__: None)
    monkeypatch.setattr(maps, "write_map", lambda _, path: path.write_text("a map"))


def few(city: City, out: Path, **changes: Any) -> dict[str, Any]:
    question = {"profiles": ["walk_75"], "minutes": [5], "groups": ["residents"]}
    return analysis_folder.write_analysis(city, out, **question | changes)


@pytest.mark.usefixtures("no_map")
def test_the_same_run_gives_the_same_bytes(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1763683200")
    for name in ("one", "two"):
        assert few(city, tmp_path / name)["generated"] == "2025-11-21T00:00:00Z"
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.usefixtures("no_map")
def test_for_internal_use_nothing_is_rounded_and_the_readme_says_so(
    city: City, tmp_path: Path
) -> None:
    few(city, tmp_path / "out", groups=["over65"], minutes=[1], smallest_count=0)
    table = pd.read_csv(tmp_path / "out" / "coverage_nil.csv")
    assert table["population"].tolist() == [135]
    text = (tmp_path / "out" / "README.txt").read_text("utf-8")
    assert "solo per uso interno" in text
    assert "for internal use only" in text
    assert "multiple of" not in text


@pytest.mark.usefixtures("no_map")
def test_a_senseless_date_is_refused(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ParameterError, match="SOURCE_DATE_EPOCH"):
        few(city, tmp_path / "out")


@pytest.mark.usefixtures("no_map")
def test_a_second_run_replaces_its_own_files_and_keeps_others(city: City, tmp_path: Path) -> None:
    out = tmp_path / "out"
    few(city, out)
    (out / "notes").mkdir()
    (out / "notes" / "mine.txt").write_text("kept")
    (out / "catchments.gpkg-wal").write_text("journal of the former file")
    (out / "coverage_old.csv").write_text("of an earlier version")
    few(city, out, minutes=[10])
    assert {path.name for path in out.iterdir()} == FILES | {"notes"}
    assert (out / "notes" / "mine.txt").read_text() == "kept"
    assert json.loads((out / "summary.json").read_text())["coverage"][0]["minutes"] == 10


@pytest.mark.parametrize("summary", [None, "{}", "[]", "not json", '{"city": "x"}'])
@pytest.mark.usefixtures("no_map")
def test_a_folder_of_somebody_else_is_refused_before_any_work(
    city: City, tmp_path: Path, summary: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_folder, "answer", lambda *_, **__: pytest.fail("work was done"))
    (tmp_path / "thesis.docx").write_text("years of work")
    if summary is not None:
        (tmp_path / "summary.json").write_text(summary)
    with pytest.raises(OutputError, match="is not empty and holds no summary"):
        few(city, tmp_path)
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


@pytest.mark.usefixtures("no_map")
def test_an_empty_folder_will_do(city: City, tmp_path: Path) -> None:
    few(city, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES


@pytest.mark.parametrize("where", ["file", "file/out", "/proc/out/deep"])
def test_where_nothing_can_stand_is_said_before_any_work(
    city: City, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_folder, "answer", lambda *_, **__: pytest.fail("work was done"))
    (tmp_path / "file").write_text("mine")
    if where.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("no /proc, where nobody may write")
    with pytest.raises(OutputError, match="nothing was changed"):
        few(city, tmp_path / where)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["two\nlines", "latin\udce8", "dangling", "loop", "mounted"])
@pytest.mark.usefixtures("no_map")
def test_a_name_that_will_not_do_is_refused_before_any_work(
    city: City, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_folder, "answer", lambda *_, **__: pytest.fail("work was done"))
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name == "mounted")
    for link, target in (("dangling", "nowhere"), ("loop", "loop")):
        (tmp_path / link).symlink_to(target)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError) as caught:
        few(city, Path(name))
    assert caught.value.where == (name if name.isprintable() else ascii(name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "loop"]


@pytest.mark.usefixtures("no_map")
def test_what_a_user_adds_while_it_is_written_is_kept(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    link = tmp_path / "link"
    link.symlink_to("out")
    few(city, link)

    def add(_: object, path: Path) -> None:
        path.write_text("a map")
        (link / "mine.txt").write_text("kept")

    monkeypatch.setattr(maps, "write_map", add)
    few(city, link)
    assert link.is_symlink()
    assert (tmp_path / "out" / "mine.txt").read_text() == "kept"
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES | {"mine.txt"}


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), ValueError()]
)
@pytest.mark.usefixtures("no_map")
def test_a_failure_half_way_leaves_the_former_folder(
    city: City, tmp_path: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    few(city, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(maps, "write_map", failing)
    with pytest.raises((OutputError, KeyboardInterrupt, ValueError)):
        few(city, out, minutes=[10])
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"profiles": ["wolk_75"]}, UnknownNameError),
        ({"groups": ["over66"]}, UnknownNameError),
        ({"places": ["house"]}, UnknownNameError),
        ({"places": ["wemi"]}, InputError),
        ({"minutes": [15, 0]}, ParameterError),
        ({"minutes": []}, ParameterError),
        ({"profiles": []}, ParameterError),
        ({"smallest_count": -1}, ParameterError),
    ],
)
def test_a_wrong_question_is_refused_before_any_work(
    city: City,
    tmp_path: Path,
    changes: dict[str, Any],
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(analysis_folder, "answer", lambda *_, **__: pytest.fail("work was done"))
    with pytest.raises(error):
        few(city, tmp_path / "out", **changes)
    assert list(tmp_path.iterdir()) == []


def test_the_map_is_for_the_slowest_and_bands_end_at_the_longest_threshold(city: City) -> None:
    asked = analysis_folder.Question.of(
        city, profiles=["walk_adult", "walk_75", "walk_adult"], minutes=[20, 7]
    )
    assert [profile.name for profile in asked.profiles] == ["walk_adult", "walk_75"]
    assert asked.slowest.name == "walk_75"
    assert asked.bands == (5, 7, 10, 15, 20)

"""Law: an edit of the registry has a source and a day, and touches no byte of another row.

What the reader of the registry would refuse is not written, nor is anything when a run fails.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quartieri15.errors import (
    InputError,
    OutputError,
    ParameterError,
    Quartieri15Error,
    UnknownNameError,
)
from quartieri15.sources.registry import REGISTRY_COLUMNS, read_registry, unverified_places
from quartieri15.sources.registry_edits import add_place, confirm_place, correct_place
from quartieri15.sources.registry_file import RegistryFile, edited_registry
from tests.ascii_city import CRS, ORIGIN
from tests.planning.named_town import named_town

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

X, Y = ORIGIN
DAY = dt.date(2026, 11, 26)
SAID = {"source": "visit of the office", "date": DAY}


def registered_town() -> City:
    """One street of 800 m, with three addresses; the NIL and the Municipio change half way."""
    city = named_town(
        "A-----------------------B",
        {"Via Zante": "AB"},
        cell=40,
        addresses={"Via Zante 1": (1, 0), "Via Zante 2": (3, 0), "Via Zante 20": (20, 0)},
    )
    halves = [shapely.box(X + west, Y - 900, X + west + 1400, Y + 900) for west in (-900, 500)]
    zones = {
        name: gpd.GeoDataFrame(
            {"id": [1, 2], "name": [f"{name} 1", f"{name} 2"], "area_km2": 1.0},
            geometry=halves,
            crs=CRS,
        )
        for name in ("nil", "municipi")
    }
    return city.with_(zones=zones, residents=city.residents.assign(nil=1, municipi=1))


@pytest.fixture(scope="module")
def town() -> City:
    return registered_town()


def degrees(x: float) -> tuple[str, str]:
    point = gpd.GeoSeries([shapely.Point(X + x, Y)], crs=CRS).to_crs(4326).iloc[0]
    return f"{point.y:.6f}", f"{point.x:.6f}"


def row(number: int, **cells: str) -> dict[str, str]:
    lat, lon = degrees(40.0 + 10 * number)
    return {
        "id": f"CAM-{number:02d}",
        "name": f"Casa {number}",
        "kind": "ex_cam",
        "municipio": "1",
        "has_wemi": "0",
        "address": f"Via Zante {number}",
        "lat": lat,
        "lon": lon,
        "location_precision": "civic",
        "confidence": "unverified",
        "nil_id": "1.0",
        "nil_name": "nil 1",
        "source": "the list",
    } | cells


def written(folder: Path, *rows: dict[str, str], end: str = "\n", mark: str = "") -> Path:
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, REGISTRY_COLUMNS, restval="", lineterminator=end)
    table.writeheader()
    table.writerows(rows)
    path = folder / "registry.csv"
    path.write_bytes((mark + out.getvalue()).encode())
    return path


def cells(path: Path, place: str) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(one for one in csv.DictReader(file) if one["id"] == place)


def test_a_place_is_added_at_its_address(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1), row(7))
    before = path.read_bytes()
    edit = add_place(path, city=town, name="Nuova", kind="ex_cam", address="via Zante 20", **SAID)
    assert path.read_bytes().startswith(before)
    assert edit.place == "CAM-08"
    new = cells(path, "CAM-08")
    assert (new["municipio"], new["nil_id"], new["nil_name"]) == ("2", "2.0", "nil 2")
    assert (new["lat"], new["lon"]) == degrees(800.0)
    assert (new["confidence"], new["location_precision"]) == ("one source", "civic")
    assert new["source"] == "[2026-11-26] added: visit of the office"
    assert len(read_registry(path)) == 3


def test_a_new_address_takes_position_and_zones_along(tmp_path: Path, town: City) -> None:
    old = row(1, confidence="verified by two sources", location_uncertainty_m="20.0")
    path = written(tmp_path, old, row(2))
    correct_place(
        path, "CAM-01", city=town, column="address", new="Via Zante 20", old="Via Zante 1", **SAID
    )
    new = cells(path, "CAM-01")
    assert (new["address"], new["municipio"], new["nil_name"]) == ("Via Zante 20", "2", "nil 2")
    assert (new["lat"], new["lon"]) == degrees(800.0)
    assert (new["confidence"], new["location_uncertainty_m"]) == ("one source", "")
    assert new["source"] == (
        "the list; [2026-11-26] corrected address, was 'Via Zante 1': visit of the office"
    )


def test_a_position_takes_its_zones_along(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1))
    new = ", ".join(degrees(800.0))
    correct_place(path, "CAM-01", city=town, column="position", new=new, **SAID)
    told = cells(path, "CAM-01")
    assert (told["municipio"], told["address"]) == ("2", "Via Zante 1")


def test_confirming_climbs_one_step_a_source(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1))
    steps = []
    for source in ("site", "letter", "visit"):
        confirm_place(path, "CAM-01", city=town, source=source, date=DAY)
        steps.append(cells(path, "CAM-01")["confidence"])
    assert steps == ["one source", "verified by two sources", "verified by two sources"]
    with pytest.raises(InputError, match="rests on 'Letter' already"):
        confirm_place(path, "CAM-01", city=town, source="Letter", date=DAY)
    assert unverified_places(read_registry(path)).empty


def test_a_value_that_is_not_known_is_left_empty(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1, location_uncertainty_m="20.0"))
    correct_place(path, "CAM-01", city=town, column="location_uncertainty_m", new="", **SAID)
    assert cells(path, "CAM-01")["location_uncertainty_m"] == ""


def test_what_somebody_else_corrects_meanwhile_is_not_lost(
    tmp_path: Path, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, row(1), row(2))
    theirs = path.read_bytes().replace(b"\n", b"\n\n", 1)
    monkeypatch.setattr(RegistryFile, "_require_readable", lambda *_: path.write_bytes(theirs))
    with pytest.raises(OutputError, match="somebody else has changed the file meanwhile"):
        confirm_place(path, "CAM-01", city=town, **SAID)
    assert path.read_bytes() == theirs
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_dry_run_tells_and_writes_nothing(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1))
    before = path.read_bytes()
    edit = confirm_place(path, "CAM-01", city=town, dry_run=True, **SAID)
    assert (path.read_bytes(), edit.written) == (before, False)
    assert (edit.before["confidence"], edit.after["confidence"]) == ("unverified", "one source")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"column": "kind", "new": "house"}, InputError, "unknown kind of place 'house'"),
        ({"column": "municipio", "new": "9"}, InputError, "zone 9 is not there"),
        ({"column": "municipio", "new": "2"}, InputError, "m from Municipio 2, in Municipio 1"),
        ({"column": "nil", "new": "2"}, UnknownNameError, "correct the position or the addr"),
        ({"column": "nil_id", "new": "2"}, UnknownNameError, "correct the position or the addr"),
        ({"column": "address", "new": "Via Zante 5"}, InputError, "has no number 5"),
        ({"column": "address", "new": "Via Corfù 5"}, UnknownNameError, "unknown street"),
        ({"column": "name", "new": "=1+1"}, InputError, "would compute"),
        ({"column": "name", "new": "a\nb"}, InputError, "control character"),
        ({"column": "name", "new": "anna@example.org"}, InputError, "leave e-mail addresses"),
        ({"column": "name", "new": "Casa, 02 1234567"}, InputError, "personal data"),
        ({"column": "name", "new": "Casa 2"}, InputError, "stands twice under two ids"),
        ({"column": "name", "new": "Casa 1"}, InputError, "stands there already"),
        ({"column": "name", "new": "A", "old": "B"}, InputError, "has 'Casa 1' there, not 'B'"),
        ({"column": "position", "new": "45.46"}, ParameterError, "is no position"),
        ({"column": "position", "new": "9.19, 45.46"}, InputError, "lies in none"),
        ({"column": "id", "new": "X"}, UnknownNameError, "unknown column 'id'"),
        ({"column": "name", "new": "A", "source": " "}, ParameterError, "source is"),
        ({"column": "name", "new": "A", "date": "today"}, ParameterError, "is no day"),
        ({"column": "location_uncertainty_m", "new": "-5"}, InputError, "is below 0"),
        ({"column": "location_uncertainty_m", "new": "1.000"}, InputError, "write 1000, with dig"),
        ({"column": "location_uncertainty_m", "new": "few"}, InputError, "'few' is no number"),
    ],
)
def test_what_breaks_the_contract_is_not_written(
    tmp_path: Path, town: City, change: dict[str, Any], error: type[Exception], said: str
) -> None:
    path = written(tmp_path, row(1), row(2))
    before = path.read_bytes()
    with pytest.raises(error, match=said):
        correct_place(path, "CAM-01", city=town, **(SAID | change))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "uncertain", [{"location_uncertainty_m": "600"}, {"lat": "", "lon": "", "precision": "none"}]
)
def test_a_municipio_that_the_place_may_lie_in_is_corrected(
    tmp_path: Path, town: City, uncertain: dict[str, str]
) -> None:
    precision = {"location_precision": uncertain.pop("precision", "street")}
    path = written(tmp_path, row(1, **uncertain, **precision), row(2))
    correct_place(path, "CAM-01", city=town, column="municipio", new="2", **SAID)
    assert cells(path, "CAM-01")["municipio"] == "2"


def test_an_unknown_place_is_told_with_its_like(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1))
    with pytest.raises(UnknownNameError, match="did you mean CAM-01"):
        confirm_place(path, "CAM-1", city=town, **SAID)


def test_a_full_disk_leaves_the_file(
    tmp_path: Path, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, row(1))
    before = path.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        confirm_place(path, "CAM-01", city=town, **SAID)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["registry.csv"]


TEXTS = st.text(st.sampled_from("aè ,;\"'\n\r\u2028\u00a0=[]:"), min_size=1, max_size=8).filter(
    str.strip
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(TEXTS, min_size=3, max_size=3),
    how=st.tuples(st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]), st.booleans()),
)
def test_other_rows_keep_every_byte(
    tmp_path: Path, town: City, texts: list[str], how: tuple[str, str, bool]
) -> None:
    end, mark, ended = how
    rows = [row(n, wemi_desk=text) for n, text in enumerate(texts, start=1)]
    path = written(tmp_path, *rows, end=end, mark=mark)
    if not ended:
        path.write_bytes(path.read_bytes().removesuffix(end.encode()))
    before = path.read_bytes()
    at = before.index(b"CAM-02"), before.index(b"CAM-03")
    try:
        confirm_place(path, "CAM-02", city=town, **SAID)
    except Quartieri15Error:
        assert path.read_bytes() == before
        return
    after = path.read_bytes()
    assert after[: at[0]] == before[: at[0]]
    assert after.endswith(before[at[1] :])
    assert cells(path, "CAM-02")["wemi_desk"].strip() == texts[1].strip()
    assert cells(path, "CAM-02")["confidence"] == "one source"


def test_a_position_of_ones_own_says_how_sure_it_is(tmp_path: Path, town: City) -> None:
    """Without its precision it would be published as a civic number that nobody has."""
    path = written(tmp_path, row(1))
    before = path.read_bytes()
    new = {"name": "Nuova", "kind": "ex_cam", "address": "via Nessuna 10"} | SAID
    lat, lon = (float(one) for one in degrees(60.0))
    with pytest.raises(ParameterError, match="how surely"):
        add_place(path, city=town, position=(lat, lon), **new)
    assert path.read_bytes() == before
    add_place(path, city=town, position=(lat, lon), location_precision="street", **new)
    assert cells(path, "CAM-02")["location_precision"] == "street"


def test_a_source_does_not_read_like_an_edit(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1))
    forged = "x; [2026-11-26] corrected address, was 'Via Roma 1': the mayor"
    with pytest.raises(InputError, match="brackets"):
        confirm_place(path, "CAM-01", city=town, **SAID | {"source": forged})


KNOWN = {"location_uncertainty_m": "20.0", "confidence": "verified by two sources"}


@pytest.mark.parametrize(
    ("column", "new"),
    [
        ("address", "Via Zante 1"),
        ("address", "VIA  ZANTE, 1"),
        ("address", "v. Zante n. 1"),
        ("position", ", ".join(degrees(50.0))),
        ("municipio", "1.0"),
        ("nil_id", "1"),
        ("location_uncertainty_m", "20"),
        ("location_uncertainty_m", "20,0"),
    ],
)
def test_what_changes_nothing_is_said_and_not_written(
    tmp_path: Path, town: City, column: str, new: str
) -> None:
    path = written(tmp_path, row(1, **KNOWN))
    before = path.read_bytes()
    said = "unknown column" if column == "nil_id" else "stands there already.*nothing was changed"
    with pytest.raises((InputError, UnknownNameError), match=said):
        correct_place(path, "CAM-01", city=town, column=column, new=new, **SAID)
    assert path.read_bytes() == before


def test_the_same_house_in_other_words_keeps_what_is_known_of_it(
    tmp_path: Path, town: City
) -> None:
    path = written(tmp_path, row(1, address="Zante n. 1", **KNOWN))
    before = cells(path, "CAM-01")
    edit = correct_place(path, "CAM-01", city=town, column="address", new="Via Zante 1", **SAID)
    assert set(edit.after) == {"address", "source"}
    assert {name for name, text in cells(path, "CAM-01").items() if text != before[name]} == {
        "address",
        "source",
    }


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ("verified by two sources", "one source"),
        ("one source", "one source"),
        ("unverified", "unverified"),
        ("", ""),
    ],
)
def test_no_correction_raises_the_confidence(
    tmp_path: Path, town: City, known: str, left: str
) -> None:
    path = written(tmp_path, row(1, confidence=known))
    correct_place(path, "CAM-01", city=town, column="address", new="Via Zante 20", **SAID)
    assert cells(path, "CAM-01")["confidence"] == left
    with pytest.raises(InputError, match=r"confirm the place, once for each source|stands there"):
        correct_place(
            path, "CAM-01", city=town, column="confidence", new="verified by two sources", **SAID
        )
    # Who has corrected it may confirm it where nobody has yet, and only once.
    if left in ("", "unverified"):
        confirm_place(path, "CAM-01", city=town, **SAID)
    assert cells(path, "CAM-01")["confidence"] == "one source"
    with pytest.raises(InputError, match="rests on"):
        confirm_place(path, "CAM-01", city=town, **SAID)


def test_a_place_without_a_position_gets_one_and_says_how_sure(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1, lat="", lon="", location_precision="none"))
    new = {"column": "position", "new": ", ".join(degrees(800.0))} | SAID
    with pytest.raises(ParameterError, match="it had no position"):
        correct_place(path, "CAM-01", city=town, **new)
    correct_place(path, "CAM-01", city=town, location_precision="street", **new)
    assert cells(path, "CAM-01")["location_precision"] == "street"
    with pytest.raises(ParameterError, match="says not where"):
        correct_place(
            path, "CAM-01", city=town, column="name", new="A", location_precision="civic", **SAID
        )


def test_a_day_to_come_is_no_day_of_a_source(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1))
    tomorrow = dt.date.today() + dt.timedelta(days=1)  # noqa: DTZ011
    with pytest.raises(ParameterError, match="still to come"):
        confirm_place(path, "CAM-01", city=town, source="visit", date=tomorrow)
    assert "visit" not in path.read_text(encoding="utf-8")


def by_excel(path: Path, encoding: str) -> bytes:
    """Write a registry as Excel in Italian does, and return it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    numbers = [REGISTRY_COLUMNS.index(name) for name in ("lat", "lon", "location_uncertainty_m")]
    for one in rows[1:]:
        for column in numbers:
            one[column] = one[column].replace(".", ",")
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_file_of_an_italian_excel_comes_back_as_it_was_but_for_its_row(
    tmp_path: Path, town: City, encoding: str
) -> None:
    rows = [row(n, name=f"Città; n. {n}", nil_id="1", **KNOWN) for n in (1, 2, 3)]
    path = written(tmp_path, *rows)
    before = by_excel(path, encoding)
    assert read_registry(path)["lat"].tolist() == [float(one["lat"]) for one in rows]
    correct_place(path, "CAM-02", city=town, column="address", new="Via Zante 20", **SAID)
    after = path.read_bytes()
    lines = [text.split(b"\r\n") for text in (before, after)]
    assert [one == other for one, other in zip(*lines, strict=True)] == [
        *(True, True, False, True),
        True,
    ]
    lat, lon = (text.replace(".", ",") for text in degrees(800.0))
    told = next(csv.reader([lines[1][2].decode(encoding)], delimiter=";"))
    said = dict(zip(REGISTRY_COLUMNS, told, strict=True))
    assert (said["lat"], said["lon"], said["nil_id"]) == (lat, lon, "2")
    assert said["name"] == "Città; n. 2"
    assert len(read_registry(path)) == 3
    add_place(*(path,), city=town, name="Là", kind="ex_cam", address="Via Zante 2", **SAID)
    assert path.read_bytes().startswith(after)
    assert path.read_bytes().endswith(b"\r\n")


def test_a_letter_that_the_encoding_of_the_file_has_not_is_told(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1, name="Città"))
    before = by_excel(path, "cp1252")
    with pytest.raises(InputError, match=r"'ő' cannot be written in Windows-1252.*CSV UTF-8"):
        correct_place(path, "CAM-01", city=town, column="name", new="Győr", **SAID)
    assert path.read_bytes() == before


def test_whole_numbers_are_written_as_the_file_writes_them(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1, nil_id="1.0"), row(2, nil_id="1.0", ds3017_id="7"))
    correct_place(path, "CAM-01", city=town, column="address", new="Via Zante 20", **SAID)
    correct_place(path, "CAM-01", city=town, column="ds3017_id", new="8", **SAID)
    new = cells(path, "CAM-01")
    assert (new["nil_id"], new["municipio"], new["ds3017_id"]) == ("2.0", "2", "8")
    told = {"column": "location_uncertainty_m", "new": "9.123456000000001"} | SAID
    correct_place(path, "CAM-01", city=town, **told)
    assert cells(path, "CAM-01")["location_uncertainty_m"] == "9.1"


def test_who_may_read_the_file_stays(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, row(1))
    path.chmod(0o640)
    confirm_place(path, "CAM-01", city=town, **SAID)
    assert path.stat().st_mode & 0o777 == 0o640


def test_edits_at_one_moment_are_all_kept(tmp_path: Path, town: City) -> None:
    path = written(tmp_path, *(row(n) for n in range(1, 7)))

    def confirmed(number: int) -> None:
        confirm_place(path, f"CAM-{number:02d}", city=town, **SAID)

    with ThreadPoolExecutor(6) as at_once:
        list(at_once.map(confirmed, range(1, 7)))
    assert read_registry(path)["confidence"].tolist() == ["one source"] * 6
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_who_waits_too_long_is_told(
    tmp_path: Path, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, row(1))
    before = path.read_bytes()
    monkeypatch.setattr("quartieri15.sources.registry_file.LOCK_WAIT_S", 0.0)
    with edited_registry(path, dry_run=False):
        with pytest.raises(OutputError, match=r"another run has used registry\.csv"):
            confirm_place(path, "CAM-01", city=town, **SAID)
        confirm_place(path, "CAM-01", city=town, dry_run=True, **SAID)
    assert path.read_bytes() == before


def test_another_table_is_no_registry(tmp_path: Path, town: City) -> None:
    path = tmp_path / "places.csv"
    path.write_text("id,name,lon,lat\n1,A,9.1,45.4\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"kind, .* is missing.*edited as any table"):
        confirm_place(path, "1", city=town, **SAID)

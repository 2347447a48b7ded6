"""A column that is gone, renamed or new is named; one that is only moved is no change."""

from __future__ import annotations

import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources import comune
from quartieri15.sources.schema_drift import columns_of, compare_columns, member_like

NAMES = st.lists(st.text("abcdefg_", min_size=1, max_size=6), unique=True, max_size=8)


@given(NAMES, NAMES, NAMES)
def test_every_column_is_accounted_for(found, needed, before) -> None:
    drift = compare_columns(found, needed=needed, before=before)
    assert set(drift.missing) == set(needed) - set(found)
    assert drift.breaks == bool(set(needed) - set(found))
    assert {*drift.new, *drift.renamed.values()} == set(found) - set(before)
    assert not {*drift.new} & {*drift.renamed.values()}
    assert len({*drift.renamed.values()}) == len(drift.renamed)
    assert bool(str(drift)) == bool(drift.missing or drift.new)


@given(st.permutations(comune.CIVIC_COLUMNS))
def test_the_order_does_not_matter(found) -> None:
    drift = compare_columns(found, needed=comune.CIVIC_COLUMNS, before=comune.CIVIC_COLUMNS)
    assert not drift.breaks
    assert not str(drift)


def test_the_households_as_the_portal_lists_them_by_row_are_no_longer_read() -> None:
    drift = compare_columns(
        ["Anno", "Quartiere", "Famiglie"],
        needed=comune.HOUSEHOLD_COLUMNS,
        before=comune.HOUSEHOLD_COLUMNS,
    )
    assert drift.missing == comune.HOUSEHOLD_COLUMNS
    assert str(drift).startswith("column ID_NIL is gone, latestYear is gone")
    assert str(drift).endswith("new: Anno, Quartiere, Famiglie")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Età (classi funzionali)", "Eta classi funzionali"),
        ("ID_NIL", "id nil"),
        ("RESIDENZIALE", "RESIDENZ"),
        ("LONG_WGS84", "LON_WGS84"),
    ],
)
def test_a_renamed_column_is_recognised(old, new) -> None:
    drift = compare_columns([new, "xyz"], needed=[old], before=[old])
    assert drift.renamed == {old: new}
    assert str(drift) == f"column {old} is gone (it seems to be called {new} now); new: xyz"


def test_columns_are_read_from_every_kind_of_file(tmp_path) -> None:
    path = tmp_path / "a.csv"
    for separator, encoding in ((";", "cp1252"), (",", "utf-8"), ("\t", "utf-8-sig")):
        path.write_text(
            separator.join(["Età", '"a b"', "Residenti "]) + "\r\n1\r\n", encoding=encoding
        )
        assert columns_of(path, kind="csv") == ["Età", "a b", "Residenti"]
    features = [{"properties": {"ID_NIL": 1}}, {"properties": None}, {"properties": {"NIL": "x"}}]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert columns_of(path, kind="geojson") == ["ID_NIL", "NIL"]
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("OpenData/CIVICI_20260901.CSV", "IDMASTER;NUMERO\n1;2\n")
        archive.writestr("TIPOVIA.CSV", "CODICE;DESC_ESTESA\n")
    assert columns_of(path, kind="zip", member=r"(?:.*/)?civici_\d{8}\.csv") == [
        *("IDMASTER", "NUMERO")
    ]
    with pytest.raises(InputError, match=r"no file is called like 'VIARIO'.*TIPOVIA\.CSV"):
        member_like(path, "VIARIO")
    with pytest.raises(InputError, match="2 files are called like"):
        member_like(path, r".*\.CSV")


def test_what_is_no_file_of_the_kind_is_named(tmp_path) -> None:
    path = tmp_path / "a"
    for kind, content in (("geojson", b"[]"), ("geojson", b"{"), ("geojson", b'{"features": 1}')):
        path.write_bytes(content)
        with pytest.raises(InputError):
            columns_of(path, kind=kind)
    with pytest.raises(InputError, match="not a zip archive"):
        member_like(path, "x")
    path.write_bytes(b"a," + b"b" * 200_000)
    with pytest.raises(InputError, match=r"a: .*field larger than field limit"):
        columns_of(path, kind="csv")
    path.write_bytes(b"")
    assert columns_of(path, kind="csv") == []
    with pytest.raises(MissingFileError):
        columns_of(tmp_path / "none", kind="csv")

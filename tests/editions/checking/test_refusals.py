"""Law: all rows that a reader refuses are found, by their number in the file, and no other row."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.editions.checking.findings import place_in
from quartieri15.editions.checking.refusals import MOST_REFUSALS, every_refusal
from quartieri15.errors import InputError
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def read(path: Path) -> pd.DataFrame:
    """Two numbers a row, the second no larger than the first."""
    table = tabular.read_csv(path, columns=["id", "a", "b"])
    tabular.refuse_duplicates(table, "id")
    for column in ("a", "b"):
        table[column] = tabular.numbers(table, column, low=0)
    more = table["b"] > table["a"]
    if more.any():
        line = table.index[more][0]
        raise InputError(
            f"{table['b'][line]} of {table['a'][line]}", where=f"t.csv, line {line}, column b"
        )
    return table


def asked(folder: Path, text: str) -> tuple[list[tuple[str | None, str | None]], list[str] | None]:
    path = folder / "t.csv"
    path.write_bytes(text.encode())
    found = every_refusal(read, path)
    places = [place_in(error.where) for error in found.errors]
    return places, None if found.table is None else found.table["id"].tolist()


def test_nothing_refused(tmp_path: Path) -> None:
    assert asked(tmp_path, "id,a,b\n1,2,1\n") == ([], ["1"])


def test_every_row_that_is_refused(tmp_path: Path) -> None:
    text = 'id,a,b\n1,2,1\n2,x,1\n3,"2",-1\n1,5,5\n4,2,3\n5,1,1\n'
    places, kept = asked(tmp_path, text)
    assert sorted(places) == [
        ("line 3", "a"),
        ("line 4", "b"),
        ("line 5", "id"),
        ("line 6", "b"),
    ]
    assert kept == ["1", "5"]


def test_lines_count_as_an_editor_shows_them(tmp_path: Path) -> None:
    text = 'id,a,b\r\n"1\r\none",2,1\r\n\r\n2,x,1\r\n3,y,1\r\n4,1,1\r\n'
    places, kept = asked(tmp_path, text)
    assert places == [("line 5", "a"), ("line 6", "a")]
    assert kept == ["1\r\none", "4"]


def test_a_second_fault_of_one_row(tmp_path: Path) -> None:
    places, _ = asked(tmp_path, "id,a,b\n1,2,1\n2,x,y\n3,4,1\n")
    assert sorted(places) == [("line 3", "a"), ("line 3", "b")]


def test_what_another_rows_value_would_bring_about_is_no_fault(tmp_path: Path) -> None:
    # With the value of another row, 100 is more than a: that is not what is wrong.
    places, _ = asked(tmp_path, "id,a,b\n1,2,1\n2,x,100\n3,4,1\n")
    assert places == [("line 3", "a")]


def test_a_wrong_header_is_told_once(tmp_path: Path) -> None:
    assert asked(tmp_path, "id,a\n1,2\n") == ([("line 1", None)], None)


def test_broken_quotes_are_told_once(tmp_path: Path) -> None:
    places, kept = asked(tmp_path, 'id,a,b\n1,2,1\n2,"2,1\n3,1,1\n')
    assert len(places) == 1
    assert kept is None


def test_another_file_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,a,b\n" + "".join(f"{n},x,1\n" for n in range(200)))
    found = every_refusal(read, path)
    assert found.stopped
    assert len(found.errors) == MOST_REFUSALS


def test_a_file_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("in/t.csv", "id;a\n1;2\n2;x\n3;y\n")
        archive.writestr("other", "kept")

    def inside(path: Path) -> pd.Series:
        table = tabular.read_csv(path, columns=["id", "a"], separator=";", member="in/t.csv")
        assert zipfile.ZipFile(path).read("other") == b"kept"
        return tabular.numbers(table, "a")

    found = every_refusal(inside, path)
    assert [place_in(error.where) for error in found.errors] == [("line 3", "a"), ("line 4", "a")]
    assert found.table is not None
    assert found.table.tolist() == [2.0]


def test_features_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "z.geojson"
    bow = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    box = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]
    features = [
        {
            "type": "Feature",
            "properties": {"id": n},
            "geometry": None if n == 2 else {"type": "Polygon", "coordinates": ring},
        }
        for n, ring in enumerate([box, bow, box, bow, box])
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = every_refusal(
        lambda path: tabular.read_geojson(path, columns=["id"], crs="EPSG:32632"), path
    )
    rows = [place_in(error.where)[0] for error in found.errors]
    assert sorted(map(str, rows)) == ["feature 1", "feature 2", "feature 3"]
    assert found.table is not None
    assert found.table["id"].tolist() == [0, 4]


CELLS = st.sampled_from(["1", "2", "3", "x", "", "-1"])


@settings(max_examples=20)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_it_finds_what_asking_each_row_alone_finds(
    rows: list[tuple[str, str]], tmp_path_factory: object
) -> None:
    folder = tmp_path_factory.mktemp("t")  # type: ignore[attr-defined]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [("id", "a", "b"), *((f"r{n}", *row) for n, row in enumerate(rows))]
    )
    path = folder / "t.csv"
    path.write_text(out.getvalue())
    found = {str(place_in(error.where)[0]) for error in every_refusal(read, path).errors}
    wrong = set()
    for n, (a, b) in enumerate(rows):
        alone = folder / "alone.csv"
        alone.write_text(f"id,a,b\nr{n},{a},{b}\n")
        try:
            read(alone)
        except InputError:
            wrong.add(f"line {n + 2}")
    assert found == wrong

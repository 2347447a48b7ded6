"""Of a fetched file no column of personal data stays, and all else stays as it was."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.sources.personal_columns import personal_among, without_columns
from quartieri15.sources.schema_drift import columns_of

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"], include_characters="\n;,"),
    max_size=6,
)


def table(text: str, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@given(
    st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=4),
    st.sampled_from(",;"),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_the_other_columns_stay_cell_by_cell(tmp_path_factory, rows, separator, encoding) -> None:
    path = tmp_path_factory.mktemp("table") / "a.csv"
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator).writerows([("id", "E-mail", "Età"), *rows])
    path.write_bytes(written.getvalue().encode(encoding))
    rest = without_columns(path, ["E-mail"], kind="csv").decode(encoding)
    left = [["id", "Età"], *([one, other] for one, _, other in rows)]
    assert table(rest, separator) == left


def test_in_the_encoding_of_italian_offices(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Sede;Attività;Telefono\r\nPerù;è;02 1234\r\n".encode("cp1252"))
    columns = columns_of(path, kind="csv")
    assert personal_among(columns) == ("Telefono",)
    rest = without_columns(path, personal_among(columns), kind="csv")
    assert rest == "Sede;Attività\nPerù;è\n".encode("cp1252")


def test_a_row_that_is_too_long_or_too_short_stays_wrong(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,mail,n\n1,a@b.it,2,c@d.it\n2\n")
    assert without_columns(path, ["mail"], kind="csv") == b"id,n\n1,2,\n2\n"


def test_properties_of_a_geojson(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    features = [
        {"type": "Feature", "properties": {"id": 1, "email": "a@b.it"}, "geometry": None},
        {"type": "Feature", "properties": None, "geometry": None},
        None,
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "name": "x", "features": features}))
    rest = json.loads(without_columns(path, ["email"], kind="geojson"))
    assert rest["name"] == "x"
    # What is damaged stays so, and is refused where it is read.
    assert [one and one["properties"] for one in rest["features"]] == [{"id": 1}, None, None]


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text("no")
    with pytest.raises(InputError):
        without_columns(path, ["email"], kind="geojson")
    path = tmp_path / "a.csv"
    for text, said in (("id,mail\n" + "x" * 200_000, "no table"), ("x" * 200_000, "no table")):
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            without_columns(path, ["mail"], kind="csv")
    with pytest.raises(InputError, match="no header"):
        columns_of(path, kind="csv")

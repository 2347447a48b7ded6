"""Law: a file keeps every row and cell, gains the answers, and what stood there is not lost.

Columns that may hold personal data are neither read nor written, and that is told.
"""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from quartieri15 import cli
from quartieri15.editions import loading
from quartieri15.errors import InputError, OutputError, ParameterError
from quartieri15.model.geocoding.geocode import geocode
from quartieri15.publish.geocoded import geocode_csv, geocoded_records, how_sure
from tests.planning.named_town import named_town

ROWS = (
    "id;where;e-mail;note\n"
    '1;"via Parea; 13";a@b.it;=1+1\n'
    "2;via Paera 13;;two\n"
    "3;;;\n"
    "4;via Pinco 3;;\n"
)


@pytest.fixture(scope="module")
def town():
    return named_town(
        "A---B", {"Via Carlo Parea": "AB"}, addresses={"Via Carlo Parea 13": (1, 0)}, cell=100.0
    )


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "houses.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_a_file_keeps_its_rows_and_gains_the_answers(town, listed, tmp_path):
    out = tmp_path / "found.csv"
    found = geocode_csv(town, listed, out, column="where")
    table = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert table["id"].tolist() == ["1", "2", "3", "4"]
    assert table["where"].tolist() == ["via Parea; 13", "via Paera 13", "", "via Pinco 3"]
    assert table["geocoded_number"].tolist() == ["13", "13", "", ""]
    assert table["geocoded_score"].astype(float).tolist() == [0.94, 0.79, 0, 0]
    assert table["geocoded_precision"].tolist() == ["civic", "civic", "none", "none"]
    assert table["geocoded_lon"].str.startswith("9.1").tolist() == [True, True, False, False]
    assert found.index.tolist() == [2, 3, 4, 5]
    assert listed.read_text(encoding="utf-8") == ROWS


def test_personal_data_is_left_out_and_a_formula_is_none(town, listed, tmp_path):
    out = tmp_path / "found.csv"
    found = geocode_csv(town, listed, out, column="where")
    text = out.read_text(encoding="utf-8-sig")
    assert "a@b.it" not in text
    assert "'=1+1" in text
    assert how_sure(found) == (
        "4 addresses: 1 safe (score 0.9 or more), 1 to be looked at, 2 without an answer. "
        "Left out, as personal data: column e-mail"
    )


def test_personal_data_within_a_cell_is_left_out_and_counted(town, tmp_path):
    path, out = tmp_path / "houses.csv", tmp_path / "found.csv"
    path.write_text(
        "where;note;when\n"
        "via Parea 13, tel. 02.88.46.12.34;write to info@example.org;09.00-12.30\n"
        "via Parea 13 (ada@example.org);333 1234567 or 02 1234567;01/02/2026\n"
        "via Parea 13;;\n",
        encoding="utf-8",
    )
    found = geocode_csv(town, path, out, column="where")
    text = out.read_text(encoding="utf-8-sig")
    for personal in ("@", "88.46", "1234567"):
        assert personal not in text
        assert personal not in json.dumps(geocoded_records(found))
    for kept in ("09.00-12.30", "01/02/2026", "write to [...]", "[...] or [...]"):
        assert kept in text
    assert found["number"].tolist() == ["13"] * 3
    assert (found["score"] == found["score"].iloc[0]).all(), (
        "what was left out says nothing of the address"
    )
    assert how_sure(found).endswith(
        "Left out, as personal data: a part of 2 cells of column where, a part of 2 cells of "
        "column note"
    )


def test_a_file_without_headings_does_not_give_its_first_row_away(town, tmp_path):
    path = tmp_path / "houses.csv"
    path.write_text("via Parea 13,ada@example.org\nvia Parea 13,\n", encoding="utf-8")
    with pytest.raises(InputError, match="a heading is an e-mail address"):
        geocode_csv(town, path, tmp_path / "found.csv", column="via Parea 13")
    assert not (tmp_path / "found.csv").exists()


@pytest.mark.parametrize("text", ["where\n", "where;n\n;\n \n", "where;tel\n", "where,n\n\n"])
def test_a_file_without_rows_is_refused(town, tmp_path, text):
    path = tmp_path / "houses.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"there is no row in it.* add one row per address"):
        geocode_csv(town, path, tmp_path / "found.csv", column="where")
    assert not (tmp_path / "found.csv").exists()


def test_only_a_table_of_an_earlier_call_is_replaced(town, listed, tmp_path):
    out = tmp_path / "found.csv"
    geocode_csv(town, listed, out, column="where")
    geocode_csv(town, listed, out, column="where")
    with pytest.raises(ParameterError, match="one of the files that are read"):
        geocode_csv(town, listed, listed, column="where")
    other = tmp_path / "mine.csv"
    other.write_text(ROWS, encoding="utf-8")
    with pytest.raises(OutputError, match="no result of an earlier call"):
        geocode_csv(town, listed, other, column="where")
    assert other.read_text(encoding="utf-8") == ROWS
    assert listed.read_text(encoding="utf-8") == ROWS
    with pytest.raises(InputError, match="column geocoded_street is one of those"):
        geocode_csv(town, out, tmp_path / "again.csv", column="where")
    with pytest.raises(InputError, match="column address is missing"):
        geocode_csv(town, listed, out, column="address")
    with pytest.raises(ParameterError, match=r"does not end in \.csv"):
        geocode_csv(town, listed, tmp_path / "found.txt", column="where")


@pytest.mark.parametrize(
    ("line", "work"),
    [
        (3, lambda lines: [*lines[:2], lines[2].replace("0.79", "1.0"), *lines[3:]]),
        (3, lambda lines: [*lines[:2], lines[2].replace("civic-0", "civic-9"), *lines[3:]]),
        (6, lambda lines: [*lines, lines[-1].replace("4", "5", 1)]),
        (1, lambda lines: [f"{line},seen" for line in lines]),
    ],
)
def test_what_somebody_has_corrected_by_hand_is_not_lost(town, listed, tmp_path, line, work):
    out = tmp_path / "found.csv"
    geocode_csv(town, listed, out, column="where")
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    corrected = work(lines)
    assert corrected != lines
    # As a spreadsheet writes it: with other ends of lines.
    data = "\r\n".join(corrected).encode()
    out.write_bytes(data)
    with pytest.raises(OutputError, match=f"line {line} of what stands there would be lost"):
        geocode_csv(town, listed, out, column="where")
    assert out.read_bytes() == data


def test_records_are_json(town):
    records = geocoded_records(geocode(town, ["via Parea 13", "\x00\ud800"]))
    told = json.loads(json.dumps(records, allow_nan=False, ensure_ascii=False).encode())
    assert [one["precision"] for one in told] == ["civic", "none"]
    assert told[0]["address_id"] == "civic-0"
    assert told[1]["lon"] is None


@pytest.fixture
def called(town, monkeypatch):
    monkeypatch.setattr(loading, "load", lambda _: town)
    return lambda *words: CliRunner().invoke(cli.app, ["geocode", *map(str, words)])


def test_the_command_answers_on_the_terminal_and_in_json(called):
    answer = called("via Parea 13", "via Pinco 3")
    assert answer.exit_code == 0
    assert "Via Carlo Parea 13" in " ".join(answer.output.replace("│", " ").split())
    assert "2 addresses: 1 safe" in answer.output
    (record,) = json.loads(called("via Parea 13", "--json").output)
    assert record["address_id"] == "civic-0"


def test_the_command_writes_a_file(called, listed, tmp_path):
    out = tmp_path / "found.csv"
    answer = called(listed, "--column", "where", "--out", out)
    assert answer.exit_code == 0, answer.output
    assert f"All answers: {out}" in answer.output
    assert out.exists()
    for words, said in (
        (("via Parea 13", "--out", out), "--out: goes only with a file of addresses"),
        (("via Parea 13", "--column", "where"), "--column: goes only with a file of addresses"),
        ((listed,), "say which column of"),
        ((listed, "--out", out), "say which column of"),
        ((listed, "--column", "where"), "say where the table"),
        ((listed, listed, "--column", "where", "--out", out), "one CSV file"),
        ((listed, "--column", "where", "--out", out, "--alternatives", 2), "one answer in each"),
    ):
        told = called(*words)
        assert told.exit_code == 2
        assert said in " ".join(told.output.replace("│", " ").split())
    assert called(listed, "--column", "none", "--out", out).exit_code == 1


def test_a_column_of_personal_data_is_not_read(town, tmp_path):
    (tmp_path / "a.csv").write_text("email,where\na@b.it,via Zante 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="personal data"):
        geocode_csv(town, tmp_path / "a.csv", tmp_path / "out.csv", column="email")

"""Law: what changed is said in whole sentences of both languages, and nothing in it is markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from quartieri15.errors import InputError, OutputError, ParameterError, UnknownNameError
from quartieri15.publish.registry_changes import (
    registry_change_sentences,
    registry_change_summary,
    write_registry_changes,
)
from quartieri15.sources.registry_differences import COMPARED, DIFFERENCE_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = {
    "change": "changed",
    "column": "address",
    "before": "Via X 1",
    "after": "Via Y 2",
    "date": "2026-11-26",
    "source": "Municipio 4",
}


def differences(*rows: dict[str, Any]) -> pd.DataFrame:
    plain = dict.fromkeys(DIFFERENCE_COLUMNS) | {"id": "CSRC-09", "name": "Acquabella"}
    return pd.DataFrame([plain | row for row in rows], columns=DIFFERENCE_COLUMNS, dtype=object)


@pytest.mark.parametrize(
    ("row", "it", "en"),
    [
        (
            ADDRESS,
            "indirizzo da «Via X 1» a «Via Y 2». Fonte: Municipio 4, 26 novembre 2026.",
            "address from “Via X 1” to “Via Y 2”. Source: Municipio 4, 26 November 2026.",
        ),
        (
            ADDRESS | {"before": None, "date": None},
            "indirizzo, prima mancava, ora è «Via Y 2». Fonte: Municipio 4.",
            "address from not known to “Via Y 2”. Source: Municipio 4.",
        ),
        (
            ADDRESS | {"after": None, "source": None},
            "indirizzo, era «Via X 1», ora manca. Senza fonte.",
            "address from “Via X 1” to not known. No source.",
        ),
        (
            ADDRESS | {"column": "confidence", "before": "unverified", "after": "one source"},
            (
                "attendibilità da «non verificato» a «una fonte». Fonte: Municipio 4, 26 novembre "
                "2026."
            ),
            "confidence from “unverified” to “one source”. Source: Municipio 4, 26 November 2026.",
        ),
        (
            {"change": "moved", "before": "a", "after": "b", "moved_m": 1234.4, "source": "visit"},
            "spostato di 1.234 m. Fonte: visit.",
            "moved by 1,234 m. Source: visit.",
        ),
        (
            {"change": "moved", "after": "b", "moved_m": float("nan")},
            "ha ora una posizione. Senza fonte.",
            "it has a position now. No source.",
        ),
        (
            {"change": "gone", "before": "Via X 1"},
            "non è più nel registro, era in Via X 1.",
            "no longer in the registry, it was in Via X 1.",
        ),
        (
            {"change": "added", "source": "visit", "date": "2026-99-99"},
            "aggiunto, indirizzo non noto. Fonte: visit.",
            "added, address not known. Source: visit.",
        ),
        (
            {"change": "sourced", "source": "visit", "date": "2026-12-01"},
            "una fonte in più, per il resto nulla cambia. Fonte: visit, 1º dicembre 2026.",
            "one source more, and nothing else. Source: visit, 1 December 2026.",
        ),
    ],
)
def test_every_change_is_a_sentence(row: dict[str, Any], it: str, en: str) -> None:
    table = differences(row)
    assert registry_change_sentences(table) == [f"Acquabella (CSRC-09): {it}"]
    assert registry_change_sentences(table, language="en") == [f"Acquabella (CSRC-09): {en}"]


def test_every_column_has_a_name() -> None:
    for language in ("it", "en"):
        for column in COMPARED:
            (said,) = registry_change_sentences(
                differences(ADDRESS | {"column": column}), language=language
            )
            assert "{" not in said


def test_places_are_counted_once() -> None:
    table = differences(
        ADDRESS,
        {"change": "moved", "before": "a", "after": "b", "moved_m": 5.0},
        {"id": "A", "change": "added"},
        {"id": "B"} | ADDRESS,
    )
    assert registry_change_summary(table, language="en") == (
        "3 places change: 1 added, 1 moved, 1 corrected or confirmed."
    )
    assert registry_change_summary(differences()) == "Non cambia nulla."


def test_numbers_and_what_is_counted_agree() -> None:
    one = differences(ADDRESS)
    assert registry_change_summary(one) == "Cambia un luogo: 1 corretto o confermato."
    more = differences({"id": "A", "change": "gone"}, {"id": "B", "change": "gone"}, ADDRESS)
    assert registry_change_summary(more) == ("Cambiano 3 luoghi: 2 tolti, 1 corretto o confermato.")


def test_a_source_is_called_one_once_and_stands_in_no_brackets_of_brackets() -> None:
    row = ADDRESS | {"source": "Fonte: lettera (prot. 12).", "date": None}
    (said,) = registry_change_sentences(differences(row))
    assert said.endswith("a «Via Y 2». Fonte: lettera (prot. 12).")


@pytest.mark.parametrize("ending", [".md", ".html", ".csv"])
def test_what_is_written_holds_every_sentence_and_no_markup(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"changes{ending}"
    table = differences(ADDRESS, ADDRESS | {"after": "<b>*=1+1|*", "source": "\x1b[31m`a`"})
    write_registry_changes(table, path, language="en")
    text = path.read_text(encoding="utf-8")
    assert text.count("Municipio 4") >= 1
    assert "\x1b" not in text
    assert "<b>" not in text or ending == ".csv"
    assert text.endswith("\n")
    if ending == ".html":
        assert '<html lang="en">' in text
        assert "&lt;b&gt;*=1+1|*" in text
    if ending == ".md":
        assert r"\<b\>\*=1+1\|\*" in text
    if ending == ".csv":
        assert list(pd.read_csv(path).columns) == [
            *DIFFERENCE_COLUMNS,
            "sentence_it",
            "sentence_en",
        ]


def test_nothing_changed_is_written_too(tmp_path: Path) -> None:
    write_registry_changes(differences(), tmp_path / "changes.html")
    text = (tmp_path / "changes.html").read_text(encoding="utf-8")
    assert "Non cambia nulla." in text
    assert "<table>" not in text


def test_what_is_asked_wrongly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"does not end in \.md or"):
        write_registry_changes(differences(), tmp_path / "changes.docx")
    with pytest.raises(InputError, match="no table of what changed"):
        registry_change_sentences(pd.DataFrame({"id": []}))
    with pytest.raises(UnknownNameError, match="language"):
        registry_change_sentences(differences(), language="de")


@pytest.mark.parametrize("ending", [".md", ".html", ".csv"])
@pytest.mark.parametrize("name", ["mine", "link"])
def test_no_file_of_somebody_is_written_over(tmp_path: Path, ending: str, name: str) -> None:
    mine, path = tmp_path / f"mine{ending}", tmp_path / f"{name}{ending}"
    mine.write_text("# Verbale\n\nMy own words.\n")
    if path != mine:
        path.symlink_to(mine)
    with pytest.raises(OutputError, match="line 1 of what stands there would be lost, '# Verbale'"):
        write_registry_changes(differences(ADDRESS), path)
    assert mine.read_text() == "# Verbale\n\nMy own words.\n"
    new = tmp_path / f"new{ending}"
    for _ in range(2):
        write_registry_changes(differences(ADDRESS), new)

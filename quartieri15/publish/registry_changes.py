"""What changed between two registries, in sentences that a steering committee can read."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.errors import InputError
from quartieri15.planning.speaking import number, require_language
from quartieri15.publish.catalogue import is_phrase, say
from quartieri15.publish.page_parts import templates
from quartieri15.publish.single_files import replacing_own_file, require_single_file
from quartieri15.publish.tables import with_visible_texts, write_csv
from quartieri15.publish.words import date_text, visible
from quartieri15.sources.registry_differences import DIFFERENCE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENDINGS: Final = (".md", ".html", ".csv")
# What people write before a source: it is said anyway.
_LABEL: Final = re.compile(r"^\s*(?:(?:fonte|fonti|sources?)\s*:\s*)+", re.IGNORECASE)
_TO_ESCAPE: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#"})


def registry_change_sentences(differences: pd.DataFrame, *, language: str = "it") -> list[str]:
    """Say what changed, one sentence per row, with the source and its day.

    Parameters
    ----------
    differences
        The result of :func:`~quartieri15.sources.registry_differences.registry_differences`.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    list of str
        In the order of the rows; plain text.

    Raises
    ------
    InputError
        If it is no such table.
    UnknownNameError
        If the language is not spoken.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"id": "CSRC-09", "name": "Acquabella", "change": "changed", "column": "address"}
    >>> row |= {"before": "Via X 1", "after": "Via Y 2", "moved_m": None}
    >>> row |= {"date": "2026-11-26", "source": "Municipio 4"}
    >>> registry_change_sentences(pd.DataFrame([row]))[0]
    'Acquabella (CSRC-09): indirizzo da «Via X 1» a «Via Y 2». Fonte: Municipio 4, 26 novembre \
2026.'
    """
    require_language(language)
    _require_differences(differences)
    rows: list[Any] = differences.to_dict("records")
    return [_sentence(row, language) for row in rows]


def registry_change_summary(differences: pd.DataFrame, *, language: str = "it") -> str:
    """Say in one sentence how many places were added, gone, moved and corrected.

    Parameters
    ----------
    differences, language
        As for :func:`registry_change_sentences`.
    """
    require_language(language)
    _require_differences(differences)
    if differences.empty:
        return say("registry.nothing", language)
    ids = {
        change: set(differences.loc[differences["change"] == change, "id"])
        for change in ("added", "gone", "moved")
    }
    others = set(differences["id"]) - set.union(*ids.values())
    counts = {change: len(places) for change, places in ids.items()} | {"changed": len(others)}
    told = [say(f"registry.counted.{what}", language, n=n) for what, n in counts.items() if n]
    return say("registry.counted", language, n=differences["id"].nunique(), what=", ".join(told))


def write_registry_changes(
    differences: pd.DataFrame, path: str | Path, *, language: str = "it"
) -> None:
    """Write what changed as a page (``.html``), a text (``.md``) or a table (``.csv``).

    Parameters
    ----------
    differences, language
        As for :func:`registry_change_sentences`.
    path
        The file; its ending says how it is written. A table has the columns of ``differences``
        and the sentences in both languages.

    Raises
    ------
    ParameterError
        If the ending is none of these.
    InputError, UnknownNameError
        As for :func:`registry_change_sentences`.
    OutputError
        If the file cannot be written, or a line of one that stands there would be lost; see
        :func:`~quartieri15.publish.single_files.replacing_own_file`.
    """
    file = require_single_file(path, endings=ENDINGS, where="path")
    sentences = registry_change_sentences(differences, language=language)
    if file.suffix.lower() == ".csv":
        table = differences.assign(
            sentence_it=registry_change_sentences(differences, language="it"),
            sentence_en=registry_change_sentences(differences, language="en"),
        )
        write_csv(with_visible_texts(table), file, losing_no_line=True)
        return
    title = say("registry.title", language)
    lead = registry_change_summary(differences, language=language)
    if file.suffix.lower() == ".md":
        lines = [f"# {title}", "", lead, ""]
        lines += [f"- {sentence.translate(_TO_ESCAPE)}" for sentence in sentences]
        text = "\n".join(lines).rstrip() + "\n"
    else:
        text = (
            templates()
            .get_template("registry_changes.html.j2")
            .render(
                language=language,
                title=title,
                lead=lead,
                heads=(
                    say("registry.head.place", language),
                    say("registry.head.sentence", language),
                ),
                rows=list(zip(map(_visible, differences["name"]), sentences, strict=True)),
            )
            + "\n"
        )
    with replacing_own_file(file) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="\n")


def _sentence(row: Mapping[str, Any], language: str) -> str:
    place = f"{_visible(row['name'])} ({_visible(row['id'])})"
    change = row["change"]
    before, after = (_value(row[side], language) for side in ("before", "after"))
    column = say(f"registry.column.{row['column']}", language) if row["column"] else ""
    if change == "moved" and not (before and after):
        change = "placed" if after else "unplaced"
    elif change == "changed" and not (before and after):
        change = "known" if after else "unknown"
    nowhere = say("registry.no_address", language)
    said = say(
        f"registry.{change}",
        language,
        place=place,
        column=column,
        before=before or nowhere,
        after=after or nowhere,
        metres="" if row["moved_m"] is None else number(row["moved_m"], language),
    )
    source = _LABEL.sub("", _visible(row["source"] or "")).rstrip(" .;")
    if change == "gone":
        return f"{said}."
    if not source:
        return say("registry.no_source", language, said=said)
    try:
        date = date_text(dt.date.fromisoformat(row["date"] or ""), language)
    except ValueError:
        return say("registry.source", language, said=said, source=source)
    return say("registry.source_dated", language, said=said, source=source, date=date)


def _value(value: object, language: str) -> str:
    """Write a value as people read it."""
    text = "" if value is None else str(value)
    key = f"registry.value.{text}"
    return say(key, language) if is_phrase(key) else _visible(text)


def _visible(text: object) -> str:
    return visible(str(text))


def _require_differences(differences: object) -> None:
    if isinstance(differences, pd.DataFrame) and set(DIFFERENCE_COLUMNS) <= set(
        differences.columns
    ):
        return
    raise InputError(
        "it is no table of what changed",
        where="differences",
        mend="give the result of registry_differences(old, new)",
    )

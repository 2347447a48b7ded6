"""Folders of answers about plans: a sheet, tables and layers, written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.arguments import require_path, require_progress
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.publish import words
from quartieri15.publish.disclosure import require_smallest_count
from quartieri15.publish.folders import SUMMARY, keep_others, require_room, time_of_writing
from quartieri15.publish.layers.geopackage import write_layers
from quartieri15.publish.sheet import write_sheet
from quartieri15.publish.tables import (
    DECIMALS,
    require_decimal,
    with_sources,
    with_whole_ids,
    write_csv,
    write_json,
)
from quartieri15.writing import replacing_folder

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.progress import Say
    from quartieri15.publish.drawing import MapLayer
    from quartieri15.publish.sheet import Sheet
    from quartieri15.publish.tables import Decimal
    from quartieri15.publish.texts import Texts

PAGE: Final = "index.html"
README: Final = "README.txt"


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A page that is ready to be written.

    Parameters
    ----------
    sheet
        What it says.
    layers
        What is on its map.
    view
        What the map shows at first.
    """

    sheet: Sheet
    layers: Sequence[MapLayer]
    view: list[list[float]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes into a folder, publishable.

    Parameters
    ----------
    kind
        ``"comparison"``, ``"sites"`` or ``"links"``: the key of the summary that holds ``rows``.
    own_files
        How the names of the files of such a folder begin, beside those that every folder has.
    title
        What the answer is called.
    tables
        By the name of their file; one without rows is not written.
    describe
        Gives the key of the phrase that says what a file holds.
    layers
        The layers of ``layers_file``; no file without any.
    layers_file
        Its name.
    draw
        Makes the page, of the files beside it and the date.
    rows
        The answer for programs.
    asked
        What was asked.
    """

    kind: str
    own_files: tuple[str, ...]
    title: Texts
    tables: Mapping[str, pd.DataFrame]
    layers: Mapping[str, gpd.GeoDataFrame]
    layers_file: str
    draw: Callable[[Sequence[tuple[str, Texts]], dt.date], Drawing]
    rows: pd.DataFrame
    asked: Mapping[str, Any]
    describe: Callable[[str], str] = str


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Of what an answer is, where and how it is written: what every such folder is asked with.

    Parameters
    ----------
    city
        The city.
    out
        The folder. Files in it that are not ours are kept.
    smallest_count
        To what counts are rounded.
    language
        In which the page opens.
    decimal
        As for :func:`~quartieri15.publish.tables.write_csv`.
    progress
        Called with a few words at the start of every step.
    """

    city: City
    out: Path
    smallest_count: float
    language: str
    decimal: Decimal
    progress: Say

    @classmethod
    def of(
        cls,
        city: City,
        out: str | Path,
        *,
        smallest_count: float,
        language: str,
        decimal: Decimal,
        progress: Say,
    ) -> Writing:
        """Check what was given.

        Raises
        ------
        ParameterError, UnknownNameError, InputError
            If any of it makes no sense.
        """
        require_city(city)
        folder = require_path(out, where="out")
        smallest = require_smallest_count(smallest_count)
        words.require_language(language)
        require_decimal(decimal)
        require_progress(progress)
        return cls(
            city=city,
            out=folder,
            smallest_count=smallest,
            language=language,
            decimal=decimal,
            progress=progress,
        )

    def require_place(self, kind: str) -> None:
        """Refuse a folder that cannot be written, before any work."""
        require_place(self.out, kind)


def require_place(out: Path, kind: str) -> Path:
    """Return where an answer will stand; refuse a folder that cannot be written, before any work.

    Parameters
    ----------
    out
        The folder.
    kind
        As in :class:`Answer`: a folder of an earlier answer of this kind may be replaced.

    Raises
    ------
    OutputError
        If it cannot be written, or a folder stands there that is not empty and not of that kind.
    """
    return require_room(out, holding=("city", "generated", kind))


def write_answer(answer: Answer, wanted: Writing) -> dict[str, Any]:
    """Write an answer as a folder, in the place of an earlier one of its kind.

    Parameters
    ----------
    answer
        What goes into it.
    wanted
        Of what city it is, where and how it is written.

    Returns
    -------
    dict
        The summary, as written.

    Raises
    ------
    OutputError
        If the folder cannot be written; what stood there is untouched.
    """
    city, progress = wanted.city, wanted.progress
    before = require_place(wanted.out, answer.kind)
    when = time_of_writing()
    own = (PAGE, README, SUMMARY, answer.layers_file, *answer.own_files)
    summary = _summary(city, answer, when)
    with replacing_folder(wanted.out) as folder:
        progress("writing the tables")
        for name, table in answer.tables.items():
            if len(table):
                plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
                told = with_sources(with_whole_ids(plain), city.provenance)
                write_csv(told, folder / f"{name}.csv", decimal=wanted.decimal)
        if answer.layers:
            write_layers(
                answer.layers, folder / answer.layers_file, when=when, provenance=city.provenance
            )
        files = [
            (name, words.in_all_languages(f"file_{answer.describe(name.rpartition('.')[0])}"))
            for name in sorted(path.name for path in folder.iterdir())
        ]
        progress("drawing the page")
        page = answer.draw(files, when.date())
        write_sheet(
            city,
            page.sheet,
            page.layers,
            folder / PAGE,
            view=page.view,
            language=wanted.language,
            date=when.date(),
        )
        write_json(summary, folder / SUMMARY)
        text = _readme(city, answer, files, when, wanted.smallest_count)
        (folder / README).write_text(text, encoding="utf-8", newline="\n")
        # Last, so that what a user puts there meanwhile comes along too.
        keep_others(before, folder, own=own)
    return summary


def _summary(city: City, answer: Answer, when: dt.datetime) -> dict[str, Any]:
    told = city.provenance
    rows = with_whole_ids(pd.DataFrame(answer.rows.drop(columns="geometry", errors="ignore")))
    plain: dict[str, Any] = plain_json(
        {
            "city": city.name,
            "generated": _seconds(when),
            "data": {
                name: told[name]
                for name in ("vintages", "licences", "licence_line", "edited", "left_out")
                if name in told
            },
            "asked": answer.asked,
            answer.kind: rows.to_dict("records"),
        },
        decimals=DECIMALS,
    )
    return plain


def _readme(
    city: City,
    answer: Answer,
    files: Sequence[tuple[str, Texts]],
    when: dt.datetime,
    smallest_count: float,
) -> str:
    rule = "readme_rounded" if smallest_count else "readme_exact"
    vintages = city.provenance.get("vintages", {})
    lines = [
        *answer.title.values(),
        "",
        _seconds(when),
        "",
        *(
            f"{name}\n    {text['it']}\n    {text['en']}"
            for name, text in [(PAGE, words.in_all_languages("file_index")), *files]
        ),
        "",
        *(
            words.say(rule, language, smallest=words.number(smallest_count, language))
            for language in words.LANGUAGES
        ),
        "",
        *(f"{what}: {since}" for what, since in vintages.items()),
        "",
        str(city.provenance.get("licence_line", "not stated")),
    ]
    return words.visible("\n".join(lines) + "\n")


def _seconds(when: dt.datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")

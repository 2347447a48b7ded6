"""What a report holds: figures, sections with a picture or a table, and who answers for it.

All texts are plain, in the one language of the report; a template writes them down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from markupsafe import Markup


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One large figure and what it counts."""

    value: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Sign:
    """A line of a legend.

    Parameters
    ----------
    drawing
        An ``svg`` of 60 by 40 units, whose text is the words beside it.
    words
        What it means.
    """

    drawing: Markup
    words: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A map or a chart.

    Parameters
    ----------
    drawing
        An ``svg`` that holds its own ``title``.
    caption
        What it shows and for whom.
    legend
        What its colours and signs mean.
    """

    drawing: Markup
    caption: str
    legend: Sequence[Sign] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table, whose first column names the rows.

    Parameters
    ----------
    caption
        What it shows, for whom; empty where the heading above says it.
    columns
        Headings, of the names first.
    rows
        Texts of each row, the name first. A row of a name alone is about the rows below it.
    texts
        How many columns after the first hold text rather than figures.
    note
        What is to be known of it.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a report under a heading."""

    title: str
    paragraphs: Sequence[str] = ()
    items: Sequence[str] = ()
    picture: Picture | None = None
    tables: Sequence[Table] = ()
    new_page: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that a report says.

    Parameters
    ----------
    slug
        The name of its files.
    language
        In which it is written.
    kicker, title
        What kind of report it is, and of what.
    lead
        What was asked: who travels, how far, of whom.
    figures
        The figures that matter, at most four.
    sections
        Its parts, in order.
    publisher
        Who publishes it and how to write to them, line by line.
    date
        The date on it.
    """

    slug: str
    language: str
    kicker: str
    title: str
    lead: str
    figures: Sequence[Figure]
    sections: Sequence[Section]
    date: dt.date
    publisher: Sequence[str] = field(default=())

"""A report as one HTML page that asks nobody for anything."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from quartieri15.publish import words
from quartieri15.publish.catalogue import say
from quartieri15.publish.content_security import content_security_policy
from quartieri15.publish.page_parts import WEIGHTS, letters_inside, templates

if TYPE_CHECKING:
    from quartieri15.publish.report.contents import Report

_ASSETS = files("quartieri15.publish") / "assets"

MOST_KEPT_WHOLE: Final = 16
"""A table of so many rows stands on one page; a longer one goes on, with its headings again."""


def report_html(report: Report) -> str:
    """Write a report as one HTML page: no script, its styles and letters inside.

    Parameters
    ----------
    report
        What it says.
    """
    text = (
        templates()
        .get_template("report/report.html.j2")
        .render(
            report=report,
            most_kept_whole=MOST_KEPT_WHOLE,
            style=Markup(_style()),  # noqa: S704  (ours)
            screen_style=Markup(_asset("screen.css")),  # noqa: S704  (ours)
            policy=content_security_policy(scripts=[], styles=[_style(), _asset("screen.css")]),
            author=(report.publisher or ["quartieri15"])[0],
            date=words.date_text(report.date, report.language),
            made=say("report.made", report.language),
        )
    )
    return words.visible(text)


@functools.cache
def _style() -> str:
    letters = "".join(
        '@font-face{font-family:"Titillium Web";font-style:normal;'
        f"font-weight:{weight};src:url({letters_inside(weight)})"
        ' format("woff2")}\n'
        for weight in WEIGHTS
    )
    return letters + _asset("report.css")


def _asset(name: str) -> str:
    return (_ASSETS / "report" / name).read_text("utf-8")

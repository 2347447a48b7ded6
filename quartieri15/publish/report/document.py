"""A report as a file: HTML that asks nobody for anything, and the same text as PDF/UA-1."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

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

PDF_VARIANT: Final = "pdf/ua-1"
"""ISO 14289-1: a PDF that a screen reader can read."""


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


def pdf_trouble() -> str | None:
    """Say why no PDF can be made on this machine; None where it can.

    WeasyPrint sets letters with Pango, a library of the system that pip does not bring.
    """
    try:
        import weasyprint  # noqa: F401
    except ImportError:
        return "WeasyPrint is not installed: pip install weasyprint"
    except OSError as error:
        return f"WeasyPrint finds no Pango ({error}); on Debian: apt-get install libpango-1.0-0"
    return None


def report_pdf(html: str) -> bytes:
    """Make the PDF of a report of its HTML, tagged and with the letters it uses inside.

    Parameters
    ----------
    html
        The result of :func:`report_html`.

    Notes
    -----
    WeasyPrint gives every figure its text and every cell its headings. Which way a heading
    looks (``Scope``) and where a figure stands on its page are added here.
    """
    import weasyprint
    from weasyprint.urls import URLFetcher

    nowhere_else = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    document = weasyprint.HTML(string=html, url_fetcher=nowhere_else)
    pdf: bytes = document.write_pdf(pdf_variant=PDF_VARIANT, finisher=_finish)
    return pdf


def _finish(document: Any, pdf: Any) -> None:
    """Complete the tags of a PDF before it is written."""
    import pydyf

    parts = [one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and "S" in one]
    heads = {
        bytes(kid)
        for one in parts
        if one["S"] == "/THead"
        for row in one["K"]
        for kid in pdf.objects[int(bytes(row).split()[0])]["K"]
    }
    pages = {bytes(page): i for i, page in enumerate(pdf.page_references)}
    for one in parts:
        if one["S"] == "/TH":
            one["A"]["Scope"] = "/Column" if bytes(one.reference) in heads else "/Row"
        elif one["S"] == "/Figure":
            box = one["A"]["BBox"]
            top = float(document.pages[pages[bytes(one["Pg"])]].height)
            left, upper, right, lower = (float(value) for value in box)
            # CSS counts pixels downwards, a PDF points upwards.
            one["A"]["BBox"] = pydyf.Array(
                [left * 0.75, (top - lower) * 0.75, right * 0.75, (top - upper) * 0.75]
            )


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

"""A report as PDF/UA-1, made of its HTML; many of them beside other work."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PDF_VARIANT: Final = "pdf/ua-1"
"""ISO 14289-1: a PDF that a screen reader can read."""


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


@contextmanager
def pdfs_made_of(pages: Sequence[Path]) -> Iterator[None]:
    """Make the PDF beside each HTML page, in another process while the block goes on.

    Parameters
    ----------
    pages
        The files of results of :func:`report_html`; ``name.pdf`` is written beside ``name.html``.
        All are there when the block has ended.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    if not _is_python():
        _make(pages)
        yield
        return
    with (
        tempfile.TemporaryFile() as complained,
        subprocess.Popen(  # noqa: S603  (this very Python)
            [sys.executable, "-m", __name__, *map(str, pages)],
            stdin=subprocess.DEVNULL,
            stderr=complained,
            # What can be imported here can be imported there.
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        ) as process,
    ):
        try:
            yield
            failed = process.wait() != 0
        except BaseException:
            process.kill()
            raise
        complained.seek(0)
        last = complained.read().decode(errors="replace").strip().rpartition("\n")[2]
    if failed:
        raise OutputError(f"a PDF could not be made ({last or 'it was ended'})")


def _is_python() -> bool:
    """Tell whether the program that runs can be asked to run a module: QGIS, for one, cannot."""
    return Path(sys.executable or "").stem.startswith("python")


def _make(pages: Sequence[str | Path]) -> None:
    for page in map(Path, pages):
        page.with_suffix(".pdf").write_bytes(report_pdf(page.read_text("utf-8")))


if __name__ == "__main__":
    _make(sys.argv[1:])

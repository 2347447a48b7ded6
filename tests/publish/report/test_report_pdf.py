"""A report can be read by who does not see it: its PDF is PDF/UA-1, its HTML asks nobody.

What PDF/UA-1 (ISO 14289-1) asks for and a program can see is looked at with pikepdf: language,
title, tags, texts of figures, headings of tables, letters inside.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
from html import unescape

import pikepdf
import pytest

from quartieri15.errors import OutputError
from quartieri15.publish.report.document import report_html
from quartieri15.publish.report.municipio import municipio_report
from quartieri15.publish.report.pdf import pdf_trouble, pdfs_made_of, report_pdf

TODAY = dt.date(2026, 11, 26)


@pytest.fixture(scope="module")
def report(figures):
    return municipio_report(
        figures, 4, language="it", date=TODAY, publisher=["Municipio 4", "m4@example.org"]
    )


@pytest.fixture(scope="module")
def html(report):
    return report_html(report)


@pytest.fixture(scope="module")
def octets(html):
    if (trouble := pdf_trouble()) is not None:
        pytest.skip(trouble)
    return report_pdf(html)


@pytest.fixture
def pdf(octets, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(octets)
    with pikepdf.open(path) as opened:
        yield opened


def elements(pdf, kind):
    """All structure elements of a kind, in the order of reading."""
    found = []

    def walk(element):
        if not isinstance(element, pikepdf.Dictionary):
            return
        if element.get("/S") == kind:
            found.append(element)
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            walk(kid)

    walk(pdf.Root.StructTreeRoot.K[0])
    return found


def test_a_pdf_says_what_it_is(pdf) -> None:
    assert str(pdf.Root.Lang) == "it"
    assert bool(pdf.Root.MarkInfo.Marked) is True
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle) is True
    assert pdf.pdf_version == "1.7"
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Municipio 4: una Casa di Quartiere in 15 minuti?"
        assert metadata["dc:creator"] == ["Municipio 4"]


def test_every_figure_has_a_text_and_a_place_on_its_page(pdf) -> None:
    figures = elements(pdf, "/Figure")
    assert len(figures) >= 2
    for figure in figures:
        assert len(str(figure.Alt)) > 5
        left, bottom, right, top = (float(value) for value in figure.A.BBox)
        width, height = (float(value) for value in figure.Pg.MediaBox[2:])
        assert 0 <= left < right <= width + 1
        assert 0 <= bottom < top <= height + 1
    texts = [str(figure.Alt) for figure in figures]
    assert any(text.startswith("Mappa del Municipio 4") for text in texts)
    assert any(text.startswith("Grafico a barre") for text in texts)


def test_every_cell_of_a_table_has_its_headings(pdf) -> None:
    tables = elements(pdf, "/Table")
    assert len(tables) >= 4
    heads = elements(pdf, "/TH")
    assert {str(head.A.Scope) for head in heads} == {"/Column", "/Row"}
    names = {bytes(head.ID) for head in heads}
    for cell in elements(pdf, "/TD"):
        told = [bytes(name) for name in cell.A.Headers]
        assert len(told) == 2, "a cell has a row and a column"
        assert {*told} <= names


def test_headings_go_down_step_by_step(pdf) -> None:
    assert len(elements(pdf, "/H1")) == 1
    assert len(elements(pdf, "/H2")) >= 7
    assert not elements(pdf, "/H3")


def test_all_letters_are_inside_and_are_ours(pdf) -> None:
    names = set()
    for page in pdf.pages:
        for font in page.Resources.get("/Font", {}).values():
            below = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            descriptor = below.FontDescriptor
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & {*descriptor.keys()}
            assert "/ToUnicode" in font
            names.add(str(font.BaseFont).partition("+")[2])
    assert names
    assert all(name.startswith("Titillium-Web") for name in names), names


def test_everything_drawn_is_tagged_or_an_artifact(pdf) -> None:
    shows = {"Tj", "TJ", "'", '"', "Do", "f", "f*", "S", "s", "B", "b", "B*", "b*", "sh"}
    for page in pdf.pages:
        depth = 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in ("BDC", "BMC"):
                depth += 1
            elif name == "EMC":
                depth -= 1
            elif name in shows and not depth:
                pytest.fail(f"{name} {operands} stands in no tag")
        assert depth == 0


def test_the_same_report_is_the_same_file(report, html, octets) -> None:
    assert report_html(report) == html
    assert report_pdf(html) == octets
    assert len(octets) < 1_500_000
    assert len(html) < 1_500_000


def test_the_page_holds_all_it_needs_and_runs_nothing(html) -> None:
    policy = unescape(re.search(r'"Content-Security-Policy" content="([^"]*)"', html)[1])
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "<script" not in html
    assert " style=" not in html
    asked = re.findall(r'(?:src|href|url)\s*[=(]\s*"?([^")\s>]+)', html)
    assert all(one.startswith("data:") for one in asked)


def test_without_pango_it_is_said_and_nothing_breaks(monkeypatch) -> None:
    import builtins

    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "libpango" in (pdf_trouble() or "")


def test_beside_other_work_the_same_pdf_is_made(tmp_path, html, octets) -> None:
    page = tmp_path / "a report.html"
    page.write_text(html, encoding="utf-8")
    with pdfs_made_of([page]):
        pass
    assert (tmp_path / "a report.pdf").read_bytes() == octets


def test_a_program_that_is_no_python_makes_them_itself(tmp_path, html, octets, monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/bin/qgis")
    page = tmp_path / "report.html"
    page.write_text(html, encoding="utf-8")
    with pdfs_made_of([page]):
        pass
    assert (tmp_path / "report.pdf").read_bytes() == octets


def test_a_pdf_that_cannot_be_written_is_told(tmp_path) -> None:
    with (
        pytest.raises(OutputError, match=r"No such file.*gone\.html"),
        pdfs_made_of([tmp_path / "gone.html"]),
    ):
        pass


def test_who_interrupts_the_work_ends_the_pdfs_too(tmp_path) -> None:
    """The pipe is never written to: only to be ended can it end."""
    os.mkfifo(tmp_path / "report.html")
    with pytest.raises(KeyboardInterrupt), pdfs_made_of([tmp_path / "report.html"]):
        raise KeyboardInterrupt

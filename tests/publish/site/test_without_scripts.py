"""Law: where scripts do not run, a page leads to reports, data and all other pages."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from quartieri15.publish.site.assembly import assemble
from quartieri15.publish.site.pages import pages_of
from tests.publish.site.towns import page_of, town_material

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("form", "root"), [("alone", ""), ("served", "../")])
def test_a_page_without_scripts_has_links(tmp_path: Path, form: str, root: str) -> None:
    for name in ("dati/places.csv", "report/municipio-1.html", "report/municipio-2.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("held")
    material = dataclasses.replace(town_material(), folder=tmp_path)
    pages = pages_of(material)
    written = assemble(material, page_of(material, "municipio-1"), pages)
    text = written.alone if form == "alone" else written.served["municipio-1.html"]
    plain = " ".join(re.findall(r"<noscript>(.*?)</noscript>", text, re.DOTALL))
    links = set(re.findall(r'href="([^"]+)"', plain))
    others = {f"{page.slug}.html" for page in pages if page.slug != "municipio-1"}
    assert links == others | {f"{root}dati/places.csv", f"{root}report/municipio-1.html"}

"""Every link to a file leads to that file, whose size and format the page tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from tests.browser.site_pages import Watched, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


def test_links_lead_to_the_files_they_name(browser: Browser, town_site: Path) -> None:
    opened = Watched(browser, f"{town_site.as_uri()}/index.html", width=360, height=740)
    opened.page.locator("#downloads-more-name").click()
    links = opened.page.eval_on_selector_all(
        "#downloads a", "links => links.map((one) => [one.getAttribute('href'), one.textContent])"
    )
    formats = {".csv": "CSV", ".gpkg": "GeoPackage", ".json": "CSVW", ".jsonld": "DCAT-AP_IT"}
    formats |= {".geojson": "GeoJSON", ".parquet": "GeoParquet", ".xlsx": "Excel"}
    for href, text in links:
        path = town_site / href
        kilobytes = max(1, round(path.stat().st_size / 1000))
        assert text == f"{formats[path.suffix]}, {kilobytes} kB"
    written = {f"dati/{path.name}" for path in (town_site / "dati").iterdir()}
    assert {href for href, _ in links} == written
    assert "ODbL" in opened.page.inner_text("#downloads-licence")
    small = opened.page.eval_on_selector_all(
        "#downloads a", "links => links.filter((one) => one.offsetHeight < 44).length"
    )
    assert (small, opened.complaints, opened.requests) == (0, [], [])
    opened.page.locator('button[data-language="en"]').click()
    assert "files" in opened.page.inner_text("#downloads-more-name")
    assert [one for one in opened.violations() if "downloads" in one] == []
    opened.close()


def test_a_file_is_downloaded_from_a_server(browser: Browser, town_site: Path) -> None:
    with served(town_site) as root:
        opened = Watched(browser, f"{root}/server/index.html")
        with opened.page.expect_download() as caught:
            opened.page.locator("#downloads-list a").first.click()
        assert caught.value.suggested_filename == "coverage_municipi.csv"
        opened.close()


def test_what_describes_the_files_names_all_of_them(town_site: Path) -> None:
    folder = town_site / "dati"
    tables = json.loads((folder / "csv-metadata.json").read_text("utf-8"))["tables"]
    assert {one["url"] for one in tables} == {path.name for path in folder.glob("*.csv")}
    for one in tables:
        header = list(pd.read_csv(folder / one["url"], nrows=0, encoding="utf-8-sig"))
        assert [column["titles"] for column in one["tableSchema"]["columns"]] == header
        # Every column of the coverage is explained, in both languages.
        if one["url"].startswith("coverage_"):
            unexplained = [
                column["name"]
                for column in one["tableSchema"]["columns"]
                if "dc:description" not in column
            ]
            assert unexplained == []
    graph = json.loads((folder / "dcat-ap_it.jsonld").read_text("utf-8"))["@graph"]
    named = {part["dcat:accessURL"]["@id"] for part in graph if "dcat:accessURL" in part}
    data = {path.name for path in folder.iterdir() if "json" not in path.suffix[1:5]}
    assert named == data | {path.name for path in folder.glob("*.geojson")}

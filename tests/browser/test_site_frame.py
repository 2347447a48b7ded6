"""Every page of a site works from disk and from a strict server, and asks nobody."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import shapely

from quartieri15.publish.site import Publisher, write_site
from tests.browser.site_pages import WIDTHS, Watched, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from quartieri15.model.city import City


def pages_in(site: Path) -> list[str]:
    return sorted(path.stem for path in site.glob("*.html"))


@pytest.mark.parametrize("form", ["disk", "server"])
def test_pages_ask_nobody_and_complain_of_nothing(
    browser: Browser, town_site: Path, form: str
) -> None:
    names = pages_in(town_site)
    assert {"index", "metodo"} <= set(names)
    with served(town_site / "server") as root:
        where = root if form == "server" else town_site.as_uri()
        for name in names:
            for size, (width, height) in WIDTHS.items():
                opened = Watched(browser, f"{where}/{name}.html", width=width, height=height)
                said = (name, size)
                assert (said, opened.requests, opened.complaints) == (said, [], [])
                if size != "tablet":
                    for language in ("it", "en"):
                        opened.page.click(f"button[data-language={language}]")
                        assert (said, language, opened.violations()) == (said, language, [])
                wide = opened.page.evaluate("document.documentElement.scrollWidth")
                assert (said, wide) == (said, width), "the page scrolls sideways"
                opened.close()


def test_the_policy_allows_nothing_inline_but_what_it_names(town_site: Path) -> None:
    for path in (*town_site.glob("*.html"), *(town_site / "server").glob("*.html")):
        text = html.unescape(path.read_text(encoding="utf-8"))
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
        assert policy, path.name
        assert "default-src 'none'" in policy[1]
        assert "unsafe" not in policy[1]
        body = re.sub(r"<script.*?</script>|<style.*?</style>", "", text, flags=re.DOTALL)
        assert not re.search(r"\s(style|on[a-z]+)=", body), path.name


def test_the_address_is_the_view(browser: Browser, town_site: Path) -> None:
    opened = Watched(browser, f"{town_site.as_uri()}/index.html#lang=en&who=walk_adult")
    assert opened.page.evaluate("document.documentElement.lang") == "en"
    assert opened.page.evaluate("Q15.app.who().name") == "walk_adult"
    opened.page.click("#zoom-in")
    opened.page.wait_for_url("**at=*")
    again = Watched(browser, opened.page.url)
    assert again.page.evaluate("Q15.app.map.getZoom()") == opened.page.evaluate(
        "Q15.app.map.getZoom()"
    )
    opened.close()
    again.close()


def test_the_map_knows_degrees(browser: Browser, town_site: Path) -> None:
    opened = Watched(browser, f"{town_site.as_uri()}/index.html")
    x, y = opened.page.evaluate("[Q15.app.page.bounds[0], Q15.app.page.bounds[1]]")
    there = opened.page.evaluate(f"Q15.app.fromGeographic(...Q15.app.toGeographic({x}, {y}))")
    assert shapely.Point(there).distance(shapely.Point(x, y)) < 0.01
    opened.close()


def test_embedded_only_the_map_stays(browser: Browser, town_site: Path) -> None:
    opened = Watched(browser, f"{town_site.as_uri()}/index.html?embed")
    assert not opened.page.is_visible("h1")
    assert opened.page.is_visible("#map")
    assert opened.page.is_visible("#licence")
    opened.close()


def test_nothing_is_written_where_nothing_has_changed(town: City, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write_site(town, out, only="metodo")
    stood = {path: path.stat() for path in out.rglob("*")}
    assert write_site(town, out, only="metodo") == first
    assert {path: path.stat() for path in out.rglob("*")} == stood
    (out / "metodo.html").unlink()
    write_site(town, out, only="metodo")
    assert (out / "metodo.html").exists(), "a lost file is written again"
    theirs = Publisher(name="Municipio 4", contact="x@y.it")
    said = write_site(town, out, only="metodo", publisher=theirs)
    assert said["made_from"] != first["made_from"]
    assert "Municipio 4" in (out / "metodo.html").read_text(encoding="utf-8")


def test_a_whole_site_is_not_written_twice(town: City, town_site: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(town_site, tmp_path / "out"))
    said: list[str] = []
    write_site(town, out, progress=said.append)
    assert said[-1] == "nothing has changed: nothing is written"


def test_an_interrupted_site_leaves_the_old_one_whole(
    town: City, town_site: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(town_site, tmp_path / "out"))
    stood = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def interrupt(step: str) -> None:
        if step == "page metodo":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_site(town, out, only="metodo", language="en", progress=interrupt)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == stood
    assert list(tmp_path.iterdir()) == [out]


def test_a_site_is_replaced_and_what_others_put_there_stays(
    town: City, town_site: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(town_site, tmp_path / "out"))
    theirs = [
        "ours.txt",
        "dati-nostri.xlsx",
        "dati/map.qgz",
        "server/deep/a.txt",
        "index.html.orig",
    ]
    for name in theirs:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("kept", encoding="utf-8")
    (out / "dati" / "milano.gpkg-wal").write_text("a journal", encoding="utf-8")
    (out / "municipio-1.html").write_text("old", encoding="utf-8")
    write_site(town, out, only="municipio-1")
    assert {(out / name).read_text(encoding="utf-8") for name in theirs} == {"kept"}
    assert (out / "municipio-1.html").read_text(encoding="utf-8") != "old"
    names = {path.stem for path in out.glob("*.html")}
    assert names == {"municipio-1", "metodo", "informazioni"}, "only what was asked for is there"

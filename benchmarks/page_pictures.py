"""Take the pictures of the published pages that the README and docs/gallery.md show.

    python benchmarks/page_pictures.py [maps/milano]

Writes docs/milano.png, docs/gallery/*.png and docs/gallery.md, from the pages that `make milano`
wrote, in a browser without network. What the first page says is kept in its picture, so that a test
can tell when the two differ.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"
COLOURS: Final = 96

WIDTHS: Final = {360: (360, 740), 768: (768, 1024), 1440: (1440, 900)}
"""Of a phone, a tablet and a desk."""

ADDRESS: Final = "via Boifava 10"

VIEWS: Final = {
    "index": ("index", "The first page: a search, a sentence, a list, a map of minutes"),
    "answer": ("index", f"What it answers to {ADDRESS}"),
    "municipio-4": ("municipio-4", "The page of a Municipio: three numbers, one map, what if"),
    "area": ("area-forlanini-salomone", "The page of a target area, with the plans that touch it"),
    "scenario": (
        "scenario-mi-over-net-locale-aler",
        "The page of a scenario: before, after, who gains and who loses",
    ),
    "method": ("metodo", "Method, sources and limits"),
    "statement": ("informazioni", "Accessibility, privacy and how to report an error"),
}
"""The pictures: of which page, and what it shows."""


def main() -> None:
    """Open the pages, take the pictures, and write the gallery."""
    site = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "maps/milano").resolve()
    (DOCS / "gallery").mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (slug, _) in VIEWS.items():
            for width in WIDTHS:
                page = opened(browser, site / f"{slug}.html", width)
                if name == "answer":
                    ask(page)
                save(page.screenshot(), DOCS / "gallery" / f"{name}-{width}.png")
                page.context.close()
        page = opened(browser, site / "index.html", 1440)
        said = ask(page)
        save(page.screenshot(), DOCS / "milano.png", said=said)
        browser.close()
    (DOCS / "gallery.md").write_text(gallery(), encoding="utf-8", newline="\n")
    print(said)


def opened(browser: Browser, path: Path, width: int) -> Page:
    """Open a page in English, without network, as on a machine of that width."""
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    phone = {"has_touch": True, "is_mobile": True} if width < WIDTHS[1440][0] else {}
    page = browser.new_context(viewport=size, offline=True, **phone).new_page()
    page.goto(f"{path.as_uri()}#lang=en")
    page.wait_for_selector("html[data-ready]")
    page.wait_for_timeout(500)
    return page


def ask(page: Page) -> str:
    """Look for the address, and return the sentence that answers."""
    page.fill("#find-address", ADDRESS)
    page.press("#find-address", "Enter")
    page.wait_for_selector("#find-answer:not([hidden])")
    page.wait_for_timeout(500)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    return page.inner_text("#find-sentence")


def save(picture: bytes, path: Path, *, said: str = "") -> None:
    """Write a picture with few colours, and what is said in it."""
    info = PngInfo()
    if said:
        info.add_itxt("Description", said)
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    flat = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    flat.save(path, pnginfo=info, optimize=True)


def gallery() -> str:
    """Write the page that shows all pictures."""
    parts = [
        "# What the pages look like",
        "",
        "`make milano` writes them; `python benchmarks/page_pictures.py` takes these pictures in a",
        "browser without network, on a phone (360 px), a tablet (768) and a desk (1440).",
    ]
    for name, (_, title) in VIEWS.items():
        parts += ["", f"## {title}", ""]
        parts += [f"![{title}, at {width} px](gallery/{name}-{width}.png)" for width in WIDTHS]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()

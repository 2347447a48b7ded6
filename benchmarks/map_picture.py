"""Take the picture of the published map that the README shows.

    python benchmarks/map_picture.py [maps/milano/index.html]

Writes docs/milano.png, in English. What the head of the page said is kept in the picture, so that a
test can tell when the two differ.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
TARGET = HERE.parent / "docs" / "milano.png"
SIZE = {"width": 1280, "height": 860}


def main() -> None:
    """Open the page, take the picture, and write it with what the page says."""
    page_file = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "maps/milano/index.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=SIZE)
        page.goto(page_file.resolve().as_uri())
        page.get_by_role("button", name="English").click()
        page.wait_for_timeout(1000)
        said = page.locator("header").inner_text()
        picture = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    info = PngInfo()
    info.add_itxt("Description", said)
    colours = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=128)
    colours.save(TARGET, pnginfo=info, optimize=True)
    print(said)


if __name__ == "__main__":
    main()

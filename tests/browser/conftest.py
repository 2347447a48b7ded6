"""What the tests of pages share: how a browser is opened, and the site of one small town."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.publish.site import write_site
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from quartieri15.model.city import City

TOWN = """
A--------B--------C
|        |        |
D--------E--------F
"""


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Open a browser for a file of tests: its event loop runs, and other tests need their own."""
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium), args=quiet)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def town() -> City:
    """Draw a town with one house and one Municipio."""
    return draw_city(
        TOWN,
        cell=40.0,
        places={"house": (2.0, 0.0)},
        people={(1.0, 0.0): 2000.0, (17.0, 3.0): 900.0, (9.0, 1.0): 400.0},
    )


@pytest.fixture(scope="session")
def town_site(town: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the site of the town; nobody changes it."""
    out = tmp_path_factory.mktemp("site") / "out"
    write_site(town, out)
    return out

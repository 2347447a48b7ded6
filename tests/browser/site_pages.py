"""A site in a browser: opened from disk, or from a server as strict as a public body's."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

AXE = Path(__file__).with_name("axe.min.js")
WIDTHS = {"phone": (360, 740), "tablet": (768, 1024), "desk": (1440, 900)}


class Strict(SimpleHTTPRequestHandler):
    """Gives out files, and tells browsers to take nothing from anywhere else."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Give out a folder, and tell where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def wait_for_frames(page: Page) -> None:
    """Wait until the page has drawn what was asked of it: a layer is drawn in the next frame."""
    page.evaluate("new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))")


class Watched:
    """A page, with all that it asked for and all it complained of.

    Parameters
    ----------
    browser
        Where it is opened.
    address
        Of the page; requests to the same server are its own.
    width, height
        Of the window; below 800 pixels it is a phone or tablet that is touched.
    more
        Options of the context, such as ``color_scheme`` or ``geolocation``.
    """

    def __init__(
        self, browser: Browser, address: str, *, width: int = 1440, height: int = 900, **more: Any
    ):
        touch = {"has_touch": True, "is_mobile": True} if width < 800 else {}
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, **(touch | more)
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        own = (address.split("/", 3)[:3] if address.startswith("http") else [address])[0:3]
        origin = "/".join(own)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        self.page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(("data:", "file:", origin))
                else self.requests.append(asked.url)
            ),
        )
        self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]", timeout=30_000)

    def sheets(self) -> int:
        """Return how many sheets of paper it takes in print."""
        return len(re.findall(rb"/Type\s*/Page\b", self.page.pdf(prefer_css_page_size=True)))

    def violations(self, *, within: str = "html") -> list[str]:
        """Return what axe-core finds in a part, and what it cannot decide about contrast."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            # Evaluated, not added as an element: the policy of the page refuses those.
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("(within) => axe.run(within)", within)
        undecided = [one for one in found["incomplete"] if one["id"].startswith("color-contrast")]
        return [
            f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
            for one in (*found["violations"], *undecided)
            for node in one["nodes"]
        ]

    def close(self) -> None:
        """Close the page and all it kept."""
        self.context.close()

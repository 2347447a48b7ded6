"""What the pages weigh, how soon their map is there, and how soon a trial house is counted.

    python benchmarks/pages.py [maps/milano]

Reads the pages that `make milano` wrote, in headless Chromium without network, and writes
benchmarks/pages.md.
"""

from __future__ import annotations

import json
import platform
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT: Final = Path(__file__).parent.parent
TIMES: Final = 5

TRIALS: Final = """
async () => {
  const { app } = Q15;
  const [west, south, east, north] = app.page.bounds;
  const houses = app.travel.houses();
  const taken = [];
  for (let i = 1; i <= 20; i += 1) {
    const x = west + (east - west) * (0.3 + 0.4 * ((i * 0.618) % 1));
    const y = south + (north - south) * (0.3 + 0.4 * ((i * 0.382) % 1));
    const began = performance.now();
    app.state.set({ edits: `new1_${Math.round(x)}_${Math.round(y)}` });
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    taken.push(performance.now() - began);
  }
  app.state.set({ edits: null });
  return { taken, houses: houses.length };
}
"""
"""Put a house in twenty places, and wait each time until the picture has followed."""


def main() -> None:
    """Measure the pages, and write the table."""
    site = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "maps/milano").resolve()
    record = json.loads((site / "summary.json").read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        # Once uncounted: the first page of a browser also pays for the browser's own start.
        measured(browser, site, record["pages"][0])
        rows = [measured(browser, site, page) for page in record["pages"]]
        browser.close()
    text = table(rows)
    (ROOT / "benchmarks" / "pages.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


def measured(browser: Browser, site: Path, page: dict[str, Any]) -> dict[str, Any]:
    """Open a page several times, and try houses on it where it has a trial."""
    path = site / f"{page['name']}.html"
    taken, trials = [], None
    for attempt in range(TIMES):
        tab = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True).new_page()
        began = time.perf_counter()
        tab.goto(path.as_uri(), wait_until="commit")
        tab.wait_for_selector("html[data-ready]", state="attached")
        tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        taken.append(time.perf_counter() - began)
        if attempt == 0 and "what_if" in page["bytes"]:
            trials = statistics.median(tab.evaluate(TRIALS)["taken"])
        tab.context.close()
    return {**page, "file": path.stat().st_size, "first": statistics.median(taken), "trial": trials}


def table(rows: list[dict[str, Any]]) -> str:
    """Write what was measured."""
    parts = list(dict.fromkeys(name for row in rows for name in row["bytes"]))
    kb = [
        "| page | whole file | " + " | ".join(parts) + " |",
        "|---|---" + "|---" * len(parts) + "|",
        *(
            f"| {row['name']} | {row['file'] / 1000:,.0f} | "
            + " | ".join(f"{row['bytes'].get(part, 0) / 1000:,.0f}" for part in parts)
            + " |"
            for row in rows
        ),
    ]
    times = [
        "| page | first map, s | a trial house, ms |",
        "|---|---|---|",
        *(
            f"| {row['name']} | {row['first']:.2f} | "
            f"{'' if row['trial'] is None else format(row['trial'], '.0f')} |"
            for row in rows
        ),
    ]
    return "\n".join(
        [
            "# The published pages: weight and pace",
            "",
            f"Written by `python benchmarks/pages.py` on {platform.machine()}, headless Chromium,",
            "no network. Kilobytes (1,000 bytes) of the one file of each page and of its parts:",
            "",
            *kb,
            "",
            f"From the call of the file to the drawn map (median of {TIMES}), and from a house put",
            "on the map to the picture with its minutes and people (median of 20 places):",
            "",
            *times,
            "",
        ]
    )


if __name__ == "__main__":
    main()

"""The ground every test stands on: raw files, the embedded city, a browser, how hypothesis looks.

What a machine may lack (the raw files, Chromium) is a fixture that skips with a plain reason;
what the repository carries (the Milano edition) is a fixture that fails when it is missing.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

if TYPE_CHECKING:
    from quartieri15.model.city import City

ROOT = Path(__file__).resolve().parent.parent

# The suite tries the same examples in every run: a red run is a change in the code, never luck.
# Looking for new ones is what `make fuzz` does. Compiled kernels make a first example slow, so
# there is no deadline.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize=True,
    database=None,
)
settings.register_profile(
    "fuzz",
    settings.get_profile("suite"),
    derandomize=False,
    database=DirectoryBasedExampleDatabase(ROOT / ".hypothesis" / "examples"),
)
settings.load_profile("suite")

FUZZ_TIMES = 10
"""How many times the examples of the suite each round of `make fuzz` tries."""


def settings_of(item: pytest.Item) -> settings | None:
    """What hypothesis was told about a test; None if the test is none of its own."""
    test = getattr(item, "obj", None)
    return getattr(test, "_hypothesis_internal_use_settings", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test that names its number of examples look longer, too, when it is to look."""
    if settings.get_current_profile_name() != "fuzz":
        return
    tests = {item.obj: own for item in items if (own := settings_of(item))}
    for test, own in tests.items():
        test._hypothesis_internal_use_settings = settings(
            own, max_examples=FUZZ_TIMES * own.max_examples
        )


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def sources() -> Path:
    """The folder of raw files: QUARTIERI15_SOURCES, or shared/sources beside the clone."""
    named = os.environ.get("QUARTIERI15_SOURCES")
    folder = Path(named) if named else ROOT.parent / "shared" / "sources"
    if not folder.is_dir():
        if named:
            pytest.fail(f"QUARTIERI15_SOURCES names no folder: {folder}")
        pytest.skip(
            "the raw files are not on this machine (set QUARTIERI15_SOURCES to their folder)"
        )
    return folder


@pytest.fixture(scope="session")
def milano() -> City:
    """The embedded edition of Milano, read once for the whole run."""
    import quartieri15 as q15

    return q15.load("milano")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser that opens the published pages: QUARTIERI15_CHROMIUM, or one on the PATH."""
    named = os.environ.get("QUARTIERI15_CHROMIUM")
    if named:
        if not Path(named).is_file():
            pytest.fail(f"QUARTIERI15_CHROMIUM names no file: {named}")
        return Path(named)
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return Path(found)
    pytest.skip("no Chromium on this machine (on Debian: apt-get install chromium)")

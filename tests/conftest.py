"""The ground every test stands on: raw files, the embedded city, a browser, one hypothesis profile.

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

if TYPE_CHECKING:
    from quartieri15.model.city import City

ROOT = Path(__file__).resolve().parent.parent

# Compiled kernels make a first example slow, so no deadline. On CI the examples are the same in
# every run: a red run is a change in the code, never luck. At a desk they keep looking.
settings.register_profile(
    "desk", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


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

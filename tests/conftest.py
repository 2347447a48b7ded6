"""The ground every test stands on: raw files, a browser, how hypothesis looks for examples.

What a machine may lack (the raw files, Chromium) is a fixture that skips with a plain reason;
what the repository carries (the Milano edition, in ``conftest.py`` above this folder) is a
fixture that fails when it is missing.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.internal.conjecture import engine

ROOT = Path(__file__).resolve().parent.parent

# The suite tries the same examples in every run: a red run is a change in the code, never luck.
# Looking for new ones is what `make fuzz` does. Compiled kernels make a first example slow, so
# there is no deadline. To explain an example, hypothesis traces every line of the tries by which
# it is made smaller: of towns that takes minutes, so only `make fuzz` does it.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    derandomize=True,
    database=None,
)
settings.register_profile(
    "fuzz",
    settings.get_profile("suite"),
    phases=list(Phase),
    derandomize=False,
    database=DirectoryBasedExampleDatabase(ROOT / ".hypothesis" / "examples"),
)
settings.load_profile("suite")
engine.MAX_SHRINKING_SECONDS = 60


def tried(named: int) -> int:
    """How many of the examples that a test names are tried.

    To be warned soon the suite tries the first quarter of them, but of those that are few the
    first ten, if that is no more than half. `make fuzz` tries ten times as many as named, others
    in every round.
    """
    if settings.get_current_profile_name() == "fuzz":
        return 10 * named
    return max(named // 4, min(named // 2, 10), 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the number of examples depend on the profile, also where a test names its own."""
    tests = {getattr(item, "obj", None) for item in items}
    for test in tests:
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is not None:
            test._hypothesis_internal_use_settings = settings(
                own, max_examples=tried(own.max_examples)
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

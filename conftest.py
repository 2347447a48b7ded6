"""What the tests and the examples of docstrings share: one city of Milano, opened once."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import pytest
from _pytest.doctest import DoctestItem

from quartieri15.editions import loading

if TYPE_CHECKING:
    from quartieri15.model.city import City

opened = cache(loading.load)


@pytest.fixture(scope="session")
def milano() -> City:
    """Read the embedded edition of Milano, once for the whole run."""
    return opened("milano")


@pytest.fixture(autouse=True)
def one_city_for_all_examples(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing changes a city, so that the examples of docstrings may all have the same one."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.setattr(loading, "load", opened)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: a third of the time they wait for a browser or a child."""
    return (os.cpu_count() or 1) + 1

"""What the tests of reports share: the figures of Milano, computed once."""

from __future__ import annotations

import pytest

from quartieri15.model import profiles
from quartieri15.publish.report.figures import ReportFigures


@pytest.fixture(scope="session")
def figures(milano) -> ReportFigures:
    """What the reports of Milano are made from, at the pace of a person of 75."""
    return ReportFigures.of(milano, profile=profiles.get("walk_75"), minutes=15.0, group="over65")

"""Where the parts of a scenario stand, for errors: in a file with its line, or in the scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quartieri15.planning.scenario import Scenario


def place_of_edit(scenario: Scenario, i: int) -> str:
    """Say where an edit stands, counted from 0."""
    place = scenario.sources[i] if i < len(scenario.sources) else ""
    return place or f"{scenario.name}, edit {i + 1} ({scenario.edits[i].kind})"


def place_of_name(scenario: Scenario, key: str, name: str) -> str:
    """Say where another scenario is required, or conflicts."""
    return scenario.named_at.get((key, name), key)

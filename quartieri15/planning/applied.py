"""What a scenario came to in a city: the city after, and what each edit changed there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.plain_json import plain_json
from quartieri15.planning.previews import drawn

if TYPE_CHECKING:
    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.planning.edits import Resolved
    from quartieri15.planning.scenario import Scenario

_EFFECTS: Final = {
    "edit": "int64",
    "kind": "object",
    "what": "object",
    "matched": "object",
    "edges": "int64",
    "length_m": "float64",
    "already_m": "float64",
    "places": "int64",
    "people": "float64",
    "said": "object",
}


@dataclass(frozen=True, eq=False, repr=False)
class Applied:
    """What a scenario came to in a city.

    Parameters
    ----------
    scenario
        The scenario.
    before, city
        The city before and after.
    steps
        What each edit came to, in order.
    """

    scenario: Scenario
    before: City
    city: City
    steps: tuple[Resolved, ...]

    def __repr__(self) -> str:
        return f"Applied({self.scenario.name!r} to {self.before.name!r}: {len(self.steps)} edits)"

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What each edit matched and changed; see ``Scenario.effects``."""
        rows = [
            {
                "edit": i + 1,
                "kind": step.edit.kind,
                "what": step.edit.words,
                "matched": step.matched,
                "edges": step.edges,
                "length_m": step.length_m,
                "already_m": step.already_m,
                "places": step.places,
                "people": step.people,
                "said": step.said,
            }
            for i, step in enumerate(self.steps)
        ]
        table = pd.DataFrame(rows, columns=list(_EFFECTS)).astype(_EFFECTS)
        table.attrs = plain_json({"provenance": self._provenance()})
        return table

    @cached_property
    def preview(self) -> gpd.GeoDataFrame:
        """What changes, ready for a map; see ``Scenario.preview``."""
        import geopandas as gpd

        rows = [
            {"edit": i + 1, "kind": step.edit.kind} | row
            for i, step in enumerate(self.steps)
            for row in drawn(step)
        ]
        columns = ["edit", "kind", "table", "change", "name", "values", "geometry"]
        table = gpd.GeoDataFrame(
            pd.DataFrame(rows, columns=columns), geometry="geometry", crs=self.before.crs
        )
        table.attrs = plain_json({"provenance": self._provenance()})
        return table

    def _provenance(self) -> dict[str, Any]:
        told = self.scenario
        return {
            "city": self.before.name,
            "scenario": told.name,
            "date": told.date,
            "vintages": dict(self.before.provenance.get("vintages", {})),
            "licence_line": self.before.provenance.get("licence_line", "not stated"),
        }

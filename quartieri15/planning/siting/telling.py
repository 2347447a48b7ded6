"""A choice of sites as it is told: described, with its bounds and its provenance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.plain_json import plain_json
from quartieri15.planning.siting.described import alternatives_table, people_within, sites_table
from quartieri15.planning.siting.questions import NEAR, UNITS
from quartieri15.planning.siting.result import Sites

if TYPE_CHECKING:
    from quartieri15.planning.siting.candidates import Candidates
    from quartieri15.planning.siting.questions import Asked, Found
    from quartieri15.progress import Say


def told(asked: Asked, where: Candidates, found: Found, objective: str, say: Say) -> Sites:
    """Describe what was found: the sites, what else could be chosen, what was asked."""
    say("who gains")
    table = where.table.iloc[found.chosen].reset_index(drop=True)
    must = np.isin(found.chosen, where.mandatory)
    sites = sites_table(
        asked.city,
        table,
        kept=asked.kept,
        profile=asked.profile,
        minutes=asked.minutes,
        group=asked.group,
        cap_minutes=asked.cap_minutes,
        cost_eur=None if where.costs is None else where.costs[found.chosen],
        mandatory=must,
    )
    alternatives = pd.DataFrame()
    if found.gains is not None and objective != "fewest":
        alternatives = alternatives_table(
            found.gains,
            found.chosen,
            where.table,
            near=NEAR,
            movable=~must,
            costs=where.costs if math.isfinite(where.budget) else None,
            budget=where.budget,
        )
    people = asked.city.residents[asked.group].to_numpy(dtype=float)
    covered = 0.0
    if len(sites):
        covered = float(sites["covered_total"].iloc[0] - sites["gain"].iloc[0])
    elif asked.kept is not None:
        covered = people_within(
            asked.city,
            asked.kept,
            profile=asked.profile,
            minutes=asked.minutes,
            group=asked.group,
        )
    said = asked.said(where) | {
        "objective": objective,
        "value": found.value,
        "bound": found.bound,
        "proven": found.proven,
        "seconds": found.seconds,
    }
    return Sites(
        sites=sites,
        objective=objective,
        unit=_unit(asked, objective),
        value=found.value,
        bound=found.bound,
        proven=found.proven,
        greedy=found.greedy,
        swap=found.swap,
        population=float(people.sum()),
        covered_before=covered,
        certificate=found.certificate,
        alternatives=alternatives,
        figures=found.figures,
        provenance=plain_json(said),
    )


def _unit(asked: Asked, objective: str) -> str:
    """Say what the value counts."""
    if objective == "coverage" and asked.kept is None:
        return "people within the minutes"
    return UNITS.get(objective, "new places")

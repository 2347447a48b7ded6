"""What it costs in people to choose for the worst-off zone, or for the neediest, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import zone_of_each_point
from quartieri15.plain_json import plain_json
from quartieri15.planning.siting.described import within
from quartieri15.planning.siting.fairness import homes_in_need
from quartieri15.planning.siting.questions import (
    for_coverage,
    for_neediest,
    for_worst_zone,
)

if TYPE_CHECKING:
    from quartieri15.planning.siting.candidates import Candidates
    from quartieri15.planning.siting.questions import Asked
    from quartieri15.progress import Say


def price_table(
    asked: Asked, where: Candidates, n: int, *, by: str, need: Any, say: Say
) -> pd.DataFrame:
    """Choose by three objectives, and count by each what the others count."""
    city = asked.city
    neediest, home = homes_in_need(city, need)
    residents = city.residents
    zones = city.zones_named(by, argument="by")
    zone = zone_of_each_point(city, by)
    poor_home = home.to_numpy(dtype=bool)
    people = residents[asked.group].to_numpy(dtype=float)
    before = np.zeros(len(residents), dtype=bool)
    if asked.kept is not None:
        before = within(city, asked.kept, profile=asked.profile, minutes=asked.minutes)
    rows: list[dict[str, Any]] = []
    results = {
        "coverage": for_coverage(asked, where, n, say),
        "worst_zone": for_worst_zone(asked, where, n, say, by=by),
        "neediest": for_neediest(asked, where, n, say, need=need),
    }
    some = zone >= 0
    population = np.bincount(zone[some], weights=people[some], minlength=len(zones))
    top = results["coverage"]
    for name, found in results.items():
        sites = where.table.iloc[found.chosen]
        gained = np.zeros_like(before)
        if len(sites):
            reached = within(city, sites, profile=asked.profile, minutes=asked.minutes)
            gained = reached & ~before
        covered = before | gained
        by_zone = np.bincount(
            zone[some], weights=np.where(covered, people, 0.0)[some], minlength=len(zones)
        )
        shares = np.divide(
            by_zone, population, out=np.full(len(zones), np.inf), where=population > 0
        )
        worst = int(shares.argmin())
        total = float(people[gained].sum())
        rows.append(
            {
                "objective": name,
                "gained": total,
                "share": float(people[covered].sum() / people.sum()),
                "worst_zone": zones["name"].iloc[worst],
                "worst_share": float(shares[worst]),
                "neediest_gained": float(people[gained & poor_home].sum()),
                "neediest_share": float(
                    people[covered & poor_home].sum() / max(people[poor_home].sum(), 1e-300)
                ),
                "price": max(top.value - total, 0.0),
                "price_at_most": max(top.bound - total, 0.0),
                "value": found.value,
                "bound": found.bound,
                "proven": found.proven,
                "candidate_ids": [where.table["id"].iloc[i] for i in found.chosen.tolist()],
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = plain_json(
        asked.said(where) | {"by": by, "need": need if isinstance(need, tuple) else "given", "n": n}
    )
    table.attrs["neediest_zones"] = plain_json(neediest.loc[neediest["neediest"], "zone"].tolist())
    return table

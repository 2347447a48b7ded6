"""Profiles side by side, and how much of what they refuse the streets do not tell."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from quartieri15.errors import ParameterError
from quartieri15.model import stress
from quartieri15.model.profiles import costs
from quartieri15.model.profiles.catalogue import get
from quartieri15.model.profiles.traveller import TravelProfile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

METHODS: Final = {
    "refusals": "tags of OpenStreetMap; Level of Traffic Stress: Mekuria, Furth, Nixon 2012",
    "slope": "Tobler 1993, NCGIA Technical Report 93-1, with the traveller's pace on the level",
    "steps_factor": "Weidmann 1993, Transporttechnik der Fussgaenger, ETH Zuerich",
    "crossing_wide_road_s": "Highway Capacity Manual 2000, equation 18-5, for signals",
    "max_grade": "DM 14 June 1989 n. 236, 8.1.11, for ramps",
}
"""The source of each parameter beside the speed, whose source each profile states."""

READS: Final[dict[str, tuple[str, ...]]] = {
    "raised_kerbs": ("kerb",),
    "rough_surfaces": ("surface", "tracktype"),
    "wheelchair": ("wheelchair",),
    **dict.fromkeys(costs.MOST_STRESS, ("stress", "maxspeed_kmh", "lanes")),
}
"""The columns a rule reads that may tell nothing; stairs are always told."""


def compare(*profiles: str | TravelProfile) -> pd.DataFrame:
    """Put the parameters of profiles side by side.

    Parameters
    ----------
    *profiles
        Names or profiles, two or more.

    Returns
    -------
    pandas.DataFrame
        One row per parameter (index ``parameter``), one column per profile named after it,
        then ``differs`` (whether they are not all the same) and ``method`` (the source of
        parameters other than the speed; that of the speed is the row ``source``).

    Raises
    ------
    ParameterError
        If there are fewer than two, or two of one name.
    UnknownNameError
        If a name is unknown.

    Examples
    --------
    >>> table = compare("walk_75", "step_free")
    >>> table.loc["speed_kmh", ["walk_75", "step_free"]].tolist()
    [3.2, 2.8]
    """
    found = [get(profile) for profile in profiles]
    names = [profile.name for profile in found]
    if len(found) < 2:  # noqa: PLR2004  (to compare takes two)
        raise ParameterError("there is nothing to compare with", mend="give two profiles or more")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ParameterError(
            f"two profiles are called {twice!r}", mend="give each its name with .with_(name=...)"
        )
    fields = [field.name for field in dataclasses.fields(TravelProfile) if field.name != "name"]
    rows = {field: [getattr(profile, field) for profile in found] for field in fields}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=names, dtype=object)
    table["differs"] = [any(value != values[0] for value in values) for values in rows.values()]
    table["method"] = [METHODS.get(field, "") for field in fields]
    return table.rename_axis("parameter")


def unknown_km(streets: StreetNetwork, profile: str | TravelProfile) -> pd.DataFrame:
    """Count the streets a profile uses only because nothing is known against it.

    Parameters
    ----------
    streets
        The network.
    profile
        Who travels.

    Returns
    -------
    pandas.DataFrame
        One row per rule of the profile, and one for ``grade`` where its slope or ``max_grade``
        reads it:

        ``attribute, reads``
            The rule, and the columns it reads.
        ``refused_km``
            What the rule closes of the streets that the mode admits.
        ``unknown_km, unknown_edges``
            What it leaves open while none of its columns says anything; a grade that is not
            known counts as level.
        ``unknown_share``
            ``unknown_km`` of all kilometres that the mode admits.

    Raises
    ------
    ParameterError
        If ``streets`` is no network of streets.
    UnknownNameError
        If the profile is not known.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> table = unknown_km(q15.load("milano").streets, "step_free").set_index("attribute")
    >>> bool(table.loc["steps", "unknown_km"] == 0), bool(table.loc["steps", "refused_km"] > 0)
    (True, True)
    """
    from quartieri15.model.streets import require_streets

    require_streets(streets)
    who = get(profile)
    edges, nodes = streets.edges, streets.nodes
    forward, backward = dataclasses.replace(who, refusals=(), max_grade=None).allowed(edges)
    admitted = forward | backward
    km = np.where(admitted, edges["length_m"].to_numpy(dtype=float) / 1000, 0.0)
    rows = []
    for rule in who.refusals:
        closed = costs.refused(edges, (rule,), nodes)
        rows.append((rule, ", ".join(READS.get(rule, (rule,))), closed, _untold(edges, rule)))
    if who.max_grade is not None or who.slope != "flat":
        grade = costs.grades(edges)
        steepest = np.inf if who.max_grade is None else who.max_grade
        rows.append(("grade", "grade, incline", np.abs(grade) > steepest, np.isnan(grade)))
    total = km.sum()
    return pd.DataFrame(
        [
            {
                "attribute": attribute,
                "reads": reads,
                "refused_km": km[closed].sum(),
                "unknown_km": km[untold & ~closed].sum(),
                "unknown_edges": int((admitted & untold & ~closed).sum()),
                "unknown_share": km[untold & ~closed].sum() / total if total > 0 else np.nan,
            }
            for attribute, reads, closed, untold in rows
        ],
        columns=[
            *("attribute", "reads", "refused_km", "unknown_km", "unknown_edges", "unknown_share")
        ],
    )


def _untold(edges: pd.DataFrame, rule: str) -> NDArray[np.bool_]:
    """Tell where none of the columns that a rule reads says anything."""
    columns = [column for column in READS.get(rule, ()) if column in edges.columns]
    if rule not in READS:
        return np.zeros(len(edges), dtype=bool)
    untold: NDArray[np.bool_] = edges[columns].isna().all(axis=1).to_numpy(dtype=bool)
    if rule in costs.MOST_STRESS:
        # On a way apart from traffic neither speed nor lanes matter.
        return untold & ~stress.apart_from_traffic(edges)
    return untold

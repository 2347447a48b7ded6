"""What the Milano edition knows of the NIL beside its groups: children, households, heat, green."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from quartieri15.editions import milano_published as published
from quartieri15.editions.milano_people import read_people
from quartieri15.sources import comune
from quartieri15.sources.comune_environment import read_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

ENVIRONMENT: Final = "comune/ambiente_nil_2024.csv"
FIGURES: Final = (
    *("children_0_14", "one_person_households", "lone_parent_households"),
    *("heat_risk", "heat_exposure", "green_index"),
)


def with_figures(nil: gpd.GeoDataFrame, paths: Mapping[str, Path]) -> gpd.GeoDataFrame:
    """Return the NIL with the :data:`FIGURES` that are published of them, before their outlines.

    Parameters
    ----------
    nil : geopandas.GeoDataFrame
        The zones.
    paths
        The raw files.

    Returns
    -------
    geopandas.GeoDataFrame
        Of the class of 14 to 18 a fifth are taken to be 14, as every year of age counts the same
        in the groups. A lone parent is one of at least one minor.
    """
    ages, _, households = read_people(paths)
    young = [name for name, (_, oldest) in comune.AGE_CLASSES.items() if oldest <= 13]  # noqa: PLR2004
    figures = pd.DataFrame(
        {
            "children_0_14": ages[young].sum(axis=1) + ages["14-18 anni"] / 5,
            "one_person_households": households["single_person"],
            "lone_parent_households": households["lone_parent"],
        }
    )
    # A NIL without a row has nobody.
    figures = figures.reindex(nil["id"]).fillna(0.0).join(read_heat_and_green(paths))
    table = nil.copy()
    for name in FIGURES:
        table.insert(len(table.columns) - 1, name, figures[name].to_numpy(dtype=float))
    return table


def read_heat_and_green(paths: Mapping[str, Path]) -> pd.DataFrame:
    """Read the figures of heat and green, of every NIL."""
    environment = read_environment(paths[ENVIRONMENT])
    published.check_environment(environment, where=ENVIRONMENT)
    return environment

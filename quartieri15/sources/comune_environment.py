"""What the Comune di Milano publishes per NIL of heat and green."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from quartieri15.errors import InputError
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIGURES: Final[Mapping[str, tuple[str, float]]] = {
    "heat_risk": ("rischioCalore", 1.0),
    "heat_exposure": ("calore", 1.0),
    "green_index": ("verde", 100.0),
}
"""What each figure is called in the file, and the most it can be."""


def read_environment(path: str | Path, *, zone_column: str = "id_nil") -> pd.DataFrame:
    """Read the risk of heat waves, the exposure to heat and the index of green (ds2811 to ds2813).

    The file has the lowest, the highest and the mean value within each NIL: the mean is read.

    Parameters
    ----------
    path
        A CSV with commas between the fields.
    zone_column
        The column with the ids of the zones.

    Returns
    -------
    pandas.DataFrame
        Index ``nil``; ``heat_risk`` and ``heat_exposure`` (0 to 1), ``green_index`` (0 to 100).

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If a value is no number or out of range, a mean is not between the lowest and the highest
        value, or a zone stands twice.
    """
    columns = [f"{name}_{what}" for name, _ in FIGURES.values() for what in ("min", "value", "max")]
    table = tabular.read_csv(path, columns=[zone_column, *columns])
    ids = tabular.numbers(table, zone_column, whole=True, low=0)
    tabular.refuse_duplicates(table, zone_column, values=ids)
    found = {}
    for figure, (name, most) in FIGURES.items():
        low, mean, high = (
            tabular.numbers(table, f"{name}_{what}", low=0, high=most)
            for what in ("min", "value", "max")
        )
        outside = (mean < low) | (mean > high)
        if outside.any():
            line = table.index[outside][0]
            raise InputError(
                f"{mean[line]:g} is not between {low[line]:g} and {high[line]:g}",
                where=f"{table.attrs['file']}, line {line}, column {name}_value",
                mend="correct the value, or fetch the file again",
            )
        found[figure] = mean
    return pd.DataFrame({"nil": ids, **found}).set_index("nil").sort_index()

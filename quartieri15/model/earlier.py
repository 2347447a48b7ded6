"""What is known of a city in other years: its streets then, and how many lived where."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.arguments import is_one_of, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.model.streets import StreetNetwork

if TYPE_CHECKING:
    from collections.abc import Callable


_COLUMNS = schemas.EARLIER_PEOPLE_COLUMNS


class Earlier:
    """What a city knows of other years; it is read when someone first asks for it.

    Parameters
    ----------
    streets
        Streets by the name of their vintage, such as ``{"2021-08": network}``, or what reads
        them.
    people : pandas.DataFrame
        One row per year, zone and group: ``year``, ``by`` (a set of zones, or ``"city"``),
        ``zone_id`` (0 for the city), ``group``, ``count``, and the ``source`` that published it:
        two sources may count one year differently. A zone without a row was not counted, which
        is not a count of 0. Or what reads that table. None for none.

    Raises
    ------
    ParameterError
        If the streets are no mapping of names to networks.
    InputError
        If a column of the people is missing, a count is negative or no number, or one source
        counts the same twice.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> milano.earlier.vintages
    ('2021-08',)
    """

    def __init__(
        self,
        *,
        streets: Mapping[str, StreetNetwork | Callable[[], StreetNetwork]] | None = None,
        people: pd.DataFrame | Callable[[], pd.DataFrame] | None = None,
    ) -> None:
        networks: object = {} if streets is None else streets
        if not isinstance(networks, Mapping) or not all(
            isinstance(name, str) and (isinstance(one, StreetNetwork) or callable(one))
            for name, one in networks.items()
        ):
            raise ParameterError(
                f"the earlier streets are {shown(networks)}",
                where="streets",
                mend="give a mapping of names to networks, such as {'2021-08': network}",
            )
        self._streets = dict(networks)
        self._read: dict[str, StreetNetwork] = {}
        self._people = people if callable(people) else _checked(people)

    @property
    def vintages(self) -> tuple[str, ...]:
        """The names of the streets of other years."""
        return tuple(self._streets)

    def streets(self, vintage: str) -> StreetNetwork:
        """Return the streets of another year.

        Raises
        ------
        UnknownNameError
            If there are none of that name.
        """
        if not is_one_of(vintage, self._streets):
            raise UnknownNameError.among(vintage, self._streets, kind="vintage of the streets")
        if vintage not in self._read:
            kept = self._streets[vintage]
            self._read[vintage] = kept if isinstance(kept, StreetNetwork) else kept()
        return self._read[vintage]

    @cached_property
    def people(self) -> pd.DataFrame:
        """The people of other years: see the class."""
        return _checked(self._people()) if callable(self._people) else self._people

    def without_streets(self) -> Earlier:
        """Return the same without streets: those of a city whose own were edited."""
        return Earlier(people=self._people)


def _checked(people: object) -> pd.DataFrame:
    if people is None:
        return pd.DataFrame({name: np.empty(0, dtype=object) for name in _COLUMNS})
    if not isinstance(people, pd.DataFrame):
        raise InputError(
            f"{shown(people)} is no table",
            where="people of other years",
            mend="give a DataFrame, or None",
        )
    table = schemas.check(people, _COLUMNS, where="people of other years")
    key = ["year", "by", "zone_id", "group", "source"]
    twice = table.duplicated(key).to_numpy()
    if twice.any():
        first = table[twice].iloc[0]
        raise InputError(
            f"{first['source']} counts {first['group']} of {first['by']} {first['zone_id']} in "
            f"{first['year']} twice",
            where=f"people of other years, row {table.index[twice][0]}",
            mend="leave one of them out",
        )
    return pd.DataFrame(table[list(_COLUMNS)])

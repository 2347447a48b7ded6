"""Whom a question of planning counts: one group of the people of a city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.arguments import shown
from quartieri15.errors import ParameterError

if TYPE_CHECKING:
    from quartieri15.model.city import City


def require_group(city: City, group: object) -> str:
    """Return the one group that is counted, or say that it is none.

    Raises
    ------
    ParameterError
        If it is no name of one group.
    UnknownNameError
        If the city does not count it; the nearest are told.
    InputError
        If the city has no residents.
    """
    if not isinstance(group, str):
        raise ParameterError(
            f"group is {shown(group)}", where="group", mend="name one group, such as 'over65'"
        )
    (known,) = city.require_groups(group)
    return known

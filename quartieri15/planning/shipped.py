"""The scenarios that come with a city."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quartieri15.editions.loading import EDITIONS, find_edition
from quartieri15.model.city import require_city
from quartieri15.planning.scenario import Scenario

if TYPE_CHECKING:
    from quartieri15.model.city import City

FOLDER: Final = "scenarios"
"""The folder of an edition in which they stand, one YAML file each."""


def shipped_scenarios(city: City) -> tuple[Scenario, ...]:
    """Return the scenarios that come with the edition of a city, in the order of their files.

    Parameters
    ----------
    city
        The city.

    Returns
    -------
    tuple of Scenario
        None where no edition that comes with the library has the name of the city.

    Raises
    ------
    MissingFileError
        If the edition is not on this machine.
    InputError
        If one of the files is wrong.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> names = [scenario.name for scenario in shipped_scenarios(q15.load("milano"))]
    >>> "Mi@over.net, Locale ALER" in names
    True
    """
    require_city(city)
    if city.name not in EDITIONS:
        return ()
    files = sorted((find_edition(city.name) / FOLDER).glob("*.yaml"))
    return tuple(Scenario.from_file(file) for file in files)

"""One door to every city that is ready to use."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from quartieri15.arguments import require_path
from quartieri15.errors import InputError, MissingFileError, ParameterError, UnknownNameError
from quartieri15.writing import put_back

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    import geopandas as gpd

    from quartieri15.model.city import City

EDITIONS = ("milano",)
"""The cities that come with the library."""

MANIFEST = "MANIFEST.json"


def load(city: str | Path = "milano") -> City:
    """Load a city.

    Parameters
    ----------
    city
        The name of an edition that comes with the library, or a folder that
        ``quartieri15 build`` has written.

    Returns
    -------
    City

    Raises
    ------
    UnknownNameError
        If there is neither an edition nor a folder of this name; the nearest names are
        suggested.
    MissingFileError
        If the folder holds no edition.
    ParameterError
        If it is neither a name nor a path.
    InputError
        If it is a file.

    Examples
    --------
    >>> load("milan")
    Traceback (most recent call last):
    ...
    quartieri15.errors.UnknownNameError: unknown city 'milan'. Mend: did you mean milano?
    """
    from quartieri15.editions import milano

    return milano.load(find_edition(city))


def load_quarters(city: str | Path = "milano") -> gpd.GeoDataFrame:
    """Load the quarters of public housing of a city.

    Parameters
    ----------
    city
        As for :func:`load`.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per quarter: ``id``, ``name``, ``operator``, ``units`` (dwellings), ``residents``
        (tenants), ``over65`` (the published share of the tenants), ``nil`` (that it lies in),
        ``source``, ``geometry``: a point in that NIL, not the quarter, whose boundary nobody
        publishes.

    Raises
    ------
    UnknownNameError, MissingFileError, ParameterError, InputError
        As for :func:`load`.

    Examples
    --------
    >>> quarters = load_quarters()
    >>> quarters[["name", "residents", "nil"]].values.tolist()[:2]
    [['Molise Calvairate', 2531, 28], ['Mazzini', 3347, 35]]
    """
    from quartieri15.editions import milano

    return milano.load_quarters(find_edition(city))


def recipe(city: str) -> ModuleType:
    """Return the module that builds an edition, by the city's name.

    Raises
    ------
    UnknownNameError
        If the library has no recipe for the city; the nearest names are suggested.
    """
    if city not in EDITIONS:
        raise UnknownNameError.among(city, EDITIONS, kind="city")
    return importlib.import_module(f"quartieri15.editions.{city}")


def find_edition(city: str | Path) -> Path:
    """Return the folder of a city, as :func:`load` understands it."""
    from quartieri15.editions import milano

    given: object = city
    if not isinstance(given, str | os.PathLike) or not str(given):
        raise ParameterError(
            f"{city!r} names no city",
            where="city",
            mend=f"give a folder with a {MANIFEST}, or one of {', '.join(EDITIONS)}",
        )
    if isinstance(city, str) and city in EDITIONS:
        return milano.edition_folder(city)
    folder = require_path(city, where="city")
    put_back(folder)
    if folder.is_file():
        raise InputError(
            "this is a file, and a city is a folder",
            where=str(folder),
            mend=f"give the folder with the {MANIFEST} in it",
        )
    if not folder.is_dir():
        if isinstance(city, str) and os.path.basename(city) == city:  # noqa: PTH119
            raise UnknownNameError.among(city, EDITIONS, kind="city")
        raise MissingFileError(
            "there is no such folder",
            where=str(folder),
            mend=f"give a folder with a {MANIFEST}, or one of {', '.join(EDITIONS)}",
        )
    if not (folder / MANIFEST).is_file():
        raise MissingFileError(
            f"the folder holds no {MANIFEST}, so no city",
            where=str(folder),
            mend="make one with: quartieri15 build milano --sources FOLDER --out FOLDER",
        )
    return folder

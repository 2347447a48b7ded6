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
    from quartieri15.progress import Say

EDITIONS = ("milano", "centro-2019")
"""The cities that come with the library."""
RECIPES = ("milano",)
"""Those that are made by a recipe of their own; others are made of a project."""

MANIFEST = "MANIFEST.json"


def load(city: str | Path = "milano") -> City:
    """Load a city.

    Parameters
    ----------
    city
        The name of an edition that comes with the library (``"milano"``; ``"centro-2019"``, half
        a square kilometre of it, to try things on), or a folder that ``quartieri15 build`` has
        written.

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
    from quartieri15.editions import milano, project_edition

    folder = find_edition(city)
    if project_edition.is_edition(folder):
        return project_edition.load_city(folder)
    return milano.load(folder)


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
    if city not in RECIPES:
        raise UnknownNameError.among(city, RECIPES, kind="city with a recipe")
    return importlib.import_module(f"quartieri15.editions.{city}")


def build(
    city: str | Path,
    *,
    sources: str | Path | None = None,
    out: str | Path | None = None,
    progress: Say | None = None,
) -> Path:
    """Make an edition of raw files, by the recipe of a city or by a project.

    Parameters
    ----------
    city
        The name of a city with a recipe (``"milano"``), or a folder with a ``city.toml``.
    sources
        For a recipe: the folder of its raw files. A project names its own.
    out
        The folder of the edition; ``data/<city>`` for a recipe when left out.
    progress
        Called with a sentence at the start of every step.

    Returns
    -------
    pathlib.Path
        The folder of the edition.

    Raises
    ------
    UnknownNameError
        If there is neither a recipe nor a folder of this name.
    ParameterError
        If a recipe is followed without sources, or a project without ``out`` or with sources.
    MissingFileError, InputError, OutputError
        As :func:`~quartieri15.editions.any_city.build_city` says.
    """
    from quartieri15.editions.any_city import build_city

    files, target = files_and_target(city, sources=sources, out=out)
    if city in RECIPES:
        recipe(str(city)).build(files, target, progress=progress)
    else:
        build_city(files, target, progress=progress)
    return target


def files_and_target(
    city: str | Path, *, sources: str | Path | None = None, out: str | Path | None = None
) -> tuple[Path, Path]:
    """Return the folder that a city is built of, and the folder of its edition.

    Parameters
    ----------
    city, sources, out
        As for :func:`build`.

    Raises
    ------
    UnknownNameError, ParameterError
        As for :func:`build`.
    """
    from pathlib import Path

    from quartieri15.editions.project import PROJECT_FILE

    folder = require_path(city, where="city")
    if city in RECIPES:
        if sources is None:
            raise ParameterError(
                f"the recipe of {city} needs the raw files",
                where="sources",
                mend="give the folder that holds them",
            )
        files = require_path(sources, where="sources")
        return files, Path("data") / folder if out is None else require_path(out, where="out")
    if not folder.exists() and len(folder.parts) == 1:
        unknown = UnknownNameError.among(city, RECIPES, kind="city")
        raise UnknownNameError(
            unknown.what,
            mend=f"{unknown.mend} A city of your own is a folder with a {PROJECT_FILE}: "
            f"quartieri15 new {city} begins one",
        )
    if sources is not None:
        raise ParameterError(
            "a project names its own files",
            where="sources",
            mend=f"leave it out; {PROJECT_FILE} says where they are",
        )
    if out is None:
        raise ParameterError(
            "it is not said where the edition shall stand",
            where="out",
            mend="give a folder of its own",
        )
    return folder, require_path(out, where="out")


def find_edition(city: str | Path) -> Path:
    """Return the folder of a city, as :func:`load` understands it."""
    from quartieri15.editions.milano import edition_folder
    from quartieri15.editions.project import PROJECT_FILE, is_project

    given: object = city
    if not isinstance(given, str | os.PathLike) or not str(given):
        raise ParameterError(
            f"{city!r} names no city",
            where="city",
            mend=f"give a folder with a {MANIFEST}, or one of {', '.join(EDITIONS)}",
        )
    if isinstance(city, str) and city in EDITIONS:
        return edition_folder(city)
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
    if not (folder / MANIFEST).is_file() and is_project(folder):
        raise MissingFileError(
            f"the folder holds a project ({PROJECT_FILE}), and no {MANIFEST}",
            where=str(folder),
            mend=f"build it: quartieri15 build {folder} --out FOLDER, and give that folder",
        )
    if not (folder / MANIFEST).is_file():
        raise MissingFileError(
            f"the folder holds no {MANIFEST}, so no city",
            where=str(folder),
            mend="make one with: quartieri15 build PROJECT --out FOLDER",
        )
    return folder

"""The project of a city: what ``city.toml`` says about it, and where its files are.

A project is a folder with a file ``city.toml`` and the files it names. Reading it touches none of
these files: whether they are there is asked by :meth:`Project.require_files`, what is in them by
whoever reads them.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quartieri15.arguments import require_path
from quartieri15.crs import crs_named, require_metric
from quartieri15.editions.project_files import FilesReader
from quartieri15.editions.toml_keys import TomlKeys
from quartieri15.errors import InputError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.editions.project_files import ProjectFile

PROJECT_FILE: Final = "city.toml"

_CITY: Final = {
    "name": str,
    "slug": str,
    "crs": str,
    "licence_line": str,
    "streets": dict,
    "zones": dict,
    "places": list,
    "services": list,
    "residents": dict,
}
RESERVED: Final = ("milano",)
"""Names of cities that come with a recipe, and scenarios, of their own."""
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class Project:
    """What ``city.toml`` says about a city.

    Parameters
    ----------
    name, slug
        As people read it, and as it is called in commands and names of files.
    crs
        The metric CRS of the city; None for the UTM zone of its streets.
    path
        The ``city.toml``; absolute.
    streets, zones, counts, places, services, weights
        Its files: zones by the name of the set, ``counts`` (the file that holds the people of
        each set of zones that has them: the zones' own file, or a list beside it) too,
        ``weights`` by the method that they serve.
    method
        One of :data:`~quartieri15.editions.project_files.METHODS`; None for the first that is
        there.
    licence_line
        What must stand wherever the data are shown; None for the licences of all files.
    """

    name: str
    slug: str
    crs: str | None
    path: Path
    streets: ProjectFile
    zones: Mapping[str, ProjectFile]
    counts: Mapping[str, ProjectFile]
    places: tuple[ProjectFile, ...]
    services: tuple[ProjectFile, ...] = ()
    weights: Mapping[str, ProjectFile] = field(default_factory=dict)
    method: str | None = None
    licence_line: str | None = None

    @property
    def folder(self) -> Path:
        """The folder that paths in ``city.toml`` are relative to."""
        return self.path.parent

    @property
    def files(self) -> dict[str, ProjectFile]:
        """Every file by its role."""
        lists = [self.streets, *self.zones.values(), *self.counts.values()]
        lists += [*self.places, *self.services, *self.weights.values()]
        return {one.role: one for one in lists}

    @property
    def vintages(self) -> dict[str, str]:
        """How old each file is, by its role."""
        return {role: one.vintage for role, one in self.files.items()}

    @property
    def licences(self) -> dict[str, str]:
        """The licence of each file, by its role."""
        return {role: one.licence for role, one in self.files.items()}

    def relative(self, file: ProjectFile) -> str:
        """Return the name of a file as it is told: from the folder of the project on."""
        return os.path.relpath(file.path, self.folder).replace(os.sep, "/")

    def require_files(self) -> None:
        """Say which files are missing, all of them at once.

        Raises
        ------
        MissingFileError
            If any file is missing; each is named with its line in ``city.toml``.
        """
        missing = [one for one in self.files.values() if not one.path.is_file()]
        if missing:
            named = "; ".join(
                f"{one.path.name} ({'a folder; ' if one.path.is_dir() else ''}{one.where})"
                for one in missing
            )
            count = "1 file is" if len(missing) == 1 else f"{len(missing)} files are"
            raise MissingFileError(
                f"{count} missing: {named}",
                where=str(self.folder),
                mend=f"put them there, or correct their names in {PROJECT_FILE}",
            )

    def require_city(self) -> None:
        """Refuse what is no city that could be built: one without places, or of a name taken.

        Raises
        ------
        InputError
            If there are no places, or a city that comes with the library has the slug.
        """
        if self.slug in RESERVED:
            raise InputError(
                f"{self.slug} is the name of a city that comes with the library",
                where=f"{self.path.name}, key slug",
                mend=f"choose another, such as slug = '{self.slug}-nuova'",
            )
        if not self.places:
            raise InputError(
                "no places are named, and a city without places has no question",
                where=f"{self.path.name}, key places",
                mend="add at least one list of places: [[places]] with file and kind",
            )


def is_project(path: str | Path) -> bool:
    """Tell whether a folder holds a project."""
    return (Path(path) / PROJECT_FILE).is_file()


def read_project(path: str | Path) -> Project:
    """Read what ``city.toml`` says.

    Parameters
    ----------
    path
        The folder of the project, or its ``city.toml``.

    Returns
    -------
    Project

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no TOML, a key is unknown or missing, or a value is not what it must be: with
        its line and key.
    ParameterError
        If ``path`` is no path.

    Examples
    --------
    >>> project = read_project("data/centro-2019/project")
    >>> project.name, list(project.zones), project.streets.path.name
    ('Centro 2019', ['blocks'], 'centro-2019.osm.gz')
    """
    given = require_path(path, where="path")
    file = (given / PROJECT_FILE if given.is_dir() else given).absolute()
    if not file.is_file():
        raise MissingFileError(
            f"there is no {PROJECT_FILE}" if given.is_dir() else "there is no such file",
            where=str(given),
            mend="write one with: quartieri15 new NAME",
        )
    return _Reader(TomlKeys(file)).project()


def slug_of(name: str) -> str:
    """Return how a city is called in commands and names of files.

    Examples
    --------
    >>> slug_of("Forlì"), slug_of("Reggio nell'Emilia")
    ('forli', 'reggio-nell-emilia')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


class _Reader:
    """Makes a project of the keys of one ``city.toml``."""

    def __init__(self, keys: TomlKeys) -> None:
        self._keys = keys
        self._files = FilesReader(keys)

    def project(self) -> Project:
        said = self._keys.said
        self._keys.require(said, _CITY, "", needed=("name", "streets", "zones"))
        name = said["name"].strip()
        slug = said.get("slug") or slug_of(name)
        if not _SLUG.fullmatch(slug):
            raise self._keys.wrong(
                f"{slug!r} cannot stand in names of files",
                "slug",
                mend="use small letters, digits and hyphens, such as slug = 'torino'",
            )
        if said.get("crs"):
            self._check_crs(said["crs"])
        streets = self._files.streets(said["streets"])
        zones, counts = self._files.zones(said["zones"])
        weights, method = self._files.weights(said.get("residents", {}))
        return Project(
            name=name,
            slug=slug,
            crs=said.get("crs") or None,
            path=self._keys.file,
            streets=streets,
            zones=zones,
            counts=counts,
            places=self._files.places("places", said.get("places", [])),
            services=self._files.places("services", said.get("services", [])),
            weights=weights,
            method=method,
            licence_line=said.get("licence_line") or None,
        )

    def _check_crs(self, crs: str) -> None:
        """Refuse a CRS that nobody knows, or in which distances are no metres."""
        import geopandas as gpd

        try:
            named = crs_named(crs, where="crs")
            require_metric(gpd.GeoSeries([], crs=named), where="crs")
        except InputError as error:
            raise self._keys.wrong(
                error.what,
                "crs",
                mend="name a metric one, such as 'EPSG:32632', or leave it out for the UTM zone "
                "of the streets",
            ) from error

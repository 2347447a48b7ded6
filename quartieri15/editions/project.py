"""The project of a city: what ``city.toml`` says about it, and where its files are.

A project is a folder with a file ``city.toml`` and the files it names. Reading it touches none of
these files: whether they are there is asked by :meth:`Project.require_files`, what is in them by
whoever reads them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path, shown
from quartieri15.crs import crs_named, require_metric
from quartieri15.editions.toml_keys import TomlKeys, one_of
from quartieri15.errors import InputError, MissingFileError
from quartieri15.model.residents import GROUPS
from quartieri15.model.zones import names_zones
from quartieri15.sources.facilities import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT_FILE: Final = "city.toml"

METHODS: Final = ("civic_numbers", "buildings", "population_raster", "landuse", "area")
"""Ways to say where in a zone its residents live, best first: the first that is there is taken."""

ADDRESSED: Final = ("address", "street", "number")
"""Keys of a list of places that name its addresses: one column, or the street and the number."""
OSM_LICENCE: Final = "© OpenStreetMap contributors, ODbL 1.0"
OSM_ENDINGS: Final = (".osm", ".osm.gz", ".osm.bz2", ".pbf")
NOT_STATED: Final = "not stated"

# What a table of the file may say: key, and the kind of its value.
_SAID: Final = {"vintage": str, "licence": str, "publisher": str}
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
_STREETS: Final = {"file": str, **_SAID}
_ZONES: Final = {
    "file": str,
    "id": str,
    "name": str,
    "layer": str,
    "counts": dict,
    "counts_file": str,
    "counts_id": str,
    **_SAID,
}
_PLACES: Final = {
    "file": str,
    "kind": str,
    "network": str,
    "id": str,
    "name": str,
    "kind_column": str,
    "lon": str,
    "lat": str,
    "address": str,
    "street": str,
    "number": str,
    "crs": str,
    "layer": str,
    "tags": dict,
    "outside": str,
    **_SAID,
}
_RESIDENTS: Final = {"method": str, **dict.fromkeys(METHODS[:-1], dict)}
_WEIGHTS: Final[Mapping[str, Mapping[str, type]]] = {
    "civic_numbers": {
        "file": str,
        "id": str,
        "street": str,
        "number": str,
        "residential": str,
        "lon": str,
        "lat": str,
        "crs": str,
        "layer": str,
        **_SAID,
    },
    "buildings": {"file": str, "levels": str, "use": str, "layer": str, **_SAID},
    "population_raster": {"file": str, "band": int, **_SAID},
    "landuse": {"file": str, "class": str, "residential": list, "layer": str, **_SAID},
}
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class ProjectFile:
    """One file of a project, and how it is read.

    Parameters
    ----------
    role
        What it is for: ``streets``, ``zones.quartieri``, ``zones.quartieri.counts``,
        ``places.1``, ``services.1``, ``residents.buildings``.
    path
        The file; absolute.
    where
        Where ``city.toml`` names it, for messages.
    columns
        The columns of the file by what they hold: ``{"id": "CODICE", "residents": "POP_TOT"}``.
    settings
        What else is said of it: ``kind``, ``network``, ``tags``, ``layer``, ``crs``, ``band``, ...
    vintage, licence, publisher
        As stated, ``"not stated"`` where nothing is.
    """

    role: str
    path: Path
    where: str
    columns: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    vintage: str = NOT_STATED
    licence: str = NOT_STATED
    publisher: str = NOT_STATED

    @property
    def addressed(self) -> tuple[str, ...]:
        """The columns of a list that hold the addresses of its places; none where none do."""
        return tuple(self.columns[key] for key in ADDRESSED if key in self.columns)

    @property
    def is_osm(self) -> bool:
        """Whether it is a file of OpenStreetMap, by its name."""
        return self.path.name.lower().endswith(OSM_ENDINGS)


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
        One of :data:`METHODS`; None for the first that is there.
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

    def require_files(self) -> None:
        """Say which files are missing, all of them at once.

        Raises
        ------
        MissingFileError
            If any file is missing; each is named with its line in ``city.toml``.
        """
        missing = [one for one in self.files.values() if not one.path.is_file()]
        if missing:
            named = "; ".join(f"{one.path.name} ({one.where})" for one in missing)
            count = "1 file is" if len(missing) == 1 else f"{len(missing)} files are"
            raise MissingFileError(
                f"{count} missing: {named}",
                where=str(self.folder),
                mend=f"put them there, or correct their names in {PROJECT_FILE}",
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
        self._keys.require(said["streets"], _STREETS, "streets", needed=("file",))
        streets = self._file_of("streets", said["streets"])
        if not streets.is_osm:
            raise self._keys.wrong(
                f"{streets.path.name} is no file of OpenStreetMap by its name",
                "streets.file",
                mend=f"give one that ends in {', '.join(OSM_ENDINGS)}",
            )
        zones, counts = self._zones(said["zones"])
        residents = said.get("residents", {})
        self._keys.require(residents, _RESIDENTS, "residents")
        method = residents.get("method") or None
        if method is not None and method not in METHODS:
            raise self._keys.wrong(
                f"{method!r} is no method", "residents.method", mend=one_of(method, METHODS)
            )
        weights = {
            method: self._weight(method, residents[method])
            for method in METHODS
            if method in residents
        }
        return Project(
            name=name,
            slug=slug,
            crs=said.get("crs") or None,
            path=self._keys.file,
            streets=streets,
            zones=zones,
            counts=counts,
            places=self._places("places", said.get("places", [])),
            services=self._places("services", said.get("services", [])),
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

    def _zones(self, said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        zones, counts = {}, {}
        for key, one in said.items():
            name = f"zones.{key}"
            if not isinstance(one, dict):
                raise self._keys.wrong(
                    f"zones.{key} is {shown(one)}",
                    name,
                    mend="begin a set of zones with its name, such as [zones.quartieri]",
                )
            if not names_zones(key):
                raise self._keys.wrong(
                    f"{key!r} cannot name a set of zones",
                    name,
                    mend="use letters, digits and _, and not city or place",
                )
            self._keys.require(one, _ZONES, name, needed=("file",))
            columns = {what: one.get(what, what) for what in ("id", "name")}
            zones[key] = self._file_of(name, one, columns=columns)
            groups = one.get("counts", {})
            self._keys.require(groups, dict.fromkeys(GROUPS, str), f"{name}.counts", what="group")
            if not groups:
                continue
            for group, column in groups.items():
                if not column.strip():
                    raise self._keys.wrong(
                        "it is blank",
                        f"{name}.counts.{group}",
                        mend="write the column that counts them, or leave the group out",
                    )
            if "residents" not in groups:
                raise self._keys.wrong(
                    "the group residents is missing, of which all others are part",
                    f"{name}.counts",
                    mend="name the column that counts all residents: residents = 'COLUMN'",
                )
            beside = {"id": one.get("counts_id", columns["id"]), **groups}
            if one.get("counts_file"):
                given = {**one, "file": one["counts_file"]}
                counts[key] = self._file_of(
                    f"{name}.counts", given, columns=beside, key=f"{name}.counts_file"
                )
            else:
                counts[key] = self._file_of(name, one, columns={**columns, **groups})
                zones[key] = counts[key]
        if not counts:
            raise self._keys.wrong(
                "no set of zones has counts of people",
                "zones",
                mend="name the columns that count them: counts = { residents = 'COLUMN' }",
            )
        return zones, counts

    def _places(self, name: str, said: Sequence[Any]) -> tuple[ProjectFile, ...]:
        found = []
        for number, one in enumerate(said, start=1):
            role = f"{name}.{number}"
            if not isinstance(one, dict):
                raise self._keys.wrong(
                    f"{name} holds {shown(one)}", name, mend=f"begin each list with [[{name}]]"
                )
            self._keys.require(one, _PLACES, role, needed=("file",))
            file = self._file_of(
                role,
                one,
                columns={
                    what: one[key]
                    for what, key in (
                        *((own, own) for own in ("id", "name", "lon", "lat", *ADDRESSED)),
                        ("kind", "kind_column"),
                    )
                    if one.get(key)
                },
            )
            self._check_places(one, file)
            found.append(file)
        return tuple(found)

    def _check_places(self, one: Mapping[str, Any], file: ProjectFile) -> None:
        role = file.role
        if file.is_osm != bool(one.get("tags")):
            raise self._keys.wrong(
                "a file of OpenStreetMap needs tags, and no other file may have them",
                f"{role}.tags" if one.get("tags") else f"{role}.file",
                mend="say what to read of it, such as tags = { amenity = ['library'] }",
            )
        if not file.is_osm and not one.get("kind"):
            raise self._keys.wrong(
                "the kind is missing", f"{role}.kind", mend="say what they are: kind = 'library'"
            )
        said = [key for key in ADDRESSED if one.get(key)]
        if said and said not in (["address"], ["street", "number"]):
            raise self._keys.wrong(
                f"{' and '.join(said)} do not name the addresses of a list",
                f"{role}.{said[0]}",
                mend="name the column of addresses: address = 'COLUMN'; or the two of them: "
                "street = 'COLUMN' and number = 'COLUMN'",
            )
        if said and file.path.suffix.lower() not in LISTS:
            raise self._keys.wrong(
                f"{file.path.name} has positions of its own",
                f"{role}.{said[0]}",
                mend="leave the addresses out; they are looked up in a list (.csv) alone",
            )
        if one.get("outside", "refuse") not in ("refuse", "leave_out"):
            raise self._keys.wrong(
                f"outside is {one['outside']!r}",
                f"{role}.outside",
                mend="use 'refuse', or 'leave_out' to leave out and count them",
            )

    def _weight(self, method: str, said: Any) -> ProjectFile:
        role = f"residents.{method}"
        known = _WEIGHTS[method]
        self._keys.require(said, known, role, needed=("file",))
        columns = {
            what: said[what]
            for what in ("id", "street", "number", "residential", "lon", "lat", "levels", "use")
            if said.get(what)
        }
        if said.get("class"):
            columns["class"] = said["class"]
        return self._file_of(role, said, columns=columns)

    def _file_of(
        self,
        role: str,
        said: Mapping[str, Any],
        *,
        columns: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> ProjectFile:
        key = key or f"{role}.file"
        path = self._keys.file.parent / said["file"]
        osm = path.name.lower().endswith(OSM_ENDINGS)
        stated = {
            "licence": OSM_LICENCE if osm else NOT_STATED,
            "publisher": "OpenStreetMap contributors" if osm else NOT_STATED,
            **{what: said[what] for what in _SAID if said.get(what)},
        }
        keys = ("kind", "network", "tags", "layer", "crs", "band", "residential", "outside")
        own = {what: said[what] for what in keys if said.get(what) and what not in (columns or ())}
        return ProjectFile(
            role=role,
            path=path,
            where=self._keys.place(key),
            columns=columns or {},
            settings=own,
            **stated,
        )

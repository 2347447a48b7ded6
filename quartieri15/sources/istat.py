"""The 2011 census of ISTAT by section, as published by the Comune di Milano and ISTAT.

Four files say different things about the same sections; :func:`read_sections` joins them by
section number and says which sections lack what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources import tabular, whole_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The keys of the published file, with the ages they mean: its "0-5" is under 5 (the next class
# starts at 5), its "75-100" is 75 and over.
AGE_CLASSES: Mapping[str, tuple[int, int]] = {
    "0-5": (0, 4),
    **{f"{low}-{low + 4}": (low, low + 4) for low in range(5, 75, 5)},
    "75-100": (75, 120),
}
# Columns of ds385 by their published number: the headers are cut at 58 characters.
OVER85, ALONE, FOREIGN = 10, 18, 31
# A section is a block or a few: in Milano 1,182 people live in the largest.
MOST_OF_A_SECTION = 20_000


def read_section_polygons(
    path: str | Path, *, crs: Any, stated: str = "EPSG:3003"
) -> gpd.GeoDataFrame:
    """Read the section polygons (ds98): a shapefile in a zip archive, in a folder of its own.

    Parameters
    ----------
    path
        The archive as published.
    crs
        The metric CRS of the result.
    stated
        The CRS the file must state. Monte Mario / Italy zone 1 for Milano.

    Returns
    -------
    geopandas.GeoDataFrame
        ``section`` (int64), ``geometry``; sorted by section.

    Raises
    ------
    MissingFileError
        If the archive is missing or holds no shapefile.
    InputError
        If the CRS is another, or a section stands twice or is not valid.
    """
    from pathlib import Path

    path = Path(path)
    shapes = [name for name in whole_files.names_in(path) if name.lower().endswith(".shp")]
    if len(shapes) != 1:
        raise MissingFileError(
            f"{len(shapes)} shapefiles in the archive",
            where=path.name,
            mend="give the archive with the one layer of sections",
        )
    table = tabular.read_layer(path, columns=["SEZ"], inside=shapes[0])
    if table.crs != stated:
        raise InputError(
            f"the file states {table.crs.to_string()}, not {stated}",
            where=path.name,
            mend="give the file as published, with its .prj",
        )
    return _checked_sections(table.to_crs(crs), "SEZ", where=path.name)


def read_joined_sections(
    path: str | Path, *, layer: str = "sezioni_2011_joined"
) -> gpd.GeoDataFrame:
    """Read the joined GeoPackage: an independent join of the same files, used as a check.

    The file has two layers, so the layer is named.
    """
    return tabular.read_layer(path, columns=["SEZ"], layer=layer)


def read_sections(
    *,
    polygons: str | Path,
    totals: str | Path,
    ages: str | Path,
    indicators: str | Path,
    households: str | Path,
    crs: Any,
    comune: int = 15146,
) -> gpd.GeoDataFrame:
    """Read the census sections with what the household model needs.

    Parameters
    ----------
    polygons
        ds98, zip archive.
    totals
        ISTAT's variables per section (``P1`` = residents), CSV with ``;``.
    ages
        Residents by 16 age classes, JSON. 19 sections carry no classes.
    indicators
        ds385, 44 percentages per section, cp1252, ``;``, decimal comma. Percentages of a
        published count give back the count when rounded.
    households
        ds383, households by tenure and size, JSON.
    crs
        The metric CRS of the result.
    comune
        ISTAT's number of the comune: the first digits of the full section number.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per polygon: ``section`` (int64), ``residents`` (int64), one int64 column per
        key of :data:`AGE_CLASSES`, ``over85``, ``foreign``, ``over65_alone``, ``households``,
        ``renting_households`` (int64), ``has_ages`` (bool), ``geometry``; sorted by section.
        ``attrs``: ``without_polygon`` (sections with people that have none) and
        ``residents_without_polygon``, ``without_ages`` and ``residents_without_ages``.

    Raises
    ------
    MissingFileError, InputError
        With file, row and column.
    """
    table = read_section_polygons(polygons, crs=crs)
    residents = read_section_totals(totals, comune=comune)
    counts = read_section_ages(ages)
    rates = read_section_indicators(indicators)
    homes = read_section_households(households)
    section = pd.Index(table["section"])
    lost = residents[~residents.index.isin(section) & (residents > 0)]
    known = residents.reindex(section).fillna(0).astype("int64")
    by_age = counts.reindex(section)
    has_ages = by_age.notna().all(axis=1)
    by_age = by_age.fillna(0).astype("int64")
    aged = by_age.sum(axis=1)
    disagree = has_ages & (aged != known)
    if disagree.any():
        first = disagree.index[disagree][0]
        raise InputError(
            f"{aged.loc[first]} people by age, {known.loc[first]} in all",
            where=f"section {first}",
            mend="give totals and ages of the same census",
        )
    rates = rates.reindex(section)
    over65 = by_age[["65-69", "70-74", "75-100"]].sum(axis=1)
    table = table.assign(
        residents=known.to_numpy(),
        **{key: by_age[key].to_numpy() for key in AGE_CLASSES},
        over85=_count(rates["over85_pct"], known),
        foreign=_count(rates["foreign_pct"], known),
        over65_alone=_count(rates["over65_alone_pct"], over65),
        households=homes["households"].reindex(section).fillna(0).astype("int64").to_numpy(),
        renting_households=homes["renting"].reindex(section).fillna(0).astype("int64").to_numpy(),
        has_ages=has_ages.to_numpy(),
    )
    unaged = ~table["has_ages"] & (table["residents"] > 0)
    table.attrs = {
        "without_polygon": [int(number) for number in lost.index],
        "residents_without_polygon": int(lost.sum()),
        "without_ages": [int(number) for number in table.loc[unaged, "section"]],
        "residents_without_ages": int(table.loc[unaged, "residents"].sum()),
    }
    return table


def read_section_totals(path: str | Path, *, comune: int = 15146) -> pd.Series:
    """Read residents per section (``P1``), indexed by the section number inside the comune."""
    table = tabular.read_csv(path, columns=["SEZ2011", "P1"], separator=";")
    codes = tabular.numbers(table, "SEZ2011", whole=True)
    other = codes // 10_000_000 != comune
    if other.any():
        line = table.index[other.to_numpy()][0]
        raise InputError(
            f"section {codes.loc[line]} is not of comune {comune}",
            where=f"{table.attrs['file']}, line {line}, column SEZ2011",
            mend="keep the rows of one comune",
        )
    tabular.refuse_duplicates(table, "SEZ2011", values=codes)
    values = tabular.numbers(table, "P1", whole=True, low=0, high=MOST_OF_A_SECTION).to_numpy()
    index = pd.Index((codes % 10_000_000).to_numpy(), name="section")
    return pd.Series(values, index=index, name="residents").sort_index()


def read_section_ages(path: str | Path) -> pd.DataFrame:
    """Read residents by age class per section; sections without classes are left out."""
    records = _json_records(path, key="indicatori")
    file = _name(path)
    rows: dict[int, dict[str, int]] = {}
    for number, record in enumerate(records):
        section = _whole(
            record, "sez", where=f"{file}, record {number}", most=tabular.LARGEST_WHOLE
        )
        where = f"{file}, record {number} (section {section})"
        if section in rows:
            raise InputError("the section stands twice", where=where, mend="keep one of the two")
        classes = record.get("fasce")
        if classes is None:
            continue
        if not isinstance(classes, dict):
            raise InputError(
                f"the key 'fasce' holds {type(classes).__name__}, not an object of age classes",
                where=where,
                mend="correct it",
            )
        absent = [key for key in AGE_CLASSES if key not in classes]
        if absent:
            raise InputError(
                f"age class {', '.join(absent)} is missing", where=where, mend="add it"
            )
        rows[section] = {key: _whole(classes, key, where=where) for key in AGE_CLASSES}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("section").sort_index()


def read_section_indicators(path: str | Path) -> pd.DataFrame:
    """Read three percentages per section (ds385): over 85, over 65 alone, foreign.

    The headers are cut short, so the columns are known by the number they begin with.
    """
    first = "1) Numero sezione…"
    table = tabular.read_csv(path, columns=[first], separator=";")
    sections = tabular.numbers(table, first, whole=True)
    tabular.refuse_duplicates(table, first, values=sections)
    columns = {}
    wanted = {"over85_pct": OVER85, "over65_alone_pct": ALONE, "foreign_pct": FOREIGN}
    for name, number in wanted.items():
        column = next((c for c in table.columns if c.startswith(f"{number})")), None)
        if column is None:
            raise InputError(
                f"no column begins with '{number})'",
                where=f"{table.attrs['file']}, line 1",
                mend="give the file as published",
            )
        columns[name] = tabular.numbers(
            table, column, low=0, high=100, nullable=True, decimal=","
        ).to_numpy()
    index = pd.Index(sections.to_numpy(), name="section")
    return pd.DataFrame(columns, index=index).sort_index()


def read_section_households(path: str | Path) -> pd.DataFrame:
    """Read households and those that rent per section (ds383)."""
    names = {"households": "Famiglie residenti", "renting": "Famiglie in alloggi in affitto"}
    file = _name(path)
    rows: dict[int, dict[str, int]] = {}
    for number, record in enumerate(_json_records(path)):
        where = f"{file}, record {number}"
        section = _whole(record, "Numero sezione", where=where, most=tabular.LARGEST_WHOLE)
        if section in rows:
            raise InputError(
                f"section {section} stands twice", where=where, mend="keep one of the two"
            )
        rows[section] = {new: _whole(record, old, where=where) for new, old in names.items()}
        if rows[section]["renting"] > rows[section]["households"]:
            raise InputError(
                "more households rent than there are", where=where, mend="correct the counts"
            )
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("section").sort_index()


def _checked_sections(table: gpd.GeoDataFrame, column: str, *, where: str) -> gpd.GeoDataFrame:
    given = pd.to_numeric(table[column], errors="coerce")
    wrong = ~given.between(0, tabular.LARGEST_WHOLE) | (given % 1 != 0)
    if wrong.any():
        row = table.index[wrong][0]
        raise InputError(
            f"{table[column].loc[row]!r} is no number of a section",
            where=f"{where}, row {row}, column {column}",
            mend="correct the value",
        )
    numbers = given.astype("int64")
    if numbers.duplicated().any():
        raise InputError(
            f"section {numbers[numbers.duplicated()].iloc[0]} stands twice",
            where=f"{where}, column {column}",
            mend="merge its parts into one row",
        )
    broken = ~table.geometry.is_valid
    if broken.any():
        raise InputError(
            "the polygon is not valid",
            where=f"{where}, section {numbers[broken].iloc[0]}",
            mend="untangle its outline",
        )
    sections = gpd.GeoDataFrame({"section": numbers}, geometry=table.geometry, crs=table.crs)
    return sections.sort_values("section", ignore_index=True)


def _count(percent: pd.Series, base: pd.Series) -> np.ndarray:
    values = np.rint(percent.fillna(0).to_numpy() * base.to_numpy() / 100)
    counts: np.ndarray = np.minimum(values, base.to_numpy()).astype("int64")
    return counts


def _json_records(path: str | Path, key: str | None = None) -> list[dict[str, Any]]:
    document = tabular.read_json(path)
    file = _name(path)
    records = document.get(key) if key and isinstance(document, dict) else document
    if not isinstance(records, list) or not records:
        raise InputError(
            f"there is no list of records{f' under the key {key!r}' if key else ''} in it",
            where=file,
            mend="download it again",
        )
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            raise InputError(
                f"a {type(record).__name__} where an object must be",
                where=f"{file}, record {number}",
                mend="download it again",
            )
    return records


def _whole(
    record: Mapping[str, Any], key: str, *, where: str, most: int = MOST_OF_A_SECTION
) -> int:
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise InputError(
            f"{value!r} is not a whole number",
            where=f"{where}, key {key!r}",
            mend="correct the value",
        )
    if not 0 <= value <= most:
        said = "below 0" if value < 0 else f"above {most:,}"
        raise InputError(
            f"{value!r} is {said}", where=f"{where}, key {key!r}", mend="correct the value"
        )
    return int(value)


def _name(path: str | Path) -> str:
    return str(path).replace("\\", "/").rsplit("/", 1)[-1]

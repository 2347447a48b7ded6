"""Facilities of any file: a list in a spreadsheet, a layer of a GIS.

What is read becomes a table of places, and every verb takes it as ``to=``. A list of one's own has
many ways to be wrong that no program notices: degrees swapped, a decimal comma, a row pasted
twice. Each is refused with its row. Only what is asked for is read: a list of doctors often has
their telephone numbers in the next column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import shapely

from quartieri15.arguments import require_path, require_text, several, shown
from quartieri15.crs import GEOGRAPHIC, crs_named
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import schemas
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.sources import tabular
from quartieri15.sources.listed_addresses import PRECISION, TOLD, read_addressed_list
from quartieri15.sources.located_tables import (
    LAYERS,
    LISTS,
    SHAPES,
    is_personal,
    kind_of_file,
    read_list,
    read_shapes,
    refuse_ids,
    texts_of,
    word_of,
)
from quartieri15.sources.points_in_city import points_in_city, require_outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from quartieri15.model.city import City
    from quartieri15.sources.points_in_city import Outside

_CONTROL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"


def read_facilities(
    path: str | Path,
    *,
    city: City,
    kind: str,
    network: str | None = None,
    id_column: str | None = "id",
    name_column: str | None = "name",
    kind_column: str | None = None,
    lon_column: str = "lon",
    lat_column: str = "lat",
    address_columns: str | Iterable[str] | None = None,
    crs: object = None,
    layer: str | None = None,
    outside: Outside = "refuse",
) -> gpd.GeoDataFrame:
    r"""Read facilities of any file, ready to be asked about.

    Parameters
    ----------
    path
        A CSV (fields separated by ``,`` ``;`` tab or ``|``, decimals with a point or a comma,
        UTF-8 or Windows-1252), a GeoJSON, a GeoParquet, a GeoPackage, a shapefile, alone or in a
        zip archive.
    city
        The city that the facilities are for: its CRS, and where they must lie.
    kind
        What they are, in one word: ``"library"``. It names them: ``to="library"`` once they
        are the services of a city, which no ``"houses"``, ``"wemi"``, ``"places"`` or
        ``"services"`` may be: these name other sets.
    network
        What they belong to, such as ``"culture"``; the kind, when left out.
    id_column
        The column of ids. None may be missing or stand twice. None for the names in their place.
    name_column
        The column of names; a facility without a name has that of its kind. None for none.
    kind_column
        A column that tells the kind row by row; empty for ``kind``.
    lon_column, lat_column
        Of a CSV: the columns of the position, east first.
    address_columns
        Of a CSV: the column of addresses as people write them (``"via Larga 12"``), or two, of the
        street and of the number. A row without a position stands at the civic number of the city
        that its address means; the columns of the position may be absent then. An address is
        taken only if :func:`~quartieri15.model.geocoding.geocode.geocode` is sure of it.
    crs
        The CRS of a CSV; degrees (EPSG:4326) when left out. Other files state their own.
    layer
        Of a file with several layers: which one. Only a GeoPackage and its like have layers.
    outside
        What lies outside the streets of the city: ``"refuse"`` the file, or ``"leave_out"``
        and count.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id``, ``name``, ``kind``, ``network``, ``geometry`` (points in the city's CRS, those of
        other shapes inside them), and ``entrance_steps``, ``capacity`` and ``opening_hours``
        where the file has them; what is blank is missing, which is unknown.
        ``entrance_steps`` is yes where one has to take steps to enter (``yes``, ``sì``, ``true``,
        ``vero``, ``1``) and no where there are none or a ramp beside them (``no``, ``false``,
        ``falso``, ``0``). Give it as ``to=``, or keep it in a city:
        ``city.with_(services=table)``. With ``address_columns`` also ``address`` and
        ``location_precision``: ``civic`` for the civic number that was found, ``point`` for a
        position that the list states.

        ``attrs["facilities"]`` tells the ``file``, ``dropped_columns`` (personal data),
        ``columns_not_read``, and how many are ``without_name``, ``outside`` (left out) and were
        ``made_points``; with ``address_columns`` also how many were ``found_by_address``.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no such file or has no row; a column, an id, a CRS or a position is missing; an id
        stands twice; opening hours are not in the syntax of OpenStreetMap, or steps are neither
        yes nor no; a text has a control character; a capacity may be meant with a thousands
        separator (``1.500``); two facilities have one kind, name and position; coordinates are
        swapped, in another CRS than is said, or outside the city; a row has neither a position nor
        an address, or the city has no addresses to find it by.
    RefusedRowsError
        If addresses are not found for sure: every row, with what it may mean.
    ParameterError
        If a parameter is not what it must be, names a column of personal data or the geometry, or
        one column is to be a position and something else.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "sportelli.csv"
    ...     _ = file.write_text("id;nome;lon;lat;email\n1;Duomo;9,19;45,464;a@b.it\n")
    ...     desks = read_facilities(file, city=milano, kind="digital_desk", name_column="nome")
    >>> desks[["id", "name", "kind", "network"]].values.tolist()
    [['1', 'Duomo', 'digital_desk', 'digital_desk']]
    >>> desks.attrs["facilities"]["dropped_columns"]
    ['email']
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "biblioteche.csv"
    ...     _ = file.write_text("nome;indirizzo\nDergano;Via Baldinucci 76\n")
    ...     libraries = read_facilities(
    ...         file,
    ...         city=milano,
    ...         kind="library",
    ...         id_column=None,
    ...         name_column="nome",
    ...         address_columns="indirizzo",
    ...     )
    >>> libraries[["id", "address", "location_precision"]].values.tolist()
    [['Dergano', 'Via Baldinucci 76', 'civic']]
    """
    require_city(city)
    file = require_path(path, where="path")
    position = {"lon_column": lon_column, "lat_column": lat_column}
    columns = {"id_column": id_column, "name_column": name_column, "kind_column": kind_column}
    columns |= position
    needed = {"kind": kind, **position}
    address = _address_columns(address_columns)
    for where, value in (columns | {"network": network, "layer": layer} | needed).items():
        if value is not None or where in needed:
            require_text(value, where=where)
        if value is not None and where in columns:
            _refuse_unread(value, where=where)
    require_outside(outside)
    wanted = [*dict.fromkeys(filter(None, (id_column, name_column, kind_column)))]
    if id_column is None and name_column is None:
        raise ParameterError(
            "no column of ids and none of names is named", where="id_column", mend="name one"
        )
    ending = file.suffix.lower()
    if layer is not None and ending not in LAYERS:
        raise ParameterError(
            f"layer is {shown(layer)}, and {kind_of_file(ending)} has no layers",
            where="layer",
            mend="leave it out",
        )
    if ending in LISTS:
        _refuse_shared(columns | {f"address_columns, {one}": one for one in address}, position)
        list_crs = crs_named(GEOGRAPHIC if crs is None else crs, where="crs")
        east_north = (lon_column, lat_column)
        table = (
            read_addressed_list(file, wanted, east_north, address, city=city, crs=list_crs)
            if address
            else read_list(file, wanted, east_north, crs=list_crs)
        )
    elif address and ending in SHAPES:
        raise ParameterError(
            f"addresses are named, and {kind_of_file(ending)} has positions",
            where="address_columns",
            mend="leave them out",
        )
    elif crs is not None:
        raise ParameterError(
            f"crs is {shown(crs)}, and {kind_of_file(ending)} states its own",
            where="crs",
            mend="leave it out; if the file states a wrong one, correct it in the file",
        )
    else:
        table = read_shapes(file, wanted, layer=layer)
    for column in wanted:
        _refuse_control(texts_of(table[column]), file=table.attrs["file"])
    return facilities_table(
        table,
        city=city,
        kind=kind,
        network=network,
        id_column=id_column,
        name_column=name_column,
        kind_column=kind_column,
        outside=outside,
        also=TOLD if address else (),
    )


def facilities_table(
    table: gpd.GeoDataFrame,
    *,
    city: City,
    kind: str,
    network: str | None,
    id_column: str | None,
    name_column: str | None,
    kind_column: str | None,
    outside: Outside,
    also: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Make a table of places of a layer that was read; see :func:`read_facilities`.

    Parameters
    ----------
    table
        With ``attrs["file"]``. The index and its name (``line``, ``feature``) say where in the
        file a row stands.
    city, kind, network, id_column, name_column, kind_column, outside
        As for :func:`read_facilities`.
    also
        Other columns of text that are kept.
    """
    file = table.attrs["file"]
    ids = texts_of(table[id_column or name_column])
    mend = "give every facility its own id"
    if id_column is None:
        mend = "let every name differ, or add a column of ids and name it"
    refuse_ids(ids, file=file, mend=mend)
    kinds = pd.Series(kind, index=table.index, dtype=object)
    if kind_column is not None:
        told = texts_of(table[kind_column])
        kinds = told.where(told != "", kind)
    names = pd.Series("", index=table.index, dtype=object)
    if name_column is not None:
        names = texts_of(table[name_column])
    if "capacity" in table.columns and not pd.api.types.is_numeric_dtype(table["capacity"]):
        capacity = tabular.numbers(
            table, "capacity", counts=True, low=0, nullable=True, decimal=","
        )
        table = table.assign(capacity=capacity)
    if "entrance_steps" in table.columns:
        table = table.assign(entrance_steps=_steps(table["entrance_steps"], file=file))
    points, kept, made = points_in_city(table, city, outside=outside, file=file)
    _refuse_twins(points, kinds, names, file=file)
    places = gpd.GeoDataFrame(
        {
            "id": ids,
            "name": names.where(names != "", kinds),
            "kind": kinds,
            "network": kinds if network is None else network,
            **{
                name: table[name].replace("", None)
                for name in schemas.PLACE_COLUMNS_IF_THERE
                if name in table.columns
            },
            **{name: table[name].replace("", None) for name in also},
        },
        geometry=points,
        crs=city.crs,
    )
    places = schemas.check(places[kept], schemas.place_columns(places), where=file)
    read = {id_column, name_column, kind_column, "geometry", *places.columns}
    by_address = {}
    if PRECISION in also:
        by_address["found_by_address"] = int((places[PRECISION] == "civic").sum())
    places.attrs = {
        "facilities": plain_json(
            {
                "file": file,
                "dropped_columns": table.attrs.get("dropped_columns", []),
                "columns_not_read": [str(name) for name in table.columns if name not in read],
                "without_name": int((names == "").to_numpy()[kept].sum()),
                "outside": int((~kept).sum()),
                "made_points": int((made & kept).sum()),
                **by_address,
            }
        )
    }
    return places.reset_index(drop=True)


def _refuse_unread(column: str, *, where: str) -> None:
    """Refuse a column that is not read as text or number: personal data, the geometry."""
    if column == "geometry":
        raise ParameterError(
            "the column 'geometry' holds positions", where=where, mend="name another column"
        )
    if is_personal(column):
        raise ParameterError(
            f"the column {column!r} holds personal data, which is not read",
            where=where,
            mend="name another column",
        )


def _address_columns(named: object) -> tuple[str, ...]:
    """Return the columns of addresses, none, one or two, or say that they are none."""
    columns = () if named is None else tuple(several(named))
    for column in columns:
        require_text(column, where="address_columns")
        _refuse_unread(column, where="address_columns")
    if named is not None and not 1 <= len(columns) <= 2:  # noqa: PLR2004 - street and number
        raise ParameterError(
            f"address_columns is {shown(named)}",
            where="address_columns",
            mend="name the column of addresses, or two, of the street and of the number",
        )
    return columns


def _refuse_shared(columns: Mapping[str, str | None], position: Mapping[str, str]) -> None:
    """Refuse a column of the position that is to be something else too."""
    for where, column in columns.items():
        for other, coordinate in position.items():
            if where != other and column == coordinate:
                raise ParameterError(
                    f"the column {column!r} is named as {where} and as {other}",
                    where=where,
                    mend="name another column",
                )


def _refuse_control(texts: pd.Series, *, file: str) -> None:
    """Refuse a text with a character that cannot be seen."""
    control = texts.str.contains(_CONTROL)
    if control.any():
        row = texts.index[control][0]
        raise InputError(
            f"{texts[row]!r} has a control character",
            where=f"{file}, {word_of(texts.index)} {row}, column {texts.name}",
            mend="delete it, and save the file as UTF-8",
        )


def _steps(told: pd.Series, *, file: str) -> list[object]:
    """Read yes and no where they are words; what is blank is not known."""
    read: list[object] = []
    for row, written in told.items():
        word = written.strip().lower() if isinstance(written, str) else None
        if word and word not in tabular.YES_NO:
            raise InputError(
                f"{written!r} is neither yes nor no",
                where=f"{file}, {word_of(told.index)} {row}, column entrance_steps",
                mend="write yes (sì, true, 1) where one has to take steps to enter, no (false, 0) "
                "where one has not, and nothing where it is not known",
            )
        read.append(written if word is None else tabular.YES_NO.get(word))
    return read


def _refuse_twins(points: gpd.GeoSeries, kinds: pd.Series, names: pd.Series, *, file: str) -> None:
    """Refuse two facilities of one kind, name and position; those without a name may be two."""
    xy = shapely.get_coordinates(points.to_numpy())
    alike = pd.DataFrame(
        {"kind": kinds, "name": names.str.casefold(), "x": xy[:, 0], "y": xy[:, 1]}
    )[(names != "").to_numpy()]
    twice = alike.duplicated()
    if twice.any():
        row = alike.index[twice][0]
        first = alike.index[(alike == alike.loc[row]).all(axis=1)][0]
        word = word_of(alike.index)
        raise InputError(
            f"{names[row]!r} has the kind, name and position of {word} {first}",
            where=f"{file}, {word} {row}",
            mend="delete one of the two rows",
        )

"""Facilities of any file: a list in a spreadsheet, a layer of a GIS.

What is read becomes a table of places, and every verb takes it as ``to=``. A list of one's own has
many ways to be wrong that no program notices: degrees swapped, a decimal comma, a row pasted
twice. Each is refused with its row. Only what is asked for is read: a list of doctors often has
their telephone numbers in the next column.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import require_choice, require_path, require_text, several, shown
from quartieri15.crs import GEOGRAPHIC, crs_named
from quartieri15.errors import InputError, MissingFileError, ParameterError
from quartieri15.model import schemas
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.sources import tabular, whole_files
from quartieri15.sources.listed_addresses import PRECISION, TOLD, read_addressed_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from quartieri15.model.city import City

LISTS: Final = (".csv", ".txt", ".tsv")
GEOJSON: Final = (".geojson", ".json")
PARQUET: Final = (".parquet", ".geoparquet")
LAYERS: Final = (".gpkg", ".shp", ".fgb", ".zip")
MEND: Final = "open it in QGIS: it may be damaged; correct it, or export it again"
LIKELY_CRS: Final = (
    *(GEOGRAPHIC, "EPSG:3857"),
    *("EPSG:32632", "EPSG:32633", "EPSG:3003", "EPSG:3004"),
)
"""In which positions often are, beside the CRS of their city, when another one is said: degrees,
web mercator, and the zones of Italy."""
_CONTROL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"

Outside = Literal["refuse", "leave_out"]


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
            f"layer is {shown(layer)}, and {_kind_of_file(ending)} has no layers",
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
    elif address:
        raise ParameterError(
            f"addresses are named, and a file that ends in {ending or 'nothing'} has positions",
            where="address_columns",
            mend="leave them out",
        )
    elif crs is not None:
        raise ParameterError(
            f"crs is {shown(crs)}, and {_kind_of_file(ending)} states its own",
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


def read_list(
    path: Path, wanted: Sequence[str], position: tuple[str, str], *, crs: Any
) -> gpd.GeoDataFrame:
    """Read a CSV of points, with whatever stands between its fields: all but numbers as text."""
    columns = [*wanted, *position]
    table = tabular.read_csv(path, columns=columns, separator=tabular.separator_of(path, columns))
    tabular.require_rows(table)
    x, y = (tabular.numbers(table, name, decimal=",") for name in position)
    shapes = gpd.GeoDataFrame(
        table.drop(columns=list(position)), geometry=gpd.points_from_xy(x, y), crs=crs
    )
    shapes.attrs = {**table.attrs, "position": ", ".join(position)}
    return shapes


def read_shapes(path: Path, wanted: Sequence[str], *, layer: str | None) -> gpd.GeoDataFrame:
    """Read a file that has its own geometry and states its own CRS."""
    ending = path.suffix.lower()
    word = "row"
    if ending in GEOJSON:
        word = "feature"
        table = tabular.read_geojson(path, columns=wanted, crs=GEOGRAPHIC, mend=MEND)
    elif ending in PARQUET:
        table = tabular.read_geoparquet(path, columns=wanted, mend=MEND)
    elif ending in LAYERS:
        inside = _only_shapefile(path) if ending == ".zip" else None
        if layer is None:
            layer = _only_layer(path) if inside is None else Path(inside).stem
        table = tabular.read_layer(path, columns=wanted, layer=layer, inside=inside, mend=MEND)
    else:
        known = ", ".join((*GEOJSON, *PARQUET, *LAYERS))
        raise InputError(
            f"{_kind_of_file(ending)} is not read here",
            where=path.name,
            mend=f"save shapes as one of {known}; a list of points or of counts as .csv",
        )
    told = table.attrs.get("dropped_columns", [])
    # Rows are counted as they stand: a label of another program may stand twice.
    table = schemas.with_geometry(table, where=path.name).reset_index(drop=True)
    table = table.rename_axis(index=word)
    personal = [str(name) for name in table.columns if _is_personal(name)]
    table = table.drop(columns=personal)
    table.attrs = {"file": path.name, "dropped_columns": [*told, *personal]}
    return table


def _kind_of_file(ending: str) -> str:
    """Return what a file is called by its ending."""
    return f"a file that ends in {ending}" if ending else "a file whose name has no ending"


def _only_layer(path: Path) -> str | None:
    """Return the layer of a file; say which there are where there are several."""
    import pyogrio
    from pyogrio.errors import DataSourceError

    whole_files.require_file(path)
    tabular.require_layers(path, mend=MEND)
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    except DataSourceError:
        # Reading it says what is wrong.
        return None
    if len(names) > 1:
        raise InputError(
            f"there are {len(names)} layers in it: {', '.join(names)}",
            where=path.name,
            mend="say which one with layer=",
        )
    return names[0] if names else None


def _only_shapefile(path: Path) -> str:
    """Return the name of the one shapefile in an archive."""
    names = [name for name in whole_files.names_in(path) if name.lower().endswith(".shp")]
    if len(names) == 1:
        return names[0]
    if not names:
        raise MissingFileError(
            "there is no shapefile (.shp) in the archive", where=path.name, mend=MEND
        )
    raise InputError(
        f"there are {len(names)} shapefiles in the archive: {', '.join(names)}",
        where=path.name,
        mend="put each into an archive of its own",
    )


def _word(index: pd.Index[Any]) -> str:
    """Return what a row of a file is called in it."""
    return "row" if index.name is None else str(index.name)


def _is_personal(column: object) -> bool:
    return tabular.PERSONAL_COLUMN.search(str(column)) is not None


def _refuse_unread(column: str, *, where: str) -> None:
    """Refuse a column that is not read as text or number: personal data, the geometry."""
    if column == "geometry":
        raise ParameterError(
            "the column 'geometry' holds positions", where=where, mend="name another column"
        )
    if _is_personal(column):
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


def require_outside(outside: object) -> None:
    """Refuse what does not say what is to be done with what lies outside a city."""
    require_choice(outside, get_args(Outside), where="outside", mend="use 'refuse' or 'leave_out'")


def texts_of(values: pd.Series) -> pd.Series:
    """Return values as text; whole numbers without a point, what is missing empty."""
    known = values.dropna()
    whole = pd.api.types.is_float_dtype(values.dtype) and bool(
        # Beyond these a float is no exact whole number.
        ((known % 1 == 0) & (known.abs() < 2.0**53)).all()
    )
    texts = (values.astype("Int64") if whole else values).astype(object)
    return texts.where(texts.notna(), "").astype(str).str.strip()


def _refuse_control(texts: pd.Series, *, file: str) -> None:
    """Refuse a text with a character that cannot be seen."""
    control = texts.str.contains(_CONTROL)
    if control.any():
        row = texts.index[control][0]
        raise InputError(
            f"{texts[row]!r} has a control character",
            where=f"{file}, {_word(texts.index)} {row}, column {texts.name}",
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
                where=f"{file}, {_word(told.index)} {row}, column entrance_steps",
                mend="write yes (sì, true, 1) where one has to take steps to enter, no (false, 0) "
                "where one has not, and nothing where it is not known",
            )
        read.append(written if word is None else tabular.YES_NO.get(word))
    return read


def refuse_ids(ids: pd.Series, *, file: str, mend: str) -> None:
    """Refuse an id that is missing or stands twice."""
    word = _word(ids.index)
    for bad, said in ((ids == "", "the id is missing"), (ids.duplicated(), "{!r} stands twice")):
        if bad.any():
            row = ids.index[bad][0]
            first = ids.index[ids == ids[row]][0]
            also = "" if first == row else f", first in {word} {first}"
            raise InputError(
                said.format(ids[row]) + also,
                where=f"{file}, {word} {row}, column {ids.name}",
                mend=mend,
            )


def points_in_city(
    table: gpd.GeoDataFrame, city: City, *, outside: Outside, file: str
) -> tuple[gpd.GeoSeries, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return a point per row in the city's CRS, which lie near its streets, and which were made.

    Parameters
    ----------
    table
        Of :func:`read_list` or :func:`read_shapes`.
    city
        The streets.
    outside
        As for :func:`read_facilities`.
    file
        What messages call the table.

    Raises
    ------
    InputError
        If coordinates are not what their CRS says, or one lies outside and none may, or all do.
    """
    crs = table.crs
    made = (table.geom_type != "Point").to_numpy()
    drawn = table.geometry.where(~made, table.geometry.representative_point())
    xy = shapely.get_coordinates(drawn.to_numpy())
    degrees = np.asarray((np.abs(xy) <= (180, 90)).all(axis=1), dtype=bool)
    if crs.is_geographic and not degrees.all():
        x, y = xy[~degrees][0]
        where, others = _where(table, ~degrees, file=file)
        raise InputError(
            f"coordinates are said to be in {crs.to_string()}, but ({x:.6g}, {y:.6g}){others} are "
            "no degrees",
            where=where,
            mend=_right_crs(xy[~degrees], crs, city)
            or "say the right CRS, or bring the coordinates to EPSG:4326",
        )
    if crs.is_projected and degrees.all():
        raise InputError(
            f"coordinates are said to be in {crs.to_string()}, but such as "
            f"({xy[0, 0]:.6g}, {xy[0, 1]:.6g}) look like degrees",
            where=file,
            mend="say EPSG:4326, or export the file again",
        )
    points = drawn.to_crs(city.crs)
    kept = ~city.streets.outside(gpd.GeoDataFrame(geometry=points))
    kept &= np.isfinite(shapely.get_coordinates(points.to_numpy())).all(axis=1)
    if not kept.all() and (outside == "refuse" or not kept.any()):
        west, south, east, north = _extent_in(crs, city)
        x, y = xy[~kept][0]
        swapped = west <= y <= east and south <= x <= north
        mend = "swap them" if swapped else _right_crs(xy[~kept], crs, city)
        where, others = _where(table, ~kept, file=file)
        raise InputError(
            f"the position {x:.7g}, {y:.7g} (east, north){others} is outside {city.name}, which "
            f"lies within {west:.6g} to {east:.6g}, {south:.6g} to {north:.6g}"
            + ("; the two are swapped" if swapped else ""),
            where=where,
            mend=mend
            or (
                "correct it, or leave out what lies outside: outside = 'leave_out'"
                if kept.any()
                else "give the positions of this city, and the CRS in which they are"
            ),
        )
    return points, kept, made


def _where(table: gpd.GeoDataFrame, wrong: NDArray[np.bool_], *, file: str) -> tuple[str, str]:
    """Say where the first wrong position stands; where all of many are wrong, it is no row's."""
    position = table.attrs.get("position")
    column = f", column {position}" if position else ""
    row = f"{_word(table.index)} {table.index[wrong][0]}"
    if len(wrong) > 1 and wrong.all():
        return f"{file}{column}", f" of {row}, as in all others,"
    return f"{file}, {row}{column}", ""


def _extent_in(crs: CRS, city: City) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the city's streets in a CRS."""
    from pyproj import Transformer

    there = Transformer.from_crs(city.crs, crs, always_xy=True)
    bounds: tuple[float, float, float, float] = there.transform_bounds(*city.streets.extent)
    return bounds


def _right_crs(xy: NDArray[np.float64], said: CRS, city: City) -> str | None:
    """Say in which other CRS positions would lie in the city, if in a likely one."""
    for crs in (city.crs, *(crs_named(code, where="crs") for code in LIKELY_CRS)):
        west, south, east, north = _extent_in(crs, city)
        inside = (xy >= (west, south)) & (xy <= (east, north))
        if crs != said and inside.all():
            return f"say the right CRS: in {crs.to_string()} it lies in {city.name}"
    return None


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
        word = _word(alike.index)
        raise InputError(
            f"{names[row]!r} has the kind, name and position of {word} {first}",
            where=f"{file}, {word} {row}",
            mend="delete one of the two rows",
        )

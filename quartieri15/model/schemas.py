"""The column contracts of the tables, and one check that says what breaks them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import shown
from quartieri15.crs import require_on_earth
from quartieri15.errors import InputError
from quartieri15.model import ids
from quartieri15.model.hours import is_missing, require_hours
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    import geopandas as gpd
    import pandera.pandas as pa
    from numpy.typing import NDArray

    Table = TypeVar("Table", pd.DataFrame, gpd.GeoDataFrame)

Kind = Literal["id", "code", "number", "text", "hours", "category", "bool", "geometry"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """What one column of a table must hold.

    Parameters
    ----------
    kind
        ``id`` (whole numbers), ``code`` (whole numbers, or text as it is written), ``number``
        (floats), ``text``, ``hours`` (text in the syntax of OpenStreetMap, missing where it is
        blank), ``category`` (text with few values), ``bool`` or ``geometry``.
    nullable
        Whether a value may be missing.
    low, high
        Bounds of a number, both included.
    allowed
        The only values allowed.
    taken
        Words that mean something else, which no value may be.
    unique
        Whether no value may stand twice.
    shapes
        Geometry types allowed.
    """

    kind: Kind
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] | None = None
    taken: tuple[str, ...] = ()
    unique: bool = False
    shapes: tuple[str, ...] | None = None


ONEWAY = ("no", "forward", "backward")
CYCLE_FACILITIES = ("none", "track", "lane", "shared_path", "shared_road", "crossing")

EDGE_COLUMNS: dict[str, Column] = {
    "u": Column(kind="id"),
    "v": Column(kind="id"),
    "osm_way_id": Column(kind="id"),
    "length_m": Column(kind="number", low=0),
    "highway": Column(kind="category"),
    "name": Column(kind="text", nullable=True),
    "oneway": Column(kind="category", allowed=ONEWAY),
    "foot": Column(kind="bool"),
    "bicycle_forward": Column(kind="bool"),
    "bicycle_backward": Column(kind="bool"),
    "bridge": Column(kind="bool"),
    "tunnel": Column(kind="bool"),
    "layer": Column(kind="id"),
    "steps": Column(kind="bool"),
    "cycle_facility": Column(kind="category", allowed=CYCLE_FACILITIES),
    "stress": Column(kind="number", nullable=True, low=1, high=4),
    "grade": Column(kind="number", nullable=True),
    "surface": Column(kind="category", nullable=True),
    "tracktype": Column(kind="category", nullable=True),
    "incline": Column(kind="category", nullable=True),
    "kerb": Column(kind="category", nullable=True),
    "wheelchair": Column(kind="category", nullable=True),
    "sidewalk": Column(kind="category", nullable=True),
    "lit": Column(kind="category", nullable=True),
    "maxspeed_kmh": Column(kind="number", nullable=True, low=0),
    "geometry": Column(kind="geometry", shapes=("LineString",)),
}
"""What is said of every street segment."""
EDGE_COLUMNS_IF_THERE: dict[str, Column] = {"frontage": Column(kind="bool")}
"""What may be said of streets: whether people and places may stand on one. A table without the
column says that they may, everywhere; it is there only where some street has no frontage."""
NODE_COLUMNS: dict[str, Column] = {
    "kerb": Column(kind="category", nullable=True),
    "barrier": Column(kind="category", nullable=True),
    "geometry": Column(kind="geometry", shapes=("Point",)),
}
BARRIER_COLUMNS: dict[str, Column] = {
    "kind": Column(kind="category"),
    "osm_way_id": Column(kind="id"),
    "geometry": Column(kind="geometry", shapes=("LineString",)),
}
PLACE_COLUMNS: dict[str, Column] = {
    "id": Column(kind="text", unique=True),
    "name": Column(kind="text"),
    "kind": Column(kind="category"),
    "network": Column(kind="category"),
    "geometry": Column(kind="geometry", nullable=True, shapes=("Point",)),
}
OWN_SETS: Final = ("houses", "wemi", "places")
"""Sets of a city's own places, whatever their kinds and networks; the last is all of them."""
SERVICE_SETS: Final = ("services",)
"""The set of all services of a city."""
PLACE_COLUMNS_IF_THERE: dict[str, Column] = {
    "entrance_steps": Column(kind="bool", nullable=True),
    "capacity": Column(kind="number", nullable=True, low=0),
    "opening_hours": Column(kind="hours", nullable=True),
}
"""What may be known of places: steps at the entrance, people it has room for, hours in the syntax
of OpenStreetMap. A table may lack these columns; a missing value says that it is not known."""
POSITION_COLUMNS_IF_THERE: dict[str, Column] = {
    "location_uncertainty_m": Column(kind="number", nullable=True, low=0),
    "location_contradiction_m": Column(kind="number", nullable=True, low=0),
    "location_second_x_m": Column(kind="number", nullable=True),
    "location_second_y_m": Column(kind="number", nullable=True),
}
"""What may be known of how sure the position of a place is: how far off it may be, how far from it
another source puts the place, and where, in the CRS of the city. As above, a table may lack them.
"""
ZONE_COLUMNS: dict[str, Column] = {
    "id": Column(kind="code", unique=True),
    "name": Column(kind="text"),
    "area_km2": Column(kind="number", low=0),
    "geometry": Column(kind="geometry", shapes=("Polygon", "MultiPolygon")),
}
RESIDENT_COLUMNS: dict[str, Column] = {
    "id": Column(kind="text", unique=True),
    "residents": Column(kind="number", low=0),
    "geometry": Column(kind="geometry", shapes=("Point",)),
}
ADDRESS_COLUMNS: dict[str, Column] = {
    "id": Column(kind="text", unique=True),
    "street": Column(kind="category"),
    "number": Column(kind="text"),
    "register_street": Column(kind="category", nullable=True),
    "geometry": Column(kind="geometry", shapes=("Point",)),
}
BUILDING_COLUMNS: dict[str, Column] = {
    "area_m2": Column(kind="number", low=0),
    "geometry": Column(kind="geometry", shapes=("Polygon",)),
}
SECTION_COLUMNS: dict[str, Column] = {
    "id": Column(kind="code", unique=True),
    "geometry": Column(kind="geometry", shapes=("Polygon", "MultiPolygon")),
}
OPEN_SPACE_EXTENTS: Final = ("mapped", "zone", "inferred", "unknown")
OPEN_SPACE_COLUMNS: dict[str, Column] = {
    "kind": Column(kind="category"),
    "name": Column(kind="text", nullable=True),
    "extent": Column(kind="category", allowed=OPEN_SPACE_EXTENTS),
    "geometry": Column(kind="geometry", shapes=("Point", "Polygon", "MultiPolygon")),
}
"""Open spaces, and how their extent is known: mapped as such, that of a zone which is a park,
inferred of what is around, or not known, so that a point is all there is."""
EARLIER_PEOPLE_COLUMNS: dict[str, Column] = {
    "year": Column(kind="id"),
    "by": Column(kind="category"),
    "zone_id": Column(kind="code"),
    "group": Column(kind="category"),
    "count": Column(kind="number", low=0),
    "source": Column(kind="category"),
}


def edge_columns(edges: pd.DataFrame) -> dict[str, Column]:
    """Return the contract of a table of edges: what it must hold, and what it may hold if it does.

    Examples
    --------
    >>> "frontage" in edge_columns(pd.DataFrame({"frontage": [True]}))
    True
    """
    there = {name: told for name, told in EDGE_COLUMNS_IF_THERE.items() if name in edges.columns}
    return EDGE_COLUMNS | there


def place_columns(places: pd.DataFrame) -> dict[str, Column]:
    """Return the contract of a table of places: what it must hold, and what it may hold if it does.

    Examples
    --------
    >>> "capacity" in place_columns(pd.DataFrame({"id": ["a"]}))
    False
    """
    known = PLACE_COLUMNS_IF_THERE | POSITION_COLUMNS_IF_THERE
    return PLACE_COLUMNS | {name: told for name, told in known.items() if name in places.columns}


def service_columns(services: pd.DataFrame) -> dict[str, Column]:
    """Return the contract of a table of services: that of places, but no name of another set.

    Nobody could ask for a kind or a network of services by a name that stands for the city's own
    places, or for all services.

    Examples
    --------
    >>> service_columns(pd.DataFrame({"id": ["a"]}))["kind"].taken
    ('houses', 'wemi', 'places', 'services')
    """
    named = Column(kind="category", taken=(*OWN_SETS, *SERVICE_SETS))
    return place_columns(services) | {"kind": named, "network": named}


def count_columns(groups: tuple[str, ...]) -> dict[str, Column]:
    """Return the contract of columns that count people: numbers, never negative."""
    return dict.fromkeys(groups, Column(kind="number", low=0))


def check(table: Table, columns: dict[str, Column], *, where: str) -> Table:
    """Check a table against a column contract and return it with the right types.

    Parameters
    ----------
    table
        Any table. Columns that the contract does not name are left alone.
    columns
        The contract.
    where
        What the error message calls the table, for example its file name.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A copy whose columns have the types of the contract. A shape that is empty, or has a
        coordinate that is no number, is a missing one; ``attrs`` are plain JSON.

    Raises
    ------
    InputError
        For the first thing wrong, naming row and column; or if two rows have one label.

    Examples
    --------
    >>> import pandas as pd
    >>> check(pd.DataFrame({"a": [1.0, -2.0]}), {"a": Column(kind="number", low=0)}, where="t")
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: t, row 1, column a: -2.0 is below 0. Mend: correct the value.
    """
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing "
            f"(there are: {', '.join(map(str, table.columns))})",
            where=where,
            mend="add it, or rename the column that holds it",
        )
    for name in () if table.columns.is_unique else columns:
        if (twice := int((table.columns == name).sum())) > 1:
            raise InputError(
                f"there are {twice} columns {name}",
                where=where,
                mend="keep one, or rename the others",
            )
    if not table.index.is_unique:
        twice = _plain(table.index[table.index.duplicated()][0])
        raise InputError(
            f"the row label {twice!r} stands twice in the index",
            where=where,
            mend="number the rows anew with .reset_index(drop=True)",
        )
    table = table.copy()
    table.attrs = plain_json(table.attrs)
    for name, column in columns.items():
        values = table[name]
        # Setting a column costs more than looking at it; most are what they must be.
        if not _is_typed(values, column):
            typed = _typed(values, column, where=where)
            if typed is not values:
                table[name] = typed
    if not all(_fits(table[name], column) for name, column in columns.items()):
        _explain(table, columns, where=where)
    return table


def _fits(values: pd.Series, column: Column) -> bool:
    """Tell whether a column keeps its contract: quickly, and without a word of what breaks it."""
    missing = np.asarray(pd.isna(values.array))
    if missing.any():
        if missing.all() or not column.nullable:
            return column.nullable
        values = values[~missing]
    if column.unique and values.duplicated().any():
        return False
    if column.allowed is not None and not _are_among(values, column.allowed):
        return False
    if column.taken and values.isin(column.taken).any():
        return False
    if column.shapes is not None:
        kinds = [shapely.GeometryType[shape.upper()] for shape in column.shapes]
        if not np.isin(shapely.get_type_id(values.to_numpy()), kinds).all():
            return False
    numbers = values.to_numpy() if column.kind == "number" else np.empty(0)
    return not (
        (column.low is not None and (numbers < column.low).any())
        or (column.high is not None and (numbers > column.high).any())
    )


def _are_among(values: pd.Series, allowed: tuple[str, ...]) -> bool:
    """Tell whether all values are allowed: as a rule no category is another."""
    categories = getattr(values.dtype, "categories", values)
    return set(categories) <= set(allowed) or bool(values.isin(allowed).all())


def _explain(table: pd.DataFrame, columns: dict[str, Column], *, where: str) -> None:
    """Refuse a table for the first thing wrong in it, if there is one."""
    import pandera.errors

    try:
        _schema(columns).validate(table, lazy=False)
    except pandera.errors.SchemaError as error:
        raise _explained(error, table, where) from error


def _is_typed(values: pd.Series, column: Column) -> bool:
    """Tell quickly whether a column is what it must be; most are."""
    if column.kind == "number" and values.dtype == np.float64:
        numbers = values.to_numpy()
        finite = np.isfinite(numbers)
        return bool(finite.all() or (column.nullable and np.isnan(numbers[~finite]).all()))
    if column.kind == "text" and values.dtype == object:
        texts = values.to_numpy()
        if pd.api.types.infer_dtype(texts, skipna=False) == "string":
            return True
        return not column.unique and all(text is None for text in texts[pd.isna(texts)])
    if column.kind == "category":
        return isinstance(values.dtype, pd.CategoricalDtype)
    if column.kind == "id":
        return bool(values.dtype == np.int64)
    return column.kind == "bool" and not column.nullable and values.dtype == np.bool_


def _typed(values: pd.Series, column: Column, *, where: str) -> pd.Series:
    if column.kind in ("id", "number"):
        return _finite(values, column, where=where)
    if column.kind == "bool":
        return _flags(values, nullable=column.nullable, where=where)
    if column.kind == "category":
        try:
            return values.astype("category")
        except TypeError:
            named = [isinstance(value, Hashable) for value in values]
            _refuse(values, ~pd.Series(named, index=values.index), "a text", where)
            raise
    if column.kind in ("text", "hours"):
        return _texts(values, column, where=where)
    whole = f"{where}, column {values.name}"
    return (
        ids.checked(values, where=whole)
        if column.kind == "code"
        else _positions(values, column, where=where)
    )


def _finite(values: pd.Series, column: Column, *, where: str) -> pd.Series:
    """Return whole numbers of 64 bits, or numbers that are finite or missing."""
    if column.kind == "number" and values.dtype == np.int64:
        return values.astype("float64")
    wanted = "a whole number" if column.kind == "id" else "a number"
    numbers = _numbers(values)
    _refuse(values, numbers.isna() & values.notna(), wanted, where)
    if column.kind == "id":
        _refuse(values, numbers.isna() | (numbers % 1 != 0), wanted, where)
        _refuse(values, numbers.abs() >= 2.0**63, "a whole number of 64 bits", where)
        return numbers.astype("int64")
    if not column.nullable:
        _refuse(values, numbers.isna(), wanted, where)
    _refuse(values, numbers.isin([np.inf, -np.inf]), "a finite number", where)
    return numbers.astype("float64")


def _numbers(values: pd.Series) -> pd.Series:
    """Return numbers, missing where a value is none; a complex one or a time is none."""
    if getattr(values.dtype, "kind", "O") in "cmM":
        return pd.Series(np.nan, index=values.index)
    if values.dtype == object:
        values = values.map(_number_or_none)
    return pd.to_numeric(values, errors="coerce")


def _number_or_none(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.complexfloating | complex):
        return None
    try:
        return float(value) if isinstance(value, int) and abs(value) >= 2**63 else value
    except OverflowError:
        return None


def _flags(values: pd.Series, *, nullable: bool, where: str) -> pd.Series:
    """Return true and false; where a value may be missing, as objects, with None for it."""
    known = values.map(lambda value: isinstance(value, bool | np.bool_)).astype(bool)
    if not nullable:
        _refuse(values, ~known, "true or false", where)
        return values.astype(bool)
    _refuse(values, ~(known | values.isna()), "true, false or missing", where)
    told = [bool(value) if there else None for value, there in zip(values, known, strict=True)]
    return pd.Series(told, index=values.index, name=values.name, dtype=object)


def _texts(values: pd.Series, column: Column, *, where: str) -> pd.Series:
    """Return texts as objects, None where nothing is said; the same hours are looked at once."""
    texts = values.astype(object)
    if column.unique:
        ids.require_hashable(texts, where=where)
    if column.kind == "text":
        return texts.where(texts.notna(), None) if texts.hasnans else texts
    texts = texts.where(~texts.map(is_missing).astype(bool), None)
    said = texts[texts.notna()]
    for row, text in said[~said.map(repr).duplicated()].items():
        require_hours(text, where=f"{where}, row {row}, column {values.name}")
    return texts


def _positions(values: pd.Series, column: Column, *, where: str) -> pd.Series:
    """Return shapes, missing where they are empty or have a coordinate that is no number."""
    xy, owner = shapely.get_coordinates(values.to_numpy(), return_index=True)
    require_on_earth(xy, values.index[owner], where=where)
    nowhere = unplaced(values) & ~shapely.is_missing(values.to_numpy())
    if not nowhere.any():
        return values
    if not column.nullable:
        raise InputError(
            "the geometry is empty, or has a coordinate that is no number",
            where=f"{where}, row {values.index[nowhere][0]}, column {values.name}",
            mend="correct the geometry or leave the row out",
        )
    return values.mask(nowhere, None)


def unplaced(shapes: gpd.GeoSeries) -> NDArray[np.bool_]:
    """Tell which shapes have no position: missing, empty, or of a coordinate that is no number.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> points = [None, shapely.Point(), shapely.Point(float("nan"), 1), shapely.Point(0, 1)]
    >>> unplaced(gpd.GeoSeries(points)).tolist()
    [True, True, True, False]
    """
    plain = shapes.to_numpy()
    xy, owner = shapely.get_coordinates(plain, return_index=True)
    nowhere: NDArray[np.bool_] = shapely.is_missing(plain) | shapely.is_empty(plain)
    nowhere[owner[np.isnan(xy).any(axis=1)]] = True
    return nowhere


def with_geometry(table: Any, *, where: str) -> gpd.GeoDataFrame:
    """Return a table whose active geometry is called ``geometry``.

    Another column of that name, such as what the active one was made of, is kept as
    ``other_geometry``.

    Raises
    ------
    InputError
        If it is no GeoDataFrame, or has no active geometry.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> table = gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)]).rename_geometry("metric")
    >>> table["geometry"] = None
    >>> list(with_geometry(table, where="places"))
    ['geometry', 'other_geometry']
    """
    import geopandas as gpd

    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name not in table.columns:
        raise InputError(
            f"a {type(table).__name__} without geometry was given",
            where=where,
            mend="give a GeoDataFrame: geopandas.GeoDataFrame(table, geometry=..., crs=...)",
        )
    if table.active_geometry_name == "geometry":
        return table
    other = "other_geometry"
    while other in table.columns:
        other += "_"
    renamed: gpd.GeoDataFrame = table.rename(columns={"geometry": other})
    return renamed.rename_geometry("geometry")


def _refuse(values: pd.Series, bad: pd.Series, wanted: str, where: str) -> None:
    if bad.any():
        row = bad.index[bad.to_numpy(dtype=bool)][0]
        raise InputError(
            f"{shown(_plain(values.loc[row]))} is not {wanted}",
            where=f"{where}, row {row}, column {values.name}",
            mend="correct the value",
        )


def _plain(value: Any) -> Any:
    """Return a numpy scalar as the Python value a reader knows."""
    return value.item() if isinstance(value, np.generic) else value


def _schema(columns: dict[str, Column]) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {
            name: pa.Column(
                checks=_checks(column, pa),
                nullable=column.nullable,
                unique=column.unique,
            )
            for name, column in columns.items()
        }
    )


def _checks(column: Column, pa: Any) -> list[Any]:
    checks = []
    if column.low is not None:
        checks.append(pa.Check.ge(column.low, error=f"below {column.low:g}"))
    if column.high is not None:
        checks.append(pa.Check.le(column.high, error=f"above {column.high:g}"))
    if column.allowed is not None:
        checks.append(
            pa.Check.isin(column.allowed, error=f"not one of {', '.join(column.allowed)}")
        )
    if column.taken:
        said = f"a name that means something else, as do all of {', '.join(column.taken)}"
        checks.append(pa.Check.notin(column.taken, error=said))
    if column.shapes is not None:
        shapes = column.shapes
        checks.append(
            pa.Check(
                lambda geometry: geometry.geom_type.isin(shapes),
                ignore_na=True,
                error=f"not a {' or '.join(shapes)}",
            )
        )
    return checks


def _explained(error: Any, table: pd.DataFrame, where: str) -> InputError:
    column = getattr(error.schema, "name", None)
    cases = error.failure_cases
    row = cases["index"].iloc[0] if hasattr(cases, "columns") and len(cases) else None
    value = table[column].loc[row] if row is not None and column in table else None
    if error.reason_code is not None and error.reason_code.name == "SERIES_CONTAINS_NULLS":
        what, mend = "the value is missing", "fill it in or leave the row out"
    elif error.reason_code is not None and error.reason_code.name == "SERIES_CONTAINS_DUPLICATES":
        what, mend = f"{value!r} stands twice", "give every row its own"
    elif column == "geometry":
        what = f"the geometry is {error.check.error} (it is a {getattr(value, 'geom_type', '?')})"
        mend = "correct the geometry"
    elif error.check.name == "notin":
        what, mend = f"{value!r} is {error.check.error}", "give it another name"
    else:
        what, mend = f"{value} is {error.check.error}", "correct the value"
    place = where if row is None else f"{where}, row {row}, column {column}"
    return InputError(what, where=place, mend=mend)

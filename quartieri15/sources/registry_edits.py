"""Editing the registry of places: a place more, a value corrected, an address confirmed.

Every edit has a source and a day, and writes both behind what the row's ``source`` says already:
``; [2026-11-26] confirmed: letter of the Municipio``. All other rows stay as they are, byte for
byte. The file as edited is read by :func:`quartieri15.sources.registry.read_registry` before it
takes the place of the former one: what the reader refuses is not written.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import geopandas as gpd

from quartieri15.arguments import is_number, is_one_of, shown
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, ParameterError, Quartieri15Error, UnknownNameError
from quartieri15.model.addresses import locate
from quartieri15.model.city import require_city
from quartieri15.model.geocoding.civic_numbers import canonical
from quartieri15.model.geocoding.written_addresses import readings
from quartieri15.model.places import UNVERIFIED
from quartieri15.model.street_names import folded, read_name
from quartieri15.model.zones import OUTSIDE, containing
from quartieri15.sources.registry import CONFIDENCES, KINDS
from quartieri15.sources.registry_cells import dated, metres, metres_in, position_in, require_cell
from quartieri15.sources.registry_file import NUMBERS, RegistryEdit, edited_registry

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import shapely

    from quartieri15.model.city import City

POSITION: Final = "position"
"""What corrects ``lat`` and ``lon`` together, and the zones they lie in."""
CORRECTABLE: Final = (
    POSITION,
    *("name", "kind", "municipio", "has_wemi", "wemi_desk", "address"),
    *("location_precision", "confidence", "location_uncertainty_m", "ds3017_id"),
)
"""What :func:`correct_place` may correct. The id stays; source and zones follow."""
_NIL: Final = ("nil", "nil_id", "nil_name")
_FOLLOWS: Final = "correct the position or the address: {} follows; nothing was changed"
TWO_SOURCES, ONE_SOURCE = CONFIDENCES[0], CONFIDENCES[1]

_PREFIX: Final = {
    "ex_csrc": "CSRC",
    "ex_cam": "CAM",
    "wemi_external": "WEMI",
    "wemi_central": "WEMI",
}


def add_place(
    path: str | Path,
    *,
    city: City,
    name: str,
    kind: str,
    address: str,
    source: str,
    date: dt.date,
    position: tuple[float, float] | None = None,
    location_precision: str | None = None,
    location_uncertainty_m: float | None = None,
    dry_run: bool = False,
) -> RegistryEdit:
    """Add a place at the end of a registry.

    Parameters
    ----------
    path
        The ``registry.csv``.
    city
        With the addresses among which the address is looked up, and the zones it lies in.
    name, kind, address
        Of the place. Its id is the next of its kind.
    source, date
        Who says so, and the day.
    position
        Latitude and longitude in degrees, for an address that no civic number has.
    location_precision
        How surely it stands there, such as ``"street"``: needed with a ``position``; of an
        address that a civic number has it is ``"civic"``.
    location_uncertainty_m
        How many metres it may be off; unknown when left out.
    dry_run
        Whether to change nothing and only tell what would be written.

    Returns
    -------
    RegistryEdit

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the address is not found, the place is outside the city, a text holds an e-mail
        address or a telephone number or would be computed by a spreadsheet, or the reader of the
        registry refuses the result.
    UnknownNameError, AmbiguousNameError
        If the kind or the street is unknown, or the address may be several.
    ParameterError
        If a parameter is not what it must be.
    """
    require_city(city)
    with edited_registry(path, dry_run=dry_run) as file:
        if kind not in KINDS:
            raise UnknownNameError.among(kind, KINDS, kind="kind of place", where="kind")
        for what, text in (("name", name), ("address", address)):
            require_cell(text, where=what)
        if position is not None and location_precision is None:
            raise ParameterError(
                "how surely it stands there is not said",
                where="location_precision",
                mend="say civic, street or neighbourhood",
            )
        said = dated(date, "added", source)
        told = dict.fromkeys(file.header, "")
        told |= {"id": file.next_id(_PREFIX[kind]), "name": name.strip(), "kind": kind}
        told |= {"has_wemi": "0", "confidence": ONE_SOURCE, "source": said}
        told |= _placed(city, address, position)
        told["location_precision"] = location_precision or "civic"
        told["location_uncertainty_m"] = metres(location_uncertainty_m)
        row = {column: told[column] for column in file.header}
        return file.edited(told["id"], "added", {}, row, city=city, dry_run=dry_run)


def correct_place(
    path: str | Path,
    place: str,
    *,
    city: City,
    column: str,
    new: str,
    source: str,
    date: dt.date,
    old: str | None = None,
    location_precision: str | None = None,
    dry_run: bool = False,
) -> RegistryEdit:
    """Correct one value of a place.

    A new address is looked up: position, precision (``civic``), Municipio and NIL follow it, how
    many metres it may be off is not known any more, and of a place that was verified by two
    sources one is left, this one. Where the new address is the same house in other words, the
    words alone change. A new ``position`` (``"45.4642, 9.19"``) is followed by Municipio and NIL,
    and how many metres it may be off is not known; address, precision and confidence stay. No
    correction raises the confidence: that is what :func:`confirm_place` does.

    Parameters
    ----------
    path, city, source, date, dry_run
        As for :func:`add_place`.
    place
        The id of the place.
    column, new
        One of :data:`CORRECTABLE`, and what is right; an empty text for not known.
    old
        What stands there now: if it is something else, nothing is changed.
    location_precision
        With a new position: how surely the place stands there. What it was, when left out; needed
        where the place had no position.

    Returns
    -------
    RegistryEdit

    Raises
    ------
    UnknownNameError
        If there is no such place or column.
    InputError
        As for :func:`add_place`; also if ``old`` is not what stands there, nothing changes (the
        same address in another spelling, a number written otherwise), the place lies farther from
        a new Municipio than its position may be off, or the confidence would rise.
    MissingFileError, ParameterError
        As for :func:`add_place`.
    """
    require_city(city)
    if is_one_of(column, _NIL):
        raise UnknownNameError(
            f"unknown column {column!r}: the NIL is the one that the position lies in",
            where="column",
            mend=_FOLLOWS.format("the NIL"),
        )
    if column not in CORRECTABLE:
        raise UnknownNameError.among(column, CORRECTABLE, kind="column", where="column")
    if location_precision is not None and column != POSITION:
        raise ParameterError(
            f"a new {column} says not where the place stands",
            where="location_precision",
            mend="leave it out, or correct the position",
        )
    require_cell(new, where="new", may_be_empty=True)
    new = new.strip()
    with edited_registry(path, dry_run=dry_run) as file:
        row = file.row(place)
        where = f"{file.path.name}, {place}, column {column}"
        stands = f"{row['lat']}, {row['lon']}" if column == POSITION else row[column]
        if old is not None and not _same(column, old.strip(), stands):
            raise InputError(
                f"{place} has {stands!r} there, not {old!r}",
                where=where,
                mend="see what stands there now; nothing was changed",
            )
        if column == POSITION:
            after = _of_position(city, row, new, location_precision)
        elif column == "address":
            after = _of_address(city, row, new)
        else:
            after = {column: metres_in(new) if column == "location_uncertainty_m" else new}
            if column == "municipio":
                _require_municipio(city, row, new, where=where)
        after = {name: text for name, text in after.items() if not _same(name, text, row[name])}
        if not after:
            raise InputError(
                f"{stands!r} stands there already"
                + ("" if new == stands else f", and {new!r} says the same"),
                where=where,
                mend="confirm it instead, if the source says the same; nothing was changed",
            )
        if column == "confidence" and _rank(new) > _rank(row["confidence"]):
            raise InputError(
                f"{new!r} is more than {row['confidence'] or UNVERIFIED!r}",
                where=where,
                mend="confirm the place, once for each source; nothing was changed",
            )
        said = dated(date, f"corrected {column}, was {stands!r}", source)
        after["source"] = f"{row['source']}; {said}".removeprefix("; ")
        return file.edited(place, "corrected", row, after, city=city, dry_run=dry_run)


def confirm_place(
    path: str | Path,
    place: str,
    *,
    city: City,
    source: str,
    date: dt.date,
    dry_run: bool = False,
) -> RegistryEdit:
    """Confirm the address of a place by one more source.

    ``unverified`` becomes ``one source``, and ``one source`` becomes ``verified by two sources``.
    Nothing else changes.

    Parameters
    ----------
    path, place, city, source, date, dry_run
        As for :func:`correct_place`.

    Returns
    -------
    RegistryEdit

    Raises
    ------
    InputError
        If the address is confirmed, and the row rests on this source already; else as for
        :func:`correct_place`.
    UnknownNameError, MissingFileError, ParameterError
        As for :func:`correct_place`.
    """
    require_city(city)
    with edited_registry(path, dry_run=dry_run) as file:
        row = file.row(place)
        said = dated(date, "confirmed", source)
        known = row["confidence"] or UNVERIFIED
        # What an unverified row says already has confirmed nothing.
        if known != UNVERIFIED and source.strip().casefold() in row["source"].casefold():
            raise InputError(
                f"{place} rests on {source.strip()!r} already",
                where=f"{file.path.name}, {place}, column source",
                mend="give a source of its own; nothing was changed",
            )
        after = {"confidence": ONE_SOURCE if known == UNVERIFIED else TWO_SOURCES}
        after = {name: text for name, text in after.items() if text != row[name]}
        after["source"] = f"{row['source']}; {said}".removeprefix("; ")
        return file.edited(place, "confirmed", row, after, city=city, dry_run=dry_run)


def _of_address(city: City, row: dict[str, str], new: str) -> dict[str, str]:
    """Return what a new address changes: nothing, its words, or all that is known of the place."""
    if _read(city, new) == _read(city, row["address"]):
        return {}
    if row["location_precision"] == "civic" and _same_house(city, new, row["address"]):
        return {"address": new}
    # What was known of the former address says nothing of this one.
    after = {**_placed(city, new, None), "location_precision": "civic"}
    after["location_uncertainty_m"] = ""
    if _rank(row["confidence"]) > _rank(ONE_SOURCE):
        after["confidence"] = ONE_SOURCE
    return after


def _of_position(
    city: City, row: dict[str, str], new: str, location_precision: str | None
) -> dict[str, str]:
    """Return what a new position changes."""
    after = _placed(city, row["address"], position_in(new, where="new"))
    moved = not all(_same(name, after[name], row[name]) for name in ("lat", "lon"))
    if moved:
        after["location_uncertainty_m"] = ""
    if moved and location_precision is None and row["location_precision"] == "none":
        raise ParameterError(
            "how surely it stands there is not said, and it had no position",
            where="location_precision",
            mend="say civic, street or neighbourhood",
        )
    if location_precision is not None:
        after["location_precision"] = location_precision
    return after


def _require_municipio(city: City, row: dict[str, str], new: str, *, where: str) -> None:
    """Refuse a Municipio that a place lies farther from than its position is said to be off."""
    zones = city.zones.get("municipi")
    if zones is None or not (row["lat"] and row["lon"]):
        return
    stated = zones[[_same("municipio", new, str(zone)) for zone in zones["id"]]]
    if stated.empty:
        return  # the reader says which there are
    point = _point(city, (float(row["lat"]), float(row["lon"])))
    distance_m = float(stated.distance(point).iloc[0])
    if distance_m > float(row["location_uncertainty_m"] or 0):
        there = int(containing(gpd.GeoSeries([point], crs=city.crs), zones)[0])
        raise InputError(
            f"the place lies {distance_m:,.0f} m from Municipio {new}, "
            f"{'in none' if there == OUTSIDE else f'in Municipio {there}'}",
            where=where,
            mend=_FOLLOWS.format("the Municipio"),
        )


def _read(city: City, address: str) -> object:
    """Return what an address says, however it is spelled: V.LE MONZA N. 4 is Viale Monza, 4."""
    read = next(iter(readings(address, city=city.name)), None)
    if read is None:
        return folded(address)
    name = read_name(read.street)
    number = None if read.number is None else canonical(read.number.said)
    return name.kind, name.private, name.words, number, read.corner, read.unread, read.elsewhere


def _same_house(city: City, one: str, other: str) -> bool:
    try:
        return locate(city, one).id == locate(city, other).id
    except Quartieri15Error:
        return False


def _same(column: str, one: str, other: str) -> bool:
    """Tell whether two cells say the same: of numbers, 42 and 42.0 do."""
    if column in NUMBERS:
        with suppress(ValueError):
            return float(one.replace(",", ".")) == float(other)
    return one == other


def _rank(confidence: str) -> int:
    """Return how sure an address is; a word that is none is refused by the reader."""
    told = confidence or UNVERIFIED
    return -CONFIDENCES.index(told) if told in CONFIDENCES else -len(CONFIDENCES)


def _placed(city: City, address: str, position: tuple[float, float] | None) -> dict[str, str]:
    """Return the cells that an address or a position decides."""
    if position is None:
        found = locate(city, address)
        point = found.point
    else:
        point = _point(city, position)
    lat, lon = position or _lat_lon(city, point)
    told = {"address": address.strip(), "lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}
    for column, key in (("municipio", "municipi"), ("nil_id", "nil")):
        if key not in city.zones:
            continue
        zones = city.zones[key]
        zone = int(containing(gpd.GeoSeries([point], crs=city.crs), zones)[0])
        if zone == OUTSIDE:
            raise InputError(
                f"{lat:.6f}, {lon:.6f} lies in none of the {key}",
                where="position",
                mend="give a position in the city: latitude first, then longitude",
            )
        told[column] = str(zone)
        if key == "nil":
            told["nil_name"] = str(zones.loc[zones["id"] == zone, "name"].iloc[0])
    return told


def _point(city: City, position: tuple[float, float]) -> shapely.Point:
    given: object = position
    pair = 2
    if not isinstance(given, tuple | list) or len(given) != pair or not all(map(is_number, given)):
        raise ParameterError(
            f"{shown(position)} is no position",
            where="position",
            mend="give latitude and longitude in degrees: (45.4642, 9.19)",
        )
    lat, lon = position
    degrees = gpd.GeoSeries(gpd.points_from_xy([lon], [lat]), crs=GEOGRAPHIC)
    point: shapely.Point = degrees.to_crs(city.crs).iloc[0]
    return point


def _lat_lon(city: City, point: shapely.Point) -> tuple[float, float]:
    degrees = gpd.GeoSeries([point], crs=city.crs).to_crs(GEOGRAPHIC).iloc[0]
    return degrees.y, degrees.x

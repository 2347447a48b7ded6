"""A city: streets, places, zones, the people who live there, and where all that comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.arguments import is_one_of, require_text, several, shown
from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.model.earlier import Earlier
from quartieri15.model.notebook_tables import facts_html
from quartieri15.model.optional_tables import (
    OPTIONAL_TABLES,
    PLACE_TEXTS,
    DeferredTable,
    table_of_nothing,
)
from quartieri15.model.prepared import Prepared
from quartieri15.model.residents import GROUPS
from quartieri15.model.residents.groups import LEADING, LEADING_AMONG_ALL
from quartieri15.model.streets import require_streets
from quartieri15.model.zones import homes_in, names_zones, require_outlines

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    from quartieri15.model.streets import StreetNetwork


_sets_of_places: Prepared[dict[str, NDArray[np.intp] | None]] = Prepared()


class _Deferrable:
    """An attribute of a city that is a table, also where it is not yet read."""

    def __set_name__(self, owner: type[City], name: str) -> None:
        self._kept_as = f"_{name}"

    def __get__(self, city: City | None, owner: type[City]) -> gpd.GeoDataFrame:
        if city is None:
            return None
        kept = vars(city)[self._kept_as]
        return kept.table if isinstance(kept, DeferredTable) else kept

    def __set__(self, city: City, table: gpd.GeoDataFrame | DeferredTable | None) -> None:
        vars(city)[self._kept_as] = table


def _as_kept(city: City, attribute: str) -> gpd.GeoDataFrame | DeferredTable | None:
    """Return a table of a city as it is kept: read, not yet read, or none."""
    return vars(city)[f"_{attribute}"]


@dataclass(frozen=True, eq=False, repr=False)
class City:
    """What every question starts from.

    A city may have streets alone, or streets and places: travel times between points and
    catchments need no more. What counts people needs residents and zones, and says so.

    Parameters
    ----------
    name
        Short name, for example ``"milano"``.
    streets
        The street network, with a ring around the city so that its border is no edge of
        the world.
    places : geopandas.GeoDataFrame
        One row per facility: ``id``, ``name``, ``kind``, ``network``, ``hosts_wemi``, ...,
        ``geometry`` (a point, or empty where the position is not known). Where it has the columns
        ``entrance_steps`` (True, False, or missing), ``capacity`` (people) and
        ``opening_hours`` (in the syntax of OpenStreetMap; None or blank where they are not known),
        they are checked too.
    zones : mapping of str to geopandas.GeoDataFrame
        Areas by which results are summed, for example ``"nil"`` and ``"municipi"``: ``id``,
        ``name``, ``area_km2``, a column per group, ``geometry``.
    residents : geopandas.GeoDataFrame
        One row per address: its zone ids, each in a column named like the set of zones
        (``nil``, ``municipi``), then the expected number of people (or households) per
        group.
    provenance
        Sources, vintages, licences, and what was left out: ``outside_streets`` counts the
        rows of each table that lie outside the streets, if any do.
    addresses : geopandas.GeoDataFrame
        One row per address: ``id`` (where people live at it, the id of their row of
        residents), ``street`` as it is read on a map, ``number``, ``geometry`` (a point).
        ``register_street`` is the spelling of a register, where there is one. None for no
        addresses; the attribute is always a table.
    buildings : geopandas.GeoDataFrame
        One row per building: ``area_m2``, ``geometry`` (its outline, a polygon). None for none
        that is known; the attribute is always a table.
    services : geopandas.GeoDataFrame
        Other facilities, such as pharmacies and libraries: the columns of ``places``. What can
        be asked of places can be asked of them by their network or kind (``to="pharmacy"``).
        So neither may be ``"houses"``, ``"wemi"``, ``"places"`` or ``"services"``, which mean
        something else. Nobody plans with them: what counts, draws or changes the city's own
        places leaves them alone. None for none; the attribute is always a table.
    sections : geopandas.GeoDataFrame
        One row per census section: ``id``, ``geometry`` (its outline, a polygon). The residents
        name theirs in a column ``section``. None for none that is known; the attribute is always
        a table.
    open_spaces : geopandas.GeoDataFrame
        One row per park, cemetery, sports ground or playground: ``kind``, ``name`` (missing where
        none is known), ``extent`` (how far it reaches: ``mapped``, that of a ``zone``,
        ``inferred``, or ``unknown``), ``geometry`` (an outline; a point where the extent is
        unknown). None for none that is known; the attribute is always a table.
    earlier
        What is known of other years: streets of other vintages, people of other years.
    """

    name: str
    streets: StreetNetwork
    places: gpd.GeoDataFrame
    zones: Mapping[str, gpd.GeoDataFrame]
    residents: gpd.GeoDataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)
    addresses: gpd.GeoDataFrame = _Deferrable()
    buildings: gpd.GeoDataFrame = _Deferrable()
    services: gpd.GeoDataFrame = _Deferrable()
    sections: gpd.GeoDataFrame = _Deferrable()
    open_spaces: gpd.GeoDataFrame = _Deferrable()
    earlier: Earlier = field(default_factory=Earlier)

    def __post_init__(self) -> None:
        # The tables are trusted, since from_tables checks them; their kind is looked at.
        require_text(self.name, where="name")
        require_streets(self.streets)
        tables = {"places": self.places, "residents": self.residents}
        for one in OPTIONAL_TABLES:
            if _as_kept(self, one.name) is None:
                object.__setattr__(self, one.name, one.none(self.streets.crs))
            tables[one.name] = _as_kept(self, one.name)
        for what, table in tables.items():
            if not hasattr(table, "active_geometry_name"):
                raise InputError(
                    f"{shown(table)} is no table of {what}",
                    where=what,
                    mend="make the city with City.from_tables(...), which takes None for no table",
                )
        for what in ("zones", "provenance"):
            if not isinstance(getattr(self, what), Mapping):
                raise ParameterError(
                    f"{what} is {shown(getattr(self, what))}", where=what, mend="give a mapping"
                )

    @classmethod
    def from_tables(
        cls,
        name: str,
        *,
        streets: StreetNetwork,
        places: gpd.GeoDataFrame | None = None,
        zones: Mapping[str, gpd.GeoDataFrame] | None = None,
        residents: gpd.GeoDataFrame | None = None,
        addresses: gpd.GeoDataFrame | None = None,
        buildings: gpd.GeoDataFrame | None = None,
        services: gpd.GeoDataFrame | None = None,
        sections: gpd.GeoDataFrame | None = None,
        open_spaces: gpd.GeoDataFrame | None = None,
        provenance: Mapping[str, Any] | None = None,
        earlier: Earlier | None = None,
    ) -> City:
        """Check tables at the door and make a city of them.

        Parameters
        ----------
        name, streets, places, zones, residents
        addresses, buildings, services, sections, open_spaces, provenance, earlier
            As for the class. Groups of which the residents have no column are not known to
            the city. Zones and residents may be left out, both together, and then places
            too; what is left out is a table without rows.

        Returns
        -------
        City

        Raises
        ------
        InputError
            If a table is none or empty, a column is missing or wrong, an id stands twice, a
            count is negative or not a number, a group is larger than the one it is part of, a
            table is in another CRS than the streets, every row of a table lies outside the
            streets, a resident has no position, an outline crosses itself, a resident belongs
            to a zone that is not there (or named by a number where the zones have text), or a
            set of zones has a name that means something else or is no name of a file.
        ParameterError
            If the name is no text, or the provenance no mapping.
        """
        require_text(name, where="name")
        require_streets(streets)
        said = require_provenance(provenance)
        crs = streets.crs
        if places is None and residents is None and not zones:
            places = table_of_nothing(PLACE_TEXTS, {}, crs)
        tables = {"places": schemas.with_geometry(places, where="places")}
        alone = residents is None and not zones
        if not alone:
            tables |= _peopled(residents, zones)
        for where, table in tables.items():
            require_same_crs(table, crs, where=where)
        places = tables["places"]
        places = schemas.check(places, schemas.place_columns(places), where="places")
        lost = {"places": streets.require_near(places, where="places")}
        checked: dict[str, gpd.GeoDataFrame] = {}
        if alone:
            residents = table_of_nothing(("id",), {}, crs)
        else:
            residents = tables["residents"]
            groups = tuple(group for group in GROUPS if group in residents.columns)
            residents = schemas.check(
                residents,
                schemas.RESIDENT_COLUMNS | schemas.count_columns(groups),
                where="residents",
            )
            _require_nested(residents)
            for key in zones or {}:
                where = f"zones {key}"
                checked[key] = schemas.check(tables[where], schemas.ZONE_COLUMNS, where=where)
                require_outlines(checked[key], where=where)
                if key in residents.columns:
                    residents[key] = homes_in(residents, key, checked[key], where=where)
            for where, table in {"residents": residents, **checked}.items():
                lost[where] = streets.require_near(
                    table, where=where if where == "residents" else f"zones {where}"
                )
        given = {
            "addresses": addresses,
            "buildings": buildings,
            "services": services,
            "sections": sections,
            "open_spaces": open_spaces,
        }
        others: dict[str, Any] = {}
        for one in OPTIONAL_TABLES:
            others[one.name], lost[one.name] = one.checked(given[one.name], streets, residents)
        _tell_lost(said, lost)
        return cls(
            name=name,
            streets=streets,
            places=places,
            zones=checked,
            residents=residents,
            provenance=said,
            **others,
            earlier=_earlier(earlier),
        )

    def with_(
        self,
        *,
        name: str | None = None,
        streets: StreetNetwork | None = None,
        places: gpd.GeoDataFrame | None = None,
        zones: Mapping[str, gpd.GeoDataFrame] | None = None,
        residents: gpd.GeoDataFrame | None = None,
        addresses: gpd.GeoDataFrame | None = None,
        buildings: gpd.GeoDataFrame | None = None,
        services: gpd.GeoDataFrame | None = None,
        sections: gpd.GeoDataFrame | None = None,
        open_spaces: gpd.GeoDataFrame | None = None,
        provenance: Mapping[str, Any] | None = None,
        earlier: Earlier | None = None,
    ) -> City:
        """Return the city with some tables in place of its own.

        What is left out is shared with this city, and so is all that was prepared for it. A
        new table is checked as :meth:`from_tables` checks it.

        Parameters
        ----------
        name, streets, places, zones, residents
        addresses, buildings, services, sections, open_spaces, provenance, earlier
            As for :meth:`from_tables`; None for this city's own.

        Returns
        -------
        City
            As :meth:`from_tables` would make it of the same tables.

        Raises
        ------
        InputError, ParameterError
            As for :meth:`from_tables`.

        Examples
        --------
        >>> import quartieri15 as q15
        >>> milano = q15.load("milano")
        >>> fewer = milano.with_(places=milano.places.iloc[1:])
        >>> len(milano.houses) - len(fewer.houses), fewer.residents is milano.residents
        (1, True)
        """
        if streets is not None:
            require_streets(streets)
        ground = self.streets if streets is None else streets
        if earlier is None:
            # Streets that were changed are those of no other year.
            earlier = self.earlier if ground is self.streets else self.earlier.without_streets()
        said = require_provenance(self.provenance if provenance is None else provenance)
        given = {
            "addresses": addresses,
            "buildings": buildings,
            "services": services,
            "sections": sections,
            "open_spaces": open_spaces,
        }
        others: dict[str, Any] = {
            what: _as_kept(self, what) if table is None else table for what, table in given.items()
        }
        same_ground = ground is self.streets or (
            ground.crs == self.crs and bool((ground.extent == self.streets.extent).all())
        )
        if not (same_ground and zones is None and residents is None):
            said.pop("outside_streets", None)
            peopled = bool(self.zones) or zones is not None or residents is not None
            return City.from_tables(
                self.name if name is None else name,
                streets=ground,
                places=self.places if places is None else places,
                zones=(self.zones if zones is None else zones) if peopled else None,
                residents=(self.residents if residents is None else residents) if peopled else None,
                provenance=said,
                earlier=earlier,
                **others,
            )
        lost = dict(said.pop("outside_streets", {}))
        if places is None:
            places = self.places
        else:
            places = schemas.with_geometry(places, where="places")
            require_same_crs(places, ground.crs, where="places")
            places = schemas.check(places, schemas.place_columns(places), where="places")
            lost["places"] = ground.require_near(places, where="places")
        for one in OPTIONAL_TABLES:
            if given[one.name] is not None:
                others[one.name], lost[one.name] = one.checked(
                    given[one.name], ground, self.residents
                )
        _tell_lost(said, lost)
        return City(
            name=self.name if name is None else name,
            streets=ground,
            places=places,
            zones=self.zones,
            residents=self.residents,
            provenance=said,
            **others,
            earlier=_earlier(earlier),
        )

    def on_streets_of(self, vintage: str) -> City:
        """Return the city with its streets of another year, and all else as it is.

        Parameters
        ----------
        vintage
            One of ``city.earlier.vintages``.

        Raises
        ------
        UnknownNameError
            If the city has no streets of that name.

        Examples
        --------
        >>> import quartieri15 as q15
        >>> milano = q15.load("milano")
        >>> before = milano.on_streets_of("2021-08")
        >>> before.provenance["vintages"]["streets"], before.residents is milano.residents
        ('2021-08', True)
        """
        vintages = self.provenance.get("vintages", {}) | {"streets": vintage}
        return self.with_(
            streets=self.earlier.streets(vintage),
            provenance={**self.provenance, "vintages": vintages},
        )

    @property
    def crs(self) -> CRS:
        """The metric CRS of all tables."""
        return self.streets.crs

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of people or households that are counted, in the usual order."""
        return tuple(group for group in GROUPS if group in self.residents.columns)

    @property
    def houses(self) -> gpd.GeoDataFrame:
        """The Case di Quartiere, one row each."""
        return self.places_named("houses")

    @property
    def wemi(self) -> gpd.GeoDataFrame:
        """The WeMi desks, one row each: hosted in a house, external, or central."""
        return self.places_named("wemi")

    @property
    def place_sets(self) -> tuple[str, ...]:
        """The names :meth:`places_named` understands."""
        return tuple(dict.fromkeys([*_sets_of(self.places, schemas.OWN_SETS), *self.service_sets]))

    @property
    def service_sets(self) -> tuple[str, ...]:
        """The names :meth:`places_named` understands for the :attr:`services`."""
        services = self.services
        return tuple(_sets_of(services, schemas.SERVICE_SETS)) if len(services) else ()

    def places_named(self, name: str, *others: str) -> gpd.GeoDataFrame:
        """Return the places of a network, of a kind, of several, or all of them.

        Parameters
        ----------
        name, others
            ``"houses"``, ``"wemi"`` (a house that hosts a desk counts as a desk) and
            ``"places"`` name the city's own places; ``"services"`` all services; a value of the
            columns ``network`` or ``kind`` names those that have it, of both.

        Returns
        -------
        geopandas.GeoDataFrame
            Rows of :attr:`places` or :attr:`services`, with their index. Where there are some of
            both, or several names, they come in that order, each id once and numbered anew.

        Raises
        ------
        UnknownNameError
            If the city has no such places; the nearest names are suggested.
        InputError
            If the city has streets alone.

        Examples
        --------
        >>> import quartieri15 as q15
        >>> milano = q15.load("milano")
        >>> counters = milano.places_named("houses", "wemi", "library")
        >>> counters["network"].value_counts().to_dict()
        {'culture': 103, 'houses': 62, 'wemi': 7}
        """
        if not len(self.places) and not len(self.residents) and not len(self.services):
            raise InputError(
                f"{self.name} has streets alone, and no places",
                where=f"places {name!r}",
                mend="give a table of points, or make the city with places=table",
            )
        parts = [part for one in (name, *others) for part in self._parts_named(one)]
        found = [part for part in parts if len(part)] or parts[:1]
        if len(found) == 1:
            return found[0]
        both: gpd.GeoDataFrame = pd.concat(found).drop_duplicates("id", ignore_index=True)
        return both

    def _parts_named(self, name: str) -> list[gpd.GeoDataFrame]:
        """Return the places and the services of one name, of those that know it."""
        own = _rows_named(self.places, schemas.OWN_SETS, name)
        if is_one_of(name, schemas.OWN_SETS):
            return [own]
        both = [own, _rows_named(self.services, schemas.SERVICE_SETS, name)]
        known = [part for part in both if part is not None]
        if not known:
            raise UnknownNameError.among(name, self.place_sets, kind="set of places")
        return known

    def zones_named(self, name: str, *, argument: str | None = None) -> gpd.GeoDataFrame:
        """Return one set of zones by its name, for example ``"nil"``.

        Parameters
        ----------
        name
            The name.
        argument
            The argument by which somebody named it, for the error.

        Raises
        ------
        UnknownNameError
            If the city has no such zones.
        InputError
            If it has no zones at all.
        """
        if not is_one_of(name, self.require_zones()):
            raise UnknownNameError.among(name, self.zones, kind="set of zones", argument=argument)
        return self.zones[name]

    def require_residents(self) -> gpd.GeoDataFrame:
        """Return the residents, or say that the city has none.

        Raises
        ------
        InputError
            If there is no row of residents.
        """
        if not len(self.residents):
            raise InputError(
                f"{self.name} has no residents",
                where="city",
                mend="make it with City.from_tables(..., zones=..., residents=...); catchments, "
                "and travel times with origins=points, need none",
            )
        return self.residents

    def require_zones(self) -> Mapping[str, gpd.GeoDataFrame]:
        """Return all sets of zones, or say that the city has none.

        Raises
        ------
        InputError
            If there is no set of zones.
        """
        if not self.zones:
            raise InputError(
                f"{self.name} has no zones",
                where="city",
                mend="make it with City.from_tables(..., zones=..., residents=...); catchments "
                "and travel times need none",
            )
        return self.zones

    def require_groups(self, groups: object) -> tuple[str, ...]:
        """Return group names as a tuple, or say which one is unknown.

        Parameters
        ----------
        groups
            One name, several, or None for all groups of the city. One named twice counts once.
            The default of the verbs, which nobody named, is cut to those that the city counts.

        Raises
        ------
        UnknownNameError
            If the city does not count a group; the nearest names are suggested.
        ParameterError
            If no group is named at all.
        InputError
            If the city has no residents.
        """
        self.require_residents()
        if groups is None:
            return self.groups
        if groups is LEADING or groups is LEADING_AMONG_ALL:
            # Nobody named them: a city may lack one, and none that is named may be left out.
            return tuple(group for group in groups if group in self.groups) or self.groups
        wanted = several(groups)
        if not wanted or not isinstance(groups, Iterable):
            raise ParameterError(
                f"{shown(groups)} names no group",
                where="groups",
                mend=f"use some of {', '.join(self.groups)}, or leave it out for all of them",
            )
        for group in wanted:
            if is_one_of(group, GROUPS) and group not in self.groups:
                raise UnknownNameError(
                    f"{self.name} does not count the group {group!r}",
                    mend=f"use some of {', '.join(self.groups)}",
                )
            if not is_one_of(group, self.groups):
                raise UnknownNameError.among(group, self.groups, kind="group")
        return tuple(dict.fromkeys(wanted))

    def require_group(self, group: object) -> str:
        """Return the name of one group, or say that it is none.

        Parameters
        ----------
        group
            The name of a group that the city counts.

        Raises
        ------
        ParameterError
            If it is no text.
        UnknownNameError
            If the city does not count such a group; the nearest names are suggested.
        InputError
            If the city has no residents.
        """
        if not isinstance(group, str):
            raise ParameterError(
                f"group is {shown(group)}", where="group", mend="name one group, such as 'over65'"
            )
        return self.require_groups(group)[0]

    def __repr__(self) -> str:
        parts = [f"{len(self.places)} places"] if len(self.places) else []
        parts += [f"{len(table)} {key}" for key, table in self.zones.items()]
        if len(self.residents):
            people = f"{self.residents['residents'].sum():,.0f} residents"
            parts.append(f"{people} at {len(self.residents):,} points")
        return f"City({self.name!r}: {', '.join([*parts, repr(self.streets)])})"

    def _repr_html_(self) -> str:
        counts = self.places["kind"].value_counts()
        rows = [
            ("streets", f"{len(self.streets.edges):,} edges, {self.streets.length_km:,.0f} km"),
            ("places", ", ".join(f"{n} {kind}" for kind, n in counts.items() if n) or "none"),
            (
                "zones",
                ", ".join(f"{len(table)} {key}" for key, table in self.zones.items()) or "none",
            ),
            *((group, f"{self.residents[group].sum():,.0f}") for group in self.groups),
            *((f"vintage: {k}", v) for k, v in self.provenance.get("vintages", {}).items()),
            ("licence", self.provenance.get("licence_line", "not stated")),
        ]
        return facts_html(self.name, rows)


def _sets_of(table: gpd.GeoDataFrame, names: tuple[str, ...]) -> dict[str, NDArray[np.intp] | None]:
    """Return the rows of each set of places, None where nobody has asked for it yet."""
    columns = [name for name in ("network", "kind", "hosts_wemi") if name in table.columns]

    def none_yet() -> dict[str, NDArray[np.intp] | None]:
        own = [*table["network"].unique(), *table["kind"].unique()]
        return dict.fromkeys([*names, *map(str, own)])

    return _sets_of_places.of(table, columns, none_yet)


def _rows_named(
    table: gpd.GeoDataFrame, names: tuple[str, ...], name: str
) -> gpd.GeoDataFrame | None:
    """Return the places of one set; None where the table knows no such set."""
    if is_one_of(name, names[-1:]):
        return table
    sets = _sets_of(table, names)
    if not is_one_of(name, sets):
        return None
    rows = sets[name]
    if rows is None:
        chosen = (table["network"] == name) | (table["kind"] == name)
        if name == "wemi" and "hosts_wemi" in table.columns:
            chosen |= table["hosts_wemi"]
        rows = sets[name] = np.flatnonzero(chosen)
    return table.iloc[rows]


# Each group with the one it is part of; other pairs are counted in different units.
_PARTS = (
    ("minors", "residents"),
    ("over65", "residents"),
    ("over75", "over65"),
    ("over85", "over75"),
    ("foreign", "residents"),
    ("over65_alone", "over65"),
    ("renting_households", "households"),
)
_COUNT_TOLERANCE = 1e-6


def _tell_lost(said: dict[str, Any], lost: Mapping[str, int]) -> None:
    """Tell in the provenance how many rows of each table lie outside the streets: zones last."""
    told = {what: lost[what] for what in sorted(lost, key=_order) if lost[what]}
    if told:
        said["outside_streets"] = told


def _order(table: str) -> int:
    counted = ("places", *(one.name for one in OPTIONAL_TABLES))
    return counted.index(table) if table in counted else len(counted)


def _earlier(earlier: object) -> Earlier:
    if earlier is None:
        return Earlier()
    if not isinstance(earlier, Earlier):
        raise ParameterError(
            f"{shown(earlier)} tells of no other year",
            where="earlier",
            mend="give Earlier(streets=..., people=...), or None",
        )
    return earlier


def require_city(city: object) -> None:
    """Refuse what is no city."""
    if not isinstance(city, City):
        raise ParameterError(
            f"a {type(city).__name__} is no city",
            where="city",
            mend="give the result of load('milano'), City.from_tables(...) or city_of_streets(...)",
        )


def places_there(city: City, name: str, *, where: str) -> gpd.GeoDataFrame:
    """Return the places of a set, or say which sets of the city have any.

    Parameters
    ----------
    city
        The city.
    name
        As for :meth:`City.places_named`.
    where
        The argument that names it.

    Raises
    ------
    UnknownNameError
        If the city has no such set.
    InputError
        If no place is of the set.
    """
    table = city.places_named(name)
    if table.empty:
        others = [one for one in city.place_sets if not city.places_named(one).empty]
        raise InputError(
            f"{city.name} has no places of the set {name!r}",
            where=where,
            mend=f"give {where}={' or '.join(map(repr, others))}, or a table of points"
            if others
            else "give it places",
        )
    return table


def require_addresses(city: City, *, where: str = "city", instead: str = "") -> None:
    """Refuse a city without civic numbers, by which alone an address is found.

    Parameters
    ----------
    city
        The city.
    where
        What an error calls what was asked.
    instead
        What else the reader can do about it.
    """
    if not len(city.addresses):
        named = (
            "name its civic numbers in [residents.civic_numbers] of city.toml and build it again, "
            "or make it with City.from_tables(..., addresses=table)"
        )
        raise InputError(
            f"{city.name} has no addresses",
            where=where,
            mend=f"{instead}; or {named}" if instead else named,
        )


def require_provenance(provenance: object) -> dict[str, Any]:
    """Return what is said of where data come from, or say that it says nothing that can be read."""
    if provenance is not None and not isinstance(provenance, Mapping):
        raise ParameterError(
            f"provenance is {shown(provenance)}",
            where="provenance",
            mend="give a mapping such as {'licence_line': '...', 'vintages': {...}}",
        )
    said = dict(provenance or {})
    if not isinstance(said.get("vintages", {}), Mapping):
        raise ParameterError(
            f"vintages is {shown(said['vintages'])}",
            where="provenance",
            mend="give a mapping such as {'streets': '2022-07'}",
        )
    return said


def _peopled(residents: Any, zones: Any) -> dict[str, gpd.GeoDataFrame]:
    """Return residents and zones by their names in messages; refuse what is empty."""
    if not isinstance(zones, Mapping) or not zones:
        raise InputError(
            "there is no set of zones",
            where="zones",
            mend="give at least one by its name, for example {'nil': table}",
        )
    for key in zones:
        if not names_zones(key):
            raise InputError(
                f"{key!r} cannot name a set of zones",
                where="zones",
                mend="use letters, digits and _, and not city or place",
            )
    tables = {"residents": residents} | {f"zones {key}": table for key, table in zones.items()}
    tables = {where: schemas.with_geometry(table, where=where) for where, table in tables.items()}
    for where, table in tables.items():
        if table.empty:
            raise InputError("there is no row in it", where=where, mend="give at least one")
    return tables


def _require_nested(residents: gpd.GeoDataFrame) -> None:
    """Refuse a group larger than the one it is part of."""
    for part, whole in _PARTS:
        if part not in residents.columns or whole not in residents.columns:
            continue
        more = residents[part].to_numpy() > residents[whole].to_numpy() + _COUNT_TOLERANCE
        if more.any():
            row = residents.index[more][0]
            raise InputError(
                f"{residents[part][more].iloc[0]:g} {part} among "
                f"{residents[whole][more].iloc[0]:g} {whole}",
                where=f"residents, row {row}, column {part}",
                mend="correct one of the two",
            )

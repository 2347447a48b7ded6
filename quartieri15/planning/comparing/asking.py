"""What may be asked of a comparison, and what to say of the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.analysis.coverage import require_minutes
from quartieri15.analysis.draws import require_draws, require_parts, require_walks
from quartieri15.analysis.paces import distribution_named
from quartieri15.analysis.reaching import place_ids
from quartieri15.arguments import (
    is_finite,
    is_one_of,
    require_text,
    require_whole,
    several,
    shown,
)
from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles as travellers
from quartieri15.model import schemas
from quartieri15.model.city import City, require_city
from quartieri15.model.hours import moment
from quartieri15.planning.comparing.question import Asked, Given, Opening
from quartieri15.reach.trips import point_coordinates

if TYPE_CHECKING:
    import geopandas as gpd

    from quartieri15.model.profiles import TravelProfile


def question_of(
    city: City,
    *,
    to: Any,
    profile: Any,
    minutes: Any,
    by: Any,
    groups: Any,
    at: Any,
    areas: Any,
    draws: Any,
    seed: Any,
    uncertain: Any,
    paces: Any,
) -> Asked:
    """Check everything that is asked, as ``compare`` says it."""
    require_city(city)
    city.require_residents()
    asked = Asked(
        to=_to(city, to),
        profiles=_profiles(profile),
        minutes=tuple(dict.fromkeys(require_minutes(limit) for limit in _some(minutes, "minutes"))),
        by=_zone_sets(city, by),
        groups=city.require_groups(groups),
        openings=_openings(at),
        draws=require_draws(draws),
        seed=require_whole(seed, where="seed", least=0),
        uncertain=require_parts(uncertain),
        paces=None if paces is None else distribution_named(paces),
        areas=_areas(city, areas),
    )
    if asked.paces is not None:
        for traveller in asked.profiles:
            require_walks(traveller)
    return asked


def scenarios_given(given: object) -> list[Given]:
    """Return the scenarios by name, or say what is wrong with them."""
    mend = "give a scenario, several, or a mapping of names to scenarios or to edited cities"
    if isinstance(given, Mapping):
        named = [_given(one, name=name) for name, one in given.items()]
    elif isinstance(given, City):
        raise ParameterError(
            "a city says of itself no name of a scenario",
            where="scenarios",
            mend="give it one: {'what is changed': city}",
        )
    elif hasattr(given, "apply") or not isinstance(given, Iterable) or isinstance(given, str):
        named = [_given(given)]
    else:
        named = [_given(one) for one in several(given)]
    if not named:
        raise ParameterError("there is no scenario", where="scenarios", mend=mend)
    names = [one.name for one in named]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(
            f"two scenarios are called {twice!r}",
            where="scenarios",
            mend="give each a name of its own, for example with {'name': scenario}",
        )
    return named


def _given(one: Any, *, name: object = None) -> Given:
    if isinstance(one, City) and name is not None:
        require_text(name, where="name of a scenario")
        return Given(str(name), lambda _: one, None, None, np.nan)
    table = isinstance(one, pd.DataFrame | pd.Series | pd.Index)
    if table or isinstance(one, type) or not callable(getattr(one, "apply", None)):
        raise ParameterError(
            f"{shown(one)} is no scenario",
            where="scenarios",
            mend="give something with a name and apply(city), or a mapping of names to cities",
        )
    called = getattr(one, "name", None) if name is None else name
    require_text(called, where="name of a scenario")
    where = f"scenario {called!r}"
    cost = getattr(one, "cost_eur", None)
    if cost is not None and (not is_finite(cost) or cost < 0):
        raise ParameterError(
            f"cost_eur is {shown(cost)}", where=where, mend="give euro, 0 or more, or None"
        )
    date = getattr(one, "date", None)
    if date is not None and (not isinstance(date, dt.date) or pd.isna(date)):
        raise ParameterError(
            f"date is {shown(date)}", where=where, mend="give a datetime.date, or None"
        )
    effects = getattr(one, "effects", None)
    return Given(
        str(called),
        one.apply,
        effects if callable(effects) else None,
        date.date() if isinstance(date, dt.datetime) else date,
        np.nan if cost is None else float(cost),
    )


def _some(value: object, where: str) -> list[Any]:
    found = several(value)
    if not found:
        raise ParameterError(f"{where} is empty", where=where, mend="give at least one")
    return found


def _profiles(profile: Any) -> tuple[TravelProfile, ...]:
    found = tuple(dict.fromkeys(travellers.get(one) for one in _some(profile, "profile")))
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(
            f"two different profiles are called {twice!r}",
            where="profile",
            mend="give one of them another name",
        )
    return found


def _zone_sets(city: City, by: object) -> tuple[str, ...]:
    known = (*city.zones, "city")
    found = _some(by, "by")
    for name in found:
        if is_one_of(name, ("place",)):
            raise ParameterError(
                "a comparison by place is told without being asked for",
                where="by",
                mend="read .places of the result, and give zones or 'city' here",
            )
        if not is_one_of(name, known):
            raise UnknownNameError.among(name, known, kind="set of zones", argument="by")
    return tuple(dict.fromkeys(found))


def _openings(at: object) -> tuple[Opening, ...]:
    if at is None:
        return (Opening(None, ""),)
    moments = dict.fromkeys(moment(one, where="at") for one in _some(at, "at"))
    return tuple(Opening(one, unknown) for one in moments for unknown in ("closed", "open"))


def _to(city: City, to: Any) -> str | gpd.GeoDataFrame:
    if isinstance(to, str):
        require_text(to, where="to")
        return to
    point_coordinates(to, city, where="to")
    if not len(to):
        raise InputError("there is no place", where="to", mend="give at least one place")
    ids = place_ids(to)
    if not ids.is_unique:
        raise InputError(
            f"the id {ids[ids.duplicated()][0]!r} stands twice",
            where="to",
            mend="give every place its own id",
        )
    return to


def _areas(city: City, areas: Any) -> str | gpd.GeoDataFrame | None:
    if areas is None:
        return None
    if isinstance(areas, str):
        if not is_one_of(areas, city.require_zones()):
            raise UnknownNameError.among(areas, city.zones, kind="set of zones", argument="areas")
        return areas
    table = schemas.with_geometry(areas, where="areas")
    require_same_crs(table, city.crs, where="areas")
    if not len(table):
        raise InputError("there is no area", where="areas", mend="give at least one")
    columns = {name: schemas.ZONE_COLUMNS[name] for name in ("id", "name", "geometry")}
    return schemas.check(table, columns, where="areas")

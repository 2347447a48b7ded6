"""The folder that answers the whole question: map, tables, layers, summary, sources."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.analysis.gaps import find_gaps
from quartieri15.arguments import require_path, several, shown
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import OutputError, ParameterError
from quartieri15.model import profiles as travellers
from quartieri15.model import schemas
from quartieri15.model.city import require_city
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.tables import (
    DECIMALS,
    HIDDEN_WITH_POPULATION,
    HIDDEN_WITH_SPLIT,
    SMALLEST_COUNT,
    publishable,
    require_smallest_count,
    with_sources,
    write_csv,
    write_json,
    write_layers,
)
from quartieri15.writing import plain_json, replacing_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say

PROFILES: Final = ("walk_adult", "walk_75")
MINUTES: Final = (15.0,)
PLACES: Final = ("houses",)
GAP_GROUPS: Final = ("over65", "foreign")
GAP_ZONES: Final = "nil"
BANDS: Final = (5.0, 10.0, 15.0)

SUMMARY: Final = "summary.json"
OWN_FILES: Final = (
    *("index.html", "README.txt", "places.csv", "catchments.gpkg", SUMMARY),
    *("coverage_", "gaps_"),
)
"""How the names of the files written here begin."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a city.

    Parameters
    ----------
    profiles
        Who travels.
    minutes
        Thresholds, in minutes.
    places
        Names of sets of places to reach.
    groups
        Groups of people to count.
    """

    profiles: tuple[TravelProfile, ...]
    minutes: tuple[float, ...]
    places: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(
        cls,
        city: City,
        *,
        profiles: str | TravelProfile | Iterable[str | TravelProfile] = PROFILES,
        minutes: float | Iterable[float] = MINUTES,
        places: str | Iterable[str] = PLACES,
        groups: str | Iterable[str] | None = None,
    ) -> Question:
        """Check every name and number before any work begins; what stands twice counts once.

        Raises
        ------
        UnknownNameError
            If a profile, a set of places or a group is not known.
        ParameterError
            If a threshold makes no sense, two profiles have one name, or there is nothing to
            ask.
        """
        require_city(city)
        if not city.zones or city.residents.empty:
            what = "zones" if not city.zones else "residents"
            raise ParameterError(
                f"the city has no {what}", mend="give it zones, and residents who live in them"
            )
        question = cls(
            profiles=tuple(dict.fromkeys(travellers.get(who) for who in several(profiles))),
            minutes=tuple(dict.fromkeys(require_minutes(value) for value in several(minutes))),
            places=tuple(dict.fromkeys(_names(places))),
            groups=city.require_groups(groups),
        )
        names = [profile.name for profile in question.profiles]
        for name in names:
            if names.count(name) > 1:
                raise ParameterError(
                    f"two different profiles are called {name!r}",
                    where="profiles",
                    mend="give each its own name",
                )
        for name in question.places:
            if city.places_named(name).empty:
                raise ParameterError(
                    f"the city has no places called {name!r}",
                    mend=f"use one of {', '.join(city.place_sets)}",
                )
        for what in ("profiles", "minutes", "places", "groups"):
            if not getattr(question, what):
                raise ParameterError(f"there are no {what}", mend="name at least one")
        return question

    @property
    def slowest(self) -> TravelProfile:
        """The traveller with the shortest reach, for whom the map is drawn."""
        return min(self.profiles, key=lambda profile: profile.speed_kmh)

    @property
    def bands(self) -> tuple[float, ...]:
        """The bands of the catchments: the usual ones up to the longest threshold."""
        longest = max(self.minutes)
        return tuple(sorted({*self.minutes, *(band for band in BANDS if band < longest)}))


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The tables that answer a question.

    Parameters
    ----------
    coverage
        By every set of zones of the city, by ``"city"`` and by ``"place"``.
    gaps
        The zones ranked, for every combination asked.
    catchments
        The reached area of every place.
    """

    coverage: Mapping[str, pd.DataFrame]
    gaps: gpd.GeoDataFrame
    catchments: gpd.GeoDataFrame

    def published(self, city: City, smallest_count: float = SMALLEST_COUNT) -> Answers:
        """Hide small counts of people of a city."""
        # A set of zones that holds every resident once is a column of the residents.
        whole = tuple(name for name in city.zones if name in city.residents.columns)
        tables = {
            by: publishable(table, smallest_count=smallest_count, partitions=whole)
            for by, table in self.coverage.items()
        }
        for by in set(city.zones) - set(whole):
            for other in whole:
                tables[by] = _no_more_than(tables[by], tables[other], _same(city, by, other))
        return Answers(
            coverage=tables,
            gaps=publishable(self.gaps, smallest_count=smallest_count, partitions=whole),
            catchments=self.catchments,
        )


def write_site(
    city: City,
    out: str | Path,
    *,
    profiles: str | TravelProfile | Iterable[str | TravelProfile] = PROFILES,
    minutes: float | Iterable[float] = MINUTES,
    places: str | Iterable[str] = PLACES,
    groups: str | Iterable[str] | None = None,
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    progress: Say = quiet,
) -> dict[str, Any]:
    """Answer who reaches the places in time, and write the answer as a folder.

    Parameters
    ----------
    city
        The city.
    out
        The folder to write. It appears when it is complete. A folder written here before is
        replaced, other files in it are kept; any other folder that is not empty is refused.
    profiles, minutes, places
        Who travels, how far, and to which sets of places, one or several of each; every
        combination is answered.
    groups
        The groups to count; all that the city knows when left out.
    smallest_count
        Smaller counts of people are hidden; see :func:`~quartieri15.publish.tables.publishable`.
    language
        ``"it"`` or ``"en"``: the language in which the map opens.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    dict
        The summary, as written: ``city``, ``generated``, ``data``, ``places``,
        ``residents`` and ``coverage`` (one entry per profile, threshold, places and group,
        for the whole city). Shares are fractions.

    Raises
    ------
    UnknownNameError
        If a profile, a set of places or a group is not known.
    ParameterError
        If a threshold makes no sense.
    OutputError
        If the folder cannot be written; what stood there is untouched.

    Notes
    -----
    The folder holds ``index.html`` (the map, for the slowest of the profiles, the first
    threshold and the first places), ``coverage_<zones>.csv`` and ``coverage_places.csv``,
    ``gaps_nil.csv``, ``places.csv``, ``catchments.gpkg``, ``summary.json`` and
    ``README.txt``. Times are those of ``SOURCE_DATE_EPOCH`` if that is set, so that the same
    data give the same files.
    """
    out = require_path(out, where="out").absolute()
    smallest_count = require_smallest_count(smallest_count)
    words.require_language(language)
    if not callable(progress):
        raise ParameterError(
            f"progress is {shown(progress)}", where="progress", mend="give a function of one text"
        )
    question = Question.of(city, profiles=profiles, minutes=minutes, places=places, groups=groups)
    _require_room(out)
    when = _now()
    answers = answer(city, question, progress=progress).published(city, smallest_count)
    summary = _summary(
        city, question, answers.coverage["city"], when=when, smallest_count=smallest_count
    )
    with replacing_folder(out) as folder:
        _keep_others(out, folder)
        progress("writing the tables")
        for by, table in answers.coverage.items():
            if by != "city":
                name = "places" if by == "place" else by
                if by == "place":
                    kinds = city.places.set_index("id")["kind"]
                    table.insert(3, "kind", table["zone_id"].map(kinds).astype(str))
                _write_table(city, table, folder / f"coverage_{name}.csv")
        gaps = pd.DataFrame(answers.gaps.drop(columns="geometry"))
        _write_table(city, gaps, folder / f"gaps_{gaps['by'].iloc[0]}.csv")
        _write_table(city, places_table(city), folder / "places.csv")
        areas = with_sources(answers.catchments, city.provenance)
        write_layers({"catchments": areas}, folder / "catchments.gpkg", when=when)
        readme = _readme(city, question, when=when, smallest_count=smallest_count)
        (folder / "README.txt").write_text(readme, encoding="utf-8", newline="\n")
        progress("drawing the map")
        _write_map(city, question, answers, folder / "index.html", language=language, when=when)
        write_json(summary, folder / SUMMARY)
    return summary


def answer(city: City, question: Question, *, progress: Say = quiet) -> Answers:
    """Compute all tables of a question, each traveller's times once.

    Parameters
    ----------
    city, question
        What is asked of which city.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    Answers
        ``coverage`` by every set of zones of the city, by ``"city"`` and by ``"place"``.
    """
    from quartieri15.reach.catchments import catchments
    from quartieri15.reach.times import travel_times

    zones = GAP_ZONES if GAP_ZONES in city.zones else next(iter(city.zones))
    ranked = tuple(group for group in question.groups if group in GAP_GROUPS)
    tables: dict[str, list[pd.DataFrame]] = {by: [] for by in (*city.zones, "city", "place")}
    gaps, areas = [], []
    for name in question.places:
        to = city.places_named(name)
        for profile in question.profiles:
            progress(f"who reaches {name}, {profile.label_en}")
            times = travel_times(city, to=to, profile=profile)
            for minutes in question.minutes:
                for by, found in tables.items():
                    found.append(
                        coverage(
                            city,
                            to=name,
                            profile=profile,
                            minutes=minutes,
                            by=by,
                            groups=question.groups,
                            times=times,
                        )
                    )
                gaps.append(find_gaps(city, tables[zones][-1], groups=ranked or question.groups))
            progress(f"catchments of {name}, {profile.label_en}")
            each = catchments(city, to, profile=profile, minutes=question.bands)
            names = to.set_index("id")["name"]
            each.insert(1, "name", each["place_id"].map(names))
            areas.append(each.assign(places=name))
    return Answers(
        coverage={by: _stacked(found) for by, found in tables.items()},
        gaps=_stacked(gaps),
        catchments=_stacked(areas),
    )


def places_table(city: City) -> pd.DataFrame:
    """Return the registry of places as plain columns, positions in degrees.

    Parameters
    ----------
    city
        The city.

    Returns
    -------
    pandas.DataFrame
        One row per place: the columns of ``city.places`` without the geometry, and
        ``longitude`` and ``latitude`` (WGS 84; missing where the position is not known).
    """
    points = city.places.geometry.to_crs(GEOGRAPHIC)
    plain = pd.DataFrame(city.places.drop(columns="geometry"))
    # The first column carries the byte order mark: not the id, which others join by.
    plain.insert(0, "city", city.name)
    return plain.assign(longitude=points.x, latitude=points.y)


def _same(city: City, by: str, other: str) -> dict[Any, Any]:
    """Return the zones of two sets that are the same ground, by the id of the first."""
    theirs = city.zones_named(other)
    found = {}
    for zone, shape in city.zones_named(by).set_index("id").geometry.items():
        same = theirs.geometry.geom_equals(shape).to_numpy()
        if same.any():
            found[zone] = theirs["id"][same].iloc[0]
    return found


def _no_more_than(
    table: pd.DataFrame, other: pd.DataFrame, same: Mapping[Any, Any]
) -> pd.DataFrame:
    """Hide of a zone what another table hides of the same ground."""
    asked = ["profile", "minutes", "places", "group"]
    keys = [*asked, "zone_id"]
    ours = table.assign(zone_id=table["zone_id"].map(same))[keys]
    theirs = ours.merge(other, on=keys, how="left").set_index(table.index)
    twin = ours["zone_id"].notna()
    for name in (*HIDDEN_WITH_POPULATION, *HIDDEN_WITH_SPLIT):
        if name in table.columns and name in other.columns:
            table[name] = table[name].mask(twin & theirs[name].isna())
    hidden = theirs["suppressed"].fillna(value=False).astype(bool)
    return table.assign(suppressed=table["suppressed"] | (twin & hidden))


def _stacked(tables: list[Any]) -> Any:
    """Put tables under each other; each row says itself which question it answers."""
    for table in tables:
        table.attrs = {}
    return pd.concat(tables, ignore_index=True)


def _summary(
    city: City,
    question: Question,
    whole: pd.DataFrame,
    *,
    when: dt.datetime,
    smallest_count: float,
) -> dict[str, Any]:
    told = city.provenance
    columns = ["profile", "speed_kmh", "minutes", "places", "group"]
    columns += ["population", "covered", "share", "median_minutes"]
    totals = city.residents[list(question.groups)].sum().to_dict()
    summary = {
        "city": city.name,
        "generated": when.isoformat().replace("+00:00", "Z"),
        "data": {
            name: told[name]
            for name in ("vintages", "licences", "licence_line", "edited", "left_out")
            if name in told
        },
        "places": {
            name: len(city.places_named(name))
            for name in dict.fromkeys(["houses", "wemi", *question.places])
        },
        "residents": {
            group: None if 0 < total < smallest_count else total for group, total in totals.items()
        },
        "coverage": whole[columns].to_dict("records"),
    }
    plain: dict[str, Any] = plain_json(summary, decimals=DECIMALS)
    return plain


def _write_table(city: City, table: pd.DataFrame, path: Path) -> None:
    write_csv(with_sources(table, city.provenance), path)


def _write_map(
    city: City,
    question: Question,
    answers: Answers,
    path: Path,
    *,
    language: str,
    when: dt.datetime,
) -> None:
    from quartieri15.publish.maps import city_map, write_map

    asked = {
        "profile": question.slowest.name,
        "minutes": question.minutes[0],
        "places": question.places[0],
    }
    areas = _only(answers.catchments, asked | {"minutes": None})
    write_map(
        city_map(
            city,
            coverage=_only(answers.coverage[str(answers.gaps["by"].iloc[0])], asked),
            catchments=areas[areas["minutes"] <= question.minutes[0]],
            gaps=_only(answers.gaps, asked),
            house_coverage=_only(answers.coverage["place"], asked),
            city_coverage=_only(answers.coverage["city"], asked),
            profile=question.slowest,
            minutes=question.minutes[0],
            group="over65" if "over65" in question.groups else question.groups[0],
            language=language,
            date=when.date(),
        ),
        path,
    )


def _only(table: Any, asked: Mapping[str, Any]) -> Any:
    """Return the rows that answer one question."""
    for name, value in asked.items():
        if value is not None:
            table = table[table[name] == value]
    return table.reset_index(drop=True)


def _names(places: Any) -> list[str]:
    """Return names of sets of places; the tables themselves have none."""
    for name in (names := several(places)):
        if not isinstance(name, str):
            raise ParameterError(
                f"{shown(name)} names no set of places", where="places", mend="give 'houses'"
            )
    return names


def _require_room(out: Path) -> None:
    """Refuse a place where the folder cannot stand, before any work is done."""
    try:
        _require_own_or_empty(out)
        parent = next(folder for folder in out.parents if folder.exists())
        # To try is the only sure answer: permissions lie to root and on network drives.
        Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=parent)).rmdir()
    except OutputError:
        # Said already; it is an OSError too.
        raise
    except OSError as error:
        raise OutputError(
            f"nothing can be written there ({error.strerror or error})",
            where=str(out),
            mend="choose a folder you may write to; nothing was changed",
        ) from error


def _require_own_or_empty(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(
            "a file of this name is in the way",
            where=str(out),
            mend="choose another folder; nothing was changed",
        )
    if out.is_dir() and any(out.iterdir()) and not _is_ours(out):
        raise OutputError(
            f"the folder is not empty and holds no {SUMMARY} of an earlier run",
            where=str(out),
            mend="choose an empty or a new folder; nothing was changed",
        )


def _is_ours(folder: Path) -> bool:
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and {"city", "generated", "coverage"} <= summary.keys()


def _keep_others(before: Path, now: Path) -> None:
    """Take along what a user has put beside our files."""
    if not before.is_dir():
        return
    for entry in before.iterdir():
        # A prefix, so that a lock or a journal beside a replaced file goes with it.
        if entry.name.startswith(OWN_FILES):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, now / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, now / entry.name, follow_symlinks=False)


def _now() -> dt.datetime:
    """Return the time of writing, or the one a reproducible build sets."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed is None:
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        return dt.datetime.fromtimestamp(int(fixed), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ParameterError(
            f"SOURCE_DATE_EPOCH is {fixed!r}", mend="give whole seconds since 1970, or unset it"
        ) from error


def _readme(city: City, question: Question, *, when: dt.datetime, smallest_count: float) -> str:
    told = city.provenance
    speeds = [
        f"  {profile.name}: {words.traveller_text(profile)} / "
        f"{words.traveller_text(profile, 'en')}\n    {profile.source}"
        for profile in question.profiles
    ]
    vintages = [f"  {what}: {since}" for what, since in told.get("vintages", {}).items()]
    return README.format(
        city=city.name,
        when=when.isoformat().replace("+00:00", "Z"),
        minutes=", ".join(f"{value:g}" for value in question.minutes),
        places=", ".join(question.places),
        smallest=f"{smallest_count:g}",
        speeds="\n".join(speeds),
        positions="\n".join(f"  {name}: {_positions(city, name)}" for name in question.places),
        vintages="\n".join(vintages) or "  not stated",
        licence=told.get("licence_line", "not stated"),
    )


def _positions(city: City, name: str) -> str:
    """Tell how surely the places of a set are located."""
    places = city.places_named(name)
    nowhere = int(schemas.unplaced(places.geometry).sum())
    told = [f"{len(places)} places", f"{nowhere} without position, left out"]
    if "location_precision" in places.columns:
        counts = places["location_precision"].astype(object).value_counts()
        told += [
            f"{count} located to the {precision}"
            for precision, count in counts.items()
            if precision != "none"
        ]
    return "; ".join(told)


README: Final = """\
{city}: chi raggiunge i servizi di quartiere, e in quanto tempo
{city}: who reaches the neighbourhood services, and how fast

{when} | places: {places} | minutes: {minutes}

index.html         la mappa: si apre con un doppio clic, senza rete / the map, needs no network
coverage_*.csv     persone entro la soglia, per zona e gruppo / people in time, by zone and group
coverage_places.csv  le stesse, luogo per luogo / the same, place by place
gaps_*.csv         zone in ordine di persone non raggiunte / areas by uncovered people, and why
places.csv         il registro dei luoghi / the registry of places
catchments.gpkg    aree raggiunte, per QGIS / reached areas, for QGIS
summary.json       totali della città, per i programmi / totals of the city, for programs

Come leggere le tabelle
  population, covered, uncovered   persone attese del gruppo (le frazioni sono valori attesi):
    tutte, quelle entro la soglia, le altre. Le persone sono contate al loro indirizzo.
  share            covered / population, una frazione tra 0 e 1
  median_minutes   metà del gruppo arriva al luogo più vicino entro questo tempo
  p90_minutes      nove decimi; vuoto se troppi non arrivano a nessun luogo
  suppressed       True dove mancano numeri che direbbero di meno di {smallest} persone, da soli
    o per differenza. Le somme delle zone pubblicate sono quindi più basse del totale.
  covered_at_least, uncovered_at_least   un limite inferiore, arrotondato, dove quasi tutti sono
    da una parte e il numero esatto non si pubblica
  Per luogo: covered conta chi è entro la soglia da quel luogo; nearest, chi lo ha come luogo
    più vicino; exclusive, chi non è entro la soglia da nessun altro.
  Celle vuote: dati mancanti. Si viaggia dall'indirizzo al luogo.
  In Excel in italiano: Dati > Da testo/CSV, separatore virgola, decimale punto.

How to read the tables
  population, covered, uncovered   expected people of the group (fractions are expected values):
    all, those within the threshold, the others. People are counted at their address.
  share            covered / population, a fraction between 0 and 1
  median_minutes   half of the group reaches its nearest place within this time
  p90_minutes      nine tenths do; empty when too many cannot reach any
  suppressed       True where figures are left out because they would tell of fewer than
    {smallest} people, alone or by subtraction. So the published zones fall short of the total.
  covered_at_least, uncovered_at_least   a round lower limit where nearly all are on one side
    and the exact number is not published
  By place: covered counts everybody within the threshold of that place; nearest, those whose
    nearest place it is; exclusive, the covered whom no other place covers.
  Empty cells are missing values. Travel is from the address to the place.

Positions, as the registry states them (civic = house number; see places.csv)
{positions}

Speeds are assumptions
{speeds}

Vintages
{vintages}

Licence
  {licence}
"""

"""The folder that answers the whole question: map, tables, layers, summary, sources."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.analysis.gaps import find_gaps
from quartieri15.analysis.sensitivity import sensitivity
from quartieri15.arguments import require_path, require_progress, several, shown
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import ParameterError
from quartieri15.model import profiles as travellers
from quartieri15.model.city import places_there, require_city
from quartieri15.model.places import position_certainty
from quartieri15.plain_json import plain_json
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.disclosure import (
    SMALLEST_COUNT,
    publishable_gaps,
    publishable_together,
    require_smallest_count,
    rounded,
)
from quartieri15.publish.folders import SUMMARY, keep_others, require_room, time_of_writing
from quartieri15.publish.layers.geopackage import write_layers
from quartieri15.publish.tables import (
    DECIMALS,
    require_decimal,
    with_sources,
    write_csv,
    write_json,
)
from quartieri15.publish.workbook import write_workbook
from quartieri15.writing import replacing_folder

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say
    from quartieri15.publish.tables import Decimal

PROFILES: Final = ("walk_adult", "walk_75")
MINUTES: Final = (15.0,)
PLACES: Final = ("houses",)
GAP_GROUPS: Final = ("over65", "foreign")
GAP_ZONES: Final = "nil"
BANDS: Final = (5.0, 10.0, 15.0)
MODES: Final = ("walk", "bike")

SUMMARY_HOLDS: Final = ("city", "generated", "coverage")
WORKBOOK: Final = "tables.xlsx"
OWN_FILES: Final = (
    *("index.html", "README.txt", "places.csv", "catchments.gpkg", WORKBOOK, SUMMARY),
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
            places_there(city, name, where="places")
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

    def published(self, smallest_count: float = SMALLEST_COUNT) -> Answers:
        """Return the answers as they leave the house, by one rule for all of them."""
        told = publishable_together(self.coverage, smallest_count=smallest_count)
        zones = told[str(self.gaps["by"].iloc[0])]
        return Answers(
            coverage=told,
            gaps=publishable_gaps(self.gaps, zones, smallest_count=smallest_count),
            catchments=self.catchments,
        )


def write_analysis(
    city: City,
    out: str | Path,
    *,
    profiles: str | TravelProfile | Iterable[str | TravelProfile] = PROFILES,
    minutes: float | Iterable[float] = MINUTES,
    places: str | Iterable[str] = PLACES,
    groups: str | Iterable[str] | None = None,
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    decimal: Decimal = ".",
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
        Smaller counts of people are hidden and the others rounded to multiples of it; see
        :func:`~quartieri15.publish.disclosure.publishable`. 0 hides and rounds nothing.
    language
        ``"it"`` or ``"en"``: the language in which the map opens, and of the workbook.
    decimal
        ``"."``: CSV files for programs. ``","``: for Excel in Italian, with semicolons between
        cells and decimal commas; see :func:`~quartieri15.publish.tables.write_csv`.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    dict
        The summary, as written: ``city``, ``generated``, ``data``, ``places``,
        ``residents``, ``coverage`` (one entry per profile, threshold, places and group,
        for the whole city) and ``intervals`` (between which shares the headline of the map lies
        per group: see :func:`~quartieri15.analysis.sensitivity.sensitivity`). Shares are fractions.

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
    ``gaps_nil.csv``, ``places.csv``, all of these in ``tables.xlsx``, ``catchments.gpkg``,
    ``summary.json`` and
    ``README.txt``. Times are those of ``SOURCE_DATE_EPOCH`` if that is set, so that the same
    data give the same files.
    """
    out = require_path(out, where="out")
    smallest_count = require_smallest_count(smallest_count)
    words.require_language(language)
    require_decimal(decimal)
    require_progress(progress)
    question = Question.of(city, profiles=profiles, minutes=minutes, places=places, groups=groups)
    before = require_room(out, holding=SUMMARY_HOLDS)
    when = time_of_writing()
    answers = answer(city, question, progress=progress).published(smallest_count)
    progress("drawing what is uncertain")
    certainty = _certainty(city, question)
    summary = _summary(
        city, question, answers.coverage["city"], when=when, smallest_count=smallest_count
    )
    summary["intervals"] = certainty.to_dict("records")
    with replacing_folder(out) as folder:
        progress("writing the tables")
        write_answers(city, answers, folder, when=when, language=language, decimal=decimal)
        readme = _readme(city, question, when=when, smallest_count=smallest_count, decimal=decimal)
        (folder / "README.txt").write_text(readme, encoding="utf-8", newline="\n")
        progress("drawing the map")
        _write_map(
            city,
            question,
            answers,
            certainty,
            folder / "index.html",
            smallest_count=smallest_count,
            language=language,
            when=when,
        )
        write_json(summary, folder / SUMMARY)
        # Last, so that what a user puts there meanwhile comes along too.
        keep_others(before, folder, own=OWN_FILES)
    return summary


def answer(
    city: City, question: Question, *, modes: Collection[str] = MODES, progress: Say = quiet
) -> Answers:
    """Compute all tables of a question, each traveller's times once.

    Parameters
    ----------
    city, question
        What is asked of which city.
    modes
        Of whom the reached area of every place is drawn: ``"walk"``, ``"bike"``.
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
            if profile.mode not in modes:
                continue
            progress(f"catchments of {name}, {profile.label_en}")
            each = catchments(city, to, profile=profile, minutes=question.bands, progress=progress)
            names = to.set_index("id")["name"]
            each.insert(1, "name", each["place_id"].map(names))
            areas.append(each.assign(places=name))
    return Answers(
        coverage={by: _stacked(found) for by, found in tables.items()},
        gaps=_stacked(gaps),
        catchments=_stacked(areas),
    )


def write_answers(
    city: City,
    answers: Answers,
    folder: Path,
    *,
    when: dt.datetime,
    language: str = "it",
    decimal: Decimal = ".",
) -> None:
    """Write the tables of a question and the reached areas into a folder.

    Parameters
    ----------
    city
        The city.
    answers
        What was found, as it is published.
    folder
        The folder, which is there: ``coverage_<zones>.csv``, ``coverage_places.csv``,
        ``gaps_<zones>.csv``, ``places.csv``, the same tables in ``tables.xlsx``, and
        ``catchments.gpkg`` are written.
    when
        The time of writing.
    language
        ``"it"`` or ``"en"``: of the headings in the workbook.
    decimal
        As for :func:`~quartieri15.publish.tables.write_csv`.
    """
    tables = _tables(city, answers)
    for name, table in tables.items():
        write_csv(with_sources(table, city.provenance), folder / f"{name}.csv", decimal=decimal)
    write_workbook(
        tables,
        folder / WORKBOOK,
        provenance=city.provenance,
        title=words.isolated(city.name[:1].upper() + city.name[1:]),
        when=when,
        language=language,
    )
    write_layers(
        {"catchments": answers.catchments},
        folder / "catchments.gpkg",
        when=when,
        provenance=city.provenance,
    )


def _tables(city: City, answers: Answers) -> dict[str, pd.DataFrame]:
    """Return the tables of a question as they are written, by the name of their file."""
    told = {
        f"coverage_{by}": table
        for by, table in answers.coverage.items()
        if by not in ("city", "place")
    }
    places = answers.coverage["place"].copy()
    kinds = city.places.set_index("id")["kind"]
    places.insert(3, "kind", places["zone_id"].map(kinds).astype(str))
    gaps = pd.DataFrame(answers.gaps.drop(columns="geometry"))
    return {
        **told,
        "coverage_places": places,
        f"gaps_{gaps['by'].iloc[0]}": gaps,
        "places": places_table(city),
    }


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
    totals = city.residents[list(question.groups)].sum()
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
        "positions": {
            name: position_certainty(city.places_named(name))
            for name in dict.fromkeys(["houses", "wemi", *question.places])
        },
        "residents": dict(zip(totals.index, rounded(totals, smallest_count), strict=True)),
        "coverage": whole[columns].to_dict("records"),
    }
    plain: dict[str, Any] = plain_json(summary, decimals=DECIMALS)
    return plain


def _write_map(
    city: City,
    question: Question,
    answers: Answers,
    certainty: pd.DataFrame,
    path: Path,
    *,
    smallest_count: float,
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
            certainty=certainty,
            profile=question.slowest,
            minutes=question.minutes[0],
            group="over65" if "over65" in question.groups else question.groups[0],
            smallest_count=smallest_count,
            language=language,
            date=when.date(),
        ),
        path,
    )


def _certainty(city: City, question: Question) -> pd.DataFrame:
    """Return between which shares the headline of the map lies, in whole per cent, per group."""
    told = sensitivity(
        city,
        to=question.places[0],
        profile=question.slowest,
        minutes=question.minutes[0],
        by="city",
        groups=question.groups,
        speeds=(),
        thresholds=(),
        progress=quiet,
    )
    asked = told.headlines.attrs["provenance"]
    first, last = asked["interval"]
    shares = ["share", "share_low", "share_high"]
    return (
        told.headlines[["by", "group", *shares]]
        .round(dict.fromkeys(shares, 2))
        .assign(
            profile=question.slowest.name,
            minutes=question.minutes[0],
            places=question.places[0],
            draws=asked["draws"],
            part_of_draws=round(last - first, 2),
        )
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


def _readme(
    city: City, question: Question, *, when: dt.datetime, smallest_count: float, decimal: Decimal
) -> str:
    told = city.provenance
    speeds = [
        f"  {profile.name}: {words.traveller_text(profile)} / "
        f"{words.traveller_text(profile, 'en')}\n    {profile.source}"
        for profile in question.profiles
    ]
    vintages = [f"  {what}: {since}" for what, since in told.get("vintages", {}).items()]
    text = README.format(
        city=words.isolated(city.name),
        when=when.isoformat().replace("+00:00", "Z"),
        minutes=", ".join(f"{value:g}" for value in question.minutes),
        places=", ".join(question.places),
        excel_it=EXCEL_IT[decimal],
        excel_en=EXCEL_EN[decimal],
        hiding_it=_hiding(HIDING_IT, EXACT_IT, smallest_count),
        hiding_en=_hiding(HIDING_EN, EXACT_EN, smallest_count),
        speeds="\n".join(speeds),
        positions="\n".join(f"  {name}: {_positions(city, name)}" for name in question.places),
        edited="".join(
            f"{words.edits_text(told['edited'], language)}\n" for language in words.LANGUAGES
        )
        if told.get("edited")
        else "",
        hours=SUMMER_HOURS if "summer_2026_hours" in city.places.columns else "",
        vintages="\n".join(vintages) or "  not stated",
        licence=told.get("licence_line", "not stated"),
    )
    return words.visible(text)


def _hiding(rounded_to: str, exact: str, smallest_count: float) -> str:
    return rounded_to.format(smallest=f"{smallest_count:g}") if smallest_count else exact


def _positions(city: City, name: str) -> str:
    """Tell how surely the places of a set are located, in both languages."""
    certainty = position_certainty(city.places_named(name))
    told = [f"{certainty['places']} places, {certainty['without_position']} without position"]
    told += [
        textwrap.fill(
            words.certainty_text(certainty, name, language),
            width=100,
            initial_indent="    ",
            subsequent_indent="    ",
        )
        for language in words.LANGUAGES
    ]
    return "\n".join(text for text in told if text)


EXACT_IT: Final = "  I numeri sono esatti, anche i più piccoli: solo per uso interno."
EXACT_EN: Final = "  The counts are exact, the smallest too: for internal use only."

HIDING_IT: Final = """\
  Ogni numero di persone o famiglie è arrotondato a un multiplo di {smallest}, perché nessuna
    differenza tra due numeri pubblicati dica di poche persone; ciò che ne deriva (uncovered, share,
    densità, punteggi, posizioni, motivi) è calcolato dai numeri arrotondati. Ogni totale è
    arrotondato per conto suo: le somme delle zone possono scostarsene.
  suppressed       True dove manca un numero tra 0 e {smallest}, e con lui l'altra parte della riga
    e i minuti. Zero vuol dire nessuno.
  covered_at_least, uncovered_at_least   un limite inferiore dell'altra parte, dove c'è"""

HIDING_EN: Final = """\
  Every count of people or households is rounded to a multiple of {smallest}, so that no difference
    of two published counts tells of few people; what is derived (uncovered, share, densities,
    scores, ranks, reasons) is computed from the rounded counts. Every total is rounded on its own:
    the zones may not add up to it.
  suppressed       True where a count between 0 and {smallest} is left out, and with it the other
    side of its row and the minutes. Zero means nobody.
  covered_at_least, uncovered_at_least   a lower limit of that other side, where there is one"""

EXCEL_IT: Final[Mapping[Decimal, str]] = {
    ".": "  In Excel: tables.xlsx. I CSV hanno virgole tra le celle e il punto decimale.",
    ",": "  I CSV hanno punti e virgola tra le celle e la virgola decimale: Excel in italiano li\n"
    "    apre con un doppio clic.",
}
EXCEL_EN: Final[Mapping[Decimal, str]] = {
    ".": "  In Excel: tables.xlsx. The CSV files have commas between cells and decimal points.",
    ",": "  The CSV files have semicolons between cells and decimal commas, as Excel in Italian\n"
    "    opens them by a double click.",
}

SUMMER_HOURS: Final = """
Orari / Hours
  summer_2026_hours, summer_2026_closures (places.csv): gli orari di spazio fresco da giugno a
    settembre 2026 e le chiusure in quei mesi, con le parole della fonte. Non sono gli orari del
    resto dell'anno, che nessuna fonte dice. / The hours as a cool space from June to September
    2026 and the closures in those months, in the words of the source. They are not the hours of
    the rest of the year, which no source tells.
"""

README: Final = """\
{city}: chi raggiunge i servizi di quartiere, e in quanto tempo
{city}: who reaches the neighbourhood services, and how fast

{when} | places: {places} | minutes: {minutes}
{edited}
index.html         la mappa: si apre con un doppio clic, senza rete / the map, needs no network
coverage_*.csv     persone entro la soglia, per zona e gruppo / people in time, by zone and group
coverage_places.csv  le stesse, luogo per luogo / the same, place by place
gaps_*.csv         zone in ordine di persone non raggiunte / areas by uncovered people, and why
places.csv         il registro dei luoghi / the registry of places
tables.xlsx        tutte le tabelle, con un dizionario / all tables, with a dictionary
catchments.gpkg    aree raggiunte, per QGIS / reached areas, for QGIS
summary.json       totali della città, per i programmi / totals of the city, for programs

Come leggere le tabelle
  population, covered, uncovered   persone attese del gruppo: tutte, quelle entro la soglia, le
    altre. Le persone sono contate al loro indirizzo.
  share            covered / population, una frazione tra 0 e 1
  median_minutes   metà del gruppo arriva al luogo più vicino entro questo tempo, in minuti interi
  p90_minutes      nove decimi; vuoto se troppi non arrivano a nessun luogo
{hiding_it}
  Per luogo: covered conta chi è entro la soglia da quel luogo; nearest, chi lo ha come luogo
    più vicino; exclusive, chi non è entro la soglia da nessun altro.
  Celle vuote: dati mancanti. Si viaggia dall'indirizzo al luogo.
{excel_it}

How to read the tables
  population, covered, uncovered   expected people of the group: all, those within the
    threshold, the others. People are counted at their address.
  share            covered / population, a fraction between 0 and 1
  median_minutes   half of the group reaches its nearest place within this time, in whole minutes
  p90_minutes      nine tenths do; empty when too many cannot reach any
{hiding_en}
  By place: covered counts everybody within the threshold of that place; nearest, those whose
    nearest place it is; exclusive, the covered whom no other place covers.
  Empty cells are missing values. Travel is from the address to the place.
{excel_en}
{hours}
Posizioni, come le dice il registro / Positions, as the registry states them (see places.csv)
{positions}

Speeds are assumptions
{speeds}

Vintages
{vintages}

Licence
  {licence}
"""

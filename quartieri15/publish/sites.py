"""The folder that answers *where next*: a page, tables and a layer of the best sites."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import shown
from quartieri15.errors import InputError
from quartieri15.model import profiles
from quartieri15.planning.siting.certificate import Certificate
from quartieri15.planning.siting.result import Sites
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.answers import Answer, Drawing, Writing, write_answer
from quartieri15.publish.asked import asked_blanks, asked_places, not_known_of, notes, title_of
from quartieri15.publish.charts import curve_chart
from quartieri15.publish.disclosure import SMALLEST_COUNT, require_smallest_count, rounded
from quartieri15.publish.maps import assumptions_text
from quartieri15.publish.page import quoted
from quartieri15.publish.plan_layers import ground_layers, numbered_layer
from quartieri15.publish.popups import popup
from quartieri15.publish.sheet import Figure, Row, Sheet, Table, columns_of, view_of
from quartieri15.publish.texts import count_text, in_each, missing, signed_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say
    from quartieri15.publish.tables import Decimal
    from quartieri15.publish.texts import Texts

OWN_FILES: Final = ("sites.csv", "curve.csv", "alternatives.csv")
COUNTED: Final = ("coverage", "neediest")
"""Objectives whose value counts people."""

_MOST_SHOWN: Final = 20


def write_sites(
    city: City,
    sites: Sites,
    out: str | Path,
    *,
    curve: pd.DataFrame | None = None,
    profile: str | TravelProfile | None = None,
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    decimal: Decimal = ".",
    progress: Say = quiet,
) -> dict[str, Any]:
    """Write the best sites as a folder: a page of one sheet, tables, a layer.

    Parameters
    ----------
    city
        The city.
    sites
        The result of :func:`~quartieri15.planning.siting.sites.best_sites`.
    out
        The folder to write, as for :func:`~quartieri15.publish.comparison.write_comparison`.
    curve
        The result of ``site_curve``, drawn on the page.
    profile
        Who travelled, where that is no profile of the library.
    smallest_count
        Smaller counts of people are hidden and the others rounded to multiples of it.
    language
        ``"it"`` or ``"en"``: the language in which the page opens.
    decimal
        ``"."`` for programs, ``","`` for Excel in Italian; see
        :func:`~quartieri15.publish.tables.write_csv`.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    dict
        The summary, as written: ``city``, ``generated``, ``data``, ``asked``, ``sites``.

    Raises
    ------
    InputError
        If ``sites`` is none, or no site was chosen.
    OutputError
        If the folder cannot be written; what stood there is untouched.
    """
    wanted = Writing.of(
        city,
        out,
        smallest_count=smallest_count,
        language=language,
        decimal=decimal,
        progress=progress,
    )
    smallest_count = wanted.smallest_count
    if not isinstance(sites, Sites):
        raise InputError(
            f"{shown(sites)} is no choice of sites",
            where="sites",
            mend="give the result of best_sites(city, ...)",
        )
    if not len(sites.sites):
        minutes = words.as_given(float(sites.provenance["minutes"]), "en")
        raise InputError(
            f"none of the candidates brings anybody new within {minutes} minutes"
            if sites.objective == "coverage"
            else "none of the candidates was chosen",
            where="sites",
            mend="give best_sites other candidates or more minutes",
        )
    who = profiles.get(sites.provenance["profile"] if profile is None else profile)
    table = publishable_sites(sites.sites, smallest_count=smallest_count)
    if curve is not None and not isinstance(curve, pd.DataFrame):
        raise InputError(
            f"{shown(curve)} is no curve", where="curve", mend="give the result of site_curve"
        )
    wanted.require_place("sites")
    told_curve = pd.DataFrame() if curve is None else publishable_curve(curve, smallest_count)

    def draw(files: Sequence[tuple[str, Texts]], date: dt.date) -> Drawing:
        return _page(
            city,
            sites,
            table,
            told_curve,
            who,
            files=files,
            smallest_count=smallest_count,
            date=date,
        )

    answer = Answer(
        kind="sites",
        own_files=OWN_FILES,
        title=_title(city, sites),
        tables={
            "sites": _with_degrees(table),
            "curve": told_curve,
            "alternatives": _publishable_alternatives(sites.alternatives),
        },
        layers={"sites": table},
        layers_file="sites.gpkg",
        draw=draw,
        rows=table,
        asked=_asked(sites, smallest_count),
    )
    return write_answer(answer, wanted)


def publishable_sites(
    sites: gpd.GeoDataFrame, *, smallest_count: float = SMALLEST_COUNT
) -> gpd.GeoDataFrame:
    """Round what sites bring.

    Parameters
    ----------
    sites
        The table of :class:`~quartieri15.planning.siting.result.Sites`.
    smallest_count
        As in :func:`~quartieri15.publish.disclosure.publishable`.

    Returns
    -------
    geopandas.GeoDataFrame
        Counts rounded one by one, person-minutes likewise, and not told where they are those of
        few people.
    """
    smallest = require_smallest_count(smallest_count)
    told = sites.copy()
    told.attrs = {}
    if not smallest:
        return told
    few = rounded(sites["gain"].to_numpy(dtype=float), smallest)
    for name in told.columns:
        if str(name).startswith("gain") or name == "covered_total":
            told[name] = rounded(sites[name].to_numpy(dtype=float), smallest)
        elif str(name).startswith("minutes_saved"):
            saved = (sites[name].astype(float) / smallest).round() * smallest
            told[name] = saved.where(~np.isnan(few))
    return told


def publishable_curve(curve: pd.DataFrame, smallest_count: float = SMALLEST_COUNT) -> pd.DataFrame:
    """Round how many people the best 1, 2, 3, ... sites bring; ``more`` is made of that."""
    smallest = require_smallest_count(smallest_count)
    told = pd.DataFrame(curve.drop(columns="candidate_ids", errors="ignore"))
    told.attrs = {}
    if not smallest:
        return told
    for name in told.columns.intersection(["value", "greedy", "swap", "covered"]):
        told[name] = rounded(curve[name].to_numpy(dtype=float), smallest)
    if "bound" in told.columns:
        told["bound"] = np.ceil(curve["bound"].astype(float).round(6) / smallest) * smallest
        if "proven" in told.columns:
            # What is proven to be the most is the bound: the same number, rounded once.
            told["bound"] = told["bound"].mask(curve["proven"].astype(bool), told["value"])
    if "more" in told.columns:
        told["more"] = told["value"].diff().fillna(told["value"])
    if "gap" in told.columns:
        told["gap"] = curve["gap"].astype(float).round(4)
    if "share" in told.columns:
        told["share"] = curve["share"].astype(float).round(3)
    return told


def _publishable_alternatives(alternatives: pd.DataFrame) -> pd.DataFrame:
    """Tell what else could be chosen and which part of the value that loses, without counts."""
    told = pd.DataFrame(alternatives.drop(columns=["value", "loss"], errors="ignore"))
    told.attrs = {}
    if "loss_share" in told.columns:
        told["loss_share"] = told["loss_share"].astype(float).round(3)
    return told


def _with_degrees(table: gpd.GeoDataFrame) -> pd.DataFrame:
    points = table.geometry.to_crs(4326)
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    return plain.assign(longitude=points.x.round(6), latitude=points.y.round(6))


def _asked(sites: Sites, smallest: float) -> dict[str, Any]:
    """Say what was asked and found, the values rounded as all others."""
    told = {
        name: value
        for name, value in sites.provenance.items()
        if name not in ("value", "bound", "population", "covered_before")
    }
    found: dict[str, Any] = {"proven": bool(sites.proven), "gap": round(float(sites.gap), 4)}
    if sites.objective in COUNTED:
        found["value"] = float(_rounded(sites.value, smallest))
        bound = float(sites.bound)
        if sites.proven:
            # What is proven to be the most is the bound: the same number, rounded once.
            bound = found["value"]
        elif smallest:
            bound = math.ceil(round(bound, 6) / smallest) * smallest
        found["bound"] = bound
    return {**told, **found}


def _title(city: City, sites: Sites) -> Texts:
    count = len(sites.sites)
    key = "sites_title_one" if count == 1 else "sites_title"
    return title_of(city, key, sites.provenance, count=count)


def _page(
    city: City,
    sites: Sites,
    table: gpd.GeoDataFrame,
    curve: pd.DataFrame,
    profile: TravelProfile,
    *,
    files: Sequence[tuple[str, Texts]],
    smallest_count: float,
    date: dt.date,
) -> Drawing:
    minutes = float(sites.provenance["minutes"])
    names = [_place_text(row) for row in table.to_dict("records")]
    popups = [
        popup(
            name,
            kind=_where(row),
            facts=[
                (words.in_all_languages("column_site_gain"), count_text(row["gain"])),
                (words.in_all_languages("column_site_total"), count_text(row["covered_total"])),
            ],
        )
        for name, row in zip(names, table.to_dict("records"), strict=True)
    ]
    under, places = ground_layers(
        city, to=asked_places(city, sites.provenance), minutes=minutes, date=date
    )
    layers = [
        *under,
        *places,
        numbered_layer(
            table.geometry,
            names,
            popups,
            layer="sites",
            text=words.in_all_languages("layer_sites"),
        ),
    ]
    sheet = Sheet(
        kicker=words.in_all_languages("kicker_sites"),
        title=_title(city, sites),
        figures=_figures(sites, smallest_count),
        sentences=_sentences(sites, smallest_count),
        assumptions=assumptions_text(city, profile, minutes),
        tables=_tables(sites, table, curve, names),
        notes=notes("note_sites", profile, smallest_count),
        unknown=[
            words.in_all_languages("sites_ground"),
            *not_known_of(city, sites.provenance),
        ],
        files=files,
    )
    return Drawing(sheet=sheet, layers=layers, view=view_of(city, list(table.geometry)))


def _place_text(row: dict[str, Any]) -> Any:
    for name in ("address", "street", "candidate_id"):
        if not missing(row.get(name)):
            return quoted(words.zone_text(row[name]))
    return quoted("–")


def _where(row: dict[str, Any]) -> Texts | None:
    parts = []
    if not missing(row.get("nil")):
        parts.append(words.isolated(words.zone_text(row["nil"])))
    if missing(row.get("municipio")):
        return dict.fromkeys(words.LANGUAGES, ", ".join(parts)) if parts else None
    return {
        language: ", ".join([*parts, f"{words.say('municipio', language)} {row['municipio']}"])
        for language in words.LANGUAGES
    }


def _figures(sites: Sites, smallest: float) -> list[Figure]:
    blanks = asked_blanks(sites.provenance)
    gained = float(sites.sites["gain"].sum())
    after = float(sites.sites["covered_total"].iloc[-1])
    return [
        Figure(
            value=signed_text(_rounded(gained, smallest), "+"),
            caption=words.in_all_languages("figure_gained", **blanks),
            tone="gain",
        ),
        Figure(
            value=words.in_all_languages(
                "from_to_share",
                before=_share(sites.covered_before, sites),
                after=_share(after, sites),
            ),
            caption=words.in_all_languages("figure_share", **blanks),
        ),
        Figure(
            value=words.in_all_languages("sites_proven")
            if sites.proven
            else in_each(words.percent, float(sites.gap), decimals=2),
            caption=words.in_all_languages(
                "figure_proven" if sites.proven else "figure_gap", **blanks
            ),
        ),
    ]


def _share(count: float, sites: Sites) -> Texts:
    return in_each(words.percent, count / sites.population, decimals=1)


def _sentences(sites: Sites, smallest: float) -> list[Texts]:
    blanks = asked_blanks(sites.provenance)
    said: list[Texts] = [
        words.in_all_languages(f"sites_sought_{_objective(sites)}", count=len(sites), **blanks)
    ]
    if sites.proven:
        certified = isinstance(sites.certificate, Certificate)
        how = "sites_are_certified" if certified else "sites_are_proven"
        said.append(words.in_all_languages(how, **blanks))
    elif sites.objective in COUNTED:
        bound = math.ceil(round(sites.bound, 6) / (smallest or 1)) * (smallest or 1)
        said.append(
            words.in_all_languages(
                "sites_not_proven",
                bound=count_text(bound),
                gap=in_each(words.percent, float(sites.gap), decimals=2),
            )
        )
    if len(sites.alternatives):
        said.append(words.in_all_languages("sites_alternatives"))
    return said


def _objective(sites: Sites) -> str:
    known = f"sites_sought_{sites.objective}"
    return str(sites.objective) if words.is_phrase(known) else "other"


def _tables(
    sites: Sites, table: gpd.GeoDataFrame, curve: pd.DataFrame, names: Sequence[Any]
) -> list[Table]:
    rows = [
        Row(
            name=name,
            number=int(row["rank"]),
            cells=[
                quoted(words.zone_text(row["street"])) if not missing(row.get("street")) else "–",
                quoted(words.zone_text(row["nil"])) if not missing(row.get("nil")) else "–",
                str(row["municipio"]) if not missing(row.get("municipio")) else "–",
                count_text(row["gain"]),
                count_text(row["covered_total"]),
            ],
        )
        for name, row in zip(names, table.to_dict("records"), strict=True)
    ]
    tables = [
        Table(
            name="sites",
            title=words.in_all_languages("table_sites"),
            columns=columns_of(
                "site", "street", "nil_short", "municipio", "site_gain", "site_total"
            ),
            rows=rows[:_MOST_SHOWN],
            help=words.in_all_languages("help_sites"),
            left=2,
            most_printed=_MOST_SHOWN,
        )
    ]
    if len(curve) and {"n", "value"} <= {*curve.columns}:
        points = [
            (float(n), float(value))
            for n, value in zip(curve["n"], curve["value"], strict=True)
            if math.isfinite(value)
        ]
        group = sites.provenance["group"]
        tables.append(
            Table(
                name="curve",
                title=words.in_all_languages("table_curve"),
                columns=columns_of("number", "gained", "more", "share_after", "gap"),
                rows=[
                    Row(
                        name=f"{row['n']:g}",
                        cells=[
                            count_text(row["value"]),
                            count_text(row.get("more", math.nan)),
                            in_each(words.percent, row.get("share", math.nan), decimals=1),
                            words.in_all_languages("proven_short")
                            if row.get("proven")
                            else in_each(words.percent, row.get("gap", math.nan), decimals=2),
                        ],
                    )
                    for row in curve.to_dict("records")
                ],
                before=curve_chart(
                    points,
                    x_title=words.in_all_languages("chart_number"),
                    y_title=words.in_all_languages(
                        "chart_gained", group=words.in_all_languages(group)
                    ),
                    label=words.in_all_languages("table_curve"),
                    marked=float(len(table)),
                ),
                most_printed=0,
            )
        )
    return tables


def _rounded(value: float, smallest: float) -> float:
    return float(rounded([value], smallest)[0])

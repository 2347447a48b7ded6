"""How far a coverage, and the ranking of its gaps, depend on what is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quartieri15.analysis import draws as drawing
from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.sensitivity.draw_by_draw import Draws
from quartieri15.analysis.sensitivity.question import asked_of
from quartieri15.analysis.sensitivity.tables import (
    assumptions_table,
    headlines_table,
    ranking_table,
    sentences_of,
)
from quartieri15.model.notebook_tables import tables_html
from quartieri15.model.places import UNVERIFIED
from quartieri15.model.residents.groups import LEADING
from quartieri15.plain_json import plain_json
from quartieri15.progress import saying

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandas as pd

    from quartieri15.analysis.paces import PaceDistribution
    from quartieri15.analysis.sensitivity.question import Asked
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork
    from quartieri15.progress import Say

AS_ASKED, DRAWN = "as asked", "drawn"


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What a coverage rests on: the answer of :func:`sensitivity`.

    Parameters
    ----------
    assumptions : pandas.DataFrame
        What each assumption alone moves in the whole city, one row per alternative and group.
        ``assumption`` is ``as asked``, ``speed``, ``threshold``, ``streets``, ``places`` (without
        those whose address no source confirms), or what was drawn: ``positions``, ``pace``,
        ``residents`` and ``everything``; ``alternative`` tells it. ``population``,
        ``covered``, ``share`` and their ``_low`` and ``_high``: of what is drawn the median and
        the interval, of what is not three times the same. ``change``: ``covered`` less that as
        asked, ``share_change`` the same in fractions. ``kendall_tau`` (the median of the draws)
        tells how alike the ranking of the zones is to that as asked, and ``top_kept`` how many of
        its first ``top`` are still among them (their mean over the draws); both are missing where
        ``ranking_reason`` says why.
    headlines : pandas.DataFrame
        City, zone by zone and group by group: ``population``, ``covered``, ``uncovered``,
        ``share`` as :func:`~quartieri15.analysis.coverage.coverage` tells them, and the ends
        ``_low`` and ``_high`` of their joint interval: all that is uncertain drawn at once.
        ``reason`` says why a share is missing.
    ranking : pandas.DataFrame
        One row per group and zone, in the order of
        :func:`~quartieri15.analysis.gaps.find_gaps`: ``rank`` there (missing where nobody is
        uncovered), ``place`` (the same with those last), ``place_low`` and ``place_high`` (between
        them lie nine in ten draws), ``top_frequency`` (in which part of the draws the zone is
        among the first ``top`` of those with a gap). Without rows for the city as a whole.
    sentences : tuple of str
        One per group: the share, its range over the speeds, and its interval.
    """

    assumptions: pd.DataFrame
    headlines: pd.DataFrame
    ranking: pd.DataFrame
    sentences: tuple[str, ...]

    def _repr_html_(self) -> str:
        return tables_html(self, title=" ".join(self.sentences), first="assumptions")


def sensitivity(
    city: City,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "nil",
    groups: str | Iterable[str] | None = LEADING,
    draws: int = 200,
    seed: int = 0,
    speeds: Iterable[float] | None = None,
    thresholds: Iterable[float] | None = None,
    vintages: Mapping[str, StreetNetwork] | None = None,
    uncertain: str | Iterable[str] = drawing.PARTS,
    paces: str | PaceDistribution | None = None,
    top: int = 10,
    progress: Say | None = None,
) -> Sensitivity:
    """Tell how far a coverage and the ranking of its gaps depend on what is assumed.

    Each assumption is changed alone; then all that is uncertain is drawn at once.

    Parameters
    ----------
    city, to, profile, minutes, groups
        As for :func:`~quartieri15.analysis.coverage.coverage`.
    by
        ``"city"``, or the set of zones that are ranked.
    draws
        How many draws an interval is made of, 1 to 10,000.
    seed
        The seed of the draws: the same seed gives the same bytes.
    speeds
        Other paces, in km/h; left out, 70, 80, 90, 110, 120 and 130 % of the traveller's.
    thresholds
        Other thresholds, in minutes; left out, two and four thirds of ``minutes``.
    vintages
        Streets of other years by name; left out, those that come with the city
        (``city.earlier``). In the joint draws each is as likely as the city's own.
    uncertain
        What is drawn, some of ``"positions"`` (where the places stand, each within its
        uncertainty), ``"pace"`` and ``"residents"`` (who lives where, by the measured error of the
        model). What the city does not tell the error of is not drawn, and the provenance says so.
    paces
        The distribution of paces, of people on foot: a key of
        :data:`~quartieri15.analysis.paces.PACES` or a distribution; left out, the traveller's
        pace give or take a tenth (standard deviation), an assumption of this project.
    top
        How many zones stand in the list whose stability is told.
    progress
        Called with a few words at the start of every step; left out, a moving line is shown where
        somebody is looking.

    Returns
    -------
    Sensitivity
        Tables and sentences. Their ``attrs["provenance"]`` is that of the coverage, with ``draws``,
        ``seed``, ``interval``, and under ``drawn`` what was drawn and how.

    Raises
    ------
    ParameterError
        If a number makes no sense, or ``by`` is ``"place"``.
    UnknownNameError
        If places, profile, zones, a group, paces or what is uncertain are not known.
    InputError
        If ``to`` is no table of points, streets are none or in another CRS, or the city has no
        residents.

    Notes
    -----
    The threshold is a choice of who asks and not uncertain, so it is not drawn. Places whose
    address no source confirms are left out in a row of ``assumptions`` alone: they exist, and that
    they may stand elsewhere is drawn with their position.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.analysis.sensitivity import sensitivity
    >>> milano = q15.load("milano")
    >>> found = sensitivity(
    ...     milano, profile="walk_75", groups="over65", by="city", draws=20, vintages={}
    ... )
    >>> row = found.headlines.iloc[0]
    >>> bool(row["share_low"] < row["share"] < row["share_high"])
    True
    """
    asked = asked_of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        by=by,
        groups=groups,
        draws=draws,
        seed=seed,
        speeds=speeds,
        thresholds=thresholds,
        vintages=vintages,
        uncertain=uncertain,
        paces=paces,
        top=top,
    )
    with saying(progress, city.name) as say:
        return _sensitivity(asked, say)


def _sensitivity(asked: Asked, say: Say) -> Sensitivity:
    city, traveller = asked.city, asked.traveller
    say("as asked")
    told = {
        by: coverage(
            city, to=asked.to, profile=traveller, minutes=asked.minutes, by=by, groups=asked.groups
        )
        for by in asked.by
    }
    draws = Draws(asked)
    as_asked = draws.as_told()
    rows = [(AS_ASKED, AS_ASKED, as_asked)]
    for speed in asked.speeds:
        say(f"at {speed:g} km/h")
        rows.append(("speed", f"{speed:g} km/h", draws.as_told(speed_kmh=speed)))
    rows += [
        ("threshold", f"{limit:g} minutes", draws.as_told(minutes=limit))
        for limit in asked.thresholds
    ]
    for vintage in asked.cities:
        say(f"on the streets of {vintage}")
        rows.append(("streets", vintage, draws.as_told(vintage=vintage)))
    confirmed = _confirmed(asked.places)
    if confirmed is not None:
        number = len(asked.places) - len(confirmed)
        rows.append(("places", f"without {number} unverified", draws.without(confirmed)))
    alone = [part for part in draws.drawn if part != "streets"]
    *each, everything = draws.found([*([part] for part in alone), draws.drawn], say)
    rows += [(part, DRAWN, found) for part, found in zip(alone, each, strict=True)]
    rows.append(("everything", DRAWN, everything))
    ids = told[asked.ranked_by]["zone_id"].to_numpy()[:: len(asked.groups)]
    assumptions = assumptions_table(rows, asked, ids)
    headlines = headlines_table(told, everything)
    ranking = ranking_table(told[asked.ranked_by], as_asked, everything, asked, ids)
    for table in (assumptions, headlines, ranking):
        table.attrs["provenance"] = _provenance(told["city"], asked, draws)
    return Sensitivity(assumptions, headlines, ranking, sentences_of(assumptions, headlines, asked))


def _provenance(cover: pd.DataFrame, asked: Asked, draws: Draws) -> dict[str, Any]:
    """Return that of the coverage, with what was drawn and how."""
    pace = draws.pace.distribution
    said: dict[str, Any] = plain_json(
        {
            **cover.attrs["provenance"],
            "by": asked.ranked_by,
            "draws": asked.draws,
            "seed": asked.seed,
            "interval": drawing.INTERVAL,
            "top": asked.top,
            "drawn": {
                "positions": sorted(map(str, draws.positions)),
                "pace": None if pace is None else {"name": pace.name, "source": pace.source},
                "residents": (
                    None
                    if draws.residents is None
                    else drawing.misplaced_shares(asked.city, asked.groups)
                ),
                "streets": list(asked.cities),
            },
        }
    )
    return said


def _confirmed(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return the places whose address a source confirms, if some are not and some are."""
    if "confidence" not in places.columns:
        return None
    confirmed = places[(places["confidence"].astype(object) != UNVERIFIED).to_numpy()]
    return confirmed if 0 < len(confirmed) < len(places) else None

"""Which missing link would help most: a bridge, a path or a cycle track, ranked by who gains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.coverage import require_minutes
from quartieri15.arguments import (
    is_finite,
    is_whole,
    require_choice,
    require_progress,
    require_text,
    several,
    shown,
)
from quartieri15.crs import GEOGRAPHIC, require_same_crs
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.model.city import require_city
from quartieri15.model.notebook_tables import tables_html
from quartieri15.model.profiles import costs
from quartieri15.plain_json import plain_json
from quartieri15.planning.links import candidates as rules
from quartieri15.planning.links import cycle_gaps as gaps
from quartieri15.planning.links.candidates import Candidates, Ground, Rule
from quartieri15.planning.links.changing import changes
from quartieri15.planning.links.describing import described
from quartieri15.planning.links.dividing import DividedStreets, Positions
from quartieri15.planning.links.evaluation import MOST_COUNTED_S, Evaluation
from quartieri15.progress import quiet
from quartieri15.reach.trips import Trips, limit_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.links.cycle_gaps import Calmed
    from quartieri15.planning.links.evaluation import Gains
    from quartieri15.planning.scenario import Scenario
    from quartieri15.progress import Say
    from quartieri15.reach.trips import Origins

Kind = Literal["barrier", "dead_end", "cycle_gap"]
RankBy = Literal["gained", "minutes_saved"]

NOT_KNOWN: Final = (
    "who owns the ground",
    "buildings newer than the table of buildings, where the city has one",
    "water that is not among the obstacles and barriers",
    "walls and fences",
    "differences in height",
    "ways that are there and not on the map",
)
"""What the streets of a city do not tell, and somebody has to look at."""

LONGEST: Final = {"max_length_m": 1000.0, "max_gap_m": 2000.0, "detour_m": 20_000.0}
"""What is longer is a street of its own, and no link."""

UNDER_M: Final = 0.5
"""So near to the line of a cycle gap are the streets it runs along, and no others."""

_DEGREES: Final = 12
"""Decimals of a position in an edit: a tenth of a micrometre, so that the edit gives what is told
of the link to the last figure."""

MOST_LINKS: Final = 10_000
"""Nobody reads more."""

MOST_PAIRED: Final = 30
"""Beside so many of the best links every other one is tried."""


@dataclass(frozen=True, eq=False, repr=False)
class Links:
    """Missing links, ranked.

    Parameters
    ----------
    links : geopandas.GeoDataFrame
        One row per link: the ``n`` that help most, then those that only sets and pairs name.

        ``rank, link_id``
            By the measure asked for.
        ``kind, work``
            ``barrier``, ``dead_end`` or ``cycle_gap``, and what would have to be built.
        ``along_street``
            The streets a cycle track runs along; missing for a new street.
        ``from_street, from_street_m, to_street, to_street_m``
            The streets it joins, or the nearest ones that have a name, and how far those are.
        ``length_m``
            Of the link.
        ``crosses``
            What it crosses by the tables of the city: kinds of barriers, and ``closed street``
            for one closed to this traveller. Empty is *nothing that is known of*.
        ``gained``
            People of the group who come within ``minutes`` of a place.
        ``quicker``
            People whose time falls at all.
        ``minutes_saved_people``
            Minutes saved, one way, summed over those people; what a time is above an hour does
            not count.
        ``detour_before_m``
            The shortest way between the two ends before: on streets open to this traveller, for
            a cycle gap on calm ones. Missing where there is none.
        ``nil``
            The zone its middle lies in, where the city has such zones.
        ``remark``
            What to look at first.
        ``from_edge, from_fraction, to_edge, to_fraction, along_edges``
            Where exactly: rows of ``city.streets.edges``, and how far along; and the edges a
            cycle track runs along.
    sets : pandas.DataFrame
        Links chosen one after the other, each the best with those before it in place: ``step,
        link_id, gained, minutes_saved_people`` (by this step), ``gained_in_all,
        minutes_saved_people_in_all``. Every step is exact; that no other set of the same number
        helps more is not proven.
    pairs : pandas.DataFrame
        Pairs that help more together than their sum apart, because one leads to the other:
        ``link_id, with_link_id, gained, gained_apart, minutes_saved_people,
        minutes_saved_people_apart``. Beside each of the best :data:`MOST_PAIRED` links every
        other one is tried, and the one that gains most by it is told.
    provenance
        What was asked, the rules, how many candidates were tried, and what is not known.
    """

    links: gpd.GeoDataFrame
    sets: pd.DataFrame
    pairs: pd.DataFrame
    provenance: dict[str, Any]

    def __repr__(self) -> str:
        said = self.provenance
        return (
            f"Links({len(self.links)} of {said['candidates']:,} candidates, {said['profile']}, "
            f"{said['minutes']:g} minutes, {said['group']})"
        )

    def _repr_html_(self) -> str:
        return tables_html(self, title=repr(self), first="links")

    def edit(self, link_id: str) -> dict[str, Any]:
        """Return a link as an edit of a scenario.

        Parameters
        ----------
        link_id
            As in :attr:`links`.

        Returns
        -------
        dict
            What the scenario of this one edit gives is what :attr:`links` tells of it. A new street
            is ``{"add_street": {...}}`` with ``kind`` (``bridge`` or ``path``), ``name``, ``line``
            (longitude and latitude), ``joins`` (``ends``: it meets other streets at its ends alone)
            and ``frontage`` (false: nobody is put on it). A cycle gap is ``{"cycle_track": {...}}``
            with the ``line`` of the streets it runs along, a ``tolerance_m`` that takes no other
            street, and their ``stress`` with the track.

        Raises
        ------
        UnknownNameError
            If there is no such link.
        ParameterError
            If it is no name.
        """
        require_text(link_id, where="link_id")
        rows = self.links[self.links["link_id"] == link_id]
        if rows.empty:
            raise UnknownNameError.among(link_id, self.links["link_id"], kind="link")
        row = rows.iloc[0]
        line = gpd.GeoSeries([row.geometry], crs=self.links.crs).to_crs(GEOGRAPHIC).iloc[0]
        xy = [[round(x, _DEGREES), round(y, _DEGREES)] for x, y in line.coords]
        if row["kind"] == "cycle_gap":
            track = {"facility": gaps.CALMED["cycle_facility"], "stress": gaps.CALMED["stress"]}
            return {"cycle_track": {"line": xy, "tolerance_m": UNDER_M, **track}}
        ends = [row["along_street"], row["from_street"], row["to_street"]]
        named = list(dict.fromkeys(end for end in ends if isinstance(end, str)))
        return {
            "add_street": {
                "kind": {"barrier": "bridge", "dead_end": "path"}[row["kind"]],
                "name": " - ".join(named) or link_id,
                "line": xy,
                "joins": "ends",
                "frontage": False,
            }
        }

    def scenario(self, link_ids: str | Iterable[str], name: str | None = None) -> Scenario:
        """Return the building of some links as a scenario.

        Parameters
        ----------
        link_ids
            As in :attr:`links`, one or several.
        name
            What it is called; the ids when left out.

        Returns
        -------
        Scenario
            With the edits of :meth:`edit`, in the order given.

        Raises
        ------
        UnknownNameError
            If there is no such link.
        ParameterError
            If no link is named, or a name is no text.
        """
        from quartieri15.planning.edits import edit_of
        from quartieri15.planning.scenario import Scenario

        asked = several(link_ids)
        if not asked:
            raise ParameterError("no link is named", where="link_ids", mend="give at least one")
        edits = tuple(edit_of(self.edit(one)) for one in asked)
        return Scenario(", ".join(asked) if name is None else name, edits)


def missing_links(
    city: City,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile = "walk_75",
    minutes: float = 15,
    group: str = "over65",
    kinds: str | Iterable[str] = get_args(Kind),
    max_length_m: float = 150,
    max_gap_m: float = 400,
    detour_ratio: float = 3,
    detour_m: float = 300,
    apart_m: float = 100,
    obstacles: gpd.GeoDataFrame | None = None,
    rank_by: RankBy = "gained",
    n: int = 20,
    sets: int = 5,
    progress: Say = quiet,
) -> Links:
    """Find the links that are missing between streets, and rank them by the people who gain.

    Candidates are found by rule: straight lines across railways and other barriers, straight
    lines from dead ends to the next street, and, for cyclists who refuse stress, short busy
    stretches between calm streets. All are tried. What each changes is exact: the travel times
    are those of the network with the link in it.

    People and places stay on the streets they stand on: a new street has no frontage, so that it
    is a connection and nothing else.

    Parameters
    ----------
    city
        The city.
    to
        The places to reach: the name of a set, or a table of points.
    profile
        Who travels.
    minutes
        Within how many minutes of a place people count as covered.
    group
        Who is counted.
    kinds
        Some of ``"barrier"``, ``"dead_end"``, ``"cycle_gap"``. There are cycle gaps only for a
        profile that refuses stress, such as ``"bike_low_stress"``.
    max_length_m
        The longest new street, in metres.
    max_gap_m
        The longest cycle gap, in metres.
    detour_ratio, detour_m
        The shortest way between the ends of a link must be so many times as long as the link,
        and so many metres longer.
    apart_m
        Of links whose middles are no farther apart than this, the best one is kept.
    obstacles
        Shapes that no new street goes through, in the CRS of the city: buildings, water, closed
        grounds. None for the buildings of the city, where it has any; an empty table for none.
    rank_by
        ``"gained"``: by the people who come within ``minutes``, then by the minutes all save.
        ``"minutes_saved"``: the other way round, for links that help many who were within reach
        before.
    n
        How many links to return.
    sets
        How many links to choose one after the other, by the same measure.
    progress
        Called with a few words at every step.

    Returns
    -------
    Links
        Fewer than ``n`` rows where fewer help anybody.

    Raises
    ------
    ParameterError
        If a number or a kind makes no sense, or the profile has travel times that a new street
        would change in other ways too (``crossing_wide_road_s``).
    UnknownNameError
        If the name of the places, the profile or the group is unknown.
    InputError
        If there is no place, the city has no residents, or the obstacles are no table of shapes
        in the CRS of the city.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.planning.links import missing_links
    >>> milano = q15.load("milano")
    >>> found = missing_links(milano, kinds="barrier", max_length_m=60, n=3, sets=2)
    >>> list(found.links["kind"].unique()), len(found.sets)
    (['barrier'], 2)
    """
    require_city(city)
    minutes = require_minutes(minutes)
    wanted = _require_kinds(kinds)
    counted = city.require_group(group)
    lengths = {"max_length_m": max_length_m, "max_gap_m": max_gap_m, "detour_ratio": detour_ratio}
    distances = {"detour_m": detour_m, "apart_m": apart_m}
    _require_numbers(lengths, distances, {"n": n, "sets": sets})
    # A scalar of numpy may be one of eight bits.
    max_length_m, max_gap_m, detour_ratio = (float(value) for value in lengths.values())
    detour_m, apart_m = (float(value) for value in distances.values())
    n, sets = int(n), int(sets)
    mend = f"use {' or '.join(map(repr, get_args(RankBy)))}"
    require_choice(rank_by, get_args(RankBy), where="rank_by", mend=mend)
    require_progress(progress)
    trips = Trips.plan(city, to, profile=profile, direction="to", where="to")
    traveller = trips.graph.profile
    if traveller.crossing_wide_road_s:
        raise ParameterError(
            f"{traveller.name} waits at crossings, of which new streets would make more",
            where="profile",
            mend="use a profile whose crossing_wide_road_s is 0",
        )
    calm = any(rule in costs.MOST_STRESS for rule in traveller.refusals)
    if wanted == ("cycle_gap",) and not calm:
        raise ParameterError(
            f"{traveller.name} refuses no stress, so there is no gap between calm streets",
            where="kinds",
            mend="use profile='bike_low_stress', or other kinds",
        )
    people = trips.origins(None)
    new, gap = Rule(max_length_m, detour_ratio, detour_m), Rule(max_gap_m, detour_ratio, detour_m)
    # A cycle track runs along a street, where no building stands.
    needless = obstacles is None and wanted == ("cycle_gap",)
    shapes = None if needless else _shapes(obstacles, city)
    ground = Ground(city.streets, trips.graph, shapes)
    tracks = gaps.calmed(city.streets, trips.graph) if calm and "cycle_gap" in wanted else None
    found = _found(ground, wanted, new, tracks=tracks, gap=gap, said=progress)
    progress(f"cutting streets at the ends of {len(found):,} links")
    evaluation, _ = tried(
        found,
        trips,
        people,
        tracks=tracks,
        weight=city.residents[counted].to_numpy(dtype=float),
        limit_s=limit_seconds(minutes),
    )
    alone = evaluation.gains(
        [(row,) for row in range(len(found))],
        said=lambda done: progress(f"trying links, {done:,} of {len(found):,}"),
    )
    ranked = _ranked(found, alone, rank_by, apart_m)
    chosen = _chosen(evaluation, ranked, rank_by, sets, progress)
    paired = _paired(evaluation, ranked, alone, rank_by, progress)
    helping = [row for row in ranked[:n].tolist() if alone.saved_s[row] > 0]
    named = {row for row, _ in chosen} | {row for pair, _ in paired for row in pair}
    rank = {row: i + 1 for i, row in enumerate(ranked.tolist())}
    rows = helping + sorted(named - set(helping), key=rank.__getitem__)
    ids = {row: f"link-{rank[row]}" for row in rows}
    progress(f"naming {len(rows)} links")
    table = described(city, ground, found.take(np.array(rows, dtype=int)), tracks)
    table = _ranks_and_gains(table, rows, rank, alone)
    covered = evaluation.now.point_s <= evaluation.limit_s
    counts = pd.Series(found.kind).value_counts()
    provenance = plain_json(
        trips.attrs(minutes=minutes)["provenance"]
        | {
            "to": to if isinstance(to, str) else f"{len(to)} places",
            "group": counted,
            "kinds": list(wanted),
            **lengths,
            "detour_m": detour_m,
            "apart_m": apart_m,
            "rank_by": rank_by,
            "obstacles": 0 if shapes is None else len(shapes),
            "obstacles_are": _obstacles_are(obstacles, shapes),
            "candidates": len(found),
            "candidates_by_kind": {kind: int(counts.get(kind, 0)) for kind in wanted},
            "candidates_that_help": int((alone.saved_s > 0).sum()),
            "candidates_apart": len(ranked),
            "listed": len(helping),
            "population": evaluation.weight.sum(),
            "covered_before": evaluation.weight[covered].sum(),
            "most_counted_minutes": MOST_COUNTED_S / 60,
            "frontage": False,
            "cycle_gaps_asked": tracks is not None,
            "not_known": list(NOT_KNOWN),
        }
    )
    table.attrs["provenance"] = provenance
    return Links(
        links=table,
        sets=_sets_table(chosen, ids),
        pairs=_pairs_table(paired, alone, ids),
        provenance=provenance,
    )


def tried(
    found: Candidates,
    trips: Trips,
    people: Origins,
    *,
    tracks: Calmed | None,
    weight: NDArray[np.float64],
    limit_s: float,
) -> tuple[Evaluation, DividedStreets]:
    """Cut the streets at the ends of candidates, and prepare to try every one of them."""
    ends = Positions(
        np.concatenate([found.a.edge, found.b.edge]),
        np.concatenate([found.a.fraction, found.b.fraction]),
    )
    streets = DividedStreets.cut(trips.graph, ends)
    evaluation = Evaluation.of(
        trips,
        people,
        streets=streets,
        changes=changes(found, streets, trips=trips, people=people, tracks=tracks),
        weight=weight,
        limit_s=limit_s,
    )
    return evaluation, streets


def _ranks_and_gains(
    table: gpd.GeoDataFrame, rows: list[int], rank: dict[int, int], alone: Gains
) -> gpd.GeoDataFrame:
    """Put ranks and names before what the links are, and gains after what they cross."""
    at = np.array(rows, dtype=int)
    table.insert(0, "rank", [rank[row] for row in rows])
    table.insert(1, "link_id", [f"link-{rank[row]}" for row in rows])
    where = table.columns.get_loc("crosses") + 1
    table.insert(where, "gained", alone.gained[at])
    table.insert(where + 1, "quicker", alone.quicker[at])
    table.insert(where + 2, "minutes_saved_people", alone.saved_s[at] / 60)
    return table


def _found(
    ground: Ground,
    kinds: tuple[str, ...],
    new: Rule,
    *,
    tracks: Calmed | None,
    gap: Rule,
    said: Say,
) -> Candidates:
    """Find candidates of the kinds asked for; of two alike the first stays."""
    lots = []
    if "barrier" in kinds:
        lots.append(rules.across_barriers(ground, new, said))
    if "barrier" in kinds or "dead_end" in kinds:
        lots.append(rules.at_dead_ends(ground, new, said))
    if tracks is not None:
        lots.append(gaps.cycle_gaps(ground.graph, tracks, gap, said))
    found = Candidates.together(lots)
    return found.take(np.flatnonzero(np.isin(found.kind.astype(str), kinds)))


def _best_first(gained: Any, saved_s: Any, rank_by: RankBy) -> NDArray[np.intp]:
    """Order links by one measure, then by the other, then as they stand."""
    measures = (-saved_s, -gained) if rank_by == "gained" else (-gained, -saved_s)
    order: NDArray[np.intp] = np.lexsort(measures)
    return order


def _ranked(found: Candidates, alone: Gains, rank_by: RankBy, apart_m: float) -> NDArray[np.intp]:
    """Return the best link of every neighbourhood, the best of all first."""
    from scipy.spatial import cKDTree

    # Of those that give alike the shortest.
    by_length = np.argsort(found.length_m, kind="stable")
    best = _best_first(alone.gained[by_length], alone.saved_s[by_length], rank_by)
    order: NDArray[np.intp] = by_length[best]
    if not len(order):
        return order
    middle = shapely.get_coordinates(
        shapely.line_interpolate_point(found.lines, 0.5, normalized=True)
    )
    near = cKDTree(middle).query_ball_point(middle, apart_m)
    free = np.ones(len(order), dtype=bool)
    kept = []
    for row in order.tolist():
        if free[row]:
            kept.append(row)
            free[near[row]] = False
    return np.array(kept, dtype=np.intp)


def _chosen(
    evaluation: Evaluation, ranked: NDArray[np.intp], rank_by: RankBy, sets: int, said: Say
) -> list[tuple[int, tuple[float, float]]]:
    """Choose links one after the other, each with what it adds."""
    chosen: list[tuple[int, tuple[float, float]]] = []
    given = evaluation.now
    rest = ranked
    for step in range(sets):
        said(f"choosing link {step + 1} of {sets}")
        gains = evaluation.gains([(row,) for row in rest.tolist()], given=given)
        best = _best_first(gains.gained, gains.saved_s, rank_by)[:1]
        if not len(best) or not gains.saved_s[best[0]] > 0:
            break
        row = int(rest[best[0]])
        chosen.append((row, (float(gains.gained[best[0]]), float(gains.saved_s[best[0]]))))
        given = evaluation.after((row,), given)
        rest = np.delete(rest, best[0])
    return chosen


def _paired(
    evaluation: Evaluation, ranked: NDArray[np.intp], alone: Gains, rank_by: RankBy, said: Say
) -> list[tuple[tuple[int, int], tuple[float, float]]]:
    """Find links that help more beside one of the best than alone."""
    best = [row for row in ranked[:MOST_PAIRED].tolist() if alone.saved_s[row] > 0]
    found: dict[tuple[int, int], tuple[float, float, float, float]] = {}
    for i, row in enumerate(best):
        said(f"trying every link beside one of the best, {i} of {len(best)}")
        beside = evaluation.gains(
            [(other,) for other in ranked.tolist()], given=evaluation.after((row,))
        )
        more = beside.gained - alone.gained[ranked]
        longer = beside.saved_s - alone.saved_s[ranked]
        k = int(_best_first(more, longer, rank_by)[0])
        other = int(ranked[k])
        # Beyond what adding up in another order makes of the same figures.
        hair = 1e-9 * (1 + beside.saved_s[k])
        if max(more[k], longer[k]) > hair and (other, row) not in found:
            gained = float(alone.gained[row] + beside.gained[k])
            saved_s = float(alone.saved_s[row] + beside.saved_s[k])
            found[row, other] = (gained, saved_s, float(more[k]), float(longer[k]))
    pairs = list(found)
    more, longer = (np.array([found[pair][i] for pair in pairs]) for i in (2, 3))
    order = _best_first(more, longer, rank_by).tolist()
    return [(pairs[i], found[pairs[i]][:2]) for i in order]


def _sets_table(chosen: list[tuple[int, tuple[float, float]]], ids: dict[int, str]) -> pd.DataFrame:
    gained = np.array([gains[0] for _, gains in chosen], dtype=float)
    saved = np.array([gains[1] for _, gains in chosen], dtype=float) / 60
    return pd.DataFrame(
        {
            "step": np.arange(1, len(chosen) + 1),
            "link_id": [ids[row] for row, _ in chosen],
            "gained": gained,
            "minutes_saved_people": saved,
            "gained_in_all": np.cumsum(gained),
            "minutes_saved_people_in_all": np.cumsum(saved),
        }
    )


def _pairs_table(
    paired: list[tuple[tuple[int, int], tuple[float, float]]], alone: Gains, ids: dict[int, str]
) -> pd.DataFrame:
    first, second = (np.array([pair[i] for pair, _ in paired], dtype=int) for i in (0, 1))
    return pd.DataFrame(
        {
            "link_id": [ids[row] for row in first.tolist()],
            "with_link_id": [ids[row] for row in second.tolist()],
            "gained": [gains[0] for _, gains in paired],
            "gained_apart": alone.gained[first] + alone.gained[second],
            "minutes_saved_people": [gains[1] / 60 for _, gains in paired],
            "minutes_saved_people_apart": (alone.saved_s[first] + alone.saved_s[second]) / 60,
        }
    )


def _shapes(obstacles: gpd.GeoDataFrame | None, city: City) -> NDArray[np.object_]:
    """Return the shapes that are in the way: those given, or the buildings of the city."""
    if obstacles is None:
        buildings: NDArray[np.object_] = city.buildings.geometry.to_numpy()
        return buildings
    table = schemas.with_geometry(obstacles, where="obstacles")
    require_same_crs(table, city.crs, where="obstacles")
    city.streets.require_near(table, where="obstacles", may_be_elsewhere=True)
    shapes: NDArray[np.object_] = table.geometry.to_numpy()
    return shapes[~schemas.unplaced(table.geometry)]


def _obstacles_are(obstacles: object, shapes: NDArray[np.object_] | None) -> str:
    """Say what was taken to be in the way of new streets."""
    if shapes is None:
        return "not asked for: no new street is a candidate"
    if obstacles is not None:
        return "as given"
    return "the buildings of the city" if len(shapes) else "none: the city has no buildings"


def _require_kinds(kinds: object) -> tuple[str, ...]:
    known = get_args(Kind)
    asked = several(kinds)
    for kind in asked:
        if not isinstance(kind, str) or kind not in known:
            raise ParameterError(
                f"kinds is {shown(kinds)}", where="kinds", mend=f"use some of {', '.join(known)}"
            )
    if not asked:
        raise ParameterError(
            "no kind is named", where="kinds", mend=f"use some of {', '.join(known)}"
        )
    return tuple(kind for kind in known if kind in asked)


def _require_numbers(
    lengths: dict[str, Any], distances: dict[str, Any], counts: dict[str, Any]
) -> None:
    """Refuse a length that is no finite number above 0, a distance or a count below its least."""
    for name, value in {**lengths, **distances}.items():
        most = LONGEST.get(name, np.inf)
        if not is_finite(value) or not 0 <= value <= most or (value == 0 and name in lengths):
            mend = f"give a number {'above 0' if name in lengths else 'of 0 or more'}"
            mend += f", up to {most:g}" if np.isfinite(most) else ""
            raise ParameterError(f"{name} is {shown(value)}", where=name, mend=mend)
    for name, value in counts.items():
        if not is_whole(value) or not (name == "n") <= value <= MOST_LINKS:
            mend = f"give a whole number from {int(name == 'n')} to {MOST_LINKS:,}"
            raise ParameterError(f"{name} is {shown(value)}", where=name, mend=mend)

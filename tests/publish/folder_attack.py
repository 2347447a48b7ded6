"""An attacker who has read everything a folder publishes, and solves for what it hides.

The attacker knows what is public anyway: every address, the zone it lies in, the places it
reaches and in which time, and how many people of each group live in every zone. What is not
known is how many live at which address. Addresses that no published cell tells apart are one
unknown; every published cell is a sum of unknowns that lies between two limits, because the
rounding rule is known too. Percentiles are read as what they say of the threshold: at least, or
fewer than, half or nine tenths of the zone are within it. Two linear programmes tell how small and
how large a sum that is not published can be.

Groups are attacked in pairs, a group and one within it (over 75 within over 65), for all
travellers, thresholds, zones and places at once; groups that are not nested share no constraint
but the pairs they have in common.

By hand, over a folder of Milano with any paces and thresholds (minutes of computing for many):
``python -m tests.publish.folder_attack maps/milano``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from quartieri15.analysis.counting import members
from quartieri15.reach.times import travel_time_matrix, travel_times
from quartieri15.reach.trips import in_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

WITHIN: Final = {
    "minors": "residents",
    "foreign": "residents",
    "over65": "residents",
    "over75": "over65",
    "over85": "over75",
    "over65_alone": "over65",
    "renting_households": "households",
}
"""Groups that are part of another."""

NOBODY: Final = 1e-6
Name = tuple[Any, ...]
"""What a sum is: ``(by, zone, what, profile, minutes)``."""

SMALL: Final = 10.0

TOLD_EXACTLY: Final = 2.0 + 100 * NOBODY
"""A count between limits this far apart is recovered to within 1, up to what a programme rounds."""


@dataclass(frozen=True)
class Known:
    """The addresses as the attacker knows them, alike ones together, and who is really there."""

    sums: csr_array
    """Which unknowns each published sum adds up."""
    names: list[Name]
    """What each sum is: ``(by, zone, what, profile, minutes)``."""
    people: Mapping[str, NDArray[np.float64]]
    """How many of each group are really there: never shown to the linear programme."""


@dataclass
class Told:
    """Limits of the sums, one pair per group, as the published cells tell them."""

    low: dict[str, dict[Name, float]] = field(default_factory=dict)
    high: dict[str, dict[Name, float]] = field(default_factory=dict)
    on_purpose: list[tuple[str, Name, float]] = field(default_factory=list)
    """Where the folder tells, and may, that nobody or everybody is reached."""

    def exactly(self, group: str, name: Name, count: float) -> None:
        self.between(group, name, count, count)
        self.on_purpose.append((group, name, count))

    def between(self, group: str, name: Name, low: float, high: float) -> None:
        lows, highs = self.low.setdefault(group, {}), self.high.setdefault(group, {})
        lows[name] = max(low, lows.get(name, 0.0))
        highs[name] = min(high, highs.get(name, np.inf))


@dataclass(frozen=True)
class Target:
    """A sum that is not published, and what the attacker finds out about it."""

    what: str
    truth: float
    low: float
    high: float


def known_about(
    city: City,
    profiles: Sequence[TravelProfile],
    minutes: Sequence[float],
    *,
    to: str = "houses",
    plans: Mapping[str, City] | None = None,
) -> Known:
    """Put the addresses together that no published cell tells apart.

    ``plans`` are cities with the same residents, before which this one is: who is covered after
    each, who gains and who loses are sums too. Of those, the traveller is called as
    :func:`after_plan` does.
    """
    places = city.places_named(to)
    marks: dict[Name, NDArray[np.bool_]] = {}
    for by in (*city.zones, "city"):
        ids, _, point, zone = members(city, by)
        for i, name in enumerate(ids):
            inside = np.zeros(len(city.residents), dtype=bool)
            inside[point[zone == i]] = True
            marks[by, name, "population", None, None] = inside
    zones = list(marks.items())
    for profile in profiles:
        times = travel_times(city, to=places, profile=profile)
        pairs = travel_time_matrix(city, to=places, profile=profile, minutes=max(minutes))
        point = pd.Index(city.residents["id"]).get_indexer(pairs["origin_id"])
        for limit in minutes:
            within = in_time(pairs["minutes"].to_numpy(), limit)
            reached = np.bincount(point[within], minlength=len(city.residents))
            for (by, name, *_), inside in zones:
                marks[by, name, "covered", profile.name, limit] = inside & (reached > 0)
            for place in places["id"]:
                here = np.zeros(len(city.residents), dtype=bool)
                here[point[within & (pairs["place_id"] == place).to_numpy()]] = True
                marks["place", place, "covered", profile.name, limit] = here
                marks["place", place, "exclusive", profile.name, limit] = here & (reached == 1)
                marks["place", place, "nearest", profile.name, limit] = (
                    times["place_id"] == place
                ).to_numpy()
    for plan, later in (plans or {}).items():
        _mark_plan(marks, zones, plan, later, profiles, minutes, to)
    bits = np.packbits(np.column_stack(list(marks.values())), axis=1)
    alike, first, home = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    people = {
        group: np.bincount(home.ravel(), weights=city.residents[group], minlength=len(alike))
        for group in city.groups
    }
    sums = csr_array(np.array([mark[first] for mark in marks.values()], dtype=float))
    return Known(sums=sums, names=list(marks), people=people)


def _mark_plan(  # noqa: PLR0917  (what is drawn of a city, again after a plan)
    marks: dict[Name, NDArray[np.bool_]],
    zones: Sequence[tuple[Name, NDArray[np.bool_]]],
    plan: str,
    later: City,
    profiles: Sequence[TravelProfile],
    minutes: Sequence[float],
    to: str,
) -> None:
    for profile in profiles:
        found = travel_times(later, to=later.places_named(to), profile=profile)
        who = after_plan(profile.name, plan)
        for limit in minutes:
            now = in_time(found["minutes"].to_numpy(), limit)
            for (by, name, *_), inside in zones:
                covered = marks[by, name, "covered", profile.name, limit]
                marks[by, name, "covered", who, limit] = inside & now
                marks[by, name, "gained", who, limit] = inside & now & ~covered
                marks[by, name, "lost", who, limit] = covered & ~now


def after_plan(profile: str, plan: str) -> str:
    """Name a traveller in the city after a plan."""
    return f"{profile} after {plan}"


def read_changes(told: Told, tables: Iterable[pd.DataFrame], known: Known, *, base: float) -> None:
    """Read what comparisons tell: before, after, and who gains and loses in between."""
    truth = {
        (group, name): count
        for group, people in known.people.items()
        for name, count in zip(known.names, known.sums @ people, strict=True)
    }
    for table in tables:
        for row in table.to_dict("records"):
            who = after_plan(row["profile"], row["scenario"])
            for side, profile in (("before", row["profile"]), ("after", who)):
                covered, people = row[f"covered_{side}"], row[f"population_{side}"]
                one = {name: row[name] for name in ("by", "zone_id", "group", "minutes")}
                one |= {"profile": profile, "covered": covered, "uncovered": people - covered}
                _read_row(told, one, base, truth)
                if f"median_minutes_{side}" in row:
                    _read_percentiles(told, one | {"median_minutes": row[f"median_minutes_{side}"]})
            for what in ("gained", "lost"):
                name = (row["by"], row["zone_id"], what, who, float(row["minutes"]))
                count, other = row[what], row["lost" if what == "gained" else "gained"]
                derived = count > 0 and (what == "gained" or other == 0)
                derived &= row["gained"] - row["lost"] == row["difference"]
                if derived:
                    told.between(row["group"], name, base, np.inf)
                elif count == 0:
                    told.exactly(row["group"], name, 0)
                elif pd.notna(count):
                    # The attacker is told which of the ways of rounding was taken.
                    exact = truth[row["group"], name]
                    low, high = _limits(count, base, exact)
                    told.between(row["group"], name, low, max(high, exact))


def published_tables(folder: Path) -> list[pd.DataFrame]:
    """Read every table of counts in a folder: the CSV files and the summary."""
    tables = [pd.read_csv(path) for path in sorted(folder.glob("coverage_*.csv"))]
    tables += [pd.read_csv(path) for path in sorted(folder.glob("gaps_*.csv"))]
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    city = pd.DataFrame(summary["coverage"]).assign(by="city", zone_id=0)
    return [*tables, city.assign(uncovered=city["population"] - city["covered"])]


def read_rounded(
    tables: Iterable[pd.DataFrame], known: Known, *, base: float, room: float = 0.0
) -> Told:
    """Read tables under the rule they were published by: what every cell says of its sum.

    With ``room``, no count is nearer than that to an edge of its rounding, or to that below which
    it is not told: whatever is still found out does not come from edges that happen to meet.
    """
    told = public(known)
    truth = {
        (group, name): count
        for group, people in known.people.items()
        for name, count in zip(known.names, known.sums @ people, strict=True)
    }
    for table in tables:
        for row in table.to_dict("records"):
            _read_row(told, row, base, truth, room)
            _read_percentiles(told, row)
    return told


def read_exact(tables: Iterable[pd.DataFrame], known: Known, *, smallest: float) -> Told:
    """Read tables of exact counts, where an empty cell is more than nobody and below the limit."""
    told = public(known)
    for table in tables:
        for row in table.to_dict("records"):
            for what in ("covered", "exclusive", "nearest"):
                if what in row:
                    count, name = row[what], _name(row, what)
                    if count == 0 or (what == "covered" and row["uncovered"] == 0):
                        told.exactly(row["group"], name, count)
                    elif pd.isna(count):
                        told.between(row["group"], name, 0.0, smallest)
                    else:
                        told.between(row["group"], name, count, count)
    return told


def public(known: Known) -> Told:
    """What is known without the folder: how many of each group live in every zone."""
    told = Told()
    for group, people in known.people.items():
        counts = known.sums @ people
        for name, count in zip(known.names, counts, strict=True):
            if name[2] == "population":
                told.between(group, name, count, count)
    return told


def on_purpose(known: Known, told: Told) -> Told:
    """What is public, and what a folder tells on purpose: that nobody, or everybody, is reached."""
    free = public(known)
    for group, name, count in told.on_purpose:
        free.between(group, name, count, count)
    return free


def _read_row(
    told: Told,
    row: Mapping[str, Any],
    base: float,
    truth: Mapping[tuple[str, Any], float],
    room: float = 0.0,
) -> None:
    group = row["group"]
    for what in ("nearest", "exclusive"):
        if row.get(what) == 0:
            told.exactly(group, _name(row, what), 0)
        elif what in row:
            name = _name(row, what)
            # Who has a place nearest is told from half more than the smallest count on.
            few = base * 1.5 if what == "nearest" else base
            told.between(group, name, *_limits(row[what], base, truth[group, name], few, room))
    name = _name(row, "covered")
    whole = "city" if row["by"] == "place" else row["by"]
    everyone = (whole, 0 if row["by"] == "place" else row["zone_id"], "population", None, None)
    population = told.high[group][everyone]
    if pd.isna(row["covered"]):
        if row.get("uncovered_at_least", np.nan) > 0:
            told.between(group, name, 0, min(max(base, truth[group, name] + room), population))
        elif row.get("covered_at_least", np.nan) > 0:
            least = min(population - base, truth[group, name] - room)
            told.between(group, name, max(least, 0), population)
        else:
            told.between(group, name, 0, population)
    elif row["covered"] == 0:
        told.exactly(group, name, 0)
    elif row["uncovered"] == 0:
        told.exactly(group, name, population)
    else:
        exact = truth[group, name]
        low, high = _limits(row["covered"], base, exact, room=room)
        # The last multiple stands for all that leave the smallest count uncovered.
        last = np.floor(round(population, 6) / base) * base - base
        if row["covered"] == last:
            high = max(population - base, exact + room)
        told.between(group, name, low, high)


def _read_percentiles(told: Told, row: Mapping[str, Any]) -> None:
    """Read from the whole minutes within which some people are what they say of the threshold."""
    zone = (row["by"], row["zone_id"], "population", None, None)
    low, high = (limits[row["group"]].get(zone, np.nan) for limits in (told.low, told.high))
    # Those of a place are about who has it nearest. Only of a zone are all people known exactly.
    if low != high:
        return
    for part, column in ((0.5, "median_minutes"), (0.9, "p90_minutes")):
        minutes = row.get(column, np.nan)
        if minutes + 0.5 <= row["minutes"]:
            told.between(row["group"], _name(row, "covered"), part * low, np.inf)
        elif minutes - 0.5 > row["minutes"]:
            told.between(row["group"], _name(row, "covered"), 0.0, part * high)


def _limits(
    count: float, base: float, truth: float, few: float = SMALL, room: float = 0.0
) -> tuple[float, float]:
    """Limits of a cell that is not zero.

    Where a cell agrees with a zone of the same people, of which less is told, it does not say
    what it would say otherwise. The attacker is told so: better than any real one could know.
    """
    if pd.isna(count):
        return 0.0, max(few, truth + room) if truth < few else np.inf
    low, high = max(base, count - base / 2), count + base / 2
    if truth > high + NOBODY:
        high += base
    return min(low, truth - room), max(high, truth + room)


def _name(row: Mapping[str, Any], what: str) -> Name:
    return row["by"], row["zone_id"], what, row["profile"], float(row["minutes"])


def attack(
    known: Known, told: Told, inner: str, outer: str, *, rounds: int = 12, seed: int = 15
) -> list[Target]:
    """Ask how small and how large every small count of two nested groups can be.

    First come a few solutions for random wishes: whatever differs among them by more than
    :data:`TOLD_EXACTLY` is not found out. Only what is left gets its own two programmes.

    Returns
    -------
    list of Target
        Every positive sum below 10 that is not published, those with the closest limits first.
        Where what is told on purpose confines a sum by itself, the limits are infinite.
    """
    system = _system(known, told, inner, outer)
    # Who of the outer group is not in the inner, then the inner group.
    inside = known.people[inner]
    truth = np.concatenate([np.maximum(known.people[outer] - inside, 0), inside])
    names, targets = _targets(known)
    counts = targets @ truth
    small = (counts > NOBODY) & (counts < SMALL)
    targets, counts = targets[small], counts[small]
    names = [name for name, kept in zip(names, small, strict=True) if kept]
    low, high = counts.copy(), counts.copy()
    lots = np.random.default_rng(seed)
    for _ in range(rounds):
        left = np.flatnonzero(high - low <= TOLD_EXACTLY)
        if not len(left):
            break
        wishes = lots.uniform(0.2, 1, len(left)) * np.where(lots.random(len(left)) < 0.8, 1, -1)
        found = targets @ _solved(system, -(targets[left].T @ wishes))
        low, high = np.minimum(low, found), np.maximum(high, found)
    freely = _system(known, on_purpose(known, told), inner, outer)
    for t in np.flatnonzero(high - low <= TOLD_EXACTLY):
        aim = targets[[t]].toarray()[0]
        low[t], high[t] = _ends(system, aim)
        if high[t] - low[t] <= TOLD_EXACTLY:
            least, most = _ends(freely, aim)
            if most - least <= TOLD_EXACTLY:
                low[t], high[t] = -np.inf, np.inf
    found_out = [Target(*one) for one in zip(names, counts, low, high, strict=True)]
    return sorted(found_out, key=lambda target: target.high - target.low)


def recovered(targets: Iterable[Target]) -> list[Target]:
    """Keep the counts that are found out to within 1."""
    return [target for target in targets if target.high - target.low <= TOLD_EXACTLY]


def _system(known: Known, told: Told, inner: str, outer: str) -> LinearConstraint:
    nothing = csr_array(known.sums.shape)
    both = vstack([hstack([known.sums, known.sums]), hstack([nothing, known.sums])], format="csr")
    pairs = [(group, name) for group in (outer, inner) for name in known.names]
    low = np.array([told.low[group].get(name, 0.0) for group, name in pairs])
    high = np.array([told.high[group].get(name, np.inf) for group, name in pairs])
    bound = (low > 0) | np.isfinite(high)
    return LinearConstraint(both[bound], low[bound] - NOBODY, high[bound] + NOBODY)


def _ends(system: LinearConstraint, aim: NDArray[np.float64]) -> tuple[float, float]:
    least, most = (float(aim @ _solved(system, sign * aim)) for sign in (1, -1))
    return least, most


def _solved(system: LinearConstraint, objective: NDArray[np.float64]) -> NDArray[np.float64]:
    answer = milp(objective, constraints=system, bounds=Bounds(0, np.inf))
    assert answer.x is not None, answer.message
    solution: NDArray[np.float64] = answer.x
    return solution


def _targets(known: Known) -> tuple[list[str], csr_array]:
    """Name the sums one would like to know: cells, and differences of nested ones."""
    sums = dict(zip(known.names, known.sums.toarray() > 0, strict=True))
    wanted: dict[bytes, tuple[str, NDArray[np.bool_]]] = {}
    for name, unknowns in sums.items():
        wanted.setdefault(unknowns.tobytes(), (str(name), unknowns))
    for one, other in _worth_subtracting(known.names):
        if (sums[one] & sums[other]).any():
            for more, less in ((one, other), (other, one)):
                left = sums[more] & ~sums[less]
                wanted.setdefault(left.tobytes(), (f"{more} minus {less}", left))
    rows = csr_array(np.array([unknowns for _, unknowns in wanted.values()], dtype=float))
    nothing = csr_array(rows.shape)
    blocks = {"outer": [rows, rows], "inner": [nothing, rows], "between": [rows, nothing]}
    names = [f"{which}: {name}" for which in blocks for name, _ in wanted.values()]
    return names, vstack([hstack(block) for block in blocks.values()], format="csr")


def _worth_subtracting(names: Sequence[Name]) -> Iterator[tuple[Name, Name]]:
    """Pair what differs in one thing only: place, zone, pace, threshold, or what is counted."""
    for same in (
        lambda name: name[:3] if name[2] == "covered" else None,
        lambda name: name[2:] if name[2] == "covered" and name[0] == "place" else None,
        lambda name: name[2:] if name[0] not in ("place", "city") else None,
        lambda name: (*name[:2], *name[3:]) if name[2] in ("covered", "exclusive") else None,
        lambda name: name[:2] if name[0] != "place" else None,
        lambda name: (*name[:2], name[4]) if name[2] in ("covered", "gained", "lost") else None,
    ):
        alike: dict[Any, list[Name]] = {}
        for name in names:
            alike.setdefault(same(name), []).append(name)
        alike.pop(None, None)
        for group in alike.values():
            yield from combinations(group, 2)


def main(folder: Path) -> None:
    """Attack a folder of Milano and print what came of it."""
    import quartieri15 as q15

    tables = published_tables(folder)
    asked = pd.concat(tables)
    paces = [q15.profiles.get(name) for name in asked["profile"].unique()]
    known = known_about(q15.load("milano"), paces, sorted(asked["minutes"].unique()))
    told = read_rounded(tables, known, base=SMALL)
    say = sys.stdout.write
    say(f"{sum(map(len, told.high.values()))} sums told, {known.sums.shape[1]} unknowns a group\n")
    for inner, outer in WITHIN.items():
        targets = attack(known, told, inner, outer)
        say(f"{inner} in {outer}: {len(targets)} wanted, {len(recovered(targets))} recovered; ")
        say(f"{targets[0]}\n")


if __name__ == "__main__":
    from pathlib import Path

    main(Path(sys.argv[1]))

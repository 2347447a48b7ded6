"""What is not known and can be drawn: where houses stand, how fast people go, who lives where.

A draw belongs to what it is about and to the seed: a house stands at the same point in draw 17
whatever else is compared, so that before and after, and all scenarios, share their draws.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.counting import sums_by_zone
from quartieri15.analysis.paces import PaceDistribution
from quartieri15.analysis.reaching import place_ids
from quartieri15.arguments import is_one_of, require_whole, several
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.model.places import CONTRADICTION_M

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork

PARTS: Final = ("positions", "pace", "residents")
"""What can be drawn."""

INTERVAL: Final = (0.05, 0.95)
"""Between which parts of the draws an interval lies: nine in ten are in it."""

FEWEST_DRAWS: Final = 20
"""Of fewer draws nine in ten are told by the outermost one, which says little of an interval."""

MOST_DRAWS: Final = 10_000
"""More draws move the ends of an interval by less than what they are drawn from is known."""

PACE_ERROR: Final = 0.1
"""Standard deviation of a traveller's pace where no distribution is given, as a part of it. An
assumption of this project: published mean paces of one age differ by more (0.92 m/s of people of
65 and more in Studenski et al. 2011, JAMA 305(1), about 1.2 m/s of healthy people of 70 to 79 in
Bohannon and Williams Andrews 2011, Physiotherapy 97(3)), those of one way of measuring by less."""
PACE_CUT: Final = 0.3
"""No drawn pace is farther from the traveller's own, as a part of it."""

PACES_SEARCHED: Final = 10
"""Paces of equal probability that stand for a distribution where times do not scale with pace."""

MEASURED_AS: Final[Mapping[str, str]] = {
    "residents": "residents",
    "minors": "residents",
    "over65": "over65",
    "over75": "over65",
    "over85": "over65",
    "over65_alone": "over65",
    "foreign": "foreign",
    "households": "residents",
    "renting_households": "residents",
}
"""Whose measured error each group is given: that of the nearest group that was measured."""


class Position(NamedTuple):
    """What a table tells of where a place stands: what is drawn depends on this alone."""

    x: float
    y: float
    precision: str
    uncertainty_m: float
    contradiction_m: float
    second_x: float
    second_y: float
    address: str

    @property
    def contradicted(self) -> bool:
        """Whether two sources put it at two places."""
        return self.contradiction_m > CONTRADICTION_M

    @property
    def is_uncertain(self) -> bool:
        """Whether it may stand elsewhere."""
        return self.uncertainty_m > 0 or self.contradicted


def positions_of(places: gpd.GeoDataFrame) -> dict[Hashable, Position]:
    """Return what is told of every place that has a position.

    Raises
    ------
    InputError
        If what is told of how sure a position is are no numbers, or metres below 0.
    """
    contract = schemas.POSITION_COLUMNS_IF_THERE
    there = [name for name in contract if name in places.columns]
    told_m = schemas.check(
        pd.DataFrame(places[there]), {name: contract[name] for name in there}, where="places"
    )
    placed = ~schemas.unplaced(places.geometry)
    xy = np.full((len(places), 2), np.nan)
    xy[placed] = shapely.get_coordinates(places.geometry.to_numpy()[placed])

    def numbers(column: str, unknown: float = 0.0) -> list[float]:
        if column not in there:
            return [unknown] * len(places)
        metres: list[float] = told_m[column].fillna(unknown).tolist()
        return metres

    def texts(column: str) -> list[str]:
        if column not in places.columns:
            return [""] * len(places)
        return ["" if pd.isna(text) else str(text) for text in places[column].astype(object)]

    columns = (
        xy[:, 0].tolist(),
        xy[:, 1].tolist(),
        texts("location_precision"),
        numbers("location_uncertainty_m"),
        numbers("location_contradiction_m"),
        numbers("location_second_x_m", np.inf),
        numbers("location_second_y_m", np.inf),
        texts("address"),
    )
    told = (Position(*row) for row in zip(*columns, strict=True))
    ids = place_ids(places).tolist()
    return {name: row for name, row, known in zip(ids, told, placed.tolist(), strict=True) if known}


def drawn_positions(
    positions: Mapping[Hashable, Position], streets: StreetNetwork, *, number: int, seed: int
) -> dict[Hashable, NDArray[np.float64]]:
    """Draw where the places stand whose position is uncertain.

    Parameters
    ----------
    positions
        What is told of each place.
    streets
        The streets along which a place stands of which only the street is known.
    number
        How many draws.
    seed
        The seed; the draws of a place depend on it and on the id of the place alone.

    Returns
    -------
    dict
        By place id, an array (number, 2) of metres. Of two points of two sources either, equally
        likely (a point on the circle of their distance where the second is not known); of a
        street a point on it, every metre equally likely, within the uncertainty; of anything else
        a point in the disc of the uncertainty, every square metre equally likely. A place whose
        position is certain is not there.
    """
    drawn: dict[Hashable, NDArray[np.float64]] = {}
    for name, position in positions.items():
        if not position.is_uncertain:
            continue
        random = np.random.default_rng([seed, zlib.crc32(str(name).encode())])
        here = np.array([position.x, position.y])
        angle = random.uniform(0, 2 * np.pi, number)
        part = random.random(number)
        around = np.column_stack([np.cos(angle), np.sin(angle)])
        if position.contradicted:
            second = np.array([position.second_x, position.second_y])
            known = bool(np.isfinite(second).all())
            there = second if known else here + position.contradiction_m * around
            drawn[name] = np.where((part < 0.5)[:, None], here, there)  # noqa: PLR2004
            continue
        along = _along_street(position, streets, part) if position.precision == "street" else None
        disc = here + position.uncertainty_m * np.sqrt(part)[:, None] * around
        drawn[name] = disc if along is None else along
    return drawn


def positions_after(
    before: Mapping[Hashable, Position],
    after: Mapping[Hashable, Position],
    drawn: Mapping[Hashable, NDArray[np.float64]],
    streets: StreetNetwork,
    *,
    number: int,
    seed: int,
) -> dict[Hashable, NDArray[np.float64]]:
    """Return the same draws for the places after: what moved exactly stands where it was put.

    A place that was moved, or is new, is uncertain only if its row says so: of one that was moved,
    in metres that are not those of its old position.
    """
    own: dict[Hashable, Position] = {}
    shared: dict[Hashable, NDArray[np.float64]] = {}
    for name, position in after.items():
        old = before.get(name)
        if old is None:
            own[name] = position
        elif position == old:
            if name in drawn:
                shared[name] = drawn[name]
        elif (position.x, position.y) == (old.x, old.y):
            own[name] = position
        elif position.uncertainty_m != old.uncertainty_m:
            own[name] = position._replace(contradiction_m=0.0)
    return shared | drawn_positions(own, streets, number=number, seed=seed)


@dataclass(frozen=True, eq=False)
class PaceDraws:
    """How fast a traveller goes in every draw.

    Parameters
    ----------
    distribution
        What the paces are drawn from; None where the pace is not drawn.
    speeds_kmh
        The different paces that must be searched: one where all times scale with it.
    searched : (n,)
        Which of them each draw has.
    ratio : (n,)
        By how much each draw is faster than the pace searched.
    """

    distribution: PaceDistribution | None
    speeds_kmh: tuple[float, ...]
    searched: NDArray[np.intp]
    ratio: NDArray[np.float64]


def drawn_paces(
    profile: TravelProfile,
    distribution: PaceDistribution | None,
    *,
    number: int,
    seed: int,
    is_drawn: bool,
) -> PaceDraws:
    """Draw how fast a traveller goes: one quantile for everybody, in equal steps of probability.

    Parameters
    ----------
    profile
        The traveller.
    distribution
        The paces; None for those within :data:`PACE_ERROR` of the traveller's own.
    number, seed
        How many draws, and the seed.
    is_drawn
        Whether to draw at all.
    """
    same = np.zeros(number, dtype=np.intp)
    if not is_drawn or not number:
        return PaceDraws(None, (float(profile.speed_kmh),), same, np.ones(number))
    own = float(profile.speed_kmh)
    paces = distribution or PaceDistribution.normal(
        mean_kmh=own,
        sd_kmh=PACE_ERROR * own,
        slowest_kmh=(1 - PACE_CUT) * own,
        fastest_kmh=(1 + PACE_CUT) * own,
        name=f"{profile.name}, give or take {PACE_ERROR:.0%}",
        source="an assumption of this project",
    )
    random = np.random.default_rng([seed, zlib.crc32(b"pace")])
    part = (random.permutation(number) + random.random(number)) / number
    if profile.scales_with_pace:
        return PaceDraws(paces, (own,), same, paces.quantile(part) / own)
    middles = paces.quantile((np.arange(PACES_SEARCHED) + 0.5) / PACES_SEARCHED)
    step = np.minimum((part * PACES_SEARCHED).astype(np.intp), PACES_SEARCHED - 1)
    speeds, which = np.unique(middles, return_inverse=True)
    return PaceDraws(paces, tuple(speeds.tolist()), which[step], np.ones(number))


@dataclass(frozen=True, eq=False)
class ResidentsDraws:
    """By how much more or fewer people live in a part of a zone than the model says.

    Parameters
    ----------
    unit : (p,)
        The part of a zone that each row of the residents is in.
    zone : (u,)
        The zone of each part.
    people : (u, g)
        People per part and group.
    spread : (g,)
        Standard deviation of the logarithm of the factor.
    normal : (n, u)
        The draws.
    """

    unit: NDArray[np.intp]
    zone: NDArray[np.intp]
    people: NDArray[np.float64]
    spread: NDArray[np.float64]
    normal: NDArray[np.float64]

    @classmethod
    def of(
        cls, city: City, groups: tuple[str, ...], *, number: int, seed: int
    ) -> ResidentsDraws | None:
        """Prepare draws by what was measured; None where nothing was.

        Parameters
        ----------
        city
            The city; ``provenance["residents_error"]`` tells the ``misplaced_share`` of each
            group, the ``unit`` (a column of the residents) people are misplaced between, and the
            set of zones ``within`` which they are, and whose totals are kept.
        groups
            The groups.
        number, seed
            How many draws, and the seed.
        """
        shares = misplaced_shares(city, groups)
        if shares is None:
            return None
        told = city.provenance["residents_error"]
        residents = city.residents
        pairs = pd.MultiIndex.from_arrays(
            [residents[told["within"]], residents[told["unit"]]], names=["zone", "unit"]
        )
        unit, parts = pd.factorize(pairs, sort=False)
        zone = pd.factorize(parts.get_level_values(0))[0]
        counts = residents[list(groups)].to_numpy(dtype=float)
        people = sums_by_zone(unit, counts, len(parts))
        from scipy.special import ndtri

        random = np.random.default_rng([seed, zlib.crc32(b"residents")])
        # Of a lognormal factor of mean 1, half the mean distance from 1 is 2 Phi(spread / 2) - 1.
        spread = 2 * ndtri((1 + np.array(list(shares.values()))) / 2)
        return cls(
            unit, zone.astype(np.intp), people, spread, random.standard_normal((number, len(parts)))
        )

    def factors(self, draw: int) -> NDArray[np.float64]:
        """Return by how much more people live in each part (rows) in one draw, by group (columns).

        Their mean, weighted by the people, is 1 in every zone.
        """
        factor: NDArray[np.float64] = np.exp(
            self.normal[draw][:, None] * self.spread - self.spread**2 / 2
        )
        zones = int(self.zone.max(initial=-1)) + 1
        for group in range(factor.shape[1]):
            people = self.people[:, group]
            drawn = np.bincount(self.zone, weights=factor[:, group] * people, minlength=zones)
            told = np.bincount(self.zone, weights=people, minlength=zones)
            to_total = np.divide(told, drawn, out=np.ones(zones), where=drawn > 0)
            factor[:, group] *= to_total[self.zone]
        return factor


def require_draws(draws: object, *, least: int = 0) -> int:
    """Return a number of draws, or say that it is none."""
    return require_whole(draws, where="draws", least=least, most=MOST_DRAWS)


def require_parts(uncertain: object) -> tuple[str, ...]:
    """Return what is to be drawn, in the order of :data:`PARTS`, or say which is not known."""
    found = several(uncertain)
    for part in found:
        if not is_one_of(part, PARTS):
            raise UnknownNameError.among(part, PARTS, kind="thing to draw", where="uncertain")
    return tuple(part for part in PARTS if part in found)


def require_walks(traveller: TravelProfile) -> None:
    """Refuse a distribution of paces for one who does not go on foot."""
    if traveller.mode != "walk":
        raise ParameterError(
            f"{traveller.name} goes by {traveller.mode}, and the paces are those of people on foot",
            where="paces",
            mend="leave paces out, or compare those who walk alone",
        )


def misplaced_shares(city: City, groups: tuple[str, ...]) -> dict[str, float] | None:
    """Return the share of each group that the residents model misplaces, as far as it is told."""
    told = city.provenance.get("residents_error")
    try:
        shares = dict(told["misplaced_share"])  # type: ignore[index]
        columns = [told["unit"], told["within"]]  # type: ignore[index]
        found = {
            group: float(shares.get(MEASURED_AS.get(group, group), shares["residents"]))
            for group in groups
        }
    except (KeyError, TypeError, ValueError):
        return None
    known = all(column in city.residents.columns for column in columns)
    return found if known and all(0 <= share < 1 for share in found.values()) else None


def _along_street(
    position: Position, streets: StreetNetwork, part: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return points on the street that the address names, within the uncertainty."""
    edges = streets.edges
    if "name" not in edges.columns:
        return None
    disc = shapely.Point(position.x, position.y).buffer(position.uncertainty_m)
    near = edges.iloc[np.sort(edges.sindex.query(disc, predicate="intersects"))]
    address = position.address.casefold()
    names = sorted(
        {name for name in near["name"].dropna().astype(str) if name and name.casefold() in address},
        key=lambda name: (-len(name), name),
    )
    if not names:
        return None
    along = near.geometry.to_numpy()[(near["name"].astype(object) == names[0]).to_numpy(dtype=bool)]
    pieces = shapely.get_parts(shapely.intersection(along, disc))
    pieces = pieces[shapely.length(pieces) > 0]
    if not len(pieces):
        return None
    ends = np.cumsum(shapely.length(pieces))
    at = part * ends[-1]
    piece = np.minimum(np.searchsorted(ends, at, side="right"), len(pieces) - 1)
    rest = at - np.concatenate([[0.0], ends])[piece]
    xy: NDArray[np.float64] = shapely.get_coordinates(
        shapely.line_interpolate_point(pieces[piece], rest)
    )
    return xy

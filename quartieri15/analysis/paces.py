"""Coverage for people who do not all walk alike: a distribution of paces in place of one pace.

At half the pace everything takes twice as long, so the time at one pace tells the pace that an
address needs to be in time, and the share of people who walk at least that fast. One search
answers for the whole distribution, exactly. Where a part of the journey does not scale (seconds
lost at crossings, another pace off the streets), the searches are repeated for paces of equal
probability.
"""

from __future__ import annotations

import math
import reprlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from quartieri15.analysis.counting import (
    counts_of,
    members,
    minutes_of,
    percentiles_by_zone,
    sums_by_zone,
    tidy_table,
)
from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.arguments import (
    is_finite,
    is_one_of,
    is_whole,
    require_numbers,
    require_text,
    shown,
)
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import in_time, limit_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

Kind = Literal["one", "normal", "lognormal", "quantiles"]

_MAKERS: Final[dict[str, str]] = {kind: kind for kind in get_args(Kind)} | {
    "quantiles": "from_quantiles"
}
"""The method that makes a distribution of each kind."""

SLOWEST_KMH, FASTEST_KMH = 1.0, 7.2
"""Where distributions are cut unless told otherwise: 0.28 and 2 m/s. Nobody is taken to walk
through a city at less, and at more people run."""

SEARCHES: Final = 20
"""Paces of equal probability that stand for a distribution where times do not scale."""
MOST_SEARCHES: Final = 100
"""More would fill the memory for a share that is wrong by less than a two-hundredth anyhow."""

MOST_PACES: Final = 1_000_000
"""A share is then wrong by less than a millionth: closer than any figure is known."""


@dataclass(frozen=True, kw_only=True)
class PaceDistribution:
    """How fast the people of a group walk.

    Made with :meth:`one`, :meth:`normal`, :meth:`lognormal` or :meth:`from_quantiles`.

    Parameters
    ----------
    name
        Short name used in tables.
    source
        Where the figures come from.
    kind
        ``"one"``, ``"normal"``, ``"lognormal"`` or ``"quantiles"``.
    speeds_kmh
        The one pace; or the two at which a normal or lognormal distribution is cut; or the
        quantiles.
    probabilities
        Of quantiles, the part of the people who are slower than each; otherwise empty.
    location, scale
        Of the normal distribution, in km/h, or of the logarithm of the lognormal one.

    Raises
    ------
    UnknownNameError
        If the kind is not known.
    ParameterError
        If the numbers are not those of the kind.
    """

    name: str
    source: str
    kind: Kind
    speeds_kmh: tuple[float, ...]
    probabilities: tuple[float, ...] = ()
    location: float = 0.0
    scale: float = 0.0

    def __post_init__(self) -> None:
        for field in ("name", "source"):
            require_text(getattr(self, field), where=field)
        if not is_one_of(self.kind, get_args(Kind)):
            raise UnknownNameError.among(self.kind, get_args(Kind), kind="kind of distribution")
        speed, part = _numbers(self.speeds_kmh, self.name), _numbers(self.probabilities, self.name)
        wanted = {"one": 1, "quantiles": max(len(part), 2)}.get(self.kind, 2)
        if len(speed) != wanted or not (np.diff(speed) > 0).all() or not (speed > 0).all():
            raise ParameterError(
                f"speeds_kmh is {reprlib.repr(self.speeds_kmh)}",
                where=f"paces {self.name!r}",
                mend=f"make it with PaceDistribution.{_MAKERS[self.kind]}",
            )
        if self.kind == "quantiles":
            rises = len(part) == len(speed) and bool((np.diff(part) > 0).all())
            right = rises and part[0] >= 0 and part[-1] <= 1
        else:
            spread = is_finite(self.location) and is_finite(self.scale) and self.scale > 0
            right = (spread or self.kind == "one") and not len(part)
        if not right:
            raise ParameterError(
                f"probabilities, location or scale are not those of kind {self.kind!r}",
                where=f"paces {self.name!r}",
                mend=f"make it with PaceDistribution.{_MAKERS[self.kind]}",
            )

    @classmethod
    def one(
        cls, speed_kmh: float, *, name: str = "one pace", source: str = "stated by the user"
    ) -> PaceDistribution:
        """Return the distribution of people who all walk alike.

        Raises
        ------
        ParameterError
            If the speed is not above 0.
        """
        _require_positive(speed_kmh, "speed_kmh", name)
        return cls(name=name, source=source, kind="one", speeds_kmh=(float(speed_kmh),))

    @classmethod
    def normal(
        cls,
        *,
        mean_kmh: float,
        sd_kmh: float,
        name: str,
        source: str = "stated by the user",
        slowest_kmh: float = SLOWEST_KMH,
        fastest_kmh: float = FASTEST_KMH,
    ) -> PaceDistribution:
        """Return a normal distribution, cut at both ends.

        Parameters
        ----------
        mean_kmh, sd_kmh
            Mean and standard deviation before the cut, in km/h.
        name, source
            What to call it, and where the figures come from.
        slowest_kmh, fastest_kmh
            Nobody is slower or faster; what lies beyond is shared out over the rest in
            proportion.

        Raises
        ------
        ParameterError
            If a number is not above 0, or the mean is not between the cuts.

        Examples
        --------
        >>> paces = PaceDistribution.normal(mean_kmh=4, sd_kmh=1, name="some people")
        >>> round(float(paces.share_at_least(4.0)), 3)
        0.5
        """
        _require_spread(mean_kmh, sd_kmh, slowest_kmh, fastest_kmh, name)
        return cls(
            name=name,
            source=source,
            kind="normal",
            speeds_kmh=(float(slowest_kmh), float(fastest_kmh)),
            location=float(mean_kmh),
            scale=float(sd_kmh),
        )

    @classmethod
    def lognormal(
        cls,
        *,
        mean_kmh: float,
        sd_kmh: float,
        name: str,
        source: str = "stated by the user",
        slowest_kmh: float = SLOWEST_KMH,
        fastest_kmh: float = FASTEST_KMH,
    ) -> PaceDistribution:
        """Return a lognormal distribution, cut at both ends as :meth:`normal` is.

        Parameters
        ----------
        mean_kmh, sd_kmh
            Mean and standard deviation of the speed itself, not of its logarithm.
        name, source, slowest_kmh, fastest_kmh
            As for :meth:`normal`.

        Raises
        ------
        ParameterError
            If a number is not above 0, or the mean is not between the cuts.
        """
        _require_spread(mean_kmh, sd_kmh, slowest_kmh, fastest_kmh, name)
        variance = math.log1p((sd_kmh / mean_kmh) ** 2)
        return cls(
            name=name,
            source=source,
            kind="lognormal",
            speeds_kmh=(float(slowest_kmh), float(fastest_kmh)),
            location=math.log(mean_kmh) - variance / 2,
            scale=math.sqrt(variance),
        )

    @classmethod
    def from_quantiles(
        cls,
        probabilities: Sequence[float],
        speeds_kmh: Sequence[float],
        *,
        name: str,
        source: str = "stated by the user",
    ) -> PaceDistribution:
        """Return the distribution with some quantiles, even between them.

        Parameters
        ----------
        probabilities
            Rising, from 0 to 1: the part of the people who are slower.
        speeds_kmh
            Rising: the pace that goes with each. Those slower than the first quantile are all
            taken to have the first pace, those faster than the last one the last.
        name, source
            What to call it, and where the figures come from.

        Raises
        ------
        ParameterError
            If they are no numbers, do not rise, are not of one length, or are out of range.

        Examples
        --------
        >>> paces = PaceDistribution.from_quantiles([0.1, 0.5, 0.9], [2, 3, 5], name="q")
        >>> paces.share_at_least([2, 2.5, 3, 5, 5.1]).round(2).tolist()
        [1.0, 0.7, 0.5, 0.1, 0.0]
        """
        part, speed = _numbers(probabilities, name), _numbers(speeds_kmh, name)
        rises = part.ndim == 1 and part.shape == speed.shape and len(part) > 1
        if not (rises and (np.diff(part) > 0).all() and (np.diff(speed) > 0).all()):
            raise ParameterError(
                "probabilities and speeds must be as many, two or more, and rise",
                where=f"paces {name!r}",
                mend="give them in order and without doubles",
            )
        if not (part[0] >= 0 and part[-1] <= 1 and speed[0] > 0 and math.isfinite(speed[-1])):
            raise ParameterError(
                "probabilities go from 0 to 1, and speeds are above 0",
                where=f"paces {name!r}",
                mend="give fractions of people and km/h",
            )
        return cls(
            name=name,
            source=source,
            kind="quantiles",
            speeds_kmh=tuple(speed.tolist()),
            probabilities=tuple(part.tolist()),
        )

    def share_at_least(self, speed_kmh: ArrayLike) -> NDArray[np.float64]:
        """Return which part of the people walk at some pace or faster.

        Parameters
        ----------
        speed_kmh
            Paces in km/h, any shape; infinite for one that nobody has.

        Returns
        -------
        numpy.ndarray
            Fractions from 0 to 1, never rising with the pace.
        """
        speed = require_numbers(speed_kmh, where="speed_kmh")
        low, high = self.speeds_kmh[0], self.speeds_kmh[-1]
        if self.kind == "one":
            return np.where(speed <= low, 1.0, 0.0)
        inside = np.clip(speed, low, high)
        if self.kind == "quantiles":
            slower = np.interp(inside, self.speeds_kmh, self.probabilities)
        else:
            below, above = self._normal_cdf(low), self._normal_cdf(high)
            slower = (self._normal_cdf(inside) - below) / (above - below)
        return np.where(speed <= low, 1.0, np.where(speed > high, 0.0, 1.0 - slower))

    def quantile(self, part: ArrayLike) -> NDArray[np.float64]:
        """Return the pace in km/h that some part of the people are slower than.

        Parameters
        ----------
        part
            Fractions from 0 to 1, any shape.

        Returns
        -------
        numpy.ndarray
        """
        p = require_numbers(part, where="part")
        low, high = self.speeds_kmh[0], self.speeds_kmh[-1]
        if self.kind == "one":
            return np.full(p.shape, low)
        if self.kind == "quantiles":
            between: NDArray[np.float64] = np.interp(p, self.probabilities, self.speeds_kmh)
            return between
        from scipy.special import ndtri

        below, above = self._normal_cdf(low), self._normal_cdf(high)
        value = self.location + self.scale * ndtri(below + p * (above - below))
        return np.clip(np.exp(value) if self.kind == "lognormal" else value, low, high)

    @property
    def median_kmh(self) -> float:
        """The pace that half of the people are slower than."""
        return float(self.quantile(0.5))

    def paces(self, n: int = SEARCHES) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return paces of equal probability that stand for the distribution.

        The people are parted into ``n`` equal parts by their pace, and each part is given its
        middle one (the midpoint rule on the quantile function). A share of people at or above
        any pace is then wrong by at most ``1 / (2 n)``.

        Parameters
        ----------
        n
            Number of parts, from 1 to :data:`MOST_PACES`.

        Returns
        -------
        tuple of numpy.ndarray
            The different paces in km/h, rising, and how many of the ``n`` parts have each.

        Raises
        ------
        ParameterError
            If ``n`` is no whole number from 1 to :data:`MOST_PACES`.
        """
        if not is_whole(n) or not 1 <= n <= MOST_PACES:
            mend = f"give a whole number from 1 to {MOST_PACES}"
            raise ParameterError(f"n is {shown(n)}", where="paces", mend=mend)
        speeds, number = np.unique(self.quantile((np.arange(n) + 0.5) / n), return_counts=True)
        return speeds, number.astype(np.int64)

    def _normal_cdf(self, speed: ArrayLike) -> NDArray[np.float64]:
        from scipy.special import ndtr

        value = np.log(speed) if self.kind == "lognormal" else np.asarray(speed, dtype=float)
        found: NDArray[np.float64] = np.asarray(ndtr((value - self.location) / self.scale))
        return found


def expected_coverage(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    distribution: str | PaceDistribution,
    profile: str | TravelProfile = "walk_adult",
    minutes: float = 15,
    by: str = "nil",
    groups: str | Iterable[str] | None = None,
    searches: int = SEARCHES,
) -> pd.DataFrame:
    """Count who is expected to reach the nearest place in time, each at a pace of their own.

    Parameters
    ----------
    city
        The city.
    to
        The places to reach; see :func:`~quartieri15.analysis.coverage.coverage`.
    distribution
        How fast the people walk: a key of :data:`PACES` or a distribution. It is the same at
        every address and for every group that is counted.
    profile
        Everything else about who walks: what they refuse, slopes, stairs, crossings. Its pace
        is not used.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    by
        ``"city"`` or the name of a set of zones.
    groups
        The groups to count; all that the city knows when left out.
    searches
        How many paces of equal probability stand for the distribution where one does not do:
        for the percentiles, and for ``covered`` where times do not scale with the pace. The
        share at each address is then wrong by at most ``1 / (2 searches)``. From 1 to
        :data:`MOST_SEARCHES`.

    Returns
    -------
    pandas.DataFrame
        One row per zone and group with the columns of
        :func:`~quartieri15.analysis.coverage.coverage`: ``covered`` is the expected number of
        people within the threshold, ``share`` their share, and the percentiles are those of the
        times of all people at all paces. ``profile`` names profile and distribution,
        ``speed_kmh`` is the median pace.

        ``attrs["provenance"]`` tells the distribution and its source, the number of
        ``searches`` made and the ``method``.

    Raises
    ------
    ParameterError
        If ``minutes`` or ``searches`` makes no sense, the profile does not walk, ``by`` is
        ``"place"``, or no group is named.
    UnknownNameError
        If the distribution, the profile, the places, the zones or a group are not known.
    InputError
        If ``to`` is no table of points.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> question = {"to": "houses", "by": "city", "groups": "over65"}
    >>> all_alike = q15.coverage(milano, profile="walk_75", **question)
    >>> each_their_own = expected_coverage(milano, distribution="paces_65plus", **question)
    >>> [round(table["population"][0]) for table in (all_alike, each_their_own)]
    [311777, 311777]
    """
    require_city(city)
    paces = distribution_named(distribution)
    traveller = profiles.get(profile)
    if traveller.mode != "walk":
        raise ParameterError(
            f"{traveller.name} goes by {traveller.mode}, and the paces are those of people on foot",
            where="profile",
            mend="name a profile that walks, or use coverage(...) for this one",
        )
    limit = require_minutes(minutes)
    if not is_whole(searches) or not 1 <= searches <= MOST_SEARCHES:
        raise ParameterError(
            f"{shown(searches)} is no number of searches",
            where="searches",
            mend=f"give a whole number from 1 to {MOST_SEARCHES}",
        )
    speeds, number = paces.paces(searches)
    if is_one_of(by, ("place",)):
        raise ParameterError(
            "an expected coverage is told by area",
            where="by",
            mend="use coverage(..., by='place') at one pace, or by='city'",
        )
    median = _at_pace(traveller, paces.median_kmh)
    times = travel_times(city, to=to, profile=median)
    table = coverage(city, to=to, profile=median, minutes=limit, by=by, groups=groups, times=times)
    reached = minutes_of(city, times, median)
    if traveller.scales_with_pace:
        needed_kmh = paces.median_kmh * (reached * 60 / limit_seconds(limit))
        share = paces.share_at_least(needed_kmh)
        at_paces = reached[None, :] * (paces.median_kmh / speeds)[:, None]
        made, method = 1, "exact: the pace that each address needs"
    else:
        at_paces = np.stack([_minutes_at(city, to, traveller, speed) for speed in speeds])
        share = (number @ in_time(at_paces, limit)) / number.sum()
        made = 1 + len(speeds)
        method = f"{number.sum()} paces of equal probability, a share wrong by 1/{2 * number.sum()}"
    told = list(dict.fromkeys(table["group"]))
    _fill(table, city, by, told, share=share, at_paces=at_paces, number=number)
    name = f"{traveller.name}, {paces.name}"
    table["profile"] = name
    table.attrs["provenance"] |= {
        "profile": name,
        "base_profile": traveller.name,
        "distribution": paces.name,
        "speed_source": paces.source,
        "searches": made,
        "method": method,
    }
    return table


def _fill(
    table: pd.DataFrame,
    city: City,
    by: str,
    groups: list[str],
    *,
    share: NDArray[np.float64],
    at_paces: NDArray[np.float64],
    number: NDArray[np.int64],
) -> None:
    """Put expected people and the percentiles of all paces into a table of coverage."""
    ids, names, point, zone = members(city, by)
    counts = counts_of(city, tuple(groups))[point]
    inside = share[point, None]
    paces = len(number)
    weight = number / number.sum()
    median, p90 = percentiles_by_zone(
        np.tile(zone, paces),
        at_paces[:, point].ravel(),
        (weight[:, None, None] * counts).reshape(-1, len(groups)),
        len(ids),
    )
    expected = tidy_table(
        ids,
        names,
        tuple(groups),
        covered=sums_by_zone(zone, counts * inside, len(ids)),
        uncovered=sums_by_zone(zone, counts * (1 - inside), len(ids)),
        median=median,
        p90=p90,
    )
    for column in expected.columns:
        table[column] = expected[column].to_numpy()


def _minutes_at(
    city: City, to: str | gpd.GeoDataFrame, traveller: TravelProfile, speed_kmh: float
) -> NDArray[np.float64]:
    """Return minutes per residents point at one pace."""
    at_pace = _at_pace(traveller, float(speed_kmh))
    return minutes_of(city, travel_times(city, to=to, profile=at_pace), at_pace)


def _at_pace(traveller: TravelProfile, speed_kmh: float) -> TravelProfile:
    return traveller.with_(speed_kmh=speed_kmh)


def distribution_named(distribution: str | PaceDistribution) -> PaceDistribution:
    """Return a distribution of paces, or the one of this name.

    Raises
    ------
    InputError
        If it is neither.
    UnknownNameError
        If no distribution has that name; the nearest names are suggested.

    Examples
    --------
    >>> distribution_named("paces_65plus").kind
    'normal'
    """
    if isinstance(distribution, PaceDistribution):
        return distribution
    if not isinstance(distribution, str):
        raise InputError(
            f"a {type(distribution).__name__} is no distribution of paces",
            where="distribution",
            mend="give a PaceDistribution, or a name of one",
        )
    if distribution not in PACES:
        raise UnknownNameError.among(distribution, PACES, kind="distribution of paces")
    return PACES[distribution]


def _numbers(values: object, name: str) -> NDArray[np.float64]:
    """Return a row of numbers, or say that it is none."""
    row = np.array(math.nan)
    with suppress(ParameterError):
        row = require_numbers(values, where="paces")
    if row.ndim != 1 or np.isinf(row).any():
        raise ParameterError(
            f"{shown(values)} is no list of numbers",
            where=f"paces {name!r}",
            mend="give numbers, such as [2.5, 3.2, 4.0]",
        )
    return row


def _require_positive(value: Any, field: str, name: str) -> None:
    if not (is_finite(value) and value > 0):
        raise ParameterError(
            f"{field} is {shown(value)}", where=f"paces {name!r}", mend="give km/h above 0"
        )


def _require_spread(mean: float, sd: float, slowest: float, fastest: float, name: str) -> None:
    values = {"mean_kmh": mean, "sd_kmh": sd, "slowest_kmh": slowest, "fastest_kmh": fastest}
    for field, value in values.items():
        _require_positive(value, field, name)
    if not slowest < mean < fastest:
        raise ParameterError(
            f"the mean of {mean} km/h is not between {slowest} and {fastest} km/h",
            where=f"paces {name!r}",
            mend="give km/h, and cuts on both sides of the mean",
        )


_STUDENSKI: Final = (
    "Studenski et al. 2011, JAMA 305(1):50-58: gait speed 0.92 m/s, standard deviation 0.27 m/s, "
    "of 34,485 people of 65 and older (mean age 73.5) in nine cohorts"
)
_BOHANNON: Final = (
    "mean of men and women, {men} and {women} m/s, of Bohannon and Williams Andrews 2011, "
    "Physiotherapy 97(3):182-189 (healthy people on a short indoor course, so rather fast); the "
    "spread is an assumption of this project: the 0.27 m/s of Studenski et al. 2011, JAMA "
    "305(1):50-58, because the meta-analysis states none for single people"
)


def _healthy(name: str, *, men_m_s: float, women_m_s: float) -> PaceDistribution:
    return PaceDistribution.normal(
        name=name,
        mean_kmh=round(3.6 * (men_m_s + women_m_s) / 2, 3),
        sd_kmh=0.972,
        source=_BOHANNON.format(men=men_m_s, women=women_m_s),
    )


PACES: dict[str, PaceDistribution] = {
    paces.name: paces
    for paces in (
        PaceDistribution.normal(
            name="paces_65plus", mean_kmh=3.312, sd_kmh=0.972, source=_STUDENSKI
        ),
        _healthy("paces_60_69_healthy", men_m_s=1.34, women_m_s=1.24),
        _healthy("paces_70_79_healthy", men_m_s=1.26, women_m_s=1.13),
        _healthy("paces_80_99_healthy", men_m_s=0.97, women_m_s=0.94),
    )
}
"""Distributions that come with the library, by name."""

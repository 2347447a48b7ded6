"""Which zones are most in need: an index of the library's own, with all it is made of in sight.

No document of the city says how need is measured. So this is one choice among many: a weighted
mean of a few shares that the city counts, brought to one scale. The components, their weights and
the scale can be replaced, and how far the ranking hangs on the weights is part of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from quartieri15.analysis.distributions import LARGEST
from quartieri15.analysis.need_components import NeedComponent, components_named, value_of
from quartieri15.analysis.zone_figures import zone_figures
from quartieri15.arguments import is_finite, is_one_of, require_whole, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.model.notebook_tables import tables_html
from quartieri15.model.residents import GROUPS
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City

Scale = Literal["z", "rank", "min_max"]

LEAST_PEOPLE: Final = 500.0
"""Shares of fewer people than this say little, and the zone is left out of the ranking."""
DRAWS: Final = 1000
"""A share of draws is then known to about three points in a hundred."""
MOST_DRAWS: Final = 100_000
"""More draws would fill the memory for a digit that nobody reads."""
INTERVAL: Final = (0.05, 0.95)
_LEAST_WEIGHT: Final = 1e-6


REASONS: Final = {
    "no_population": "nobody lives here",
    "few_people": "too few people live here for their shares to say much: not ranked",
    "unknown_component": "a component is not known here, or is a share of nothing: not ranked",
}
"""What each reason code says."""


@dataclass(frozen=True, eq=False, repr=False)
class NeedIndex:
    """The need of the zones of a city: the result of :func:`need_index`.

    Every table tells its ``attrs["provenance"]``.

    Parameters
    ----------
    by
        The set of zones.
    zones : pandas.DataFrame
        One row per zone, the neediest first, those without a rank last: ``zone_id, zone,
        residents, need`` (the weighted mean of the scores; 0 for a zone like the average one, if
        ``scale`` is ``"z"``), ``rank`` (zones that tie have the least
        of their ranks; missing where not ranked), ``reason`` (a code of
        :data:`REASONS`, or empty) and ``reason_text``, the same in words.
    components : pandas.DataFrame
        One row per component: ``component, of, per, direction, weight`` (they add up to 1),
        ``mean, standard_deviation, lowest, highest`` of the ranked zones, ``correlation`` of
        its scores with the index (0 where the index is the same everywhere) and ``why``.
    figures, scores : pandas.DataFrame
        One row per zone (its id is the index) and one column per component: the figure itself,
        and the same on the common scale, the higher the needier. Missing where ``zones`` gives a
        reason.
    stability : pandas.DataFrame
        One row per ranked zone, in the order of ``zones``: ``zone_id, zone, rank``;
        ``top_share``, in which share of the draws of weights the zone is among the ``top``;
        ``rank_p05, rank_p95``, the ranks between which it is in nine draws of ten;
        ``rank_lowest, rank_highest``, the best and the worst rank with one component left out,
        and ``top_without_one``, in how many of those rankings it is among the ``top``. An index
        of one component has not the latter three.
    weights_drawn : numpy.ndarray
        The weights of every draw, one column per component.
    top
        How many of the first the stability is about.
    seed
        Of the draws.
    """

    by: str
    zones: pd.DataFrame
    components: pd.DataFrame
    figures: pd.DataFrame
    scores: pd.DataFrame
    stability: pd.DataFrame
    weights_drawn: NDArray[np.float64]
    top: int
    seed: int

    def __repr__(self) -> str:
        made_of = ", ".join(self.components["component"])
        return f"NeedIndex({len(self.stability)} of {len(self.zones)} {self.by} by {made_of})"

    def _repr_html_(self) -> str:
        return tables_html(self, title=repr(self), first="zones")

    @property
    def ranked(self) -> pd.Series[float]:
        """The need of the ranked zones, by their id: the higher, the needier."""
        ranked = self.zones.head(len(self.stability))
        return pd.Series(ranked["need"].to_numpy(), index=ranked["zone_id"].array, name="need")

    def drawn(self) -> pd.DataFrame:
        """Return the need of the ranked zones (rows) in every draw of weights (columns)."""
        scores = self.scores.loc[self.stability["zone_id"]]
        return pd.DataFrame(scores.to_numpy() @ self.weights_drawn.T, index=scores.index)

    def neediest(self, part: float = 0.2) -> pd.DataFrame:
        """Return the neediest part of the ranked zones: rows of :attr:`zones`.

        Of zones that tie for the last place in it, those that stand first in the city.

        Parameters
        ----------
        part
            Which part of them: 0.2 for a fifth, rounded up to whole zones.

        Raises
        ------
        ParameterError
            If it is no part of 1.

        Examples
        --------
        >>> import quartieri15 as q15
        >>> len(need_index(q15.load("milano")).neediest(0.2))
        16
        """
        if not is_finite(part) or not 0 < part <= 1:
            raise ParameterError(
                f"part is {shown(part)}", where="part", mend="give a part of 1, such as 0.2"
            )
        # As far as a product of floats is not exact, it is the whole number meant.
        return self.zones.head(math.ceil(part * len(self.stability) - 1e-9))


def need_index(
    city: City,
    *,
    by: str = "nil",
    components: Iterable[str | NeedComponent] | str | NeedComponent | None = None,
    weights: Mapping[str, float] | None = None,
    scale: Scale = "z",
    table: pd.DataFrame | None = None,
    least_people: float = LEAST_PEOPLE,
    top: int = 10,
    draws: int = DRAWS,
    seed: int = 0,
) -> NeedIndex:
    """Rank zones by need, and say how far the ranking can be trusted.

    Parameters
    ----------
    city
        The city.
    by
        The set of zones.
    components
        What need is made of: names of :data:`COMPONENTS` or components of one's own; all of
        :data:`COMPONENTS` when left out.
    weights
        Of each component, by its name, above 0; they are divided by their sum. All the same when
        left out.
    scale
        How the components are made comparable. ``"z"``: the mean of the ranked zones, each
        counted once, is subtracted, and the rest divided by their standard deviation.
        ``"rank"``: the share of the ranked zones that are lower, those equal counted half, so
        that one zone far from all others does not matter more than another. ``"min_max"``: 0
        for the lowest ranked zone and 1 for the highest.
    table
        More figures by zone: ``zone_id`` (a column, or the index) and columns of numbers that
        components name.
    least_people
        Zones with fewer residents have a need, but no rank, and no say in the scale.
    top
        How many of the first the stability is about.
    draws
        How often weights are drawn for the stability; 1 or more.
    seed
        Of the draws: the same seed, the same draws.

    Returns
    -------
    NeedIndex

    Raises
    ------
    UnknownNameError
        If the zones, a component, a column or the scale is not known.
    ParameterError
        If a number makes no sense, a component is named twice, or a weight is not above 0.
    InputError
        If a component is the same in every ranked zone, fewer than two zones can be ranked, or
        the table has no zone ids, other ones than the city, or names that are taken.

    Notes
    -----
    The scales are three of OECD and JRC 2008, Handbook on Constructing Composite Indicators,
    step 5; z-scores added up are how Carstairs and Morris 1991, Deprivation and Health in
    Scotland, and Townsend make theirs. A weighted mean lets a low component make up for a high
    one. The stability follows step 7 of the handbook: weights are drawn from a Dirichlet
    distribution whose mean are the weights given and whose parameters add up to the number of
    components, so that for equal weights every set of weights is as likely as any other; and
    each component is left out in turn. How well the figures themselves are known is not in it.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> need = need_index(milano)
    >>> need
    NeedIndex(80 of 88 nil by over75, over65_alone, foreign, renting)
    >>> need.stability[["zone", "rank_p05", "rank_p95"]].iloc[[0, 5]]
              zone  rank_p05  rank_p95
    0     SAN SIRO         1        13
    5  GIAMBELLINO         2        17
    """
    require_city(city)
    city.require_residents()
    zones = city.zones_named(by, argument="by")
    if not is_finite(least_people) or least_people < 0:
        raise ParameterError(
            f"least_people is {shown(least_people)}", where="least_people", mend="give 0 or more"
        )
    top = require_whole(top, where="top", least=1)
    draws = require_whole(draws, where="draws", least=1, most=MOST_DRAWS)
    seed = require_whole(seed, where="seed", least=0)
    if not is_one_of(scale, get_args(Scale)):
        raise UnknownNameError.among(scale, get_args(Scale), kind="scale")
    chosen = components_named(components)
    weight = _weights(weights, [one.name for one in chosen])
    every = zone_figures(city, by, table=table)
    if components is None:
        _require_figures(city, chosen, every)
    residents = every["residents"].to_numpy()
    figures = pd.DataFrame({one.name: value_of(one, every) for one in chosen}, index=every.index)
    known = figures.notna().all(axis=1).to_numpy()
    ranked = known & (residents > 0) & (residents >= least_people)
    if ranked.sum() < 2:  # noqa: PLR2004 - one alone is neither first nor last
        small = (known & (residents > 0)).sum() >= 2  # noqa: PLR2004
        raise InputError(
            f"{int(ranked.sum())} of {len(zones)} zones can be ranked, and two are needed",
            where="least_people" if small else f"zones {by}",
            mend="give least_people=0, or use larger zones" if small else "use other zones",
        )
    score = _scores(figures, ranked, np.array([one.direction for one in chosen]), scale)
    # Of nobody there are no shares, and a part of the components is not the whole.
    score[~known | (residents <= 0)] = np.nan
    need = score @ weight
    order = np.argsort(-np.where(ranked, need, -np.inf), kind="stable")
    first = order[: int(ranked.sum())]
    alpha = weight * len(weight)
    weights_drawn = np.random.default_rng(seed).dirichlet(alpha, size=draws)
    place = _ranks(need[first, None])[:, 0]
    stability = _stability(score[first], place, weight, weights_drawn, top)
    reason = np.select(
        [residents <= 0, ~known, ~ranked], ["no_population", "unknown_component", "few_people"], ""
    )
    names = zones["name"].to_numpy()
    rank = pd.array([pd.NA] * len(zones), dtype="Int64")
    rank[first] = place
    found = pd.DataFrame(
        {
            "zone_id": zones["id"].to_numpy(),
            "zone": names,
            "residents": residents,
            "need": need,
            "rank": rank,
            "reason": reason,
            "reason_text": [REASONS.get(code, "") for code in reason],
        }
    ).iloc[order]
    told = pd.DataFrame(
        {
            "component": [one.name for one in chosen],
            "of": [one.of for one in chosen],
            "per": [one.per or "" for one in chosen],
            "direction": [one.direction for one in chosen],
            "weight": weight,
            "mean": figures[ranked].mean().to_numpy(),
            "standard_deviation": figures[ranked].std(ddof=0).to_numpy(),
            "lowest": figures[ranked].min().to_numpy(),
            "highest": figures[ranked].max().to_numpy(),
            "correlation": _correlations(score[ranked], need[ranked]),
            "why": [one.why for one in chosen],
        }
    )
    provenance = plain_json(
        {
            **city.provenance,
            "city": city.name,
            "by": by,
            "need": "an index of this library, not of the city",
            "components": told[["component", "of", "per", "direction", "weight"]].to_dict(
                "records"
            ),
            "scale": scale,
            "least_people": float(least_people),
            "top": top,
            "draws": draws,
            "seed": seed,
            "interval": list(INTERVAL),
            "draws_of": "the weights (Dirichlet, their mean the weights given)",
        }
    )
    tables = {
        "zones": found.reset_index(drop=True),
        "components": told,
        "figures": figures[residents > 0].reindex(figures.index),
        "scores": pd.DataFrame(score, index=figures.index, columns=figures.columns),
        "stability": stability.assign(
            zone_id=zones["id"].to_numpy()[first], zone=names[first]
        ).reindex(columns=["zone_id", "zone", *stability.columns]),
    }
    for one in tables.values():
        one.attrs["provenance"] = provenance
    return NeedIndex(by=by, **tables, weights_drawn=weights_drawn, top=top, seed=seed)


def _require_figures(
    city: City, components: Iterable[NeedComponent], figures: pd.DataFrame
) -> None:
    """Refuse the components that nobody named, where the city does not count what they are of."""
    wanted = {name for one in components for name in (one.of, one.per) if name is not None}
    lacking = [name for name in GROUPS if name in wanted - {*figures.columns}]
    if lacking:
        raise UnknownNameError(
            f"{city.name} does not count {', '.join(lacking)}, of which need is made where nothing "
            "is said",
            where="components",
            mend="give components= what the city counts, such as "
            "NeedComponent(name='old', of='over65', per='residents'); it counts "
            + ", ".join(city.groups),
        )


def require_need(city: City, need: NeedIndex | None) -> NeedIndex:
    """Return a need index of the zones of a city, its own by default.

    Raises
    ------
    ParameterError
        If it is none.
    InputError
        If it is of other zones than the city's.
    """
    if need is None:
        return need_index(city)
    mend = "give the result of need_index(city)"
    if not isinstance(need, NeedIndex):
        raise ParameterError(f"need is {shown(need)}", where="need", mend=mend)
    if set(city.zones_named(need.by)["id"]) != set(need.zones["zone_id"]):
        raise InputError(f"its zones are not the {need.by} of {city.name}", where="need", mend=mend)
    return need


def _weights(weights: object, names: list[str]) -> NDArray[np.float64]:
    """Return weights in the order of the components that add up to 1."""
    if weights is None:
        return np.full(len(names), 1 / len(names))
    if not isinstance(weights, Mapping) or set(weights) != set(names):
        raise ParameterError(
            f"weights is {shown(weights)}",
            where="weights",
            mend=f"give a weight for each of {', '.join(names)}, by name",
        )
    for name in names:
        if not is_finite(weights[name]) or weights[name] <= 0:
            raise ParameterError(
                f"the weight of {name} is {shown(weights[name])}",
                where="weights",
                mend="give a number above 0, or leave the component out",
            )
    given = np.array([float(weights[name]) for name in names])
    given /= given.max()
    if given.min() < _LEAST_WEIGHT:
        raise ParameterError(
            f"the weight of {names[int(given.argmin())]} is next to nothing",
            where="weights",
            mend="leave the component out",
        )
    part: NDArray[np.float64] = given / given.sum()
    return part


def _scores(
    values: pd.DataFrame, ranked: NDArray[np.bool_], direction: NDArray[np.intp], scale: str
) -> NDArray[np.float64]:
    """Return every component of every zone on one scale: the higher, the needier."""
    figures = values.to_numpy(dtype=float) * direction
    among = figures[ranked]
    low, high = among.min(axis=0), among.max(axis=0)
    same = high - low <= np.maximum(1e-12 * np.maximum(abs(high), abs(low)), 1 / LARGEST)
    if same.any():
        at = int(np.flatnonzero(same)[0])
        raise InputError(
            f"it is {abs(low[at]):.4g} in every one of the {len(among)} zones that can be ranked, "
            "and tells none from another",
            where=f"component {values.columns[at]}",
            mend="leave it out",
        )
    score: NDArray[np.float64] = np.empty_like(figures)
    if scale == "rank":
        for k, column in enumerate(np.sort(among, axis=0).T):
            lower = np.searchsorted(column, figures[:, k])
            not_higher = np.searchsorted(column, figures[:, k], side="right")
            score[:, k] = (lower + not_higher) / (2 * len(column))
    elif scale == "min_max":
        score[:] = (figures - low) / (high - low)
    else:
        score[:] = (figures - among.mean(axis=0)) / among.std(axis=0)
    return score


def _correlations(scores: NDArray[np.float64], need: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Pearson's correlation of each column with the need, 0 where all needs are one."""
    off, around = scores - scores.mean(axis=0), need - need.mean()
    if np.ptp(need) <= 1e-12 * abs(scores).max():
        return np.zeros(scores.shape[1])
    spread = np.sqrt((off**2).sum(axis=0) * (around @ around))
    return np.asarray(around @ off / spread, dtype=np.float64)


def _stability(
    scores: NDArray[np.float64],
    rank: NDArray[np.int64],
    weight: NDArray[np.float64],
    drawn: NDArray[np.float64],
    top: int,
) -> pd.DataFrame:
    """Return how the ranking of rows, which are in its order, changes with the weights."""
    ranks = _ranks(scores @ drawn.T)
    low, high = np.quantile(ranks, INTERVAL, axis=1, method="inverted_cdf").astype(np.int64)
    table: dict[str, Any] = {
        "rank": rank,
        "top_share": (ranks <= top).mean(axis=1),
        "rank_p05": low,
        "rank_p95": high,
    }
    if len(weight) > 1:
        # A column of weights for each component, which is the one left out.
        without = np.where(np.eye(len(weight), dtype=bool), 0.0, weight[:, None])
        ranks = _ranks(scores @ (without / without.sum(axis=0)))
        table |= {
            "rank_lowest": ranks.min(axis=1),
            "rank_highest": ranks.max(axis=1),
            "top_without_one": (ranks <= top).sum(axis=1),
        }
    return pd.DataFrame(table)


def _ranks(need: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rank of each row in every column: 1 and how many are needier."""
    from scipy.stats import rankdata

    ranks: NDArray[np.int64] = rankdata(-need, method="min", axis=0).astype(np.int64)
    return ranks

"""Who is within the threshold in every draw, searched only where something moved."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from quartieri15.analysis import draws as drawing
from quartieri15.analysis.counting import counts_by_row, members, parted_by_zone
from quartieri15.analysis.reaching import DrawnTimes, Reaching
from quartieri15.reach import kernels
from quartieri15.reach.trips import in_time, limit_seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.analysis.sensitivity.question import Asked
    from quartieri15.progress import Say

    Parted: TypeAlias = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    """Covered and uncovered people per zone and group, by set of zones."""


class Found(NamedTuple):
    """Covered and uncovered people of some draws by set of zones: arrays (draws, zones, groups)."""

    covered: dict[str, NDArray[np.float64]]
    uncovered: dict[str, NDArray[np.float64]]


class Draws:
    """Who is within the threshold where nothing is drawn, where some of it is, and where all is.

    Parameters
    ----------
    asked
        The question.

    Attributes
    ----------
    positions
        Positions of the places that are drawn, by place id.
    pace
        The paces of the draws.
    residents
        Who lives where in every draw; None where that is not drawn.
    """

    def __init__(self, asked: Asked) -> None:
        city, options = asked.city, {"number": asked.draws, "seed": asked.seed}
        self._asked = asked
        self._counts = counts_by_row(city, asked.groups)
        self._homes = {by: members(city, by) for by in asked.by}
        self.pace = drawing.drawn_paces(
            asked.traveller, asked.paces, is_drawn="pace" in asked.uncertain, **options
        )
        self.positions: dict[Hashable, NDArray[np.float64]] = {}
        if "positions" in asked.uncertain:
            told = drawing.positions_of(asked.places)
            self.positions = drawing.drawn_positions(told, city.streets, **options)
        self.residents = (
            drawing.ResidentsDraws.of(city, asked.groups, **options)
            if "residents" in asked.uncertain
            else None
        )
        random = np.random.default_rng([asked.seed, zlib.crc32(b"streets")])
        each_as_often = random.permutation(asked.draws) % (1 + len(asked.cities))
        self._vintage = [[None, *asked.cities][k] for k in each_as_often]
        self._limit_s = limit_seconds(asked.minutes) * max(1.0, float(self.pace.ratio.max()))
        self._known: dict[tuple[str | None, float], DrawnTimes] = {}

    @property
    def drawn(self) -> list[str]:
        """What is drawn: parts of :data:`~quartieri15.analysis.draws.PARTS`, and the streets."""
        is_drawn = {
            "positions": bool(self.positions),
            "pace": self.pace.distribution is not None,
            "residents": self.residents is not None,
            "streets": bool(self._asked.cities),
        }
        return [part for part, there in is_drawn.items() if there]

    def as_told(
        self,
        *,
        vintage: str | None = None,
        speed_kmh: float | None = None,
        minutes: float | None = None,
    ) -> Found:
        """Count with nothing drawn: on other streets, at another pace, within another time."""
        asked = self._asked
        own = speed = float(asked.traveller.speed_kmh)
        ratio = 1.0
        if speed_kmh is not None and asked.traveller.scales_with_pace:
            ratio = speed_kmh / own
        elif speed_kmh is not None:
            speed = speed_kmh
        seconds = self._times(vintage, speed).as_told_s / ratio
        return _joined([self._parted(seconds, asked.minutes if minutes is None else minutes)])

    def without(self, places: gpd.GeoDataFrame) -> Found:
        """Count with nothing drawn and no other places than these."""
        asked = self._asked
        minutes, _ = Reaching.of(asked.city, places, profile=asked.traveller).nearest
        return _joined([self._parted(minutes * 60, asked.minutes)])

    def found(self, sets_of_parts: Sequence[Collection[str]], say: Say) -> list[Found]:
        """Count in every draw, once for each set of parts that are drawn, the rest as told.

        Parameters
        ----------
        sets_of_parts
            Of what :attr:`drawn` holds.
        say
            Told how many draws are done.
        """
        number = self._asked.draws
        # Made before many threads ask for them.
        for key in sorted(
            {self._way(n, parts)[:2] for n in range(number) for parts in sets_of_parts}, key=str
        ):
            say("everybody's way")
            _ = self._times(*key).as_told_s

        def draw(n: int) -> list[Parted]:
            searched: dict[tuple[str | None, float, bool], NDArray[np.float64]] = {}
            rows = []
            for parts in sets_of_parts:
                vintage, speed, ratio = self._way(n, parts)
                moved = "positions" in parts
                key = vintage, speed, moved
                if key not in searched:
                    times = self._times(vintage, speed)
                    searched[key] = times.seconds(n) if moved else times.as_told_s
                factors = None
                if self.residents is not None and "residents" in parts:
                    factors = self.residents.factors(n)[self.residents.unit]
                rows.append(self._parted(searched[key] / ratio, self._asked.minutes, factors))
            return rows

        drawn: list[list[Parted]] = []
        threads = kernels.available_cores()
        with ThreadPoolExecutor(threads) as pool:
            # An interruption waits for a few draws only.
            for start in range(0, number, 8 * threads):
                say(f"drawing, {start} of {number}")
                drawn += pool.map(draw, range(start, min(start + 8 * threads, number)))
        return [_joined(list(rows)) for rows in zip(*drawn, strict=True)]

    def _way(self, draw: int, parts: Collection[str]) -> tuple[str | None, float, float]:
        """Return the streets and the pace to search at, and by how much the draw is faster."""
        vintage = self._vintage[draw] if "streets" in parts else None
        if "pace" not in parts:
            return vintage, float(self._asked.traveller.speed_kmh), 1.0
        speed = self.pace.speeds_kmh[self.pace.searched[draw]]
        return vintage, speed, float(self.pace.ratio[draw])

    def _times(self, vintage: str | None, speed_kmh: float) -> DrawnTimes:
        """Return the times on the streets of a vintage, None for the city's own; made once."""
        asked, key = self._asked, (vintage, float(speed_kmh))
        if key not in self._known:
            own = speed_kmh == asked.traveller.speed_kmh
            reaching = Reaching.of(
                asked.city if vintage is None else asked.cities[vintage],
                asked.places,
                profile=asked.traveller if own else asked.traveller.with_(speed_kmh=key[1]),
            )
            self._known[key] = DrawnTimes(reaching, self.positions, limit_s=self._limit_s)
        return self._known[key]

    def _parted(
        self,
        seconds: NDArray[np.float64],
        minutes: float,
        factors: NDArray[np.float64] | None = None,
    ) -> Parted:
        within = in_time(seconds / 60, minutes)
        counts = self._counts if factors is None else self._counts * factors
        return {
            by: parted_by_zone(zone, point, within, counts, len(ids))
            for by, (ids, _, point, zone) in self._homes.items()
        }


def _joined(rows: Sequence[Parted]) -> Found:
    """Put draws one behind the other."""
    covered, uncovered = (
        {by: np.stack([row[by][part] for row in rows]) for by in rows[0]} for part in (0, 1)
    )
    return Found(covered, uncovered)

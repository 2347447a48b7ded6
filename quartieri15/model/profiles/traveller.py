"""What a traveller is: how fast, on what, past what, and what an edge costs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from quartieri15.arguments import is_finite, is_number, is_one_of
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.profiles import costs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    _BothWays = tuple[NDArray[np.bool_], NDArray[np.bool_]]

Mode = Literal["walk", "bike"]
Slope = Literal["flat", "tobler"]

_LOWEST: dict[str, tuple[float | None, str, str]] = {
    "speed_kmh": (None, "a traveller must move", "give a speed above 0 km/h"),
    "access_speed_kmh": (None, "a traveller must move", "give a speed above 0 km/h"),
    "steps_factor": (1, "stairs are never quicker than the level", "give a number of 1 or more"),
    "crossing_wide_road_s": (0, "nobody wins time by waiting", "give seconds, 0 or more"),
    "max_grade": (0, "a grade is rise over run", "give a fraction such as 0.08, or None"),
    "push_speed_kmh": (None, "a traveller must move", "give a speed above 0 km/h, or None"),
}
"""The numbers of a profile: the lowest value (None: above 0), and what to say of a lower one."""

OPTIONAL: Final = ("max_grade", "push_speed_kmh")
"""Numbers that may be None."""

FASTEST_KMH: Final[dict[str, float]] = {"walk": 15.0, "bike": 60.0}
"""Beyond these nobody travels through a city: a fast runner, and a racing cyclist downhill. A
higher number is another unit or a slip."""

_RIDDEN: Final = ("bicycle_forward", "bicycle_backward")

_TOLD_IN_NAME = (
    *("mode", "access_speed_kmh", "refusals", "slope", "steps_factor", "crossing_wide_road_s"),
    *("max_grade", "push_speed_kmh"),
)
"""Fields beside the speed that change a travel time, so that a name must tell them apart."""


@dataclass(frozen=True, kw_only=True)
class TravelProfile:
    """A kind of traveller.

    Speeds are assumptions about people, so each carries its source and each can be changed
    with :meth:`with_`.

    Parameters
    ----------
    name
        Short name used in tables, for example ``"walk_75"``.
    mode
        ``"walk"`` or ``"bike"``: which permissions of the streets apply.
    speed_kmh
        Pace along the streets, in km/h.
    access_speed_kmh
        Pace between a point and the street it belongs to, in km/h. A cyclist walks it.
    label_it, label_en
        What a published page calls this traveller.
    source
        Where the speed comes from.
    refusals
        What this traveller does not use: keys of :data:`costs.REFUSALS`, in any order. What a
        rule needs and no tag tells counts as usable;
        :func:`~quartieri15.model.profiles.unknown_km` counts it.
    slope
        ``"flat"``: slopes change nothing. ``"tobler"``: the hiking function of Tobler 1993
        with ``speed_kmh`` on the level; an edge without a known grade counts as level. For
        walking only.
    steps_factor
        How many times as long stairs take as the level; 1 or more. See
        :data:`costs.STEPS_FACTOR`.
    crossing_wide_road_s
        Seconds lost at each crossing of a wide road (:func:`costs.wide_crossings`), for walking
        only; :func:`costs.signal_wait_s` gives some. They are spread along the edges that lead
        to the crossing.
    max_grade
        The steepest slope taken, up or down, as rise over run; None for any.
    push_speed_kmh
        Pace of a cyclist who gets off and pushes, in km/h; None for one who never does. Who pushes
        is a pedestrian (Codice della Strada, art. 182 c. 4): wherever people may walk, also
        against a one-way street and through a pedestrian passage where riding is forbidden. Of
        riding and pushing the quicker is taken, edge by edge; getting off and on costs nothing.

        Stairs are never ridden. A bicycle is pushed over them, :data:`costs.STEPS_FACTOR` times as
        slowly or ``steps_factor`` times if that is more, only where the streets admit cycles to
        them (``bicycle=yes``: there is a ramp); nobody carries one. Rules about traffic
        (``stress_above_2``) bind who rides; rules about the ground, and ``max_grade``, bind the
        bicycle, ridden or pushed.

    Raises
    ------
    ParameterError
        If a value makes no sense: a speed that is not a positive number, or above
        :data:`FASTEST_KMH`, a rule of the other mode, stairs quicker than the level, lost seconds
        below 0, a grade above 1, a bicycle pushed faster than it is ridden.
    UnknownNameError
        If the mode, the kind of slope or a rule is not known.

    Examples
    --------
    >>> from quartieri15.model.profiles import WALK_75
    >>> slower = WALK_75.with_(speed_kmh=2.5)
    >>> slower.name, slower.speed_kmh, slower.access_speed_kmh
    ('walk_75 at 2.5 km/h', 2.5, 2.5)
    """

    name: str
    mode: Mode
    speed_kmh: float
    access_speed_kmh: float
    label_it: str
    label_en: str
    source: str
    refusals: tuple[str, ...] = ()
    slope: Slope = "flat"
    steps_factor: float = 1.0
    crossing_wide_road_s: float = 0.0
    max_grade: float | None = None
    push_speed_kmh: float | None = None

    def __post_init__(self) -> None:
        self._check_words()
        for field, (low, why, mend) in _LOWEST.items():
            value = _as_python(getattr(self, field))
            object.__setattr__(self, field, value)
            if field in OPTIONAL and value is None:
                continue
            enough = is_finite(value) and (value >= low if low is not None else value > 0)
            if is_number(value) and not is_finite(value):
                raise self._wrong(field, value, "it must be finite", "give a finite number")
            if not enough:
                raise self._wrong(field, value, why, mend)
        self._check_highest()
        # In one order, so that profiles that refuse the same are one and the same.
        refused = self._known_refusals(self.refusals)
        object.__setattr__(self, "refusals", refused)
        if self.mode == "bike":
            for field, neutral in (("slope", "flat"), ("crossing_wide_road_s", 0)):
                if (value := getattr(self, field)) != neutral:
                    raise self._wrong(
                        field, value, "it is known for walking only", f"leave it {neutral!r}"
                    )

    def _check_words(self) -> None:
        if not is_one_of(self.mode, ("walk", "bike")):
            raise UnknownNameError.among(self.mode, ["walk", "bike"], kind="mode")
        if not is_one_of(self.slope, ("flat", "tobler")):
            raise UnknownNameError.among(self.slope, ["flat", "tobler"], kind="slope")
        for field in ("name", "label_it", "label_en", "source"):
            value = getattr(self, field)
            if not isinstance(value, str) or not value.strip():
                raise self._wrong(field, value, "a profile must say it", "give a text")

    def _check_highest(self) -> None:
        fastest = FASTEST_KMH[self.mode]
        how = "on foot" if self.mode == "walk" else "by bike"
        for field in ("speed_kmh", "access_speed_kmh"):
            if (value := getattr(self, field)) > fastest:
                why = f"nobody travels {how} at more than {fastest:g} km/h"
                raise self._wrong(field, value, why, "give km/h, such as 3.2")
        if self.max_grade is not None and self.max_grade > 1:
            why = "a grade is rise over run, at most 1"
            raise self._wrong("max_grade", self.max_grade, why, "give a fraction: 8 % is 0.08")

        if self.push_speed_kmh is None:
            return
        if self.mode == "walk":
            why = "nobody pushes anything on foot"
            raise self._wrong("push_speed_kmh", self.push_speed_kmh, why, "leave it None")
        if self.push_speed_kmh > min(self.speed_kmh, FASTEST_KMH["walk"]):
            why = "nobody pushes a bicycle faster than they ride it, or than people run"
            mend = "give a lower speed, or None for a traveller who never pushes"
            raise self._wrong("push_speed_kmh", self.push_speed_kmh, why, mend)

    def _known_refusals(self, rules: object) -> tuple[str, ...]:
        if not isinstance(rules, tuple | list):
            raise self._wrong("refusals", rules, "it is no list of rules", "give a tuple of names")
        for rule in rules:
            if not isinstance(rule, str):
                raise self._wrong("refusals", rules, "a rule is a text", "give a tuple of names")
            if rule not in costs.REFUSALS:
                raise UnknownNameError.among(rule, costs.REFUSALS, kind="refusal")
            if costs.OF_ONE_MODE.get(rule, self.mode) != self.mode:
                raise self._wrong(
                    "refusals",
                    rule,
                    f"this rule is for mode {costs.OF_ONE_MODE[rule]!r}",
                    "leave it out",
                )
        return tuple(rule for rule in costs.REFUSALS if rule in rules)

    def _wrong(self, field: str, value: object, why: str, mend: str) -> ParameterError:
        return ParameterError(
            f"{field} is {value!r}, but {why}", where=f"profile {self.name!r}", mend=mend
        )

    def with_(self, **changes: Any) -> TravelProfile:
        """Return a copy with some fields changed.

        Parameters
        ----------
        **changes
            Any field of the profile. A new ``speed_kmh`` is told in the name and in the
            source unless those are given too; someone who walks also walks the access leg
            at the new speed, and pushes no bicycle. Whatever else changes a travel time is told
            in the name.

        Returns
        -------
        TravelProfile

        Raises
        ------
        ParameterError
            If a value makes no sense.
        UnknownNameError
            If there is no such field.

        Examples
        --------
        >>> from quartieri15.model.profiles import WALK_75
        >>> WALK_75.with_(slope="tobler", crossing_wide_road_s=20).name
        'walk_75, slope tobler, crossing_wide_road_s 20'
        """
        fields = [field.name for field in dataclasses.fields(self)]
        unknown = set(changes) - set(fields)
        if unknown:
            raise UnknownNameError.among(min(unknown), fields, kind="profile field")
        speed = changes.get("speed_kmh", self.speed_kmh)
        if is_number(speed) and speed != self.speed_kmh:
            changes.setdefault("source", "speed chosen by the user")
            access = _access_after(self, speed, changes.get("mode", self.mode))
            changes.setdefault("access_speed_kmh", access)
        if is_one_of(changes.get("mode"), ("walk",)):
            changes.setdefault("push_speed_kmh", None)
        if "name" in changes:
            return dataclasses.replace(self, **changes)
        copy = dataclasses.replace(self, **changes)
        return dataclasses.replace(copy, name=_name_after(self, copy))

    def to_yaml(self, path: str | Path) -> None:
        """Write the profile to a YAML file that :meth:`from_yaml` reads back exactly.

        Parameters
        ----------
        path
            The file; one that is there is replaced.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        from quartieri15.model.profiles import files

        files.write(self, path)

    @classmethod
    def from_yaml(cls, path: str | Path) -> TravelProfile:
        """Read a profile from a YAML file.

        Parameters
        ----------
        path
            A file with one mapping of fields of a profile. With ``based_on`` and the name of
            a profile of the library, the fields that are not given are taken over from it.

        Returns
        -------
        TravelProfile

        Raises
        ------
        MissingFileError
            If there is no such file.
        InputError
            If the file is no YAML, holds no mapping or several, has a key that is no field or
            stands twice, lacks a field, or a value of the wrong type or without sense.
        """
        from quartieri15.model.profiles import files

        return files.read(path)

    @property
    def speed_m_s(self) -> float:
        """Pace along the streets in metres per second."""
        return self.speed_kmh / 3.6

    @property
    def access_speed_m_s(self) -> float:
        """Pace off the streets in metres per second."""
        return self.access_speed_kmh / 3.6

    @property
    def scales_with_pace(self) -> bool:
        """Whether a time at half the pace is exactly twice the time, the access leg included."""
        paces = {self.speed_kmh, self.access_speed_kmh, self.push_speed_kmh or self.speed_kmh}
        return self.crossing_wide_road_s == 0 and len(paces) == 1

    def allowed(
        self, edges: pd.DataFrame, nodes: pd.DataFrame | None = None
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell which edges may be travelled from u to v, and which from v to u.

        Parameters
        ----------
        edges
            The edges of a :class:`~quartieri15.model.streets.StreetNetwork`.
        nodes
            Its nodes, whose kerbs the rule ``raised_kerbs`` reads.

        Returns
        -------
        tuple of numpy.ndarray
            Two boolean arrays, one value per edge: along the drawn direction, against it.
        """
        if self.mode == "walk":
            return self._open(edges, nodes, ("foot", "foot"), self.refusals)
        ways = zip(self._ridden(edges, nodes), self._pushed(edges, nodes), strict=True)
        forward, backward = (ridden | pushed for ridden, pushed in ways)
        return forward, backward

    def _open(
        self,
        edges: pd.DataFrame,
        nodes: pd.DataFrame | None,
        columns: tuple[str, str],
        refusals: tuple[str, ...],
    ) -> _BothWays:
        """Tell what two columns of permission, some rules and the slope leave open."""
        _require_columns(edges, *columns)
        if nodes is not None:
            _require_columns(nodes, where="nodes")
        forward, backward = (edges[column].to_numpy(dtype=bool) for column in columns)
        if not refusals and self.max_grade is None:
            return forward, backward
        open_ = ~costs.refused(edges, refusals, nodes)
        if self.max_grade is not None:
            # NaN is above nothing: an unknown grade closes no street.
            open_ &= ~(np.abs(costs.grades(edges)) > self.max_grade)
        return forward & open_, backward & open_

    def _ridden(self, edges: pd.DataFrame, nodes: pd.DataFrame | None) -> _BothWays:
        level = ~costs.stairs(edges)
        forward, backward = self._open(edges, nodes, _RIDDEN, self.refusals)
        return forward & level, backward & level

    def _pushed(self, edges: pd.DataFrame, nodes: pd.DataFrame | None) -> _BothWays:
        if self.push_speed_kmh is None:
            nowhere = np.zeros(len(edges), dtype=bool)
            return nowhere, nowhere
        stairs = costs.stairs(edges)
        # On the pavement the traffic of the street is no matter.
        rules = tuple(rule for rule in self.refusals if rule not in costs.MOST_STRESS)
        walked, _ = self._open(edges, nodes, ("foot", "foot"), rules)
        forward, backward = self._open(edges, nodes, _RIDDEN, rules)
        return np.where(stairs, forward, walked), np.where(stairs, backward, walked)

    def seconds(
        self, edges: pd.DataFrame, nodes: pd.DataFrame | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Tell how long each edge takes in either direction.

        Parameters
        ----------
        edges
            The edges of a :class:`~quartieri15.model.streets.StreetNetwork`.
        nodes
            Its nodes, whose kerbs the rule ``raised_kerbs`` reads.

        Returns
        -------
        tuple of numpy.ndarray
            Seconds from u to v and from v to u, one value per edge; infinite where the
            traveller may not go.

        Examples
        --------
        >>> from quartieri15.model.profiles import WALK_ADULT
        >>> import pandas as pd
        >>> street = pd.DataFrame({"length_m": [100.0], "foot": [True], "grade": [0.1]})
        >>> [round(float(s[0]), 1) for s in WALK_ADULT.with_(slope="tobler").seconds(street)]
        [113.5, 80.0]
        """
        _require_columns(edges, "length_m")
        length_m = edges["length_m"].to_numpy(dtype=float)
        if self.mode == "bike":
            return self._seconds_of_a_bicycle(length_m, edges, nodes)
        level = length_m / self.speed_m_s
        if self.steps_factor != 1:
            level = level * np.where(costs.stairs(edges), self.steps_factor, 1.0)
        up = down = level
        if self.slope == "tobler":
            # The slope of stairs is what steps_factor is about.
            grade = np.where(costs.stairs(edges), np.nan, costs.grades(edges))
            up, down = level * costs.tobler_factor(grade), level * costs.tobler_factor(-grade)
        if self.crossing_wide_road_s:
            lost = self.crossing_wide_road_s * costs.wide_crossings(edges)
            up, down = up + lost, down + lost
        forward, backward = self.allowed(edges, nodes)
        return np.where(forward, up, np.inf), np.where(backward, down, np.inf)

    def _seconds_of_a_bicycle(
        self,
        length_m: NDArray[np.float64],
        edges: pd.DataFrame,
        nodes: pd.DataFrame | None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the seconds of riding, or of pushing where that is all that is open."""
        ride = length_m / self.speed_m_s
        forward, backward = (np.where(way, ride, np.inf) for way in self._ridden(edges, nodes))
        if self.push_speed_kmh is None:
            return forward, backward
        slower = max(self.steps_factor, costs.STEPS_FACTOR)
        push = length_m / (self.push_speed_kmh / 3.6)
        push = push * np.where(costs.stairs(edges), slower, 1.0)
        there, back = (np.where(way, push, np.inf) for way in self._pushed(edges, nodes))
        return np.minimum(forward, there), np.minimum(backward, back)


def _require_columns(table: object, *columns: str, where: str = "edges") -> None:
    """Refuse what is no table, or one that lacks a column."""
    missing = [name for name in columns if not isinstance(table, pd.DataFrame) or name not in table]
    if missing or not isinstance(table, pd.DataFrame):
        raise InputError(
            f"a {type(table).__name__} without {', '.join(missing) or 'columns'} was given",
            where=where,
            mend="give city.streets.edges and city.streets.nodes",
        )


def _as_python(value: Any) -> Any:
    """Return a number of numpy as one of Python, which compares, prints and is written alike."""
    if isinstance(value, np.integer):
        return int(value)
    return float(value) if isinstance(value, np.floating) else value


def _access_after(before: TravelProfile, speed_kmh: float, mode: Mode) -> float:
    """Return the pace off the streets that goes with a new pace, unless another is given."""
    on_foot = before.mode == "walk" and is_one_of(mode, ("walk",))
    alike = before.access_speed_kmh == before.speed_kmh
    return speed_kmh if on_foot and alike else before.access_speed_kmh


def _name_after(before: TravelProfile, after: TravelProfile) -> str:
    """Name a changed profile after the one it was, with what is different."""
    head, *details = before.name.split(", ")
    if after.speed_kmh != before.speed_kmh:
        head = f"{head.split(' at ')[0]} at {after.speed_kmh} km/h"
    for field in _TOLD_IN_NAME:
        value, usual = getattr(after, field), getattr(before, field)
        if field == "push_speed_kmh" and after.mode == "walk":
            continue
        if field == "access_speed_kmh":
            usual = _access_after(before, after.speed_kmh, after.mode)
        if value == usual:
            continue
        details = [detail for detail in details if not detail.startswith(f"{field} ")]
        if isinstance(value, tuple):
            value = "+".join(value) or "none"
        details.append(f"{field} {value}")
    return ", ".join([head, *details])

"""Who travels: how fast, on what, and with which citation."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from quartieri15.errors import ParameterError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Mode = Literal["walk", "bike"]


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

    Raises
    ------
    ParameterError
        If a speed is not a positive, finite number, or the mode is unknown.

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

    def __post_init__(self) -> None:
        if self.mode not in ("walk", "bike"):
            raise UnknownNameError.among(self.mode, ["walk", "bike"], kind="mode")
        for field in ("speed_kmh", "access_speed_kmh"):
            value = getattr(self, field)
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise ParameterError(
                    f"{field} is {value!r}, but a traveller must move",
                    where=f"profile {self.name!r}",
                    mend="give a speed above 0 km/h",
                )

    def with_(self, **changes: Any) -> TravelProfile:
        """Return a copy with some fields changed.

        Parameters
        ----------
        **changes
            Any field of the profile. A new ``speed_kmh`` is told in the name and in the
            source unless those are given too; someone who walks also walks the access leg
            at the new speed.

        Returns
        -------
        TravelProfile
        """
        unknown = set(changes) - {field.name for field in dataclasses.fields(self)}
        if unknown:
            known = [field.name for field in dataclasses.fields(self)]
            raise UnknownNameError.among(min(unknown), known, kind="profile field")
        speed = changes.get("speed_kmh", self.speed_kmh)
        if speed != self.speed_kmh:
            changes.setdefault("name", f"{self.name.split(' at ')[0]} at {speed} km/h")
            changes.setdefault("source", "speed chosen by the user")
            if self.mode == "walk" and self.access_speed_kmh == self.speed_kmh:
                changes.setdefault("access_speed_kmh", speed)
        return dataclasses.replace(self, **changes)

    @property
    def speed_m_s(self) -> float:
        """Pace along the streets in metres per second."""
        return self.speed_kmh / 3.6

    @property
    def access_speed_m_s(self) -> float:
        """Pace off the streets in metres per second."""
        return self.access_speed_kmh / 3.6

    def allowed(self, edges: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell which edges may be travelled from u to v, and which from v to u.

        Parameters
        ----------
        edges
            The edges of a :class:`~quartieri15.model.streets.StreetNetwork`.

        Returns
        -------
        tuple of numpy.ndarray
            Two boolean arrays, one value per edge: along the drawn direction, against it.
        """
        if self.mode == "walk":
            foot = edges["foot"].to_numpy(dtype=bool)
            return foot, foot
        return (
            edges["bicycle_forward"].to_numpy(dtype=bool),
            edges["bicycle_backward"].to_numpy(dtype=bool),
        )

    def seconds(self, edges: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Tell how long each edge takes in either direction.

        Parameters
        ----------
        edges
            The edges of a :class:`~quartieri15.model.streets.StreetNetwork`.

        Returns
        -------
        tuple of numpy.ndarray
            Seconds from u to v and from v to u, one value per edge; infinite where the
            traveller may not go.
        """
        seconds = edges["length_m"].to_numpy(dtype=float) / self.speed_m_s
        forward, backward = self.allowed(edges)
        return np.where(forward, seconds, np.inf), np.where(backward, seconds, np.inf)

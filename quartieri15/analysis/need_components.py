"""What tells need: shares and figures of zones, each with its direction and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.analysis.counting import per
from quartieri15.analysis.distributions import LARGEST
from quartieri15.arguments import is_one_of, is_whole, require_text, several, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class NeedComponent:
    """One thing that tells need.

    Parameters
    ----------
    name
        What it is called.
    of
        A group of the city, a column of numbers of the zones, or one of a table of one's own.
    per
        What ``of`` is a share of, found in the same way; None where it is a figure by itself.
    direction
        1 where more of it means more need, -1 where it means less.
    why
        Why it tells need.

    Raises
    ------
    ParameterError
        If a name is no text, or the direction neither 1 nor -1.

    Examples
    --------
    >>> NeedComponent(name="minors", of="minors", per="residents").direction
    1
    """

    name: str
    of: str
    per: str | None = None
    direction: int = 1
    why: str = "stated by the user"

    def __post_init__(self) -> None:
        for field in ("name", "of", "why"):
            require_text(getattr(self, field), where=f"component, {field}")
        if self.per is not None:
            require_text(self.per, where="component, per")
        if not is_whole(self.direction) or self.direction not in (1, -1):
            raise ParameterError(
                f"direction is {shown(self.direction)}",
                where=f"component {self.name!r}",
                mend="give 1 where more of it means more need, -1 where it means less",
            )


COMPONENTS: Final[Mapping[str, NeedComponent]] = {
    one.name: one
    for one in (
        NeedComponent(
            name="over75",
            of="over75",
            per="residents",
            why="55 % of the members of the former CSRC are 76 or older, and few of them walk far",
        ),
        NeedComponent(
            name="over65_alone",
            of="over65_alone",
            per="over65",
            why="nobody at home to turn to, which a house can make up for",
        ),
        NeedComponent(
            name="foreign",
            of="foreign",
            per="residents",
            why="an assumption: more often new to the city, its language and its offices",
        ),
        NeedComponent(
            name="renting",
            of="renting_households",
            per="households",
            why="of what the city counts the nearest to income; not owning one's home is a "
            "component of Townsend, Phillimore and Beattie 1988, Health and Deprivation",
        ),
    )
}
"""The components of the index by default, by name."""


def components_named(components: object) -> list[NeedComponent]:
    """Return components of need, by name or as given; all of :data:`COMPONENTS` for None.

    Raises
    ------
    UnknownNameError, ParameterError
        If one is not known, none is named, or one is named twice.
    """
    wanted = list(COMPONENTS.values()) if components is None else several(components)
    chosen = []
    for one in wanted:
        if isinstance(one, NeedComponent):
            chosen.append(one)
        elif is_one_of(one, COMPONENTS):
            chosen.append(COMPONENTS[one])
        else:
            raise UnknownNameError.among(shown(one), COMPONENTS, kind="component of need")
    names = [one.name for one in chosen]
    if not names or len(set(names)) < len(names):
        raise ParameterError(
            "a component stands twice" if names else "no component is named",
            where="components",
            mend=f"name each once, such as {', '.join(COMPONENTS)}",
        )
    return chosen


def value_of(component: NeedComponent, columns: pd.DataFrame) -> NDArray[np.float64]:
    """Return a component of every zone, missing where it is a share of nothing.

    Raises
    ------
    UnknownNameError
        If a figure that it is made of is not known.
    InputError
        If one is infinite, or too large to reckon with.
    """
    found = []
    for name in (component.of, *([] if component.per is None else [component.per])):
        if name not in columns.columns:
            raise UnknownNameError.among(
                name, map(str, columns.columns), kind="figure", where=f"component {component.name}"
            )
        figure = columns[name].to_numpy(dtype=float)
        found.append(_in_range(figure, columns.index, f"figure {name}"))
    if component.per is None:
        return found[0]
    with np.errstate(over="ignore"):
        return _in_range(per(*found), columns.index, f"component {component.name}")


def _in_range(figure: NDArray[np.float64], zones: pd.Index, where: str) -> NDArray[np.float64]:
    """Return figures of zones, or say which one is too large."""
    beyond = abs(figure) > LARGEST
    if beyond.any():
        raise InputError(
            f"it is {figure[beyond][0]:g}, beyond {LARGEST:g}",
            where=f"{where}, zone {zones[beyond][0]}",
            mend="give a number, or leave it missing",
        )
    return figure

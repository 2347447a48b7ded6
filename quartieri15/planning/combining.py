"""Several scenarios as one: in which order they are made, and what is then true of the whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.planning.sources import place_of_edit, place_of_name
from quartieri15.planning.wording import joined_wordings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quartieri15.planning.scenario import Scenario


def joined(scenarios: Sequence[Scenario]) -> Scenario:
    """Return scenarios as one, their edits in the order given."""
    names = [one.name for one in scenarios]
    days = [one.date for one in scenarios if one.date is not None]
    costs = [one.cost_eur for one in scenarios]
    sources = dict.fromkeys(one.cost_source for one in scenarios)
    parameters: dict[str, Any] = {}
    for one in scenarios:
        for key, value in one.parameters.items():
            same = parameters.get(key, value) == value
            parameters[key if same else f"{one.name}: {key}"] = value
    return replace(
        scenarios[0],
        name=", then ".join(names),
        edits=tuple(edit for one in scenarios for edit in one.edits),
        date=max(days, default=None),
        until=None,
        description=joined_wordings([one.description for one in scenarios], " "),
        cost_eur=None if None in costs else float(sum(cost or 0.0 for cost in costs)),
        cost_source=joined_wordings(sources, "; "),
        assumptions=tuple(dict.fromkeys(a for one in scenarios for a in one.assumptions)),
        requires=tuple(
            dict.fromkeys(r for one in scenarios for r in one.requires if r not in names)
        ),
        conflicts=tuple(dict.fromkeys(c for one in scenarios for c in one.conflicts)),
        parameters=parameters,
        made_of=tuple(name for one in scenarios for name in (*one.made_of, one.name)),
        sources=tuple(place_of_edit(one, i) for one in scenarios for i in range(len(one.edits))),
        named_at={place: where for one in scenarios for place, where in one.named_at.items()},
        undoes=None,
    )


def with_required(scenario: Scenario, others: Sequence[Scenario]) -> Scenario:
    """Return a scenario after those it requires, under its own name.

    Parameters
    ----------
    scenario
        The scenario, one of the others.
    others
        What is at hand.

    Raises
    ------
    InputError
        If one that is required is not at hand, or two of them conflict.
    """
    if not scenario.requires:
        return scenario
    by_name = {other.name: other for other in others}
    needed, left = {scenario.name}, list(scenario.requires)
    while left:
        name = left.pop()
        if name in by_name and name not in needed:
            needed.add(name)
            left += by_name[name].requires
    chosen = [other for other in others if other.name in needed]
    require_no_conflict(chosen)
    return replace(joined(in_order(chosen)), name=scenario.name)


def in_order(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Sort scenarios by what they require, then by date, then as given."""
    names = [one.name for one in scenarios]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"two scenarios are called {twice}", where="scenarios", mend="rename one")
    by_name = {one.name: one for one in scenarios}
    for one in scenarios:
        for needed in one.requires:
            if needed not in by_name:
                near = UnknownNameError.among(needed, by_name, kind="scenario")
                raise InputError(
                    f"{one.name} requires {needed}, which is not there",
                    where=place_of_name(one, "requires", needed),
                    mend=f"add it ({near.mend})" if len(by_name) > 1 else "add it",
                )
            before = by_name[needed].date
            if before is not None and one.date is not None and before > one.date:
                raise InputError(
                    f"{one.name} ({one.date}) requires {needed}, which comes later ({before})",
                    where=place_of_name(one, "requires", needed),
                    mend="correct one of the two dates",
                )
    left = sorted(scenarios, key=lambda one: (one.date or dt.date.min, scenarios.index(one)))
    ordered: list[Scenario] = []
    while left:
        done = {one.name for one in ordered}
        ready = [one for one in left if done.issuperset(one.requires)]
        if not ready:
            circle = _circle(left)
            first = next(one for one in left if one.name == circle[0])
            raise InputError(
                f"they require each other in a circle: {' requires '.join(circle)}",
                where=place_of_name(first, "requires", circle[1]),
                mend="leave one of the requirements out",
            )
        ordered.append(ready[0])
        left.remove(ready[0])
    return ordered


def _circle(scenarios: Sequence[Scenario]) -> list[str]:
    """Name scenarios that require each other, from one back to itself."""
    by_name = {one.name: one for one in scenarios}
    path = [scenarios[0].name]
    while True:
        following = next(name for name in by_name[path[-1]].requires if name in by_name)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)


def require_no_conflict(scenarios: Sequence[Scenario]) -> None:
    """Refuse scenarios of which one says that it cannot be together with another."""
    names = {one.name for one in scenarios}
    for one in scenarios:
        for other in one.conflicts:
            if other in names and other != one.name:
                raise InputError(
                    f"{one.name} conflicts with {other}",
                    where=place_of_name(one, "conflicts", other),
                    mend="take one of the two",
                )

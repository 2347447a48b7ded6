"""Names of published files, made of what they are about."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from quartieri15.arguments import several, shown
from quartieri15.errors import InputError
from quartieri15.planning.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMELESS: Final = "senza-nome"


def slug_of(text: object) -> str:
    """Return a text as part of the name of a file: small letters, digits and hyphens.

    A text that has none of them is :data:`NAMELESS`.

    Examples
    --------
    >>> slug_of("Forlanini – Salomone"), slug_of("?")
    ('forlanini-salomone', 'senza-nome')
    """
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or NAMELESS


def scenario_slug(name: str) -> str:
    """Return the name of the file about a scenario, without its ending."""
    return f"scenario-{slug_of(name)}"


def require_scenarios(given: Scenario | Iterable[Scenario]) -> list[Scenario]:
    """Return scenarios, each of which has a file of its own.

    Raises
    ------
    InputError
        If something is no scenario, or two would have one file.
    """
    scenarios = several(given)
    names = set()
    for one in scenarios:
        if not isinstance(one, Scenario):
            raise InputError(
                f"{shown(one)} is no scenario",
                where="scenarios",
                mend="give scenarios, for example Scenario.from_file(path)",
            )
        name = scenario_slug(one.name)
        if name in names:
            raise InputError(
                f"two scenarios would have one file, {name}",
                where="scenarios",
                mend="give each its own name",
            )
        names.add(name)
    return scenarios

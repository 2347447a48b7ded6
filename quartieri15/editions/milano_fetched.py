"""Which raw files of Milano are newer than those the recipe was written for, and how old.

The folder of raw files says so itself, in ``fetched.json``, so that it can be built again as it
is. Without that file every raw file must be the one that the recipe knows, to the last person.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.editions import milano_people
from quartieri15.editions.milano_feeds import CHANGES, STREETS
from quartieri15.errors import InputError
from quartieri15.sources import tabular
from quartieri15.sources.completeness import newer
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

FILE: Final = "fetched.json"
_FORMAT: Final = 1
_YEAR_2021: Final = 2021
_PEOPLE = (milano_people.AGES, milano_people.FOREIGN, milano_people.HOUSEHOLDS)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """Where a newer raw file is from.

    Parameters
    ----------
    vintage
        From when it is, as its publisher states it, such as ``"2026-09-01"``.
    origin
        The address it came from, or the name of the file that was given.
    fetched
        When it came (ISO 8601, UTC).
    """

    vintage: str
    origin: str
    fetched: str


def read_fetched(sources: str | Path) -> dict[str, Fetched]:
    """Return the newer files among the raw ones; none where the folder does not say.

    Raises
    ------
    InputError
        If the file is not what :func:`write_fetched` writes.
    """
    path = Path(sources) / FILE
    if not path.is_file():
        return {}
    said = tabular.read_json(path)
    try:
        if said["format"] != _FORMAT:
            raise ValueError  # noqa: TRY301
        found = {name: Fetched(**told) for name, told in said["files"].items()}
        if any(type(text) is not str for one in found.values() for text in asdict(one).values()):
            raise ValueError  # noqa: TRY301
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(
            "it does not say which files are newer, and from where",
            where=str(path),
            mend="make the folder again with: quartieri15 update milano",
        ) from None
    unknown = sorted(found.keys() - CHANGES.keys())
    if unknown:
        raise InputError(
            f"{unknown[0]} is no file that may be newer",
            where=str(path),
            mend=f"name only {', '.join(CHANGES)}",
        )
    return found


def write_fetched(fetched: Mapping[str, Fetched], folder: str | Path) -> None:
    """Write which files of a folder are newer, for :func:`read_fetched`."""
    said: dict[str, Any] = {
        "format": _FORMAT,
        "files": {name: asdict(one) for name, one in sorted(fetched.items())},
    }
    with replacing_file(Path(folder) / FILE) as unfinished:
        unfinished.write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")


def allowed(fetched: Mapping[str, Fetched]) -> AbstractContextManager[None]:
    """Let the totals of the newer files change, as far as can be true."""
    return newer({name: CHANGES[name] for name in fetched})


def vintages(
    stated: Mapping[str, str], fetched: Mapping[str, Fetched], year: int
) -> dict[str, str]:
    """Return from when the parts of an edition are.

    Parameters
    ----------
    stated
        From when they are with the raw files that the recipe knows.
    fetched
        The newer files.
    year
        That of the figures per NIL.

    Examples
    --------
    >>> one = Fetched(vintage="2026-11-20", origin="Overpass", fetched="2026-11-21T08:00:00Z")
    >>> vintages({"streets": "2022-06; beyond that extract 2021-08"}, {STREETS: one}, 2021)
    {'streets': '2026-11-20; beyond that extract 2021-08'}
    """
    found = dict(stated)

    def put(part: str, old: str, new: str) -> None:
        if part in found:
            found[part] = re.sub(old, new, found[part])

    if year != _YEAR_2021:
        for part in ("residents", "renting_households", "nil_figures"):
            put(part, r"(?<!-)\b2021\b(?!-)", str(year))
    for file, part, old in (
        (STREETS, "streets", "^2022-06"),
        (STREETS, "open_spaces", r"(?<=streets around them )2022"),
        (milano_people.NIL, "nil", "^2020$"),
        (milano_people.NIL, "open_spaces", r"(?<=NIL )2020"),
        (milano_people.MUNICIPI, "municipi", "^2020$"),
        (milano_people.CIVICS, "addresses", "^2020-03$"),
        (milano_people.CIVICS, "residents", r"(?<=addresses )2020"),
    ):
        if file in fetched:
            put(part, old, fetched[file].vintage)
    if STREETS in fetched:
        put("open_spaces", "buildings and", "buildings 2022;")
    return found


def sources_table(
    stated: Mapping[str, tuple[str, str, str, str]], fetched: Mapping[str, Fetched], year: int
) -> dict[str, tuple[str, str, str, str]]:
    """Return the raw files with what they are, publisher, licence and vintage, newer ones too."""
    table = dict(stated)
    for name, (what, publisher, licence, vintage) in stated.items():
        if name in fetched:
            vintage = fetched[name].vintage  # noqa: PLW2901
        if name in _PEOPLE and year != _YEAR_2021:
            vintage = str(year)  # noqa: PLW2901
        table[name] = (what, publisher, licence, vintage)
    return table

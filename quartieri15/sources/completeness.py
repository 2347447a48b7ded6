"""Whether a published table is all there: its rows, and what they add up to.

A file that was cut off reads well to its last line. What it must hold is stated by whoever knows
the file: the recipe of an edition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_NAMED = 10


def require_ids(
    found: Iterable[int], expected: Collection[int], *, kind: str, where: str, mend: str
) -> None:
    """Refuse a table in which an expected id is missing, or that has one nobody expects.

    Parameters
    ----------
    found, expected
        Ids that are there, and that must be.
    kind
        What an id stands for, in the plural: ``"NIL"``.
    where, mend
        For the message.

    Raises
    ------
    InputError
        With the ids that are missing or unknown; the first ten of many.

    Examples
    --------
    >>> require_ids([1, 2], range(1, 5), kind="NIL", where="ages.csv", mend="fetch it again")
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: ages.csv: 2 of 4 NIL are missing: 3, 4. Mend: fetch it again.
    """
    here, wanted = set(found), set(expected)
    missing, unknown = sorted(wanted - here), sorted(here - wanted)
    if missing:
        raise InputError(
            f"{len(missing)} of {len(wanted)} {kind} are missing: {_listed(missing)}",
            where=where,
            mend=mend,
        )
    if unknown:
        raise InputError(f"there are no {kind} {_listed(unknown)}", where=where, mend=mend)


def require_totals(
    found: Mapping[str, float],
    stated: Mapping[str, float],
    *,
    source: str,
    where: str,
    mend: str,
    tolerance: float = 0.0,
) -> None:
    """Refuse a table that does not add up to what is stated of it.

    Parameters
    ----------
    found
        What the table adds up to. What is not stated is not looked at.
    stated
        What it must add up to, by what is counted.
    source
        Who states it.
    where, mend
        For the message.
    tolerance
        How far apart the two may be.

    Raises
    ------
    InputError
        With every total that differs.

    Examples
    --------
    >>> require_totals(
    ...     {"residents": 693_000.0},
    ...     {"residents": 1_386_285},
    ...     source="Comune di Milano, 2021",
    ...     where="ages.csv",
    ...     mend="fetch it again",
    ... )
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: ages.csv: residents: 693,000 are in the file and 1,386,285 \
are stated (Comune di Milano, 2021). Mend: fetch it again.
    """
    differ = [
        f"{name}: {_counted(found[name])} are in the file and {_counted(total)} are stated"
        for name, total in stated.items()
        # Not <=, so that what is no number differs too.
        if not abs(found[name] - total) <= tolerance
    ]
    if differ:
        raise InputError(f"{'; '.join(differ)} ({source})", where=where, mend=mend)


def _counted(value: float) -> str:
    return f"{value:,.0f}" if value == round(value, 3) // 1 else f"{value:,.3f}"


def _listed(ids: list[int]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(map(str, ids[:_NAMED])) + more

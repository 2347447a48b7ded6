"""Whether a published table is all there: its rows, and what they add up to.

A file that was cut off reads well to its last line. What it must hold is stated by whoever knows
the file: the recipe of an edition.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from quartieri15.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_NAMED = 10
FEW: Final = 200
"""Counts up to this many may change to anything up to twice as much in a newer file."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """How far the totals of a newer file may be from those of the one it takes the place of.

    Parameters
    ----------
    less, more
        Shares of the former total: 0.1 for a tenth.
    """

    less: float
    more: float


_NEWER: ContextVar[Mapping[str, Change]] = ContextVar("newer", default=MappingProxyType({}))


@contextmanager
def newer(files: Mapping[str, Change]) -> Iterator[None]:
    """Let the totals of some files change within this block, as a newer edition of them has it.

    What their publisher states of the older file then only tells what can be true of the newer
    one. Ids are still to be complete.

    Parameters
    ----------
    files
        How much each may change, by what messages call it (``where``).

    Examples
    --------
    >>> stated = {"residents": 1_386_285}
    >>> with newer({"ages.csv": Change(less=0.05, more=0.1)}):
    ...     require_totals({"residents": 1_407_044}, stated, source="2021", where="ages.csv",
    ...         mend="fetch it again")
    """
    before = _NEWER.set({**_NEWER.get(), **files})
    try:
        yield
    finally:
        _NEWER.reset(before)


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
        How far apart the two may be; a newer file may be farther (:func:`newer`).

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
    change = _NEWER.get().get(where)
    differ = []
    for name, total in stated.items():
        low, high = total - tolerance, total + tolerance
        if change is not None:
            few = 0 < total <= FEW
            low = min(low, 0 if few else total * (1 - change.less))
            high = max(high, 2 * FEW if few else total * (1 + change.more))
        # Not < or >, so that what is no number differs too.
        if not low <= found[name] <= high:
            differ.append(
                f"{name}: {_counted(found[name])} are in the file and {_counted(total)} are stated"
            )
    if differ:
        raise InputError(f"{'; '.join(differ)} ({source})", where=where, mend=mend)


def _counted(value: float) -> str:
    return f"{value:,.0f}" if value == round(value, 3) // 1 else f"{value:,.3f}"


def _listed(ids: list[int]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(map(str, ids[:_NAMED])) + more

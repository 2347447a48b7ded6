"""Everything that can go wrong, said so that a planner can mend it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Quartieri15Error(Exception):
    """Base of every error this library raises on purpose.

    Parameters
    ----------
    what
        What is wrong, in one sentence.
    where
        The file, row, column or parameter it is wrong in.
    mend
        What the reader can do about it.

    Examples
    --------
    >>> print(InputError("a count is negative", where="nil.csv, row 3", mend="correct it"))
    nil.csv, row 3: a count is negative. Mend: correct it.
    """

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        text = text.rstrip(".") + "."
        if not self.mend:
            return text
        # A mend may ask: did you mean this?
        return (
            f"{text} Mend: {self.mend if self.mend.endswith('?') else self.mend.rstrip('.') + '.'}"
        )


class InputError(Quartieri15Error, ValueError):
    """A file or a table does not say what it must."""


class MissingFileError(Quartieri15Error, FileNotFoundError):
    """A file that is needed is not there."""


class ParameterError(Quartieri15Error, ValueError):
    """A parameter has a value that makes no sense."""


class UnknownNameError(Quartieri15Error, LookupError):
    """A name (profile, group, zone, city, set of places) that nobody knows.

    Examples
    --------
    >>> print(UnknownNameError.among("wolk_75", ["walk_75", "walk_65"], kind="profile"))
    unknown profile 'wolk_75'. Mend: did you mean walk_75, walk_65?
    >>> print(UnknownNameError.among("csrc2", ["CSRC-02", "CAM-12"], kind="place", where="closed"))
    closed: unknown place 'csrc2'. Mend: did you mean CSRC-02?
    """

    @classmethod
    def among(
        cls, name: object, known: Iterable[str], *, kind: str, where: str | None = None
    ) -> UnknownNameError:
        """Say which known names are nearest to an unknown one, in capitals or not."""
        names = list(known)
        small = {known_name.lower(): known_name for known_name in names}
        near = difflib.get_close_matches(str(name).lower(), small, n=3, cutoff=0.5)
        near = [small[match] for match in near]
        mend = f"did you mean {', '.join(near)}?" if near else f"use one of {', '.join(names)}"
        return cls(f"unknown {kind} {str(name)!r}", where=where, mend=mend)


class OutputError(Quartieri15Error, OSError):
    """A result cannot be written; what stood there before is untouched."""

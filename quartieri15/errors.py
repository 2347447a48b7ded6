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


class MissingColumnsError(InputError):
    """A table lacks columns that were asked for.

    Parameters
    ----------
    what, where, mend
        As for every error.
    columns
        Those that it lacks.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        mend: str | None = None,
        columns: Iterable[str] = (),
    ) -> None:
        self.columns = tuple(columns)
        super().__init__(what, where=where, mend=mend)


class RefusedRowsError(InputError):
    """Several rows of a file are refused at once.

    Parameters
    ----------
    what, where, mend
        As for every error.
    each
        What is wrong with every one of the rows.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        mend: str | None = None,
        each: Iterable[InputError] = (),
    ) -> None:
        self.each = tuple(each)
        super().__init__(what, where=where, mend=mend)

    @classmethod
    def of(cls, each: Iterable[InputError], *, what: str, where: str) -> RefusedRowsError:
        """Say of several rows how many they are, and of the first five what is wrong.

        Examples
        --------
        >>> rows = [InputError("no", where="a.csv, line 2", mend="mend it")] * 2
        >>> print(RefusedRowsError.of(rows, what="2 of 9 rows are wrong", where="a.csv"))
        a.csv: 2 of 9 rows are wrong. line 2: no; line 2: no. Mend: mend it.
        """
        known = tuple(each)
        if len(known) == 1:
            return cls(known[0].what, where=known[0].where, mend=known[0].mend, each=known)
        said = [f"{(one.where or '').removeprefix(f'{where}, ')}: {one.what}" for one in known[:5]]
        more = [f"and {len(known) - 5} more"] if len(known) > 5 else []  # noqa: PLR2004
        told = f"{what}. {'; '.join([*said, *more])}"
        return cls(told, where=where, mend=known[0].mend, each=known)


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
    >>> print(UnknownNameError.among("nil", ["blocks"], kind="set of zones", argument="by"))
    by: unknown set of zones 'nil'. Mend: give by='blocks'.
    """

    @classmethod
    def among(
        cls,
        name: object,
        known: Iterable[str],
        *,
        kind: str,
        where: str | None = None,
        argument: str | None = None,
    ) -> UnknownNameError:
        """Say which known names are nearest to an unknown one, in capitals or not.

        Parameters
        ----------
        name, known, kind, where
            The unknown name, those that are known, what they name, and what was asked.
        argument
            The argument that names it. Its default, which nobody wrote, may be the unknown one.
        """
        names = list(known)
        small = {known_name.lower(): known_name for known_name in names}
        near = difflib.get_close_matches(str(name).lower(), small, n=3, cutoff=0.5)
        near = [small[match] for match in near]
        if near:
            mend = f"did you mean {', '.join(near)}?"
        elif argument is not None:
            mend = f"give {argument}={' or '.join(map(repr, names))}"
        else:
            mend = f"use {'one of ' if len(names) > 1 else ''}{', '.join(names)}"
        return cls(f"unknown {kind} {str(name)!r}", where=where or argument, mend=mend)


class AmbiguousNameError(UnknownNameError):
    """A name that fits several things equally well.

    Parameters
    ----------
    what, where, mend
        As for every error.
    candidates
        What it may mean, best first.

    Examples
    --------
    >>> candidates = ["Via Damiano Chiesa", "Via Eugenio Chiesa"]
    >>> print(AmbiguousNameError.between("via Chiesa", candidates))
    'via Chiesa' may be Via Damiano Chiesa or Via Eugenio Chiesa. Mend: say which.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        mend: str | None = None,
        candidates: Iterable[str] = (),
    ) -> None:
        self.candidates = tuple(candidates)
        super().__init__(what, where=where, mend=mend)

    @classmethod
    def between(
        cls,
        name: object,
        candidates: Iterable[str],
        *,
        where: str | None = None,
        mend: str = "say which",
    ) -> AmbiguousNameError:
        """Say what a name may mean; of more than six, six are named."""
        known = tuple(candidates)
        said = [*known[:6], *([f"{len(known) - 6} more"] if len(known) > 6 else [])]  # noqa: PLR2004
        several = f"{', '.join(said[:-1])} or {said[-1]}" if len(said) > 1 else "".join(said)
        return cls(f"{str(name)!r} may be {several}", where=where, mend=mend, candidates=known)


class OutputError(Quartieri15Error, OSError):
    """A result cannot be written; what stood there before is untouched."""


class DownloadError(Quartieri15Error, OSError):
    """Something on the network does not come, or is not what it must be; nothing was changed.

    Parameters
    ----------
    what, where, mend
        As for every error.
    status
        What the server answered (HTTP), where it did.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        mend: str | None = None,
        status: int | None = None,
    ) -> None:
        self.status = status
        super().__init__(what, where=where, mend=mend)

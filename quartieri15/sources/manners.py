"""How patient and how polite to be when a file is fetched."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from dataclasses import dataclass

from quartieri15.arguments import is_finite, require_whole, shown
from quartieri15.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How patient and how polite to be.

    Parameters
    ----------
    attempts
        How often to ask for one file.
    pause_s
        The least time between two requests to one host.
    connect_s, silence_s
        How long a connection may take, and how long it may stay silent.
    total_s
        How long one file may take, all attempts together.
    first_wait_s, longest_wait_s
        The pause after the first failure, twice as long after every further one, up to the
        longest; a random part of up to a half is taken off, so that many clients do not come
        back at once. A server that asks for a longer pause than the longest is not waited for.

    Raises
    ------
    ParameterError
        If one is no number, or too small.

    Examples
    --------
    >>> Manners(attempts=0)
    Traceback (most recent call last):
    ...
    quartieri15.errors.ParameterError: attempts: attempts is 0. Mend: give a whole number, 1 or \
more.
    """

    attempts: int = 5
    pause_s: float = 1.0
    connect_s: float = 15.0
    silence_s: float = 60.0
    total_s: float = 3600.0
    first_wait_s: float = 2.0
    longest_wait_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse what is no number of attempts, or of seconds."""
        require_whole(self.attempts, where="attempts", least=1)
        for name in self.__dataclass_fields__.keys() - {"attempts"}:
            value = getattr(self, name)
            if not is_finite(value) or value < 0:
                raise ParameterError(
                    f"{name} is {shown(value)}", where=name, mend="give seconds, 0 or more"
                )


def wait_asked_s(text: str | None) -> float | None:
    """Return the seconds a server asks to wait (``Retry-After``): it says a number or a date.

    Examples
    --------
    >>> wait_asked_s("120"), wait_asked_s("soon"), wait_asked_s(None)
    (120.0, None, None)
    """
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())

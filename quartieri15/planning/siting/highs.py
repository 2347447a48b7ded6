"""HiGHS, in versions that can be trusted."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from quartieri15.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

UNSOUND: Final = "1.14."
"""Versions that returned wrong optima in silence (ERGO-Code/HiGHS, issue 2975)."""


def sound_highs() -> ModuleType:
    """Return highspy, or refuse a version that gives wrong answers.

    Raises
    ------
    InputError
        If highspy 1.14 is installed.

    Examples
    --------
    >>> sound_highs().__name__
    'highspy'
    """
    installed = version("highspy")
    if installed.startswith(UNSOUND):
        raise InputError(
            f"version {installed} returns wrong optima in silence (ERGO-Code/HiGHS, issue 2975)",
            where="highspy",
            mend="install another one: pip install 'highspy!=1.14.*'",
        )
    import highspy

    module: ModuleType = highspy
    return module

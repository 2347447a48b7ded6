"""What a site takes of the memory of a machine."""

from __future__ import annotations

import ctypes
import sys


def hand_back_memory() -> None:
    """Hand memory that is free already back to the system, where its C library does so when asked.

    The arrays and shapes of one step leave gaps among those that stay, which the next step does not
    fill. glibc keeps them for itself until it is asked (``man 3 malloc_trim``); others are not.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)

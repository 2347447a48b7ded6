"""Memory that is free goes back to the machine, and nothing else changes."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from quartieri15.publish.site.memory import hand_back_memory

MEGABYTE = 1_000_000


def resident_mb() -> float:
    """Return the memory of this process, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / MEGABYTE


def test_gaps_below_what_stays_go_back():
    if sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("only the C library of GNU hands memory back when asked")
    # Too small for pages of their own; the last one stays and keeps what is below from going.
    many = [bytearray(MEGABYTE // 10) for _ in range(1000)]
    last = many[-1]
    many.clear()
    before = resident_mb()
    hand_back_memory()
    assert before - resident_mb() > 50
    assert not any(last)


def test_other_machines_keep_what_they_have(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    hand_back_memory()

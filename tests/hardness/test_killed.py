"""Law: that of :mod:`tests.hardness.kill_writers`, at a handful of moments of most results."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot divide a process in two")
@pytest.mark.parametrize(
    "names",
    [
        ("table.csv", "layers.gpkg", "plan.yaml", "walk.yaml"),
        ("town", "registry.csv"),
        ("cache", "milano", "milano-back"),
    ],
    ids=" ".join,
)
def test_what_stands_at_a_name_is_whole_whenever_its_writer_is_killed(
    names: tuple[str, ...],
) -> None:
    command = [sys.executable, "-m", "tests.hardness.kill_writers", "12", "2", *names]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("former") == len(names)

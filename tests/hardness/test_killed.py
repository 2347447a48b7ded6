"""Law: that of :mod:`tests.hardness.kill_writers`, at a handful of moments of four results."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot divide a process in two")
def test_what_stands_at_a_name_is_whole_whenever_its_writer_is_killed() -> None:
    names = ("table.csv", "layers.gpkg", "plan.yaml", "walk.yaml")
    command = [sys.executable, "-m", "tests.hardness.kill_writers", "12", "2", *names]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("former") == len(names)

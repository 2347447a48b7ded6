"""What planning costs in time: scenarios, best sites and missing links, one after the other.

Runs ``planning_scenarios.py``, ``planning_siting.py`` and ``planning_links.py``, each in a process
of its own, and each writes its tables beside it. ``--quick`` runs all in small.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

PARTS = ("planning_scenarios.py", "planning_siting.py", "planning_links.py")


def main() -> None:
    """Run the parts in turn; the first that fails ends the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="all of it once, in small")
    quick = ["--quick"] if parser.parse_args().quick else []
    for part in PARTS:
        began = time.perf_counter()
        command = [sys.executable, str(Path(__file__).parent / part), *quick]
        subprocess.run(command, check=True)  # noqa: S603 (our own scripts)
        print(f"{part}: {time.perf_counter() - began:,.0f} s")


if __name__ == "__main__":
    main()

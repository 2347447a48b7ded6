"""How long the whole site of Milano takes to write, and how much memory.

    python benchmarks/site_building.py

Writes the site twice in a process of its own, the second time with nothing changed, and what was
measured to benchmarks/site_building.md. Measure on a machine that does nothing else.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent


class Measured(NamedTuple):
    """What writing took."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def main() -> None:
    """Write the site, and the table."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "quartieri15", "site", "milano", "--out", f"{folder}/site"]
        rows = {"all pages": measured(command), "nothing changed": measured(command)}
    text = table(rows)
    (ROOT / "benchmarks" / "site_building.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


def measured(command: list[str]) -> Measured:
    """Run a command, and measure it."""
    began = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own command
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    taken = time.perf_counter() - began
    # Linux counts kilobytes of 1,024.
    return Measured(taken, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


def table(rows: dict[str, Measured]) -> str:
    """Write what was measured."""
    return "\n".join(
        [
            "# Writing the whole site of Milano",
            "",
            "Written by `python benchmarks/site_building.py`.",
            f"Processor: {platform.machine()}, {os.cpu_count()} cores.",
            "",
            "| | seconds | of the processor | most memory, MB |",
            "|---|---|---|---|",
            *(
                f"| {name} | {one.seconds:.0f} | {one.processor_seconds:.0f} | {one.peak_mb:,.0f} |"
                for name, one in rows.items()
            ),
            "",
        ]
    )


if __name__ == "__main__":
    main()

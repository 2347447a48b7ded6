"""Run the command line: ``python -m quartieri15``."""

from __future__ import annotations

from quartieri15.cli import main

if __name__ == "__main__":
    main()

"""Run the command line: ``quartieri15``, or ``python -m quartieri15``."""

from __future__ import annotations

from quartieri15.interrupts import end_at_once


def main() -> None:
    """Run the command line as a program, which may be asked to end from its first moment."""
    end_at_once()
    from quartieri15.cli import app

    app()


if __name__ == "__main__":
    main()

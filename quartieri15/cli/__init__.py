"""The same questions on the command line."""

from __future__ import annotations

# In the order in which the commands are listed.
from quartieri15.cli import questions, pages, cities, plans, runs, registry  # isort: skip
from quartieri15.cli.application import app

__all__ = ["app", "cities", "pages", "plans", "questions", "registry", "runs"]

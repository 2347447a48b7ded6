"""The colours of all that is published: those of the site, read from its stylesheet."""

from __future__ import annotations

import functools
import re
from importlib.resources import files


def colour(name: str) -> str:
    """Return a colour of the site.

    Parameters
    ----------
    name
        Of a custom property of ``assets/site/base.css``, without its hyphens.

    Examples
    --------
    >>> colour("street")
    '#ffffff'
    """
    return _colours()[name]


@functools.cache
def _colours() -> dict[str, str]:
    css = (files("quartieri15.publish") / "assets" / "site" / "base.css").read_text("utf-8")
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})\b", css))

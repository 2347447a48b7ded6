"""Who publishes a site: name, contact and what else the pages say of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who answers for the pages.

    Parameters
    ----------
    name
        As it stands in the heading of every page.
    contact
        Where errors are reported: an e-mail address or a telephone number.
    """

    name: str = ""
    contact: str = ""

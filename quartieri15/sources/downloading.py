"""Fetching a file over the network: politely, whole, from where it should come, or not at all.

One request at a time, with a pause between two to the same host. ``transfers.py`` says how one
file comes, ``manners.py`` how patient that is, ``cache.py`` where it is kept.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from quartieri15.errors import DownloadError
from quartieri15.progress import quiet
from quartieri15.sources.manners import Manners
from quartieri15.sources.transfers import Transfer
from quartieri15.sources.web_addresses import require_url

if TYPE_CHECKING:
    from collections.abc import Collection

    from quartieri15.progress import Say
    from quartieri15.sources.cache import Cache, Kept


class NotInCacheError(DownloadError):
    """The network is not to be asked, and a file was never fetched."""


class Downloader:
    """Fetches files into a cache.

    Parameters
    ----------
    cache
        Where files are kept. Whoever fetches holds its lock.
    manners
        How patient and polite to be.
    offline
        Take what is in the cache, and ask nobody.
    hosts
        Other hosts that a file may come from by a redirect.
    progress
        Told who is asked for what, how often, and when again.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        manners: Manners | None = None,
        offline: bool = False,
        hosts: Collection[str] = (),
        progress: Say | None = None,
    ) -> None:
        self.cache, self.offline, self.hosts = cache, offline, frozenset(hosts)
        self.manners, self.say = manners or Manners(), progress or quiet
        self.answered: set[str] = set()
        """Hosts that have answered in this run, whatever they said."""
        self._last: dict[str, float] = {}

    def fetch(
        self,
        url: str,
        *,
        kind: str,
        most_bytes: int,
        asked: str | None = None,
    ) -> Kept:
        """Return a file as it is now, from the cache where the server says it is the same.

        Parameters
        ----------
        url
            Its address: https, or http on this machine.
        kind
            What it must be: ``json``, ``geojson``, ``csv``, ``zip``, ``osm`` or ``pbf``.
        most_bytes
            The most it may be long.
        asked
            What to send (POST, ``data=``), as Overpass takes its queries. The answer is kept under
            address and question together.

        Raises
        ------
        NotInCacheError
            If the network is not to be asked, and it was never fetched.
        NoAnswerError
            If the host does not answer at all.
        DownloadError
            If it does not come, comes from elsewhere, is too long or of another kind. What was in
            the cache is as it was.
        ParameterError
            If the address is none that may be asked.
        """
        require_url(url, where="url")
        key = url if asked is None else f"{url}?data={asked}"
        if self.offline:
            kept = self.cache.find(key)
            if kept is None:
                raise NotInCacheError(
                    "it is not in the cache, and the network is not to be asked",
                    where=url,
                    mend="run once without --offline",
                )
            return kept
        return Transfer(self, url, key, kind, most_bytes, asked).run()

    def await_turn(self, host: str) -> None:
        """Pause, so that two requests to a host are not too close."""
        left = self._last.get(host, -1e9) + self.manners.pause_s - time.monotonic()
        if left > 0:
            time.sleep(left)

    def note_turn(self, host: str) -> None:
        """Note that a host was asked just now."""
        self._last[host] = time.monotonic()

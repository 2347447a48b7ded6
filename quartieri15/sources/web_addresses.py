"""Which addresses may be asked, and which lie on one server."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from quartieri15.errors import ParameterError

LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that need no encryption: this machine."""
_PORTS: Final = {"https": 443, "http": 80}


def require_url(url: object, *, where: str) -> str:
    """Return an address that may be asked, or say why it is none.

    Examples
    --------
    >>> require_url("http://example.org/nil.geojson", where="portal")
    Traceback (most recent call last):
    ...
    quartieri15.errors.ParameterError: portal: 'http://example.org/nil.geojson' is not encrypted. \
Mend: give an address that begins with https://.
    """
    if not isinstance(url, str):
        raise ParameterError(f"{url!r} is no address", where=where, mend="give a text")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or re.search(r"[\s\x00-\x20\x7f]", url):
        raise ParameterError(f"{url!r} is no address", where=where, mend="begin it with https://")
    if parts.username is not None:
        raise ParameterError(
            "the address holds a user's name", where=where, mend="give one that everybody may ask"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise ParameterError(
            f"{url!r} is not encrypted",
            where=where,
            mend="give an address that begins with https://",
        )
    return url


def require_host(host: str, *, where: str) -> str:
    """Return the name of a host, or say why it is none.

    Examples
    --------
    >>> require_host("https://files.example.org/", where="hosts")
    Traceback (most recent call last):
    ...
    quartieri15.errors.ParameterError: hosts: 'https://files.example.org/' is no name of a host. \
Mend: give the name alone, such as files.example.org.
    """
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*|[0-9a-f:]*::?[0-9a-f:]*", host, re.IGNORECASE):
        raise ParameterError(
            f"{host!r} is no name of a host",
            where=where,
            mend="give the name alone, such as files.example.org",
        )
    return host.lower()


def host_of(url: str) -> str:
    """Return the host in an address."""
    return urlsplit(url).hostname or ""


def same_server(url: str, other: str) -> bool:
    """Tell whether two addresses lie on one server: the same host, and the same port of it.

    Examples
    --------
    >>> same_server("https://example.org/a", "https://example.org:443/b")
    True
    >>> same_server("https://example.org/a", "https://example.org:8443/a")
    False
    """
    first, second = (
        (host_of(one), parts.port or _PORTS.get(parts.scheme))
        for one, parts in ((one, urlsplit(one)) for one in (url, other))
    )
    return first == second

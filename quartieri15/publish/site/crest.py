"""The coat of arms of a publisher: a picture, read once, that does nothing but be looked at."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from quartieri15.errors import InputError

LARGEST_CREST: Final = 100_000
"""Bytes of the largest crest: it travels in every page."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SVG: Final = "{http://www.w3.org/2000/svg}"
_ACTIVE: Final = frozenset(
    {
        *("script", "foreignObject", "iframe", "handler", "listener"),
        # These may change where a link leads to.
        *("set", "animate", "animateMotion", "animateTransform"),
    }
)
_OUTSIDE: Final = re.compile(r"@import|url\(\s*[\"']?\s*(?!#|data:image/|[\"'\s])", re.IGNORECASE)
_INSIDE: Final = re.compile(r"\s*(#|data:image/(png|jpeg);)")


def read_crest(path: str | Path) -> bytes:
    """Return the octets of a crest.

    Parameters
    ----------
    path
        An SVG or a PNG of at most 100 kB.

    Raises
    ------
    InputError
        If there is no such file, it is too large or no picture, or it is one that runs scripts or
        asks for another file.
    """
    file = Path(path)
    where = f"publisher, crest ({path})"
    mend = f"give a picture as SVG or PNG of at most {LARGEST_CREST:,} bytes"
    if not file.is_file():
        raise InputError("there is no such file", where=where, mend=mend)
    try:
        with file.open("rb") as opened:
            octets = opened.read(LARGEST_CREST + 1)
    except OSError as error:
        raise InputError(
            f"the file cannot be read ({error.strerror or error})", where=where, mend=mend
        ) from error
    if len(octets) > LARGEST_CREST:
        raise InputError(
            "the picture is too large: it travels in every page", where=where, mend=mend
        )
    if octets.startswith(_SIGNATURE):
        if not _is_whole_png(octets):
            raise InputError("the PNG is damaged", where=where, mend="save the picture again")
        return octets
    _require_still_svg(octets, where, mend)
    return octets


def crest_format(octets: bytes) -> str:
    """Return the ending of the file that holds a crest.

    Examples
    --------
    >>> crest_format(b"<svg/>")
    'svg'
    """
    return "png" if octets.startswith(_SIGNATURE) else "svg"


def _is_whole_png(octets: bytes) -> bool:
    """Tell whether a PNG holds its chunks, from the first to the last (PNG, ISO/IEC 15948)."""
    kinds = []
    at = len(_SIGNATURE)
    while at + 12 <= len(octets):
        length = int.from_bytes(octets[at : at + 4], "big")
        kind, end = octets[at + 4 : at + 8], at + 8 + length
        if zlib.crc32(octets[at + 4 : end]) != int.from_bytes(octets[end : end + 4], "big"):
            return False
        kinds.append(kind)
        at = end + 4
    return (
        at == len(octets) and kinds[:1] == [b"IHDR"] and kinds[-1] == b"IEND" and b"IDAT" in kinds
    )


def _require_still_svg(octets: bytes, where: str, mend: str) -> None:
    """Refuse what is no SVG, and one that runs something or asks for another file."""
    # A document type can name other files, and swell without end; another encoding would hide it.
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if any(hidden in text for hidden in ("\0", "<!DOCTYPE", "<!ENTITY")):
        raise InputError(
            "the SVG has a document type, or is not in UTF-8",
            where=where,
            mend="save it in UTF-8, without a line <!DOCTYPE ...>",
        )
    try:
        root = ET.fromstring(text)  # noqa: S314  (without a document type)
    except (ET.ParseError, ValueError, LookupError):
        root = None
    if root is None or root.tag != f"{_SVG}svg":
        raise InputError("the file is neither an SVG nor a PNG", where=where, mend=mend)
    if "<?xml-stylesheet" in text:
        raise InputError(
            "the SVG names a style sheet outside it",
            where=where,
            mend="save it as a plain SVG without it",
        )
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag in _ACTIVE:
            what = f"an element <{tag}>"
        elif tag == "style" and _OUTSIDE.search(element.text or ""):
            what = "a style that asks for another file"
        else:
            what = next(filter(None, (_doing(*pair) for pair in element.items())), "")
        if what:
            raise InputError(
                f"the SVG holds {what}", where=where, mend="save it as a plain SVG without it"
            )


def _doing(attribute: str, value: str) -> str:
    """Say what an attribute does beside drawing; nothing if it only draws."""
    name = attribute.rpartition("}")[2].lower()
    if name.startswith("on"):
        return f"an attribute {name}, which runs a script"
    if (name == "href" and not _INSIDE.match(value)) or _OUTSIDE.search(value):
        return f"an attribute {name} that leads to another file"
    return ""

"""Places by the words people use for them: an id, a name, an address, a part of one."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from quartieri15.errors import AmbiguousNameError, InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quartieri15.model.city import City

SAYS_NOTHING: Final = frozenset(
    {"casa", "case", "quartiere", "centro", "sede", "spazio", "lo", "la", "il", "le", "i", "gli"}
    | {"di", "del", "della", "dello", "dei", "delle", "degli", "da", "in", "al", "alla", "the"}
    | {"of", "house", "ex", "n", "nr", "civico", "e", "l", "d", "dell", "nel", "nella", "a"}
)
"""Words that tell no place from another."""

STREET_WORDS: Final = frozenset(
    {"via", "viale", "piazza", "piazzale", "corso", "largo", "vicolo", "v", "vle", "pza", "cso"}
)

KIND_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "csrc": ("ex_csrc",),
    "cam": ("ex_cam",),
    "wemi": ("wemi_external", "wemi_central"),
}
"""Words that tell what kind of place is meant, where a city has such kinds."""


def folded(words: object) -> str:
    """Return words without case, accents and punctuation.

    Examples
    --------
    >>> folded("De André,  Via Sant'Uguzzone 24")
    'de andre via sant uguzzone 24'
    """
    plain = unicodedata.normalize("NFKD", str(words).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", plain))


def place_named(city: City, words: str) -> int:
    """Return the position of the one place that some words mean.

    An id is tried first, then a name, an address, and last whether every word that tells
    something stands in name, address, id and kind. Case, accents and punctuation do not matter.
    Where several places fit and only one of them is a house, no other is taken for it: it is
    asked which is meant.

    Parameters
    ----------
    city
        The city.
    words
        Such as ``"CSRC-10"``, ``"Zante"``, ``"CSRC via Zante"``, ``"casa di Boifava"``.

    Returns
    -------
    int
        Row of ``city.places``, counted from 0.

    Raises
    ------
    AmbiguousNameError
        If several places fit equally well; they are named, with their ids.
    UnknownNameError
        If none does; the nearest names are told.
    InputError
        If the city has no places.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> milano.places["id"].iloc[place_named(milano, "casa di boifava")]
    'CAM-18'
    """
    places = city.places
    if not len(places):
        raise InputError(
            f"{city.name} has no places", where="place", mend="open one first, with open_place"
        )
    ids, names = places["id"].tolist(), places["name"].tolist()
    told = places["address"].tolist() if "address" in places.columns else [None] * len(places)
    addresses = ["" if not isinstance(one, str) else one for one in told]
    kinds = places["kind"].astype(str).tolist()
    wanted = folded(words)
    exact = [i for i, one in enumerate(ids) if str(one) == words]
    if exact:
        return exact[0]
    for known in (ids, names, addresses):
        found = [i for i, one in enumerate(known) if folded(one) == wanted]
        if found:
            return _only(city, words, found)
    asked = _telling(wanted.split())
    kind = {one for word in asked & KIND_WORDS.keys() for one in KIND_WORDS[word]}
    asked -= KIND_WORDS.keys() if kind & set(kinds) else set()
    found = []
    for i, (name, address) in enumerate(zip(names, addresses, strict=True)):
        if kind and kinds[i] not in kind:
            continue
        tells = set(f"{folded(name)} {folded(address)} {folded(ids[i])} {folded(kinds[i])}".split())
        if asked and asked <= tells:
            found.append(i)
    named = [i for i in found if _telling(folded(names[i]).split()) == asked]
    if named or found:
        return _only(city, words, named or found)
    raise _unknown(city, words)


def called(city: City, row: int) -> str:
    """Return what a place is called in a sentence: its name and id."""
    return f"{city.places['name'].iloc[row]} ({city.places['id'].iloc[row]})"


def _telling(words: Iterable[str]) -> set[str]:
    return set(words) - SAYS_NOTHING - STREET_WORDS


def _only(city: City, words: str, found: list[int]) -> int:
    if len(found) == 1:
        return found[0]
    raise AmbiguousNameError.between(words, [called(city, i) for i in found])


def _unknown(city: City, words: str) -> UnknownNameError:
    """Say which places have the most similar names."""
    from rapidfuzz import fuzz

    wanted = " ".join(sorted(_telling(folded(words).split()))) or folded(words)
    places = city.places
    scores = []
    for i, name in enumerate(places["name"].tolist()):
        tells = [folded(name), folded(places["id"].iloc[i])]
        if "address" in places.columns and isinstance(places["address"].iloc[i], str):
            tells.append(" ".join(_telling(folded(places["address"].iloc[i]).split())))
        scores.append((-max(fuzz.ratio(wanted, one) for one in tells), i))
    near = [called(city, i) for score, i in sorted(scores)[:3] if score <= -50]  # noqa: PLR2004 - half alike
    mend = f"did you mean {', '.join(near)}?" if near else "use a name or an id of city.places"
    return UnknownNameError(f"unknown place {words!r}", mend=mend)

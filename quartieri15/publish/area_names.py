"""Names of areas as people write them: "Buenos Aires", where registers have "BUENOS AIRES"."""

from __future__ import annotations

import re
from typing import Final

from quartieri15.model.street_names import SMALL_WORDS

_ROMAN: Final = re.compile(r"(?=[XVI])X{0,3}(IX|IV|V?I{0,3})")
_ACCENTS: Final = dict(zip("AEIOU", "àèìòù", strict=True))
_AS_IT_IS: Final = {"CA'": "Ca'", "QT": "QT", "NOLO": "NoLo", "PTA": "P.ta"}
"""What the rules would get wrong: the house of Ca' Granda, the eighth triennial's quarter, North of
Loreto, and a porta whose full stop is lost."""


def written_name(name: str) -> str:
    """Return the name of an area in small letters with capitals; a name that has them is kept.

    Parameters
    ----------
    name
        A name, in capitals or as it is written.

    Examples
    --------
    >>> written_name("CITTA' STUDI"), written_name("VIGENTINO - Q.RE FATIMA")
    ('Città Studi', 'Vigentino – Q.re Fatima')
    >>> written_name("Municipio 4")
    'Municipio 4'
    """
    if not name.isupper():
        return name
    parts = name.split(" - ")
    return " – ".join(
        " ".join(_word(word, first=not place) for place, word in enumerate(part.split()))
        for part in parts
    )


def _word(word: str, *, first: bool) -> str:
    if word in _AS_IT_IS:
        return _AS_IT_IS[word]
    if _ROMAN.fullmatch(word):
        return word
    if word.casefold() in SMALL_WORDS and not first:
        return word.casefold()
    if word.endswith("'") and word[-2:-1] in _ACCENTS:
        return word[:-2].capitalize() + _ACCENTS[word[-2]]
    return "'".join(part.capitalize() for part in word.split("'"))

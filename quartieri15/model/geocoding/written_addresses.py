"""The grammar of an Italian address: what in a text is street, number, town, and what is none.

Nothing here knows which streets there are. Where a text may be read in more than one way
(``Viale Papa Giovanni 23 10``), all readings are given, and whoever knows the streets chooses.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from quartieri15.model.geocoding.civic_numbers import NUMBER, CivicNumber
from quartieri15.model.street_names import KIND_OF, SAINTS, SMALL_WORDS, TITLES, folded, words_of

POSTAL: Final = {
    "bari": ("BA", "701"),
    "bologna": ("BO", "401"),
    "brescia": ("BS", "251"),
    "catania": ("CT", "951"),
    "firenze": ("FI", "501"),
    "genova": ("GE", "161"),
    "messina": ("ME", "981"),
    "milano": ("MI", "201"),
    "modena": ("MO", "411"),
    "napoli": ("NA", "801"),
    "padova": ("PD", "351"),
    "palermo": ("PA", "901"),
    "parma": ("PR", "431"),
    "roma": ("RM", "001"),
    "taranto": ("TA", "741"),
    "torino": ("TO", "101"),
    "trieste": ("TS", "341"),
    "venezia": ("VE", "301"),
    "verona": ("VR", "371"),
}
"""Province and first three digits of the postal codes of cities that have a code per district. By
them an address of another town is told; of a city that is not here, codes are not compared."""

_MARKS: Final = str.maketrans('’‘`´º–—\\"“”„«»_', "'" * 4 + "°--/" + " " * 7)
# Between the parts of an address; a hyphen only with a blank, for one may stand in a number.
_GAP: Final = r"(?:\s*[,;]\s*|\s+-\s*|\s+)"
_NAMING_KINDS: Final = (
    r"(?:v\.?le|viale|via|v\.|p\.?za|p\.?zza|piazza|piazzale|p\.?le|l\.?go|largo|c\.?so|corso|"
    r"vicolo|alzaia|ripa)"
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_BRACKETS: Final = re.compile(r"\(([^()]*)\)")
_CORNER: Final = re.compile(
    r"[\s,;(/-]+(?:all['\s])?(?:ang\.|ang|angolo|incrocio|corner|crossing)(?=[\s.])"
    r"[\s.]*(?:(?:con|di|of|with)\s+)?",
    re.IGNORECASE,
)
_NO_NUMBER: Final = re.compile(
    rf"{_GAP}(?:s\.?\s?n\.?\s?c\.?|s\.\s?n\.?|sn|senza\s+(?:numero(?:\s+civico)?|civico)"
    r"|(?:civico|numero)\s+(?:sconosciuto|non\s+noto)|no\s+civic(?:\s+number)?(?:\s+in\s+source)?"
    r"|civic\s+(?:number\s+)?(?:unknown|not\s+(?:known|confirmed)))$",
    re.IGNORECASE,
)
_COUNTRY: Final = re.compile(rf"{_GAP}(?:italia|italy)$", re.IGNORECASE)
_POSTAL_CODE: Final = re.compile(rf"(?:^|{_GAP})(?:i-|it-|cap\s+)?(\d{{5}})$", re.IGNORECASE)
_PROVINCE: Final = re.compile(r"(?:\s*,\s*|(?<=\d{5})\s+|\s+-\s+)([A-Z]{2})$|\s*\[([A-Za-z]{2})\]$")
_MUNICIPIO: Final = re.compile(
    rf"{_GAP}(?:municipio|zona|mun\.?)\s*(?:n\.?\s*)?(\d)$", re.IGNORECASE
)
_UNIT: Final = re.compile(
    rf"(?:{_GAP}|/)(?:(?:interno|int|scala|sc|piano|palazzina|pal|edificio|edif|ed|lotto|citofono|"
    r"cit|appartamento|app|ufficio|uff|stanza)\b\s*[.:]?\s*(?:n\.?\s*|°\s*)?[\w/°]{1,9}"
    r"|p(?:\.\s?|\s)\d{1,2}|(?:primo|secondo|terzo|quarto|quinto)\s+piano|(?:\d{1,2}°|[ivx]+)\s*piano"
    r"|p\.?t\.?|seminterrato|ammezzato|portineria|piano\s+(?:terra|terreno|rialzato|primo|secondo|terzo)|(?:c/o|presso)\s.*)$",
    re.IGNORECASE,
)
_NUMBER_FIRST: Final = re.compile(
    rf"(?:n[.°]*\s*|civico\s+)?(?P<number>{NUMBER})\s*,?\s+"
    rf"(?P<street>(?:{'|'.join(sorted(KIND_OF))})\b.*)",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER_WORD: Final = (
    r"(?:al\s+)?(?:(?:numero|num|n\.?ro|nr|n)(?:[\s.°]*(?:civico|civ|c(?=\.)))?"
    r"|(?:civico|civ)(?:[\s.]*(?:numero|num|n\.?ro|nr|n))?)"
)
_BEFORE_NUMBER: Final = re.compile(
    rf"(?:[\s,;.]+|^)(?:{_NUMBER_WORD}\b\s*[.°]*|n[.°]+|°|\#)?\s*$", re.IGNORECASE
)
_AT_NUMBER: Final = re.compile(rf"(?<![\d/]){NUMBER}", re.IGNORECASE | re.VERBOSE)
_WORD_FOR_NUMBER: Final = re.compile(rf"[\s,;]+{_NUMBER_WORD}[.°]*$", re.IGNORECASE)
# Via Dante4, and the numbers of two entrances: 10 e 12.
_GLUED: Final = re.compile(r"\b([^\W\d_]{3,}|n|nr|civ)(?=\d{1,4}[^\W\d_]?(?:\W|$))", re.IGNORECASE)
# What a scanner makes of Via and Viale.
_SCANNED_KIND: Final = re.compile(r"\bv[1l|]a(?=(?:le)?\s)", re.IGNORECASE)
_TWO_NUMBERS: Final = re.compile(
    r"(?<![\d/])(\d{1,4})\s*(?:\be\b|&|\+)\s*(\d{1,4})(?![\w/])", re.IGNORECASE
)
LONGEST: Final = 300
"""Letters of a text that may be an address."""
_SOME_ADDRESS: Final = "via Nota 1"
_EDGES: Final = " \t,;.:-/#*"


@dataclass(frozen=True)
class Reading:
    """One way to read an address.

    Parameters
    ----------
    street
        The words that name the street.
    number
        The civic number, None where none is said.
    corner
        The other street of a corner, empty where there is none.
    without_number
        Whether it is said that there is no number (``snc``).
    unread
        What is neither street nor number nor anything else that is known.
    elsewhere
        Why the address is not of the city, empty where nothing says so.
    municipio
        The Municipio that the address names, empty where it names none.
    postal_code
        A postal code that is none of elsewhere, empty where none is said.
    """

    street: str
    number: CivicNumber | None = None
    corner: str = ""
    without_number: bool = False
    unread: str = ""
    elsewhere: str = ""
    municipio: str = ""
    postal_code: str = ""


def readings(text: str, *, city: str) -> list[Reading]:
    """Read an address in all ways it may be meant, the likeliest first.

    Parameters
    ----------
    text
        As someone wrote it.
    city
        Name of the city whose addresses are looked for.

    Returns
    -------
    list of Reading
        Empty where no word may name a street, or the text is longer than :data:`LONGEST`.

    Examples
    --------
    >>> first = readings("V.le Monza n. 15/A int. 3, 20125 Milano (MI)", city="milano")[0]
    >>> first.street, first.number.said, first.unread
    ('V.le Monza', '15/A', '')
    >>> readings("Via Roma 1, 10123 Torino", city="milano")[0].elsewhere
    '10123 is a postal code elsewhere'
    >>> [(one.street, one.number) for one in readings("C.so 22 Marzo", city="milano")]
    [('C.so 22 Marzo', None)]
    """
    if len(text) > LONGEST:
        return []
    plain = unicodedata.normalize("NFKC", text.translate(_MARKS))[:LONGEST]
    if not plain.isascii():  # the digits of other scripts are digits too
        plain = "".join(str(unicodedata.decimal(c, c)) for c in plain)
    plain = _GLUED.sub(r"\1 ", " ".join(plain.split()))
    plain = _SCANNED_KIND.sub("via", plain)
    plain = _TWO_NUMBERS.sub(r"\1/\2", plain)
    head, corner = _split_corner(plain)
    (head, rest), (corner, more) = (_without_tail(part, city) for part in (head, corner))
    head, before = _without_town_before(head, city)
    rest = replace(_merged(_merged(before, rest), more), corner=corner.strip(_EDGES))
    found = _numbered(head, rest)
    ahead, named = _from_the_kind(head)
    if named:
        rest_of_named = replace(rest, unread=" ".join(filter(None, (ahead, rest.unread))))
        found += _numbered(named, rest_of_named)
    whole = _WORD_FOR_NUMBER.sub("", head.strip(_EDGES)).strip(_EDGES)
    if _LETTER.search(whole):
        found.append(replace(rest, street=whole))
        if named:
            found.append(replace(rest_of_named, street=named.strip(_EDGES)))
    return found


def _split_corner(text: str) -> tuple[str, str]:
    found = _CORNER.search(text)
    if found is None or not _LETTER.search(text[: found.start()]):
        return text, ""
    return text[: found.start()], text[found.end() :]


def _merged(one: Reading, other: Reading) -> Reading:
    """Return what two parts of an address tell beside street and number."""
    return replace(
        one,
        without_number=one.without_number or other.without_number,
        unread=", ".join(filter(None, (one.unread, other.unread))),
        elsewhere=one.elsewhere or other.elsewhere,
        municipio=one.municipio or other.municipio,
        postal_code=one.postal_code or other.postal_code,
    )


def _without_tail(text: str, city: str) -> tuple[str, Reading]:
    """Take off what follows street and number or stands in brackets, and say what it is."""
    text, notes = _without_notes(text)
    text, known = _without_end(text, city)
    for note in notes:
        left, told = _without_end(f"{_SOME_ADDRESS}, {note}", city)
        if left != _SOME_ADDRESS:
            told = replace(told, unread=note)
        known = _merged(known, told)
    return text, known


def _without_notes(text: str) -> tuple[str, list[str]]:
    """Part a text from its notes in brackets: neither what is of the street nor a province."""
    notes: list[str] = []

    def read(found: re.Match[str]) -> str:
        inside = found[1].strip()
        words = words_of(inside)
        before, after = text[: found.start()], text[found.end() :]
        of_street = not re.search(r"\d", before) and re.match(r"[\s,]*[\w']", after)
        if of_street or (words and all(word in SMALL_WORDS | SAINTS | TITLES for word in words)):
            return f" {inside} "
        if len(inside) == 2 and inside.isalpha():  # noqa: PLR2004 - letters of a province
            return f" [{inside}] "
        if inside:
            notes.append(inside)
        return " "

    if "(" not in text and ")" not in text:
        return text, notes
    plain = _BRACKETS.sub(read, text).replace("(", " ").replace(")", " ")
    return " ".join(plain.split()), notes


@lru_cache(maxsize=64)
def _of_city(city: str) -> tuple[re.Pattern[str], re.Pattern[str], str, str]:
    """Return how a city's name ends and begins an address, its province and postal codes."""
    name = r"\s+".join(map(re.escape, re.split(r"[\s_]+", folded(city))))
    province, codes = POSTAL.get(folded(city), ("", ""))
    province_of = province or "(?!)"
    behind = (
        rf"{_GAP}(?:(?:(?:comune|citt[aà])\s+di\s+)?{name}(?:\s*,?\s*{province_of})?"
        rf"|{province_of})$"
    )
    code = r"(?:i-|it-|cap\s+)?"
    named = rf"(?:{name}(?:\s*,?\s*\[?{province_of}\]?)?|{province_of})"
    apart = rf"(?:\s*[,;:]\s*|\s+-\s+|\s+(?={_NAMING_KINDS}[\s.]))"
    before = (
        rf"^(?:(?:{code}(?P<first>\d{{5}})[\s,-]*)?{named}(?:[\s,-]+{code}(?P<then>\d{{5}}))?"
        rf"|{code}(?P<alone>\d{{5}})){apart}"
    )
    return (
        re.compile(behind, re.IGNORECASE),
        re.compile(before, re.IGNORECASE),
        province,
        codes,
    )


def _without_town_before(text: str, city: str) -> tuple[str, Reading]:
    """Take off the city, its postal code or both where they stand before the street."""
    _, before, _, codes = _of_city(city)
    found = before.match(text)
    if found is None or not _names_a_street(text[found.end() :]):
        return text, Reading(street="")
    code = found["first"] or found["then"] or found["alone"]
    told = _told_by_code(code, codes) if code else {}
    return text[found.end() :], Reading(street="", **told)


def _without_end(text: str, city: str) -> tuple[str, Reading]:
    """Take off the parts that follow street and number, one after the other."""
    behind, _, province, codes = _of_city(city)
    known = Reading(street="")
    while True:
        text = text.rstrip(" ,;:-")
        for pattern in (_COUNTRY, behind, _PROVINCE, _POSTAL_CODE, _MUNICIPIO, _NO_NUMBER, _UNIT):
            found = pattern.search(text)
            if found is None or not _names_a_street(text[: found.start()]):
                continue
            if pattern is _UNIT and not re.search(r"\d", text[: found.start()]):
                continue
            known = replace(known, **_told_by(pattern, found, province, codes))
            text = text[: found.start()]
            break
        else:
            return _without_other_town(text, known, codes)


def _told_by(
    pattern: re.Pattern[str], found: re.Match[str], province: str, codes: str
) -> dict[str, Any]:
    """Return what a part behind an address tells of it."""
    if pattern is _PROVINCE:
        said = (found[1] or found[2]).upper()
        return {"elsewhere": f"{said} is another province"} if province not in ("", said) else {}
    if pattern is _POSTAL_CODE:
        return _told_by_code(found[1], codes)
    if pattern is _MUNICIPIO:
        return {"municipio": found[1]}
    return {"without_number": True} if pattern is _NO_NUMBER else {}


def _told_by_code(code: str, codes: str) -> dict[str, Any]:
    if code.startswith(codes):
        return {"postal_code": code}
    return {"elsewhere": f"{code} is a postal code elsewhere"}


def _without_other_town(text: str, known: Reading, codes: str) -> tuple[str, Reading]:
    """Take off a postal code with the town that follows it."""
    found = re.search(rf"{_GAP}(?:i-|it-|cap\s+)?(\d{{5}})\b[\s,-]*([^\d]*)$", text, re.IGNORECASE)
    if found is None or not _names_a_street(text[: found.start()]):
        return text, known
    known = replace(known, unread=found[2].strip(_EDGES), **_told_by_code(found[1], codes))
    return text[: found.start()], known


def _names_a_street(text: str) -> bool:
    """Tell whether anything is said but a kind of street and small words."""
    words = words_of(text)
    if words and words[0] in KIND_OF:
        words = words[1:]
    return any(word not in SMALL_WORDS for word in words)


def _from_the_kind(text: str) -> tuple[str, str]:
    """Part an address from what stands before it: the name of a place, of a house."""
    first = words_of(text)[:1]
    if first and first[0] in KIND_OF:
        return "", ""
    found = re.search(rf"[\s,;:-](?={_NAMING_KINDS}[\s.])", text, re.IGNORECASE)
    return (text[: found.start()].strip(_EDGES), text[found.end() :]) if found else ("", "")


def _numbered(text: str, rest: Reading) -> list[Reading]:
    """Return the readings in which a number is one of those in a text."""
    found: list[Reading] = []
    if first := _NUMBER_FIRST.fullmatch(text):
        number = CivicNumber.of(first)
        street = first["street"].strip(_EDGES)
        if not re.search(r"\d", street) and _names_a_street(street):
            found.append(replace(rest, street=street, number=number))
    for match in _AT_NUMBER.finditer(text):
        before = _BEFORE_NUMBER.search(text[: match.start()])
        after = text[match.end() :]
        if before is None or (after and not re.match(r"[\s,;.\-(/?!°]", after)):
            continue
        street = text[: before.start()].strip(_EDGES)
        if not _LETTER.search(street) or not _names_a_street(street):
            continue
        unread = " ".join(filter(None, (after.strip(_EDGES), rest.unread)))
        found.append(replace(rest, street=street, number=CivicNumber.of(match), unread=unread))
    found.sort(key=lambda one: len(one.unread))
    return found

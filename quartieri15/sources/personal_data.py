"""Personal data within a text, such as a telephone number: it is never kept nor published.

Columns of them are known by their names (:data:`quartieri15.sources.tabular.PERSONAL_COLUMN`);
here are those that somebody wrote into another cell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT: Final = "[...]"
"""What stands in the place of what was left out."""

# A part of an address has 64 characters at most, which keeps a long text quick to read.
_PART: Final = r"[^\s@<>(),;:\"']"
_EMAIL: Final = rf"{_PART}{{1,64}} ?@ ?{_PART}+\.{_PART}+"
# Written so that no program knows it: mario [at] example.org, mario at example punto org.
_AT: Final = r"(?: {0,2}[\[({<] ?(?:at|chiocciola) ?[\])}>] {0,2}| (?:at|chiocciola) )"
_DOT: Final = r"(?:\.| {0,2}[\[({<] ?(?:dot|punto) ?[\])}>] {0,2}| (?:dot|punto) )"
_DISGUISED: Final = (
    rf"(?<![\w+-])[\w.+-]{{1,64}}(?:{_DOT}[\w-]{{1,64}})??{_AT}[\w-]+(?:{_DOT}[\w-]+){{0,4}}?{_DOT}"
    r"(?:it|com|org|net|eu|info|gov|edu|biz|name)\b"
)
# In the place of a digit a letter stands where two persons would have the same.
_DIGIT: Final = "[0-9LMNPQRSTUV]"
_CODICE_FISCALE: Final = (
    rf"\b[A-Z]{{3}} ?[A-Z]{{3}} ?{_DIGIT}{{2}}[ABCDEHLMPRST]{_DIGIT}{{2}} ?"
    rf"[A-Z]{_DIGIT}{{3}}[A-Z]\b"
)
_GAP: Final = r"[ \u00a0./)\u2010-\u2015-]{0,3}"
_SAID: Final = (
    r"\b(?:telefono|tel|cellulare|cell?|fax|phone|mobile|whatsapp)(?![a-z])[^\w+]{0,4}"
    r"\+?\(?\d[\d ./()-]{4,16}\d"
    # 0039 and seven digits may be a partita IVA.
    rf"|(?:\+39|\b0039(?!\d{{7}}(?!\d))){_GAP}\d(?:{_GAP}\d){{6,11}}(?!\d)"
)
_SURE: Final = re.compile(f"{_EMAIL}|{_DISGUISED}|{_CODICE_FISCALE}|{_SAID}", re.IGNORECASE)
# The digits of a telephone number may be grouped as a date, hours or coordinates are: these, and
# the eleven digits of a partita IVA, are taken for what they look like.
_TIME: Final = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d{2}"
_DEGREES: Final = r"[1-9]\d?\.\d{4,}"
_STAYS: Final = re.compile(
    rf"(?<!\d)(?<!\d[.]){_DAY}(?!\d)"
    r"|(?<!\d)(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|(?<!\d)(?<!\d[.-]){_TIME}(?: ?[ /\u2013-] ?{_TIME})+(?![ .-]?\d)"
    rf"|(?<!\d)(?<!\d[ .-]){_DEGREES}(?:[,;]? ?{_DEGREES})?(?![ .-]?\d)"
    r"|(?<!\d)(?<!\d[ .-])\d{11}(?!\d)"
)
# Mobile numbers begin with 32 to 39, those of a place with 01 to 09; a shorter one of a place, of
# eight digits, is known by the groups in which it is dialled. With a civic number before it the
# last group may be left over: it is cut, too, unless another telephone number begins there.
_ANY: Final = rf"(?:3{_GAP}[2-9](?:{_GAP}\d){{7,8}}|0{_GAP}[1-9](?:{_GAP}\d){{7,9}})(?!\d)"
_DIALLED: Final = (
    r"0[1-9]\d{0,2}\)?(?:[ ./-]{0,3}\d{3,4}[ .-]?\d{3,5}"
    r"|(?P<gap>[ .-])\d{2}(?:(?P=gap)\d{2}){2,3})(?!\d)"
)
_TELEPHONE: Final = re.compile(
    rf"(?<!\w)(?<!\d[.,])(?<!node/)(?<!way/)\(?(?:{_ANY}(?:{_GAP}(?!{_ANY})\d{{1,4}}(?!\d))*"
    rf"|{_DIALLED})"
)


def without_personal_data(text: str) -> tuple[str, int]:
    """Return a text without personal data, and how many pieces of it there were.

    E-mail addresses, telephone numbers of Italy however their digits are grouped, and the codice
    fiscale of a person. Dates, hours, coordinates, postal codes, civic numbers and a partita IVA
    stay.

    Examples
    --------
    >>> without_personal_data("Via Zante 36, info@example.org, tel. 02 1234567")
    ('Via Zante 36, [...], [...]', 2)
    >>> without_personal_data("Via Zante 318, 20138 Milano, 09.00-12.30 dal 01/02/2026")[1]
    0
    """
    text, count = _SURE.subn(LEFT_OUT, text)
    kept, end = [], 0
    for stays in [*_STAYS.finditer(text), None]:
        start = len(text) if stays is None else stays.start()
        piece, found = _TELEPHONE.subn(LEFT_OUT, text[end:start])
        kept += [piece, "" if stays is None else stays[0]]
        end, count = len(text) if stays is None else stays.end(), count + found
    return "".join(kept), count


def cells_without_personal_data(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return a table of texts without personal data, and of how many cells by column it was.

    Parameters
    ----------
    table
        As :func:`~quartieri15.sources.tabular.read_csv` reads it.
    """
    clean, cells = {}, {}
    for name in table.columns:
        texts = [without_personal_data(text) for text in table[name]]
        clean[name] = [text for text, _ in texts]
        if count := sum(found > 0 for _, found in texts):
            cells[str(name)] = count
    return table.assign(**clean), cells

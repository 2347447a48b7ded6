"""E-mail addresses and telephone numbers within a text: they are never kept nor published.

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

_EMAIL: Final = r"[^\s@<>(),;:\"']+@[^\s@<>(),;:\"']+\.[^\s@<>(),;:\"']+"
# Dates, hours, postal codes and civic numbers are no telephone numbers: what is not said to be one
# has the digits of one, in the groups in which they are dialled.
_SAID: Final = r"\b(?:tel|telefono|cell?|cellulare|fax|phone|mobile|whatsapp)\b[^\w+]{0,4}"
_TELEPHONE: Final = (
    rf"{_SAID}\+?\(?\d[\d ./()-]{{4,16}}\d"
    r"|(?:\+|\b00)39[ .-]?\d(?:[ ./-]?\d){6,11}(?!\d)"
    r"|(?<!\d)(?<!\d[.,])\(?0[1-9]\d{0,2}\)?(?:[ ./-]{0,3}\d{3,4}[ .-]?\d{3,5}"
    r"|(?P<gap>[ .-])\d{2}(?:(?P=gap)\d{2}){3})(?!\d)"
    r"|(?<!\d)(?<!\d[.,])3\d{2}[ ./-]?"
    r"(?:\d{6,7}|\d{3}[ .-]\d{3,4}|\d{2}[ .-]\d{2}[ .-]\d{2,3})(?!\d)"
)
_PERSONAL: Final = re.compile(f"{_EMAIL}|{_TELEPHONE}", re.IGNORECASE)


def without_personal_data(text: str) -> tuple[str, int]:
    """Return a text without e-mail addresses and telephone numbers, and how many there were.

    Examples
    --------
    >>> without_personal_data("Via Zante 36, info@example.org, tel. 02 1234567")
    ('Via Zante 36, [...], [...]', 2)
    >>> without_personal_data("Via Zante 318, 20138 Milano, 09.00-12.30 dal 01/02/2026")[1]
    0
    """
    return _PERSONAL.subn(LEFT_OUT, text)


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

"""What may stand in a cell of the registry of places: texts fit for a table that is published."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from quartieri15.arguments import is_number, require_text, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.sources.personal_data import without_personal_data
from quartieri15.sources.tabular import THOUSANDS

_DATED: Final = re.compile(r"\[\s*\d{4}-\d")
_FORMULA: Final = tuple("=+-@")


def position_in(text: str, *, where: str) -> tuple[float, float]:
    """Read latitude and longitude of a text such as ``45.4642, 9.19``, or ``45,4642; 9,19``."""
    parts = text.replace(",", ".").split(";") if ";" in text else text.split(",")
    try:
        lat, lon = map(float, parts)
    except ValueError:
        raise ParameterError(
            f"{text!r} is no position",
            where=where,
            mend="write latitude and longitude in degrees: 45.4642, 9.19",
        ) from None
    return lat, lon


def dated(date: dt.date, what: str, source: str) -> str:
    """Return what is written of an edit, or say what is wrong with its day or its source."""
    given: object = date
    if not isinstance(given, dt.date) or isinstance(given, dt.datetime):
        raise ParameterError(f"{shown(date)} is no day", where="date", mend="give a datetime.date")
    if date > dt.date.today():  # noqa: DTZ011 - the day of whoever edits
        raise ParameterError(
            f"{date.isoformat()} is still to come",
            where="date",
            mend="give the day on which the source said so",
        )
    require_cell(source, where="source")
    if _DATED.search(source):
        raise InputError(
            "a source with a day in brackets reads like an edit of the registry",
            where="source",
            mend="write the day without brackets",
        )
    return f"[{date.isoformat()}] {what}: {source.strip()}"


def metres_in(text: str) -> str:
    """Read metres of a text such as ``20,5`` and write them as :func:`metres` does."""
    if re.fullmatch(THOUSANDS, text):
        raise InputError(
            f"{text!r} holds what may be a thousands separator",
            where="new",
            mend=f"write {re.sub('[.,]', '', text)}, with digits alone",
        )
    try:
        return metres(float(text.replace(",", ".")) if text else None)
    except ValueError:
        raise InputError(
            f"{text!r} is no number",
            where="new",
            mend="give metres, or leave it empty if they are not known",
        ) from None


def metres(value: object) -> str:
    """Write metres to a decimetre, empty where they are not known."""
    if value is None:
        return ""
    if not is_number(value):
        raise ParameterError(
            f"{shown(value)} is no number",
            where="location_uncertainty_m",
            mend="give metres, or leave it empty if they are not known",
        )
    return f"{round(float(value), 1):g}"


def require_cell(text: str, *, where: str, may_be_empty: bool = False) -> None:
    """Refuse a text that has no place in a table that is published."""
    if not (may_be_empty and text == ""):
        require_text(text, where=where)
    why = None
    if text and not text.isprintable():
        why, mend = "the text holds a control character", "write it in one line"
    elif text.strip().startswith(_FORMULA) and not re.fullmatch(r"-?[\d., ]+", text.strip()):
        why, mend = f"a spreadsheet would compute {text!r}", "begin it with a letter"
    elif without_personal_data(text)[1]:
        why = "personal data is not published"
        mend = "leave e-mail addresses and telephone numbers out"
    if why:
        raise InputError(why, where=where, mend=mend)

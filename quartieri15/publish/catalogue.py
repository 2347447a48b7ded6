"""The words of everything that is published, in Italian and English: one catalogue, in PO files.

``locale/<language>/<part>.po`` holds the phrases of one part: its ``msgid`` is a key such as
``find.label``, its ``msgstr`` what is said, with ``{blanks}`` that are filled in. A phrase that
depends on a number has a ``msgid_plural`` (the same key) and two ``msgstr``, chosen by ``n``.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from quartieri15.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable

LANGUAGES: Final = ("it", "en")

Phrase = str | tuple[str, str]
"""What is said; of one thing and of several where that differs."""

_LOCALE = files("quartieri15.publish") / "locale"


@functools.cache
def phrases(language: str) -> Mapping[str, Phrase]:
    """Return all phrases of a language, by key.

    Raises
    ------
    InputError
        If a key stands in two files, or a phrase is empty.
    """
    found: dict[str, Phrase] = {}
    folder = _LOCALE / language
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".po"):
            for key, phrase in _read(file).items():
                if key in found:
                    raise InputError(
                        f"{key!r} stands in another file too", where=file.name, mend="keep one"
                    )
                found[key] = phrase
    return found


def say(key: str, language: str = "it", **values: object) -> str:
    """Return a phrase with its blanks filled.

    Parameters
    ----------
    key
        The key of the phrase.
    language
        ``"it"`` or ``"en"``.
    **values
        What stands in the blanks, already written in that language; ``n`` chooses between one and
        several.

    Raises
    ------
    UnknownNameError
        If there is no such phrase.

    Examples
    --------
    >>> say("frame.language", "en")
    'Language'
    """
    phrase = _phrase(key, language)
    if isinstance(phrase, tuple):
        phrase = phrase[0] if values.get("n") == 1 else phrase[1]
    return phrase.format(**values) if values else phrase


def _phrase(key: str, language: str) -> Phrase:
    known = phrases(language)
    if key not in known:
        raise UnknownNameError.among(key, known, kind="phrase")
    return known[key]


def in_all_languages(key: str, **values: object) -> dict[str, str]:
    """Return a phrase in every language; a value may be a text by language itself."""
    return {
        language: say(
            key,
            language,
            **{
                name: value[language] if isinstance(value, dict) else value
                for name, value in values.items()
            },
        )
        for language in LANGUAGES
    }


def told_to_scripts(keys: Iterable[str]) -> dict[str, dict[str, str | list[str]]]:
    """Return phrases as the scripts of a page read them: by language and key.

    Parameters
    ----------
    keys
        Which phrases; one that ends in ``.`` stands for all that begin so.
    """
    asked = tuple(keys)
    beginnings = tuple(key for key in asked if key.endswith("."))
    return {
        language: {
            key: list(phrase) if isinstance(phrase, tuple) else phrase
            for key, phrase in phrases(language).items()
            if key in asked or (beginnings and key.startswith(beginnings))
        }
        for language in LANGUAGES
    }


def _read(file: Traversable) -> dict[str, Phrase]:
    from babel.messages.pofile import read_po

    with file.open("rb") as stream:
        catalogue = read_po(stream, abort_invalid=True)
    found: dict[str, Phrase] = {}
    for message in catalogue:
        if not message.id:
            continue
        key, phrase = str(message.id), message.string
        if not isinstance(message.id, str):
            key = str(message.id[0])
        if isinstance(phrase, tuple | list):
            one, several = phrase
            phrase = (one, several)
        if not phrase or not all(phrase):
            raise InputError(f"{key!r} says nothing", where=file.name, mend="translate it")
        found[key] = phrase
    return found

"""The phrases of everything that is published, Italian first, out of catalogues of Babel.

``locale/<language>/<name>.po``: the msgid is the key of a phrase, the msgstr its text, with the
names of its blanks in braces. A phrase that depends on how many there are has a msgid_plural, and
is chosen by the blank ``n``.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.planning.speaking import GROUPS, LANGUAGES, require_language

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

__all__ = [
    "LANGUAGES",
    "Phrase",
    "in_all_languages",
    "is_phrase",
    "of_zones",
    "phrases",
    "say",
    "told_to_scripts",
]

Phrase = str | tuple[str, str]
"""A text, or the one for a single thing and the one for any other number of them."""

_LOCALE: Final = files("quartieri15.publish") / "locale"


def say(key: str, language: str = "it", **values: object) -> str:
    """Return a phrase in a language.

    Parameters
    ----------
    key
        The key of a phrase: a msgid of the catalogues, or a group of people.
    language
        ``"it"`` or ``"en"``.
    **values
        What stands in the braces of the phrase, already written in that language. A phrase with
        a plural is chosen by ``n``, the number itself.

    Returns
    -------
    str
        Plain text: escape it where it goes into a page.

    Raises
    ------
    UnknownNameError
        If there is no such phrase or language.
    InputError
        If a value is missing.

    Examples
    --------
    >>> say("covered", minutes=15), say("covered", "en", minutes=15)
    ('Entro 15 minuti', 'Within 15 minutes')
    """
    known = phrases(language)
    if key not in known:
        raise UnknownNameError.among(key, known, kind="phrase")
    phrase = known[key]
    try:
        if not isinstance(phrase, str):
            phrase = phrase[values["n"] != 1]
        return phrase.format(**values)
    except KeyError as missing:
        raise InputError(
            f"the phrase {key!r} needs {missing}",
            where="words",
            mend=f"call say({key!r}, {missing.args[0]}=...)",
        ) from None


def in_all_languages(key: str, **values: Any) -> dict[str, str]:
    """Return a phrase in every language, by language.

    Parameters
    ----------
    key
        The key of a phrase.
    **values
        What stands in the braces: a text, or texts by language.

    Examples
    --------
    >>> in_all_languages("band", low="5", high={"it": "7,5", "en": "7.5"})
    {'it': 'da 5 a 7,5 minuti', 'en': '5 to 7.5 minutes'}
    """
    return {
        language: say(
            key,
            language,
            **{k: v[language] if isinstance(v, Mapping) else v for k, v in values.items()},
        )
        for language in LANGUAGES
    }


def told_to_scripts(keys: Iterable[str]) -> dict[str, dict[str, Phrase]]:
    """Return phrases as the scripts of a page read them: by language and key.

    Parameters
    ----------
    keys
        Which phrases; one that ends in ``.`` stands for all that begin so.

    Examples
    --------
    >>> told_to_scripts(["covered"])["en"]
    {'covered': 'Within {minutes} minutes'}
    """
    asked = set(keys)
    beginnings = tuple(key for key in asked if key.endswith("."))
    return {
        language: {
            key: phrase
            for key, phrase in phrases(language).items()
            if key in asked or key.startswith(beginnings)
        }
        for language in LANGUAGES
    }


def is_phrase(key: str) -> bool:
    """Tell whether there is a phrase of a key.

    Examples
    --------
    >>> is_phrase("covered"), is_phrase("coverd")
    (True, False)
    """
    return key in phrases(LANGUAGES[0])


def of_zones(key: str, *, nil: bool) -> str:
    """Return the key of a phrase that speaks of NIL, or that of its like for other zones.

    Parameters
    ----------
    key
        The key of a phrase.
    nil
        Whether the zones are NIL, as those of Milano are.

    Examples
    --------
    >>> of_zones("theme_nil", nil=False), of_zones("covered", nil=False)
    ('elsewhere.theme_nil', 'covered')
    """
    like = f"elsewhere.{key}"
    return key if nil or not is_phrase(like) else like


def phrases(language: str) -> Mapping[str, Phrase]:
    """Return every phrase by its key; names in braces are filled in by :func:`say`.

    Parameters
    ----------
    language
        ``"it"`` or ``"en"``.

    Raises
    ------
    UnknownNameError
        If the language is none of the two.
    InputError
        If a catalogue cannot be read, or lacks a phrase that another language has.

    Examples
    --------
    >>> phrases("en")["covered"]
    'Within {minutes} minutes'
    """
    return _all_phrases()[require_language(language)]


@functools.cache
def _all_phrases() -> dict[str, dict[str, Phrase]]:
    read = {language: _read(_LOCALE / language) for language in LANGUAGES}
    for language, found in read.items():
        for other in read.values():
            if missing := [key for key in other if key not in found]:
                raise InputError(
                    f"phrase {missing[0]!r} has no translation",
                    where=f"publish/locale/{language}",
                    mend="write it in the .po file that bears the same name as the other "
                    "language's",
                )
    return {
        language: {**{key: texts[language] for key, texts in GROUPS.items()}, **found}
        for language, found in read.items()
    }


def _read(folder: Traversable) -> dict[str, Phrase]:
    """Read the phrases of one language; what is not translated is left out."""
    from babel.messages.pofile import PoFileError, read_po

    found: dict[str, Phrase] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".po"):
            continue
        where = f"publish/locale/{folder.name}/{file.name}"
        try:
            with file.open("rb") as text:
                messages: Any = read_po(text, abort_invalid=True)
        except (PoFileError, UnicodeDecodeError) as wrong:
            raise InputError(
                f"it is no catalogue of phrases: {wrong}", where=where, mend="mend that line"
            ) from None
        for message in messages:
            plural = isinstance(message.id, tuple)
            key = message.id[0] if plural else message.id
            if not key or message.fuzzy or not (all(message.string) if plural else message.string):
                continue  # the header, or a phrase whose translation is not finished
            if key in found:
                raise InputError(
                    f"phrase {key!r} stands in another catalogue too",
                    where=where,
                    mend="keep one of the two",
                )
            found[key] = message.string
    return found

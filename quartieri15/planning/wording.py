"""What a scenario says in its own words: a text in Italian, or one for each language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from quartieri15.arguments import is_one_of, require_text
from quartieri15.errors import UnknownNameError
from quartieri15.planning.speaking import LANGUAGES

Wording = str | Mapping[str, str]
"""A text in the language :data:`PLAIN`, or texts by language."""

PLAIN: Final = "it"
"""The language of a text of which none is said."""


@dataclass(frozen=True, eq=False, repr=False)
class InLanguages(Mapping[str, str]):
    """The same said in other languages than Italian alone: texts by language, never changed.

    Parameters
    ----------
    pairs
        Each language with its text, in the order of
        :data:`~quartieri15.planning.speaking.LANGUAGES`.

    Examples
    --------
    >>> said = InLanguages((("it", "La casa chiude"), ("en", "The house closes")))
    >>> said["en"], said == {"en": "The house closes", "it": "La casa chiude"}
    ('The house closes', True)
    """

    pairs: tuple[tuple[str, str], ...]

    def __getitem__(self, language: str) -> str:
        return dict(self.pairs)[language]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        return repr(dict(self.pairs))


def wording(value: object, *, where: str) -> str | InLanguages:
    """Return a text as a scenario keeps it, or say what is wrong with it.

    Parameters
    ----------
    value
        A text, or texts by language. Where Italian is the only one, it is kept as a plain text.
    where
        The name of the field.

    Raises
    ------
    ParameterError
        If a text is none or an empty one, or there is no text at all.
    UnknownNameError
        If a language is none of :data:`~quartieri15.planning.speaking.LANGUAGES`.

    Examples
    --------
    >>> wording({"en": "It closes", "it": "Chiude"}, where="description")
    {'it': 'Chiude', 'en': 'It closes'}
    >>> wording({"it": "Chiude"}, where="description")
    'Chiude'
    """
    if not isinstance(value, Mapping) or not value:
        require_text(value, where=where)
        return str(value)
    for language, text in value.items():
        if not is_one_of(language, LANGUAGES):
            raise UnknownNameError.among(
                language, LANGUAGES, kind="language", where=f"{where}, {language}"
            )
        require_text(text, where=f"{where}, {language}")
    pairs = tuple((language, value[language]) for language in LANGUAGES if language in value)
    return pairs[0][1] if dict(pairs).keys() == {PLAIN} else InLanguages(pairs)


def by_language(text: Wording) -> Mapping[str, str]:
    """Return the texts there are, by language.

    Examples
    --------
    >>> by_language("Chiude")
    {'it': 'Chiude'}
    """
    return {PLAIN: text} if isinstance(text, str) else text


def said_in(text: Wording, language: str) -> tuple[str, str]:
    """Return what a reader of a language is shown, and in which language it is.

    That is the text in the language of the reader; where there is none, the one there is.

    Examples
    --------
    >>> both = wording({"it": "Chiude", "en": "It closes"}, where="description")
    >>> said_in(both, "en"), said_in("Chiude", "en")
    (('It closes', 'en'), ('Chiude', 'it'))
    """
    texts = by_language(text)
    spoken = language if language in texts else next(iter(texts))
    return texts[spoken], spoken


def joined_wordings(texts: Iterable[Wording | None], between: str) -> str | InLanguages | None:
    """Return texts one after the other, in every language in which all of them are said.

    Where there is no such language, each is said in its Italian, or in the language it has.

    Parameters
    ----------
    texts
        The texts; those that are None are left out, and there is none of no text.
    between
        What stands between two of them.

    Examples
    --------
    >>> joined_wordings([{"it": "Una casa.", "en": "A house."}, "Una pista."], " ")
    'Una casa. Una pista.'
    """
    told = [text for text in texts if text is not None]
    if not told:
        return None
    spoken = [one for one in LANGUAGES if all(one in by_language(text) for text in told)]
    whole = {
        language: between.join(said_in(text, language)[0] for text in told)
        for language in spoken or [PLAIN]
    }
    return wording(whole, where="texts")

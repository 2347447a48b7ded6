"""Texts in JSON-LD, each with its language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.publish import words

if TYPE_CHECKING:
    from quartieri15.publish.texts import Texts


def linked_texts(texts: Texts) -> list[dict[str, str]]:
    """Return a text in all languages as JSON-LD has it.

    Examples
    --------
    >>> linked_texts({"it": "Prova", "en": "Trial"})[0]
    {'@value': 'Prova', '@language': 'it'}
    """
    return [{"@value": texts[name], "@language": name} for name in words.LANGUAGES]

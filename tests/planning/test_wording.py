"""Law: a text is shown in the language of its reader; where there is none, in the one it has."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.planning.speaking import LANGUAGES
from quartieri15.planning.wording import joined_wordings, said_in, wording

WORDS = st.text(min_size=1, max_size=9).filter(str.strip)
TEXTS = st.dictionaries(st.sampled_from(LANGUAGES), WORDS, min_size=1)
BOTH = {"it": "Chiude", "en": "It closes"}


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_a_reader_is_shown_the_own_language_or_the_one_there_is(
    texts: dict[str, str], language: str
) -> None:
    text, spoken = said_in(wording(texts, where="text"), language)
    assert texts[spoken] == text
    assert (spoken == language) == (language in texts)


@given(WORDS)
def test_a_plain_text_is_italian_and_both_ways_to_say_so_are_one(text: str) -> None:
    assert wording({"it": text}, where="text") == wording(text, where="text") == text
    assert said_in(text, "en") == (text, "it")


@given(TEXTS)
def test_texts_are_a_value(texts: dict[str, str]) -> None:
    told = wording(texts, where="text")
    turned = wording(dict(reversed(texts.items())), where="text")
    assert (told, hash(told)) == (turned, hash(turned))
    for other in (copy.deepcopy(told), wording(told, where="")):
        assert (other, hash(other), repr(other)) == (told, hash(told), repr(told))
    if not isinstance(told, str):
        assert told == texts
        assert told != {**texts, "en": "another"}
        assert len(told) == len(texts)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, ParameterError, "text: text is {}"),
        ("  ", ParameterError, "text: text is '  '"),
        (7, ParameterError, "text: text is 7"),
        ({"it": " "}, ParameterError, "text, it: text, it is ' '.*give a text"),
        ({"en": None}, ParameterError, "text, en: text, en is None"),
        ({"en": {"it": "a"}}, ParameterError, "text, en"),
        ({"it": "a", "fr": "b"}, UnknownNameError, "text, fr: unknown language 'fr'.*it, en"),
        ({"En": "b"}, UnknownNameError, "unknown language 'En'.*did you mean en"),
        ({3: "b"}, UnknownNameError, "unknown language '3'"),
    ],
)
def test_what_is_no_text_is_refused_with_its_language(
    given: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        wording(given, where="text")


def test_texts_are_joined_in_the_languages_that_all_have() -> None:
    assert joined_wordings([BOTH, None, BOTH], "; ") == {
        "it": "Chiude; Chiude",
        "en": "It closes; It closes",
    }
    assert joined_wordings([BOTH, "Apre"], "; ") == "Chiude; Apre"
    assert joined_wordings([{"en": "a"}, {"en": "b"}], " ") == {"en": "a b"}
    assert joined_wordings([{"en": "a"}, "b"], " ") == "a b"
    assert joined_wordings([None], " ") is None

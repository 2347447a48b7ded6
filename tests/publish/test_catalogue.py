"""Law: every phrase the pages ask for stands in both languages, whole, and none stands idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.residents import GROUPS
from quartieri15.planning.speaking import GROUPS as SPOKEN_GROUPS
from quartieri15.publish import catalogue
from quartieri15.publish.catalogue import LANGUAGES, is_phrase, phrases, say
from tests.publish.phrase_use import asked_for, blanks, unused

if TYPE_CHECKING:
    from pathlib import Path

PLURAL = 'msgid "houses_near"\nmsgid_plural "houses_near"\n'
PLURAL += 'msgstr[0] "{n} house"\nmsgstr[1] "{n} houses"\n'


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two catalogues of one phrase each."""
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        (tmp_path / language / "one.po").write_text(f'msgid "hello"\nmsgstr "{language}"\n')
    monkeypatch.setattr(catalogue, "_LOCALE", tmp_path)
    monkeypatch.setattr(catalogue, "_all_phrases", catalogue._all_phrases.__wrapped__)
    return tmp_path


def test_a_phrase_stands_in_every_language_with_the_same_blanks() -> None:
    first, *others = LANGUAGES
    for key, phrase in phrases(first).items():
        for other in others:
            assert blanks(phrases(other)[key]) == blanks(phrase), key
            assert isinstance(phrases(other)[key], str) == isinstance(phrase, str), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_begins_or_ends_with_a_blank_space(language: str) -> None:
    for key, phrase in phrases(language).items():
        for text in [phrase] if isinstance(phrase, str) else phrase:
            assert text == text.strip(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_no_unfinished_or_forgotten_phrase(language: str, root: Path) -> None:
    files = sorted((root / "quartieri15" / "publish" / "locale" / language).glob("*.po"))
    names = {path.name for path in files}
    assert names == {path.name for path in files[0].parents[1].glob("*/*.po")}
    for path in files:
        with path.open("rb") as file:
            read = read_po(file, abort_invalid=True)
        assert str(read.locale) == language, path.name
        assert not read.obsolete, path.name
        assert not [message.id for message in read if message.fuzzy and message.id], path.name


def test_every_phrase_that_is_asked_for_is_there(root: Path) -> None:
    asked = asked_for(root / "quartieri15" / "publish")
    assert len(asked) > 100
    assert {key: where for key, where in asked.items() if not is_phrase(key)} == {}


def test_every_phrase_is_asked_for(root: Path) -> None:
    assert (
        unused(phrases("it").keys() - SPOKEN_GROUPS.keys(), root / "quartieri15" / "publish") == []
    )
    assert unused(["nobody_asks_for_it"], root / "quartieri15" / "publish") != []


def test_every_group_and_kind_has_a_name() -> None:
    for key in (*GROUPS, "ex_csrc", "ex_cam", "wemi_external", "wemi_central"):
        assert is_phrase(key)


def test_foreign_residents_are_never_called_foreign_born() -> None:
    for language, born in (("en", "foreign-born"), ("it", "nati all'estero")):
        for key, phrase in phrases(language).items():
            assert born not in str(phrase), key


def test_an_unknown_language_phrase_or_blank_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown language 'de'"):
        say("covered", "de", minutes=15)
    with pytest.raises(UnknownNameError, match="did you mean covered"):
        say("coverd")
    with pytest.raises(InputError, match="needs 'minutes'"):
        say("covered")


def test_the_number_chooses_between_one_and_many(locale: Path) -> None:
    for language in LANGUAGES:
        (locale / language / "two.po").write_text(PLURAL)
    said = [say("houses_near", "en", n=n) for n in (0, 1, 2)]
    assert said == ["0 houses", "1 house", "2 houses"]
    with pytest.raises(InputError, match="needs 'n'"):
        say("houses_near")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('msgid "late"\nmsgstr ""\n', None),
        ('#, fuzzy\nmsgid "late"\nmsgstr "guessed"\n', None),
        (PLURAL.replace("{n} houses", ""), None),
        ('msgid "late"\nmsgstr "found"\n', "no translation"),
        ('msgid "hello"\nmsgstr "again"\n', "another catalogue"),
        ("late is not yet ready\n", "no catalogue of phrases"),
        ('msgid "late"\nmsgstr "\xff"\n', "no catalogue of phrases"),
    ],
)
def test_a_catalogue_that_is_wrong_is_named(locale: Path, text: str, said: str | None) -> None:
    (locale / "it" / "two.po").write_bytes(text.encode("latin-1"))
    if said is None:
        # Not translated in any language: no phrase, and no blank place on a page.
        assert list(phrases("it")) == list(phrases("en")) != []
        assert not is_phrase("late")
        return
    with pytest.raises(InputError, match=said) as wrong:
        phrases("it")
    assert "publish/locale" in str(wrong.value)

"""The pages of a city without NIL, Municipi or some groups say nothing of what it does not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import quartieri15 as q15
from quartieri15.errors import InputError
from quartieri15.publish.catalogue import LANGUAGES, of_zones, phrases
from tests.editions.raw_town import write_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    city = q15.load(q15.build(write_project(folder / "project"), out=folder / "city"))
    q15.write_site(city, folder / "site")
    return folder / "site"


def test_there_is_a_page_of_the_city_and_of_the_method(pages: Path) -> None:
    names = {path.name for path in pages.glob("*.html")}
    assert names == {"index.html", "metodo.html", "informazioni.html"}
    assert (pages / "dati" / "gaps_parts.csv").is_file()


@pytest.mark.parametrize("name", ["index.html", "metodo.html"])
def test_nothing_is_said_of_nil_or_census_sections(pages: Path, name: str) -> None:
    text = (pages / name).read_text(encoding="utf-8")
    seen = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)
    assert "NIL" not in seen
    assert "sezioni di censimento" not in seen
    assert '"table.column.name":"Zona"' in text


def test_a_city_without_houses_has_no_pages_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no places of the network 'houses'"):
        q15.write_site(q15.load("centro-2019"), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_every_phrase_for_other_zones_has_one_for_nil_and_does_not_name_them() -> None:
    keys = [key for key in phrases("it") if key.startswith("elsewhere.")]
    assert keys
    for key in keys:
        assert of_zones(key.removeprefix("elsewhere."), nil=False) == key
        assert key.removeprefix("elsewhere.") in phrases("it")
        for language in LANGUAGES:
            assert "NIL" not in str(phrases(language)[key])

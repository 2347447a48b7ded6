"""A city is found by its name or by its folder; nothing else is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.editions import loading, milano
from quartieri15.editions.project import read_project
from quartieri15.errors import InputError, MissingFileError, ParameterError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path


def test_every_edition_is_made_by_a_recipe_or_of_a_project() -> None:
    for name in loading.EDITIONS:
        if name in loading.RECIPES:
            recipe = loading.recipe(name)
            assert callable(recipe.build)
            assert callable(recipe.load)
        else:
            assert read_project(loading.find_edition(name) / "project").slug == name


@pytest.mark.parametrize("name", ["milan", "Milano", "roma"])
def test_an_unknown_city_suggests_the_nearest(name: str) -> None:
    with pytest.raises(UnknownNameError, match="milano"):
        loading.load(name)
    with pytest.raises(UnknownNameError, match="milano"):
        loading.recipe(name)


def test_a_name_is_the_folder_that_comes_with_the_library() -> None:
    assert loading.find_edition("milano") == milano.edition_folder("milano")


def test_a_folder_with_a_manifest_is_a_city(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.json").write_text("{}")
    assert loading.find_edition(tmp_path) == tmp_path
    assert loading.find_edition(str(tmp_path)) == tmp_path


def test_a_folder_without_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="holds no MANIFEST"):
        loading.load(tmp_path)
    with pytest.raises(MissingFileError, match="there is no such folder"):
        loading.load(tmp_path / "nowhere")


@pytest.mark.parametrize("city", [None, 3, "", ["milano"]])
def test_what_is_neither_a_name_nor_a_path_is_refused(city: object) -> None:
    with pytest.raises(ParameterError, match=r"city: .* names no city.*one of milano"):
        loading.load(city)


def test_a_file_is_no_city(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.json").write_text("{}")
    with pytest.raises(InputError, match="this is a file, and a city is a folder"):
        loading.load(tmp_path / "MANIFEST.json")

"""The law: what is installed is whole. The wheel alone, anywhere, opens the city.

It carries the edition, the pages' assets and the licence; it carries no raw file and no test. What
is said of the package (version, licence, pins) is said the same in every file that says it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import quartieri15

RAW = (".pbf", ".osm", ".shp", ".gpkg", ".zip")
WHEEL_MEGABYTES = 60


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return build(root, "wheel", folder)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]


@pytest.fixture(scope="module")
def publiccode(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "publiccode.yml").read_text(encoding="utf-8"))


def test_the_wheel_carries_the_edition_the_assets_and_the_licences(root: Path, wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    edition = {
        f"quartieri15/{path.relative_to(root).as_posix()}"
        for path in (root / "data" / "milano").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert edition
    assert edition <= inside
    assert "quartieri15/py.typed" in inside
    assert "quartieri15/publish/assets/leaflet/leaflet.js" in inside
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in inside)


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    inside = zipfile.ZipFile(wheel).namelist()
    strangers = [
        name
        for name in inside
        if not re.match(r"quartieri15(/|-[\d.]+\.dist-info/)", name)
        or name.endswith(RAW)
        or "__pycache__" in name
    ]
    assert not strangers
    assert wheel.stat().st_size < WHEEL_MEGABYTES * 1e6


def test_the_installed_wheel_opens_the_city_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run([*install, "--target", str(site), str(wheel)], elsewhere)

    code = "import quartieri15 as q; print(q.__file__, len(q.load('milano').houses))"
    printed = run([sys.executable, "-c", code], elsewhere, site)
    file, houses = printed.split()
    assert Path(file).is_relative_to(site)
    assert houses == "62"

    assert "analyze" in run([str(site / "bin" / "quartieri15"), "--help"], elsewhere, site)


def test_the_source_archive_is_enough_to_build_and_test(root: Path, tmp_path: Path) -> None:
    archive = build(root, "sdist", tmp_path)
    with tarfile.open(archive) as tar:
        inside = {name.partition("/")[2] for name in tar.getnames()}
    assert {"pyproject.toml", "Makefile", ".ci/environment", "constraints.txt", "LICENSE"} <= inside
    assert {"tests/conftest.py", "quartieri15/__init__.py"} <= inside
    assert any(name.startswith("data/milano/") for name in inside)
    assert not [name for name in inside if name.startswith((".venv", "maps/milano"))]


def test_every_file_tells_the_same_version_and_licence(
    root: Path, project: dict[str, Any], publiccode: dict[str, Any]
) -> None:
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert quartieri15.__version__ == project["version"] == publiccode["softwareVersion"]
    assert f"## {project['version']} - " in changelog
    assert project["license"] == publiccode["legal"]["license"] == "EUPL-1.2"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in (root / "LICENSE").read_text(encoding="utf-8")


def test_publiccode_keeps_the_limits_of_its_standard(publiccode: dict[str, Any]) -> None:
    mandatory = {"publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus"}
    mandatory |= {"softwareType", "releaseDate", "description", "legal", "maintenance"}
    assert mandatory | {"localisation"} <= publiccode.keys()
    assert {"it", "en"} <= publiccode["description"].keys()
    for text in publiccode["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert "\n" not in text["shortDescription"].strip()
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert text["features"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", publiccode["releaseDate"])
    assert publiccode["maintenance"]["contacts"]


def test_the_pins_are_plain_and_satisfy_the_bounds(root: Path, project: dict[str, Any]) -> None:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {}
    for line in lines:
        if not line.startswith("#"):
            pinned = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9A-Za-z.]+)", line)
            assert pinned, line
            pins[canonicalize_name(pinned[1])] = pinned[2]
    extras = project["optional-dependencies"]
    for line in [*project["dependencies"], *extras["test"], *extras["notebook"]]:
        wanted = Requirement(line)
        if wanted.name != project["name"]:
            assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), line


def build(root: Path, target: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    run([*command, "--directory", str(folder)], root)
    [built] = folder.iterdir()
    return built


def run(command: list[str], folder: Path, site: Path | None = None) -> str:
    environment = {**os.environ, "PYTHONPATH": str(site)} if site else None
    result = subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout

"""Law: the commands of the registry say what they did, and do what the library does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from quartieri15 import cli
from quartieri15.editions import loading
from tests.sources.test_registry_edits import cells, row, town, written

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from quartieri15.model.city import City

__all__ = ["town"]


def run(*words: object) -> Result:
    said = ["registry", *map(str, words)]
    return CliRunner().invoke(cli.app, said, env={"COLUMNS": "160"})


@pytest.fixture
def registry(tmp_path: Path, town: City, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(loading, "load", lambda _: town)
    return written(tmp_path, row(1), row(2, confidence="one source"))


def test_what_is_unverified(registry: Path) -> None:
    told = run("list", registry, "--unverified")
    assert told.exit_code == 0
    assert "unverified places: 1" in told.stdout
    assert "CAM-02" not in told.stdout
    assert "places: 2" in run("list", registry).stdout


def test_from_an_edit_to_the_sentence_about_it(registry: Path, tmp_path: Path) -> None:
    former = tmp_path / "former.csv"
    former.write_bytes(registry.read_bytes())
    said = ("--source", "a visit", "--date", "2026-11-26")
    added = ("--name", "Nuova", "--kind", "ex_cam", "--address", "Via Zante 20")
    dry = run("confirm", registry, "CAM-01", *said, "--dry-run")
    assert "nothing is written" in dry.stdout
    assert registry.read_bytes() == former.read_bytes()
    assert "CAM-03 added" in run("add", registry, *added, *said).stdout
    assert "CAM-01 confirmed" in run("confirm", registry, "CAM-01", *said).stdout
    new = ("--column", "name", "--old", "Casa 2", "--new", "Sormani")
    assert "CAM-02 corrected" in run("correct", registry, "CAM-02", *new, *said).stdout
    assert cells(registry, "CAM-02")["name"] == "Sormani"
    told = run("diff", former, registry, "--language", "en").stdout
    assert "3 places change: 1 added, 2 corrected or confirmed." in told
    assert (
        "Sormani (CAM-02): name from “Casa 2” to “Sormani”. Source: a visit, 26 November 2026."
        in (told)
    )
    out = tmp_path / "changes.md"
    assert str(out) in run("diff", former, registry, "--out", out).stdout
    assert out.read_text(encoding="utf-8").startswith("# Che cosa cambia")


def test_what_is_refused_is_one_line_and_1(registry: Path) -> None:
    before = registry.read_bytes()
    for words in (
        ("correct", registry, "CAM-01", "--column", "kind", "--new", "x", "--source", "s"),
        ("confirm", registry, "CAM-9", "--source", "s"),
        ("confirm", registry, "CAM-01", "--source", "s", "--date", "yesterday"),
        ("list", registry.with_name("none.csv")),
    ):
        told = run(*words)
        assert told.exit_code == 1
        assert len(told.stderr.strip().splitlines()) == 1
    assert registry.read_bytes() == before


def test_what_changed_is_written_over_no_registry(registry: Path, tmp_path: Path) -> None:
    other, link = tmp_path / "other.csv", tmp_path / "link.csv"
    other.write_bytes(registry.read_bytes())
    link.symlink_to(registry)
    data = registry.read_bytes()
    for out, told in (
        (registry, "--out: "),
        (link, "is one of the files that are read"),
        (other, "line 1 of what stands there would be lost"),
        (tmp_path / "x.docx", "x.docx does not end in .md or .html or .csv"),
    ):
        said = run("diff", other if out != other else registry, registry, "--out", out)
        assert said.exit_code == 1
        assert told in " ".join(said.stderr.split())
        assert registry.read_bytes() == other.read_bytes() == data
    assert run("diff", other, registry, "--out", tmp_path / "new.csv").exit_code == 0

"""Law: a sound city has no errors, its known traps are told, and a damaged one is told whole."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from quartieri15 import cli
from quartieri15.editions.checking.folder import FilesRefusedError, check, require_no_errors
from quartieri15.editions.loading import find_edition
from quartieri15.errors import InputError, MissingFileError, ParameterError
from quartieri15.progress import quiet

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

CONTRADICTED = ["CSRC-05", "CSRC-08", "CAM-15"]


def rows(found: pd.DataFrame, rule: str) -> list[object]:
    return found.loc[found["rule"] == rule, "row"].tolist()


def problems(found: pd.DataFrame, rule: str) -> str:
    return "\n".join(found.loc[found["rule"] == rule, "problem"])


def test_the_edition_has_no_errors_and_its_traps_are_told() -> None:
    found = check(find_edition("milano"), progress=quiet)
    assert (found.attrs["kind"], found.attrs["error"]) == ("edition", 0)
    assert rows(found, "places.contradicted") == CONTRADICTED
    assert rows(found, "residents.odd_share") == ["zone 24", "zone 32"]
    assert "25 of 69 places" in problems(found, "places.unverified")
    assert rows(found, "places.near_duplicate") == ["CAM-03", "CAM-09", "CAM-32"]


def test_the_raw_files_have_no_errors_and_their_traps_are_told(sources: Path) -> None:
    found = check(sources, progress=quiet)
    assert (found.attrs["kind"], found.attrs["error"]) == ("sources", 0)
    assert rows(found, "places.contradicted") == CONTRADICTED
    assert rows(found, "residents.odd_share") == ["zone 24", "zone 32"]
    assert "25 of 69 places" in problems(found, "places.unverified")
    assert "zone 8 (PARCO SEMPIONE)" in problems(found, "zones.without_residents")
    assert "the figures of 8 and 9 look swapped" in problems(found, "places.stated_number")
    unused = found[found["rule"] == "files.not_used"]
    assert unused["file"].tolist() == ["comune/ds51.disciplina_aree.geojson"] * 3
    assert rows(found, "places.without_position") == ["WEMI-06"]
    assert "15 years apart" in problems(found, "vintages.apart")


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """The edition, of which files are links but for those that a test replaces."""
    folder = tmp_path / "milano"
    folder.mkdir()
    for path in find_edition("milano").iterdir():
        if path.is_file():
            (folder / path.name).symlink_to(path)
    return folder


def replaced(folder: Path, name: str, raw: bytes) -> None:
    (folder / name).unlink()
    (folder / name).write_bytes(raw)


def test_everything_wrong_with_an_edition_is_told_at_once(damaged: Path) -> None:
    text = (damaged / "registry.csv").read_text(encoding="utf-8")
    for old, new in (
        (",9.248009,civic", ",9.248009,exact"),
        ("CSRC-11,Mompiani,ex_csrc,4", "CSRC-11,Mompiani,ex_csrc,44"),
        ("CSRC-13,De André", "CSRC-12,De André"),
        ("CSRC-15,Narcisi,ex_csrc", "CSRC-15,Narcisi,casa"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    replaced(damaged, "registry.csv", text.encode())
    replaced(damaged, "buildings.parquet", b"PAR1")
    (damaged / "services.parquet").unlink()
    found = check(damaged, progress=quiet)
    errors = found[found["severity"] == "error"]
    assert sorted(errors[["file", "row", "rule"]].fillna("").to_numpy().tolist()) == [
        ["buildings.parquet", "", "edition.checksum"],
        ["registry.csv", "line 11", "files.refused"],
        ["registry.csv", "line 12", "files.refused"],
        ["registry.csv", "line 14", "files.refused"],
        ["registry.csv", "line 16", "files.refused"],
        ["services.parquet", "", "files.missing"],
    ]
    with pytest.raises(FilesRefusedError, match="6 errors are in the files"):
        require_no_errors(damaged, progress=quiet)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"files": {"a": {}}}', b"[" * 100_000])
def test_a_manifest_that_is_none(damaged: Path, raw: bytes) -> None:
    replaced(damaged, "MANIFEST.json", raw)
    found = check(damaged, progress=quiet)
    assert "edition.manifest" in found["rule"].tolist()


def test_what_holds_no_city_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such folder"):
        check(tmp_path / "none")
    with pytest.raises(MissingFileError, match="so no city"):
        check(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="this is a file"):
        check(tmp_path / "file")
    with pytest.raises(ParameterError):
        check(3)  # type: ignore[arg-type]


def test_the_command_tells_all_and_ends_with_1_for_errors(damaged: Path) -> None:
    (damaged / "services.parquet").unlink()
    told = CliRunner().invoke(cli.app, ["check", str(damaged), "--json"])
    assert told.exit_code == 1
    document = json.loads(told.stdout)
    assert document["counts"]["error"] == 1
    assert document["findings"][0]["file"] == "services.parquet"
    table = CliRunner().invoke(cli.app, ["check", str(damaged)], env={"COLUMNS": "120"})
    assert table.exit_code == 1
    assert "services.parquet" in table.stdout
    assert ": 1 error, " in table.stdout


def test_the_command_ends_with_0_without_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quartieri15.editions.checking import edition

    monkeypatch.setattr(edition, "check_edition", lambda *_: [])
    shutil.copy(find_edition("milano") / "MANIFEST.json", tmp_path)
    told = CliRunner().invoke(cli.app, ["check", str(tmp_path)])
    said = f"{tmp_path} (edition): 0 errors, 0 warnings, 0 notes"
    assert (told.exit_code, told.stdout.strip()) == (0, said)

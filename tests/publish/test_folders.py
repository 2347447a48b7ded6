"""A folder that is written again keeps all that is not ours, wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.publish.folders import keep_others

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_only_files_of_ours_are_left_behind(tmp_path: Path) -> None:
    ours = {"index.html", "dati/milano.gpkg", "report/gone/old.pdf", "coverage_"}
    mine = {
        *("dati-nostri.xlsx", "dati-vecchi/a.csv", "index.html.orig", "report_2026.docx"),
        *("dati/nostra-mappa.qgz", "report/nostro.pdf", "notes/mine.txt"),
    }
    before, now = tmp_path / "before", tmp_path / "now"
    left = {*ours, "dati/milano.gpkg-wal", "coverage_nil.csv"} - {"coverage_"}
    write(before, *left, *mine)
    (before / "empty").mkdir()
    write(now, "index.html", "dati/milano.gpkg")
    keep_others(before, now, own=ours)
    assert files_of(now) == mine | {"index.html", "dati/milano.gpkg"}
    assert (now / "empty").is_dir()


def test_a_record_that_somebody_changed_takes_nothing_away(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    write(before, "keep.txt", "dati/mine.csv")
    now.mkdir()
    keep_others(before, now, own={"", "/", "dati"})
    assert "keep.txt" in files_of(now)

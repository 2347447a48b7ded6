"""Law: every difference of two registries is told once, with the source of that very edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.sources.registry_differences import registry_differences
from tests.sources.test_registry_edits import row, written

if TYPE_CHECKING:
    from pathlib import Path

EDITED = (
    'the list; [2026-11-26] corrected address, was "Via Sant\'Arnaldo 1": visit; '
    "[2026-12-01] confirmed: letter (2026); second page"
)


def told(
    folder: Path, old: list[dict[str, str]], new: list[dict[str, str]]
) -> list[tuple[object, ...]]:
    paths = []
    for name, rows in (("old", old), ("new", new)):
        (folder / name).mkdir()
        paths.append(written(folder / name, *rows))
    columns = ["id", "change", "column", "before", "after", "date", "source"]
    return [tuple(one) for one in registry_differences(*paths)[columns].to_numpy().tolist()]


def test_equal_registries(tmp_path: Path) -> None:
    assert told(tmp_path, [row(1), row(2)], [row(2), row(1)]) == []


def test_added_and_gone(tmp_path: Path) -> None:
    added = row(3, source="[2026-11-26] added: visit")
    assert told(tmp_path, [row(1), row(2)], [row(1), added]) == [
        ("CAM-03", "added", None, None, "Via Zante 3", "2026-11-26", "visit"),
        ("CAM-02", "gone", None, "Via Zante 2", None, None, None),
    ]


def test_each_change_has_the_source_of_its_own_edit(tmp_path: Path) -> None:
    new = row(1, address="Via Zante 9", confidence="one source", source=EDITED)
    assert told(tmp_path, [row(1)], [new]) == [
        ("CAM-01", "changed", "address", "Via Zante 1", "Via Zante 9", "2026-11-26", "visit"),
        (
            *("CAM-01", "changed", "confidence", "unverified", "one source"),
            *("2026-12-01", "letter (2026); second page"),
        ),
    ]


def test_a_move_is_measured(tmp_path: Path) -> None:
    old, new = row(1), row(1, lat=row(11)["lat"], lon=row(11)["lon"], source="the list; a map")
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    paths = written(tmp_path / "old", old), written(tmp_path / "new", new)
    (found,) = registry_differences(*paths).to_dict("records")
    assert (found["change"], found["date"], found["source"]) == ("moved", None, "a map")
    # The scale of UTM near its middle is 0.9996, and the ellipsoid is no sphere.
    assert abs(found["moved_m"] - 100) < 0.5


def test_a_position_that_is_new(tmp_path: Path) -> None:
    nowhere = {"lat": "", "lon": "", "location_precision": "none"}
    found = told(tmp_path, [row(1, **nowhere)], [row(1)])
    assert [one[1:3] for one in found] == [("changed", "location_precision"), ("moved", None)]
    assert found[1][3] is None


def test_a_source_more_and_nothing_else(tmp_path: Path) -> None:
    new = row(1, source="the list; [2026-12-01] confirmed: letter")
    assert told(tmp_path, [row(1)], [new]) == [
        ("CAM-01", "sourced", None, None, None, "2026-12-01", "letter")
    ]


def test_how_a_number_is_written_is_no_difference(tmp_path: Path) -> None:
    assert told(tmp_path, [row(1, nil_id="1")], [row(1, nil_id="1.0")]) == []

"""Law: what stands at the name of a result is replaced only where each of its lines is kept."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quartieri15.errors import OutputError, ParameterError
from quartieri15.publish.single_files import replacing_own_file, require_single_file

if TYPE_CHECKING:
    from pathlib import Path

LINES = st.lists(st.sampled_from(["a", "b,1", "b,2", "", "è"]), max_size=4)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    former=LINES,
    new=LINES,
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", codecs.BOM_UTF8]),
)
def test_no_line_is_lost(
    tmp_path: Path, former: list[str], new: list[str], end: str, mark: bytes
) -> None:
    path = tmp_path / "result.csv"
    data = mark + end.join(former).encode()
    path.write_bytes(data)
    lost = [line for line in former if line and line not in new]
    written = "\n".join(new).encode()
    if lost:
        told = f"line {former.index(lost[0]) + 1} of what stands there would be lost"
        with pytest.raises(OutputError, match=told), replacing_own_file(path) as unfinished:
            unfinished.write_bytes(written)
    else:
        with replacing_own_file(path) as unfinished:
            unfinished.write_bytes(written)
    assert path.read_bytes() == (data if lost else written)
    assert [one.name for one in tmp_path.iterdir()] == ["result.csv"]


def test_what_is_read_is_never_written(tmp_path: Path) -> None:
    source, twin, link = (tmp_path / name for name in ("a.csv", "twin.csv", "link.csv"))
    source.write_text("id\n")
    twin.hardlink_to(source)
    link.symlink_to(source)
    for out in (source, twin, link, tmp_path / "x" / ".." / "a.csv"):
        with pytest.raises(ParameterError, match="one of the files that are read"):
            require_single_file(out, endings=(".csv",), read=[source], where="out")
    with pytest.raises(OutputError, match="no result of an earlier call"):
        require_single_file(source, endings=(".csv",), first_line="id,score", where="out")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match="no result of an earlier call"):
        require_single_file(tmp_path / "folder.csv", endings=(".csv",), where="out")
    with pytest.raises(ParameterError, match=r"does not end in \.md or \.html"):
        require_single_file(source, endings=(".md", ".html"), where="out")
    assert require_single_file(source, endings=(".csv",), first_line="id", where="out") == source

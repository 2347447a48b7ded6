"""The command shows what changes, asks, and says what it has done."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

from quartieri15 import cli
from quartieri15.analysis.edition_changes import edition_changes
from quartieri15.cli.application import DATA_PROBLEM
from quartieri15.interrupts import INTERRUPTED
from quartieri15.publish import updating
from quartieri15.publish.updating import Update
from tests.analysis.test_edition_changes import town, with_addresses

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def found(tmp_path: Path) -> Update:
    before = with_addresses(town())
    renamed = before.zones["nil"].assign(name="[red]Nuovo")
    after = town(west=(0, 0)).with_(zones={**before.zones, "nil": renamed})
    after = with_addresses(after, (1, 0.0, True))
    inputs = pd.DataFrame(
        [("nil", "f", "new", "2026", "https://x.it/nil.geojson", "")],
        columns=["name", "file", "state", "vintage", "origin", "remark"],
    )
    return Update(folder=tmp_path, inputs=inputs, changes=edition_changes(before, after))


@pytest.fixture
def asked(found: Update, monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """The command line with an update that is found already."""
    calls = []

    def update(city: str, *, confirm=None, **more) -> Update:
        calls.append({"city": city, "confirm": confirm, **more})
        agreed = confirm is not None and found.changes is not None and confirm(found)
        return replace(found, replaced=agreed, former=found.folder / "former" if agreed else None)

    monkeypatch.setattr(updating, "update", update)
    return calls


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["update", *words])


def test_yes_shows_what_changes_and_replaces(asked, found) -> None:
    result = run("milano", "--yes", "--keep", "streets", "--dataset", "ages=ds1")
    assert result.exit_code == 0, result.output
    assert asked[0]["keep"] == ["streets"]
    assert asked[0]["datasets"] == {"ages": "ds1"}
    for words in ("Inputs", "People", "Coverage", "Streets", "Addresses", "Places", "Zones"):
        assert words in result.stdout
    assert "[red]Nuovo" in result.stdout
    assert "gone" in result.stdout
    assert f"City: {found.folder}" in result.stdout.replace("\n", "")
    assert "The former one:" in result.stdout


def test_a_dry_run_shows_and_asks_nobody(asked) -> None:
    result = run("--dry-run")
    assert result.exit_code == 0
    assert asked[0]["confirm"] is None
    assert "People" in result.stdout
    assert "Nothing was replaced" in result.stdout


def test_without_anybody_to_ask_it_says_so_before_any_work(asked, monkeypatch) -> None:
    monkeypatch.setattr(updating, "require_possible", lambda *_, **__: None)
    result = run()
    assert result.exit_code == DATA_PROBLEM
    assert "nobody is there to be asked" in result.stderr
    assert "--yes" in result.stderr
    assert not asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["torino"], "'torino' cannot be updated"),
        (["--keep", "trees"], "unknown input 'trees'"),
        (["--sources", "nowhere"], "nowhere: there is no such folder"),
        (["--portal", "http://x.it"], "is not encrypted"),
        (["--keep", "ages", "--dataset", "ages=ds1"], "--keep ages and --dataset ages=ds1"),
    ],
)
def test_without_anybody_to_ask_other_mistakes_are_told_first(asked, words, said) -> None:
    result = run(*words)
    assert result.exit_code == DATA_PROBLEM
    assert said in result.stderr
    assert "nobody is there" not in result.stderr
    assert not asked


AT_THE_QUESTION = """
from pathlib import Path
from types import SimpleNamespace
from quartieri15.interrupts import end_at_once, tidying_up
end_at_once()
from quartieri15 import cli
from quartieri15.publish import terminal, updating

def update(city, *, confirm, **more):
    with tidying_up():
        confirm(SimpleNamespace(folder=Path("here")))

updating.update, terminal.show_update = update, print
cli.app(["update"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_ctrl_c_at_the_question_ends_as_everywhere(key) -> None:
    import pty

    child, terminal = pty.fork()
    if not child:
        os.execv(sys.executable, [sys.executable, "-c", AT_THE_QUESTION])  # noqa: S606
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, key)
    with contextlib.suppress(OSError):
        while more := os.read(terminal, 1000):
            shown += more
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == INTERRUPTED
    assert b"nothing is half-written" in shown


def test_without_a_terminal_every_step_is_a_line(asked, capsys) -> None:
    run("--dry-run")
    asked[0]["progress"]("asking example.org, attempt 2 of 5")
    assert capsys.readouterr().err == "milano: asking example.org, attempt 2 of 5\n"


def test_json_is_for_programs(asked, found) -> None:
    result = run("--json")
    assert json.loads(result.stdout) == found.to_dict()
    assert asked[0]["confirm"] is None
    replaced = json.loads(run("--json", "--yes").stdout)
    assert replaced["replaced"] is True
    assert replaced["former"].endswith("former")


@pytest.mark.usefixtures("asked")
def test_where_nothing_is_new_it_says_so(found) -> None:
    object.__setattr__(found, "changes", None)
    result = run("--yes")
    assert "Nothing is new" in result.stdout
    assert "Inputs" in result.stdout
    assert "People" not in result.stdout


def test_a_dataset_without_a_name_is_refused(asked) -> None:
    assert run("--yes", "--dataset", "ds1").exit_code == 2
    assert not asked


def test_going_back_without_a_former_edition(tmp_path) -> None:
    (tmp_path / "milano").mkdir()
    (tmp_path / "milano" / "MANIFEST.json").write_text("{}")
    result = run("--back", "--out", str(tmp_path / "milano"))
    assert result.exit_code == DATA_PROBLEM
    assert "no former edition is kept" in result.stderr
    former = tmp_path / "milano.kept" / "2026-11-26T120000.000000Z"
    former.mkdir(parents=True)
    (former / "MANIFEST.json").write_text("{}")
    listed = run("--kept", "--out", str(tmp_path / "milano"))
    assert listed.stderr == ""
    assert listed.stdout.replace("\n", "") == str(former)


def test_where_no_former_edition_is_kept_it_says_so(tmp_path) -> None:
    (tmp_path / "milano").mkdir()
    (tmp_path / "milano" / "MANIFEST.json").write_text("{}")
    listed = run("--kept", "--out", str(tmp_path / "milano"))
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "No former edition of" in listed.stderr


@pytest.mark.parametrize("alone", ["--back", "--kept"])
@pytest.mark.parametrize(
    "words",
    [
        *(["--dry-run"], ["--json"], ["--yes"], ["--offline"]),
        *(["--keep", "nil"], ["--sources", "raw"], ["--streets", "a.osm"]),
    ],
)
def test_what_goes_alone_is_refused_with_anything_else(asked, alone, words, tmp_path) -> None:
    """Who says that nothing is to be replaced means it."""
    result = run(alone, *words, "--out", str(tmp_path))
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert f"{alone} goes alone" in said
    assert words[0] in said
    assert not asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--back", "--kept"], "--back goes alone, or with --out, and not with --kept"),
        (["--yes", "--dry-run"], "--yes replaces and --dry-run does not"),
        (
            ["--dataset", "ages=ds1", "--dataset", "ages=ds2"],
            "ages=ds1 and ages=ds2 contradict each other",
        ),
    ],
)
def test_what_contradicts_is_refused_and_both_are_named(asked, words, said) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in " ".join(word for word in result.stderr.split() if word != "│")
    assert not asked

"""Progress is shown where somebody looks, and never mixes with results."""

from __future__ import annotations

import io
import sys
import types

import pytest

from quartieri15 import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_stays_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown("Milano") as say:
        say("reading the streets")
    assert capsys.readouterr() == ("", "")


def test_a_log_gets_a_line_for_each_new_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say = progress.in_lines("Milano")
    for step in ("asking", "asking", "reading [the] streets"):
        say(step)
    assert capsys.readouterr() == ("", "Milano: asking\nMilano: reading [the] streets\n")
    # Where the steps are seen to move, they are not written as well.
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert progress.in_lines("Milano") is None


def test_a_terminal_sees_the_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", screen)
    with progress.shown("[Milano]") as say:
        say("reading [the] streets")
    assert "[Milano]: reading [the] streets" in screen.getvalue()
    assert capsys.readouterr().out == ""


def test_a_notebook_sees_the_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    with progress.shown("Milano") as say:
        say("reading the streets")
    assert "Milano: reading the streets" in capsys.readouterr().err


def test_a_notebook_sees_how_much_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    with progress.shown("Milano") as say:
        say("trying links, 1,500 of 2,000")
        say("naming 3 links")
    told = [line.strip() for line in capsys.readouterr().err.split("\r") if "Milano: " in line]
    with_bar, without = told
    bar = with_bar.partition("|")[2].rpartition("|")[0]
    assert len(bar) == 24
    assert len(bar.rstrip()) == 18
    assert "|" not in without


def test_ctrl_c_passes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(KeyboardInterrupt), progress.shown("Milano"):
        raise KeyboardInterrupt

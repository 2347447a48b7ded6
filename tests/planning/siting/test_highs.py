"""The law: a HiGHS that gives wrong answers is not asked."""

from __future__ import annotations

import pytest

from quartieri15.errors import InputError
from quartieri15.planning.siting import highs


@pytest.mark.parametrize("version", ["1.14.0", "1.14.1"])
def test_unsound_versions_are_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "version", lambda _: version)
    with pytest.raises(InputError, match="wrong optima"):
        highs.sound_highs()


@pytest.mark.parametrize("version", ["1.11.0", "1.15.1", "1.140.0"])
def test_others_are_not(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "version", lambda _: version)
    assert highs.sound_highs().__name__ == "highspy"

"""What the edition says of a NIL beside its groups is what the Comune publishes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.editions.milano_figures import FIGURES
from quartieri15.sources import comune
from quartieri15.sources.comune_environment import read_environment

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City


def test_the_city_adds_up(milano: City) -> None:
    nil = milano.zones["nil"]
    # ds1440, 2021. The plan for welfare has 333,727 and about 32,000 in 2020.
    assert nil["one_person_households"].sum() == 335_921
    assert nil["lone_parent_households"].sum() == pytest.approx(32_000, rel=0.03)
    # 180.3 in 2020, and 184.3 by the same people a year on.
    index = 100 * nil["over65"].sum() / nil["children_0_14"].sum()
    assert index == pytest.approx(184.3, abs=0.05)
    assert (nil["children_0_14"] <= nil["minors"]).all()
    for part in ("one_person_households", "lone_parent_households"):
        assert (nil[part] <= nil["households"]).all()
    assert nil[list(FIGURES)].notna().all(axis=None)


def test_every_nil_has_its_own(milano: City, sources: Path) -> None:
    nil = milano.zones["nil"].set_index("id")
    read = read_environment(sources / "comune/ambiente_nil_2024.csv")
    for name in read.columns:
        assert nil[name].tolist() == read[name].tolist()
    homes = comune.read_households(sources / "comune/famiglie_nil_2021.csv")
    assert nil.loc[homes.index, "lone_parent_households"].tolist() == homes["lone_parent"].tolist()
    assert nil.loc[8, ["one_person_households", "children_0_14"]].tolist() == [0, 0]

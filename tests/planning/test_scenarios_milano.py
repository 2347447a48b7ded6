"""Laws: what the documentation shows of every kind of edit is so in Milano, and is taken back byte
for byte; the metres and counts that are told are those of the tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quartieri15.model import stress
from quartieri15.planning.edits import (
    KINDS,
    AddStreet,
    CalmTraffic,
    CycleTrack,
    ProjectResidents,
    edit_of,
)
from quartieri15.planning.scenario import Scenario
from tests.planning.toy_town import assert_same_tables

if TYPE_CHECKING:
    from quartieri15.model.city import City

DOCUMENT = Path(__file__).parents[2] / "docs" / "scenarios.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> list[Scenario]:
    folder = tmp_path_factory.mktemp("documented")
    scenarios = []
    for i, text in enumerate(EXAMPLES):
        path = folder / f"example_{i}.yaml"
        path.write_text(text, encoding="utf-8")
        scenarios.append(Scenario.from_file(path))
    return scenarios


def test_the_document_shows_every_kind_of_edit(documented: list[Scenario]) -> None:
    assert {edit.kind for one in documented for edit in one.edits} == set(KINDS)


@pytest.mark.parametrize("i", range(len(EXAMPLES)))
def test_every_example_is_so(documented: list[Scenario], milano: City, i: int) -> None:
    scenario = documented[i]
    told = scenario.resolve(milano)
    assert len(told.preview) >= len(scenario.edits)
    changed = told.effects[["edges", "places", "people"]].to_numpy().any(axis=1)
    barrier = (told.effects["kind"] == "remove_barrier").to_numpy()
    assert (changed | barrier).all()
    assert "scenarios" not in milano.provenance


def test_edits_of_all_tables_are_taken_back_byte_for_byte(
    documented: list[Scenario], milano: City
) -> None:
    names = ("Calm traffic", "A bridge", "The railway goes", "A new estate", "A place moves")
    edits = [edit for one in documented if one.name in names for edit in one.edits]
    whole = Scenario("all tables", edits)
    assert_same_tables(whole.inverse(milano).apply(whole.apply(milano)), milano)


def test_a_track_in_via_boifava(milano: City) -> None:
    told = Scenario("track", [CycleTrack("via Boifava")]).resolve(milano)
    edges, after = milano.streets.edges, told.city.streets.edges
    rows = np.flatnonzero((edges["cycle_facility"] != after["cycle_facility"]).to_numpy())
    assert set(edges["name"].iloc[rows]) == {"Via Pietro Boifava"}
    effect = told.effects.iloc[0]
    assert effect["edges"] == len(rows)
    assert effect["length_m"] == pytest.approx(edges["length_m"].iloc[rows].sum())
    assert set(stress.levels(after.iloc[rows])) == {1}
    assert after["bicycle_backward"].iloc[rows].all()
    assert told.city.residents is milano.residents
    assert told.city.places is milano.places
    assert told.city.streets.nodes is milano.streets.nodes


def test_a_bridge_that_joins_shortens_ways_and_one_that_does_not_is_refused(milano: City) -> None:
    # Over the railway east of Porto di Mare.
    edit = edit_of("passerella tra via Dalmazia e via Cassio Dione").meant(milano)
    assert isinstance(edit, AddStreet)
    told = Scenario("bridge", [edit]).resolve(milano)
    effect = told.effects.iloc[0]
    assert effect["edges"] == 1
    assert 50 < effect["length_m"] < 1500
    assert len(told.city.streets.edges) > len(milano.streets.edges)
    assert told.city.streets.edges["bridge"].iloc[-1]


def test_calm_traffic_counts_what_is_calm_already(milano: City) -> None:
    first = CalmTraffic("via Zante")
    twice = Scenario(
        "twice", [first, CalmTraffic("via Zante", maxspeed_kmh=40, may_change_nothing=True)]
    )
    effects = twice.effects(milano)
    assert effects["already_m"].tolist() == [0, effects["length_m"].iloc[0]]


def test_the_people_of_2030_close_on_the_published_totals(milano: City) -> None:
    totals = {"residents": 1_395_603, "minors": 189_802, "foreign": 310_500}
    after = Scenario("2030", [ProjectResidents(2030, totals=totals)]).apply(milano)
    people = after.residents
    for group, total in totals.items():
        assert round(float((people[group] * 1e6).round().sum())) == total * 1_000_000
        assert after.zones["nil"][group].sum() == pytest.approx(total, abs=1e-3)
        in_nil = people.groupby("nil")[group].sum()
        told = after.zones["nil"].set_index("id")[group]
        assert (in_nil - told.reindex(in_nil.index)).abs().max() < 1e-3
    assert (people["minors"] + people["over65"] <= people["residents"] + 1e-6).all()
    for part, whole in (
        ("foreign", "residents"),
        ("over75", "over65"),
        ("over85", "over75"),
        ("over65_alone", "over65"),
    ):
        assert (people[part] <= people[whole] + 1e-9).all()
    assert people["households"].equals(milano.residents["households"])

"""Law: a page of a scenario says what its comparison says, and of nobody alone."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.model import profiles
from quartieri15.planning.scenario import Scenario
from quartieri15.planning.shipped import shipped_scenarios
from quartieri15.publish.cells import hexagon_of
from quartieri15.publish.site import scenarios
from quartieri15.publish.site.hexagons import UNREACHED, hexagons_of
from quartieri15.publish.site.material import Material
from quartieri15.publish.site.packing import unpack
from quartieri15.publish.site.pages import pages_of
from quartieri15.publish.site.publisher import Publisher
from quartieri15.publish.site.sections import pages, scenario, scenarios_here
from tests.ascii_city import draw_city
from tests.publish.site.towns import material_of, page_of

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.publish.site.page import Page

TOWN = """
A--------B--------C--------D
|        |                 |
E--------F        G--------H
"""
PEOPLE = {
    (1.0, 0.0): 2000.0,
    (17.0, 3.0): 900.0,
    (26.0, 1.0): 1400.0,
    (10.0, 0.0): 330.0,
    (26.0, 2.0): 600.0,
    (4.0, 3.0): 7.0,
}
CLOSES = Scenario(
    "Zante closes",
    [{"close_place": "Zante"}],
    date=dt.date(2027, 1, 1),
    description={"it": "La casa di via Zante chiude.", "en": "The house <b>Zante</b> closes."},
    cost_eur=1000,
    cost_source="ours",
    assumptions=["Nessuna casa apre", "Nessuna casa apre"],
)
CALMER = Scenario("Calm street", [{"calm_traffic": {"along": "street 1"}}])


@pytest.fixture(scope="module")
def town() -> City:
    return draw_city(
        TOWN, cell=40.0, places={"Acquabella": (0.0, 0.0), "Zante": (26.0, 3.0)}, people=PEOPLE
    )


@pytest.fixture(scope="module")
def material(town: City) -> Material:
    return Material(
        city=town,
        publisher=Publisher(),
        when=dt.datetime(2026, 11, 26, tzinfo=dt.UTC),
        travellers=(profiles.WALK_75, profiles.STEP_FREE),
        scenarios=(CLOSES,),
        minutes=5.0,
    )


@pytest.fixture(scope="module")
def page(material: Material) -> Page:
    return next(page for page in pages_of(material) if page.kind == "scenario")


@pytest.fixture(scope="module")
def data(material: Material, page: Page) -> dict[str, Any]:
    return scenario.data(material, page)


def test_its_rows_are_those_of_the_published_comparison(
    material: Material, data: dict[str, Any]
) -> None:
    told = scenarios.published(material)[CLOSES.name].summary
    for who, answer in data["answers"].items():
        rows = told[(told["profile"] == who) & (told["area_set"] == "city")]
        assert [row["group"] for row in answer["groups"] if row["name"] is None] == list(
            rows["group"]
        )
        for row, (_, own) in zip(answer["groups"], rows.iterrows(), strict=False):
            for side in ("before", "after"):
                beyond = own[f"population_{side}"] - own[f"covered_{side}"]
                assert row[f"uncovered_{side}"] == (None if math.isnan(beyond) else beyond)
            for name in {*scenario.COUNTS} & {*own.index}:
                assert row[name] == (None if math.isnan(own[name]) else own[name]), (who, name)
    whole = data["answers"]["walk_75"]["groups"][0]
    assert whole["lost"] > 0
    assert whole["gained"] == 0
    assert "chiude" not in json.dumps(data["answers"]["walk_75"]["sentences"])


def test_no_count_of_people_in_it_is_small_or_exact(data: dict[str, Any]) -> None:
    for answer in data["answers"].values():
        rows = [*answer["groups"], *(row for zone in answer["zones"].values() for row in zone)]
        for row in rows:
            for name in set(scenario.COUNTS) & set(row):
                assert row[name] is None or row[name] % 10 == 0, name


def test_hexagons_hold_enough_people_and_their_mean_minutes(
    material: Material, town: City, data: dict[str, Any]
) -> None:
    people: dict[tuple[int, int], float] = defaultdict(float)
    weighted: dict[tuple[int, int], float] = defaultdict(float)
    residents = town.residents
    before = material.times(profiles.WALK_75)["minutes"].to_numpy()
    columns, rows = hexagon_of(residents.geometry.x.to_numpy(), residents.geometry.y.to_numpy())
    for column, row, count, minutes in zip(
        columns, rows, residents["residents"], before, strict=True
    ):
        people[column, row] += count
        weighted[column, row] += count * minutes
    where = unpack(data["hexagons"]["where"])
    told = unpack(data["hexagons"]["minutes"]["walk_75"])
    found = list(zip(where["column"].tolist(), where["row"].tolist(), strict=True))
    assert set(found) == {key for key, count in people.items() if count >= 10}
    assert len(found) < len(people)
    for key, twice in zip(found, told["before"].tolist(), strict=True):
        assert twice / 2 == pytest.approx(weighted[key] / people[key], abs=0.25 + 1e-9)


def test_who_crosses_the_threshold_is_told_where_enough_do(
    material: Material, data: dict[str, Any]
) -> None:
    exact = scenarios.compared(material)[CLOSES.name].addresses
    rows = exact[(exact["profile"] == "walk_75") & (exact["change"] == "no_longer_covered")]
    columns, lines = hexagon_of(rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy())
    lost: dict[tuple[int, int], float] = defaultdict(float)
    for column, line, count in zip(columns, lines, rows["over65"], strict=True):
        lost[column, line] += count
    where = unpack(data["hexagons"]["where"])
    found = unpack(data["hexagons"]["crossing"]["walk_75"])
    limits = [*data["hexagons"]["limits"], math.inf]
    assert len(found["lost"])
    assert not len(found["gained"])
    keys = [(int(where["column"][k]), int(where["row"][k])) for k in found["lost_at"]]
    assert set(keys) == {key for key, count in lost.items() if count >= 10}
    for key, size in zip(keys, found["lost"], strict=True):
        assert limits[size] <= lost[key] < limits[size + 1]


def test_where_no_house_is_reached_there_are_no_minutes(material: Material) -> None:
    cells = hexagons_of(material)
    nowhere = cells.people * math.nan
    assert set(cells.mean_minutes(nowhere)) == {UNREACHED}


def test_it_says_what_is_done_assumed_and_not_known(data: dict[str, Any]) -> None:
    [edit] = data["edits"]
    assert (edit["number"], edit["sign"]) == (1, "closed")
    assert edit["where"]["it"] == "Zante"
    assert [round(v) for v in edit["at"]] == edit["at"]
    assert data["description"] == {
        language: (text, language) for language, text in CLOSES.description.items()
    }
    assumed = dict.fromkeys(("it", "en"), ("Nessuna casa apre", "it"))
    # What it costs, and who says so: the scenario itself.
    assert [(one["text"], one["source"]) for one in data["assumptions"]] == [
        (None, None),
        (assumed, None),
    ]
    assert data["unknown"]
    assert data["who"] == "walk_75"


def test_a_scenario_is_about_the_zones_that_it_edits(town: City) -> None:
    assert scenarios.area_of(town, Scenario("idle").resolve(town)) is None
    area = scenarios.area_of(town, CLOSES.resolve(town))
    zante = town.places.set_index("name").geometry["Zante"]
    assert shapely.intersects(area, zante)


def test_the_list_of_pages_tells_what_is_beyond_and_what_changes(
    material: Material, page: Page
) -> None:
    told = pages.data(material, page)
    cover = material.coverage(profiles.WALK_75, "municipi")
    own = cover[cover["group"] == "over65"].iloc[0]
    assert told["beyond"]["municipio-1"]["people"] == own["uncovered"]
    assert (
        told["scenarios"][page.slug]["lost"]
        == (scenario.data(material, page)["answers"]["walk_75"]["groups"][0]["lost"])
    )


def test_an_area_lists_the_scenarios_that_change_it(material: Material, page: Page) -> None:
    here = scenarios_here.data(material, page)
    assert [one["name"] for one in here["scenarios"]] == [CLOSES.name]
    far = shapely.transform(page.area, lambda xy: xy + 1e5)
    elsewhere = scenarios_here.data(material, type(page)(**{**vars(page), "area": far}))
    assert elsewhere["scenarios"] == []


def test_a_municipio_lists_them_too_and_says_nothing_where_none_has_a_page(
    material: Material, town: City
) -> None:
    own = page_of(material, "municipio-1")
    assert "scenarios_here" in own.sections
    assert [one["name"] for one in scenarios_here.data(material, own)["scenarios"]]
    alone = material_of(town, scenarios=())
    assert scenarios_here.data(alone, page_of(alone, "municipio-1")) == {}


def test_where_only_people_change_the_group_that_changes_most_is_named() -> None:
    rows = pd.DataFrame(
        {
            "area_set": ["city", "city", "city", "nil"],
            "group": ["over65", "foreign", "minors", "residents"],
            "population_change": [0.0, -26_660.0, np.nan, 90_000.0],
        }
    )
    assert scenarios.who_comes(rows) == {"come": {"group": "foreign", "change": -26_660}}
    assert scenarios.who_comes(rows[:1]) == {}


def test_where_only_people_change_the_page_says_how_many_are_there_and_left_out(
    town: City,
) -> None:
    projection = Scenario(
        "Later",
        [{"project_residents": {"year": 2029, "totals": {"minors": 400}, "source": "ours"}}],
    )
    own = material_of(
        town, travellers=(profiles.WALK_75,), scenarios=(projection, CLOSES), minutes=5.0
    )
    page = next(page for page in pages_of(own) if page.scenario == "Later")
    answer = scenario.data(own, page)["answers"]["walk_75"]
    [figure] = answer["figures"]
    rows = {row["group"]: row for row in answer["groups"] if row["name"] is None}
    minors = rows["minors"]
    assert (minors["population_after"], rows["over65"]["population_change"]) == (400, 0)
    exact = scenarios.compared(own)["Later"].summary.set_index(["area_set", "group"])
    city = exact.loc[("city", "minors")]
    for side in ("before", "after"):
        beyond = city[f"population_{side}"] - city[f"covered_{side}"]
        assert minors[f"uncovered_{side}"] == pytest.approx(beyond, abs=10)
        assert f"{minors[f'uncovered_{side}']}" in figure["caption"]["en"]
    assert figure["value"]["it"].startswith("−")
    # Nobody asks of a house that closes what becomes of a group that the pages do not count.
    closes = scenarios.compared(own)[CLOSES.name]
    assert set(closes.summary["group"]) == set(own.groups) == set(closes.provenance["groups"])


def test_the_scenarios_of_milano_come_with_it(milano: City, town: City) -> None:
    found = shipped_scenarios(milano)
    assert len(found) == len({one.name for one in found}) > 1
    assert all(one.description for one in found)
    assert shipped_scenarios(town) == ()

"""Whatever the library gives can be looked at, coloured by what it is about, and tells no few."""

from __future__ import annotations

import json
import re
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import quartieri15 as q15
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.publish import exploring
from quartieri15.publish.exploring import explore
from tests.ascii_city import draw_city

PICTURE = """
A--B--C
|  |  |
D--E--F
"""
ASK: dict[str, Any] = {"to": "houses", "profile": "walk_75"}


@pytest.fixture(scope="module")
def town() -> q15.City:
    return draw_city(
        PICTURE,
        cell=60,
        places={"west": (0, 0), "east": (6, 2)},
        people={(1, 0): 200, (5, 2): 300, (3, 0): 50},
    )


def drawn(city: q15.City, *results: Any, **options: Any) -> dict[str, dict[str, Any]]:
    """Return the layers of the results on the page, by id."""
    page = explore(city, *results, **options).get_root().render()
    text = re.search(r'<script id="layers" type="application/json">(.*)</script>', page)
    assert text is not None
    return {one["id"]: one for one in json.loads(text[1]) if re.search(r"\d$", one["id"])}


def results(city: q15.City) -> dict[str, Any]:
    times = q15.travel_times(city, **ASK)
    cover = q15.coverage(city, minutes=2, times=times, **ASK)
    closing = q15.Scenario("closing", [q15.edits.ClosePlace("West")])
    return {
        "times": times,
        "matrix": q15.travel_time_matrix(city, **ASK),
        "coverage": cover,
        "by place": q15.coverage(city, by="place", minutes=2, times=times, **ASK),
        "gaps": q15.find_gaps(city, cover),
        "catchments": q15.catchments(city, "houses", profile="walk_75", minutes=(1, 2)),
        "reached": q15.reached_streets(city, "houses", profile="walk_75", minutes=2),
        "loads": q15.street_loads(city, **ASK),
        "supply": q15.supply(city, by="nil", minutes=2, **ASK),
        "contributions": q15.contributions(city, minutes=2, **ASK),
        "fairness": q15.fairness(city, by="nil", minutes=2, **ASK),
        "scenario": closing,
        "comparison": q15.compare(city, closing, minutes=1, draws=0, **ASK),
        "sites": q15.best_sites(city, 1, minutes=1, **ASK),
        "surface": q15.travel_time_surface(city, "houses", profile="walk_75"),
        "streets": city.streets,
        "houses": city.houses,
        "zones": city.zones["nil"],
    }


def test_every_result_is_drawn(town: q15.City) -> None:
    for name, result in results(town).items():
        layers = drawn(town, result)
        assert layers, name
        assert sum(len(one["features"]["features"]) for one in layers.values()) > 0, name


def test_the_chosen_column_colours_what_has_it(town: q15.City) -> None:
    cover = q15.coverage(town, minutes=2, groups="over65", **ASK)
    page = explore(town, cover, column="share", language="en").get_root().render()
    assert "Share within the threshold, people aged 65 and over, threshold 2 minutes" in page
    with pytest.raises(UnknownNameError, match="did you mean share"):
        explore(town, cover, column="shore")


def test_one_question_is_drawn_and_the_last_year(town: q15.City) -> None:
    rows = [
        {"zone_id": zone, "group": group, "year": year, "change_share": share}
        for zone in town.zones["nil"]["id"]
        for group, year, share in (
            ("over65", 2020, 0.5),
            ("over65", 2021, -0.25),
            ("foreign", 2021, 0.75),
        )
    ]
    (layer,) = drawn(town, pd.DataFrame(rows)).values()
    popups = [feature["properties"]["popup"] for feature in layer["features"]["features"]]
    assert len(popups) == len(town.zones["nil"])
    assert all("2021" in popup and "over65" in popup for popup in popups)


def test_of_many_rows_shapes_are_one_and_their_colours_are_kept(
    town: q15.City, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = q15.street_loads(town, **ASK)
    (cards,) = drawn(town, loads).values()
    monkeypatch.setattr(exploring, "MOST_CARDS", 1)
    (merged,) = drawn(town, loads).values()
    colours = [
        {feature["properties"]["style"]["color"] for feature in one["features"]["features"]}
        for one in (cards, merged)
    ]
    assert colours[0] == colours[1]
    assert all("popup" not in one["properties"] for one in merged["features"]["features"])


def test_what_cannot_be_drawn_is_said_with_its_place(town: q15.City) -> None:
    for wrong, said in (
        (3, "a int was given"),
        (pd.DataFrame({"a": [1]}), "nothing in it"),
        (pd.DataFrame(), "nothing in it"),
        (town, "a City was given"),
    ):
        with pytest.raises(InputError, match=f"layer 2: .*{said}"):
            explore(town, town.houses, wrong)


def test_texts_of_a_table_stay_texts(town: q15.City) -> None:
    table = gpd.GeoDataFrame(
        {"name": ["<b>Casa</b>"], "<i>x</i>": ["{{ 6 * 7 }}"]},
        geometry=[shapely.Point(512_010, 5_034_000)],
        crs=town.crs,
    )
    (layer,) = drawn(town, table).values()
    popup = layer["features"]["features"][0]["properties"]["popup"]
    assert "&lt;b&gt;Casa" in popup
    assert "&lt;i&gt;x" in popup

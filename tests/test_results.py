"""Law: every result can be written to any usual file, read again, and put beside another.

What a table says of itself (``attrs``) is plain JSON, whatever the tables it was made of said.
"""

from __future__ import annotations

import datetime as dt
import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import quartieri15 as q15
from quartieri15.planning.runs import run_of
from quartieri15.publish.disclosure import publishable
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

PICTURE = """
A--B--C
|  |  |
D--E--F
"""
ASK: dict[str, Any] = {"to": "houses", "profile": "walk_75"}


def talkative() -> City:
    """A city whose tables say of themselves what no file can hold."""
    toy = draw_city(
        PICTURE, cell=60, places={"west": (0, 0), "east": (6, 2)}, people={(1, 0): 20, (5, 2): 30}
    )
    said = {
        "array": np.arange(3),
        "table": toy.places,
        "when": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "path": Path("raw.csv"),
        "missing": [np.nan, pd.NA, pd.NaT],
        7: {np.int64(1): object()},
        ("a", 1): toy.streets,
    }
    tables = {"places": toy.places, "residents": toy.residents, "nil": toy.zones["nil"]}
    tables = {name: table.copy() for name, table in tables.items()}
    for table in tables.values():
        table.attrs = said
    # Ids of whole numbers, which no key of JSON is.
    places = tables["places"].assign(id=[7, 8])
    return q15.City.from_tables(
        "toy",
        streets=toy.streets,
        places=places,
        zones={"nil": tables["nil"]},
        residents=tables["residents"],
        provenance=said | {"vintages": {"streets": dt.date(2022, 7, 1)}},
    )


@pytest.fixture(scope="module")
def results() -> dict[str, pd.DataFrame]:
    """The result of every verb."""
    city = talkative()
    cover = q15.coverage(city, minutes=4, **ASK)
    areas = q15.catchments(city, "houses", profile="walk_75", minutes=(2, 4))
    closed = {"Mon": [], dt.date(2026, 1, 1): [7]}
    closing = q15.Scenario("closing", [q15.edits.ClosePlace("West")])
    compared = q15.compare(city, closing, minutes=1, draws=2, **ASK)
    sites = q15.best_sites(city, 1, minutes=1, **ASK)
    links = q15.missing_links(city, minutes=1, n=1, sets=1, **ASK)
    return {
        "houses": city.houses,
        "residents": city.residents,
        "zones": city.zones["nil"],
        "times": q15.travel_times(city, **ASK),
        "times, two": q15.travel_times(city, k=2, closed=closed, **ASK),
        "matrix": q15.travel_time_matrix(city, **ASK),
        "matrix, dense": q15.travel_time_matrix(city, dense=True, **ASK),
        "coverage": cover,
        "coverage by place": q15.coverage(city, by="place", **ASK),
        "expected": q15.expected_coverage(city, to="houses", distribution="paces_65plus"),
        "gaps": q15.find_gaps(city, cover),
        "publishable": publishable(cover),
        "loads": q15.street_loads(city, by_place=True, **ASK),
        "streets": q15.reached_streets(city, "houses", profile="walk_75", minutes=4),
        "areas": areas,
        "area": q15.reached_area(city, "houses", profile="walk_75", minutes=4),
        "bands": q15.bands(areas),
        "simplified": q15.simplified(areas),
        "unknown": q15.profiles.unknown_km(city.streets, "step_free"),
        "effects": closing.effects(city),
        "preview": closing.preview(city),
        "compared": compared.table,
        "compared, in all": compared.summary,
        "compared, addresses": compared.addresses,
        "compared, places": compared.places,
        "sites": sites.sites,
        "sites, curve": q15.site_curve(city, (1, 2), minutes=1, **ASK),
        "links": links.links,
        "runs": q15.runs_table([run_of(city, minutes=1, **ASK)]),
        "junctions": q15.junction_tables(city.streets)[0],
    }


def test_they_say_of_themselves_plain_json(results: dict[str, pd.DataFrame]) -> None:
    for name, table in results.items():
        text = json.dumps(table.attrs, allow_nan=False)
        assert json.loads(text) == table.attrs, name
    provenance = results["coverage"].attrs["provenance"]
    assert provenance["array"] == [0, 1, 2]
    assert provenance["table"] == "GeoDataFrame of 2 rows"
    assert provenance["when"] == "2026-01-01T00:00:00+00:00"
    assert provenance["missing"] == [None, None, None]
    assert results["times, two"].attrs["closed"] == {"Mon": [], "2026-01-01": [7]}
    assert set(results["times"].attrs["place_snap_m"]) == {"7", "8"}


def test_they_are_written_and_read_again(results: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    for name, table in results.items():
        path = tmp_path / "table.parquet"
        # A departure may be called anything; a column of a file is of one kind.
        written = table.astype({"departure": str}) if "departure" in table.columns else table
        written.to_parquet(path)
        read = gpd.read_parquet if isinstance(table, gpd.GeoDataFrame) else pd.read_parquet
        back = read(path)
        assert len(back) == len(table), name
        if not isinstance(table, gpd.GeoDataFrame):
            assert back.attrs == table.attrs, name
        table.to_csv(tmp_path / "table.csv")
        table.reset_index(drop=True).to_json()
        again = pickle.loads(pickle.dumps(table))  # noqa: S301  (our own)
        assert again.attrs == table.attrs, name
        if isinstance(table, gpd.GeoDataFrame):
            table.to_file(tmp_path / "table.gpkg", layer="one")


def test_two_of_a_kind_stand_under_and_beside_each_other(
    results: dict[str, pd.DataFrame],
) -> None:
    for name, table in results.items():
        assert pd.concat([table, table.copy()]).attrs == table.attrs, name
        plain = table.reset_index(drop=True)
        beside = plain.merge(plain.copy(), left_index=True, right_index=True)
        assert len(beside) == len(table), name
    other = results["times, two"]
    assert len(pd.concat([results["times"], other])) == len(results["times"]) + len(other)

"""Law: the services of Milano are the rows of their files that are asked for, where they stand."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from quartieri15.editions import milano as edition
from quartieri15.editions import milano_published as published
from quartieri15.editions import milano_services as services
from quartieri15.errors import InputError


def test_every_row_of_a_kind_is_there_and_where_it_was(milano, sources):
    raw = gpd.read_parquet(sources / services.POINTS)
    kept = milano.services
    points = kept[kept["id"].str.startswith("poi2021-")]
    number = points["id"].str.removeprefix("poi2021-").astype(int)
    own = raw.iloc[number].to_crs(milano.crs)
    assert set(number) == set(np.flatnonzero(raw["subclass"].isin(list(services.KINDS))))
    assert (own["subclass"].to_numpy() == points["kind"].astype(str).to_numpy()).all()
    assert own.distance(points.geometry, align=False).max() < 0.1
    lists = kept[~kept["id"].str.startswith("poi2021-")]
    counts = lists["kind"].astype(str).value_counts().to_dict()
    assert counts == {
        kind: told["rows"] - told["beyond the streets"]
        for kind, told in published.CITY_LISTS.items()
    }


def test_what_is_left_out_is_told(milano):
    told = milano.provenance["left_out"]["services"]
    kept = milano.services
    assert told["by_kind"] == kept["kind"].astype(str).value_counts().sort_index().to_dict()
    points = kept["id"].str.startswith("poi2021-").sum()
    assert told["points_read"] - told["points_of_other_kinds"] == points
    assert told["outside_the_streets"] == {"surface_stop": 54, "metro_station": 6}
    assert "may be missing" in told["completeness"]


def test_bookshops_letter_boxes_and_chemists_are_no_services(milano):
    kinds = set(milano.services["kind"])
    assert not kinds & {"books", "post_box", "chemist"}
    assert (milano.services["network"] == milano.services["kind"].map(network_of)).all()


def network_of(kind):
    lists = {one.kind: one.network for one in services.LISTS.values()}
    return (dict(services.KINDS) | lists)[kind]


def test_nobody_is_named(milano):
    names = milano.services.loc[milano.services["kind"].isin(services.NAMELESS), "name"]
    assert set(names) == set(services.NAMELESS)
    assert milano.provenance["left_out"]["services"]["names_of_people_left_out"] > 0
    assert not milano.services["name"].str.contains(r"@\w+\.|\d{6}").any()


def test_the_edition_states_them(folder):
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    assert "2021-08" in manifest["vintages"]["services"]
    assert "ODbL" in manifest["licences"]["services"]
    assert manifest["files"]["services.parquet"]["bytes"] < 300_000
    assert "`services.parquet`" in (folder / "LICENSES.md").read_text(encoding="utf-8")


@pytest.fixture
def folder():
    return edition.edition_folder()


def test_a_list_that_is_not_whole_is_refused(milano, sources, tmp_path):
    name = "comune/tpl_metrofermate_2022.csv"
    rows = pd.read_csv(sources / name, sep=";", dtype=str).iloc[1:]
    rows.to_csv(tmp_path / "metro.csv", sep=";", index=False)
    with pytest.raises(InputError, match=r"tpl_metrofermate_2022\.csv: .*rows"):
        services.read_list(tmp_path / "metro.csv", name, milano.streets)

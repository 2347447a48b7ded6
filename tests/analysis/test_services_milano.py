"""Law: the figures of docs/services.md are those of the data, by the calls it names."""

from __future__ import annotations

import re
import runpy

import geopandas as gpd
import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import find_gaps
from quartieri15.analysis.quarters import quarters_reached
from quartieri15.analysis.services import service_times
from quartieri15.editions.loading import load_quarters
from quartieri15.editions.milano_services import KINDS, LISTS
from quartieri15.planning.siting.sites import best_sites
from quartieri15.reach.times import travel_times


@pytest.fixture(scope="module")
def text(root):
    return " ".join((root / "docs" / "services.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def found(milano):
    return service_times(milano, profile="walk_75")


def test_its_snippets_run_as_they_stand(root, tmp_path, monkeypatch):
    text = (root / "docs" / "services.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    desks = "id;name;lon;lat;mail\n1;Duomo;9,19;45,464;a@b.it\n"
    (tmp_path / "sportelli.csv").write_text(desks, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "snippets.py").write_text("\n".join(snippets), encoding="utf-8")
    names = runpy.run_path("snippets.py")
    assert {"near", "desks", "quarters", "health"} <= set(names)


def tens(people):
    return f"{round(people, -1):,.0f}"


def test_the_table_of_services(milano, text, found):
    services = milano.services
    inside = gpd.sjoin(services, milano.zones["nil"][["geometry"]])
    told = found.by_kind.groupby("kind")
    network = dict(zip(services["kind"], services["network"], strict=True))
    rows = [
        f"| {network[kind]} | {kind} | {(services['kind'] == kind).sum()} "
        f"| {(inside['kind'] == kind).sum()} | {(near['within'] > 0).sum()} "
        f"| {near['nearest_minutes'].median():.0f} |"
        for kind, near in told
    ]
    assert len(rows) == len(KINDS) + len(LISTS)
    for row in rows:
        assert row in text


def test_houses_and_services(text, found):
    assert f"{len(found.pairs):,} pairs" in text
    near = found.by_kind.pivot(index="place_id", columns="kind", values="within")
    assert (near["pharmacy"] == 0).sum() == 6
    assert "Six houses have no pharmacy" in text
    assert f"{(near['library'] == 0).sum()} no library" in text


def share(milano, to):
    row = coverage(milano, to=to, profile="walk_75", by="city", groups="over65").iloc[0]
    return f"{row['share']:.1%}"


def test_digital_services_have_two_bounds(milano, text):
    low = share(milano, milano.places_named("houses", "wemi"))
    high = share(milano, milano.places_named("houses", "wemi", "library", "townhall"))
    assert f"{low} of people over 65, if only houses and WeMi desks" in text
    assert f"{high}, if all libraries and town halls had one too" in text


def test_quarters(milano, text):
    reached = quarters_reached(
        milano, load_quarters(), to="houses", profile="walk_75", groups="residents"
    )
    for row in reached.itertuples():
        bounds = [tens(n) for n in (row.people_low, row.people_expected, row.people_high)]
        point = f"{row.point_minutes:.0f} minutes"
        assert f"| {row.quarter} | {tens(row.people)} | {' | '.join(bounds)} | {point} |" in text
    assert reached["within"].tolist() == ["nobody", *["not_decided"] * 3]
    times = travel_times(milano, to="houses", profile="walk_75")
    near = times[(milano.residents["nil"] == 28).to_numpy()].nsmallest(1, "minutes").iloc[0]
    house = milano.houses.set_index("id").loc[near["place_id"]]
    assert f"{near['minutes']:.1f} minutes from {house['name']}" in text
    assert f"up to {house['location_uncertainty_m']:.0f} m from" in text
    adult = quarters_reached(milano, load_quarters(), to="houses", profile="walk_adult").iloc[0]
    assert adult["people_low"] == 0
    assert f"between none and {tens(adult['people_high'])} of the tenants" in text


def test_sites_for_quarters(milano, text):
    quarters = load_quarters()
    asked = {"group": "over65", "profile": "walk_75"}
    homes = milano.residents[milano.residents["nil"].isin(quarters["nil"])]
    best = best_sites(milano, 1, candidates=homes, **asked)
    assert best.proven
    assert best.sites["nil"].tolist() == ["SAN SIRO"]
    assert f"takes one in San Siro: {tens(best.value)} people over 65" in text
    four = best_sites(milano, 1, candidates=quarters, **asked)
    assert four.sites["candidate_id"].tolist() == ["ERP-01"]
    assert f"it is Molise Calvairate: {tens(four.value)}" in text


def test_health(milano, text):
    cover = coverage(milano, to="health", profile="walk_75", groups="over65")
    nobody = cover.loc[(cover["covered"] == 0) & (cover["population"] > 0), "zone"]
    (named,) = re.findall(r"in six inhabited NIL nobody has: ([^.]*)\.", text)
    assert sorted(name.upper() for name in named.split(", ")) == sorted(nobody)
    gaps = find_gaps(milano, cover, groups="over65")
    assert set(nobody) <= set(gaps["zone"])
    assert "OpenStreetMap holds what mappers had drawn" in str(
        cover.attrs["provenance"]["left_out"]["services"]["completeness"]
    )
    assert f"On the map {share(milano, 'health')} of people" in text
    other = milano.places_named("doctors", "clinic", "hospital")
    assert f"it is {share(milano, other)}" in text

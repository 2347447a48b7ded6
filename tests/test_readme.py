"""What the README says is what the library answers."""

from __future__ import annotations

import dataclasses
import re

import geopandas as gpd
import pandas as pd
import pytest

import quartieri15 as q15
from quartieri15.editions.milano import edition_folder
from quartieri15.model.places import CONTRADICTION_M, UNVERIFIED, position_certainty
from quartieri15.publish.disclosure import publishable

PACES = {
    "adult, 4.5 km/h": "walk_adult",
    "person of 65, 3.6 km/h": "walk_65",
    "person of 75, 3.2 km/h": "walk_75",
    "person of 80 or more, 2.9 km/h": "walk_80plus",
}


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def covered(city, profile, by="city", group="over65"):
    table = q15.coverage(city, to="houses", profile=profile, minutes=15, by=by, groups=group)
    return publishable(table).set_index("zone_id")


def test_its_examples_run(readme, milano, root, monkeypatch):
    monkeypatch.chdir(root)
    names = {}
    for code in re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL):
        exec(compile(code, "README.md", "exec"), names)  # noqa: S102 (our own lines)
    assert len(names["times"]) == len(milano.residents)
    assert len(names["plan"].edits) > 10


@pytest.mark.parametrize(("pace", "profile"), PACES.items())
def test_its_shares_are_ours(readme, milano, pace, profile):
    shares = [
        f"{covered(milano, profile, group=group)['share'].iloc[0]:.1%}".replace("%", " %")
        for group in ("over65", "foreign")
    ]
    assert f"| {pace} | {' | '.join(shares)} |" in readme


def test_its_counts_are_ours(readme, milano):
    said = " ".join(readme.split())
    adult, older = covered(milano, "walk_adult"), covered(milano, "walk_75")
    assert f"counts {adult['covered'][0] - older['covered'][0]:,.0f} older people" in said
    assert f"{older['uncovered'][0]:,.0f} of {older['population'][0]:,.0f} live farther" in said
    nil = covered(milano, "walk_75", by="nil")
    for zone, count in nil["uncovered"].nlargest(3).items():
        assert f"({count:,.0f})" in said, nil["zone"][zone]
    magenta = nil[nil["zone"] == "PORTA MAGENTA"].iloc[0]
    assert magenta["covered"] == 0
    assert f"nobody of {magenta['population']:,.0f} is within" in said
    municipi = covered(milano, "walk_75", by="municipi")["share"]
    best, worst = municipi.idxmax(), municipi.idxmin()
    assert f"Municipio {best} is served best ({100 * municipi[best]:.1f} %" in said
    assert f"Municipio {worst} worst ({100 * municipi[worst]:.1f} %)" in said
    bike = covered(milano, "bike_65")["share"][0]
    assert f"({100 * bike:.1f} % of older people at 12 km/h)" in said


SITES = (
    "via degli Scipioni 8",
    "via Rembrandt 2",
    "via Lattanzio 65",
    "piazza Napoli 4",
    "via Vallazze 37",
)


def test_its_five_sites_bring_as_many_as_it_says(readme, milano):
    said = " ".join(readme.split())
    for site in SITES:
        assert site.rpartition(" ")[0] in said
    opened = q15.Scenario("five", [q15.edits.OpenPlace(s, address=s) for s in SITES]).apply(milano)
    now, then = (
        q15.coverage(city, to="houses", profile="walk_75", by="city", groups="over65").iloc[0]
        for city in (milano, opened)
    )
    assert f"bring {round(then['covered'] - now['covered'], -1):,.0f} more older people" in said
    assert f"({100 * now['share']:.1f} % to {100 * then['share']:.1f} %)" in said


def test_it_says_what_the_programme_and_zante_change(readme, milano):
    said = " ".join(readme.split())
    plan = q15.Scenario.from_file(edition_folder() / "scenarios" / "mi-over-net-2026.yaml")
    after = plan.apply(milano)
    older = milano.residents["over65"].to_numpy()
    on_foot, ridden = (
        [
            q15.travel_times(city, to="houses", profile=profile)["minutes"].to_numpy()
            for city in (milano, after)
        ]
        for profile in ("walk_75", "bike_65")
    )
    assert (on_foot[0] == on_foot[1]).all()
    sooner = ridden[1] < ridden[0] - 1e-9
    assert f"let {round(older[sooner].sum(), -1):,.0f} people of 65 and older ride" in said
    assert ((ridden[0] <= 15) == (ridden[1] <= 15))[older > 0].all()
    zante = q15.Scenario("without Zante", [q15.edits.ClosePlace("Zante")])
    found = q15.compare(milano, zante, profile="walk_75", by="city", groups="over65").summary.iloc[
        0
    ]
    low, high = sorted(round(abs(found[end]), -1) for end in ("low", "high"))
    assert f"Without Zante {round(found['lost'], -1):,.0f} older people" in said
    assert f"({low:,.0f} to {high:,.0f}, in nine of ten draws)" in said


def test_it_says_how_uncertain_the_positions_are(readme, milano):
    said = " ".join(readme.split())
    houses = milano.houses
    told = position_certainty(houses)
    assert f"positions of {told['in_doubt']} of the {len(houses)} houses are uncertain" in said
    rough, unverified = houses["location_precision"] != "civic", houses["confidence"] == UNVERIFIED
    assert f"{told['less_than_civic']['street']} are only known to the street" in said
    assert (
        f"{told['unverified']} are unverified ({(rough & unverified).sum()} of them both)" in said
    )
    nearest, *_, farthest = told["contradicted_m"]
    assert f"for {told['contradicted']} the two sources contradict" in said
    assert f"by {nearest:.0f} to {farthest:.0f} m" in said
    assert f"only {houses['summer_2026_hours'].notna().sum()} have stated hours" in said


def test_it_says_what_the_contradictions_move(readme, milano):
    said = " ".join(readme.split())
    listed = pd.read_csv(edition_folder() / "cool_spaces.csv").set_index("ds3017_id")
    registry = pd.read_csv(edition_folder() / "registry.csv").set_index("id")
    apart = milano.places.set_index("id")["location_contradiction_m"] > CONTRADICTION_M
    ids = apart.index[apart]
    listed = listed.loc[registry.loc[ids, "ds3017_id"]]
    points = gpd.GeoSeries(gpd.points_from_xy(listed["lon"], listed["lat"]), ids, crs=4326)
    points = points.to_crs(milano.crs)

    def moved(*names):
        places = milano.places.set_index("id", drop=False).copy()
        places.loc[list(names), "geometry"] = points[list(names)]
        city = dataclasses.replace(milano, places=places.reset_index(drop=True))
        before, after = (
            q15.coverage(one, to="houses", profile="walk_75", by="city", groups="over65")
            for one in (milano, city)
        )
        # To tens, as every count that is published.
        return f"{round(before['covered'][0] - after['covered'][0], -1):,.0f}"

    assert f"these {len(ids)}, {moved(*ids)} fewer older people" in said
    assert f"{moved('CSRC-05')} of them by one house, Sammartini" in said


def test_the_files_it_points_to_are_there(readme, root):
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (root / target).exists(), target


def test_its_commands_are_in_the_makefile(readme, root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z]+)", readme):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_how_sure_it_is_comes_of_the_draws(readme, milano):
    said = " ".join(readme.split())
    told = q15.sensitivity(milano, profile="walk_75")
    one = told.headlines[(told.headlines["by"] == "city") & (told.headlines["group"] == "over65")]
    low, high = 100 * one["share_low"].iloc[0], 100 * one["share_high"].iloc[0]
    assert f"{low:.1f} to {high:.1f} % of the over-65s" in said
    ranking = told.ranking[told.ranking["group"] == "over65"].sort_values("rank")
    first = ranking["top_frequency"].head(10).to_numpy()
    assert "The first five NIL of the list of gaps are firm ground; the tenth is a" in said
    assert (first[:5] > 0.95).all()
    assert first[9] < 0.5


def test_a_saturday_in_july_lies_between_its_two_bounds(readme, milano):
    told = q15.coverage_by_hour(
        milano,
        to="houses",
        profile="walk_75",
        groups="over65",
        at="2026-07-11 16:00",
        hours="summer_2026_opening_hours",
    ).iloc[0]
    low, high = (round(told[name], -1) for name in ("covered_at_least", "covered_at_most"))
    said = " ".join(readme.split())
    assert f"between {low:,.0f} and {high:,.0f} over-65s" in said
    assert f"of {told['places_unknown']} houses nobody knows" in said

"""What the README says is what the library answers."""

from __future__ import annotations

import re

import pytest

import quartieri15 as q15
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


def test_its_example_runs(readme, milano):
    (code,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    names = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 (our own ten lines)
    assert len(names["times"]) == len(milano.residents)


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
    vague = (milano.houses["location_precision"] == "street").sum()
    assert f"{vague} of the {len(milano.houses)} houses are only known to the street" in said


def test_the_files_it_points_to_are_there(readme, root):
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (root / target).exists(), target


def test_its_commands_are_in_the_makefile(readme, root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z]+)", readme):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target

"""Law: what the pages on plans and addresses say of Milano is what the library answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest

from quartieri15.planning.comparing.compare import compare
from quartieri15.planning.links.missing import missing_links
from quartieri15.planning.scenario import Scenario
from quartieri15.planning.siting.sites import best_sites, best_to_keep
from quartieri15.publish.disclosure import rounded
from quartieri15.publish.words import zone_text

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City


def said(root: Path, page: str) -> str:
    return " ".join((root / "docs" / page).read_text(encoding="utf-8").split())


def tens(count: float) -> str:
    """A count of people as the pages write it."""
    return f"{rounded([count])[0]:,.0f}"


def signed_tens(change: float) -> str:
    return ("-" if change < 0 else "") + tens(abs(change))


@pytest.mark.parametrize("profile", ["walk_75", "walk_65"])
def test_the_five_best_sites(root: Path, milano: City, profile: str) -> None:
    page = said(root, "siting.md")
    best = best_sites(milano, 5, profile=profile)
    assert best.proven
    after = best.covered_before + best.value
    assert f"{tens(best.population)} people are over 65" in page
    assert f"{tens(best.covered_before)} are" in page
    assert f"({best.covered_before / best.population:.1%}".replace("%", " %") in page
    assert (
        f"ive more reach {tens(best.value)} (proven; {after / best.population:.1%}".replace(
            "%", " %"
        )
        in page
    )
    for row in best.sites.to_dict("records"):
        if profile == "walk_65":
            assert row["address"] in page
            continue
        cells = (row["address"], zone_text(row["nil"]), row["municipio"], tens(row["gain"]))
        assert f"| {row['rank']} | {' | '.join(map(str, cells))} |" in page


def test_which_houses_to_keep(root: Path, milano: City) -> None:
    page = said(root, "siting.md")
    for n, words in ((50, "of the 62 houses keep"), (40, "keep"), (30, "keep")):
        kept = best_to_keep(milano, n, profile="walk_75")
        assert kept.proven
        assert f"the best {n} {words} {tens(kept.value)}" in page


def test_what_missing_links_are_found(root: Path, milano: City) -> None:
    page = said(root, "links.md")
    found = missing_links(milano)
    told, links = found.provenance, found.links.iloc[: found.provenance["listed"]]
    assert f"of whom {tens(told['covered_before'])} of {tens(told['population'])}" in page
    helping = f"{told['candidates']:,} candidates, {told['candidates_that_help']:,} of which help"
    assert helping in page
    first, all_of_them = links["gained"].iloc[0], found.sets["gained_in_all"].iloc[-1]
    assert f"The best gains {tens(first)} people" in page
    assert f"five chosen one after the other {tens(all_of_them)}, or" in page
    assert f"{len(milano.buildings):,} buildings" in page
    dead_ends = int((links["kind"] == "dead_end").sum())
    assert f"{dead_ends} of the best {len(links)} are dead ends" in page
    assert (links["length_m"] < 15).sum() == 2
    assert "Two are shorter than 15 m" in page
    late = found.links.set_index("link_id").loc[found.sets["link_id"].iloc[-1]]
    step = tens(found.sets["gained"].iloc[-1])
    assert late["gained"] == pytest.approx(0)
    assert (
        f"{late['length_m']:.0f} m that alone help nobody, and beside the first one {step}" in page
    )


def test_what_scenarios_around_a_house_change(root: Path, milano: City) -> None:
    page = said(root, "comparing.md")
    zante = milano.houses.set_index("id").geometry["CSRC-10"]
    east, south = (
        gpd.GeoSeries.from_xy([zante.x + x], [zante.y + y], crs=milano.crs).to_crs(4326).iloc[0]
        for x, y in ((600, 0), (0, -2500))
    )
    opened = {"name": "new", "at": [south.x, south.y], "kind": "ex_csrc"}
    plans = {
        "close Zante": {"close_place": "Zante"},
        "move Zante by 600 m": {"move_place": {"place": "Zante", "at": [east.x, east.y]}},
        "open a house 2.5 km south": {"open_place": opened},
        "close Sammartini": {"close_place": "Sammartini"},
    }
    asked: dict[str, Any] = {"profile": "walk_75", "groups": "over65", "by": "city"}
    every = [Scenario(name, [edit]) for name, edit in plans.items()]
    for row in compare(milano, every, draws=0, **asked).summary.to_dict("records"):
        assert re.search(
            rf"\| {row['scenario']}[^|]* \| {signed_tens(row['difference'])} \|", page
        ), row["scenario"]
    row = compare(milano, every[:1], draws=200, **asked).summary.iloc[0]
    interval = f"{signed_tens(row['low'])} to {signed_tens(row['high'])}"
    assert f"| close Zante | {signed_tens(row['difference'])} | {interval} |" in page


def test_how_many_addresses_there_are(root: Path, milano: City) -> None:
    page = said(root, "names_and_addresses.md")
    addresses = milano.addresses
    assert f"{len(addresses):,} civic numbers" in page
    assert f"{addresses['residential'].sum():,} of them residential" in page

"""A folder of an answer is whole, agrees with itself, tells no few people, keeps what is not ours.

Counted again from the city by hand: what the tables say is what the library computes, rounded.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from scipy.sparse import csr_array, vstack

from quartieri15.errors import InputError, OutputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.planning.comparing.compare import compare
from quartieri15.planning.links.missing import missing_links
from quartieri15.planning.scenario import Scenario
from quartieri15.planning.siting.sites import best_sites, site_curve
from quartieri15.publish import charts
from quartieri15.publish.asked import not_known_of, title_of
from quartieri15.publish.changes import publishable_minutes
from quartieri15.publish.comparing.figures import figures
from quartieri15.publish.comparing.layers import map_layers
from quartieri15.publish.comparing.view import View
from quartieri15.publish.comparison import published_comparison, write_comparison
from quartieri15.publish.drawing import SHAPES
from quartieri15.publish.links import publishable_links, write_links
from quartieri15.publish.not_known import not_known
from quartieri15.publish.plan_layers import edit_layers
from quartieri15.publish.sites import publishable_sites, write_sites
from quartieri15.publish.words import say
from tests.ascii_city import draw_city
from tests.publish.folder_attack import (
    Known,
    after_plan,
    attack,
    known_about,
    public,
    read_changes,
    recovered,
)

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

BASE = 10
ASKED: dict[str, Any] = {"profile": "walk_75", "minutes": 5}


@pytest.fixture(scope="module")
def city() -> City:
    return draw_city(
        """
A--------B--------C--------D
|        |                 |
E--------F        G--------H
""",
        cell=40.0,
        places={"house": (0.0, 0.0), "other": (9.0, 3.0)},
        people={(1.0, 0.0): 2004.0, (17.0, 3.0): 903.0, (26.0, 1.0): 1407.0, (10.0, 0.0): 41.0},
    )


def with_places(city: City, at: dict[str, tuple[float, float]]) -> City:
    """The city with its first place moved by some metres, again and again."""
    first = city.places.iloc[[0]]
    rows = [
        first.assign(id=name, name=name).set_geometry(first.geometry.translate(*step))
        for name, step in at.items()
    ]
    return city.with_(places=gpd.GeoDataFrame(pd.concat(rows, ignore_index=True)))


@pytest.fixture(scope="module")
def plans(city: City) -> dict[str, City]:
    return {
        "east": with_places(city, {"house": (0, 0), "other": (360, -120), "new": (1040, 0)}),
        "only east": with_places(city, {"new": (1040, 0)}),
        "nothing": city,
    }


@pytest.fixture(scope="module")
def comparison(city: City, plans: dict[str, City]) -> Any:
    return compare(city, plans, areas="municipi", draws=20, **ASKED)


@pytest.fixture(scope="module")
def compared(city: City, comparison: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "deep" / "out"
    write_comparison(city, comparison, out)
    return out


@pytest.fixture(scope="module")
def sites(city: City) -> Any:
    return best_sites(city, 2, **ASKED)


@pytest.fixture(scope="module")
def links(city: City) -> Any:
    return missing_links(city, max_length_m=400, detour_m=100, detour_ratio=1.2, **ASKED)


def counts_in(folder: Path) -> list[float]:
    """Every number of people in every table of a folder."""
    names = ("population", "covered", "gained", "lost", "people", "gain", "quicker", "value")
    found: list[float] = []
    for path in folder.glob("*.csv"):
        table = pd.read_csv(path)
        for name in table.columns:
            if name.startswith(names) and pd.api.types.is_numeric_dtype(table[name]):
                found += table[name].dropna().tolist()
    return found


def test_a_comparison_holds_every_file(compared: Path) -> None:
    assert {path.name for path in compared.iterdir()} == {
        *("index.html", "README.txt", "summary.json", "changes.gpkg", "comparison_nil.csv"),
        *("comparison_summary.csv", "minutes_saved.csv", "places.csv"),
    }
    assert [path.name for path in compared.parent.iterdir()] == ["out"]


def test_every_count_is_rounded_and_none_is_small(compared: Path) -> None:
    counts = counts_in(compared)
    assert len(counts) > 100
    assert all(count % BASE == 0 for count in counts)
    cells = pyogrio.read_dataframe(compared / "changes.gpkg", layer="changes")
    assert (cells["people_from"] >= BASE).all()
    assert "people" not in cells.columns
    text = (compared / "index.html").read_text("utf-8")
    for exact in ("2004", "2.004", "903", "1407", "1.407"):
        assert f">{exact}<" not in text


def test_no_small_count_comes_back_from_a_comparison(
    city: City, plans: dict[str, City], compared: Path
) -> None:
    """The attack on all tables of the folder; what it reads is what anybody can read."""
    own = {name: later for name, later in plans.items() if name != "nothing"}
    known = known_about(city, [profiles.WALK_75], [5.0], plans=own)
    zones = pd.read_csv(compared / "comparison_nil.csv")
    totals = pd.read_csv(compared / "comparison_summary.csv")
    totals = totals[totals["area_set"] == "city"].assign(by="city", zone_id=0)
    told = public(known)
    tables = [table[table["scenario"].isin(list(own))] for table in (zones, totals)]
    read_changes(told, tables, known, base=BASE)
    assert recovered(attack(known, told, "over75", "over65")) == []


def test_the_summary_is_the_table(compared: Path) -> None:
    summary = json.loads((compared / "summary.json").read_text("utf-8"))
    table = pd.read_csv(compared / "comparison_summary.csv")
    rows = pd.DataFrame(summary["comparison"])
    assert len(rows) == len(table)
    for name in ("covered_before", "covered_after", "gained", "lost", "difference"):
        np.testing.assert_array_equal(rows[name].astype(float), table[name])
    assert summary["asked"]["scenarios"] == ["east", "only east", "nothing"]
    assert summary["data"]["licence_line"] == "drawn for a test"
    assert table["licence"].dropna().tolist() == ["drawn for a test"]


def test_figures_are_those_of_the_library_rounded(comparison: Any, compared: Path) -> None:
    exact = comparison.summary.set_index(["scenario", "area_set", "group"])
    told = pd.read_csv(compared / "comparison_summary.csv").set_index(
        ["scenario", "area_set", "group"]
    )
    for key, row in told.iterrows():
        for name in ("covered_before", "covered_after", "gained", "lost"):
            assert np.isnan(row[name]) or abs(row[name] - exact.loc[key, name]) <= 2 * BASE
    assert told.loc[("nothing", "city", "over65"), ["gained", "lost"]].tolist() == [0, 0]


def test_the_page_says_plainly_when_nothing_changes(
    city: City, plans: dict[str, City], tmp_path: Path
) -> None:
    found = compare(city, {"nothing": plans["nothing"]}, draws=0, **ASKED)
    write_comparison(city, found, tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "la copertura non cambia affatto" in text
    assert "coverage does not change at all" in text


def test_sites_are_written_without_a_curve_too(city: City, sites: Any, tmp_path: Path) -> None:
    write_sites(city, sites, tmp_path / "out")
    assert (tmp_path / "out" / "sites.csv").exists()
    assert not (tmp_path / "out" / "curve.csv").exists()


def test_sites_are_written_with_their_curve(city: City, sites: Any, tmp_path: Path) -> None:
    curve = site_curve(city, (1, 2), **ASKED)
    summary = write_sites(city, sites, tmp_path / "out", curve=curve)
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files >= {"index.html", "README.txt", "summary.json", "sites.csv", "sites.gpkg"}
    table = pd.read_csv(tmp_path / "out" / "sites.csv")
    assert table["rank"].tolist() == [1, 2][: len(table)]
    assert len(summary["sites"]) == len(table) == len(sites.sites)
    assert all(count % BASE == 0 for count in counts_in(tmp_path / "out"))
    drawn = pyogrio.read_dataframe(tmp_path / "out" / "sites.gpkg", layer="sites")
    expected = sites.sites.geometry.to_crs(4326)
    np.testing.assert_allclose(table["longitude"], expected.x, atol=1e-6)
    assert drawn.geometry.geom_equals_exact(sites.sites.geometry, 1e-6).all()


def test_no_small_count_comes_back_from_sites(city: City, sites: Any) -> None:
    """Gains of each site, group by group, and totals: none tells of few when subtracted."""
    table, who, limit = sites.sites, profiles.WALK_75, 5.0
    told_table = publishable_sites(table)
    own = gpd.GeoDataFrame(
        city.places.iloc[[0] * len(table)].assign(
            id=[f"s{i}" for i in range(len(table))], name="site"
        )
    ).set_geometry(table.geometry.to_numpy(), crs=city.crs)
    plans = {
        str(k): city.with_(
            places=gpd.GeoDataFrame(pd.concat([city.places, own.iloc[:k]], ignore_index=True))
        )
        for k in range(1, len(table) + 1)
    }
    known = known_about(city, [who], [limit], plans=plans)
    travellers = [who.name, *(after_plan(who.name, plan) for plan in plans)]
    totals = [
        known.names.index(("city", known.names[-1][1], "covered", name, limit))
        for name in travellers
    ]
    gains = known.sums[totals[1:]] - known.sums[totals[:-1]]
    names = [("city", known.names[-1][1], "gain", name, limit) for name in travellers[1:]]
    known = Known(
        sums=csr_array(vstack([known.sums, gains])),
        names=[*known.names, *names],
        people=known.people,
    )
    told = public(known)
    for group in (name for name in city.groups if f"gain_{name}" in table.columns):
        for name, count in zip(names, told_table[f"gain_{group}"], strict=True):
            if count == 0:
                told.exactly(group, name, 0)
            elif np.isnan(count):
                told.between(group, name, 0, BASE)
            else:
                told.between(group, name, max(BASE, count - BASE / 2), count + BASE / 2)
    for row, count in zip(totals[1:], told_table["covered_total"], strict=True):
        told.between("over65", known.names[row], count - BASE / 2, count + BASE / 2)
    assert recovered(attack(known, told, "over75", "over65")) == []


def test_nearly_everybody_is_not_told_where_everybody_is_known() -> None:
    summary = pd.DataFrame(
        {"scenario": ["a"], "area_id": [1], "population_before": 143.0, "population_after": 143.0}
    )
    saved = pd.DataFrame(
        {
            "scenario": "a",
            "area_id": 1,
            "from_minutes": [-np.inf, -1.0, 0.0, 1.0, 2.0],
            "to_minutes": [-1.0, 0.0, 1.0, 2.0, np.inf],
            "people": [0.0, 134.0, 0.0, 9.0, 0.0],
        }
    )
    told = publishable_minutes(saved, summary)
    assert told["from_minutes"].tolist() == [-1.0, 0.0, 1.0]
    assert told["people"].isna().tolist() == [True, False, True]
    assert told["people"].iloc[1] == 0
    exact = publishable_minutes(saved, summary, smallest_count=0)
    assert exact["people"].tolist() == [134.0, 0.0, 9.0]


def test_ids_are_whole_and_limits_are_numbers(compared: Path) -> None:
    for path in compared.glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert not table.isin(["inf", "-inf", "nan"]).any(axis=None), path.name
        for name in (name for name in table.columns if name.endswith("_id")):
            assert not table[name].str.endswith(".0").any(), (path.name, name)
    saved = pd.read_csv(compared / "minutes_saved.csv")
    ends = saved.groupby(["scenario", "area_set", "area_id", "group"], dropna=False)["people"]
    assert (ends.first() != 0).all()
    assert (ends.last() != 0).all()
    assert "un limite vuoto" in (compared / "README.txt").read_text("utf-8")


def test_every_traveller_is_on_the_page_and_what_is_shared_is_told_once(
    city: City, plans: dict[str, City], tmp_path: Path
) -> None:
    shared = SimpleNamespace(text="Per tutti vale questo", source="ours")
    given = [
        SimpleNamespace(
            name=name,
            apply=lambda _, name=name: plans[name],
            cost_eur=9_319_000.0,
            cost_source="un atto",
            assumptions=[shared, SimpleNamespace(text=f"Solo {name}", source="ours")],
        )
        for name in ("nothing", "east")
    ]
    found = compare(city, given, profile=["walk_75", "bike_65"], minutes=5, draws=0)
    write_comparison(city, found, tmp_path / "out", scenarios=given)
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    body = text.partition('<div id="tables"')[2].partition("<script")[0]
    for said in ("Per tutti vale questo", "Solo east"):
        # Once for a reader of each language.
        assert body.count(f'<span lang="it"><bdi>{said}</bdi></span>') == 1
        assert body.count(f'<span lang="en"><q lang="it"><bdi>{said}</bdi></q></span>') == 1
        assert body.count(said) == 2
    assert "Costo: 9.319.000 €" in body
    assert "Cost: €9,319,000" in body
    for words in ("A piedi, passo di una persona di 75 anni", "In bicicletta"):
        assert words in body, words
    assert "La mappa e la tabella delle zone sono di:" in text
    assert "Che cosa non si sa" in text


def test_minutes_of_few_people_are_not_told(sites: Any, links: Any) -> None:
    few = sites.sites.assign(gain=3.2, minutes_saved=12.7)
    told = publishable_sites(few)
    assert told[["gain", "minutes_saved"]].isna().all(axis=None)
    table = links.links.assign(gained=0.0, quicker=2.0, minutes_saved_people=7.0)
    told = publishable_links(table)
    assert told["gained"].eq(0).all()
    assert told[["quicker", "minutes_saved_people"]].isna().all(axis=None)


def test_links_are_written(city: City, links: Any, tmp_path: Path) -> None:
    assert len(links.links)
    summary = write_links(city, links, tmp_path / "out")
    assert len(summary["links"]) == len(links.links)
    table = pd.read_csv(tmp_path / "out" / "links.csv")
    assert table["link_id"].tolist() == links.links["link_id"].tolist()
    assert all(count % BASE == 0 for count in counts_in(tmp_path / "out"))
    assert len(pyogrio.read_dataframe(tmp_path / "out" / "links.gpkg", layer="links")) == len(table)


def test_links_say_what_they_lead_to_and_count_its_places(city: City, tmp_path: Path) -> None:
    some = city.with_(
        places=city.places.assign(network=["houses", "wemi"], kind=["ex_cam", "wemi"])
    )
    asked = {"max_length_m": 400, "detour_m": 100, "detour_ratio": 1.2, **ASKED}
    found = missing_links(some, to="houses", **asked)
    assert found.provenance["to"] == "houses"
    write_links(some, found, tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "(Case di Quartiere; " in text
    assert not_known(some, to="houses") == not_known_of(some, found.provenance)
    assert not_known(some, to="places") != not_known(some, to="houses")
    table = missing_links(some, to=some.places.iloc[:1], **asked)
    assert table.provenance["to"] == "1 places"
    assert len(not_known_of(some, table.provenance)) == 1
    write_links(some, table, tmp_path / "out")


def test_links_name_the_rules_by_which_they_were_sought(
    city: City, links: Any, tmp_path: Path
) -> None:
    gaps = "nei vuoti della rete ciclabile"
    for asked, told in ((False, False), (True, True)):
        found = dataclasses.replace(
            links, provenance={**links.provenance, "cycle_gaps_asked": asked}
        )
        write_links(city, found, tmp_path / "out")
        text = (tmp_path / "out" / "index.html").read_text("utf-8")
        assert (gaps in text) == told
        assert "oltre una barriera, a un vicolo cieco" in text


def test_links_beyond_the_order_are_not_counted_in_the_title(
    city: City, links: Any, tmp_path: Path
) -> None:
    many = pd.concat([links.links.iloc[:1]] * 22, ignore_index=True)
    many["link_id"] = [f"link-{rank}" for rank in range(1, 23)]
    found = dataclasses.replace(links, links=many, provenance={**links.provenance, "listed": 20})
    write_links(city, found, tmp_path / "out")
    readme = (tmp_path / "out" / "README.txt").read_text("utf-8")
    assert "i primi 12 di 20 collegamenti mancanti" in readme
    assert "quelli che nominano solo gli insiemi e le coppie" in readme
    assert links.provenance["listed"] <= len(links.links)


@pytest.mark.parametrize(
    ("places", "called"),
    [("wemi", "WeMi desks"), ("pharmacy", "pharmacy"), ("12 places", "places")],
)
def test_a_title_says_which_places_are_meant(city: City, places: str, called: str) -> None:
    kinds = city.places.assign(kind="pharmacy")
    asked = {"to": places, "group": "over65", "minutes": 15, "candidates": 9}
    title = title_of(city.with_(places=kinds), "sites_title", asked, count=3)["en"]
    assert f": {called}, " in title


def test_a_place_that_opens_stays_new_whatever_else_is_told_of_it(city: City) -> None:
    here, there = city.places.geometry.iloc[:2]
    preview = gpd.GeoDataFrame(
        {
            "table": "places",
            "change": ["added", "changed", "changed"],
            "name": ["new", "new", "old"],
            "values": ["", "capacity: 40", "capacity: 20"],
        },
        geometry=[here, here, there],
        crs=city.crs,
    )
    (layer,), signs = edit_layers(preview, layer="plan")
    drawn = [one["properties"]["shape"] for one in layer.features["features"]]
    assert drawn == ["opened", "changed"]
    assert [sign["drawing"] for sign in signs] == [SHAPES["opened"], SHAPES["changed"]]


def test_no_site_is_refused_before_anything_is_written(
    city: City, sites: Any, tmp_path: Path
) -> None:
    none = dataclasses.replace(sites, sites=sites.sites.iloc[:0])
    with pytest.raises(InputError, match="brings anybody new within 5 minutes"):
        write_sites(city, none, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_bound_of_what_is_proven_is_its_value(city: City, sites: Any, tmp_path: Path) -> None:
    proven = dataclasses.replace(sites, value=33381.2, bound=33381.2, proven=True)
    curve = pd.DataFrame(
        {"n": [1, 2], "value": [101.0, 204.0], "bound": [101.0, 213.0], "proven": [True, False]}
    )
    asked = write_sites(city, proven, tmp_path / "out", curve=curve)["asked"]
    assert asked["value"] == asked["bound"] == 33380
    told = pd.read_csv(tmp_path / "out" / "curve.csv")
    assert told["value"].tolist() == [100, 200]
    assert told["bound"].tolist() == [100, 220]


def test_every_group_whose_number_changes_is_told(city: City, tmp_path: Path) -> None:
    point = city.residents.geometry.to_crs(4326).iloc[0]
    edit = {"add_residents": {"at": [point.x, point.y], "residents": 500, "over65": 120}}
    plan = Scenario("homes", [edit])
    found = compare(city, [plan], draws=0, **ASKED)
    write_comparison(city, found, tmp_path / "out", scenarios=plan)
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    table = pd.read_csv(tmp_path / "out" / "comparison_summary.csv")
    table = table[table["area_set"] == "city"].set_index("group")
    assert "Le persone contate cambiano: " in text
    said = text.partition("Le persone contate cambiano: ")[2].partition(".")[0]
    for group, change in table["population_change"].items():
        if change:
            assert f"{say(str(group), 'it')} +{change:.0f}" in said
    assert table["population_change"].ne(0).any()
    assert "+500 persone" in text


def test_the_same_answer_gives_the_same_bytes(
    city: City, comparison: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("one", "other"):
        write_comparison(city, comparison, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes(), path.name


def test_only_a_folder_of_the_same_kind_is_replaced(
    city: City, comparison: Any, links: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_links(city, links, out)
    (out / "mine.txt").write_text("mine")
    write_links(city, links, out)
    assert (out / "mine.txt").read_text() == "mine"
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(OutputError, match="is not empty"):
        write_comparison(city, comparison, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_failure_leaves_what_stood_there(
    city: City, links: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_links(city, links, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("quartieri15.publish.answers.write_sheet", broken)
    with pytest.raises(KeyboardInterrupt):
        write_links(city, links, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_is_no_answer_is_refused(city: City, comparison: Any, tmp_path: Path) -> None:
    for write in (write_comparison, write_sites, write_links):
        for wrong in (None, 7, pd.DataFrame(), city):
            with pytest.raises(InputError):
                write(city, wrong, tmp_path / "out")  # type: ignore[operator]
    with pytest.raises(UnknownNameError, match="did you mean over65"):
        write_comparison(city, comparison, tmp_path / "out", group="over66")
    with pytest.raises(UnknownNameError, match="language"):
        write_comparison(city, comparison, tmp_path / "out", language="de")
    for least in (-1, "ten", float("nan")):
        with pytest.raises(ParameterError):
            write_comparison(city, comparison, tmp_path / "out", smallest_count=least)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_map_opens_on_those_who_gain_and_not_on_all_that_is_edited(
    city: City, comparison: Any
) -> None:
    view = View.of(published_comparison(comparison), None)
    streets = city.streets.edges[["geometry"]].assign(table="edges", change="changed", name="")
    asked: dict[str, Any] = {"smallest_count": BASE, "date": dt.date(2026, 11, 26)}
    told = comparison.addresses
    _, shapes = map_layers(city, view, told, {view.best: streets}, **asked)
    crossing = told[told["change"].isin(["newly_covered", "no_longer_covered"])]
    assert 0 < len(shapes) <= len(crossing) < len(streets)
    assert {shape.wkb for shape in shapes} <= {shape.wkb for shape in crossing.geometry}
    _, shapes = map_layers(city, view, told.iloc[:0], {view.best: streets}, **asked)
    assert len(shapes) == len(streets)


def test_figures_of_several_scenarios_say_which_they_are_of(comparison: Any) -> None:
    view = View.of(published_comparison(comparison), None)
    for figure in figures(view):
        assert figure.caption["it"].startswith(f"1. {view.best}: ")
    alone = dataclasses.replace(view, scenarios=view.scenarios[:1])
    assert not any(figure.caption["it"].startswith("1.") for figure in figures(alone))


def test_exact_tables_are_marked_for_internal_use(
    city: City, comparison: Any, tmp_path: Path
) -> None:
    write_comparison(city, comparison, tmp_path / "out", smallest_count=0)
    table = pd.read_csv(tmp_path / "out" / "comparison_summary.csv")
    np.testing.assert_allclose(table["gained"], comparison.summary["gained"], atol=1e-6)
    assert "for internal use only" in (tmp_path / "out" / "README.txt").read_text("utf-8")


def test_what_scenarios_assume_stands_on_the_page(
    city: City, comparison: Any, tmp_path: Path
) -> None:
    told = [SimpleNamespace(text="I locali <b>sono</b> liberi", source="ours")]
    plan = SimpleNamespace(name="east", cost_eur=1200.0, cost_source="delibera 7", assumptions=told)
    write_comparison(city, comparison, tmp_path / "out", scenarios=plan)
    table = pd.read_csv(tmp_path / "out" / "assumptions.csv")
    assert table["source"].tolist() == ["delibera 7", "ours"]
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "I locali &lt;b&gt;sono&lt;/b&gt; liberi" in text
    # On an English page it is quoted, so that it stays visible there.
    assert '<q lang="it"><bdi>I locali' in text
    assert "ipotesi nostra" in text
    assert "delibera 7" in text
    wrong = SimpleNamespace(name="east", preview=lambda _: 7)
    for scenarios in (7, [None], wrong):
        with pytest.raises(InputError, match="is no"):
            write_comparison(city, comparison, tmp_path / "other", scenarios=scenarios)


@pytest.mark.parametrize(("language", "other"), [("it", "en"), ("en", "it")])
def test_what_is_assumed_is_told_in_the_language_that_is_asked_for(
    city: City, comparison: Any, tmp_path: Path, language: str, other: str
) -> None:
    said = {"it": "I locali <b>", "en": "The rooms <b>"}
    assumed = SimpleNamespace(text=said, source="delibera 7")
    plan = SimpleNamespace(name="east", assumptions=[assumed])
    write_comparison(city, comparison, tmp_path / "out", scenarios=plan, language=language)
    table = pd.read_csv(tmp_path / "out" / "assumptions.csv")
    assert table.loc[0, ["text", "source"]].tolist() == [said[language], "delibera 7"]
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    for spoken in (language, other):
        shown = f"<bdi>{said[spoken].replace('<b>', '&lt;b&gt;')}</bdi>"
        assert f'<span lang="{spoken}">{shown}</span>' in text


def test_a_published_comparison_has_no_addresses(comparison: Any) -> None:
    assert len(comparison.addresses)
    told = published_comparison(comparison)
    assert not len(told.addresses)
    assert dataclasses.is_dataclass(told)


def test_charts_of_nothing_or_of_one_value_are_drawn() -> None:
    title = {"it": "uno", "en": "one"}
    names = {"x_title": title, "y_title": title, "label": title}
    assert charts.curve_chart([], **names) == ""
    assert "circle" in charts.curve_chart([(1, 0)], **names)
    unknown = {"number": 1, "cost": float("nan"), "people": 3.0, "front": False}
    assert charts.front_chart([unknown], **names) == ""
    one = {"number": 1, "cost": 0.0, "people": -40.0, "front": False}
    assert "circle" in charts.front_chart([one], **names)

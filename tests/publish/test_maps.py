"""A map stands alone, says what it shows and assumes, and passes nothing on unescaped."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import REASONS, find_gaps
from quartieri15.errors import InputError, OutputError, UnknownNameError
from quartieri15.model.profiles import WALK_75
from quartieri15.publish import basemap, drawing, popups, words
from quartieri15.publish.exploring import explore
from quartieri15.publish.maps import city_map, write_map
from quartieri15.reach.catchments import catchments, reached_area, reached_streets
from tests.ascii_city import CRS, draw_city

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

DAY = dt.date(2026, 11, 21)
EVIL = "<script>alert(1)</script>"
TOWN = """
A--------B--------C
|        |        |
D--------E--------F
"""


@pytest.fixture(scope="module")
def town() -> City:
    """A house with a hostile name and a house like any other."""
    return draw_city(
        TOWN,
        cell=40.0,
        places={EVIL: (2.0, 0.0), "`${alert(2)}`": (18.0, 3.0)},
        people={(1.0, 0.0): 2000.0, (17.0, 3.0): 900.0, (9.0, 1.0): 400.0},
    )


@pytest.fixture(scope="module")
def tables(town: City) -> dict[str, Any]:
    asked = {"to": "houses", "profile": "walk_75", "minutes": 5}
    cover = coverage(town, by="nil", **asked)
    return {
        "coverage": cover,
        "catchments": catchments(town, "houses", profile="walk_75", minutes=(2, 5)),
        "gaps": find_gaps(town, cover),
        "house_coverage": coverage(town, by="place", **asked),
        "profile": "walk_75",
        "minutes": 5,
        "date": DAY,
    }


@pytest.fixture(scope="module")
def page(town: City, tables: dict[str, Any]) -> str:
    return str(city_map(town, **tables).get_root().render())


class Tags(HTMLParser):
    """Collects every tag of a page, and the text outside of scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        del tag
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.text.append(data)


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


def features(page: str, layer: str) -> list[dict[str, Any]]:
    """The GeoJSON of a layer, as the browser would read it."""
    found = re.search(r'<script id="layers" type="application/json">(.*)</script>', page)
    assert found
    layers = {own["id"]: own["features"]["features"] for own in json.loads(found[1])}
    drawn: list[dict[str, Any]] = layers[layer]
    return drawn


def test_the_page_names_nobody_to_load_from(page: str) -> None:
    for tag, attrs in parsed(page).tags:
        for name in ("src", "srcset", "action", "poster", "data"):
            assert not (attrs.get(name) or "").startswith(("http", "//")), (tag, attrs)
        if tag == "link":
            assert (attrs["href"] or "").startswith("data:")
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", page)
    for library in ("jquery", "bootstrap", "awesome", "jsdelivr", "cdnjs"):
        assert library not in page.lower()


def test_the_page_allows_its_own_scripts_and_styles_by_their_hashes(page: str) -> None:
    policies = [
        attrs["content"]
        for tag, attrs in parsed(page).tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    policy = dict(one.strip().split(" ", 1) for one in str(policies[0]).split(";"))
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in str(policies)
    for tag in ("script", "style"):
        assert len(policy[f"{tag}-src"].split()) == page.count(f"<{tag}>")
    assert not any("style" in attrs for _, attrs in parsed(page).tags)


def test_the_page_says_what_it_shows_and_assumes(page: str, town: City) -> None:
    tags = parsed(page)
    assert ("html", {"lang": "it"}) in tags.tags
    assert page.count("<title>") == 1
    text = " ".join(" ".join(tags.text).split())
    for expected in (
        "Toy: chi arriva a una Casa di Quartiere in 5 minuti",
        "Toy: who reaches a Casa di Quartiere in 5 minutes",
        "A piedi, passo di una persona di 75 anni, 3,2 km/h; soglia 5 minuti; strade drawn.",
        "On foot, pace of a person of 75, 3.2 km/h; threshold 5 minutes; streets drawn.",
        "drawn for a test",
        "21 novembre 2026",
        "21 November 2026",
        "Asher",
    ):
        assert expected in text
    assert town.provenance["licence_line"] in text


def test_a_map_of_other_places_never_speaks_of_houses(town: City) -> None:
    places = town.places.assign(kind="wemi_external", network="wemi", hosts_wemi=False)
    desks = type(town).from_tables(
        "toy",
        streets=town.streets,
        places=places,
        zones=town.zones,
        residents=town.residents,
    )
    asked: dict[str, Any] = {"to": "wemi", "profile": "walk_75", "minutes": 5}
    cover = coverage(desks, **asked)
    page = str(
        city_map(
            desks,
            coverage=cover,
            catchments=catchments(desks, "wemi", profile="walk_75", minutes=(2, 5)),
            gaps=find_gaps(desks, cover),
            house_coverage=coverage(desks, by="place", **asked),
            profile="walk_75",
            minutes=5,
            date=DAY,
        ).get_root().render()
    )  # fmt: skip
    assert "Casa di Quartiere" not in page
    assert "Case di Quartiere" not in page
    for expected in (
        "Toy: chi arriva a uno sportello WeMi in 5 minuti",
        "dallo sportello WeMi più vicino",
        "Minuti fino allo sportello WeMi più vicino",
        "anche se un altro sportello WeMi ",
        " per persone di 65 anni e pi",
    ):
        assert expected in page


def test_an_own_speed_claims_no_age(town: City, tables: dict[str, Any]) -> None:
    own = WALK_75.with_(speed_kmh=2.5)
    asked: dict[str, Any] = {"profile": own, "minutes": 7.25}
    page = str(
        city_map(
            town,
            coverage=coverage(town, to="houses", **asked),
            catchments=tables["catchments"],
            date=DAY,
            **asked,
        ).get_root().render()
    )  # fmt: skip
    assert "A piedi, velocità scelta: 2,5 km/h; soglia 7,25 minuti" in page
    assert "Velocità scelta da chi ha fatto la mappa." in page
    assert "75 anni, 2,5" not in page
    assert "chosen by the user" not in page


def test_what_is_english_in_the_italian_page_says_so(page: str) -> None:
    assert 'Fonte (in inglese): <cite lang="en">' in page
    assert "non noti" in page


def test_names_from_the_data_are_text_wherever_they_stand(page: str) -> None:
    assert "<script>alert" not in page.lower()
    assert "alert(1)" in page.lower()
    for feature in features(page, "places-ex_csrc"):
        for told in (feature["properties"]["popup"], feature["properties"]["label"]):
            assert {tag for tag, _ in parsed(told).tags} <= {
                *("h3", "p", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "td", "th"),
                *("span", "bdi"),
            }
    scripts = re.findall(r"<script>.*?</script>", page, flags=re.DOTALL)
    assert len(scripts) == page.count("<script>") == 3


def test_the_same_tables_give_the_same_file(
    town: City, tables: dict[str, Any], tmp_path: Path
) -> None:
    drawn = city_map(town, **tables)
    write_map(drawn, tmp_path / "a.html")
    write_map(drawn, tmp_path / "b.html")
    write_map(city_map(town, **tables), tmp_path / "c.html")
    first = (tmp_path / "a.html").read_bytes()
    assert first == (tmp_path / "b.html").read_bytes() == (tmp_path / "c.html").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.html", "b.html", "c.html"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    town: City, tables: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError):
        write_map(city_map(town, **tables), tmp_path / "taken" / "index.html")
    assert (tmp_path / "taken").read_text() == "mine"


def test_popups_and_table_tell_the_figures(page: str, tables: dict[str, Any]) -> None:
    row = tables["coverage"].set_index("group").loc["over65"]
    told = features(page, "nil")[0]["properties"]["popup"]
    figures = [words.number(row[column]) for column in ("population", "covered", "uncovered")]
    for figure in [*figures, words.percent(row["share"])]:
        assert f"<td>{figure}</td>" in told
        assert f">{figure}</td>" in page
    assert "Priorità" in told
    place = tables["house_coverage"].set_index(["zone_id", "group"]).loc[EVIL, "over65"]
    house = next(
        feature["properties"]["popup"]
        for feature in features(page, "places-ex_csrc")
        if "alert(1)" in feature["properties"]["popup"].lower()
    )
    assert f"<td>{words.number(place['covered'])}</td>" in house
    assert "non noti" in house


def test_small_counts_are_nowhere_in_the_page() -> None:
    few = draw_city(
        TOWN, cell=40.0, places={"house": (2.0, 0.0)}, people={(1.0, 0.0): 830.0, (18.0, 3.0): 73.0}
    )
    cover = coverage(few, to="houses", profile="walk_75", minutes=3)
    assert 0 < cover.set_index("group").loc["over65", "uncovered"] < 10
    areas = reached_area(few, "houses", profile="walk_75", minutes=3)
    page = str(
        city_map(
            few, coverage=cover, catchments=areas, profile="walk_75", minutes=3, date=DAY
        ).get_root().render()
    )  # fmt: skip
    layer = features(page, "nil")[0]["properties"]
    assert layer["style"]["fillColor"] == drawing.HIDDEN
    assert "non pubblicato" in page
    assert 'data-value="7"' not in page
    assert "<td>–</td>" in layer["popup"]


def test_a_place_without_position_is_named(town: City, tables: dict[str, Any]) -> None:
    places = town.places.copy()
    places.loc[1, "name"] = "Sportello & Co"
    geometry = places.geometry.to_numpy(copy=True)
    geometry[1] = None
    lost = type(town).from_tables(
        "toy",
        streets=town.streets,
        places=places.set_geometry(gpd.GeoSeries(geometry, crs=CRS)),
        zones=town.zones,
        residents=town.residents,
    )
    tables = {**tables, "house_coverage": None}
    page = str(city_map(lost, **tables).get_root().render())
    assert "Sportello &amp; Co" in page
    assert len(features(page, "places-ex_csrc")) == 1


def with_columns(town: City, **columns: Any) -> City:
    places = town.places.assign(**columns)
    return dataclasses.replace(town, places=places)


@pytest.mark.parametrize(
    ("date", "count"), [("2026-06-01", 1), ("2026-09-30", 1), ("2026-10-01", 0), ("2027-07-01", 0)]
)
def test_the_hours_of_a_summer_are_told_as_such_and_never_after_it(
    town: City, tables: dict[str, Any], date: str, count: int
) -> None:
    told = bool(count)
    city = with_columns(
        town,
        summer_2026_hours=["Dal 1 giugno al 7agosto: ,er 15:00-18:00", None],
        summer_2026_closures=["15-ago", None],
    )
    page = str(
        city_map(city, **{**tables, "date": dt.date.fromisoformat(date)}).get_root().render()
    )
    open_house, other = (
        parsed(feature["properties"]["popup"]) for feature in features(page, "places-ex_csrc")
    )
    said = " ".join(open_house.text)
    assert ("1 giugno al 7agosto: ,er 15:00-18:00" in said) == told
    assert ("15-ago" in said) == told
    assert ("Orari estivi di spazio fresco, giugno-settembre 2026" in said) == told
    assert ("Summer hours as a cool space, June to September 2026" in said) == told
    assert ("current hours not known" in said) != told
    assert open_house.tags.count(("q", {"lang": "it"})) == 2 * count
    assert "orari attuali non noti" in " ".join(other.text)


def test_uncertain_positions_are_counted_where_the_figures_stand(
    town: City, tables: dict[str, Any]
) -> None:
    sure = str(city_map(town, **tables).get_root().render())
    assert "Posizioni incerte" not in sure
    city = with_columns(
        town,
        location_precision=["street", "civic"],
        confidence="unverified",
        location_contradiction_m=[float("nan"), 243.6],
        location_uncertainty_m=[190.0, 243.0],
    )
    page = str(city_map(city, **tables).get_root().render())
    text = " ".join(" ".join(parsed(page).text).split())
    assert (
        "Posizioni incerte (Case di Quartiere): 2 su 2, cioè 1 solo alla via; 2 con indirizzo non "
        "verificato; 1 su cui due fonti si contraddicono, di 244 m; alcune per più di un motivo."
    ) in text
    assert (
        "2 of 2, that is 1 at the street only; 2 with an unverified address; 1 on which two "
        "sources contradict each other, by 244 m; some for more than one reason."
    ) in text
    told = [feature["properties"] for feature in features(page, "places-ex_csrc")]
    assert [own.get("approximate") for own in told] == [True, True]
    assert "another source states a point 244 m from here" in told[1]["popup"]


def test_desks_on_the_map_and_desks_there_are_say_the_same(town: City) -> None:
    places = pd.concat([town.places] * 2, ignore_index=True)
    points = places.geometry.to_numpy(copy=True)
    points[3] = None
    places = places.set_geometry(gpd.GeoSeries(points, crs=CRS)).assign(
        id=list("abcd"),
        kind=["ex_csrc", "ex_csrc", "wemi_external", "wemi_external"],
        network=["houses", "houses", "wemi", "wemi"],
        hosts_wemi=[True, False, False, False],
    )
    city = dataclasses.replace(town, places=places)
    assert len(city.wemi) == 3
    text = " ".join(parsed(str(explore(city).get_root().render())).text)
    assert "Sportelli WeMi: 3, di cui 2 sulla mappa" in text
    assert "WeMi desk elsewhere: 2, 1 of them on the map" in text


def test_a_table_for_another_question_is_refused(town: City, tables: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"coverage, column profile: it is for walk_75"):
        city_map(town, **{**tables, "profile": "walk_adult"})
    with pytest.raises(InputError, match=r"column minutes: it is for 5\.0, the map is for 15"):
        city_map(town, **{**tables, "minutes": 15})
    with pytest.raises(InputError, match="by place"):
        city_map(town, **{**tables, "coverage": tables["house_coverage"]})
    with pytest.raises(UnknownNameError, match="did you mean over65"):
        city_map(town, **{**tables, "group": "over66"})
    with pytest.raises(UnknownNameError, match="unknown language"):
        city_map(town, **{**tables, "language": "fr"})
    with pytest.raises(InputError, match="column minutes is missing"):
        city_map(town, **{**tables, "catchments": town.places})


def test_explore_draws_whatever_the_library_gives(town: City, tables: dict[str, Any]) -> None:
    streets = reached_streets(town, "houses", profile="walk_75", minutes=2)
    own = gpd.GeoDataFrame({"name": [EVIL]}, geometry=[shapely.Point(9.19, 45.46)], crs=4326)
    live = explore(
        town, tables["catchments"], tables["gaps"], tables["coverage"], streets, own, language="en"
    )
    page = str(live.get_root().render())
    assert '<html lang="en">' in page
    assert "default-src" not in page
    for layer in ("bands1", "zones2", "zones3", "table4", "table5"):
        assert features(page, layer)
    assert EVIL not in page
    assert "iframe" in live._repr_html_()


def test_explore_tells_no_small_count(town: City) -> None:
    few = town.residents.assign(residents=[7.25, 48.0, 12.0])
    cover = coverage(town, to="houses", profile="walk_75", minutes=5, groups="over65")
    small = cover.assign(uncovered=3.0, covered=cover["population"] - 3)
    page = str(explore(town, few, small).get_root().render())
    popup = "".join(feature["properties"]["popup"] for feature in features(page, "table1"))
    assert "<dd>50</dd>" in popup
    assert "7.25" not in popup
    assert features(page, "zones2")[0]["properties"]["style"]["fillColor"] == drawing.HIDDEN
    assert "meno di 10" in features(page, "zones2")[0]["properties"]["popup"]


def test_explore_takes_what_folium_can_add(town: City) -> None:
    import folium

    live = explore(town)
    folium.Marker([45.46, 9.19], popup="here").add_to(live)
    page = str(live.get_root().render())
    assert "here" in page
    assert "https://cdn" not in page
    assert folium.Map.default_js, "folium's own maps are left as they were"


def test_explore_says_what_it_cannot_draw(town: City) -> None:
    with pytest.raises(InputError, match="layer 2: there is nothing in it that can be drawn"):
        explore(town, town.zones["nil"], pd.DataFrame({"a": [1]}))
    with pytest.raises(InputError, match="layer 1: the table has no coordinate"):
        explore(town, gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]))


def test_bands_do_not_overlap_and_fill_the_whole(tables: dict[str, Any]) -> None:
    limits, shapes = drawing.merged_bands(tables["catchments"])
    assert limits == [2.0, 5.0]
    assert shapely.area(shapely.intersection(*shapes)) < 1
    whole = shapely.union_all(tables["catchments"].geometry.to_numpy())
    assert shapely.area(
        shapely.symmetric_difference(shapely.union_all(shapes), whole)
    ) < 0.03 * shapely.area(whole)


def test_neighbours_stay_neighbours_when_simplified() -> None:
    wave = [(x, 40 * np.sin(x / 30)) for x in np.arange(0.0, 500.0, 2.0)]
    low = shapely.Polygon([*wave, (498, -300), (0, -300)])
    high = shapely.Polygon([*wave, (498, 300), (0, 300)])
    simple = basemap.simplified_zones(gpd.GeoSeries([low, high], crs=CRS))
    assert shapely.get_num_coordinates(simple).sum() < 0.5 * 504
    assert shapely.coverage_is_valid(simple)
    assert shapely.area(shapely.union_all(simple)) == pytest.approx(498 * 600, rel=1e-9)


@given(st.lists(st.floats(0, 1e6), max_size=40))
def test_class_limits_are_round_ascending_and_split_the_counts(values: list[float]) -> None:
    breaks = drawing.class_breaks(values)
    assert len(breaks) < len(drawing.ZONE_COLOURS)
    assert breaks == sorted(set(breaks))
    shown = [value for value in values if value >= 0.5]
    for limit in breaks:
        assert min(shown) <= limit < max(shown)
        assert limit == float(f"{limit:.1e}")


def test_every_class_of_the_map_is_in_its_legend() -> None:
    uncovered = np.array([0.0, 0.2, 40.0, 300.0, 900.0, np.nan, 0.0, 2600.0])
    population = np.array([50.0, 60.0, 90.0, 400.0, 1000.0, 700.0, 0.0, 9000.0])
    breaks = drawing.class_breaks(uncovered)
    colours = drawing._zone_colours(uncovered, population, breaks)
    signs = drawing._zone_signs(uncovered, population, breaks)
    assert colours[0] == colours[1] == drawing.NOBODY
    assert colours[5] == drawing.HIDDEN
    assert colours[6] == drawing.NO_RESIDENTS
    drawn = [str(sign["drawing"]) for sign in signs]
    assert all(any(f'fill="{colour}"' in one for one in drawn) for colour in colours)
    assert len(set(drawn)) == len(signs)


def luminance(colour: str) -> float:
    """Relative luminance of sRGB, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [drawing.ZONE_COLOURS, drawing.BAND_COLOURS[::-1]])
def test_colours_keep_their_order_in_grey(colours: tuple[str, ...]) -> None:
    steps = [luminance(colour) for colour in colours]
    assert all(low / high > 1.25 for low, high in itertools.pairwise(step + 0.05 for step in steps))


def test_every_reason_of_a_gap_is_in_the_words() -> None:
    for code in (*REASONS, "suppressed"):
        assert words.is_phrase(f"reason_{code}")


def test_a_sum_with_an_unpublished_part_is_not_told() -> None:
    known = popups.Counts(10.0, 4.0, 6.0, 0.4)
    hidden = popups.Counts(20.0, float("nan"), float("nan"), float("nan"))
    whole = popups.summed({1: {"over65": known}, 2: {"over65": hidden}})["over65"]
    assert [text["it"] for text in whole.texts()] == ["30", "–", "–", "–"]


def test_a_limit_is_told_and_colours_where_the_count_is_hidden() -> None:
    nan = float("nan")
    counts = popups.Counts(1360.0, nan, nan, nan, uncovered_at_least=1340.0)
    told = [text["it"] for text in counts.texts()]
    assert told == ["1.360", "meno di 10", "almeno 1.340", "–"]
    assert counts.known_uncovered == counts.orders()[2] == 1340

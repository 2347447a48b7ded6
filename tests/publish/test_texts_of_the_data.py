"""Law: a text of the data is shown as text. Nothing in it runs, stops a run, or gets lost."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from quartieri15.model.profiles import WALK_75
from quartieri15.publish import analysis_folder, exploring, words
from quartieri15.reach.catchments import reached_area
from tests.hostile_city import HOSTILE, hostile_city, in_quotes

if TYPE_CHECKING:
    from pathlib import Path


class Read(HTMLParser):
    """The text of a page and of everything its script will put there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.data = ""
        self.inside = ""
        self.feed(page)
        for layer in json.loads(self.data) if self.data else ():
            for feature in layer["features"]["features"]:
                told = feature["properties"]
                self.parts += Read(told.get("popup", "") + told.get("label", "")).parts
        self.text = "".join(self.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {name for name, _ in attrs if name.startswith("on")}
        assert tag != "img"
        self.inside = f"{tag} {dict(attrs).get('id')}"

    def handle_endtag(self, tag: str) -> None:
        del tag
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script layers":
            self.data += data
        elif not self.inside.startswith(("script", "style")):
            self.parts.append(data)


@pytest.mark.parametrize("name", HOSTILE)
def test_every_text_is_published_as_it_stands(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1782000000")  # 21 June 2026: hours are shown
    text = HOSTILE[name]
    city = hostile_city(text)
    labels = {"label_it": f"Label_it {text}", "label_en": f"Label_en {text}"}
    profile = WALK_75.with_(name="own", source=f"Cited {text}", **labels)
    network = f"Network {text}"
    analysis_folder.write_analysis(
        city, tmp_path / "out", profiles=[profile], minutes=[3], places=[network, "houses"]
    )
    seen = words.visible(text)

    page = Read((tmp_path / "out" / "index.html").read_bytes().decode())
    said = ["Town", "Nil", "Since", "Licence", "Label_it", "Label_en", "Cited", "Kind", "Network"]
    said += [f"{column} {i}" for column in ("Name", "Address", "Confidence") for i in (0, 1)]
    said += ["Location_Precision 1", "Wemi_Desk 0", "Name 2"]
    for what in said:
        assert f"{what} {seen}" in page.text, what
    assert f"Opening_Hours 1 {words.visible(in_quotes(text))}" in page.text

    table = pd.read_csv(tmp_path / "out" / "places.csv", dtype=str, keep_default_na=False)
    texts = city.places.drop(columns=["geometry", "hosts_wemi"]).astype(str)
    assert table["city"].eq(f"Town {seen}").all()
    for column in texts.columns:
        assert table[column].tolist() == texts[column].map(words.visible).tolist(), column
    nil = pd.read_csv(tmp_path / "out" / "coverage_nil.csv", dtype=str)
    assert nil["zone"].eq(f"Nil {seen}").all()
    assert nil["places"].unique().tolist() == [f"Network {seen}", "houses"]
    assert nil["licence"][0] == f"Licence {seen}"
    assert nil["vintages"][0] == f"streets: Since {seen}; About {seen}: When {seen}"
    assert nil[["licence", "vintages"]][1:].isna().all(axis=None), "said once, for all rows"
    by_place = pd.read_csv(tmp_path / "out" / "coverage_places.csv", dtype=str)
    assert set(by_place["zone"]) == {f"Name {i} {seen}" for i in range(3)}

    areas = gpd.read_file(tmp_path / "out" / "catchments.gpkg", layer="catchments")
    assert set(areas["name"]) == {f"Name {i} {seen}" for i in range(2)}
    assert set(areas["place_id"]) == {f"Id {i} {seen}" for i in range(2)}

    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    # JSON has its own way to write most control characters.
    whole = text.replace("\x7f", "\u2421").replace("\x9f", "\ufffd").replace("\ufffe", "\ufffd")
    assert summary["city"] == f"Town {whole}"
    assert summary["data"]["licence_line"] == f"Licence {whole}"

    readme = (tmp_path / "out" / "README.txt").read_bytes().decode()
    for what in ("Town", "Label_it", "Label_en", "Cited", "About", "When", "Licence", "Network"):
        assert f"{what} {seen}" in readme, what


def test_every_text_is_explored_as_it_stands() -> None:
    text = " ".join(HOSTILE.values())
    city = hostile_city(text)
    own = gpd.GeoDataFrame(
        {"name": [f"Mine {text}"], f"Column {text}": [f"Cell {text}"]},
        geometry=[shapely.Point(9.16, 45.459)],
        crs=4326,
    )
    live = exploring.explore(city, reached_area(city, "houses", profile="walk_75", minutes=3), own)
    folium.LayerControl().add_to(live)
    page = Read(live.get_root().render())
    for what in ("Town", "Mine", "Column", "Cell", "Name 0", "Name 1", "Kind", "Address 1"):
        assert f"{what} {words.visible(text)}" in page.text, what


def test_no_element_given_to_folium_holds_a_text_of_the_data() -> None:
    """Whatever folium is given becomes the source of a template: there must be nothing to run."""
    live = exploring.explore(hostile_city("{{ 6 * 7 }}"))
    given = [live, *live._children.values()]
    assert len(given) > 8
    for element in given:
        for attribute, value in vars(element).items():
            if attribute not in ("_parent", "_children"):
                assert "{{" not in str(value), (type(element), attribute)
    folium.LayerControl().add_to(live)
    assert "{{ 6 * 7 }}" in Read(live.get_root().render()).text

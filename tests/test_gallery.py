"""Law: the picture in the README shows the page of today: its sentence is the library's answer.

The picture keeps what the page said when it was taken, so no browser is needed to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import quartieri15 as q15
from benchmarks.page_pictures import ADDRESS, VIEWS, WIDTHS, gallery

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

TAKE = "run make milano and python benchmarks/page_pictures.py"


def test_the_sentence_in_the_picture_names_the_nearest_house_and_its_minutes(
    milano: City, root: Path
) -> None:
    from PIL import Image

    with Image.open(root / "docs" / "milano.png") as picture:
        said = picture.text["Description"]
    here = q15.locate(milano, ADDRESS).id
    origin = milano.addresses[milano.addresses["id"] == here]
    told = q15.travel_times(milano, to="houses", profile="walk_75", origins=origin).iloc[0]
    house = milano.places.set_index("id")["name"][told["place_id"]]
    assert said.startswith(f"{round(told['minutes'])} minutes"), TAKE
    assert f"Casa di Quartiere {house}" in said, TAKE


def test_the_gallery_shows_every_kind_of_page_at_every_width(root: Path) -> None:
    docs = root / "docs"
    assert (docs / "gallery.md").read_text(encoding="utf-8") == gallery(), TAKE
    pictures = {path.stem for path in (docs / "gallery").glob("*.png")}
    assert pictures == {f"{name}-{width}" for name in VIEWS for width in WIDTHS}, TAKE

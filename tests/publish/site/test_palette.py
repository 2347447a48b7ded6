"""Law: what a colour means can be told by whoever sees it, on any ground and in bright light.

Text has a contrast of 4.5 to 1, lines and symbols that carry meaning 3 to 1 (WCAG 2.2, 1.4.3 and
1.4.11). Classes grow darker in even steps, which people who confuse colours can tell apart.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.publish.site.colours import EYES, contrast, distance, lightness, palette

STYLES = Path(__file__).parents[3] / "quartieri15" / "publish" / "assets" / "site" / "base.css"
COLOURS = palette(STYLES)
GROUND = ("land", "outside", "park", "water", "building", "street")
RAMPS = ("ramp", "lack")
CLASSES = 5
# Two colours nearer than this in CIELAB are hard to match with a legend.
TOLD_APART = 10


@pytest.mark.parametrize("text", ["ink", "quiet", "action", "action-dark", "accent"])
@pytest.mark.parametrize("under", ["paper", "soft", *GROUND])
def test_text_can_be_read_on_paper_and_on_the_map(text: str, under: str) -> None:
    assert contrast(COLOURS[text], COLOURS[under]) >= 4.5


@pytest.mark.parametrize(
    "mark", ["house", "house-second", "wemi", "selection", "gain", "lose", "hatch", "border"]
)
@pytest.mark.parametrize("under", GROUND)
def test_marks_stand_out_from_the_ground(mark: str, under: str) -> None:
    assert contrast(COLOURS[mark], COLOURS[under]) >= 3


@pytest.mark.parametrize("name", [*GROUND, "casing", "railway"])
def test_nothing_of_the_ground_is_darker_than_a_fifth_of_grey(name: str) -> None:
    assert lightness(COLOURS[name]) >= lightness("#cccccc") - 0.5


@pytest.mark.parametrize("button", ["action", "action-dark", "ramp-5", "lack-5"])
def test_white_can_be_read_on_what_is_dark(button: str) -> None:
    assert contrast(COLOURS[button], "#ffffff") >= 4.5


@pytest.mark.parametrize("ramp", RAMPS)
def test_classes_grow_darker_in_even_steps(ramp: str) -> None:
    lights = [lightness(COLOURS[f"{ramp}-{i}"]) for i in range(1, CLASSES + 1)]
    steps = [light - dark for light, dark in itertools.pairwise(lights)]
    assert min(steps) > 12
    assert max(steps) - min(steps) < 2


@pytest.mark.parametrize("ramp", RAMPS)
@pytest.mark.parametrize("eyes", ["all", *EYES])
def test_neighbouring_classes_can_be_told_apart(ramp: str, eyes: str) -> None:
    for i in range(1, CLASSES):
        one, other = COLOURS[f"{ramp}-{i}"], COLOURS[f"{ramp}-{i + 1}"]
        assert distance(one, other, eyes=eyes) > TOLD_APART


@pytest.mark.parametrize(
    ("one", "other"), [("gain", "lose"), ("house", "house-second"), ("house", "wemi")]
)
@pytest.mark.parametrize("eyes", ["all", *EYES])
def test_opposites_are_no_one_s_same_colour(one: str, other: str, eyes: str) -> None:
    assert distance(COLOURS[one], COLOURS[other], eyes=eyes) > TOLD_APART


def test_the_measures_are_those_of_their_standards() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert lightness("#777777") == pytest.approx(50.0, abs=0.1)
    # Red and green of one lightness are one colour to deuteranopes, far apart to others.
    red, green = "#b8574a", "#7d7b00"
    assert distance(red, green) > 2 * distance(red, green, eyes="deuteranopia")

"""Law: a CRS is good for distances where a kilometre on its map is one on the ground.

Oracle: the scale factors that PROJ computes of a projection's formulas.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Proj

from quartieri15.crs import crs_named, stretch
from quartieri15.editions.project_crs import MOST_STRETCH

ITALY = st.tuples(st.floats(6.6, 18.5), st.floats(36.6, 47.0))


@settings(max_examples=25)
@given(at=ITALY, code=st.sampled_from(["EPSG:32632", "EPSG:32633", "EPSG:3034"]))
def test_it_is_what_the_scale_factors_say(at: tuple[float, float], code: str) -> None:
    lon, lat = at
    crs = crs_named(code, where="crs")
    # A kilometre is walked, along which the factor changes a little.
    found = stretch(crs, (lon, lat, lon, lat))
    scale = Proj(crs).get_factors(lon, lat)
    expected = max(abs(scale.meridional_scale - 1), abs(scale.parallel_scale - 1))
    assert found == pytest.approx(expected, abs=3e-4)


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("EPSG:32632", True),  # UTM zone 32N
        ("EPSG:3003", True),  # Gauss-Boaga, west
        ("EPSG:7794", True),  # RDN2008, one zone for all of Italy
        ("EPSG:3035", True),  # Europe, equal areas
        ("EPSG:3034", False),  # Europe, conformal: made for there, and for no distances
        ("EPSG:32618", False),
        ("EPSG:27700", False),
        # Gauss-Boaga from the meridian of Rome, whose definition puts it 12 degrees too far east.
        ("EPSG:26591", False),
    ],
)
def test_which_crs_are_good_for_milano(code: str, *, good: bool) -> None:
    off = stretch(crs_named(code, where="crs"), (9.04, 45.39, 9.28, 45.54))
    assert (off <= MOST_STRETCH) == good


def test_where_a_crs_has_no_coordinates_nothing_is_right() -> None:
    assert stretch(crs_named("EPSG:27700", where="crs"), (87.0, -1.0, 88.5, 1.0)) > 1
    assert stretch(crs_named("EPSG:3034", where="crs"), (9.0, -90.0, 9.2, -89.9)) > 1

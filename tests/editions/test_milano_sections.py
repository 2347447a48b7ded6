"""Law: the edition holds every census section, side by side as they were published."""

from __future__ import annotations

import numpy as np
import shapely

from quartieri15.editions import milano_people as people


def test_sections_are_those_of_the_census(milano, sources):
    published = people.istat.read_section_polygons(sources / people.SECTIONS, crs=milano.crs)
    stored = milano.sections
    assert stored["id"].tolist() == published["section"].tolist()
    moved = shapely.hausdorff_distance(stored.geometry.to_numpy(), published.geometry.to_numpy())
    assert moved.max() < 0.08


def test_sections_cover_without_a_gap_or_an_overlap(milano):
    outlines = milano.sections.geometry.to_numpy()
    assert len(outlines) == 6079
    assert shapely.is_valid(outlines).all()
    assert shapely.coverage_is_valid(outlines)
    assert abs(shapely.area(outlines).sum() / 1e6 - 181.7) < 0.3


def test_everybody_lives_in_a_section_or_within_a_street_of_it(milano):
    table = milano.sections.set_index("id").geometry
    home = table.loc[milano.residents["section"]].to_numpy()
    apart = shapely.distance(home, milano.residents.geometry.to_numpy())
    assert (apart > 0.1).mean() < 0.001
    assert np.isfinite(apart).all()

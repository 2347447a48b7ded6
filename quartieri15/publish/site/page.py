"""The pages of a site: of what kind they are, what they are about, and what stands on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import shapely

    from quartieri15.publish.texts import Texts

Kind = Literal["city", "municipio", "area", "scenario", "method", "statement"]

Slot = Literal["above", "beside", "over", "below"]
"""Where a section stands: above the map, beside it, over it (its controls), below it."""

LAYOUT: Final[Mapping[Kind, Mapping[Slot, tuple[str, ...]]]] = {
    "city": {
        "beside": ("find",),
        "over": ("themes",),
        "below": ("in_short", "table", "places", "pages", "read", "downloads"),
    },
    "municipio": {
        "beside": ("find", "figures", "what_if"),
        "over": ("themes",),
        "below": ("in_short", "scenarios_here", "places", "table", "read", "downloads"),
    },
    "area": {
        "beside": ("find", "figures", "what_if"),
        "over": ("themes",),
        "below": ("in_short", "scenarios_here", "places", "table", "read", "downloads"),
    },
    "scenario": {
        "above": ("scenario",),
        "beside": ("scenario_list",),
        "over": ("shown",),
        "below": ("scenario_table", "read", "downloads"),
    },
    "method": {"below": ("method", "downloads")},
    "statement": {"below": ("statement",)},
}
"""The sections of every kind of page that a reader sees, in the order of reading."""

UNDER_THE_MAP: Final = ("streets", "cells", "ground", "places")
"""Sections that every map is made of, and that have no place of their own on the page."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a site.

    Parameters
    ----------
    slug
        The name of its file without the ending: small letters, digits and hyphens.
    kind
        What sort of page it is.
    title
        Its heading, by language.
    area
        The polygon it is about, in the CRS of the city; None on a page without a map.
    zone_id
        The Municipio or the target area it is about.
    scenario
        The name of the scenario it shows.
    """

    slug: str
    kind: Kind
    title: Texts
    area: shapely.Geometry | None = field(default=None, repr=False)
    zone_id: Hashable | None = None
    scenario: str | None = None

    @property
    def map_area(self) -> shapely.Geometry:
        """The polygon of a page that has a map."""
        if self.area is None:
            raise ValueError(f"the page {self.slug} has no map")
        return self.area

    @property
    def layout(self) -> Mapping[Slot, tuple[str, ...]]:
        """The sections a reader sees, by where they stand."""
        return LAYOUT[self.kind]

    @property
    def sections(self) -> tuple[str, ...]:
        """All sections of the page: those under the map, then those a reader sees."""
        seen = tuple(name for names in self.layout.values() for name in names)
        under = UNDER_THE_MAP if self.area is not None else ()
        return tuple(dict.fromkeys([*under, *seen]))

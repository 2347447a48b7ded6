"""What a scenario edits, for a page: a list in words, and lines and symbols for its map."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.planning.edits.residents import WHOLE_CITY
from quartieri15.publish import words
from quartieri15.publish.comparing.tables import edit_changes, edit_people
from quartieri15.publish.texts import capital

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.publish.site.scenarios import Edited
    from quartieri15.publish.texts import Texts

TOLERANCE_M: Final = 1.0

SIGNS: Final = {
    "open_place": "opened",
    "close_place": "closed",
    "merge_places": "closed",
    "move_place": "moved",
    "change_place": "changed",
    "cycle_track": "cycle",
    "calm_traffic": "calm",
    "add_residents": "people",
    "project_residents": "people",
}
"""The symbol of each kind of edit; that of all others is ``"street"``."""


_DRAWN: Final = ("edges", "places", "barriers")


@functools.lru_cache(maxsize=16)
def edit_list(edited: Edited, told: Comparison) -> list[dict[str, Any]]:
    """Return the edits of a scenario in words, numbered as the map numbers them.

    Parameters
    ----------
    edited
        The scenario, and what it edits.
    told
        What it changes, as it may leave the house.
    """
    preview = edited.preview
    listed = []
    for row in told.effects.to_dict("records"):
        drawn = preview[(preview["edit"] == row["edit"]) & preview["table"].isin(_DRAWN)]
        shapes = drawn.geometry[drawn.geometry.notna() & ~drawn.geometry.is_empty]
        people = SIGNS.get(row["kind"]) == "people"
        changes: Texts | str = edit_changes(preview, row["edit"])
        if people:
            # Some who come and others who leave may come to nobody.
            changes = edit_people(row["people"]) if row["people"] else "–"
        listed.append(
            {
                "number": int(row["edit"]),
                "sign": SIGNS.get(row["kind"], "street"),
                "title": capital(words.in_all_languages(f"edit_{row['kind']}")),
                "where": _where(str(row["matched"]), drawn),
                "changes": None if isinstance(changes, str) else changes,
                "metres": round(row["length_m"], -1),
                "at": _symbol_at(shapes),
                "bounds": [round(v) for v in shapes.total_bounds] if len(shapes) else None,
            }
        )
    return listed


def lines_of_edits(edited: Edited) -> dict[str, NDArray[np.int64]]:
    """Return the streets that a scenario edits, as lines in whole metres.

    Parameters
    ----------
    edited
        The scenario, and what it edits.

    Returns
    -------
    dict
        ``edit`` and ``points`` (how many) of each line, and the ``x`` and ``y`` of all points,
        line by line.
    """
    preview = edited.preview
    streets = preview[preview["table"].isin(["edges"])]
    edits: list[int] = []
    lines: list[shapely.Geometry] = []
    for edit, part in streets.groupby("edit", sort=True):
        merged = shapely.line_merge(shapely.union_all(part.geometry.to_numpy()))
        own = shapely.get_parts(shapely.simplify(merged, TOLERANCE_M))
        edits += [int(str(edit))] * len(own)
        lines += list(own)
    xy = np.rint(shapely.get_coordinates(lines)).astype(np.int64)
    return {
        "edit": np.array(edits, dtype=np.int64),
        "points": shapely.get_num_coordinates(lines).astype(np.int64),
        "x": xy[:, 0],
        "y": xy[:, 1],
    }


def _where(matched: str, drawn: gpd.GeoDataFrame) -> Texts:
    # How it was matched stands in the file of edits; the page names what was.
    if matched.startswith(WHOLE_CITY):
        return words.in_all_languages("city_total")
    text = matched.partition(" (")[0]
    new = drawn.loc[(drawn["table"] == "places") & (drawn["change"] == "added"), "name"].dropna()
    if len(new):
        text = f"{new.iloc[0]}, {text}"
    return dict.fromkeys(words.LANGUAGES, words.isolated(text))


def _symbol_at(shapes: gpd.GeoSeries) -> list[int] | None:
    """Return where the symbol of an edit stands: at the place, or amid its longest street."""
    if not len(shapes):
        return None
    points = shapes[shapes.geom_type == "Point"]
    if len(points):
        # Of a place that moves, where it comes to stand.
        at = points.iloc[-1]
    else:
        merged = shapely.get_parts(shapely.line_merge(shapely.union_all(shapes.to_numpy())))
        longest = merged[np.argmax(shapely.length(merged))]
        at = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return [round(at.x), round(at.y)]

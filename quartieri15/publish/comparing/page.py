"""The page of a comparison, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.publish import words
from quartieri15.publish.answers import Drawing
from quartieri15.publish.comparing.figures import figures
from quartieri15.publish.comparing.layers import map_layers
from quartieri15.publish.comparing.sentences import assumptions, notes, sentences
from quartieri15.publish.comparing.tables import tables
from quartieri15.publish.maps import city_title
from quartieri15.publish.not_known import not_known
from quartieri15.publish.sheet import Sheet, view_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.publish.comparing.view import View
    from quartieri15.publish.texts import Texts


def page(
    city: City,
    view: View,
    exact: Comparison,
    *,
    previews: Mapping[str, gpd.GeoDataFrame],
    assumed: pd.DataFrame,
    files: Sequence[tuple[str, Texts]],
    smallest_count: float,
    date: dt.date,
) -> Drawing:
    """Return the page of a comparison.

    Parameters
    ----------
    city
        The city before.
    view
        What the page is about.
    exact
        The comparison before it was made publishable.
    previews
        By scenario, what it edits.
    assumed
        What the scenarios take for granted.
    files
        Names of the files beside the page, with what each holds.
    smallest_count
        The smallest count that is told.
    date
        The date on it.
    """
    layers, shapes = map_layers(
        city, view, exact.addresses, previews, smallest_count=smallest_count, date=date
    )
    sheet = Sheet(
        kicker=words.in_all_languages("kicker_compare"),
        title=title(city, view),
        figures=figures(view),
        sentences=sentences(view, exact, smallest_count),
        assumptions=assumptions(city, view),
        tables=tables(city, view, previews, assumed),
        notes=notes(view, smallest_count),
        unknown=not_known(
            city,
            to=str(view.told.provenance["places"]),
            unknown_hours=view.asked["unknown_hours"] if view.asked["at"] else None,
        ),
        files=files,
    )
    return Drawing(sheet=sheet, layers=layers, view=view_of(city, shapes))


def title(city: City, view: View) -> Texts:
    """Say what is compared."""
    return words.in_all_languages(
        "compare_title_several" if len(view.scenarios) > 1 else "compare_title",
        city=city_title(city),
        scenario=words.isolated(view.best),
        count=len(view.scenarios),
    )

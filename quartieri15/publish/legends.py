"""What colours on a map mean: the classes of a column, in words, for every program that draws.

A legend is made of a table as it is published. The same classes are drawn in a notebook
(:mod:`~quartieri15.publish.exploring`) and travel as styles inside a GeoPackage
(:mod:`~quartieri15.publish.layers.qgis_style`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import is_one_of
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.streets import require_table
from quartieri15.publish import words
from quartieri15.publish.dictionary import code_text, column_label, is_change, is_minutes, is_share
from quartieri15.publish.drawing import ZONE_COLOURS, class_breaks
from quartieri15.publish.palette import colour
from quartieri15.publish.texts import capital, in_each, minutes_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

from quartieri15.publish.texts import Texts

LACK: Final = ZONE_COLOURS
"""Few to many people left out, light to dark."""

SERVED: Final = tuple(colour(f"ramp-{step}") for step in range(1, 6))
"""From little to much of what is good, or from far to near, light to dark."""

GAIN: Final = ("#d1e5f0", "#92c5de", "#4393c3", "#2166ac")
LOSS: Final = ("#fddbc7", "#f4a582", "#d6604d", "#b2182b")
"""More and less, small to large (RdBu of Harrower and Brewer 2003, The Cartographic Journal
40(1):27-37)."""

CATEGORIES: Final = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442"),
    "#4d545c",
)
"""Colours without an order that colour-blind eyes tell apart (Okabe and Ito 2008); the last stands
for all further values."""

EMPTY, HIDDEN, PLAIN, ZERO = "#d4d6d9", "#ddd5ea", "#7a2e8e", "#ffffff"

MINUTES_LIMITS: Final = (5, 10, 15, 20)
PER_CENT_LIMITS: Final = (20, 40, 60, 80)
"""The same on every map, so that maps compare, and on the pages."""

LEADING: Final = (
    *("change", "class", "uncovered", "difference", "minutes_saved", "need", "per_1000"),
    *("gain", "gained", "count_change", "change_share", "covered", "places_per_1000"),
    *("shapley", "share", "share_at_least", "density_per_km2", "minutes_to", "minutes"),
    *("nearest_minutes", "median_minutes", "people", "kind", "facility"),
)
"""What colours a table that nobody has chosen a column of: the first that it has."""

_COLOURS: Final = {
    "hot": LOSS[3],
    "cold": GAIN[3],
    "high_among_low": LACK[2],
    "low_among_high": SERVED[2],
    "not": "#f7f5f0",
    "not_tested": EMPTY,
    "newly_covered": GAIN[3],
    "quicker": GAIN[1],
    "no_longer_covered": LOSS[3],
    "slower": LOSS[1],
    "ex_csrc": "#1f4e9c",
    "ex_cam": "#8e1b6b",
    "wemi_external": "#ffd21f",
    "wemi_central": "#ffd21f",
    "barrier": "#6a1b9a",
    "dead_end": "#d55e00",
    "cycle_gap": "#009e73",
}
_FORMS: Final = {
    "ex_csrc": "circle",
    "ex_cam": "square",
    "wemi_external": "triangle",
    "wemi_central": "star",
}
_SHARES_IN_TIME: Final = ("share", "share_at_least", "share_at_most")
_PEOPLE: Final = ("uncovered", "covered", "people", "population")


@dataclass(frozen=True, kw_only=True)
class LegendClass:
    """One entry of a legend.

    Parameters
    ----------
    colour
        As ``#rrggbb``.
    text
        What it means, by language.
    above, up_to
        The values it holds: above the one, at most the other; None for no limit.
    falling
        Whether these limits count how much less: they hold for the values with the other sign.
    value
        The one text or number it holds.
    missing
        Whether it holds rows without a value.
    empty
        Whether it holds rows in which nobody lives.
    hatched
        Whether it is drawn with lines across it, since it is no figure.
    form
        The shape of a point: ``circle``, ``square``, ``triangle`` or ``star``.
    """

    colour: str
    text: Texts
    above: float | None = None
    up_to: float | None = None
    falling: bool = False
    value: str | float | None = None
    missing: bool = False
    empty: bool = False
    hatched: bool = False
    form: str = "circle"


@dataclass(frozen=True, kw_only=True)
class Legend:
    """What the colours of a table mean.

    Parameters
    ----------
    column
        The column that colours it; None where all rows look alike.
    title
        What is shown, by language.
    classes
        The entries, from low to high.
    """

    column: str | None
    title: Texts
    classes: tuple[LegendClass, ...]

    def class_numbers(self, table: pd.DataFrame) -> NDArray[np.intp]:
        """Return the number of the class of each row; every row has one.

        Parameters
        ----------
        table
            The table the legend was made of.

        Raises
        ------
        InputError
            If the table is none, or has not the columns of that one.
        """
        require_table(table, where="table")
        needed = (self.column, *("population" for one in self.classes if one.empty))
        for name in needed:
            if name is not None and name not in table.columns:
                raise InputError(
                    f"the column {name!r} is missing",
                    where="table",
                    mend="give the table that the legend was made of",
                )
        found = np.full(len(table), -1, dtype=np.intp)
        for number, one in enumerate(self.classes):
            found[self._holds(table, one) & (found < 0)] = number
        return found

    def _holds(self, table: pd.DataFrame, one: LegendClass) -> NDArray[np.bool_]:
        if self.column is None:
            return np.ones(len(table), dtype=bool)
        if one.empty:
            empty: NDArray[np.bool_] = table["population"].to_numpy(dtype=float) == 0
            return empty
        values = table[self.column]
        known: NDArray[np.bool_] = values.notna().to_numpy(dtype=bool, copy=True)
        if one.missing:
            return ~known
        if isinstance(one.value, str):
            known &= (_texts(values) == one.value).to_numpy(dtype=bool)
        elif _is_number(values):
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            numbers = -numbers if one.falling else numbers
            known &= one.value is None or np.equal(numbers, one.value)
            known &= one.above is None or np.greater(numbers, one.above)
            known &= one.up_to is None or np.less_equal(numbers, one.up_to)
        return known


def legend_of(table: pd.DataFrame, *, column: str | None = None) -> Legend:
    """Return the legend of a table: what colours it, in which classes, in words.

    Parameters
    ----------
    table
        A result of this library as it is published, or any other table.
    column
        The column that shall colour it; the first of :data:`LEADING` that it has when left out.

    Returns
    -------
    Legend
        Limits of minutes and of shares are the same on every map; those of counts are round and
        give classes of about as many rows. Rows that are not published and areas where nobody
        lives have classes of their own.

    Raises
    ------
    InputError
        If the table is none.
    UnknownNameError
        If it has no such column.

    Examples
    --------
    >>> table = pd.DataFrame({"uncovered": [0.0, 40, 130, 900, None], "population": 900.0})
    >>> for one in legend_of(table).classes:
    ...     print(one.colour, one.text["en"])
    #ffffff nobody
    #f6bd82 up to 100
    #e08b3d 101 to 200
    #b96014 201 to 500
    #85400a more than 500
    #ddd5ea not published (too few people)
    """
    require_table(table, where="table")
    if column is None:
        column = _leading(table)
    elif not is_one_of(column, table.columns):
        raise UnknownNameError.among(column, table.columns, kind="column", where="column")
    if column is None:
        text = words.in_all_languages("layers.all_rows")
        return Legend(column=None, title=text, classes=(LegendClass(colour=PLAIN, text=text),))
    empty = list(_empty(table))
    values = table.loc[table["population"] != 0, column] if empty else table[column]
    if _is_number(values):
        classes = _numbers(values.to_numpy(dtype=float, na_value=np.nan), column)
    else:
        classes = _categories(values, column)
    return Legend(
        column=column,
        title=_title(table, column),
        classes=(*empty, *classes, *_missing(values, table, column)),
    )


def _leading(table: pd.DataFrame) -> str | None:
    """Return the first leading column that tells something of some row."""
    for name in LEADING:
        if name in table.columns and table[name].notna().any():
            return name
    return None


def _title(table: pd.DataFrame, column: str) -> Texts:
    """Say what is shown, of whom: the group, and the threshold where it is one."""
    title = capital(column_label(column))
    profile = _only(table, "profile") if column == "minutes_to" else None
    if profile is not None:
        who = code_text("profile", str(profile))
        title = _joined(title, {name: text[:1].lower() + text[1:] for name, text in who.items()})
    group = _only(table, "group")
    if group is not None and words.is_phrase(group):
        title = _joined(title, words.in_all_languages(group))
    minutes = None if is_minutes(column) else _only(table, "minutes")
    if minutes is not None:
        threshold = words.in_all_languages("layers.threshold", minutes=minutes_text(float(minutes)))
        title = _joined(title, threshold)
    year = _only(table, "year")
    if year is not None:
        title = _joined(title, dict.fromkeys(words.LANGUAGES, str(year)))
    return title


def _joined(first: Texts, second: Texts) -> Texts:
    return {language: f"{first[language]}, {second[language]}" for language in words.LANGUAGES}


def _only(table: pd.DataFrame, column: str) -> Any:
    """Return the one value that a column has; None where there are several, or no such column."""
    if column not in table.columns:
        return None
    found = table[column].dropna().unique()
    return found[0] if len(found) == 1 else None


def _numbers(numbers: NDArray[np.float64], column: str) -> list[LegendClass]:
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return []
    if is_change(column):
        return _changes(numbers, column)
    if is_minutes(column):
        # Nearest is darkest.
        ends = [*map(float, MINUTES_LIMITS), None]
        last = int(np.searchsorted(MINUTES_LIMITS, numbers.max()))
        return _ranges(ends[:last], SERVED[::-1], column, up_to=ends[last])
    lacking = column.startswith(("uncovered", "beyond")) or column == "need"
    colours = LACK if lacking else SERVED
    if column in _SHARES_IN_TIME:
        return _ranges([limit / 100 for limit in PER_CENT_LIMITS], colours, column)
    scale = 100.0 if is_share(column) else 1.0
    limits = [limit / scale for limit in class_breaks(numbers * scale)]
    if not limits and numbers.min() < numbers.max():
        limits = _quantiles(numbers)
    own = _spread(colours, len(limits) + 1)
    if (numbers == 0).any() and (numbers >= 0).all():
        key = "nobody_beyond" if column in _PEOPLE else "layers.zero"
        zero = LegendClass(colour=ZERO, text=words.in_all_languages(key), value=0.0)
        return [zero, *_ranges(limits, own, column, above=0.0)]
    return _ranges(limits, own, column)


def _changes(numbers: NDArray[np.float64], column: str) -> list[LegendClass]:
    """Return classes of less, the same and more."""
    scale = 100.0 if is_share(column) else 1.0
    limits = [limit / scale for limit in class_breaks(np.abs(numbers) * scale, len(GAIN))]
    sides = {
        key: [
            LegendClass(
                colour=colour,
                text=_range_text(low or None, high, column, key=f"layers.{key}"),
                above=low,
                up_to=high,
                falling=key == "fewer",
            )
            for colour, (low, high) in zip(
                _spread(colours, len(limits) + 1), pairwise([0.0, *limits, None]), strict=True
            )
            if ((sign * numbers > (low or 0.0)) & (sign * numbers <= (high or np.inf))).any()
        ]
        for key, colours, sign in (("fewer", LOSS, -1), ("more", GAIN, 1))
    }
    same = LegendClass(colour=ZERO, text=words.in_all_languages("layers.same"), value=0.0)
    return [*reversed(sides["fewer"]), *([same] if (numbers == 0).any() else []), *sides["more"]]


def _ranges(
    limits: Iterable[float | None],
    colours: Sequence[str],
    column: str,
    *,
    above: float | None = None,
    up_to: float | None = None,
) -> list[LegendClass]:
    """Return classes between limits; the first and the last are open if nothing closes them."""
    edges = [above, *limits, up_to]
    return [
        LegendClass(
            colour=colour, text=_range_text(low or None, high, column), above=low, up_to=high
        )
        for colour, (low, high) in zip(colours, pairwise(edges), strict=False)
    ]


def _range_text(
    low: float | None, high: float | None, column: str, *, key: str = "layers.range"
) -> Texts:
    """Say a range in the unit of its column; whole people do not stand in two ranges."""
    counted = not (is_minutes(column) or is_share(column) or column == "minutes_saved")
    whole = counted and all(edge is None or edge == round(edge) for edge in (low, high))
    first = None if low is None else low + 1 if whole and high is not None else low

    def said(value: float) -> Texts:
        if is_share(column):
            return in_each(words.the_percent if key == "layers.range" else words.percent, value)
        return in_each(words.as_given, value)

    if low is None and high is None:
        return words.in_all_languages("layers.any_value")
    blanks = {} if high is None else {"high": said(high)}
    blanks |= {} if first is None else {"low": said(first)}
    end = "above" if high is None else "up_to" if low is None else "between"
    if is_share(column) and key == "layers.range":
        key = "layers.range_of_shares"
    text = words.in_all_languages(f"{key}.{end}", **blanks)
    if is_minutes(column) or column == "minutes_saved":
        return words.in_all_languages("layers.in_minutes", range=text)
    return text


def _quantiles(numbers: NDArray[np.float64]) -> list[float]:
    """Return limits of two digits that split numbers, which are no counts, into like parts."""
    wanted = np.quantile(numbers, np.arange(1, len(SERVED)) / len(SERVED))
    limits = sorted({float(f"{value:.2g}") for value in wanted})
    return [limit for limit in limits if numbers.min() <= limit < numbers.max()]


def _categories(values: pd.Series, column: str) -> list[LegendClass]:
    found = list(dict.fromkeys(_texts(values.dropna())))
    known = [name for name in _COLOURS if name in found]
    ordered = [*known, *sorted(set(found) - set(known))]
    free = iter(CATEGORIES[:-1])
    classes = []
    for name in ordered:
        colour = _COLOURS.get(name) or next(free, None)
        if colour is None:
            break
        classes.append(
            LegendClass(
                colour=colour,
                text=_category_text(name, column),
                value=name,
                hatched=name == "not_tested",
                form=_FORMS.get(name, "circle"),
            )
        )
    if len(classes) < len(ordered):
        others = words.in_all_languages("layers.other_values")
        classes.append(LegendClass(colour=CATEGORIES[-1], text=others))
    return classes


def _category_text(name: str, column: str) -> Texts:
    own = {"true": "layers.yes", "false": "layers.no"}.get(name)
    return code_text(column, name) if own is None else words.in_all_languages(own)


def _empty(table: pd.DataFrame) -> Iterable[LegendClass]:
    if "population" in table.columns and (table["population"] == 0).any():
        text = words.in_all_languages("no_residents")
        yield LegendClass(colour=EMPTY, text=text, empty=True, hatched=True)


def _missing(values: pd.Series, table: pd.DataFrame, column: str) -> Iterable[LegendClass]:
    if not values.isna().any():
        return
    counted = {"population", "people", "suppressed"} & {*table.columns} and not is_minutes(column)
    text = words.in_all_languages("not_published" if counted else "layers.no_value")
    yield LegendClass(colour=HIDDEN, text=text, missing=True, hatched=True)


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _texts(values: pd.Series) -> pd.Series:
    """Return values as texts; yes and no as QGIS writes them."""
    texts = values.astype(object).astype(str)
    return texts.str.lower() if pd.api.types.is_bool_dtype(values.dropna()) else texts


def _spread(colours: Sequence[str], classes: int) -> list[str]:
    """Take colours from the whole range, also for few classes."""
    if classes >= len(colours):
        return [*colours]
    places = np.linspace(1, len(colours) - 1, classes) if classes > 1 else np.array([2.0])
    return [colours[round(float(place))] for place in places]

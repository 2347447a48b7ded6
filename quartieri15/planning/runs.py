"""Answers with a date: what was asked, what was found, and from which inputs, for later comparison.

A figure that is published every year moves for two reasons: the city changed, or what is known of
it did. A run holds the answer beside a checksum of every input, so that two runs can tell which of
their inputs differ. It holds no more than that: it is written and read by
:mod:`quartieri15.publish.runs`, whose files hold published counts.

Whatever is the same city gives the same checksum: the order of rows and columns, the width of a
number's type, text as categories or not, and digits beyond a millimetre or a millionth do not
matter. So a checksum does not depend on the machine or on the versions of the libraries.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.arguments import is_one_of, require_flag, require_text, several, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

ASKED: Final = ("city", "to", "profile", "speed_kmh", "minutes", "by", "groups")
"""What a question is made of."""

KEYS: Final = ("by", "zone_id", "group")
"""What tells one answer of a run from another."""

FIGURES: Final = ("population", "covered", "uncovered", "share", "median_minutes", "p90_minutes")
ANSWERS: Final = (*KEYS[:2], "zone", "group", *FIGURES, "suppressed")
"""The columns of the answers."""

TABLE: Final = (
    *("date", "year", *ASKED[:5], *ANSWERS),
    *("changed_since_last", "library", "licence"),
)
"""The columns of :func:`runs_table`."""

_METRES_DECIMALS: Final = 3
_NUMBER_DECIMALS: Final = 6
_NOT_OF_THE_TRAVEL: Final = ("label_it", "label_en", "source")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One dated answer.

    Parameters
    ----------
    date
        The day the answer is for.
    question
        ``city, to, profile, speed_kmh, minutes`` and the lists ``by`` and ``groups``.
    answers
        One row per set of zones, zone and group: ``by, zone_id, zone, group, population,
        covered, uncovered, share, median_minutes, p90_minutes, suppressed``. ``zone_id`` is text.
    inputs
        Of ``streets``, ``barriers``, ``places``, ``residents``, each set of zones and
        ``profile``: ``sha256``, and where known ``rows`` and ``vintage``.
    licence_line
        Under which licences the answers may be passed on.
    library
        The version of this library.
    smallest_count
        The base that the counts are rounded to, 0 for exact counts.
    note
        What somebody wants to remember of it.
    """

    date: dt.date
    question: Mapping[str, Any]
    answers: pd.DataFrame
    inputs: Mapping[str, Mapping[str, Any]]
    licence_line: str = "not stated"
    library: str = "unknown"
    smallest_count: float = 0.0
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunChange:
    """What is different between two runs, and what may be the reason.

    Parameters
    ----------
    table
        One row per set of zones, zone and group: ``by, zone_id, zone, group``, then of
        ``population``, ``covered`` and ``share`` the value ``_before``, ``_after`` and the
        ``_difference``, and ``found_in`` (``both``, ``before`` or ``after``).
    inputs
        One row per input: ``input, same, sha256_before, sha256_after, rows_before, rows_after,
        vintage_before, vintage_after``.
    question
        One row per part of the question that differs: ``asked, before, after``.
    """

    table: pd.DataFrame
    inputs: pd.DataFrame
    question: pd.DataFrame

    @property
    def changed_inputs(self) -> tuple[str, ...]:
        """The inputs that are not the same, in their usual order."""
        return tuple(self.inputs.loc[~self.inputs["same"], "input"])


def run_of(
    city: City,
    *,
    to: str = "houses",
    profile: str | TravelProfile = "walk_75",
    minutes: float = 15,
    by: str | Iterable[str] | None = None,
    groups: str | Iterable[str] | None = None,
    date: dt.date | None = None,
    note: str | None = None,
) -> Run:
    """Answer who reaches the nearest place in time, with all that is needed to compare it later.

    Parameters
    ----------
    city
        The city.
    to
        The name of a set of places.
    profile
        Who travels.
    minutes
        The threshold, in minutes.
    by
        Sets of zones, and ``"city"`` for the total; the total and all sets when left out.
    groups
        The groups to count; all that the city knows when left out.
    date
        The day the answer is for; today when left out.
    note
        What somebody wants to remember of it.

    Returns
    -------
    Run
        With exact counts.

    Raises
    ------
    UnknownNameError, ParameterError, InputError
        As :func:`~quartieri15.analysis.coverage.coverage` raises them.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> run = run_of(q15.load("milano"), by="city", groups="over65", date=dt.date(2026, 11, 26))
    >>> run.question["minutes"], sorted(run.inputs)[:3]
    (15.0, ['barriers', 'municipi', 'nil'])
    """
    require_city(city)
    require_text(to, where="to")
    profile = profiles.get(profile)
    minutes = require_minutes(minutes)
    named = city.require_groups(groups)
    known = ("city", *city.zones)
    wanted = known if by is None else several(by)
    for name in wanted:
        if not is_one_of(name, known):
            raise UnknownNameError.among(name, known, kind="set of zones", argument="by")
    asked = tuple(dict.fromkeys(wanted))
    if not asked:
        raise ParameterError("there are no zones", where="by", mend=f"use {', '.join(known)}")
    day = require_date(date)
    if note is not None:
        require_text(note, where="note")
    from quartieri15.reach.times import travel_times

    times = travel_times(city, to=city.places_named(to), profile=profile)
    tables = [
        coverage(city, to=to, profile=profile, minutes=minutes, by=name, groups=named, times=times)
        for name in asked
    ]
    for table in tables:
        table.attrs = {}
    answers = pd.concat(tables, ignore_index=True).assign(suppressed=False)
    answers["zone_id"] = answers["zone_id"].astype(str)
    answers["zone"] = answers["zone"].astype(str)
    return Run(
        date=day,
        question={
            "city": city.name,
            "to": to,
            "profile": profile.name,
            "speed_kmh": float(profile.speed_kmh),
            "minutes": minutes,
            "by": list(asked),
            "groups": list(named),
        },
        answers=answers[list(ANSWERS)],
        inputs=inputs_of(city, profile),
        licence_line=str(city.provenance.get("licence_line", "not stated")),
        library=library_version(),
        note=note,
    )


def compare_runs(before: Run, after: Run, *, other_questions: bool = False) -> RunChange:
    """Tell what is different between two runs, and which of their inputs differ.

    Parameters
    ----------
    before, after
        Two runs, as :func:`run_of` makes or
        :func:`~quartieri15.publish.runs.read_run` reads them.
    other_questions
        Whether runs that answer different questions may be compared all the same. Then a
        difference of two figures may be a difference of the questions.

    Returns
    -------
    RunChange

    Raises
    ------
    ParameterError
        If the runs answer different questions, or the counts of one are rounded and those of the
        other are not, and that was not asked for.

    Notes
    -----
    A difference is that of the two counts in the runs. Where these are rounded to tens, so is
    the difference, and 10 may be chance: it stands for any change of more than 0 and fewer than
    20 people.
    """
    for where, run in (("before", before), ("after", after)):
        if not isinstance(run, Run):
            raise ParameterError(
                f"{where} is {shown(run)}", where=where, mend="give a run, read by read_run"
            )
    require_flag(other_questions, where="other_questions")
    asked = _asked_otherwise(before, after)
    if len(asked) and not other_questions:
        first = asked.iloc[0]
        raise ParameterError(
            f"the runs answer different questions: {first['asked']} is {first['before']} before "
            f"and {first['after']} after",
            where="runs",
            mend="compare runs of one question, or pass other_questions=True",
        )
    return RunChange(
        table=_differences(before, after), inputs=_inputs(before, after), question=asked
    )


def runs_table(runs: Iterable[Run]) -> pd.DataFrame:
    """Put the answers of many runs under each other: a figure per year, for a report.

    Parameters
    ----------
    runs
        Any runs.

    Returns
    -------
    pandas.DataFrame
        Ordered by date: ``date, year, city, to, profile, speed_kmh, minutes``, the columns of
        the answers, and ``changed_since_last``: which inputs differ from those of the run of the
        same question before it.

    Raises
    ------
    ParameterError
        If there is no run.
    """
    given = several(runs)
    for run in given:
        if not isinstance(run, Run):
            raise ParameterError(
                f"{shown(run)} is no run", where="runs", mend="give runs, read by read_run"
            )
    if not given:
        raise ParameterError("there are no runs", where="runs", mend="name at least one")
    tables = []
    last: dict[str, Run] = {}
    for run in sorted(given, key=lambda run: run.date):
        told = {name: run.question[name] for name in ASKED[:5]}
        question = json.dumps(plain_json(told), sort_keys=True)
        former = last.get(question)
        changed = "" if former is None else "; ".join(_changed(former, run))
        last[question] = run
        head = {"date": run.date.isoformat(), "year": run.date.year, **told}
        table = run.answers.copy()
        for position, (name, value) in enumerate(head.items()):
            table.insert(position, name, value)
        tables.append(
            table.assign(changed_since_last=changed, library=run.library, licence=run.licence_line)
        )
    stacked: pd.DataFrame = pd.concat(tables, ignore_index=True)[list(TABLE)]
    return stacked


def inputs_of(city: City, profile: str | TravelProfile) -> dict[str, dict[str, Any]]:
    """Return a checksum of every input of an answer, and its rows and vintage where known.

    Parameters
    ----------
    city
        The city.
    profile
        Who travels.

    Returns
    -------
    dict
        By input: ``sha256`` (see :func:`checksum`), ``rows``, ``vintage``.
    """
    require_city(city)
    profile = profiles.get(profile)
    streets = city.streets
    tables = {
        "streets": (streets.edges, streets.nodes.reset_index()),
        "barriers": (streets.barriers,),
        "places": (city.places,),
        "residents": (city.residents,),
        **{name: (table,) for name, table in city.zones.items()},
    }
    vintages = city.provenance.get("vintages", {})
    found: dict[str, dict[str, Any]] = {}
    for name, parts in tables.items():
        sums = [checksum(part) for part in parts]
        found[name] = {
            "sha256": sums[0] if len(sums) == 1 else _digest("\n".join(sums).encode()),
            "rows": len(parts[0]),
            **({"vintage": str(vintages[name])} if name in vintages else {}),
        }
    travel = {
        name: value for name, value in asdict(profile).items() if name not in _NOT_OF_THE_TRAVEL
    }
    told = json.dumps(plain_json(travel), sort_keys=True, ensure_ascii=False)
    found["profile"] = {"sha256": _digest(told.encode())}
    return found


def checksum(table: pd.DataFrame) -> str:
    """Return a SHA-256 of what a table holds, the same on every machine.

    Parameters
    ----------
    table
        Any table; its index is not part of it.

    Returns
    -------
    str
        64 hexadecimal digits. The order of rows and columns does not matter. Numbers count to
        6 decimals, coordinates to a millimetre.

    Raises
    ------
    ParameterError
        If it is no table.

    Examples
    --------
    >>> one = pd.DataFrame({"id": ["a", "b"], "people": [1, 2]})
    >>> other = pd.DataFrame({"people": [2.0, 1.0], "id": ["b", "a"]})
    >>> checksum(one) == checksum(other), checksum(one) == checksum(one.iloc[:1])
    (True, False)
    """
    if not isinstance(table, pd.DataFrame):
        raise ParameterError(f"{shown(table)} is no table", where="table", mend="give a table")
    names = sorted(map(str, table.columns))
    columns = {str(name): values for name, values in table.items()}
    marks = [_marks(columns[name]) for name in names]
    rows = np.column_stack(marks) if marks else np.empty((len(table), 0), dtype="<u8")
    # Rows as texts of bytes, so that one sort puts them in an order of their own.
    width = rows.shape[1] * 8
    ordered = np.sort(np.ascontiguousarray(rows).view(f"S{width}").ravel()) if width else rows
    whole = hashlib.sha256(json.dumps([names, len(table)], ensure_ascii=False).encode())
    whole.update(ordered.tobytes())
    return whole.hexdigest()


def require_date(date: object) -> dt.date:
    """Return a day, today for None, or say that it is none.

    Raises
    ------
    ParameterError
        If it is neither a date nor a text such as ``2026-12-31``.

    Examples
    --------
    >>> require_date("2026-12-31")
    datetime.date(2026, 12, 31)
    """
    if date is None:
        return dt.datetime.now(dt.UTC).date()
    if isinstance(date, str):
        try:
            return dt.date.fromisoformat(date)
        except ValueError:
            pass
    # A missing timestamp of pandas is a date to Python, and no day.
    if isinstance(date, dt.date) and not pd.isna(date):
        return date.date() if isinstance(date, dt.datetime) else date
    raise ParameterError(
        f"date is {shown(date)}", where="date", mend="give a day, for example 2026-12-31"
    )


def library_version() -> str:
    """Return the version of this library, as it is installed."""
    try:
        return version("quartieri15")
    except PackageNotFoundError:
        return "unknown"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _marks(values: pd.Series) -> NDArray[np.uint64]:
    """Return 8 bytes for every value of a column, the same for the same values."""
    if getattr(values.dtype, "name", "") == "geometry":
        shapes = shapely.transform(
            values.to_numpy(), lambda xy: np.round(xy, _METRES_DECIMALS) + 0.0
        )
        return np.array(
            [_mark(b"" if data is None else data) for data in shapely.to_wkb(shapes, byte_order=1)],
            dtype="<u8",
        )
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        plain = values.to_numpy(dtype=np.float64, na_value=np.nan)
        plain = plain.round(_NUMBER_DECIMALS) + 0.0
        plain[np.isnan(plain)] = np.nan
        return plain.astype("<f8").view("<u8")
    if isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype):
        codes, own = pd.factorize(values)
        # What is missing has the code -1: the last mark.
        known = [_mark_of_text(f"={_text(value)}") for value in own]
        return np.array([*known, _mark(b"")], "<u8")[codes]
    texts = pd.Series(
        ["" if _missing(value) else f"={_text(value)}" for value in values], dtype=object
    )
    codes, own = pd.factorize(texts)
    marks = np.array([_mark_of_text(str(text)) for text in own], "<u8")
    return marks[codes] if len(marks) else np.empty(0, dtype="<u8")


def _mark(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "little")


def _mark_of_text(text: str) -> int:
    return _mark(text.encode("utf-8", "surrogatepass"))


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124 - not a number


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(plain_json(value, decimals=_NUMBER_DECIMALS), sort_keys=True)


def _asked_otherwise(before: Run, after: Run) -> pd.DataFrame:
    pairs = {name: (before.question.get(name), after.question.get(name)) for name in ASKED}
    pairs["smallest_count"] = (before.smallest_count, after.smallest_count)
    told = [
        {"asked": name, "before": _told(one), "after": _told(other)}
        for name, (one, other) in pairs.items()
        if one != other
    ]
    return pd.DataFrame(told, columns=["asked", "before", "after"])


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else f"{value}"


def _differences(before: Run, after: Run) -> pd.DataFrame:
    figures = ["population", "covered", "share"]
    sides = [
        run.answers[[*KEYS, "zone", *figures]].assign(order=range(len(run.answers)))
        for run in (before, after)
    ]
    both = sides[0].merge(
        sides[1], on=list(KEYS), how="outer", suffixes=("_before", "_after"), indicator="found_in"
    )
    both = both.sort_values(["order_after", "order_before"], kind="stable").reset_index(drop=True)
    table = both[["by", "zone_id"]].assign(
        zone=both["zone_after"].fillna(both["zone_before"]), group=both["group"]
    )
    for name in figures:
        one, other = both[f"{name}_before"], both[f"{name}_after"]
        table[f"{name}_before"], table[f"{name}_after"] = one, other
        decimals = 3 if name == "share" else _NUMBER_DECIMALS
        table[f"{name}_difference"] = (other - one).round(decimals)
    found = {"left_only": "before", "right_only": "after", "both": "both"}
    table["found_in"] = both["found_in"].astype(str).map(found)
    return table


def _inputs(before: Run, after: Run) -> pd.DataFrame:
    rows = []
    for name in dict.fromkeys([*before.inputs, *after.inputs]):
        one, other = before.inputs.get(name, {}), after.inputs.get(name, {})
        rows.append(
            {
                "input": name,
                "same": bool(one) and one.get("sha256") == other.get("sha256"),
                **{
                    f"{what}_{side}": told.get(what)
                    for what in ("sha256", "rows", "vintage")
                    for side, told in (("before", one), ("after", other))
                },
            }
        )
    return pd.DataFrame(rows)


def _changed(before: Run, after: Run) -> list[str]:
    table = _inputs(before, after)
    return list(table.loc[~table["same"], "input"])

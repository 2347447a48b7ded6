"""Runs that leave the house: answers recorded with published counts, compared in words, tabled."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from quartieri15.arguments import require_path, require_progress, shown
from quartieri15.errors import ParameterError
from quartieri15.plain_json import plain_json
from quartieri15.planning import runs
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.disclosure import (
    SMALLEST_COUNT,
    publishable_together,
    require_smallest_count,
)
from quartieri15.publish.folders import time_of_writing
from quartieri15.publish.run_files import read_run, require_run, write_run
from quartieri15.publish.single_files import require_single_file
from quartieri15.publish.tables import write_csv

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.runs import Run
    from quartieri15.progress import Say

_LONGEST_NAME: Final = 200
"""Letters of the name of a file, to which a checksum and an ending come; systems take 255."""

__all__ = [
    "published_run",
    "read_run",
    "record_run",
    "require_table_path",
    "run_file_name",
    "which_runs",
    "why_changed",
    "write_run",
    "write_runs_csv",
]


def record_run(
    city: City,
    out: str | Path,
    *,
    to: str = "houses",
    profile: str | TravelProfile = "walk_75",
    minutes: float = 15,
    by: str | Iterable[str] | None = None,
    groups: str | Iterable[str] | None = None,
    date: dt.date | None = None,
    note: str | None = None,
    smallest_count: float = SMALLEST_COUNT,
    progress: Say = quiet,
) -> tuple[Run, Path]:
    """Answer who reaches the nearest place in time, and keep the answer as a file in a folder.

    Parameters
    ----------
    city
        The city.
    out
        The folder of runs. It is made if it is not there; other files in it stay.
    to, profile, minutes, by, groups, note
        As for :func:`~quartieri15.planning.runs.run_of`.
    date
        The day the answer is for; that of ``SOURCE_DATE_EPOCH``, or today, when left out.
    smallest_count
        Smaller counts of people are hidden and the others rounded to multiples of it; see
        :func:`~quartieri15.publish.disclosure.publishable`. 0 hides and rounds nothing.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    tuple of Run and pathlib.Path
        The run as it was written, and the file: its name says city, date and the whole question
        (places, traveller, speed, minutes, zones and groups).

    Raises
    ------
    UnknownNameError, ParameterError, InputError
        If the question makes no sense.
    OutputError
        If the file cannot be written, or another answer to the same question of the same day
        stands there, such as that of another edition; it is untouched.
    """
    folder = require_path(out, where="out")
    smallest_count = require_smallest_count(smallest_count)
    require_progress(progress)
    day = time_of_writing().date() if date is None else runs.require_date(date)
    progress("who reaches the places, and what the answer is made of")
    exact = runs.run_of(
        city, to=to, profile=profile, minutes=minutes, by=by, groups=groups, date=day, note=note
    )
    run = published_run(exact, smallest_count=smallest_count)
    path = folder / run_file_name(run)
    write_run(run, path)
    return run, path


def published_run(run: Run, *, smallest_count: float = SMALLEST_COUNT) -> Run:
    """Return a run as it may leave the house.

    Parameters
    ----------
    run
        A run with exact counts; one with rounded counts comes back as it is.
    smallest_count
        As in :func:`~quartieri15.publish.disclosure.publishable`.
    """
    require_run(run)
    smallest_count = require_smallest_count(smallest_count)
    if run.smallest_count:
        return run
    exact = {
        str(by): table.drop(columns="suppressed").reset_index(drop=True)
        for by, table in run.answers.groupby("by", sort=False)
    }
    told = publishable_together(exact, smallest_count=smallest_count)
    answers = pd.concat(told.values(), ignore_index=True)[list(runs.ANSWERS)]
    return replace(run, answers=answers, smallest_count=smallest_count)


def run_file_name(run: Run) -> str:
    """Return the name of the file of a run, in letters every system can hold.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> run = runs.run_of(q15.load("milano"), by="city", groups="over65", date="2026-12-31")
    >>> run_file_name(run)
    'milano_2026-12-31_houses_walk_75_3.2kmh_15min_city_over65.json'
    """
    require_run(run)
    asked = run.question
    parts = [asked["city"], run.date.isoformat(), asked["to"], asked["profile"]]
    parts += [f"{asked['speed_kmh']:.12g}kmh", f"{asked['minutes']:.12g}min"]
    parts += ["-".join(map(str, asked[name])) for name in ("by", "groups")]
    plain = [re.sub(r"[^A-Za-z0-9.-]+", "_", part).strip("_.") or "x" for part in parts]
    name = "_".join(plain)[:_LONGEST_NAME]
    # What the letters of a name do not tell, a checksum tells apart.
    if name != "_".join(parts):
        whole = json.dumps(plain_json(dict(asked)), sort_keys=True)
        name += "_" + hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{name}.json"


def write_runs_csv(given: Iterable[Run], path: str | Path) -> None:
    """Write the answers of many runs as one CSV: a figure per year, for a report.

    Parameters
    ----------
    given
        The runs.
    path
        Where the file shall stand; its name ends in ``.csv``.

    Raises
    ------
    ParameterError
        If there is no run, or the name ends in something else.
    OutputError
        If it cannot be written, a file stands there that is no such table, or a line of it would
        be lost; it is untouched.
    """
    path = require_table_path(path)
    write_csv(runs.runs_table(given), path, losing_no_line=True)


def require_table_path(
    path: str | Path, files: Iterable[str | Path] = (), *, where: str = "path"
) -> Path:
    """Return where a table of runs may be written, or say what stands there.

    Parameters
    ----------
    path
        Where the table shall stand.
    files
        The runs that it is made of.
    where
        How the parameter is called.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ParameterError
        If it is one of the runs, or its name does not end in ``.csv``.
    OutputError
        If something stands there that :func:`write_runs_csv` has not written.
    """
    return require_single_file(
        path, endings=(".csv",), read=files, first_line=",".join(runs.TABLE), where=where
    )


def which_runs(before: tuple[Run, str], after: tuple[Run, str], language: str = "it") -> list[str]:
    """Say which run is before and which after, and whether the first is dated later.

    Parameters
    ----------
    before, after
        The runs and the names of their files.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    list of str
        A sentence for each run, and one more where the first is dated later than the second.
    """
    words.require_language(language)
    for run, _ in (before, after):
        require_run(run)
    said = [
        words.say(key, language, date=run.date.isoformat(), name=words.isolated(name))
        for key, (run, name) in (("run_before", before), ("run_after", after))
    ]
    if before[0].date > after[0].date:
        said.append(words.say("run_dates_turned", language))
    return said


def why_changed(change: runs.RunChange, language: str = "it") -> list[str]:
    """Say in sentences which inputs of two runs differ: why a figure may have moved.

    Parameters
    ----------
    change
        What :func:`~quartieri15.planning.runs.compare_runs` found.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    list of str
        One sentence per input that differs, or one that says that none does; then one that names
        what is the same.
    """
    if not isinstance(change, runs.RunChange):
        raise ParameterError(
            f"change is {shown(change)}", where="change", mend="give the result of compare_runs"
        )
    words.require_language(language)
    said = []
    for row in change.inputs.to_dict("records"):
        if row["same"]:
            continue
        name = _input_text(row["input"], language)
        since = [row["vintage_before"], row["vintage_after"]]
        if all(isinstance(one, str) for one in since) and since[0] != since[1]:
            old, new = (
                words.isolated(words.known(one, language, column="vintages")) for one in since
            )
            said.append(words.say("run_input_vintage", language, name=name, before=old, after=new))
        else:
            said.append(words.say("run_input_changed", language, name=name))
    kept = change.inputs.loc[change.inputs["same"], "input"]
    same = [_input_text(name, language) for name in kept]
    if not said:
        said.append(words.say("run_inputs_same", language))
    elif same:
        said.append(words.say("run_inputs_kept", language, names=", ".join(same)))
    said += [
        words.say(
            "run_question_changed",
            language,
            asked=row["asked"],
            before=words.isolated(row["before"]),
            after=words.isolated(row["after"]),
        )
        for row in change.question.to_dict("records")
    ]
    return said


def _input_text(name: str, language: str) -> str:
    key = f"input_{name}"
    if words.is_phrase(key):
        return words.say(key, language)
    return words.say("input_zones", language, name=words.isolated(name))

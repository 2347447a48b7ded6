"""A run as a file: the same bytes for the same run, read back only where it agrees with itself."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.arguments import is_finite, require_path, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.text_files import read_text
from quartieri15.plain_json import from_json, plain_json
from quartieri15.planning import runs
from quartieri15.planning.runs import Run
from quartieri15.publish import words
from quartieri15.publish.single_files import replacing_own_file
from quartieri15.publish.tables import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

KIND: Final = "quartieri15 run"
FORMAT: Final = 1
"""Raised when a file of a later version could be misread by an earlier one."""

LARGEST: Final = 50_000_000
"""Letters of the longest run that is read; all of Milano has 200,000."""

_AS_WRITTEN: Final = "give the file as it was written, or record the run again"
_ROWS: Final = '"rows": ['
_COUNT: Final = '"count": '
_SHARE_DECIMALS: Final = 3
"""Of a share of published counts; exact ones have :data:`DECIMALS`."""

_OFF: Final = 2 * 10.0**-DECIMALS
"""A count that is told is off by half of its last decimal; two may be off to two sides."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")

_HEAD: Final[dict[str, type | tuple[type, ...]]] = {
    "date": str,
    "library": str,
    "licence_line": str,
    "smallest_count": (int, float),
    "question": dict,
    "inputs": dict,
    "answers": dict,
}
"""What a file must hold, and of which type."""

_QUESTION: Final[dict[str, type | tuple[type, ...]]] = {
    "city": str,
    "to": str,
    "profile": str,
    "speed_kmh": (int, float),
    "minutes": (int, float),
    "by": list,
    "groups": list,
}


def write_run(run: Run, path: str | Path) -> None:
    """Write a run as a file: JSON in UTF-8, LF, one answer a line, the same bytes for the same run.

    Parameters
    ----------
    run
        The run.
    path
        Where the file shall stand. The same run may stand there already, and nothing else.

    Raises
    ------
    OutputError
        If it cannot be written, or another file stands there; it is untouched.
    """
    require_run(run)
    path = require_path(path, where="path")
    head = plain_json(
        {
            "kind": KIND,
            "format": FORMAT,
            "date": run.date,
            "note": run.note,
            "library": run.library,
            "licence_line": run.licence_line,
            "smallest_count": run.smallest_count,
            "question": dict(run.question),
            "inputs": {name: dict(told) for name, told in run.inputs.items()},
        },
        decimals=DECIMALS,
    )
    rows = plain_json(
        run.answers[list(runs.ANSWERS)].astype(object).to_numpy().tolist(), decimals=DECIMALS
    )
    lines = ",\n".join("   " + _json(_whole(row)) for row in rows)
    text = json.dumps(head, ensure_ascii=False, indent=1, allow_nan=False).removesuffix("\n}")
    text += ',\n "answers": {\n  "columns": ' + _json(list(runs.ANSWERS))
    text += f',\n  "count": {len(rows)},\n  "rows": [\n' + lines + "\n  ]\n }\n}\n"
    mend = "keep this run in another folder or under another date, or move the former away"
    with replacing_own_file(path, mend=mend) as unfinished:
        unfinished.write_text(words.visible(text), encoding="utf-8", newline="\n")


def read_run(path: str | Path) -> Run:
    """Read a run from its file.

    Parameters
    ----------
    path
        A file that :func:`record_run` has written.

    Returns
    -------
    Run

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no run, was written in a later format, something in it is missing or of the
        wrong kind, or its figures do not agree with each other; the line is named where it is
        known.
    """
    path = require_path(path, where="path")
    told, lines = _read_json(path)
    if told.get("kind") != KIND:
        raise InputError(
            "this is no run", where=str(path), mend="give a file that quartieri15 run has written"
        )
    if told.get("format") != FORMAT:
        raise InputError(
            f"the run is of format {shown(told.get('format'))}, and this version reads {FORMAT}",
            where=str(path),
            mend="update quartieri15, or record the run again",
        )
    _require_types(told, _HEAD, where=str(path))
    _require_types(told["question"], _QUESTION, where=f"{path}, question")
    smallest = told["smallest_count"]
    if smallest < 0:
        raise InputError(
            f"smallest_count is {smallest!r}", where=str(path), mend="record the run again"
        )
    for name, own in told["inputs"].items():
        _require_types(own, {"sha256": str}, where=f"{path}, inputs, {name}")
        if not _SHA256.fullmatch(own["sha256"]):
            told_as = '"sha256": ' + _json(own["sha256"])
            raise InputError(
                f"sha256 is {shown(own['sha256'])}, and not 64 digits of 0 to 9 and a to f",
                where=f"{_at(path, lines, told_as)}, inputs, {name}",
                mend=_AS_WRITTEN,
            )
    note = told.get("note")
    return Run(
        date=_day(told["date"], where=str(path)),
        question=told["question"],
        answers=_answers(told["answers"], float(smallest), path=path, lines=lines),
        inputs=told["inputs"],
        licence_line=told["licence_line"],
        library=told["library"],
        smallest_count=float(smallest),
        note=note if isinstance(note, str) else None,
    )


def require_run(run: object) -> None:
    """Refuse what is no run."""
    if not isinstance(run, Run):
        raise ParameterError(
            f"run is {shown(run)}", where="run", mend="give a run of run_of or read_run"
        )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _whole(row: list[Any]) -> list[Any]:
    """Write 10.0 as 10: fewer bytes, and easier to read."""
    return [
        int(value) if isinstance(value, float) and value.is_integer() else value for value in row
    ]


def _at(path: Path, lines: Sequence[str], text: str) -> str:
    """Name a file, and the first line that holds a text, where one does."""
    found = (number for number, line in enumerate(lines, start=1) if text in line)
    number = next(found, None)
    return str(path) if number is None else f"{path}:{number}"


def _read_json(path: Path) -> tuple[Mapping[str, Any], list[str]]:
    """Return what a file holds, and its lines."""
    text = read_text(path, longest=LARGEST, what="a run")
    try:
        told = from_json(text)
    except ValueError as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(
            f"it is no JSON: {getattr(error, 'msg', error)}",
            where=f"{path}{line}",
            mend="give the file as it was written",
        ) from error
    if not isinstance(told, dict):
        raise InputError(
            "this is no run", where=str(path), mend="give a file that quartieri15 run has written"
        )
    # Not splitlines: a text may hold other ends of lines than that of the file.
    return told, text.split("\n")


def _require_types(
    told: object, wanted: Mapping[str, type | tuple[type, ...]], *, where: str
) -> None:
    mend = _AS_WRITTEN
    if not isinstance(told, dict):
        raise InputError(f"{shown(told)} stands where a mapping must be", where=where, mend=mend)
    for name, kind in wanted.items():
        if name not in told:
            raise InputError(f"{name} is missing", where=where, mend=mend)
        number = kind == (int, float)
        if not (is_finite(told[name]) if number else isinstance(told[name], kind)):
            raise InputError(f"{name} is {shown(told[name])}", where=where, mend=mend)


def _day(text: str, *, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"date is {text!r}", where=where, mend="give a day, for example 2026-12-31"
        ) from error


def _answers(
    told: Mapping[str, Any], smallest: float, *, path: Path, lines: Sequence[str]
) -> pd.DataFrame:
    where = f"{path}, answers"
    _require_types(told, {"columns": list, "rows": list}, where=where)
    columns, rows = list(runs.ANSWERS), told["rows"]
    if told["columns"] != columns:
        raise InputError(f"the columns are not {', '.join(columns)}", where=where, mend=_AS_WRITTEN)
    if not rows:
        raise InputError(
            "there are no answers", where=f"{_at(path, lines, _ROWS)}, answers", mend=_AS_WRITTEN
        )
    count = told.get("count", len(rows))
    if isinstance(count, bool) or count != len(rows):
        raise InputError(
            f"count is {shown(count)}, and there are {len(rows)} rows",
            where=f"{_at(path, lines, _COUNT)}, answers",
            mend=_AS_WRITTEN,
        )
    numbers = [columns.index(name) for name in runs.FIGURES]
    texts = [columns.index(name) for name in ("by", "zone_id", "zone", "group")]
    starts = [number for number, line in enumerate(lines, start=1) if line.startswith("   [")]
    if len(starts) != len(rows):
        # Somebody has laid the file out anew.
        starts = []
    for number, row in enumerate(rows, start=1):
        good = (
            isinstance(row, list)
            and len(row) == len(columns)
            and all(isinstance(row[i], str) for i in texts)
            and all(row[i] is None or is_finite(row[i]) for i in numbers)
            and isinstance(row[-1], bool)
        )
        wrong = (
            _disagrees([row[i] for i in numbers], smallest)
            if good
            else f"it is {shown(row)}, and not one value for each column"
        )
        if wrong:
            line = f":{starts[number - 1]}" if starts else ""
            raise InputError(wrong, where=f"{path}{line}, answers, row {number}", mend=_AS_WRITTEN)
    table = pd.DataFrame(rows, columns=columns)
    twice = table.duplicated(list(runs.KEYS))
    if twice.any():
        first = table.loc[twice, list(runs.KEYS)].iloc[0]
        raise InputError(
            f"there are two answers for {', '.join(map(str, first))}",
            where=where,
            mend=_AS_WRITTEN,
        )
    return table.astype(dict.fromkeys(runs.FIGURES, "float64") | {"suppressed": bool})


def _disagrees(figures: Sequence[float | None], smallest: float) -> str | None:
    """Say what is wrong with the figures of an answer, None where nothing is."""
    told = {
        name: float(value)
        for name, value in zip(runs.FIGURES, figures, strict=True)
        if value is not None
    }
    return next(_out_of_bounds(told, smallest), None) or next(_no_sums(told, smallest), None)


def _out_of_bounds(told: Mapping[str, float], smallest: float) -> Iterator[str]:
    for name, value in told.items():
        if value < 0:
            yield f"{name} is {value:g}, below 0"
    if told.get("share", 0) > 1:
        yield f"share is {told['share']:g}, above 1"
    for name in told if smallest else ():
        if name in runs.FIGURES[:3] and abs(math.remainder(told[name], smallest)) > _OFF:
            count = f"{told[name]:.12g}"
            yield f"{name} is {count}, and no multiple of the smallest count, {smallest:g}"


def _no_sums(told: Mapping[str, float], smallest: float) -> Iterator[str]:
    share = told.get("share")
    if not {"population", "covered"} <= {*told}:
        if share is not None:
            yield f"share is {share:g}, and the counts are hidden"
        return
    people, covered = told["population"], told["covered"]
    if covered > people + _OFF:
        yield f"covered is {covered:.12g}, above the population, {people:.12g}"
    left = told.get("uncovered", people - covered)
    if abs(people - covered - left) > 2 * _OFF:
        yield f"uncovered is {left:.12g}, and not {people:.12g} - {covered:.12g}"
    if people <= _OFF:
        return
    exactly = covered / people
    most = 0.5 * 10.0**-_SHARE_DECIMALS + 1e-9 if smallest else _OFF + _OFF / people
    if share is None or abs(share - exactly) > most:
        stands = "missing" if share is None else f"{share:g}"
        decimals = _SHARE_DECIMALS if smallest else DECIMALS
        yield f"share is {stands}, and covered / population is {exactly:.{decimals}f}"

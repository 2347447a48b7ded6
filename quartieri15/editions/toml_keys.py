"""The keys of a TOML file: in which line each stands, and whether it says what it must."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import shown
from quartieri15.errors import InputError
from quartieri15.model.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LONGEST: Final = 1_000_000
"""A file with more letters than this says nothing of a city."""

_KINDS: Final = {str: "a text", int: "a whole number", dict: "a table", list: "a list"}
_KEY: Final = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w-]+)\s*=""")
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")


class TomlKeys:
    """What a TOML file says, and where it says it.

    Parameters
    ----------
    file
        The file: UTF-8, with a mark at its beginning or none.

    Raises
    ------
    InputError
        If it is not UTF-8, or no TOML.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        text = read_text(file, longest=LONGEST, what="a city").removeprefix("\ufeff")
        try:
            self.said: dict[str, Any] = tomllib.loads(text)
        # Brackets in brackets without end, or a number of a thousand digits.
        except (ValueError, RecursionError) as error:
            line = re.search(r"at line (\d+)", str(error))
            raise InputError(
                f"it is no TOML: {error}",
                where=f"{file.name}, line {line[1]}" if line else file.name,
                mend="correct the line: texts and dates stand in quotes, a path has / and not \\, "
                "a table begins with [name]",
            ) from error
        self._lines = _lines_of_keys(text)

    def require(
        self,
        said: Any,
        known: Mapping[str, type],
        table: str,
        *,
        needed: Sequence[str] = (),
        what: str = "key",
    ) -> None:
        """Refuse a key that is unknown, a value of another kind, and what is missing or blank.

        Parameters
        ----------
        said
            What a table says.
        known
            The kind of value of each key that it may have.
        table
            The name of the table; empty for the file itself.
        needed
            Keys that must be there.
        what
            What a key is called.
        """
        if not isinstance(said, dict):
            raise self.wrong(
                f"{table} is {shown(said)}, and a table is needed",
                table,
                mend=f"begin it with [{table}]",
            )
        for key, value in said.items():
            name = f"{table}.{key}" if table else key
            if key not in known:
                raise self.wrong(f"the {what} {key!r} is unknown", name, mend=one_of(key, known))
            kind = known[key]
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self.wrong(
                    f"it is {shown(value)}, and {_KINDS[kind]} is needed",
                    name,
                    mend="a text stands in quotes, a list in [ ], a table in { }",
                )
        for key in needed:
            name = f"{table}.{key}" if table else key
            if key not in said:
                raise self.wrong(f"the key {key!r} is missing", name, mend="add it")
            if isinstance(said[key], str) and not said[key].strip():
                raise self.wrong("it is blank", name, mend="write what it is between the quotes")

    def wrong(self, what: str, key: str, *, mend: str) -> InputError:
        """Return an error that says in which line a key stands."""
        return InputError(what, where=self.place(key), mend=mend)

    def place(self, key: str) -> str:
        """Say in which line a key stands; where it is missing, that of its table."""
        inside = [one for one in self._lines if one.startswith(f"{key}.")]
        above = key if key in self._lines or not inside else inside[0]
        while above and above not in self._lines:
            above = above.rpartition(".")[0]
        line = f", line {self._lines[above]}" if above else ""
        return f"{self.file.name}{line}, key {key}"


def one_of(key: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    """Say which known words are nearest to an unknown one."""
    near = get_close_matches(key, list(known), n=2, cutoff=0.6)
    return f"did you mean {', '.join(near)}?" if near else f"use one of {', '.join(known)}"


def _lines_of_keys(text: str) -> dict[str, int]:
    """Return the line of every key and table; the n-th of an array of tables is ``name.n``."""
    lines: dict[str, int] = {}
    count: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = ".".join(part.strip(" \"'") for part in header[2].split("."))
            if header[1] == "[[":
                lines.setdefault(table, number)
                count[table] = count.get(table, 0) + 1
                table = f"{table}.{count[table]}"
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines

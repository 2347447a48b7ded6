"""Scenarios as YAML files: read with the line of every mistake, written so that they come back.

A file is data and nothing else: no tag builds an object, no anchor repeats a part, nothing is
looked up outside the folder of the file.
"""

from __future__ import annotations

import dataclasses
import json
import re
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path, shown
from quartieri15.errors import (
    InputError,
    MissingFileError,
    ParameterError,
    Quartieri15Error,
    UnknownNameError,
)
from quartieri15.model.text_files import read_text
from quartieri15.plain_json import from_json
from quartieri15.planning.edits import KINDS, Edit, edit_of
from quartieri15.planning.scenario import Assumption, Scenario, assumption_of
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    import yaml

    Path_ = tuple[str | int, ...]

LARGEST: Final = 1_000_000
"""Letters of the longest file that is read, and of the longest geometry ten times as many."""
DEEPEST: Final = 50
"""Lists in lists and mappings in mappings that are followed; a scenario needs eight."""
LONGEST_INHERITANCE: Final = 20
LONG_LINE: Final = 12
"""Positions from which on a line is written to a file of its own."""

NAME: Final = "scenario"
FIELDS: Final = (
    *("date", "until", "description", "cost_eur", "cost_source", "assumptions", "requires"),
    *("conflicts", "parameters", "edits"),
)
KEYS: Final = (NAME, "extends", *FIELDS)
ADDED_UP: Final = ("assumptions", "requires", "conflicts")
"""What an heir has beside what it inherits; of the rest, its own goes before."""

_DECIMAL: Final = re.compile(r"[-+]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)
"""Numbers as people write them. YAML 1.1 also reads 3:20 as 200 and 010 as 8."""
_PARAMETER: Final = re.compile(r"\$(\$?)\{([^{}]*)\}")
_UNREADABLE: Final = (ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
_GEOMETRY_FIELDS: Final = {
    "add_street": "line",
    "cycle_track": "line",
    "calm_traffic": "line",
    "change_streets": "line",
    "close_street": "line",
    "open_place": "at",
    "move_place": "at",
    "add_residents": "at",
    "remove_barrier": "at",
}


def read(path: str | Path, *, parameters: Mapping[str, Any] | None = None) -> Scenario:
    """Read a scenario; see :meth:`Scenario.from_file`."""
    given = require_path(path, where="path")
    chosen = _chosen(parameters)
    sheets = _with_inherited(given)
    values: dict[str, Any] = {}
    for sheet in reversed(sheets):
        values |= sheet.parameters()
    _require_known(chosen, values, where=str(path))
    values |= chosen
    told: dict[str, Any] = {}
    edits: list[Edit] = []
    sources: list[str] = []
    named_at: dict[tuple[str, str], str] = {}
    for sheet in reversed(sheets):
        own = sheet.fields(values)
        named_at |= sheet.named_at(own)
        for key in ADDED_UP:
            if key in own:
                own[key] = [*told.get(key, []), *own[key]]
        told |= own
        for edit, source in sheet.edits(values):
            edits.append(edit)
            sources.append(source)
    heir = sheets[0]
    name = told.pop(NAME, None)
    if name is None:
        raise InputError(
            "the scenario has no name",
            where=heir.where(()),
            mend="begin with a line such as scenario: Pista ciclabile in via Boifava",
        )
    try:
        return Scenario(
            name,
            tuple(edits),
            **told,
            parameters=values,
            sources=tuple(sources),
            named_at=named_at,
        )
    except Quartieri15Error as error:
        field, *part = (error.where or "").split(", ")
        owner = next((one for one in sheets if (field,) in one.places), heir)
        raise InputError(error.what, where=owner.where((field, *part)), mend=error.mend) from error


def write(scenario: object, path: str | Path) -> None:
    """Write a scenario; see :meth:`Scenario.to_file`."""
    import yaml

    if not isinstance(scenario, Scenario):
        raise ParameterError("this is no scenario", where="scenario", mend="give a Scenario")
    target = require_path(path, where="path")
    told: dict[str, Any] = {NAME: scenario.name}
    for field in FIELDS[:-1]:
        value = getattr(scenario, field)
        if value in (None, (), {}):
            continue
        told[field] = _plain(value)
    beside: dict[str, Any] = {}
    edits = []
    for i, edit in enumerate(scenario.edits):
        mapping = edit.to_mapping()
        line = mapping.get("line")
        if line is not None and sum(len(part) for part in line) > LONG_LINE:
            name = f"{target.stem}-{i + 1}.geojson"
            beside[name] = {"type": "MultiLineString", "coordinates": line}
            del mapping["line"]
            mapping["geometry"] = name
        edits.append({edit.kind: mapping})
    told["edits"] = edits
    plain = _escaped(told)
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=_is_printable(plain), width=100)
    for name, geometry in beside.items():
        with replacing_file(target.parent / name) as unfinished:
            unfinished.write_text(json.dumps(geometry), encoding="utf-8")
    with replacing_file(target) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


@dataclasses.dataclass(frozen=True, eq=False)
class _Sheet:
    """One file: its values, and where each of them stands."""

    file: Path
    values: dict[str, Any]
    places: dict[Path_, tuple[int, int]]

    def where(self, at: Path_) -> str:
        """Say where a value stands, or what it stands in."""
        while at and at not in self.places:
            at = at[:-1]
        line, column = self.places.get(at, (1, 1))
        return f"{self.file}, line {line}, column {column}"

    def parameters(self) -> dict[str, Any]:
        """Return the parameters that it sets."""
        found = self.values.get("parameters") or {}
        if not isinstance(found, dict):
            raise InputError(
                f"parameters is {shown(found)}",
                where=self.where(("parameters",)),
                mend="write one name: value per line",
            )
        for name, value in found.items():
            if isinstance(value, list | dict) or value is None:
                raise InputError(
                    f"the parameter {name} is {shown(value)}",
                    where=self.where(("parameters", name)),
                    mend="give a text, a number, or true or false",
                )
        return dict(found)

    def parents(self) -> list[tuple[Path_, Any]]:
        """Return the files that it extends, and where each is named."""
        found = self.values.get("extends")
        if isinstance(found, list):
            return [(("extends", i), name) for i, name in enumerate(found)]
        return [] if found is None else [(("extends",), found)]

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what it says of the scenario as a whole."""
        told = {}
        for key, value in self.values.items():
            if key in ("extends", "edits", "parameters"):
                continue
            filled = self._filled(value, values, (key,))
            if key in ADDED_UP and not isinstance(filled, list):
                raise InputError(
                    f"{key} is {shown(filled)}",
                    where=self.where((key,)),
                    mend=f"give a list, such as {key}: [...]",
                )
            if key == "assumptions":
                filled = [self._assumption(i, one) for i, one in enumerate(filled)]
            if filled is not None:
                told[key] = filled
        return told

    def _assumption(self, i: int, said: Any) -> Assumption:
        at: Path_ = ("assumptions", i)
        try:
            return assumption_of(said)
        except Quartieri15Error as error:
            raise self._told_at(at, error) from error

    def _told_at(self, at: Path_, error: Quartieri15Error) -> InputError:
        """Say of what is wrong in a part where that stands."""
        key = (error.where or "").split(", ")[1:]
        return InputError(error.what, where=self.where((*at, *key)), mend=error.mend)

    def named_at(self, fields: Mapping[str, Any]) -> dict[tuple[str, str], str]:
        """Say where each scenario stands that is required, or conflicts."""
        return {
            (key, str(other)): self.where((key, i))
            for key in ("requires", "conflicts")
            for i, other in enumerate(fields.get(key, []))
        }

    def edits(self, values: Mapping[str, Any]) -> list[tuple[Edit, str]]:
        """Return its edits, and where each stands."""
        found = self.values.get("edits")
        if found is None:
            return []
        if not isinstance(found, list):
            raise InputError(
                f"edits is {shown(found)}",
                where=self.where(("edits",)),
                mend="write one - per edit",
            )
        return [
            (self._edit(i, self._filled(one, values, ("edits", i))), self._place(i))
            for i, one in enumerate(found)
        ]

    def _place(self, i: int) -> str:
        return self.where(("edits", i)).rpartition(",")[0]

    def _edit(self, i: int, said: Any) -> Edit:
        at: Path_ = ("edits", i)
        try:
            kind = next(iter(said)) if isinstance(said, dict) and len(said) == 1 else None
            if isinstance(kind, str) and kind in KINDS:
                at = (*at, kind)
                said = {kind: self._with_geometry(kind, said[kind], at)}
            return edit_of(said)
        except Quartieri15Error as error:
            if isinstance(error, MissingFileError) or (
                isinstance(error, InputError) and str(self.file) in str(error.where)
            ):
                raise
            raise self._told_at(at, error) from error

    def _with_geometry(self, kind: str, fields: Any, at: Path_) -> Any:
        """Put the shape of a file in the place of its name."""
        if not isinstance(fields, dict) or "geometry" not in fields:
            return fields
        here = (*at, "geometry")
        target = _GEOMETRY_FIELDS.get(kind)
        if target is None:
            raise InputError(
                f"{kind} has no geometry",
                where=self.where(here),
                mend=f"use one of {', '.join(KINDS[kind].keys())}",
            )
        if target in fields:
            raise InputError(
                f"{target} and geometry are both given",
                where=self.where(here),
                mend="keep one of the two",
            )
        file = self.beside(fields["geometry"], here)
        shape = _shape_of(file, points=target == "at")
        return {key: value for key, value in fields.items() if key != "geometry"} | {target: shape}

    def beside(self, name: Any, at: Path_) -> Path:
        """Return a file in the folder of this one, or say why it may not be named."""
        where = self.where(at)
        if not isinstance(name, str) or not name or "\0" in name:
            raise InputError(
                f"{shown(name)} is no name of a file", where=where, mend="name one beside this"
            )
        folder = self.file.resolve().parent
        try:
            target = (folder / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(
                f"{shown(name)} cannot be followed", where=where, mend="name a file beside this"
            ) from error
        if Path(name).is_absolute() or not target.is_relative_to(folder):
            raise InputError(
                f"{name} lies outside the folder of this file",
                where=where,
                mend="put it beside this file, or in a folder there",
            )
        if not target.is_file():
            raise MissingFileError(
                f"there is no file {name}", where=where, mend="put it beside this file"
            )
        return target

    def _filled(self, value: Any, values: Mapping[str, Any], at: Path_) -> Any:
        """Put the values of parameters in the place of their names."""
        if isinstance(value, dict):
            return {key: self._filled(one, values, (*at, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one, values, (*at, i)) for i, one in enumerate(value)]
        if not isinstance(value, str) or "$" not in value:
            return value

        def of(match: re.Match[str]) -> Any:
            if match[1]:
                return "${" + match[2] + "}"
            name = match[2].strip()
            if name not in values:
                near = UnknownNameError.among(name, values, kind="parameter")
                mend = near.mend if values else f"set it, with {name}: under parameters:"
                raise InputError(near.what, where=self.where(at), mend=mend)
            return values[name]

        whole = _PARAMETER.fullmatch(value)
        if whole is not None:
            return of(whole)
        return _PARAMETER.sub(lambda match: str(of(match)), value)


def _with_inherited(path: Path) -> list[_Sheet]:
    """Read a file and those that it extends: the heir first, each before what it inherits.

    A file that is inherited by two ways is read once, where it comes first.
    """
    sheets: list[_Sheet] = []
    done: set[Path] = set()

    def read_on(file: Path, chain: tuple[Path, ...]) -> None:
        sheet = _sheet(file)
        for at, name in sheet.parents():
            parent = sheet.beside(name, at)
            if parent in chain:
                circle = [one.name for one in chain[chain.index(parent) :]]
                raise InputError(
                    "the files extend each other in a circle: "
                    + " extends ".join([*circle, circle[0]]),
                    where=sheet.where(at),
                    mend="leave one extends out",
                )
            if parent in done:
                continue
            if len(done) + len(chain) >= LONGEST_INHERITANCE:
                raise InputError(
                    f"more than {LONGEST_INHERITANCE} files extend each other",
                    where=sheet.where(at),
                    mend="write it in fewer files",
                )
            read_on(parent, (*chain, parent))
        done.add(chain[-1])
        sheets.append(sheet)

    read_on(path, (path.resolve(),))
    return sheets[::-1]


def _sheet(path: Path) -> _Sheet:
    import yaml

    where = str(path)
    text = read_text(path, longest=LARGEST, what="a scenario")
    try:
        _refuse_bombs(text, where)
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except InputError:
        raise
    except (yaml.YAMLError, *_UNREADABLE) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise InputError(
            f"this is no YAML ({getattr(error, 'problem', None) or error})",
            where=f"{where}{line}",
            mend="write one key: value per line, and put texts with : or # in quotation marks",
        ) from error
    if len(documents) != 1 or not isinstance(documents[0], yaml.MappingNode):
        raise InputError(
            "the file holds no scenario",
            where=where,
            mend="write one key: value per line, beginning with scenario: and its name",
        )
    places: dict[Path_, tuple[int, int]] = {(): (1, 1)}
    values = _built(documents[0], (), places, where)
    sheet = _Sheet(path, values, places)
    if "speed_kmh" in values:
        raise InputError(
            "this is a profile, not a scenario",
            where=sheet.where(("speed_kmh",)),
            mend="name it as the profile (--profile), and give a file of changes here",
        )
    for key in values:
        if key not in KEYS:
            near = UnknownNameError.among(key, KEYS, kind="key")
            raise InputError(near.what, where=sheet.where((key,)), mend=near.mend)
    return sheet


def _refuse_bombs(text: str, where: str) -> None:
    """Refuse what makes a short file long or endless, before anything is built of it."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            found = f"the {'alias *' if isinstance(event, yaml.AliasEvent) else 'anchor &'}{anchor}"
        elif depth > DEEPEST:
            found = f"more than {DEEPEST} lists or mappings in each other"
        else:
            continue
        mark = event.start_mark
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise InputError(
            f"{found} stands in it",
            where=f"{where}{line}",
            mend="write every value out; what comes twice may be a parameter",
        )


def _built(node: yaml.Node, at: Path_, places: dict[Path_, tuple[int, int]], where: str) -> Any:
    """Return what a node stands for, and note where its parts stand."""
    import yaml

    mark = node.start_mark
    places.setdefault(at, (mark.line + 1, mark.column + 1))
    here = f"{where}, line {mark.line + 1}, column {mark.column + 1}"
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_built(one, (*at, i), places, where) for i, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        found: dict[str, Any] = {}
        for key, value in node.value:
            place = key.start_mark.line + 1, key.start_mark.column + 1
            there = f"{where}, line {place[0]}, column {place[1]}"
            if not isinstance(key, yaml.ScalarNode):
                raise InputError("a key is no word", where=there, mend="write key: value")
            if key.value in found:
                raise InputError(
                    f"the key {key.value} stands twice", where=there, mend="keep one of them"
                )
            places[(*at, key.value)] = place
            found[key.value] = _built(value, (*at, key.value), places, where)
        return found
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, here)
    raise InputError(
        f"the tag {node.tag} stands in it", where=here, mend="write plain values, without !"
    )


def _scalar(node: yaml.ScalarNode, here: str) -> Any:
    import yaml

    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if kind == "str":
        return node.value
    if kind in ("int", "float") and not _DECIMAL.fullmatch(node.value):
        raise InputError(
            f"{reprlib.repr(node.value)} is no decimal number",
            where=here,
            mend="give a number such as 3.2, or put a text in quotation marks",
        )
    if kind not in ("int", "float", "bool", "null", "timestamp"):
        raise InputError(
            f"the tag {node.tag} stands in it", where=here, mend="write plain values, without !"
        )
    try:
        value = yaml.SafeLoader("").construct_object(node)
        reprlib.repr(value)
    except (yaml.YAMLError, *_UNREADABLE) as error:
        raise InputError(
            f"{reprlib.repr(node.value)} cannot be read as what it looks like",
            where=here,
            mend="put a text in quotation marks",
        ) from error
    return value


def _shape_of(file: Path, *, points: bool) -> Any:
    """Return the coordinates of the lines of a GeoJSON file, or of its one point."""
    where = str(file)
    try:
        told = from_json(read_text(file, longest=10 * LARGEST, what="a geometry"))
    except ValueError as error:
        if isinstance(error, Quartieri15Error):
            raise
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(
            f"this is no GeoJSON ({error})", where=f"{where}{line}", mend="export it as GeoJSON"
        ) from error
    if isinstance(told, dict) and "crs" in told and "CRS84" not in json.dumps(told["crs"]):
        raise InputError(
            "the file is not in degrees", where=where, mend="export it in EPSG:4326 (RFC 7946)"
        )
    found = list(_geometries(told, where))
    wanted = "Point" if points else "LineString"
    lines: list[Any] = []
    for geometry in found:
        kind, coordinates = geometry.get("type"), geometry.get("coordinates")
        if not points and kind == "MultiLineString" and isinstance(coordinates, list):
            lines += coordinates
        elif kind == wanted:
            lines.append(coordinates)
        else:
            raise InputError(
                f"the geometry is a {shown(kind)}", where=where, mend=f"draw a {wanted}"
            )
    if not lines or (points and len(lines) > 1):
        raise InputError(
            f"it holds {len(lines)} shapes",
            where=where,
            mend="draw one point" if points else "draw one line or more",
        )
    try:
        plain = [[one[:2] for one in line] for line in lines] if not points else lines[0][:2]
    except TypeError as error:
        raise InputError(
            "the coordinates are no positions", where=where, mend="draw it anew"
        ) from error
    return plain


def _geometries(told: Any, where: str, depth: int = 0) -> list[dict[str, Any]]:
    if isinstance(told, dict) and depth < 4:  # noqa: PLR2004 - of collection, feature, geometry
        kind = told.get("type")
        if kind == "FeatureCollection" and isinstance(told.get("features"), list):
            return [g for one in told["features"] for g in _geometries(one, where, depth + 1)]
        if kind == "Feature":
            return _geometries(told.get("geometry"), where, depth + 1)
        if isinstance(kind, str) and "coordinates" in told:
            return [told]
    raise InputError("this is no GeoJSON", where=where, mend="export it as GeoJSON")


def _chosen(parameters: object) -> dict[str, Any]:
    if parameters is None:
        return {}
    if not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {shown(parameters)}", where="parameters", mend="give values by name"
        )
    return dict(parameters)


def _require_known(chosen: Mapping[str, Any], known: Mapping[str, Any], *, where: str) -> None:
    """Refuse a parameter that no file sets."""
    for name in chosen:
        if not known:
            raise UnknownNameError(
                f"unknown parameter {name!r}",
                where=where,
                mend="leave it out: the scenario has no parameters",
            )
        if name not in known:
            raise UnknownNameError.among(name, known, kind="parameter", where=where)


def _plain(value: Any) -> Any:
    """Return a value of a scenario as lists, mappings and what YAML knows beside them."""
    if isinstance(value, Assumption):
        return {"text": _plain(value.text), "source": _plain(value.source)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


def _escaped(value: Any) -> Any:
    """Return values in which no text names a parameter."""
    if isinstance(value, dict):
        return {_escaped(key): _escaped(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


def _is_printable(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_printable(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return all(_is_printable(one) for one in value)
    return value.isprintable() if isinstance(value, str) else True

"""A profile as a YAML file, written and read back exactly."""

from __future__ import annotations

import dataclasses
import re
import reprlib
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path
from quartieri15.errors import InputError, Quartieri15Error, UnknownNameError
from quartieri15.model.profiles.catalogue import get
from quartieri15.model.profiles.traveller import OPTIONAL, TravelProfile
from quartieri15.model.text_files import read_text
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import yaml

BASE: Final = "based_on"
FIELDS: Final = tuple(field.name for field in dataclasses.fields(TravelProfile))
REQUIRED: Final = tuple(
    field.name
    for field in dataclasses.fields(TravelProfile)
    if field.default is dataclasses.MISSING
)
_UNREADABLE: Final = (ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the parser raises, beside its own errors, where a value is not what its tag says."""
_DECIMAL: Final = re.compile(
    r"[-+]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?(e[-+]?\d+)?|[-+]?\.(inf|nan)", re.IGNORECASE
)
"""Numbers as people write them. YAML 1.1 also reads 3:20 as 200 and 010 as 8."""
LARGEST: Final = 100_000
"""Letters of the longest profile that is read; the longest of the library has 700."""
DEEPEST: Final = 200
"""Lists in lists and mappings in mappings that are followed; a profile needs two."""
_NUMBERS: Final = (
    *("speed_kmh", "access_speed_kmh", "steps_factor", "crossing_wide_road_s", *OPTIONAL),
)


def write(profile: TravelProfile, path: str | Path) -> None:
    """Write a profile; see :meth:`TravelProfile.to_yaml`."""
    import yaml

    fields = dataclasses.asdict(profile) | {"refusals": list(profile.refusals)}
    # Letters of any language stay as they are; line ends of other alphabets would not come back.
    texts = [value for value in fields.values() if isinstance(value, str)]
    printable = all(value.isprintable() for value in texts)
    text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=printable, width=100)
    with replacing_file(require_path(path, where="path")) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def read(path: str | Path) -> TravelProfile:
    """Read a profile; see :meth:`TravelProfile.from_yaml`."""
    where = str(path)
    given, lines = _mapping(read_text(path, longest=LARGEST, what="a profile"), where)
    known = [*FIELDS, BASE]
    for key in given:
        if key not in known:
            near = UnknownNameError.among(key, known, kind="key")
            raise InputError(near.what, where=lines[key], mend=near.mend)
    for key, value in given.items():
        _check_type(key, value, lines[key])
    if "refusals" in given:
        given["refusals"] = tuple(given["refusals"])
    missing = [] if BASE in given else [name for name in REQUIRED if name not in given]
    if missing:
        raise InputError(
            f"the key {', '.join(missing)} is missing",
            where=where,
            mend=f"add it, or name a profile of the library with {BASE}",
        )
    base = given.pop(BASE, None)
    try:
        return get(TravelProfile(**given) if base is None else get(base).with_(**given))
    except Quartieri15Error as error:
        # What is wrong begins with the field, or with unknown and what is in it.
        said = error.what.removeprefix("unknown ")
        names = {"profile": BASE, "refusal": "refusals"} | {name: name for name in FIELDS}
        key = names.get(said.partition(" ")[0], "")
        raise InputError(error.what, where=lines.get(key, where), mend=error.mend) from error


def _mapping(text: str, where: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the one mapping of a YAML text, in which no key stands twice, and where each is."""
    import yaml

    try:
        _refuse_bombs(yaml.parse(text, Loader=yaml.SafeLoader), where)
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except InputError:
        # Said already; it is a ValueError too.
        raise
    except (yaml.YAMLError, *_UNREADABLE) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise InputError(
            f"this is no YAML ({getattr(error, 'problem', None) or error})",
            where=f"{where}{line}",
            mend="write one key: value per line",
        ) from error
    if len(documents) != 1:
        found = "nothing" if not documents else f"{len(documents)} documents"
        raise InputError(
            f"the file holds {found}", where=where, mend="put one profile into one file"
        )
    if not isinstance(documents[0], yaml.MappingNode):
        raise InputError(
            "the file holds no mapping", where=where, mend="write one key: value per line"
        )
    _refuse_double_keys(documents[0], where)
    pairs = documents[0].value
    given = [_entry(key, value, where) for key, value in pairs]
    lines = [f"{where}, line {key.start_mark.line + 1}" for key, _ in pairs]
    names = [name for name, _ in given]
    return dict(given), dict(zip(names, lines, strict=True))


def _refuse_bombs(events: Iterable[yaml.Event], where: str) -> None:
    """Refuse what makes a short file long or endless, while it is read and before it is built."""
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            found = f"the {'alias *' if isinstance(event, yaml.AliasEvent) else 'anchor &'}{anchor}"
        elif isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
            found = "the merge key <<"
        elif depth > DEEPEST:
            found = f"more than {DEEPEST} lists or mappings in each other"
        else:
            continue
        line = f", line {event.start_mark.line + 1}" if event.start_mark is not None else ""
        raise InputError(
            f"this is no YAML of plain values: {found} stands in it",
            where=f"{where}{line}",
            mend="write every value out, one key: value per line",
        )


def _entry(key: yaml.Node, value: yaml.Node, where: str) -> tuple[str, Any]:
    """Return one key and its value."""
    name = str(_built(key, f"the key {_shown(key)}", where))
    what = f"{name} is {_shown(value)}"
    number = value.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
    if name in _NUMBERS and number and not _DECIMAL.fullmatch(str(value.value)):
        raise InputError(
            f"{what}, which is not a decimal number",
            where=f"{where}, line {value.start_mark.line + 1}",
            mend="give a number such as 3.2",
        )
    return name, _built(value, f"{what}, which", where)


def _built(node: yaml.Node, what: str, where: str) -> Any:
    """Return what a node stands for, or say that it stands for nothing."""
    import yaml

    try:
        value = yaml.SafeLoader("").construct_object(node, deep=True)
        reprlib.repr(value)  # a number too long to be printed could not be told of either
    except yaml.YAMLError as error:
        raise InputError(
            f"this is no YAML of plain values ({getattr(error, 'problem', None) or error})",
            where=f"{where}, line {node.start_mark.line + 1}",
            mend="give a plain number or text",
        ) from error
    except _UNREADABLE as error:
        raise InputError(
            f"{what} cannot be read as what it looks like",
            where=f"{where}, line {node.start_mark.line + 1}",
            mend="give a plain number, or a text in quotation marks",
        ) from error
    return value


def _shown(node: yaml.Node) -> str:
    """Return the beginning of what is written."""
    import yaml

    return str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else "a list or a mapping"


def _refuse_double_keys(node: yaml.MappingNode, where: str) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise InputError(
                f"the key {name} stands twice",
                where=f"{where}, line {key.start_mark.line + 1}",
                mend="keep one of them",
            )
        seen.add(name)


def _check_type(key: str, value: object, where: str) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if key in OPTIONAL:
        fits, wanted = number or value is None, "a number, or null"
    elif key in _NUMBERS:
        fits, wanted = number, "a number"
    elif key == "refusals":
        fits = isinstance(value, list) and all(isinstance(rule, str) for rule in value)
        wanted = "a list of names of rules"
    else:
        fits, wanted = isinstance(value, str), "a text"
    if not fits:
        raise InputError(
            f"{key} is {reprlib.repr(value)}, which is not {wanted}",
            where=where,
            mend=f"give {wanted}{' such as 3.2, with a point' * (wanted == 'a number')}",
        )

"""The site of a city, written as a folder that appears when it is complete."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path, require_progress, several
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.planning.runs import inputs_of
from quartieri15.planning.shipped import shipped_scenarios
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.analysis_folder import OWN_FILES, SUMMARY_HOLDS, write_answers
from quartieri15.publish.disclosure import SMALLEST_COUNT, require_smallest_count
from quartieri15.publish.file_names import require_scenarios
from quartieri15.publish.folders import keep_others, require_room, time_of_writing, told_in
from quartieri15.publish.layers.site_layers import write_site_layers
from quartieri15.publish.site.assembly import assemble, shared_files
from quartieri15.publish.site.material import GROUPS, Material
from quartieri15.publish.site.memory import hand_back_memory
from quartieri15.publish.site.pages import pages_of
from quartieri15.publish.site.publisher import Publisher, require_publisher
from quartieri15.publish.site.reports import site_reports
from quartieri15.publish.tables import write_json
from quartieri15.writing import replacing_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quartieri15.model.city import City
    from quartieri15.planning.scenario import Scenario
    from quartieri15.progress import Say
    from quartieri15.publish.site.page import Page

RECORD: Final = "summary.json"
RECORD_HOLDS: Final = ("city", "generated", "pages", "files")
SERVED: Final = "server"
"""The folder of the pages as a web server gives them out."""
DOWNLOADS: Final = "dati"
"""The folder of tables and layers, for whoever goes on with them."""


def write_site(
    city: City,
    out: str | Path,
    *,
    publisher: Publisher | None = None,
    only: str | Iterable[str] | None = None,
    scenarios: Scenario | Iterable[Scenario] | None = None,
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    progress: Say = quiet,
) -> dict[str, Any]:
    """Write the pages of a city: for its citizens, its Municipi and its councillors.

    Parameters
    ----------
    city
        The city.
    out
        The folder to write. It appears when it is complete. A site written here before is
        replaced, other files in it are kept; any other folder that is not empty is refused.
    publisher
        Who answers for the pages, for example ``Publisher.from_toml("publisher.toml")``; without
        one they say that they are a demonstration.
    only
        The pages to write, such as ``"municipio-4"``, with method and statement; all of them when
        left out.
    scenarios
        The scenarios that have a page; those that come with the city when left out.
    smallest_count
        Smaller counts of people are hidden and the others rounded to multiples of it; see
        :func:`~quartieri15.publish.disclosure.publishable`.
    language
        ``"it"`` or ``"en"``: the language in which the pages open.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    dict
        What was written: ``city``, ``generated``, ``made_from`` (a checksum of all that went in),
        ``pages`` (name, kind, bytes by part) and ``files`` (the checksum of each). Where the site
        that stands there was made from the same, nothing is written, and this is its record.

    Raises
    ------
    UnknownNameError
        If ``only`` names a page that there is not.
    InputError
        If the city has no places of the network ``"houses"``.
    ParameterError
        If a value makes no sense.
    OutputError
        If the folder cannot be written; what stood there is untouched.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> write_site(q15.load("milano"), "maps/milano", publisher="me")
    Traceback (most recent call last):
    ...
    quartieri15.errors.ParameterError: publisher: publisher is 'me'. Mend: give a Publisher, ...
    """
    require_city(city)
    out = require_path(out, where="out")
    smallest_count = require_smallest_count(smallest_count)
    words.require_language(language)
    require_progress(progress)
    publisher = require_publisher(publisher)
    if city.places_named("houses").empty:
        raise InputError(
            f"{city.name} has no places of the network 'houses', and the pages are about them",
            where="places",
            mend="give the places that people are to find the network 'houses'; analyze and "
            "compare take any set of places",
        )
    before = require_room(out, holding=RECORD_HOLDS, or_holding=SUMMARY_HOLDS)
    material = Material(
        city=city,
        publisher=publisher,
        when=time_of_writing(),
        groups=tuple(group for group in GROUPS if group in city.groups),
        scenarios=(
            shipped_scenarios(city) if scenarios is None else tuple(require_scenarios(scenarios))
        ),
        smallest_count=smallest_count,
        language=language,
        progress=progress,
    )
    pages = _asked(pages_of(material), only)
    shown_here = {page.scenario for page in pages}
    material = replace(
        material,
        scenarios=tuple(one for one in material.scenarios if one.name in shown_here),
    )
    progress("looking what has changed")
    made_from = _made_from(material, pages)
    if (record := _unchanged(before, made_from)) is not None:
        progress("nothing has changed: nothing is written")
        return record
    hand_back_memory()
    with replacing_folder(out) as folder:
        material = replace(material, folder=folder)
        _write_downloads(material, folder)
        with site_reports(material, pages, folder):
            hand_back_memory()
            weights = _write_pages(material, pages, folder)
        record = {
            "city": city.name,
            "generated": material.when.isoformat().replace("+00:00", "Z"),
            "made_from": made_from,
            "pages": [
                {"name": page.slug, "kind": page.kind, "bytes": dict(weights[page.slug])}
                for page in pages
            ],
            "files": _checksums(folder),
        }
        write_json(record, folder / RECORD)
        # Last, so that what a user puts there meanwhile comes along too.
        keep_others(before, folder, own=_own(before, record["files"]))
    return record


def _asked(pages: list[Page], only: str | Iterable[str] | None) -> list[Page]:
    if only is None:
        return pages
    names = {page.slug: page for page in pages}
    for name in (asked := several(only)):
        if name not in names:
            raise UnknownNameError.among(name, names, kind="page", where="only")
    # Method and statement come along: every page leads to them, and the law asks for one of them.
    wanted = {*asked, *(page.slug for page in pages if page.kind in ("method", "statement"))}
    return [page for page in pages if page.slug in wanted]


def _write_downloads(material: Material, folder: Path) -> None:
    """Write the tables and layers of all travellers."""
    answers = material.answers
    hand_back_memory()
    material.progress("writing the tables")
    (folder / DOWNLOADS).mkdir()
    write_answers(
        material.city,
        answers,
        folder / DOWNLOADS,
        when=material.when,
        language=material.language,
    )
    material.progress("writing the layers")
    write_site_layers(material, folder / DOWNLOADS)


def _write_pages(
    material: Material, pages: Sequence[Page], folder: Path
) -> dict[str, Mapping[str, int]]:
    """Write the pages in both forms, and tell what each part of them weighs."""
    crest = material.publisher.crest_file
    for name, own in (shared_files() | dict([crest] if crest else [])).items():
        _write(folder / SERVED / name, own)
    weights = {}
    for page in pages:
        material.progress(f"page {page.slug}")
        written = assemble(material, page, pages)
        _write(folder / f"{page.slug}.html", written.alone.encode())
        for name, text in written.served.items():
            _write(folder / SERVED / name, text.encode())
        weights[page.slug] = written.parts
    return weights


def _write(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)


def _made_from(material: Material, pages: Sequence[Page]) -> str:
    """Return a checksum of whatever goes into a site but the time of writing."""
    told = {
        "city": {
            name: one["sha256"]
            for name, one in inputs_of(material.city, material.travellers[0]).items()
        },
        "provenance": plain_json(dict(material.city.provenance)),
        "travellers": plain_json([asdict(who) for who in material.travellers]),
        "publisher": repr(material.publisher),
        "crest": hashlib.sha256(material.publisher.crest_octets).hexdigest(),
        "asked": [material.minutes, material.groups, material.places, material.smallest_count],
        "language": material.language,
        "scenarios": [
            [repr(one.edits), plain_json(vars(one) | {"edits": None, "sources": None})]
            for one in material.scenarios
        ],
        "pages": [page.slug for page in pages],
        "library": library_checksum(),
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def library_checksum() -> str:
    """Return a checksum of the library itself: its code, templates, scripts and words."""
    root = Path(str(files("quartieri15")))
    found = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and "data" not in path.parts:
            found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _unchanged(before: Path, made_from: str) -> dict[str, Any] | None:
    """Return the record of the site that stands there, if it is the one that would be written."""
    record = told_in(before / RECORD)
    try:
        same = record["made_from"] == made_from and all(
            _checksum(before / name) == sum_ for name, sum_ in record["files"].items()
        )
    except (OSError, KeyError, AttributeError, TypeError):
        return None
    return record if same else None


def _checksums(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _checksum(path) for path in paths}


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _own(before: Path, now: Iterable[str]) -> set[str]:
    """Return the names of our files: those of now and those of the site before."""
    named = {*now, RECORD}
    record = before / RECORD
    if record.is_file():
        told = told_in(record)
        # The folder of an analysis may have stood there.
        files = told.get("files", OWN_FILES)
        if isinstance(files, tuple):
            named |= {*files}
        elif isinstance(files, dict):
            # Whole names only. A record that somebody changed names too few: too much is kept.
            named |= {str(name) for name in files if not str(name).endswith(("_", "-"))}
    return named

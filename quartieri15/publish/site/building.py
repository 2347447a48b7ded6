"""The site of a city, written as a folder that appears when it is complete."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path, require_progress, several
from quartieri15.errors import UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.disclosure import SMALLEST_COUNT, require_smallest_count
from quartieri15.publish.folders import keep_others, require_room, time_of_writing
from quartieri15.publish.site.assembly import assemble, shared_files
from quartieri15.publish.site.material import Material
from quartieri15.publish.site.pages import pages_of
from quartieri15.publish.site.publisher import Publisher
from quartieri15.publish.tables import write_json
from quartieri15.writing import replacing_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from quartieri15.model.city import City
    from quartieri15.progress import Say

RECORD: Final = "summary.json"
RECORD_HOLDS: Final = ("city", "generated", "pages", "files")


def write_site(
    city: City,
    out: str | Path,
    *,
    publisher: Publisher | None = None,
    only: str | Iterable[str] | None = None,
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
        Who answers for the pages; without one they say that they are a demonstration.
    only
        The pages to write, such as ``"municipio-4"``; all of them when left out.
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
        What was written: ``city``, ``generated``, ``pages`` (name, kind, bytes by part) and
        ``files`` (the checksum of each).

    Raises
    ------
    UnknownNameError
        If ``only`` names a page that there is not.
    OutputError
        If the folder cannot be written; what stood there is untouched.
    """
    require_city(city)
    out = require_path(out, where="out")
    smallest_count = require_smallest_count(smallest_count)
    words.require_language(language)
    require_progress(progress)
    before = require_room(out, holding=RECORD_HOLDS)
    material = Material(
        city=city,
        publisher=publisher or Publisher(),
        when=time_of_writing(),
        smallest_count=smallest_count,
        language=language,
        progress=progress,
    )
    pages = pages_of(material)
    if only is not None:
        names = {page.slug: page for page in pages}
        for name in (asked := several(only)):
            if name not in names:
                raise UnknownNameError.among(name, names, kind="page", where="only")
        pages = [names[name] for name in asked]
    files: dict[str, bytes] = {f"server/{name}": own for name, own in shared_files().items()}
    weights: dict[str, Mapping[str, int]] = {}
    for page in pages:
        progress(f"page {page.slug}")
        written = assemble(material, page, pages)
        files[f"{page.slug}.html"] = written.alone.encode()
        files |= {f"server/{name}": text.encode() for name, text in written.served.items()}
        weights[page.slug] = written.parts
    record = {
        "city": city.name,
        "generated": material.when.isoformat().replace("+00:00", "Z"),
        "pages": [
            {"name": page.slug, "kind": page.kind, "bytes": dict(weights[page.slug])}
            for page in pages
        ],
        "files": {name: hashlib.sha256(own).hexdigest() for name, own in files.items()},
    }
    with replacing_folder(out) as folder:
        for name, own in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(own)
        write_json(record, folder / RECORD)
        keep_others(before, folder, own=_own(before, files))
    return record


def _own(before: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return how the names of our files begin: those of now and those of the site before."""
    named = {name.split("/")[0] for name in files} | {RECORD}
    record = before / RECORD
    if record.is_file():
        told = json.loads(record.read_text(encoding="utf-8"))
        named |= {str(name).split("/")[0] for name in told.get("files", {})}
    return tuple(sorted(named))

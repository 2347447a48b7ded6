"""The files to download: what each holds, in which formats, how large, under which licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quartieri15.publish import words
from quartieri15.publish.layers.csv_on_the_web import CSVW_FILE
from quartieri15.publish.layers.dcat_ap_it import DCAT_FILE, LICENCE
from quartieri15.publish.layers.site_layers import published_sets
from quartieri15.publish.site.building import DOWNLOADS
from quartieri15.publish.site.reports import REPORTS
from quartieri15.publish.tables import licence_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page


def data(material: Material, page: Page) -> dict[str, Any]:
    """List the files beside a page: its own report first, then the tables and layers of the city.

    Returns
    -------
    dict
        ``files`` (of each subject what it is, and its files with path, format and bytes),
        ``more`` (those that few need), ``folder``, and the licence: ``licence`` (its name) and
        ``line`` (who must be named). Nothing where no site is being written.
    """
    if material.folder is None:
        return {}
    here = material.folder / DOWNLOADS
    sets = published_sets(here) if here.is_dir() else []
    reports = (material.folder / REPORTS).glob(f"{page.slug}.*")

    def subjects(*, main: bool) -> list[dict[str, Any]]:
        return [
            _subject(material, one.title, (here / name for name in one.files))
            for one in sets
            if one.main == main
        ]

    report = _subject(material, words.in_all_languages("downloads.report"), reports)
    described = _subject(
        material,
        words.in_all_languages("downloads.for_programs"),
        (here / name for name in (CSVW_FILE, DCAT_FILE)),
    )
    listed = {
        "files": [report, *subjects(main=True)],
        "more": [*subjects(main=False), described],
    }
    return {
        **{name: [one for one in own if one["files"]] for name, own in listed.items()},
        "folder": DOWNLOADS,
        "licence": LICENCE["foaf:name"],
        "line": licence_line(material.city.provenance),
    }


def texts(material: Material, page: Page) -> dict[str, Any]:
    """Return the files that are linked to where scripts do not run.

    Returns
    -------
    dict
        ``report``: the files of the page's own report; ``files``: all subjects and their files.
        Nothing where no site is being written.
    """
    told = data(material, page)
    if not told:
        return {}
    own = f"{REPORTS}/{page.slug}."
    listed = [file for one in told["files"] for file in one["files"]]
    return {
        "report": [file for file in listed if file["path"].startswith(own)],
        "files": [*told["files"], *told["more"]],
    }


def _subject(material: Material, what: Any, paths: Iterable[Path]) -> dict[str, Any]:
    root = material.folder
    return {
        "what": what,
        "files": [
            {
                "path": path.relative_to(root).as_posix() if root else path.name,
                "format": FORMATS.get(path.suffix, path.suffix.removeprefix(".").upper()),
                "bytes": path.stat().st_size,
            }
            for path in paths
            if path.is_file()
        ],
    }


FORMATS: Final = {
    ".csv": "CSV",
    ".xlsx": "Excel",
    ".gpkg": "GeoPackage",
    ".geojson": "GeoJSON",
    ".parquet": "GeoParquet",
    ".pdf": "PDF",
    ".html": "HTML",
    ".json": "CSVW",
    ".jsonld": "DCAT-AP_IT",
}
"""What a format is called, by the ending of a file."""

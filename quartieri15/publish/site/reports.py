"""The reports beside the pages of a site: of each Municipio and each scenario that has a page."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from quartieri15.publish.report.figures import ReportFigures
from quartieri15.publish.report.municipio import municipio_report
from quartieri15.publish.report.scenario import scenario_report
from quartieri15.publish.report.writing import publisher_lines, report_files
from quartieri15.publish.site.memory import hand_back_memory
from quartieri15.publish.site.scenarios import compared, edited, published
from quartieri15.reach.cells import forget_ground

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from quartieri15.publish.report.contents import Report
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

REPORTS: Final = "report"
"""The folder of the printable reports, one for each page that has one."""


@contextmanager
def site_reports(
    material: Material, pages: Sequence[Page], folder: Path
) -> Iterator[dict[str, Any]]:
    """Write the reports of a site, in the language in which its pages open.

    The PDFs are made while the block goes on.

    Parameters
    ----------
    material
        What the pages are made from.
    pages
        The pages: each about a Municipio or a scenario has a report of the same name.
    folder
        The folder of the site; the reports stand in its folder :data:`REPORTS`.

    Yields
    ------
    dict
        As :func:`~quartieri15.publish.report.writing.report_files`.
    """
    reports = _reports(material, pages)
    if not reports:
        yield {"reports": [], "no_pdf": None}
        return
    (folder / REPORTS).mkdir(exist_ok=True)
    with report_files(reports, folder / REPORTS, progress=material.progress) as written:
        yield written


def _reports(material: Material, pages: Sequence[Page]) -> list[Report]:
    told: dict[str, Any] = {
        "language": material.language,
        "date": material.when.date(),
        "publisher": publisher_lines(material.publisher, material.language),
    }
    zones = [page.zone_id for page in pages if page.kind == "municipio"]
    figures = _figures(material) if zones else None
    # No page and no report draws another area from here on.
    forget_ground()
    hand_back_memory()
    plans = {one.name: one for one in material.scenarios}
    return [
        *(municipio_report(figures, zone_id, **told) for zone_id in zones if figures),
        *(
            scenario_report(
                material.city,
                plans[page.scenario],
                slug=page.slug,
                exact=compared(material)[page.scenario],
                told=published(material)[page.scenario],
                group=material.groups[0],
                smallest_count=material.smallest_count,
                preview=edited(material)[page.scenario].preview,
                **told,
            )
            for page in pages
            if page.scenario is not None
        ),
    ]


def _figures(material: Material) -> ReportFigures:
    who = material.travellers[0]
    return ReportFigures.of(
        material.city,
        profile=who,
        minutes=material.minutes,
        group=material.groups[0],
        smallest_count=material.smallest_count,
        times=material.times(who),
        told={
            by: table[table["profile"] == who.name].reset_index(drop=True)
            for by, table in material.answers.coverage.items()
        },
        progress=material.progress,
    )

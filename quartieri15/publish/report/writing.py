"""Reports as files: HTML and, where the machine can set its letters, PDF/UA beside it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from quartieri15.analysis.coverage import require_minutes
from quartieri15.arguments import require_path, require_progress, several
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.planning.comparing.compare import compare
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.catalogue import say
from quartieri15.publish.comparison import published_comparison
from quartieri15.publish.disclosure import SMALLEST_COUNT, require_smallest_count
from quartieri15.publish.file_names import require_scenarios, scenario_slug
from quartieri15.publish.folders import (
    SUMMARY,
    keep_others,
    require_room,
    time_of_writing,
    told_in,
)
from quartieri15.publish.report.document import report_html
from quartieri15.publish.report.figures import MUNICIPI, PLACES, ZONES, ReportFigures
from quartieri15.publish.report.municipio import municipio_report
from quartieri15.publish.report.pdf import pdf_trouble, pdfs_made_of
from quartieri15.publish.report.scenario import scenario_report
from quartieri15.publish.tables import write_json
from quartieri15.writing import replacing_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.planning.scenario import Scenario
    from quartieri15.progress import Say
    from quartieri15.publish.report.contents import Report
    from quartieri15.publish.site.publisher import Publisher

HOLDS: Final = ("city", "generated", "reports")
DRAWS: Final = 200
AREAS: Final = "target_areas"
"""Zones whose totals stand beside those of the city, where it has them."""


def write_reports(
    city: City,
    out: str | Path,
    *,
    municipi: Any = None,
    scenarios: Scenario | Iterable[Scenario] = (),
    profile: str | TravelProfile = "walk_75",
    minutes: float = 15,
    group: str = "over65",
    smallest_count: float = SMALLEST_COUNT,
    publisher: Publisher | None = None,
    language: str = "it",
    progress: Say = quiet,
) -> dict[str, Any]:
    """Write a report of each Municipio and of each scenario, to print and to hand on.

    Parameters
    ----------
    city
        The city; it has the zones ``"municipi"`` and ``"nil"``.
    out
        The folder to write. It appears when it is complete. A folder of earlier reports is
        replaced, other files in it are kept; any other folder that is not empty is refused.
    municipi
        The ``id`` of a Municipio, or several; all of them when left out, none for ``()``.
    scenarios
        Scenarios, each compared with the city as it is.
    profile, minutes
        Who travels, and how far.
    group
        The group of people whose figures lead.
    smallest_count
        Smaller counts of people are hidden and the others rounded to multiples of it.
    publisher
        Who publishes the reports; without one they say that they are a demonstration.
    language
        ``"it"`` or ``"en"``.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    dict
        The summary, as written: ``city``, ``generated``, ``language``, ``reports`` (``name``,
        ``title``, ``files``) and ``no_pdf``: why no PDF was made, or None.

    Raises
    ------
    UnknownNameError
        If a Municipio, the profile, the group or the language is not known.
    ParameterError
        If a value makes no sense, or the city has no Municipi.
    OutputError
        If the folder cannot be written; what stood there is untouched.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> write_reports(q15.load("milano"), "report", municipi=[4, 10])
    Traceback (most recent call last):
    ...
    quartieri15.errors.UnknownNameError: municipi: unknown Municipio '10'. ...

    Notes
    -----
    The PDF is PDF/UA-1 (ISO 14289-1), made by WeasyPrint of the very HTML beside it. WeasyPrint
    needs Pango, a library of the system: where it is missing, the HTML is written alone, and
    ``no_pdf`` tells what to install.
    """
    # The site writes reports too, and is imported with its publisher.
    from quartieri15.publish.site.publisher import require_publisher

    require_city(city)
    out = require_path(out, where="out")
    traveller = profiles.get(profile)
    minutes = require_minutes(minutes)
    group = city.require_group(group)
    smallest_count = require_smallest_count(smallest_count)
    words.require_language(language)
    require_progress(progress)
    publisher = require_publisher(publisher)
    plans = require_scenarios(scenarios)
    wanted = _municipi(city, municipi)
    before = require_room(out, holding=HOLDS)
    when = time_of_writing()
    told: dict[str, Any] = {
        "language": language,
        "date": when.date(),
        "publisher": publisher_lines(publisher, language),
    }
    reports: list[Report] = []
    if wanted:
        figures = ReportFigures.of(
            city,
            profile=traveller,
            minutes=minutes,
            group=group,
            smallest_count=smallest_count,
            progress=progress,
        )
        reports += [municipio_report(figures, zone_id, **told) for zone_id in wanted]
    for plan in plans:
        progress(f"what {plan.name} changes")
        exact = _compared(city, plan, profile=traveller, minutes=minutes, progress=progress)
        reports.append(
            scenario_report(
                city,
                plan,
                slug=scenario_slug(plan.name),
                exact=exact,
                told=published_comparison(exact, smallest_count=smallest_count),
                group=group,
                smallest_count=smallest_count,
                **told,
            )
        )
    with replacing_folder(out) as folder:
        with report_files(reports, folder, progress=progress) as written:
            summary = {
                "city": city.name,
                "generated": when.isoformat().replace("+00:00", "Z"),
                "language": language,
                **written,
            }
        write_json(summary, folder / SUMMARY)
        keep_others(before, folder, own=_files_of(before))
    return summary


def _files_of(folder: Path) -> set[str]:
    """Return the whole names of the files that an earlier run has written into a folder.

    A summary that somebody changed names too few: too much is kept.
    """
    reports = told_in(folder / SUMMARY).get("reports")
    named = [
        name
        for report in (reports if isinstance(reports, list) else [])
        if isinstance(report, dict) and isinstance(report.get("files"), list)
        for name in report["files"]
    ]
    return {SUMMARY, *(str(name) for name in named if not str(name).endswith(("_", "-")))}


@contextmanager
def report_files(
    reports: Iterable[Report], folder: Path, *, progress: Say
) -> Iterator[dict[str, Any]]:
    """Write reports into a folder; their PDFs in another process, while the block goes on.

    Parameters
    ----------
    reports
        The reports, each of its own name.
    folder
        Where they shall stand.
    progress
        Called with a few words at the start of every step.

    Yields
    ------
    dict
        ``reports`` (``name``, ``title``, ``files``) and ``no_pdf``: why no PDF is made, or None.

    Raises
    ------
    OutputError
        If a PDF cannot be written.
    """
    trouble = pdf_trouble()
    if trouble is not None:
        progress(f"no PDF: {trouble}")
    written, pages = [], []
    for report in reports:
        progress(f"report {report.slug}")
        page = folder / f"{report.slug}.html"
        page.write_text(report_html(report), encoding="utf-8", newline="\n")
        pages.append(page)
        names = [page.name] if trouble else [page.name, f"{report.slug}.pdf"]
        written.append({"name": report.slug, "title": report.title, "files": names})
    with pdfs_made_of([] if trouble else pages):
        yield {"reports": written, "no_pdf": trouble}
        progress("waiting for the PDFs")


def publisher_lines(publisher: Publisher, language: str) -> list[str]:
    """Say who publishes a report and how to write to them; or that nobody does."""
    if not publisher.name:
        return [say("report.without_publisher", language)]
    lines = (publisher.name, publisher.address, publisher.contact, publisher.web)
    return [words.isolated(line) for line in lines if line]


def _municipi(city: City, asked: Any) -> list[Any]:
    if asked is not None and not several(asked):
        return []
    for name in (MUNICIPI, ZONES):
        if name not in city.zones or name not in city.residents.columns:
            raise ParameterError(
                f"the city has no zones {name!r} that its residents name",
                mend="give it some, or ask for reports of scenarios alone: --scenario plan.yaml "
                "(in Python also municipi=())",
            )
    known: list[Any] = city.zones[MUNICIPI]["id"].tolist()
    if asked is None:
        return known
    by_text = {str(zone): zone for zone in known}
    for zone in (wanted := several(asked)):
        if str(zone) not in by_text:
            raise UnknownNameError.among(zone, by_text, kind="Municipio", where="municipi")
    return [by_text[str(zone)] for zone in dict.fromkeys(map(str, wanted))]


def _compared(
    city: City, plan: Scenario, *, progress: Say, profile: TravelProfile, minutes: float
) -> Comparison:
    """Compare, with an interval only where somebody gains or loses: of nobody there is none."""

    def asked(draws: int) -> Comparison:
        return compare(
            city,
            [plan],
            to=PLACES,
            profile=profile,
            minutes=minutes,
            by=[name for name in (ZONES, MUNICIPI) if name in city.zones] or ["city"],
            areas=AREAS if AREAS in city.zones else None,
            draws=draws,
            progress=progress,
        )

    plain = asked(0)
    moves = (plain.summary[["gained", "lost"]] > 0).any(axis=None)
    return asked(DRAWS) if moves else plain

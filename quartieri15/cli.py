"""The same questions on the command line."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quartieri15.errors import ParameterError, Quartieri15Error
from quartieri15.interrupts import INTERRUPTED, TERMINATED, Terminated, tidying_up
from quartieri15.model.residents import GROUPS

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.updating import Update

DATA_PROBLEM = 1

app = typer.Typer(
    name="quartieri15",
    help=(
        "Who reaches a city's neighbourhood services in fifteen minutes, and who is left out."
        "\n\nFor example: `quartieri15 analyze milano --out maps/milano`"
    ),
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CityName = Annotated[
    str, typer.Argument(help="A city that comes with the library, or a folder made by 'build'.")
]
CityOption = Annotated[
    str, typer.Option(help="A city that comes with the library, or a folder made by 'build'.")
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        help="Folder for the results. It is replaced if an earlier run wrote it; other folders "
        "that are not empty are left alone.",
    ),
]
Profile = Annotated[str, typer.Option(help="Who travels, as for analyze.")]
Minutes = Annotated[float, typer.Option(help="How long the way may take.")]
Group = Annotated[str, typer.Option(help=f"Whom to count: {', '.join(GROUPS)}.")]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        help=f"Which groups to count: {', '.join(GROUPS)}. Repeat it for several; all of them if "
        "you name none.",
        show_default=False,
    ),
]
To = Annotated[
    str, typer.Option(help="Which places to reach: houses, wemi, ex_csrc, ex_cam, places (all).")
]
DecimalComma = Annotated[
    bool,
    typer.Option(
        "--decimal-comma",
        help="Write CSV files as Excel in Italian opens them by a double click: semicolons between "
        "cells, decimal commas.",
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")]


@contextmanager
def plainly(context: typer.Context, *, debug: bool) -> Iterator[None]:
    """Turn what goes wrong into one line for people and an exit code for programs."""
    try:
        yield
    except KeyboardInterrupt as error:
        # Interrupted on the way into a with block, what it had made goes with its frames.
        traceback.clear_frames(error.__traceback__)
        _complain("Interrupted; nothing is half-written.")
        code = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        raise typer.Exit(code) from None
    except Quartieri15Error as error:
        if debug:
            raise
        error.where = _as_flag(error.where, context)
        _complain(str(error))
        raise typer.Exit(DATA_PROBLEM) from None
    except BrokenPipeError:
        # Whoever reads the answer has read enough: the program ends without a word.
        raise
    except OSError as error:
        if debug:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        _complain(f"{where}{error.strerror or error}. Show the whole trace with --debug.")
        raise typer.Exit(DATA_PROBLEM) from None


def _tell_version(asked: bool) -> None:
    if asked:
        from quartieri15 import __version__

        typer.echo(f"quartieri15 {__version__}")
        raise typer.Exit


@app.callback()
def common(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Tell the version and exit."
        ),
    ] = False,
) -> None:
    """Take what comes before the name of a command."""


@app.command()
def analyze(
    context: typer.Context,
    city: CityName = "milano",
    *,
    out: Out,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            help="Who travels: walk_adult, walk_65, walk_75, walk_80plus, walk_with_child, "
            "step_free, bike_adult, bike_65, bike_low_stress, or a profile of your own in a "
            "file that ends in .yaml. Repeat it for several; walk_adult and walk_75 if you "
            "name none.",
            show_default=False,
        ),
    ] = None,
    minutes: Annotated[
        list[float] | None,
        typer.Option(
            help="How long the way may take. Repeat it for several, the map is drawn for the "
            "first; 15 if you give none.",
            show_default=False,
        ),
    ] = None,
    places: Annotated[
        list[str] | None,
        typer.Option(
            help="Which places to reach: houses, wemi, ex_csrc, ex_cam, places (all). "
            "Repeat it for several, the map is drawn for the first; houses if you name none.",
            show_default=False,
        ),
    ] = None,
    group: Groups = None,
    speed_kmh: Annotated[
        float | None,
        typer.Option(
            help="A pace of your own, in km/h, for the one profile you name "
            "(walk_adult if you name none).",
        ),
    ] = None,
    decimal_comma: DecimalComma = False,
    debug: Debug = False,
) -> None:
    """Count who reaches the places in time, and write map, tables and layers.

    The folder gets index.html (the map, drawn for the slowest of the profiles), tables for a
    spreadsheet, catchments.gpkg for QGIS, summary.json for programs, and README.txt.

    For example:

    - `quartieri15 analyze milano --out maps/milano`

    - `quartieri15 analyze milano --out slow --profile walk_80plus --minutes 10 --minutes 15`

    - `quartieri15 analyze milano --out wemi --places wemi --group over65 --speed-kmh 2.5`

    - `quartieri15 analyze milano --out mine --profile my-profile.yaml`
    """
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.publish import analysis_folder
        from quartieri15.publish.terminal import show_coverage

        travellers = _travellers(profile or (), speed_kmh)
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            summary = analysis_folder.write_analysis(
                _load(city),
                out,
                profiles=travellers or analysis_folder.PROFILES,
                minutes=minutes or analysis_folder.MINUTES,
                places=places or analysis_folder.PLACES,
                groups=group or None,
                decimal="," if decimal_comma else ".",
                progress=say,
            )
        show_coverage(summary)
        typer.echo(f"Map: {out / 'index.html'}\nAll results: {out}")


@app.command()
def site(
    context: typer.Context,
    city: CityName = "milano",
    *,
    out: Out,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Write this page alone, for example municipio-4. Repeat it for several; all of "
            "them if you name none.",
            show_default=False,
        ),
    ] = None,
    publisher: Annotated[
        Path | None,
        typer.Option(
            help="A file that ends in .toml and says who answers for the pages: name, contact, "
            "crest and more. Without it they say that they are a demonstration.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(help="The language in which the pages open: it or en.")
    ] = "it",
    debug: Debug = False,
) -> None:
    """Write the pages of a city: for its citizens, its Municipi and its councillors.

    Every page is one file that opens by a double click and needs no network. The folder
    server/ holds the same pages as a web server gives them out.

    For example:

    - `quartieri15 site milano --out maps/milano`

    - `quartieri15 site milano --out ours --only municipio-4 --publisher municipio-4.toml`
    """
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.publish.site import Publisher, write_site

        answers = Publisher.from_toml(publisher) if publisher else None
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            write_site(
                _load(city),
                out,
                publisher=answers,
                only=only or None,
                language=language,
                progress=say,
            )
        typer.echo(f"All pages: {out}")


@app.command()
def report(
    context: typer.Context,
    city: CityName = "milano",
    *,
    out: Out,
    municipio: Annotated[
        list[str] | None,
        typer.Option(
            help="The id of a Municipio, for example 4. Repeat it for several; all of them if you "
            "name none, unless you name scenarios.",
            show_default=False,
        ),
    ] = None,
    scenario: Annotated[
        list[Path] | None,
        typer.Option(help="A scenario: a YAML file. Repeat it for several.", show_default=False),
    ] = None,
    profile: Profile = "walk_75",
    minutes: Minutes = 15,
    group: Group = "over65",
    language: Annotated[str, typer.Option(help="The language of the reports: it or en.")] = "it",
    debug: Debug = False,
) -> None:
    """Write reports to print: of each Municipio, and of scenarios.

    Each is an HTML page and, where the machine has Pango, a PDF that a screen reader can read
    (PDF/UA): a map, a chart, tables, how the figures are made, what is not known, licences.

    For example:

    - `quartieri15 report milano --out reports --municipio 4`

    - `quartieri15 report milano --out plans --scenario zante.yaml --language en`
    """
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.planning.scenario import Scenario
        from quartieri15.publish.report.writing import write_reports

        plans = [Scenario.from_file(path) for path in scenario or ()]
        traveller = _travellers([profile], None)[0]
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            summary = write_reports(
                _load(city),
                out,
                municipi=municipio or (() if plans else None),
                scenarios=plans,
                profile=traveller,
                minutes=minutes,
                group=group,
                language=language,
                progress=say,
            )
        for one in summary["reports"]:
            typer.echo(", ".join(str(out / name) for name in one["files"]))
        if summary["no_pdf"]:
            _complain(f"No PDF was written. {summary['no_pdf']}")


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The city, as people call it.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A new folder for the project; named like the city if you give none.",
            show_default=False,
        ),
    ] = None,
    province: Annotated[
        str | None,
        typer.Option(
            help="Of an Italian comune: its province, where several comuni have the name.",
            show_default=False,
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Begin another city: write a commented city.toml, and folders for its files.

    For example: `quartieri15 new torino`
    """
    with plainly(context, debug=debug):
        from quartieri15.editions.new_project import new_project

        begun = new_project(name, out, province=province)
        for remark in begun.remarks:
            typer.echo(remark)
        typer.echo(f"Project: {begun.folder / 'city.toml'}")


@app.command()
def build(
    context: typer.Context,
    city: Annotated[
        str, typer.Argument(help="A folder with a city.toml, or a city with a recipe: milano.")
    ] = "milano",
    *,
    sources: Annotated[
        Path | None,
        typer.Option(
            help="For a recipe: folder with the raw files as their publishers give them.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Folder for the edition. For a recipe data/CITY if you give none.",
            show_default=False,
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Make a city of raw files: streets, places, zones, and where people live.

    For example:

    - `quartieri15 build torino --out torino-edition`

    - `quartieri15 build milano --sources raw --out my-milano`
    """
    from quartieri15.editions.loading import RECIPES

    if city in RECIPES and sources is None:
        raise typer.BadParameter("the raw files are needed", param_hint="--sources")
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.editions.checking.folder import FilesRefusedError, require_no_errors
        from quartieri15.editions.loading import build, files_and_target
        from quartieri15.publish.terminal import show_findings

        files, _ = files_and_target(city, sources=sources, out=out)
        with tidying_up(), progress.shown(city) as say:
            try:
                found = require_no_errors(files, progress=say)
            except FilesRefusedError as error:
                show_findings(error.found)
                raise
            target = build(city, sources=sources, out=out, progress=say)
        typer.echo(f"City: {target}")
        typer.echo(f"{found.attrs['warning']} warnings about its files: quartieri15 check {files}")


@app.command()
def check(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(help="Raw files, a project with a city.toml, or a city made by 'build'."),
    ],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document for programs.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Tell everything that is wrong with the files of a city, in one pass.

    The exit code is 0 without errors, warnings or not, and 1 with errors.

    For example:

    - `quartieri15 check my-city`

    - `quartieri15 check raw --json`
    """
    with plainly(context, debug=debug):
        import json

        from quartieri15.editions.checking.findings import findings_document
        from quartieri15.editions.checking.folder import check as checked
        from quartieri15.publish.terminal import show_findings

        with tidying_up():
            found = checked(folder)
        if as_json:
            typer.echo(json.dumps(findings_document(found), ensure_ascii=False, indent=1))
        else:
            show_findings(found)
        if found.attrs["error"]:
            raise typer.Exit(DATA_PROBLEM)


@app.command()
def update(
    context: typer.Context,
    city: Annotated[str, typer.Argument(help="The city whose recipe to follow.")] = "milano",
    *,
    sources: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the raw files the edition was built from. Needed once: after that "
            "they are in the cache.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the edition; that of the city if you give none.", show_default=False
        ),
    ] = None,
    streets: Annotated[
        str,
        typer.Option(
            help="Where the streets are from: overpass, an OpenStreetMap file, or the https "
            "address of one that ends in .osm.pbf."
        ),
    ] = "overpass",
    keep: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave this one as it is: nil, municipi, civic_numbers, ages, foreign, "
            "households, bike_lanes, cool_spaces, streets. Repeat it for several.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            help="Another dataset of the portal, such as ages=ds1234. Repeat it for several.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Replace without asking.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and replace nothing.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Take what is in the cache, and ask nobody.")
    ] = False,
    host: Annotated[
        list[str] | None,
        typer.Option(
            help="A host that files may come from besides those that are asked. Repeat it for "
            "several.",
            show_default=False,
        ),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of fetched files.", show_default=False)
    ] = None,
    portal: Annotated[
        str, typer.Option(help="Address of the portal.")
    ] = "https://dati.comune.milano.it",
    overpass: Annotated[
        str, typer.Option(help="Address of Overpass.")
    ] = "https://overpass-api.de/api/interpreter",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as JSON; ask nothing.")
    ] = False,
    back: Annotated[
        bool, typer.Option("--back", help="Bring back the edition before the last change.")
    ] = False,
    kept: Annotated[bool, typer.Option("--kept", help="List the former editions kept.")] = False,
    debug: Debug = False,
) -> None:
    """Fetch the current data of a city, show what changes, and replace the edition if you agree.

    Whatever goes wrong, the edition in use stays as it is. The former one is kept beside it.

    For example:

    - `quartieri15 update milano --sources raw --dry-run`

    - `quartieri15 update milano --streets nord-ovest-latest.osm.pbf --keep households`

    - `quartieri15 update milano --back`
    """
    with plainly(context, debug=debug):
        import json
        import sys

        from quartieri15.editions.updating import go_back, kept_editions
        from quartieri15.publish import updating
        from quartieri15.publish.terminal import show_update

        edition = out or city
        if kept:
            for path in kept_editions(edition):
                typer.echo(str(path))
            return
        if back:
            typer.echo(f"Back in place: {go_back(edition)}")
            return
        if not (yes or dry_run or as_json or sys.stdin.isatty()):
            raise ParameterError(
                "nobody is there to be asked", where="yes", mend="say --yes or --dry-run"
            )

        def agreed(found: updating.Update) -> bool:
            if not as_json:
                show_update(found)
            return yes or typer.confirm(f"Replace the edition in {found.folder}?")

        asks = not dry_run and (yes or not as_json)
        found = updating.update(
            city,
            sources=sources,
            out=out,
            streets=streets,
            keep=keep or (),
            datasets=_pairs(dataset or ()),
            confirm=agreed if asks else None,
            offline=offline,
            hosts=host or (),
            cache=cache,
            portal=portal,
            overpass=overpass,
        )
        if as_json:
            typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
            return
        if found.changes is None or not asks:
            show_update(found)
        typer.echo(_told(found))


@app.command()
def info(context: typer.Context, city: CityName = "milano", *, debug: Debug = False) -> None:
    """Tell what is known of a city, how old it is, and who may be asked about.

    For example: `quartieri15 info milano`
    """
    with plainly(context, debug=debug):
        from quartieri15.publish.terminal import show_city

        show_city(_load(city))


@app.command()
def geocode(
    context: typer.Context,
    asked: Annotated[
        list[str], typer.Argument(help="Addresses, each in quotes, or one CSV file of them.")
    ],
    *,
    city: CityOption = "milano",
    column: Annotated[
        str | None,
        typer.Option(help="Of a file: the column with the addresses.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Of a file: the CSV to write, with the answers.", show_default=False
        ),
    ] = None,
    municipio: Annotated[
        str | None,
        typer.Option(
            help="The Municipio they are in, to decide between streets of one name; of a file, the "
            "column that tells it.",
            show_default=False,
        ),
    ] = None,
    alternatives: Annotated[int, typer.Option(help="How many other answers to show for each.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
    decimal_comma: DecimalComma = False,
    debug: Debug = False,
) -> None:
    """Find the civic numbers that addresses mean, with a score and a reason, without a network.

    An answer with a score of 0.9 or more may be taken unseen.

    For example:

    - `quartieri15 geocode "via Boifava 10" "P.za XXV Aprile, 1"`

    - `quartieri15 geocode houses.csv --column indirizzo --out found.csv`
    """
    with plainly(context, debug=debug):
        import json

        from quartieri15 import progress
        from quartieri15.model.geocoding.geocode import geocode as find
        from quartieri15.publish.geocoded import geocode_csv, geocoded_records, how_sure
        from quartieri15.publish.terminal import show_geocoded

        if column is None and out is None:
            found = find(_load(city), asked, municipio=municipio, alternatives=alternatives)
        elif column is None or out is None or len(asked) > 1:
            raise typer.BadParameter("goes with one file, --column and --out", param_hint="FILE")
        else:
            with tidying_up(), progress.shown(city) as say:
                found = geocode_csv(
                    _load(city),
                    asked[0],
                    out,
                    column=column,
                    municipio=municipio,
                    decimal="," if decimal_comma else ".",
                    progress=say,
                )
        if as_json:
            typer.echo(json.dumps(geocoded_records(found), ensure_ascii=False, indent=2))
            return
        if out is None:
            show_geocoded(found)
        typer.echo(how_sure(found))
        if out is not None:
            typer.echo(f"All answers: {out}")


@app.command()
def compare(
    context: typer.Context,
    scenarios: Annotated[
        list[Path], typer.Argument(help="Scenarios: YAML files, each compared with today.")
    ],
    *,
    out: Out,
    city: CityOption = "milano",
    profile: Annotated[
        list[str] | None,
        typer.Option(
            help="Who travels, as for analyze. Repeat it for several, the page is drawn for the "
            "first; walk_75 if you name none.",
            show_default=False,
        ),
    ] = None,
    minutes: Annotated[
        list[float] | None,
        typer.Option(
            help="How long the way may take. Repeat it for several, the page is drawn for the "
            "first; 15 if you give none.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Zones to count by: nil, municipi, ... Repeat it for several; all that the city "
            "has if you name none.",
            show_default=False,
        ),
    ] = None,
    group: Groups = None,
    to: To = "houses",
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="A time at which the places must be open, such as 'Sat 16:00'. Repeat it for "
            "several.",
            show_default=False,
        ),
    ] = None,
    areas: Annotated[
        str | None,
        typer.Option(
            help="Zones whose totals stand beside those of the city; target_areas where the city "
            "has them.",
            show_default=False,
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(help="How many draws the intervals are made of; 0 for no intervals.")
    ] = 200,
    together: Annotated[
        bool, typer.Option("--together", help="Compare all of them together, too.")
    ] = False,
    decimal_comma: DecimalComma = False,
    debug: Debug = False,
) -> None:
    """Tell what scenarios change: who gains, who loses, how surely, at what cost.

    A scenario that requires others is compared with them in place; name their files too.

    The folder gets index.html (a sheet that prints on one page), tables for a spreadsheet,
    changes.gpkg for QGIS, summary.json for programs, and README.txt.

    For example:

    - `quartieri15 compare zante.yaml --out maps/zante`

    - `quartieri15 compare azione-1.yaml azione-2.yaml --together --out both --profile bike_65`
    """
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.analysis.draws import FEWEST_DRAWS
        from quartieri15.planning.combining import with_required
        from quartieri15.planning.comparing.compare import compare as compared
        from quartieri15.planning.scenario import Scenario, combined
        from quartieri15.publish import answers
        from quartieri15.publish.comparison import write_comparison
        from quartieri15.publish.terminal import show_comparison

        if 0 < draws < FEWEST_DRAWS:
            raise ParameterError(
                f"{draws} draws make no interval",
                where="--draws",
                mend=f"use {FEWEST_DRAWS} or more, or 0 for no intervals",
            )
        named = [Scenario.from_file(path) for path in scenarios]
        answers.require_place(out, "comparison")
        travellers = _travellers(profile or ("walk_75",), None)
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            found = _load(city)
            plans = [with_required(plan, named) for plan in named]
            if together and len(named) > 1:
                plans.append(combined(named))
            if areas is None and "target_areas" in found.zones:
                areas = "target_areas"
            comparison = compared(
                found,
                plans,
                to=to,
                profile=travellers,
                minutes=minutes or 15,
                by=by or list(found.zones),
                groups=group or None,
                at=at or None,
                areas=areas,
                draws=draws,
                progress=say,
            )
            summary = write_comparison(
                found,
                comparison,
                out,
                scenarios=plans,
                decimal="," if decimal_comma else ".",
                progress=say,
            )
        show_comparison(summary)
        _tell_where(out)


@app.command()
def sites(
    context: typer.Context,
    *,
    out: Out,
    n: Annotated[int, typer.Option("--n", help="How many new places, at most.")] = 5,
    city: CityOption = "milano",
    profile: Profile = "walk_75",
    minutes: Minutes = 15,
    group: Group = "over65",
    to: To = "houses",
    objective: Annotated[
        str,
        typer.Option(
            help="What is best: coverage (most people within the minutes), median (fewest minutes "
            "in all), center (the farthest as near as can be), worst_zone or neediest (fairest)."
        ),
    ] = "coverage",
    candidates: Annotated[
        str | None,
        typer.Option(
            help="Where a new place could stand: the name of a zone or of a set of places; every "
            "residential address of the city if you name none.",
            show_default=False,
        ),
    ] = None,
    curve: Annotated[
        int,
        typer.Option(help="Draw how many people 1, 2, ... up to so many sites bring; 0 for none."),
    ] = 0,
    gap: Annotated[
        float, typer.Option(help="How far from the proven best is good enough, as a fraction.")
    ] = 0.0,
    time_limit_s: Annotated[
        float, typer.Option("--time-limit", help="Seconds to prove it in.")
    ] = 120,
    decimal_comma: DecimalComma = False,
    debug: Debug = False,
) -> None:
    """Find the best sites for new places, and prove how good they are.

    The folder gets index.html (a sheet that prints on one page), tables for a spreadsheet,
    sites.gpkg for QGIS, summary.json for programs, and README.txt.

    For example:

    - `quartieri15 sites --n 5 --out maps/where-next`

    - `quartieri15 sites --n 3 --to wemi --group foreign --profile walk_adult --out desks --curve 8`
    """
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.planning.siting.sites import best_sites, site_curve
        from quartieri15.publish import answers
        from quartieri15.publish.sites import write_sites
        from quartieri15.publish.terminal import show_sites

        if curve < 0:
            raise ParameterError(
                f"{curve} sites make no curve",
                where="--curve",
                mend="give how many sites there may be at most, or 0 for no curve",
            )
        if not time_limit_s > 0:
            raise ParameterError(
                f"nothing is proven in {time_limit_s:g} seconds",
                where="--time-limit",
                mend="give seconds above 0",
            )

        answers.require_place(out, "sites")
        traveller = _travellers([profile], None)[0]
        asked: dict[str, Any] = {
            "to": to,
            "profile": traveller,
            "minutes": minutes,
            "group": group,
            "candidates": candidates,
            "gap": gap,
            "time_limit_s": time_limit_s,
        }
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            found = _load(city)
            table = site_curve(found, range(1, curve + 1), progress=say, **asked) if curve else None
            asked["objective"] = objective
            best = best_sites(found, n, progress=say, **asked)
            summary = write_sites(
                found,
                best,
                out,
                curve=table,
                profile=traveller,
                decimal="," if decimal_comma else ".",
                progress=say,
            )
        show_sites(summary)
        _tell_where(out)


@app.command()
def links(
    context: typer.Context,
    *,
    out: Out,
    n: Annotated[int, typer.Option("--n", help="How many links.")] = 20,
    city: CityOption = "milano",
    profile: Profile = "walk_75",
    minutes: Minutes = 15,
    group: Group = "over65",
    to: To = "houses",
    kind: Annotated[
        list[str] | None,
        typer.Option(
            help="What to look for: barrier, dead_end, cycle_gap. Repeat it for several; all if "
            "you name none.",
            show_default=False,
        ),
    ] = None,
    decimal_comma: DecimalComma = False,
    debug: Debug = False,
) -> None:
    """Find the missing streets that would bring most people within reach.

    The folder gets index.html (a sheet that prints on one page), tables for a spreadsheet,
    links.gpkg for QGIS, summary.json for programs, and README.txt.

    For example:

    - `quartieri15 links --out maps/links`

    - `quartieri15 links --profile bike_low_stress --minutes 10 --kind cycle_gap --out cycle-gaps`
    """
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.planning.links.missing import missing_links
        from quartieri15.publish import answers
        from quartieri15.publish.links import write_links
        from quartieri15.publish.terminal import show_links

        answers.require_place(out, "links")
        traveller = _travellers([profile], None)[0]
        kinds: dict[str, Any] = {"kinds": kind} if kind else {}
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            found = _load(city)
            missing = missing_links(
                found,
                to=to,
                profile=traveller,
                minutes=minutes,
                group=group,
                n=n,
                progress=say,
                **kinds,
            )
            summary = write_links(
                found,
                missing,
                out,
                profile=traveller,
                decimal="," if decimal_comma else ".",
                progress=say,
            )
        show_links(summary)
        _tell_where(out)


@app.command()
def run(
    context: typer.Context,
    city: CityName = "milano",
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of runs; the other files in it stay.")
    ],
    profile: Profile = "walk_75",
    minutes: Minutes = 15,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Zones to count by, city for the total. Repeat it for several; all if you name "
            "none.",
            show_default=False,
        ),
    ] = None,
    group: Groups = None,
    to: To = "houses",
    date: Annotated[
        str | None,
        typer.Option(help="The day the answer is for, such as 2026-12-31; today if you give none."),
    ] = None,
    note: Annotated[
        str | None, typer.Option(help="What you want to remember of it.", show_default=False)
    ] = None,
    debug: Debug = False,
) -> None:
    """Answer who reaches the places in time, and keep the answer with a date.

    The file holds question, published counts and a checksum of every input, so that `runs` can
    tell later what changed and why.

    For example: `quartieri15 run milano --out runs --date 2026-12-31`
    """
    with plainly(context, debug=debug):
        from quartieri15 import progress
        from quartieri15.planning.runs import require_date
        from quartieri15.publish.runs import record_run

        day = None if date is None else require_date(date)
        traveller = _travellers([profile], None)[0]
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            _, path = record_run(
                _load(city),
                out,
                to=to,
                profile=traveller,
                minutes=minutes,
                by=by or None,
                groups=group or None,
                date=day,
                note=note,
                progress=say,
            )
        typer.echo(f"Run: {path}")


@app.command()
def runs(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Files that `run` has written.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A CSV file for the figures of all of them; only one of an earlier call is "
            "replaced.",
            show_default=False,
        ),
    ] = None,
    other_questions: Annotated[
        bool,
        typer.Option("--other-questions", help="Compare runs that answer different questions."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Tell what changed between two runs and why, or put many into one table.

    For example:

    - `quartieri15 runs runs/2021.json runs/2026.json`

    - `quartieri15 runs runs/*.json --out figures.csv`
    """
    with plainly(context, debug=debug):
        from quartieri15.planning.runs import compare_runs
        from quartieri15.publish.runs import (
            read_run,
            require_table_path,
            which_runs,
            why_changed,
            write_runs_csv,
        )
        from quartieri15.publish.terminal import plain, show_change, show_runs

        if out is not None:
            require_table_path(out, files, where="--out")
        found = [read_run(path) for path in files]
        change = None
        pair = 2
        if len(found) == pair:
            try:
                change = compare_runs(*found, other_questions=other_questions)
            except ParameterError as error:
                error.mend = "compare runs of one question, or add --other-questions"
                raise
        if out is not None:
            write_runs_csv(found, out)
        if change is None:
            show_runs(found)
        else:
            before, after = zip(found, (path.name for path in files), strict=True)
            for sentence in which_runs(before, after, "en"):
                typer.echo(plain(sentence).plain)
            show_change(change)
            for sentence in why_changed(change, "en"):
                typer.echo(plain(sentence).plain)
        if out is not None:
            typer.echo(f"All figures: {out}")


registry_app = typer.Typer(
    help="See and edit a registry of places: every change with its source and its day.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.add_typer(registry_app, name="registry")

RegistryFile = Annotated[Path, typer.Argument(help="The registry.csv.")]
Source = Annotated[str, typer.Option(help="Who says so: a document, a visit, a letter.")]
Day = Annotated[
    str | None,
    typer.Option(help="The day of the source, such as 2026-11-26; today if you give none."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
]


@registry_app.command("list")
def registry_list(
    context: typer.Context,
    file: RegistryFile,
    *,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Only places whose address no source confirms.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Show the places, or what is still unverified, by Municipio.

    For example: `quartieri15 registry list registry.csv --unverified`
    """
    with plainly(context, debug=debug):
        from quartieri15.publish.terminal import show_places
        from quartieri15.sources.registry import read_registry, unverified_places

        places = read_registry(file)
        if unverified:
            show_places(unverified_places(places), "unverified places")
        else:
            show_places(places, "places")


@registry_app.command("add")
def registry_add(
    context: typer.Context,
    file: RegistryFile,
    *,
    name: Annotated[str, typer.Option(help="What the place is called.")],
    kind: Annotated[str, typer.Option(help="ex_csrc, ex_cam, wemi_external or wemi_central.")],
    address: Annotated[str, typer.Option(help="Street and number.")],
    source: Source,
    date: Day = None,
    position: Annotated[
        str | None,
        typer.Option(
            help="Latitude and longitude, such as '45.4642, 9.19', if no civic number has the "
            "address; with --precision.",
            show_default=False,
        ),
    ] = None,
    precision: Annotated[
        str, typer.Option(help="How surely it stands there: civic, street or neighbourhood.")
    ] = "civic",
    uncertainty_m: Annotated[
        float | None, typer.Option(help="How many metres it may be off.", show_default=False)
    ] = None,
    city: CityOption = "milano",
    dry_run: DryRun = False,
    debug: Debug = False,
) -> None:
    """Add a place; its address is looked up among the civic numbers.

    For example: `quartieri15 registry add registry.csv --name Boifava --kind ex_csrc --address
    'Via Boifava 10' --source 'letter of Municipio 5'`
    """
    with plainly(context, debug=debug):
        from quartieri15.publish.terminal import show_registry_edit
        from quartieri15.sources.registry_edits import add_place, position_in

        edit = add_place(
            file,
            city=_load(city),
            name=name,
            kind=kind,
            address=address,
            source=source,
            date=_day(date),
            position=None if position is None else position_in(position, where="position"),
            location_precision=precision,
            location_uncertainty_m=uncertainty_m,
            dry_run=dry_run,
        )
        show_registry_edit(edit)


@registry_app.command("correct")
def registry_correct(
    context: typer.Context,
    file: RegistryFile,
    place: Annotated[str, typer.Argument(help="The id of the place.")],
    *,
    column: Annotated[
        str, typer.Option(help="What is corrected: address, position, name, municipio, ...")
    ],
    new: Annotated[str, typer.Option(help="What is right.")],
    old: Annotated[
        str | None,
        typer.Option(
            help="What stands there; if it is something else, nothing is changed.",
            show_default=False,
        ),
    ] = None,
    source: Source,
    date: Day = None,
    city: CityOption = "milano",
    dry_run: DryRun = False,
    debug: Debug = False,
) -> None:
    """Correct a value of a place; position and zones follow a new address.

    For example: `quartieri15 registry correct registry.csv CSRC-09 --column address --new
    'Via Zante 36' --source 'visit of the office'`
    """
    with plainly(context, debug=debug):
        from quartieri15.publish.terminal import show_registry_edit
        from quartieri15.sources.registry_edits import correct_place

        edit = correct_place(
            file,
            place,
            city=_load(city),
            column=column,
            new=new,
            old=old,
            source=source,
            date=_day(date),
            dry_run=dry_run,
        )
        show_registry_edit(edit)


@registry_app.command("confirm")
def registry_confirm(
    context: typer.Context,
    file: RegistryFile,
    place: Annotated[str, typer.Argument(help="The id of the place.")],
    *,
    source: Source,
    date: Day = None,
    city: CityOption = "milano",
    dry_run: DryRun = False,
    debug: Debug = False,
) -> None:
    """Confirm the address of a place by one more source.

    For example: `quartieri15 registry confirm registry.csv CAM-01 --source 'site of the Comune'`
    """
    with plainly(context, debug=debug):
        from quartieri15.publish.terminal import show_registry_edit
        from quartieri15.sources.registry_edits import confirm_place

        edit = confirm_place(
            file, place, city=_load(city), source=source, date=_day(date), dry_run=dry_run
        )
        show_registry_edit(edit)


@registry_app.command("diff")
def registry_diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="The former registry.csv.")],
    new: Annotated[Path, typer.Argument(help="The newer one.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A file that ends in .md, .html or .csv; printed if you give none.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="The language of the sentences: it or en.")] = "it",
    debug: Debug = False,
) -> None:
    """Say what changed between two registries, in sentences.

    For example: `quartieri15 registry diff old.csv registry.csv --out changes.html`
    """
    with plainly(context, debug=debug):
        from quartieri15.publish import registry_changes
        from quartieri15.publish.terminal import plain
        from quartieri15.sources.registry_differences import registry_differences

        found = registry_differences(old, new)
        if out is not None:
            registry_changes.write_registry_changes(found, out, language=language)
            typer.echo(f"Changes: {out}")
            return
        typer.echo(registry_changes.registry_change_summary(found, language=language))
        for sentence in registry_changes.registry_change_sentences(found, language=language):
            typer.echo(plain(sentence).plain)


def _day(text: str | None) -> dt.date:
    from quartieri15.planning.runs import require_date

    return dt.date.today() if text is None else require_date(text)  # noqa: DTZ011


def _as_flag(where: str | None, context: typer.Context) -> str | None:
    """Call a parameter of the library what the command calls it: ``groups`` is ``--group``."""
    flags = {option.name: option.opts[0] for option in context.command.params}
    name = where or ""
    return flags.get(name) or flags.get(name.removesuffix("s")) or where


def _load(city: str) -> City:
    from quartieri15.editions.loading import load

    return load(city)


def _travellers(names: Sequence[str], speed_kmh: float | None) -> list[TravelProfile]:
    from quartieri15.model import profiles

    found = [
        profiles.from_yaml(name) if name.lower().endswith((".yaml", ".yml")) else profiles.get(name)
        for name in names
    ]
    if speed_kmh is None:
        return found
    if len(found) > 1:
        raise typer.BadParameter(
            "goes with one --profile, and several are named", param_hint="--speed-kmh"
        )
    return [(found[0] if found else profiles.WALK_ADULT).with_(speed_kmh=speed_kmh)]


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read ``name=value`` texts."""
    pairs = [text.partition("=") for text in texts]
    if not all(name and value for name, _, value in pairs):
        raise typer.BadParameter("is not of the form ages=ds1234", param_hint="--dataset")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _told(found: Update) -> str:
    """Say what an update has come to."""
    if found.replaced:
        former = f"\nThe former one: {found.former}" if found.former else ""
        return f"City: {found.folder}{former}"
    if found.changes is None:
        return f"Nothing is new; the edition in {found.folder} is as it was."
    return f"Nothing was replaced; the edition in {found.folder} is as it was."


def _tell_where(out: Path) -> None:
    typer.echo(f"Sheet: {out / 'index.html'}\nAll results: {out}")


def _complain(text: str) -> None:
    """Say what went wrong, in red where colours show."""
    from rich.console import Console

    from quartieri15.publish.terminal import plain

    console = Console(stderr=True, soft_wrap=True)
    console.print(plain(text), style="bold red", highlight=False)

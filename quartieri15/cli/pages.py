"""Commands that publish: pages and reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quartieri15.cli.application import (
    CityName,
    Debug,
    Group,
    Minutes,
    Out,
    Profile,
    app,
    complain,
    opened_city,
    plainly,
    travellers_named,
)
from quartieri15.interrupts import tidying_up


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
                opened_city(city),
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
        traveller = travellers_named([profile], None)[0]
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            summary = write_reports(
                opened_city(city),
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
            complain(f"No PDF was written. {summary['no_pdf']}")

"""Commands that ask of a city: who reaches what, what is known, where an address is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quartieri15.cli.application import (
    CityName,
    CityOption,
    Debug,
    DecimalComma,
    Groups,
    Out,
    app,
    opened_city,
    plainly,
    travellers_named,
)
from quartieri15.interrupts import tidying_up


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

        travellers = travellers_named(profile or (), speed_kmh)
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            summary = analysis_folder.write_analysis(
                opened_city(city),
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
def info(context: typer.Context, city: CityName = "milano", *, debug: Debug = False) -> None:
    """Tell what is known of a city, how old it is, and who may be asked about.

    For example: `quartieri15 info milano`
    """
    with plainly(context, debug=debug):
        from quartieri15.publish.terminal import show_city

        show_city(opened_city(city))


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

        if column is None and out is None and not any(map(_is_table, asked)):
            found = find(opened_city(city), asked, municipio=municipio, alternatives=alternatives)
        else:
            table, answers, name = _only_table(asked, column, out, alternatives)
            with tidying_up(), progress.shown(city) as say:
                found = geocode_csv(
                    opened_city(city),
                    table,
                    answers,
                    column=name,
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


def _is_table(asked: str) -> bool:
    return asked.lower().endswith((".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods"))


def _only_table(
    asked: list[str], column: str | None, out: Path | None, alternatives: int
) -> tuple[str, Path, str]:
    """Return the file of addresses, where the answers go and which column to read."""
    if len(asked) > 1:
        raise typer.BadParameter(
            f"{len(asked)} are given, and --column and --out go with one CSV file",
            param_hint="FILE",
        )
    if not _is_table(asked[0]) and not Path(asked[0]).exists():
        option = "--column" if out is None else "--out"
        raise typer.BadParameter(
            f"goes only with a file of addresses, and {asked[0]!r} is none; leave it out to see "
            "the answer here",
            param_hint=option,
        )
    if column is None:
        raise typer.BadParameter(
            f"say which column of {asked[0]} holds the addresses, such as --column indirizzo",
            param_hint="--column",
        )
    if out is None:
        raise typer.BadParameter(
            "say where the table with the answers shall stand, such as --out found.csv",
            param_hint="--out",
        )
    if alternatives:
        raise typer.BadParameter(
            "goes with addresses on the command line; a file has one answer in each row",
            param_hint="--alternatives",
        )
    return asked[0], out, column

"""Commands that see and edit a registry of places."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quartieri15.cli.application import CityOption, Debug, app, opened_city, plainly
from quartieri15.interrupts import tidying_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from quartieri15.sources.registry_file import RegistryEdit

registry_app = typer.Typer(
    help="See and edit a registry of places: every change with its source and its day.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.add_typer(registry_app, name="registry")
RegistryFile = Annotated[Path, typer.Argument(help="The registry.csv of an edition of Milano.")]
Source = Annotated[str, typer.Option(help="Who says so: a document, a visit, a letter.")]
Day = Annotated[
    str | None,
    typer.Option(
        help="The day of the source, such as 2026-11-26, not later than today; today if you give "
        "none."
    ),
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
        str | None,
        typer.Option(
            help="How surely it stands there: civic, street or neighbourhood; civic where its "
            "address is found.",
            show_default=False,
        ),
    ] = None,
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
        from quartieri15.sources.registry_cells import position_in
        from quartieri15.sources.registry_edits import add_place

        _edited(
            add_place,
            file,
            name=name,
            kind=kind,
            address=address,
            position=None if position is None else position_in(position, where="position"),
            location_precision=precision,
            location_uncertainty_m=uncertainty_m,
            said=(city, source, date, dry_run),
        )


@registry_app.command("correct")
def registry_correct(
    context: typer.Context,
    file: RegistryFile,
    place: Annotated[str, typer.Argument(help="The id of the place.")],
    *,
    column: Annotated[
        str,
        typer.Option(
            help="What is corrected: address, position, name, kind, municipio, has_wemi, "
            "wemi_desk, location_precision, location_uncertainty_m, ds3017_id; confidence only "
            "downwards."
        ),
    ],
    new: Annotated[str, typer.Option(help="What is right.")],
    old: Annotated[
        str | None,
        typer.Option(
            help="What stands there; if it is something else, nothing is changed.",
            show_default=False,
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="With a new position: how surely it stands there (civic, street or "
            "neighbourhood); as before if you give none.",
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

    What is known of the former position, how many metres it may be off, is emptied with it; no
    correction raises the confidence. Where nothing changes, such as by the same address in another
    spelling, nothing is written.

    For example: `quartieri15 registry correct registry.csv CSRC-09 --column address --new
    'Via Zante 36' --source 'visit of the office'`
    """
    with plainly(context, debug=debug):
        from quartieri15.sources.registry_edits import correct_place

        _edited(
            correct_place,
            file,
            place,
            column=column,
            new=new,
            old=old,
            location_precision=precision,
            said=(city, source, date, dry_run),
        )


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
        from quartieri15.sources.registry_edits import confirm_place

        _edited(confirm_place, file, place, said=(city, source, date, dry_run))


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
            help="A file that ends in .md, .html or .csv; printed if you give none. A file that "
            "stands there is replaced where no line of it would be lost.",
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
        from quartieri15.publish.single_files import require_single_file
        from quartieri15.publish.terminal import plain
        from quartieri15.sources.registry_differences import registry_differences

        if out is not None:
            require_single_file(
                out, endings=registry_changes.ENDINGS, read=[old, new], where="--out"
            )
        found = registry_differences(old, new)
        if out is not None:
            registry_changes.write_registry_changes(found, out, language=language)
            typer.echo(f"Changes: {out}")
            return
        typer.echo(registry_changes.registry_change_summary(found, language=language))
        for sentence in registry_changes.registry_change_sentences(found, language=language):
            typer.echo(plain(sentence).plain)


def _edited(
    edit: Callable[..., RegistryEdit],
    file: Path,
    *place: str,
    said: tuple[str, str, str | None, bool],
    **what: Any,
) -> None:
    """Edit a registry and show what changes: of a city, by a source, on a day, or not yet."""
    from quartieri15.planning.runs import require_date
    from quartieri15.publish.terminal import show_registry_edit

    city, source, date, dry_run = said
    day = dt.date.today() if date is None else require_date(date)  # noqa: DTZ011
    told = {"source": source, "date": day, "dry_run": dry_run}
    with tidying_up():
        found = edit(file, *place, city=opened_city(city), **told, **what)
    show_registry_edit(found)

"""Commands that make a city: begin it, check its files, build it, bring it up to date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quartieri15.cli.application import DATA_PROBLEM, Debug, app, plainly
from quartieri15.errors import ParameterError
from quartieri15.interrupts import tidying_up

if TYPE_CHECKING:
    from quartieri15.publish.updating import Update


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
        str | None,
        typer.Argument(
            help="A folder with a city.toml, or a city with a recipe: milano.", show_default=False
        ),
    ] = None,
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

    if city is None:
        raise typer.BadParameter(
            "say what to build: a folder with a city.toml (. is this one), or milano",
            param_hint="CITY",
        )
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
                # Among the notes about every street the one error would drown.
                show_findings(error.found[error.found["severity"] == "error"])
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
            help="Folder with the raw files the edition was built from; those that are fetched "
            "need not be in it. Needed once: after that they are in the cache.",
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

        from quartieri15.progress import in_lines
        from quartieri15.publish import updating
        from quartieri15.publish.terminal import show_update

        _refuse_contradictions(context)
        if kept or back:
            _tell_former(out or city, back=back)
            return
        given: dict[str, Any] = {
            "sources": sources,
            "out": out,
            "streets": streets,
            "keep": keep or (),
            "datasets": _pairs(dataset or ()),
            "offline": offline,
            "hosts": host or (),
            "cache": cache,
            "portal": portal,
            "overpass": overpass,
        }
        if not (yes or dry_run or as_json or sys.stdin.isatty()):
            updating.require_possible(city, **given)
            raise ParameterError(
                "nobody is there to be asked", where="yes", mend="say --yes or --dry-run"
            )

        def agreed(found: updating.Update) -> bool:
            if not as_json:
                show_update(found)
            try:
                return yes or typer.confirm(f"Replace the edition in {found.folder}?")
            except typer.Abort:
                raise KeyboardInterrupt from None

        asks = not dry_run and (yes or not as_json)
        found = updating.update(
            city, **given, confirm=agreed if asks else None, progress=in_lines(city)
        )
        if as_json:
            typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
            return
        if found.changes is None or not asks:
            show_update(found)
        typer.echo(_told(found))


def _refuse_contradictions(context: typer.Context) -> None:
    """Refuse options that cannot be meant together, and name both."""
    given = {
        str(option.name): option.opts[0]
        for option in context.command.params
        if str(context.get_parameter_source(str(option.name))).endswith("COMMANDLINE")
    }
    if {"yes", "dry_run"} <= given.keys():
        raise typer.BadParameter("--yes replaces and --dry-run does not: say one of the two")
    for alone in ("back", "kept"):
        for name, flag in given.items():
            if alone in given and name not in (alone, "city", "out", "debug"):
                raise typer.BadParameter(
                    f"--{alone} goes alone, or with --out, and not with {flag}"
                )


def _tell_former(edition: str | Path, *, back: bool) -> None:
    """Bring the former edition back, or list those that are kept."""
    from quartieri15.editions.loading import find_edition
    from quartieri15.editions.updating import go_back, kept_editions

    if back:
        with tidying_up():
            folder = go_back(edition)
        typer.echo(f"Back in place: {folder}")
        return
    formers = kept_editions(edition)
    for path in formers:
        typer.echo(str(path))
    if not formers:
        typer.echo(f"No former edition of {find_edition(edition)} is kept.", err=True)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read ``name=value`` texts."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, value = (part.strip() for part in text.partition("=")[::2])
        if not (name and value):
            raise typer.BadParameter("is not of the form ages=ds1234", param_hint="--dataset")
        if pairs.setdefault(name, value) != value:
            raise typer.BadParameter(
                f"{name}={pairs[name]} and {name}={value} contradict each other",
                param_hint="--dataset",
            )
    return pairs


def _told(found: Update) -> str:
    """Say what an update has come to."""
    if found.replaced:
        former = f"\nThe former one: {found.former}" if found.former else ""
        return f"City: {found.folder}{former}"
    if found.changes is None:
        return f"Nothing is new; the edition in {found.folder} is as it was."
    return f"Nothing was replaced; the edition in {found.folder} is as it was."

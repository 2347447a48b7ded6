"""Commands for dated answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quartieri15.cli.application import (
    CityName,
    Debug,
    Groups,
    Minutes,
    Profile,
    To,
    app,
    opened_city,
    plainly,
    travellers_named,
)
from quartieri15.interrupts import tidying_up


@app.command()
def run(
    context: typer.Context,
    city: CityName = "milano",
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of runs; what stands in it stays.")
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
        traveller = travellers_named([profile], None)[0]
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            _, path = record_run(
                opened_city(city),
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
            help="A CSV file for the figures of all of them; one of an earlier call is replaced "
            "where no line of it would be lost.",
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
            change = compare_runs(*found, other_questions=other_questions)
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

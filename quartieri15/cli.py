"""The same questions on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quartieri15.errors import Quartieri15Error
from quartieri15.interrupts import INTERRUPTED, TERMINATED, Terminated, tidying_up
from quartieri15.model.residents import GROUPS

if TYPE_CHECKING:
    from rich.text import Text

    from quartieri15.model.city import City

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
Debug = Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")]


@contextmanager
def plainly(*, debug: bool) -> Iterator[None]:
    """Turn what goes wrong into one line for people and an exit code for programs."""
    try:
        yield
    except KeyboardInterrupt as error:
        _complain("Interrupted; nothing is half-written.")
        code = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        raise typer.Exit(code) from None
    except Quartieri15Error as error:
        if debug:
            raise
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
    city: CityName = "milano",
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="Folder for the results. It is replaced if an earlier run wrote it; other "
            "folders that are not empty are left alone.",
        ),
    ],
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
    group: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Which groups to count: {', '.join(GROUPS)}. Repeat it for several; "
            "all of them if you name none.",
            show_default=False,
        ),
    ] = None,
    speed_kmh: Annotated[
        float | None,
        typer.Option(
            help="A pace of your own, in km/h, for the one profile you name "
            "(walk_adult if you name none).",
        ),
    ] = None,
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
    with plainly(debug=debug):
        from quartieri15 import progress
        from quartieri15.publish import site

        travellers = _travellers(profile or (), speed_kmh)
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            summary = site.write_site(
                _load(city),
                out,
                profiles=travellers or site.PROFILES,
                minutes=minutes or site.MINUTES,
                places=places or site.PLACES,
                groups=group or None,
                progress=say,
            )
        _print_answer(summary)
        typer.echo(f"Map: {out / 'index.html'}\nAll results: {out}")


@app.command()
def build(
    city: Annotated[str, typer.Argument(help="The city whose recipe to follow.")] = "milano",
    *,
    sources: Annotated[
        Path, typer.Option(help="Folder with the raw files as their publishers give them.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the city; data/CITY if you give none.", show_default=False),
    ] = None,
    debug: Debug = False,
) -> None:
    """Make a city of raw files: streets, places, zones, and people at their addresses.

    For example: `quartieri15 build milano --sources raw --out my-milano`
    """
    with plainly(debug=debug):
        from quartieri15 import progress
        from quartieri15.editions.loading import recipe

        target = out or Path("data") / city
        with tidying_up(), progress.shown(city) as say:
            recipe(city).build(sources, target, progress=say)
        typer.echo(f"City: {target}")


@app.command()
def info(city: CityName = "milano", *, debug: Debug = False) -> None:
    """Tell what is known of a city, how old it is, and who may be asked about.

    For example: `quartieri15 info milano`
    """
    with plainly(debug=debug):
        _describe(_load(city))


def _describe(found: City) -> None:
    """Print what the city holds and who may travel."""
    from rich.console import Console
    from rich.table import Table

    from quartieri15.model.profiles import PROFILES
    from quartieri15.publish.words import edits_text

    told = found.provenance
    console = Console()
    facts = Table(title=_plain(found.name), title_justify="left", show_header=False)
    streets = found.streets

    def fact(what: str, value: object) -> None:
        facts.add_row(_plain(what), _plain(value))

    fact("streets", f"{streets.length_km:,.0f} km in {len(streets.edges):,} segments")
    for name in found.place_sets:
        fact(f"--places {name}", f"{len(found.places_named(name)):,}")
    for name, table in found.zones.items():
        fact(name, f"{len(table):,} zones")
    for group in found.groups:
        fact(f"--group {group}", f"{found.residents[group].sum():,.0f}")
    for what, when in told.get("vintages", {}).items():
        fact(f"data of: {what}", when)
    if told.get("edited"):
        fact("edited", edits_text(told["edited"], "en"))
    fact("licence", told.get("licence_line", "not stated"))
    console.print(facts)
    who = Table(title="Who travels", title_justify="left")
    for heading in ("--profile", "km/h", "who", "source of the speed"):
        who.add_column(heading, overflow="fold")
    for name, traveller in PROFILES.items():
        who.add_row(name, f"{traveller.speed_kmh:g}", traveller.label_en, traveller.source)
    console.print(who)


def _load(city: str) -> City:
    from quartieri15.editions.loading import load

    return load(city)


def _travellers(names: list[str] | tuple[str, ...], speed_kmh: float | None) -> list[Any]:
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


def _print_answer(summary: dict[str, Any]) -> None:
    """Print which share of the main groups is covered, per question."""
    from rich.console import Console
    from rich.table import Table

    totals = summary["residents"]
    main = [group for group in ("over65", "foreign") if group in totals] or list(totals)
    title = _plain(f"{summary['city']}: who reaches a place in time")
    answer = Table(title=title, title_justify="left")
    for heading in ("places", "profile", "km/h", "minutes"):
        answer.add_column(heading)
    for group in main:
        answer.add_column(_plain(f"{group} ({_number(totals[group])})"), justify="right")
    asked: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in summary["coverage"]:
        key = tuple(row[name] for name in ("places", "profile", "speed_kmh", "minutes"))
        share = "-" if row["share"] is None else f"{row['share']:.1%}"
        asked.setdefault(key, {})[row["group"]] = f"{share} ({_number(row['covered'])})"
    for (places, profile, speed, minutes), shares in asked.items():
        found = [shares[group] for group in main]
        answer.add_row(*map(_plain, (places, profile, f"{speed:g}", f"{minutes:g}", *found)))
    Console().print(answer)


def _plain(text: object) -> Text:
    """Return a text as it stands: rich would read ``[red]`` and ``:house:`` in a plain string."""
    from rich.text import Text

    from quartieri15.publish.words import visible

    return Text(visible(str(text)))


def _number(count: float | None) -> str:
    return "-" if count is None else f"{count:,.0f}"


def _complain(text: str) -> None:
    """Say what went wrong, in red where colours show."""
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True)
    console.print(_plain(text), style="bold red", highlight=False)

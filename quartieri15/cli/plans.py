"""Commands that ask what would change: scenarios, sites, missing links."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from quartieri15.cli.application import (
    CityOption,
    Debug,
    DecimalComma,
    Group,
    Groups,
    Minutes,
    Out,
    Profile,
    To,
    app,
    opened_city,
    plainly,
    tell_where,
    travellers_named,
)
from quartieri15.errors import ParameterError
from quartieri15.interrupts import tidying_up


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
        travellers = travellers_named(profile or ("walk_75",), None)
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            found = opened_city(city)
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
        tell_where(out)


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
        traveller = travellers_named([profile], None)[0]
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
            found = opened_city(city)
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
        tell_where(out)


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
        traveller = travellers_named([profile], None)[0]
        kinds: dict[str, Any] = {"kinds": kind} if kind else {}
        with tidying_up(), progress.shown(city) as say:
            say("reading the city")
            found = opened_city(city)
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
        tell_where(out)

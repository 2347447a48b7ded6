"""What a terminal shows of a city and of answers: a few lines of what their folders hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from quartieri15.publish.words import edits_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quartieri15.model.city import City
    from quartieri15.planning.runs import Run, RunChange
    from quartieri15.publish.updating import Update
    from quartieri15.sources.registry_file import RegistryEdit

LEADING: Final = ("over65", "foreign")
"""The groups that are shown where they were counted; else all that were."""


def plain(text: object) -> Text:
    """Return a text as it stands: rich would read ``[red]`` and ``:house:`` in a plain string."""
    return Text(visible(str(text)))


def show_city(city: City) -> None:
    """Show what a city holds, and who may travel in it."""
    from quartieri15.model.profiles import PROFILES

    told = city.provenance
    facts = Table(title=plain(city.name), title_justify="left", show_header=False)
    streets = city.streets

    def fact(what: str, value: object) -> None:
        facts.add_row(plain(what), plain(value))

    fact("streets", f"{streets.length_km:,.0f} km in {len(streets.edges):,} segments")
    for name in city.place_sets:
        # Houses and WeMi desks can be asked about everywhere; what a city has not is no news.
        if count := len(city.places_named(name)):
            fact(f"--places {name}", f"{count:,}")
    for name, table in city.zones.items():
        fact(name, f"{len(table):,} zones")
    for group in city.groups:
        fact(f"--group {group}", f"{city.residents[group].sum():,.0f}")
    for what, when in told.get("vintages", {}).items():
        fact(f"data of: {what}", when)
    if told.get("edited"):
        fact("edited", edits_text(told["edited"], "en"))
    fact("licence", told.get("licence_line", "not stated"))
    console = Console()
    console.print(facts)
    who = Table(title="Who travels", title_justify="left")
    for heading in ("--profile", "km/h", "who", "source of the speed"):
        who.add_column(heading, overflow="fold")
    for name, traveller in PROFILES.items():
        who.add_row(name, f"{traveller.speed_kmh:g}", traveller.label_en, traveller.source)
    console.print(who)


def show_coverage(summary: Mapping[str, Any]) -> None:
    """Show which share of the leading groups is covered, per question."""
    totals = summary["residents"]
    groups = _leading(totals)
    asked: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in summary["coverage"]:
        key = tuple(row[name] for name in ("places", "profile", "speed_kmh", "minutes"))
        text = f"{_percent(row['share'])} ({_count(row['covered'])})"
        asked.setdefault(key, {})[row["group"]] = text
    _show(
        f"{summary['city']}: who reaches a place in time",
        ["places", "profile", "km/h", "minutes"],
        [f"{group} ({_count(totals[group])})" for group in groups],
        (
            (places, profile, f"{speed:g}", f"{minutes:g}", *(shares[group] for group in groups))
            for (places, profile, speed, minutes), shares in asked.items()
        ),
    )


def show_comparison(summary: Mapping[str, Any]) -> None:
    """Show who of the leading groups gains and loses by each scenario, a table per question."""
    rows = [row for row in summary["comparison"] if row["area_set"] == "city"]
    groups = _leading(row["group"] for row in rows)
    travellers = summary["asked"]["profiles"]
    asked: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        if row["group"] not in groups:
            continue
        who, at = row["profile"], row["at"]
        when = f"{at}, unknown hours {row['unknown_hours']}" if at else "any time"
        speed = f"{travellers[who]['speed_kmh']:g} km/h"
        question = f"what changes, {who} ({speed}), {row['minutes']:g} minutes, {when}"
        counts = [_count(row[name]) for name in ("gained", "lost")]
        shares = [_percent(row[f"share_{side}"]) for side in ("before", "after")]
        line = (row["scenario"], row["group"], *counts, *shares)
        asked.setdefault(question, []).append(line)
    for question, lines in asked.items():
        figures = ["gained", "lost", "share before", "after"]
        _show(f"{summary['city']}: {question}", ["scenario", "group"], figures, lines)


def show_sites(summary: Mapping[str, Any]) -> None:
    """Show the sites and what each brings, and what is proven of all."""
    asked = summary["asked"]
    proven = "proven best" if asked["proven"] else f"at most {asked['gap']:.2%} from the best"
    _show(
        f"{_question(summary)}, by {asked['objective']}: {proven}",
        ["rank", "site"],
        ["newly within", "in all within"],
        (
            (
                row["rank"],
                row["address"] or row["street"] or row["candidate_id"],
                _count(row["gain"]),
                _count(row["covered_total"]),
            )
            for row in summary["sites"]
        ),
    )


def show_links(summary: Mapping[str, Any]) -> None:
    """Show the links that help most, and whom each helps."""
    listed = summary["links"][: summary["asked"]["listed"]]
    _show(
        f"{_question(summary)}: missing links",
        ["rank", "between", "kind"],
        ["metres", "newly within", "sooner there"],
        (
            (
                row["rank"],
                " - ".join(dict.fromkeys(filter(None, (row["from_street"], row["to_street"]))))
                or row["link_id"],
                row["kind"],
                *(_count(row[name]) for name in ("length_m", "gained", "quicker")),
            )
            for row in listed
        ),
    )


def show_geocoded(found: pd.DataFrame) -> None:
    """Show what addresses were taken for, how surely, and why."""
    _show(
        "Addresses",
        ["written", "found", "precision", "reason"],
        ["score"],
        (
            (
                "" if row["query"] is None else row["query"] if row["rank"] == 1 else "  or",
                " ".join(filter(None, (row["street"], row["number"]))) or "-",
                row["precision"],
                row["reason"],
                f"{row['score']:.3g}",
            )
            for row in found.to_dict("records")
        ),
    )


def show_change(change: RunChange) -> None:
    """Show the totals of two runs beside each other."""
    whole = change.table[change.table["by"] == "city"]
    rows = whole if len(whole) else change.table
    _show(
        "Before and after",
        ["zone", "group"],
        ["covered before", "after", "difference", "share before", "after"],
        (
            (
                row["zone"],
                row["group"],
                *(_count(row[f"covered_{side}"]) for side in ("before", "after", "difference")),
                *(_percent(row[f"share_{side}"]) for side in ("before", "after")),
            )
            for row in rows.to_dict("records")
        ),
    )


def show_findings(found: pd.DataFrame) -> None:
    """Show what a check has found, a table for each severity, and how many there are."""
    told = found.attrs
    for severity, rows in found.groupby("severity", sort=False):
        table = Table(title=plain(f"{severity}s"), title_justify="left", show_lines=True)
        for heading, ratio in (("where", 2), ("problem", 4), ("mend", 3)):
            table.add_column(heading, overflow="fold", ratio=ratio)
        for row in rows.to_dict("records"):
            where = ", ".join(row[name] for name in ("file", "row", "column") if row[name])
            table.add_row(*map(plain, (where, row["problem"], row["mend"])))
        Console().print(table)
    words = ("error", "warning", "note")
    counts = ", ".join(f"{told[word]} {word}{'' if told[word] == 1 else 's'}" for word in words)
    Console(soft_wrap=True).print(plain(f"{told['folder']} ({told['kind']}): {counts}"))


def show_places(places: pd.DataFrame, title: str) -> None:
    """Show rows of a registry."""
    texts = ["municipio", "id", "name", "address", "location_precision", "confidence"]
    rows = places[texts].astype(object).where(places[texts].notna(), "-")
    _show(f"{title}: {len(places)}", texts, [], rows.itertuples(index=False))


def show_registry_edit(edit: RegistryEdit) -> None:
    """Show which cells of a registry change, or would."""
    rows = [(column, edit.before.get(column, ""), text) for column, text in edit.after.items()]
    title = f"{edit.place} {edit.what}" if edit.written else f"{edit.place}, nothing is written"
    _show(title, ["column", "before", "after"], [], rows)


def show_runs(runs: Iterable[Run]) -> None:
    """Show the totals of runs, a line each."""
    lines = []
    for run in sorted(runs, key=lambda run: run.date):
        whole = run.answers[run.answers["by"] == "city"]
        own = whole[whole["group"] == "over65"]
        told = (own if len(own) else whole).head(1).to_dict("records")
        figures = [_count(told[0]["covered"]), _percent(told[0]["share"])] if told else ["-", "-"]
        asked = run.question
        what = (asked["city"], asked["to"], asked["profile"], f"{asked['minutes']:g}")
        lines.append((run.date.isoformat(), *what, *figures))
    headings = ["date", "city", "places", "profile", "minutes", "over65 or first group", "share"]
    _show("Runs", headings, [], lines)


def show_update(found: Update) -> None:
    """Show what has come of every input, and what a newer edition changes."""
    inputs = ["name", "state", "vintage", "origin", "remark"]
    _show("Inputs", inputs, [], found.inputs[inputs].astype(str).to_numpy().tolist())
    if found.changes is None:
        return
    changes = found.changes
    _show(
        "People",
        ["group"],
        ["before", "after", "change", "%"],
        (
            (
                row["group"],
                *(_count(row[side]) for side in ("before", "after")),
                f"{row['change']:+,}",
                # Nought is added so that none has a minus.
                f"{round(row['share'], 3) + 0:+.1%}",
            )
            for row in changes.people.to_dict("records")
        ),
    )
    _show(
        "Coverage: houses, 15 minutes at the pace of 75",
        ["group"],
        ["covered before", "after", "share before", "after"],
        (
            (
                row["group"],
                *(_count(row[f"covered_{side}"]) for side in ("before", "after")),
                *(_percent(row[f"share_{side}"]) for side in ("before", "after")),
            )
            for row in changes.coverage.to_dict("records")
            if row["group"] in ("residents", *LEADING)
        ),
    )
    streets = changes.streets
    figures = ["km_before", "km_after", "change_km"]
    totals = streets.loc[streets["by"] == "highway", figures].sum()
    changed = streets[streets["change_km"].abs() >= 0.05]  # noqa: PLR2004
    _show(
        "Streets",
        ["by", "class"],
        ["km before", "after", "change"],
        (
            (*(row[name] for name in ("by", "class")), *(f"{row[name]:,.1f}" for name in figures))
            for row in [{"by": "", "class": "all", **totals}, *changed.to_dict("records")]
        ),
    )
    _show("Addresses", ["what"], ["count"], changes.addresses.to_numpy().tolist())
    for title, table, columns in (
        ("Places", changes.places, ["id", "name", "what", "columns", "moved_m"]),
        ("Zones", changes.zones, ["zones", "id", "name", "what"]),
    ):
        if len(table):
            _show(title, columns, [], table[columns].astype(str).to_numpy().tolist())
        else:
            Console().print(plain(f"{title}: no change"))


def _question(summary: Mapping[str, Any]) -> str:
    asked = summary["asked"]
    return (
        f"{summary['city']}, {asked['group']}, {asked['profile']} "
        f"({asked['speed_kmh']:g} km/h), {asked['minutes']:g} minutes"
    )


def _leading(groups: Iterable[str]) -> list[str]:
    known = list(dict.fromkeys(groups))
    return [group for group in LEADING if group in known] or known


def _show(
    title: str, texts: Sequence[str], figures: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Print a table; columns of figures stand to the right."""
    table = Table(title=plain(title), title_justify="left")
    for heading in texts:
        table.add_column(plain(heading), overflow="fold")
    for heading in figures:
        table.add_column(plain(heading), justify="right")
    for row in rows:
        table.add_row(*map(plain, row))
    Console().print(table)


def _count(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:,.0f}"


def _percent(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:.1%}"

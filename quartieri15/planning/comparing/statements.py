"""The sentences of a comparison, Italian first: they say what the tables say, and no more.

Numbers of people are rounded to tens, and what is above 0 and below 10 is not told; whoever
publishes may give another rule. Nothing is called a gain or a loss that is not one in the tables.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.analysis.draws import FEWEST_DRAWS
from quartieri15.arguments import is_finite, shown
from quartieri15.errors import ParameterError
from quartieri15.planning.speaking import (
    GROUPS,
    TOO_FEW,
    as_given,
    number,
    require_language,
    to_tens,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from quartieri15.planning.comparing.comparison import Comparison

    Rounded = Callable[[float], float | None]

WORDS: Final[dict[str, dict[str, str]]] = {
    # who
    **GROUPS,
    # where to
    "houses": {"it": "una Casa di Quartiere", "en": "a Casa di Quartiere"},
    "wemi": {"it": "uno Sportello WeMi", "en": "a WeMi desk"},
    "other_places": {"it": "uno dei luoghi «{name}»", "en": "one of the places “{name}”"},
    # when
    "at": {
        "it": "{time}, orari ignoti contati come {unknown}",
        "en": "{time}, unknown hours counted as {unknown}",
    },
    "closed": {"it": "chiuso", "en": "closed"},
    "open": {"it": "aperto", "en": "open"},
    "Mon": {"it": "lunedì", "en": "Monday"},
    "Tue": {"it": "martedì", "en": "Tuesday"},
    "Wed": {"it": "mercoledì", "en": "Wednesday"},
    "Thu": {"it": "giovedì", "en": "Thursday"},
    "Fri": {"it": "venerdì", "en": "Friday"},
    "Sat": {"it": "sabato", "en": "Saturday"},
    "Sun": {"it": "domenica", "en": "Sunday"},
    # coverage
    "no_change": {
        "it": "{head}: la copertura non cambia affatto. Per nessuno cambia il tempo per arrivare "
        "a {place}.",
        "en": "{head}: coverage does not change at all. Nobody’s way to {place} becomes shorter or "
        "longer.",
    },
    "none_known_open": {
        "it": "{head}: non si sa di nessun luogo aperto, né prima né dopo; nessuno è contato.",
        "en": "{head}: no place is known to be open, neither before nor after; nobody is counted.",
    },
    "gained": {
        "it": "{head}: arrivano a {place} in {minutes} minuti {gained} {group} che prima non ci "
        "arrivavano; nessuno smette di arrivarci.",
        "en": "{head}: {gained} {group} reach {place} in {minutes} minutes who did not before; "
        "nobody ceases to.",
    },
    "lost": {
        "it": "{head}: non arrivano più a {place} in {minutes} minuti {lost} {group}; nessuno in "
        "più ci arriva.",
        "en": "{head}: {lost} {group} no longer reach {place} in {minutes} minutes; nobody new "
        "does.",
    },
    "gained_and_lost": {
        "it": "{head}: arrivano a {place} in {minutes} minuti {gained} {group} che prima non ci "
        "arrivavano, e {lost} non ci arrivano più.",
        "en": "{head}: {gained} {group} reach {place} in {minutes} minutes who did not before, and "
        "{lost} no longer do.",
    },
    "none_of_group": {
        "it": "{head}: nessuno passa la soglia di {minutes} minuti ({group}).",
        "en": "{head}: among {group} nobody crosses the threshold of {minutes} minutes.",
    },
    "interval": {
        "it": "Tenuto conto di quanto non si sa {parts}, la differenza ({group}) sta tra {low} "
        "e {high} nel 90 % delle {draws} estrazioni, le stesse prima e dopo; è un guadagno in "
        "{share}.",
        "en": "With what is not known {parts}, the difference ({group}) lies between {low} and "
        "{high} in 90 % of {draws} draws, the same before and after; it is a gain in {share}.",
    },
    "interval_near_none": {
        "it": "Tenuto conto di quanto non si sa {parts}, la differenza ({group}) resta vicina a "
        "0 nel 90 % delle {draws} estrazioni, le stesse prima e dopo.",
        "en": "With what is not known {parts}, the difference ({group}) stays close to 0 in "
        "90 % of {draws} draws, the same before and after.",
    },
    "all_draws": {"it": "tutte", "en": "all of them"},
    "no_draws": {"it": "nessuna", "en": "none of them"},
    "share_of_draws": {"it": "circa {share} su 100", "en": "about {share} in 100"},
    "positions": {"it": "delle posizioni", "en": "of positions"},
    "pace": {"it": "del passo", "en": "of pace"},
    "residents_part": {"it": "del luogo di residenza", "en": "of where people live"},
    "and": {"it": " e ", "en": " and "},
    "quicker": {
        "it": "{quicker} {group} arrivano prima{median}.",
        "en": "{quicker} {group} get there sooner{median}.",
    },
    "slower": {
        "it": "{slower} {group} arrivano più tardi{median}.",
        "en": "{slower} {group} get there later{median}.",
    },
    "quicker_and_slower": {
        "it": "{quicker} {group} arrivano prima, {slower} più tardi.",
        "en": "{quicker} {group} get there sooner, {slower} later.",
    },
    "median": {
        "it": ", in mediana di {minutes} minuti",
        "en": ", in the median by {minutes} minutes",
    },
    # people who come and leave
    "population": {
        "it": "Cambiano i residenti: {change} {group} in tutta la città, di cui {covered} entro "
        "{minutes} minuti. Sono contati a parte.",
        "en": "The population changes: {change} {group} in the whole city, {covered} of them "
        "within {minutes} minutes. They are counted apart.",
    },
    # what else changes
    "changes": {"it": "Che cosa cambia: {what}.", "en": "What changes: {what}."},
    "nothing_changes": {
        "it": "Nei luoghi e nelle strade non cambia nulla.",
        "en": "Nothing changes in places or streets.",
    },
    "place_opened": {"it": "apre {place}", "en": "{place} opens"},
    "place_closed": {"it": "chiude {place}", "en": "{place} closes"},
    "place_moved": {"it": "{place} si sposta di {metres} m", "en": "{place} moves by {metres} m"},
    "place_placed": {
        "it": "cambia se la posizione di {place} è nota",
        "en": "whether the position of {place} is known changes",
    },
    "fact": {
        "it": "{place}: {fact} da «{before}» a «{after}»",
        "en": "{place}: {fact} from “{before}” to “{after}”",
    },
    "name": {"it": "nome", "en": "name"},
    "kind": {"it": "tipo", "en": "kind"},
    "network": {"it": "rete", "en": "network"},
    "hosts_wemi": {"it": "Sportello WeMi ospitato", "en": "hosted WeMi desk"},
    "opening_hours": {"it": "orari", "en": "opening hours"},
    "capacity": {"it": "capienza (persone)", "en": "capacity (people)"},
    "entrance_steps": {"it": "gradini all’ingresso", "en": "steps at the entrance"},
    "True": {"it": "sì", "en": "yes"},
    "False": {"it": "no", "en": "no"},
    "not_known": {"it": "non noto", "en": "not known"},
    "streets": {"it": "{metres} m di {measure}", "en": "{metres} m of {measure}"},
    "walkable": {"it": "strade percorribili a piedi", "en": "streets open on foot"},
    "rideable": {"it": "strade percorribili in bici", "en": "streets open by bicycle"},
    "low_stress": {"it": "strade tranquille in bici", "en": "streets calm to ride"},
    "cycle_track": {
        "it": "pista ciclabile (ogni carreggiata conta)",
        "en": "cycle track (each carriageway counts)",
    },
    "cycle_lane": {
        "it": "corsia ciclabile (ogni carreggiata conta)",
        "en": "cycle lane (each carriageway counts)",
    },
    "up_to_30_kmh": {
        "it": "strade con limite di 30 km/h o meno (ogni carreggiata conta)",
        "en": "streets limited to 30 km/h or less (each carriageway counts)",
    },
    "one_way": {"it": "strade a senso unico", "en": "one-way streets"},
    "steps": {"it": "scale", "en": "steps"},
    "and_more": {"it": "altri {count} cambiamenti", "en": "{count} more changes"},
    # hours
    "hours": {
        "it": "{time}: aperti per quanto si sa {open_before} luoghi prima e {open_after} dopo, "
        "chiusi {closed_before} e {closed_after}, di orario ignoto {unknown_before} e "
        "{unknown_after}.",
        "en": "{time}: {open_before} places are known to be open before and {open_after} after, "
        "{closed_before} and {closed_after} closed, {unknown_before} and {unknown_after} of "
        "unknown hours.",
    },
    "hours_were_unknown": {
        "it": "Gli orari di {places} prima non erano noti: ciò che cambia a quell’ora può essere "
        "quello che si sa, e non quello che accade.",
        "en": "The hours of {places} were not known before: what changes at that time may be what "
        "is known, and not what happens.",
    },
    # cost
    "cost": {"it": "Costa {cost} euro.", "en": "It costs {cost} euro."},
    "cost_per_person": {
        "it": "Costa {cost} euro: circa {each} euro a testa per chi prima non ci arrivava "
        "({gained} {group}).",
        "en": "It costs {cost} euro: about {each} euro for each who did not get there before "
        "({gained} {group}).",
    },
    "ranking": {
        "it": "{head}: per differenza di {group} entro {minutes} minuti, {order}.",
        "en": "{head}: by the difference in {group} within {minutes} minutes, {order}.",
    },
    # numbers
    "fewer_than": TOO_FEW,
    "too_few": {"it": "troppo pochi per dirlo", "en": "too few to tell"},
    "about_none": {"it": "circa 0", "en": "about 0"},
}
"""Every phrase, in both languages."""

MOST_CHANGES: Final = 12
"""As many changes are said one by one; the others are counted."""


def statement(found: Comparison, language: str, *, rounded: Rounded | None = None) -> list[str]:
    """Say what a comparison found; see :meth:`Comparison.statement`."""
    require_language(language)
    if rounded is not None and not _rounds(rounded):
        raise ParameterError(
            f"rounded is {shown(rounded)}",
            where="rounded",
            mend="give a function of a number that returns a number, or None for one not told",
        )
    return list(_Speaker(found, language, rounded or to_tens, default=rounded is None).sentences())


def _rounds(rounded: Any) -> bool:
    """Tell whether something takes a number and returns one, or None."""
    try:
        told = rounded(100.0)
    except (TypeError, ValueError, AttributeError):
        return False
    return told is None or is_finite(told)


def figure(value: Any, column: str) -> str:
    """Write a value of a summary as a notebook shows it."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        decimals = 2 if column.startswith("probability") else 0
        return f"{value:g}" if column == "minutes" else number(value, "en", decimals=decimals)
    return str(value)


class _Speaker:
    """Says one comparison in one language."""

    def __init__(
        self, found: Comparison, language: str, rounded: Rounded, *, default: bool
    ) -> None:
        self.found = found
        self.language = language
        self.rounded = rounded
        self.default = default
        summary = found.summary
        self.city = summary[summary["area_set"] == "city"]
        told = found.provenance["places"]
        self.place = (
            self.say(told) if told in ("houses", "wemi") else self.say("other_places", name=told)
        )

    def say(self, key: str, **values: str) -> str:
        return WORDS[key][self.language].format(**values)

    def people(self, count: float) -> str:
        told = self.rounded(float(count))
        if told is None:
            return self.say("fewer_than" if self.default else "too_few")
        return number(told, self.language)

    def difference(self, count: float) -> str:
        told = self.rounded(abs(float(count)))
        if not told:
            return self.say("about_none")
        return number(math.copysign(told, count), self.language)

    def signed(self, count: float) -> str:
        text = self.difference(count)
        return f"+{text}" if text[0].isdigit() and count > 0 else text

    def sentences(self) -> Iterator[str]:
        provenance = self.found.provenance
        for scenario in self.found.scenarios:
            rows = self.city[self.city["scenario"] == scenario]
            for profile in provenance["profiles"]:
                for (at, unknown), asked in rows[rows["profile"] == profile].groupby(
                    ["at", "unknown_hours"], sort=False
                ):
                    yield from self.coverage(scenario, profile, str(at), str(unknown), asked)
            yield from self.population(rows)
            yield from self.hours(scenario)
            yield self.changes(scenario)
        if len(self.found.scenarios) > 1:
            yield from self.ranking()

    def head(self, scenario: str, profile: str, at: str, unknown: str) -> str:
        told = self.found.provenance
        label = told["profiles"][profile][f"label_{self.language}"]
        date = told["dates"][scenario]
        day = "" if date is None else self.date(date)
        parts = [scenario, day, label]
        if at:
            parts.append(self.say("at", time=self.time(at), unknown=self.say(unknown)))
        return ", ".join(part for part in parts if part)

    def time(self, at: str) -> str:
        day, _, rest = at.partition(" ")
        return f"{self.say(day)} {rest}" if day in WORDS else at

    def date(self, date: str) -> str:
        day = dt.date.fromisoformat(date)
        return f"{day:%d/%m/%Y}" if self.language == "it" else date

    def coverage(
        self, scenario: str, profile: str, at: str, unknown: str, asked: pd.DataFrame
    ) -> Iterator[str]:
        head = self.head(scenario, profile, at, unknown)
        if unknown == "closed" and self._none_known_open(scenario, at):
            yield self.say("none_known_open", head=head)
            return
        drawn = asked[["low", "high"]].fillna(0.0).ne(0.0).any(axis=None)
        if not drawn and not self._any_time_changes(scenario, profile, at, unknown):
            yield self.say("no_change", head=head, place=self.place)
            return
        for _, rows in asked.groupby("minutes", sort=False):
            limit = as_given(rows["minutes"].iloc[0], self.language)
            if not (rows["gained"].any() or rows["lost"].any()):
                groups = self.listed([self.say(group) for group in rows["group"]])
                yield self.say("none_of_group", head=head, group=groups, minutes=limit)
                for _, row in rows.iterrows():
                    if row["low"] < 0 or row["high"] > 0:
                        yield from self.interval(row)
                continue
            for _, row in rows.iterrows():
                yield self.across(head, limit, row)
                yield from self.interval(row)
                yield from self.cost(row)
        for _, row in asked.drop_duplicates("group").iterrows():
            yield from self.sooner(row)

    def across(self, head: str, limit: str, row: pd.Series[Any]) -> str:
        gained, lost = row["gained"] > 0, row["lost"] > 0
        if not gained and not lost:
            return self.say("none_of_group", head=head, group=self.say(row["group"]), minutes=limit)
        key = "gained_and_lost" if gained and lost else "gained" if gained else "lost"
        return self.say(
            key,
            head=head,
            gained=self.people(row["gained"]),
            lost=self.people(row["lost"]),
            group=self.say(row["group"]),
            place=self.place,
            minutes=limit,
        )

    def interval(self, row: pd.Series[Any]) -> Iterator[str]:
        if self.found.provenance["draws"] < FEWEST_DRAWS:
            return
        if pd.isna(row["low"]):
            return
        drawn = self.found.provenance["drawn"]
        words = [
            self.say("positions") if drawn["positions"] else "",
            self.say("pace") if drawn["pace"][row["profile"]] else "",
            self.say("residents_part") if drawn["residents"] else "",
        ]
        parts = [word for word in words if word]
        if not parts:
            return
        share = float(row["probability_of_gain"])
        said = (
            self.say("all_draws")
            if share == 1
            else self.say("no_draws")
            if share == 0
            else self.say("share_of_draws", share=str(min(max(round(100 * share), 1), 99)))
        )
        low, high = self.difference(row["low"]), self.difference(row["high"])
        near_none = low == high == self.say("about_none")
        values = {} if near_none else {"low": low, "high": high, "share": said}
        yield self.say(
            "interval_near_none" if near_none else "interval",
            parts=self.listed(parts),
            group=self.say(row["group"]),
            draws=number(self.found.provenance["draws"], self.language),
            **values,
        )

    def cost(self, row: pd.Series[Any]) -> Iterator[str]:
        if pd.isna(row["cost_eur"]):
            return
        cost = number(row["cost_eur"], self.language)
        gained = self.rounded(float(row["gained"]))
        if not gained:
            yield self.say("cost", cost=cost)
            return
        each = row["cost_eur"] / gained
        # Two figures that tell: more would tell the people more exactly than they are told.
        digits = 1 - math.floor(math.log10(each)) if each > 0 else 0
        yield self.say(
            "cost_per_person",
            cost=cost,
            each=number(round(each, digits), self.language, decimals=max(0, digits)),
            gained=number(gained, self.language),
            group=self.say(row["group"]),
        )

    def sooner(self, row: pd.Series[Any]) -> Iterator[str]:
        quicker, slower = row["people_quicker"], row["people_slower"]
        group = self.say(row["group"])
        if quicker > 0 and slower > 0:
            yield self.say(
                "quicker_and_slower",
                quicker=self.people(quicker),
                slower=self.people(slower),
                group=group,
            )
        elif quicker > 0 or slower > 0:
            # One that is hidden is no number, and above nothing.
            count = quicker if quicker > 0 else slower
            median = ""
            if self.rounded(float(count)) is not None:
                minutes = abs(row["minutes_saved_p50"])
                told = number(minutes, self.language, decimals=1)
                median = self.say("median", minutes=told)
            yield self.say(
                "quicker" if quicker > 0 else "slower",
                quicker=self.people(quicker),
                slower=self.people(slower),
                group=group,
                median=median,
            )

    def population(self, rows: pd.DataFrame) -> Iterator[str]:
        changed = rows[
            (rows["population_change"].abs() > 0) | (rows["covered_by_population_change"].abs() > 0)
        ]
        for _, row in changed.drop_duplicates("group").iterrows():
            yield self.say(
                "population",
                change=self.signed(row["population_change"]),
                covered=self.signed(row["covered_by_population_change"]),
                group=self.say(row["group"]),
                minutes=as_given(row["minutes"], self.language),
            )

    def hours(self, scenario: str) -> Iterator[str]:
        table = self.found.hours
        for _, row in table[table["scenario"] == scenario].iterrows():
            yield self.say(
                "hours",
                time=self.time(row["at"]),
                **{
                    f"{short}_{side}": str(row[f"{name}_{side}"])
                    for short, name in (
                        ("open", "known_open"),
                        ("closed", "known_closed"),
                        ("unknown", "unknown"),
                    )
                    for side in ("before", "after")
                },
            )

        changed = self.found.place_changes
        learnt = changed[
            (changed["scenario"] == scenario)
            & changed["facts"].str.contains("opening_hours", regex=False)
            & changed["opening_hours_before"].isna()
        ]
        if len(table) and len(learnt):
            yield self.say("hours_were_unknown", places=self.listed(list(learnt["place"])))

    def changes(self, scenario: str) -> str:
        places, streets = self.found.place_changes, self.found.street_changes
        told = [
            text
            for _, row in places[places["scenario"] == scenario].iterrows()
            for text in self.of_place(row)
        ]
        told += [
            self.say(
                "streets",
                metres=("+" if row["difference_m"] > 0 else "")
                + number(row["difference_m"], self.language),
                measure=self.say(row["measure"]),
            )
            for _, row in streets[streets["scenario"] == scenario].iterrows()
            if abs(row["difference_m"]) >= 1
        ]
        if not told:
            return self.say("nothing_changes")
        if len(told) > MOST_CHANGES:
            rest = len(told) - MOST_CHANGES
            told = [*told[:MOST_CHANGES], self.say("and_more", count=str(rest))]
        return self.say("changes", what="; ".join(told))

    def of_place(self, row: pd.Series[Any]) -> Iterator[str]:
        place, change = row["place"], row["change"]
        if change == "moved" and pd.isna(row["moved_m"]):
            yield self.say("place_placed", place=place)
        elif change == "moved":
            yield self.say("place_moved", place=place, metres=number(row["moved_m"], self.language))
        elif change in ("opened", "closed"):
            yield self.say(f"place_{change}", place=place)
        for fact in filter(None, row["facts"].split(", ")):
            if fact == "name":
                continue
            yield self.say(
                "fact",
                place=place,
                fact=self.say(fact),
                before=self.value(row[f"{fact}_before"]),
                after=self.value(row[f"{fact}_after"]),
            )

    def value(self, value: Any) -> str:
        if value is None or pd.isna(value):
            return self.say("not_known")
        if str(value) in ("True", "False"):
            return self.say(str(value))
        if isinstance(value, float):
            return number(value, self.language)
        return str(value)

    def ranking(self) -> Iterator[str]:
        question = ["profile", "at", "unknown_hours", "minutes", "group"]
        for (profile, at, unknown, _, group), rows in self.city.groupby(question, sort=False):
            if rows["rank"].nunique() < 2 or not rows["difference"].any():  # noqa: PLR2004 - one has no order
                continue
            label = self.found.provenance["profiles"][profile][f"label_{self.language}"]
            when = (
                self.say("at", time=self.time(str(at)), unknown=self.say(str(unknown)))
                if str(at)
                else ""
            )
            order = ", ".join(
                f"{row['rank']}. {row['scenario']} ({self.difference(row['difference'])})"
                for _, row in rows.sort_values("rank", kind="stable").iterrows()
            )
            yield self.say(
                "ranking",
                head=", ".join(part for part in (label, when) if part),
                group=self.say(str(group)),
                minutes=as_given(rows["minutes"].iloc[0], self.language),
                order=order,
            )

    def listed(self, parts: Sequence[str]) -> str:
        *first, last = parts
        return f"{', '.join(first)}{self.say('and')}{last}" if first else last

    def _none_known_open(self, scenario: str, at: str) -> bool:
        hours = self.found.hours
        row = hours[(hours["scenario"] == scenario) & (hours["at"] == at)].iloc[0]
        return not row["known_open_before"] and not row["known_open_after"]

    def _any_time_changes(self, scenario: str, profile: str, at: str, unknown: str) -> bool:
        changed = self.found.addresses
        return bool(
            (
                (changed["scenario"] == scenario)
                & (changed["profile"] == profile)
                & (changed["at"] == at)
                & (changed["unknown_hours"] == unknown)
            ).any()
        )

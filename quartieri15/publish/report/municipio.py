"""The report of a Municipio: how it is served, who is left out, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely

from quartieri15.model import schemas
from quartieri15.publish import words
from quartieri15.publish.catalogue import say
from quartieri15.publish.gap_sentences import gap_sentences
from quartieri15.publish.palette import colour
from quartieri15.publish.report.bar_chart import Bar, Mark, bar_chart
from quartieri15.publish.report.contents import Figure, Picture, Report, Section, Table
from quartieri15.publish.report.figures import MUNICIPI, ZONES, ReportFigures
from quartieri15.publish.report.legend import area_sign, line_sign, symbol_sign
from quartieri15.publish.report.map_image import (
    Label,
    Shapes,
    Symbol,
    View,
    map_image,
)
from quartieri15.publish.report.method import method_sections
from quartieri15.publish.shares import beyond

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import geopandas as gpd

    from quartieri15.publish.report.contents import Sign

LEAST_PART: Final = 0.01
"""A NIL of which fewer people live in a Municipio is not among its NIL."""

MOST_AREAS: Final = 8
"""So many areas beyond the threshold are told, the largest first."""

_SECOND_NETWORK: Final = "ex_cam"


def municipio_report(
    figures: ReportFigures,
    zone_id: object,
    *,
    language: str,
    date: dt.date,
    publisher: Sequence[str] = (),
) -> Report:
    """Return the report of a Municipio.

    Parameters
    ----------
    figures
        What the reports of the city are made from.
    zone_id
        The ``id`` of the Municipio.
    language
        ``"it"`` or ``"en"``.
    date
        The date on it.
    publisher
        Who publishes it, line by line.
    """
    return _Municipio(figures, zone_id, language).report(date=date, publisher=publisher)


class _Municipio:
    """One Municipio in one language, and the phrases about it."""

    def __init__(self, figures: ReportFigures, zone_id: object, language: str) -> None:
        self.figures = figures
        self.city = figures.city
        self.zone_id = zone_id
        self.language = language
        zones = self.city.zones_named(MUNICIPI).set_index("id")
        self.name = words.zone_text(zones.loc[zone_id, "name"])
        self.area = zones.geometry[zone_id]
        self.blanks = {
            "municipio": self.name,
            "group": words.say(figures.group, language),
            "minutes": words.as_given(figures.minutes, language),
            "traveller": words.traveller_text(figures.profile, language),
            "city": words.isolated(self.city.name.title()),
        }

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **{**self.blanks, **values})

    def report(self, *, date: dt.date, publisher: Sequence[str]) -> Report:
        return Report(
            slug=f"municipio-{self.zone_id}",
            language=self.language,
            kicker=self.say("report.kicker"),
            title=self.say("report.title"),
            lead=self.say("report.lead"),
            figures=self._leading(),
            sections=[
                self._map_section(),
                self._zones_section(),
                self._groups_section(),
                self._houses_section(),
                self._gaps_section(),
                *method_sections(self.figures, self.language),
            ],
            date=date,
            publisher=publisher,
        )

    def _leading(self) -> list[Figure]:
        own = self.figures.row(MUNICIPI, self.zone_id)
        whole = self.figures.row("city")
        if beyond(own) is None:
            return [Figure(value="–", words=self.say("report.not_told"))]
        return [
            Figure(
                value=self._share_beyond(own),
                words=self.say("report.figure_share", share=self._share_beyond(whole)),
            ),
            Figure(
                value=self._people_beyond(own),
                words=self.say("report.figure_people", people=self._number(own["population"])),
            ),
            Figure(
                value=self._number(own["median_minutes"]),
                words=self.say(
                    "report.figure_minutes", median=self._number(whole["median_minutes"])
                ),
            ),
        ]

    def _map_section(self) -> Section:
        reached = self.figures.reached
        limits = [words.as_given(float(limit), self.language) for limit in reached["minutes"]]
        ramp = [colour(f"ramp-{step}") for step in range(2, 2 + len(limits))]
        bands = [
            Shapes(shapes=[shape], fill=ink)
            for shape, ink in zip(reversed(list(reached.geometry)), ramp, strict=True)
        ]
        nil = self._nil()
        legend = [
            area_sign(ink, self.say("report.sign_within", limit=limit))
            for ink, limit in zip(reversed(ramp), limits, strict=True)
        ]
        legend.append(area_sign(colour("land"), self.say("report.sign_beyond", limit=limits[-1])))
        legend += self._house_signs()
        legend.append(line_sign(colour("quiet"), self.say("report.sign_nil"), dashes="9 6"))
        drawing = map_image(
            self.city,
            View.of(self.area),
            area=self.area,
            title=self.say("report.map_text", limits=", ".join(limits)),
            under=bands,
            over=[
                Shapes(shapes=list(nil.geometry), stroke=colour("quiet"), width=3.0, dashes="14 9")
            ],
            labels=[
                Label(text=words.zone_text(name), area=shapely.intersection(shape, self.area))
                for name, shape in zip(nil["name"], nil.geometry, strict=True)
            ],
            symbols=self._symbols(),
            language=self.language,
        )
        return Section(
            title=self.say("report.map_title"),
            picture=Picture(drawing=drawing, caption=self.say("report.map_caption"), legend=legend),
        )

    def _nil(self) -> gpd.GeoDataFrame:
        """Return the NIL of which people live here, those first of whom most do."""
        people = self.figures.people_by_nil
        own = people[people[MUNICIPI] == self.zone_id].set_index(ZONES)["residents"]
        part = own / people.groupby(ZONES)["residents"].sum().reindex(own.index)
        part = part[part >= LEAST_PART]
        nil = self.city.zones_named(ZONES)
        nil = nil[nil["id"].isin(part.index)]
        return nil.assign(part=nil["id"].map(part), here=nil["id"].map(own)).sort_values(
            "here", ascending=False, kind="stable"
        )

    def _houses(self) -> pd.DataFrame:
        """Return the houses of the Municipio by name, with the numbers the map knows them by."""
        houses = self.city.houses
        own = houses[shapely.intersects(self.area, houses.geometry.to_numpy())]
        own = own.sort_values("name", kind="stable")
        numbered: pd.DataFrame = own.assign(number=[str(i) for i in range(1, len(own) + 1)])
        return numbered

    def _symbols(self) -> list[Symbol]:
        own = self._houses()
        numbers = dict(zip(own["id"], own["number"], strict=True))
        houses = self.city.houses
        houses = houses[~schemas.unplaced(houses.geometry)]
        return [
            Symbol(
                x=point.x,
                y=point.y,
                number=numbers.get(row["id"], ""),
                second=row["kind"] == _SECOND_NETWORK,
                uncertain=_is_rough(row),
            )
            for row, point in zip(houses.to_dict("records"), houses.geometry, strict=True)
        ]

    def _house_signs(self) -> list[Sign]:
        signs = [
            symbol_sign(
                Symbol(x=0, y=0, number="1"),
                self.say("report.sign_house", network=self._network("ex_csrc")),
            ),
            symbol_sign(
                Symbol(x=0, y=0, number="2", second=True),
                self.say("report.sign_house", network=self._network("ex_cam")),
            ),
            symbol_sign(Symbol(x=0, y=0), self.say("report.sign_elsewhere")),
        ]
        if any(_is_rough(row) for row in self._houses().to_dict("records")):
            signs.append(
                symbol_sign(
                    Symbol(x=0, y=0, number="3", uncertain=True), self.say("report.sign_rough")
                )
            )
        return signs

    def _zones_section(self) -> Section:
        table = self.figures.coverage[ZONES]
        own = table[table["group"] == self.figures.group].set_index("zone_id")
        rows, bars = [], []
        nil = self._nil()
        found = {zone_id: beyond(own.loc[zone_id]) for zone_id in nil["id"]}
        shares = nil["id"].map(lambda zone_id: told.share if (told := found[zone_id]) else None)
        order = shares.astype(float).sort_values(ascending=False, kind="stable")
        for zone in nil.loc[order.index].to_dict("records"):
            row, told = own.loc[zone["id"]], found[zone["id"]]
            name = words.zone_text(zone["name"])
            share = self._share_beyond(row)
            rows.append(
                [
                    name,
                    self._percent(zone["part"]),
                    *self._sides(row),
                    share,
                    self._number(row["median_minutes"]),
                ]
            )
            bars.append(
                Bar(
                    name=name,
                    share=told.share if told else None,
                    text=share if told else self._untold(row),
                )
            )
        municipio, whole = self.figures.row(MUNICIPI, self.zone_id), self.figures.row("city")
        rows.append(self._total(self.name, municipio))
        rows.append(self._total(self.blanks["city"], whole))
        marks = [
            Mark(share=told.share, text=f"{name}: {self._share_beyond(row)}")
            for row, name in ((municipio, self.name), (whole, self.blanks["city"]))
            if (told := beyond(row)) is not None
        ]
        chart = bar_chart(
            bars,
            title=self.say("report.chart_text", count=len(bars)),
            percent=[self._percent(part / 4) for part in range(5)],
            marks=marks,
        )
        return Section(
            title=self.say("report.zones_title"),
            picture=Picture(drawing=chart, caption=self.say("report.chart_caption")),
            tables=[
                Table(
                    caption=self.say("report.zones_caption"),
                    columns=[
                        self.say("report.column_nil"),
                        self.say("report.column_part"),
                        *self._side_columns(),
                        self.say("report.column_share_beyond"),
                        self.say("report.column_median"),
                    ],
                    rows=rows,
                    note=self.say("report.zones_note"),
                )
            ],
            new_page=True,
        )

    def _total(self, name: str, row: pd.Series[Any]) -> list[str]:
        return [
            name,
            "–",
            *self._sides(row),
            self._share_beyond(row),
            self._number(row["median_minutes"]),
        ]

    def _side_columns(self) -> list[str]:
        return [self.say(f"report.column_{side}") for side in ("population", "within", "beyond")]

    def _sides(self, row: pd.Series[Any]) -> list[str]:
        """Write who is counted, within and beyond; a limit where only that is published."""
        return [
            self._number(row["population"]),
            self._number(row["covered"]),
            self._people_beyond(row),
        ]

    def _share_beyond(self, row: pd.Series[Any]) -> str:
        told = beyond(row)
        return told.share_text(self.language) if told else "–"

    def _people_beyond(self, row: pd.Series[Any]) -> str:
        told = beyond(row)
        return told.people_text(self.language) if told else self._number(row["uncovered"])

    def _untold(self, row: pd.Series[Any]) -> str:
        return self.say("report.nobody" if row["population"] == 0 else "report.not_told")

    def _groups_section(self) -> Section:
        rows = []
        for group in self.city.groups:
            own = self.figures.row(MUNICIPI, self.zone_id, group)
            whole = self.figures.row("city", group=group)
            name = words.say(group, self.language)
            rows.append(
                [
                    name[:1].upper() + name[1:],
                    *self._sides(own),
                    self._share_beyond(own),
                    self._share_beyond(whole),
                ]
            )
        return Section(
            title=self.say("report.groups_title"),
            tables=[
                Table(
                    caption=self.say("report.groups_caption"),
                    columns=[
                        self.say("report.column_group"),
                        *self._side_columns(),
                        self.say("report.column_share_beyond"),
                        self.say("report.column_share_city"),
                    ],
                    rows=rows,
                    note=words.say("note_foreign", self.language),
                )
            ],
        )

    def _houses_section(self) -> Section:
        by_place = self.figures.coverage["place"]
        reach = by_place[by_place["group"] == self.figures.group].set_index("zone_id")
        rows = []
        for house in self._houses().to_dict("records"):
            told = reach.loc[house["id"]]
            desk = self.say("report.with_desk" if house["hosts_wemi"] else "report.without_desk")
            rows.append(
                [
                    f"{house['number']}. {words.isolated(str(house['name']))}",
                    self._network(str(house["kind"])),
                    self._address(house),
                    desk,
                    self._number(told["covered"]),
                    self._number(told["exclusive"]),
                ]
            )
        if not rows:
            return Section(
                title=self.say("report.houses_title"), paragraphs=[self.say("report.no_house")]
            )
        columns = ("house", "network", "address", "desk", "within", "exclusive")
        return Section(
            title=self.say("report.houses_title"),
            tables=[
                Table(
                    caption=self.say("report.houses_caption"),
                    columns=[self.say(f"report.column_{name}") for name in columns],
                    rows=rows,
                    texts=3,
                    note=self.say("report.houses_note"),
                )
            ],
        )

    def _network(self, kind: str) -> str:
        """Say what a house was before."""
        known = kind in ("ex_csrc", "ex_cam")
        return self.say(f"report.network_{kind}") if known else words.isolated(kind)

    def _address(self, house: Any) -> str:
        """Return an address, with what is uncertain of it; remarks of the registry are left out."""
        address = words.isolated(str(house.get("address") or "–").partition(" (")[0])
        if not _is_rough(house):
            return address
        precision = words.known(
            house["location_precision"], self.language, column="location_precision"
        )
        return self.say("report.rough_address", address=address, precision=precision)

    def _gaps_section(self) -> Section:
        gaps = self.figures.gaps
        own = gaps[gaps[MUNICIPI] == self.zone_id].head(MOST_AREAS)
        plain = pd.DataFrame(own.drop(columns=["geometry", f"{MUNICIPI}_name"]))
        plain[f"{ZONES}_name"] = plain[f"{ZONES}_name"].map(words.zone_text)
        said = gap_sentences(plain, language=self.language) if len(plain) else []
        return Section(
            title=self.say("report.gaps_title"),
            paragraphs=[self.say("report.gaps_lead" if said else "report.no_gaps")],
            items=said,
        )

    def _number(self, value: float) -> str:
        return words.number(value, self.language)

    def _percent(self, share: float) -> str:
        return words.percent(share, self.language)


def _is_rough(house: Any) -> bool:
    """Tell whether the position of a house is known less well than by its number."""
    return house.get("location_precision", "civic") not in ("civic", "point")

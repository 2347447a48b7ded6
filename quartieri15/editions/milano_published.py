"""What the raw files of Milano hold, as their publishers state it: the edition closes on it.

A table that was cut off, doubled or garbled does not add up to the figure of the city, and the
build stops. A new vintage of a file has other totals: they are written here, with their source.
Until they are, a newer file must be named as such (``milano_fetched``), and may differ in limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError
from quartieri15.sources.completeness import require_ids, require_totals

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from quartieri15.sources.tabular import Extent

MEND = "fetch the file again, whole and as published"
NIL = range(1, 89)
MUNICIPI = range(1, 10)
# NIL 8, Parco Sempione, has neither residents nor households in the figures of 2021.
NIL_WITHOUT_PEOPLE = frozenset({8})

AREA_KM2 = 181.76
"""NIL and Municipi each cover the comune: Comune di Milano, ds964 and ds379, 2020."""
RESIDENTS_2021: Mapping[str, int] = {
    "residents": 1_386_285,
    "65 and over": 311_777,
    "75 and over": 178_374,
    "85 and over": 60_109,
}
"""Comune di Milano, residents by age class, 2021."""
FOREIGN_2021: Mapping[str, int] = {"foreign": 280_819, "residents": 1_386_285}
"""Comune di Milano, ds205, 2021."""
HOUSEHOLDS_2021: Mapping[str, int] = {
    "households": 706_915,
    "single_person": 335_921,
    # Sums of the file as published.
    "lone_parent": 31_081,
    "head_65_and_over": 260_330,
}
"""Comune di Milano, ds1440, 2021."""
ENVIRONMENT_2024: Mapping[str, float] = {
    "heat_risk": 12.858494,
    "heat_exposure": 42.832139,
    "green_index": 714.312385,
}
"""Comune di Milano, ds2811, ds2812 and ds2813, July 2024: sums over the NIL, as published."""
CIVICS_2020: Mapping[str, int] = {
    "rows": 63_046,
    "in force": 60_693,
    "residential": 47_632,
    "without a Municipio": 7,
}
"""Comune di Milano, ds634, 2 March 2020."""
STREETS_2020: Mapping[str, int] = {
    "streets": 4_330,
    "called Via": 3_535,
    "only listed": 1,
    "without the name of the national register": 28,
    "without the name of the map": 70,
}
"""Comune di Milano, ds634, the register of streets, 2 March 2020."""
BIKE_LANES_2020: Mapping[str, float] = {"lines": 2_334, "km": 232.19}
"""Comune di Milano, ds60, 2020."""
SECTIONS_2011: Mapping[str, float] = {"sections": 6_079, "km2": 181.77}
"""ISTAT and Comune di Milano, ds98, 2011."""
CENSUS_2011: Mapping[str, int] = {
    # With the 266 people of the six sections 8888883 to 8888888, which have no polygon.
    "residents, with those without a polygon": 1_242_123,
    "residents": 1_241_857,
    "65 and over": 310_064,
    # The sums of the files as published, brought back from percentages where they give those.
    "over85": 44_206,
    "foreign": 176_282,
    "over65_alone": 104_599,
    "households": 618_271,
    "renting_households": 179_767,
    "sections with age classes": 5_718,
    "sections with residents and no age classes": 0,
}
"""ISTAT, census of 2011: total and people of 65 and over as published."""
CENSUS_AGES_2011: Mapping[str, int] = {
    "0-5": 55_414,
    "5-9": 53_443,
    "10-14": 49_093,
    "15-19": 47_412,
    "20-24": 50_359,
    "25-29": 60_439,
    "30-34": 76_361,
    "35-39": 99_037,
    "40-44": 105_917,
    "45-49": 101_725,
    "50-54": 84_264,
    "55-59": 72_838,
    "60-64": 75_491,
    "65-69": 73_318,
    "70-74": 78_374,
    "75-100": 158_372,
}
"""ISTAT, census of 2011: the sums of the file as published, by its own keys."""
POPULATION_BY_YEAR: Mapping[str, int] = {
    "years": 145,
    "all years": 159_998_123,
    "1880": 305_488,
    "1971": 1_733_490,
    "2011": 1_240_173,
    "2021": 1_386_285,
    "2024": 1_407_044,
}
"""Comune di Milano, ds1494: residents of the city, 1880 to 2024."""
FOREIGN_BY_YEAR: Mapping[str, int] = {
    "years": 38,
    "all years": 6_300_215,
    "2011": 236_855,
    "2021": 280_819,
    "2024": 300_595,
}
"""Comune di Milano, ds75: the sums of the file as published, 1987 to 2024."""
HOUSEHOLDS_BY_YEAR: Mapping[str, int] = {
    "years": 15,
    "all years": 10_079_346,
    "2007": 625_885,
    "2011": 665_112,
    "2021": 706_915,
}
"""Comune di Milano, ds1440, 2007 to 2021."""
BUILDINGS_2022 = 113_074
LANDUSE_2021: Mapping[str, int] = {"all": 10_398, "railway": 168}
"""Rows of the tables made of OpenStreetMap, 2022 and August 2021."""
WAYS_READ: Mapping[str, int] = {
    "osm/milano-2022.osm.pbf": 212_572,
    "osm/milano-2021.osm.pbf": 197_330,
}
POINTS_2021: Mapping[str, int] = {
    "all": 48_099,
    "pharmacy": 604,
    "doctors": 99,
    "clinic": 44,
    "hospital": 58,
    "community_centre": 97,
    "nursing_home": 6,
    "library": 103,
    "school": 746,
    "kindergarten": 324,
    "supermarket": 526,
    "marketplace": 49,
    "post_office": 169,
    "bank": 816,
    "townhall": 57,
    "toilets": 252,
    "park": 1_646,
    "cemetery": 85,
}
"""Rows of the table made of OpenStreetMap, August 2021, in all and of the kinds that are kept."""
CITY_LISTS: Mapping[str, Mapping[str, int]] = {
    "drinking_fountain": {"rows": 721, "beyond the streets": 0},
    "surface_stop": {"rows": 4_733, "beyond the streets": 54},
    "metro_station": {"rows": 110, "beyond the streets": 6},
    "rail_station": {"rows": 21, "beyond the streets": 0},
}
"""Comune di Milano: drinking fountains of January 2026, stops of 2022, ds80."""
COMPLETENESS = (
    "OpenStreetMap holds what mappers had drawn by August 2021: a service may be missing or have "
    "closed since, so that a gap may be one of the map; of general practitioners most are missing, "
    "and Case della Comunità and PUA are not told apart in it"
)
"""What is to be said wherever a gap is told of services of OpenStreetMap."""
COOL_SPACES_2026 = 34
"""Comune di Milano, ds3017, 25 September 2026."""
PLACES: Mapping[str, int] = {
    "ex_csrc": 29,
    "ex_cam": 33,
    "wemi_external": 6,
    "wemi_central": 1,
    "desks in houses": 19,
}
"""Comune di Milano, "Case di quartiere", 2025: 62 houses, 19 with a desk, 6 desks elsewhere."""
WEMI_BY_MUNICIPIO: Mapping[int, int] = {1: 1, 2: 2, 3: 2, 4: 5, 5: 2, 6: 3, 7: 3, 8: 4, 9: 3}
"""Comune di Milano, "Case di quartiere", 2025: WeMi desks in each Municipio, as stated."""
INTERVENTIONS: Mapping[str, int] = {"rows": 24, "target areas": 2}
"""Mi@over.net: as compiled."""
ERP_QUARTERS: Mapping[str, int] = {"units": 10_952, "tenants": 18_453}
"""ALER Milano, Progetto C.A.S.A.: four quarters."""

# 232 m is the tallest building of Milano, its spire included.
MOST_HEIGHT_M = 250.0
# As published every civic number lies in the Municipio it states; along a border a few may not.
MOST_IN_ANOTHER_MUNICIPIO = 0.01


def check_zones(zones: gpd.GeoDataFrame, expected: range, *, kind: str, where: str) -> None:
    """Refuse zones that are not all there, share a name or do not cover the comune."""
    require_ids(zones["id"], expected, kind=kind, where=where, mend=MEND)
    twice = zones["name"].duplicated()
    if twice.any():
        raise InputError(
            f"two {kind} are called {zones['name'][twice].iloc[0]!r}", where=where, mend=MEND
        )
    require_totals(
        {"km2": float(zones.area.sum()) / 1e6},
        {"km2": AREA_KM2},
        source="area of the comune, 2020",
        where=where,
        mend=MEND,
        tolerance=0.01,
    )


def check_ages(ages: pd.DataFrame, *, where: str) -> None:
    """Refuse ages that do not hold every NIL with people, or not every person."""
    require_ids(ages.index, set(NIL) - NIL_WITHOUT_PEOPLE, kind="NIL", where=where, mend=MEND)
    by_class = ages.sum(axis=0).to_numpy()
    require_totals(
        {
            "residents": by_class.sum(),
            "65 and over": by_class[-3:].sum(),
            "75 and over": by_class[-2:].sum(),
            "85 and over": by_class[-1],
        },
        RESIDENTS_2021,
        source="Comune di Milano, 2021",
        where=where,
        mend=MEND,
    )


def check_foreign(foreign: pd.DataFrame, ages: pd.DataFrame, *, where: str) -> None:
    """Refuse foreign residents that are not all there, or not of the residents by age."""
    require_ids(foreign.index, NIL, kind="NIL", where=where, mend=MEND)
    residents = ages.sum(axis=1).reindex(foreign.index).fillna(0)
    differ = foreign["residents"] != residents
    if differ.any():
        zone = foreign.index[differ][0]
        raise InputError(
            f"NIL {zone} has {foreign['residents'][zone]:,} residents here and "
            f"{residents[zone]:,.0f} by age",
            where=where,
            mend="give both tables of the same year",
        )
    require_totals(_sums(foreign), FOREIGN_2021, source="ds205, 2021", where=where, mend=MEND)


def check_households(households: pd.DataFrame, *, where: str) -> None:
    """Refuse households that are not all there."""
    inhabited = set(NIL) - NIL_WITHOUT_PEOPLE
    require_ids(households.index, inhabited, kind="NIL of 2021", where=where, mend=MEND)
    require_totals(
        _sums(households), HOUSEHOLDS_2021, source="ds1440, 2021", where=where, mend=MEND
    )


def check_environment(environment: pd.DataFrame, *, where: str) -> None:
    """Refuse figures of heat and green that are not those of all NIL."""
    require_ids(environment.index, NIL, kind="NIL of 2024", where=where, mend=MEND)
    require_totals(
        {name: float(environment[name].sum()) for name in ENVIRONMENT_2024},
        ENVIRONMENT_2024,
        source="ds2811 to ds2813, July 2024",
        where=where,
        mend=MEND,
        tolerance=1e-5,
    )


def check_civics(civics: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse a register of civic numbers that is not whole."""
    require_totals(
        {
            "rows": civics.attrs["rows_read"],
            "in force": len(civics),
            "residential": int(civics["residential"].sum()),
            "without a Municipio": int(civics["municipio"].isna().sum()),
        },
        CIVICS_2020,
        source="ds634, 2 March 2020",
        where=where,
        mend=MEND,
    )


def check_street_register(register: pd.DataFrame, *, where: str) -> None:
    """Refuse a register of streets that is not whole, or has its columns mixed up."""
    require_totals(
        {
            "streets": len(register),
            "called Via": int((register["kind"] == "Via").sum()),
            "only listed": int(register.attrs["listed_alone"]),
            "without the name of the national register": int((register["national"] == "").sum()),
            "without the name of the map": int((register["map"] == "").sum()),
        },
        STREETS_2020,
        source="ds634, 2 March 2020",
        where=where,
        mend=MEND,
    )


def check_stated_municipi(stated: int, elsewhere: int, *, where: str) -> None:
    """Refuse Municipi whose ids are not those that the civic numbers state."""
    if elsewhere > MOST_IN_ANOTHER_MUNICIPIO * stated:
        raise InputError(
            f"{elsewhere:,} of {stated:,} civic numbers lie in another Municipio than they state",
            where=where,
            mend="give polygons and civic numbers with the same ids of Municipi",
        )


def check_bike_lanes(lanes: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse bike lanes that are not all there."""
    require_totals(
        {"lines": len(lanes), "km": float(lanes.length.sum()) / 1000},
        BIKE_LANES_2020,
        source="ds60, 2020",
        where=where,
        mend=MEND,
        tolerance=0.01,
    )


def check_sections(sections: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse a census that is not whole: its polygons, its people, its households."""
    told = sections.attrs
    require_totals(
        {"sections": len(sections), "km2": float(sections.area.sum()) / 1e6},
        SECTIONS_2011,
        source="ds98, 2011",
        where=where,
        mend=MEND,
        tolerance=0.01,
    )
    sums = sections[[*CENSUS_AGES_2011]].sum()
    require_totals(
        {
            "residents, with those without a polygon": int(
                sections["residents"].sum() + told["residents_without_polygon"]
            ),
            "65 and over": int(sums[["65-69", "70-74", "75-100"]].sum()),
            "sections with age classes": int(sections["has_ages"].sum()),
            "sections with residents and no age classes": len(told["without_ages"]),
            **{name: int(sections[name].sum()) for name in CENSUS_2011 if name in sections.columns},
        },
        CENSUS_2011,
        source="census of 2011",
        where=where,
        mend=MEND,
    )
    require_totals(
        _sums(sections[[*CENSUS_AGES_2011]]),
        CENSUS_AGES_2011,
        source="census of 2011",
        where=where,
        mend=MEND,
    )


def check_people_by_year(
    population: pd.Series, foreign: pd.Series, households: pd.DataFrame, *, where: str
) -> None:
    """Refuse series of years that are not whole."""
    require_ids(households["nil"].unique(), NIL, kind="NIL with households", where=where, mend=MEND)
    for series, stated, source in (
        (population, POPULATION_BY_YEAR, "ds1494"),
        (foreign, FOREIGN_BY_YEAR, "ds75"),
        (households.groupby("year")["households"].sum(), HOUSEHOLDS_BY_YEAR, "ds1440"),
    ):
        found = {"years": len(series), "all years": int(series.sum())}
        by_year = {str(year): int(count) for year, count in series.items()}
        require_totals(
            dict.fromkeys(stated, 0) | by_year | found,
            stated,
            source=source,
            where=where,
            mend=MEND,
        )


def check_buildings(buildings: gpd.GeoDataFrame, *, extent: Extent, where: str) -> None:
    """Refuse footprints that are not all there, not of Milano, or higher than any tower."""
    _check_rows(len(buildings), BUILDINGS_2022, where=where)
    _check_extent(buildings, extent, where=where)
    height = buildings["render_height"]
    wrong = ~height.between(0, MOST_HEIGHT_M)
    if wrong.any():
        row = buildings.index[wrong][0]
        raise InputError(
            f"{height.loc[row]!r} is no height of a building in metres",
            where=f"{where}, row {row}, column render_height",
            mend=MEND,
        )


def check_landuse(land: gpd.GeoDataFrame, *, extent: Extent, where: str) -> None:
    """Refuse land use that is not all there, or not of Milano."""
    _check_extent(land, extent, where=where)
    require_totals(
        {"all": len(land), "railway": int((land["class"] == "railway").sum())},
        LANDUSE_2021,
        source="August 2021",
        where=where,
        mend=MEND,
    )


def check_points(points: gpd.GeoDataFrame, *, extent: Extent, where: str) -> None:
    """Refuse points of OpenStreetMap that are not all there, or not of Milano."""
    _check_extent(points, extent, where=where)
    counts = points["subclass"].value_counts()
    require_totals(
        {kind: int(counts.get(kind, 0)) for kind in POINTS_2021} | {"all": len(points)},
        POINTS_2021,
        source="August 2021",
        where=where,
        mend=MEND,
    )


def check_list(table: gpd.GeoDataFrame, told: Mapping[str, int], *, kind: str, where: str) -> None:
    """Refuse a list of the Comune that is not whole, is not of points, or has other ids."""
    outside = told["outside"]
    require_totals(
        {
            "rows": len(table) + outside,
            "beyond the streets": outside,
            "shapes that are no points": told["made_points"],
        },
        {**CITY_LISTS[kind], "shapes that are no points": 0},
        source="as extracted",
        where=where,
        mend=MEND,
    )
    wrong = ~table["id"].str.fullmatch(r"\d{1,6}")
    if wrong.any():
        raise InputError(
            f"{table['id'][wrong].iloc[0]!r} is no number of the list", where=where, mend=MEND
        )


def check_ways(read: int, *, name: str) -> None:
    """Refuse an extract of streets that was cut off."""
    _check_rows(read, WAYS_READ[name], where=name, what="ways")


def check_cool_spaces(spaces: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse a list of cool spaces that is not whole."""
    _check_rows(len(spaces), COOL_SPACES_2026, where=where)


def check_places(written: pd.DataFrame, spaces: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse a registry without all places, or one that ds3017 contradicts on a Municipio."""
    houses = written["kind"].isin(["ex_csrc", "ex_cam"])
    require_totals(
        {
            **{kind: int((written["kind"] == kind).sum()) for kind in PLACES},
            "desks in houses": int((written["has_wemi"] & houses).sum()),
        },
        PLACES,
        source="Case di quartiere, 2025",
        where=where,
        mend="add the places that are missing; if their number has changed, write the new one and "
        "its source into the recipe",
    )
    numbers = written["ds3017_id"].dropna()
    require_ids(
        numbers, set(spaces["id"]), kind="numbers of ds3017", where=where, mend="correct the number"
    )
    listed = numbers.map(spaces.set_index("id")["municipio"])
    differ = listed != written.loc[numbers.index, "municipio"]
    if differ.any():
        row = numbers.index[differ][0]
        place = written.loc[row]
        raise InputError(
            f"{place['id']} states Municipio {place['municipio']}, and ds3017 lists its number "
            f"{place['ds3017_id']} in Municipio {listed[row]}",
            where=f"{where}, row {place['id']}, column municipio",
            mend="correct the Municipio or the number",
        )


def check_interventions(planned: pd.DataFrame, areas: int, *, where: str) -> None:
    """Refuse interventions that are not all there."""
    require_totals(
        {"rows": len(planned), "target areas": areas},
        INTERVENTIONS,
        source="Mi@over.net, as compiled",
        where=where,
        mend="add the rows that are missing; if their number has changed, write the new one and "
        "its source into the recipe",
    )


def check_erp_quarters(quarters: pd.DataFrame, *, where: str) -> None:
    """Refuse quarters of public housing that are not all there."""
    require_totals(
        _sums(quarters[[*ERP_QUARTERS]]),
        ERP_QUARTERS,
        source="ALER Milano, Progetto C.A.S.A.",
        where=where,
        mend=MEND,
    )


def _sums(table: pd.DataFrame) -> dict[str, float]:
    return {str(column): float(values.sum()) for column, values in table.items()}


def _check_rows(found: int, stated: int, *, where: str, what: str = "rows") -> None:
    require_totals({what: found}, {what: stated}, source="as extracted", where=where, mend=MEND)


def _check_extent(table: gpd.GeoDataFrame, extent: Extent, *, where: str) -> None:
    """Refuse a layer that reaches over more than Milano; swapped axes do."""
    bounds = table.geometry.to_crs(GEOGRAPHIC).bounds
    west, south, east, north = extent
    outside = ~(
        bounds["minx"].between(west, east)
        & bounds["maxx"].between(west, east)
        & bounds["miny"].between(south, north)
        & bounds["maxy"].between(south, north)
    )
    if outside.any():
        row = table.index[outside][0]
        raise InputError(
            f"the shape is not within {west}-{east} E, {south}-{north} N",
            where=f"{where}, row {row}",
            mend="correct its coordinates: longitude first, then latitude",
        )

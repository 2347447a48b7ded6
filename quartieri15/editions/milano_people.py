"""The people of the Milano edition: from the raw files to residents at addresses.

2011 census sections give the pattern, the figures of 2021 per NIL the level, the register of
civic numbers the places. The method, and how wrong it is: ``docs/residents.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.editions import milano_published as published
from quartieri15.editions.milano_streets import CRS, EXTENT
from quartieri15.model.residents import BANDS, OVER65, OVER75, OVER85
from quartieri15.model.residents.error import leave_sections_out, leave_zones_out
from quartieri15.model.residents.fitting import rebin
from quartieri15.model.residents.homes import LAND_WITHOUT_HOMES
from quartieri15.model.residents.placing import address_weights, expected_residents
from quartieri15.model.zones import containing, zone_of
from quartieri15.sources import comune, istat, tabular

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NIL = "comune/ds964_nil_wm.geojson"
MUNICIPI = "comune/ds379_municipi_label.geojson"
AGES = "comune/eta_nil_2021.csv"
FOREIGN = "comune/stranieri_nil_2021.csv"
HOUSEHOLDS = "comune/famiglie_nil_2021.csv"
CIVICS = "comune/ds634_civici_20200302.zip"
SECTIONS = "istat/ds98_sezioni_censimento_2011_shp.zip"
SECTION_TOTALS = "istat/istat_2011_milano.csv"
SECTION_AGES = "istat/eta_famiglie_sezioni_2011.json"
SECTION_INDICATORS = "istat/ds385_indicatori_sezioni_2011.csv"
SECTION_HOUSEHOLDS = "istat/ds383_famiglie_sezioni_2011.json"
BUILDINGS = "osm/buildings-2022.parquet"
LANDUSE = "osm/landuse-2021.parquet"
FILES = (
    NIL,
    MUNICIPI,
    AGES,
    FOREIGN,
    HOUSEHOLDS,
    CIVICS,
    SECTIONS,
    SECTION_TOTALS,
    SECTION_AGES,
    SECTION_INDICATORS,
    SECTION_HOUSEHOLDS,
    BUILDINGS,
    LANDUSE,
)

# Older people living alone and people of 65 and over in 2020: Comune di Milano, Piano di
# Sviluppo del Welfare (60,279 + 70,761 single-person households of 65-79 and 80+; 312,619).
ALONE_2020, OVER65_2020 = 131_040, 312_619
# A building of unknown height is drawn with one storey of 12 feet.
STOREY_M = 3.66
# From where on a figure is named as odd: kept, and said.
ODD_FOREIGN_SHARE = 0.5
GREW_FAST = 1.5
LARGE_HOUSEHOLDS = 3.0
CHOSEN = "floor of the homes nearest to each residential civic number"


@dataclass(frozen=True)
class Raw:
    """What the raw files say about zones and people, before anything is modelled."""

    year: int
    nil: gpd.GeoDataFrame
    municipi: gpd.GeoDataFrame
    ages: pd.DataFrame
    foreign: pd.DataFrame
    households: pd.DataFrame
    civics: gpd.GeoDataFrame
    sections: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame


def read_raw(sources: str | Path) -> Raw:
    """Read the raw files about zones and people.

    Parameters
    ----------
    sources
        Folder of the raw files.
    """
    paths = tabular.require_files(sources, FILES)
    nil, municipi = read_zones(paths)
    ages, foreign, households = read_people(paths)
    bands = rebin(ages, comune.AGE_CLASSES).reindex(nil["id"]).fillna(0.0)
    bands.attrs = ages.attrs
    return Raw(
        year=comune.year_of_foreign(paths[FOREIGN]),
        nil=nil,
        municipi=municipi,
        ages=bands,
        foreign=foreign,
        households=households,
        civics=read_civics(paths),
        sections=read_sections(paths),
        buildings=read_buildings(paths, nil),
    )


def read_zones(paths: Mapping[str, Path]) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Read the NIL and the Municipi, complete and covering the comune."""
    nil = comune.read_nil(paths[NIL], crs=CRS, extent=EXTENT)
    published.check_zones(nil, published.NIL, kind="NIL", where=NIL)
    municipi = comune.read_municipi(paths[MUNICIPI], crs=CRS, extent=EXTENT)
    published.check_zones(municipi, published.MUNICIPI, kind="Municipi", where=MUNICIPI)
    return nil, municipi


def read_people(paths: Mapping[str, Path]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read residents by age, foreign residents and households per NIL, to the last person."""
    ages = comune.read_ages(paths[AGES])
    published.check_ages(ages, where=AGES)
    year = comune.year_of_foreign(paths[FOREIGN])
    foreign = comune.read_foreign(paths[FOREIGN], year=year)
    published.check_foreign(foreign, ages, where=FOREIGN)
    households = comune.read_households(paths[HOUSEHOLDS], year=year)
    published.check_households(households, where=HOUSEHOLDS)
    return ages, foreign, households


def read_civics(paths: Mapping[str, Path]) -> gpd.GeoDataFrame:
    """Read the civic numbers, the whole register."""
    civics = comune.read_civics(paths[CIVICS], crs=CRS, extent=EXTENT)
    published.check_civics(civics, where=CIVICS)
    return civics


def read_street_register(paths: Mapping[str, Path]) -> pd.DataFrame:
    """Read the register of streets, the whole of it."""
    register = comune.read_street_register(paths[CIVICS])
    published.check_street_register(register, where=CIVICS)
    return register


def place_residents(raw: Raw) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Expect people at every residential address, and say what was left out or odd.

    Parameters
    ----------
    raw
        As read by :func:`read_raw`.

    Returns
    -------
    residents : geopandas.GeoDataFrame
        ``id``, ``kind``, ``nil``, ``municipi``, ``section``, the groups, ``geometry``.
    report : dict
    """
    points, report = _points(raw)
    expected = expected_residents(
        points,
        _pattern(raw.sections),
        ages=raw.ages,
        foreign=raw.foreign["foreign"],
        households=raw.households["households"],
        alone_share=ALONE_2020 / OVER65_2020,
        most_alone=raw.households[["single_person", "head_65_and_over"]].min(axis=1),
    )
    census, civics = raw.sections.attrs, raw.civics.attrs
    report |= expected.report
    report |= {
        "civic_numbers_read": civics["rows_read"],
        "civic_numbers_suppressed": civics["suppressed"],
        "civic_numbers_in_force": len(raw.civics),
        "civic_numbers_residential": int(raw.civics["residential"].sum()),
        "sections_without_polygon": len(census["without_polygon"]),
        "census_residents_without_polygon": census["residents_without_polygon"],
        "census_residents_without_ages": census["residents_without_ages"],
        "age_classes_absent_and_read_as_0": raw.ages.attrs["absent_rows"],
        "household_rows_of_another_year": {
            str(zone): year for zone, year in raw.households.attrs["other_years"].items()
        },
        "odd": _odd(raw),
    }
    return expected.residents, report


def measure_error(sources: str | Path) -> dict[str, Any]:
    """Measure the error of the residents model, as written in ``residents_error.json``.

    Parameters
    ----------
    sources
        Folder of the raw files.

    Returns
    -------
    dict
        ``sections_from_nil``: every 2011 section predicted from its NIL's 2011 total, by
        several ways of weighing; ``nil_from_city``: every NIL of 2021 predicted from the 2011
        pattern and the city's figures of 2021. See ``docs/residents.md``.
    """
    return error_of(read_raw(sources))


def error_of(raw: Raw) -> dict[str, Any]:
    """Measure what :func:`measure_error` measures, on files already read."""
    sections = _with_zone(raw)
    weights = _section_weights(raw)
    groups = ("residents", "over65", "foreign")
    by_section = leave_sections_out(sections, weights, groups=groups)
    by_nil = leave_zones_out(sections, ages=raw.ages, foreign=raw.foreign["foreign"])
    return {
        "sections_from_nil": {
            "what": "2011 counts of each section, predicted from the 2011 total of its NIL",
            "sections": len(sections),
            "totals": {group: int(sections[group].sum()) for group in groups},
            "chosen": CHOSEN,
            "error": _rounded(by_section),
        },
        "nil_from_city": {
            "what": "2021 counts of each NIL, predicted from the 2011 pattern and the 2021 "
            "figures of the city",
            "chosen": "estimated foreign share by age",
            "error": _rounded(by_nil),
        },
    }


def _section_weights(raw: Raw) -> dict[str, pd.Series]:
    sections = raw.sections
    index = pd.Index(sections["section"])
    middle = raw.buildings.set_geometry(raw.buildings.representative_point())
    inside = containing(middle, sections, id_column="section")
    ground = raw.buildings.area.to_numpy()
    levels = raw.buildings["levels"].to_numpy()
    storeys = np.where(np.isnan(levels), np.nanmean(levels), levels)
    homes = raw.buildings["homes"].to_numpy()
    of_civic = containing(raw.civics, sections, id_column="section")
    residential = raw.civics["residential"].to_numpy()

    def total(section: Any, weight: Any) -> pd.Series:
        sums = pd.Series(weight).groupby(np.asarray(section)).sum()
        return sums.reindex(index).fillna(0.0)

    civics = total(of_civic[residential], np.ones(int(residential.sum())))
    weight = address_weights(raw.civics, raw.buildings)
    return {
        "area": pd.Series(sections.area.to_numpy(), index=index),
        "building footprint": total(inside, ground),
        "building floor": total(inside, ground * storeys),
        "building floor, homes only": total(inside, ground * storeys * homes),
        "residential civic numbers": civics,
        CHOSEN: total(of_civic[residential], weight[residential]),
    }


def _rounded(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.round(4).astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def read_sections(paths: Mapping[str, Path]) -> gpd.GeoDataFrame:
    """Read the census of 2011, every section and every person."""
    sections = istat.read_sections(
        polygons=paths[SECTIONS],
        totals=paths[SECTION_TOTALS],
        ages=paths[SECTION_AGES],
        indicators=paths[SECTION_INDICATORS],
        households=paths[SECTION_HOUSEHOLDS],
        crs=CRS,
    )
    files = (SECTIONS, SECTION_TOTALS, SECTION_AGES, SECTION_INDICATORS, SECTION_HOUSEHOLDS)
    published.check_sections(sections, where=", ".join(files))
    return sections


def _pattern(sections: gpd.GeoDataFrame) -> pd.DataFrame:
    """Bring the census to the bands; its oldest class is split by the published share of 85+."""
    oldest = np.minimum(sections["over85"], sections["75-100"])
    younger = [key for key in istat.AGE_CLASSES if key != "75-100"]
    ages = sections[younger].assign(**{"75-84": sections["75-100"] - oldest, "85+": oldest})
    classes = {key: istat.AGE_CLASSES[key] for key in younger}
    bands = rebin(ages, classes | {"75-84": BANDS["75-84"], "85+": BANDS["85+"]})
    counts = sections[["foreign", "over65_alone", "households", "renting_households"]]
    table: pd.DataFrame = pd.concat([bands, counts], axis=1)
    return table.set_index(pd.Index(sections["section"]))


def _with_zone(raw: Raw) -> pd.DataFrame:
    pattern = _pattern(raw.sections)
    middle = raw.sections.set_geometry(raw.sections.representative_point())
    return pattern.assign(
        nil=zone_of(middle, raw.nil).ids,
        residents=pattern[list(BANDS)].sum(axis=1).round().astype("int64"),
        over65=pattern[list(BANDS)[OVER65]].sum(axis=1).round().astype("int64"),
    )


def counts_by_nil_2011(raw: Raw) -> pd.DataFrame:
    """Add up the census of 2011 by the NIL in which the middle of each section lies.

    Returns
    -------
    pandas.DataFrame
        Index NIL; ``residents``, ``over65``, ``over75``, ``over85``, ``foreign`` (int64). Those of
        85 and over, and the foreign, are brought back from percentages section by section.
    """
    sections = _with_zone(raw)
    return _counts_by_nil(sections, sections["foreign"], sections["nil"], raw)


def counts_by_nil(raw: Raw) -> pd.DataFrame:
    """Return the same of the year of the figures per NIL, as the Comune published it."""
    return _counts_by_nil(raw.ages, raw.foreign["foreign"], raw.ages.index, raw)


def _counts_by_nil(bands: pd.DataFrame, foreign: pd.Series, nil: Any, raw: Raw) -> pd.DataFrame:
    ages = bands[list(BANDS)]
    groups = {"over65": OVER65, "over75": OVER75, "over85": OVER85}
    counts = pd.DataFrame(
        {"residents": ages.sum(axis=1)}
        | {group: ages[list(BANDS)[part]].sum(axis=1) for group, part in groups.items()}
    )
    counts["foreign"] = foreign.reindex(counts.index)
    by_nil = counts.groupby(np.asarray(nil)).sum().reindex(raw.nil["id"], fill_value=0)
    return by_nil.round().astype("int64").rename_axis("nil")


def read_buildings(paths: Mapping[str, Path], nil: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read footprints around the comune: storeys where the height is mapped, homes or not."""
    table = tabular.read_geoparquet(paths[BUILDINGS], columns=["render_height"])
    published.check_buildings(table, extent=EXTENT, where=BUILDINGS)
    land = tabular.read_geoparquet(paths[LANDUSE], columns=["class"])
    published.check_landuse(land, extent=EXTENT, where=LANDUSE)
    table = table[["render_height", "geometry"]].to_crs(CRS)
    west, south, east, north = nil.total_bounds
    table = table.cx[west - 100 : east + 100, south - 100 : north + 100].reset_index(drop=True)
    height = table["render_height"].to_numpy()
    unknown = np.isclose(height, STOREY_M) | (height <= 0)
    land = land[["class", "geometry"]].to_crs(CRS)
    other = land.geometry[land["class"].isin(LAND_WITHOUT_HOMES)].to_numpy()
    middle = shapely.point_on_surface(table.geometry.to_numpy())
    pairs = shapely.STRtree(other).query(middle, predicate="intersects")
    homes = np.ones(len(table), dtype=bool)
    homes[pairs[0]] = False
    return gpd.GeoDataFrame(
        {"levels": np.where(unknown, np.nan, height / STOREY_M), "homes": homes},
        geometry=table.geometry,
        crs=CRS,
    )


def _points(raw: Raw) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Make the points people may live at: residential civics, and sections without one."""
    weight = address_weights(raw.civics, raw.buildings)
    residential = raw.civics["residential"].to_numpy()
    civics = raw.civics[residential]
    located = zone_of(civics, raw.sections, id_column="section")
    sections = raw.sections
    bare = (sections["residents"] > 0) & ~sections["section"].isin(located.ids)
    without = sections[bare]
    shapes = np.concatenate(
        [civics.geometry.to_numpy(), shapely.point_on_surface(without.geometry.to_numpy())]
    )
    # A centimetre is finer than any of the sources.
    xy = np.round(shapely.get_coordinates(shapes), 2)
    points = gpd.GeoDataFrame(
        {
            "id": [
                *(f"civic-{number}" for number in civics["id"]),
                *(f"section-{number}" for number in without["section"]),
            ],
            "kind": pd.Categorical(
                ["civic"] * len(civics) + ["section"] * len(without),
                categories=["civic", "section"],
            ),
        },
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=CRS,
    )
    in_nil = zone_of(points, raw.nil)
    in_municipio = zone_of(points, raw.municipi)
    points.insert(2, "nil", in_nil.ids)
    points.insert(3, "municipi", in_municipio.ids)
    points.insert(4, "section", np.concatenate([located.ids, without["section"].to_numpy()]))
    points.insert(5, "weight", np.concatenate([weight[residential], np.ones(len(without))]))
    stated = civics["municipio"].to_numpy(dtype=float, na_value=np.nan)
    found = in_municipio.ids[: len(civics)]
    elsewhere = int((~np.isnan(stated) & (stated != found)).sum())
    published.check_stated_municipi(len(civics), elsewhere, where=MUNICIPI)
    report = {
        "addresses_just_outside_all_sections": located.outside,
        "points_just_outside_all_nil": in_nil.outside,
        "points_just_outside_all_municipi": in_municipio.outside,
        "civic_numbers_without_stated_municipio": int(np.isnan(stated).sum()),
        "civic_numbers_in_another_municipio_than_stated": elsewhere,
    }
    return points, report


def _odd(raw: Raw) -> dict[str, Any]:
    """Name what looks odd in the figures and was kept."""
    names = raw.nil.set_index("id")["name"]
    total = raw.ages.sum(axis=1)
    abroad = raw.foreign["foreign"].reindex(total.index).fillna(0) / total.where(total > 0)
    old = _with_zone(raw).groupby("nil")["residents"].sum().reindex(total.index).fillna(0)
    growth = total / old.where(old > 0)
    homes = raw.households["households"].reindex(total.index).fillna(0)
    size = total / homes.where(homes > 0)

    def listed(values: pd.Series, limit: float) -> list[dict[str, Any]]:
        return [
            {"nil": int(zone), "name": str(names[zone]), "value": round(float(values[zone]), 3)}
            for zone in values.index[values > limit]
        ]

    return {
        "nil_where_most_residents_are_foreign_citizens": listed(abroad, ODD_FOREIGN_SHARE),
        "nil_that_grew_by_half_or_more_since_2011": listed(growth, GREW_FAST),
        "nil_where_households_are_too_few_for_the_residents": listed(size, LARGE_HOUSEHOLDS),
    }

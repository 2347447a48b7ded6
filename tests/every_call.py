"""Every public function and method with arguments that are right, and what is wrong for any."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

import quartieri15 as q15
from quartieri15.model import profiles
from quartieri15.model.earlier import Earlier
from quartieri15.planning.runs import run_of
from quartieri15.publish.analysis_folder import write_analysis
from quartieri15.publish.site.publisher import SETTINGS
from quartieri15.sources.osm.barriers import read_barriers
from quartieri15.sources.osm.reading import read_pbf
from quartieri15.sources.rasters import elevations, with_grades
from tests.ascii_city import CRS, draw_city

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

CENTRO = Path(__file__).parents[1] / "data" / "centro-2019" / "project"
PICTURE = """
A--B--C
|  |  |
D--E--F
"""
TOY = draw_city(
    PICTURE, cell=60, places={"west": (0, 0), "east": (6, 2)}, people={(1, 0): 20.0, (5, 2): 30.0}
)
TIMES = q15.travel_times(TOY, to="houses", profile="walk_75")
COVER = q15.coverage(TOY, to="houses", profile="walk_75", minutes=15)
AREAS = q15.catchments(TOY, TOY.houses[:1], profile="walk_75", minutes=(2, 4))
SURFACE = q15.travel_time_surface(TOY, "houses", profile="walk_75")
PACES = q15.PaceDistribution.normal(mean_kmh=4, sd_kmh=1, name="some")
WALL = gpd.GeoDataFrame(
    geometry=[shapely.LineString([(512_010, 5_033_990), (512_050, 5_033_990)])], crs=CRS
)
ADDRESSES = TOY.residents[["id", "geometry"]].assign(street="Via Zante", number="36")
NEW_STREET = gpd.GeoDataFrame(
    {"highway": ["path"], "foot": True, "bicycle_forward": True, "bicycle_backward": True},
    geometry=[shapely.LineString([(512_060, 5_034_000), (512_060, 5_033_880)])],
    crs=CRS,
)
BUILDINGS = gpd.GeoDataFrame(
    {"area_m2": [100.0]}, geometry=[shapely.box(512_010, 5_033_990, 512_020, 5_034_000)], crs=CRS
)
POINT = shapely.Point(512_000, 5_034_000)
SERVICES = TOY.places.assign(id=["s1", "s2"], kind="library", network="culture")

# The same city to plan in: its streets have names, its addresses numbers.
TOWN = TOY.with_(
    streets=TOY.streets.with_edge_values(
        pd.DataFrame({"name": ["Via Zante", "Via Boifava", *(f"Via {word}" for word in "OPQRS")]})
    ),
    addresses=ADDRESSES.assign(number=["36", "38"]),
)
TWO: dict[str, Any] = {"to": "houses", "profile": "walk_75", "minutes": 1}
CLOSING = q15.edits.ClosePlace("West")
SCENARIO = q15.Scenario("closing", [CLOSING])
COMPARED = q15.compare(TOWN, SCENARIO, **TWO, draws=0)
SITES = q15.best_sites(TOWN, 1, **TWO)
RIVER = draw_city(
    "A-----B\n|\n|\nC-----D", cell=30, places={"south": (4, 3)}, people={(6, 0): 40.0}
)
ACROSS = TWO | {"minutes": 5, "kinds": "dead_end", "n": 1, "sets": 0}
LINKS = q15.missing_links(RIVER, **ACROSS, group="residents", detour_m=100)
INSTANCE = q15.cover_instance(TOWN, **TWO)
SOLVED = q15.maximal_cover(INSTANCE, 1)
RUN = run_of(TOWN, **TWO)
TRACK = {"cycle_track": {"along": "via Zante"}}

# The same city with what else may be asked of: hours, rooms, other years, zones of unlike need.
HALVES = (
    TOY.zones["nil"]
    .loc[[0, 0]]
    .assign(
        id=[1, 2],
        name=["West", "East"],
        geometry=[
            shapely.box(511_000, 5_033_000, 512_060, 5_035_000),
            shapely.box(512_060, 5_033_000, 513_000, 5_035_000),
        ],
    )
)
PEOPLED = TOY.with_(
    zones={"nil": HALVES.reset_index(drop=True), "municipi": TOY.zones["municipi"]},
    residents=TOY.residents.assign(nil=[1, 2], over65=[2.0, 9.0]),
    places=TOY.places.assign(
        capacity=[30.0, 40.0],
        location_uncertainty_m=[5.0, None],
        opening_hours=["Mo-Fr 09:00-19:00", None],
    ),
    earlier=Earlier(
        people=pd.DataFrame(
            [(2011, "nil", 1, "over65", 9.0, "census")],
            columns=["year", "by", "zone_id", "group", "count", "source"],
        )
    ),
)
NEED = pd.DataFrame({"rents": range(len(TOY.zones["nil"]))}, index=TOY.zones["nil"]["id"])
OLD = q15.NeedComponent(name="old", of="over65", per="residents")
CROWDED = TOWN.with_(
    zones=PEOPLED.zones, residents=PEOPLED.residents.assign(residents=[600.0, 700.0])
)
INDEX = q15.need_index(PEOPLED, components=OLD, least_people=0, draws=2)
HOURS = q15.pace_season_hours(
    PEOPLED,
    to="houses",
    groups="over65",
    at=dt.datetime(2026, 8, 15, 10),  # noqa: DTZ001
)
UNREACHED = q15.gap_areas(TOY, to="houses", profile="walk_75", minutes=0.1, fewest=0)
QUARTERS = gpd.GeoDataFrame(
    {"id": ["Q"], "name": ["Quarter"], "residents": [5]}, geometry=[POINT], crs=CRS
)

DRAWER: tuple[Any, ...] = (
    *(None, True, False, 0, 3, -1, 2.5, math.nan, math.inf, 10**400, 1j),
    *("", "nonsense", "a\0b", b"walk_75", [], [1], ["walk_75", None], (), {}, {"a": 1}, {1}),
    *(
        np.array(15),
        np.array([1, 2]),
        np.float64(15),
        np.int8(3),
        np.bool_(1),
        np.datetime64("NaT"),
    ),
    *(Decimal(15), Fraction(15), pd.NA, pd.NaT, dt.date(2026, 1, 1), object(), len, int, range(3)),
    *(pd.DataFrame(), pd.DataFrame({"id": [1], "minutes": [2]}), pd.Series([1.0]), pd.Index([1])),
    *(gpd.GeoDataFrame(), gpd.GeoDataFrame({"id": ["a"]}), gpd.GeoDataFrame(geometry=[POINT])),
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[POINT], crs=4326),
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[POINT.buffer(9)], crs=CRS),
    gpd.GeoDataFrame({"id": [["a"]]}, geometry=[POINT], crs=CRS),
    gpd.GeoSeries([POINT], crs=CRS),
    *(POINT, POINT.buffer(50), TOY, TOY.streets, profiles.WALK_75, PACES, SURFACE),
    *(COVER, TIMES, AREAS, nx.Graph(), nx.MultiDiGraph(), Path("nowhere.tif"), iter(())),
)


def calls(folder: Path) -> dict[str, Call]:
    """Every public function and method, with arguments that are right."""
    ask: dict[str, Any] = {"to": "houses", "profile": "walk_75"}
    one = {"profile": "walk_75", "minutes": 3}
    times = ask | {"minutes": 5, "direction": "to", "origins": None, "closed": None}
    graph = TOY.streets.to_networkx()
    network = TOY.streets
    tables = {"places": TOY.places, "zones": TOY.zones, "residents": TOY.residents}
    osm = Path(__file__).parent / "data" / "osm"
    spread = {"sd_kmh": 1, "slowest_kmh": 1, "fastest_kmh": 7, "source": "me"}
    walk = profiles.WALK_75
    fields = {name: getattr(walk, name) for name in inspect.signature(q15.TravelProfile).parameters}
    law = {
        name: getattr(PACES, name) for name in inspect.signature(q15.PaceDistribution).parameters
    }
    return {
        "load": (q15.load, ("nowhere",), {}),
        "load_quarters": (q15.load_quarters, ("nowhere",), {}),
        "build": (
            q15.build,
            (folder / "project",),
            {"sources": None, "out": folder / "edition", "progress": None},
        ),
        "new_project": (
            q15.new_project,
            ("Lugano",),
            {"out": folder / "new", "province": None},
        ),
        "read_project": (q15.read_project, (CENTRO,), {}),
        "check": (q15.check, (folder / "none",), {"progress": None}),
        "update": (
            q15.update,
            ("milano",),
            {
                "sources": folder / "none",
                "out": folder / "out",
                "streets": "overpass",
                "keep": "nil",
                "datasets": {},
                "confirm": None,
                "offline": True,
                "hosts": (),
                "cache": folder / "cache",
                "portal": "https://127.0.0.1:9",
                "overpass": "https://127.0.0.1:9",
                "manners": None,
                "progress": None,
            },
        ),
        "edition_changes": (q15.edition_changes, (TOY, TOY), {}),
        "travel_times": (q15.travel_times, (TOY,), times | {"k": 1}),
        "travel_time_matrix": (q15.travel_time_matrix, (TOY,), times | {"dense": False}),
        "street_loads": (
            q15.street_loads,
            (TOY,),
            ask
            | {"minutes": 5, "group": "residents", "direction": "to", "by_place": False}
            | {"origins": None},
        ),
        "coverage": (
            q15.coverage,
            (TOY,),
            ask | {"minutes": 15, "by": "nil", "groups": None, "times": TIMES},
        ),
        "expected_coverage": (
            q15.expected_coverage,
            (TOY,),
            ask
            | {"minutes": 15, "by": "nil", "groups": None, "distribution": PACES}
            | {"searches": 2},
        ),
        "find_gaps": (q15.find_gaps, (TOY, COVER), {"groups": "over65"}),
        "reached_streets": (q15.reached_streets, (TOY, "houses"), one | {"direction": "to"}),
        "catchments": (q15.catchments, (TOY, TOY.houses[:1]), one | {"direction": "to"}),
        "reached_area": (q15.reached_area, (TOY, TOY.houses[:1]), one | {"direction": "to"}),
        "bands": (q15.bands, (AREAS,), {}),
        "simplified": (q15.simplified, (AREAS,), {"tolerance_m": 4, "max_vertices": 500}),
        "travel_time_surface": (
            q15.travel_time_surface,
            (TOY, "houses"),
            one | {"direction": "to", "area": None, "path": None},
        ),
        "surface.at": (SURFACE.at, (TOY.houses,), {}),
        "surface.write": (SURFACE.write, (folder / "minutes.tif",), {}),
        "explore": (q15.explore, (TOY, AREAS), {"language": "it"}),
        "city_of_streets": (
            q15.city_of_streets,
            (graph,),
            {"places": TOY.houses, "name": "toy", "licence_line": "mine"},
        ),
        "junction_tables": (q15.junction_tables, (network, "walk_75"), {}),
        "City": (
            q15.City,
            (),
            {
                "name": "toy",
                "streets": TOY.streets,
                "places": TOY.places,
                "zones": TOY.zones,
                "residents": TOY.residents,
                "provenance": {},
                "addresses": None,
                "buildings": None,
                "services": None,
                "sections": None,
                "open_spaces": None,
                "earlier": Earlier(),
            },
        ),
        "City.from_tables": (
            q15.City.from_tables,
            ("toy",),
            tables
            | {"streets": network, "provenance": {}, "addresses": ADDRESSES}
            | {"buildings": BUILDINGS, "services": SERVICES, "sections": None, "earlier": None}
            | {"open_spaces": None},
        ),
        "City.places_named": (TOY.places_named, ("houses",), {}),
        "City.zones_named": (TOY.zones_named, ("nil",), {"argument": None}),
        "City.require_groups": (TOY.require_groups, ("over65",), {}),
        "City.require_group": (TOY.require_group, ("over65",), {}),
        "StreetNetwork": (q15.StreetNetwork, (network.nodes, network.edges, None), {}),
        "StreetNetwork.from_tables": (
            q15.StreetNetwork.from_tables,
            (network.nodes, network.edges),
            {"barriers": WALL, "where": "streets"},
        ),
        "StreetNetwork.subset": (network.subset, (POINT.buffer(100),), {}),
        "StreetNetwork.with_new_streets": (
            network.with_new_streets,
            (NEW_STREET,),
            {"tolerance_m": 15},
        ),
        "StreetNetwork.with_barriers": (network.with_barriers, (WALL,), {"keep": True}),
        "StreetNetwork.to_networkx": (network.to_networkx, ("walk_75",), {}),
        "StreetNetwork.from_networkx": (q15.StreetNetwork.from_networkx, (graph,), {"crs": CRS}),
        "TravelProfile": (q15.TravelProfile, (), fields),
        "TravelProfile.with_": (walk.with_, (), fields | {"name": "another"}),
        "TravelProfile.to_yaml": (walk.to_yaml, (folder / "walk.yaml",), {}),
        "TravelProfile.from_yaml": (q15.TravelProfile.from_yaml, (folder / "walk.yaml",), {}),
        "TravelProfile.allowed": (walk.allowed, (network.edges, network.nodes), {}),
        "TravelProfile.seconds": (walk.seconds, (network.edges, network.nodes), {}),
        "profiles.get": (profiles.get, ("walk_75",), {}),
        "profiles.compare": (profiles.compare, ("walk_75", "walk_65"), {}),
        "profiles.unknown_km": (profiles.unknown_km, (network, "step_free"), {}),
        "profiles.signal_wait_s": (profiles.signal_wait_s, (), {"cycle_s": 90, "green_s": 25}),
        "PaceDistribution": (q15.PaceDistribution, (), law),
        "PaceDistribution.one": (q15.PaceDistribution.one, (3,), {"name": "n", "source": "me"}),
        "PaceDistribution.normal": (
            q15.PaceDistribution.normal,
            (),
            {"mean_kmh": 4, "name": "n"} | spread,
        ),
        "PaceDistribution.lognormal": (
            q15.PaceDistribution.lognormal,
            (),
            {"mean_kmh": 4, "name": "n"} | spread,
        ),
        "PaceDistribution.from_quantiles": (
            q15.PaceDistribution.from_quantiles,
            ([0.1, 0.9], [2, 4]),
            {"name": "n", "source": "me"},
        ),
        "PaceDistribution.share_at_least": (PACES.share_at_least, (3,), {}),
        "PaceDistribution.quantile": (PACES.quantile, (0.5,), {}),
        "PaceDistribution.paces": (PACES.paces, (3,), {}),
        "read_pbf": (read_pbf, (osm / "crossing.osm",), {"area": None, "crs": CRS}),
        "read_barriers": (read_barriers, (osm / "barriers.osm",), {"crs": CRS}),
        "with_grades": (
            with_grades,
            (network, folder / "none.tif"),
            {"band": None, "smoothing_m": 0},
        ),
        "elevations": (
            elevations,
            (folder / "none.tif", np.array([[0.0, 0.0]])),
            {"crs": CRS, "band": None},
        ),
        "write_analysis": (
            write_analysis,
            (TOY, Path(__file__)),
            {"profiles": "walk_75", "minutes": 15, "places": "houses", "groups": None}
            | {"smallest_count": 10, "language": "it", "progress": print},
        ),
    }


def planning_calls(folder: Path) -> dict[str, Call]:
    """The same of scenarios, comparing, siting, links and runs."""
    edits = q15.edits
    scenario = {
        name: getattr(SCENARIO, name) for name in inspect.signature(q15.Scenario).parameters
    }
    plan = {"profile": "walk_75", "minutes": 1, "time_limit_s": 1.0}
    site = TWO | {"group": "over65", "candidates": None, "time_limit_s": 1.0}
    links = {"kinds": ("barrier", "dead_end"), "max_length_m": 300, "max_gap_m": 500}
    links |= {"detour_ratio": 3, "detour_m": 200, "apart_m": 100, "obstacles": None}
    links |= {"rank_by": "gained", "n": 1, "sets": 1}
    return {
        "City.with_": (
            TOY.with_,
            (),
            {
                "name": "toy",
                "streets": TOY.streets,
                "places": TOY.places,
                "zones": TOY.zones,
                "residents": TOY.residents,
                "provenance": {},
                "addresses": ADDRESSES,
            },
        ),
        "StreetNetwork.with_edge_values": (
            TOY.streets.with_edge_values,
            (pd.DataFrame({"maxspeed_kmh": 30.0}, index=[1, 2]),),
            {},
        ),
        "StreetNetwork.with_edges": (
            TOY.streets.with_edges,
            (),
            {"removed": [1], "added": None, "nodes": None},
        ),
        "open_at": (q15.open_at, (TOWN.places, "Sat 16:00"), {"year": 2026}),
        "locate": (q15.locate, (TOWN, "via Zante 36"), {"where": "address"}),
        "geocode": (
            q15.geocode,
            (CROWDED, "via Zante 36"),
            {"municipio": 1, "alternatives": 1, "progress": print},
        ),
        "streets_named": (q15.streets_named, (TOWN, "via Zante"), {"near": None}),
        "stretch": (
            q15.stretch,
            (TOWN, "via Zante"),
            {"start": "via Boifava", "end": None, "near": None},
        ),
        "parse_edit": (q15.parse_edit, ("pista ciclabile in via Zante", TOWN), {}),
        "edit_of": (edits.edit_of, (TRACK,), {}),
        "Edit.from_mapping": (edits.CycleTrack.from_mapping, (TRACK["cycle_track"],), {}),
        "Edit.resolve": (CLOSING.resolve, (TOWN,), {}),
        "Sentence": (edits.Sentence, ("pista ciclabile in via Zante",), {}),
        "Sentence.resolve": (edits.Sentence("pista ciclabile in via Zante").resolve, (TOWN,), {}),
        "Sentence.meant": (edits.Sentence("pista ciclabile in via Zante").meant, (TOWN,), {}),
        "Undo.resolve": (
            edits.Undo(CLOSING.resolve(TOWN)).resolve,
            (CLOSING.resolve(TOWN).city,),
            {},
        ),
        "AddStreet.from_geometry": (
            edits.AddStreet.from_geometry,
            ("path", NEW_STREET.geometry.iloc[0]),
            {"crs": CRS},
        ),
        "Assumption": (q15.Assumption, (), {"text": "it is so", "source": "ours"}),
        "Scenario": (q15.Scenario, (), scenario),
        "Scenario.from_file": (
            q15.Scenario.from_file,
            (folder / "closing.yaml",),
            {"parameters": None},
        ),
        "Scenario.to_file": (SCENARIO.to_file, (folder / "closing.yaml",), {}),
        "Scenario.resolve": (SCENARIO.resolve, (TOWN,), {}),
        "Scenario.apply": (SCENARIO.apply, (TOWN,), {}),
        "Scenario.effects": (SCENARIO.effects, (TOWN,), {}),
        "Scenario.preview": (SCENARIO.preview, (TOWN,), {}),
        "Scenario.inverse": (SCENARIO.inverse, (TOWN,), {}),
        "Scenario.then": (SCENARIO.then, (q15.Scenario("track", [TRACK]),), {}),
        "combined": (q15.combined, ([SCENARIO],), {"city": TOWN, "name": "whole"}),
        "compare": (
            q15.compare,
            (TOWN, SCENARIO),
            TWO
            | {"by": "nil", "groups": "over65", "at": None, "areas": None, "draws": 0}
            | {"seed": 0, "uncertain": "pace", "paces": None},
        ),
        "evaluate": (q15.evaluate, (TOWN, SCENARIO), TWO | {"by": "nil", "groups": "over65"}),
        "Comparison.statement": (
            COMPARED.statement,
            (),
            {"language": "it", "rounded": None},
        ),
        "best_sites": (
            q15.best_sites,
            (TOWN, 1),
            site
            | {"forbidden": (), "mandatory": (), "costs": None, "budget": None, "keep": True}
            | {"objective": "coverage", "share": 1.0, "cap_minutes": 60, "gap": 0.0},
        ),
        # Each of these is read for one objective alone.
        "best_sites of the worst zone": (
            partial(q15.best_sites, TOWN, 1, objective="worst_zone", **site),
            (),
            {"by": "municipi"},
        ),
        "best_sites of the neediest": (
            partial(q15.best_sites, CROWDED, 1, objective="neediest", **site),
            (),
            {"need": pd.Series([1.0, 2.0], index=CROWDED.zones["nil"]["id"])},
        ),
        # What they share with best_sites goes through the same door.
        "site_curve": (q15.site_curve, (TOWN, (1, 2)), plan | {"mandatory": (), "gap": 0.0}),
        "fewest_places": (q15.fewest_places, (TOWN, 0.5), plan | {"forbidden": ()}),
        "best_to_keep": (
            q15.best_to_keep,
            (TOWN, 1),
            plan | {"objective": "coverage", "mandatory": (), "cap_minutes": 60},
        ),
        "relocation_bound": (q15.relocation_bound, (TOWN,), plan | {"n": 1}),
        "fairness_price": (
            q15.fairness_price,
            (CROWDED, 1),
            {"profile": "walk_75", "minutes": 1, "need": pd.Series({1: 2.0, 2: 1.0})},
        ),
        "cover_instance": (
            q15.cover_instance,
            (TOWN,),
            TWO | {"group": "over65", "candidates": None, "keep": None, "apart": None},
        ),
        "maximal_cover": (
            q15.maximal_cover,
            (INSTANCE, 1),
            {
                "forbidden": (),
                "mandatory": (),
                "costs": None,
                "budget": None,
                "gap": 0.0,
                "time_limit_s": 1.0,
            },
        ),
        "check_certificate": (q15.check_certificate, (INSTANCE, SOLVED.certificate), {}),
        "Sites.statement": (SITES.statement, (), {"language": "it"}),
        "Sites.scenario": (SITES.scenario, (), {"name": "sites"}),
        "Sites.edits": (SITES.edits, (), {"kind": "planned", "network": "houses"}),
        "Sites.opened": (SITES.opened, (TOWN,), {}),
        "missing_links": (q15.missing_links, (TOWN,), TWO | {"group": "over65"} | links),
        "Links.edit": (LINKS.edit, (LINKS.links["link_id"].iloc[0],), {}),
        "Links.scenario": (LINKS.scenario, ("link-1",), {"name": "a way"}),
        "compare_runs": (q15.compare_runs, (RUN, RUN), {"other_questions": False}),
        "runs_table": (q15.runs_table, ([RUN],), {}),
        "read_run": (q15.read_run, (folder / "run.json",), {}),
        "record_run": (
            q15.record_run,
            (TOWN, folder / "runs"),
            TWO
            | {"by": "nil", "groups": "over65", "date": dt.date(2026, 1, 1), "note": "first"}
            | {"smallest_count": 10},
        ),
        "write_comparison": (
            q15.write_comparison,
            (TOWN, COMPARED, Path(__file__)),
            {"scenarios": SCENARIO, "group": None, "smallest_count": 10, "language": "it"},
        ),
        "write_sites": (
            q15.write_sites,
            (TOWN, SITES, Path(__file__)),
            {"curve": None, "profile": None, "smallest_count": 10, "language": "it"},
        ),
        "write_links": (
            q15.write_links,
            (TOWN, LINKS, Path(__file__)),
            {"profile": None, "smallest_count": 10, "language": "it"},
        ),
    }


def analysis_calls(folder: Path) -> dict[str, Call]:
    """The same of gaps, need, fairness, supply, hours, services and what is uncertain."""
    ask = TWO | {"groups": "over65"}
    one = TWO | {"group": "over65"}
    spots = ask | {"units": "hexagons", "permutations": 39, "seed": 0, "side_m": 60.0}
    spots |= {"field": "uncovered_per_km2", "around": None}
    when = ask | {"by": "nil", "hours": "opening_hours", "calendar": "IT-MI"}
    week = {"week_of": None, "dates": "2026-08-15", "at": None, "every_minutes": 360}
    here = {"city": PEOPLED, "outside": "refuse"}
    hours = {"year": 2026, "closures": None, "notes": None, "calendar": "IT-MI"}
    return {
        "gap_areas": (
            q15.gap_areas,
            (TOY,),
            ask
            | {"within": "nil", "neighbours_m": 200, "density_percentile": 0}
            | {"density_radius_m": 500, "fewest": 0, "times": None},
        ),
        "gap_sentences": (
            q15.gap_sentences,
            (UNREACHED,),
            {"language": "en"},
        ),
        "flag_gaps": (
            q15.flag_gaps,
            (TOY, COVER),
            {"groups": "over65", "density_percentile": 50, "share_below": 0.5},
        ),
        "local_density": (q15.local_density, (TOY,), {"groups": "over65", "radius_m": 500}),
        "hot_spots": (q15.hot_spots, (TOY,), spots | {"statistic": "getis_ord", "level": 0.05}),
        "global_moran": (q15.global_moran, (TOY,), spots),
        "units_agree": (
            q15.units_agree,
            (TOY,),
            spots | {"units": ("nil", "hexagons"), "statistic": "getis_ord", "level": 0.05},
        ),
        "NeedComponent": (
            q15.NeedComponent,
            (),
            {"name": "minors", "of": "minors", "per": "residents", "direction": 1, "why": "so"},
        ),
        "need_index": (
            q15.need_index,
            (PEOPLED,),
            {"by": "nil", "components": OLD, "weights": None, "scale": "rank"}
            | {"table": NEED, "least_people": 0, "top": 1, "draws": 3, "seed": 0},
        ),
        "fairness": (
            q15.fairness,
            (PEOPLED,),
            ask | {"by": "nil", "need": INDEX, "times": None},
        ),
        "zone_profile": (
            q15.zone_profile,
            (PEOPLED,),
            ask | {"by": "nil", "to": "houses", "need": None, "table": NEED},
        ),
        "NeedIndex.neediest": (INDEX.neediest, (0.5,), {}),
        "City.on_streets_of": (PEOPLED.on_streets_of, ("nowhere",), {}),
        "open_slots": (
            q15.open_slots,
            (PEOPLED.places, ["2026-07-06 10:00"]),
            {"hours": "opening_hours", "calendar": "IT-MI"},
        ),
        "supply": (q15.supply, (PEOPLED,), one | {"by": "nil", "k": 2}),
        "basket": (
            q15.basket,
            (PEOPLED, {"house": "houses", "west": PEOPLED.places[:1]}),
            {"profile": "walk_75", "minutes": 1, "by": "nil", "groups": "over65"},
        ),
        "floating_catchments": (
            q15.floating_catchments,
            (PEOPLED,),
            one
            | {"minutes": (1, 2), "weights": (1, 0.5), "by": "nil"}
            | {"capacity": "capacity", "steps": 2},
        ),
        "overlap": (q15.overlap, (PEOPLED,), one),
        "network_overlap": (
            q15.network_overlap,
            (PEOPLED, PEOPLED.places[:1], PEOPLED.places[1:]),
            {"profile": "walk_75", "minutes": 1, "by": "nil", "groups": "over65"},
        ),
        "contributions": (
            q15.contributions,
            (PEOPLED,),
            one | {"value": "coverage", "by": "kind"},
        ),
        "co_located": (q15.co_located, (PEOPLED,), TWO),
        "catchment_profile": (q15.catchment_profile, (PEOPLED, "west"), TWO),
        "coverage_by_hour": (q15.coverage_by_hour, (PEOPLED,), when | week),
        "open_when": (
            q15.open_when,
            (PEOPLED,),
            when | week | {"place": "west", "opens": "Sa 10:00-18:00", "at_any_time": False},
        ),
        "pace_season_hours": (
            q15.pace_season_hours,
            (PEOPLED,),
            when
            | {"at": dt.datetime(2026, 8, 15, 10), "adult": "walk_adult"}  # noqa: DTZ001
            | {"season_minutes_per_km": 1.0, "order": ("pace", "season", "hours")},
        ),
        "waterfall": (
            q15.waterfall,
            (HOURS,),
            {"language": "it", "axes": None},
        ),
        "quarters_reached": (
            q15.quarters_reached,
            (PEOPLED, QUARTERS),
            ask | {"groups": "residents", "by": "nil", "within_m": 300},
        ),
        "service_times": (
            q15.service_times,
            (PEOPLED,),
            {"profile": "walk_75", "places": "houses", "services": "houses", "minutes": 1},
        ),
        "sensitivity": (
            q15.sensitivity,
            (PEOPLED,),
            ask
            | {"by": "nil", "draws": 2, "seed": 0, "speeds": (3.0,), "thresholds": (2,)}
            | {"vintages": None, "uncertain": "pace", "paces": None, "top": 1},
        ),
        "trends": (q15.trends, (PEOPLED,), {"by": "nil", "groups": "over65", "years": 2011}),
        "coverage_by_year": (
            q15.coverage_by_year,
            (PEOPLED,),
            ask | {"by": "nil", "years": 2011},
        ),
        "read_facilities": (
            q15.read_facilities,
            (folder / "none.csv",),
            here
            | {"kind": "library", "network": None, "id_column": "id", "name_column": "name"}
            | {"kind_column": None, "lon_column": "lon", "lat_column": "lat", "crs": None}
            | {"layer": None, "address_columns": None},
        ),
        "facilities_from_osm": (
            q15.facilities_from_osm,
            (folder / "none.osm",),
            here | {"tags": {"amenity": "library"}, "network": None},
        ),
        "read_italian_hours": (q15.read_italian_hours, ("lun-ven 9-12",), hours),
    }


def publishing_calls(folder: Path) -> dict[str, Call]:
    """The same of pages, reports, layers and workbooks."""
    publisher = q15.Publisher(name="Municipio 4", contact="casa@example.org")
    said = {name: getattr(publisher, name) for name in SETTINGS}
    when = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    page = {"publisher": publisher, "smallest_count": 10, "language": "it", "progress": print}
    told = {"provenance": {}, "when": when, "language": "it"}
    return {
        "Publisher": (q15.Publisher, (), said),
        "Publisher.from_toml": (q15.Publisher.from_toml, (folder / "publisher.toml",), {}),
        "shipped_scenarios": (q15.shipped_scenarios, (TOWN,), {}),
        "write_site": (
            q15.write_site,
            (TOWN, Path(__file__)),
            page | {"only": "nowhere", "scenarios": SCENARIO},
        ),
        "write_reports": (
            q15.write_reports,
            (TOWN, Path(__file__)),
            page
            | {"municipi": 9, "scenarios": SCENARIO, "profile": "walk_75"}
            | {"minutes": 15, "group": "over65"},
        ),
        "legend_of": (q15.legend_of, (COVER,), {"column": "share"}),
        "Legend.class_numbers": (q15.legend_of(COVER).class_numbers, (COVER,), {}),
        "write_layers": (
            q15.write_layers,
            ({"places": TOY.places}, folder / "layers.gpkg"),
            told | {"legends": {"places": q15.legend_of(TOY.places)}},
        ),
        "write_workbook": (
            q15.write_workbook,
            ({"coverage": COVER}, folder / "tables.xlsx"),
            told | {"title": "Coverage"},
        ),
    }


def every_call(folder: Path) -> dict[str, Call]:
    """Whatever can be called."""
    return (
        calls(folder) | planning_calls(folder) | analysis_calls(folder) | publishing_calls(folder)
    )

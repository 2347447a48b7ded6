"""Law: whatever is given for a parameter, only an error of this library comes back, or an answer.

Every public function and method is called once as it should be, and then once for every parameter
and every value of a drawer of wrong ones: what a notebook may hold under the name of another.
"""

from __future__ import annotations

import datetime as dt
import inspect
import math
import os
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import quartieri15 as q15
from quartieri15.arguments import is_finite, is_number, require_path, shown
from quartieri15.errors import ParameterError, Quartieri15Error
from quartieri15.model import profiles
from quartieri15.publish.site import write_site
from quartieri15.sources.osm.barriers import read_barriers
from quartieri15.sources.osm.reading import read_pbf
from quartieri15.sources.rasters import elevations, with_grades
from tests.ascii_city import CRS, draw_city

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def calls(folder: Path) -> dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]:
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
            },
        ),
        "City.from_tables": (
            q15.City.from_tables,
            ("toy",),
            tables
            | {"streets": network, "provenance": {}, "addresses": ADDRESSES}
            | {"buildings": BUILDINGS},
        ),
        "City.places_named": (TOY.places_named, ("houses",), {}),
        "City.zones_named": (TOY.zones_named, ("nil",), {}),
        "City.require_groups": (TOY.require_groups, ("over65",), {}),
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
        "write_site": (
            write_site,
            (TOY, Path(__file__)),
            {"profiles": "walk_75", "minutes": 15, "places": "houses", "groups": None}
            | {"smallest_count": 10, "language": "it", "progress": print},
        ),
    }


NAMES = tuple(calls(Path()))
FAILS_AS_CALLED = {"load", "with_grades", "elevations", "write_site"}
"""What would take long if it went through: called with one argument that is refused in the end."""


def wrong_calls(
    arguments: tuple[Any, ...], options: dict[str, Any]
) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Put every value of the drawer in the place of every argument."""
    for value in DRAWER:
        for i in range(len(arguments)):
            yield f"argument {i}", (*arguments[:i], value, *arguments[i + 1 :]), options
        for name in options:
            yield name, arguments, options | {name: value}


@pytest.mark.parametrize("name", NAMES)
def test_only_an_error_of_this_library_comes_back(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    profiles.WALK_75.to_yaml(tmp_path / "walk.yaml")
    call, arguments, options = calls(tmp_path)[name]
    if name not in FAILS_AS_CALLED:
        call(*arguments, **options)
    foreign = []
    for where, given, asked in wrong_calls(arguments, options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                call(*given, **asked)
            except Quartieri15Error:
                pass
            except Exception as error:  # noqa: BLE001  (this is what is looked for)
                value = asked[where] if where in asked else given[int(where[-1])]
                foreign.append(f"{where}={shown(value)}: {type(error).__name__}: {error!s:.100}")
    assert not foreign, "\n".join(foreign)


def test_every_public_function_and_method_is_called() -> None:
    called = {f"{call.__module__}.{call.__qualname__}" for call, *_ in calls(Path()).values()}
    public = [getattr(q15, name) for name in q15.__all__]
    public += [getattr(profiles, name) for name in profiles.__all__]
    missed = set()
    for thing in public:
        if inspect.isclass(thing) and thing.__module__.startswith("quartieri15"):
            members = [(thing, name) for name in vars(thing) if not name.startswith("_")]
            found = [getattr(owner, name) for owner, name in members]
        else:
            found = [thing]
        for one in found:
            if not inspect.isroutine(one) or not one.__module__.startswith("quartieri15"):
                continue
            takes = [name for name in inspect.signature(one).parameters if name != "self"]
            if takes and f"{one.__module__}.{one.__qualname__}" not in called:
                missed.add(one.__qualname__)
    # Doors of other rooms go through these.
    assert missed <= {"StreetNetwork.outside", "StreetNetwork.require_near"}


def test_a_number_is_one_of_python_or_a_scalar_of_numpy() -> None:
    for right in (15, 15.0, np.int16(15), np.float32(15)):
        assert q15.travel_times(TOY, to="houses", profile="walk_75", minutes=right) is not None
        assert is_number(right)
        assert is_finite(right)
    for wrong in (True, np.bool_(1), np.array(15), "15", Decimal(15), None, 15 + 0j):
        assert not is_number(wrong)
        if wrong is not None:
            with pytest.raises(ParameterError, match="minutes is"):
                q15.travel_times(TOY, to="houses", profile="walk_75", minutes=wrong)
    assert not is_finite(math.inf)
    assert not is_finite(10**400)


def test_a_path_is_a_text_or_a_path() -> None:
    assert require_path("a/b", where="path") == Path("a", "b")
    for wrong in (3, None, "", b"a", "a\0b", ["a"], os):
        with pytest.raises(ParameterError, match="is no path"):
            require_path(wrong, where="path")


def test_a_table_is_not_printed_in_an_error() -> None:
    with pytest.raises(ParameterError, match=r"^city: a DataFrame is no city\. Mend: .*load"):
        q15.coverage(pd.DataFrame({"a": range(999)}), to="houses", profile="walk_75")
    with pytest.raises(ParameterError, match=r"direction is a GeoDataFrame"):
        q15.travel_times(TOY, to="houses", profile="walk_75", direction=TOY.houses)
    assert len(shown("x" * 999)) < 50

"""Who reaches a city's neighbourhood services in fifteen minutes, and what would change that."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quartieri15.analysis.baskets import basket
    from quartieri15.analysis.catchment_profiles import catchment_profile
    from quartieri15.analysis.co_location import co_located
    from quartieri15.analysis.contributions import contributions
    from quartieri15.analysis.coverage import coverage
    from quartieri15.analysis.edition_changes import EditionChanges, edition_changes
    from quartieri15.analysis.fairness import Fairness, fairness
    from quartieri15.analysis.flags import flag_gaps
    from quartieri15.analysis.floating_catchments import floating_catchments
    from quartieri15.analysis.gap_areas import gap_areas
    from quartieri15.analysis.gaps import find_gaps
    from quartieri15.analysis.hot_spots.agreement import units_agree
    from quartieri15.analysis.hot_spots.global_moran import global_moran
    from quartieri15.analysis.hot_spots.hot_spots import hot_spots
    from quartieri15.analysis.local_density import local_density
    from quartieri15.analysis.need import NeedIndex, need_index
    from quartieri15.analysis.need_components import NeedComponent
    from quartieri15.analysis.opening import coverage_by_hour, open_when
    from quartieri15.analysis.overlap import network_overlap, overlap
    from quartieri15.analysis.pace_season_hours import pace_season_hours
    from quartieri15.analysis.paces import PaceDistribution, expected_coverage
    from quartieri15.analysis.quarters import quarters_reached
    from quartieri15.analysis.sensitivity.measuring import Sensitivity, sensitivity
    from quartieri15.analysis.services import ServiceTimes, service_times
    from quartieri15.analysis.supply import supply
    from quartieri15.analysis.trends import coverage_by_year, trends
    from quartieri15.analysis.zone_profiles import zone_profile
    from quartieri15.editions.checking.folder import check
    from quartieri15.editions.loading import build, load, load_quarters
    from quartieri15.editions.new_project import NewProject, new_project
    from quartieri15.editions.project import Project, read_project
    from quartieri15.model import profiles
    from quartieri15.model.addresses import locate
    from quartieri15.model.city import City
    from quartieri15.model.geocoding.geocode import geocode
    from quartieri15.model.hours import open_at, open_slots
    from quartieri15.model.interchange import city_of_streets, junction_tables
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork
    from quartieri15.planning import edits
    from quartieri15.planning.comparing.compare import compare
    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.planning.evaluating import evaluate
    from quartieri15.planning.links.missing import Links, missing_links
    from quartieri15.planning.naming import streets_named, stretch
    from quartieri15.planning.phrases import parse_edit
    from quartieri15.planning.runs import compare_runs, runs_table
    from quartieri15.planning.scenario import Assumption, Scenario, combined
    from quartieri15.planning.shipped import shipped_scenarios
    from quartieri15.planning.siting.certificate import check_certificate
    from quartieri15.planning.siting.cover import cover_instance
    from quartieri15.planning.siting.maximal import maximal_cover
    from quartieri15.planning.siting.result import Sites
    from quartieri15.planning.siting.sites import (
        best_sites,
        best_to_keep,
        fairness_price,
        fewest_places,
        relocation_bound,
        site_curve,
    )
    from quartieri15.publish.comparison import write_comparison
    from quartieri15.publish.exploring import explore
    from quartieri15.publish.gap_sentences import gap_sentences
    from quartieri15.publish.layers.geopackage import write_layers
    from quartieri15.publish.legends import legend_of
    from quartieri15.publish.links import write_links
    from quartieri15.publish.report.writing import write_reports
    from quartieri15.publish.runs import read_run, record_run
    from quartieri15.publish.site.building import write_site
    from quartieri15.publish.site.publisher import Publisher
    from quartieri15.publish.sites import write_sites
    from quartieri15.publish.updating import Update, update
    from quartieri15.publish.waterfall import waterfall
    from quartieri15.publish.workbook import write_workbook
    from quartieri15.reach.bands import bands, simplified
    from quartieri15.reach.catchments import catchments, reached_area, reached_streets
    from quartieri15.reach.loads import street_loads
    from quartieri15.reach.surfaces import travel_time_surface
    from quartieri15.reach.times import travel_time_matrix, travel_times
    from quartieri15.sources.facilities import read_facilities
    from quartieri15.sources.italian_hours import read_italian_hours
    from quartieri15.sources.osm.facilities import facilities_from_osm

__version__ = "0.1.0"

__all__ = [
    "Assumption",
    "City",
    "Comparison",
    "EditionChanges",
    "Fairness",
    "Links",
    "NeedComponent",
    "NeedIndex",
    "NewProject",
    "PaceDistribution",
    "Project",
    "Publisher",
    "Scenario",
    "Sensitivity",
    "ServiceTimes",
    "Sites",
    "StreetNetwork",
    "TravelProfile",
    "Update",
    "bands",
    "basket",
    "best_sites",
    "best_to_keep",
    "build",
    "catchment_profile",
    "catchments",
    "check",
    "check_certificate",
    "city_of_streets",
    "co_located",
    "combined",
    "compare",
    "compare_runs",
    "contributions",
    "cover_instance",
    "coverage",
    "coverage_by_hour",
    "coverage_by_year",
    "edition_changes",
    "edits",
    "evaluate",
    "expected_coverage",
    "explore",
    "facilities_from_osm",
    "fairness",
    "fairness_price",
    "fewest_places",
    "find_gaps",
    "flag_gaps",
    "floating_catchments",
    "gap_areas",
    "gap_sentences",
    "geocode",
    "global_moran",
    "hot_spots",
    "junction_tables",
    "legend_of",
    "load",
    "load_quarters",
    "local_density",
    "locate",
    "maximal_cover",
    "missing_links",
    "need_index",
    "network_overlap",
    "new_project",
    "open_at",
    "open_slots",
    "open_when",
    "overlap",
    "pace_season_hours",
    "parse_edit",
    "profiles",
    "quarters_reached",
    "reached_area",
    "reached_streets",
    "read_facilities",
    "read_italian_hours",
    "read_project",
    "read_run",
    "record_run",
    "relocation_bound",
    "runs_table",
    "sensitivity",
    "service_times",
    "shipped_scenarios",
    "simplified",
    "site_curve",
    "street_loads",
    "streets_named",
    "stretch",
    "supply",
    "travel_time_matrix",
    "travel_time_surface",
    "travel_times",
    "trends",
    "units_agree",
    "update",
    "waterfall",
    "write_comparison",
    "write_layers",
    "write_links",
    "write_reports",
    "write_site",
    "write_sites",
    "write_workbook",
    "zone_profile",
]

# The same once more, for who runs the library: a module is imported when one of its names is
# asked for, so that a question waits only for the libraries it needs.
_NAMES_OF = {
    "analysis.baskets": ("basket",),
    "analysis.catchment_profiles": ("catchment_profile",),
    "analysis.co_location": ("co_located",),
    "analysis.contributions": ("contributions",),
    "analysis.coverage": ("coverage",),
    "analysis.edition_changes": (
        "EditionChanges",
        "edition_changes",
    ),
    "analysis.fairness": (
        "Fairness",
        "fairness",
    ),
    "analysis.flags": ("flag_gaps",),
    "analysis.floating_catchments": ("floating_catchments",),
    "analysis.gap_areas": ("gap_areas",),
    "analysis.gaps": ("find_gaps",),
    "analysis.hot_spots.agreement": ("units_agree",),
    "analysis.hot_spots.global_moran": ("global_moran",),
    "analysis.hot_spots.hot_spots": ("hot_spots",),
    "analysis.local_density": ("local_density",),
    "analysis.need": (
        "NeedIndex",
        "need_index",
    ),
    "analysis.need_components": ("NeedComponent",),
    "analysis.opening": (
        "coverage_by_hour",
        "open_when",
    ),
    "analysis.overlap": (
        "network_overlap",
        "overlap",
    ),
    "analysis.pace_season_hours": ("pace_season_hours",),
    "analysis.paces": (
        "PaceDistribution",
        "expected_coverage",
    ),
    "analysis.quarters": ("quarters_reached",),
    "analysis.sensitivity.measuring": (
        "Sensitivity",
        "sensitivity",
    ),
    "analysis.services": (
        "ServiceTimes",
        "service_times",
    ),
    "analysis.supply": ("supply",),
    "analysis.trends": (
        "coverage_by_year",
        "trends",
    ),
    "analysis.zone_profiles": ("zone_profile",),
    "editions.checking.folder": ("check",),
    "editions.loading": (
        "build",
        "load",
        "load_quarters",
    ),
    "editions.new_project": (
        "NewProject",
        "new_project",
    ),
    "editions.project": (
        "Project",
        "read_project",
    ),
    "model.addresses": ("locate",),
    "model.city": ("City",),
    "model.geocoding.geocode": ("geocode",),
    "model.hours": (
        "open_at",
        "open_slots",
    ),
    "model.interchange": (
        "city_of_streets",
        "junction_tables",
    ),
    "model.profiles": ("TravelProfile",),
    "model.streets": ("StreetNetwork",),
    "planning.comparing.compare": ("compare",),
    "planning.comparing.comparison": ("Comparison",),
    "planning.evaluating": ("evaluate",),
    "planning.links.missing": (
        "Links",
        "missing_links",
    ),
    "planning.naming": (
        "streets_named",
        "stretch",
    ),
    "planning.phrases": ("parse_edit",),
    "planning.runs": (
        "compare_runs",
        "runs_table",
    ),
    "planning.scenario": (
        "Assumption",
        "Scenario",
        "combined",
    ),
    "planning.shipped": ("shipped_scenarios",),
    "planning.siting.certificate": ("check_certificate",),
    "planning.siting.cover": ("cover_instance",),
    "planning.siting.maximal": ("maximal_cover",),
    "planning.siting.result": ("Sites",),
    "planning.siting.sites": (
        "best_sites",
        "best_to_keep",
        "fairness_price",
        "fewest_places",
        "relocation_bound",
        "site_curve",
    ),
    "publish.comparison": ("write_comparison",),
    "publish.exploring": ("explore",),
    "publish.gap_sentences": ("gap_sentences",),
    "publish.layers.geopackage": ("write_layers",),
    "publish.legends": ("legend_of",),
    "publish.links": ("write_links",),
    "publish.report.writing": ("write_reports",),
    "publish.runs": (
        "read_run",
        "record_run",
    ),
    "publish.site.building": ("write_site",),
    "publish.site.publisher": ("Publisher",),
    "publish.sites": ("write_sites",),
    "publish.updating": (
        "Update",
        "update",
    ),
    "publish.waterfall": ("waterfall",),
    "publish.workbook": ("write_workbook",),
    "reach.bands": (
        "bands",
        "simplified",
    ),
    "reach.catchments": (
        "catchments",
        "reached_area",
        "reached_streets",
    ),
    "reach.loads": ("street_loads",),
    "reach.surfaces": ("travel_time_surface",),
    "reach.times": (
        "travel_time_matrix",
        "travel_times",
    ),
    "sources.facilities": ("read_facilities",),
    "sources.italian_hours": ("read_italian_hours",),
    "sources.osm.facilities": ("facilities_from_osm",),
}
_MODULES = {"edits": "planning.edits", "profiles": "model.profiles"}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"quartieri15.{_MODULES[name]}")
    for module, names in _NAMES_OF.items():
        if name in names:
            return getattr(import_module(f"quartieri15.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

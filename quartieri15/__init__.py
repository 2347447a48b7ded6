"""Who reaches a city's neighbourhood services in fifteen minutes, and what would change that."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quartieri15.analysis.coverage import coverage
    from quartieri15.analysis.gaps import find_gaps
    from quartieri15.analysis.paces import PaceDistribution, expected_coverage
    from quartieri15.editions.loading import load
    from quartieri15.model import profiles
    from quartieri15.model.addresses import locate
    from quartieri15.model.city import City
    from quartieri15.model.hours import open_at
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
    from quartieri15.publish.links import write_links
    from quartieri15.publish.maps import explore
    from quartieri15.publish.runs import read_run, record_run
    from quartieri15.publish.sites import write_sites
    from quartieri15.reach.bands import bands, simplified
    from quartieri15.reach.catchments import catchments, reached_area, reached_streets
    from quartieri15.reach.loads import street_loads
    from quartieri15.reach.surfaces import travel_time_surface
    from quartieri15.reach.times import travel_time_matrix, travel_times

__version__ = "0.1.0"

__all__ = [
    "Assumption",
    "City",
    "Comparison",
    "Links",
    "PaceDistribution",
    "Scenario",
    "Sites",
    "StreetNetwork",
    "TravelProfile",
    "bands",
    "best_sites",
    "best_to_keep",
    "catchments",
    "check_certificate",
    "city_of_streets",
    "combined",
    "compare",
    "compare_runs",
    "cover_instance",
    "coverage",
    "edits",
    "evaluate",
    "expected_coverage",
    "explore",
    "fairness_price",
    "fewest_places",
    "find_gaps",
    "junction_tables",
    "load",
    "locate",
    "maximal_cover",
    "missing_links",
    "open_at",
    "parse_edit",
    "profiles",
    "reached_area",
    "reached_streets",
    "read_run",
    "record_run",
    "relocation_bound",
    "runs_table",
    "simplified",
    "site_curve",
    "street_loads",
    "streets_named",
    "stretch",
    "travel_time_matrix",
    "travel_time_surface",
    "travel_times",
    "write_comparison",
    "write_links",
    "write_sites",
]

# The same once more, for who runs the library: a module is imported when one of its names is
# asked for, so that a question waits only for the libraries it needs.
_NAMES_OF = {
    "analysis.coverage": ("coverage",),
    "analysis.gaps": ("find_gaps",),
    "analysis.paces": ("PaceDistribution", "expected_coverage"),
    "editions.loading": ("load",),
    "model.addresses": ("locate",),
    "model.city": ("City",),
    "model.hours": ("open_at",),
    "model.interchange": ("city_of_streets", "junction_tables"),
    "model.profiles": ("TravelProfile",),
    "model.streets": ("StreetNetwork",),
    "planning.comparing.compare": ("compare",),
    "planning.comparing.comparison": ("Comparison",),
    "planning.evaluating": ("evaluate",),
    "planning.links.missing": ("Links", "missing_links"),
    "planning.naming": ("streets_named", "stretch"),
    "planning.phrases": ("parse_edit",),
    "planning.runs": ("compare_runs", "runs_table"),
    "planning.scenario": ("Assumption", "Scenario", "combined"),
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
    "publish.links": ("write_links",),
    "publish.maps": ("explore",),
    "publish.runs": ("read_run", "record_run"),
    "publish.sites": ("write_sites",),
    "reach.bands": ("bands", "simplified"),
    "reach.catchments": ("catchments", "reached_area", "reached_streets"),
    "reach.loads": ("street_loads",),
    "reach.surfaces": ("travel_time_surface",),
    "reach.times": ("travel_time_matrix", "travel_times"),
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

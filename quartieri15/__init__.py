"""Who reaches a city's neighbourhood services in fifteen minutes, and what would change that."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quartieri15.analysis.coverage import coverage
    from quartieri15.analysis.gaps import find_gaps
    from quartieri15.analysis.paces import PaceDistribution, expected_coverage
    from quartieri15.editions.loading import load
    from quartieri15.model import profiles
    from quartieri15.model.city import City
    from quartieri15.model.interchange import city_of_streets, junction_tables
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork
    from quartieri15.publish.maps import explore
    from quartieri15.reach.bands import bands, simplified
    from quartieri15.reach.catchments import catchments, reached_area, reached_streets
    from quartieri15.reach.loads import street_loads
    from quartieri15.reach.surfaces import travel_time_surface
    from quartieri15.reach.times import travel_time_matrix, travel_times

__version__ = "0.1.0"

__all__ = [
    "City",
    "PaceDistribution",
    "StreetNetwork",
    "TravelProfile",
    "bands",
    "catchments",
    "city_of_streets",
    "coverage",
    "expected_coverage",
    "explore",
    "find_gaps",
    "junction_tables",
    "load",
    "profiles",
    "reached_area",
    "reached_streets",
    "simplified",
    "street_loads",
    "travel_time_matrix",
    "travel_time_surface",
    "travel_times",
]

# The same once more, for who runs the library: a module is imported when one of its names is
# asked for, so that a question waits only for the libraries it needs.
_NAMES_OF = {
    "analysis.coverage": ("coverage",),
    "analysis.gaps": ("find_gaps",),
    "analysis.paces": ("PaceDistribution", "expected_coverage"),
    "editions.loading": ("load",),
    "model.city": ("City",),
    "model.interchange": ("city_of_streets", "junction_tables"),
    "model.profiles": ("TravelProfile",),
    "model.streets": ("StreetNetwork",),
    "publish.maps": ("explore",),
    "reach.bands": ("bands", "simplified"),
    "reach.catchments": ("catchments", "reached_area", "reached_streets"),
    "reach.loads": ("street_loads",),
    "reach.surfaces": ("travel_time_surface",),
    "reach.times": ("travel_time_matrix", "travel_times"),
}


def __getattr__(name: str) -> object:
    if name == "profiles":
        return import_module("quartieri15.model.profiles")
    for module, names in _NAMES_OF.items():
        if name in names:
            return getattr(import_module(f"quartieri15.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

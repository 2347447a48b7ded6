"""In which CRS the distances of a project's city are measured, and whether it is made for there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quartieri15.crs import GEOGRAPHIC, crs_named, metric_crs, stretch
from quartieri15.editions.toml_keys import TomlKeys
from quartieri15.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from quartieri15.editions.project import Project

MOST_STRETCH: Final = 0.0025
"""By how much of itself a distance on the map may differ from that on the ground. Less than that:
UTM in its own zone (0.10 %), the one zone of RDN2008 for all of Italy (0.15 %), and Milano in the
UTM zone beside its own (0.22 %)."""


def city_crs(project: Project, zones: gpd.GeoDataFrame) -> CRS:
    """Return the CRS that the project names, or the UTM zone of its zones.

    Parameters
    ----------
    project
        The project.
    zones
        The finest zones, in any CRS.

    Raises
    ------
    InputError
        If distances in the CRS that is named are not those on the ground, or the zones lie
        nowhere.
    """
    degrees = zones.to_crs(GEOGRAPHIC)
    fitting = metric_crs(degrees, where=project.zones[next(iter(project.counts))].path.name)
    if project.crs is None:
        return fitting
    crs = crs_named(project.crs, where=_place(project))
    off = stretch(crs, degrees.total_bounds)
    if off > MOST_STRETCH:
        raise InputError(
            _how_far_off(crs, project.crs, degrees, off),
            where=_place(project),
            mend="the coordinates of the zones look swapped: write east, then north"
            if _look_swapped(crs, degrees)
            else f"{_instead(fitting)}; or correct the CRS of the zones, if they lie elsewhere",
        )
    return crs


def made_for_elsewhere(project: Project, zones: gpd.GeoDataFrame) -> tuple[str, str] | None:
    """Say that a CRS is made for another area than the one of the zones, and the mend.

    Returns
    -------
    tuple of str or None
        None where it is made for there, or nothing is known of that.
    """
    if project.crs is None:
        return None
    degrees = zones.to_crs(GEOGRAPHIC)
    crs = crs_named(project.crs, where=_place(project))
    area, (lon, lat) = crs.area_of_use, _middle(degrees)
    if area is None or (area.west <= lon <= area.east and area.south <= lat <= area.north):
        return None
    off = stretch(crs, degrees.total_bounds)
    fitting = metric_crs(degrees, where="zones")
    return _how_far_off(crs, project.crs, degrees, off), _instead(fitting)


def _how_far_off(crs: CRS, named: str, degrees: gpd.GeoDataFrame, off: float) -> str:
    lon, lat = _middle(degrees)
    far = f"up to {off:.1%} off" if off < 1 else "none"
    area = ""
    if crs.area_of_use is not None:
        # After the first sentence, a list of countries.
        area = f"; it is made for {crs.area_of_use.name.partition('. ')[0].rstrip('.')}"
    return f"at {lon:.2f} degrees east, {lat:.2f} north distances in {named} are {far}{area}"


def _look_swapped(crs: CRS, degrees: gpd.GeoDataFrame) -> bool:
    """Tell whether the CRS is made for where zones would lie with north before east."""
    south, west, north, east = degrees.total_bounds
    return max(abs(south), abs(north)) <= 90 and stretch(crs, (west, south, east, north)) <= (  # noqa: PLR2004
        MOST_STRETCH
    )


def _middle(degrees: gpd.GeoDataFrame) -> tuple[float, float]:
    west, south, east, north = degrees.total_bounds
    return (west + east) / 2, (south + north) / 2


def _instead(fitting: CRS) -> str:
    return f"write crs = '{fitting.to_string()}' ({fitting.name}), or leave the key out"


def _place(project: Project) -> str:
    return TomlKeys(project.path).place("crs")

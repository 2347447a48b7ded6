"""The layers beside the pages of a site, and what tells programs of them and of the tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from quartieri15.model.profiles import PROFILES
from quartieri15.publish import words
from quartieri15.publish.drawing import merged_bands
from quartieri15.publish.file_names import slug_of
from quartieri15.publish.layers.csv_on_the_web import CSVW_FILE, csv_metadata
from quartieri15.publish.layers.dcat_ap_it import (
    DCAT_FILE,
    FILE_TYPES,
    PublishedSet,
    dcat_catalogue,
)
from quartieri15.publish.layers.geopackage import write_layers
from quartieri15.publish.layers.single_layers import write_geojson, write_geoparquet
from quartieri15.publish.legends import legend_of
from quartieri15.publish.tables import write_json
from quartieri15.publish.texts import in_each
from quartieri15.reach.catchments import reached_area
from quartieri15.reach.kernels import available_cores

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.publish.legends import Legend
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.texts import Texts

GROUPS: Final = ("over65", "foreign")
"""Whose coverage has layers of its own; that of all others is in the tables."""

PLACE_COLUMNS: Final = (
    *("id", "name", "kind", "network", "hosts_wemi", "wemi_desk", "municipio", "address"),
    *("location_precision", "location_uncertainty_m", "confidence", "source"),
)
_BANDS: Final = "bands_"

SHOWN: Final = ("share", "uncovered", "median_minutes")
"""The columns of coverage that QGIS has a style for; it opens with the first."""


def site_layers(material: Material) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers beside the pages: places, zones with their coverage, reached areas.

    Parameters
    ----------
    material
        What the pages are made from. Coverage is that of the first traveller.

    Returns
    -------
    dict
        Tables by the name of their layer.
    """
    city, who = material.city, material.travellers[0]
    own = [name for name in PLACE_COLUMNS if name in city.places.columns]
    layers = {"places": city.places[[*own, city.places.geometry.name]]}
    for by, zones in city.zones.items():
        ranked = material.answers.gaps
        told = material.coverage(who, by)
        for group in GROUPS:
            if (ranked["by"] == by).all() and (ranked["group"] == group).any():
                asked = (ranked["group"] == group) & (ranked["profile"] == who.name)
                rows = pd.DataFrame(ranked[asked].drop(columns="geometry"))
            else:
                rows = told[told["group"] == group]
            if len(rows):
                shapes = zones.set_index("id").geometry.reindex(rows["zone_id"]).to_numpy()
                layers[f"{by}_{group}"] = gpd.GeoDataFrame(rows, geometry=shapes, crs=city.crs)
    return layers | _bands(material)


def _bands(material: Material) -> dict[str, gpd.GeoDataFrame]:
    """Return the area reached by each traveller, from one limit of minutes to the next."""
    drawn = dict(iter(material.answers.catchments.groupby("profile", sort=False)))
    each = [
        drawn[who.name]
        if who.name in drawn
        else reached_area(
            material.city, material.places, profile=who, minutes=material.question.bands
        )
        for who in material.travellers
    ]
    # GEOS merges without holding up other threads.
    with ThreadPoolExecutor(available_cores()) as pool:
        merged = list(pool.map(merged_bands, each))
    layers = {}
    for own, (limits, shapes) in zip(each, merged, strict=True):
        profile = own["profile"].iloc[0]
        told = {
            "profile": profile,
            "speed_kmh": own["speed_kmh"].iloc[0],
            "minutes_from": [0.0, *limits[:-1]],
            "minutes_to": limits,
        }
        layers[f"{_BANDS}{profile}"] = gpd.GeoDataFrame(told, geometry=shapes, crs=own.crs)
    return layers


def write_site_layers(material: Material, folder: Path) -> None:
    """Write the layers of a site, and the metadata of all files that stand in the folder then.

    Parameters
    ----------
    material
        What the pages are made from.
    folder
        The folder, which holds the tables already: ``<city>.gpkg``, each layer as GeoJSON and
        GeoParquet, ``csv-metadata.json`` and ``dcat-ap_it.jsonld`` are written.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    city = material.city
    layers = site_layers(material)
    legends: dict[str, list[Legend]] = {
        name: [legend_of(table, column=column) for column in SHOWN if column in table.columns]
        for name, table in layers.items()
    }
    write_layers(
        layers,
        folder / f"{slug_of(city.name)}.gpkg",
        when=material.when,
        legends=legends,
        provenance=city.provenance,
        language=material.language,
    )
    for name, table in layers.items():
        material.progress(f"layer {name}")
        write_geojson(table, folder / f"{name}.geojson", provenance=city.provenance)
        write_geoparquet(table, folder / f"{name}.parquet", provenance=city.provenance)
    write_json(
        csv_metadata(folder, provenance=city.provenance, when=material.when), folder / CSVW_FILE
    )
    publisher = material.publisher
    catalogue = dcat_catalogue(
        published_sets(folder),
        title=words.in_all_languages("downloads.title_of", city=city.name.capitalize()),
        publisher={
            "name": publisher.name,
            "contact": publisher.contact,
            "web": publisher.web,
        },
        provenance=city.provenance,
        when=material.when,
    )
    write_json(catalogue, folder / DCAT_FILE)


def published_sets(folder: Path) -> list[PublishedSet]:
    """Return what stands in a folder of downloads, the files of one subject together.

    Parameters
    ----------
    folder
        The folder. Files that only describe others are no set of their own.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.removeprefix(".") in FILE_TYPES and path.suffix != ".json":
            found.setdefault(path.stem, []).append(path.name)
    sets = [
        PublishedSet(
            name=name,
            title=_title(name, files),
            description=words.in_all_languages("downloads.about", what=_title(name, files)),
            files=sorted(files, key=_order),
            main=name in _MAIN or (f"{name}.gpkg" in files and name != _CATCHMENTS),
        )
        for name, files in found.items()
    ]
    return sorted(sets, key=_rank)


_MAIN: Final = ("coverage_municipi", "coverage_nil", "coverage_places", "gaps_nil", "places")
_CATCHMENTS: Final = "catchments"


def _rank(one: PublishedSet) -> tuple[bool, int, str]:
    """Put what most readers need first, tables before layers."""
    return (not one.main, _MAIN.index(one.name) if one.name in _MAIN else len(_MAIN), one.name)


def _order(file: str) -> int:
    return list(FILE_TYPES).index(file.rpartition(".")[2])


def _title(name: str, files: list[str]) -> Texts:
    """Say what files of a name hold, in words; of an unknown name, the name."""
    key = f"downloads.{name}"
    if words.is_phrase(key):
        return words.in_all_languages(key)
    kind, _, rest = name.partition("_")
    if name.startswith(_BANDS):
        return words.in_all_languages("downloads.bands_of", who=_traveller(rest))
    if kind in ("coverage", "gaps") and rest:
        return words.in_all_languages(f"downloads.{kind}", zones=rest)
    for group in GROUPS:
        if name.endswith(f"_{group}"):
            zones = name.removesuffix(f"_{group}")
            told = words.in_all_languages(group)
            return words.in_all_languages("downloads.zones_of_group", zones=zones, group=told)
    if any(file.endswith(".gpkg") for file in files):
        return words.in_all_languages("downloads.all_layers")
    return dict.fromkeys(words.LANGUAGES, name)


def _traveller(name: str) -> Texts:
    """Say who travels; of a profile that is not the library's own, its name."""
    if name in PROFILES:
        return in_each(partial(words.traveller_text, PROFILES[name]))
    return dict.fromkeys(words.LANGUAGES, words.isolated(name))

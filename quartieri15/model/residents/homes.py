"""Where hardly anybody lives: uses of land and of buildings without homes."""

from __future__ import annotations

from typing import Final

LAND_WITHOUT_HOMES: Final = (
    "cemetery",
    "college",
    "commercial",
    "hospital",
    "industrial",
    "kindergarten",
    "library",
    "military",
    "railway",
    "retail",
    "school",
    "stadium",
    "university",
)
"""Land on which a building is hardly a home: values of ``landuse=*``, and of the classes that
vector tiles give to land use."""

_BUILDINGS = """
barn bakehouse boathouse bridge bunker carport cathedral chapel church civic college commercial
construction container cowshed digester farm_auxiliary fire_station garage garages gatehouse
government grandstand greenhouse hangar hospital hotel hut industrial kindergarten kiosk manufacture
mosque museum no office parking pavilion public retail riding_hall roof ruins school service shed
shrine silo slurry_tank sports_centre sports_hall stable stadium storage_tank sty supermarket
synagogue temple tent toilets train_station transformer_tower transportation triumphal_arch
university warehouse water_tower
"""
BUILDINGS_WITHOUT_HOMES: Final = frozenset(_BUILDINGS.split())
"""Values of ``building=*`` (OpenStreetMap wiki, Key:building) of what nobody lives in. ``yes`` and
what is not here may hold homes: most mappers write ``yes``."""

"""OpenStreetMap files as street networks."""

from __future__ import annotations

from quartieri15.sources.osm.reading import read_pbf

__all__ = ["read_pbf"]

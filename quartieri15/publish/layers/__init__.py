"""Layers and their metadata, for programs of maps, tables and portals of open data."""

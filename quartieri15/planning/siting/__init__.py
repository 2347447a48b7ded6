"""Siting: where the next house, desk or other place helps most, and how sure that is."""

"""The site of a city."""

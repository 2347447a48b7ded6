"""Who reaches a city's neighbourhood services in fifteen minutes, and what would change that."""

__version__ = "0.1.0"

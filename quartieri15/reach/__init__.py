"""How long it takes: exact travel times on the streets of a city."""

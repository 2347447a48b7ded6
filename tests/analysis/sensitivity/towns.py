"""A street of two kilometres with a house at each end, and the same street drawn longer."""

from __future__ import annotations

import numpy as np

from tests.ascii_city import draw_streets
from tests.planning.comparing.towns import CELL_M, STREET, street

_PLAIN = street({"west": 10, "east": 60}, dict.fromkeys(range(0, 80, 2), 10.0))

TOWN = _PLAIN.with_(
    places=_PLAIN.places.assign(
        location_uncertainty_m=np.where(_PLAIN.places["id"] == "west", 200.0, np.nan),
        confidence=["one source", "unverified"],
    )
)
"""The house in the west stands up to 200 m from where it is said to be."""

_LINES = draw_streets(STREET, cell=CELL_M)
LONGER = _LINES.with_edge_values(
    _LINES.edges[["length_m"]].assign(length_m=_LINES.edges["length_m"] * 1.25)
)
"""As it was mapped another year: every way takes a quarter longer."""

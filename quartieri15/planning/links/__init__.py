"""Street siting: which missing link would help most people most.

:mod:`~quartieri15.planning.links.missing` asks the question. Links worth asking about are found
by rule (:mod:`~quartieri15.planning.links.candidates`, and for cyclists
:mod:`~quartieri15.planning.links.cycle_gaps`); what each would change is computed exactly
(:mod:`~quartieri15.planning.links.evaluation`).
"""

from __future__ import annotations

from quartieri15.planning.links.missing import Links, missing_links

__all__ = ["Links", "missing_links"]

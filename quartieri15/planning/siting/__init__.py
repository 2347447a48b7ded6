"""Where next: the best sites of so many new places, and the proof that none are better."""

from __future__ import annotations

from quartieri15.planning.siting.alternatives import exchanges, possible_sites
from quartieri15.planning.siting.certificate import Certificate, Checked, check_certificate
from quartieri15.planning.siting.cover import CoverInstance, cover_instance
from quartieri15.planning.siting.maximal import CoverSolution, maximal_cover

__all__ = [
    "Certificate",
    "Checked",
    "CoverInstance",
    "CoverSolution",
    "check_certificate",
    "cover_instance",
    "exchanges",
    "maximal_cover",
    "possible_sites",
]

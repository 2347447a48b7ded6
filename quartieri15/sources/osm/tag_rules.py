"""The tag rules under the name they had when only files were read by them.

They are :mod:`quartieri15.model.tag_rules`, which files and graphs ask alike.
"""

from quartieri15.model.tag_rules import (
    cycle_facility,
    cycling,
    losses,
    merged_way,
    walking,
    way,
    why_left_out,
)

__all__ = [
    "cycle_facility",
    "cycling",
    "losses",
    "merged_way",
    "walking",
    "way",
    "why_left_out",
]

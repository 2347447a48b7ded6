"""Where people live: expected people and households at every address.

An old census knows the pattern inside a neighbourhood, recent neighbourhood figures know its
level, the register of addresses knows the places. :func:`expected_residents` brings the three
together: section counts are put on the addresses of the section, and all addresses of a zone are
then brought to the zone's published figures, age by age and citizenship by citizenship, by
iterative proportional fitting. Counts are kept as whole millionths of a person until the end, so
that every zone adds up to its published figure and no group is larger than the group it is
part of. The method and its measured error: ``docs/residents.md``.
"""

from __future__ import annotations

from quartieri15.model.residents.groups import BANDS, GROUPS, OVER65, OVER75, OVER85

__all__ = ["BANDS", "GROUPS", "OVER65", "OVER75", "OVER85"]

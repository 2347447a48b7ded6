"""The site of a city: pages for its citizens, its Municipi and its councillors, from one source."""

from __future__ import annotations

from quartieri15.publish.site.building import write_site
from quartieri15.publish.site.publisher import Publisher

__all__ = ["Publisher", "write_site"]

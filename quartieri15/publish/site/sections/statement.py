"""Who publishes the pages; accessibility, privacy, and how to report an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quartieri15.publish import words
from quartieri15.publish.texts import count_text, in_each

if TYPE_CHECKING:
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page


def texts(material: Material, page: Page) -> dict[str, Any]:
    """Return what the template of the section says."""
    del page  # one statement for all
    publisher = material.publisher
    return {
        "commitment": words.in_all_languages(
            f"statement.commitment_{publisher.kind}", name=words.isolated(publisher.name)
        ),
        "declared": words.in_all_languages(f"statement.conformance_{publisher.conformance}")
        if publisher.conformance
        else None,
        "made": words.in_all_languages(
            f"statement.made_by_{publisher.statement_method}",
            date=in_each(words.date_text, publisher.statement_date),
        )
        if publisher.statement_date
        else None,
        "people": words.in_all_languages(
            "statement.people_are", smallest=count_text(material.smallest_count)
        )
        if material.smallest_count
        else None,
    }

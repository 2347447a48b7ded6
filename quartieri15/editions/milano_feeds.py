"""Where the raw files of Milano that change are published, and what in them is read.

The names of datasets and files are those of the portal as last seen; the number of a dataset
stays. A file that is fetched takes the place, and the name, of the one the recipe was written
for. ``milano_fetched.py`` says what was fetched when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quartieri15.editions import milano_people, milano_streets
from quartieri15.sources import comune
from quartieri15.sources.completeness import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

COOL_SPACES: Final = "comune/ds3017_spazi_freschi_case_di_quartiere.csv"
CIVICS_MEMBER: Final = r"(?:.*/)?CIVICI_\d{8}\.CSV"
STREETS_MEMBER: Final = r"(?:.*/)?VIARIO_\d{8}\.CSV"
KINDS_MEMBER: Final = r"(?:.*/)?TIPOVIA\.CSV"


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One raw file, and where its newer editions are found.

    Parameters
    ----------
    file
        The raw file it takes the place of.
    dataset
        The number of the dataset; None where the portal is not known to have it.
    name
        The whole name of the dataset when last seen; None where it is not known.
    kind, pattern
        Which of its files, for :func:`~quartieri15.sources.portal.choose_resource`: the format
        (``"geojson"``, ``"csv"`` or ``"zip"``), and what its name is like.
    needed
        The columns that are read; of an archive, by the pattern of the file in it.
    members
        How each file of an archive, by its pattern, is called for the recipe.
    change
        How far its totals may be from the former ones.
    only_in
        The one year for which the edition has a place; None where any will do.
    """

    file: str
    dataset: str | None
    name: str | None = None
    kind: str
    pattern: str
    needed: tuple[str, ...] | Mapping[str, tuple[str, ...]]
    members: Mapping[str, str] | None = None
    change: Change
    only_in: int | None = None


FEEDS: Final[Mapping[str, Feed]] = {
    "nil": Feed(
        file=milano_people.NIL,
        dataset="ds964",
        name="ds964-nil-vigenti-pgt-2030",
        kind="geojson",
        pattern="nil",
        needed=comune.NIL_COLUMNS,
        change=Change(less=0.005, more=0.005),
    ),
    "municipi": Feed(
        file=milano_people.MUNICIPI,
        dataset="ds379",
        name="ds379-infogeo-municipi-superficie",
        kind="geojson",
        pattern="municipi",
        needed=comune.MUNICIPI_COLUMNS,
        change=Change(less=0.005, more=0.005),
    ),
    "civic_numbers": Feed(
        file=milano_people.CIVICS,
        dataset="ds634",
        name="ds634-numeri-civici-coordinate",
        kind="zip",
        pattern="civici",
        needed={
            CIVICS_MEMBER: comune.CIVIC_COLUMNS,
            STREETS_MEMBER: comune.STREET_COLUMNS,
            KINDS_MEMBER: comune.STREET_KIND_COLUMNS,
        },
        members={
            CIVICS_MEMBER: "CIVICI_20200302.CSV",
            STREETS_MEMBER: "VIARIO_20200302.CSV",
            KINDS_MEMBER: "TIPOVIA.CSV",
        },
        change=Change(less=0.05, more=0.2),
    ),
    "ages": Feed(
        file=milano_people.AGES,
        dataset=None,
        kind="csv",
        pattern=r"\bet[aà]|eta_",
        needed=comune.AGE_COLUMNS,
        # The people of 85 and over, a total of their own, grow faster than the city.
        change=Change(less=0.1, more=0.25),
    ),
    "foreign": Feed(
        file=milano_people.FOREIGN,
        dataset="ds205",
        name="ds205-sociale-caratteristiche-demografiche-territoriali-quartiere",
        kind="csv",
        pattern="",
        needed=("ID_NIL", "stranieri_{year}", "pop_{year}"),
        change=Change(less=0.15, more=0.2),
    ),
    "households": Feed(
        file=milano_people.HOUSEHOLDS,
        dataset="ds1440",
        kind="csv",
        pattern="famiglie",
        needed=comune.HOUSEHOLD_COLUMNS,
        change=Change(less=0.15, more=0.25),
    ),
    "bike_lanes": Feed(
        file=milano_streets.LANES,
        dataset="ds60",
        name="ds60_infogeo_piste_ciclabili_localizzazione_",
        kind="geojson",
        pattern="ciclabili",
        needed=comune.LANE_COLUMNS,
        change=Change(less=0.1, more=2.0),
    ),
    "cool_spaces": Feed(
        file=COOL_SPACES,
        dataset="ds3017",
        name="ds3017-spazi-freschi-case-di-quartiere",
        kind="csv",
        pattern="",
        needed=comune.COOL_SPACE_COLUMNS,
        change=Change(less=0.0, more=0.0),
        only_in=2026,
    ),
}
"""By the name it goes by in the command."""

STREETS: Final = milano_streets.STREETS
# An extract holds a street in one piece or in many, so that the count of ways says little.
STREETS_CHANGE: Final = Change(less=0.85, more=4.0)
LEAST_STREET_KM: Final = 0.9
"""The least share of the former km of streets that a newer extract may have."""

CHANGES: Final[Mapping[str, Change]] = {
    **{feed.file: feed.change for feed in FEEDS.values()},
    STREETS: STREETS_CHANGE,
}
"""By raw file: how far the totals of a newer one may be from the former ones."""

# The cut is a little larger than what is used, so that streets across its sides are whole.
STREETS_EXTENT: Final = (9.016, 45.376, 9.331, 45.554)
"""The box that is asked for: what the recipe takes of newer streets, and 0.004 degrees more."""

"""Which streets of a register a name may mean, and how far each may be taken for it.

:func:`~quartieri15.model.street_names.likeness` ranks the streets of a map for someone who looks
at the answer. Here nobody may look: what could as well mean another street costs more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quartieri15.model.street_names import (
    COST_MISPRINT,
    Difference,
    differences,
    read_name,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quartieri15.model.geocoding.civic_streets import CivicStreet
    from quartieri15.model.street_index import Found, StreetIndex
    from quartieri15.model.street_names import StreetName

LIKE_ENOUGH: Final = 0.6
"""The least likeness at which a street is looked at."""
_PLAINLY_FOUND: Final = 0.84
_MOST_LOOKED_AT: Final = 12
_MOST_BEYOND: Final = 2

DOUBT: Final = {
    "no_kind": 0.02,
    "near_kind": 0.15,
    "other_kind": 0.25,
    "private": 0.05,
    "small_words": 0.005,
    "order": 0.005,
    "initial": 0.02,
    "added_title": 0.11,
    "unknown_word": 0.5,
    "missing_title": 0.01,
    "missing_given_name": 0.06,
    "given_name_alone": 0.45,
    "part_of_name": 0.2,
}
"""What each difference takes from the score. Those of 0.1 and more leave it below what is safe;
of the smaller ones, three together do."""
DOUBT_OF_MISPRINT: Final = 1.5
"""By how much a misprint takes more from the score than from the likeness."""
DOUBT_OF_SAINT: Final = 0.25
"""``Via Marco`` is hardly ``Via San Marco``."""
DOUBT_OF_SMALL_WORDS: Final = 0.05
"""What small words that the street has not add, where the names differ in more: of ``Via delle
Ville`` and ``Via Pasquale Villa``."""
DOUBT_OF_BLANKS: Final = 0.02
"""What it costs that the words had to be joined to be understood."""
NEVER_GIVEN_NAMES: Final = frozenset(
    words_of(
        "monte porta villa ponte val valle cascina borgo lago rio cima passo colle torre campo "
        "nuova vecchia nuovo vecchio alta bassa grande piana madonna corte molino santuario"
    )
)
"""First words that belong to the name: without one, ``Via Nuova`` is not ``Via Porta Nuova``."""


@dataclass(frozen=True)
class Likely:
    """A street that a name may mean.

    Parameters
    ----------
    found
        The street on the map.
    civic
        The street in the register, None where it has no addresses.
    score
        From 0 to 1: 1 less the doubts.
    likeness
        From 0 to 1, as on the map.
    differences
        What the score is made of.
    elsewhere
        Whether it has no address in the Municipio that is meant.
    """

    found: Found
    civic: CivicStreet | None
    score: float
    likeness: float
    differences: tuple[Difference, ...]
    elsewhere: bool = False

    @property
    def name(self) -> str:
        """The name by which its addresses are listed."""
        return self.found.name if self.civic is None else self.civic.street

    @property
    def rank(self) -> tuple[float, str, str]:
        """The best first; equal ones in an order that no table gives."""
        return -self.score, self.name, "" if self.civic is None else self.civic.listed


def likely_streets(
    index: StreetIndex, register: Mapping[str, Sequence[CivicStreet]], words: str
) -> list[Likely]:
    """Return the streets that words may mean, the likeliest first.

    Parameters
    ----------
    index
        The names of the city's streets.
    register
        Its civic numbers by street.
    words
        The name of a street alone.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.model.geocoding.civic_streets import civic_streets
    >>> from quartieri15.model.street_index import street_index
    >>> milano = q15.load("milano")
    >>> known = street_index(milano), civic_streets(milano.addresses)
    >>> [(one.name, round(one.score, 2)) for one in likely_streets(*known, "via Carla Parea")]
    [('Via Carlo Parea', 0.85)]
    """
    asked = read_name(words)
    near = index.search(words, least=LIKE_ENOUGH)
    within = [one for one in near if one.within][:_MOST_LOOKED_AT]
    beyond = [one for one in near if not one.within][:_MOST_BEYOND]
    found = {one.name: one for one in (*within, *beyond)}
    edits: dict[str, int] = {}
    if not any(one.within and one.score >= _PLAINLY_FOUND for one in found.values()):
        for one, count in index.search_letters(words):
            found.setdefault(one.name, one)
            edits[one.name] = count
    likely: list[Likely] = []
    for name, one in found.items():
        written = index.written(name)
        own = [civic for each in written for civic in register.get(each, ())]
        for civic in own or (None,):
            spellings = [
                spelling
                for spelling in index.spellings(name)
                if civic is None or spelling.said in (*written, civic.listed)
            ]
            best = _compared(asked, spellings, one, civic)
            if name in edits:
                misprints = DOUBT_OF_MISPRINT * COST_MISPRINT * edits[name]
                letters = (1 - DOUBT_OF_BLANKS - misprints, one.score)
                read_as = Difference("misprint", 1 - one.score, words, name)
                best = max(best, Likely(one, civic, *letters, (read_as,)), key=_score)
            likely.append(best)
    return sorted(likely, key=lambda each: each.rank)


def _score(one: Likely) -> float:
    return one.score


def _compared(
    asked: StreetName, spellings: Sequence[StreetName], found: Found, civic: CivicStreet | None
) -> Likely:
    """Compare a name with the spelling of a street that it is likest."""

    def compared(spelling: StreetName) -> Likely:
        apart = tuple(differences(asked, spelling))
        doubts = sum(map(_doubt, apart))
        other = any(one.what != "small_words" for one in apart)
        if other and not set(asked.small) <= set(spelling.small):
            doubts += DOUBT_OF_SMALL_WORDS
        score = max(0.0, 1 - doubts)
        likeness = max(0.0, 1 - sum(one.cost for one in apart))
        return Likely(found, civic, score, likeness, apart)

    return max(map(compared, spellings), key=_score, default=Likely(found, civic, 0.0, 0.0, ()))


def _doubt(one: Difference) -> float:
    if one.what == "misprint":
        return DOUBT_OF_MISPRINT * one.cost
    if "san" in (one.asked, one.known) and one.what in ("added_title", "missing_title"):
        return DOUBT_OF_SAINT
    if one.what == "added_title" and one.asked == "privata":
        return DOUBT["private"]
    if one.what == "missing_given_name" and NEVER_GIVEN_NAMES & set(one.known.split()):
        return DOUBT["part_of_name"]
    return DOUBT[one.what]


def in_words(found: Sequence[Difference]) -> list[str]:
    """Say in what a name differs from that of a street.

    Examples
    --------
    >>> in_words(differences(read_name("viale Pare"), read_name("Via Carlo Parea")))
    ["'viale' was written for 'via'", "'pare' is read as 'parea'", "'carlo' was not written"]
    """
    said = []
    for what, _, asked, known in found:
        if what in ("near_kind", "other_kind"):
            said.append(f"'{asked}' was written for '{known or 'a street'}'")
        elif what in ("misprint", "initial"):
            said.append(f"'{asked}' is read as '{known}'")
        elif what in ("added_title", "unknown_word"):
            said.append(f"'{asked}' was not understood")
        elif what not in ("private", "small_words", "order"):
            said.append(f"'{known}' was not written")
    return said

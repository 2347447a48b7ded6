"""What a street is called: one name in many spellings, and how alike two spellings are.

A street is written ``Via Carlo Parea`` on a map, ``PAREA CARLO`` in a register, ``v. Parea`` in a
note. Both sides are read into the same parts (the kind of street, the words that name it, the
small words between), and compared by rules that say what a difference costs. Nothing here knows
a city.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ACCEPTED: Final = 0.8
"""The least likeness at which a name is taken for another spelling of a street."""
TOO_CLOSE: Final = 0.025
"""Two streets whose likeness differs by less are equally good: the name is ambiguous."""

# What each difference costs. Only their order matters, and that two misprints, or one beside a
# missing given name, stay above ACCEPTED, while a word of which nothing is found stays below.
COST_NO_KIND = 0.02
COST_NEAR_KIND = 0.03
COST_OTHER_KIND = 0.1
COST_SMALL_WORDS = 0.005
COST_PRIVATE = 0.005
COST_ORDER = 0.005
COST_INITIAL = 0.02
COST_TITLE = 0.01
COST_GIVEN_NAME = 0.06
COST_PART_OF_NAME = 0.16
COST_GIVEN_NAME_ALONE = 0.28
COST_MISPRINT = 0.1
COST_FIRST_LETTER = 0.04
COST_UNKNOWN_WORD = 0.4


def _words(text: str) -> list[str]:
    return text.split()


_KINDS: Final = {
    "via": "via v",
    "viale": "viale vle vl",
    "piazza": "piazza pza pzza pz pzz p",
    "piazzale": "piazzale ple pzle ppzle",
    "piazzetta": "piazzetta pta ptta pzta pzt",
    "corso": "corso cso cs",
    "largo": "largo lgo lg",
    "vicolo": "vicolo vlo vic",
    "strada": "strada str sda",
    "alzaia": "alzaia alz",
    "bastioni": "bastioni bastione bst",
    "galleria": "galleria gall gll",
    "cavalcavia": "cavalcavia cavalc cav",
    "foro": "foro",
    "ripa": "ripa",
    "ponte": "ponte pte",
    "passaggio": "passaggio pass",
    "passeggiata": "passeggiata psg",
    "passerella": "passerella",
    "sottopasso": "sottopasso",
    "sottovia": "sottovia",
    "giardino": "giardino giardini grd",
    "parco": "parco",
    "porta": "porta",
    "rotonda": "rotonda rondo rotatoria",
    "raccordo": "raccordo",
    "tangenziale": "tangenziale",
    "autostrada": "autostrada",
    "sito": "sito",
}
KIND_OF: Final = {short: kind for kind, shorts in _KINDS.items() for short in shorts.split()}
# Kinds that people take for each other, most readily within a group.
SQUARES: Final = frozenset({"piazza", "piazzale", "largo", "piazzetta", "rotonda"})
ROADS: Final = frozenset(
    {"via", "viale", "corso", "vicolo", "strada", "alzaia", "ripa", "bastioni"}
)

SMALL_WORDS: Final = frozenset(
    _words(
        "di del dello della dei degli delle da dal dallo dalla dai dagli dalle al allo "
        "alla ai agli alle a in nel nello nella nei e ed il lo la i gli le l d dell dall "
        "all nell un sul sulla de"
    )
)
SAINTS: Final = frozenset({"san", "sant", "santo", "santa", "santi", "sante", "ss", "sta", "sto"})
TITLES: Final = frozenset(
    _words(
        "don padre suor fra monsignor cardinale generale colonnello capitano maggiore "
        "tenente maresciallo ammiraglio dottor ingegner professor avvocato onorevole "
        "senatore conte marchese principe fratelli beato san papa maestro cavaliere re "
        "privata"
    )
)
SPELLINGS: Final = {
    "flli": "fratelli",
    "frlli": "fratelli",
    "card": "cardinale",
    "cardinal": "cardinale",
    "gen": "generale",
    "col": "colonnello",
    "cap": "capitano",
    "magg": "maggiore",
    "ten": "tenente",
    "amm": "ammiraglio",
    "mons": "monsignor",
    "monsignore": "monsignor",
    "dott": "dottor",
    "dr": "dottor",
    "ing": "ingegner",
    "prof": "professor",
    "avv": "avvocato",
    "on": "onorevole",
    "sen": "senatore",
    "frate": "fra",
    "giovan": "giovanni",
    "gio": "giovanni",
    "gianbattista": "giambattista",
    "cna": "cascina",
    "mte": "monte",
    "bgo": "borgo",
    "priv": "privata",
    "pr": "privata",
    "privato": "privata",
    "pta": "porta",
}
_ONES = "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici"
NUMBERS: Final[dict[str, int]] = {
    **{word: n for n, word in enumerate(f"{_ONES} quindici sedici".split(), 1)},
    "diciassette": 17,
    "diciotto": 18,
    "diciannove": 19,
    "venti": 20,
    "ventuno": 21,
    **{
        f"venti{word}": 20 + n for n, word in enumerate(_ONES.split()[:9], 1) if word[0] not in "uo"
    },
    "ventotto": 28,
    "trenta": 30,
    "trentuno": 31,
    **{
        word: n
        for n, word in enumerate(
            _words(
                "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo "
                "undicesimo dodicesimo tredicesimo quattordicesimo quindicesimo sedicesimo"
            ),
            1,
        )
    },
    "ventesimo": 20,
    "ventitreesimo": 23,
}
_ROMAN = re.compile(r"(?=[xvi])(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_ALONE = 1  # one letter may be an initial: "V" of Vittorio
_WORD = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*")


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Return a text in small letters without accents, with plain apostrophes and single spaces.

    Examples
    --------
    >>> folded("Via  Niccolò Copernico"), folded("Sant’Erasmo")
    ('via niccolo copernico', "sant'erasmo")
    """
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("`", "'"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("ß", "ss")
    return " ".join(plain.casefold().split())


def words_of(text: str) -> list[str]:
    """Return the words of a text as compared: abbreviations written out, numbers as digits.

    Examples
    --------
    >>> words_of("V.le F.lli Cairoli"), words_of("XX Settembre"), words_of("Sant'Erasmo")
    (['vle', 'fratelli', 'cairoli'], ['20', 'settembre'], ['san', 'erasmo'])
    """
    words: list[str] = []
    for raw in _WORD.findall(folded(text)):
        joined = raw.replace(".", "")
        known = joined in KIND_OF or joined in SPELLINGS or joined in SAINTS
        words.extend([joined] if known and "." in raw else raw.split("."))
    return [_one_spelling(word) for word in words]


def _one_spelling(word: str) -> str:
    if word in SAINTS:
        return "san"
    if word in SPELLINGS:
        return SPELLINGS[word]
    if word in NUMBERS:
        return str(NUMBERS[word])
    roman = _ROMAN.fullmatch(word) if len(word) > _ROMAN_ALONE else None
    if roman:
        ones = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
        return str(10 * len(roman[1]) + (9 if roman[2] == "ix" else ones[roman[2]]))
    return word


@dataclass(frozen=True)
class StreetName:
    """A name read into its parts.

    Parameters
    ----------
    said
        As it was written.
    kind
        ``via``, ``piazza``, ..., empty where none is said.
    words
        What names it, in order, without small words.
    small
        The small words.
    surname
        Which of the words are the name itself where the rest are given names and titles: of
        ``Via Carlo Parea``, ``parea``.
    private
        Whether it is said to be a private street.
    """

    said: str
    kind: str
    words: tuple[str, ...]
    small: tuple[str, ...]
    surname: frozenset[str]
    private: bool = False

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The words in an order of their own: equal for all spellings that differ in order."""
        return tuple(sorted(self.words))

    @cached_property
    def joined(self) -> str:
        """All words without spaces."""
        return "".join(self.words)


@lru_cache(maxsize=65536)
def read_name(text: str, *, register: str | None = None) -> StreetName:
    """Read the name of a street.

    Parameters
    ----------
    text
        As someone writes it.
    register
        How a register writes it, the surname first; it tells which words are the surname.
        Without it, the surname is the last word, and all of a name that begins with a small
        word or a saint, or holds a number, is one.

    Returns
    -------
    StreetName

    Examples
    --------
    >>> read_name("p.zza S. Agostino").words, read_name("Via Carlo Parea").surname
    (('s', 'agostino'), frozenset({'parea'}))
    """
    words = words_of(text)
    kind = ""
    if len(words) > 1 and words[0] in KIND_OF:
        kind, words = KIND_OF[words[0]], words[1:]
    private = kind == "via" and len(words) > 1 and words[0] == "privata"
    if private:
        words = words[1:]
    named = [word for word in words if word not in SMALL_WORDS] or words
    small = tuple(word for word in words if word in SMALL_WORDS and word not in named)
    return StreetName(
        said=text,
        kind=kind,
        words=tuple(named),
        small=small,
        surname=_surname(words, named, register),
        private=private,
    )


def _surname(words: Sequence[str], named: Sequence[str], register: str | None) -> frozenset[str]:
    if register is not None:
        listed = read_name(register.split("(")[0]).words
        for size in range(len(listed), 0, -1):
            if size < len(named) and list(listed[:size]) == list(named[-size:]):
                return frozenset(named[-size:])
        return frozenset(named)
    whole = words[:1] and (words[0] in SMALL_WORDS or words[0] == "san")
    if whole or any(word.isdigit() for word in named):
        return frozenset(named)
    return frozenset(named[-1:])


def likeness(asked: StreetName, known: StreetName) -> float:
    """Tell how alike two names are: 1 is the same name, below :data:`ACCEPTED` is another.

    Parameters
    ----------
    asked
        What someone wrote.
    known
        The name of a street.

    Returns
    -------
    float
        1 less what every difference costs; never below 0.

    Examples
    --------
    >>> def alike(one, other):
    ...     return round(likeness(read_name(one), read_name(other)), 2)
    >>> alike("PAREA CARLO", "Via Carlo Parea"), alike("via parea", "Via Carlo Parea")
    (0.97, 0.94)
    >>> alike("via Pare", "Via Carlo Parea"), alike("via Dante", "Via Carlo Parea")
    (0.84, 0.32)
    """
    cost = _cost_of_kind(asked.kind, known.kind) + COST_PRIVATE * (asked.private != known.private)
    if asked.words == known.words or asked.joined == known.joined:
        cost += COST_SMALL_WORDS * (asked.small != known.small)
        return max(0.0, 1 - cost)
    if asked.key == known.key:
        return max(0.0, 1 - cost - COST_ORDER)
    left = list(known.words)
    matched: set[str] = set()
    for word in asked.words:
        price, found = min(
            ((_cost_of_word(word, other), other) for other in left),
            default=(COST_UNKNOWN_WORD, ""),
        )
        if price >= COST_UNKNOWN_WORD:
            cost += COST_TITLE if word in TITLES else COST_UNKNOWN_WORD
            continue
        cost += price
        left.remove(found)
        matched.add(found)
    cost += _cost_of_missing(left, matched, known)
    return max(0.0, 1 - cost)


def _cost_of_kind(asked: str, known: str) -> float:
    if asked == known:
        return 0.0
    if not asked:
        return COST_NO_KIND
    near = {asked, known} <= SQUARES or {asked, known} <= ROADS
    return COST_NEAR_KIND if near else COST_OTHER_KIND


def _cost_of_missing(left: Iterable[str], matched: set[str], known: StreetName) -> float:
    missing = [word for word in left if word not in TITLES]
    cost = COST_TITLE * (len(list(left)) - len(missing))
    if not missing:
        return cost
    if not matched & known.surname:
        return cost + COST_GIVEN_NAME_ALONE
    if any(word in known.surname for word in missing):
        return cost + COST_PART_OF_NAME
    return cost + COST_GIVEN_NAME


@lru_cache(maxsize=65536)
def _cost_of_word(asked: str, known: str) -> float:
    """Tell what it costs to take one word for another."""
    if asked == known:
        return 0.0
    if len(asked) == 1 and asked.isalpha():
        saint = asked == "s" and known == "san"
        initial = COST_INITIAL if known.startswith(asked) else COST_UNKNOWN_WORD
        return 0.0 if saint else initial
    allowed = misprints_allowed(asked)
    numbers = asked.isdigit() or known.isdigit()
    if numbers or not allowed or abs(len(asked) - len(known)) > allowed:
        return COST_UNKNOWN_WORD
    from rapidfuzz.distance import OSA

    edits = OSA.distance(asked, known, score_cutoff=allowed)
    if edits > allowed:
        return COST_UNKNOWN_WORD
    return COST_MISPRINT * edits + COST_FIRST_LETTER * (asked[0] != known[0])


def misprints_allowed(word: str) -> int:
    """Tell how many letters of a word may be wrong: none of 3, one of 4 to 7, two of more.

    Examples
    --------
    >>> [misprints_allowed(word) for word in ("ada", "zante", "famagosta")]
    [0, 1, 2]
    """
    return 0 if len(word) <= 3 else 1 if len(word) <= 7 else 2  # noqa: PLR2004

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
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    "bastioni": "bastioni bastione bast bst",
    "galleria": "galleria gall gll",
    "cavalcavia": "cavalcavia cavalc cav",
    "foro": "foro fro",
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
SAINTS: Final = frozenset(
    _words("san sant santo santa santi sante ss sta sto santissima santissimo santissimi")
)
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
    "aless": "alessandro",
    "eman": "emanuele",
    "giov": "giovanni",
    "gius": "giuseppe",
    "nav": "naviglio",
    "sett": "settembre",
    "vitt": "vittorio",
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
_ROMAN_LETTERS: Final = {"v": "5", "x": "10"}
_WORD = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*")
_INITIAL = re.compile(r"(?<![\w'])([a-z])\.")


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
    def letters(self) -> str:
        """Kind and all words as they are written, small ones too, without anything between."""
        first, *others = _WORD.findall(folded(self.said)) or [""]
        plain = first.replace(".", "")
        return "".join([KIND_OF.get(plain, plain), *others]).replace(".", "")

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
    # The E. of E. Fermi is no "e".
    initials = set(_INITIAL.findall(folded(text)))
    named = [word for word in words if word not in SMALL_WORDS or word in initials] or words
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
    return max(0.0, 1 - sum(one.cost for one in differences(asked, known)))


class Difference(NamedTuple):
    """One thing in which a name that was asked differs from that of a street."""

    what: str
    """``no_kind``, ``near_kind``, ``other_kind``, ``private``, ``small_words``, ``order``,
    ``initial``, ``misprint``, ``added_title``, ``unknown_word``, ``missing_title``,
    ``missing_given_name``, ``given_name_alone`` or ``part_of_name``."""
    cost: float
    asked: str
    known: str


def differences(asked: StreetName, known: StreetName) -> list[Difference]:
    """Tell in what a name that was asked differs from that of a street.

    Parameters
    ----------
    asked, known
        As for :func:`likeness`.

    Examples
    --------
    >>> found = differences(read_name("via Pare"), read_name("Via Carlo Parea"))
    >>> [(one.what, one.asked, one.known) for one in found]
    [('misprint', 'pare', 'parea'), ('missing_given_name', '', 'carlo')]
    """
    found = _differences_of_kind(asked.kind, known.kind)
    if asked.private != known.private:
        found.append(Difference("private", COST_PRIVATE, "", "privata"))
    if asked.words == known.words or asked.joined == known.joined:
        if asked.small != known.small:
            found.append(_between("small_words", COST_SMALL_WORDS, asked.small, known.small))
        return found
    if asked.key == known.key:
        found.append(_between("order", COST_ORDER, asked.words, known.words))
        return found
    left = list(known.words)
    matched: set[str] = set()
    # The words that are there first: the V. of V. Vela is not Vela.
    for word in sorted(asked.words, key=lambda word: word not in known.words):
        if word in left:
            left.remove(word)
            matched.add(word)
            continue
        price, other = min(
            ((_cost_of_word(word, other), other) for other in left),
            default=(COST_UNKNOWN_WORD, ""),
        )
        if price >= COST_UNKNOWN_WORD:
            what, cost = (
                ("added_title", COST_TITLE)
                if word in TITLES
                else ("unknown_word", COST_UNKNOWN_WORD)
            )
            found.append(Difference(what, cost, word, ""))
            continue
        if price:
            what = "misprint" if price > COST_INITIAL else "initial"
            found.append(Difference(what, price, word, other))
        left.remove(other)
        matched.add(other)
    return found + _differences_of_missing(left, matched, known)


def _between(what: str, cost: float, asked: Sequence[str], known: Sequence[str]) -> Difference:
    return Difference(what, cost, " ".join(asked), " ".join(known))


def _differences_of_kind(asked: str, known: str) -> list[Difference]:
    if asked == known:
        return []
    if not asked:
        return [Difference("no_kind", COST_NO_KIND, asked, known)]
    near = {asked, known} <= SQUARES or {asked, known} <= ROADS
    what, cost = ("near_kind", COST_NEAR_KIND) if near else ("other_kind", COST_OTHER_KIND)
    return [Difference(what, cost, asked, known)]


def _differences_of_missing(
    left: Sequence[str], matched: set[str], known: StreetName
) -> list[Difference]:
    found = [Difference("missing_title", COST_TITLE, "", word) for word in left if word in TITLES]
    missing = [word for word in left if word not in TITLES]
    if not missing:
        return found
    if not matched & known.surname:
        what, cost = "given_name_alone", COST_GIVEN_NAME_ALONE
    elif any(word in known.surname for word in missing):
        what, cost = "part_of_name", COST_PART_OF_NAME
    else:
        what, cost = "missing_given_name", COST_GIVEN_NAME
    return [*found, _between(what, cost, (), missing)]


@lru_cache(maxsize=65536)
def _cost_of_word(asked: str, known: str) -> float:
    """Tell what it costs to take one word for another."""
    if asked == known:
        return 0.0
    if len(asked) == 1 and asked.isalpha():
        saint = asked == "s" and known == "san"
        begins = known.startswith(asked) or known == _ROMAN_LETTERS.get(asked)
        initial = COST_INITIAL if begins else COST_UNKNOWN_WORD
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

"""Addresses as people would write those of a register, and addresses that nobody lives at.

The rules are written here for themselves: they share no table with the geocoder.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import geopandas as gpd


@dataclass
class Written:
    """An address in parts, while it is being rewritten."""

    kind: str
    name: str
    number: str
    street: str
    before_number: str = " "
    tail: str = ""
    lead: str = ""
    done: list[str] = field(default_factory=list)

    def text(self) -> str:
        street = f"{self.kind} {self.name}".strip()
        return f"{self.lead}{street}{self.before_number}{self.number}{self.tail}"


KINDS = {
    "Via": ["v.", "V.", "VIA", "via"],
    "Viale": ["v.le", "V.le", "V.LE", "viale", "vle"],
    "Piazza": ["p.za", "P.za", "p.zza", "P.ZZA", "pza", "piazza"],
    "Piazzale": ["p.le", "P.le", "piazzale"],
    "Corso": ["c.so", "C.so", "C.SO", "corso"],
    "Largo": ["l.go", "L.go", "largo"],
    "Vicolo": ["vicolo", "vic."],
    "Alzaia": ["alzaia", "Alz."],
}
SHORT = {
    "Santa": ["S.", "S.ta"],
    "San": ["S."],
    "Santo": ["S."],
    "Santi": ["SS."],
    "Fratelli": ["F.lli", "f.lli"],
    "Generale": ["Gen."],
    "Monsignor": ["Mons."],
    "Cardinale": ["Card."],
    "Cardinal": ["Card."],
    "Professor": ["Prof."],
    "Colonnello": ["Col."],
    "Giovan": ["Gio."],
}
COUNTED = {
    "Due": ["2"],
    "Tre": ["3", "III"],
    "Quattro": ["4", "IV"],
    "Cinque": ["5", "V"],
    "Sei": ["6"],
    "Otto": ["8"],
    "Nove": ["9"],
    "Undici": ["11"],
    "Venti": ["20", "XX"],
    "Ventidue": ["22", "XXII"],
    "Ventiquattro": ["24", "XXIV"],
    "Venticinque": ["25", "XXV"],
    "Ventitreesimo": ["XXIII", "23"],
    "Quarto": ["IV"],
    "Settimo": ["VII"],
}
SMALL = {"di", "del", "della", "dei", "degli", "delle", "da", "dal", "dello", "ai", "alla", "dell"}
CODES = ["20121", "20133", "20139", "20141", "20142", "20152", "20162"]


def plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


class Rewriter:
    """Rules for one register; it is told which surnames are those of one street only."""

    def __init__(self, addresses: gpd.GeoDataFrame, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - for tests
        pairs = addresses[["street", "register_street"]].astype(str).drop_duplicates()
        self.listed = dict(zip(pairs["street"], pairs["register_street"], strict=True))
        ends = Counter()
        for street in self.listed:
            words = plain(street).lower().replace("'", " ").split()
            ends.update({" ".join(words[-n:]) for n in range(1, len(words))})
            ends.update({word for word in words[1:] if word not in SMALL})
        self.ends = ends

    def surname(self, street: str) -> str | None:
        """The words of a name that the register lists first, where they stand last."""
        listed = plain(self.listed[street].partition(" ")[2]).lower()
        words = street.split()
        for n in range(1, len(words) - 1):
            last = " ".join(words[-n:])
            if "(" not in listed and listed.startswith(plain(last).lower() + " "):
                unique = self.ends[plain(last).lower().replace("'", " ")] <= 2
                return last if unique else None
        return None

    def rewritten(self, street: str, number: str) -> tuple[str, list[str]]:
        """Return an address in other words, and the rules by which it was written so."""
        kind, _, name = street.partition(" ")
        written = Written(kind, name, number, street)
        rules: list[Callable[[Written], bool]] = [
            self.short_kind,
            self.other_order,
            self.initial,
            self.surname_alone,
            self.no_kind,
            self.short_words,
            self.digits,
            self.no_small_words,
            self.letter_of_number,
            self.before_number,
            self.unit,
            self.town,
            self.town_first,
            self.accents,
            self.apostrophes,
            self.capitals,
            self.spaces,
            self.misprint,
            self.two_misprints,
        ]
        chosen = self.chance.sample(rules, self.chance.randint(2, 6))
        # A misprint is made in what is written in the end.
        for rule in sorted(chosen, key=lambda rule: "misprint" in rule.__name__):
            if rule(written):
                written.done.append(rule.__name__)
        return written.text(), written.done

    # Each rule tells whether it changed anything.

    def short_kind(self, written: Written) -> bool:
        if written.kind not in KINDS:
            return False
        written.kind = self.chance.choice(KINDS[written.kind])
        return True

    def other_order(self, written: Written) -> bool:
        last = self.surname(written.street)
        if last is None or written.name != written.street.partition(" ")[2]:
            return False
        first = written.name.removesuffix(last).strip()
        written.name = f"{last} {first}"
        if self.chance.random() < 0.5:
            written.name = written.name.upper()
        return True

    def initial(self, written: Written) -> bool:
        last = self.surname(written.street)
        first = written.name.removesuffix(last or " ").strip()
        if last is None or not first.isalpha() or not written.name.endswith(last):
            return False
        written.name = first[0] + self.chance.choice([". ", "."]) + last
        return True

    def surname_alone(self, written: Written) -> bool:
        last = self.surname(written.street)
        if last is None or not written.name.endswith(last) or written.name == last:
            return False
        written.name = last
        return True

    def no_kind(self, written: Written) -> bool:
        name = plain(written.street.partition(" ")[2]).lower().replace("'", " ")
        if self.ends[name] > 1 or written.name != written.street.partition(" ")[2]:
            return False
        written.kind = ""
        return True

    def short_words(self, written: Written) -> bool:
        words = [
            self.chance.choice(SHORT[word]) if word in SHORT else word
            for word in written.name.split()
        ]
        changed = words != written.name.split()
        written.name = " ".join(words)
        return changed

    def digits(self, written: Written) -> bool:
        words = [
            self.chance.choice(COUNTED[word]) if word in COUNTED else word
            for word in written.name.split()
        ]
        changed = words != written.name.split()
        written.name = " ".join(words)
        return changed

    def no_small_words(self, written: Written) -> bool:
        words = [word for word in written.name.split() if word not in SMALL]
        changed = bool(words) and words != written.name.split()
        if changed:
            written.name = " ".join(words)
        return changed

    def letter_of_number(self, written: Written) -> bool:
        parts = re.fullmatch(r"(\d+)([A-Z])", written.number)
        if parts is None:
            return False
        between = self.chance.choice(["/", " ", "-", "/"])
        letter = self.chance.choice([parts[2], parts[2].lower()])
        written.number = f"{parts[1]}{between}{letter}"
        return True

    def before_number(self, written: Written) -> bool:
        written.before_number = self.chance.choice(
            [", ", " n. ", " n.", " n°", " n° ", ", n. ", ", civico ", " num. ", ",", " nr. "]
        )
        return True

    def unit(self, written: Written) -> bool:
        written.tail = (
            self.chance.choice(
                [
                    " int. 3",
                    ", scala B",
                    " interno 12",
                    " sc. A int. 4",
                    ", piano 2",
                    " (piano terra)",
                ]
            )
            + written.tail
        )
        return True

    def town(self, written: Written) -> bool:
        code = self.chance.choice(CODES)
        written.tail += self.chance.choice(
            [
                f", {code} Milano",
                f" {code} Milano MI",
                " - Milano",
                ", Milano (MI)",
                f", {code} MILANO (MI)",
                " Milano",
                f" - {code} Milano, Italia",
                f", {code}",
            ]
        )
        return True

    def town_first(self, written: Written) -> bool:
        if written.kind.rstrip(".").lower() not in {"via", "viale", "piazza", "corso", "v.le"}:
            return False
        written.lead = self.chance.choice(["Milano, ", "Milano - ", "20139 Milano, "])
        return True

    def accents(self, written: Written) -> bool:
        without = plain(written.name)
        if without != written.name and self.chance.random() < 0.5:
            without = re.sub(r"[àèéìòù](?=\s|$)", lambda c: plain(c[0]) + "'", written.name)
            without = plain(without)
        changed = without != written.name
        written.name = without
        return changed

    def apostrophes(self, written: Written) -> bool:
        other = self.chance.choice(["’", " ", "' ", "`"])
        changed = "'" in written.name
        written.name = written.name.replace("'", other)
        return changed

    def capitals(self, written: Written) -> bool:
        how = self.chance.choice([str.upper, str.lower, str.title])
        written.name, written.kind = how(written.name), how(written.kind)
        return True

    def spaces(self, written: Written) -> bool:
        written.name = written.name.replace(" ", "  ")
        written.lead = "  " + written.lead
        written.tail += " "
        return True

    def misprint(self, written: Written) -> bool:
        return self._misprinted(written, least=5)

    def two_misprints(self, written: Written) -> bool:
        if "misprint" in written.done or self.chance.random() < 0.5:
            return False
        return self._misprinted(written, least=9) and self._misprinted(written, least=9)

    def _misprinted(self, written: Written, *, least: int) -> bool:
        words = written.name.split()
        long = [i for i, word in enumerate(words) if len(word) >= least and word.isalpha()]
        if not long:
            return False
        i = self.chance.choice(long)
        words[i] = misprinted(words[i], self.chance)
        written.name = " ".join(words)
        return True


def misprinted(word: str, chance: random.Random) -> str:
    """Return a word with one letter wrong, missing, doubled or exchanged with the next."""
    at = chance.randrange(1, len(word) - 1)
    how = chance.choice(["wrong", "missing", "twice", "exchanged"])
    if how == "wrong":
        return word[:at] + chance.choice("aeionrtslc") + word[at + 1 :]
    if how == "missing":
        return word[:at] + word[at + 1 :]
    if how == "twice":
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


# Addresses that are wrong.

ELSEWHERE = [
    ", 10121 Torino",
    ", 00184 Roma (RM)",
    " Sesto San Giovanni",
    ", Monza (MB)",
    ", 40122 Bologna BO",
    " - 80134 Napoli",
    ", Corsico",
    " 20099 Sesto San Giovanni (MI)",
    ", Buccinasco (MI)",
    " Genova",
]
SYLLABLES = re.findall("..", "babebocacodadefogagilolumamimonanopaporarisasetativoza")


class Wrong:
    """Addresses that are not in a register."""

    def __init__(self, addresses: gpd.GeoDataFrame, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - for tests
        streets = addresses["street"].astype(str)
        self.streets = sorted(set(streets))
        self.names = {self.key(street) for street in self.streets}
        self.names |= {self.key(one) for one in set(addresses["register_street"].astype(str))}
        words = {word for street in self.streets for word in street.split()[1:]}
        self.words = sorted(word for word in words if len(word) > 3 and self.key(word))
        self.numbers: dict[str, set[str]] = {}
        for street, number in zip(streets, addresses["number"].astype(str), strict=True):
            self.numbers.setdefault(street, set()).add(number)

    @staticmethod
    def key(street: str) -> tuple[str, ...]:
        words = re.findall(r"[a-z0-9]+", plain(street).lower())
        words = ["san" if word in ("sant", "santo", "santa", "s") else word for word in words]
        return tuple(sorted(word for word in words if word not in SMALL | {"privata"}))

    def some(self, count: int) -> Iterable[tuple[str, str]]:
        makers = [
            self.invented,
            self.number_beyond,
            self.number_between,
            self.letter_that_is_not,
            self.elsewhere,
            self.shuffled,
            self.other_word,
            self.other_kind,
        ]
        made = 0
        while made < count:
            maker = makers[made % len(makers)]
            text = maker()
            if text is not None:
                made += 1
                yield text, maker.__name__

    def _street(self) -> tuple[str, str]:
        street = self.chance.choice(self.streets)
        return street, self.chance.choice(sorted(self.numbers[street]))

    def invented(self) -> str | None:
        word = "".join(self.chance.choice(SYLLABLES) for _ in range(self.chance.randint(3, 4)))
        street = f"Via {word.title()}"
        return None if self.key(street) in self.names else f"{street} {self.chance.randint(1, 60)}"

    def number_beyond(self) -> str:
        street, _ = self._street()
        most = max(int(re.match(r"\d+", one)[0]) for one in self.numbers[street])
        return f"{street} {most + self.chance.randint(1, 200)}"

    def number_between(self) -> str | None:
        street, _ = self._street()
        known = {int(re.match(r"\d+", one)[0]) for one in self.numbers[street]}
        free = [n for n in range(1, max(known)) if n not in known]
        return f"{street}, {self.chance.choice(free)}" if free else None

    def letter_that_is_not(self) -> str | None:
        street, number = self._street()
        asked = number + self.chance.choice("QWXYZ")
        return (
            f"{street} {asked}" if number.isdigit() and asked not in self.numbers[street] else None
        )

    def elsewhere(self) -> str:
        street, number = self._street()
        return f"{street} {number}{self.chance.choice(ELSEWHERE)}"

    def shuffled(self) -> str | None:
        street, number = self._street()
        words = street.split()
        if len(words) == 1:
            return None
        i = max(range(1, len(words)), key=lambda i: len(words[i]))
        letters = list(words[i].lower())
        self.chance.shuffle(letters)
        words[i] = "".join(letters)
        shuffled = " ".join(words)
        return None if self.key(shuffled) in self.names else f"{shuffled} {number}"

    def other_word(self) -> str | None:
        street, number = self._street()
        words = street.split()
        if len(words) < 3 or words[1].lower() == "privata":
            return None
        i = self.chance.randrange(1, len(words))
        words[i] = self.chance.choice(self.words)
        other = " ".join(words)
        return None if self.key(other) in self.names else f"{other} {number}"

    def other_kind(self) -> str | None:
        street, number = self._street()
        kind, _, name = street.partition(" ")
        other = self.chance.choice([one for one in KINDS if one != kind])
        text = f"{other} {name}"
        return None if self.key(text) in self.names else f"{text} {number}"

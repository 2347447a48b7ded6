"""The named streets of a city, found by what people call them."""

from __future__ import annotations

import weakref
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.model.street_names import (
    COST_MISPRINT,
    TITLES,
    TOO_CLOSE,
    StreetName,
    likeness,
    misprints_allowed,
    read_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.streets import StreetNetwork

SUGGESTED: Final = 0.5
"""The least likeness at which a name is worth showing to someone whose name was not found."""
BEYOND_THE_CITY: Final = 0.1
"""What it costs a street to lie in the ring around the city: one within goes first."""
_LIKE_WORDS = 12
# A name that is whole, or lacks a given name: misprints are not looked for.
_FOUND = 0.9
_MOST_REMEMBERED = 4096


@dataclass(frozen=True)
class Found:
    """A street that a name may mean.

    Parameters
    ----------
    name
        As the map has it, or the register where the map has no such street.
    score
        Likeness of what was asked and the nearest spelling of it, from 0 to 1.
    edge_ids
        Its edges within the city, or all where none is; empty where the network has no street
        of this name.
    within
        Whether it is a street of the city, not of the ring around it.
    """

    name: str
    score: float
    edge_ids: NDArray[np.int64]
    within: bool


def worth(found: Found) -> float:
    """Return by what streets are ranked: the score, less where it lies outside the city."""
    return found.score - BEYOND_THE_CITY * (not found.within)


def margin(best: float) -> float:
    """Return how much less another street may be worth to be as good as the best."""
    return 1e-9 if best >= 1 - TOO_CLOSE / 4 else TOO_CLOSE


class StreetIndex:
    """Names and their spellings, once per network and register.

    Parameters
    ----------
    names : pandas.Series
        Name of every edge, missing where it has none.
    within : numpy.ndarray
        Whether each edge lies in the city.
    registered : mapping of str to tuple of str
        Name of a street to the spellings of a register.
    """

    def __init__(
        self, names: pd.Series, within: NDArray[np.bool_], registered: dict[str, tuple[str, ...]]
    ) -> None:
        codes, found = pd.factorize(names, use_na_sentinel=True)
        self.names: list[str] = [str(name) for name in found]
        known = set(self.names)
        self.of_register_alone = {name for name in registered if name not in known}
        order = np.argsort(codes, kind="stable")
        first = np.searchsorted(codes[order], np.arange(len(self.names) + 1))
        edges = {
            name: order[first[i] : first[i + 1]].astype(np.int64)
            for i, name in enumerate(self.names)
        }
        self._same = _one_street(edges)
        self._edges = {
            name: np.sort(np.concatenate([edges[other] for other in others]))
            for name, others in self._same.items()
        }
        self.within = within
        self._remembered: dict[tuple[str, float], list[Found]] = {}
        self._spellings: list[tuple[StreetName, str]] = []
        for name in [*self.names, *sorted(self.of_register_alone)]:
            listed = registered.get(name, ())
            read = read_name(name, register=listed[0] if listed else None)
            self._spellings.append((read, name))
            self._spellings += [(_listed(spelling, read), name) for spelling in listed]

    @cached_property
    def _with_word(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for i, (spelling, _) in enumerate(self._spellings):
            for word in set(spelling.words):
                places[word].append(i)
        return dict(places)

    @cached_property
    def _joined(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for i, (spelling, _) in enumerate(self._spellings):
            places[spelling.joined].append(i)
        return dict(places)

    @cached_property
    def _vocabulary(self) -> _ByLength:
        return _ByLength([word for word in self._with_word if len(word) > 2])  # noqa: PLR2004

    @cached_property
    def _letters(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for i, (spelling, _) in enumerate(self._spellings):
            places[spelling.letters].append(i)
        return dict(places)

    @cached_property
    def _all_letters(self) -> _ByLength:
        return _ByLength(list(self._letters))

    @cached_property
    def _keys(self) -> set[tuple[str, ...]]:
        return {spelling.key for spelling, _ in self._spellings}

    def has_words(self, words: str) -> bool:
        """Tell whether a street has just these words, of whatever kind it is."""
        return read_name(words).key in self._keys

    @cached_property
    def _of_name(self) -> dict[str, list[StreetName]]:
        spellings: dict[str, list[StreetName]] = defaultdict(list)
        for spelling, name in self._spellings:
            spellings[self.written(name)[0]].append(spelling)
        return dict(spellings)

    def spellings(self, name: str) -> list[StreetName]:
        """Return how a street is spelled, on the map and in the register."""
        return self._of_name.get(self.written(name)[0], [])

    def written(self, name: str) -> tuple[str, ...]:
        """Return how the map writes a street: most have one name, some two that differ in case."""
        return self._same.get(name, (name,))

    def edges_of(self, name: str) -> tuple[NDArray[np.int64], bool]:
        """Return the edges of a name within the city, or all where none is, and which it was."""
        edges = self._edges.get(name, np.empty(0, dtype=np.int64))
        inside = edges[self.within[edges]]
        if len(inside):
            return inside, True
        return edges, not len(edges)

    def search(self, words: str, *, least: float = SUGGESTED) -> list[Found]:
        """Return the streets that words may mean, the likeliest first."""
        if (words, least) not in self._remembered:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[words, least] = self.search_all([words], least=least)
        return self._remembered[words, least]

    def search_all(self, spellings: Iterable[str], *, least: float = SUGGESTED) -> list[Found]:
        """Return the streets that a name in one of several spellings may mean."""
        best: dict[str, float] = {}
        for asked in map(read_name, spellings):
            self._compare(asked, self._with_its_words(asked), least, best)
            if not any(score >= _FOUND for score in best.values()):
                self._compare(asked, self._with_words_like_its(asked), least, best)
        found = []
        for name, score in best.items():
            edges, within = self.edges_of(name)
            found.append(Found(name=name, score=score, edge_ids=edges, within=within))
        return sorted(found, key=lambda one: (-worth(one), one.name))

    def search_letters(self, words: str) -> list[tuple[Found, int]]:
        """Return the streets that words are but for one or two letters, blanks counted as none.

        This finds ``viaPadova`` and ``vai Padova``, where a misprint makes a word of two, or of
        a kind none. With each street stands how many letters differ.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        letters = read_name(words).letters
        most = misprints_allowed(letters)
        near = process.extract(
            letters,
            self._all_letters.as_long_as(letters, most),
            scorer=OSA.distance,
            score_cutoff=most,
            limit=None,
        )
        least: dict[str, int] = {}
        for other, edits, _ in near:
            for i in self._letters[other]:
                name = self.written(self._spellings[i][1])[0]
                least[name] = min(int(edits), least.get(name, most))
        found = []
        for name, edits in sorted(least.items()):
            edges, within = self.edges_of(name)
            score = 1 - COST_MISPRINT * edits
            found.append((Found(name=name, score=score, edge_ids=edges, within=within), edits))
        return found

    def _compare(
        self, asked: StreetName, candidates: set[int], least: float, best: dict[str, float]
    ) -> None:
        """Keep the best score of every street among some spellings."""
        for i in candidates:
            spelling, name = self._spellings[i]
            score = likeness(asked, spelling)
            name = self.written(name)[0]
            if score >= least and score > best.get(name, 0.0):
                best[name] = score

    def _with_its_words(self, asked: StreetName) -> set[int]:
        found = set(self._joined.get(asked.joined, ()))
        for word in _telling(asked):
            found.update(self._with_word.get(word, ()))
        return found

    def _with_words_like_its(self, asked: StreetName) -> set[int]:
        """Return spellings with a word that is one of those asked but for misprints."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        found: set[int] = set()
        for word in _telling(asked):
            allowed = misprints_allowed(word)
            if not allowed:
                continue
            near = process.extract(
                word,
                self._vocabulary.as_long_as(word, allowed),
                scorer=OSA.distance,
                score_cutoff=allowed,
                limit=_LIKE_WORDS,
            )
            for other, *_ in near:
                found.update(self._with_word[other])
        return found

    def nearest_names(self, words: str, *, count: int = 3) -> list[str]:
        """Return names for someone whose words were not understood, likest first."""
        from rapidfuzz import fuzz, process

        names = [one.name for one in self.search(words, least=0.0)][:count]
        for word in sorted(read_name(words).words, key=len, reverse=True):
            for other, *_ in process.extract(
                word, self._vocabulary.words, scorer=fuzz.ratio, limit=count
            ):
                names += [self._spellings[i][1] for i in self._with_word[other][:count]]
        return list(dict.fromkeys(names))[:count]


class _ByLength:
    """Words, of which those of about one length are asked for, in the order in which they stand."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self._known: dict[tuple[int, int], list[str]] = {}

    def as_long_as(self, word: str, within: int) -> list[str]:
        """Return the words whose length differs from that of a word by so much at most."""
        key = len(word), within
        if key not in self._known:
            self._known[key] = [one for one in self.words if abs(len(one) - key[0]) <= within]
        return self._known[key]


def _listed(spelling: str, read: StreetName) -> StreetName:
    """Read the spelling of a register, whose first words are the surname."""
    listed = read_name(spelling)
    of_map = read.surname <= set(listed.words)
    return replace(listed, surname=read.surname if of_map else frozenset(listed.words[:1]))


def _telling(asked: StreetName) -> list[str]:
    """Return the words that tell a street from others: of a saint's, or a general's, the name."""
    return [word for word in asked.words if word not in TITLES] or list(asked.words)


def _one_street(edges: dict[str, NDArray[np.int64]]) -> dict[str, tuple[str, ...]]:
    """Return for every name the names of its street, that of the most edges first.

    The map writes ``Piazza Ventiquattro Maggio`` here and ``Piazza XXIV Maggio`` there.
    """
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for name in edges:
        read = read_name(name)
        groups[read.kind, read.private, read.key].append(name)
    return {
        name: tuple(sorted(names, key=lambda one: (-len(edges[one]), one)))
        for names in groups.values()
        for name in names
    }


_INDEXES: weakref.WeakKeyDictionary[StreetNetwork, tuple[Any, Any, StreetIndex]] = (
    weakref.WeakKeyDictionary()
)


def street_index(city: City) -> StreetIndex:
    """Return the index of a city's streets; networks that share their names share it."""
    streets, areas, addresses = city.streets, city_areas(city), city.addresses
    names = streets.edges["name"]
    for network, (its_areas, its_addresses, index) in list(_INDEXES.items()):
        if its_areas is not areas or its_addresses is not addresses:
            continue
        if network is streets:
            return index
        if _same_names(network, streets):
            _INDEXES[streets] = (areas, addresses, index)
            return index
    within = (
        np.ones(len(streets.edges), dtype=bool) if areas is None else within_areas(streets, areas)
    )
    index = StreetIndex(names, within, registered_spellings(addresses))
    _INDEXES[streets] = (areas, addresses, index)
    return index


def _same_names(one: StreetNetwork, other: StreetNetwork) -> bool:
    if one.nodes is not other.nodes or len(one.edges) != len(other.edges):
        return False
    names = one.edges["name"].to_numpy(), other.edges["name"].to_numpy()
    if np.shares_memory(*names):
        return True
    first, second = (pd.Series(column).fillna("").to_numpy(dtype=object) for column in names)
    return bool(np.array_equal(first, second))


def city_areas(city: City) -> gpd.GeoDataFrame | None:
    """Return the set of zones that covers the most ground, None where there are no zones."""
    if not city.zones:
        return None
    return max(city.zones.values(), key=lambda table: float(table["area_km2"].to_numpy().sum()))


def within_areas(streets: StreetNetwork, areas: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which edges with a name have their middle in some zones; without a name, it is True."""
    within = np.ones(len(streets.edges), dtype=bool)
    named = streets.edges["name"].notna().to_numpy()
    middles = shapely.line_interpolate_point(
        streets.edges.geometry.to_numpy()[named], 0.5, normalized=True
    )
    hit = shapely.STRtree(middles).query(areas.geometry.to_numpy(), predicate="intersects")[1]
    inside = np.zeros(len(middles), dtype=bool)
    inside[hit] = True
    within[named] = inside
    return within


def registered_spellings(addresses: gpd.GeoDataFrame) -> dict[str, tuple[str, ...]]:
    """Return how a register spells the streets of addresses, by their names on the map."""
    if not len(addresses):
        return {}
    if "register_street" not in addresses.columns:
        return {str(street): () for street in addresses["street"].unique()}
    pairs = addresses[["street", "register_street"]].astype(object).drop_duplicates()
    pairs = pairs.sort_values(["street", "register_street"])  # the order of the rows tells nothing
    spellings: dict[str, tuple[str, ...]] = {}
    for street, listed in zip(pairs["street"], pairs["register_street"], strict=True):
        if isinstance(listed, str):
            spellings[street] = (*spellings.get(street, ()), listed)
        else:
            spellings.setdefault(street, ())
    return spellings


def quarter(city: City, shape: shapely.Geometry) -> str:
    """Return the name of the quarter a shape lies in, for a message.

    Quarters are the set of zones ``nil``, or the city's first set; outside them it is told how
    many km off the nearest the shape lies.
    """
    zones = city.zones.get("nil", next(iter(city.zones.values()), None))
    point = shapely.centroid(shape)
    if zones is None:
        return f"x {point.x:.0f}, y {point.y:.0f}"
    inside = zones[zones.contains(point).to_numpy()]
    if len(inside):
        return str(inside["name"].iloc[0])
    apart = zones.distance(point)
    nearest = zones["name"].loc[apart.idxmin()]
    return f"the ring, {apart.min() / 1000:.1f} km beyond {nearest}"

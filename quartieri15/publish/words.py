"""The words of everything that is published: Italian first, English beside it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from quartieri15.model.places import NETWORKS
from quartieri15.planning.speaking import (
    LANGUAGES,
    as_given,
    number,
    percent,
    require_language,
)
from quartieri15.publish.catalogue import in_all_languages, is_phrase, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from quartieri15.model.profiles import TravelProfile

__all__ = [
    "CHOSEN_SPEED",
    "LANGUAGES",
    "PLACE_NOUNS",
    "VALUES",
    "as_given",
    "certainty_text",
    "date_text",
    "edits_text",
    "in_all_languages",
    "is_phrase",
    "isolated",
    "known",
    "number",
    "percent",
    "place_words",
    "profile_text",
    "require_language",
    "say",
    "set_of_places",
    "the_percent",
    "traveller_text",
    "visible",
    "zone_text",
]

VALUES: Final[dict[str, dict[str, str]]] = {
    "name": {name: name for name in ("External WeMi (not named in the deck)",)},
    "kind": {
        kind: kind
        for kind in ("ex_csrc", "ex_cam", "wemi", "wemi_hosted", "wemi_external", "wemi_central")
    },
    "location_precision": {
        precision: f"precision_{precision}"
        for precision in ("civic", "point", "street", "neighbourhood", "none")
    },
    "confidence": {
        confidence: confidence
        for confidence in ("verified by two sources", "one source", "unverified", "planned")
    },
    "vintages": {
        since: since
        for since in (
            "2022-06; beyond that extract 2021-08",
            "level 2021 (NIL), pattern 2011 (census sections), addresses 2020",
        )
    },
}
"""Values of a column that have a phrase, with its key. Any other text is shown as it is."""

CHOSEN_SPEED: Final = "speed chosen by the user"
"""What a profile gives as its source after ``with_(speed_kmh=...)``."""

PLACE_NOUNS: Final = {
    "houses": ("la", "Casa di Quartiere", "Casa di Quartiere"),
    "ex_csrc": ("la", "Casa di Quartiere (ex CSRC)", "Casa di Quartiere (former CSRC)"),
    "ex_cam": ("la", "Casa di Quartiere (ex CAM)", "Casa di Quartiere (former CAM)"),
    "wemi": ("lo", "sportello WeMi", "WeMi desk"),
    "wemi_external": ("lo", "sportello WeMi esterno", "WeMi desk outside the houses"),
    "wemi_central": ("lo", "sportello WeMi centrale", "central WeMi desk"),
    "places": ("il", "luogo", "place"),
}
"""Sets of places: the Italian article, and one of them in Italian and in English."""

_ARTICLES: Final = {
    "la": "una|dalla|alla|nessuna|un'altra |vicina",
    "lo": "uno|dallo|allo|nessuno|un altro |vicino",
    "il": "un|dal|al|nessun|un altro |vicino",
}


def known(value: object, language: str = "it", *, column: str) -> str:
    """Return the phrase for a value of a column, or the value itself where there is none.

    Parameters
    ----------
    value
        A cell of a table.
    language
        ``"it"`` or ``"en"``.
    column
        A key of :data:`VALUES`.

    Examples
    --------
    >>> known("one source", column="confidence"), known("one source", column="name")
    ('una sola fonte', 'one source')
    """
    text = str(value)
    key = VALUES[column].get(text)
    return text if key is None else say(key, language)


def the_percent(share: float, language: str = "it") -> str:
    """Write a share as it stands within a sentence: an Italian per cent has its article.

    Examples
    --------
    >>> the_percent(0.2), the_percent(0.8), the_percent(0.11), the_percent(0.8, "en")
    ('il 20%', "l'80%", "l'11%", '80%')
    """
    text = percent(share, language)
    if language != "it":
        return text
    if text.startswith(("8", "11%")):
        return f"l'{text}"
    return f"lo {text}" if text.startswith("0") else f"il {text}"


def visible(text: str) -> str:
    r"""Write what no page and no file can hold (control characters) as signs one can see.

    Tabs and ends of lines stay. A character that Unicode has no picture for, and half a
    surrogate pair, is U+FFFD.

    Examples
    --------
    >>> visible("a\x00b\x1b[2J"), visible("plain")
    ('a␀b␛[2J', 'plain')
    """
    return _UNSEEN.sub(_picture, text)


def isolated(text: str) -> str:
    r"""Write a text so that its direction turns nothing round it (UAX #9, isolates).

    For plain text: a page has the element ``bdi``. A text that is all from left to right stays
    as it is.

    Examples
    --------
    >>> isolated("Milano"), ascii(isolated("a\u202eb"))
    ('Milano', "'\\u2068a\\u202eb\\u2069'")
    """
    if not any(unicodedata.bidirectional(character) in _TURNING for character in text):
        return text
    # A text must neither end its isolate early nor leave others open behind it.
    opened = early = 0
    for character in text:
        if character in "\u2066\u2067\u2068":
            opened += 1
        elif character == "\u2069" and opened:
            opened -= 1
        elif character == "\u2069":
            early += 1
    return "\u2068" * (early + 1) + text + "\u2069" * (opened + 1)


_TURNING: Final = frozenset(
    ("R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
)
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < ord(" "):
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"  # noqa: PLR2004  (DEL)


def profile_text(profile: TravelProfile, language: str = "it") -> str:
    """Say who travels: the label of a profile, starting with a capital.

    Examples
    --------
    >>> from quartieri15.model import profiles
    >>> profile_text(profiles.WALK_75, "en")
    'On foot, pace of a person of 75'
    """
    label = {"it": profile.label_it, "en": profile.label_en}[require_language(language)]
    return isolated(label[:1].upper() + label[1:])


def traveller_text(profile: TravelProfile, language: str = "it") -> str:
    """Say who travels and how fast; with a speed of one's own, no age is claimed.

    What the traveller refuses or loses time at is said too, unless the label of a profile of the
    library says it.

    Examples
    --------
    >>> from quartieri15.model import profiles
    >>> traveller_text(profiles.WALK_75)
    'A piedi, passo di una persona di 75 anni, 3,2 km/h'
    >>> traveller_text(profiles.WALK_75.with_(speed_kmh=2.5))
    'A piedi, velocità scelta: 2,5 km/h'
    >>> traveller_text(profiles.WALK_75.with_(refusals=["steps"], speed_kmh=2.5), "en")
    'On foot, chosen speed: 2.5 km/h, no stairs'
    """
    from quartieri15.model.profiles import PROFILES

    speed = as_given(profile.speed_kmh, language)
    conditions = _conditions(profile, language)
    if profile.source != CHOSEN_SPEED:
        who = say("traveller", language, profile=profile_text(profile, language), speed=speed)
        for known in PROFILES.values():
            if known.label_it == profile.label_it and _conditions(known, language) == conditions:
                return who
    else:
        mode = say("on_foot" if profile.mode == "walk" else "by_bicycle", language)
        who = say("traveller_own_speed", language, profile=mode, speed=speed)
    return ", ".join([who, *conditions])


def _conditions(profile: TravelProfile, language: str) -> list[str]:
    """Say what beside the speed makes a way longer for a traveller, or closes it."""
    said = []
    if profile.push_speed_kmh is not None:
        said.append(say("pushes", language, speed=as_given(profile.push_speed_kmh, language)))
    elif profile.mode == "bike":
        said.append(say("never_pushes", language))
    said += [say(f"refuses_{rule}", language) for rule in profile.refusals]
    if profile.slope != "flat":
        said.append(say(f"slope_{profile.slope}", language))
    if profile.steps_factor != 1:
        said.append(say("slower_stairs", language, times=as_given(profile.steps_factor, language)))
    if profile.crossing_wide_road_s:
        seconds = as_given(profile.crossing_wide_road_s, language)
        said.append(say("waits_at_wide_roads", language, seconds=seconds))
    if profile.max_grade is not None:
        grade = as_given(100 * profile.max_grade, language)
        said.append(say("up_to_grade", language, grade=grade))
    return said


def place_words(places: str, language: str = "it") -> dict[str, str]:
    """Say what is reached, with its articles: the blanks of the phrases that speak of places.

    Parameters
    ----------
    places
        The name of a set of places, for example ``"houses"`` or ``"wemi"``.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    dict
        ``a_place``, ``from_nearest``, ``to_nearest``, ``no_place``, ``another_nearer``.

    Examples
    --------
    >>> place_words("houses")["from_nearest"], place_words("wemi")["from_nearest"]
    ('dalla Casa di Quartiere più vicina', 'dallo sportello WeMi più vicino')
    >>> place_words("wemi", "en")["to_nearest"], place_words("parks")["a_place"]
    ('to the nearest WeMi desk', 'un luogo «parks»')
    """
    own = isolated(places)
    article, *nouns = PLACE_NOUNS.get(places, ("il", f"luogo «{own}»", f"“{own}” place"))
    noun = nouns[LANGUAGES.index(require_language(language))]
    if language == "en":
        return {
            "a_place": f"a {noun}",
            "from_nearest": f"from the nearest {noun}",
            "to_nearest": f"to the nearest {noun}",
            "no_place": f"no {noun}",
            "another_nearer": f"another {noun} is nearer",
        }
    one, of, to, none, another, near = _ARTICLES[article].split("|")
    return {
        "a_place": f"{one} {noun}",
        "from_nearest": f"{of} {noun} più {near}",
        "to_nearest": f"{to} {noun} più {near}",
        "no_place": f"{none} {noun}",
        "another_nearer": f"{another}{noun} è più {near}",
    }


def set_of_places(places: str, language: str = "it") -> str:
    """Say which places are meant; of a set that has no phrase of its own, the name it has.

    Examples
    --------
    >>> set_of_places("wemi", "en"), set_of_places("pharmacy", "en")
    ('WeMi desks', 'pharmacy')
    """
    return say(places, language) if places in PLACE_NOUNS else isolated(places)


def certainty_text(certainty: Mapping[str, Any], places: str, language: str = "it") -> str:
    """Say how many positions of a set of places are uncertain, and why.

    Parameters
    ----------
    certainty
        The counts of :func:`quartieri15.model.places.position_certainty`.
    places
        The name of the set.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    str
        One or two sentences; nothing where no position is uncertain.

    Examples
    --------
    >>> counts = {"places": 9, "in_doubt": 2, "less_than_civic": {"street": 1}, "unverified": 2}
    >>> certainty_text(counts, "wemi", "en").partition(". ")[0]  # doctest: +NORMALIZE_WHITESPACE
    'Uncertain positions, WeMi desks: 2 of 9, that is 1 at the street only; 2 with an unverified
    address; some for more than one reason'
    """
    in_doubt = certainty.get("in_doubt", 0)
    if not in_doubt:
        return ""
    rough = certainty.get("less_than_civic", {})
    apart = [number(metres, language) for metres in certainty.get("contradicted_m", ())]
    reasons = {name: certainty.get(name, 0) for name in ("unverified", "contradicted")}
    details = [
        say(
            "positions_rough",
            language,
            count=count,
            precision=isolated(known(name, language, column="location_precision")),
        )
        for name, count in rough.items()
    ]
    metres = "–".join(dict.fromkeys([*apart[:1], *apart[-1:]]))
    details += [
        say(f"positions_{reason}", language, count=count, metres=metres)
        for reason, count in reasons.items()
        if count
    ]
    if sum(rough.values()) + sum(reasons.values()) > in_doubt:
        details.append(say("positions_several_reasons", language))
    return say(
        "note_positions",
        language,
        places=set_of_places(places, language),
        in_doubt=in_doubt,
        count=certainty["places"],
        details="; ".join(details),
    )


def zone_text(name: object) -> str:
    """Write the name of a zone as people write it, where its publisher writes it in capitals.

    Examples
    --------
    >>> zone_text("BAGGIO - Q.RE DEGLI OLMI - Q.RE VALSESIA"), zone_text("Forlanini-Salomone")
    ('Baggio - Q.re degli Olmi - Q.re Valsesia', 'Forlanini-Salomone')
    >>> zone_text("QT 8"), zone_text("XXII MARZO"), zone_text("CITTA' STUDI")
    ('QT 8', 'XXII Marzo', 'Città Studi')
    """
    text = str(name)
    if text != text.upper() or text == text.lower():
        return text
    return _WORD.sub(_mixed, _ACCENT.sub(lambda found: _ACCENTED[found[0][0]], text))


_ACCENT: Final = re.compile(r"(?<!C)[AEIOU]'(?=\W|$)")
_ACCENTED: Final = dict(zip("AEIOU", "ÀÈÌÒÙ", strict=True))
_WORD: Final = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*")
_SMALL: Final = frozenset(
    (
        *("a", "ad", "al", "alla", "alle", "ai", "da", "dal", "dalla", "dei", "degli", "del"),
        *("della", "delle", "dello", "di", "e", "ed", "il", "in", "la", "le", "lo", "sul", "sulla"),
    )
)
_KEPT: Final = frozenset(("QT", "XXII", "ERP", "NIL"))


def _mixed(found: re.Match[str]) -> str:
    word = found[0]
    if word in _KEPT:
        return word
    first = found.start() == 0
    return word.lower() if word.lower() in _SMALL and not first else word.capitalize()


def date_text(date: dt.date, language: str = "it") -> str:
    """Write a date in words.

    Examples
    --------
    >>> import datetime
    >>> date_text(datetime.date(2026, 11, 21)), date_text(datetime.date(2026, 11, 1), "en")
    ('21 novembre 2026', '1 November 2026')
    """
    from babel.dates import format_date

    # The first of a month is an ordinal in Italian, which CLDR does not know.
    day = "d'º'" if require_language(language) == "it" and date.day == 1 else "d"
    return format_date(date, f"{day} MMMM y", locale=language)


def edits_text(edited: Mapping[str, Any], language: str = "it") -> str:
    """Say what somebody has edited in an edition, and how many rows it had before.

    Parameters
    ----------
    edited
        ``provenance["edited"]`` of a city, as :func:`~quartieri15.editions.loading.load` gives it.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    str
        A sentence; nothing where nothing was edited.

    Examples
    --------
    >>> half = {"had": {"ex_csrc": 29, "ex_cam": 33}, "has": {"ex_csrc": 29, "ex_cam": 5}}
    >>> edits_text({"registry.csv": half}, "en")
    'Edited by hand since the edition was built: registry.csv (34 houses, the edition had 62).'
    """
    details = [f"{name} ({_edit_text(told, language)})" for name, told in edited.items()]
    return say("note_edited", language, details=", ".join(details)) if details else ""


def _edit_text(told: Mapping[str, Any], language: str) -> str:
    had, has = Counter[str](), Counter[str]()
    for counts, kinds in ((had, told["had"]), (has, told["has"])):
        for kind, count in kinds.items():
            counts[_counted_as(kind)] += count
    differ = [key for key in dict.fromkeys([*had, *has]) if had[key] != has[key]]
    if differ:
        return "; ".join(
            say(
                key,
                language,
                has=number(has[key], language),
                had=number(had[key], language),
            )
            for key in differ
        )
    gone, new = len(told.get("gone", ())), len(told.get("new", ()))
    if gone or new:
        return say("edited_other_rows", language, gone=gone, new=new)
    return say("edited_same_rows", language)


def _counted_as(kind: str) -> str:
    """Return the phrase for how many rows of a kind there are."""
    if kind not in NETWORKS:
        return "edited_rows"
    return "edited_houses" if NETWORKS[kind] == "houses" else "edited_others"

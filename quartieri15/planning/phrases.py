"""Edits said in a sentence, in Italian or English, and what they say field by field.

``pista ciclabile in viale Monza tra piazzale Loreto e via Pasteur`` becomes what a file of a
scenario holds: ``{"cycle_track": {"along": "viale Monza", "from": ..., "to": ...}}``. A sentence
is read by forms, each with its own pattern; what stands in it beside what a form knows is an
error, never left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_text
from quartieri15.errors import InputError
from quartieri15.model.city import require_city
from quartieri15.model.street_names import ACCEPTED, KIND_OF, folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from quartieri15.model.city import City

Fields = dict[str, Any]


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Kinds of streets at the beginning of a name, as they are written; short ones need their dot.
_STREET: Final = (
    r"(?:"
    + "|".join(sorted((k for k in KIND_OF if len(k) > 3), key=len, reverse=True))  # noqa: PLR2004 - no abbreviation
    + r"|via|v\.(?:\s*le|\s*lo)?|v\.?le|p\.?\s?z?z\.?a|p\.?le|p\.?zale|c\.?so|l\.?go|p\.?ta"
    + r"|vle|cso|pza)"
)
_WORDS_BEFORE: Final = _set_of(
    "limitare limitazione prolungare estendere "
    "si chiede chiediamo propone proponiamo vorrei vorremmo serve realizzare "
    "realizzazione realizziamo fare creare creazione istituire istituzione istituiamo "
    "prevedere mettere portare ridurre abbassare introdurre nuova nuovo nuove nuovi "
    "una un uno la il lo le i gli di del della delle dei tratto nel please a an the "
    "new build make create add introduce put prolungamento completamento proseguire "
    "tracciare disegnare costruire costruzione the set"
)
_WORDS_BETWEEN: Final = _set_of(
    "velocità traffico limite "
    "in su sul sulla sullo lungo la il lo le di del della dello nella nel all' alla al "
    "per per a on along the of for at tutta tutto intera intero whole presso e tratto "
    "nuova nuovo"
)
_DAYS: Final = {
    "lun": "Mo",
    "mar": "Tu",
    "mer": "We",
    "gio": "Th",
    "ven": "Fr",
    "sab": "Sa",
    "dom": "Su",
}


_NUMBER_OF_STREET: Final = re.compile(
    rf"\b(?:al\s+)?(?:civico|numero)\s+(\d+\s*(?:/?\s*[a-z])?)\s+d(?:i|el"
    rf"|ella)\s+({_STREET}\s+[^\d]+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Form:
    """One way to say an edit: what it looks like, what tells it, what it becomes."""

    shown: str
    pattern: re.Pattern[str]
    build: Callable[[str, re.Match[str], City | None], Fields]


def parse_edit(words: str, city: City | None = None) -> Fields:
    """Read an edit said in a sentence.

    Parameters
    ----------
    words
        The sentence, Italian or English. :func:`forms` lists what is understood.
    city
        Where it is to be applied. With it, names that hold small words (``via Giovanni da
        Procida``) are told from the words around them by whether there is such a street, and a
        bridge between two streets gets its line. The streets themselves are matched when the
        edit is applied.

    Returns
    -------
    dict
        One kind of edit and its fields, as a file of a scenario holds them.

    Raises
    ------
    InputError
        If the sentence, or a part of it, is not understood: the part, and the nearest form.
    ParameterError
        If it is no text, or the city is none.
    UnknownNameError, AmbiguousNameError
        If the streets that a new bridge joins are not known.

    Examples
    --------
    >>> parse_edit("pista ciclabile in viale Monza tra piazzale Loreto e via Pasteur")
    {'cycle_track': {'along': 'viale Monza', 'from': 'piazzale Loreto', 'to': 'via Pasteur'}}
    >>> parse_edit("zona 30 in via Zante")
    {'calm_traffic': {'along': 'via Zante', 'maxspeed_kmh': 30}}
    >>> parse_edit("aprire una casa in via Boifava 10")["open_place"]["address"]
    'via Boifava 10'
    >>> parse_edit("fare qualcosa di bello in via Zante")
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: edit: 'fare qualcosa di bello in via Zante' says no edit that \
is known. Mend: write for example: zona 30 in via Zante.
    """
    require_text(words, where="edit")
    if city is not None:
        require_city(city)
    text = " ".join(words.replace("’", "'").replace("`", "'").split()).strip(" .;")
    # "al civico 40 di via Boifava" is "in via Boifava 40".
    text = re.sub(r"\b(zona|città)\s+trenta\b", r"\1 30", text, flags=re.IGNORECASE)
    text = _NUMBER_OF_STREET.sub(r"in \2 \1", text)
    for form in _FORMS:
        found = form.pattern.search(text)
        if found:
            return form.build(text, found, city)
    raise InputError(
        f"{words!r} says no edit that is known",
        where="edit",
        mend=f"write for example: {_nearest_form(text)}",
    )


def forms() -> list[str]:
    """Return one sentence of each form that is understood.

    Examples
    --------
    >>> forms()[0]
    'passerella tra via Cadolini e via Scheiwiller'
    """
    return [form.shown for form in _FORMS]


def _nearest_form(text: str) -> str:
    from rapidfuzz import fuzz

    return max(forms(), key=lambda shown: fuzz.token_set_ratio(folded(text), folded(shown)))


# What stands around a name.


def _bare(name: str) -> str:
    """Return a name without what joins it to the words before it."""
    name = name.strip(" ,;:.-()")
    while (first := name.split(" ", 1))[0].casefold() in _WORDS_BETWEEN and len(first) > 1:
        name = first[1].strip(" ,;:.-(")
    return re.sub(r"^(?:dell|all|nell|sull|l)'", "", name, flags=re.IGNORECASE)


def _require_known(part: str, known: frozenset[str], text: str) -> None:
    """Refuse words that no form gives a meaning."""
    left = [w for w in re.findall(r"[^\W_]+'?", part) if w.casefold().strip("'") not in known]
    if left:
        raise InputError(
            f"{' '.join(left)!r} in {text!r} is not understood",
            where="edit",
            mend=f"leave it out, or write for example: {_nearest_form(text)}",
        )


_BETWEEN = re.compile(r"(?:^|[\s,:(])(?:tra|fra|between)\s+", re.IGNORECASE)
_AND = re.compile(r"\s+(?:e|ed|and)\s+(?:(?:il|la|lo|le|l')\s*)?", re.IGNORECASE)
_FROM = re.compile(
    r"(?:^|[\s,:(])(?:da|dal|dallo|dalla|dai|dalle|from)\s+|(?:^|[\s,:(])dall'", re.IGNORECASE
)
_TO = re.compile(
    r"[\s,]+(?:(?:fino|sino)\s+)?(?:a|ad|al|allo|alla|ai|alle|to|until|verso"
    r"|towards)\s+|[\s,]+(?:fino\s+)?all'",
    re.IGNORECASE,
)
_STRETCH_WORDS = re.compile(
    r"[\s,:(]*(?:(?:nel|per il|il|limitatamente al|lungo il)\s+)?tratto(?:\s+"
    r"(?:compreso|che va))?\s*$",
    re.IGNORECASE,
)


_ENDS_FIRST = re.compile(
    r"\s*(?P<ends>(?:tra|fra|da|dal|dallo|dalla|between|from)\b.+?)\s+(?:in|su|lungo|on|along)\s+"
    rf"(?P<along>{_STREET}\s.+)",
    re.IGNORECASE,
)


def _stretch_fields(rest: str, text: str, city: City | None) -> Fields:
    """Return along, from and to of what remains of a sentence beside the kind of the edit."""
    if ends_first := _ENDS_FIRST.fullmatch(rest):
        rest = f"{ends_first['along']} {ends_first['ends']}"
    readings = [reading for reading in _readings(rest) if all(reading.values())]
    if not readings:
        raise InputError(
            f"{text!r} names no street",
            where="edit",
            mend=f"write for example: {_nearest_form(text)}",
        )
    best = max(readings, key=lambda reading: _likely(reading, city))
    along = best["along"]
    start = re.search(rf"(?:^|[\s,:]){_STREET}\s+\S", along, re.IGNORECASE)
    if start and start.start() > 0:
        _require_known(along[: start.start()], _WORDS_BETWEEN | _WORDS_BEFORE, text)
        along = along[start.start() :].strip(" ,:")
    fields = {"along": _bare(along)}
    fields |= {key: _bare(best[key]) for key in ("from", "to") if key in best}
    if not all(fields.values()):
        raise InputError(
            f"{text!r} names no street",
            where="edit",
            mend=f"write for example: {_nearest_form(text)}",
        )
    return fields


def _readings(rest: str) -> list[Fields]:
    """Return every way to take a text apart into a street and the two ends of a stretch."""
    readings: list[Fields] = [{"along": rest}]
    for first, second in ((_BETWEEN, _AND), (_FROM, _TO)):
        for one in first.finditer(rest):
            before, after = rest[: one.start()], rest[one.end() :]
            before = _STRETCH_WORDS.sub("", before)
            if first is _FROM:
                readings.append({"along": before, "from": after})
            readings += [
                {"along": before, "from": after[: other.start()], "to": after[other.end() :]}
                for other in second.finditer(after)
            ]
    for other in re.finditer(
        r"\s+(?:fino|sino)\s+(?:a|ad|al|alla)\s+|\s+verso\s+", rest, re.IGNORECASE
    ):
        readings.append({"along": rest[: other.start()], "to": rest[other.end() :]})
    return [
        {
            key: _bare(part) if key != "along" else part.strip(" ,;:")
            for key, part in reading.items()
        }
        for reading in readings
    ]


def _likely(reading: Fields, city: City | None) -> float:
    """Tell how likely a reading is: by whether its names are streets, else by how they begin."""
    scores = [_name_score(_bare(part), city) for part in reading.values()]
    # Of two readings as likely, the one that explains more of the sentence.
    return sum(scores) / len(scores) + 0.05 * len(scores)


def _name_score(name: str, city: City | None) -> float:
    if re.fullmatch(r"(?:il\s+)?(?:civico|numero|n\.?)\s*\d+\s*/?\s*\w?", name, re.IGNORECASE):
        return 0.95
    begins = bool(re.match(rf"{_STREET}\s+\S", name, re.IGNORECASE))
    inside = len(re.findall(rf"(?:^|\s){_STREET}\s+\S", name, re.IGNORECASE))
    shape = 0.6 * begins - 0.3 * max(0, inside - 1) - 0.02 * len(name.split())
    if city is None:
        return shape
    from quartieri15.model.street_index import street_index

    street = re.sub(r"[\s,]+(?:n\.?|civico)?\s*\d+\s*(?:/?\s*\w)?$", "", name) or name
    found = street_index(city).search(street)
    best = max((one.score for one in found), default=0.0)
    if best < ACCEPTED and _is_place(city, name):
        best = 0.9
    return best + 0.05 * shape


def _is_place(city: City, name: str) -> bool:
    known = {folded(str(value)) for column in ("id", "name") for value in city.places[column]}
    return folded(name) in known


def _rest(text: str, found: re.Match[str]) -> str:
    """Return a sentence without the words that told its kind; the words before must be known."""
    before, after = text[: found.start()], text[found.end() :]
    street = re.search(rf"(?:^|[\s,:]){_STREET}\s+\S", before, re.IGNORECASE)
    if street is None:
        _require_known(before, _WORDS_BEFORE, text)
        return after
    # "in via Salomone una pista ciclabile da ...": the street comes first.
    _require_known(before[: street.start()], _WORDS_BEFORE | _WORDS_BETWEEN, text)
    named = before[street.start() :].strip(" ,:").split()
    while named and named[-1].casefold() in _WORDS_BEFORE:
        named.pop()
    return f" {' '.join(named)} {after}"


# Edits along streets.

_LANE = re.compile(r"\bcorsi[ae]\b|\bin corsia riservata\b|\blanes?\b", re.IGNORECASE)
_SHARED = re.compile(r"ciclo-?pedonal\w+|promiscu\w+|condivis\w+|shared path", re.IGNORECASE)
_TWO_WAY = re.compile(r"bidirezional\w+|a doppio senso|two-?way", re.IGNORECASE)
_ONE_WAY = re.compile(r"(?:mono|uni)direzional\w+|a senso unico|one-?way", re.IGNORECASE)
_TRACK = re.compile(
    r"\bprotett\w+|\bin sede (?:propria|protetta|separata)|\bseparat\w+|\bprotected\b",
    re.IGNORECASE,
)


def _cycle_track(text: str, found: re.Match[str], city: City | None) -> Fields:
    fields: Fields = {}
    for pattern, name, value in (
        (_LANE, "facility", "lane"),
        (_SHARED, "facility", "shared_path"),
        (_TRACK, "facility", "track"),
        (_TWO_WAY, "two_way", True),
        (_ONE_WAY, "two_way", False),
    ):
        if pattern.search(text):
            fields[name] = value
    rest = _rest(text, found)
    for pattern in (
        re.compile(r"\bin corsia riservata\b", re.IGNORECASE),
        _SHARED,
        _TWO_WAY,
        _ONE_WAY,
        _TRACK,
    ):
        rest = pattern.sub(" ", rest)
    return {"cycle_track": _stretch_fields(rest, text, city) | fields}


def _calm(text: str, found: re.Match[str], city: City | None) -> Fields:
    fields = _stretch_fields(_rest(text, found), text, city)
    digits = re.search(r"\d+", found[0])
    if digits is None:
        return {"calm_traffic": fields}
    limit = int(digits[0])
    # A limit above 30 km/h calms nothing: it is a limit.
    kind = "calm_traffic" if limit <= 30 else "change_streets"  # noqa: PLR2004
    return {kind: fields | {"maxspeed_kmh": limit}}


def _change(**values: object) -> Callable[[str, re.Match[str], City | None], Fields]:
    def build(text: str, found: re.Match[str], city: City | None) -> Fields:
        return {"change_streets": _stretch_fields(_rest(text, found), text, city) | values}

    return build


def _one_way(text: str, found: re.Match[str], city: City | None) -> Fields:
    fields = _stretch_fields(_rest(text, found), text, city)
    if "from" in fields and "to" in fields:
        return {"change_streets": fields | {"oneway": "along"}}
    if "to" in fields and city is not None:
        fields["from"] = _far_end(city, fields["along"], fields["to"])
        return {"change_streets": fields | {"oneway": "along"}}
    raise InputError(
        f"{text!r} does not say from where to where",
        where="edit",
        mend=f"write for example: senso unico in {fields['along']} da via A a via B",
    )


def _far_end(city: City, along: str, end: str) -> str:
    """Return the street at the other end of a street, which ends at one of the two."""
    from quartieri15.errors import Quartieri15Error
    from quartieri15.planning.naming import streets_meeting, stretch

    whole = stretch(city, along, end=end)
    lengths = {}
    for name in streets_meeting(city, whole.edge_ids):
        try:
            lengths[name] = stretch(city, along, start=name, end=end).length_m
        except Quartieri15Error:
            continue
    if not lengths:
        raise InputError(
            f"no street meets {whole.name} at its other end",
            where="edit",
            mend="say from where to where",
        )
    return max(lengths, key=lambda name: lengths[name])


_TO_TRAFFIC = re.compile(
    r"\b(?:al traffico(?:\s+(?:veicolare|motorizzato|privato))?|alle (?:auto\w*"
    r"|macchine)|ai veicoli(?: a motore)?|to (?:traffic|cars))\b",
    re.IGNORECASE,
)
_TO_BICYCLES = re.compile(r"\b(?:alle bici\w*|ai ciclisti|to (?:bikes|cyclists))\b", re.IGNORECASE)
_TO_FOOT = re.compile(r"\b(?:ai pedoni|to pedestrians)\b", re.IGNORECASE)


def _close_street(text: str, found: re.Match[str], city: City | None) -> Fields:
    rest = _rest(text, found)
    for pattern, kind, fields in (
        (_TO_TRAFFIC, "change_streets", {"highway": "pedestrian"}),
        (_TO_BICYCLES, "close_street", {"mode": "bicycle"}),
        (_TO_FOOT, "close_street", {"mode": "foot"}),
    ):
        if pattern.search(rest):
            return {kind: _stretch_fields(pattern.sub(" ", rest), text, city) | fields}
    return {"close_street": _stretch_fields(rest, text, city)}


# New ways between two streets.


def _new_way(kind: str) -> Callable[[str, re.Match[str], City | None], Fields]:
    def build(text: str, found: re.Match[str], city: City | None) -> Fields:
        rest = re.sub(
            r"^\s*(?:ciclo-?pedonale|ciclabile|pedonale)\b",
            " ",
            _rest(text, found),
            flags=re.IGNORECASE,
        )
        readings = [
            reading
            for reading in _readings(f"x {rest}")
            if len(reading) == 3 and all(reading.values())  # noqa: PLR2004
        ]
        if not readings:
            raise InputError(
                f"{text!r} does not say between which two streets",
                where="edit",
                mend="write for example: passerella tra via Cadolini e via Scheiwiller",
            )
        best = max(readings, key=lambda one: _likely({k: one[k] for k in ("from", "to")}, city))
        _require_known(best["along"].removeprefix("x"), _WORDS_BETWEEN | {"che", "collega"}, text)
        if city is None:
            raise InputError(
                f"where {best['from']} and {best['to']} are is not known without a city",
                where="edit",
                mend="give the city, or draw the line",
            )
        return {
            "add_street": {
                "kind": kind,
                "line": _line(city, best["from"], best["to"]),
                "name": text,
            }
        }

    return build


LONGEST_CROSSING_M: Final = 500.0
"""As long as a bridge between two streets may be without being drawn; longer is a slip."""


def _line(city: City, one: str, other: str) -> list[list[float]]:
    """Return the shortest line between two streets or addresses, in degrees."""
    import geopandas as gpd
    import shapely

    from quartieri15.crs import GEOGRAPHIC
    from quartieri15.planning.naming import found_at

    line = shapely.shortest_line(
        found_at(city, one, where="from"), found_at(city, other, where="to")
    )
    if line.length < 1:
        raise InputError(
            f"{one} and {other} meet already",
            where="edit",
            mend="name two addresses, or draw the line",
        )
    if line.length > LONGEST_CROSSING_M:
        raise InputError(
            f"{one} and {other} are {line.length:,.0f} m apart where they come nearest",
            where="edit",
            mend=f"a sentence joins what is up to {LONGEST_CROSSING_M:.0f} m apart: name two "
            "addresses, or draw the line",
        )
    degrees = gpd.GeoSeries([line], crs=city.crs).to_crs(GEOGRAPHIC).iloc[0]
    return [[round(x, 6), round(y, 6)] for x, y in degrees.coords]


# Places.

_HOUSE = (
    r"(?:cas[ae](?:\s+(?:di|del)\s+quartiere)?|house|centro(?:\s+civico)?|sede|spazio|desk"
    r"|sportello(?:\s+wemi)?|wemi|csrc|cam)"
)
_ARTICLE = r"(?:(?:una?|uno|la|lo|il|l'|le|the|an?)\s*)?"
_NEW = r"(?:(?:nuov[aoie]|altr[ao]|new)\s+)?"
_TAIL = re.compile(r"[\s,]+milano\s*$", re.IGNORECASE)


def _place(words: str) -> str:
    """Return a place without the words that say that it is one."""
    plain = re.sub(
        r"^(?:(?:la|il|lo|l'|le|the|della|del|dello|di|a)\s*)*(?:(?:casa|case)\s+"
        r"(?:di|del)\s+quartiere|casa|house)?\s*(?:(?:di|in|the)\s+)?",
        "",
        words.strip(" ,;:."),
        flags=re.IGNORECASE,
    )
    return plain.strip(" ,;:.") or words.strip()


def _open(text: str, found: re.Match[str], city: City | None) -> Fields:
    del city
    _require_known(text[: found.start()], _WORDS_BEFORE, text)
    address = _TAIL.sub("", found["where"]).strip(" ,")
    desk = bool(re.search("sportello|wemi|desk", found["what"], re.IGNORECASE))
    if desk and not re.search(r"\d", address):
        return {"change_place": {"place": _place(address), "hosts_wemi": True}}
    what = "Sportello WeMi" if desk else "Casa di Quartiere"
    fields: Fields = {"name": f"{what} {address}", "address": address}
    if desk:
        fields |= {"kind": "wemi_external", "hosts_wemi": True}
    return {"open_place": fields}


def _close(text: str, found: re.Match[str], city: City | None) -> Fields:
    del city
    _require_known(text[: found.start()], _WORDS_BEFORE, text)
    return {"close_place": {"place": _place(found["place"])}}


def _move(text: str, found: re.Match[str], city: City | None) -> Fields:
    del city
    _require_known(text[: found.start()], _WORDS_BEFORE, text)
    address = _TAIL.sub("", found["where"]).strip(" ,")
    return {"move_place": {"place": _place(found["place"]), "address": address}}


def _merge(text: str, found: re.Match[str], city: City | None) -> Fields:
    del city
    _require_known(text[: found.start()], _WORDS_BEFORE, text)
    places = [
        _place(one) for one in re.split(r"\s*,\s*|\s+(?:e|ed|and|con|with)\s+", found["places"])
    ]
    return {"merge_places": {"from": places, "into": _place(found["into"])}}


def _hours(text: str, found: re.Match[str], city: City | None) -> Fields:
    del text, city
    if found["first"]:
        days = f"{_DAYS[folded(found['first'])[:3]]}-{_DAYS[folded(found['last'])[:3]]}"
    else:
        days = "Mo-Su"
    opens, closes = (_clock(found[name]) for name in ("opens", "closes"))
    return {
        "change_place": {
            "place": _place(found["place"]),
            "opening_hours": f"{days} {opens}-{closes}",
        }
    }


def _clock(said: str) -> str:
    hours, _, minutes = said.replace(".", ":").partition(":")
    return f"{int(hours):02d}:{int(minutes or 0):02d}"


def _no_steps(text: str, found: re.Match[str], city: City | None) -> Fields:
    del text, city
    return {"change_place": {"place": _place(found["place"]), "entrance_steps": False}}


def _capacity(text: str, found: re.Match[str], city: City | None) -> Fields:
    del text, city
    return {"change_place": {"place": _place(found["place"]), "capacity": int(found["people"])}}


def _barrier(text: str, found: re.Match[str], city: City | None) -> Fields:
    del text, city
    fields: Fields = {"near": _bare(found["where"])}
    kind = folded(found["what"])
    if kind.startswith("ferrovi") or kind == "railway":
        fields["kind"] = "railway"
    return {"remove_barrier": fields}


def _residents(text: str, found: re.Match[str], city: City | None) -> Fields:
    _require_known(text[: found.start()], _WORDS_BEFORE | {"con", "per", "case"}, text)
    del city
    people = int(found["people"].replace(".", "").replace(",", ""))
    return {"add_residents": {"residents": people, "address": _bare(found["where"])}}


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_DAY = r"(?:luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica)'?"
_TIME = r"\d{1,2}(?:[:.]\d{2})?"
_AT = r"(?:in|a|al|alla|presso|at|to|on)"
_FORMS: Final[tuple[_Form, ...]] = (
    _Form(
        "passerella tra via Cadolini e via Scheiwiller",
        _re(
            r"^(?:(?:nuov[ao]|una|un|new|a|costruire|realizzare)\s+)*(?:passerella"
            r"|sovrappasso|ponte|footbridge|bridge)\b"
        ),
        _new_way("bridge"),
    ),
    _Form(
        "sottopasso tra via Cadolini e via Scheiwiller",
        _re(
            r"^(?:(?:nuov[ao]|un|new|a|costruire|realizzare)\s+)*(?:sottopasso"
            r"|sottopassaggio|underpass)\b"
        ),
        _new_way("underpass"),
    ),
    _Form(
        "attraversamento tra via Cadolini e via Scheiwiller",
        _re(r"^(?:(?:nuov[ao]|un|new|a|realizzare)\s+)*(?:attraversamento|strisce|crossing)\b"),
        _new_way("crossing"),
    ),
    _Form(
        "doppio senso ciclabile in via Plinio tra viale Abruzzi e corso Buenos Aires",
        _re(
            r"\b(?:doppio senso|controsenso|contromano|contraflow)\s+(?:ciclabile"
            r"|ciclistico|(?:per\s+)?(?:le\s+)?bici\w*|cycling|for (?:bikes|cycles))"
        ),
        _change(bicycle=True),
    ),
    _Form(
        "pista ciclabile in viale Monza tra piazzale Loreto e via Pasteur",
        _re(
            r"\b(?:(?:pist[ae]|corsi[ae]|percors[oi]|itinerari[oi])\s+(?:(?:bi|mono"
            r"|uni)direzional\w+\s+)?"
            r"(?:cicl(?:abil[ie]|o-?pedonal[ie]|\.)|(?:bi|mono|uni)direzional\w+)|ciclabil[ie]|"
            r"ciclo-?pedonal[ie]|ciclo-?pist[ae]|(?:cycle|bike|bicycle)\s*(?:tracks?"
            r"|lanes?|paths?))"
            r"(?![\w])"
        ),
        _cycle_track,
    ),
    _Form(
        "zona 30 in via Zante",
        _re(r"\b(?:zon[ae]|citt[aà]|strad[ae]|zone)\s*(?:a\s+)?\d+(?:\s*km/?h)?"),
        _calm,
    ),
    _Form(
        "moderazione del traffico in via Dalmazia",
        _re(
            r"\bmoderazione del traffico|\b(?:moderare|rallentare|calmare) il traffico|"
            r"\btraffico (?:calmo|lento|moderato)|\btraffic calming|\bcalm(?:er)? traffic"
        ),
        _calm,
    ),
    _Form(
        "limite di 30 km/h in via Bonfadini da via del Liri a via Sordello",
        _re(
            r"\b(?:(?:limite|velocit[aà]|speed limit)\s+(?:(?:di|della|massima"
            r"|velocit[aà]|a|dei|of)\s+)*)?"
            r"\d+\s*(?:km\s*/?\s*h|km orari|chilometri (?:orari|all'ora)|all'ora|kmh)"
        ),
        _calm,
    ),
    _Form(
        "area pedonale in corso di Porta Romana tra via Lentasio e via Sforza",
        _re(
            r"\bpedonalizza\w+(?:\s+di)?|\b(?:area|zona|isola|strada) pedonale"
            r"|\bpedestriani[sz]e|\bpedestrian (?:area|street)"
        ),
        _change(highway="pedestrian"),
    ),
    _Form(
        "doppio senso di marcia in via Savona da via Bergognone a via Stendhal",
        _re(r"\b(?:doppio senso(?:\s+di (?:marcia|circolazione))?|two[- ]way)\b"),
        _change(oneway="no"),
    ),
    _Form(
        "senso unico in via Pepe da via Farini a via Borsieri",
        _re(r"\b(?:senso unico(?:\s+di (?:marcia|circolazione))?|one[- ]way(?: street)?)\b"),
        _one_way,
    ),
    _Form(
        "aprire una casa in via Boifava 10",
        _re(
            rf"\b(?:aprire|apertura\s+di|apriamo|open)\s+{_ARTICLE}{_NEW}"
            rf"(?P<what>{_HOUSE})\s+{_AT}\s+(?P<where>.+)$"
        ),
        _open,
    ),
    _Form(
        "spostare Zante in via Mecenate 25",
        _re(
            rf"\b(?:spostare|spostiamo|trasferire|trasferimento\s+d\w+"
            rf"|spostamento\s+d\w+|move)\s+(?P<place>.+?)\s+{_AT}\s+"
            rf"(?P<where>{_STREET}\s+.+)$"
        ),
        _move,
    ),
    _Form(
        "accorpare Zante e Mondolfo in Zante",
        _re(
            r"\b(?:accorpare|unire|fondere|merge|join)\s+(?P<places>.+)\s+(?:in|into"
            r"|a|presso)\s+(?P<into>.+)$"
        ),
        _merge,
    ),
    _Form(
        "Zante aperta dal lunedì al venerdì dalle 9 alle 19",
        _re(
            rf"^(?:tenere\s+)?(?P<place>.+?)\s+apert[ao]\s+(?:dal?\s+"
            rf"(?P<first>{_DAY})\s+(?:al?|fino a)\s+(?P<last>{_DAY})|tutti i giorni"
            rf"|ogni giorno)"
            rf"[\s,]+(?:dalle|dalle ore|ore)\s+(?P<opens>{_TIME})\s+(?:alle"
            rf"|alle ore)\s+(?P<closes>{_TIME})$"
        ),
        _hours,
    ),
    _Form(
        "eliminare i gradini all'ingresso di Zante",
        _re(
            r"^(?:eliminare|togliere|rimuovere|abbattere|remove)\s+(?:i gradini"
            r"|lo scalino|gli scalini|le barriere architettoniche|(?:the )?steps)"
            r"(?:\s+(?:all'ingresso|all'entrata|d'ingresso|at the entrance))?\s+"
            r"(?:di|a|da|in|della|del|alla|of)\s+(?P<place>.+)$"
        ),
        _no_steps,
    ),
    _Form(
        "capienza di Zante 120 persone",
        _re(
            r"^(?:capienza|capacit[aà]|capacity)\s+(?:di|della|del|of)\s+"
            r"(?P<place>.+?)[\s,:]+(?:(?:portata\s+)?a\s+|di\s+)?(?P<people>\d+)"
            r"(?:\s+(?:persone|posti|people))?$"
        ),
        _capacity,
    ),
    _Form(
        "eliminare la barriera della ferrovia presso via Dalmazia 4",
        _re(
            r"^(?:eliminare|togliere|rimuovere|abbattere|remove)\s+(?:la |il |the )?"
            r"(?:(?:barriera|barrier)\s+(?:della |of the )?)?(?P<what>ferrovia"
            r"|ferroviaria|railway|barriera|barrier|muro|wall)\s+(?:presso|vicino a"
            r"|davanti a|near|in|at)\s+(?P<where>.+)$"
        ),
        _barrier,
    ),
    _Form(
        "500 nuovi residenti in via Salomone 32",
        _re(
            r"(?P<people>\d[\d.,]*)\s+(?:nuov[ie]\s+|new\s+)?(?:residenti|abitanti"
            r"|residents|people)\s+(?:in|a|al|presso|at)\s+(?P<where>.+)$"
        ),
        _residents,
    ),
    _Form(
        "chiudere via Varesina al traffico da piazzale Cacciatori delle Alpi a via Palizzi",
        _re(
            rf"\b(?:chiudere|chiusura(?:\s+di)?|chiudiamo|close|closure of)\s+(?="
            rf"(?:al|alle|ai|to)\b|{_STREET}\s)"
        ),
        _close_street,
    ),
    _Form(
        "chiudere la casa di quartiere Zante",
        _re(
            r"\b(?:chiudere|chiusura\s+(?:di|del|della)|chiudiamo|close"
            r"|closure of)\s+(?P<place>.+)$"
        ),
        _close,
    ),
)

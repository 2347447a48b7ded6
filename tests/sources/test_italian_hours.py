"""Law: what a text says is read as it stands, and what it does not say is never guessed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.hours import CLOSED, OPEN, UNKNOWN, require_hours, states_at
from quartieri15.sources.italian_hours import HoursRead, read_italian_hours

if TYPE_CHECKING:
    from pathlib import Path

local = dt.datetime.fromisoformat

# Read by hand from the list of cool spaces (ds3017), by its id. All dates are of 2026: the year is
# left out. Tuesday 2 June and Saturday 15 August are holidays that most texts do not name.
BY_HAND = {
    # Romana - Vigentina (ex CAM)
    3: (
        (
            "unknown; Jun 01-Jul 24 off; Jun 01-Jul 24 Mo,Th 15:30-19:00; "
            "Jun 01-Jul 24 Tu 10:00-14:30; Jun 01-Jul 24 We 10:00-14:00; "
            "Jun 01-Jul 24 Fr 10:00-13:00; Jun 02 10:00-14:30 unknown; Jul 27-Sep 04 off; "
            "Jul 27-Sep 04 Mo-Fr 09:00-13:00; Sep 07-Sep 18 off; "
            "Sep 07-Sep 18 Mo,Th 15:30-19:00; Sep 07-Sep 18 Tu 10:00-14:30; "
            "Sep 07-Sep 18 We 10:00-14:00; Sep 07-Sep 18 Fr 10:00-13:00; Aug 08-Aug 23 off"
        ),
        (),
    ),
    # Sammartini
    8: (
        (
            "unknown; Aug 01-Aug 31 off; Aug 01-Aug 31 Mo-Su 14:00-18:00; "
            "Aug 15 14:00-18:00 unknown; Aug 15 off"
        ),
        (),
    ),
    # Sant'Uguzzone (CSRC)
    9: (
        (
            "unknown; Jun 01-Sep 20 off; Jun 01-Sep 20 Mo 14:30-19:00; "
            "Jun 01-Sep 20 Tu-Su 09:00-12:00,14:30-19:00; "
            "Jun 02 09:00-12:00,14:30-19:00 unknown; Aug 15 09:00-12:00,14:30-19:00 unknown; "
            "Aug 16-Sep 09 off"
        ),
        (),
    ),
    # Sant'Uguzzone (CAM)
    10: (
        (
            "unknown; Aug 01-Aug 31 off; Aug 01-Aug 31 Mo-Fr 10:00-17:00; Aug 01-Aug 31 off; "
            "Aug 01-Aug 31 Mo-Fr 10:00-17:00 unknown"
        ),
        ("hours and a closure on 2026 Aug 01-2026 Aug 31",),
    ),
    # Trasimeno
    11: (
        (
            "unknown; Jun 01-Sep 20 off; Jun 01-Sep 20 Mo-Fr,Su 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 09-Aug 17 off"
        ),
        (),
    ),
    # Boscovich
    15: (
        (
            "unknown; Jun 01-Aug 07 off; Jun 01-Aug 07 Mo-Fr 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 24-Sep 30 off; Aug 24-Sep 30 Mo-Fr 15:00-18:00; "
            "Aug 08-Aug 23 off"
        ),
        (),
    ),
    # Feltre
    16: (
        (
            "unknown; Jun 01-Jul 03 off; Jun 01-Jul 03 Mo,We-Sa 15:00-18:00; "
            "Jun 01-Jul 03 Tu 10:15-12:00,15:00-18:00; Jun 01-Jul 03 Su 10:00-12:00; "
            "Jun 02 10:15-12:00,15:00-18:00 unknown; Jul 06-Jul 31 off; "
            "Jul 06-Jul 31 Mo-Sa 15:00-18:00; Aug 03-Aug 07 off; "
            "Aug 03-Aug 07 Mo-Sa 15:00-18:00; Aug 24-Sep 04 off; "
            "Aug 24-Sep 04 Mo-Sa 15:00-18:00; Sep 07-Sep 30 off; "
            "Sep 07-Sep 30 Mo,We-Sa 15:00-18:00; Sep 07-Sep 30 Tu 10:15-12:00,15:00-18:00; "
            "Sep 07-Sep 30 Su 10:00-12:00; Aug 10-Aug 23 off"
        ),
        (),
    ),
    # Valvassori Peroni
    17: (
        (
            "unknown; Jun 01-Jun 14 off; Jun 01-Jun 14 Mo,We,Fr 15:00-18:00; Jun 15-Jul 14 off; "
            "Jun 15-Jul 14 Mo,We 16:00-19:00; Jun 15-Jul 14 Tu 10:30-12:30; "
            "Jun 15-Jul 14 Fr 15:00-18:00; Jul 15-Aug 07 off; Jul 15-Aug 07 Mo,We 16:00-19:00; "
            "Jul 15-Aug 07 Fr 15:00-18:00; Aug 10-Aug 23 off"
        ),
        (),
    ),
    # Acquabella
    18: (
        (
            "unknown; Jun 01-Sep 11 off; Jun 01-Sep 11 Mo-Su 14:30-17:30; "
            "Jun 02 14:30-17:30 unknown; Aug 15 14:30-17:30 unknown; Aug 03-Aug 21 off; "
            "Aug 15 Mo-Su 14:30-17:30 unknown"
        ),
        ("closed and open on 2026 Aug 15",),
    ),
    # Calvi
    19: (
        (
            "unknown; Jun 01-Sep 15 off; Jun 01-Sep 15 Mo-Su 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 15 15:00-18:00 unknown; Aug 09-Aug 23 off"
        ),
        (),
    ),
    # Mompiani
    20: (
        ("unknown; Jun 01-Jul 31 off; Jun 01-Jul 31 Mo,We,Fr 14:45-17:45; Aug 01-Aug 31 off"),
        (),
    ),
    # Zante
    24: (
        (
            "unknown; Jun 01-Jun 30 off; Jun 01-Jun 30 Mo-Sa 14:30-17:30; "
            "Jun 01-Jun 30 Su 15:00-18:00; Jun 02 14:30-17:30 unknown; Jul 01-Jul 31 off; "
            "Jul 01-Jul 31 Mo-Fr 14:30-17:30; Sep 01-Sep 11 off; "
            "Sep 01-Sep 11 Mo-Sa 14:30-17:30; Sep 01-Sep 11 Su 15:00-18:00; Aug 01-Aug 31 off"
        ),
        (),
    ),
    # Boifava
    25: (
        ("unknown; Jun 01-Aug 07 off; Jun 01-Aug 07 Mo,We,Th 09:00-12:00; Aug 07-Aug 30 off"),
        (),
    ),
    # De André
    26: (
        (
            "unknown; Jun 01-Aug 07 off; Jun 01-Aug 07 Mo 09:00-12:00; "
            "Jun 01-Aug 07 We 10:00-13:00; Aug 15 off; Aug 16 off"
        ),
        (),
    ),
    # Saponaro, ex CAM
    29: (
        (
            "unknown; Jun 01-Jun 14 off; Jun 01-Jun 14 Mo 17:30-20:30; "
            "Jun 01-Jun 14 Tu 09:00-12:00,18:30-20:30; Jun 01-Jun 14 We 12:00-21:00; "
            "Jun 01-Jun 14 Th 14:00-17:00,18:00-20:30; Jun 01-Jun 14 Fr 08:45-21:00; "
            "Jun 02 09:00-12:00,18:30-20:30 unknown; Jun 15-Jun 19 off; "
            "Jun 15-Jun 19 Mo 08:30-16:30,17:30-20:30; Jun 15-Jun 19 Tu 09:00-12:00,18:30-20:30; "
            "Jun 15-Jun 19 We,Fr 08:30-21:00; Jun 15-Jun 19 Th 14:00-17:00,18:00-20:30; "
            "Jun 20-Jun 30 off; Jun 20-Jun 30 Mo 17:30-20:30; "
            "Jun 20-Jun 30 Tu 09:00-12:00,18:30-20:30; Jun 20-Jun 30 We 12:00-21:00; "
            "Jun 20-Jun 30 Th 14:00-17:00,18:00-20:30; Jun 20-Jun 30 Fr 08:45-21:00; "
            "Jul 01-Jul 30 off; Jul 01-Jul 30 Mo 08:30-16:30,17:30-20:30; "
            "Jul 01-Jul 30 Tu 08:30-16:30,18:30-20:30; Jul 01-Jul 30 We,Fr 08:30-21:00; "
            "Jul 01-Jul 30 Th 08:30-17:00,18:00-20:30; Aug 01-Aug 06 off; "
            "Aug 01-Aug 06 We 12:00-18:00; Aug 01-Aug 06 Fr 12:00-19:00; Aug 15 off"
        ),
        (),
    ),
    # Rudinì
    33: (
        (
            "unknown; Jun 15-Jun 22 off; Jun 15-Jun 22 Fr 09:00-12:00; Jun 23-Jun 30 off; "
            "Jun 23-Jun 30 Tu-Fr 09:00-12:00; Jul 22-Jul 30 off; "
            "Jul 22-Jul 30 Mo-Fr 09:00-12:00; Aug 01-Aug 07 off; "
            "Aug 01-Aug 07 Tu-Fr 09:00-12:00; Aug 08-Aug 31 off"
        ),
        ("Dal 1 lugliuo al 21 luglio: Lun 09:00-12:00", "metà settembre"),
    ),
    # Donne Partigiane
    34: (
        ("unknown; Jun 15-Jul 15 off; Jun 15-Jul 15 Mo-Su 14:30-18:30"),
        ("ND",),
    ),
    # La Spezia
    35: (
        (
            "unknown; Jun 15-Sep 14 off; Jun 15-Sep 14 Mo 09:00-12:00; "
            "Jun 15-Sep 14 Th 14:30-18:30; Jun 15-Sep 14 Fr 15:15-19:15"
        ),
        ("ND",),
    ),
    # Narcisi
    37: (
        ("unknown; Jun 15-Sep 14 off; Jun 15-Sep 14 Mo-Su 14:00-18:30; Aug 15 14:00-18:30 unknown"),
        ("ND",),
    ),
    # San Paolino
    38: (
        (
            "unknown; Jun 15-Jul 21 off; Jun 15-Jul 21 Mo 14:30-17:30; "
            "Jun 15-Jul 21 Tu 09:00-13:00; Jun 15-Jul 21 Th 16:30-19:30; "
            "Jun 15-Jul 21 Fr unknown; Jul 22-Sep 06 off; Jul 22-Sep 06 Mo 14:30-17:30; "
            "Jul 22-Sep 06 Th 16:30-19:30; Jul 22-Sep 06 Fr unknown; Sep 07-Sep 14 off; "
            "Sep 07-Sep 14 Mo 14:30-17:30,18:00-20:00; Sep 07-Sep 14 Th 16:30-19:30; "
            "Sep 07-Sep 14 Fr unknown"
        ),
        ("15:30:19:00", "ND"),
    ),
    # Anselmo Da Baggio
    39: (
        (
            "unknown; Jun 01-Aug 31 off; Jun 01-Aug 31 Mo-Fr 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 10-Aug 16 off; "
            "Aug 17-Aug 31 Mo-Fr 15:00-18:00 unknown"
        ),
        ("'Settimana di Ferragosto 10-31 agosto' is longer than a week",),
    ),
    # Caio Mario
    40: (
        (
            "unknown; Jun 01-Aug 31 off; Jun 01-Aug 31 Mo-Sa 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 15 15:00-18:00 unknown; Aug 15 off"
        ),
        (),
    ),
    # Osteno
    45: (
        (
            "unknown; Jun 01-Aug 31 off; Jun 01-Aug 31 Mo-Sa 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 15 15:00-18:00 unknown; Aug 10-Aug 16 off"
        ),
        (),
    ),
    # Stratico
    46: (
        (
            "unknown; Jun 01-Aug 31 off; Jun 01-Aug 31 Mo-Fr 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 10-Aug 16 off"
        ),
        (),
    ),
    # Aldini
    47: (
        (
            "unknown; Jun 01-Sep 20 off; Jun 01-Sep 20 Mo-Su 14:30-18:00 unknown; "
            "Jul 05-Jul 19 off; Aug 01-Aug 31 off"
        ),
        ("Aperta solo il pomeriggio dal lun alla domenica meno di due mesi",),
    ),
    # Appennini
    48: (
        (
            "unknown; Jun 01-Sep 20 off; Jun 01-Sep 20 Mo-Sa 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 15 15:00-18:00 unknown; Jun 02 off"
        ),
        (),
    ),
    # Cenisio
    49: (
        (
            "unknown; Jun 01-Jul 31 off; Jun 01-Jul 31 Mo,We,Fr 15:00-18:00; "
            "Jun 01-Jul 31 Tu,Th,Su 14:30-18:00; Jun 02 14:30-18:00 unknown; Aug 01-Aug 31 off"
        ),
        (),
    ),
    # Pecetta
    53: (
        (
            "unknown; Jun 01-Jul 31 off; Jun 01-Jul 31 Mo-Fr 14:00-19:00; "
            "Jun 02 14:00-19:00 unknown; Aug 31-Sep 04 off; Aug 31-Sep 04 Mo-Fr 17:00-19:00; "
            "Aug 01-Aug 31 off; Aug 31 Mo-Fr 17:00-19:00 unknown"
        ),
        ("hours and a closure on 2026 Aug 31",),
    ),
    # Satta
    54: (
        ("unknown; Jun 01-Sep 20 off; Jun 01-Sep 20 Mo-Sa unknown; Aug 10-Aug 18 off"),
        ("14:3 -18:30",),
    ),
    # Cassina Anna - EX CSRC
    56: (
        (
            "unknown; Jun 01-Sep 21 off; Jun 01-Sep 21 Mo-Su 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 15 15:00-18:00 unknown; Aug 10-Aug 23 off"
        ),
        (),
    ),
    # Grivola
    58: (
        (
            "unknown; Jun 01-Sep 21 off; Jun 01-Sep 21 Mo-Fr,Su 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 01-Aug 24 off"
        ),
        (),
    ),
    # Montegrappa
    59: (
        (
            "unknown; Jun 01-Sep 21 off; Jun 01-Sep 21 Mo,Tu,Th-Sa 15:00-18:00; "
            "Jun 01-Sep 21 We,Su 15:00-18:00 unknown"
        ),
        ("er 15:00-18:00",),
    ),
    # The house in via Val di Bondo
    61: (
        ("unknown; Jun 01-Sep 30 off; Jun 01-Sep 30 Mo-Su 14:30-18:00"),
        (),
    ),
    # Brivio
    62: (
        (
            "unknown; Jun 01-Aug 01 off; Jun 01-Aug 01 Mo-Su 15:00-18:00; "
            "Jun 02 15:00-18:00 unknown; Aug 17-Sep 21 off; Aug 17-Sep 21 Mo-Su 15:00-18:00; "
            "Aug 02-Aug 16 off"
        ),
        (),
    ),
}


def test_every_text_of_the_cool_spaces_is_read_as_a_person_reads_it(root: Path) -> None:
    table = pd.read_csv(root / "data/milano/cool_spaces.csv", keep_default_na=False)
    assert table["ds3017_id"].tolist() == list(BY_HAND)
    for row in table.itertuples():
        read = read_italian_hours(
            row.summer_2026_hours, year=2026, closures=row.summer_2026_closures, notes=row.note
        )
        rules, told = BY_HAND[row.ds3017_id]
        assert read.opening_hours.replace("2026 ", "") == rules, row.name
        assert (*read.not_read, *read.contradictions) == told, row.name


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("dalle 9 alle 12, lun-ven", "Mo-Fr 09:00-12:00; PH Mo-Fr 09:00-12:00 unknown"),
        ("9-12 lun-ven; 15-18 sab; festivi chiuso", "Mo-Fr 09:00-12:00; Sa 15:00-18:00; Su,PH off"),
        ("lun-sab 9-12,30; dom e festivi 10-12", "Mo-Sa 09:00-12:30; Su,PH 10:00-12:00"),
        ("Lun 9-12,14-18, festivi chiuso", "Mo 09:00-12:00,14:00-18:00; Su,PH off"),
        ("tutti i giorni 9-19, festivi compresi", "Mo-Su 09:00-19:00"),
        ("tutti i giorni, compresi i festivi, 9-19", "Mo-Su 09:00-19:00"),
        ("tutti i giorni esclusi i festivi 9-12", "Mo-Sa 09:00-12:00; Su,PH off"),
        (
            "Aperto da lunedì a venerdì dalle ore 9.00 alle ore 12,30. Festivi chiuso",
            "Mo-Fr 09:00-12:30; Su,PH off",
        ),
        ("chiuso il lunedì e i festivi, mar-sab 10-18", "Tu-Sa 10:00-18:00; Mo,Su,PH off"),
        (
            "LUN/MER/VEN: 9.00 – 12.00 & 15 – 18; festivi chiuso",
            "Mo,We,Fr 09:00-12:00,15:00-18:00; Su,PH off",
        ),
        ("ven e sab 22-2, festivi chiuso", "Fr,Sa 22:00-02:00; Su,PH off"),
        ("ven-lun 20-mezzanotte festivi compresi", "Mo,Fr-Su 20:00-24:00"),
        ("Mercoledì h24, festivi chiuso", "We 00:00-24:00; Su,PH off"),
        (
            "lun 9-12 chiuso ad agosto, festivi chiuso",
            "Mo 09:00-12:00; Su,PH off; 2026 Aug 01-2026 Aug 31 off",
        ),
        (
            "da luglio ad agosto: lun 9-12",
            "unknown; 2026 Jul 01-2026 Aug 31 off; 2026 Jul 01-2026 Aug 31 Mo 09:00-12:00",
        ),
        (
            "lun 9-12, festivi chiuso. Dal 20 dicembre al 6 gennaio: chiuso",
            (
                "Mo 09:00-12:00; Su,PH off; 2026 Dec 20-2027 Jan 06 off; 2026 Dec 20-2027 Jan 06 "
                "Mo-Su off"
            ),
        ),
    ],
)
def test_kinds_of_texts_that_the_list_does_not_have(text: str, rules: str) -> None:
    read = read_italian_hours(text, year=2026)
    assert read.opening_hours == rules
    assert read.not_read == read.contradictions == ()


@pytest.mark.parametrize(
    ("text", "not_read", "rules"),
    [
        ("su appuntamento", "su appuntamento", None),
        ("lun-ven 9-12 su appuntamento", "su appuntamento", "Mo-Fr 09:00-12:00 unknown"),
        ("lun-ven 9-12 (soci)", "(soci)", "Mo-Fr 09:00-12:00 unknown"),
        ("feriali 9-12", "feriali 9-12", "Mo-Su 09:00-12:00 unknown"),
        ("dalle 9 alle 12", "dalle 9 alle 12", "Mo-Su 09:00-12:00 unknown"),
        ("lun 19:00-15:00, festivi chiuso", "19:00-15:00", "Su,PH off; Mo unknown"),
        ("lun 9-25, festivi chiuso", "9-25", "Su,PH off; Mo unknown"),
        ("sab mattina, festivi chiuso", "mattina", "Su,PH off; Sa unknown"),
        ("dal 31 giugno al 3 luglio: lun 9-12", "dal 31 giugno al 3 luglio: lun 9-12", None),
        ("fino al 3 luglio: lun 9-12", "fino al 3 luglio: lun 9-12", None),
        ("tutti i giorni", "tutti i giorni", "Mo-Su unknown"),
        (
            "lun 9-12, festivi chiuso, mar-gio",
            "mar-gio",
            "Mo 09:00-12:00; Su,PH off; Tu-Th unknown",
        ),
        ("", None, None),
    ],
)
def test_what_is_not_understood_is_listed_and_makes_hours_unknown(
    text: str, not_read: str | None, rules: str | None
) -> None:
    read = read_italian_hours(text, year=2026)
    assert (read.opening_hours, read.not_read) == (rules, () if not_read is None else (not_read,))


def at(rules: str | None, *times: str) -> list[int]:
    return states_at([rules], [local(time) for time in times])[0].tolist()


def test_a_contradiction_is_told_and_is_unknown_where_the_two_disagree() -> None:
    twice = read_italian_hours("lun 9-12, mar 9-12, lun chiuso, festivi chiuso", year=2026)
    assert twice.contradictions == ("hours and closed on Mo",)
    assert at(twice.opening_hours, "2026-06-08 10:00", "2026-06-09 10:00") == [UNKNOWN, OPEN]
    periods = read_italian_hours(
        "Dal 1 al 31 luglio: lun 9-12. Dal 15 luglio al 15 agosto: lun 10-12", year=2026
    )
    assert periods.contradictions == (
        "two periods have different hours on 2026 Jul 15-2026 Jul 31",
    )
    monday = [f"2026-{day} 10:30" for day in ("07-06", "07-20", "08-03", "08-17")]
    assert at(periods.opening_hours, *monday) == [OPEN, UNKNOWN, OPEN, UNKNOWN]


def test_closures_are_exceptions_and_an_unread_one_makes_every_hour_unsure() -> None:
    hours = "Dal 1 luglio al 31 agosto: lun-ven 9-12"
    times = ("2026-07-06 10:00", "2026-08-10 10:00", "2026-08-10 15:00", "2026-12-07 10:00")
    for closures, states in {
        "nd": [OPEN, OPEN, CLOSED, UNKNOWN],
        "Nessuna chiusura": [OPEN, OPEN, CLOSED, UNKNOWN],
        "dal 9 al 17 agosto": [OPEN, CLOSED, CLOSED, UNKNOWN],
        "settimana di Ferragosto": [OPEN, CLOSED, CLOSED, UNKNOWN],
        "8, 9 e 10 agosto": [OPEN, CLOSED, CLOSED, UNKNOWN],
        "dal 3/8 a fine agosto": [OPEN, UNKNOWN, CLOSED, UNKNOWN],
        "quando fa caldo": [UNKNOWN, UNKNOWN, CLOSED, UNKNOWN],
        "dal 1 luglio al 31 agosto": [UNKNOWN, UNKNOWN, CLOSED, UNKNOWN],
    }.items():
        read = read_italian_hours(hours, year=2026, closures=closures)
        assert at(read.opening_hours, *times) == states, closures


def test_a_note_can_end_a_period_and_contradict_a_closure() -> None:
    read = read_italian_hours(
        "Dal 1 luglio al 31 agosto: lun 9-12",
        year=2026,
        closures="dal 13 al 20 luglio",
        notes="Orari indicati solo fino al 31 luglio, aperto anche il 20 luglio",
    )
    mondays = [f"2026-{day} 10:00" for day in ("07-06", "07-13", "07-20", "07-27", "08-03")]
    assert at(read.opening_hours, *mondays) == [OPEN, CLOSED, UNKNOWN, OPEN, UNKNOWN]
    assert read.contradictions == ("closed and open on 2026 Jul 20",)


def test_a_period_that_ends_before_it_begins_contradicts_itself() -> None:
    hours = "lun-ven 9-12, festivi chiuso"
    times = ("2026-07-06 10:00", "2026-08-12 10:00", "2026-08-12 13:00", "2027-03-03 10:00")
    for said in ("dal 10 al 5 agosto", "dal 20 agosto al 10 agosto", "10-5 agosto", "16/8-10/8/26"):
        for read in (
            read_italian_hours(hours, year=2026, closures=said),
            read_italian_hours(f"{hours}, chiuso {said}", year=2026),
            read_italian_hours(hours, year=2026, notes=f"chiuso {said}"),
        ):
            assert read.contradictions == (f"{said!r} ends before it begins",)
            assert read.not_read == ()
            assert at(read.opening_hours, *times) == [UNKNOWN, UNKNOWN, CLOSED, UNKNOWN]
    season = read_italian_hours("Dal 10 al 5 agosto: lun 9-12", year=2026)
    assert season == HoursRead(None, ("Dal 10 al 5 agosto: lun 9-12",))


@pytest.mark.parametrize(
    "said",
    [
        *("24 dicembre - 6 gennaio", "dal 24 dicembre al 6 gennaio 2027", "24/12/26 - 6/1/27"),
        "dal 24 dicembre 2026 al 6 gennaio",
    ],
)
def test_a_period_over_the_end_of_the_year_is_read(said: str) -> None:
    read = read_italian_hours("lun-ven 9-12, festivi chiuso", year=2026, closures=said)
    assert read.not_read == read.contradictions == ()
    assert read.opening_hours.endswith("; 2026 Dec 24-2027 Jan 06 off")


def test_a_closure_to_some_time_of_the_next_year_makes_every_hour_unsure() -> None:
    read = read_italian_hours("lun-ven 9-12", year=2026, closures="dal 20 dicembre a metà gennaio")
    assert read.not_read
    days = ("2026-12-22 10:00", "2027-01-12 10:00")
    assert at(read.opening_hours, *days) == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("notes", "states", "not_read", "contradictions"),
    [
        ("solo su appuntamento", "??00?", ("solo su appuntamento",), ()),
        ("chiuso il lunedì", "?100?", (), ("hours and closed on Mo",)),
        ("chiuso il mercoledì", "11001", (), ()),
        ("chiuso ad agosto", "11000", (), ()),
        ("chiuso il 10 agosto", "11000", (), ()),
        ("chiuso per lavori", "??00?", ("chiuso per lavori",), ()),
        ("aperto anche il sabato", "?????", ("aperto anche il sabato",), ()),
        ("sabato 9-12", "?????", ("sabato 9-12",), ()),
        ("aperto anche l'11 luglio", "?????", ("aperto anche l'11 luglio",), ()),
        ("aperto anche il 11 luglio", "11?01", (), ()),
        ("Aria condizionata presente solo in salone. Wi-Fi", "11001", (), ()),
        ("aria condizionata, giardino aperto la sera", "?????", ("giardino aperto la sera",), ()),
        ("ND", "11001", (), ()),
    ],
)
def test_notes_are_read_or_listed_and_then_bear_on_all_hours(
    notes: str, states: str, not_read: tuple[str, ...], contradictions: tuple[str, ...]
) -> None:
    read = read_italian_hours("Lun-mar 9-12, festivi chiuso", year=2026, notes=notes)
    assert (read.not_read, read.contradictions) == (not_read, contradictions)
    days = ("07-06 10", "07-07 10", "07-11 10", "07-12 10", "08-10 10")
    codes = {"?": UNKNOWN, "0": CLOSED, "1": OPEN}
    found = at(read.opening_hours, *(f"2026-{day}:00" for day in days))
    assert found == [codes[state] for state in states]


def test_words_before_all_periods_and_notes_without_periods_make_hours_unsure() -> None:
    soci = read_italian_hours("Solo soci. Dal 1 al 31 luglio: lun 9-12", year=2026)
    assert soci.not_read == ("Solo soci",)
    assert at(soci.opening_hours, "2026-07-06 10:00", "2026-07-06 13:00") == [UNKNOWN, CLOSED]
    until = read_italian_hours("lun 9-12", year=2026, notes="solo fino al 31 luglio")
    assert at(until.opening_hours, "2026-07-06 10:00", "2026-08-03 10:00") == [OPEN, UNKNOWN]


def test_a_year_that_is_written_is_that_year() -> None:
    for written in ("01/07/27 al 31/07/27", "1/7/2027 al 31/7/2027", "1 al 31 luglio 2027"):
        read = read_italian_hours(f"Dal {written}: gio 9-12", year=2026)
        assert at(read.opening_hours, "2027-07-01 10:00", "2026-07-02 10:00") == [OPEN, UNKNOWN]


def test_one_house_hour_by_hour(root: Path) -> None:
    table = pd.read_csv(root / "data/milano/cool_spaces.csv", keep_default_na=False)
    calvi = table.set_index("ds3017_id").loc[19]
    read = read_italian_hours(
        calvi.summer_2026_hours, year=2026, closures=calvi.summer_2026_closures, notes=calvi.note
    )
    states = {
        "2026-05-31 16:00": UNKNOWN,  # before the period that is stated
        "2026-06-01 14:59": CLOSED,
        "2026-06-01 15:00": OPEN,
        "2026-06-02 10:00": CLOSED,
        "2026-06-02 16:00": UNKNOWN,  # a holiday that the text does not name
        "2026-08-08 17:59": OPEN,
        "2026-08-09 16:00": CLOSED,
        "2026-08-15 16:00": CLOSED,
        "2026-08-24 16:00": OPEN,
        "2026-09-15 18:00": CLOSED,
        "2026-09-16 16:00": UNKNOWN,
        "2026-12-07 16:00": UNKNOWN,
    }
    assert at(read.opening_hours, *states) == list(states.values())


DAYS = ("Lun", "martedì", "MER", "giov", "Venerdi", "sab", "dom")
minutes = st.integers(0, 24 * 60 - 1)
spans = st.tuples(minutes, minutes).filter(lambda span: span[0] < span[1])
weeks = st.dictionaries(st.integers(0, 6), st.lists(spans, min_size=1, max_size=2), min_size=1)
written_as = st.sampled_from(["{:02d}:{:02d}", "{}.{:02d}", "{},{:02d}"])


@settings(max_examples=60)
@given(
    weeks,
    written_as,
    st.sampled_from(["{}-{}", "dalle {} alle {}", "{} - {}"]),
    st.sampled_from(["", "Dal 1 al 14 luglio: "]),
)
def test_hours_that_are_written_out_are_read_back(
    week: dict[int, list[tuple[int, int]]], clock: str, span: str, head: str
) -> None:
    def told(minute: int) -> str:
        return clock.format(*divmod(minute, 60))

    listed = ", ".join(
        f"{DAYS[day]} " + " e ".join(span.format(told(a), told(b)) for a, b in times)
        for day, times in week.items()
    )
    read = read_italian_hours(f"{head}{listed}.", year=2026, closures="nessuna chiusura")
    assert read.not_read == read.contradictions == ()
    first = local("2026-07-06")
    asked = [
        first + dt.timedelta(days=day, minutes=minute)
        for day in range(7)
        for minute in {0, *(m for times in week.values() for pair in times for m in pair)}
    ]
    expected = [
        any(a <= t.hour * 60 + t.minute < b for a, b in week.get(t.weekday(), [])) for t in asked
    ]
    assert states_at([read.opening_hours], asked)[0].tolist() == expected


WORDS = (
    "lun mar-ven sab dom festivi chiuso 9-12 15:00-18:30 dalle alle 10 , ; : . e dal al 1 7 giugno "
    "agosto 31/12 tutti i giorni tranne ND ferragosto settimana di boh (x) 15:3 a metà 22-2"
)
words = st.sampled_from(WORDS.split())


@settings(max_examples=300)
@given(*(st.lists(words, max_size=size) for size in (14, 6, 6)))
def test_any_text_gives_hours_in_the_syntax_and_keeps_its_words(
    text: list[str], closures: list[str], notes: list[str]
) -> None:
    read = read_italian_hours(
        " ".join(text), year=2026, closures=" ".join(closures), notes=" ".join(notes)
    )
    if read.opening_hours is not None:
        require_hours(read.opening_hours, where="read")
        states_at([read.opening_hours], [local("2026-06-02 10:00")])
    if {"boh", "(x)", "15:3"} & {*text, *closures, *notes}:
        assert read.not_read


def test_a_word_that_is_no_text_and_a_year_that_is_none_are_refused() -> None:
    with pytest.raises(InputError, match="closures: 7 is no text"):
        read_italian_hours("lun 9-12", year=2026, closures=7)
    with pytest.raises(ParameterError, match="year"):
        read_italian_hours("lun 9-12", year=26.5)
    with pytest.raises(UnknownNameError, match="calendar"):
        read_italian_hours("lun 9-12", year=2026, calendar="XX-9")

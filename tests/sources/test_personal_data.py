"""Law: of a telephone number, an e-mail address or a codice fiscale nothing stays in a text,
however it is written; what only looks alike stays as it is.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from quartieri15.sources.personal_data import LEFT_OUT, without_personal_data

DIGITS = st.text("0123456789", min_size=8, max_size=8)
MOBILE = st.builds("3{}{}".format, st.sampled_from("23456789"), DIGITS)
LANDLINE = st.builds(str.__add__, st.sampled_from(["02", "06", "011", "036", "091"]), DIGITS)
# A number that is grouped as a day, as hours or as degrees cannot be told from these.
OTHERWISE = re.compile(
    r"\d[./-]\d{1,2}[./-](19|20)\d\d(?!\d)|(19|20)\d\d-\d\d-\d\d(?!\d)"
    r"|\d\.[0-5]\d[ /-]+\d{1,2}\.[0-5]\d|(?<!\d)[1-9]\d?\.\d{4}|(?<!\d)\d{11}(?!\d)"
)
NO_GAP = [""] * 11


@given(
    number=MOBILE | LANDLINE,
    gaps=st.lists(st.sampled_from(["", "", " ", ".", "-", " - ", "/"]), min_size=11, max_size=11),
    around=st.sampled_from([("", ""), ("via Zante 36 ", ""), ("(", ")"), ("Ada: ", ", or not")]),
)
@example(number="3471234567", gaps=["", "", " ", "", "", " ", "", " ", "", "", ""], around=("", ""))
@example(number="3471234567", gaps=[" ", " ", " ", *NO_GAP[3:]], around=("", ""))
@example(number="0212345678", gaps=NO_GAP, around=("", ""))
def test_no_grouping_of_a_telephone_number_stays(
    number: str, gaps: list[str], around: tuple[str, str]
) -> None:
    pairs = zip(number, [*gaps[: len(number) - 1], ""], strict=False)
    grouped = "".join(digit + gap for digit, gap in pairs)
    before, after = around
    assume(not OTHERWISE.search(before + grouped))
    text, found = without_personal_data(f"{before}{grouped}{after}")
    assert found == 1
    assert not re.search(r"\d", text.removeprefix(before)), text


@pytest.mark.parametrize(
    "said",
    [
        "347 123 45 67",
        "347-123-45-67",
        "347.123.45.67",
        "3 4 7 1234567",
        "347 - 1234567",
        "(347) 1234567",
        "+39 347 123 45 67",
        "0039 02 12345678",
        "02 12 34 56",
        "02.88.46.12.34",
        "(02) 1234567",
        "cell3471234567",
        "tel. 800 123 456",
        "mario.rossi@gmail.com",
        "mario.rossi @ gmail.com",
        "mario.rossi [at] gmail.com",
        "b (at) c.it",
        "nome at dominio punto it",
        "nome chiocciola posta punto dominio punto it",
        "nome punto cognome chiocciola dominio punto it",
        "RSSMRA80A01F205X",
        "rss mra 80a01 f205x",
        "RSSMRAULALMFNLRX",
    ],
)
def test_no_way_of_writing_it_stays(said: str) -> None:
    assert without_personal_data(f"Ada, {said}; bar") == (f"Ada, {LEFT_OUT}; bar", 1)
    assert without_personal_data(said) == (LEFT_OUT, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Via Zante 318, 20138 Milano",
        "Via Zante 36 20138 Milano",
        "Via Zante 36 - 20138 Milano",
        "Via Zante 3/A, 32/34",
        "Viale Monza 325 int. 4, scala B",
        "dal 01/02/2026 al 31-03-2026, 30.11.2026 9.00",
        "01.02.2026-31.03.2026",
        "2026-11-01 09.00-12.30",
        "30/11/2026 15-18",
        "lun-ven 09.00-12.30 14.00-18.00",
        "Via Zante 36 09.00-12.30",
        "08.30 12.30 14.00 18.00",
        "09-13 15-18",
        "P.IVA 01234567890",
        "partita IVA 12345678901, 00390123456, 33312345678",
        "IT01234567890",
        "45.4641, 9.1919",
        "45.464123 9.191912",
        "38.1157 13.3613",
        "lon 9.19750, lat 45.45900",
        "civic-25191, A-12, n3471234567, node/3471234567",
        "NIL 32, municipio 3, sezione 151460003213",
        "capienza 320; 35 posti",
        "la biblioteca apre at 10.30, Library at P.za Rossi",
        "senato.it atto 4-03883 (2003)",
        "RSSMRA",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert without_personal_data(text) == (text, 0)


def test_a_long_text_is_read_at_once() -> None:
    for text in ("3 " * 20_000, "a." * 20_000, "09.00 " * 7_000, "0" * 40_000, "[at] " * 9_000):
        without_personal_data(text)

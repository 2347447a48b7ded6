"""Law: names in capitals are written as on a sign, and names that are written stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.model.city import City
from quartieri15.publish.area_names import written_name


@pytest.mark.parametrize(
    ("register", "written"),
    [
        ("BUENOS AIRES - PORTA VENEZIA", "Buenos Aires – Porta Venezia"),
        ("XXII MARZO", "XXII Marzo"),
        ("NIGUARDA - CA' GRANDA", "Niguarda – Ca' Granda"),
        ("MONLUE' - PONTE LAMBRO", "Monluè – Ponte Lambro"),
        ("BAGGIO - Q.RE DEGLI OLMI", "Baggio – Q.re degli Olmi"),
        ("QT 8", "QT 8"),
        ("Chiesarossa", "Chiesarossa"),
        ("", ""),
    ],
)
def test_names_are_written_as_on_a_sign(register: str, written: str) -> None:
    assert written_name(register) == written


@given(st.text())
def test_a_written_name_is_not_written_again(name: str) -> None:
    if not written_name(name).isupper():
        assert written_name(written_name(name)) == written_name(name)


def test_no_two_nil_of_milano_are_written_alike(milano: City) -> None:
    names = milano.zones["nil"]["name"]
    assert names.map(written_name).nunique() == len(names)

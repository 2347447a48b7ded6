"""Law: a page has every address of its area once, where the register has it, and reads streets
with the words of the library."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.model.street_names import KIND_OF, read_name
from quartieri15.publish.site.address_book import (
    BEYOND_M,
    address_book,
    addresses_near,
    street_grammar,
    streets_elsewhere,
)
from quartieri15.publish.site.packing import pack, unpack

CRS = "EPSG:32632"


def table(rows: list[tuple[str, str, float, float]]) -> gpd.GeoDataFrame:
    streets, numbers, x, y = zip(*rows, strict=True) if rows else ((), (), (), ())
    return gpd.GeoDataFrame(
        {"street": list(streets), "number": list(numbers)},
        geometry=gpd.points_from_xy(list(x), list(y)),
        crs=CRS,
    )


def read_back(book: dict) -> list[tuple[str, str, int, int]]:
    """Return the addresses of a book, as a page reads them."""
    streets = np.repeat(book["streets"], book["count"])
    columns = (book["number"], book["suffix"], book["x"], book["y"])
    return [
        (street, f"{number}{book['suffixes'][suffix]}", int(x), int(y))
        for street, number, suffix, x, y in zip(streets, *columns, strict=True)
    ]


ADDRESSES = st.lists(
    st.tuples(
        st.sampled_from(["Via Zante", "Via Carlo Parea", "Piazza Ovidio", "Via San Dionigi"]),
        st.builds("{}{}".format, st.integers(0, 999), st.sampled_from(["", "A", "/3", "P01"])),
        st.integers(500_000, 520_000),
        st.integers(5_020_000, 5_040_000),
    ),
    max_size=40,
)


@given(ADDRESSES)
def test_every_address_is_in_the_book_once(rows):
    book = address_book(table(rows))
    assert sorted(read_back(book)) == sorted(rows)
    packed = {name: value for name, value in book.items() if isinstance(value, np.ndarray)}
    for name, value in unpack(pack(packed)).items():
        assert value.tolist() == packed[name].tolist()


def test_a_street_is_written_one_side_after_the_other():
    rows = [("Via Zante", number, 0.0, 0.0) for number in ("10", "3", "4", "1", "4A")]
    assert [number for _, number, _, _ in read_back(address_book(table(rows)))] == [
        *("4", "4A", "10"),
        *("1", "3"),
    ]


def test_of_two_rows_of_a_number_the_first_is_where_people_live():
    rows = table([("Via Zante", "4", 100.0, 0.0), ("Via Zante", "4", 200.0, 0.0)])
    book = address_book(rows.assign(residential=[False, True]))
    assert book["x"].tolist() == [200, 100]


def test_the_page_has_its_area_and_a_little_beyond():
    area = shapely.box(0, 0, 1000, 1000)
    rows = table(
        [
            ("Via Dentro", "1", 500, 500),
            ("Via Oltre", "2", 1000 + BEYOND_M - 1, 500),
            ("Via Lontana", "3", 1000 + BEYOND_M + 1, 500),
        ]
    )
    assert addresses_near(rows, area)["street"].tolist() == ["Via Dentro", "Via Oltre"]


def test_other_addresses_are_told_by_the_zone_of_most_of_them():
    rows = table([("Via Lunga", str(number), number, 0) for number in range(1, 7)])
    rows = pd.concat([rows, table([("Via Qui", "1", 0, 0)])], ignore_index=True)
    zone = np.array([1, 1, 2, 3, 3, 3, 1])
    told = streets_elsewhere(rows, zone, rows[zone == 1])
    assert told["streets"] == ["Via Lunga"]
    assert told["zone"].tolist() == [3]


@pytest.mark.parametrize(
    ("street", "register", "words"),
    [
        ("Via Carlo Parea", "VIA PAREA CARLO", 1),
        ("Via Don Carlo San Martino", "VIA SAN MARTINO CARLO (DON)", 2),
        ("Via Zante", "VIA ZANTE", 0),
    ],
)
def test_the_surname_is_the_last_words_of_a_name(street, register, words):
    rows = table([(street, "1", 0, 0)]).assign(register_street=[register])
    assert address_book(rows)["surnames"].tolist() == [words]
    surname = read_name(street, register=register).surname
    assert surname == frozenset(read_name(street).words[-words:])


def test_the_grammar_is_that_of_the_library():
    grammar = street_grammar()
    assert grammar["kinds"] == KIND_OF
    assert {"misprint", "given_name", "unknown_word"} <= set(grammar["costs"])


def test_milano_whole_weighs_what_a_page_can_bear(milano):
    book = address_book(milano.addresses)
    assert len(book["x"]) == len(milano.addresses)
    packed = pack({name: own for name, own in book.items() if isinstance(own, np.ndarray)})
    assert len(packed["packed"]) < 260_000
    names = milano.addresses["street"].astype(str) + " " + milano.addresses["number"]
    known = dict(zip(names, shapely.get_coordinates(milano.addresses.geometry), strict=True))
    twice = set(names[names.duplicated()])
    assert len(twice) < 10
    for street, number, *xy in read_back(book)[::97]:
        if (name := f"{street} {number}") not in twice:
            assert np.abs(known[name] - xy).max() <= 0.5

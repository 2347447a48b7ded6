"""Law: a row of a list stands at the civic number of its address or at the position it states;
of a list in which one row has neither, nothing is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, RefusedRowsError
from quartieri15.sources.facilities import read_facilities
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

TOWN = draw_city(
    "A-----B\n|     |\nC-----D", cell=50, people={(0, 0): 1.0, (6, 0): 1.0, (6, 2): 1.0}
)
DOORS = ("Via Carlo Parea", "13"), ("Via Pietro Boifava", "10"), ("Piazza Ovidio", "4/A")
ADDRESSES = TOWN.residents[["id", "geometry"]].assign(
    street=[street for street, _ in DOORS], number=[number for _, number in DOORS]
)
CITY = TOWN.with_(addresses=ADDRESSES)


def read(path: Path, text: str, **said: Any) -> gpd.GeoDataFrame:
    path.write_text(text, encoding="utf-8")
    how = {"kind": "library", "id_column": None, "address_columns": "address"} | said
    return read_facilities(path, city=CITY, **how)


@settings(max_examples=25)
@given(rows=st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6))
def test_every_row_stands_where_it_says(
    rows: list[tuple[int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    degrees = ADDRESSES.to_crs("EPSG:4326").geometry
    lines = ["name;address;lon;lat"]
    for number, (door, stated) in enumerate(rows):
        # A position is taken as it is, whatever the address says.
        street, civic = DOORS[(door + 1) % 3 if stated else door]
        point = degrees.iloc[door]
        at = f"{point.x:.8f};{point.y:.8f}" if stated else ";"
        lines.append(f"n{number};{street} {civic};{at}")
    found = read(tmp_path_factory.mktemp("list") / "list.csv", "\n".join(lines) + "\n")
    assert found["id"].tolist() == [f"n{number}" for number in range(len(rows))]
    assert found["location_precision"].tolist() == [
        "point" if stated else "civic" for _, stated in rows
    ]
    for point, (door, _) in zip(found.geometry, rows, strict=True):
        assert point.distance(ADDRESSES.geometry.iloc[door]) < 0.01
    told = found.attrs["facilities"]
    assert told["found_by_address"] == sum(not stated for _, stated in rows)
    assert told["columns_not_read"] == []


def test_street_and_number_may_stand_apart_and_other_columns_stay(tmp_path: Path) -> None:
    text = "id;name;via;n;capacity;entrance_steps\n7;Rho;PAREA CARLO;13;40;1\n"
    found = read(tmp_path / "list.csv", text, id_column="id", address_columns=("via", "n")).iloc[0]
    assert (found["id"], found["address"], found["capacity"]) == ("7", "PAREA CARLO 13", 40.0)
    assert found["entrance_steps"] == True  # noqa: E712 - a value of a nullable column
    assert isinstance(found["geometry"], shapely.Point)


def test_all_that_is_not_found_is_told_at_once(tmp_path: Path) -> None:
    rows = [f"n{number},Via Carlo Paera {number}" for number in range(10, 18)]
    with pytest.raises(
        RefusedRowsError, match=r"8 of 9 addresses are not found.*and 3 more"
    ) as told:
        read(tmp_path / "list.csv", "\n".join(["name,address", *rows, "x,Piazza Ovidio 4A", ""]))
    assert [str(one.where) for one in told.value.each] == [
        f"list.csv, line {line}, column address" for line in range(2, 10)
    ]
    assert "it may be Via Carlo Parea 13 (0." in told.value.each[3].what


def test_a_city_without_addresses_says_how_to_name_them(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name,address\na,Via Carlo Parea 13\n")
    with pytest.raises(InputError, match=r"has no addresses. Mend: .*\[residents.civic_numbers\]"):
        read_facilities(
            tmp_path / "list.csv", city=TOWN, kind="x", id_column=None, address_columns="address"
        )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"address_columns": ()}, "name the column of addresses"),
        ({"address_columns": ("a", "b", "c")}, "name the column of addresses"),
        ({"address_columns": "telefono"}, "personal data"),
        ({"address_columns": "lon"}, "named as"),
        ({"name_column": None}, "no column of ids and none of names"),
    ],
)
def test_columns_that_cannot_be_are_refused(
    tmp_path: Path, said: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        read(tmp_path / "list.csv", "name,address\na,Via Carlo Parea 13\n", **said)
    with pytest.raises(ParameterError, match="has positions"):
        read(tmp_path / "list.geojson", "{}")

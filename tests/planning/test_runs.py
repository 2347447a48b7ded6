"""A run holds what was asked, found and used; two runs tell which of their inputs differ.

The checksum of a table is a function of what the table holds: not of its order, its types, its
index or the machine. Whatever changes an answer changes a checksum.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.streets import StreetNetwork
from quartieri15.planning.runs import (
    ANSWERS,
    TABLE,
    Run,
    checksum,
    compare_runs,
    inputs_of,
    require_date,
    run_of,
    runs_table,
)
from tests.ascii_city import CRS, draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

DAY = dt.date(2026, 12, 31)


@pytest.fixture(scope="module")
def city() -> City:
    """Two ways from the people in the east to the house in the west, one of them direct."""
    return draw_city(
        """
A-----B-----C
|     |     |
D-----E-----F
""",
        cell=50,
        places={"house": (0, 0)},
        people={(1, 0): 200.0, (11, 0): 400.0, (12, 2): 600.0},
    )


def asked(city: City, **changes: Any) -> Run:
    return run_of(city, **{"minutes": 11, "date": DAY, "groups": ["residents", "over65"]} | changes)


@pytest.fixture(scope="module")
def run(city: City) -> Run:
    return asked(city)


def without_street(city: City, u: int, v: int) -> City:
    edges = city.streets.edges
    kept = edges[~((edges["u"] == u) & (edges["v"] == v))]
    return city.with_(streets=StreetNetwork.from_tables(city.streets.nodes, kept))


def test_a_run_holds_question_answers_and_inputs(run: Run) -> None:
    assert run.date == DAY
    assert run.question == {
        "city": "toy",
        "to": "houses",
        "profile": "walk_75",
        "speed_kmh": 3.2,
        "minutes": 11.0,
        "by": ["city", "nil", "municipi"],
        "groups": ["residents", "over65"],
    }
    assert list(run.answers) == list(ANSWERS)
    whole = run.answers[(run.answers["by"] == "city") & (run.answers["group"] == "residents")]
    # 11 minutes at 3.2 km/h are 587 m: all but the 600 at the far corner.
    assert whole["covered"].tolist() == [600]
    assert run.inputs["streets"]["vintage"] == "drawn"
    assert run.inputs["residents"]["rows"] == 3
    assert all(len(told["sha256"]) == 64 for told in run.inputs.values())


def test_the_checksums_are_those_of_every_machine(city: City) -> None:
    """Figures that were written down: another Python, pandas or processor finds the same."""
    table = pd.DataFrame(
        {"name": ["via Zante", None], "people": [1.5, np.nan], "on": [True, False]}
    )
    assert checksum(table)[:16] == "307ec7bdf774f41c"
    assert {name: own["sha256"][:8] for name, own in inputs_of(city, "walk_75").items()} == {
        "streets": "8f5618b6",
        "barriers": "e1cd1543",
        "places": "9ad77082",
        "residents": "f0a7903a",
        "nil": "43907466",
        "municipi": "43907466",
        "profile": "6f34f72a",
    }


@pytest.mark.parametrize(
    "same",
    [
        lambda table: table.iloc[::-1],
        lambda table: table[table.columns[::-1]],
        lambda table: table.set_index(pd.Index(range(5, 5 + len(table)))),
        lambda table: table.astype({"residents": "float32", "nil": "float64"}),
        lambda table: table.assign(id=table["id"].astype("category")),
        lambda table: table.assign(id=table["id"].astype("string")),
        lambda table: table.set_geometry(table.translate(1e-6, -1e-6)),
    ],
)
def test_what_holds_the_same_has_the_same_checksum(city: City, same: Any) -> None:
    assert checksum(same(city.residents)) == checksum(city.residents)


@pytest.mark.parametrize(
    "other",
    [
        lambda table: table.iloc[1:],
        lambda table: pd.concat([table, table.iloc[:1]]),
        lambda table: table.assign(over65=table["over65"] + 0.001),
        lambda table: table.assign(over65=table["over65"].iloc[::-1].to_numpy()),
        lambda table: table.rename(columns={"over65": "over66"}),
        lambda table: table.assign(id=["r0", "r1", None]),
        lambda table: table.set_geometry(table.translate(0.01, 0)),
    ],
)
def test_what_holds_something_else_has_another(city: City, other: Any) -> None:
    assert checksum(other(city.residents)) != checksum(city.residents)


values = st.one_of(
    st.none(),
    st.text(max_size=4),
    st.sampled_from(["", "nan", "None", "=", "a\0", "a"]),
)


@given(st.lists(st.tuples(values, st.floats(-1e6, 1e6)), max_size=8), st.randoms())
@settings(max_examples=50)
def test_a_checksum_is_that_of_the_set_of_rows(rows: list[tuple[Any, float]], lots: Any) -> None:
    def table(rows: list[tuple[Any, float]]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "text": pd.Series([text for text, _ in rows], dtype=object),
                "number": [number for _, number in rows],
            }
        )

    turned = rows.copy()
    lots.shuffle(turned)
    assert checksum(table(turned)) == checksum(table(rows))
    if rows:
        text, number = rows[0]
        changed = [(f"{text}x", number), *rows[1:]]
        assert checksum(table(changed)) != checksum(table(rows))


def test_what_changed_since_other_streets_is_told_with_its_reason(city: City, run: Run) -> None:
    """A street is closed: 400 people go round, further than 11 minutes."""
    told = city.provenance | {"vintages": {"streets": "a year later"}}
    later = without_street(city, 2, 3).with_(provenance=told)
    change = compare_runs(run, asked(later, date=dt.date(2027, 12, 31)))
    assert change.changed_inputs == ("streets",)
    row = change.inputs.set_index("input").loc["streets"]
    assert (row["vintage_before"], row["vintage_after"]) == ("drawn", "a year later")
    assert (row["rows_before"], row["rows_after"]) == (7, 6)
    whole = change.table[change.table["by"] == "city"].set_index("group")
    assert whole.loc["residents", "covered_before"] == 600
    assert whole.loc["residents", "covered_after"] == 200
    assert whole.loc["residents", "covered_difference"] == -400
    assert whole.loc["over65", "share_difference"] == pytest.approx(-1 / 3, abs=1e-3)
    assert change.table["found_in"].eq("both").all()


def test_each_input_is_told_apart(city: City, run: Run) -> None:
    moved = city.places.set_geometry(city.places.translate(10, 0))
    more = city.residents.assign(over65=city.residents["over65"] * 1.01)
    assert compare_runs(run, asked(city.with_(places=moved))).changed_inputs == ("places",)
    assert compare_runs(run, asked(city.with_(residents=more))).changed_inputs == ("residents",)
    slow = profiles.WALK_75.with_(refusals=["steps"], name="nonna")
    slower = slow.with_(steps_factor=2, name="nonna")
    change = compare_runs(asked(city, profile=slow), asked(city, profile=slower))
    assert change.changed_inputs == ("profile",)
    renamed = profiles.WALK_75.with_(label_it="a piedi", name="walk_75")
    assert compare_runs(run, asked(city, profile=renamed)).changed_inputs == ()


def test_the_same_run_twice_differs_in_nothing(city: City, run: Run) -> None:
    change = compare_runs(run, asked(city))
    assert change.changed_inputs == ()
    assert change.question.empty
    differences = [name for name in change.table if name.endswith("_difference")]
    assert (change.table[differences] == 0).all(axis=None)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"minutes": 10}, "minutes is 11.0 before and 10.0 after"),
        ({"profile": "walk_adult"}, "profile is walk_75 before and walk_adult after"),
        ({"to": "places"}, "to is houses before and places after"),
        ({"groups": "over65"}, "groups is residents, over65 before and over65 after"),
        ({"by": "city"}, "by is city, nil, municipi before and city after"),
    ],
)
def test_different_questions_are_refused_unless_told(
    city: City, run: Run, other: dict[str, Any], told: str
) -> None:
    another = asked(city, **other)
    with pytest.raises(ParameterError, match=told):
        compare_runs(run, another)
    change = compare_runs(run, another, other_questions=True)
    assert next(iter(change.question["asked"])) == next(iter(other))
    assert {"both"} <= set(change.table["found_in"]) <= {"both", "before"}


def test_rounded_and_exact_counts_are_not_compared(run: Run) -> None:
    with pytest.raises(ParameterError, match=r"smallest_count is 0\.0 before and 10\.0 after"):
        compare_runs(run, dataclasses.replace(run, smallest_count=10.0))


def test_many_runs_make_one_table_with_a_figure_per_year(city: City) -> None:
    closed = without_street(city, 2, 3)
    years = [
        asked(city if year < 2025 else closed, date=dt.date(year, 12, 31))
        for year in (2026, 2022, 2023, 2024, 2025)
    ]
    table = runs_table(years)
    assert tuple(table) == TABLE
    one = table[(table["by"] == "city") & (table["group"] == "residents")]
    assert one["year"].tolist() == [2022, 2023, 2024, 2025, 2026]
    assert one["covered"].tolist() == [600, 600, 600, 200, 200]
    assert one["changed_since_last"].tolist() == ["", "", "", "streets", ""]
    assert one["licence"].eq("drawn for a test").all()


def test_what_makes_no_sense_is_refused(city: City, run: Run) -> None:
    with pytest.raises(UnknownNameError, match="did you mean nil"):
        asked(city, by="nill")
    with pytest.raises(ParameterError, match="there are no zones"):
        asked(city, by=[])
    with pytest.raises(ParameterError, match="give a run"):
        compare_runs(run, "run.json")  # type: ignore[arg-type]
    for nothing in ([], [1], "run.json"):
        with pytest.raises(ParameterError):
            runs_table(nothing)  # type: ignore[arg-type]
    for no_day in ("2026-13-01", 2026, pd.NaT, "soon", b"2026-01-01"):
        with pytest.raises(ParameterError, match="give a day"):
            require_date(no_day)
    with pytest.raises(ParameterError, match="no table"):
        checksum([1])  # type: ignore[arg-type]


def test_empty_shapes_and_columns_of_lists_have_checksums_too() -> None:
    odd = gpd.GeoDataFrame(
        {"tags": [["a", 1], {"b": 2}, None]},
        geometry=[None, shapely.Point(), shapely.Point(1, 2)],
        crs=CRS,
    )
    assert checksum(odd) == checksum(odd.iloc[::-1])
    assert checksum(odd) != checksum(odd.iloc[:2])

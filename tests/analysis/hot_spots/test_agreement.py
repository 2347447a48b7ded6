"""Laws: units drawn alike agree fully, and no more people are hot in all than in each."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from quartieri15.analysis.hot_spots.agreement import _rows, units_agree
from quartieri15.analysis.hot_spots.hot_spots import hot_spots
from quartieri15.errors import ParameterError, UnknownNameError

QUESTION = {"to": "houses", "profile": "walk_75", "groups": "over65", "permutations": 999}


def test_rows_by_hand():
    uncovered = np.array([10.0, 20.0, 30.0, 40.0])
    hot = {
        "a": np.array([True, True, False, False]),
        "b": np.array([False, True, True, False]),
    }
    a, b, both = _rows(uncovered, hot)
    assert (a["units"], b["units"], both["units"]) == ("a", "b", "a + b")
    assert [row["uncovered_hot"] for row in (a, b, both)] == [30, 50, 20]
    assert [row["share_hot"] for row in (a, b, both)] == [0.3, 0.5, 0.2]
    assert both["by_chance"] == pytest.approx(0.15)
    assert both["jaccard"] == pytest.approx(20 / 60)
    assert a["jaccard"] == b["jaccard"] == 1


def test_what_is_missing_has_its_reason():
    none = np.zeros(2, dtype=bool)
    rows = _rows(np.array([3.0, 4.0]), {"a": none, "b": none})
    assert [row["reason"] for row in rows] == ["no_hot_spot"] * 3
    assert all(row["share_hot"] == 0 and np.isnan(row["jaccard"]) for row in rows)
    rows = _rows(np.zeros(2), {"a": none, "b": ~none})
    assert [row["reason"] for row in rows] == ["all_covered"] * 3


def test_zones_of_two_names_agree_fully(milano):
    nil = milano.zones["nil"]
    residents = milano.residents.assign(quarters=milano.residents["nil"])
    city = dataclasses.replace(milano, zones={"nil": nil, "quarters": nil}, residents=residents)
    alike = units_agree(city, **QUESTION, units=["nil", "quarters"])
    assert alike["jaccard"].tolist() == [1, 1, 1]
    assert alike["uncovered_hot"].nunique() == 1


def test_milano_in_three_kinds_of_units(milano):
    alike = units_agree(milano, **QUESTION).set_index("units")
    assert alike["kinds"].tolist() == [1, 1, 1, 2, 2, 2, 3]
    hot = alike["uncovered_hot"]
    assert hot["nil + sections + hexagons"] <= hot[["nil + sections", "nil + hexagons"]].min()
    assert hot["nil + sections"] <= hot[["nil", "sections"]].min()
    assert alike["jaccard"].between(0, 1).all()
    # The people of a unit are those of its points.
    for units in ("nil", "sections", "hexagons"):
        table = hot_spots(milano, **QUESTION, units=units)
        there = table.loc[table["class"] == "hot", "uncovered"].sum()
        assert hot[units] == pytest.approx(there)
        assert alike["uncovered"][units] == pytest.approx(table["uncovered"].sum())
    assert set(alike.attrs["provenance"]["hot_spots"]) == {"nil", "sections", "hexagons"}


@pytest.mark.parametrize("units", ["nil", ["nil"], ["nil", "nil"], None, [], 5])
def test_two_kinds_are_needed(milano, units):
    with pytest.raises(ParameterError, match="name two kinds of areas or more"):
        units_agree(milano, **QUESTION, units=units)


def test_kinds_that_are_not_there_are_named(milano):
    with pytest.raises(UnknownNameError, match="'quarters'"):
        units_agree(milano, **QUESTION, units=["nil", "quarters"])

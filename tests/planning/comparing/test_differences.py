"""Law: what two cities differ in is told, whatever the order, and nothing else is."""

from __future__ import annotations

import pandas as pd

from quartieri15.model.stress import levels
from quartieri15.planning.comparing.differences import (
    compare_places,
    compare_streets,
    street_metres,
)
from tests.planning.comparing.towns import (
    changed_house,
    moved_house,
    street,
    with_house,
    without_house,
)

TOWN = street({"west": 4, "east": 64}, {10: 1.0})


def test_a_place_may_be_opened_closed_moved_changed_or_left_alone() -> None:
    after = changed_house(with_house(TOWN, "new", 9), "west", opening_hours="24/7", hosts_wemi=True)
    after = moved_house(after, "east", 60)
    found = compare_places(TOWN.places, after.places.iloc[::-1]).set_index("place_id")
    assert found["change"].to_dict() == {"west": "changed", "east": "moved", "new": "opened"}
    assert found.loc["west", "facts"] == "hosts_wemi, opening_hours"
    assert found.loc["west", ["opening_hours_before", "opening_hours_after"]].tolist() == [
        None,
        "24/7",
    ]
    assert found["moved_m"].fillna(0).to_dict() == {"west": 0, "east": 100, "new": 0}
    assert found["place"].tolist() == ["West", "East", "New"]
    back = compare_places(after.places, TOWN.places).set_index("place_id")
    assert back["change"].to_dict() == {"west": "changed", "east": "moved", "new": "closed"}


def test_a_place_that_moves_may_change_too_and_may_lose_its_position() -> None:
    after = moved_house(changed_house(TOWN, "west", capacity=30.0), "west", 5)
    row = compare_places(TOWN.places, after.places).iloc[0]
    assert (row["change"], row["facts"], row["capacity_after"]) == ("moved", "capacity", 30)
    lost = TOWN.places.copy()
    lost.loc[0, "geometry"] = None
    row = compare_places(TOWN.places, lost).iloc[0]
    assert row["change"] == "moved"
    assert pd.isna(row["moved_m"])
    same = compare_places(lost, lost)
    assert (same["change"] == "unchanged").all()


def test_the_same_places_in_another_order_are_unchanged() -> None:
    found = compare_places(TOWN.places, TOWN.places.iloc[::-1].reset_index(drop=True))
    assert (found["change"] == "unchanged").all()
    assert (found["facts"] == "").all()
    assert without_house(TOWN, "west").places["id"].tolist() == ["east"]


def test_of_no_places_there_is_nothing_to_tell() -> None:
    none = TOWN.places.iloc[:0]
    assert compare_places(none, none).empty


def test_metres_are_told_of_every_kind_that_a_street_is_of() -> None:
    edges = TOWN.streets.edges
    before = street_metres(TOWN.streets)
    assert before["walkable"] == before["rideable"] == 2000
    after = street_metres(
        TOWN.streets.with_edge_values(
            pd.DataFrame(
                {"cycle_facility": "track", "maxspeed_kmh": 30.0, "oneway": "forward"},
                index=edges.index,
            )
        )
    )
    table = compare_streets(before, after).set_index("measure")["difference_m"]
    assert table[["cycle_track", "up_to_30_kmh", "one_way"]].tolist() == [2000] * 3
    assert table[["walkable", "steps", "cycle_lane"]].tolist() == [0] * 3
    assert (compare_streets(after, after)["difference_m"] == 0).all()
    assert before["low_stress"] == edges["length_m"][levels(edges) <= 2].sum()

"""Laws: an edit of a place changes that row and no other; what is not known is not made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quartieri15.errors import AmbiguousNameError, InputError, ParameterError, UnknownNameError
from quartieri15.model.places import position_certainty
from quartieri15.planning.edits import ChangePlace, ClosePlace, MergePlaces, MovePlace, OpenPlace
from quartieri15.planning.edits.named_places import place_named
from quartieri15.planning.scenario import Scenario
from tests.planning.toy_town import at, at_m, town

CITY = town()


def test_a_place_opens_where_it_is_said_to_be() -> None:
    places = OpenPlace("Casa Nuova", at=at(2, 1)).resolve(CITY).city.places
    assert places.iloc[:3].astype(object).to_numpy().tolist() == (
        CITY.places.astype(object).to_numpy().tolist()
    )
    new = places.iloc[-1]
    assert (new["id"], new["kind"], new["network"]) == ("casa-nuova", "planned", "houses")
    assert new["geometry"].distance(CITY.places.geometry.iloc[0].__class__(at_m(2, 1))) < 1e-6
    assert "capacity" not in places.columns
    desk = OpenPlace("Sportello", at=at(2, 1), place_kind="wemi_external").resolve(CITY).city
    assert desk.wemi["id"].tolist() == ["sportello"]


def test_what_is_known_of_one_place_is_unknown_of_the_others() -> None:
    edit = OpenPlace("Nuova", at=at(2, 1), capacity=40, entrance_steps=False)
    places = edit.resolve(CITY).city.places
    assert places["capacity"].iloc[-1] == 40
    assert np.isnan(places["capacity"].iloc[0])
    assert places["entrance_steps"].tolist() == [None, None, None, False]
    changed = ChangePlace("alfa", opening_hours="Mo-Fr 09:00-19:00").resolve(CITY).city.places
    assert changed["opening_hours"].tolist() == ["Mo-Fr 09:00-19:00", None, None]
    assert list(changed.columns[:-1]) == [*CITY.places.columns[:-1], "opening_hours"]


def test_places_close_move_and_merge() -> None:
    assert ClosePlace("BETA").resolve(CITY).city.places["id"].tolist() == ["alfa", "gamma"]
    moved = MovePlace("beta", at=at(0, 2)).resolve(CITY)
    assert moved.city.places["id"].tolist() == ["alfa", "beta", "gamma"]
    assert "moved by 360 m" in moved.said
    room = Scenario("room", [ChangePlace(p, capacity=n) for p, n in (("alfa", 10), ("beta", 5))])
    merged = MergePlaces(["alfa", "beta"], into="alfa").resolve(room.apply(CITY)).city.places
    assert merged["id"].tolist() == ["alfa", "gamma"]
    assert merged["capacity"].iloc[0] == 15
    assert not merged["hosts_wemi"].any()
    unknown = MergePlaces(["gamma"], into="alfa").resolve(room.apply(CITY)).city.places
    assert np.isnan(unknown["capacity"].iloc[0])


def test_a_place_that_is_moved_is_as_certain_as_the_edit() -> None:
    rough = {
        "location_precision": pd.Categorical(["street", "neighbourhood", "civic"]),
        "location_uncertainty_m": [120.0, 741.0, np.nan],
        "location_uncertainty_assumed": False,
        "location_contradiction_m": [0.0, 244.0, np.nan],
        "confidence": pd.Categorical(["unverified", "unverified", "one source"]),
    }
    city = CITY.with_(places=CITY.places.assign(**rough))
    assert position_certainty(city.places)["in_doubt"] == 2
    places = MovePlace("beta", at=at(0, 2)).resolve(city).city.places
    row = places.iloc[1]
    assert (row["location_precision"], row["location_uncertainty_m"]) == ("point", 0)
    assert row["location_uncertainty_assumed"]
    assert np.isnan(row["location_contradiction_m"])
    assert position_certainty(places)["in_doubt"] == 1
    assert places.iloc[[0, 2]].equals(city.places.iloc[[0, 2]].astype(places.dtypes))
    new = OpenPlace("Casa Nuova", at=at(2, 1)).resolve(city).city.places
    assert position_certainty(new)["in_doubt"] == 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"a place of the id alfa already: Alfa \(alfa\)"):
        OpenPlace("Alfa", at=at(1, 1)).resolve(CITY)
    with pytest.raises(ParameterError, match="none of at and address is given"):
        OpenPlace("Nuova")
    with pytest.raises(ParameterError, match="at and address are both given"):
        MovePlace("alfa", at=at(1, 1), address="via Alta 1")
    with pytest.raises(InputError, match="outside the streets of toy"):
        OpenPlace("Nuova", at=(45.46, 9.19)).resolve(CITY)
    with pytest.raises(InputError, match="toy has no addresses"):
        OpenPlace("Nuova", address="via Alta 1").resolve(CITY)
    with pytest.raises(UnknownNameError, match=r"did you mean Gamma \(gamma\)"):
        ClosePlace("gama").resolve(CITY)
    with pytest.raises(ParameterError, match="it is not said what changes"):
        ChangePlace("alfa")
    with pytest.raises(ParameterError, match="-1 is not 0 to 100000"):
        ChangePlace("alfa", capacity=-1)
    twins = CITY.with_(places=CITY.places.assign(name=["Zante", "Zante", "Zantè"]))
    with pytest.raises(AmbiguousNameError, match=r"Zante \(alfa\), Zante \(beta\) or Zantè"):
        place_named(twins, "zante")
    assert place_named(twins, "beta") == 1

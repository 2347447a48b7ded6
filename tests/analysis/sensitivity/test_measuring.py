"""Law: where nothing is uncertain an interval has no width, and it is the coverage."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import find_gaps
from quartieri15.analysis.sensitivity import Sensitivity, sensitivity
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.earlier import Earlier
from tests.analysis.sensitivity.towns import LONGER, TOWN

if TYPE_CHECKING:
    from quartieri15.model.city import City

ASKED: dict[str, Any] = {"profile": "walk_75", "minutes": 5, "groups": "residents", "draws": 40}
CERTAIN: dict[str, Any] = {"uncertain": (), "vintages": {}}


def test_nothing_uncertain_has_no_width_and_is_the_coverage() -> None:
    found = sensitivity(TOWN, **ASKED, **CERTAIN)
    for by in ("city", "nil"):
        told = coverage(TOWN, to="houses", profile="walk_75", minutes=5, by=by, groups="residents")
        rows = found.headlines[found.headlines["by"] == by].reset_index(drop=True)
        for name in ("population", "covered", "uncovered", "share"):
            for end in ("", "_low", "_high"):
                pd.testing.assert_series_equal(
                    rows[f"{name}{end}"], told[name], check_names=False, check_exact=True
                )
    gaps = find_gaps(
        TOWN,
        coverage(TOWN, to="houses", profile="walk_75", minutes=5, groups="residents"),
        groups="residents",
    )
    assert found.ranking["zone_id"].tolist() == gaps["zone_id"].tolist()
    assert found.ranking["rank"].tolist() == gaps["rank"].tolist()
    assert (found.ranking["place_low"] == found.ranking["place_high"]).all()
    assert set(found.ranking["top_frequency"]) <= {0.0, 1.0}


def test_every_alternative_is_the_coverage_of_that_question() -> None:
    found = sensitivity(
        TOWN, **ASKED, speeds=[2, 4], thresholds=[3, 10], vintages={"longer": LONGER}
    ).assumptions
    walk = profiles.get("walk_75")
    confirmed = TOWN.places[TOWN.places["confidence"] != "unverified"]
    questions: dict[tuple[str, str], tuple[City, dict[str, Any]]] = {
        ("as asked", "as asked"): (TOWN, {}),
        ("speed", "2 km/h"): (TOWN, {"profile": walk.with_(speed_kmh=2)}),
        ("speed", "4 km/h"): (TOWN, {"profile": walk.with_(speed_kmh=4)}),
        ("threshold", "3 minutes"): (TOWN, {"minutes": 3}),
        ("threshold", "10 minutes"): (TOWN, {"minutes": 10}),
        ("streets", "longer"): (TOWN.with_(streets=LONGER), {}),
        ("places", "without 1 unverified"): (TOWN.with_(places=confirmed), {}),
    }
    question = {"to": "houses", "profile": walk, "minutes": 5, "groups": "residents", "by": "city"}
    for (assumption, alternative), (city, change) in questions.items():
        row = found[
            (found["assumption"] == assumption) & (found["alternative"] == alternative)
        ].iloc[0]
        told = coverage(city, **(question | change)).iloc[0]
        assert row["covered"] == pytest.approx(told["covered"])
        assert row["covered_low"] == row["covered_high"] == row["covered"]
        assert row["share"] == pytest.approx(told["share"])
        assert row["change"] == pytest.approx(told["covered"] - found["covered"].iloc[0])
    assert found["assumption"].tolist()[len(questions) :] == ["positions", "pace", "everything"]


def test_no_alternative_keeps_more_of_the_first_zones_than_there_are() -> None:
    kept = sensitivity(TOWN, **ASKED, speeds=[2, 4], thresholds=[3, 10], top=1).assumptions
    assert kept["top_kept"].iloc[0] == 1
    assert kept["top_kept"].between(0, 1).all()
    # Some other assumption puts another zone first.
    assert kept["top_kept"].min() < 1


def test_parts_add_up_in_every_row_and_the_ends_stand_around_the_middle() -> None:
    found = sensitivity(TOWN, **ASKED)
    head = found.headlines
    assert (head["covered"] + head["uncovered"]).tolist() == pytest.approx(head["population"])
    city, nil = (head[head["by"] == by] for by in ("city", "nil"))
    for name in ("population", "covered", "uncovered"):
        assert nil[name].sum() == pytest.approx(city[name].item())
    # Nobody moves: what one end covers the other leaves uncovered.
    assert (head["covered_low"] + head["uncovered_high"]).tolist() == pytest.approx(
        head["population"]
    )
    for name in ("covered", "uncovered", "share"):
        assert (head[f"{name}_low"] <= head[f"{name}_high"]).all()
    assert city["share_low"].item() < city["share_high"].item()
    assert found.ranking["top_frequency"].sum() == pytest.approx(2)


def test_the_same_seed_gives_the_same_bytes_and_another_other_draws() -> None:
    def told(seed: int) -> bytes:
        found = sensitivity(TOWN, **ASKED, seed=seed)
        return pickle.dumps(
            [table.to_csv() for table in (found.assumptions, found.headlines, found.ranking)]
            + list(found.sentences)
        )

    assert told(0) == told(0)
    assert told(0) != told(1)


def test_streets_that_come_with_the_city_are_taken_unless_others_are_named() -> None:
    city = TOWN.with_(earlier=Earlier(streets={"longer": lambda: LONGER}))
    pd.testing.assert_frame_equal(
        sensitivity(city, **ASKED).assumptions,
        sensitivity(TOWN, **ASKED, vintages={"longer": LONGER}).assumptions,
    )
    none = sensitivity(city, **ASKED, vintages={}).assumptions
    assert "streets" not in set(none["assumption"])


def test_what_nobody_could_ask_for_is_not_tried() -> None:
    """Two hours over a day, and faster than anybody walks."""
    runner = profiles.get("walk_75").with_(speed_kmh=14)
    found = sensitivity(
        TOWN, **(ASKED | {"profile": runner, "minutes": 1400, "draws": 2}), **CERTAIN
    ).assumptions
    tried = found[found["assumption"].isin(["speed", "threshold"])]["alternative"].tolist()
    assert tried == ["9.8 km/h", "11.2 km/h", "12.6 km/h", "933.333 minutes"]


def test_a_city_alone_has_no_ranking_and_says_so() -> None:
    found = sensitivity(TOWN, **(ASKED | {"by": "city"}))
    assert found.ranking.empty
    assert set(found.assumptions["ranking_reason"]) == {"no_zones"}


def test_a_group_that_is_nowhere_has_no_share_and_a_reason() -> None:
    nobody = dict.fromkeys(("over65", "over75", "over85", "over65_alone"), 0.0)
    city = TOWN.with_(residents=TOWN.residents.assign(**nobody))
    found = sensitivity(city, **(ASKED | {"groups": "over65"}), **CERTAIN)
    assert found.headlines["share"].isna().all()
    assert set(found.headlines["reason"]) == {"no_population"}
    assert set(found.assumptions["ranking_reason"]) == {"all_zones_tie"}
    assert found.sentences == ("over65: nobody of this group lives in the city",)


def test_no_interval_is_told_of_few_draws_nor_a_choice_of_one_place() -> None:
    few, enough = (sensitivity(TOWN, **ASKED | {"draws": draws}) for draws in (19, 20))
    assert "draws" not in few.sentences[0]
    assert "in nine of ten draws" in enough.sentences[0]
    one = sensitivity(TOWN.with_(places=TOWN.places.iloc[:1]), **ASKED | {"draws": 1})
    assert "reach the one place of houses within" in one.sentences[0]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"draws": 0}, ParameterError),
        ({"draws": 2.5}, ParameterError),
        ({"seed": -1}, ParameterError),
        ({"top": 0}, ParameterError),
        ({"speeds": [0]}, ParameterError),
        ({"thresholds": [-1]}, ParameterError),
        ({"vintages": [1]}, ParameterError),
        ({"vintages": {"x": 1}}, ParameterError),
        ({"vintages": {"": LONGER}}, ParameterError),
        ({"vintages": {3: LONGER}}, ParameterError),
        ({"uncertain": "weather"}, UnknownNameError),
        ({"by": "place"}, UnknownNameError),
        ({"paces": "x"}, UnknownNameError),
        ({"profile": "bike_adult", "paces": "paces_65plus"}, ParameterError),
        ({"to": None}, InputError),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        sensitivity(TOWN, **(ASKED | changes))


@pytest.fixture(scope="module")
def of_milano(milano: City) -> Sensitivity:
    return sensitivity(milano, profile="walk_75", draws=60)


def test_the_houses_of_milano_are_not_surely_near(of_milano: Sensitivity) -> None:
    """Pace moves most, a year of mapping next to nothing, the unverified houses a good part."""
    table = of_milano.assumptions
    over65 = table[table["group"] == "over65"].set_index("assumption")
    width = over65["share_high"] - over65["share_low"]
    assert width["pace"] > 4 * width["positions"] > 0
    assert width["pace"] > 4 * width["residents"] > 0
    assert abs(over65.loc["streets", "share_change"]) < 0.01
    assert over65.loc["places", "alternative"] == "without 20 unverified"
    assert -0.2 < over65.loc["places", "share_change"] < -0.05
    city = of_milano.headlines.iloc[0]
    assert city["population_low"] == pytest.approx(311_777)
    assert city["population_high"] == pytest.approx(311_777)
    assert city["share_low"] < city["share"] < city["share_high"]


def test_ten_zones_of_milano_are_in_the_top_ten(of_milano: Sensitivity) -> None:
    sums = of_milano.ranking.groupby("group")["top_frequency"].sum()
    assert sums.to_numpy() == pytest.approx([10, 10])
    assert np.isfinite(of_milano.assumptions["kendall_tau"]).all()
    assert (of_milano.ranking["place_low"] <= of_milano.ranking["place_high"]).all()

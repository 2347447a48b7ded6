"""Law: no sentence says more than the figures, and where nothing changes that is said plainly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.planning.comparing import statements
from quartieri15.planning.comparing.compare import compare
from tests.planning.comparing.towns import (
    Scenario,
    at,
    changed_house,
    moved_house,
    street,
    with_house,
    without_house,
)

if TYPE_CHECKING:
    from quartieri15.model.city import City

TOWN = street({"west": 4, "east": 64}, {10: 1000.0, 30: 404.0, 60: 304.0, 79: 204.0})
ASKED: dict[str, Any] = {"profile": "walk_adult", "minutes": 5, "groups": "residents", "draws": 0}


def said(language: str, change: Any, **options: Any) -> str:
    scenario = change if isinstance(change, Scenario) else Scenario("Plan", change)
    found = compare(TOWN, scenario, **(ASKED | options))
    return "\n".join(found.statement(language))


def test_who_gains_and_who_loses_is_said_in_tens() -> None:
    english = said("en", lambda c: moved_house(c, "east", 40))
    assert (
        "Plan, on foot, adult pace: 400 residents reach a Casa di Quartiere in 5 minutes who did "
        "not before, and 510 no longer do." in english
    )
    assert "400 residents get there sooner, 510 later." in english
    assert "What changes: East moves by 600 m." in english
    italian = said("it", lambda c: moved_house(c, "east", 40))
    assert (
        "arrivano a una Casa di Quartiere in 5 minuti 400 residenti che prima non ci arrivavano, "
        "e 510 non ci arrivano più." in italian
    )
    assert "Che cosa cambia: East si sposta di 600 m." in italian


@pytest.mark.parametrize(
    ("language", "plainly"),
    [
        ("en", "coverage does not change at all. Nobody’s way to a Casa di Quartiere becomes"),
        ("it", "la copertura non cambia affatto. Per nessuno cambia il tempo"),
    ],
)
def test_works_that_move_no_house_change_no_coverage_and_what_they_change_is_said(
    language: str, plainly: str
) -> None:
    def works(city: City) -> City:
        city = changed_house(
            city,
            "west",
            opening_hours="Mo-Sa 09:00-19:00",
            hosts_wemi=True,
            capacity=120.0,
            entrance_steps=False,
        )
        edges = city.streets.edges
        track = pd.DataFrame({"cycle_facility": "track", "maxspeed_kmh": 30.0}, index=edges.index)
        return city.with_(streets=city.streets.with_edge_values(track))

    text = said(language, works, draws=8)
    assert plainly in text
    assert not re.search(r"gain|guadagno|reach|arrivano", text)
    wanted = {
        "en": [
            "West: opening hours from “not known” to “Mo-Sa 09:00-19:00”",
            "West: hosted WeMi desk from “no” to “yes”",
            "West: capacity (people) from “not known” to “120”",
            "West: steps at the entrance from “not known” to “no”",
            "+2,000 m of cycle track",
            "+2,000 m of streets limited to 30 km/h or less",
        ],
        "it": [
            "West: orari da «non noto» a «Mo-Sa 09:00-19:00»",
            "West: Sportello WeMi ospitato da «no» a «sì»",
            "+2.000 m di pista ciclabile",
        ],
    }[language]
    for part in wanted:
        assert part in text


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    assert said("en", lambda c: c).endswith("Nothing changes in places or streets.")


def test_quicker_ways_within_the_same_threshold_are_no_new_coverage() -> None:
    text = said("en", lambda c: moved_house(c, "west", 5))
    assert "among residents nobody crosses the threshold of 5 minutes" in text
    # One cell of 25 m at 75 m a minute.
    assert "1,400 residents get there sooner, in the median by 0.3 minutes." in text


def test_few_people_are_not_counted_out() -> None:
    town = street({"west": 4}, {10: 50.0, 30: 3.0})
    plan = Scenario("Plan", lambda c: with_house(c, "new", 30), cost_eur=1000.0)
    found = compare(town, plan, **ASKED)
    text = "\n".join(found.statement("en"))
    assert "fewer than 10 residents reach" in text
    # The cost of each would tell how many they are.
    assert "It costs 1,000 euro." in text
    assert "333" not in text
    hidden = "\n".join(found.statement("en", rounded=lambda n: n if n >= 100 else None))
    assert "too few to tell residents reach" not in text
    assert "too few" in hidden


def test_a_cost_is_told_per_person_by_the_number_that_is_told() -> None:
    plan = Scenario("Plan", lambda c: with_house(c, "new", 30), cost_eur=123_456.0)
    text = said("en", plan)
    assert (
        "It costs 123,456 euro: about 310 euro for each who did not get there before "
        "(400 residents)." in text
    )


def test_an_interval_is_said_with_what_is_in_it() -> None:
    def change(city: City) -> City:
        return moved_house(city, "east", 40)

    text = said("en", change, draws=40, uncertain=["positions", "pace"])
    # No position is uncertain here, so that it is not said that positions are.
    assert "With what is not known of pace, the difference (residents) lies between" in text
    in_italian = said("it", change, draws=40, uncertain=["positions", "pace"])
    assert "Tenuto conto di quanto non si sa del passo, la differenza" in in_italian
    assert re.search(r"in 90 % of 40 draws, the same before and after; it is a gain in", text)
    assert "draws" not in said("en", change)
    never = said("en", lambda c: without_house(c, "east"), draws=20)
    assert "it is a gain in none of them" in never
    always = said("it", lambda c: with_house(c, "new", 30), draws=20)
    assert "è un guadagno in tutte" in always


def test_hours_are_said_as_far_as_they_are_known() -> None:
    text = said(
        "en", lambda c: changed_house(c, "west", opening_hours="Mo-Fr 09:00-19:00"), at="Sat 16:00"
    )
    assert "no place is known to be open, neither before nor after" in text
    assert "Saturday 16:00, unknown hours counted as open: 1,000 residents no longer reach" in text
    assert "0 places are known to be open before and 0 after, 0 and 1 closed, 2 and 1 of" in text
    assert "The hours of West were not known before" in text


def test_new_residents_are_said_apart() -> None:
    def estate(city: City) -> City:
        new = city.residents.iloc[[0]].assign(id="new", residents=500.0)
        new.geometry = [at(11)]
        return city.with_(residents=pd.concat([city.residents, new], ignore_index=True))

    text = said("en", estate)
    assert "coverage does not change at all" in text
    assert (
        "The population changes: +500 residents in the whole city, +500 of them within 5 minutes."
        in text
    )


def test_scenarios_are_put_in_order() -> None:
    found = compare(
        TOWN,
        [
            Scenario("A", lambda c: without_house(c, "east")),
            Scenario("B", lambda c: with_house(c, "new", 30)),
        ],
        **ASKED,
    )
    assert found.statement("en")[-1] == (
        "on foot, adult pace: by the difference in residents within 5 minutes, 1. B (400), "
        "2. A (−510)."
    )


def test_both_languages_have_the_same_words() -> None:
    for key, texts in statements.WORDS.items():
        assert texts.keys() == {"it", "en"}, key
        fields = [set(re.findall(r"{(\w+)}", text)) for text in texts.values()]
        assert fields[0] == fields[1], key


def test_a_language_or_a_rounding_that_is_none_is_refused() -> None:
    found = compare(TOWN, {"same": TOWN}, **ASKED)
    with pytest.raises(UnknownNameError, match="unknown language 'de'"):
        found.statement("de")
    with pytest.raises(ParameterError, match="rounded"):
        found.statement("en", rounded=3)  # type: ignore[arg-type]

"""Law: an address is found where its register has it, or the error names what is there instead.

What had to be guessed lowers the score, and a number that is not there is never replaced.
"""

from __future__ import annotations

import dataclasses

import pytest
import shapely

from quartieri15.errors import AmbiguousNameError, InputError, UnknownNameError
from quartieri15.model.addresses import locate
from tests.ascii_city import draw_city
from tests.planning.named_town import named_town, with_outline


@pytest.fixture(scope="module")
def town():
    town = named_town(
        "A---B---C",
        {"Via Carlo Parea": "AB", "Via Parma": "BC"},
        addresses={
            "Via Carlo Parea 7": (1, 0),
            "Via Carlo Parea 13": (2, 0),
            "Via Carlo Parea 15A": (3, 0),
            "Via Carlo Parea 71": (4, 0),
            "Via Parma 12": (6, 0),
            "Piazza Damiano Chiesa 2": (0, 1),
            "Via Eugenio Chiesa 2": (1, 1),
            "Via Eugenio Chiesa 4": (2, 1),
            "Via Damiano Chiesa 2": (3, 1),
        },
    )
    return dataclasses.replace(town, name="milano")


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("Via Carlo Parea 13", "Via Carlo Parea 13"),
        ("via Parea, 13", "Via Carlo Parea 13"),
        ("PAREA CARLO n. 13", "Via Carlo Parea 13"),
        ("v. Parea n°13, 20138 Milano", "Via Carlo Parea 13"),
        ("via parea civico 13 Milano (MI)", "Via Carlo Parea 13"),
        ("13 via Parea", "Via Carlo Parea 13"),
        ("via Parea 15/A", "Via Carlo Parea 15A"),
        ("via Parea 15 a", "Via Carlo Parea 15A"),
        ("via Parea 15 bis", "Via Carlo Parea 15A"),
        ("via Parea 71/73", "Via Carlo Parea 71"),
        ("via Chiesa 4", "Via Eugenio Chiesa 4"),
    ],
)
def test_an_address_is_understood_as_people_write_it(town, words, address):
    found = locate(town, words)
    assert found.address == address
    row = town.addresses.set_index("id").loc[found.id]
    assert found.point.equals(row.geometry)
    assert f"{found.street} {found.number}" == address


def test_what_was_guessed_lowers_the_score(town):
    scores = [
        locate(town, words).score
        for words in ("Via Carlo Parea 71", "via Parea 71", "via Parea 71/73", "via Parrea 71/73")
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        # Not number 12 of a street whose name is nearly the same.
        ("via Parea 12", InputError, r"Via Carlo Parea has no number 12\. Mend: .* 7, 13, 15A, 71"),
        ("via Parea", InputError, r"'via Parea' says no number of Via Carlo Parea.* from 7 to 71"),
        ("via Pinco 3", UnknownNameError, "unknown street 'via Pinco'"),
        ("nothing at all", UnknownNameError, "unknown address 'nothing at all'"),
        ("via Chiesa 2", AmbiguousNameError, r"may be Via Eugenio Chiesa 2 .*or Via Damiano"),
        ("via Parea 13/5", InputError, "no number 13/5"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(town, words, error, said):
    with pytest.raises(error, match=said) as caught:
        locate(town, words, where="scenario.yaml, line 3")
    assert str(caught.value).startswith("scenario.yaml, line 3: ")


def test_a_city_without_addresses_says_so():
    with pytest.raises(InputError, match="toy has no addresses"):
        locate(draw_city("A---B"), "via Parea 13")


def test_every_address_of_milano_is_found_again(milano):
    table = milano.addresses
    some = table.iloc[:: len(table) // 250]
    apart = []
    for row in some.itertuples():
        found = locate(milano, f"{row.street} {row.number}")
        if found.id != row.id:
            apart.append((found.address, shapely.distance(found.point, row.geometry)))
    # Two private streets bear the name of a public one, and four numbers stand twice.
    assert len(apart) <= 2, apart


def test_an_address_of_the_register_is_found_in_its_spelling(milano):
    table = milano.addresses
    some = table.iloc[7 :: len(table) // 100]
    found = [locate(milano, f"{row.register_street} {row.number}").id for row in some.itertuples()]
    wrong = [one for one, own in zip(found, some["id"], strict=True) if one != own]
    assert len(wrong) <= 2, wrong


def test_a_given_name_of_the_register_is_no_surname(milano):
    with pytest.raises(UnknownNameError, match="unknown street 'piazza Giolitto Pippo'"):
        locate(milano, "piazza Giolitto Pippo 3")
    with pytest.raises(UnknownNameError):
        locate(milano, "piazza Ercole Pippo 3")


def test_residents_live_at_addresses(milano):
    people = milano.residents
    at_addresses = people[people["kind"] == "civic"]
    own = milano.addresses.set_index("id").loc[at_addresses["id"]]
    assert own["residential"].all()
    apart = shapely.distance(own.geometry.to_numpy(), at_addresses.geometry.to_numpy())
    assert apart.max() < 1


def test_a_street_outside_the_zones_is_said_to_have_no_civic_numbers_for_that():
    town = named_town(
        "A---B" + "-" * 60 + "C---D",
        {"Via Zante": "AB", "Via della Commenda": "CD"},
        addresses={"Via Zante 1": (1, 0)},
    )
    box = shapely.box(*town.streets.edges.total_bounds).buffer(10)
    zones = with_outline(
        town, shapely.intersection(box, shapely.box(0, 0, 512_300, 10**7)), "Ovest"
    )
    with pytest.raises(
        InputError, match="Via della Commenda lies outside the zones of the city, and no civic"
    ):
        locate(zones, "via della Commenda 12")
    with pytest.raises(InputError, match="no address of Via della Commenda is known"):
        locate(town, "via della Commenda 12")

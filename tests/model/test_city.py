"""A city is checked at its door: ids, counts, zones and coordinates agree, or the row is named."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pytest
import shapely

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.city import City
from quartieri15.model.residents import GROUPS
from tests.ascii_city import draw_city

HOUSES = {"zante": (0, 0), "de andré": (3, 0)}
PEOPLE = {(0, 1): 40.0, (4, 1): 2.5}


@pytest.fixture
def city() -> City:
    return draw_city("A---B", places=HOUSES, people=PEOPLE)


def rebuilt(city: City, **tables: object) -> City:
    given = {f.name: getattr(city, f.name) for f in dataclasses.fields(city)} | tables
    return City.from_tables(given.pop("name"), **given)


def test_a_drawn_city_holds_what_was_drawn(city: City) -> None:
    assert len(city.houses) == 2
    assert city.groups == GROUPS
    assert city.residents["residents"].sum() == 42.5
    assert "2 places, 1 nil" in repr(city)
    assert "<caption>toy</caption>" in city._repr_html_()


def with_addresses(city: City, **columns: object) -> City:
    table = city.residents[["id", "geometry"]].assign(street="Via Zante", number="36")
    return city.with_(addresses=table.assign(**columns))


def test_a_city_may_have_addresses(city: City) -> None:
    assert len(city.addresses) == 0
    assert list(city.addresses.columns) == ["id", "street", "number", "geometry"]
    named = with_addresses(city)
    assert named.addresses["street"].tolist() == ["Via Zante"] * 2
    assert named.places is city.places
    # They come along, whatever else is new.
    assert named.with_(places=city.places.iloc[1:]).addresses is named.addresses
    assert len(named.with_(residents=city.residents).addresses) == 2
    assert len(rebuilt(named).addresses) == 2
    far = with_addresses(city, geometry=[shapely.Point(0, 0), city.residents.geometry.iloc[1]])
    assert far.provenance["outside_streets"] == {"addresses": 1}
    assert "outside_streets" not in with_addresses(far).provenance


def with_services(city: City, **columns: object) -> City:
    table = city.places[["id", "name", "geometry"]].assign(
        id=["s1", "s2"], kind=["library", "pharmacy"], network=["culture", "health"]
    )
    return city.with_(services=table.assign(**columns))


def test_a_city_may_have_services(city: City) -> None:
    assert len(city.services) == 0
    assert city.service_sets == ()
    served = with_services(city)
    assert served.place_sets == (*city.place_sets, *served.service_sets)
    assert set(served.service_sets) == {"services", "library", "pharmacy", "culture", "health"}
    assert served.places_named("services") is served.services
    assert served.places_named("culture")["id"].tolist() == ["s1"]
    # They are no places of the city's own, and come along, whatever else is new.
    assert served.places is city.places
    assert served.places_named("places") is city.places
    assert served.with_(places=city.places.iloc[1:]).services is served.services
    assert len(rebuilt(served).services) == 2
    assert len(served.with_(residents=city.residents).services) == 2
    assert repr(served) == repr(city)


def test_places_and_services_of_one_name_are_asked_of_together(city: City) -> None:
    served = with_services(city, kind=["library", "ex_csrc"])
    both = served.places_named("ex_csrc")
    assert both["id"].tolist() == [*city.places["id"], "s2"]
    assert both.index.tolist() == [0, 1, 2]
    assert served.houses["id"].tolist() == city.houses["id"].tolist()
    # Also where an edit has opened a place of a kind that there was among the services.
    opened = served.with_(places=city.places.assign(kind=["library", "ex_csrc"]))
    assert opened.places_named("library")["id"].tolist() == [city.places["id"].iloc[0], "s1"]


def test_several_sets_of_places_count_each_place_once(city: City) -> None:
    served = with_services(city)
    several = served.places_named("library", "houses", "culture", "ex_csrc")
    assert several["id"].tolist() == ["s1", *city.houses["id"]]
    assert several.crs == city.crs
    with pytest.raises(UnknownNameError, match="unknown set of places 'school'"):
        served.places_named("houses", "school")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": ["s1", "s1"]}, "services, row 0, column id: 's1' stands twice"),
        ({"kind": [None, "x"]}, "services, row 0, column kind"),
        ({"kind": [["x"], ["y"]]}, r"services, row 0, column kind: \['x'\] is not a text"),
        ({"kind": ["x", "houses"]}, "row 1, column kind: .houses. is a name that means something"),
        ({"kind": ["wemi", "x"]}, "services, row 0, column kind: .wemi. is a name that means"),
        ({"network": ["x", "places"]}, "services, row 1, column network: .places. is a name"),
        ({"network": ["services", "x"]}, "services, row 0, column network: .services. is a name"),
        ({"geometry": [shapely.box(0, 0, 1, 1)] * 2}, "services, row 0, column geometry"),
        ({"geometry": [shapely.Point(0, 0)] * 2}, "services, row 0"),
    ],
)
def test_services_are_checked_at_the_door(city: City, columns: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        with_services(city, **columns)
    with pytest.raises(InputError, match="services: a DataFrame without geometry"):
        city.with_(services=city.places.drop(columns="geometry"))
    with pytest.raises(InputError, match="services: coordinates are in EPSG:4326"):
        city.with_(services=city.places.to_crs(4326))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": ["r0", "r0"]}, r"addresses, row \d, column id: 'r0' stands twice"),
        ({"street": [None, "Via Zante"]}, "addresses, row 0, column street: the value is missing"),
        ({"geometry": [None, None]}, "addresses, row 0, column geometry: the value is missing"),
    ],
)
def test_addresses_are_checked_at_the_door(city: City, columns: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        with_addresses(city, **columns)


def with_buildings(city: City, **columns: object) -> City:
    houses = city.residents.geometry.buffer(5)
    table = gpd.GeoDataFrame({"area_m2": [78.0] * 2}, geometry=houses.to_numpy(), crs=city.crs)
    return city.with_(buildings=table.assign(**columns))


def test_a_city_may_have_buildings(city: City) -> None:
    assert len(city.buildings) == 0
    assert list(city.buildings.columns) == ["area_m2", "geometry"]
    assert city.buildings.crs == city.crs
    built = with_buildings(city)
    assert built.buildings["area_m2"].tolist() == [78.0] * 2
    assert built.residents is city.residents
    # They come along, whatever else is new.
    assert built.with_(places=city.places.iloc[1:]).buildings is built.buildings
    assert len(built.with_(residents=city.residents).buildings) == 2
    assert len(rebuilt(built).buildings) == 2
    # A building stands where it stands: one far from all streets is no slip.
    far = with_buildings(city, geometry=[shapely.box(0, 0, 9, 9), shapely.box(20, 0, 29, 9)])
    assert "outside_streets" not in far.provenance


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"area_m2": [-1.0, 2.0]}, "buildings, row 0, column area_m2: -1.0 is below 0"),
        ({"geometry": [None, None]}, "buildings, row 0, column geometry: the value is missing"),
        ({"geometry": shapely.Point(5, 5)}, "buildings, row 0, column geometry: .* Polygon"),
    ],
)
def test_buildings_are_checked_at_the_door(city: City, columns: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        with_buildings(city, **columns)


def with_sections(city: City, **columns: object) -> City:
    square = shapely.box(*city.zones["nil"].total_bounds)
    table = gpd.GeoDataFrame({"id": [7, 8]}, geometry=[square, square], crs=city.crs)
    return city.with_(sections=table.assign(**columns))


def test_a_city_may_have_census_sections(city: City) -> None:
    assert len(city.sections) == 0
    assert list(city.sections.columns) == ["id", "geometry"]
    assert city.sections.crs == city.crs
    counted = with_sections(city.with_(residents=city.residents.assign(section=7)))
    assert counted.sections["id"].tolist() == [7, 8]
    assert counted.with_(places=city.places.iloc[1:]).sections is counted.sections
    assert rebuilt(counted).sections["id"].tolist() == [7, 8]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": [7, 7]}, "sections, row 0, column id: .* stands twice"),
        ({"geometry": [None, None]}, "sections, row 0, column geometry: the value is missing"),
        ({"id": [8, 9]}, "residents, row 0, column section: zone 7 is not among"),
        ({"id": ["7", "8"]}, "residents, column section"),
    ],
)
def test_sections_are_checked_at_the_door(city: City, columns: dict, said: str) -> None:
    counted = city.with_(residents=city.residents.assign(section=7))
    with pytest.raises(InputError, match=said):
        with_sections(counted, **columns)


def test_buildings_in_another_crs_are_refused(city: City) -> None:
    table = with_buildings(city).buildings.to_crs(4326)
    with pytest.raises(InputError, match="buildings"):
        city.with_(buildings=table)


def test_its_page_escapes_text_from_data(city: City) -> None:
    named = dataclasses.replace(city, name="<script>alert(1)</script>")
    assert "<script>" not in named._repr_html_()


def test_places_are_found_by_network_kind_or_all_together(city: City) -> None:
    places = city.places.assign(hosts_wemi=[True, False])
    city = rebuilt(city, places=places)
    assert len(city.places_named("houses")) == len(city.places_named("ex_csrc")) == 2
    assert city.wemi["id"].tolist() == ["zante"]
    assert len(city.places_named("places")) == 2
    with pytest.raises(UnknownNameError, match="did you mean houses"):
        city.places_named("house")


def test_unknown_groups_and_zones_suggest_the_nearest(city: City) -> None:
    assert city.require_groups("over65") == ("over65",)
    assert city.require_groups(None) == GROUPS
    assert city.require_groups(["over65", "over65"]) == ("over65",)
    with pytest.raises(UnknownNameError, match="did you mean over65"):
        city.require_groups(["over_65"])
    with pytest.raises(UnknownNameError, match="did you mean municipi"):
        city.zones_named("municipio")


def test_a_place_without_position_stays_in_the_registry(city: City) -> None:
    nowhere = city.places.set_geometry([city.places.geometry.iloc[0], None], crs=city.crs)
    assert len(rebuilt(city, places=nowhere).houses) == 2


def test_a_duplicate_place_is_named(city: City) -> None:
    with pytest.raises(InputError, match=r"places, row 0, column id: 'zante' stands twice"):
        rebuilt(city, places=city.places.assign(id="zante"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1.0, "-1.0 is below 0"),
        (float("nan"), "nan is not a number"),
        ("many", "'many' is not a number"),
    ],
)
def test_a_bad_count_is_named(city: City, value: object, message: str) -> None:
    residents = city.residents.astype({"over65": object})
    residents.loc[1, "over65"] = value
    with pytest.raises(InputError, match=f"residents, row 1, column over65: {message}"):
        rebuilt(city, residents=residents)


def test_people_in_a_zone_that_is_not_there_are_named(city: City) -> None:
    residents = city.residents.assign(nil=[1, 89])
    with pytest.raises(InputError, match="residents, row 1, column nil: zone 89 is not among"):
        rebuilt(city, residents=residents)


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("over65", "residents"),
        ("over75", "over65"),
        ("foreign", "residents"),
        ("renting_households", "households"),
    ],
)
def test_a_part_larger_than_its_whole_is_named(city: City, part: str, whole: str) -> None:
    residents = city.residents.copy()
    residents.loc[1, part] = residents.loc[1, whole] + 1e-7
    rebuilt(city, residents=residents)
    residents.loc[1, part] += 1
    with pytest.raises(InputError, match=rf"residents, row 1, column {part}: .* among .* {whole}"):
        rebuilt(city, residents=residents)


@pytest.mark.parametrize("table", ["places", "residents"])
def test_a_row_label_that_stands_twice_is_named(city: City, table: str) -> None:
    rows = getattr(city, table)
    twice = rows.set_index(rows.index * 0)
    with pytest.raises(InputError, match=f"{table}: the row label 0 stands twice in the index"):
        rebuilt(city, **{table: twice})


def test_an_outline_that_crosses_itself_is_named(city: City) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    zone = city.zones["nil"].set_geometry([bow], crs=city.crs)
    with pytest.raises(InputError, match=r"zones nil, row 0, .*zone 1 \(Centro\) is not valid"):
        rebuilt(city, zones={"nil": zone})


def test_what_is_no_table_with_geometry_is_refused(city: City) -> None:
    for places in (city.places.drop(columns="geometry"), None, [1]):
        with pytest.raises(InputError, match=r"places: a .* without geometry was given"):
            rebuilt(city, places=places)
    with pytest.raises(InputError, match="residents: there is no row in it"):
        rebuilt(city, residents=city.residents.iloc[:0])
    for zones in ({}, None):
        with pytest.raises(InputError, match="zones: there is no set of zones"):
            rebuilt(city, zones=zones)


def test_a_city_may_have_streets_alone(city: City) -> None:
    alone = City.from_tables("bare", streets=city.streets)
    assert (len(alone.places), len(alone.residents), alone.groups) == (0, 0, ())
    assert alone.residents.crs == alone.places.crs == city.crs
    assert repr(alone) == f"City('bare': {city.streets!r})"
    assert "<td>none</td>" in alone._repr_html_()
    placed = City.from_tables("bare", streets=city.streets, places=city.places, zones={})
    assert placed.houses["id"].tolist() == ["zante", "de andré"]
    with pytest.raises(InputError, match="city: bare has no residents"):
        alone.require_residents()
    with pytest.raises(InputError, match="city: bare has no zones"):
        alone.require_zones()


def test_zones_and_residents_go_together(city: City) -> None:
    with pytest.raises(InputError, match="residents: a NoneType without geometry was given"):
        rebuilt(city, residents=None)
    with pytest.raises(InputError, match="zones: there is no set of zones"):
        rebuilt(city, zones=None)
    assert city.require_residents() is city.residents
    assert city.require_zones() is city.zones


@pytest.mark.parametrize("name", ["city", "place", "a/b", "..", "", ".hidden", "a\\b", 3])
def test_a_set_of_zones_may_not_be_called_so(city: City, name: object) -> None:
    with pytest.raises(InputError, match="cannot name a set of zones"):
        rebuilt(city, zones={name: city.zones["nil"]})


def test_another_crs_is_refused_with_its_mend(city: City) -> None:
    with pytest.raises(InputError, match=r"residents: coordinates are in EPSG:4326.*to_crs"):
        rebuilt(city, residents=city.residents.to_crs(4326))
    bare = city.residents.set_crs(None, allow_override=True)
    with pytest.raises(InputError, match="residents: the table has no coordinate reference"):
        rebuilt(city, residents=bare)

"""Law: a registry that a person edits is read as written, or the line to mend is named."""

from __future__ import annotations

import csv

import pytest

from quartieri15.errors import InputError
from quartieri15.sources import registry

EXTENT = (8.9, 45.3, 9.4, 45.65)
ROW = {
    "id": "A-1",
    "name": "Casa",
    "kind": "ex_cam",
    "municipio": "1",
    "has_wemi": "0",
    "lat": "45.46",
    "lon": "9.19",
    "location_precision": "civic",
}
NOWHERE = {"lat": "", "lon": "", "location_precision": "none"}


def written(tmp_path, *rows):
    path = tmp_path / "registry.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, registry.REGISTRY_COLUMNS, restval="")
        out.writeheader()
        # Each a place of its own: of another name, and beside the others.
        out.writerows(
            [
                {**ROW, "name": f"Casa {number}", "lat": f"45.46{number}", **row}
                for number, row in enumerate(rows)
            ]
        )
    return path


def test_what_is_not_known_stays_unknown(tmp_path):
    table = registry.read_registry(written(tmp_path, {}, {"id": "A-2", **NOWHERE}), extent=EXTENT)
    assert table["location_uncertainty_m"].isna().all()
    assert table["lat"].isna().tolist() == [False, True]
    assert table.attrs["without_position"] == ["A-2"]
    assert table["wemi_desk"].tolist() == [None, None]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "A-1"}, r"line 3, column id: 'A-1' stands twice, first on line 2"),
        ({"id": ""}, r"line 3, column id: the value is missing"),
        ({"lat": "9.19", "lon": "45.46"}, r"line 3, column lat, lon: .*are swapped"),
        ({"lat": "48.85", "lon": "2.35"}, r"line 3, column lat, lon: .*is outside"),
        ({"lat": ""}, r"line 3, column lat, lon: latitude or longitude is missing"),
        ({"lat": "45,46"}, r"line 3, column lat: '45,46' is not a number"),
        ({"location_precision": "exact"}, r"column location_precision: precision 'exact'"),
        ({"location_precision": "none"}, r"column location_precision: precision 'none' means"),
        ({"location_uncertainty_m": "-5"}, r"column location_uncertainty_m: '-5' is below 0"),
        ({"has_wemi": "2"}, r"column has_wemi: '2' is above 1"),
        ({"municipio": "one"}, r"column municipio: 'one' is not a number"),
        ({"municipio": "10"}, r"line 3, column municipio: zone 10 is not there.* 1 to 9,"),
        ({"nil_id": "89"}, r"line 3, column nil_id: zone 89 is not there.* 1 to 88,"),
        ({"kind": "ex_camm"}, r"column kind: unknown kind of place 'ex_camm'.* mean ex_cam"),
        ({"kind": "pizzeria"}, r"line 3, column kind: unknown kind of place 'pizzeria'"),
        ({"municipio": "9" * 20}, r"line 3, column municipio: '9+' is too large for a whole"),
        ({"ds3017_id": "1e300"}, r"line 3, column ds3017_id: '1e300' is too large for a whole"),
        ({"location_uncertainty_m": "20e9"}, r"column location_uncertainty_m: '20e9' is above"),
        ({"confidence": "sure"}, r"line 3, column confidence: confidence 'sure' is not known"),
        ({"name": "n" * 101}, r"line 3, column name: a name of more than 100 characters"),
        (
            {"name": "  casa  0"},
            r"line 3, column name: A-2 has the kind, name and Municipio of A-1",
        ),
        ({"lat": "45.460"}, r"line 3, column lat, lon: A-2 has the kind and position of A-1"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(tmp_path, row, said):
    path = written(tmp_path, {}, {"id": "A-2", **row})
    with pytest.raises(InputError, match=rf"registry\.csv, .*{said}"):
        registry.read_registry(path, extent=EXTENT, municipi=range(1, 10), nil=range(1, 89))


def test_two_places_that_are_two_may_share_a_name_or_a_point(tmp_path):
    """One house of each network shares a roof; two kinds of places known to the street a point."""
    street = {"location_precision": "street", "lat": "45.47"}
    path = written(
        tmp_path,
        {"name": "Anna"},
        {"id": "A-2", "name": "Anna", "kind": "ex_csrc", "lat": "45.460"},
        {"id": "A-3", "name": "Anna", "municipio": "2"},
        {"id": "A-4", **street},
        {"id": "A-5", **street},
    )
    assert len(registry.read_registry(path)) == 5


def test_one_number_of_the_publisher_is_one_place(tmp_path):
    path = written(tmp_path, {"ds3017_id": "7"}, {"id": "A-2", "ds3017_id": "7"})
    with pytest.raises(InputError, match=r"line 3, column ds3017_id: A-2 has the number of ds3017"):
        registry.read_registry(path)


def test_the_name_of_a_nil_is_that_of_its_number(tmp_path):
    path = written(tmp_path, {"nil_id": "1", "nil_name": "BRERA"})
    with pytest.raises(InputError, match=r"line 2, column nil_name: NIL 1 is 'DUOMO', not 'BRERA'"):
        registry.read_registry(path, nil={1: "DUOMO", 2: "BRERA"})


def planned(tmp_path, **row):
    base = {"id": "I-1", "action": "ambito della strategia", "place": "Chiesarossa (NIL 42)"}
    columns = ("id", "action", "what", "place", "municipio", "house_id", "lat", "lon")
    path = tmp_path / "interventions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, [*columns, "amount_eur", "share_pct"], restval="")
        out.writeheader()
        out.writerows([{**base, **row}, {**base, "id": "I-2", "place": "Salomone (NIL 30)"}])
    return registry.read_interventions(path, nil=range(1, 89), municipi=[4, 5], places=["C-1"])


@pytest.mark.parametrize("place", ["A (nil 42)", "A (Nil42)", "A ( NIL  42 ) ", "A(NIL 042)"])
def test_a_target_area_is_read_however_its_nil_is_written(tmp_path, place):
    table = planned(tmp_path, place=place, action="Ambito della Strategia")
    assert table["nil_id"].tolist() == [42, 30]
    assert registry.is_target_area(table).all()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"place": "Chiesarossa"},
            r"column place: 'Chiesarossa' has no NIL in brackets at its end",
        ),
        ({"place": "Chiesarossa (NIL 42"}, r"line 2, column place: .* has no NIL in brackets"),
        ({"place": "A (NIL 89)"}, r"line 2, column place: zone 89 is not there"),
        ({"place": f"A (NIL {'9' * 20})"}, r"line 2, column place: .* has no NIL in brackets"),
        ({"place": "A (NIL 30)"}, r"line 3, column place: 30 stands twice, first on line 2"),
        ({"action": "ambito strategia"}, r"line 2, column action: 'ambito strategia' is no kind"),
        ({"action": "budget"}, r"line 2, column action: .* names a NIL, and its action is no"),
        ({"house_id": "C-2"}, r"line 2, column house_id: unknown place 'C-2'. Mend: did you mean"),
        ({"municipio": "10"}, r"line 2, column municipio: zone 10 is not there"),
        ({"amount_eur": "1e18"}, r"line 2, column amount_eur: '1e18' is above"),
    ],
)
def test_an_intervention_that_would_vanish_is_named(tmp_path, row, said):
    with pytest.raises(InputError, match=rf"interventions\.csv, .*{said}"):
        planned(tmp_path, **row)


def test_a_registry_without_a_place_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"registry\.csv, line 2: there is no place in it"):
        registry.read_registry(written(tmp_path))


def test_kinds_of_another_city_are_known_when_they_are_named(tmp_path):
    table = registry.read_registry(written(tmp_path, {"kind": "library"}), kinds=["library"])
    assert table["kind"].tolist() == ["library"]


def test_the_registry_is_complete(sources):
    table = registry.read_registry(sources / "registry/registry.csv", extent=EXTENT)
    assert table["kind"].value_counts().to_dict() == {
        "ex_cam": 33,
        "ex_csrc": 29,
        "wemi_external": 6,
        "wemi_central": 1,
    }
    assert table.loc[table["kind"] == "ex_csrc", "has_wemi"].sum() == 19
    assert table.attrs["without_position"] == ["WEMI-06"]
    assert table["location_uncertainty_m"].isna().sum() == 7


def test_interventions_and_quarters_are_complete(sources):
    planned = registry.read_interventions(sources / "registry/interventions.csv", extent=EXTENT)
    assert len(planned) == 24
    assert planned["nil_id"].dropna().tolist() == [30, 42]
    quarters = registry.read_erp_quarters(sources / "registry/erp_quarters.csv", extent=EXTENT)
    assert quarters["tenants"].sum() == 18_453
    assert quarters["units"].sum() == 10_952

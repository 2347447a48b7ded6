"""Law: what a page tells of an area is what the published tables tell, for every traveller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.flags import flag_gaps
from quartieri15.analysis.gap_areas import gap_areas
from quartieri15.analysis.gaps import REASONS, find_gaps
from quartieri15.publish.disclosure import publishable_gaps, publishable_together
from quartieri15.publish.site.packing import unpack
from quartieri15.publish.site.sections import themes
from quartieri15.publish.site.sections.themes import (
    COVERED_AT_LEAST,
    NOBODY,
    NOT_TOLD,
    TOLD,
    UNCOVERED_AT_LEAST,
)
from tests.publish.site.towns import material_of, page_of, town_material

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.publish.site.material import Material


@pytest.fixture(scope="module")
def material() -> Material:
    return town_material()


@pytest.fixture(scope="module")
def tables(material: Material) -> dict[str, pd.DataFrame]:
    """The tables that the library publishes of the same questions, all travellers in one."""
    exact: dict[str, Any] = {}
    for by in (*material.city.zones, "city", "place"):
        found = [
            coverage(material.city, to="houses", profile=who, by=by) for who in material.travellers
        ]
        for table in found:
            table.attrs = {}
        exact[by] = pd.concat(found, ignore_index=True)
    return publishable_together(exact)


def told_of(material: Material, slug: str) -> dict[str, Any]:
    return themes.data(material, page_of(material, slug))


def rows_of(
    told: Mapping[str, Any], ids: list[Any], groups: tuple[str, ...]
) -> dict[tuple[str, str, Any], dict[str, int]]:
    """Unpack what is told: figures by traveller, group and zone."""
    people = unpack(told["people"])["population"]
    keys = [(group, zone) for group in groups for zone in ids]
    return {
        (who, *key): {"population": int(people[row])}
        | {name: int(own[row]) for name, own in figures.items()}
        for who, packed in told["figures"].items()
        for figures in [unpack(packed)]
        for row, key in enumerate(keys)
    }


def require_equal(
    material: Material,
    rows: Mapping[tuple[str, str, Any], Mapping[str, int]],
    table: pd.DataFrame,
) -> set[int]:
    """Compare row by row, and return which kinds of figure there were."""
    kinds = set()
    known = table.set_index(["profile", "group", "zone_id"])
    assert {who for who, *_ in rows} == {who.name for who in material.travellers}
    for key, row in rows.items():
        own = known.loc[key]
        kinds.add(row["kind"])
        if np.isnan(own["population"]):
            assert row["population"] == -1
        else:
            assert row["population"] == own["population"]
        if row["kind"] == TOLD:
            assert row["uncovered"] == own["uncovered"]
            assert row["uncovered"] / row["population"] == pytest.approx(1 - own["share"], abs=6e-4)
        elif row["kind"] == UNCOVERED_AT_LEAST:
            assert row["uncovered"] == own["uncovered_at_least"]
        elif row["kind"] == COVERED_AT_LEAST:
            assert row["uncovered"] == own["population"] - own["covered_at_least"]
        else:
            assert np.isnan(own["uncovered"]) or own["population"] == 0
        assert (row["minutes"] == -1) == np.isnan(own["median_minutes"])
        if row["minutes"] >= 0:
            assert row["minutes"] == own["median_minutes"]
    return kinds


def test_figures_of_zones_are_those_of_the_published_table(
    material: Material, tables: dict[str, pd.DataFrame]
) -> None:
    kinds = set()
    for slug in ("index", "municipio-1", "municipio-2"):
        told = told_of(material, slug)
        rows = rows_of(told, told["zones"]["id"], material.groups)
        kinds |= require_equal(material, rows, tables["nil"])
    assert {TOLD, NOT_TOLD, UNCOVERED_AT_LEAST} <= kinds, "the town shows too little"


def test_figures_of_what_is_larger_are_those_of_the_published_tables(
    material: Material, tables: dict[str, pd.DataFrame]
) -> None:
    for slug, sets in {
        "index": ["city", "municipi"],
        "municipio-2": ["city", "municipi"],
        "area-zone-1": ["city", "target_areas"],
    }.items():
        wholes = told_of(material, slug)["wholes"]
        assert [whole["by"] for whole in wholes] == sets
        for whole in wholes:
            rows = rows_of(whole, whole["id"], material.groups)
            require_equal(material, rows, tables[whole["by"]])


def test_no_count_of_few_travels_in_a_page(material: Material) -> None:
    told = told_of(material, "index")
    for packed in (told, *told["wholes"]):
        counts = [unpack(packed["people"])["population"]]
        counts += [unpack(own)["uncovered"] for own in packed["figures"].values()]
        for values in counts:
            assert (values[values >= 0] % 10 == 0).all()
    for packed in told["gaps"].values():
        people = unpack(packed)["uncovered"]
        assert (people[people >= 0] % 10 == 0).all()
        assert (people[people >= 0] >= 10).all()


def test_reasons_are_those_of_the_published_gaps(
    material: Material, tables: dict[str, pd.DataFrame]
) -> None:
    told = told_of(material, "index")
    assert told["reasons"] == [*REASONS]
    for who in material.travellers:
        exact = coverage(material.city, to="houses", profile=who, by="nil")
        gaps = find_gaps(material.city, exact, groups=material.groups)
        known = publishable_gaps(gaps, tables["nil"]).set_index(["group", "zone_id"])
        rows = rows_of(told, told["zones"]["id"], material.groups)
        for (name, *key), row in rows.items():
            if name == who.name:
                bits = [code for bit, code in enumerate(REASONS) if row["reasons"] >> bit & 1]
                codes = known.loc[tuple(key), "reason_codes"]
                assert " ".join(bits) == codes.replace("suppressed", "")


def test_classes_of_two_groups_are_those_of_the_flags(material: Material) -> None:
    exact = coverage(material.city, to="houses", profile="walk_75", by="nil")
    flags = flag_gaps(material.city, exact, groups=themes.TWO_GROUPS)
    known = flags.drop_duplicates("zone_id").set_index("zone_id")["density_classes"]
    told = told_of(material, "index")
    classes = unpack(told["people"])["classes"]
    assert [f"{c // 10}-{c % 10}" if c >= 0 else None for c in classes] == [
        # Of the foreign residents of the first and of the last zone fewer than ten are told.
        None if zone in hidden_zones(material) else known[zone]
        for zone in told["zones"]["id"]
    ]


def hidden_zones(material: Material) -> set[Any]:
    table = material.coverage(material.travellers[0], "nil")
    own = table["group"].isin(themes.TWO_GROUPS) & table["population"].isna()
    return set(table[own]["zone_id"])


def test_gaps_are_the_gap_areas_of_the_library(material: Material) -> None:
    told = told_of(material, "index")
    for who in material.travellers:
        exact = gap_areas(material.city, to="houses", profile=who, groups=material.groups)
        packed = unpack(told["gaps"][who.name])
        count = len(packed["zone"])
        found = {
            (group, told["zones"]["id"][packed["zone"][area]]): int(own)
            for k, group in enumerate(material.groups)
            for area, own in enumerate(packed["uncovered"][k * count : (k + 1) * count])
            if own >= 0
        }
        # In this town no zone has two areas.
        known = exact.set_index(["group", "nil"])["uncovered"]
        assert found == {
            key: int(np.floor(people / 10 + 0.5) * 10) for key, people in known.items()
        }
        assert set(packed["owner"].tolist()) == set(range(count))


def test_a_city_where_nobody_is_hidden_tells_all(material: Material) -> None:
    plain = material_of(material.city, smallest_count=0.0)
    told = told_of(plain, "index")
    rows = rows_of(told, told["zones"]["id"], material.groups)
    assert {row["kind"] for row in rows.values()} <= {TOLD, NOBODY}

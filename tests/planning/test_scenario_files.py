"""Laws: a file never executes anything, and what is wrong in it is told with its line; a scenario
that is written comes back equal."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, MissingFileError, Quartieri15Error, UnknownNameError
from quartieri15.planning import edits
from quartieri15.planning.scenario import Assumption, Scenario, combined
from quartieri15.planning.speaking import LANGUAGES
from tests.planning.toy_town import at, line, town

if TYPE_CHECKING:
    from pathlib import Path

FULL = """\
scenario: Via Media
date: 2026-12-31
until: 2029-12-31
description: A track, and what goes with it.
cost_eur: 3400000
cost_source: Delibera 1/2026
assumptions:
  - {text: It is built on time, source: ours}
  - {text: It is two-way, source: Project sheet}
requires: [Before]
conflicts: [Other]
parameters: {speed: 30, who: alfa}
edits:
  - close_place: ${who}
  - calm_traffic: {along: Via Alta, maxspeed_kmh: "${speed}"}
  - cycle_track:
      along: via media
      from: via ponente
      to: via centrale
  - add_street: {kind: path, geometry: path.geojson, name: "to ${who}"}
  - zona 30 in via Bassa
"""
PATH = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": [[*at(1, 0), 120.0], at(1, 2)]},
        }
    ],
}


def written(folder: Path, text: str, name: str = "plan.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, **options: Any) -> Scenario:
    (folder / "path.geojson").write_text(json.dumps(PATH))
    return Scenario.from_file(written(folder, text), **options)


def test_a_file_says_all_of_a_scenario(tmp_path: Path) -> None:
    scenario = read(tmp_path, FULL)
    assert scenario.name == "Via Media"
    assert (scenario.date, scenario.until) == (dt.date(2026, 12, 31), dt.date(2029, 12, 31))
    assert scenario.cost_eur == 3_400_000
    assert scenario.assumptions[1] == Assumption("It is two-way", "Project sheet")
    assert (scenario.requires, scenario.conflicts) == (("Before",), ("Other",))
    assert scenario.edits == (
        edits.ClosePlace("alfa"),
        edits.CalmTraffic("Via Alta", maxspeed_kmh=30),
        edits.CycleTrack("via media", start="via ponente", end="via centrale"),
        edits.AddStreet("path", line=[at(1, 0), at(1, 2)], name="to alfa"),
        edits.Sentence("zona 30 in via Bassa"),
    )
    effects = Scenario("alone", scenario.edits).effects(town())
    with pytest.raises(InputError, match=r"plan.yaml, line \d+.*: Via Media requires Before"):
        scenario.effects(town())
    assert effects["edges"].tolist() == [0, 2, 1, 1, 2]
    assert effects["length_m"].tolist() == pytest.approx([0, 360, 180, 120, 360], rel=1e-3)


def test_parameters_are_chosen_and_wrong_ones_named(tmp_path: Path) -> None:
    scenario = read(tmp_path, FULL, parameters={"speed": 20})
    assert scenario.edits[1] == edits.CalmTraffic("Via Alta", maxspeed_kmh=20)
    assert scenario.parameters == {"speed": 20, "who": "alfa"}
    with pytest.raises(UnknownNameError, match="did you mean speed"):
        read(tmp_path, FULL, parameters={"sped": 20})
    with pytest.raises(InputError, match=r"line 14, column \d+: unknown parameter 'how'.*who"):
        read(tmp_path, FULL.replace("${who}\n", "${how}\n"))


def test_a_parameter_where_there_is_none_is_told_with_what_to_do(tmp_path: Path) -> None:
    bare = "scenario: a\nedits:\n  - close_place: ${who}\n"
    with pytest.raises(InputError, match=r"line 3.*'who'. Mend: set it, with who: under param"):
        read(tmp_path, bare)
    with pytest.raises(UnknownNameError, match=r"'who'. Mend: leave it out: .* no parameters"):
        read(tmp_path, bare.replace("${who}", "alfa"), parameters={"who": "alfa"})


def test_other_scenarios_are_told_with_the_line_that_names_them(tmp_path: Path) -> None:
    text = "scenario: a\nrequires:\n  - b\n  - c\nconflicts: [d]\nedits:\n  - close_place: alfa\n"
    one = read(tmp_path, text)
    b, c, d = (Scenario(name, [{"close_place": "beta"}]) for name in "bcd")
    for others, message in (
        ([c], r"line 3, column 5: a requires b, which is not there"),
        ([b, c, d], r"line 5, column 13: a conflicts with d"),
        ([b, dataclasses.replace(c, requires=("a",))], "line 4, column 5: .*: a requires c req"),
    ):
        with pytest.raises(InputError, match=rf"plan.yaml, {message}"):
            combined([one, *others])
    with pytest.raises(InputError, match=r"plan.yaml, line 3, .*has not been through"):
        one.apply(town())


def test_an_heir_has_the_edits_of_what_it_extends_before_its_own(tmp_path: Path) -> None:
    written(tmp_path, FULL, "base.yaml")
    heir = "scenario: More\nextends: base.yaml\nparameters: {speed: 10}\n"
    heir += "edits:\n  - close_place: beta\n"
    scenario = read(tmp_path, heir + "requires: [Third]\n")
    assert scenario.name == "More"
    assert len(scenario.edits) == 6
    assert scenario.edits[1] == edits.CalmTraffic("Via Alta", maxspeed_kmh=10)
    assert scenario.edits[-1] == edits.ClosePlace("beta")
    assert scenario.requires == ("Before", "Third")
    assert scenario.cost_eur == 3_400_000


def test_an_heir_of_several_has_what_they_share_once(tmp_path: Path) -> None:
    close = "edits:\n  - close_place: {}\n"
    written(tmp_path, "scenario: root\nparameters: {speed: 30}\n" + close.format("Zante"), "a.yaml")
    written(tmp_path, "scenario: b\nextends: a.yaml\n" + close.format("Calvi"), "b.yaml")
    written(
        tmp_path, "scenario: c\nextends: a.yaml\ncost_eur: 5\n" + close.format("Finzi"), "c.yaml"
    )
    heir = read(tmp_path, "scenario: d\nextends: [b.yaml, c.yaml]\n" + close.format("Feltre"))
    assert [edit.place for edit in heir.edits] == ["Zante", "Calvi", "Finzi", "Feltre"]
    assert (heir.name, heir.cost_eur, heir.parameters["speed"]) == ("d", 5, 30)
    with pytest.raises(MissingFileError, match=r"line 2, column \d+: there is no file nowhere"):
        read(tmp_path, "scenario: d\nextends: [b.yaml, nowhere.yaml]\n")


def test_files_that_extend_each_other_are_refused_by_name(tmp_path: Path) -> None:
    written(tmp_path, "scenario: b\nextends: c.yaml\n", "b.yaml")
    written(tmp_path, "scenario: c\n\nextends: plan.yaml\n", "c.yaml")
    with pytest.raises(
        InputError,
        match=r"line 3, .*circle: plan.yaml extends b.yaml extends c.yaml extends plan.yaml",
    ):
        read(tmp_path, "scenario: a\nextends: b.yaml\n")


def test_texts_are_said_in_two_languages_or_in_one(tmp_path: Path) -> None:
    scenario = read(
        tmp_path,
        "scenario: a\n"
        "parameters: {km: 2}\n"
        "description: {it: 'Pista di ${km} km', en: 'A track of ${km} km'}\n"
        "assumptions:\n"
        "  - {text: {it: Si fa, en: It is built}, source: {it: il Comune, en: the Comune}}\n"
        "  - {text: Si fa}\n"
        "  - {text: {it: Si fa}, source: ours}\n",
    )
    assert scenario.description == {"it": "Pista di 2 km", "en": "A track of 2 km"}
    assert scenario.assumptions[0].source == {"it": "il Comune", "en": "the Comune"}
    assert scenario.assumptions[1:] == (Assumption("Si fa"), Assumption("Si fa"))
    heir = written(tmp_path, "scenario: b\nextends: plan.yaml\ndescription: Pista\n", "heir.yaml")
    assert Scenario.from_file(heir).description == "Pista"


WRONG = [
    ("", "holds no scenario"),
    ("- a\n- b\n", "holds no scenario"),
    ("date: 2026-01-01\n", "has no name"),
    ("scenario: a\nscenario: b\n", r"line 2, column 1: the key scenario stands twice"),
    ("scenario: a\ncosteur: 3\n", r"line 2, column 1: unknown key 'costeur'.*cost_eur"),
    ("scenario: a\ncost_eur: -3\n", r"line 2, column 1: cost_eur is -3.*0 or more"),
    ("scenario: a\ncost_eur: 010\n", r"line 2, column 11: '010' is no decimal"),
    ("scenario: a\ndate: soon\n", r"line 2, column 1: 'soon' is no day"),
    ("scenario: a\ndate: 2026-02-31\n", r"line 2, column 7: '2026-02-31' cannot be read"),
    ("scenario: a\ndate: 2026-05-01\nuntil: 2025-01-01\n", "line 3.*before it begins"),
    ("scenario: a\nrequires: [a]\n", "line 2.*a requires itself"),
    ("scenario: a\nrequires: b\n", "line 2.*give a list"),
    ("scenario: a\nassumptions: [{txt: b}]\n", "line 2.*is no assumption"),
    (
        "scenario: a\ndescription:\n  it: b\n  fr: c\n",
        "line 4, column 3: unknown language 'fr'.*use one of it, en",
    ),
    ("scenario: a\ndescription:\n  it: b\n  en: ''\n", "line 4, column 3: .*is ''.*give a text"),
    ("scenario: a\ndescription: {}\n", "line 2, column 1: description is {}.*give a text"),
    ("scenario: a\ncost_source: {en: 3}\n", "line 2, column 15: cost_source, en is 3"),
    (
        "scenario: a\nassumptions:\n  - b\n  - text: {it: c}\n    source:\n      no: d\n",
        "line 6, column 7: unknown language 'no'",
    ),
    ("scenario: a\nassumptions: [{text: b}, {text: {en: }}]\n", "line 2, column 34: .*is None"),
    ("name: a\nspeed_kmh: 3\n", "line 2, column 1: this is a profile, not a scenario"),
    ("scenario: a\nedits: close\n", "line 2.*edits is 'close'"),
    ("scenario: a\nedits:\n  - clos_place: b\n", r"line 3, .*unknown kind.*close_place"),
    (
        "scenario: a\nedits:\n  - close_place: {place: b, wen: 3}\n",
        r"line 3, column 29: unknown key",
    ),
    ("scenario: a\nedits:\n  - close_place: 3\n", r"line 3, column 5: 3 is no text"),
    ("scenario: a\nedits:\n  - close_place: {}\n", r"line 3.*place is missing"),
    ("scenario: a\nedits:\n  - {close_place: a, move_place: b}\n", "line 3.*is no edit"),
    (
        "scenario: a\nedits:\n  - cycle_track:\n      along: via Media\n      facility: trak\n",
        r"line 5, column 7: 'trak' is not known here.*did you mean track",
    ),
    (
        "scenario: a\nedits:\n  - calm_traffic: {along: a, maxspeed_kmh: fast}\n",
        "line 3, column 30: 'fast' is no number",
    ),
    ("scenario: a\nedits:\n  - open_place: {name: a}\n", "line 3.*none of at and address is given"),
    (
        "scenario: a\nedits:\n  - open_place: {name: a, at: [200, 45]}\n",
        r"line 3, column 27: .*is no position in degrees",
    ),
    (
        "scenario: a\nedits:\n  - change_place: {place: a, opening_hours: sometimes}\n",
        "line 3, column 30: 'sometimes' are no opening hours.*OpenStreetMap",
    ),
    (
        "scenario: a\nedits:\n  - add_residents: {zone: a, residents: 5, over65: 9}\n",
        "line 3, column 44: 9 over65 among 5 residents",
    ),
    (
        "scenario: a\nedits:\n  - project_residents: {year: 2030}\n",
        "line 3.*none of totals and zones is given",
    ),
    ("scenario: &x a\ndescription: *x\n", r"line 1, column 11: the anchor &x"),
    ("scenario: !!python/object/apply:os.system [ls]\n", "line 1, column 11: the tag"),
    ("scenario: !x a\n", "line 1, column 11: the tag"),
    ("scenario: [\n", "line 2, column 1: this is no YAML"),
    ("scenario: a\nedits: " + "[" * 60 + "]" * 60, "more than 50 lists"),
    ("scenario: a\nparameters: [b]\n", "line 2.*parameters is"),
    ("scenario: a\nparameters: {b: [1]}\n", "line 2.*parameter b is"),
    ("scenario: ${b}\n", "line 1.*unknown parameter 'b'"),
    ("scenario: a\nextends: ../b.yaml\n", "line 2.*lies outside the folder"),
    ("scenario: a\nextends: /etc/passwd\n", "line 2.*lies outside the folder"),
    ("scenario: a\n? [b]\n: c\n", "line 2, column 3: a key is no word"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text[:50] for text, _ in WRONG])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=message) as told:
        Scenario.from_file(path)
    assert "plan.yaml" in str(told.value)


def test_what_a_city_refuses_is_told_with_the_line_of_the_edit(tmp_path: Path) -> None:
    text = "scenario: a\nedits:\n  - close_place: alfa\n  - close_place: Alfa\n"
    with pytest.raises(UnknownNameError, match="line 4: unknown place 'Alfa' since edit 1"):
        read(tmp_path, text).apply(town())
    far = "scenario: a\nedits:\n  - open_place: {name: a, at: [12.5, 41.9]}\n"
    with pytest.raises(InputError, match=r"plan.yaml, line 3: .*outside the streets of toy"):
        read(tmp_path, far).apply(town())


def geometry_error(folder: Path, content: str, kind: str = "add_street") -> str:
    (folder / "g.geojson").write_text(content)
    fields = "kind: path, " if kind == "add_street" else "name: a, "
    text = f"scenario: a\nedits:\n  - {kind}: {{{fields}geometry: g.geojson}}\n"
    with pytest.raises(Quartieri15Error) as told:
        Scenario.from_file(written(folder, text))
    return str(told.value)


def test_a_geometry_is_checked(tmp_path: Path) -> None:
    assert "this is no GeoJSON" in geometry_error(tmp_path, "{")
    assert "this is no GeoJSON" in geometry_error(tmp_path, '{"type": "Topology"}')
    assert "is a 'Point'" in geometry_error(tmp_path, '{"type": "Point", "coordinates": [1, 2]}')
    assert "holds 0 shapes" in geometry_error(
        tmp_path, '{"type": "FeatureCollection", "features": []}'
    )
    crs = '{"type": "LineString", "coordinates": [[9, 45], [9, 46]], "crs": {"name": "EPSG:32632"}}'
    assert "not in degrees" in geometry_error(tmp_path, crs)
    metres = '{"type": "LineString", "coordinates": [[512000, 5034000], [512100, 5034000]]}'
    assert "no position in degrees" in geometry_error(tmp_path, metres)
    assert "no position" in geometry_error(
        tmp_path, '{"type": "LineString", "coordinates": [[9, "x"], [9, 46]]}'
    )
    assert "draw a Point" in geometry_error(tmp_path, json.dumps(PATH), "open_place")
    with pytest.raises(MissingFileError, match=r"line 3, column \d+: there is no file no.geojson"):
        read(tmp_path, "scenario: a\nedits:\n  - add_street: {kind: path, geometry: no.geojson}\n")
    with pytest.raises(InputError, match="close_place has no geometry"):
        read(tmp_path, "scenario: a\nedits:\n  - close_place: {place: a, geometry: path.geojson}\n")


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    (tmp_path / "secret.geojson").write_text(json.dumps(PATH))
    (folder / "link.geojson").symlink_to(tmp_path / "secret.geojson")
    for name in ("../secret.geojson", "link.geojson", str(tmp_path / "secret.geojson")):
        text = f"scenario: a\nedits:\n  - add_street: {{kind: path, geometry: {name}}}\n"
        with pytest.raises(InputError, match="outside the folder"):
            Scenario.from_file(written(folder, text))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        Scenario.from_file(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="this is a folder"):
        Scenario.from_file(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("scenario: città".encode("latin-1"))
    with pytest.raises(InputError, match="no text in UTF-8"):
        Scenario.from_file(tmp_path / "latin.yaml")
    written(tmp_path, "scenario: a\ndescription: " + "x" * 1_000_001)
    with pytest.raises(InputError, match="longer than"):
        Scenario.from_file(tmp_path / "plan.yaml")


LETTERS = st.characters(exclude_categories=("Cs", "Cn", "Cc"))
WORDS = st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
TEXTS = WORDS | st.dictionaries(st.sampled_from(LANGUAGES), WORDS, min_size=1)
POSITIONS = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
LINES = st.lists(st.lists(POSITIONS, min_size=2, max_size=9, unique=True), min_size=1, max_size=3)
WRITTEN = st.one_of(
    st.builds(edits.ClosePlace, WORDS),
    st.builds(
        edits.OpenPlace,
        WORDS,
        at=POSITIONS,
        id=st.none() | WORDS,
        capacity=st.none() | st.floats(0, 1e5),
    ),
    st.builds(edits.MovePlace, WORDS, address=WORDS, may_change_nothing=st.booleans()),
    st.builds(edits.MergePlaces, st.lists(WORDS, min_size=1, max_size=3, unique=True), into=WORDS),
    st.builds(edits.ChangePlace, WORDS, entrance_steps=st.booleans(), name=st.none() | WORDS),
    st.builds(edits.CycleTrack, WORDS, start=st.none() | WORDS, two_way=st.none() | st.booleans()),
    st.builds(edits.CalmTraffic, WORDS, maxspeed_kmh=st.floats(1, 130)),
    st.builds(edits.ChangeStreets, WORDS, foot=st.booleans(), lit=st.none() | WORDS),
    st.builds(edits.CycleTrack, line=LINES, tolerance_m=st.none() | st.floats(1, 50)),
    st.builds(edits.CloseStreet, line=LINES),
    st.builds(
        edits.AddStreet,
        st.sampled_from(["path", "bridge"]),
        line=LINES,
        frontage=st.booleans(),
    ),
    st.builds(edits.RemoveBarrier, WORDS, barrier=st.none() | WORDS),
    st.builds(edits.AddResidents, st.floats(100, 1e6), zone=WORDS, over65=st.floats(0, 100)),
    st.builds(
        edits.ProjectResidents,
        st.integers(1900, 2200),
        by=WORDS,
        zones=st.dictionaries(
            WORDS, st.fixed_dictionaries({"residents": st.floats(0, 1e6)}), min_size=1, max_size=3
        ),
    ),
    st.builds(edits.Sentence, WORDS),
)


@given(
    st.builds(
        Scenario,
        WORDS,
        st.lists(WRITTEN, max_size=4),
        date=st.none() | st.dates(),
        description=st.none() | TEXTS,
        cost_eur=st.none() | st.floats(0, 1e12),
        cost_source=st.none() | TEXTS,
        assumptions=st.lists(st.builds(Assumption, TEXTS, TEXTS), max_size=2),
        parameters=st.dictionaries(WORDS, st.integers() | WORDS | st.booleans(), max_size=2),
    )
)
@settings(max_examples=100)
def test_what_is_written_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, scenario: Scenario
) -> None:
    folder = tmp_path_factory.mktemp("written")
    try:
        scenario.to_file(folder / "plan.yaml")
    except UnicodeEncodeError:
        pytest.fail("only texts that a file can hold are taken")
    back = Scenario.from_file(folder / "plan.yaml")
    assert back == scenario


def test_a_long_line_is_written_beside(tmp_path: Path) -> None:
    points = [at(i / 4, 1) for i in range(20)]
    scenario = Scenario("long", [edits.AddStreet("path", line=points)])
    scenario.to_file(tmp_path / "plan.yaml")
    assert "geometry: plan-1.geojson" in (tmp_path / "plan.yaml").read_text()
    assert Scenario.from_file(tmp_path / "plan.yaml") == scenario


def test_an_inverse_cannot_be_written(tmp_path: Path) -> None:
    inverse = Scenario("a", [edits.ClosePlace("alfa")]).inverse(town())
    with pytest.raises(InputError, match="an inverse cannot be written"):
        inverse.to_file(tmp_path / "plan.yaml")
    assert not (tmp_path / "plan.yaml").exists()
    assert line((0, 0))[0] == at(0, 0)

"""A profile in a file is the same profile, and a wrong file says which key and which line."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import InputError, MissingFileError, ParameterError
from quartieri15.model import profiles
from quartieri15.model.profiles import REFUSALS, TravelProfile
from quartieri15.model.profiles.costs import OF_ONE_MODE

POSITIVE = st.floats(1e-6, 15) | st.integers(1, 15)
TEXT = st.text(min_size=1).filter(lambda text: text.strip())


@st.composite
def any_profile(draw: st.DrawFn) -> TravelProfile:
    mode = draw(st.sampled_from(["walk", "bike"]))
    rules = [rule for rule in REFUSALS if OF_ONE_MODE.get(rule, mode) == mode]
    on_foot = mode == "walk"
    speed = draw(POSITIVE)
    return TravelProfile(
        name=draw(TEXT),
        mode=mode,
        speed_kmh=speed,
        access_speed_kmh=draw(POSITIVE),
        label_it=draw(TEXT),
        label_en=draw(TEXT),
        source=draw(TEXT),
        refusals=tuple(draw(st.lists(st.sampled_from(rules)))),
        slope=draw(st.sampled_from(["flat", "tobler"])) if on_foot else "flat",
        steps_factor=draw(st.floats(1, 10)),
        crossing_wide_road_s=draw(st.floats(0, 100)) if on_foot else 0.0,
        max_grade=draw(st.none() | st.floats(0, 1)),
        push_speed_kmh=None if on_foot else draw(st.sampled_from([None, speed, speed / 2])),
    )


@given(any_profile())
def test_a_profile_comes_back_as_it_was(profile: TravelProfile) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "who.yaml"
        profile.to_yaml(path)
        back = profiles.from_yaml(path)
    assert back == profile
    assert repr(back) == repr(profile)


@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=lambda p: p.name)
def test_every_profile_of_the_library_comes_back(profile: TravelProfile, tmp_path: Path) -> None:
    profile.to_yaml(tmp_path / "new" / "who.yaml")
    assert TravelProfile.from_yaml(tmp_path / "new" / "who.yaml") == profile


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_may_say_only_what_is_different(tmp_path: Path) -> None:
    path = written(tmp_path, "based_on: walk_75\nspeed_kmh: 2.5\nrefusals: [steps]\n")
    mine = profiles.from_yaml(path)
    assert mine == profiles.WALK_75.with_(speed_kmh=2.5, refusals=("steps",))
    assert mine.name == "walk_75 at 2.5 km/h, refusals steps"


def test_a_file_that_changes_the_mode_is_another_traveller(tmp_path: Path) -> None:
    path = written(tmp_path, "based_on: walk_75\nmode: bike\naccess_speed_kmh: 3\n")
    assert profiles.from_yaml(path).name == "walk_75, mode bike, access_speed_kmh 3"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("based_on: walk_75\nsped_kmh: 3", r"unknown key 'sped_kmh'. Mend: did you mean speed_kmh"),
        ("based_on: walk_75\nspeed_kmh: -3", r"speed_kmh is -3, but a traveller must move"),
        ("based_on: walk_75\nspeed_kmh: .nan", r"speed_kmh is nan"),
        ("based_on: walk_75\nspeed_kmh: 3,2", r"speed_kmh is '3,2', which is not a number"),
        ("based_on: walk_75\nspeed_kmh: 3:20", r"line 2: speed_kmh is 3:20, .* decimal number"),
        ("based_on: walk_75\nspeed_kmh: !!float 3:20", r"line 2: speed_kmh is 3:20"),
        ("based_on: walk_75\nspeed_kmh: 010", r"line 2: speed_kmh is 010"),
        ("based_on: walk_75\nspeed_kmh: 0x3", r"line 2: speed_kmh is 0x3"),
        ("based_on: walk_75\nsteps_factor: 1" + "0" * 400, r"steps_factor is 1000"),
        ("based_on: walk_75\nsteps_factor: 1" + "0" * 5000, r"line 2: steps_factor is 10+"),
        ("based_on: walk_75\nsource: 0x" + "f" * 5000, r"line 2: source is 0xf+"),
        ("based_on: walk_75\nsource: 2023-13-45", r"line 2: source is 2023-13-45, .* quotation"),
        ("based_on: walk_75\nsource: 2023-12-05", r"source is .*, which is not a text"),
        ("based_on: walk_75\nname: !!int abc", r"line 2: name is abc, which cannot be read"),
        ("based_on: walk_75\nname: !!bool abc", r"line 2: name is abc, which cannot be read"),
        ("based_on: walk_75\nname: !!timestamp abc", r"line 2: name is abc, which cannot be"),
        ("based_on: walk_75\n!!int abc: 3", r"line 2: the key abc cannot be read"),
        ("based_on: walk_75\n? [a]\n: 3", r"unknown key"),
        ("name: " + "[" * 5000, r"this is no YAML"),
        ('name: "\\UFFFFFFFF"', r"this is no YAML"),
        ("based_on: walk_75\nspeed_kmh: yes", r"speed_kmh is True, which is not a number"),
        ("based_on: walk_75\nspeed_kmh:", r"speed_kmh is None, which is not a number"),
        ("based_on: walk_75\nrefusals: steps", r"refusals is 'steps', which is not a list"),
        ("based_on: walk_75\nrefusals: [1]", r"refusals is \[1\], which is not a list"),
        ("based_on: walk_75\nrefusals: [stairs]", r"unknown refusal 'stairs'"),
        ("based_on: walk_75\nmax_grade: steep", r"max_grade is 'steep', which is not a number, or"),
        ("based_on: walk_75\nname: 7", r"name is 7, which is not a text"),
        ("based_on: walk_75\nname: a\nname: b", r"line 3: the key name stands twice"),
        ("based_on: wolk_75", r"unknown profile 'wolk_75'. Mend: did you mean walk_75.*[^.]$"),
        ("based_on: walk_75\nname: walk_75\nspeed_kmh: 2", r"this name belongs to .* another name"),
        ("based_on: [walk_75]", r"based_on is \['walk_75'\], which is not a text"),
        ("speed_kmh: 3", r"the key name, mode, access_speed_kmh, .* is missing"),
        ("3: 4", r"unknown key '3'"),
        ("- walk_75", r"the file holds no mapping"),
        ("walk_75", r"the file holds no mapping"),
        ("", r"the file holds nothing"),
        ("a: 1\n---\nb: 2", r"the file holds 2 documents"),
        ("a: [1", r"line \d: this is no YAML"),
        ("name: !!python/object:os.system x", r"this is no YAML"),
        ("name: a\nsource: !!python/name:os.system x", r"line 2: this is no YAML"),
        ("name: &n a\nsource: *n", r"line 1: .*plain values: the anchor &n stands in it"),
        ("name: a\nsource: *n", r"line 2: .*plain values: the alias \*n stands"),
        ("name: a\nrefusals: &r [steps]", r"line 2: .*the anchor &r stands.*write every value"),
        ("name: a\n&k source: b", r"line 2: .*the anchor &k"),
        ("name: a\n<<: {mode: bike}", r"line 2: .*the merge key << stands"),
        ("name: a\nsource:\n- <<: [{a: 1}, {b: 2}]", r"line 3: .*the merge key << stands"),
        (
            "a: &a [x, x]\n"
            + "".join(f"{k}: &{k} [*{j}, *{j}]\n" for j, k in pairwise("abcdefgh")),
            r"line 1: .*the anchor &a",
        ),
        ("name: a\nsource: " + "[" * 300 + "]" * 300, r"line 2: .*more than 200 lists"),
        ("name: " + "{a: " * 3000 + "1" + "}" * 3000, r"line 1: .*more than 200 lists"),
        ("name: '" + "a" * 100_000 + "'", r"the file is longer than 100,000 letters"),
        ("name: a\n" + "# more\n" * 20_000, r"the file is longer than 100,000 letters"),
    ],
)
def test_a_wrong_file_says_what_and_where(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=told) as caught:
        profiles.from_yaml(path)
    assert str(path) in str(caught.value)
    assert caught.value.mend


def test_what_is_no_text_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.yaml: there is no such file"):
        profiles.from_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="this is a folder"):
        profiles.from_yaml(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(InputError, match="no text in UTF-8"):
        profiles.from_yaml(tmp_path / "bytes.yaml")
    (tmp_path / "deep.yaml").write_text("name: " + "[" * 150 + "]" * 150, encoding="utf-8")
    with pytest.raises(InputError, match=r"name is .*, which is not a text"):
        profiles.from_yaml(tmp_path / "deep.yaml")


def test_what_can_be_no_path_is_told() -> None:
    with pytest.raises(InputError, match=r"cannot be read.*check the path"):
        profiles.from_yaml("a" * 5000 + ".yaml")
    for path, told in (("a\0b.yaml", "NUL character"), (None, "no path"), (3.2, "no path")):
        with pytest.raises(ParameterError, match=told):
            profiles.from_yaml(path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("speed_kmh: 3,2", "give a number such as 3.2, with a point"),
        ("speed_kmh: 0", "give a speed above 0"),
        ("speed_kmh: .inf", "give a finite number"),
        ("speed_kmh: 500", "such as 3.2"),
        ("mode: swim", "walk, bike"),
        ("slope: steep", "flat, tobler"),
        ("refusals: [stepz]", "did you mean steps"),
        ("refusals: 3", "list of names"),
        ("label_it: ''", "give a text"),
        ("based_on: walk_7", "did you mean walk_75"),
        ("speed: 3", "did you mean"),
    ],
)
def test_a_wrong_value_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    base = "# mine" if "based_on" in line else "based_on: walk_75"
    path = written(tmp_path, f"name: own\n{base}\n{line}\n")
    with pytest.raises(InputError) as caught:
        profiles.from_yaml(path)
    assert caught.value.where == f"{path}, line 3"
    assert told in str(caught.value.mend)

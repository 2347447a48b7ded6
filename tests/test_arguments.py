"""Law: whatever is given for a parameter, only an error of this library comes back, or an answer.

Every public function and method is called once as it should be, and then once for every parameter
and every value of a drawer of wrong ones: what a notebook may hold under the name of another.
"""

from __future__ import annotations

import ast
import inspect
import math
import os
import warnings
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import quartieri15 as q15
from quartieri15.arguments import is_finite, is_number, require_path, shown
from quartieri15.errors import ParameterError, Quartieri15Error
from quartieri15.model import profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quartieri15.model.city import City


def names_called() -> list[str]:
    """Read what is called out of the text: to make the calls, every analysis is run."""
    text = Path(__file__).with_name("every_call.py").read_text(encoding="utf-8")
    returned = [
        made.value
        for function in ast.parse(text).body
        if isinstance(function, ast.FunctionDef)
        for made in function.body
        if isinstance(made, ast.Return) and isinstance(made.value, ast.Dict)
    ]
    return [ast.literal_eval(key) for calls in returned for key in calls.keys if key is not None]


@pytest.fixture(scope="module")
def toy() -> City:
    from tests.every_call import TOY

    return TOY


FAILS_AS_CALLED = {
    "load",
    "load_quarters",
    "with_grades",
    "elevations",
    "write_analysis",
    "write_comparison",
}
FAILS_AS_CALLED |= {"write_sites", "write_links", "read_run", "write_site", "write_reports"}
FAILS_AS_CALLED |= {"read_facilities", "facilities_from_osm", "City.on_streets_of"}
FAILS_AS_CALLED |= {"build", "check", "update"}
"""What would take long if it went through: called with one argument that is refused in the end."""


def wrong_calls(
    arguments: tuple[Any, ...], options: dict[str, Any]
) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Put every value of the drawer in the place of every argument."""
    from tests.every_call import DRAWER

    for value in DRAWER:
        for i in range(len(arguments)):
            yield f"argument {i}", (*arguments[:i], value, *arguments[i + 1 :]), options
        for name in options:
            yield name, arguments, options | {name: value}


@pytest.mark.parametrize("name", names_called())
def test_only_an_error_of_this_library_comes_back(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.every_call import SCENARIO, every_call

    monkeypatch.chdir(tmp_path)
    profiles.WALK_75.to_yaml(tmp_path / "walk.yaml")
    SCENARIO.to_file(tmp_path / "closing.yaml")
    lines = ('name = "Municipio 4"', 'contact = "casa@example.org"')
    (tmp_path / "publisher.toml").write_text("\n".join(lines))
    call, arguments, options = every_call(tmp_path)[name]
    if name not in FAILS_AS_CALLED:
        call(*arguments, **options)
    foreign = []
    for where, given, asked in wrong_calls(arguments, options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                call(*given, **asked)
            except Quartieri15Error:
                pass
            except Exception as error:  # noqa: BLE001  (this is what is looked for)
                value = asked[where] if where in asked else given[int(where[-1])]
                foreign.append(f"{where}={shown(value)}: {type(error).__name__}: {error!s:.100}")
    assert not foreign, "\n".join(foreign)


def test_every_public_function_and_method_is_called() -> None:
    from tests.every_call import every_call

    every = every_call(Path())
    assert list(every) == names_called()
    whole = [call for call, *_ in every.values() if not isinstance(call, partial)]
    called = {f"{call.__module__}.{call.__qualname__}" for call in whole}
    public = [getattr(q15, name) for name in q15.__all__]
    public += [getattr(q15.edits, name) for name in q15.edits.__all__]
    public += [getattr(profiles, name) for name in profiles.__all__]
    missed = set()
    for thing in public:
        if inspect.isclass(thing) and thing.__module__.startswith("quartieri15"):
            members = [(thing, name) for name in vars(thing) if not name.startswith("_")]
            found = [getattr(owner, name) for owner, name in members]
        else:
            found = [thing]
        for one in found:
            if not inspect.isroutine(one) or not one.__module__.startswith("quartieri15"):
                continue
            takes = [name for name in inspect.signature(one).parameters if name != "self"]
            if takes and f"{one.__module__}.{one.__qualname__}" not in called:
                missed.add(one.__qualname__)
    # Behind the doors that were asked: what an edit does when it is resolved, among others.
    behind = {"StreetNetwork.outside", "StreetNetwork.require_near"}
    behind |= {"Scenario.place_of", "Scenario.place_of_name", "Project.relative"}
    assert {name for name in missed if not name.endswith(".change")} <= behind


def test_a_number_is_one_of_python_or_a_scalar_of_numpy(toy: City) -> None:
    for right in (15, 15.0, np.int16(15), np.float32(15)):
        assert q15.travel_times(toy, to="houses", profile="walk_75", minutes=right) is not None
        assert is_number(right)
        assert is_finite(right)
    for wrong in (True, np.bool_(1), np.array(15), "15", Decimal(15), None, 15 + 0j):
        assert not is_number(wrong)
        if wrong is not None:
            with pytest.raises(ParameterError, match="minutes is"):
                q15.travel_times(toy, to="houses", profile="walk_75", minutes=wrong)
    assert not is_finite(math.inf)
    assert not is_finite(10**400)


def test_a_path_is_a_text_or_a_path() -> None:
    assert require_path("a/b", where="path") == Path("a", "b")
    for wrong in (3, None, "", b"a", "a\0b", ["a"], os):
        with pytest.raises(ParameterError, match="is no path"):
            require_path(wrong, where="path")


def test_a_table_is_not_printed_in_an_error(toy: City) -> None:
    with pytest.raises(ParameterError, match=r"^city: a DataFrame is no city\. Mend: .*load"):
        q15.coverage(pd.DataFrame({"a": range(999)}), to="houses", profile="walk_75")
    with pytest.raises(ParameterError, match=r"direction is a GeoDataFrame"):
        q15.travel_times(toy, to="houses", profile="walk_75", direction=toy.houses)
    assert len(shown("x" * 999)) < 50

"""Law: edits as people write them mean the streets they mean, or are refused with what is there.

``edits_in_words.csv`` was written before the code was tuned to it, with streets and lengths taken
from the map by hand; ``edits_in_words_held_out.csv`` after it, blind.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from quartieri15.errors import Quartieri15Error
from quartieri15.model.addresses import locate
from quartieri15.planning.naming import stretch
from quartieri15.planning.phrases import parse_edit

HERE = Path(__file__).parent
SETS = ("edits_in_words.csv", "edits_in_words_held_out.csv")


def rows(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def what_is_wrong(city, row):  # noqa: C901, PLR0911
    """What is not as the row expects, nothing where all is."""
    try:
        ((kind, fields),) = parse_edit(row["sentence"], city).items()
        found = None
        if "along" in fields:
            found = stretch(city, fields["along"], start=fields.get("from"), end=fields.get("to"))
        if "address" in fields:
            locate(city, fields["address"])
    except Quartieri15Error as error:
        fits = row["refused"] in str(error) or row["refused"] in type(error).__name__.lower()
        return None if row["refused"] and fits and error.mend else str(error)
    if row["refused"]:
        return "it was not refused"
    wanted = json.loads(row["fields"] or "{}")
    if kind != row["kind"] or any(fields.get(name) != value for name, value in wanted.items()):
        return f"{kind}: {fields}"
    if found is None:
        return None
    if (found.name, found.start or "", found.end or "") != (row["along"], row["start"], row["end"]):
        return found.said
    if row["edges"] and len(found.edge_ids) != int(row["edges"]):
        return found.said
    if row["length_m"]:
        metres = float(row["length_m"])
        if found.length_m != pytest.approx(metres, abs=0.15 * metres + 40):
            return found.said
    return None


@pytest.mark.parametrize("name", SETS)
def test_edits_in_words_are_understood(milano, name):
    wrong = {row["sentence"]: what_is_wrong(milano, row) for row in rows(name)}
    assert not {sentence: why for sentence, why in wrong.items() if why}


def test_the_set_is_what_it_is_said_to_be():
    asked = rows("edits_in_words.csv")
    assert len(asked) == 100
    assert sum(bool(row["refused"]) for row in asked) == 13
    assert len({row["along"] for row in asked}) > 40
    assert len({row["sentence"] for row in asked}) == 100

"""Law: a table of findings has the same columns and keys, whatever was found; many are counted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from quartieri15.editions.checking.findings import (
    COLUMNS,
    MOST_ROWS,
    Finding,
    findings_document,
    findings_table,
)

if TYPE_CHECKING:
    from pathlib import Path

RULE = re.compile(
    r"[\"`]((?:addresses|edition|files|places|project|residents|streets|texts|totals|vintages|zones)"
    r"\.[a-z_]+)[\"`]"
)


def finding(**told: str) -> Finding:
    plain = {"file": "a.csv", "problem": "p", "mend": "m", "severity": "note", "rule": "r"}
    return Finding(**(plain | told))  # type: ignore[arg-type]


def test_nothing_found_is_a_table_too() -> None:
    table = findings_table([], folder="f", kind="edition")
    assert list(table.columns) == list(COLUMNS)
    assert table.attrs == {"folder": "f", "kind": "edition", "error": 0, "warning": 0, "note": 0}
    assert findings_document(table)["findings"] == []


def test_errors_come_first_then_files_and_nothing_stands_twice() -> None:
    found = [
        finding(),
        finding(severity="error", file="b.csv"),
        finding(severity="error", file="a.csv", row="line 2"),
        finding(severity="error", file="a.csv", row="line 2"),
        finding(severity="warning"),
    ]
    table = findings_table(found, folder="f", kind="project")
    assert table[["severity", "file"]].to_numpy().tolist() == [
        ["error", "a.csv"],
        ["error", "b.csv"],
        ["warning", "a.csv"],
        ["note", "a.csv"],
    ]
    assert [table.attrs[word] for word in ("error", "warning", "note")] == [2, 1, 1]


def test_of_many_of_a_kind_the_rest_is_counted() -> None:
    found = [finding(row=f"line {n}") for n in range(MOST_ROWS + 7)]
    table = findings_table([*found, finding(rule="other")], folder="f", kind="project")
    assert len(table) == MOST_ROWS + 2
    (rest,) = table.loc[table["row"].isna() & (table["rule"] == "r"), "problem"]
    assert rest == "7 more of the same kind"


def test_the_document_is_plain_json_with_stable_keys() -> None:
    table = findings_table([finding(severity="error")], folder="f", kind="sources")
    document = json.loads(json.dumps(findings_document(table), allow_nan=False))
    assert document == {
        "format": "quartieri15 check 1",
        "folder": "f",
        "kind": "sources",
        "counts": {"error": 1, "warning": 0, "note": 0},
        "findings": [
            {
                "file": "a.csv",
                "row": None,
                "column": None,
                "problem": "p",
                "mend": "m",
                "severity": "error",
                "rule": "r",
            }
        ],
    }


def test_every_rule_stands_in_the_page_about_checking(root: Path) -> None:
    code = root / "quartieri15" / "editions" / "checking"
    used = {
        rule
        for path in code.glob("*.py")
        for rule in RULE.findall(re.sub(r'"""(?s:.*?)"""', "", path.read_text(encoding="utf-8")))
        if not rule.endswith(".parquet")
    }
    page = (root / "docs" / "checking.md").read_text(encoding="utf-8")
    told = {rule for rule in RULE.findall(page) if not rule.endswith(".csv")}
    assert len(used) > 40
    assert used == told

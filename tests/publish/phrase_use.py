"""Which phrases of the catalogues the code asks for."""

from __future__ import annotations

import ast
import functools
import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from quartieri15.publish.catalogue import Phrase

ASKING = {"say", "word", "in_all_languages", "is_phrase"}
IN_QUOTES = re.compile(r'"([^"\n]+)"|\'([^\'\n]+)\'|`([^`\n]+)`')
ASKED_IN_PAGES = re.compile(
    r"""\b(?:say|word|in_all_languages)\(\s*["']([^"']+)["']\s*[,)]"""
    r"""|\bsaid\([^,()]+(?:\([^()]*\))?,\s*["']([^"']+)["']\s*[,)]"""
)
# A part of a key shorter than this says nothing of the rest.
SHORTEST_PART = 3


def blanks(phrase: Phrase) -> set[str]:
    texts = [phrase] if isinstance(phrase, str) else phrase
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def asked_for(folder: Path) -> dict[str, str]:
    """Return the keys that are asked for as they stand, and a file that does."""
    asked = {}
    for name, node in nodes_of(folder):
        if isinstance(node, ast.Call) and name_of(node.func) in ASKING and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                asked[first.value] = name
    for path in files_of(folder, ".j2", ".js"):
        for found in ASKED_IN_PAGES.finditer(path.read_text(encoding="utf-8")):
            asked[found[1] or found[2]] = path.name
    return asked


def unused(keys: Iterable[str], folder: Path) -> list[str]:
    """Return the keys that stand nowhere in the code, neither whole nor put together of parts."""
    whole: set[str] = set()
    parts: set[str] = set()
    for _, node in nodes_of(folder):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts.add("".join(part_of(value) for value in node.values))
    for path in files_of(folder, ".j2", ".js"):
        for found in IN_QUOTES.finditer(path.read_text(encoding="utf-8")):
            text = found[1] or found[2] or found[3]
            whole.add(text)
            parts.add(".+".join(re.escape(part) for part in re.split(r"\$\{[^}]*\}", text)))
            # "key." + name, and in a template "key." ~ name
            parts.add(re.escape(text) + ".+" if text.endswith((".", "_")) else "")
    told = [
        re.compile(part)
        for part in parts
        if ".+" in part and len(part.replace(".+", "")) >= SHORTEST_PART
    ]
    left = [key for key in keys if key not in whole]
    return [key for key in left if not any(part.fullmatch(key) for part in told)]


def files_of(folder: Path, *endings: str) -> Iterator[Path]:
    return (
        path
        for path in sorted(folder.rglob("*"))
        if path.name.endswith(endings) and path.parent.name != "leaflet"
    )


@functools.cache
def nodes_of(folder: Path) -> list[tuple[str, ast.AST]]:
    """Return whatever may ask for a phrase in Python: calls and texts, and in which file."""
    return [
        (path.name, node)
        for path in files_of(folder, ".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.Constant | ast.JoinedStr)
    ]


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def part_of(value: ast.expr) -> str:
    return re.escape(str(value.value)) if isinstance(value, ast.Constant) else ".+"

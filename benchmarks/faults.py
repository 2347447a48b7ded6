"""Small faults of Python code, of the kinds that people make: one node of the syntax tree each."""

from __future__ import annotations

import ast
from functools import partial
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPERATORS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or,
    ast.Or: ast.And,
}  # fmt: skip
PAIRS = [
    ("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("any", "all"),
    ("floor", "ceil"), ("fmin", "fmax"), ("idxmin", "idxmax"),
]  # fmt: skip
OPPOSITES = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])}
SIDES = {"left": "right", "right": "left", "first": "last", "last": "first"}
NOT_LOOKED_INTO = {"annotation", "returns", "decorator_list", "exc"}
SAID_BY_ERRORS = {"where", "mend"}


class Fault(NamedTuple):
    """One change in one place, and how to make it in the tree that it was found in."""

    within: str
    line: int
    kind: str
    said: str
    make: Callable[[], None]

    @property
    def key(self) -> tuple[str, str, str]:
        """By what a fault is known also when the lines around it have moved."""
        return self.within, self.kind, self.said


def faults_by_key(tree: ast.Module) -> dict[tuple[str, str, str], Fault]:
    """Find every fault that can be put into the functions, classes and constants of a module."""
    found: dict[tuple[str, str, str], Fault] = {}
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                within = name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                within = name
            case _:
                continue
        for fault in _below(within, statement):
            found.setdefault(fault.key, fault)
    return found


def _below(within: str, node: ast.AST, parent: ast.AST | None = None) -> Iterator[Fault]:
    """Find the faults of a node and of all below it, but not of types and of what errors say."""
    # A number or a name is told with what it stands in.
    shown = parent if parent and isinstance(node, (ast.Constant, ast.Name)) else node
    for kind, fields in _changes(node):
        yield _changed(within, node, kind, fields, shown)
    for name, value in ast.iter_fields(node):
        if name in NOT_LOOKED_INTO:
            continue
        for at, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.JoinedStr) or not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.stmt) and _may_go(child):
                put = partial(value.__setitem__, at, ast.copy_location(ast.Pass(), child))
                yield Fault(within, child.lineno, "statement removed", _in_a_line(child), put)
            yield from _below(within, child, node)


def _may_go(statement: ast.stmt) -> bool:
    """Tell whether a statement does something and gives nothing a name that is used later."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Assign(targets=[ast.Name() | ast.Tuple(), *_]):
            return False
    return isinstance(
        statement, (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Continue, ast.Break)
    )


def _changes(node: ast.AST) -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: C901, PLR0912 - a list
    """Tell what can be changed in one node: a kind of fault, and the fields it sets."""
    match node:
        case ast.Compare(ops=[first, *others]) if type(first) in OPERATORS:
            yield "comparison", {"ops": [OPERATORS[type(first)](), *others]}
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) if type(op) in OPERATORS:
            yield "operator", {"op": OPERATORS[type(op)]()}
        case ast.UnaryOp(op=op, operand=operand):
            yield "sign or not", {"operand": ast.copy_location(ast.UnaryOp(op, operand), node)}
        case ast.Constant(value=bool() as value):
            yield "constant", {"value": not value}
        case ast.Constant(value=int() | float() as value):
            yield "constant", {"value": value + 1 if isinstance(value, int) else 2 * value or 1.0}
        case ast.Constant(value=str() as value) if value in SIDES:
            yield "opposite", {"value": SIDES[value]}
        case ast.Name(id=name) if name in OPPOSITES:
            yield "opposite", {"id": OPPOSITES[name]}
        case ast.Attribute(attr=name) if name in OPPOSITES:
            yield "opposite", {"attr": OPPOSITES[name]}
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "returns nothing", {"value": ast.copy_location(ast.Constant(None), value)}
        case ast.Call(args=args, keywords=keywords):
            if len(args) > 1 and not any(isinstance(arg, ast.Starred) for arg in args[:2]):
                yield "arguments swapped", {"args": [args[1], args[0], *args[2:]]}
            for at, keyword in enumerate(keywords):
                if keyword.arg and keyword.arg not in SAID_BY_ERRORS:
                    yield "keyword left out", {"keywords": keywords[:at] + keywords[at + 1 :]}


def _changed(within: str, node: Any, kind: str, fields: dict[str, Any], shown: ast.AST) -> Fault:
    """Return the fault that a node has these fields."""
    were = {name: getattr(node, name) for name in fields}
    before = _in_a_line(shown)
    vars(node).update(fields)
    said = f"{before} → {_in_a_line(shown)}"
    vars(node).update(were)
    return Fault(within, node.lineno, kind, said, partial(vars(node).update, fields))


def _in_a_line(node: ast.AST) -> str:
    """Write a node as one line of Python, cut where it gets long."""
    return shorten(ast.unparse(node), 90, placeholder=" ...")

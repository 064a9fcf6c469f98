"""Whether two programs are the same but for names, comments and layout.

    normal("total = 2*3\\nprint(total)") == normal("x = 2 * 3  # both\\nprint(x)")      # True

Only what a program does matters: comments, docstrings, spaces, quotes, and the names that it gives itself do not.
Nothing is run here.
"""

from __future__ import annotations

import ast
import builtins

_BUILTINS = frozenset(dir(builtins))


def normal(code: str) -> str:
    """A spelling that equal programs share; text that is no Python is its own, without the spaces around."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code.strip()
    given = _given_names(tree)
    try:
        return ast.unparse(_Renamed(given).visit(tree))
    except RecursionError:
        return code.strip()


def _given_names(tree: ast.AST) -> dict[str, str]:
    """The names that the program binds itself, numbered in the order they stand in it."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names = [node.id]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.arg):
            names = [node.arg]
        for name in names:
            if name not in bound and name not in _BUILTINS:
                bound[name] = ""
    order = sorted(bound, key=lambda name: _first(tree, name))
    return {name: f"v{number}" for number, name in enumerate(order)}


def _first(tree: ast.AST, name: str) -> tuple[int, int]:
    places = [
        (node.lineno, node.col_offset)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.arg) and node.arg == name)
        or (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name)
    ]
    return min(places)


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self._names.get(node.arg, node.arg), None
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        # A keyword of the program's own function is its argument's name.
        node.arg = self._names.get(node.arg, node.arg) if node.arg else None
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        self.generic_visit(node)
        return _without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        self.generic_visit(node)
        return _without_docstring(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self.generic_visit(node)
        return _without_docstring(node)


def _without_docstring(
    node: ast.FunctionDef | ast.ClassDef | ast.Module,
) -> ast.AST:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return node

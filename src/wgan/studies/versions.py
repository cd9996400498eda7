"""What a study's rows and its verdict hang on, told from the source in which it is written."""

import ast
import hashlib
import inspect
from functools import cache

from wgan.studies.study import Study

__all__ = ["criterion_version", "measures_version"]

JUDGING = ("checks", "control_check")
TELLING = ("design", "draw", "remarks")


def measures_version(study: Study) -> str:
    """A short hash of all code in the study's file but its texts, design, criterion and figure.

    Rows that were measured by other code do not count; a better caption does not cost an hour.
    """
    tree = parsed(type(study))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == type(study).__name__:
            node.body = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            node.body = [part for part in node.body if part.name not in (*JUDGING, *TELLING)]  # type: ignore[attr-defined]
    return hashed(undocumented(tree))


def criterion_version(study: Study) -> str:
    """A short hash of the criterion, in code and in words."""
    tree = parsed(type(study))
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in JUDGING]
    texts = ast.parse(repr((study.criterion, study.refuted_if, study.control))).body
    return hashed(ast.Module([*parts, *texts], []))


def parsed(kind: type[Study]) -> ast.Module:
    """The file of a class."""
    return ast.parse(source(kind))


@cache
def source(kind: type[Study]) -> str:
    """The text of that file; the class alone where there is none."""
    return inspect.getsource(inspect.getmodule(kind) or kind)


def undocumented(tree: ast.Module) -> ast.Module:
    """Without the texts that stand alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [part for part in node.body if not is_text(part)]
    return tree


def is_text(node: ast.stmt) -> bool:
    """Whether this is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def hashed(tree: ast.AST) -> str:
    """Of the structure, whatever its layout."""
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]

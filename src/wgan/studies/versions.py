"""What a study's rows and its verdict hang on, told from the source in which it is written."""

import ast
import hashlib
import inspect
from functools import cache
from importlib import import_module

from wgan.studies.study import Study

__all__ = ["criterion_version", "measures_version"]

JUDGING = ("checks", "control_check")
TELLING = ("design", "draw", "remarks")
FRAME = ("check", "drawing", "rows", "study")


def measures_version(study: Study) -> str:
    """A short hash of the code that measures: the study's file, and what it takes of this room.

    Its texts, design, criterion and figure are left out: a better caption does not cost an hour. What it takes of the
    rooms below is told by the commit that each row names.
    """
    tree = parsed(type(study))
    helpers = [hashed(undocumented(ast.parse(text))) for text in helpers_of(tree)]
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == type(study).__name__:
            node.body = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            node.body = [part for part in node.body if part.name not in (*JUDGING, *TELLING)]  # type: ignore[attr-defined]
    return digest(hashed(undocumented(tree)), *helpers)


def helpers_of(tree: ast.Module) -> list[str]:
    """The texts of the modules of this room that a file imports, but of those that hold no measuring."""
    modules = sorted({node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module})
    taken = [name for name in modules if name.startswith("wgan.studies.") and name.rpartition(".")[2] not in FRAME]
    return [inspect.getsource(import_module(name)) for name in taken]


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
    return digest(ast.dump(tree))


def digest(*texts: str) -> str:
    """Of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]

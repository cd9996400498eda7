"""All studies by name."""

import inspect
from collections.abc import Iterable

import wgan.studies as room
from wgan.errors import unknown_name
from wgan.studies.study import Chapter, Study

__all__ = ["of_chapter", "studies_named", "study_kinds"]


def study_kinds() -> dict[str, type[Study]]:
    """The exported studies by name, in the order of the chapters and, within one, of the export.

    Example:
        >>> "kappa" in study_kinds()
        True
    """
    exported = [getattr(room, name) for name in room.__all__]
    kinds = [kind for kind in exported if inspect.isclass(kind) and issubclass(kind, Study) and kind is not Study]
    order = list(Chapter)
    return {kind.name: kind for kind in sorted(kinds, key=lambda kind: order.index(kind.chapter))}


def studies_named(names: Iterable[str]) -> list[Study]:
    """Studies to run.

    Raises:
        InputError: for a name that does not exist, with the nearest ones.
    """
    kinds = study_kinds()
    found = []
    for name in dict.fromkeys(names):
        if name not in kinds:
            raise unknown_name("study", name, kinds)
        found.append(kinds[name]())
    return found


def of_chapter(name: str) -> list[str]:
    """Names of a chapter's studies.

    Raises:
        InputError: for a chapter that does not exist, with the nearest ones.
    """
    if name not in list(Chapter):
        raise unknown_name("chapter", name, Chapter)
    return [study for study, kind in study_kinds().items() if kind.chapter == name]

"""The kinds of list, found by looking into the folder lists/."""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import get_args

from include.settings.channels import ListKind
from include.settings.names import meant
from include.tasks import lists
from include.tasks.kind import Kind
from include.words.texts import LANGUAGES


def kinds_found() -> dict[str, Kind]:
    """The `KIND` of every module of the folder, by its name."""
    modules = [importlib.import_module(f"{lists.__name__}.{one.name}") for one in pkgutil.iter_modules(lists.__path__)]
    return {module.KIND.name: module.KIND for module in modules}


KINDS: Mapping[str, Kind] = kinds_found()


def in_order() -> list[Kind]:
    """All kinds in the order in which a day's work is done, as the settings list them; others behind."""
    usual = get_args(ListKind)
    return sorted(
        KINDS.values(), key=lambda kind: (usual.index(kind.name) if kind.name in usual else len(usual), kind.name)
    )


def kind_of(name: str) -> Kind:
    if name not in KINDS:
        raise ValueError(f"there is no kind of task {name!r}; there are {', '.join(KINDS)}")
    return KINDS[name]


def kind_named(word: str) -> str:
    """The name of the kind that is called so, in Chinese or English: 补货 is restock. Raises UnknownNameError, with the
    nearest."""
    names = {kind.name: tuple(map(kind.called, LANGUAGES)) for kind in KINDS.values()}
    return meant("kind of task", word.casefold(), names)

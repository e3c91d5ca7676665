"""The kind of list that docs/adding-a-list-kind.md adds, in folders of its own."""

import shutil
import sys
from pathlib import Path

import pytest

from include.tasks import kinds, lists
from include.tasks.kind import Kind
from include.words import texts

PAGE = Path(__file__).parents[1] / "docs" / "adding-a-list-kind.md"


def blocks(language: str) -> list[str]:
    """The page's code blocks of a language."""
    return [part.partition("\n")[2] for part in PAGE.read_text("utf-8").split("```") if part.startswith(language)]


def added_kind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """The page's kind with its words, found as any other until the test ends."""
    (folder / "lists").mkdir()
    (folder / "lists" / "stocktake.py").write_text(blocks("python")[0], encoding="utf-8")
    shutil.copytree(texts.LOCALES, folder / "locales")
    for language, words in zip(texts.LANGUAGES, blocks("po"), strict=True):
        (folder / "locales" / language / "LC_MESSAGES" / "stocktake.po").write_text(words, encoding="utf-8")
    monkeypatch.setattr(texts, "LOCALES", folder / "locales")
    monkeypatch.setattr(lists, "__path__", [*lists.__path__, str(folder / "lists")])
    kind = kinds.kinds_found()["stocktake"]
    monkeypatch.delitem(sys.modules, "include.tasks.lists.stocktake")
    monkeypatch.setitem(kinds.KINDS, "stocktake", kind)  # type: ignore[arg-type]
    return kind
